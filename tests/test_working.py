"""Shown working: lines read, walked from the student's own values, the first wrong one named, and marks by steps."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pydantic import ValidationError

from cli.main import main
from grader.comparing.numbers import ROUNDED, TOO_ROUGH
from grader.marking import Verdict, mark
from grader.previewing import preview
from grader.result import mark_paper, to_json
from grader.submissions import Submission, read_submissions
from grader.working import Working, walk
from grader.working.lines import MOST_CHARACTERS, MOST_LINES, is_working, typed_lines
from questions.blueprint import Blueprint, Policy, Student
from questions.exam import Item, Paper
from questions.key import split_answer
from questions.question import NUMERIC, Question
from questions.variant import Variant
from solvers.latex import plain_text
from solvers.text import Language
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, array, is_array, plain
from templates.feedback import feedback_pages
from templates.papers import paper_pages
from templates.terminal import verdict_text
from templates.working import working_view
from tests.hostile import CODE, LARGE, counted
from tests.strategies import every_type, item, marked, variant

SHOWN = ("lstm/show-the-step", "backprop/show-the-chain", "attention/show-the-weights")
LSTM = "lstm/one-unit"
RIGHT = """f = sigma(1*(-1) + 1*0.4 - 0.5) = 0.2497
i = σ(0.6) = 0.6457
g = tanh(0.2) = 0.1974
c = f*1.5 + i*g = 0.5020
o = σ(-0.1) = 0.4750
h = o*tanh(c) = 0.2203"""
"""The sixth part of the first variant of `LSTM`."""


@cache
def computed_questions() -> tuple[str, ...]:
    """The questions of three topics whose last computed part is numeric."""
    bank = every_type()
    found = [q for topic in ("lstm", "backprop", "attention") for q in bank.questions(topic)]
    return tuple(q.id for q in found if q.derivation and any(p.answer and p.type in NUMERIC for p in q.parts))


def last_part(question: Question) -> int:
    return max(i for i, part in enumerate(question.parts) if part.answer and part.type in NUMERIC)


def steps_to(found: Variant, index: int) -> list[str]:
    """The steps that a part rests on, in the order of the derivation, its own the last."""
    assert found.trace is not None
    step, _ = split_answer(found.question.parts[index].answer or "")
    below = found.trace.derivation.upstream(step)
    return [name for name in found.trace.derivation.steps if name in below]


def typed(trace: Trace, step: str, decimals: int = 6) -> str:
    """A step as a student writes it: its symbol and its value."""
    return f"{plain_text(trace.derivation.steps[step].symbol)} = {plain(trace[step], decimals)}"


def walked(id: str, text: str, index: int, seed: int = 1) -> Working:
    found = walk(variant(id, seed), index, text)
    assert found is not None
    return found


def asking(id: str, seed: int = 1, *, required: bool = False) -> Item:
    """A question of one part, the last of another's, which gives each step on the way to it a mark."""
    found = variant(id, seed)
    index = last_part(found.question)
    steps = steps_to(found, index)
    part = found.question.parts[index].model_copy(
        update={
            "working": dict.fromkeys(steps[:-1], Fraction(1)),
            "marks": Fraction(len(steps)),
            "working_required": required,
        }
    )
    one = replace(found, question=found.question.model_copy(update={"parts": [part]}), targets=(found.targets[index],))
    return Item(1, 0, one, part.marks)


def verdict_on(found: Item, text: str, policy: Policy | None = None) -> Verdict:
    return mark(found, {found.label(0): text}, policy or Policy())[0]


# --------------------------------------------------------------------------------------------- what the walk says of lines


@pytest.mark.parametrize("form", ["text", "latex", "value"])
@pytest.mark.parametrize("id", computed_questions())
def test_the_worked_solution_is_right_in_every_line(id: str, form: str) -> None:
    """As it is printed on one line, as LaTeX, and as bare values: nothing in it is called wrong, or not read."""
    found = variant(id)
    index = last_part(found.question)
    assert found.trace is not None
    steps = steps_to(found, index)
    lines = [typed(found.trace, step) if form == "value" else getattr(found.trace.line(step), form) for step in steps]
    working = walk(found, index, "\n".join([*lines, *lines[:1]]))
    assert working is not None
    assert [(line.state, line.step, line.says) for line in working.lines[:-1]] == [
        ("right", step, ()) for step in steps
    ]


