"""One number against the key: right, in the wrong form, rounded too far, or wrong."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal

from grader.comparing.units import in_unit_of_key
from grader.outcome import FULL, NOTHING, Likeness, Outcome
from grader.reading import Reading, Written
from questions.blueprint import Policy
from questions.key import Target, leading_place, within
from solvers.text import Text
from solvers.values import Value, as_float, is_array, is_number

Judgement = Literal["correct", "coarse", "form", "rough", "incorrect"]
"""`coarse` is the key rounded to fewer digits than asked for; `rough` is rounded so far, or where nothing may be rounded,
that it earns nothing, and is only said."""

FEWEST_FIGURES = 2
FEWEST_IDLE = 3
"""Zeros at the end of a whole number from which on it looks rounded where the exact one is asked for."""
"""Significant figures that a coarse answer has at least: the first figure alone is too easily guessed."""


def compare_number(reading: Reading, target: Target, policy: Policy) -> Outcome:
    """A lone number."""
    if is_array(reading.value):
        several = Text("Several numbers were given where one is needed.", "应只给出一个数，但写了多个。")
        return Outcome("incorrect", NOTHING, (several,))
    converted = in_unit_of_key(reading, target)
    if converted is None:
        other = Text(
            f"The unit is {reading.unit}; {target.unit} is expected.", f"单位是 {reading.unit}，应为 {target.unit}。"
        )
        return Outcome("incorrect", NOTHING, (other,))
    answer, said = converted
    found = judge(target.value, answer, target.slack[0], reading.written, target)
    notes = notes_on(found, target)
    if found == "incorrect" and is_number(answer) and answer != 0 and target.close(-answer):
        notes = (Likeness("Only the sign is wrong.", "只有正负号错了。"),)
    return Outcome(found if found != "rough" else "incorrect", worth(found, policy), (*said, *notes))


def worth(found: Judgement, policy: Policy) -> Fraction:
    """The credit that the policy gives for it."""
    match found:
        case "correct":
            return FULL
        case "coarse":
            return policy.coarse_credit
        case "form":
            return policy.form_credit
        case _:
            return NOTHING


def judge(key: Value, answer: Value, slack: Fraction | float, written: Written | None, target: Target) -> Judgement:
    """What one number is, given how it was written."""
    if not is_number(answer):
        return "incorrect"
    if within(key, answer, slack):
        return "form" if written is not None and not _well_written(answer, written, target) else "correct"
    if written is None or written.decimals is None:
        return "incorrect"
    return _rounded(key, answer, written.decimals, target)


def _well_written(answer: Value, written: Written, target: Target) -> bool:
    """Whether a fraction is reduced, and has just the digits asked for where their number matters."""
    if target.type == "fraction" and written.parts is not None:
        top, bottom = written.parts
        return Fraction(top, bottom).denominator == abs(bottom)
    precision = target.precision
    if precision is None or not precision.exactly:
        return True
    if written.decimals is None or written.significant is None:
        return False
    if precision.decimals is not None:
        return written.decimals == precision.decimals
    # The zeros at the end of a whole number may be figures or not.
    idle = _zeros(answer) if written.decimals <= 0 else 0
    return written.significant - idle <= (precision.significant or 1) <= written.significant


def _rounded(key: Value, answer: Value, places: int, target: Target) -> Judgement:
    """Whether a wrong number is the key rounded to the places that it has; the zeros that end a whole number may be places or not."""
    gap = abs(as_float(key) - as_float(answer))
    if answer == 0 or not math.isfinite(gap):
        return "incorrect"
    for typed in (places,) if places > 0 else dict.fromkeys((places, -_zeros(answer))):
        if 2 * gap > 10.0 ** min(-typed, 300) * (1 + 1e-9):
            continue
        if target.precision is None and -FEWEST_IDLE < typed < 0:
            continue
        unit = Fraction(10) ** -typed
        if not within(key, answer, unit / 2):
            continue
        figures = leading_place(answer) + typed + 1
        if figures < 1 or (target.precision is not None and unit <= target.precision.unit(key)):
            return "incorrect"
        return "coarse" if target.precision is not None and figures >= FEWEST_FIGURES else "rough"
    return "incorrect"


def _zeros(answer: Value) -> int:
    """The zeros that a whole number ends with."""
    if type(answer) is not int:
        return 0
    digits = str(answer)
    return len(digits) - len(digits.rstrip("0"))


ROUNDED = Text("It is the right value rounded, where the exact one is needed.", "这是舍入后的值，题目要求精确值。")
TOO_ROUGH = Text(
    "It agrees with the right value, but is rounded too far to count.", "与正确值相符，但舍入过多，不能得分。"
)


def notes_on(found: Judgement, target: Target) -> tuple[Text, ...]:
    """What a student is told about a number."""
    if found in ("coarse", "form"):
        lacks = shortcoming(found, target)
        return (Text(f"The value is right, but {lacks.en}.", f"数值正确，但{lacks.zh}。"),)
    if found == "rough":
        return (ROUNDED if target.precision is None and not any(target.slack) else TOO_ROUGH,)
    return ()


def shortcoming(found: Judgement, target: Target) -> Text:
    """What a right number lacks that is too coarse, or in the wrong form."""
    if found == "form" and target.type == "fraction":
        return Text("the fraction can be reduced", "分数没有约分")
    precision = target.precision
    assert precision is not None
    count = precision.decimals if precision.decimals is not None else precision.significant
    one, many, zh = (
        ("decimal", "decimals", f"保留 {count} 位小数")
        if precision.decimals is not None
        else ("significant figure", "significant figures", f"保留 {count} 位有效数字")
    )
    asked = f"{count} {one} was asked for" if count == 1 else f"{count} {many} were asked for"
    if found == "coarse":
        return Text(f"too coarse: {asked}", f"精度不够：要求{zh}")
    return Text(f"exactly {asked}", f"题目要求恰好{zh}")
