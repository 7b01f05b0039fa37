"""Certificates: each step of a derivation compared with what an independent engine computes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from solvers.text import GradmarkError
from solvers.trace import Trace
from solvers.values import Shape, Value, as_float, elements, is_exact, is_number, to_json

TOLERANCE = 1e-9  # both engines work in float64; anything above this is a different formula, not rounding


class CertificateError(GradmarkError):
    """The two engines disagree: either our rule or the oracle is wrong, and no paper may be made of it."""


@dataclass(frozen=True)
class Certificate:
    """What was compared with what. `engine` is empty where nothing could be compared, and `reason` says why."""

    engine: str
    version: str
    steps: tuple[str, ...]
    largest_difference: float
    agrees: bool
    reason: str = ""

    @property
    def certified(self) -> bool:
        """Whether an independent engine confirmed the steps."""
        return bool(self.engine) and self.agrees

    def to_json(self) -> dict[str, Any]:
        """As programs read it."""
        return {**asdict(self), "steps": list(self.steps)}


@cache
def engine_version(engine: str) -> str:
    """The version of an engine's package, or an empty string if it isn't installed."""
    try:
        if engine == "PyTorch":
            import torch

            # Tiny operations are many times slower when they are shared out over threads.
            torch.set_num_threads(1)
            return str(torch.__version__)
        import sympy

        return str(sympy.__version__)
    except ImportError:
        return ""


def certify(trace: Trace) -> Certificate:
    """The run compared with the derivation's oracle, step by step.

    Raises CertificateError if the oracle names a step that doesn't exist.
    """
    derivation = trace.derivation
    if derivation.oracle_rule is None:
        return Certificate("", "", (), 0.0, agrees=False, reason="no oracle")
    version = engine_version(derivation.oracle_engine)
    if not version:
        return Certificate("", "", (), 0.0, agrees=False, reason=f"{derivation.oracle_engine} is not installed")
    found = derivation.oracle_rule(**trace.givens)
    differences = {name: difference(trace[name], value) for name, value in _known(trace, found).items()}
    largest = max(differences.values(), default=math.inf)
    return Certificate(
        derivation.oracle_engine,
        version,
        tuple(differences),
        largest,
        agrees=largest <= TOLERANCE,
        reason="" if largest <= TOLERANCE else f"differs in {max(differences, key=lambda n: differences[n])}",
    )


def _known(trace: Trace, found: Mapping[str, Any]) -> Mapping[str, Any]:
    if strange := sorted(set(found) - set(trace.derivation.steps)):
        raise CertificateError(
            f"{trace.derivation.name}: the oracle speaks of {', '.join(strange)}, which is no step.",
            f"{trace.derivation.name}：验证程序给出的 {'、'.join(strange)} 不是步骤。",
        )
    return found


def difference(ours: Value, theirs: Any) -> float:
    """How far two values lie apart: 0 for equal exact ones, infinity for other shapes or unequal integers.

    For floats, the absolute difference, relative to the size of values above 1.
    """
    theirs = theirs.tolist() if hasattr(theirs, "tolist") else theirs
    if isinstance(ours, (bool, str)):
        return 0.0 if ours == theirs else math.inf
    if isinstance(ours, Shape):
        return 0.0 if list(ours) == list(theirs) else math.inf
    if is_number(ours):
        return _gap(ours, theirs)
    mine, other = _flat(to_json(ours)), _flat(theirs)
    if mine[1] != other[1]:
        return math.inf
    return max((_gap(a, b) for a, b in zip(elements(ours), other[0], strict=True)), default=0.0)


def _flat(nested: Any) -> tuple[list[Any], tuple[int, ...]]:
    if not isinstance(nested, (list, tuple)):
        return [nested], ()
    parts = [_flat(item) for item in nested]
    return [x for leaves, _ in parts for x in leaves], (len(nested), *(parts[0][1] if parts else ()))


def _gap(ours: Any, theirs: Any) -> float:
    if isinstance(theirs, int) and is_exact(ours):
        return 0.0 if ours == theirs else math.inf
    a, b = as_float(ours), as_float(theirs)
    if a == b:
        return 0.0
    gap = abs(a - b) / max(1.0, abs(a), abs(b))
    return gap if math.isfinite(gap) else math.inf