@given(st.sampled_from(computed_questions()), st.integers(1, 2), st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_one_wrong_line_is_named_and_the_rest_follows(id: str, seed: int, data: st.DataObject) -> None:
    """Whichever step is wrong, right working after it follows, and no other line is called wrong."""
    found = variant(id, seed)
    assert found.trace is not None
    steps = steps_to(found, last_part(found.question))
    wrong = data.draw(st.integers(0, len(steps) - 1))
    slipped = _slipped(found.trace[steps[wrong]])
    assume(slipped is not None)
    own = found.trace.derivation.run(found.trace.givens, overrides={steps[wrong]: slipped})
    try:
        lines = [typed(own, step) for step in steps]
    except StepError:
        assume(False)
    working = walk(found, last_part(found.question), "\n".join([*lines, "sum = 1 + 1 = 2"]))
    assert working is not None
    assert [line.number for line in working.lines if line.state == "wrong"] == [wrong + 1]
    assert all(line.state in ("right", "follows") for line in working.lines[:-1] if line.number != wrong + 1)


def _slipped(value: Value) -> Value | None:
    """Another value of the same kind, far enough away to be told apart."""
    if isinstance(value, Shape):
        return Shape(size + 1 for size in value)
    if is_array(value):
        moved = list(value.flat)
        moved[0] += Fraction(5, 4)  # all of them would leave a softmax as it is
        return array(moved).reshape(value.shape)
    if isinstance(value, (bool, str)):
        return None
    return value + 1 if isinstance(value, int) else value + Fraction(5, 4)


WRONG_LINES = [
    ("f = sigma(1*(-1) + 1*0.4) = 0.3543", "formula", ("lstm/bias-forgotten",)),
    ("f = σ(-1.1) = 0.2597", "arithmetic", ()),
    ("a_f = 1*(-1) + 1*0.6 - 0.5 = -0.9", "numbers", ()),
    ("f = 0.7503", "value", ()),
    ("f = tanh(-1.1) = -0.8005", "formula", ("lstm/tanh-in-gates",)),
    ("f_t = \\sigma(-1.1) = 0.2597", "arithmetic", ()),
    ("遗忘门：f_t = σ(-1.1) = 0.2597", "arithmetic", ()),
]


@pytest.mark.parametrize(("line", "fault", "ids"), WRONG_LINES, ids=[line for line, _, _ in WRONG_LINES])
def test_a_wrong_line_says_where_it_goes_wrong(line: str, fault: str, ids: tuple[str, ...]) -> None:
    """The formula, the numbers put in, or the arithmetic; with the misconception whose rule gives the value."""
    wrong = walked(LSTM, f"i = 0.6457\n{line}", 5).first_wrong
    assert wrong is not None
    assert (wrong.number, wrong.fault, wrong.misconceptions) == (2, fault, ids)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("f = sigma(1*(-1) + 1*0.4) = 0.3543", "the formula is wrong, or the numbers in it are"),
        ("f = tanh(a_f) = -0.8005", "the formula is wrong."),
    ],
)
def test_numbers_alone_are_not_called_a_wrong_formula_for_sure(line: str, said: str) -> None:
    """They may be several wrong numbers in the right one; in letters it is the formula."""
    view = working_view(walked(LSTM, f"a_f = -1.1\n{line}", 5), every_type(), "en")
    assert view is not None
    assert said in view.summary


def test_the_number_that_belongs_is_named() -> None:
    """Which number was put in, and which one belongs there."""
    wrong = walked(LSTM, "a_f = 1*(-1) + 1*0.6 - 0.5 = -0.9\nf = 0.2891", 5).first_wrong
    assert wrong is not None
    assert wrong.says[0].en == "You put in 0.6 where h_(t-1) = 0.4 belongs."


