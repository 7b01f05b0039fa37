"""One run of a derivation: every step's value, and the lines of the worked solution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from solvers.latex import plain_text
from solvers.text import GradmarkError, Text
from solvers.values import Shape, Value, abridged, is_array, is_rounded, is_too_long, latex, normal, plain, tidy
from solvers.wiring import CircularError, Wiring

if TYPE_CHECKING:
    from solvers.derivation import Derivation, Sourced


_QUIET: ContextVar[bool] = ContextVar("quiet", default=False)
_TOO_LARGE = Text("the numbers are too large", "数值过大")


class StepError(GradmarkError):
    """A rule has no value on these inputs: a division by zero, a kernel larger than its input."""

    def __init__(self, derivation: str, step: str, reason: Text) -> None:
        super().__init__(
            f"{derivation}: {step} has no value: {reason.en}", f"{derivation}：{step} 无法计算：{reason.zh}"
        )
        self.derivation = derivation
        self.step = step
        self.reason = reason


class Undefined(ValueError):  # noqa: N818 - the field's word for "has no value here"
    """Raised by a rule for inputs on which its quantity does not exist, with the reason in both languages."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.text = Text(en, zh)


@contextmanager
def quietly() -> Iterator[None]:
    """Computes without warnings: infinity is a value, and no warning belongs on a student's screen.

    Every run does so by itself; around many of them it saves the time of doing it each time.
    """
    before = _QUIET.set(True)
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        _QUIET.reset(before)


@dataclass(frozen=True)
class Line:
    """One step of a worked solution. `formula`, `substituted` and `shown` are LaTeX; `text` is one plain line."""

    name: str
    label: Text
    symbol: str
    formula: str
    substituted: str
    shown: str
    value: Value
    rounded: bool

    @property
    def latex(self) -> str:
        """Symbol, formula, numbers and value in one chain of equalities."""
        links = [self.symbol, self.formula]
        if self.substituted not in (self.formula, self.shown):
            links.append(self.substituted)
        relation = r"\approx" if self.rounded else "="
        chain = " = ".join(links)
        return chain if self.formula == self.shown else f"{chain} {relation} {self.shown}"

    @property
    def text(self) -> str:
        """The same chain as one plain line."""
        return plain_text(self.latex)

    @property
    def briefly(self) -> str:
        """Symbol and value alone, as one plain line."""
        relation = r"\approx" if self.rounded else "="
        return plain_text(f"{self.symbol} {relation} {self.shown}")


