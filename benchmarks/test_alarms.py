"""How often the alarms of a class are false, and how often they find what was planted.

`python benchmarks/test_alarms.py --classes 200` prints the table. Classes of wrong numbers that mean nothing, and of known misconceptions, should raise no alarm;
where some of a class do one thing alike that the catalogue lacks, the alarm should name it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from grader.simulation import misled, random_numbers, worked
from questions.bank import Bank
from questions.sampling import draw
from questions.stream import Stream
from questions.variant import Variant
from tests.test_alarms import alarms, kernel_added, right

QUESTIONS = ["convolution/output-size", "lstm/lasting-memory", "parameters/multi-layer-perceptron"]
POOL = 60  # variants that the papers are made of
MOST_FALSE = 0.02
LEAST_FOUND = 0.85


@cache
def _drawn(id: str, seed: int) -> Variant:
    return draw(Bank().question(id), seed)


def lost(near: bool) -> Callable[[Variant, int, str], dict[str, str]]:
    """Half of the class writes numbers that mean nothing."""

    def answers(variant: Variant, i: int, trial: str) -> dict[str, str]:
        stream = Stream(f"{trial} {i} {variant.question.id}")
        return random_numbers(variant, stream, near=near) if stream.below(2) else right(variant)

    return answers


def mistaken(variant: Variant, i: int, trial: str) -> dict[str, str]:
    """Half of the class has one of the misconceptions that the question lists."""
    stream = Stream(f"{trial} {i} {variant.question.id}")
    known = variant.question.misconceptions
    wrong = misled(variant, [known[stream.below(len(known))]]) if stream.below(2) else None
    return wrong or right(variant)


def planted(percent: int) -> Callable[[Variant, int, str], dict[str, str]]:
    """A share of the class adds the kernel where it is to be taken away; others are lost."""

    def answers(variant: Variant, i: int, trial: str) -> dict[str, str]:
        stream = Stream(f"{trial} {i} {variant.question.id}")
        drawn = stream.below(100)
        if drawn < percent and variant.question.id == QUESTIONS[0]:
            assert variant.trace is not None
            rule = {"size": (kernel_added, {name: name for name in ("n", "p", "s", "effective_kernel")})}
            return worked(variant, variant.trace.following(rule))
        return random_numbers(variant, stream, near=False) if drawn >= 85 else right(variant)

    return answers


CASES = {
    "random near the key": (lost(near=True), False),
    "random of the key's size": (lost(near=False), False),
    "known misconceptions": (mistaken, False),
    "15 % of the class planted": (planted(15), True),
    "30 % of the class planted": (planted(30), True),
}


def measured(classes: int, size: int) -> dict[str, Counter[str]]:
    """Of each kind of class, how many raised an alarm, and how many the planted one."""
    table: dict[str, Counter[str]] = {}
    for name, (answers, is_planted) in CASES.items():
        row = table[name] = Counter()
        for trial in range(classes):
            with tempfile.TemporaryDirectory() as folder:
                found = alarms(
                    Path(folder),
                    QUESTIONS,
                    size,
                    lambda variant, i, answers=answers, trial=trial: answers(variant, i, f"{trial}"),  # type: ignore[misc]
                    seeds=lambda i, trial=trial: (i * 7 + trial) % POOL,  # type: ignore[misc]
                    drawn=_drawn,
                )
            hit = any(a.kind == "change" and "+ k'" in a.now for a in found)
            row["classes"] += 1
            row["found"] += is_planted and hit
            row["other"] += len(found) > hit if is_planted else bool(found)
    return table


def printed(table: dict[str, Counter[str]], size: int) -> str:
    """The table."""
    lines = [f"{f'classes of {size}':30}{'classes':>10}{'found':>10}{'other alarm':>14}"]
    for name, row in table.items():
        lines.append(f"{name:30}{row['classes']:>10}{row['found']:>10}{row['other']:>14}")
    return "\n".join(lines)


def test_alarms_are_rarely_false(capsys: pytest.CaptureFixture[str]) -> None:
    """A small table, held to what is promised."""
    table = measured(20, 30)
    with capsys.disabled():
        print("\n" + printed(table, 30))
    assert table["30 % of the class planted"]["found"] >= LEAST_FOUND * 20
    false = sum(row["other"] for name, row in table.items() if "planted" not in name)
    assert false <= max(1, MOST_FALSE * 60)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, default=200)
    parser.add_argument("--size", type=int, default=30, help="students of a class")
    chosen = parser.parse_args()
    print(printed(measured(chosen.classes, chosen.size), chosen.size))


if __name__ == "__main__":
    main()
