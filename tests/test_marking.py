"""Marks: what each part earns, what is carried on from an early slip, and what never is."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.gaming import outlandish, trivial
from grader.marking import Operation, fold, mark
from questions.blueprint import Policy
from questions.exam import Item
from questions.key import Precision, printed_value, split_answer
from questions.question import Question
from questions.sampling import draw
from questions.variant import Variant, targets
from solvers.derivation import Derivation
from solvers.expression import evaluate, parse
from solvers.givens import integer
from solvers.text import Text
from solvers.values import Shape, Value, array, is_array
from tests.hostile import CODE, LARGE
from tests.strategies import TYPES, item, marked, model_answers

SAID = Text("so", "如此")
CHAINS = ("chains/lstm", "chains/convolution", "chains/attention")
SEEDS = st.integers(1, 40)


# ------------------------------------------------------------------------------------------------------- operations


def operation(kind: str, marks: int) -> Operation:
    return Operation(kind, Fraction(marks), SAID)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("operations", "marks"),
    [
        ([], 0),
        ([("award", 2)], 2),
        ([("carry", 2), ("deduct", 1)], 1),
        ([("note", 5), ("award", 1)], 1),
        ([("award", 9)], 3),
        ([("award", 1), ("deduct", 2)], 0),
    ],
)
def test_operations_fold_into_marks_between_nothing_and_everything(
    operations: list[tuple[str, int]], marks: int
) -> None:
    """Awards and carries add, deductions take away, notes only speak."""
    assert fold([operation(kind, count) for kind, count in operations], Fraction(3)) == marks


@given(
    st.lists(st.tuples(st.sampled_from(["award", "carry", "deduct", "note"]), st.fractions(0, 10))), st.fractions(0, 10)
)
def test_marks_never_leave_their_bounds(operations: list[tuple[str, Fraction]], worth: Fraction) -> None:
    """Whatever the operations."""
    assert 0 <= fold([Operation(kind, marks, SAID) for kind, marks in operations], worth) <= worth  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------------ right answers


@pytest.mark.parametrize("name", TYPES)
@given(seed=SEEDS)
def test_the_printed_model_answer_read_back_earns_everything(name: str, seed: int) -> None:
    """For every type of response."""
    verdicts = marked(item(name, seed), {})
    assert {v.label: v.kind for v in verdicts.values()} == {v.label: "correct" for v in verdicts.values()}
    assert sum(v.marks for v in verdicts.values()) == item(name).marks


def test_marks_scale_with_what_the_paper_gives_for_the_question() -> None:
    """A question of three marks that counts six."""
    one = item("chains/lstm")
    doubled = Item(1, 0, one.variant, 2 * one.marks)
    assert [v.worth for v in marked(doubled, {}).values()] == [2 * v.worth for v in marked(one, {}).values()]


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_a_blank_earns_nothing_and_is_no_mistake(text: str) -> None:
    """Nor is a part that is not on the sheet at all."""
    verdict = marked(item("integer"), {"size": text})["size"]
    assert (verdict.kind, verdict.marks, verdict.diagnosis) == ("blank", 0, None)
    assert mark(item("integer"), {}, Policy())[0].kind == "blank"


@pytest.mark.parametrize("name", TYPES)
def test_any_text_gets_a_verdict(name: str) -> None:
    """Hostile ones too: marks within bounds, and never a crash."""
    paper = item(name)
    names = list(model_answers(paper.variant))
    for text in (*CODE, *LARGE[::3], "\0", "\u202e5", "x" * 5000):
        for verdict in marked(paper, dict.fromkeys(names, text)).values():
            assert 0 <= verdict.marks <= verdict.worth


# ------------------------------------------------------------------------------------------------------ carried errors


def slip(value: Value, by: Fraction | int) -> Value:
    """A value with one of its numbers a little off."""
    if not is_array(value):
        return value + by
    moved = value.copy()
    moved.flat[0] = moved.flat[0] + by
    moved.setflags(write=False)
    return moved


def slipped(variant: Variant, first: int, by: Fraction | int) -> dict[str, str]:
    """The answers of somebody who slips in one part, prints the value with its digits, and works on rightly from it."""
    assert variant.trace is not None
    part, target = variant.question.parts[first], variant.targets[first]
    assert part.answer is not None
    step, _ = split_answer(part.answer)
    trace = variant.trace.putting({step: slip(variant.trace[step], by)})
    answers = variant.answers_of(trace)
    assert answers is not None
    printed = {
        p.key_name: printed_value(value, t.precision)
        for p, t, value in zip(variant.question.parts, variant.targets, answers, strict=True)
    }
    assert printed[part.key_name] != target.printed
    return printed


@pytest.mark.parametrize(
    ("id", "first", "by"),
    [
        ("chains/lstm", 0, Fraction(1, 10)),
        ("chains/lstm", 1, Fraction(-1, 20)),
        ("chains/lstm", 2, Fraction(-1, 8)),
        ("chains/lstm", 3, Fraction(1, 2)),
        ("chains/convolution", 0, 2),
        ("chains/convolution", 1, -4),
        ("chains/convolution", 3, 1),
        ("chains/attention", 0, 1),
        ("chains/attention", 1, Fraction(1, 10)),
        ("vector", 0, Fraction(1, 4)),
        ("element", 0, Fraction(1, 4)),
        ("matrix", 0, 1),
    ],
)
@given(seed=SEEDS)
def test_one_early_slip_then_right_working_loses_only_the_early_marks(
    id: str, first: int, by: Fraction, seed: int
) -> None:
    """Everything after the slip is right from the student's own value."""
    paper = item(id, seed)
    verdicts = list(marked(paper, slipped(paper.variant, first, by)).values())
    assert verdicts[first].marks < verdicts[first].worth
    assert [v.marks for v in verdicts if v is not verdicts[first]] == [
        v.worth for v in verdicts if v is not verdicts[first]
    ]


