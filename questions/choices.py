"""A computed part asked as a choice: the key among what misconceptions give, so that the wrong option chosen is the diagnosis.

Listed misconceptions come first, then the others that the derivation knows, then general slips. All options are printed in one
form, no two print alike or lie within the part's tolerance of each other. The letters are shuffled; and where the options are numbers, how many of
them are smaller than the key is drawn as well, as far as the wrong answers allow: neither the letter nor the size betrays the key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from string import ascii_uppercase

from questions.key import Choosable, Precision, slack_of, value_of
from questions.near_misses import near_misses
from questions.question import NUMERIC, Part, Question
from questions.stream import Stream
from solvers.derivation import is_convention
from solvers.text import GradmarkError, Text
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, as_float, elements, ending_decimal, is_array, latex

DISTRACTORS = 4  # wrong options wanted
FEWEST = 2  # wrong options without which there is no choice
MOST_ELEMENTS = 24  # of an array: more is nothing to compare five of
CLOSED = frozenset({"choice", "choices", "truth", "order", "matching"})

_LONGEST_DECIMAL = 4  # places up to which exact decimals are printed in full
_LARGEST_DENOMINATOR = 100
_DIGITS = Precision(decimals=4)
_SMALL_DIGITS = Precision(significant=4)
_SMALL = 1e-3  # numbers below which four decimals would say little
_FURTHEST = 3  # times below the smallest, or above the largest, of key and misconceptions that a slip may be

Kept = Sequence[tuple[Value, str | None]]
"""Options as the key of an exam keeps them: each value, and the misconception that gives it."""


class NoChoiceError(GradmarkError):
    """A part that cannot be asked as a choice; the message says why."""


def can_be_choice(part: Part) -> bool:
    """Whether a part's answer is computed and of a kind that can stand in a list of options."""
    return part.answer is not None and (part.type in NUMERIC or part.type == "text")


def suits_choice(question: Question) -> bool:
    """Whether nothing in a question has to be worked out without options once it is asked as a choice."""
    return all(part.type in CLOSED or can_be_choice(part) for part in question.parts)


def is_computed_choice(part: Part) -> bool:
    """Whether a part offers what misconceptions give beside a computed key."""
    return part.answer is not None and part.options == "misconceptions"


def asked_as_choice(question: Question) -> list[bool]:
    """Which parts are choices once the question is asked as one. Raises NoChoiceError if nothing in it is or can be one."""
    if not any(can_be_choice(part) or part.type in CLOSED for part in question.parts):
        raise NoChoiceError(
            f"{question.id} cannot be asked as a choice: no part's answer is a number, an array or a shape that is computed.",
            f"{question.id} 不能改为选择题：没有一个小问的答案是可计算的数、数组或形状。",
        )
    return [can_be_choice(part) for part in question.parts]


def choice_version(question: Question, chosen: Sequence[bool]) -> Question:
    """The question with these of its parts asked as choices; the question itself where there are none."""
    if not any(chosen):
        return question
    as_choice = {"type": "choice", "options": "misconceptions"}
    parts = [
        part.model_copy(update=as_choice) if asked and not is_computed_choice(part) else part
        for part, asked in zip(question.parts, chosen, strict=True)
    ]
    return question.model_copy(update={"parts": parts})


@dataclass(frozen=True)
class _Wrong:
    """A wrong value, what gives it, and how it is printed."""

    value: Value
    id: str
    shown: str


def options_of(
    question: Question,
    part: Part,
    trace: Trace,
    stream: Stream,
    precision: Precision | None = None,
    kept: Kept | None = None,
) -> tuple[Choosable, ...]:
    """The options of a computed choice under their letters, one of them right; `kept` are those of an earlier computation, in their order.

    Raises NoChoiceError where fewer than two wrong options can be told from the key and from each other, StepError where
    there is no key.
    """
    assert part.answer is not None
    if kept is None:
        kept = _drawn(question, part, trace, stream, precision)
    shown = _form([value for value, _ in sorted(kept, key=lambda option: option[1] is not None)], precision)
    found = []
    for letter, (option, id) in zip(ascii_uppercase, kept, strict=False):
        found.append(Choosable(letter, Text.of(f"${shown(option)}$"), id is None, misconception=id, value=option))
    if len({option.text.en for option in found}) < len(found):
        raise _impossible(question, part, "two options would look alike", "有两个选项印出来相同")
    return tuple(found)


