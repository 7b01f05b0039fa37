"""Transposed convolution: every input lays a scaled copy of the kernel on the output, the stride apart; copies add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from solvers.convolution.transposed import OUTPUT_PADDING, stretched
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, matrix, number, vector
from solvers.oracles import torch_tensor
from solvers.rules import taking
from solvers.sliding import LONGEST_FORMULA, Index, Reach, correlated, input_gradient_of, meetings, slot, written_out
from solvers.text import UsageError
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Tensor, Value, Vector
from solvers.windows import DILATION, PADDING, STRIDE, span

SETTINGS = {"s": STRIDE, "p": PADDING, "q": OUTPUT_PADDING, "d": DILATION}
BIAS = number("b", "bias", "偏置", default=0)


def _sizes(inputs: Index, kernel: Index, s: int, p: int, q: int, d: int) -> Index:
    return tuple(stretched(n, s, p, q, d, span(k, d)) for n, k in zip(inputs, kernel, strict=True))


def _formula(outputs: Index, inputs: Index, kernel: Index, reach: Reach, after: str) -> str:
    met = [(i, f"{slot('x', o)} {slot('w', k)}") for o, k, i in meetings(outputs, kernel, reach) if _inside(o, inputs)]
    if len(met) > LONGEST_FORMULA:
        return rf"\operatorname{{transposedconv}}\left($x, $w\right){after}"
    return written_out(outputs, met, after)


def _inside(index: Index, sizes: Index) -> bool:
    return all(i < n for i, n in zip(index, sizes, strict=True))


def _laid(x: Tensor, w: Tensor, outputs: Index, reach: Reach) -> Tensor:
    """The copies of the kernel added up; a convolution over this output may have positions for which there is no input."""
    total = np.zeros(outputs, dtype=object)
    for o, k, i in meetings(outputs, w.shape, reach):
        if _inside(o, x.shape):
            total[i] += x[o] * w[k]
    return total


def _with_zeros(output: Tensor, q: int) -> Tensor:
    """The output with its last q places along each axis emptied, as if output padding put zeros there."""
    emptied = output.copy()
    for axis in range(output.ndim):
        emptied[(slice(None),) * axis + (slice(-q, None),)] = 0
    return emptied


def _transposed(inputs: Index, kernel: Index, s: int, p: int, q: int, d: int) -> Derivation:
    flat = len(inputs) == 1
    given: Callable[..., Given] = vector if flat else matrix
    axes = [("n",), ("k",)] if flat else [("h", "w"), ("kh", "kw")]
    row = {"row": True} if flat else {}
    derivation = Derivation(
        f"variants.transposed_{len(inputs)}d",
        f"Values of a {'one' if flat else 'two'}-dimensional transposed convolution",
        f"{'一' if flat else '二'}维转置卷积的取值",
        x=given("x" if flat else "X", "input", "输入", axes=axes[0], **row),
        w=given("w" if flat else "K", "kernel", "卷积核", axes=axes[1], **row),
        b=BIAS,
        **SETTINGS,
    )
    outputs, reach = _sizes(inputs, kernel, s, p, q, d), (s, p, d)

    def laid(values: Mapping[str, Value]) -> Tensor:
        return _laid(values["x"], values["w"], outputs, reach) + values["b"]

    derivation.step(
        _formula(outputs, inputs, kernel, reach, " + $b"),
        symbol="y" if flat else "Y",
        en="Output: the copies of the kernel, each times its input, added up where they overlap",
        zh="输出：各输入乘以卷积核后放到相应位置，重叠处相加",
        name="output",
        row=flat,
    )(taking(("x", "w", "b", *SETTINGS), laid))
    _add_mistakes(derivation, outputs, reach)
    if q:
        derivation.misconception("variants/output-padding-of-zeros", replaces="output")(
            lambda x, w, b: _with_zeros(_laid(x, w, outputs, reach) + b, q)
        )
    derivation.oracle(_oracle)
    return derivation


def _add_mistakes(derivation: Derivation, outputs: Index, reach: Reach) -> None:
    s, p, d = reach

    @derivation.convention("convention/kernel-flipped", replaces="output")
    def _(x: Tensor, w: Tensor, b: Number) -> Tensor:
        return _laid(x, np.flip(w), outputs, reach) + b

    @derivation.misconception("variants/overlaps-not-added", replaces="output")
    def _(x: Tensor, w: Tensor, b: Number) -> Tensor:
        last = np.zeros(outputs, dtype=object)
        for o, k, i in meetings(outputs, w.shape, reach):
            if _inside(o, x.shape):
                last[i] = x[o] * w[k]
        return last + b

    if s != 1:

        @derivation.misconception("variants/copies-side-by-side", replaces="output")
        def unit_stride(x: Tensor, w: Tensor, b: Number) -> Tensor:
            sizes = _sizes(x.shape, w.shape, 1, 0, 0, int(np.max(d)))
            return input_gradient_of(w, x, sizes, (1, 0, d)) + b

    @derivation.misconception("variants/copies-end-to-end", replaces="output")
    def _(x: Tensor, w: Tensor, b: Number) -> Tensor:
        return np.kron(x, w) + b

    @derivation.misconception("variants/ordinary-convolution", replaces="output")
    def _(x: Tensor, w: Tensor, b: Number) -> Tensor:
        if any(n + 2 * p < span(k, int(np.max(d))) for n, k in zip(x.shape, w.shape, strict=True)):
            raise Undefined("the kernel does not fit on the input", "卷积核比输入还大")
        return correlated(x, w, reach) + b

    if p != 0:

        @derivation.misconception("variants/padding-not-cropped", replaces="output")
        def uncropped(x: Tensor, w: Tensor, b: Number) -> Tensor:
            sizes = _sizes(x.shape, w.shape, int(np.max(s)), 0, 0, int(np.max(d)))
            return input_gradient_of(w, x, sizes, (s, 0, d)) + b


def _oracle(*, x: Tensor, w: Tensor, b: Number, s: int, p: int, q: int, d: int) -> Mapping[str, Any]:
    import torch

    signal, kernel, bias = (torch_tensor(value) for value in (x, w, b))
    layer = (torch.nn.functional.conv_transpose1d, torch.nn.functional.conv_transpose2d)[x.ndim - 1]
    return {"output": layer(signal[None, None], kernel[None, None], bias.reshape(1), s, p, q, 1, d)[0, 0]}


def _size(g: Mapping[str, Value]) -> tuple[Any, ...]:
    settings = tuple(g[name] for name in SETTINGS)
    try:
        _sizes(g["x"].shape, g["w"].shape, *settings)
    except Undefined as reason:
        raise UsageError(f"{reason.text.en}.", f"{reason.text.zh}。") from reason
    return g["x"].shape, g["w"].shape, *settings


transposed_1d = Family("variants.transposed_1d", _transposed, _size, ((2,), (2,), 1, 0, 0, 1))
transposed_2d = Family("variants.transposed_2d", _transposed, _size, ((2, 2), (2, 2), 1, 0, 0, 1))

# ------------------------------------------------------------------------------------------------------ as a matrix


def _matrix(n: int, k: int, s: int) -> Derivation:
    d = Derivation(
        "variants.as_matrix",
        "A convolution (cross-correlation, no padding) as a matrix, and its transpose",
        "把卷积（互相关，不补零）写成矩阵，以及该矩阵的转置",
        x=vector("x", "input", "输入", axes=("n",)),
        w=vector("w", "kernel", "卷积核", axes=("k",), row=True),
        s=STRIDE,
    )
    rows = (n - k) // s + 1
    entries = [[slot("w", (j - i * s,)) if 0 <= j - i * s < k else "0" for j in range(n)] for i in range(rows)]
    body = r" \\ ".join(" & ".join(row) for row in entries)

    @d.step(rf"\begin{{pmatrix}} {body} \end{{pmatrix}}", symbol="C", zh="卷积对应的矩阵", name="matrix")
    def _(x: Vector, w: Vector, s: int) -> Matrix:
        """Matrix of the convolution: the kernel, moved by the stride from row to row."""
        found = np.zeros((rows, len(x)), dtype=object)
        for i in range(rows):
            found[i, i * s : i * s + len(w)] = w
        return found

    @d.step("$matrix $x", symbol="y", zh="卷积的输出", name="output")
    def _(matrix: Matrix, x: Vector) -> Vector:
        """Output of the convolution."""
        return matrix @ x

    @d.step(r"$matrix^\top $output", symbol="x'", zh="转置卷积作用于该输出的结果", name="back")
    def _(matrix: Matrix, output: Vector) -> Vector:
        """Transposed convolution of that output: as long as the input, but not the input again."""
        return matrix.T @ output

    @d.misconception("variants/transposed-as-inverse", replaces="back")
    def _(x: Vector) -> Vector:
        return x

    @d.convention("convention/kernel-flipped", replaces="matrix")
    def _(x: Vector, w: Vector) -> Matrix:
        found = np.zeros((rows, len(x)), dtype=object)
        for i in range(rows):
            found[i, i * s : i * s + len(w)] = w[::-1]
        return found

    @d.oracle
    def _(x: Vector, w: Vector, s: int) -> Mapping[str, Any]:
        import torch

        signal, kernel = torch_tensor(x)[None, None], torch_tensor(w)[None, None]
        output = torch.nn.functional.conv1d(signal, kernel, stride=s)
        units = torch.eye(n, dtype=torch.float64)[:, None]
        missing = n - ((rows - 1) * s + k)
        back = torch.nn.functional.conv_transpose1d(output, kernel, stride=s)
        return {
            "matrix": torch.nn.functional.conv1d(units, kernel, stride=s)[:, 0].T,
            "output": output[0, 0],
            "back": torch.nn.functional.pad(back, (0, missing))[0, 0],
        }

    return d


def _matrix_size(g: Mapping[str, Value]) -> tuple[int, int, int]:
    if len(g["w"]) > len(g["x"]):
        raise UsageError("The kernel does not fit on the input.", "卷积核比输入还大。")
    return len(g["x"]), len(g["w"]), g["s"]


as_matrix = Family("variants.as_matrix", _matrix, _matrix_size, (3, 2, 1))
