"""Back-propagation through a single neuron with several inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.backprop.functions import activate, activation_of, is_fused
from solvers.backprop.givens import LOSS_FUNCTION, RATE, activation
from solvers.backprop.oracle import activated, sample_losses, slope_at
from solvers.backprop.scalar import TARGET, add_delta, add_delta_of_loss, add_loss, add_update, partial
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, number, vector
from solvers.oracles import torch_tensor
from solvers.values import Number, Vector

_DELTA = {"symbol": r"\delta", "en": "Delta of the neuron", "zh": "神经元的误差项"}
_STEPS = {"z": "z", "z_symbol": "z", "slope_step": "slope", "delta": "delta"}


def _inputs() -> dict[str, Given]:
    return {
        "x": vector("x", "inputs", "输入", axes=("d",)),
        "w": vector("w", "weights", "权重", axes=("d",)),
        "b": number("b", "bias", "偏置", default=0),
        "activation": activation("activation", "activation of the neuron", "神经元的激活函数"),
    }


def _add_forward(d: Derivation, activation: str) -> None:
    @d.step(r"$w^\top $x + $b", symbol="z", zh="加权和（净输入）")
    def z(w: Vector, x: Vector, b: Number) -> Number:
        """Weighted sum of the inputs."""
        return w @ x + b

    d.step(
        activation_of(activation).formula,
        symbol="a",
        name="output",
        en="Output of the neuron",
        zh="神经元的输出",
        final=True,
    )(activate)

    @d.misconception("backprop/bias-forgotten", replaces="z")
    def _(w: Vector, x: Vector) -> Number:
        return w @ x


def _add_gradients(d: Derivation) -> None:
    @d.step("$delta $x", symbol=partial("w"), zh="权重的梯度", final=True)
    def w_gradient(delta: Number, x: Vector) -> Vector:
        """Gradient of the weights."""
        return delta * x

    @d.step("$delta", symbol=partial("b"), zh="偏置的梯度", final=True)
    def b_gradient(delta: Number) -> Number:
        """Gradient of the bias."""
        return delta

    @d.step("$delta $w", symbol=partial("x"), zh="输入的梯度", final=True)
    def x_gradient(delta: Number, w: Vector) -> Vector:
        """Gradient of the inputs."""
        return delta * w

    @d.misconception("backprop/inputs-in-biases", replaces="b_gradient")
    def _(delta: Number, x: Vector) -> Number:
        return delta * sum(x)

    @d.misconception("backprop/input-left-out", replaces="w_gradient")
    def _(delta: Number, x: Vector) -> Vector:
        return np.full(x.shape, delta, dtype=object)

    @d.misconception("backprop/input-for-weight", replaces="x_gradient")
    def _(delta: Number, x: Vector) -> Vector:
        return delta * x

    @d.misconception("backprop/weight-for-input", replaces="w_gradient")
    def _(delta: Number, w: Vector) -> Vector:
        return delta * w


def _unit(activation: str) -> Derivation:
    d = Derivation(
        "backprop.unit",
        "Gradients of one neuron, from the gradient that arrives at its output",
        "单个神经元的梯度（已知传到其输出的梯度）",
        **_inputs(),
        upstream=number("g", "gradient that arrives at the output", "传到输出的梯度", default=1),
    )
    _add_forward(d, activation)
    add_delta(d, activation, a="output", error="upstream", **_STEPS, **_DELTA)
    _add_gradients(d)

    @d.oracle
    def _(x: Vector, w: Vector, b: Number, activation: str, upstream: Number) -> dict[str, Any]:
        import torch

        leaves = [torch_tensor(value).requires_grad_() for value in (x, w, b)]
        z = torch.nn.functional.linear(leaves[0], leaves[1].unsqueeze(0), leaves[2].reshape(1))
        output = activated(z, activation)
        found = torch.autograd.grad(output, [z, *leaves], torch_tensor(upstream).reshape(1))
        return _torch_steps(z, output, activation, found)

    return d


def _torch_steps(z: Any, output: Any, activation: str, found: tuple[Any, ...]) -> dict[str, Any]:
    steps = {
        "z": z.item(),
        "output": output.item(),
        "delta": found[0].item(),
        "x_gradient": found[1],
        "w_gradient": found[2],
        "b_gradient": found[3].item(),
    }
    return steps if activation == "linear" else {**steps, "slope": slope_at(z, activation).item()}


unit = Family("backprop.unit", _unit, lambda givens: (givens["activation"],), smallest=("sigmoid",))


def _neuron(activation: str, loss: str) -> Derivation:
    d = Derivation(
        "backprop.neuron",
        "One neuron: forward pass, loss, gradients and a step of gradient descent",
        "单个神经元：前向计算、损失、梯度与一次梯度下降",
        **_inputs(),
        target=TARGET,
        loss_function=LOSS_FUNCTION,
        rate=RATE,
    )
    _add_forward(d, activation)
    add_loss(d, loss, "output")
    add_delta_of_loss(d, activation, loss, output="output", output_symbol="a", **_STEPS, **_DELTA)
    _add_gradients(d)
    for letter, en, zh in (("w", "weights", "权重"), ("b", "bias", "偏置")):
        add_update(
            d,
            f"{letter}_updated",
            value=letter,
            gradient=f"{letter}_gradient",
            symbol=letter,
            en=f"Updated {en}",
            zh=f"更新后的{zh}",
        )
    d.oracle(_neuron_oracle)
    return d


def _neuron_oracle(
    *, x: Vector, w: Vector, b: Number, target: Number, activation: str, loss_function: str, rate: Number
) -> dict[str, Any]:
    import torch

    x_, w_, b_ = (torch_tensor(value).requires_grad_() for value in (x, w, b))
    z = torch.nn.functional.linear(x_, w_.unsqueeze(0), b_.reshape(1))
    output = activated(z, activation)
    loss = sample_losses(z, output, torch_tensor(target).reshape(1), activation, loss_function)
    fused = is_fused(activation, loss_function)
    found = torch.autograd.grad(loss, [z, x_, w_, b_] + ([] if fused else [output]), retain_graph=True)
    steps = {**_torch_steps(z, output, activation, found), "loss": loss.item()}
    if fused:
        del steps["slope"]
    else:
        steps["error"] = found[-1].item()
    loss.backward()
    torch.optim.SGD([w_, b_], lr=float(rate)).step()
    return {**steps, "w_updated": w_.detach(), "b_updated": b_.item()}


neuron = Family(
    "backprop.neuron",
    _neuron,
    lambda givens: (givens["activation"], givens["loss_function"]),
    smallest=("sigmoid", "squared_error"),
)