def _drawn(question: Question, part: Part, trace: Trace, stream: Stream, precision: Precision | None) -> Kept:
    """The key and its distractors, shuffled."""
    assert part.answer is not None
    key = value_of(trace, part.answer)
    if not _offerable(key):
        raise _impossible(question, part, "its answer is no number, shape or small array", "其答案不是数、形状或小数组")
    unlisted = [id for id in trace.derivation.misconceptions if id not in question.misconceptions]
    blamed = [*question.misconceptions, *(id for id in unlisted if not is_convention(id))]
    likely = [(id, wrong) for id in blamed if (wrong := _misled(trace, id, part.answer)) is not None]
    likely = [(id, wrong) for id, wrong in likely if _fits(wrong, key)]
    slips = [(id, slip) for id, slip in near_misses(trace, part.answer) if _fits(slip, key)]
    known = [key, *(value for _, value in likely)]
    slips = [(id, slip) for id, slip in slips if id == "slip/off-by-one" or _passes(slip, known)]
    shown = _form(known, precision)
    slack = slack_of(trace, part.answer, precision) if not isinstance(key, str) else ()
    listed = sum(id in question.misconceptions for id, _ in likely)
    ordered = [*stream.shuffled(likely[:listed]), *stream.shuffled(likely[listed:])]
    wrong = _apart([], ordered, key, shown, slack)
    spare = _apart(wrong, stream.shuffled(slips), key, shown, slack)
    chosen = _balanced(key, wrong, spare, stream)
    if len(chosen) < FEWEST:
        count = len(chosen)
        raise _impossible(
            question,
            part,
            f"only {count} wrong {'value' if count == 1 else 'values'} can be told from the key, {FEWEST} are needed",
            f"能与正确答案区分的错误值只有 {count} 个，至少需要 {FEWEST} 个",
        )
    return list(stream.shuffled([(key, None), *((wrong.value, wrong.id) for wrong in chosen)]))


def _impossible(question: Question, part: Part, en: str, zh: str) -> NoChoiceError:
    name = f"{question.id}, {part.key_name}"
    return NoChoiceError(f"{name}: this cannot be asked as a choice: {en}.", f"{name}：不能改为选择题：{zh}。")


def _misled(trace: Trace, id: str, answer: str) -> Value | None:
    try:
        return value_of(trace.derivation.run(trace.givens, replacing=(id,), base=trace), answer)
    except StepError:
        return None


# ------------------------------------------------------------------------------------------- what may be an option


def _offerable(value: Value) -> bool:
    """Whether a value can stand in a list of options at all."""
    if isinstance(value, str):
        return bool(value)
    if is_array(value) and value.size > MOST_ELEMENTS:
        return False
    return all(type(x) in (int, Fraction, float) and math.isfinite(as_float(x)) for x in elements(value))


def _fits(wrong: Value, key: Value) -> bool:
    """Whether a wrong value is of the key's kind, so that its look alone does not rule it out."""
    if not _offerable(wrong):
        return False
    if isinstance(key, str) or isinstance(wrong, str):
        return isinstance(key, str) and isinstance(wrong, str)
    if is_array(key) or is_array(wrong):
        return is_array(key) and is_array(wrong) and bool(key.shape == wrong.shape)
    if isinstance(key, Shape) or isinstance(wrong, Shape):
        return isinstance(key, Shape) and isinstance(wrong, Shape) and min(wrong, default=0) > 0
    if type(key) is int:
        return type(wrong) is int and (key <= 0 or wrong >= 0)
    return True


def _passes(slip: Value, known: Sequence[Value]) -> bool:
    """Whether a slip's numbers lie where the key's and the misconceptions' do: above 0, at most 1, of such a size."""
    if isinstance(slip, (str, Shape)):
        return True
    mine = [as_float(x) for x in elements(slip)]
    others = [as_float(x) for value in known for x in elements(value)]
    positive = min(others) >= 0 and max(others) > 0
    if positive and min(mine) < 0:
        return False
    if positive and max(others) <= 1 < max(mine) and type(known[0]) is not int:
        return False
    sizes = [max(abs(as_float(x)) for x in elements(value)) for value in known]
    return min(sizes) / _FURTHEST <= max(map(abs, mine)) <= _FURTHEST * (max(sizes) or 1)


