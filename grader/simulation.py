"""Students who make the mistakes that students make: for the demo, and for measuring how well mistakes are recognised.

Each simulated student has a skill between 0 and 1, and meets each question either knowing it, under one of its misconceptions, with an early slip
and right working after it, or not at all; then types the answer in a habit of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from questions.exam import Item, Paper
from questions.key import Precision, Target, printed_value, split_answer
from questions.question import NUMERIC, Part
from questions.stream import Stream
from questions.variant import Variant
from questions.variant_json import misconception_answers
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, each, is_array, is_number

_FULL_WIDTH = str.maketrans("0123456789.,-()[]", "０１２３４５６７８９．，－（）［］")
_SCRIBBLES = ("see my notes", "???/2", "about half", "同上题", "12..5", "[1, 2")


@dataclass(frozen=True)
class SimulatedStudent:
    """One student's skill (the chance to know a question) and typing habit."""

    skill: float
    habit: Callable[[str, Part], str]


def _plainly(text: str, _: Part) -> str:
    return text


def _with_name(text: str, part: Part) -> str:
    return f"{(part.answer or 'x').partition('[')[0][:1]} = {text}" if part.type in ("integer", "real") else text


def _full_width(text: str, part: Part) -> str:
    return text.translate(_FULL_WIDTH) if part.type in NUMERIC else text


def _grouped(text: str, part: Part) -> str:
    return f"{int(text):,}" if part.type == "integer" and text.isdigit() else text


def _spaced(text: str, part: Part) -> str:
    return text.replace(", ", " ").strip("[]") if part.type == "vector" else f" {text} "


_HABITS = (_plainly, _plainly, _with_name, _full_width, _grouped, _spaced)


def student(stream: Stream) -> SimulatedStudent:
    """A student drawn at random."""
    return SimulatedStudent(0.15 + 0.07 * (stream.below(6) + stream.below(6)), _HABITS[stream.below(len(_HABITS))])


def responses(paper: Paper, who: SimulatedStudent, stream: Stream) -> dict[str, str]:
    """What the student hands in, by label."""
    answers: dict[str, str] = {}
    for item in paper.items:
        answers |= _answers(item, who, stream)
    return answers


def _answers(item: Item, who: SimulatedStudent, stream: Stream) -> dict[str, str]:
    variant = item.variant
    parts = variant.question.parts
    right = {part.key_name: target.printed for part, target in zip(parts, variant.targets, strict=True)}
    given = dict(right)
    if stream.below(100) >= who.skill * 100:
        given |= _mistaken(variant, stream)
    labels = {part.key_name: item.label(i) for i, part in enumerate(parts)}
    typed = {}
    for part in parts:
        text = given[part.key_name]
        typed[labels[part.key_name]] = _scribbled(stream) or (who.habit(text, part) if text else "")
    return typed


def _scribbled(stream: Stream) -> str:
    return _SCRIBBLES[stream.below(len(_SCRIBBLES))] if stream.below(70) == 0 else ""


def _mistaken(variant: Variant, stream: Stream) -> dict[str, str]:
    """The answers of somebody who does not know the question."""
    names = [part.key_name for part in variant.question.parts]
    kind = stream.below(10)
    known = variant.question.misconceptions
    if kind < 6 and known:
        return misconception_answers(variant, known[stream.below(len(known))]) or {}
    if kind < 8 and variant.trace is not None:
        return slipped(variant, stream)
    if kind < 9:
        return {name: _coarse(text) for name, text in _printed(variant).items()}
    return dict.fromkeys(names[stream.below(len(names)) :], "") | _guessed(variant, stream)


def _printed(variant: Variant) -> dict[str, str]:
    return {
        p.key_name: t.printed for p, t in zip(variant.question.parts, variant.targets, strict=True) if p.type in NUMERIC
    }


def _coarse(text: str) -> str:
    return text[:-2] if "." in text and text[-3:].isdigit() else text