SPELLINGS = [
    ("f_t = 0.2497", "forget_gate"),
    ("f = 0.2497", "forget_gate"),
    ("forget_gate = 0.2497", "forget_gate"),
    ("Forget gate: f = 0.2497", "forget_gate"),
    ("the forget gate = 0.2497", "forget_gate"),
    ("Step 1: f = 0.2497", "forget_gate"),
    ("1) f_t = 0.2497", "forget_gate"),
    ("遗忘门 = 0.2497", "forget_gate"),
    ("第一步：遗忘门 f_t ＝ 0.2497", "forget_gate"),
    ("$f_t = 0.2497$", "forget_gate"),
    (r"\tilde{c}_t = 0.1974", "candidate"),
    ("c̃_t = 0.1974", "candidate"),
    ("g = 0.1974", "candidate"),
    ("c_tilde = 0.1974", "candidate"),
    ("so c_t ≈ 0.5020", "cell"),
    ("h_t \\approx 0.2203", "hidden"),
    ("σ(-1.1) = 0.2497", "forget_gate"),
]


@pytest.mark.parametrize(("line", "step"), SPELLINGS, ids=[line for line, _ in SPELLINGS])
def test_quantities_are_known_under_their_usual_names(line: str, step: str) -> None:
    """By symbol, plain or LaTeX, by name, in words of either language, and without a name by value."""
    first = walked(LSTM, f"{line}\nz = 1", 5).lines[0]
    assert (first.step, first.state) == (step, "right")


@pytest.mark.parametrize("line", ["∂L/∂w₁ = 0.01225", "dL/dw1 = 0.01225", r"\frac{\partial L}{\partial w_1} = 0.01225"])
def test_gradients_are_known_under_their_usual_names(line: str) -> None:
    """A derivative as a fraction, with either letter, and in LaTeX."""
    assert walked("backprop/show-the-chain", f"{line}\nz = 1", 0).lines[0].step == "w1_gradient"


def test_a_line_may_go_on_below() -> None:
    """An equals sign at the beginning of a line, and brackets over several rows, hold it together."""
    working = walked(LSTM, "c = f c_{t-1} + i g\n  = 0.2497·1.5 + 0.6457·0.1974\n  = 0.5020\nh = 0.2203", 5)
    assert [(line.step, line.state) for line in working.lines] == [("cell", "right"), ("hidden", "right")]


def test_elements_are_lines_of_their_own() -> None:
    """A vector's elements, counted from 1 as subscripts and from 0 in brackets."""
    working = walked("attention/show-the-weights", "s_1 = 0\ns_2 = 2\ns[2] = 3", 0)
    assert [line.state for line in working.lines] == ["right", "right", "wrong"]
    assert working.shown["scores"].share == Fraction(2, 3)


def test_a_value_of_another_size_is_wrong_and_says_so() -> None:
    """A vector of two where three belong."""
    wrong = walked("attention/show-the-weights", "s = [0, 2]\nc = [0, 0]", 0).first_wrong
    assert wrong is not None
    assert "3" in wrong.says[0].en


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("x = -1", "given"),
        ("f = 0.2", "coarse"),
        ("f = 0.2497 ?? 3", "unread"),
        ("f = ", "unread"),
        ("my own = 3*4 = 12", "own"),
        ("and now the gates", "words"),
        ("z = 3*4 = 13", "wrong"),
    ],
)
def test_a_line_that_is_no_step_is_told_as_what_it_is(line: str, state: str) -> None:
    """A given, too few digits, unreadable, a quantity of one's own, words; only wrong arithmetic is wrong."""
    assert walked(LSTM, f"i = 0.6457\n{line}\nh = 0.2203", 5).lines[1].state == state


def test_what_is_said_of_a_right_line_does_not_contradict_it() -> None:
    """Its value is right, or follows, but the arithmetic written before it is not."""
    found = walked(LSTM, "f = σ(-1.2) = 0.2497\ni = 0.7\nc = 0.2497*2 = 0.5127", 5).lines
    for line in found:
        for said in line.says if line.state in ("right", "follows") else ():
            assert said.en.startswith(("The value is right, but what", "But what")), said
            assert said.zh.startswith(("数值正确，但最后", "但最后")), said
    assert [line.state for line in found if line.says] == ["right", "wrong", "follows"]