def _apart(
    before: Sequence[_Wrong],
    values: Sequence[tuple[str, Value]],
    key: Value,
    shown: Callable[[Value], str],
    slack: Sequence[Fraction | float],
) -> list[_Wrong]:
    """Those of the values that print unlike the key and each other, and lie further from them than an answer may."""
    found: list[_Wrong] = []
    rivals = [_Wrong(key, "", shown(key)), *before]
    for id, value in values:
        text = shown(value)
        if all(text != rival.shown and not _alike(value, rival.value, slack) for rival in rivals):
            found.append(_Wrong(value, id, text))
            rivals.append(found[-1])
    return found


def _alike(a: Value, b: Value, slack: Sequence[Fraction | float]) -> bool:
    """Whether two values of the key's kind lie within its slack of each other."""
    if isinstance(a, str) or isinstance(b, str):
        return bool(a == b)
    mine, other = elements(a), elements(b)
    if not len(mine) == len(other) == len(slack):
        return False
    return all(abs(as_float(x) - as_float(y)) <= 2 * float(s) for x, y, s in zip(mine, other, slack, strict=True))


# ------------------------------------------------------------------------------------------------ which are offered


def _balanced(key: Value, wrong: Sequence[_Wrong], spare: Sequence[_Wrong], stream: Stream) -> list[_Wrong]:
    """So many wrong values below the key and above it that its place by size is as likely one as another.

    At least two misconceptions stay among them if there are that many, which can rule some places out. Arrays and words have no size.
    """
    count = min(DISTRACTORS, len(wrong) + len(spare))
    if is_array(key) or isinstance(key, str):
        return [*wrong, *spare][:count]
    low = [[w for w in group if _size(w.value) < _size(key)] for group in (wrong, spare)]
    high = [[w for w in group if _size(w.value) >= _size(key)] for group in (wrong, spare)]
    needed = min(FEWEST, len(wrong))
    places = [
        below
        for below in range(count + 1)
        if below <= sum(map(len, low))
        and count - below <= sum(map(len, high))
        and min(below, len(low[0])) + min(count - below, len(high[0])) >= needed
    ]
    below = places[stream.below(len(places))]
    return [*[*low[0], *low[1]][:below], *[*high[0], *high[1]][: count - below]]


def _size(value: Value) -> Value:
    """By what numbers and shapes are ordered: a shape by how many elements it has."""
    return math.prod(value) if isinstance(value, Shape) else value


# -------------------------------------------------------------------------------------------------- how they look


def _form(values: Sequence[Value], precision: Precision | None) -> Callable[[Value], str]:
    """How all of these, the key first, are printed alike: with the digits asked for, or as exactly as the least exact of them allows."""
    numbers = [x for value in values if not isinstance(value, (str, Shape)) for x in elements(value)]
    digits = _digits(numbers, precision)

    def shown(value: Value) -> str:
        if isinstance(value, (str, Shape)):
            return latex(value)
        if not is_array(value):
            return digits(value)
        if value.ndim > 2:
            return r"\left[ " + r",\; ".join(shown(part) for part in value) + r" \right]"
        rows = [value] if value.ndim == 1 else value
        body = r" \\ ".join(" & ".join(map(digits, row)) for row in rows)
        return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"

    return shown


def _digits(numbers: Sequence[Value], precision: Precision | None) -> Callable[[Value], str]:
    if precision is not None:
        return precision.printed
    if all(type(x) is int for x in numbers):
        return str
    if all(isinstance(x, (int, Fraction)) for x in numbers):
        decimals = [ending_decimal(Fraction(x), _LONGEST_DECIMAL) for x in numbers]
        if None not in decimals:
            places = max(len(text.partition(".")[2]) for text in decimals if text is not None)
            return Precision(decimals=places).printed
        if max(Fraction(x).denominator for x in numbers) <= _LARGEST_DENOMINATOR:
            return _as_fraction
    return (_SMALL_DIGITS if 0 < abs(as_float(numbers[0])) < _SMALL else _DIGITS).printed


def _as_fraction(number: Value) -> str:
    exact = Fraction(number)
    if exact.denominator == 1:
        return str(exact)
    return rf"{'-' if exact < 0 else ''}\frac{{{abs(exact.numerator)}}}{{{exact.denominator}}}"
