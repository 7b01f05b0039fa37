"""What a student has practised, and what it makes the next question."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from grader.progress import LAST_BOX, Attempt, Progress, TopicProgress
from solvers.text import GradmarkError

QUESTIONS = [f"lstm/q{i}" for i in range(6)] + ["convolution/size"]


@pytest.fixture
def progress(tmp_path: Path) -> Iterator[Progress]:
    with Progress(tmp_path / "deep" / "progress.sqlite") as opened:
        yield opened


def attempt(question: str = "lstm/q0", seed: int = 1, marks: int = 2) -> Attempt:
    return Attempt(question, seed, "cell", "0.5", "correct", Fraction(marks), Fraction(2), ("lstm/gates-swapped",))


def asked(progress: Progress, turns: int, wrong: str | None = None) -> list[str]:
    """The questions of so many turns, all answered rightly but one."""
    found = []
    for _ in range(turns):
        id = progress.next(QUESTIONS)
        progress.record(attempt(id, progress.seed(id)))
        progress.finish(id, right=id != wrong)
        found.append(id)
    return found


def test_every_attempt_is_kept_as_soon_as_it_is_made(tmp_path: Path) -> None:
    """Another process sees it at once."""
    with Progress(tmp_path / "p.sqlite") as one, Progress(tmp_path / "p.sqlite") as other:
        one.record(attempt())
        assert other.attempts() == 1


def test_a_seed_never_comes_again(progress: Progress) -> None:
    """Not even after some were passed over."""
    assert progress.seed("lstm/q0") == 1
    progress.record(attempt(seed=1))
    progress.record(attempt(seed=5))
    assert (progress.seed("lstm/q0"), progress.seed("lstm/q1")) == (6, 1)


def test_new_questions_come_easy_before_hard(progress: Progress) -> None:
    """One of the first three of the list."""
    assert progress.next(QUESTIONS) in QUESTIONS[:3]


def test_every_question_comes_before_any_is_known(progress: Progress) -> None:
    """Nothing new is forgotten."""
    assert set(asked(progress, 30)) == set(QUESTIONS)


def test_a_weak_question_comes_back_sooner(progress: Progress) -> None:
    """More often than those that go well."""
    turns = asked(progress, 60, wrong="lstm/q3")
    counts = {id: turns.count(id) for id in QUESTIONS}
    assert counts["lstm/q3"] > 2 * max(count for id, count in counts.items() if id != "lstm/q3")


def test_a_question_is_not_asked_twice_in_a_row_while_there_are_others(progress: Progress) -> None:
    """Not even a wrong one, if it was passed over."""
    for _ in range(10):
        first = progress.next(QUESTIONS)
        assert progress.next(QUESTIONS, {first}) != first
        progress.finish(first, right=False)


def test_where_all_were_passed_over_one_comes_again(progress: Progress) -> None:
    """A drill of one question asks it for ever."""
    assert progress.next(["lstm/q0"], {"lstm/q0"}) == "lstm/q0"
    progress.finish("lstm/q0", right=True)
    assert progress.next(["lstm/q0"], {"lstm/q0"}) == "lstm/q0"


def test_boxes_end(progress: Progress) -> None:
    """A question that always goes well is still asked, every so often."""
    for _ in range(LAST_BOX + 5):
        progress.finish("lstm/q0", right=True)
    for i in range(2**LAST_BOX):
        progress.finish(f"other/{i}", right=True)
    assert progress.next(["lstm/q0", f"other/{2**LAST_BOX - 1}"]) == "lstm/q0"


def test_topics_are_summed_up_the_weakest_first(progress: Progress) -> None:
    """Attempts, the share of the marks, and how many questions are known."""
    for marks in (2, 1):
        progress.record(attempt("lstm/q0", marks=marks))
    progress.record(attempt("convolution/size", marks=0))
    for _ in range(2):
        progress.finish("lstm/q0", right=True)
    assert progress.topics() == [
        TopicProgress("convolution", 1, 0.0, 0),
        TopicProgress("lstm", 2, 0.75, 1),
    ]


def test_a_file_that_is_no_progress_is_a_message(tmp_path: Path) -> None:
    """Like a gradebook that is none."""
    path = tmp_path / "progress.sqlite"
    path.write_bytes(b"my diary" * 1000)
    with pytest.raises(GradmarkError, match=r"progress\.sqlite cannot be used: it is damaged"):
        Progress(path)


def test_a_folder_that_cannot_be_made_is_a_message(tmp_path: Path) -> None:
    """A file stands where it should be."""
    (tmp_path / "data").write_text("")
    with pytest.raises(GradmarkError, match="data"):
        Progress(tmp_path / "data" / "progress.sqlite")
