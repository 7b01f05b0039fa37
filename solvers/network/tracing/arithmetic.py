"""Functions that work entry by entry: sums and products of layers, activations, and what a table need not show."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from solvers.network.kind import Kind
from solvers.network.kinds import kind
from solvers.network.kinds.traced import Further, Operation
from solvers.network.tracing.calls import Call
from solvers.network.tracing.recorder import Learned
from solvers.values import Shape

Converter = Callable[[Call], bool]
"""Adds the layers of a call, or says that it cannot (False)."""

SAME_NAME = {
    "relu": "relu",
    "relu6": "relu6",
    "selu": "selu",
    "silu": "silu",
    "swish": "silu",
    "mish": "mish",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softplus": "softplus",
    "hardswish": "hardswish",
    "hardsigmoid": "hardsigmoid",
}
"""Activations without settings, by the names of their functions."""

UNSHOWN = frozenset(
    (
        "abs",
        "absolute",
        "acos",
        "add",
        "alpha_dropout",
        "as_subclass",
        "asin",
        "atan",
        "bernoulli",
        "bfloat16",
        "bool",
        "ceil",
        "celu",
        "clamp",
        "clamp_max",
        "clamp_min",
        "clip",
        "clone",
        "contiguous",
        "copysign",
        "cos",
        "cosh",
        "cpu",
        "cuda",
        "data",
        "detach",
        "div",
        "double",
        "dropout",
        "dropout1d",
        "dropout2d",
        "dropout3d",
        "erf",
        "exp",
        "expm1",
        "feature_alpha_dropout",
        "feature_dropout",
        "fill_diagonal",
        "float",
        "floor",
        "floor_divide",
        "floordiv",
        "fmod",
        "frac",
        "half",
        "hardshrink",
        "identity",
        "int",
        "isnan",
        "log",
        "log1p",
        "log2",
        "logical_not",
        "logit",
        "logsigmoid",
        "long",
        "masked_fill",
        "maximum",
        "minimum",
        "mul",
        "nan_to_num",
        "neg",
        "negative",
        "pin_memory",
        "positive",
        "pow",
        "rdiv",
        "real",
        "reciprocal",
        "refine_names",
        "remainder",
        "rename",
        "requires_grad",
        "resolve_conj",
        "resolve_neg",
        "rfloordiv",
        "round",
        "rpow",
        "rsqrt",
        "rsub",
        "sign",
        "sin",
        "sinh",
        "softshrink",
        "softsign",
        "sqrt",
        "square",
        "sub",
        "tanhshrink",
        "threshold",
        "to",
        "tril",
        "triu",
        "trunc",
        "type",
        "type_as",
        "where",
        "xlogy",
    )
)
"""Functions of one array and constants, entry by entry, for which a table has no row."""

CONSTANT = frozenset(
    (
        "argmax",
        "argmin",
        "argsort",
        "empty_like",
        "full_like",
        "new_empty",
        "new_full",
        "new_ones",
        "new_tensor",
        "new_zeros",
        "ones_like",
        "rand_like",
        "randint_like",
        "randn_like",
        "zeros_like",
    )
)
"""Functions of an array that take nothing of its numbers, or only places: what they give counts as constant."""

_SUMS = {"add": "add", "sub": "subtract", "mul": "multiply"}


def sums(call: Call) -> bool:
    """Sums, differences and products of two arrays, or of one with learned numbers."""
    if len(call.read) == 2 and not call.learned:
        first, second = call.read
        if call.name == "sub" and call.function.__name__ in ("__rsub__", "rsub"):
            first, second = second, first
        return call.put(kind(_SUMS[call.name]), first, second)
    if len(call.read) == 1 and len(call.learned) == 1:
        return _with_learned(call, call.read[0], call.learned[0])
    return False


def _with_learned(call: Call, x: Any, learned: Learned) -> bool:
    """Position embeddings, learned scales, or else numbers that were only counted."""
    shape, target = call.recorder.shape_of(x), call.target
    if shape != target:
        return False
    count = sum(int(p.numel()) for p in learned.parameters)
    for what in _learning(call.name, shape, count):
        if call.recorder.counted(what, (shape,), target) == count:
            return call.put(what, x, base=_short(learned, call))
    return call.put(Further(count), x, base=_short(learned, call))


def _learning(name: str, shape: Shape, count: int) -> list[Kind]:
    if name == "mul":
        return [kind("scale", axis=-1), kind("scale", axis=0)]
    if name == "add":
        rows = [kind("positions", rows=count // shape[1])] if len(shape) == 2 and count % shape[1] == 0 else []
        return [kind("positions"), *rows]
    return []


def _short(learned: Learned, call: Call) -> str:
    """The learned thing's name within the module that is running."""
    return call.recorder.frame.short(learned.name)


