"""A student's own answers put in: what a response stands for in the graph, and the run with it in place of the key's value.

A number, an array, a truth value or a word stands for itself, an option for the value that it shows, and a formula for the rule of its step:
it is worked out wherever the step is needed, at the variant's own numbers or at the points at which later formulas are compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from grader.gaming import counts, is_far_out, is_no_number
from grader.reading import Reading
from grader.terms import alike
from questions.choices import is_computed_choice
from questions.key import Target, split_answer
from questions.variant import Variant
from solvers.expression import ExpressionError, Node, evaluate
from solvers.expression.survey import survey
from solvers.trace import StepError, Trace, Undefined
from solvers.values import Value, as_float, elements, is_array, is_exact, is_number, with_element

if TYPE_CHECKING:
    from grader.diagnosing import Response
    from solvers.derivation import Sourced

BUDGET = 1_000
"""Operations that one evaluation of a student's formula may cost; it is worked out at many points."""
_LONGEST = 120  # nodes of a formula that is worked on with


def own_value(variant: Variant, index: int, answer: Response) -> Value | None:
    """What a response stands for as a value of its step; None where it is none that could be put in, or a formula."""
    part, target, reading = variant.question.parts[index], variant.targets[index], answer.reading
    if not isinstance(reading, Reading) or part.answer is None:
        return None
    if is_computed_choice(part):
        return next((option.value for option in target.options if option.label == reading.value), None)
    if part.type == "text":
        return _word(target, reading.value)
    if part.type == "truth":
        return reading.value if isinstance(reading.value, bool) and isinstance(target.value, bool) else None
    return reading.value if target.slack and _fits(reading.value, target.value, whole=counts(part, target)) else None


def key_value(target: Target) -> Value:
    """The value that the right response stands for: of a choice among values, that of the right option."""
    return next((option.value for option in target.options if option.correct), target.value)


def _word(target: Target, written: Value) -> str | None:
    """The word of the step's that was written; one that the step cannot have is nothing to work with."""
    words = (*target.accept, *target.others)
    if not isinstance(written, str):
        return None
    return next((word for word in words if alike(written, (word,), [w for w in words if w != word])), None)


def _fits(own: Value, key: Value, *, whole: bool) -> bool:
    """Whether the student's value is of the key's kind and size. A count that is no whole number has lost its marks; the working after it need not."""
    if is_array(key) or is_array(own):
        return is_array(key) and is_array(own) and own.shape == key.shape and all(is_number(x) for x in elements(own))
    if not is_number(key):
        return type(own) is type(key)
    return is_number(own) and (is_exact(own) or not whole)


def is_of_no_use(variant: Variant, index: int, own: Value) -> bool:
    """Whether a value is no number to work with, or far out by no known mistake."""
    target = variant.targets[index]
    key, whole = key_value(target), counts(variant.question.parts[index], target)
    if is_no_number(own, key, counts=whole):
        return True
    return is_far_out(own, key, counts=whole) and not is_a_mistake(variant, index, own)


def is_a_mistake(variant: Variant, index: int, own: Value) -> bool:
    """Whether a misconception leads to a wrong value: one bias for a whole layer is a count that somebody has worked for."""
    assert variant.trace is not None
    target = variant.targets[index]
    for id in variant.trace.derivation.misconceptions:
        with suppress(StepError):
            value = variant.misled((id,), index)
            if value is not None and replace(target, value=value).close(own):
                return True
    return False


# ----------------------------------------------------------------------------------------------------- formulas


def formula_at(formula: Node, values: Mapping[str, Value]) -> Value:
    """A formula's value. Raises Undefined where it has none that is a finite number, or needs too much work."""
    try:
        value = evaluate(formula, values, budget=BUDGET)
    except ExpressionError as error:
        raise Undefined(error.text.en, error.text.zh) from error
    if not is_number(value) or not math.isfinite(as_float(value)):
        raise Undefined("it is not a finite number", "结果不是有限的数")
    return value


def own_formula(variant: Variant, index: int, answer: Response) -> Node | None:
    """The formula that was given for a part; None where it is none, or too long to be worked out again and again."""
    part, reading = variant.question.parts[index], answer.reading
    if part.type != "expression" or part.answer is None or not isinstance(reading, Reading):
        return None
    return reading.value if isinstance(reading.value, Node) and survey(reading.value).size <= _LONGEST else None


def _rule_of(formula: Node, variant: Variant, index: int) -> Sourced:
    """The rule that a formula is for its step, in the variables of its part; for one element of a step, with the right others."""
    part = variant.question.parts[index]
    assert variant.trace is not None
    assert part.answer is not None
    step, place = split_answer(part.answer)
    names = {name: name for name in part.variables}
    if not place:
        return lambda **values: formula_at(formula, values), names
    right = variant.trace.derivation.steps[step]

    def rule(**values: Value) -> Value:
        own = formula_at(formula, {name: values[f"own {name}"] for name in names})
        return with_element(right.rule(**{name: values[name] for name in right.inputs}), place, own)

    return rule, {**right.inputs, **{f"own {name}": name for name in names}}


# ------------------------------------------------------------------------------------------------------ the run


def run_from(variant: Variant, carried: Sequence[int], answers: Sequence[Response]) -> Trace | None:
    """The derivation run with the student's answers to these parts put in; None if one of them cannot be carried."""
    assert variant.trace is not None
    overrides: dict[str, Value] = {}
    formulas: dict[str, Sourced] = {}
    for i in carried:
        part = variant.question.parts[i]
        assert part.answer is not None
        step, place = split_answer(part.answer)
        if (formula := own_formula(variant, i, answers[i])) is not None:
            formulas[step] = _rule_of(formula, variant, i)
            continue
        own = own_value(variant, i, answers[i])
        if own is None or is_of_no_use(variant, i, own):
            return None
        overrides[step] = with_element(overrides.get(step, variant.trace[step]), place, own) if place else own
    return variant.trace.derivation.run(
        variant.trace.givens, overrides=overrides, formulas=formulas, base=variant.trace
    )


def in_numbers(run: Trace) -> Trace:
    """The run with what a student's formulas come to at its own givens in their place. Raises StepError where one comes to nothing."""
    return run.putting({step: run[step] for step in run.formulas}) if run.formulas else run
