"""Marks by steps: what a part that asks for working gives for each step, right by the key or from the student's own values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from grader.working.result import Shown, Working
from questions.key import split_answer
from questions.question import Part
from solvers.derivation import Derivation
from solvers.text import Text

_RIGHT = (Text("right", "正确"), Text("partly right", "部分正确"))
_FOLLOWS = (
    Text("right from your own earlier values", "按你自己前面的数值推算，结果正确"),
    Text("partly right from your own earlier values", "按你自己前面的数值推算，结果部分正确"),
)
_VOUCHED = Text("not shown, but needed for a right line after it", "未写出，但后面正确的一步用到了它")
_FINAL = Text("Final answer", "最终答案")


@dataclass(frozen=True)
class Earned:
    """What one step, or the final answer, earns, and whether it does so only from the student's own earlier values."""

    marks: Fraction
    carried: bool
    text: Text


def step_marks(
    part: Part, worth: Fraction, derivation: Derivation, working: Working | None, credit: Fraction, *, follow: bool
) -> list[Earned]:
    """What the steps of a part's `working` earn, and what the final answer does, whose own `credit` is from 0 to 1.

    A step that no line shows is vouched for by a later line that is right, unless the working is required. What is left of the part's marks is
    for the final answer, whether right by the key or from the student's own values. `follow` says whether
    the latter earns anything.
    """
    assert part.answer is not None
    shown = working.shown if working is not None else {}
    vouched = working.vouched if working is not None and not part.working_required else {}
    scale = worth / part.marks
    rest, earned = worth, []
    answer, _ = split_answer(part.answer)
    for step, marks in part.working.items():
        if step not in derivation.steps:
            continue  # `bank check` names it
        rest -= marks * scale
        standing = shown.get(step) or vouched.get(step)
        if step == answer:
            standing = _better(standing, credit)
        earned += list(_earned(standing, marks * scale, derivation.steps[step].label, step in shown, follow))
    final = _final(shown.get(answer), credit)
    return [*earned, *_earned(final, rest, _FINAL, True, follow)]


def _better(standing: Shown | None, credit: Fraction) -> Shown:
    """The better of what the working shows of the answer and what the answer itself earns."""
    return standing if standing is not None and standing.share > credit else Shown(credit, carried=False)


def _final(standing: Shown | None, credit: Fraction) -> Shown:
    """What the answer itself earns: a line that shows the right value does not make good what its form, too few digits, has cost."""
    as_right = standing is not None and not standing.carried
    return Shown(credit, carried=False) if credit and as_right else _better(standing, credit)


def _earned(standing: Shown | None, marks: Fraction, label: Text, is_shown: bool, follow: bool) -> Iterator[Earned]:
    if standing is None or not standing.share or not marks or (standing.carried and not follow):
        return
    how = (_FOLLOWS if standing.carried else _RIGHT)[standing.share < 1] if is_shown else _VOUCHED
    yield Earned(marks * standing.share, standing.carried, Text(f"{label.en} ({how.en}).", f"{label.zh}（{how.zh}）。"))
