"""Formulas that are asked for: a derivation's answer at points of the variables' domains."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from questions.drawing import candidates, draw_value
from questions.key import Slack, split_answer, value_of
from questions.question import Part
from questions.same import Same
from questions.stream import Stream
from solvers.derivation import Derivation
from solvers.trace import StepError, Trace
from solvers.values import Value, Vector, array, as_float, is_array, is_exact

POINTS = 12  # places at which an expression is compared with its key when variants are checked
_TRIED = 40  # times as many are drawn where the answer has no value at some

Point = Mapping[str, Value]


@dataclass(frozen=True)
class _Run:
    """A run as the key of a cache, equal to those with the same rules and the same givens beside the points', as far as the answer rests on them."""

    derivation: Same[Derivation]
    rules: tuple[tuple[str, int], ...]
    givens: tuple[tuple[str, type, Value], ...]
    trace: Trace = field(compare=False)


def points_for(part: Part, label: str, trace: Trace) -> tuple[Point, ...]:
    """Points of the domains of a part's variables at which the run has a value for its answer; the label fixes their order."""
    assert part.answer is not None
    run = _run(trace, part.answer, part.variables)
    return _points(part, label, trace) if run is None else _kept_points(Same(part), label, run)


def values_at(trace: Trace, answer: str, points: Sequence[Point]) -> Vector:
    """What a run would give with the points' values in place of its givens, the same rules replaced. Raises StepError where it has no value."""
    run = _run(trace, answer, points[0]) if points and isinstance(points, tuple) else None
    return _values(trace, answer, points) if run is None else _kept_values(run, answer, Same(points))


def formula_slack(values: Vector) -> Slack:
    """How far a formula's values may lie from these: the last bits of a float, nothing where they are exact."""
    return tuple(0 if is_exact(x) else 1e-9 * max(1.0, abs(as_float(x))) for x in values)


def _run(trace: Trace, answer: str, point: Mapping[str, object]) -> _Run | None:
    """The run as a key; None where the answer also rests on something that makes no key: on what was put in for steps, on arrays."""
    if trace.overrides or trace.formulas:
        return None
    others = sorted(trace.givens_behind(split_answer(answer)[0]) - point.keys())
    if any(is_array(trace.givens[name]) for name in others):
        return None
    givens = tuple((name, type(trace.givens[name]), trace.givens[name]) for name in others)
    return _Run(Same(trace.derivation), trace.replaced, givens, trace)


@lru_cache(maxsize=512)
def _kept_points(part: Same[Part], label: str, run: _Run) -> tuple[Point, ...]:
    return _points(part.object, label, run.trace)


@lru_cache(maxsize=4_096)
def _kept_values(run: _Run, answer: str, points: Same[tuple[Point, ...]]) -> Vector:
    return _values(run.trace, answer, points.object)


def _points(part: Part, label: str, trace: Trace) -> tuple[Point, ...]:
    assert part.answer is not None
    stream = Stream(label)
    points: list[Point] = []
    drawn: list[Point] = []
    all_there_are = _how_many(part)
    for _ in range(POINTS * _TRIED):
        if len(points) == POINTS or len(drawn) == all_there_are:
            break
        point = {name: draw_value(domain, stream, {}) for name, domain in part.variables.items()}
        if point in drawn:
            continue
        drawn.append(point)
        try:
            _value(trace, part.answer, point)
        except StepError:
            continue
        points.append(point)
    return tuple(points)


def _how_many(part: Part) -> int | None:
    """How many points the domains hold, as far as they say so."""
    domains = part.variables.values()
    if any(domain.shape or (domain.integer or domain.decimal or domain.choice) is None for domain in domains):
        return None
    return math.prod(len(candidates(domain)) for domain in domains)


def _values(trace: Trace, answer: str, points: Sequence[Point]) -> Vector:
    return array([_value(trace, answer, point) for point in points])


def _value(trace: Trace, answer: str, point: Point) -> Value:
    return value_of(trace.moved({**trace.givens, **point}), answer)