@pytest.mark.parametrize("slipped_by", [Fraction(0), Fraction(2, 5)])
@given(seed=SEEDS)
def test_working_on_from_what_was_written_with_few_digits_is_right(slipped_by: Fraction, seed: int) -> None:
    """A part asked for to one decimal, and the next one to three: from the rounded value, or from the one on the calculator."""
    question = item("chains/lstm").variant.question
    coarse = [p.model_copy(update={"decimals": 1}) if p.answer == "cell" else p for p in question.parts]
    found = draw(question.model_copy(update={"parts": coarse}), seed)
    paper = Item(1, 0, found, question.marks)
    assert found.trace is not None
    cell = found.trace["cell"] + float(slipped_by)
    written = Precision(decimals=1).printed(cell)
    for used in (cell, float(written)):
        hidden = Precision(decimals=3).printed(found.trace.putting({"cell": used})["hidden"])
        if float(written):  # a cell of nothing is not carried
            assert marked(paper, {"cell": written, "hidden": hidden})["hidden"].marks == 2


def test_a_carried_verdict_says_which_part_was_carried() -> None:
    """And its operations make its marks."""
    paper = item("chains/lstm")
    hidden = marked(paper, slipped(paper.variant, 3, Fraction(1, 2)))["hidden"]
    assert hidden.carried == ("1d",)
    assert [o.kind for o in hidden.operations] == ["carry"]
    assert "1d" in hidden.operations[0].text.en
    assert hidden.diagnosis is None


def test_without_follow_through_nothing_is_carried() -> None:
    """The policy decides."""
    paper = item("chains/lstm")
    policy = Policy(follow_through=False)
    assert marked(paper, slipped(paper.variant, 3, Fraction(1, 2)), policy)["hidden"].marks == 0


def test_a_penalty_for_carrying_is_an_operation_of_its_own() -> None:
    """A quarter of what the carried part earns."""
    paper = item("chains/lstm")
    policy = Policy.model_validate({"carry_penalty": "1/4"})
    hidden = marked(paper, slipped(paper.variant, 3, Fraction(1, 2)), policy)["hidden"]
    assert [(o.kind, o.marks) for o in hidden.operations] == [("carry", 2), ("deduct", Fraction(1, 2))]
    assert (hidden.kind, hidden.marks) == ("partial", Fraction(3, 2))


def test_carrying_is_taken_only_if_it_earns_more() -> None:
    """The right answer after a wrong one keeps its full marks, whatever the penalty."""
    policy = Policy.model_validate({"carry_penalty": "1"})
    hidden = marked(item("chains/lstm"), {"cell": "9"}, policy)["hidden"]
    assert (hidden.kind, hidden.carried) == ("correct", ())


def test_two_slips_are_carried_together() -> None:
    """Working on from both of them earns what follows."""
    paper = item("chains/convolution")
    trace = paper.variant.trace
    assert trace is not None
    answers = paper.variant.answers_of(trace.putting({"size_1": trace["size_1"] + 6, "size_3": trace["size_3"] + 8}))
    assert answers is not None
    printed = dict(zip(model_answers(paper.variant), map(str, answers), strict=True))
    verdicts = marked(paper, printed)
    assert [v.marks for v in verdicts.values()] == [0, 1, 0, 1, 3]
    assert verdicts["size_2"].carried == ("1a",)
    assert "1c" in verdicts["features"].carried


