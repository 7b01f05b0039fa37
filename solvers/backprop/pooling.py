"""Gradients through pooling layers, from the gradient at their output.

Max pooling hands an output's gradient to the largest input of its window, to the first in reading order where several are
equally large (as PyTorch does); average pooling shares it out evenly. Windows that overlap add up what they send.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from solvers.backprop.functions import quotient
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, integer, matrix
from solvers.oracles import torch_tensor
from solvers.sliding import LONGEST_FORMULA, Index, slot, written_out
from solvers.text import UsageError
from solvers.values import Matrix, Value

_K = integer("k", "side of the square window", "正方形窗口的边长", default=2, least=1)
_S = integer(
    "s",
    "stride; 0: the window's side, so that windows do not overlap",
    "步幅；0 表示等于窗口边长（窗口不重叠）",
    default=0,
    least=0,
)
_DELTA = matrix(r"\delta", "gradient of the loss at the output", "损失对输出的梯度", axes=("oh", "ow"))


def windows(outputs: Index, k: int, s: int) -> Iterator[tuple[Index, list[Index]]]:
    """Each output's index with those of the inputs in its window, in reading order."""
    stride = s or k
    for i, j in np.ndindex(*outputs):
        yield (i, j), [(i * stride + a, j * stride + b) for a, b in np.ndindex(k, k)]


