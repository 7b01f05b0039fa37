"""Simulated students: reproducible, plausible, and as good as they are said to be."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.result import mark_paper
from grader.simulation import SimulatedStudent, misled, random_numbers, responses, slipped, student
from questions.blueprint import Blueprint, Policy, Student
from questions.exam import Paper, papers
from questions.question import NUMERIC, Part
from questions.stream import Stream
from tests.strategies import TYPES, every_type, item, marked, model_answers


def plainly(text: str, _: Part) -> str:
    return text


@pytest.fixture(scope="module")
def paper() -> Paper:
    """A paper with every type of response."""
    ids = [*(f"every/{name}" for name in TYPES), "chains/lstm", "chains/convolution"]
    plan = Blueprint.model_validate(
        {"exam": "quiz", "title": {"en": "Q", "zh": "测"}, "sections": [{"questions": ids}]}
    )
    return next(papers(every_type(), plan, [Student(id="s1")], b"simulated"))


def test_the_same_stream_gives_the_same_students_and_answers(paper: Paper) -> None:
    """So that a demo is the same everywhere."""
    one, again = (responses(paper, student(Stream("s")), Stream("a")) for _ in range(2))
    assert one == again
    assert responses(paper, student(Stream("s")), Stream("b")) != one


def test_every_part_gets_an_answer(paper: Paper) -> None:
    """If only a blank one."""
    assert list(responses(paper, student(Stream("s")), Stream("a"))) == paper.labels


def test_who_knows_everything_and_types_plainly_earns_nearly_everything(paper: Paper) -> None:
    """All but a few scribbles."""
    given_ = responses(paper, SimulatedStudent(2.0, plainly), Stream("a"))
    assert mark_paper(paper, given_, Policy()).marks >= Fraction(9, 10) * paper.marks


def test_skill_pays(paper: Paper) -> None:
    """A class of strong students earns more than a class of weak ones."""
    totals = [
        sum(
            mark_paper(paper, responses(paper, SimulatedStudent(skill, plainly), Stream(f"{i}")), Policy()).marks
            for i in range(5)
        )
        for skill in (0.1, 0.5, 0.9)
    ]
    assert totals == sorted(totals)
    assert totals[0] < totals[2]


def test_habits_change_how_and_not_what_is_typed(paper: Paper) -> None:
    """Every habit's right answers earn full marks, in whatever form they are typed."""
    habits = {student(Stream(f"habit {i}")).habit for i in range(40)}
    assert len(habits) > 3
    for habit in habits:
        given_ = responses(paper, SimulatedStudent(2.0, habit), Stream("a"))
        plain = responses(paper, SimulatedStudent(2.0, plainly), Stream("a"))
        assert mark_paper(paper, given_, Policy()).marks == mark_paper(paper, plain, Policy()).marks, habit


@given(seed=st.integers(1, 30), stream=st.integers(0, 99))
def test_a_slip_loses_the_slip_and_no_more(seed: int, stream: int) -> None:
    """What follows is worked rightly from it."""
    chain = item("chains/convolution", seed)
    answers = slipped(chain.variant, Stream(str(stream)))
    assert set(answers) == set(model_answers(chain.variant))
    verdicts = list(marked(chain, answers).values())
    assert verdicts[0].marks == 0
    assert [v.marks for v in verdicts[1:]] == [v.worth for v in verdicts[1:]]


def test_a_question_without_numbers_has_no_slips() -> None:
    """Nothing is a little off in a choice."""
    assert item("choice").variant.trace is not None
    assert slipped(item("choice").variant, Stream("s")) == {}


@given(st.sampled_from(TYPES), st.integers(1, 20), st.booleans())
def test_random_numbers_are_wrong_and_readable(name: str, seed: int, near: bool) -> None:
    """In every part that asks for numbers, whatever its type; close to the key where they should be."""
    found = item(name, seed)
    answers = random_numbers(found.variant, Stream(f"{seed}"), near=near)
    assert set(answers) == {p.key_name for p in found.variant.question.parts if p.type in NUMERIC}
    assert {marked(found, answers)[key].kind for key in answers} <= {"incorrect", "partial", "form", "coarse"}


def test_two_misconceptions_at_once_are_one_run() -> None:
    """Both rules replaced; one that leads nowhere gives no answers."""
    found = item("vector").variant
    both = misled(found, ("lstm/gates-swapped", "lstm/hidden-without-tanh"))
    assert both is not None
    assert both not in [misled(found, (id,)) for id in ("lstm/gates-swapped", "lstm/hidden-without-tanh")]
