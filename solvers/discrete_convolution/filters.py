"""Classic image filters as cross-correlations: identity, edges, sharpening, blurs, gradients; and Gaussian kernels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.discrete_convolution.correlation import fitting_reach, sum_formula
from solvers.family import Family
from solvers.functions import exp
from solvers.givens import integer, matrix, number, word
from solvers.oracles import torch_tensor
from solvers.sliding import Index, correlated
from solvers.text import UsageError
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector, array
from solvers.windows import PADDING


@dataclass(frozen=True)
class Filter:
    """A kernel: whole numbers over a common divisor."""

    rows: tuple[tuple[int, ...], ...]
    divisor: int = 1

    @property
    def kernel(self) -> Matrix:
        """The kernel's entries."""
        return array([[Fraction(entry, self.divisor) for entry in row] for row in self.rows])

    @property
    def formula(self) -> str:
        """The kernel as LaTeX, with the divisor in front."""
        body = r" \\ ".join(" & ".join(map(str, row)) for row in self.rows)
        front = rf"\frac{{1}}{{{self.divisor}}} " if self.divisor > 1 else ""
        return rf"{front}\begin{{pmatrix}} {body} \end{{pmatrix}}"


_BINOMIAL_3 = (1, 2, 1)
_BINOMIAL_5 = (1, 4, 6, 4, 1)

FILTERS = {
    "identity": Filter(((0, 0, 0), (0, 1, 0), (0, 0, 0))),
    "edge_4": Filter(((0, -1, 0), (-1, 4, -1), (0, -1, 0))),
    "edge_8": Filter(((-1, -1, -1), (-1, 8, -1), (-1, -1, -1))),
    "laplacian": Filter(((0, 1, 0), (1, -4, 1), (0, 1, 0))),
    "sharpen": Filter(((0, -1, 0), (-1, 5, -1), (0, -1, 0))),
    "box": Filter(((1, 1, 1), (1, 1, 1), (1, 1, 1)), 9),
    "gaussian": Filter(tuple(tuple(a * b for b in _BINOMIAL_3) for a in _BINOMIAL_3), 16),
    "gaussian_5": Filter(tuple(tuple(a * b for b in _BINOMIAL_5) for a in _BINOMIAL_5), 256),
    "sobel_x": Filter(((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))),
    "sobel_y": Filter(((-1, -2, -1), (0, 0, 0), (1, 2, 1))),
    "prewitt_x": Filter(((-1, 0, 1), (-1, 0, 1), (-1, 0, 1))),
    "prewitt_y": Filter(((-1, -1, -1), (0, 0, 0), (1, 1, 1))),
    "emboss": Filter(((-2, -1, 0), (-1, 1, 1), (0, 1, 2))),
}
"""Cross-correlation kernels; `sobel_x` is positive where the image gets brighter to the right, `sobel_y` downwards."""


