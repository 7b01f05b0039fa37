"""The step graph: built from signatures, checked when built, run with values put in and rules replaced."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from solvers.derivation import Derivation, GraphError
from solvers.functions import sigmoid, softmax
from solvers.givens import integer, number, vector
from solvers.text import UsageError
from solvers.trace import StepError, Undefined, exact_values, json_of
from solvers.values import Vector


def chain() -> Derivation:
    """a, then b = a + 1, then c = 2b, with a wrong rule for b."""
    derivation = Derivation("test.chain", "A chain", "链", n=integer("n", "start", "起点", default=3))

    @derivation.step(r"2 $n", symbol="a", zh="两倍")
    def doubled(n: int) -> int:
        """Twice the start."""
        return 2 * n

    @derivation.step(r"$doubled + 1", symbol="b", zh="加一")
    def raised(doubled: int) -> int:
        """One more."""
        return doubled + 1

    @derivation.step(r"\frac{12}{$raised - 7}", symbol="c", zh="商")
    def quotient(raised: int) -> Fraction:
        """Twelve shared out."""
        return Fraction(12, raised - 7)

    @derivation.misconception("test/no-one", replaces="raised")
    def _(doubled: int) -> int:
        return doubled

    return derivation


def givens_of(derivation: Derivation, **values: object) -> dict[str, object]:
    return derivation.complete(values)


class TestBuilding:
    def test_steps_come_in_an_order_in_which_each_follows_its_inputs(self) -> None:
        """Definition order does not matter; the wiring does."""
        derivation = Derivation("test.order", "t", "t", n=integer("n", "n", "n"))

        @derivation.step("$later + 1", symbol="o", zh="和", final=True)
        def outcome(later: int) -> int:
            """Sum."""
            return later + 1

        @derivation.step("$n", symbol="l", zh="中间")
        def later(n: int) -> int:
            """Middle."""
            return n

        assert list(derivation.steps) == ["later", "outcome"]

    def test_a_missing_input_is_named_with_its_step(self) -> None:
        """The message says which step needs what."""
        derivation = Derivation("test.missing", "t", "t", n=integer("n", "n", "n"))

        @derivation.step("$n + $width", symbol="o", zh="和")
        def outcome(n: int, width: int) -> int:
            """Sum."""
            return n + width

        with pytest.raises(GraphError, match="outcome needs width"):
            _ = derivation.steps

    def test_a_cycle_is_named_step_by_step(self) -> None:
        """Its members are listed in order."""
        derivation = Derivation("test.cycle", "t", "t")

        @derivation.step("$b", symbol="a", zh="甲")
        def a(b: int) -> int:
            """A."""
            return b

        @derivation.step("$a", symbol="b", zh="乙")
        def b(a: int) -> int:
            """B."""
            return a

        with pytest.raises(GraphError, match=r"a -> b -> a|b -> a -> b"):
            _ = derivation.steps

    def test_a_second_step_of_the_same_name_is_refused(self) -> None:
        """Nothing is overwritten in silence."""
        derivation = chain()
        with pytest.raises(GraphError, match="raised is defined twice"):
            derivation.step("1", symbol="b", zh="一", name="raised")(lambda: 1)

    def test_a_step_that_nothing_uses_is_named(self) -> None:
        """Unless it is the last one or declared final."""
        derivation = Derivation("test.idle", "t", "t", n=integer("n", "n", "n"))

        @derivation.step("$n", symbol="i", zh="闲")
        def idle(n: int) -> int:
            """Idle."""
            return n

        @derivation.step("$n", symbol="o", zh="果")
        def outcome(n: int) -> int:
            """Outcome."""
            return n

        with pytest.raises(GraphError, match="nothing uses idle"):
            _ = derivation.steps

    def test_a_given_that_nothing_uses_is_named(self) -> None:
        """A given must matter."""
        derivation = Derivation("test.unused", "t", "t", n=integer("n", "n", "n"), m=integer("m", "m", "m"))

        @derivation.step("$n", symbol="o", zh="果")
        def outcome(n: int) -> int:
            """Outcome."""
            return n

        with pytest.raises(GraphError, match="nothing uses m"):
            _ = derivation.steps

    def test_a_formula_may_only_mention_the_rules_parameters(self) -> None:
        """What is printed cannot come from elsewhere."""
        derivation = Derivation("test.formula", "t", "t", n=integer("n", "n", "n"))
        with pytest.raises(GraphError, match="mentions m"):

            @derivation.step("$n + $m", symbol="o", zh="和")
            def outcome(n: int) -> int:
                """Sum."""
                return n

    def test_a_misconception_must_replace_a_step(self) -> None:
        """A wrong rule for nothing is a mistake."""
        derivation = chain()
        derivation.misconception("test/lost", replaces="nowhere")(lambda: 1)
        with pytest.raises(GraphError, match="test/lost replaces nowhere"):
            _ = derivation.steps


class TestRunning:
    def test_the_answer_follows_from_the_givens(self) -> None:
        """Values stay exact."""
        derivation = chain()
        assert derivation.run(givens_of(derivation, n=5)).values == {"doubled": 10, "raised": 11, "quotient": 3}

    def test_defaults_are_filled_in(self) -> None:
        """A documented default stands for what is not given."""
        derivation = chain()
        assert derivation.run(givens_of(derivation))["doubled"] == 6

    def test_an_override_reaches_what_comes_after_it_only(self) -> None:
        """This is what marks are carried by."""
        derivation = chain()
        plain = derivation.run(givens_of(derivation, n=5))
        own = derivation.run(plain.givens, overrides={"raised": 13}, base=plain)
        assert own.values == {"doubled": 10, "raised": 13, "quotient": 2}

    def test_a_formula_stands_in_for_a_rule_on_any_givens(self) -> None:
        """Whatever is replaced beside it, and wherever the run is moved."""
        derivation = chain()
        formulas = {"raised": (lambda n: n * n, {"n": "n"})}
        run = derivation.run(givens_of(derivation), formulas=formulas, base=derivation.run(givens_of(derivation)))
        assert (run["doubled"], run["raised"], run["quotient"]) == (6, 9, 6)
        assert run.replacing(["test/no-one"])["raised"] == 9
        assert run.moved({"n": 4})["quotient"] == Fraction(4, 3)
        assert run.putting({"raised": 8})["quotient"] == 12
        assert run.givens_behind("quotient") == {"n"}

    def test_replacing_keeps_what_was_put_in(self) -> None:
        """A student's own value stays where a misconception is looked for on top of it."""
        derivation = chain()
        run = derivation.run(givens_of(derivation), overrides={"doubled": 10})
        assert run.replacing(["test/no-one"])["raised"] == 10

    def test_a_misconception_is_a_replaced_rule(self) -> None:
        """Everything after it follows."""
        derivation = chain()
        plain = derivation.run(givens_of(derivation, n=5))
        assert derivation.run(plain.givens, replacing=["test/no-one"], base=plain)["quotient"] == 4

    def test_a_rule_without_a_value_names_its_step(self) -> None:
        """Twelve shared among none."""
        derivation = chain()
        with pytest.raises(StepError, match="quotient has no value"):
            _ = derivation.run(givens_of(derivation, n=3)).values

    def test_an_undefined_quantity_says_why_in_both_languages(self) -> None:
        """The reason is the rule's own."""
        derivation = Derivation("test.undefined", "t", "t", n=integer("n", "n", "n"))

        @derivation.step("$n", symbol="o", zh="果")
        def outcome(n: int) -> int:
            """Outcome."""
            raise Undefined("too small", "太小") if n < 2 else AssertionError

        with pytest.raises(StepError) as caught:
            _ = derivation.run({"n": 1})["outcome"]
        assert (caught.value.reason.en, caught.value.reason.zh) == ("too small", "太小")

    def test_an_unknown_given_is_answered_with_the_nearest(self) -> None:
        """Before anything is computed."""
        derivation = Derivation("test.names", "t", "t", stride=integer("s", "s", "s"))
        with pytest.raises(UsageError, match="Did you mean 'stride'"):
            derivation.complete({"strid": 2})

    def test_sizes_that_contradict_each_other_are_named(self) -> None:
        """An axis has one size in all givens."""
        derivation = Derivation(
            "test.sizes", "t", "t", x=vector("x", "x", "x", axes=("d",)), y=vector("y", "y", "y", axes=("d",))
        )
        with pytest.raises(UsageError, match="'d' has 3 entries in y but 2 in x"):
            derivation.complete({"x": [1, 2], "y": [1, 2, 3]})