@pytest.mark.parametrize("id", computed_questions())
def test_a_right_formula_in_letters_agrees_with_its_value(id: str) -> None:
    """Each step's own formula, whatever its letters may stand for besides, before the step's value."""
    found = variant(id)
    index = last_part(found.question)
    assert found.trace is not None
    worked = {step: found.trace.line(step) for step in steps_to(found, index)}
    lines = [f"{line.symbol} = {line.formula} = {plain(found.trace[step], 4)}" for step, line in worked.items()]
    working = walk(found, index, "\n".join([*lines, lines[0]]))
    assert working is not None
    assert [line.text for line in working.lines if line.at_odds] == []


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("f = tanh(-1.1) = 0.2497\ni = 0.6457", "In line 1, formula and value do not agree. Every value follows", "第 1 行的算式与数值不符；各行"),
        ("f = tanh(-1.1) = 0.2497\ni = ?", "In line 1, formula and value do not agree. Every value that", "第 1 行的算式与数值不符；能识别"),
        ("f = tanh(-1.1) = 0.2497\ni = 0.7", "Line 2 is the first whose value does not follow: the value is wrong.", "数值最先出错的是第 2 行：数值不对。"),
        ("i = 0.7\nf = tanh(-1.1) = 0.2497", "Line 1 is the first that does not follow: the value is wrong.", "最先出错的是第 1 行：数值不对。"),
        ("f = tanh(-1.1) = 0.2497", "In your working, formula and value do not agree.", "所写过程中，算式与数值不符。"),
    ],
)  # fmt: skip
def test_a_right_value_that_its_formula_does_not_give_is_said(text: str, english: str, chinese: str) -> None:
    """It counts, but a page has no tick for it, nor is every line said to follow."""
    working = walked(LSTM, text, 5)
    assert working.shown["forget_gate"].share == 1
    languages: tuple[tuple[Language, str], ...] = (("en", english), ("zh", chinese))
    for language, said in languages:
        view = working_view(working, every_type(), language)
        assert view is not None
        assert said in view.summary
        assert ("≠", "tanh") in [(line.sign, line.text[4:8]) for line in view.lines]


def test_an_unreadable_line_has_its_caret_in_the_line() -> None:
    """The place counts characters of the line as typed."""
    line = walked(LSTM, "i = 0.6457\n  f = 0.24 ?\nh = 0.2203", 5).lines[1]
    assert line.unreadable is not None
    assert line.unreadable.text[line.unreadable.offset] == "?"


@pytest.mark.parametrize("text", ["0.2203", "h = 0.2203", "o = 55", "1 2\n3 4", "x <= 3\ny >= 4", ""])
def test_an_answer_alone_is_no_working(text: str) -> None:
    """One value with or without a label, rows of a matrix, conditions."""
    assert walk(variant(LSTM), 5, text) is None


# ------------------------------------------------------------------------------------------------------ marks by steps


@given(st.sampled_from(computed_questions()), st.integers(1, 2), st.booleans())
@settings(max_examples=30, deadline=None)
def test_right_working_earns_everything(id: str, seed: int, required: bool) -> None:
    """The lines of the worked solution, with the answer as the key prints it, required or not."""
    found = asking(id, seed, required=required)
    one = found.variant
    assert one.trace is not None
    lines = [one.trace.line(step, 8).text for step in steps_to(one, 0)[:-1]]
    last = f"{one.question.parts[0].answer} = {one.targets[0].printed}"
    verdict = verdict_on(found, "\n".join([*lines, last]))
    assert (verdict.kind, verdict.marks) == ("correct", verdict.worth)


@pytest.mark.parametrize("id", SHOWN)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_early_slip_costs_its_own_step_only(id: str, seed: int) -> None:
    """Everything after a wrong first step that earns marks is worked from it, and earns them."""
    found = item(id, seed)
    part, trace = found.variant.question.parts[0], found.variant.trace
    assert trace is not None
    first, *_ = part.working
    own = trace.derivation.run(trace.givens, overrides={first: _slipped(trace[first])})
    steps = [*part.working, split_answer(part.answer or "")[0]]
    verdict = verdict_on(found, "\n".join(typed(own, step) for step in steps))
    assert verdict.marks == part.marks - part.working[first]
    assert verdict.working is not None
    assert verdict.working.first_wrong is not None
    assert verdict.working.first_wrong.step == first


@pytest.mark.parametrize("id", SHOWN)
def test_a_right_answer_alone_earns_everything_unless_working_is_required(id: str) -> None:
    """Then it earns what is left when the steps have theirs."""
    free, required = item(id), asking(id, required=True)
    assert verdict_on(free, free.variant.targets[0].printed).marks == free.marks
    assert verdict_on(required, required.variant.targets[0].printed).marks == 1