def activation(call: Call) -> bool:
    """An activation without settings."""
    return call.put(kind(SAME_NAME[call.name]))


def leaky(call: Call) -> bool:
    """A leaky ReLU."""
    return call.put(kind("leaky_relu", slope=float(call.arg(1, "negative_slope", 0.01))))


def elu(call: Call) -> bool:
    """An ELU."""
    return call.put(kind("elu", alpha=float(call.arg(1, "alpha", 1.0))))


def gelu(call: Call) -> bool:
    """A GELU, exact or by the tanh."""
    return call.put(kind("gelu", approximate=call.kwargs.get("approximate", "none")))


def softmax(call: Call) -> bool:
    """A softmax or its logarithm along an axis."""
    dim = call.arg(1, "dim")
    axis = call.axis(-1 if dim is None else dim)
    if axis is None:
        return False
    last = len(call.shape) - 1
    return call.put(kind("softmax" if call.name == "softmax" else "log_softmax", axis=-1 if axis == last else axis))


def hardtanh(call: Call) -> bool:
    """Values cut off at two ends; from 0 to 6 it is called ReLU6."""
    ends = (call.arg(1, "min_val", -1.0), call.arg(2, "max_val", 1.0))
    if ends == (0, 6):
        return call.put(kind("relu6"))
    return call.put(Operation(call.name, tuple(call.target), "own place"))


def prelu(call: Call) -> bool:
    """A ReLU with learned slopes."""
    return call.put(kind("prelu", count=sum(int(p.numel()) for p in call.parameters)))


def unknown(call: Call, results: list[Any]) -> None:
    """Whatever no converter knows: a row with its name and shape, unless it works entry by entry and on one layer's output only."""
    parameters = call.parameters
    for result in results:
        shape = call.recorder.shape_of(result)
        if call.name in UNSHOWN and not parameters:
            if len(call.read) == 1 and call.recorder.shape_of(call.read[0]) == shape:
                call.recorder.same(result, call.read[0])
                continue
            call.later(result, Operation(call.name, tuple(shape), _sees(call, shape)), *call.read)
        elif parameters:
            what = kind("custom", module=call.name, out=tuple(shape), weights=sum(int(p.numel()) for p in parameters))
            call.recorder.put(result, what, call.sources(call.read), parameters, base=call.name)
            parameters = []
        else:
            call.later(result, Operation(call.name, tuple(shape), "unknown"), *call.read)


def _sees(call: Call, shape: Shape) -> Any:
    sizes = {math.prod(call.recorder.shape_of(x)) for x in call.read}
    return "own place" if max(sizes, default=0) == math.prod(shape) else "unknown"


CONVERTERS: dict[str, Converter] = {
    **dict.fromkeys(_SUMS, sums),
    **dict.fromkeys(SAME_NAME, activation),
    "leaky_relu": leaky,
    "elu": elu,
    "gelu": gelu,
    "softmax": softmax,
    "log_softmax": softmax,
    "prelu": prelu,
    "hardtanh": hardtanh,
}
