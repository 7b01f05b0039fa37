"""Slips that need no author: a sign, a factor, a decimal point, the wrong one of the right numbers.

Each is a value that the student may have written instead of the key, found in the key itself or beside it: in the givens, in the steps on the way, in
the answers to the other parts. What students are told stands with the misconceptions', in `questions/misconceptions/slips.yaml`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations

import numpy as np

from questions.key import Precision, Target, slack_of, split_answer
from questions.near_misses import is_commonplace
from questions.variant import LETTERS, Variant
from solvers.text import Text
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, as_float, elements, is_array, is_number, latex

_MOST_ROWS = 4  # rows, columns or elements whose every order is tried
_EARLY = 40.0  # times the slack within which a number may come from rounding too early
_ROUNDED = 1.0  # bits: digits may be lost on the way or at the end
_HALF = Fraction(1, 2)
_ROUGHLY = 5e-3  # of a number: two or three digits of it
_SLIGHTLY = 1 + 1e-9  # times a reach, and
_LAST_BITS = 1e-12  # of a number: what a computation in doubles may have lost
_PLAIN = frozenset((int, float, Fraction))
_COPIED = frozenset(("intermediate", "given"))
_FORMULA = re.compile(r"\$([^$]+)\$")
_EXPLAINED = re.compile("[（：]")  # where the explanation in a Chinese label begins
_BRACES = re.compile(r"[{}\s]")
_NAMES = frozenset(("Jacobian", "Jensen-Shannon", "Kullback-Leibler"))  # with which a label may begin, capital anywhere


@dataclass(frozen=True)
class Slip:
    """One slip, what exactly it was where that can be said, and its price in bits: how many others were tried, how wide it aims."""

    id: str
    detail: Text | None = None
    price: float = 0.0


Candidate = tuple[str, Value, float, str]
"""A kind of slip, the value that it leads to, how far rounding may bring that away, and which part, quantity or factor it was, if any."""


def slips(variant: Variant, index: int, given: Value) -> list[Slip]:
    """The slips that lead to the student's value of a part, the simplest first."""
    part, target = variant.question.parts[index], variant.targets[index]
    if variant.trace is None or part.answer is None or not target.slack or part.type == "expression":
        return []
    slack = target.reach
    number = as_float(given) if type(given) in _PLAIN else None
    kin, hits = 0, []
    for id, value, reach, what in _candidates(variant, index, variant.trace, target, slack):
        if number is not None and type(value) in _PLAIN:
            kin += 1
            mine = as_float(value)
            near = abs(mine - number) <= reach * _SLIGHTLY + _LAST_BITS * abs(mine)
        elif _comparable(value, given):
            kin += 1
            near = _near(value, given, reach)
        else:
            continue
        if near and id in _COPIED:
            near = _near(value, given, min(reach, _copied(value)))
        if near and not _near(target.value, value, slack) and not is_commonplace(f"slip/{id}", value):
            hits.append(Slip(f"slip/{id}", _detail(variant, id, what)))
    alike = [replace(slip, price=math.log2(kin)) for slip in hits]
    return _once([*alike, *_rounded(variant.trace, part.answer, target, given)])


def least_price(target: Target, given: Value) -> float:
    """What a slip that leads to a value costs at least, as far as that is known before any is tried."""
    key = target.value
    if type(key) not in _PLAIN or type(given) not in _PLAIN or not target.slack:
        return 0.0
    if abs(as_float(given) - as_float(key)) <= _EARLY * target.reach:
        return _ROUNDED
    return math.log2(len(_of_a_number(as_float(key), target.reach, counts=target.type == "integer")))


def _once(found: list[Slip]) -> list[Slip]:
    """Each kind of slip once; without a detail where several would fit."""
    kinds: dict[str, list[Slip]] = {}
    for slip in found:
        kinds.setdefault(slip.id, []).append(slip)
    return [alike[0] if len(set(alike)) == 1 else replace(alike[0], detail=None) for alike in kinds.values()]


def _comparable(a: Value, b: Value) -> bool:
    """Whether two values are two numbers, two arrays or two shapes of the same size."""
    if type(a) in _PLAIN and type(b) in _PLAIN:
        return True
    if is_array(a) or is_array(b):
        return is_array(a) and is_array(b) and a.shape == b.shape
    return isinstance(a, Shape) == isinstance(b, Shape) and isinstance(a, (str, bool)) == isinstance(b, (str, bool))