NOTHING = [
    "x = -1\nh_{t-1} = 0.8\nc_{t-1} = -0.5",
    "f = 0\ni = 0\nc = 0\no = 0\nh = 0",
    "f = 0.5\ni = 0.5\ng = 0.5\nc = 0.5\no = 0.5\nh = 0.5",
    "f = 1\ni = 0\ng = 0\nc = -0.5\no = 0\nh = 0",
    "f = 1e9\ni = 1e9\ng = 1e9\nc = 1e18\nh = 1",
    "f = 1\ni = 1\ng = 1\no = 1\nc = 0.5\nh = 0.4621",
    "f = \ni = \nh = ",
]


@pytest.mark.parametrize("text", NOTHING)
def test_working_that_leaves_nothing_to_do_earns_nothing(text: str) -> None:
    """Givens said again, zeros, the same value everywhere, saturated gates, enormous values, nothing at all."""
    assert verdict_on(item("lstm/show-the-step"), text).marks == 0


def test_a_value_handed_on_earns_nothing() -> None:
    """Where a step only passes a wrong value on, copying it shows no work."""
    found = asking("backprop/relu-network")
    steps = steps_to(found.variant, 0)
    assert "output_error" in steps
    verdict = verdict_on(found, "output_error = [9]\noutput_delta = [9]")
    assert verdict.marks == 0


def test_without_follow_through_only_right_steps_earn() -> None:
    """The blueprint decides, and its penalty holds for carried steps."""
    found = item("lstm/show-the-step", 3)
    text = "f = 0.1419\ni = 0.4013\ng = 0.2142\nc = -0.0559\no = 0.8455\nh = -0.0472"
    assert verdict_on(found, text).marks == 6
    assert verdict_on(found, text, Policy(follow_through=False)).marks == 3
    assert verdict_on(found, text, Policy(carry_penalty=Fraction(1, 2))).marks == Fraction(9, 2)


def test_right_lines_do_not_make_good_a_final_answer_that_is_too_coarse() -> None:
    """All steps are right and earn 6 of 7; the answer, to two digits where four decimals are asked, half of the last."""
    found = item("lstm/show-the-step")
    trace = found.variant.trace
    assert trace is not None
    lines = [typed(trace, step, 4) for step in found.variant.question.parts[0].working]
    assert verdict_on(found, "\n".join([*lines, typed(trace, "hidden", 2)])).marks == Fraction(13, 2)
    assert verdict_on(found, "\n".join([*lines, typed(trace, "hidden", 4)])).marks == 7


def test_steps_earn_their_share_of_what_the_paper_gives() -> None:
    """A section may give a question other marks than its file."""
    found = item("lstm/show-the-step", 3)
    double = Item(1, 0, found.variant, found.marks * 2)
    text = "f = 0.1419\ni = 0.4013\ng = 0.2142\nc = -0.0559\no = 0.8455\nh = -0.0472"
    assert verdict_on(double, text).marks == 12


@given(st.sampled_from(SHOWN), st.lists(st.sampled_from(RIGHT.split("\n")), max_size=8), st.booleans())
@settings(max_examples=30)
def test_marks_stay_within_the_part(id: str, lines: list[str], required: bool) -> None:
    """Whatever is repeated or left out."""
    verdict = verdict_on(asking(id, required=required), "\n".join(lines))
    assert 0 <= verdict.marks <= verdict.worth


# -------------------------------------------------------------------------------------------- what the answer is read as


def test_the_line_about_what_was_asked_is_the_answer() -> None:
    """Whether it is the last one or not; what was taken is said."""
    verdict = marked(item(LSTM), {"cell": "c = 0.2497*1.5 + 0.1275 = 0.5020\nh = 0.4750*tanh(0.5020) = 0.2203"})["cell"]
    assert (verdict.kind, verdict.reading) == ("correct", "0.5020")
    assert "c =" in verdict.heard[-1].en


def test_a_vector_is_read_from_its_working() -> None:
    """Which could not be read as it stands."""
    text = "s = [0, 2, 2]\nα = softmax([0, 1, 1]) = [0.155, 0.422, 0.422]"
    assert marked(item("attention/query-vector", 1), {"weights": text})["weights"].reading == "[0.155, 0.422, 0.422]"