def _outputs(inputs: Index, k: int, s: int) -> Index:
    return tuple((n - k) // (s or k) + 1 for n in inputs)


def _givens() -> dict[str, Given]:
    return {
        "x": matrix("X", "input", "输入", axes=("h", "w")),
        "delta": _DELTA,
        "k": _K,
        "s": _S,
    }


def _size(givens: Mapping[str, Value]) -> tuple[Any, ...]:
    inputs, delta, k, s = givens["x"].shape, givens["delta"].shape, givens["k"], givens["s"]
    outputs = _outputs(inputs, k, s)
    if min(outputs) < 1:
        raise UsageError("The window does not fit on the input.", "窗口比输入还大。")
    if outputs != delta:
        wanted, found = " × ".join(map(str, outputs)), " × ".join(map(str, delta))
        raise UsageError(
            f"delta has the size {found}, but the pooled output has {wanted}.",
            f"delta 的大小为 {found}，而池化输出的大小为 {wanted}。",
        )
    return inputs, outputs, k, s


def _shared(delta: Matrix, inputs: Index, k: int, s: int, parts: int) -> Matrix:
    """Every output's gradient divided by `parts` and given to all inputs of its window."""
    total = np.zeros(inputs, dtype=object)
    for o, window in windows(delta.shape, k, s):
        for i in window:
            total[i] += quotient(delta[o], parts)
    return total


def _winner(x: Matrix, window: list[Index]) -> Index:
    return max(window, key=lambda i: x[i])  # the first of equals


def _share_formula(inputs: Index, outputs: Index, k: int, s: int) -> str:
    """Average pooling's gradient, written out where it is short."""
    met = [(i, slot("delta", o)) for o, window in windows(outputs, k, s) for i in window]
    if len(met) > LONGEST_FORMULA:
        return rf"\frac{{1}}{{{k * k}}} \operatorname{{upsample}}\left($delta\right)"
    return rf"\frac{{1}}{{{k * k}}} {written_out(inputs, met)}"


# ------------------------------------------------------------------------------------------------------ max pooling


def _max_pool(inputs: Index, outputs: Index, side: int, stride: int) -> Derivation:
    d = Derivation("backprop.max_pool", "Gradient through max pooling", "最大池化的梯度", **_givens())
    _add_max_steps(d)

    @d.misconception("backprop/pool-spread-evenly", replaces="input_gradient")
    def _(delta: Matrix) -> Matrix:
        return _shared(delta, inputs, side, stride, side * side)

    @d.misconception("backprop/pool-copied-to-all", replaces="input_gradient")
    def _(delta: Matrix) -> Matrix:
        return _shared(delta, inputs, side, stride, 1)

    @d.misconception("backprop/pool-first-cell", replaces="input_gradient")
    def _(delta: Matrix) -> Matrix:
        return _routed(inputs, ((window[0], delta[o]) for o, window in windows(outputs, side, stride)))

    @d.misconception("backprop/pool-value-passed", replaces="input_gradient")
    def _(x: Matrix) -> Matrix:
        winners = (_winner(x, window) for _, window in windows(outputs, side, stride))
        return _routed(inputs, ((i, x[i]) for i in winners))

    @d.misconception("backprop/pool-times-value", replaces="input_gradient")
    def _(x: Matrix, delta: Matrix) -> Matrix:
        winners = ((_winner(x, window), delta[o]) for o, window in windows(outputs, side, stride))
        return _routed(inputs, ((i, x[i] * g) for i, g in winners))

    d.oracle(_oracle("max_pool2d"))
    return d


def _add_max_steps(d: Derivation) -> None:
    @d.step(r"\operatorname{maxpool}\left($x\right)", symbol="O", zh="池化输出", final=True)
    def output(x: Matrix, k: int, s: int) -> Matrix:
        """Pooled output."""
        outputs = _outputs(x.shape, k, s)
        return _routed(outputs, ((o, x[_winner(x, window)]) for o, window in windows(outputs, k, s)))

    @d.step(r"\operatorname{mask}\left($x\right)", symbol="M", zh="各输入在多少个窗口中为最大值", final=True)
    def mask(x: Matrix, k: int, s: int) -> Matrix:
        """In how many windows each input is the largest."""
        return _routed(x.shape, ((_winner(x, window), 1) for _, window in windows(_outputs(x.shape, k, s), k, s)))

    @d.step(
        r"\operatorname{unpool}\left($delta, $x\right)",
        symbol=r"\frac{\partial L}{\partial X}",
        zh="输入的梯度：每个输出的梯度只传给其窗口中的最大值",
    )
    def input_gradient(delta: Matrix, x: Matrix, k: int, s: int) -> Matrix:
        """Gradient of the input: each output's gradient goes to the largest input of its window."""
        return _routed(x.shape, ((_winner(x, window), delta[o]) for o, window in windows(delta.shape, k, s)))


def _routed(shape: Index, amounts: Any) -> Matrix:
    total = np.zeros(shape, dtype=object)
    for index, amount in amounts:
        total[index] += amount
    return total


def _oracle(layer: str) -> Any:
    def oracle(x: Matrix, delta: Matrix, k: int, s: int) -> Mapping[str, Any]:
        import torch

        image = torch_tensor(x).requires_grad_()
        pool = getattr(torch.nn.functional, layer)
        found = pool(image[None, None], k, s or k)[0, 0]
        found.backward(torch_tensor(delta), retain_graph=True)
        steps = {"output": found.detach(), "input_gradient": image.grad.clone()}
        if layer == "max_pool2d":
            image.grad = None
            found.backward(torch.ones_like(found))
            steps["mask"] = image.grad
        return steps

    return oracle


max_pool = Family("backprop.max_pool", _max_pool, _size, smallest=((4, 4), (2, 2), 2, 0))

# -------------------------------------------------------------------------------------------------- average pooling


def _average_pool(inputs: Index, outputs: Index, side: int, stride: int) -> Derivation:
    d = Derivation("backprop.average_pool", "Gradient through average pooling", "平均池化的梯度", **_givens())

    @d.step(r"\operatorname{avgpool}\left($x\right)", symbol="O", zh="池化输出", final=True)
    def output(x: Matrix, k: int, s: int) -> Matrix:
        """Pooled output."""
        found = windows(outputs, k, s)
        return _routed(outputs, ((o, quotient(sum(x[i] for i in window), k * k)) for o, window in found))

    @d.step(
        _share_formula(inputs, outputs, side, stride),
        symbol=r"\frac{\partial L}{\partial X}",
        zh="输入的梯度：每个输出的梯度平均分给其窗口中的各输入",
    )
    def input_gradient(delta: Matrix, k: int, s: int) -> Matrix:
        """Gradient of the input: each output's gradient is shared out evenly over its window."""
        return _shared(delta, inputs, k, s, k * k)

    @d.misconception("backprop/pool-copied-to-all", replaces="input_gradient")
    def _(delta: Matrix) -> Matrix:
        return _shared(delta, inputs, side, stride, 1)

    @d.misconception("backprop/pool-to-largest", replaces="input_gradient")
    def _(x: Matrix, delta: Matrix) -> Matrix:
        found = windows(outputs, side, stride)
        return _routed(inputs, ((_winner(x, window), delta[o]) for o, window in found))

    @d.misconception("backprop/pool-divided-by-side", replaces="input_gradient")
    def _(delta: Matrix) -> Matrix:
        return _shared(delta, inputs, side, stride, side)

    d.oracle(_oracle("avg_pool2d"))
    return d


average_pool = Family("backprop.average_pool", _average_pool, _size, smallest=((4, 4), (2, 2), 2, 0))


def _average_upsample(outputs: Index, side: int, stride: int) -> Derivation:
    inputs = tuple((o - 1) * (stride or side) + side for o in outputs)
    d = Derivation(
        "backprop.average_upsample",
        "Gradient through average pooling, from the gradient at its output alone",
        "平均池化的误差上采样（仅需输出处的梯度）",
        delta=_DELTA,
        k=_K,
        s=_S,
    )

    @d.step(_share_formula(inputs, outputs, side, stride), symbol=r"\frac{\partial L}{\partial X}", zh="输入的梯度")
    def input_gradient(delta: Matrix, k: int, s: int) -> Matrix:
        """Gradient of the input."""
        return _shared(delta, inputs, k, s, k * k)

    @d.misconception("backprop/pool-copied-to-all", replaces="input_gradient")
    def _(delta: Matrix) -> Matrix:
        return _shared(delta, inputs, side, stride, 1)

    @d.oracle
    def _(delta: Matrix, k: int, s: int) -> Mapping[str, Any]:
        import torch

        image = torch.zeros(inputs, dtype=torch.float64, requires_grad=True)
        torch.nn.functional.avg_pool2d(image[None, None], k, s or k)[0, 0].backward(torch_tensor(delta))
        return {"input_gradient": image.grad}

    return d


average_upsample = Family(
    "backprop.average_upsample",
    _average_upsample,
    lambda givens: (givens["delta"].shape, givens["k"], givens["s"]),
    smallest=((2, 2), 2, 0),
)
