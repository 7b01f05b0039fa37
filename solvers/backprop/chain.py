"""Back-propagation through a chain of neurons, one per layer: where gradients vanish."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from solvers.backprop.functions import ACTIVATIONS, activate, activation_of, is_fused
from solvers.backprop.givens import HIDDEN_ACTIVATION, LOSS_FUNCTION, RATE
from solvers.backprop.mistakes import declare_step_mistakes
from solvers.backprop.oracle import activated, sample_losses, slope_at
from solvers.backprop.scalar import TARGET, add_delta, add_delta_of_loss, add_loss, partial
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import number, vector, word
from solvers.oracles import torch_tensor
from solvers.values import Number, Value, Vector

_LAST = word(
    r"\text{output activation}",
    "activation of the last neuron; same: that of the others",
    "最后一个神经元的激活函数；same 表示与其他神经元相同",
    words=("same", *ACTIVATIONS),
    default="same",
)


def _chain(length: int, activation: str, last: str, loss: str) -> Derivation:
    d = Derivation(
        "backprop.chain",
        "Back-propagation through a chain of neurons, one per layer",
        "每层一个神经元的链式网络的反向传播",
        x=number("x", "input", "输入"),
        w=vector("w", "weights, one per layer", "各层的权重", axes=("layers",)),
        b=vector("b", "biases, one per layer", "各层的偏置", axes=("layers",), default=0),
        target=TARGET,
        activation=HIDDEN_ACTIVATION,
        output_activation=_LAST,
        loss_function=LOSS_FUNCTION,
        rate=RATE,
    )
    for n in range(1, length + 1):
        _add_forward(d, n, last if n == length else activation, is_last=n == length)
    add_loss(d, loss, f"a{length}")
    for n in range(length, 0, -1):
        words: dict[str, Any] = {
            "symbol": rf"\delta_{n}",
            "en": f"Delta of neuron {n}",
            "zh": f"第 {n} 个神经元的误差项",
        }
        names: dict[str, Any] = {"z": f"z{n}", "z_symbol": f"z_{n}", "slope_step": f"slope{n}", "delta": f"delta{n}"}
        if n == length:
            word_ = "output_activation"
            add_delta_of_loss(d, last, loss, output=f"a{n}", output_symbol=f"a_{n}", word=word_, **names, **words)
        else:
            _add_error(d, n)
            add_delta(d, activation, a=f"a{n}", error=f"error{n}", **names, **words)
    _add_gradients(d, length)
    if length > 1 and "linear" not in (activation, last) and not is_fused(last, loss):
        d.misconception("backprop/output-derivative-missing", replaces=f"delta{length}")(lambda error: error)
        for n in range(1, length):
            d.misconception("backprop/hidden-derivative-missing", replaces=f"delta{n}", error=f"error{n}")(
                lambda error: error
            )
    d.oracle(_chain_oracle)
    return d


def _add_forward(d: Derivation, n: int, activation: str, *, is_last: bool) -> None:
    before = "x" if n == 1 else f"a{n - 1}"
    at = n - 1
    words: dict[str, Any] = {"en": f"Weighted sum of neuron {n}", "zh": f"第 {n} 个神经元的加权和"}
    d.step(f"$w[{at}] $a + $b[{at}]", symbol=f"z_{n}", name=f"z{n}", a=before, **words)(_indexed(_weighted_sum, at))
    d.misconception("backprop/bias-forgotten", replaces=f"z{n}", a=before)(_indexed(_without_bias, at))
    names: dict[str, Any] = {
        "z": f"z{n}",
        "symbol": f"a_{n}",
        "name": f"a{n}",
        "en": f"Activation of neuron {n}",
        "zh": f"第 {n} 个神经元的输出",
    }
    formula = activation_of(activation).formula
    if is_last:
        d.step(formula, **names)(_activate_last)
    else:
        d.step(formula, **names)(activate)


def _activate_last(z: Number, activation: str, output_activation: str) -> Number:
    return activate(z, activation if output_activation == "same" else output_activation)


def _weighted_sum(at: int, w: Vector, a: Number, b: Vector) -> Number:
    return w[at] * a + b[at]


def _without_bias(at: int, w: Vector, a: Number) -> Number:
    return w[at] * a


def _indexed(rule: Callable[..., Value], at: int) -> Callable[..., Value]:
    """The rule for the layer at this index."""
    from functools import partial as bound

    return bound(rule, at)


def _add_error(d: Derivation, n: int) -> None:
    """Adds what arrives at neuron n: the next delta times the weight between them."""
    names: dict[str, Any] = {"name": f"error{n}", "symbol": partial(f"a_{n}"), "delta": f"delta{n + 1}"}
    en, zh = f"Gradient of the loss at the activation of neuron {n}", f"损失对第 {n} 个神经元输出的梯度"

    @d.step(f"$w[{n}] $delta", en=en, zh=zh, **names)
    def _(w: Vector, delta: Number) -> Number:
        return w[n] * delta

    step, delta = f"error{n}", f"delta{n + 1}"
    d.misconception("backprop/weights-left-out", replaces=step, delta=delta)(lambda delta: delta)
    d.misconception("backprop/own-weight", replaces=step, delta=delta)(lambda w, delta: w[n - 1] * delta)
    d.misconception("backprop/updated-weights-used", replaces=step, delta=delta, w_updated=f"w{n + 1}_updated")(
        lambda w_updated, delta: w_updated * delta
    )


def _add_gradients(d: Derivation, length: int) -> None:
    for n in range(length, 0, -1):
        before, delta, at = "x" if n == 1 else f"a{n - 1}", f"delta{n}", n - 1
        d.step(
            "$delta $a",
            symbol=partial(f"w_{n}"),
            name=f"w{n}_gradient",
            en=f"Gradient of weight {n}",
            zh=f"第 {n} 个权重的梯度",
            delta=delta,
            a=before,
        )(lambda delta, a: delta * a)
        d.misconception("backprop/own-activation", replaces=f"w{n}_gradient", delta=delta, a=f"a{n}")(
            lambda delta, a: delta * a
        )
        d.misconception("backprop/input-left-out", replaces=f"w{n}_gradient", delta=delta)(lambda delta: delta)
        d.step(
            "$delta",
            symbol=partial(f"b_{n}"),
            name=f"b{n}_gradient",
            en=f"Gradient of bias {n}",
            zh=f"第 {n} 层偏置的梯度",
            delta=delta,
        )(lambda delta: delta)
        for letter, en, zh in (("w", "weight", "权重"), ("b", "bias", "偏置")):
            _add_update(d, letter, at, en, zh)

    @d.step("$w[0] $delta1", symbol=partial("x"), zh="损失对输入的梯度", final=True)
    def input_gradient(w: Vector, delta1: Number) -> Number:
        """Gradient of the loss at the input."""
        return w[0] * delta1


def _add_update(d: Derivation, letter: str, at: int, en: str, zh: str) -> None:
    n = at + 1
    gradient = f"{letter}{n}_gradient"
    step = f"{letter}{n}_updated"

    def updated(values: Vector, rate: Number, gradient: Number) -> Number:
        return values[at] - rate * gradient

    d.step(
        f"$values[{at}] - $rate $gradient",
        symbol=rf"{letter}_{n}^{{\text{{new}}}}",
        name=step,
        en=f"Updated {en} {n}",
        zh=f"更新后的第 {n} 层{zh}",
        final=True,
        values=letter,
        gradient=gradient,
    )(updated)
    declare_step_mistakes(d, step, value=letter, gradient=gradient, at=at)


def _chain_oracle(**givens: Value) -> Mapping[str, Any]:
    import torch

    w, b = (torch_tensor(givens[name]).requires_grad_() for name in "wb")
    first, last, loss_function = givens["activation"], givens["output_activation"], givens["loss_function"]
    length = len(w)
    names = [first] * (length - 1) + [first if last == "same" else last]
    values, sums = [torch_tensor(givens["x"]).reshape(1).requires_grad_()], []
    for n, name in enumerate(names):
        sums.append(torch.addcmul(b[n : n + 1], w[n : n + 1], values[-1]))
        values.append(activated(sums[-1], name))
    loss = sample_losses(sums[-1], values[-1], torch_tensor(givens["target"]).reshape(1), names[-1], loss_function)
    fused = is_fused(names[-1], loss_function)
    found_sums = torch.autograd.grad(loss, sums, retain_graph=True)
    found_values = torch.autograd.grad(loss, values[:-1] if fused else values, retain_graph=True)
    steps = {"loss": loss.item(), "input_gradient": found_values[0].item()}
    for n, (name, z) in enumerate(zip(names, sums, strict=True), 1):
        steps.update({f"z{n}": z.item(), f"a{n}": values[n].item(), f"delta{n}": found_sums[n - 1].item()})
        if not (fused and n == length):
            steps[f"error{n}" if n < length else "error"] = found_values[n].item()
            if name != "linear":
                steps[f"slope{n}"] = slope_at(z, name).item()
    loss.backward()
    for letter, leaf in (("w", w), ("b", b)):
        steps.update({f"{letter}{n}_gradient": slot.item() for n, slot in enumerate(leaf.grad, 1)})
    torch.optim.SGD([w, b], lr=float(givens["rate"])).step()
    for letter, leaf in (("w", w), ("b", b)):
        steps.update({f"{letter}{n}_updated": slot.item() for n, slot in enumerate(leaf.detach(), 1)})
    return steps


def _size(givens: Mapping[str, Value]) -> tuple[Any, ...]:
    first, last = givens["activation"], givens["output_activation"]
    return len(givens["w"]), first, first if last == "same" else last, givens["loss_function"]


chain = Family("backprop.chain", _chain, _size, smallest=(2, "sigmoid", "sigmoid", "squared_error"))