def _near(a: Value, b: Value, reach: float) -> bool:
    """Whether two values lie within reach of each other, element by element."""
    if (type(a) in _PLAIN and type(b) in _PLAIN) or (is_number(a) and is_number(b)):
        return _within(as_float(a), as_float(b), reach)
    mine, other = elements(a), elements(b)
    return len(mine) == len(other) and all(
        is_number(x) and is_number(y) and _near(x, y, reach) for x, y in zip(mine, other, strict=True)
    )


def _within(a: float, b: float, reach: float) -> bool:
    return abs(a - b) <= reach * _SLIGHTLY + _LAST_BITS * abs(a)


def _candidates(variant: Variant, index: int, trace: Trace, target: Target, reach: float) -> list[Candidate]:
    """Every slip in a key with this reach of rounding."""
    key, beside = target.value, _beside(variant, index, trace, reach)
    if type(key) in _PLAIN or is_number(key):
        return _of_a_number(as_float(key), reach, counts=target.type == "integer") + beside
    if is_array(key) and all(is_number(x) for x in elements(key)):
        return _of_an_array(key, reach) + beside
    return beside


def _of_a_number(key: float, reach: float, *, counts: bool) -> list[Candidate]:
    found = [("sign", -key, reach, ""), ("twice", 2 * key, 2 * reach, "")]
    if not counts or key % 2 == 0:
        found.append(("half", key / 2, reach, ""))
    if 0 < key < 1:
        found.append(("complement", 1 - key, reach, ""))
    for power in (10, 100):
        if not counts or key % power == 0:
            found.append(("decimal-point", key / power, reach, f"/{power}"))
        percent = power == 100 and not counts and 0 < key <= 1
        found.append(("decimal-point", key * power, reach * power, "%" if percent else f"*{power}"))
    if counts:
        return [*found, ("off-by-one", key + 1, reach, ""), ("off-by-one", key - 1, reach, "")]
    return [*found, ("reciprocal", 1 / key, reach, "")] if key != 0 else found


def _of_an_array(key: Value, reach: float) -> list[Candidate]:
    found = [("sign", -key, reach, ""), ("twice", key * 2, 2 * reach, ""), ("half", key * _HALF, reach, "")]
    if key.ndim == 2:
        found.append(("transposed", key.T, reach, ""))
    for axis, length in enumerate(key.shape[:2]):
        if length <= _MOST_ROWS:
            orders = list(permutations(range(length)))[1:]  # the first is the right one
            found += [("order", np.take(key, order, axis), reach, "") for order in orders]
    return found


def _beside(variant: Variant, index: int, trace: Trace, reach: float) -> list[Candidate]:
    """The right numbers of something else: another part, another element, a step on the way, a given."""
    step, place = split_answer(variant.question.parts[index].answer or "")
    found: list[Candidate] = []
    elsewhere = {step}
    for other, (asked, target) in enumerate(zip(variant.question.parts, variant.targets, strict=True)):
        if other != index and asked.answer and target.slack and asked.type != "expression":
            elsewhere.add(asked.answer)
            found.append(("other-part", target.value, min(reach, target.reach), LETTERS[other].lower()))
    if place and is_array(trace[step]):
        whole = trace[step]
        elements_beside = (at for at in np.ndindex(whole.shape[: len(place)]) if at != place)
        found += [("other-element", whole[at], reach, "") for at in elements_beside]
    upstream = trace.derivation.upstream(step)
    found += [("intermediate", trace[name], reach, name) for name in upstream if name not in elsewhere]
    return found + [("given", trace.givens[name], reach, name) for name in trace.derivation.givens]


def _copied(value: Value) -> float:
    """How far rounding may bring a number away from what it was copied from, which may be much smaller than the key is."""
    sizes = [abs(as_float(x)) for x in elements(value) if is_number(x)]
    return _ROUGHLY * max(sizes, default=0.0)


def _detail(variant: Variant, id: str, what: str) -> Text | None:
    """What exactly it was."""
    trace = variant.trace
    assert trace is not None
    if id == "intermediate":
        step = trace.derivation.steps[what]
        return _it_is(step.label, step.symbol if _is_known(variant, step.symbol) else "", trace[what])
    if id == "given":
        given = trace.derivation.givens[what]
        return _it_is(given.meaning, given.symbol if _is_known(variant, given.symbol) else "", trace.givens[what])
    if id == "decimal-point":
        return _TIMES[what]
    return _part(what) if id == "other-part" else None


