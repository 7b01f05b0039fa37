"""What a shift of the input changes in the pooled output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, vector, word
from solvers.oracles import torch_tensor
from solvers.pooling.windows import (
    STRIDE,
    WINDOW,
    average,
    formula_of,
    largest_of,
    mapped,
    mean_of,
    windows,
)
from solvers.rules import taking
from solvers.sliding import slot
from solvers.text import UsageError
from solvers.values import Value, Vector


def _shift(n: int, k: int, stride: int, move: int, kind: str) -> Derivation:
    d = Derivation(
        "pool.shift",
        "Pooling a signal and the same signal shifted to the right",
        "对信号及其右移后的信号做池化",
        x=vector("x", "signal", "信号", axes=("n",), row=True),
        k=WINDOW,
        s=STRIDE,
        shift=integer(
            "t", "places to the right; zeros come in at the left", "右移的格数（左端补零）", default=1, least=0
        ),
        kind=word("g", "kind of pooling", "池化方式", words=("max", "average"), default="max"),
    )
    found = windows((n,), (k,), (stride,), (0,))
    written = largest_of if kind == "max" else mean_of
    formula = formula_of(found, written, rf"\operatorname{{{kind}pool}}\left($x\right)")

    def value(x: Vector) -> Vector:
        if kind == "max":
            return mapped(found, lambda cells, _: max(x[i] for i in cells))
        return mapped(found, lambda cells, size: average(x, cells, size))

    entries = ["0"] * min(move, n) + [slot("x", (i,)) for i in range(max(n - move, 0))]

    @d.step(
        rf"\begin{{pmatrix}} {' & '.join(entries)} \end{{pmatrix}}",
        symbol="x'",
        zh="右移后的信号",
        name="shifted",
        row=True,
    )
    def _(x: Vector, shift: int) -> Vector:
        """Signal shifted to the right."""
        return np.array(([0] * shift + list(x))[: len(x)], dtype=object)

    def pooled_values(values: Mapping[str, Value]) -> Vector:
        return value(values["x"])

    rule = taking(("x", "k", "s", "kind"), pooled_values)
    d.step(formula, symbol="y", en="Signal pooled", zh="原信号池化的结果", name="pooled", row=True)(rule)
    d.step(
        formula,
        symbol="y'",
        en="Shifted signal pooled",
        zh="右移后信号池化的结果",
        name="pooled_shifted",
        x="shifted",
        row=True,
    )(rule)

    @d.step(r"\#\{i : y_i = y'_i\}", symbol="u", zh="不变的输出个数", name="unchanged")
    def _(pooled: Vector, pooled_shifted: Vector) -> int:
        """Outputs that the shift leaves unchanged."""
        return sum(a == b for a, b in zip(pooled, pooled_shifted, strict=True))

    @d.misconception("pool/shift-invariant-always", replaces="pooled_shifted")
    def _(pooled: Vector) -> Vector:
        return pooled

    @d.misconception("pool/output-shifted-too", replaces="pooled_shifted")
    def _(pooled: Vector) -> Vector:
        return np.array(([0] * move + list(pooled))[: len(pooled)], dtype=object)

    @d.misconception("pool/shifted-left", replaces="shifted")
    def _(x: Vector) -> Vector:
        return np.array((list(x) + [0] * move)[move:], dtype=object)

    @d.oracle
    def _(x: Vector, k: int, shift: int, kind: str, **_: Value) -> Mapping[str, Any]:
        import torch

        signal = torch_tensor(x)[None, None]
        layer = {"max": torch.nn.MaxPool1d, "average": torch.nn.AvgPool1d}[kind](k, stride)
        moved = torch.nn.functional.pad(signal, (shift, 0))[..., :n]
        before, after = layer(signal)[0, 0], layer(moved)[0, 0]
        same = int(torch.isclose(before, after, rtol=0, atol=1e-12).sum())
        return {"shifted": moved[0, 0], "pooled": before, "pooled_shifted": after, "unchanged": same}

    return d


def _shift_size(g: Mapping[str, Value]) -> tuple[int, int, int, int, str]:
    if g["k"] > len(g["x"]):
        raise UsageError("The window does not fit on the input.", "窗口比输入还大。")
    return len(g["x"]), g["k"], g["s"] or g["k"], g["shift"], str(g["kind"])


shift = Family("pool.shift", _shift, _shift_size, (4, 2, 2, 1, "max"))
