"""Choices, orders and matchings: how much of the right answer is there, less what guessing gives."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from grader.outcome import NOTHING, RIGHT, Outcome, graded
from grader.reading import Reading
from questions.key import Target
from solvers.text import Text


def compare_choice(reading: Reading, target: Target) -> Outcome:
    """Right or wrong; a wrong option says why, where the question does."""
    if reading.value == target.value:
        return RIGHT
    option = next((o for o in target.options if o.label == reading.value), None)
    return Outcome("incorrect", NOTHING, (option.because,) if option is not None and option.because else ())


def compare_choices(chosen: frozenset[str], target: Target) -> Outcome:
    """The share of the right options that were chosen, less what the wrong ones cost, never below 0.

    A wrong one costs as much as a right one gives, and all the wrong ones together cost everything: whoever ticks any number of
    options blindly earns no more on average than 1/3, and who ticks all of them nothing.
    """
    right = frozenset(target.value)
    wrong = frozenset(option.label for option in target.options) - right
    if chosen == right:
        return RIGHT
    reasons = tuple(
        Text(f"{option.label}: {option.because.en}", f"{option.label}：{option.because.zh}")
        for option in target.options
        if option.because and (option.label in chosen) != option.correct
    )
    if not right:
        return Outcome("incorrect", NOTHING, reasons)
    cost = Fraction(1, min(len(right), len(wrong) or 1))
    credit = Fraction(len(chosen & right), len(right)) - cost * len(chosen - right)
    return graded(max(NOTHING, credit), *reasons)


def compare_order(answer: tuple[str, ...], key: tuple[str, ...]) -> Outcome:
    """Three times the share of pairs that stand in the right order, less two, never below 0.

    So two thirds of the pairs, which many a guess has, earn nothing.
    """
    if sorted(answer) != sorted(key):
        missing = Text("Every letter is needed exactly once.", "每个字母必须恰好出现一次。")
        return Outcome("incorrect", NOTHING, (missing,))
    if tuple(answer) == tuple(key):
        return RIGHT
    place = {label: i for i, label in enumerate(answer)}
    pairs = [(a, b) for i, a in enumerate(key) for b in key[i + 1 :]]
    right = sum(place[a] < place[b] for a, b in pairs)
    if right == 0:
        return Outcome("incorrect", NOTHING, (Text("It is the right order backwards.", "这恰好是正确顺序的逆序。"),))
    note = Text(
        f"{right} of the {len(pairs)} pairs stand in the right order.", f"{len(pairs)} 对中有 {right} 对的先后正确。"
    )
    return graded(max(NOTHING, 3 * Fraction(right, len(pairs)) - 2), note)


def compare_matching(answer: Mapping[str, str], key: Mapping[str, str]) -> Outcome:
    """One right match is what guessing gives, so it earns nothing; all right ones earn everything."""
    right = sum(answer.get(left) == label for left, label in key.items())
    if right == len(key) == len(answer):
        return RIGHT
    credit = max(NOTHING, Fraction(min(right, len(key) - 1) - 1, max(1, len(key) - 1)))
    note = Text(f"{right} of {len(key)} matches are right.", f"{len(key)} 个配对中有 {right} 个正确。")
    return graded(credit, note)
