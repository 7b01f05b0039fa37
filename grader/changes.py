"""Small changes of one step: what a whole class may have done that no misconception of the catalogue describes.

A step's formula is read into a tree, and one thing in it is changed: an operand left out, doubled, halved or another one in its place, an operator
or a sign swapped, a bracket set or left out, one more or one less, a rounding added or left out, a function left out or swapped, a result turned over. Where
a formula cannot be read, the step's rule is kept and what goes in or comes out is changed instead. What is done at every time step, or in every layer, by
the same formula is changed in all of them as well. A change is the same for all variants of a question, so that students with different numbers
can be seen to have done the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

from grader.rewriting import changed_trees
from questions.key import split_answer, value_of
from solvers.derivation import Rule, Step
from solvers.expression import ExpressionError, Node, evaluate, parse, to_plain
from solvers.expression.nodes import Name, children, names_in, rebuilt
from solvers.formula import Formula, Slot
from solvers.latex import plain_text
from solvers.text import Text
from solvers.trace import StepError, Trace
from solvers.values import Value, is_array, is_number, same

MOST_CHANGES = 1500  # of one part: the steps nearest to the answer come first
_SHOWN = 3  # steps that are named in which a change is made as well
_LONGEST = 40  # nodes of a formula beyond which its rule is changed as a whole


@dataclass(frozen=True)
class Change:
    """One step done differently: `now` instead of `was`, both as plain formulas. Two that read alike are the same change.

    `also` are the steps with the same formula in which it is done as well, each with its rule and inputs.
    """

    step: str
    label: Text = field(compare=False)
    was: str = field(compare=False)
    now: Text
    rule: Rule = field(compare=False, repr=False)
    inputs: Mapping[str, str] = field(compare=False, repr=False)
    repeated: tuple[str, ...] = ()
    also: Mapping[str, tuple[Rule, Mapping[str, str]]] = field(default_factory=dict, compare=False, repr=False)

    def value(self, trace: Trace, answer: str) -> Value | None:
        """What somebody answers on this variant who does this; None where it leads nowhere."""
        try:
            run = self.run(trace)
            return value_of(run, answer) if _of_one_kind(run[self.step], trace[self.step]) else None
        except (StepError, KeyError, AttributeError):
            return None

    def run(self, trace: Trace) -> Trace:
        """The run with the step done differently."""
        return trace.following({self.step: (self.rule, self.inputs), **self.also})

    @property
    def words(self) -> Text:
        """What is done, and instead of what."""
        if self.now.en == self.was:
            return Text(
                f"step `{self.step}`: `{self.was}`, as its formula is printed, but its rule computes something else",
                f"步骤 `{self.step}`：按印出的公式 `{self.was}` 计算，而该步骤的规则算的是另一个量",
            )
        en, zh = "", ""
        if self.repeated:
            names = [f"`{name}`" for name in self.repeated[:_SHOWN]]
            en = f" (and likewise {', '.join(names)}{', …' if len(self.repeated) > _SHOWN else ''})"
            zh = f"（{'、'.join(names)}{' 等' if len(self.repeated) > _SHOWN else ' '}同样处理）"
        return Text(
            f"step `{self.step}`{en}: `{self.now.en}` instead of `{self.was}`",
            f"步骤 `{self.step}`{zh}：`{self.now.zh}`，而不是 `{self.was}`",
        )


def _of_one_kind(a: Value, b: Value) -> bool:
    """Whether what follows can go on from one as from the other: two numbers, or arrays of one shape."""
    if is_array(a) or is_array(b):
        return is_array(a) and is_array(b) and a.shape == b.shape
    return is_number(a) == is_number(b)


def changes(trace: Trace, answer: str) -> list[Change]:
    """Every change of one step that the answer rests on, the steps nearest to the answer first, each change once."""
    last, _ = split_answer(answer)
    below = trace.derivation.upstream(last)
    order = [name for name in reversed(trace.derivation.steps) if name in below]
    found: dict[Change, None] = {}
    for name in order:
        for change in _of_step(trace, name, order):
            found.setdefault(change)
            if len(found) == MOST_CHANGES:
                return list(found)
    return list(found)


def _of_step(trace: Trace, name: str, among: Sequence[str]) -> Iterator[Change]:
    step = trace.derivation.steps[name]
    tree, places = _tree(step.formula.template, tuple(step.inputs))
    if tree is not None:
        like = [trace.derivation.steps[other] for other in among if other != name]
        like = [other for other in like if _pattern(other) == _pattern(step)]
        first = all(among.index(name) < among.index(other.name) for other in like)
        for change in _of_formula(trace, step, tree, places):
            yield change
            if like and first and change.now.en != change.was:
                yield _everywhere(change, places, like)
    if tree is None or not _agrees(trace, step, tree, places):
        yield from _of_rule(trace, step)


_INDEX = re.compile(r"\[[\d, ]+\]")


def _pattern(step: Step) -> tuple[str, tuple[str, ...]]:
    """What steps have in common that do the same at another place: the formula but for its indices, and the parameters."""
    return _INDEX.sub("[]", step.formula.template), tuple(step.inputs)


def _everywhere(change: Change, places: Mapping[str, Slot], like: Sequence[Step]) -> Change:
    """The change in all steps that do the same."""
    node, slots = change.rule.args if isinstance(change.rule, partial) else (None, {})
    also = {}
    for other in like:
        _, theirs = _tree(other.formula.template, tuple(other.inputs))
        moved = {**slots, **dict(zip(places, theirs.values(), strict=True))}
        inputs = {parameter: other.inputs.get(parameter, source) for parameter, source in change.inputs.items()}
        also[other.name] = (partial(_worked, node, moved), inputs)
    return replace(change, repeated=tuple(also), also=also)


# ------------------------------------------------------------------------------------------------ in the formula


class _Place:
    """Stands for an input in a formula that is written out to be read again."""

    def __init__(self, name: str, seen: dict[str, Slot], slot: Slot) -> None:
        self.name, self._seen, self._slot = name, seen, slot
        if not slot.index:
            seen[name] = slot

    def __getitem__(self, index: tuple[int, ...]) -> _Place:
        name = self.name + "z" + "".join(map(_letters, index))
        self._seen[name] = Slot(self._slot.name, index)
        return _Place(name, self._seen, self._seen[name])


def _name(place: _Place, **_: Any) -> str:
    return place.name


def _letters(number: int) -> str:
    return chr(ord("a") + number % 25) + (_letters(number // 25 - 1) if number >= 25 else "")


@lru_cache(maxsize=2048)
def _tree(template: str, parameters: tuple[str, ...]) -> tuple[Node | None, Mapping[str, Slot]]:
    """A formula as a tree over stand-in names, and what each of them stands for; None where it cannot be read."""
    seen: dict[str, Slot] = {}
    values = {p: _Place("q" + _letters(i), seen, Slot(p)) for i, p in enumerate(parameters)}
    try:
        tree = parse(Formula(template).with_values(values, show=_name))
    except ExpressionError:
        return None, seen
    strange = names_in(tree) - set(seen)
    return (None if strange or _size(tree) > _LONGEST else tree), seen


def _size(tree: Node) -> int:
    return 1 + sum(map(_size, children(tree)))


def _agrees(trace: Trace, step: Step, tree: Node, places: Mapping[str, Slot]) -> bool:
    try:
        values = {parameter: trace[source] for parameter, source in step.inputs.items()}
        return same(_worked(tree, places, **values), trace[step.name])
    except (StepError, ArithmeticError):
        return False


def _worked(tree: Node, places: Mapping[str, Slot], /, **values: Value) -> Value:
    """The rule that a changed formula is."""
    try:
        return evaluate(tree, {name: slot.value(values) for name, slot in places.items() if slot.name in values})
    except ExpressionError as reason:
        raise ArithmeticError(str(reason)) from reason


def _of_formula(trace: Trace, step: Step, tree: Node, places: Mapping[str, Slot]) -> Iterator[Change]:
    inputs = dict(step.inputs)
    others = {f"p{_letters(i)}": source for i, source in enumerate(_beside(trace, step))}
    slots = {**places, **{name: Slot(name) for name in others}}
    shown = _symbols(trace, {**inputs, **others}, slots)
    was = _plain(tree, shown)
    for node in (tree, *changed_trees(tree, tuple(others))):
        now = _plain(node, shown)
        if now == was and node is not tree:
            continue
        used = {slots[name].name for name in names_in(node)}
        wiring = {p: source for p, source in {**inputs, **others}.items() if p in used}
        yield Change(step.name, step.label, was, Text.of(now), partial(_worked, node, slots), wiring)


def _beside(trace: Trace, step: Step) -> list[str]:
    """The single numbers that could stand in a formula by mistake: the givens that the step does not take."""
    mine = set(step.inputs.values())
    return [name for name, value in trace.givens.items() if name not in mine and is_number(value)]


def _symbols(trace: Trace, inputs: Mapping[str, str], slots: Mapping[str, Slot]) -> dict[str, str]:
    known = {
        p: (trace.derivation.givens[s] if s in trace.derivation.givens else trace.derivation.steps[s]).symbol
        for p, s in inputs.items()
    }
    return {name: plain_text(slot.symbol(known)) for name, slot in slots.items()}


def _plain(tree: Node, symbols: Mapping[str, str]) -> str:
    def renamed(node: Node) -> Node:
        return Name(0, symbols.get(node.name, node.name)) if isinstance(node, Name) else rebuilt(node, renamed)

    return to_plain(renamed(tree)).replace("*", "·")


# --------------------------------------------------------------------------------------------- around the rule


def _of_rule(trace: Trace, step: Step) -> Iterator[Change]:
    """Changes of what goes into a rule and of what comes out, for a formula that cannot be read."""
    symbols = {p: plain_text(symbol) for p, symbol in trace.derivation.symbols_of(step).items()}
    was = plain_text(step.formula.with_symbols(trace.derivation.symbols_of(step)))

    def changed(now: Text, rule: Rule, inputs: Mapping[str, str]) -> Change:
        return Change(step.name, step.label, was, now, rule, inputs)

    for parameter, source in step.inputs.items():
        symbol = symbols[parameter]
        for other, name in _alike(trace, step, source):
            yield changed(
                Text(f"{name} in place of {symbol}", f"用 {name} 代替 {symbol}"),
                step.rule,
                {**step.inputs, parameter: other},
            )
        for form, alter in _ALTERED:
            words = Text(form.en.format(symbol), form.zh.format(symbol))
            yield changed(words, partial(_altered_input, step.rule, parameter, alter), step.inputs)
        yield changed(Text(f"{symbol} itself", f"直接取 {symbol}"), partial(_only, parameter), {parameter: source})
    symbol = plain_text(step.symbol)
    for form, alter in _ALTERED:
        words = Text(form.en.format(symbol), form.zh.format(symbol))
        yield changed(words, partial(_altered_result, step.rule, alter), step.inputs)


def _alike(trace: Trace, step: Step, source: str) -> Iterator[tuple[str, str]]:
    """The quantities of the same size that do not rest on the step, with their symbols."""
    ruled_out = trace.derivation.downstream([step.name]) | {source}
    mine = trace[source]
    for name in (*trace.givens, *trace.derivation.steps):
        if name in ruled_out or (is_array(mine) and name not in trace.givens and len(trace.derivation.steps) > 40):
            continue
        try:
            value = trace[name]
        except StepError:
            continue
        alike = value.shape == mine.shape if is_array(mine) and is_array(value) else type(value) is type(mine)
        if alike and (is_array(mine) or is_number(mine)):
            holder = trace.derivation.givens.get(name) or trace.derivation.steps[name]
            yield name, plain_text(holder.symbol)


def _transposed(value: Any) -> Value:
    if not is_array(value) or value.ndim < 2:
        raise ArithmeticError
    return value.T


_ALTERED: tuple[tuple[Text, Callable[[Any], Value]], ...] = (
    (Text("{} transposed", "{} 转置"), _transposed),
    (Text("{} with the other sign", "{} 变号"), lambda value: -value),
    (Text("{} doubled", "{} 乘以 2"), lambda value: value * 2),
    (Text("{} halved", "{} 除以 2"), lambda value: value * Fraction(1, 2)),
    (Text("{} left out (taken for 0)", "漏掉 {}（当作 0）"), lambda value: value * 0),
)


def _altered_input(rule: Rule, parameter: str, alter: Callable[[Any], Value], /, **values: Value) -> Value:
    return rule(**{**values, parameter: alter(values[parameter])})


def _altered_result(rule: Rule, alter: Callable[[Any], Value], /, **values: Value) -> Value:
    return alter(rule(**values))


def _only(parameter: str, /, **values: Value) -> Value:
    return values[parameter]