def _filter(inputs: Index, name: str, p: int) -> Derivation:
    chosen = FILTERS[name]
    kernel = chosen.kernel
    d = Derivation(
        "convolve.filter",
        "A classic filter over an image (cross-correlation, stride 1)",
        "用经典滤波器处理图像（互相关，步幅 1）",
        x=matrix("X", "image", "图像", axes=("h", "w")),
        filter=word("f", "filter", "滤波器", words=tuple(FILTERS)),
        p=PADDING,
    )

    @d.step(chosen.formula, symbol="K", zh="滤波器的核", name="kernel")
    def _(filter: str) -> Matrix:  # noqa: A002 - the given's name
        """Kernel of the filter."""
        return FILTERS[filter].kernel

    @d.step(
        r"\operatorname{sum}\left($kernel\right)",
        symbol=r"\Sigma",
        zh="核元素之和：均匀区域的亮度乘以它",
        name="kernel_sum",
        final=True,
    )
    def _(kernel: Matrix) -> Number:
        """Sum of the kernel: the factor by which the filter multiplies a region of uniform brightness."""
        return sum(kernel.flat)

    @d.step(sum_formula(inputs, kernel.shape, (1, p, 1)), symbol="Y", zh="滤波后的图像", name="output", w="kernel")
    def _(x: Matrix, w: Matrix, p: int) -> Matrix:
        """Filtered image."""
        return correlated(x, w, (1, p, 1))

    @d.convention("convention/kernel-flipped", replaces="output", w="kernel")
    def _(x: Matrix, w: Matrix) -> Matrix:
        return correlated(x, np.flip(w), (1, p, 1))

    @d.misconception("convolve/centre-left-out", replaces="kernel")
    def _() -> Matrix:
        hollow = chosen.kernel.copy()
        hollow[tuple(size // 2 for size in hollow.shape)] = 0
        return hollow

    if chosen.divisor > 1:

        @d.misconception("convolve/weights-not-divided", replaces="kernel")
        def undivided() -> Matrix:
            return array([list(row) for row in chosen.rows])

    @d.oracle
    def _(x: Matrix, filter: str, p: int) -> Mapping[str, Any]:  # noqa: A002 - the given's name
        import torch

        image = torch.nn.functional.pad(torch_tensor(x), (p, p, p, p))
        built = _torch_kernel(filter)
        found = torch.nn.functional.conv2d(image[None, None], built[None, None])[0, 0]
        return {"kernel": built, "kernel_sum": built.sum().item(), "output": found}

    return d


def _torch_kernel(name: str) -> Any:
    """The kernel as the filter's meaning says: a point's response to differences, averages and repeated averages."""
    import torch

    point = torch.zeros(5, 5, dtype=torch.float64)
    point[2, 2] = 1

    def at(down: int, right: int) -> Any:
        return point.roll((down, right), (0, 1))

    cross = at(-1, 0) + at(1, 0) + at(0, -1) + at(0, 1)
    corners = at(-1, -1) + at(-1, 1) + at(1, -1) + at(1, 1)
    right, down = at(0, 1) - at(0, -1), at(1, 0) - at(-1, 0)

    def column(of: Any) -> Any:
        return of.roll(1, 0) + of.roll(-1, 0)

    def line(of: Any) -> Any:
        return of.roll(1, 1) + of.roll(-1, 1)

    def pairwise(of: Any, shift: int) -> Any:
        halved = (of + of.roll(shift, 0)) / 2
        return (halved + halved.roll(shift, 1)) / 2

    twice = pairwise(pairwise(point, 1), -1)
    found = {
        "identity": lambda: point,
        "edge_4": lambda: 4 * point - cross,
        "edge_8": lambda: 8 * point - cross - corners,
        "laplacian": lambda: cross - 4 * point,
        "sharpen": lambda: point + (4 * point - cross),
        "box": lambda: torch.nn.functional.avg_pool2d(point[None, None], 3, 1, 1)[0, 0],
        "gaussian": lambda: twice,
        "gaussian_5": lambda: pairwise(pairwise(twice, 1), -1),
        "sobel_x": lambda: 2 * right + column(right),
        "sobel_y": lambda: 2 * down + line(down),
        "prewitt_x": lambda: right + column(right),
        "prewitt_y": lambda: down + line(down),
        "emboss": lambda: point + right + down + 2 * (at(1, 1) - at(-1, -1)),
    }[name]()
    return found if name == "gaussian_5" else found[1:4, 1:4]


def _filter_size(givens: Mapping[str, Value]) -> tuple[Any, ...]:
    inputs, name, p = givens["x"].shape, str(givens["filter"]), givens["p"]
    fitting_reach(inputs, FILTERS[name].kernel.shape, (1, p, 1))
    return inputs, name, p


filtered = Family("convolve.filter", _filter, _filter_size, smallest=((3, 3), "sharpen", 0))

# ------------------------------------------------------------------------------------------------- Gaussian kernels

LONGEST_KERNEL = 31


def _gaussian(k: int) -> Derivation:
    if k > LONGEST_KERNEL:
        raise UsageError(f"k goes up to {LONGEST_KERNEL}.", f"k 最大为 {LONGEST_KERNEL}。")
    d = Derivation(
        "convolve.gaussian_kernel",
        "Gaussian kernel: sampled at whole distances from its centre, divided by its sum",
        "高斯核：在到中心的整数距离处取样并归一化",
        k=integer("k", "kernel size (odd)", "核大小（奇数）", default=3, least=1),
        sigma=number(r"\sigma", "standard deviation", "标准差", default=1),
    )
    offsets = range(-(k // 2), k // 2 + 1)
    entries = " & ".join(rf"e^{{-\frac{{{abs(i)}^2}}{{2 $sigma^2}}}}" for i in offsets)

    @d.step(rf"\begin{{pmatrix}} {entries} \end{{pmatrix}}", symbol="g", zh="未归一化的权重", name="weights", row=True)
    def _(k: int, sigma: Number) -> Vector:
        """Weights before they are divided."""
        if k % 2 == 0 or sigma <= 0:
            raise Undefined("the size must be odd and sigma above 0", "核大小须为奇数，且标准差须大于 0")
        return array([exp(-Fraction(i * i) / (2 * sigma * sigma)) for i in offsets])

    @d.step(r"\operatorname{sum}\left($weights\right)", symbol="G", zh="权重之和", name="total")
    def _(weights: Vector) -> Number:
        """Sum of the weights."""
        return sum(weights)

    @d.step(r"\frac{1}{$total} $weights", symbol="w", zh="一维高斯核", name="kernel", row=True)
    def _(weights: Vector, total: Number) -> Vector:
        """Gaussian kernel along one axis."""
        return weights / total

    grid = r" \\ ".join(" & ".join(f"$kernel[{i}] $kernel[{j}]" for j in range(k)) for i in range(k))

    @d.step(rf"\begin{{pmatrix}} {grid} \end{{pmatrix}}", symbol="K", zh="二维高斯核", name="kernel_2d")
    def _(kernel: Vector) -> Matrix:
        """Gaussian kernel over rows and columns: products of two entries."""
        return np.outer(kernel, kernel)

    @d.misconception("convolve/weights-not-divided", replaces="kernel")
    def _(weights: Vector) -> Vector:
        return weights

    @d.misconception("convolve/density-for-share", replaces="kernel")
    def _(weights: Vector, sigma: Number) -> Vector:
        return weights * (1 / (float(sigma) * math.sqrt(2 * math.pi)))

    d.misconception("convolve/two-left-out", replaces="weights")(
        lambda sigma: array([exp(-Fraction(i * i) / (sigma * sigma)) for i in offsets])
    )

    @d.misconception("convolve/variance-not-squared", replaces="weights")
    def _(sigma: Number) -> Vector:
        return array([exp(-Fraction(i * i) / (2 * sigma)) for i in offsets])

    @d.oracle
    def _(k: int, sigma: Number) -> Mapping[str, Any]:
        import torch

        normal = torch.distributions.Normal(
            torch.tensor(0.0, dtype=torch.float64), torch.tensor(float(sigma), dtype=torch.float64)
        )
        density = normal.log_prob(torch.arange(k, dtype=torch.float64) - k // 2)
        kernel = density.softmax(0)
        weights = (density - density.max()).exp()
        found = {"weights": weights, "total": weights.sum().item(), "kernel": kernel}
        return found | {"kernel_2d": torch.outer(kernel, kernel)}

    return d


def _gaussian_size(givens: Mapping[str, Value]) -> tuple[int]:
    if givens["k"] % 2 == 0 or givens["k"] > LONGEST_KERNEL or math.isinf(givens["sigma"]):
        raise UsageError(
            f"k must be odd and at most {LONGEST_KERNEL}, and sigma finite.",
            f"k 须为不超过 {LONGEST_KERNEL} 的奇数，sigma 须为有限值。",
        )
    return (givens["k"],)


gaussian_kernel = Family("convolve.gaussian_kernel", _gaussian, _gaussian_size, (3,))
