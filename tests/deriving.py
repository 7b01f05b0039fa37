"""What the tests of derivations share: running one by its name, its certificate, and numbers to run it on."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from solvers.certificate import certify
from solvers.formula_check import check_formula
from solvers.registry import derivation
from solvers.trace import Trace
from solvers.values import array

tenths = st.integers(-20, 20).map(lambda n: Fraction(n, 10))


def run(name: str, /, *replacing: str, **givens: Any) -> Trace:
    """The derivation of this name run on these givens, by somebody who has these misconceptions."""
    found = derivation(name)
    complete = found.complete(givens)
    return found.at(complete).run(complete, replacing=replacing)


def certified(trace: Trace) -> bool:
    """Whether PyTorch confirms every step."""
    certificate = certify(trace)
    return certificate.certified and set(certificate.steps) == set(trace.derivation.steps)


def assert_certified(trace: Trace) -> None:
    """PyTorch agrees on every step, and every printed formula gives the step's value."""
    certificate = certify(trace)
    assert certificate.certified, certificate.reason
    assert set(certificate.steps) == set(trace.derivation.steps)
    assert "differs" not in {check_formula(trace, step) for step in trace.derivation.steps}


def vectors(size: int, of: Any = tenths) -> Any:
    """Vectors of so many numbers."""
    return st.lists(of, min_size=size, max_size=size).map(array)


def matrices(rows: int, columns: int) -> Any:
    """Matrices of tenths."""
    return st.lists(st.lists(tenths, min_size=columns, max_size=columns), min_size=rows, max_size=rows).map(array)