class TestTrace:
    def test_a_line_shows_formula_numbers_and_value(self) -> None:
        """The multiplication sign appears where numbers would run together."""
        derivation = chain()
        line = derivation.run(givens_of(derivation, n=5)).line("doubled")
        assert line.latex == r"a = 2 n = 2 \cdot 5 = 10"

    def test_the_plain_line_says_the_same(self) -> None:
        """For a terminal."""
        derivation = chain()
        assert derivation.run(givens_of(derivation, n=5)).line("quotient").text == "c = 12/(b - 7) = 12/(11 - 7) = 3"

    def test_json_has_the_agreed_shape(self) -> None:
        """Programs rely on these keys."""
        derivation = chain()
        found = json_of(derivation.run(givens_of(derivation, n=5)))
        assert list(found) == ["derivation", "givens", "values", "exact", "steps"]
        assert list(found["steps"][0]) == ["name", "symbol", "formula", "substituted", "value", "text"]
        assert json.loads(json.dumps(found)) == found

    def test_exact_forms_come_from_the_same_rules(self) -> None:
        """A transcendental value has an exact form that can be typed back."""
        derivation = Derivation("test.exact", "t", "t", s=vector("s", "scores", "得分"), x=number("x", "x", "x"))

        @derivation.step(r"\operatorname{softmax}($s)", symbol="w", zh="权重", final=True)
        def weights(s: Vector) -> Vector:
            """Weights."""
            return softmax(s)

        @derivation.step(r"\sigma($x)", symbol="g", zh="门")
        def gate(x: Fraction) -> float:
            """Gate."""
            return sigmoid(x)

        exact = exact_values(derivation.run(derivation.complete({"s": [0, 1], "x": Fraction(1, 2)})))
        assert exact == {"weights": "[1/(1 + e), e/(1 + e)]", "gate": "1/(exp(-1/2) + 1)"}


def test_a_complex_number_is_no_value() -> None:
    """Python takes a root of a negative number for a complex one, alone or in an array."""
    derivation = Derivation("test.root", "A root", "根", x=vector("x", "numbers", "数"))

    @derivation.step("$x^{0.75}", symbol="r", zh="幂")
    def power(x: Vector) -> Vector:
        """Power."""
        return x**0.75

    assert list(derivation.run(derivation.complete({"x": [1, 16]})).values["power"]) == [1, 8]
    with pytest.raises(StepError, match="power has no value: it is not a real number"):
        assert derivation.run(derivation.complete({"x": [1, -16]})).values
