"""A computed part asked as a choice: the key among what misconceptions give, so that the wrong option chosen is the diagnosis.

Listed misconceptions come first, then the others that the derivation knows, two at once, general slips, and slips on top of a misconception. All
options are printed in one form, no two print alike or lie within the part's tolerance of each other. The letters are shuffled, and which of the wrong
values are offered is settled so that nothing in the options betrays the key: see `distractors`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from string import ascii_uppercase

from questions.distractors import FEWEST, POOL, Wrong, selected
from questions.key import Choosable, Precision, slack_of, value_of
from questions.near_misses import BESIDES, besides, is_too_exact, near_misses
from questions.question import NUMERIC, Part, Question
from questions.stream import Stream
from solvers.derivation import is_convention
from solvers.text import GradmarkError, Text
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, as_float, elements, ending_decimal, is_array, latex, same

DISTRACTORS = 4  # wrong options wanted; there are at least `FEWEST`
MOST_ELEMENTS = 24  # of an array: more is nothing to compare five of
CLOSED = frozenset({"choice", "choices", "truth", "order", "matching"})

_LONGEST_DECIMAL = 4  # places up to which exact decimals are printed in full
_LARGEST_DENOMINATOR = 100
_DIGITS = Precision(decimals=4)
_SMALL_DIGITS = Precision(significant=4)
_SMALL = 1e-3  # numbers below which four decimals would say little
_FURTHEST = 3  # times below the smallest, or above the largest, of key and misconceptions that a slip may be
_FAR = 30  # times smaller or larger than the key: nobody takes that for it who knows about how large it has to be
_COUPLED = 4  # misconceptions that are offered two at once
_ON_TOP = 8  # wrong values on top of which a slip is offered

Kept = Sequence[tuple[Value, tuple[str, ...]]]
"""Options as the key of an exam keeps them: each value, and the misconceptions that give it; none for the key."""


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
    shown = _form([value for value, _ in sorted(kept, key=lambda option: bool(option[1]))], precision)
    found = []
    for letter, (option, ids) in zip(ascii_uppercase, kept, strict=False):
        found.append(Choosable(letter, Text.of(f"${shown(option)}$"), not ids, misconceptions=ids, value=option))
    if len({option.text.en for option in found}) < len(found):
        raise _impossible(question, part, "two options would look alike", "有两个选项印出来相同")
    return tuple(found)


def _drawn(question: Question, part: Part, trace: Trace, stream: Stream, precision: Precision | None) -> Kept:
    """The key and its distractors, shuffled."""
    assert part.answer is not None
    key = value_of(trace, part.answer)
    if not _offerable(key):
        raise _impossible(question, part, "its answer is no number, shape or small array", "其答案不是数、形状或小数组")
    single = _misconceptions(question, part.answer, trace, key, stream)
    known = [key, *(value for _, value, _ in single)]
    shown = _form(known, precision)
    slack = slack_of(trace, part.answer, precision) if not isinstance(key, str) else ()
    elsewhere = [value_of(trace, other.answer) for other in question.parts if other.answer and other is not part]
    ways = [id for id in trace.derivation.misconceptions if is_convention(id)]
    right = [value for id in ways if (value := _misled(trace, (id,), part.answer)) is not None]

    def apart(found: Sequence[Wrong], more: Iterable[tuple[tuple[str, ...], Value, str]]) -> list[Wrong]:
        return _apart(found, more, Wrong(key, shown(key), (), ""), shown, slack)

    def likely(value: Value, furthest: float = _FURTHEST) -> bool:
        """Whether a value that no misconception alone gives could be taken for the key: it is not right elsewhere, or by another convention."""
        if not _fits(value, key) or _is_far(value, key) or any(same(value, x) for x in elsewhere):
            return False
        return _passes(value, known, furthest) and not any(_fits(x, key) and _alike(value, x, slack) for x in right)

    found = apart([], single)
    near = [one for one in found if one.kind != "far"]
    pairs = ((ids, _misled(trace, ids, part.answer)) for ids in _coupled(near))
    found = apart(found, ((ids, value, "pair") for ids, value in pairs if value is not None and likely(value)))
    slips = stream.shuffled(list(near_misses(trace, part.answer)))
    found = apart(
        found,
        (
            ((id,), value, "far" if is_too_exact(id, key) else "slip")
            for id, value in slips
            if likely(value, _FAR if id == "slip/off-by-one" else _FURTHEST)
        ),
    )
    bases = [one for one in found if one.kind in ("listed", "known", "slip")][:_ON_TOP]
    on_top = [(one, id, value) for one in bases for id, value in besides(one.value) if id != BESIDES.get(one.ids[0])]
    found = apart(
        found,
        (
            ((*one.ids, id), value, "twofold" if one.kind == "slip" else "besides")
            for one, id, value in stream.shuffled(on_top)
            if likely(value)
        ),
    )
    if len(found) < DISTRACTORS:
        found = apart(found, (((id,), value, "slip") for id, value in slips if likely(value, _FAR)))
    if type(key) is int and len(_plausible(found, key)) < DISTRACTORS:
        found = apart(
            found, ((("slip/decimal-point",), value, "slip") for value in (10 * key, key // 10) if key % 10 == 0)
        )
    found = _plausible(found, key)
    chosen = selected(Wrong(key, shown(key), (), ""), found, DISTRACTORS, stream)
    if len(chosen) < FEWEST:
        count = len(chosen)
        raise _impossible(
            question,
            part,
            f"only {count} wrong {'value' if count == 1 else 'values'} can be told from the key, {FEWEST} are needed",
            f"能与正确答案区分的错误值只有 {count} 个，至少需要 {FEWEST} 个",
        )
    return list(stream.shuffled([(key, ()), *((wrong.value, wrong.ids) for wrong in chosen)]))


def _misconceptions(
    question: Question, answer: str, trace: Trace, key: Value, stream: Stream
) -> list[tuple[tuple[str, ...], Value, str]]:
    """What single misconceptions give, the listed ones first; those that nobody would take for the key last."""
    unlisted = [id for id in trace.derivation.misconceptions if id not in question.misconceptions]
    found = []
    for kind, blamed in (("listed", question.misconceptions), ("known", unlisted)):
        for id in stream.shuffled([id for id in blamed if kind == "listed" or not is_convention(id)]):
            wrong = _misled(trace, (id,), answer)
            if wrong is not None and _fits(wrong, key):
                found.append(((id,), wrong, "far" if _is_far(wrong, key) else kind))
    return sorted(found, key=lambda one: one[2] == "far")


def _coupled(single: Sequence[Wrong]) -> Iterator[tuple[str, str]]:
    """The likeliest misconceptions two at a time."""
    return ((a.ids[0], b.ids[0]) for a, b in combinations(single[:_COUPLED], 2))


def _plausible(found: Sequence[Wrong], key: Value) -> list[Wrong]:
    """The wrong values without those that nobody would choose, as 134399 beside 134400, where enough others are left."""
    left = [one for one in found if not is_too_exact(one.ids[-1], key) and not _is_beside(one, key)]
    return left if len(left) >= FEWEST else list(found)


def _is_beside(one: Wrong, key: Value) -> bool:
    """Whether one is a slip that changes a large size of a shape by 1, or a count once more that is wrong by 1 already."""
    if isinstance(key, Shape) and isinstance(one.value, Shape):
        sizes = [a for a, b in zip(key, one.value, strict=False) if a != b]
        return one.ids[-1] == "slip/off-by-one" and any(is_too_exact(one.ids[-1], size) for size in sizes)
    return one.ids[-1] == BESIDES["slip/off-by-one"] and type(key) is int and abs(one.value - key) <= 2


def _impossible(question: Question, part: Part, en: str, zh: str) -> NoChoiceError:
    name = f"{question.id}, {part.key_name}"
    return NoChoiceError(f"{name}: this cannot be asked as a choice: {en}.", f"{name}：不能改为选择题：{zh}。")


def _misled(trace: Trace, ids: tuple[str, ...], answer: str) -> Value | None:
    try:
        return value_of(trace.derivation.run(trace.givens, replacing=ids, base=trace), answer)
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
        return isinstance(key, Shape) and isinstance(wrong, Shape) and all(type(n) is int and n > 0 for n in wrong)
    if type(key) is int:
        return type(wrong) is int and (key <= 0 or wrong >= 0)
    return True


def _passes(slip: Value, known: Sequence[Value], furthest: float) -> bool:
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
    return min(sizes) / furthest <= max(map(abs, mine)) <= furthest * (max(sizes) or 1)


def _is_far(wrong: Value, key: Value) -> bool:
    """Whether a wrong value is so much smaller or larger than the key that knowing the size would do."""
    if isinstance(key, str):
        return False
    mine, right = (max(abs(as_float(x)) for x in elements(value)) for value in (wrong, key))
    if right == 0 or (type(key) is int and right < 10):
        return mine > _FAR
    return not right / _FAR <= mine <= _FAR * right


def _apart(
    before: Sequence[Wrong],
    more: Iterable[tuple[tuple[str, ...], Value, str]],
    key: Wrong,
    shown: Callable[[Value], str],
    slack: Sequence[Fraction | float],
) -> list[Wrong]:
    """Those before, and those of the others that print unlike the key and each other and lie further from them than an answer may, up to `POOL`."""
    found = list(before)
    for ids, value, kind in more:
        if len(found) == POOL:
            break
        text = shown(value)
        if all(text != rival.shown and not _alike(value, rival.value, slack) for rival in (key, *found)):
            found.append(Wrong(value, text, ids, kind))
    return found


def _alike(a: Value, b: Value, slack: Sequence[Fraction | float]) -> bool:
    """Whether two values of the key's kind lie within its slack of each other."""
    if isinstance(a, str) or isinstance(b, str):
        return bool(a == b)
    mine, other = elements(a), elements(b)
    if not len(mine) == len(other) == len(slack):
        return False
    return all(abs(as_float(x) - as_float(y)) <= 2 * float(s) for x, y, s in zip(mine, other, slack, strict=True))


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