_TIMES = {
    "*10": Text("Your answer is 10 times the right one.", "你的结果是正确值的 10 倍。"),
    "*100": Text("Your answer is 100 times the right one.", "你的结果是正确值的 100 倍。"),
    "%": Text(
        "Your answer is 100 times the right one, like a percentage without its sign.",
        "你的结果是正确值的 100 倍，像是漏写了百分号的百分数。",
    ),
    "/10": Text("Your answer is a tenth of the right one.", "你的结果是正确值的十分之一。"),
    "/100": Text("Your answer is a hundredth of the right one.", "你的结果是正确值的百分之一。"),
}


def _is_known(variant: Variant, symbol: str) -> bool:
    """Whether a symbol stands in a formula of the question, so that the student has seen it."""
    question = variant.question
    texts = [question.prompt.en, *(part.ask.en for part in question.parts)]
    formulas = [_BRACES.sub("", formula) for text in texts for formula in _FORMULA.findall(text)]
    sign = re.compile(rf"(?<![A-Za-z\\]){re.escape(_BRACES.sub('', symbol))}(?![A-Za-z0-9_])")
    return any(sign.search(formula) for formula in formulas)


def _part(letter: str) -> Text:
    return Text(f"You answered part ({letter}).", f"你答的是第 ({letter}) 小问。")


def _it_is(label: Text, symbol: str, value: Value) -> Text:
    """Which quantity it is, with its symbol if there is a known one, and its value where that is one number."""
    label = _bare(label)
    first, space, rest = label.en.partition(" ")
    name = label.en if first in _NAMES or first[1:].lower() != first[1:] else f"{first.lower()}{space}{rest}"
    if not symbol:
        number = f"${latex(value)}$" if is_number(value) else ""
        en = _in_words(name, f" ({number})", f", {number}") if number else ""
        zh = _in_words(label.zh, f"（{number}）", f"，{number}") if number else ""
        return Text(f"You answered another quantity: {name}{en}.", f"你给出的是另一个量：{label.zh}{zh}。")
    shown = f"${symbol} = {latex(value)}$" if is_number(value) else f"${symbol}$"
    en, zh = _in_words(name, f" ({name})", f", {name}"), _in_words(label.zh, f"（{label.zh}）", f"，{label.zh}")
    return Text(f"You answered {shown}{en}.", f"你给出的是 {shown}{zh}。")


def _bare(label: Text) -> Text:
    """A label without the explanation after its colon, in Chinese perhaps in brackets: `true positives: positive, and predicted so`."""
    name, colon, _ = label.en.partition(": ")
    return Text(name, _EXPLAINED.split(label.zh)[0]) if colon else label


def _in_words(label: str, in_brackets: str, after_a_comma: str) -> str:
    """What goes with a label in brackets, unless the label has some of its own."""
    return after_a_comma if "(" in label or "（" in label else in_brackets


def _rounded(trace: Trace, answer: str, target: Target, given: Value) -> Iterator[Slip]:
    """A number that is near the key, but no nearer than working with fewer digits, or cutting them off, brings it."""
    precision = target.precision
    if precision is None or not is_number(target.value) or not is_number(given):
        return
    gap, reach = abs(as_float(given) - as_float(target.value)), as_float(target.slack[0])
    if not reach < gap <= _EARLY * reach:
        return
    unit = precision.unit(target.value)
    cut = float(math.trunc(Fraction(target.value) / unit) * unit)
    if math.isclose(as_float(given), cut, rel_tol=1e-9):
        yield Slip("slip/cut-off", price=_ROUNDED)
        return
    coarser = _coarser(precision)
    if coarser is None:
        return
    try:
        drift = float(slack_of(trace, answer, coarser)[0]) - float(coarser.unit(target.value)) / 2
    except StepError:
        return
    drift = max(drift, float(unit) / 2)  # the last digit may go wrong in working out a single step, too
    if gap <= drift + float(unit) / 2:
        yield Slip("slip/rounded-early", price=_ROUNDED + math.log2(1 + drift / reach))


def _coarser(precision: Precision) -> Precision | None:
    """One digit less; None where there is none to leave out."""
    if precision.decimals is not None:
        return Precision(decimals=precision.decimals - 1) if precision.decimals > 1 else None
    figures = precision.significant or 1
    return Precision(significant=figures - 1) if figures > 1 else None