REFUSED = [
    ("chains/lstm", {"cell": "0"}, "hidden", "nothing is left to gate"),
    ("chains/lstm", {"cell": "90000"}, "hidden", "the tangent saturates"),
    ("chains/lstm", {"forget_gate": "0"}, "cell", "the old cell is cut off"),
    ("chains/lstm", {"input_gate": "0"}, "cell", "the candidate is cut off"),
    ("chains/lstm", {"forget_gate": "1", "input_gate": "0"}, "cell", "saturated gates keep the old cell as it is"),
    ("chains/attention", {"scores": "[[0, 0, 0], [0, 0, 0]]"}, "weights", "equal scores need no exponentials"),
    ("chains/attention", {"weights": "[[1, 0, 0], [0, 1, 0]]"}, "output", "one-hot weights only pick rows"),
    ("chains/convolution", {"size_4": "0"}, "features", "an empty map has no features"),
    ("chains/convolution", {"size_4": "99999999"}, "features", "an outlandish size"),
    ("chains/convolution", {"size_4": "-4"}, "features", "a negative size"),
]


@pytest.mark.parametrize(("id", "own", "later"), [case[:3] for case in REFUSED], ids=[why for *_, why in REFUSED])
def test_a_value_that_makes_the_rest_trivial_is_not_carried(id: str, own: dict[str, str], later: str) -> None:
    """Zero, saturated and outlandish values earn no marks for what follows from them."""
    paper = item(id, 3)
    trace = paper.variant.trace
    assert trace is not None
    values: dict[str, Value] = {}
    for name, text in own.items():
        reading = marked(paper, {name: text})[name]
        assert reading.kind in ("incorrect", "partial")
        values[name] = trace[name] * 0 + evaluate(parse(text), {})
    working = trace.putting(values)
    target = paper.variant.targets[list(model_answers(paper.variant)).index(later)]
    verdict = marked(paper, {**own, later: printed_value(working[later], target.precision)})[later]
    assert (verdict.marks, verdict.carried) == (0, ()), verdict


@pytest.mark.parametrize(
    ("own", "key", "counts", "refused"),
    [
        (56, 55, True, False),
        (0, 55, True, True),
        (-3, 55, True, True),
        (0, -1, True, False),
        (1, 2, True, False),
        (99_999, 55, True, True),
        (Shape((8, 0, 3)), Shape((8, 5, 3)), True, True),
        (0, Fraction(1, 2), False, False),
        (1, Fraction(1, 2), False, False),
        (Fraction(-1, 2), 1, False, False),
        (0, 1, False, False),
        (1, 0.5, False, False),
        (array([1, 0]), array([0.6, 0.4]), False, False),
        (array([0, 0]), array([1, 2]), False, False),
        (float("inf"), 0.5, False, True),
        (1e-30, 0.5, False, True),
        (0.0004, 0.5, False, False),
    ],
    ids=str,
)
def test_an_own_value_is_refused_only_where_it_leaves_nothing_to_work(
    own: Value, key: Value, counts: bool, refused: bool
) -> None:
    """Counts and positions of 0 or 1 are numbers like others; a key that is whole by chance is no count."""
    assert outlandish(own, key, counts=counts) is refused


@pytest.mark.parametrize(
    ("value", "key", "counts", "refused"),
    [
        (1, 2, True, False),
        (0, 2, True, False),
        (0, 2, False, True),
        (0, Fraction(1, 2), False, True),
        (1.0, 0.7, False, True),
        (0.99999, 0.7, False, True),
        (0.9, 0.7, False, False),
        (array([0, 1]), array([0.3, 0.7]), False, True),
        (array([0, 1]), array([2, 1]), False, False),
        (array([0, 0]), array([2, 1]), False, True),
    ],
    ids=str,
)
def test_an_answer_is_trivial_where_it_needs_no_work(value: Value, key: Value, counts: bool, refused: bool) -> None:
    """All zeros, or saturated where the right one is not."""
    assert trivial(value, key, counts=counts) is refused


def test_a_count_that_is_no_whole_number_costs_its_own_marks_only() -> None:
    """Who forgot to round down has paid for it; what was rightly worked from it earns its marks."""
    paper = item("chains/convolution")
    trace = paper.variant.trace
    assert trace is not None
    half = trace["size_4"] + Fraction(1, 2)
    features = trace.givens["c"] * half**2
    assert marked(paper, {"size_4": str(half), "features": str(features)})["features"].marks > 0


@pytest.mark.parametrize("own", [{"forget_gate": "1"}, {"cell": "1"}, {"cell": "-1"}, {"candidate": "1"}])
def test_a_1_that_leaves_the_rest_to_be_worked_is_carried(own: dict[str, str]) -> None:
    """Nothing that the later parts depend on is cut off by it."""
    paper = item("chains/lstm", 3)
    trace = paper.variant.trace
    assert trace is not None
    (name,) = own
    answers = paper.variant.answers_of(trace.putting({name: evaluate(parse(own[name]), {})}))
    assert answers is not None
    names = list(model_answers(paper.variant))
    typed = {n: printed_value(v, t.precision) for n, v, t in zip(names, answers, paper.variant.targets, strict=True)}
    verdicts = marked(paper, {**typed, **own})
    assert [n for n, v in verdicts.items() if v.marks < v.worth] == [name]


