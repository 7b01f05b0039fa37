"""Formulas: equal when they agree as functions on the declared domain, not when they look alike."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from grader.outcome import NOTHING, RIGHT, Outcome
from grader.reading import Reading
from questions.key import Target, within
from solvers.expression import ExpressionError, evaluate
from solvers.text import Text
from solvers.values import Value, as_float, elements, is_number, plain


def compare_expression(reading: Reading, target: Target) -> Outcome:
    """Equal as functions at the key's points; a wrong one gets the simplest point where it fails."""
    failures: list[tuple[Mapping[str, Value], Value, Value]] = []
    ratios: set[Fraction] = set()
    for point, key, slack in zip(target.points, elements(target.value), target.slack, strict=True):
        try:
            answer = evaluate(reading.value, point)
        except ExpressionError:
            failures.append((point, key, None))
            continue
        if not is_number(answer) or not within(key, answer, slack):
            failures.append((point, key, answer))
        if is_number(answer) and key and isinstance(answer, (int, Fraction)) and isinstance(key, (int, Fraction)):
            ratios.add(Fraction(answer) / Fraction(key))
    if not failures:
        return RIGHT
    point, key, answer = min(failures, key=lambda failure: sum(abs(as_float(x)) for x in failure[0].values()))
    where = ", ".join(f"{name} = {plain(value)}" for name, value in point.items())
    theirs_en = f"yours gives {plain(answer)}" if is_number(answer) else "yours has no value"
    theirs_zh = f"你的式子得 {plain(answer)}" if is_number(answer) else "你的式子没有值"
    notes = [
        Text(f"At {where}, {theirs_en}; it should be {plain(key)}.", f"当 {where} 时，{theirs_zh}，应为 {plain(key)}。")
    ]
    if len(ratios) == 1 and len(failures) == len(target.points):
        ratio = plain(ratios.pop())
        notes.append(Text(f"It is the right one times {ratio}.", f"它恰好是正确式子的 {ratio} 倍。"))
    return Outcome("incorrect", NOTHING, tuple(notes))