def test_a_wrong_earlier_part_is_worked_on_with() -> None:
    """Lines that follow from the student's own answer to an earlier part do follow."""
    verdict = marked(
        item(LSTM), {"forget_gate": "0.3543", "cell": "i = 0.6457\ng = 0.1974\nc = 0.3543*1.5 + 0.6457*0.1974 = 0.6589"}
    )
    assert verdict["cell"].working is not None
    assert [line.state for line in verdict["cell"].working.lines] == ["right", "right", "follows"]
    assert verdict["cell"].carried == ("1a",)


def test_the_first_wrong_line_is_the_cause() -> None:
    """What the working shows goes before what the answer alone suggests; slips of arithmetic are no misconception."""
    text = "f = 0.2497\ni = 0.6457\ng = σ(0.2) = 0.5498\nc = 0.7296\nh = 0.4750*tanh(0.7296) = 0.2959"
    shown = marked(item(LSTM), {"hidden": text})["hidden"]
    slip = marked(item(LSTM), {"hidden": "f = σ(-1.1) = 0.2597\nh = 0.2268"})["hidden"]
    early = marked(item(LSTM), {"hidden": "f = 0.2497\nc = 0.5020"})["hidden"]
    assert shown.diagnosis is not None
    assert shown.diagnosis.misconceptions == ("lstm/sigmoid-candidate",)
    assert slip.diagnosis is None
    assert early.diagnosis is None


# -------------------------------------------------------------------------------------------------------- hostile texts