def test_an_unreadable_or_blank_part_is_not_carried() -> None:
    """There is no value to carry; the later part stands for itself."""
    verdicts = marked(item("chains/lstm"), {"cell": "about half", "hidden": "9"})
    assert (verdicts["cell"].kind, verdicts["hidden"].kind) == ("unreadable", "incorrect")


def test_a_value_of_another_shape_is_not_carried() -> None:
    """It cannot stand in for a matrix."""
    verdicts = marked(item("chains/attention"), {"scores": "[1, 2, 3]", "weights": "[[1, 0, 0], [0, 1, 0]]"})
    assert verdicts["weights"].carried == ()


def test_one_size_of_a_shape_is_carried() -> None:
    """The student's number takes its place in the shape that later steps need."""
    derivation = Derivation("own.map", "A map", "特征图", n=integer("n", "side", "边长"))

    @derivation.step("$n - 2", symbol="s", zh="形状")
    def shape(n: int) -> Shape:
        return Shape((8, n - 2, n - 4))

    @derivation.step("$shape", symbol="F", zh="特征数")
    def features(shape: Shape) -> int:
        return math.prod(shape)

    parts = [
        {"ask": {"en": "Height?", "zh": "高？"}, "answer": "shape[1]", "type": "integer", "marks": 1},
        {"ask": {"en": "Features?", "zh": "特征数？"}, "answer": "features", "type": "integer", "marks": 2},
    ]
    words = {"en": "A map.", "zh": "特征图。"}
    question = Question.model_validate(
        {
            "id": "own/map",
            "title": words,
            "kind": "compute",
            "derivation": "own.map",
            "difficulty": 1,
            "prompt": words,
            "parts": parts,
        }
    )
    trace = derivation.run({"n": 20})
    paper = Item(1, 0, Variant(question, 1, {"n": 20}, trace, targets(question, 1, {"n": 20}, trace)), Fraction(3))
    verdicts = marked(paper, {"shape": "17", "features": str(8 * 17 * 16)})
    assert (verdicts["features"].marks, verdicts["features"].carried) == (2, ("1a",))


def test_a_size_asked_for_by_itself_as_well_is_lost_once() -> None:
    """In the shape it is the student's own, as long as the other sizes are right."""
    paper = item("shape")
    trace = paper.variant.trace
    assert trace is not None
    channels, height, width = trace["shape"]
    for others, earned in (("", True), ("1", False)):
        verdicts = marked(paper, {"rows": str(height + 2), "shape": f"{channels}{others} x {height + 2} x {width}"})
        assert [v.kind for v in verdicts.values()] == ["incorrect", "correct" if earned else "incorrect"]
        assert verdicts["shape"].carried == (("1a",) if earned else ())


# ------------------------------------------------------------------------------------------------------------ diagnosis


@given(SEEDS, st.sampled_from(["gates-swapped", "tanh-in-gates", "hidden-without-tanh"]))
def test_a_diagnosis_never_changes_marks(seed: int, name: str) -> None:
    """Marks are those of the operations, which were made before anybody asked why."""
    paper = item("chains/lstm", seed)
    values = paper.variant.misconception_answers(f"lstm/{name}")
    assert values is not None
    names = list(model_answers(paper.variant))
    precision = paper.variant.targets[0].precision
    answers = {n: printed_value(v, precision) for n, v in zip(names, values, strict=True)}
    for verdict in marked(paper, answers).values():
        assert verdict.marks == fold(verdict.operations, verdict.worth)
        assert verdict.marks == (verdict.worth if verdict.kind == "correct" else 0)


def test_a_negative_count_carried_on_is_doubted() -> None:
    """It follows from the student's own length, and says that this cannot be right."""
    question = item("convolution/unread-samples", 3)
    verdicts = marked(question, {"size": "32", "unread": "-2"})
    assert verdicts["unread"].marks == 1
    assert any("negative" in note.en and "负数" in note.zh for note in verdicts["unread"].notes)
    assert not marked(question, {"size": "30", "unread": "6"})["unread"].notes


@pytest.mark.parametrize(
    ("name", "said"), [("conv9", True), ("none", True), ("stage3.pool", False), ("stage3.pool or stage2.pool", False)]
)
def test_a_name_that_the_question_does_not_have_is_told(name: str, said: bool) -> None:
    verdict = marked(item("networks/first-to-see", 3), {"layer": name})["layer"]
    assert not verdict.marks
    assert [note.en for note in verdict.notes] == ["There is no such name in the question."] * said
