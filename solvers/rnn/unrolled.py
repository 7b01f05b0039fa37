"""A simple recurrent network unrolled over a sequence: its states, its outputs, and the losses of all time steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from solvers.backprop.functions import activate
from solvers.backprop.oracle import activated, sample_losses
from solvers.backprop.recurrent_forward import (
    Output,
    add_hidden,
    add_loss,
    add_output,
    add_total_loss,
    state_before,
    target_of_step,
)
from solvers.backprop.recurrent_parts import NUMBERS, VECTORS, Parts, recurrent_givens
from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.family import Family
from solvers.functions import sigmoid, tanh
from solvers.oracles import torch_tensor
from solvers.rules import taking, turning
from solvers.values import Value

Reach = Literal["hidden", "outputs", "losses"]
"""How far a derivation goes: the states only, the outputs too, the losses too."""
_GIVENS = {
    "hidden": ("v", "V", "c", "output_activation", "loss_function", "target"),
    "outputs": ("loss_function", "target"),
    "losses": (),
}
_TITLES = {
    "hidden": ("hidden states", "隐状态"),
    "outputs": ("hidden states and outputs", "隐状态与输出"),
    "losses": ("hidden states, outputs and total loss", "隐状态、输出与总损失"),
}


def _build(parts: Parts, reach: Reach, length: int, activation: str, out: Output) -> Derivation:
    left_out = {"rate", *_GIVENS[reach]}
    givens = {name: given for name, given in recurrent_givens(parts, every=True).items() if name not in left_out}
    one = parts.form == "number"
    en, zh = _TITLES[reach]
    d = Derivation(
        _called(parts, reach),
        f"A simple recurrent network {'with one unit ' if one else ''}over a sequence: {en}",
        f"{'单个单元的' if one else ''}简单循环网络沿序列的计算：{zh}",
        **givens,
    )
    for t in range(1, length + 1):
        add_hidden(d, parts, t, activation)
        _add_hidden_mistakes(d, parts, t, activation, feeds_back=one and reach != "hidden")
        if reach != "hidden":
            add_output(d, parts, t, out, final=reach == "outputs")
            _add_output_mistakes(d, parts, t, squashes=out.activation == "linear" and activation == "tanh")
        if reach == "losses":
            add_loss(d, parts, t, out, target_of_step(t))
    if reach == "losses":
        add_total_loss(d, list(range(1, length + 1)))
        _add_loss_mistakes(d, [f"loss_{t}" for t in range(1, length + 1)], halved=out.loss == "squared_error")
    d.oracle(_oracle(parts, reach))
    return d


def _add_hidden_mistakes(d: Derivation, parts: Parts, t: int, activation: str, *, feeds_back: bool) -> None:
    z, state = f"z_{t}", f"hidden_{t}"
    names = {"W": parts.W, "U": parts.U, "h": state_before(t)}
    if activation != "linear":
        d.misconception("rnn/activation-forgotten", replaces=state, z=z)(lambda z: z)
    if activation == "tanh":
        d.misconception("rnn/sigmoid-for-tanh", replaces=state, x=z)(sigmoid)
    if parts.form != "number":

        def right(W: Value, x: Value, U: Value, h: Value, b: Value) -> Value:
            return W @ x[t - 1] + U @ h + b

        d.convention("convention/row-vectors", replaces=z, inputs=names)(turning(right, "W", "U"))
    swapped = "rnn/weights-swapped" if parts.form == "number" else "rnn/weights-transposed"

    @d.misconception(swapped, replaces=z, inputs=names)
    def _(W: Value, x: Value, U: Value, h: Value, b: Value) -> Value:
        return W * h + U * x[t - 1] + b if parts.form == "number" else W @ x[t - 1] + U.T @ h + b

    _add_term_mistakes(d, parts, t, activation)
    if t > 1:

        @d.misconception("rnn/weighted-sum-carried", replaces=z, W=parts.W, U=parts.U, before=f"z_{t - 1}")
        def carried(W: Value, x: Value, U: Value, before: Value, b: Value) -> Value:
            return parts.times(W, x[t - 1]) + parts.times(U, before) + b

    if t > 1 and feeds_back:

        @d.misconception("rnn/output-fed-back", replaces=z, W=parts.W, U=parts.U, output=f"output_{t - 1}")
        def fed_back(W: Value, x: Value, U: Value, output: Value, b: Value) -> Value:
            return W * x[t - 1] + U * output + b


def _add_term_mistakes(d: Derivation, parts: Parts, t: int, activation: str) -> None:
    """What goes wrong with a single term of the weighted sum: added behind the activation, or without its weight."""
    z, state = f"z_{t}", f"hidden_{t}"
    names = {"W": parts.W, "U": parts.U, "h": state_before(t)}
    if activation != "linear":
        d.misconception("rnn/bias-after-activation", replaces=state, z=z)(lambda z, b: activate(z - b, activation) + b)
    if t == 1:
        return

    @d.misconception("rnn/state-not-weighted", replaces=z, W=parts.W, h=names["h"])
    def unweighted(W: Value, x: Value, h: Value, b: Value) -> Value:
        return parts.times(W, x[t - 1]) + h + b

    if activation != "linear":

        @d.misconception("rnn/state-added-after", replaces=state, inputs=names)
        def added_after(W: Value, x: Value, U: Value, h: Value, b: Value) -> Value:
            return activate(parts.times(W, x[t - 1]) + b, activation) + parts.times(U, h)


def _add_output_mistakes(d: Derivation, parts: Parts, t: int, *, squashes: bool) -> None:
    if squashes:
        d.misconception("rnn/output-squashed", replaces=f"output_{t}", x=f"score_{t}")(tanh)
    if parts.form != "number":

        def right(V: Value, h: Value, c: Value) -> Value:
            return V @ h + c

        d.convention("convention/row-vectors", replaces=f"score_{t}", V=parts.V, h=f"hidden_{t}")(turning(right, "V"))

    @d.misconception("rnn/output-bias-forgotten", replaces=f"score_{t}", V=parts.V, h=f"hidden_{t}")
    def _(V: Value, h: Value) -> Value:
        return parts.times(V, h)

    @d.misconception("rnn/output-from-old-state", replaces=f"score_{t}", V=parts.V, h=state_before(t))
    def _(V: Value, h: Value, c: Value) -> Value:
        return parts.times(V, h) + c


def _add_loss_mistakes(d: Derivation, names: list[str], *, halved: bool) -> None:
    if halved:
        d.convention("convention/squared-error-without-half", replaces="loss")(
            taking(names, lambda losses: 2 * sum(losses.values()))
        )
    if len(names) == 1:
        return
    d.convention("convention/mean-for-sum", replaces="loss")(
        taking(names, lambda losses: divided(sum(losses.values()), len(names)))
    )
    d.misconception("rnn/last-loss-only", replaces="loss")(taking(names[-1:], lambda losses: losses[names[-1]]))


def _oracle(parts: Parts, reach: Reach) -> Callable[..., Mapping[str, Any]]:
    def oracle(**givens: Value) -> Mapping[str, Any]:
        import torch

        def of_rank(name: str, rank: int) -> Any:
            value = torch_tensor(givens[name])
            return value if value.dim() == rank else value.reshape((1,) * rank)

        W, U, b = of_rank(parts.W, 2), of_rank(parts.U, 2), of_rank("b", 1)
        xs, h = torch_tensor(givens["x"]).reshape(-1, W.shape[1]), of_rank("h0", 1)
        steps: dict[str, Any] = {}
        losses = []
        for t, x in enumerate(xs, 1):
            z = torch.cat([W, U], dim=1) @ torch.cat([x, h]) + b
            h = _state(z, (W, U, b), x, h, str(givens["activation"]))
            steps.update({f"z_{t}": z, f"hidden_{t}": h})
            if reach == "hidden":
                continue
            scores = torch.nn.functional.linear(h, of_rank(parts.V, 2), of_rank("c", 1))
            output = activated(scores, givens["output_activation"])
            steps.update({f"score_{t}": scores, f"output_{t}": output})
            if reach == "losses":
                target = torch_tensor(givens["target"]).reshape(len(xs), -1)[t - 1]
                losses.append(
                    sample_losses(scores, output, target, givens["output_activation"], givens["loss_function"])
                )
                steps[f"loss_{t}"] = losses[-1].item()
        if losses:
            steps["loss"] = torch.stack(losses).sum().item()
        if parts.form == "number":
            return {name: value if isinstance(value, float) else value.item() for name, value in steps.items()}
        return steps

    return oracle


def _state(z: Any, weights: tuple[Any, Any, Any], x: Any, h: Any, activation: str) -> Any:
    """The new state by `torch.nn.RNNCell`, which knows tanh and ReLU; else from the weighted sum."""
    import torch

    if activation not in ("tanh", "relu"):
        return activated(z, activation)
    cell = torch.nn.RNNCell(*reversed(weights[0].shape), nonlinearity=activation, dtype=torch.float64)
    with torch.no_grad():
        for parameter, value in zip((cell.weight_ih, cell.weight_hh, cell.bias_ih), weights, strict=True):
            parameter.copy_(value)
        cell.bias_hh.zero_()
        return cell(x, h)


def _called(parts: Parts, reach: Reach) -> str:
    return f"rnn.{reach}_scalar" if parts.form == "number" else f"rnn.{reach}"


def _family(parts: Parts, reach: Reach) -> Family:
    def size(givens: Mapping[str, Value]) -> tuple[Any, ...]:
        outputs = len(givens["c"]) if reach != "hidden" and parts.form != "number" else 1
        words = (givens.get("output_activation", "linear"), givens.get("loss_function", "squared_error"))
        return len(givens["x"]), givens["activation"], *words, outputs

    def build(length: int, activation: str, *out: Any) -> Derivation:
        return _build(parts, reach, length, activation, Output(*out))

    return Family(_called(parts, reach), build, size, smallest=(2, "tanh", "linear", "squared_error", 1))


hidden_scalar = _family(NUMBERS, "hidden")
hidden = _family(VECTORS, "hidden")
outputs_scalar = _family(NUMBERS, "outputs")
outputs = _family(VECTORS, "outputs")
losses_scalar = _family(NUMBERS, "losses")
losses = _family(VECTORS, "losses")