HOSTILE = [
    *(f"f = {text} = {text}\nh = {text}" for text in (*CODE, *LARGE)),
    *(f"{text} = 0.5\nh = 0.5" for text in CODE),
    "f = 0.5\n" * MOST_LINES,
    "f = 0.3333\n" * (MOST_LINES - 1) + "h = 0.1",
    "f = " * 2_000 + "1",
    "=" * 9_000,
    "f = (" * 1_500,
    "f = " + "(" * 5_000 + "\nh = 1",
    "f = " + "[" * 900 + "]" * 900 + "\nh = 1",
    "f = " + "1+" * 4_000 + "1 = 3\nh = 1",
    "f = " + "+".join(str(i) for i in range(400)) + " = 3\nh = 1",
    "f = 0.5\n" * 700,
    "\n".join(f"q{i} = {i} + {i} = {2 * i}" for i in range(MOST_LINES)),
    "f ; = ; = ;\n; = ;" * 200,
    "f = 0.5\x00\x1b[2J\nh = \x07",
    "\\begin{pmatrix} = \\\\" * 300,
    "f =\u202e 0.5\nh = 0.2",
    "\n".join(f"gate {i}: {i}.123*4.567 + 3.21 = {i}.999" for i in range(MOST_LINES)),
    "\n".join(f"x{i} := σ(0.{i}12) = 0.{i}981" for i in range(MOST_LINES)),
    "\n".join(f"the value of the {i} thing: 0.{i}9817" for i in range(MOST_LINES)),
    "\n".join(f"h = {'+'.join(f'0.{j}1234*{j}.77' for j in range(9))} = 0.{i}77" for i in range(40)),
    "\n".join(f"c = f*1.5 + i*g = 0.{i}345 = 0.{i}34" for i in range(MOST_LINES)),
    "\n".join(f"no, wrong: f = 0.{i}345" for i in range(MOST_LINES)),
    "\n".join(f"| a | {i}.25 | {i}.5123 |" for i in range(MOST_LINES)) + "\n|=|",
    "~~" * 2_000 + "f = 1\ng = 2",
    "\\cancel{" * 700 + "= 1\n= 2",
    "f: " * 1_500 + "\n: 1\n: 2",
    ":" * 3_000 + "= 1\n= 2",
    "q = 1 → " * 230 + "2",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_walked_with_little_work(text: str) -> None:
    """It earns nothing it shouldn't, and neither raises nor hangs."""
    paper = item("lstm/show-the-step")
    verdict, calls = counted(lambda: verdict_on(paper, text))
    assert calls < 600_000
    assert verdict.marks <= verdict.worth
    assert verdict_text(verdict, every_type(), "en")


def test_more_than_a_page_is_no_working() -> None:
    """Beyond the limits a response is read as it stands."""
    assert not is_working(typed_lines("f = 0.5\n" * (MOST_LINES + 2)))
    assert not is_working(typed_lines("f = 1" + " " * MOST_CHARACTERS + "= 1\ni = 1"))


@given(st.text(alphabet="fichog=;\n\\0123.()[]{}$&tσ≈ ", max_size=120))
@settings(max_examples=50)
def test_no_text_breaks_the_walk(text: str) -> None:
    """Whatever is typed is walked or is no working."""
    found = walk(variant("lstm/show-the-step"), 0, text)
    assert found is None or len(found.lines) == len(typed_lines(text))


# ------------------------------------------------------------------------------------------------ questions, pages, sheets


@pytest.mark.parametrize(
    "change",
    [
        {"working": {"forget_gate": 9}},
        {"working": {"forget_gate": 0}},
        {"working": {}, "working_required": True},
        {"type": "expression", "variables": {"x": {"integer": [1, 2]}}, "form": "x"},
    ],
)
def test_working_that_cannot_be_marked_is_refused(change: dict[str, Any]) -> None:
    """More marks than the part has, none at all, nothing to require, a formula."""
    part = {
        "ask": {"en": "h?", "zh": "h？"},
        "type": "real",
        "answer": "hidden",
        "marks": 3,
        "working": {"forget_gate": 1},
    }
    with pytest.raises(ValidationError):
        type(variant(LSTM).question.parts[0]).model_validate({**part, **change})


def test_a_step_that_does_not_lead_to_the_answer_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`bank check` names it."""
    text = (Path(__file__).parent.parent / "questions" / "lstm" / "show-the-step.yaml").read_text("utf-8")
    (tmp_path / "lstm").mkdir()
    (tmp_path / "lstm" / "mine.yaml").write_text(
        text.replace("lstm/show-the-step", "lstm/mine").replace("forget_gate: 1", "forgotten: 1"), "utf-8"
    )
    assert main(["bank", "check", str(tmp_path / "lstm" / "mine.yaml"), "--variants", "2"]) == 1
    assert "forgotten is no step on the way to hidden" in capsys.readouterr().out


PLAN = {
    "exam": "quiz",
    "title": {"en": "Quiz", "zh": "测验"},
    "sections": [{"questions": ["lstm/show-the-step"]}],
}
MARKUP = "f = <script>alert(1)</script> = 0.5\ni = 0.0911 <b>\n*g* = [x](http://e) = 0.2\nh = -0.0727 & more\nh = 0.9"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_feedback_shows_every_line_and_no_markup(language: str) -> None:
    """Each line as it was typed, what it was read as, and which is the first wrong one; escaped."""
    plan = Blueprint.model_validate({**PLAN, "language": language})
    found = item("lstm/show-the-step")
    paper = Paper("quiz", Student(id="s1"), "code", (found,))
    pages = feedback_pages(mark_paper(paper, {"1": RIGHT + "\n" + MARKUP}, Policy()), plan, every_type())
    assert "<script>" not in pages["feedback.html"]
    assert "&lt;script&gt;" in pages["feedback.html"]
    assert "<script>" not in MarkdownIt("commonmark", {"html": True}).render(pages["feedback.md"])
    said = {"en": "Line 1 is the first that does not follow", "zh": "最先出错的是第 1 行"}[language]
    assert all(said in page for page in pages.values())


def test_results_hold_the_lines() -> None:
    """What programs read, as JSON."""
    paper = Paper("quiz", Student(id="s1"), "code", (item("lstm/show-the-step"),))
    found = json.loads(json.dumps(to_json(mark_paper(paper, {"1": "f = 0.9\nh = x"}, Policy()))))
    lines = found["questions"][0]["parts"][0]["working"]
    assert [(line["line"], line["state"], line["step"]) for line in lines] == [
        (1, "wrong", "forget_gate"),
        (2, "unread", None),
    ]


def test_papers_leave_room_for_working() -> None:
    """The sheet opens a block in YAML, and says that steps are wanted."""
    plan = Blueprint.model_validate(PLAN)
    pages = paper_pages(Paper("quiz", Student(id="s1"), "code", (item("lstm/show-the-step"),)), plan)
    assert yaml.safe_load(pages["answers.yaml"])["answers"] == {"1": ""} or "1: |" in pages["answers.yaml"]
    assert all("one step a line" in pages[name] for name in ("answers.yaml", "answers.md", "paper.md"))


def handed_in(folder: Path, form: str) -> str:
    """A file of the form with the right working as the answer to 1; its name."""
    head = "exam: quiz\nstudent: s1\n"
    indented = RIGHT.replace("\n", "\n    ")
    match form:
        case "yaml":
            text = f"{head}answers:\n  1: |\n    {indented}\n"
        case "md":
            text = f"{head}\n## 1\n\n{RIGHT}\n"
        case "json":
            text = json.dumps({"exam": "quiz", "student": "s1", "answers": {"1": RIGHT}})
        case _:
            with (folder / "a.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([["exam", "student", "1"], ["quiz", "s1", RIGHT]])
            return "a.csv"
    (folder / f"a.{form}").write_text(text, "utf-8")
    return f"a.{form}"


@pytest.mark.parametrize("form", ["yaml", "md", "json", "csv"])
def test_every_format_carries_several_lines(tmp_path: Path, form: str) -> None:
    """A block, a section, a string, a cell: the lines arrive as they were typed."""
    name = handed_in(tmp_path, form)
    found = [s for s in read_submissions([tmp_path / name]) if isinstance(s, Submission)]
    assert [submission.responses["1"].strip() for submission in found] == [RIGHT]


def test_a_filled_sheet_comes_back(tmp_path: Path) -> None:
    """The sheet that was handed out, with the working typed below the bar."""
    plan = Blueprint.model_validate(PLAN)
    paper = Paper("quiz", Student(id="s1"), "code", (item("lstm/show-the-step"),))
    sheet = paper_pages(paper, plan)["answers.yaml"].rstrip()
    assert sheet.endswith("1: |")
    (tmp_path / "a.yaml").write_text(sheet + "\n    " + RIGHT.replace("\n", "\n    ") + "\n", "utf-8")
    found = [s for s in read_submissions([tmp_path / "a.yaml"]) if isinstance(s, Submission)]
    assert found[0].responses["1"].strip() == RIGHT
    assert preview(found[0]).parts[0].outcome == "read"


def test_a_drill_takes_several_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backslash at the end of a line goes on in the next."""
    from cli.drill import Drill

    typed_lines_ = iter(["f = 0.2497 \\", "i = 0.6457\\", "h = 0.2203"])
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(typed_lines_))
    drill = Drill(every_type(), None, [], "en")  # type: ignore[arg-type]
    assert drill._typed() == "f = 0.2497\ni = 0.6457\nh = 0.2203"


