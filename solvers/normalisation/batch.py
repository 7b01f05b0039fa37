"""Batch norm: in training with its running averages, in use, and the running averages over several batches."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import sqrt
from solvers.givens import Given, number, vector
from solvers.normalisation import shared
from solvers.oracles import torch_tensor
from solvers.values import Number, Vector

# ------------------------------------------------------------------------------------------------ batch norm in training

RUNNING: dict[str, Given] = {
    "momentum": number(
        "m", "weight of the new batch in the running averages", "滑动平均中新批次的权重", default=Fraction(1, 10)
    ),
    "running_mean": number("r", "running mean before", "此前的滑动均值", default=0),
    "running_var": number("q", "running variance before", "此前的滑动方差", default=1),
}

batch_norm = Derivation(
    "norm.batch_norm",
    "Batch normalisation of one feature over a batch, and the running averages (as in PyTorch)",
    "一个特征在一批样本上的批量归一化及滑动平均（与 PyTorch 一致）",
    x=vector("x", "values of the feature, one per sample", "该特征在各样本上的值"),
    **shared.gain(),
    eps=shared.EPSILON,
    **RUNNING,
)
shared.add_statistics(batch_norm)


def _running(old: Number, new: Number, momentum: Number) -> Number:
    return (1 - momentum) * old + momentum * new


def _running_swapped(old: Number, new: Number, momentum: Number) -> Number:
    return momentum * old + (1 - momentum) * new


batch_norm.step(
    r"\frac{\operatorname{sum}\left(($x - $mean)^2\right)}{\operatorname{len}\left($x\right) - 1}",
    symbol="s^2",
    zh="样本方差（除以个数减一）",
    en="Sample variance, divided by the count less one",
    name="sample_variance",
)(shared.sample_variance)
for _name, _old, _new, _symbol, _en, _zh in (
    ("new_running_mean", "running_mean", "mean", "r'", "Running mean afterwards", "更新后的滑动均值"),
    ("new_running_var", "running_var", "sample_variance", "q'", "Running variance afterwards", "更新后的滑动方差"),
):
    _inputs = {"old": _old, "new": _new}
    batch_norm.step(
        "(1 - $momentum) $old + $momentum $new", symbol=_symbol, zh=_zh, en=_en, name=_name, final=True, inputs=_inputs
    )(_running)
    batch_norm.convention("convention/momentum-of-the-old", replaces=_name, inputs=_inputs)(_running_swapped)
batch_norm.convention(
    "convention/population-variance", replaces="new_running_var", inputs={"old": "running_var", "new": "variance"}
)(_running)
batch_norm.misconception("norm/deviation-averaged", replaces="new_running_var")(
    lambda running_var, variance, momentum: _running(running_var, sqrt(variance), momentum)
)
batch_norm.misconception("norm/batch-for-running", replaces="new_running_mean")(lambda mean: mean)
batch_norm.misconception("norm/batch-for-running", replaces="new_running_var")(lambda sample_variance: sample_variance)
shared.add_output(batch_norm)


@batch_norm.oracle
def _(
    x: Vector, gamma: Number, beta: Number, eps: Number, momentum: Number, running_mean: Number, running_var: Number
) -> dict[str, Any]:
    import torch

    layer = torch.nn.BatchNorm1d(1, eps=shared.positive(eps), momentum=float(momentum), dtype=torch.float64)
    with torch.no_grad():
        layer.running_mean.fill_(float(running_mean))
        layer.running_var.fill_(float(running_var))
        plain = torch.nn.functional.batch_norm(
            torch_tensor(x).reshape(-1, 1), None, None, training=True, eps=shared.positive(eps)
        )
        layer.weight.fill_(float(gamma))
        layer.bias.fill_(float(beta))
        output = layer(torch_tensor(x).reshape(-1, 1))
    values = torch_tensor(x)
    return {
        "mean": values.mean().item(),
        "variance": torch.var(values, correction=0).item(),
        "sample_variance": torch.var(values).item(),
        "normalised": plain.flatten(),
        "output": output.flatten(),
        "new_running_mean": layer.running_mean.item(),
        "new_running_var": layer.running_var.item(),
    }


# -------------------------------------------------------------------------------------------------- batch norm in use

batch_norm_inference = Derivation(
    "norm.batch_norm_inference",
    "Batch normalisation in use: with running averages, and as one straight line slope * x + offset",
    "推理时的批量归一化：使用滑动平均，并写成一次函数",
    x=number("x", "value of the feature", "该特征的值"),
    mean=number(r"\mu", "running mean", "滑动均值"),
    var=number("v", "running variance", "滑动方差", least=0),
    **shared.gain(),
    eps=shared.EPSILON,
)


@batch_norm_inference.step(r"\frac{$x - $mean}{\sqrt{$var + $eps}}", symbol=r"\hat{x}", zh="归一化后的值")
def normalised(x: Number, mean: Number, var: Number, eps: Number) -> Number:
    """Normalised value."""
    return shared.normalised(x, mean, var, eps)


batch_norm_inference.step("$gamma $normalised + $beta", symbol="y", zh="输出", en="Output", name="output", final=True)(
    shared.scaled
)


@batch_norm_inference.step(r"\frac{$gamma}{\sqrt{$var + $eps}}", symbol="a", zh="一次函数的斜率")
def slope(gamma: Number, var: Number, eps: Number) -> Number:
    """Slope of the straight line."""
    return shared.over(gamma, sqrt(var + eps))


@batch_norm_inference.step("$beta - $slope $mean", symbol="c", zh="一次函数的截距")
def offset(beta: Number, slope: Number, mean: Number) -> Number:
    """Offset of the straight line."""
    return beta - slope * mean


batch_norm_inference.misconception("norm/root-forgotten", replaces="normalised", variance="var")(shared.by_variance)
batch_norm_inference.misconception("norm/epsilon-left-out", replaces="normalised", variance="var")(
    shared.epsilon_left_out
)
batch_norm_inference.misconception("norm/epsilon-outside-root", replaces="normalised", variance="var")(
    shared.epsilon_outside
)
batch_norm_inference.misconception("norm/epsilon-left-out", replaces="slope")(
    lambda gamma, var: shared.over(gamma, sqrt(var))
)
batch_norm_inference.misconception("norm/epsilon-outside-root", replaces="slope")(
    lambda gamma, var, eps: shared.over(gamma, sqrt(var) + eps)
)
batch_norm_inference.misconception("norm/mean-not-subtracted", replaces="normalised", variance="var")(
    shared.not_centred
)
batch_norm_inference.misconception("norm/gain-and-bias-left-out", replaces="output")(shared.unscaled)
batch_norm_inference.misconception("norm/gain-and-bias-exchanged", replaces="output")(shared.gain_and_bias_exchanged)
shared.add_half_outputs(batch_norm_inference)
batch_norm_inference.misconception("norm/deviation-left-out", replaces="slope")(lambda gamma: gamma)
batch_norm_inference.misconception("norm/mean-added", replaces="offset")(lambda beta, slope, mean: beta + slope * mean)


@batch_norm_inference.misconception("norm/root-forgotten", replaces="slope")
def _(gamma: Number, var: Number, eps: Number) -> Number:
    return shared.over(gamma, var + eps)


@batch_norm_inference.misconception("norm/mean-not-subtracted", replaces="offset")
def _(beta: Number) -> Number:
    return beta


@batch_norm_inference.misconception("norm/offset-not-scaled", replaces="offset")
def _(beta: Number, mean: Number) -> Number:
    return beta - mean


@batch_norm_inference.oracle
def _(x: Number, mean: Number, var: Number, gamma: Number, beta: Number, eps: Number) -> dict[str, Any]:
    import torch

    layer = torch.nn.BatchNorm1d(1, eps=shared.positive(eps), dtype=torch.float64).eval()
    with torch.no_grad():
        layer.running_mean.fill_(float(mean))
        layer.running_var.fill_(float(var))
        plain = layer(torch_tensor(x).reshape(1, 1)).item()
        layer.weight.fill_(float(gamma))
        layer.bias.fill_(float(beta))
        at = [layer(torch.full((1, 1), place, dtype=torch.float64)).item() for place in (0.0, 1.0, float(x))]
    return {"normalised": plain, "output": at[2], "slope": at[1] - at[0], "offset": at[0]}


# ------------------------------------------------------------------------------------------- running averages over batches


def _running_average(length: int) -> Derivation:
    d = Derivation(
        "norm.running_average",
        "Running average over several batches",
        "多个批次上的滑动平均",
        b=vector("b", "statistic of each batch (mean or variance)", "各批次的统计量（均值或方差）"),
        r=number("r_0", "running average at the start", "滑动平均的初值", default=0),
        momentum=number("m", "weight of the new batch", "新批次的权重", default=Fraction(1, 10)),
    )
    for step in range(1, length + 1):
        place = step - 1
        inputs = {"old": f"running_{place}" if place else "r"}

        def rule(old: Number, b: Vector, momentum: Number, place: int = place) -> Number:
            return _running(old, b[place], momentum)

        def in_full(old: Number, b: Vector, momentum: Number, place: int = place) -> Number:
            return old + momentum * b[place]

        def swapped(old: Number, b: Vector, momentum: Number, place: int = place) -> Number:
            return _running_swapped(old, b[place], momentum)

        d.step(
            f"(1 - $momentum) $old + $momentum $b[{place}]",
            symbol=f"r_{{{step}}}",
            zh=f"第 {step} 批之后的滑动平均",
            en=f"Running average after batch {step}",
            name=f"running_{step}",
            inputs=inputs,
        )(rule)
        d.convention("convention/momentum-of-the-old", replaces=f"running_{step}", inputs=inputs)(swapped)
        d.misconception("norm/old-in-full", replaces=f"running_{step}", inputs=inputs)(in_full)

    d.misconception("norm/begun-with-first-batch", replaces="running_1")(lambda b: b[0])

    @d.misconception("norm/plain-mean", replaces=f"running_{length}")
    def _(b: Vector) -> Number:
        return shared.mean(b)

    @d.oracle
    def _(b: Vector, r: Number, momentum: Number) -> dict[str, Any]:
        import torch

        layer = torch.nn.BatchNorm1d(1, momentum=float(momentum), dtype=torch.float64)
        assert layer.running_mean is not None
        layer.running_mean.fill_(float(r))
        found = {}
        for step, statistic in enumerate(torch_tensor(b), start=1):
            layer(statistic.reshape(1, 1).expand(2, 1))
            found[f"running_{step}"] = layer.running_mean.item()
        return found

    return d


running_average = Family("norm.running_average", _running_average, lambda givens: (len(givens["b"]),), smallest=(2,))
