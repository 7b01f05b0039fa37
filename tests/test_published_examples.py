"""Worked examples that others have published, each as somebody would type it after `gradmark solve`.

The examples stand in `tests/published/*.txt`, one on a line below a comment that says where they were published:

    conv.output_size n=227 k=11 s=4 -> size 55

Numbers are given as published: one with decimals must be met to within half of its last place (and a little, for what its author
rounded on the way), one without exactly; `61.0M` is a rounded number of millions.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.givens_text import read_givens
from solvers.registry import derivation
from solvers.trace import Trace
from solvers.values import as_float, to_json

FOLDER = Path(__file__).parent / "published"
_SLACK = Fraction(52, 100)
_NUMBER = re.compile(r"-?\d+(?:\.(\d+))?(?:e-?\d+)?(?:/\d+)?M?")


def _examples() -> Iterator[Any]:
    """The lines of all files, with their file and number as ids."""
    for file in sorted(FOLDER.glob("*.txt")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            if line and not line.startswith("#"):
                yield pytest.param(line, id=f"{file.stem}-{number}")


def solved(words: str) -> Trace:
    """What `gradmark solve` computes from these words."""
    name, *givens = shlex.split(words)
    found = derivation(name)
    complete = found.complete(read_givens(found.givens, givens))
    return found.at(complete).run(complete)


def meets(published: str, value: Any) -> bool:
    """Whether a value, number by number, is what was published."""
    said = _NUMBER.findall(published)
    numbers = [match[0] for match in _NUMBER.finditer(published)]
    flat = list(_flat(to_json(value)))
    assert len(said) == len(flat), f"{published} has {len(said)} numbers, the value {len(flat)}"
    return all(_near(text, number) for text, number in zip(numbers, flat, strict=True))


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for element in value:
            yield from _flat(element)
    else:
        yield value


def _near(text: str, value: Any) -> bool:
    number = as_float(Fraction(value)) if isinstance(value, str) else float(value)
    plain = text.removesuffix("M")
    decimals = len(plain.partition(".")[2])
    unit = Fraction(1, 10**decimals) if "/" not in plain and (decimals or text != plain) else Fraction(0)
    scale = 10**6 if text != plain else 1
    return abs(number - float(Fraction(plain) * scale)) <= float(_SLACK * unit * scale) + 1e-9


@pytest.mark.parametrize(
    ("published", "value", "expected"),
    [("0.73", 0.7311, True), ("0.73", 0.736, False), ("55", 55, True), ("55", 56, False), ("61.0M", 60_965_224, True)],
)
def test_what_meets_a_published_number(published: str, value: Any, expected: bool) -> None:
    """Half of the last place that was printed."""
    assert meets(published, value) is expected


@pytest.mark.parametrize("line", list(_examples()))
def test_a_published_example_comes_out(line: str) -> None:
    """Every number that was printed, and another engine agrees."""
    words, _, results = line.partition(" -> ")
    trace = solved(words)
    for result in results.split("; "):
        step, _, published = result.partition(" ")
        assert meets(published, trace[step]), f"{step} is {to_json(trace[step])}, published {published}"
    assert certify(trace).certified


def test_every_example_says_where_it_was_published() -> None:
    """Each block of lines begins with its source."""
    for file in FOLDER.glob("*.txt"):
        blocks = file.read_text("utf-8").strip().split("\n\n")
        assert [block for block in blocks if not block.startswith("# ")] == []
