"""PyTorch modules as networks: `trace` runs a module once and puts down what it calls, `load` finds a module by what a person writes."""

from __future__ import annotations

from solvers.network.tracing.failures import CodeError
from solvers.network.tracing.loading import Spec, is_spec, load, read_spec
from solvers.network.tracing.running import trace

__all__ = ["CodeError", "Spec", "is_spec", "load", "read_spec", "trace"]
