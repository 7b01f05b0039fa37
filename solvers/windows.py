"""What convolution, pooling and receptive fields share: the window's givens, its span, and where it can stand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from solvers.derivation import Derivation
from solvers.givens import integer, vector
from solvers.trace import Undefined
from solvers.values import Value

INPUT = integer("n", "input length", "输入长度", least=1)
KERNEL = integer("k", "kernel size", "卷积核大小", least=1)
STRIDE = integer("s", "stride", "步幅", default=1, least=1)
PADDING = integer("p", "zeros padded on each side", "每侧补零个数", default=0, least=0)
DILATION = integer("d", "dilation", "膨胀率", default=1, least=1)
OUTPUT = integer("o", "wanted output length", "期望的输出长度", least=1)

KERNELS = vector("k", "kernel size of each layer", "各层卷积核大小", axes=("layers",), row=True, least=1)
STRIDES = vector("s", "stride of each layer", "各层步幅", axes=("layers",), default=1, row=True, least=1)
PADDINGS = vector(
    "p", "zeros padded on each side, per layer", "各层每侧补零个数", axes=("layers",), default=0, row=True, least=0
)
DILATIONS = vector("d", "dilation of each layer", "各层膨胀率", axes=("layers",), default=1, row=True, least=1)


def whole(*lists: Sequence[Any]) -> None:
    """Raises Undefined unless every entry is a whole number: vectors of givens may hold fractions."""
    if any(not isinstance(entry, int) for entries in lists for entry in entries):
        raise Undefined("sizes are whole numbers", "各尺寸须为整数")


def span(k: int, d: int) -> int:
    """Input samples from a kernel's first tap to its last, both included."""
    return d * (k - 1) + 1


def fitting(size: int) -> int:
    """The size, if at least one window fits; raises Undefined otherwise."""
    if size < 1:
        raise Undefined("the kernel is larger than the padded input", "卷积核比补零后的输入还大")
    return size


def positions(n: int, padding: int, s: int, reach: int) -> int:
    """Places where a window that spans `reach` samples stands wholly on n samples and `padding` zeros in all."""
    return fitting((n + padding - reach) // s + 1)


def rounded_up(n: int, padding: int, s: int, reach: int) -> int:
    """Places in ceil mode before any is struck out: the last window may hang over the end."""
    return -((reach - n - padding) // s) + 1


def starts(n: int, before: int, s: int) -> int:
    """Multiples of the stride that lie in the padding before the input or in the input."""
    return -(-(n + before) // s)


def strides_begun(n: int, s: int) -> int:
    """One position for every stride begun, as SAME has it: wrong for other paddings."""
    return -(-n // s)


WRONG_POSITIONS: Final[Mapping[str, Callable[[int, int, int, int], Value]]] = MappingProxyType(
    {
        "conv/padding-once": positions,
        "conv/padding-taken-off": lambda n, p, s, reach: positions(n, -2 * p, s, reach),
        "conv/one-taken-off": lambda n, p, s, reach: fitting(positions(n, 2 * p, s, reach) - 2),
        "conv/not-rounded": lambda n, p, s, reach: Fraction(n + 2 * p - reach) / s + 1,
        "conv/stride-ignored": lambda n, p, _s, reach: positions(n, 2 * p, 1, reach),
        "conv/kernel-left-out": lambda n, p, s, _reach: fitting((n + 2 * p) // s),
        "conv/input-over-stride": lambda n, _p, s, _reach: fitting(n // s),
        "conv/stride-rounded-up": lambda n, _p, s, _reach: strides_begun(n, s),
    }
)
"""Places of a window as misconceptions have them: from the input's length, the zeros on each side, the stride and the kernel's span."""

WRONG_SPANS: Final[Mapping[str, Callable[[int, int], int]]] = MappingProxyType(
    {
        "conv/gap-at-every-tap": lambda k, d: k * (d - 1) + 1 if d > 1 else k,
        "conv/kernel-times-dilation": lambda k, d: d * k,
        "conv/one-gap-too-many": lambda k, d: d * k + 1 if d > 1 else k,
        "conv/ignored-dilation": lambda k, _d: k,
    }
)
"""The span of a kernel as misconceptions have it, from its size and its dilation; without dilation they are all right."""


def declare_span(derivation: Derivation) -> None:
    """Adds the step `effective_kernel`, from the givens k and d, and what goes wrong in it."""

    @derivation.step(r"$d($k - 1) + 1", symbol="k'", zh="膨胀后卷积核覆盖的长度")
    def effective_kernel(k: int, d: int) -> int:
        """Span of the kernel once its taps are spread d apart."""
        return span(k, d)

    for id, wrong in WRONG_SPANS.items():
        derivation.misconception(id, replaces="effective_kernel")(lambda k, d, wrong=wrong: wrong(k, d))


def declare_counted(derivation: Derivation, n: str = "n") -> None:
    """Adds the ways in which the positions on an input that needs no further zeros are miscounted."""
    for id in ("conv/one-taken-off", "conv/not-rounded", "conv/stride-ignored", "conv/kernel-left-out"):
        derivation.misconception(id, replaces="size", n=n)(
            lambda n, s, effective_kernel, counted=WRONG_POSITIONS[id]: counted(n, 0, s, effective_kernel)
        )
    derivation.misconception("conv/input-over-stride", replaces="size")(lambda n, s: n // s)


def torch_length(n: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int | None:
    """The output length of a real convolution without values; None where PyTorch refuses it. For oracles only."""
    import torch

    try:
        signal, kernel = torch.empty(1, 1, n, device="meta"), torch.empty(1, 1, k, device="meta")
        return int(torch.nn.functional.conv1d(signal, kernel, None, s, p, d).shape[-1])
    except RuntimeError:
        return None


def torch_span(k: int, d: int) -> int:
    """The shortest signal that a real convolution takes without padding. For oracles only."""
    return next(n for n in range(1, k * d + 1) if torch_length(n, k, 1, 0, d) is not None)


def places(candidates: range, wanted: int, measured: Callable[[int], int]) -> tuple[int, int]:
    """The first and the last candidate for which a real layer gives what is wanted; its sizes only ever rise along them. For oracles only."""
    first = bisect_left(candidates, wanted, key=measured)
    last = bisect_right(candidates, wanted, key=measured) - 1
    return candidates[first], candidates[last]


def settings(index: int, **lists: Value) -> dict[str, int]:
    """One layer's or axis's settings out of lists of settings."""
    return {name: int(entries[index]) for name, entries in lists.items()}