class Trace:
    """The values of one run, computed when first asked for.

    `overrides` are values put in for steps (a student's own); `wiring` says which rules are followed, and which steps take their values from
    `base`, a run on the same givens.
    """

    def __init__(
        self, wiring: Wiring, givens: Mapping[str, Value], overrides: Mapping[str, Value], base: Trace | None = None
    ) -> None:
        self.wiring = wiring
        self.givens = givens
        self.overrides = overrides
        self._base = base
        self._values: dict[str, Value] = {**givens, **overrides}

    @property
    def derivation(self) -> Derivation:
        """The graph that is run."""
        return self.wiring.derivation

    def __getitem__(self, name: str) -> Value:
        """The value of a given or step. Raises StepError where its rule has none, KeyError for an unknown name."""
        if name in self._values:
            return self._values[name]
        if self._base is not None and name not in self.wiring.touched:
            return self._base[name]
        if _QUIET.get():
            return self._computed(name)
        with quietly():
            return self._computed(name)

    def _computed(self, name: str) -> Value:
        """The value of a step by its rule, kept, as is that of every step which it needs."""
        known = self._values
        theirs = known if self._base is None else self._base._values
        try:
            order = self.wiring.order(name)
        except CircularError as circle:
            text = Text("the replaced rules need each other", "替换后的规则互相依赖")
            raise StepError(self.derivation.name, circle.step, text) from None
        for step, rule, sources in order:
            if step in known:
                continue
            # What is not in this run is not computed in it either.
            inputs = [known[s] if s in known else theirs[s] if s in theirs else self[s] for s in sources]
            try:
                value = rule(*inputs)
                kind = type(value)
                if kind is Fraction:
                    value = normal(value)
                elif kind is not float and kind is not int and kind is not Shape:
                    value = tidy(value)
                    _must_be_real(value)
            except Undefined as reason:
                raise StepError(self.derivation.name, step, reason.text) from reason
            except ZeroDivisionError as reason:
                raise StepError(self.derivation.name, step, Text("it divides by zero", "除数为零")) from reason
            except OverflowError as reason:
                raise StepError(self.derivation.name, step, _TOO_LARGE) from reason
            except (ArithmeticError, ValueError, TypeError, IndexError) as reason:
                raise StepError(self.derivation.name, step, Text(str(reason), str(reason))) from reason
            if kind is not float and is_too_long(value):
                raise StepError(self.derivation.name, step, _TOO_LARGE)
            known[step] = value
        return known[name]

    @cached_property
    def values(self) -> dict[str, Value]:
        """Every step's value, in the order of the derivation."""
        with quietly():
            return {name: self[name] for name in self.derivation.steps}

    def putting(self, values: Mapping[str, Value]) -> Trace:
        """The same run with further values put in for steps; what they cannot reach is not computed again."""
        return Trace(self.wiring.changed(put=tuple(values)), self.givens, {**self.overrides, **values}, self)

    def replacing(self, ids: Iterable[str]) -> Trace:
        """The same run with the rules of misconceptions or conventions as well, other than in steps that have a student's own value or formula."""
        return Trace(self.wiring.changed(tuple(ids)), self.givens, self.overrides, self)

    def following(self, rules: Mapping[str, Sourced]) -> Trace:
        """The same run by these rules in some steps, whichever they are."""
        return Trace(Wiring(self.derivation, rules, {}, fresh=tuple(rules)), self.givens, self.overrides, self)

    def moved(self, givens: Mapping[str, Value]) -> Trace:
        """The same run, with the same values put in and rules replaced, on other givens of the same sizes."""
        return Trace(self.wiring.whole, givens, self.overrides)

    @property
    def replaced(self) -> tuple[tuple[str, int], ...]:
        """The steps whose rules are replaced, each with a number that only this one rule of the derivation has."""
        return tuple(sorted((name, id(rule)) for name, rule in self.wiring.rules.items()))

    @property
    def formulas(self) -> Mapping[str, Sourced]:
        """The rules that a student's own formulas put in."""
        return self.wiring.formulas

    def givens_behind(self, name: str) -> frozenset[str]:
        """The givens that a step's value rests on in this run, its replaced rules and what was put in considered."""
        found: set[str] = set()
        waiting, seen = [name], {name}
        while waiting:
            at = waiting.pop()
            if at not in self.derivation.steps:
                found.add(at)
            elif at not in self.overrides:
                sources = set(self.wiring.sourced(at)[1].values())
                waiting += sources - seen
                seen |= sources
        return frozenset(found)

    def line(self, name: str, decimals: int = 4) -> Line:
        """The worked line of one step, floats shown with so many decimals."""
        step = self.derivation.steps[name]
        formula = step.formula.with_symbols(self.derivation.symbols_of(step))
        value = self[name]
        if name in self.overrides:
            substituted = formula
        else:
            inputs = {parameter: abridged(self[source]) for parameter, source in step.inputs.items()}
            substituted = step.formula.with_values(inputs, self.derivation.rows_of(step), decimals=decimals)
        shown = latex(abridged(value), decimals, row=step.row)
        return Line(
            name, step.label, step.symbol, formula, substituted, shown, value, rounded=is_rounded(value, decimals)
        )

    def lines(self, names: Iterable[str] | None = None, decimals: int = 4) -> list[Line]:
        """The worked lines of the named steps (all by default), in the order of the derivation."""
        wanted = set(self.derivation.steps if names is None else names)
        return [self.line(name, decimals) for name in self.derivation.steps if name in wanted]

    def text_of(self, name: str, decimals: int = 4) -> str:
        """One value, plain."""
        return plain(self[name], decimals)


def _must_be_real(value: Value) -> None:
    """Python takes a root of a negative number for a complex one. Raises Undefined."""
    if isinstance(value, complex) or (is_array(value) and any(isinstance(x, complex) for x in value.flat)):
        raise Undefined("it is not a real number", "结果不是实数")


def exact_values(trace: Trace) -> dict[str, str]:
    """The exact form of each step that has a short one, in the notation that responses are read in.

    Floats get theirs from a second run of the same rules on sympy numbers.
    """
    from solvers.exact import is_large, is_outgrown, symbolic_text, symbolic_trace
    from solvers.values import exact_text, is_exact

    texts: dict[str, str] = {}
    symbolic: Trace | None = None
    # What is too long to print, or built on such: computing it could take minutes.
    outgrown = {name for name, value in trace.givens.items() if is_large(value)}
    for name, value in trace.values.items():
        text: str | None = None
        if grown := not outgrown.isdisjoint(trace.derivation.steps[name].inputs.values()) or is_large(value):
            outgrown.add(name)
        if is_exact(value):
            text = exact_text(value)
        elif not grown:
            symbolic = symbolic or symbolic_trace(trace)
            text = symbolic_text(symbolic, name)
            if is_outgrown(symbolic, name):
                outgrown.add(name)
        if text is not None:
            texts[name] = text
    return texts


def json_of(trace: Trace, decimals: int = 4) -> dict[str, Any]:
    """The run as programs read it: derivation, givens, values, exact forms and steps."""
    from solvers.values import to_json

    return {
        "derivation": trace.derivation.name,
        "givens": {name: to_json(value) for name, value in trace.givens.items()},
        "values": {name: to_json(value) for name, value in trace.values.items()},
        "exact": exact_values(trace),
        "steps": [
            {
                "name": line.name,
                "symbol": line.symbol,
                "formula": line.formula,
                "substituted": line.substituted,
                "value": to_json(line.value),
                "text": line.text,
            }
            for line in trace.lines(decimals=decimals)
        ],
    }
