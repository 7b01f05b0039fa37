"""The coverage of the map of topics, and the README's table of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from questions.bank import Bank
from questions.coverage import coverage
from questions.question import Kind
from tests.conftest import Golden
from tests.strategies import folder_of
from tests.test_bank import PLAIN

README = Path(__file__).parent.parent / "README.md"
_TABLE = re.compile(r"(<!-- coverage:[^\n]*-->\n)(.*?)(<!-- end of coverage -->)", re.DOTALL)


def coverage_table() -> str:
    """The table in Markdown."""
    found = coverage(Bank())
    wrong = len({id for question in Bank().questions() for id in question.misconceptions})
    rows = [(f.topic.title.en, f.templates, f.certified, f.misconceptions) for f in found]
    rows.append(("**in all**", sum(f.templates for f in found), sum(f.certified for f in found), wrong))
    lines = ["| topic | templates | certified | misconceptions |", "|---|--:|--:|--:|"]
    return "\n".join(["", *lines, *(f"| {' | '.join(map(str, row))} |" for row in rows), "", ""])


def test_the_readme_has_the_coverage_that_is(golden: Golden) -> None:
    """Each topic of the map on a line; rewritten with `--overwrite`."""
    text = README.read_text("utf-8")
    said = _TABLE.search(text)
    assert said is not None
    if golden.overwrite:
        README.write_text(text[: said.start(2)] + coverage_table() + text[said.end(2) :], "utf-8")
    else:
        assert said[2] == coverage_table()


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_page_for_writers_shows_a_question_of_each_kind(kind: str) -> None:
    """Named in its table, and of that kind."""
    row = re.search(
        rf"^\| `{kind}` \|.*\[(.+?)\]\(", (README.parent / "docs/questions.md").read_text("utf-8"), re.MULTILINE
    )
    assert row is not None
    assert Bank().question(row[1]).kind == kind


def test_topics_of_ones_own_come_last(tmp_path: Path) -> None:
    """They have no row in the map."""
    found = coverage(Bank([folder_of(tmp_path, {"own/length.yaml": PLAIN})]))[-1]
    assert (found.topic.row, found.topic.id) == (0, "own")
    assert (found.templates, found.certified, found.variants, found.misconceptions) == (1, 1, 482, 0)