def _guessed(variant: Variant, stream: Stream) -> dict[str, str]:
    """A letter picked in each choice."""
    return {
        part.key_name: target.options[stream.below(len(target.options))].label
        for part, target in zip(variant.question.parts, variant.targets, strict=True)
        if part.type == "choice"
    }


def slipped(variant: Variant, stream: Stream) -> dict[str, str]:
    """A slip in the first numeric part, and everything after it worked rightly from there."""
    assert variant.trace is not None
    first = next((p for p in variant.question.parts if p.answer and p.type in NUMERIC), None)
    if first is None or first.answer is None:
        return {}
    step, index = split_answer(first.answer)
    value = variant.trace[step]
    moved = _moved(value, stream) if not index else value
    try:
        trace = variant.trace.derivation.run(variant.trace.givens, overrides={step: moved}, base=variant.trace)
        return {name: text for name, text in worked(variant, trace).items() if name in _printed(variant)}
    except StepError:
        return {}


def worked(variant: Variant, trace: Trace) -> dict[str, str]:
    """What somebody writes whose working is this run, by the parts' names; formulas are left out. Raises StepError where it leads nowhere."""
    parts = [(p, t) for p, t in zip(variant.question.parts, variant.targets, strict=True) if p.answer]
    values = [(p, t, variant.answer_of(trace, p, t)) for p, t in parts if p.type != "expression"]
    return {
        part.key_name: value if isinstance(value, str) else printed_value(value, target.precision)
        for part, target, value in values
    }


def misled(variant: Variant, ids: Iterable[str]) -> dict[str, str] | None:
    """What somebody writes who has all of these misconceptions at once; None where they lead nowhere."""
    assert variant.trace is not None
    try:
        return worked(
            variant, variant.trace.derivation.run(variant.trace.givens, replacing=tuple(ids), base=variant.trace)
        )
    except StepError:
        return None


def random_numbers(variant: Variant, stream: Stream, *, near: bool) -> dict[str, str]:
    """Wrong numbers that mean nothing, with the digits asked for, by the parts' names.

    Of the key's size: up to twice as large, any as likely. `near` the key: at most a tenth of it away, or ten in the last place.
    """
    numeric = [(p, t) for p, t in zip(variant.question.parts, variant.targets, strict=True) if p.type in NUMERIC]
    return {part.key_name: _random_number(part, target, stream, near=near) for part, target in numeric}


def _random_number(part: Part, target: Target, stream: Stream, *, near: bool) -> str:
    precision = target.precision or Precision(
        decimals=len(target.printed.partition(".")[2].partition(",")[0].strip("])"))
    )
    counts = part.type in ("integer", "shape")
    while True:
        if isinstance(target.value, Shape):
            drawn: Value = Shape(_near(x, Fraction(1), stream, near=near, positive=True) for x in target.value)
        else:
            drawn = each(
                lambda x: _near(
                    x, Fraction(1) if counts else precision.unit(x), stream, near=near, positive=counts and x > 0
                ),
                target.value,
            )
        if not target.close(drawn):
            return printed_value(drawn, precision)


def _near(key: Value, unit: Fraction, stream: Stream, *, near: bool, positive: bool) -> Value:
    """A number of the key's size, or near it, in steps of the last place."""
    steps = max(10, math.ceil(abs(key) / unit / (10 if near else Fraction(1, 2))))
    while True:
        moved = (round(Fraction(key) / unit) if near else 0) + stream.below(2 * steps + 1) - steps
        if moved > 0 or not positive:
            value = moved * unit
            return value.numerator if value.denominator == 1 else value


def _moved(value: Value, stream: Stream) -> Value:
    """A value that is a little off: a digit misread, a sum one too large."""
    by = 1 + stream.below(3)
    if is_array(value):
        moved = value.copy()
        at = stream.below(value.size)
        moved.flat[at] = _moved(value.flat[at], stream)
        moved.setflags(write=False)
        return moved
    if isinstance(value, int) and not isinstance(value, bool):
        return value + by
    return value + Fraction(by, 10) if is_number(value) else value
