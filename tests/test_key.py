"""Keys: the digits they are printed with, and how far right working may lie from them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.key import Precision, Target, printed_value, slack_of, split_answer, value_of, within
from questions.variant import targets
from solvers.derivation import Derivation
from solvers.evaluation import counts_wanted
from solvers.functions import exp
from solvers.givens import number
from solvers.givens_text import read_givens
from solvers.registry import derivation
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, array, as_float, each, elements, is_array
from tests.strategies import variant

SEEDS = st.integers(1, 40)


PRINTED = [
    ({"decimals": 3}, 0.88079, "0.881"),
    ({"decimals": 3}, Fraction(1, 2), "0.500"),
    ({"decimals": 0}, 54.5, "55"),
    ({"decimals": 2}, 2.675, "2.68"),
    ({"decimals": 2}, -2.675, "-2.68"),
    ({"decimals": 2}, -0.001, "0.00"),
    ({"decimals": 2}, 7, "7.00"),
    ({"significant": 3}, 0.00123456, "0.00123"),
    ({"significant": 3}, -0.00123456, "-0.00123"),
    ({"significant": 3}, 9.996, "10.0"),
    ({"significant": 3}, 9.994, "9.99"),
    ({"significant": 3}, Fraction(1999, 200), "10.0"),
    ({"significant": 3}, 25_557_032, "25600000"),
    ({"significant": 3}, -25_557_032, "-25600000"),
    ({"significant": 1}, 25, "30"),
    ({"significant": 1}, 45, "50"),
    ({"significant": 2}, 995, "1000"),
    ({"significant": 2}, 994.9, "990"),
    ({"significant": 2}, 99.5, "100"),
    ({"significant": 3}, 100, "100"),
    ({"significant": 3}, 99.95, "100"),
    ({"significant": 4}, 100, "100.0"),
    ({"significant": 3}, 0, "0.00"),
    ({"significant": 2}, 1e-12, "0.0000000000010"),
    ({"significant": 2}, 10**30, str(10**30)),
]


@pytest.mark.parametrize(("digits", "value", "text"), PRINTED)
def test_a_number_is_printed_with_the_digits_asked_for(digits: dict[str, int], value: Value, text: str) -> None:
    """Halves away from zero, never minus zero, large numbers in full."""
    assert Precision(digits.get("decimals"), digits.get("significant")).printed(value) == text


@given(st.floats(1e-6, 1e9) | st.floats(-1e9, -1e-6), st.integers(1, 8))
def test_significant_figures_are_as_many_as_asked_for(value: float, count: int) -> None:
    """And lie within half of their last place."""
    precision = Precision(significant=count)
    printed = precision.printed(value)
    assert abs(Fraction(printed) - Fraction(repr(value))) <= precision.unit(value) / 2
    digits = Decimal(printed).as_tuple()
    figures = "".join(map(str, digits.digits)).lstrip("0")
    assert len(figures) == count or len(figures.rstrip("0")) <= count < len(figures)


@given(st.fractions(-(10**6), 10**6), st.integers(0, 6))
def test_decimals_lie_within_half_of_their_last_place(value: Fraction, count: int) -> None:
    """For exact values too."""
    assert abs(Fraction(Precision(decimals=count).printed(value)) - value) <= Fraction(1, 2 * 10**count)


@pytest.mark.parametrize(
    ("value", "precision", "text"),
    [
        (Shape((64, 112)), None, "(64, 112)"),
        (array([1, Fraction(1, 2)]), Precision(decimals=2), "[1, 0.50]"),
        (array([[0.123456, -2.0]]), Precision(decimals=2), "[[0.12, -2.00]]"),
        (array([Fraction(1, 3)]), None, "[1/3]"),
        (Fraction(1, 3), None, "1/3"),
        (7, Precision(decimals=2), "7"),
        (True, None, "true"),
    ],
)
def test_a_key_is_printed_as_a_student_could_type_it(value: Value, precision: Precision | None, text: str) -> None:
    """Whole numbers stay whole, arrays become nested lists."""
    assert printed_value(value, precision) == text


@pytest.mark.parametrize(
    ("answer", "parts"),
    [("size", ("size", ())), ("hidden[0]", ("hidden", (0,))), ("weights[1, 0]", ("weights", (1, 0)))],
)
def test_an_answer_names_a_step_or_an_element(answer: str, parts: tuple[str, tuple[int, ...]]) -> None:
    """As question files write it."""
    assert split_answer(answer) == parts


def test_an_element_that_does_not_exist_has_no_value() -> None:
    """Nor has an element of a lone number."""
    trace = variant("vector").trace
    assert trace is not None
    with pytest.raises(StepError, match=r"cell\[2\]|no element \[2\]"):
        value_of(trace, "cell[2]")


@pytest.mark.parametrize(
    ("key", "answer", "slack", "close"),
    [
        (10**20, 10**20 + 1, Fraction(0), False),
        (Fraction(1, 3), Fraction(1, 3), Fraction(0), True),
        (0.5, Fraction(501, 1000), Fraction(1, 1000), True),
        (0.5, Fraction(502, 1000), Fraction(1, 1000), False),
        (1, float("inf"), Fraction(1), False),
        (1, float("nan"), Fraction(1), False),
        (10**400, 10**400 + 1, Fraction(0), False),
        (10**400, 1.5, Fraction(0), False),
        (Fraction("45.8"), Fraction("46.0"), Fraction("0.2"), True),
        (Fraction("45.8"), Fraction("46.0000000000000000001"), Fraction("0.2"), False),
        (4, Fraction("4.44"), Fraction("0.4"), False),
        (4, Fraction("4.4"), Fraction("0.4"), True),
        (Fraction(-1, 8), Fraction("-0.12"), Fraction(1, 200), True),
        (Fraction(-1, 8), Fraction("-0.13"), Fraction(1, 200), True),
        (9007199254740993, 9007199254740992.0, Fraction(0), False),
        (55, 55.000000000000007, Fraction(0), True),
        (0, 8.6e-16, Fraction(0), True),
        (0, Fraction(1, 10**15), Fraction(0), False),
        (Fraction(1, 2), 0.49999999999999994, Fraction(0), True),
    ],
    ids=range(19),
)
def test_numbers_are_compared_exactly_where_both_are_exact(
    key: Value, answer: Value, slack: Fraction, close: bool
) -> None:
    """And floats up to their last bit."""
    assert within(key, answer, slack) is close


def test_a_numeric_key_is_made_at_once() -> None:
    """And is the same as one made by the constructor."""
    made = Target.of_numbers("real", Fraction(1, 2), "0.5", Precision(2), (Fraction(1, 200),))
    assert made == Target("real", Fraction(1, 2), "0.5", Precision(2), (Fraction(1, 200),))
    assert replace(made, printed="1/2").precision == Precision(2)


# -------------------------------------------------------------------------------------------------------------- slack


def rounded_working(trace: Trace, precision: Precision) -> Trace:
    """The run of somebody who writes every intermediate value down with so many digits, and works on from what is written."""

    def written(x: Value) -> Value:
        return x if isinstance(x, (int, str)) else Fraction(precision.printed(x))

    for name in trace.derivation.steps:
        value = trace[name]
        if not isinstance(value, (str, bool, Shape)):
            trace = trace.putting({name: each(written, value) if is_array(value) else written(value)})
    return trace


@pytest.mark.parametrize("id", ["real", "vector", "element", "matrix", "chains/lstm", "chains/attention"])
@given(seed=SEEDS)
def test_right_working_with_rounded_intermediates_is_accepted(id: str, seed: int) -> None:
    """Every intermediate value rounded to the digits that the part asks for."""
    found = variant(id, seed)
    assert found.trace is not None
    for part, target in zip(found.question.parts, found.targets, strict=True):
        if target.precision is not None and part.answer is not None:
            assert target.close(value_of(rounded_working(found.trace, target.precision), part.answer))


@pytest.mark.parametrize("id", ["vector", "element", "chains/lstm", "chains/attention"])
@given(seed=SEEDS)
def test_the_slack_is_a_few_units_of_the_last_place(id: str, seed: int) -> None:
    """No answer is accepted that right working could not have reached."""
    for target in variant(id, seed).targets:
        for key, slack in zip(elements(target.value), target.slack, strict=True):
            if target.precision is not None:
                assert slack < 25 * target.precision.unit(key)
                assert not within(key, as_float(key) + 1.01 * float(slack) + 1e-9, slack)


@pytest.mark.parametrize("id", ["integer", "shape", "fraction", "tensor", "chains/convolution"])
@given(seed=SEEDS)
def test_exact_keys_without_stated_digits_have_no_slack(id: str, seed: int) -> None:
    """Integers, shapes and fractions are right or wrong."""
    assert {x for target in variant(id, seed).targets for x in target.slack} == {0}


def test_the_first_step_has_half_of_its_last_place() -> None:
    """Nothing before it was rounded."""
    found = variant("vector")
    assert found.targets[0].slack == (Fraction(1, 2000), Fraction(1, 2000))


@pytest.mark.parametrize(
    ("asked", "typed", "step", "decimals", "wrong"),
    [
        ("optim.adam", ["w=1", "g=[0.01]", "lr=0.1", "eps=0.001"], "w_1", 4, 0.9760),
        ("init.he", ["n_in=50"], "bound", 1, 0.2),
    ],
)
def test_nobody_rounds_a_value_away(asked: str, typed: list[str], step: str, decimals: int, wrong: float) -> None:
    """Digits that the answer is asked with do not wipe out a small value on the way: two digits of it are left at least."""
    known = derivation(asked)
    givens = known.complete(read_givens(known.givens, typed))
    run = known.at(givens).run(givens)
    (slack,) = slack_of(run, step, Precision(decimals=decimals))
    assert not within(run[step], wrong, slack)


def test_rounding_that_changes_nothing_adds_no_slack() -> None:
    """A cell of 0.5 is 0.500."""
    derivation = Derivation("own.double", "Twice", "两倍", x=number("x", "x", "x"))

    @derivation.step("2 $x", symbol="a", zh="两倍")
    def a(x: Value) -> Value:
        return 2 * x

    @derivation.step("100 $a", symbol="b", zh="百倍")
    def b(a: Value) -> Value:
        return 100 * a

    assert slack_of(derivation.run({"x": Fraction(1, 4)}), "b", Precision(decimals=3)) == (Fraction(1, 2000),)
    (drifted,) = slack_of(derivation.run({"x": Fraction(1, 3)}), "b", Precision(decimals=3))
    assert drifted == pytest.approx(0.0005 + 100 * 0.0005)


def test_a_key_beyond_all_numbers_is_no_key() -> None:
    """A draw whose answer overflows is rejected like one without an answer."""
    derivation = Derivation("own.power", "Power", "幂", x=number("x", "x", "x"))

    @derivation.step("e^{$x}", symbol="y", zh="幂")
    def y(x: Value) -> Value:
        return exp(x)

    trace = derivation.run({"x": 1000})
    question = variant("real").question
    part = question.parts[0].model_copy(update={"answer": "y"})
    with pytest.raises(StepError, match="not finite"):
        targets(question.model_copy(update={"parts": [part]}), 1, {}, trace)


@pytest.mark.parametrize(
    ("value", "close"),
    [(array([1, 2]), True), (array([1, 3]), False), (array([[1, 2]]), False), (array([1, 2, 3]), False), (1, False)],
)
def test_an_array_is_close_only_to_one_of_its_shape(value: Value, close: bool) -> None:
    """Element by element."""
    target = Target("vector", array([1, 2]), "[1, 2]", slack=(Fraction(0), Fraction(0)))
    assert target.close(value) is close


def test_a_step_without_a_value_that_wrong_rules_go_round_moves_nothing() -> None:
    """The mean of precision and recall is reached even where no whole number of false positives fits."""
    mean = counts_wanted.run(
        {"positives": 10, "negatives": 10, "P": Fraction(3, 10), "R": Fraction(1, 2)},
        replacing=("eval/recall-of-everything", "eval/mean-for-accuracy"),
    )
    with pytest.raises(StepError):
        mean["false_positives"]
    assert slack_of(mean, "resulting_accuracy", Precision(decimals=3)) == (Fraction(1, 2000),)