BITS = "ell = [0.1047, 2.0589, 3.4739]\nL = 1.8792"


def test_working_by_another_convention_earns_what_it_earns_without_working() -> None:
    """Binary logarithms in the lines of one part: its result is right in bits, which is said and counts."""
    verdict = marked(item("losses/binary-cross-entropy", 3), {"mean": BITS})["mean"]
    assert verdict.working is not None
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.misconceptions == ("convention/base-two-logarithm",)
    assert verdict.marks == Fraction(1, 2)
    assert "another convention" in verdict.operations[0].text.en


def test_a_remark_has_no_empty_decimals_and_no_endless_line() -> None:
    """What is exactly 0.5 is said so; a sum of many terms is not written out."""
    verdict = marked(item(LSTM), {"forget_gate": "f = σ(0) = 0.7\nf = 0.7"})["forget_gate"]
    assert verdict.working is not None
    assert "comes to 0.5, not 0.7." in " ".join(said.en for said in verdict.working.lines[0].says)
    verdict = marked(item("discrete-convolution/filter-a-patch", 3), {"second": "Y = [[-911, 2]]\ny = 2"})["second"]
    assert verdict.working is not None
    assert [len(said.en) < 80 for said in verdict.working.lines[0].says] == [True]


def test_what_comes_of_a_wrong_line_is_not_called_a_rounded_right_answer() -> None:
    """A -1 from a wrong sum, where the right one is -0.9."""
    verdict = marked(item("neuron/one-unit", 3), {"net_input": "u = -1.9 = -2\nv = -2 + 1 = -1"})["net_input"]
    assert verdict.working is not None
    assert not {ROUNDED, TOO_ROUGH} & set(verdict.notes)
