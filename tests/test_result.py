"""A whole paper: what it adds up to, and how programs read it."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from grader.result import by_label, mark_paper, to_json
from questions.blueprint import Policy, Student
from questions.exam import Item, Paper
from tests.strategies import item, model_answers, variant

ADA = Student(id="s1", name="Ada")


def paper() -> Paper:
    first, second = variant("vector"), variant("text")
    return Paper("quiz", ADA, "c0de", (Item(1, 0, first, first.question.marks), Item(2, 0, second, Fraction(1))))


def right() -> dict[str, str]:
    a, b = model_answers(variant("vector")).values()
    return {"1a": a, "1b": b, "2": "forget gate"}


@pytest.mark.parametrize(
    ("round_to", "marks"), [(None, "7/2"), ("1/2", "7/2"), ("1", "4"), ("3", "5"), ("2/3", "4"), ("1/4", "7/2")]
)
def test_a_total_is_rounded_up_as_the_policy_says_and_never_beyond_the_paper(round_to: str | None, marks: str) -> None:
    """Three and a half of five."""
    first, second = paper().items
    split = Paper("quiz", ADA, "", (replace(first, marks=Fraction(7, 2)), replace(second, marks=Fraction(3, 2))))
    policy = Policy.model_validate({"round_to": round_to})
    assert mark_paper(split, {**right(), "2": ""}, policy).marks == Fraction(marks)


def test_a_result_as_json() -> None:
    """Exact marks as text, both languages, and what was carried and diagnosed."""
    result = json.loads(json.dumps(to_json(mark_paper(paper(), {**right(), "1a": "[9, 9]"}, Policy(), "s1.yaml"))))
    assert {key: result[key] for key in ("student", "name", "paper", "source", "worth")} == {
        "student": "s1",
        "name": "Ada",
        "paper": "c0de",
        "source": "s1.yaml",
        "worth": "5",
    }
    first, second = result["questions"]
    assert (first["number"], first["question"], second["marks"]) == (1, "every/vector", "1")
    part = first["parts"][0]
    assert set(part) == {
        "label", "response", "reading", "verdict", "marks", "worth", "operations", "diagnosis", "carried", "notes", "error", "working",
    }  # fmt: skip
    assert (part["verdict"], part["marks"], part["response"], part["error"]) == ("incorrect", "0", "[9, 9]", None)
    assert set(part["operations"][0]["text"]) == {"en", "zh"}


def test_an_unreadable_response_as_json_says_where() -> None:
    """Code, offset and message."""
    result = to_json(mark_paper(paper(), {**right(), "2": "", "1b": "[1; ]]"}, Policy()))
    error = result["questions"][0]["parts"][1]["error"]
    assert set(error) == {"code", "offset", "message"}
    assert set(error["message"]) == {"en", "zh"}


@pytest.mark.parametrize(
    ("typed", "known", "strange"),
    [
        ({"1a": "x", "2": "y"}, {"1a": "x", "2": "y"}, []),
        ({"Q1 (a)": "x"}, {"1a": "x"}, []),
        ({"1a": "x", "1 (A)": "y"}, {"1a": "x"}, ["1 (A)"]),
        ({"1 (A)": "y", "1a": "x"}, {"1a": "x"}, ["1 (A)"]),
        ({"1.a": "x", "1-a": "y"}, {"1a": "x"}, ["1-a"]),
        ({"3": "x"}, {}, ["3"]),
    ],
)
def test_labels_in_other_spellings_are_the_papers(
    typed: dict[str, str], known: dict[str, str], strange: list[str]
) -> None:
    """Unless that one is answered too; then a person decides."""
    assert by_label(typed, ["1a", "1b", "2"]) == (known, strange)


def test_parts_of_an_item_are_worth_what_it_is() -> None:
    """Divided as the question divides them."""
    one = item("element")
    assert sum((one.worth(part) for part in one.variant.question.parts), Fraction(0)) == one.marks
