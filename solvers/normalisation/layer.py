"""Layer norm of one vector, of many, and beside a shortcut; batch norm of a whole matrix, to compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import matrix, vector
from solvers.normalisation import shared
from solvers.oracles import torch_tensor
from solvers.values import Matrix, Number, Value, Vector, array

# --------------------------------------------------------------------------------- batch and layer norm of a whole matrix


def _of_matrix(name: str, en: str, zh: str, per: int) -> Derivation:
    gain = shared.gain(("d",))
    d = Derivation(
        name,
        en,
        zh,
        x=matrix("X", "values, one row per sample", "各样本的值（每行一个样本）", axes=("n", "d")),
        **gain,
        eps=shared.EPSILON,
    )
    line = ("column", "每列") if per == 0 else ("row", "每行")

    def normalised(x: Matrix, mean: Vector, variance: Vector, eps: Number) -> Matrix:
        lines = x.T if per == 0 else x
        found = array([shared.normalised(row, mean[i], variance[i], eps) for i, row in enumerate(lines)])
        return found.T if per == 0 else found

    def along(axis: int, rule: Callable[..., Value]) -> Callable[..., Value]:
        return lambda x, *others, **named: shared.rows(rule, axis)(x, *others, *named.values())

    def mean(x: Matrix) -> Vector:
        return along(per, shared.mean)(x)

    def variance(x: Matrix, mean: Vector) -> Vector:
        return along(per, shared.variance)(x, mean)

    def sample_variance(x: Matrix, mean: Vector) -> Vector:
        return along(per, shared.sample_variance)(x, mean)

    def other_axis(x: Matrix, eps: Number) -> Matrix:
        lines = x if per == 0 else x.T
        found = []
        for row in lines:
            middle = shared.mean(row)
            found.append(shared.normalised(row, middle, shared.variance(row, middle), eps))
        return array(found) if per == 0 else array(found).T

    what = f"of every {line[0]}"
    d.step(
        rf"\operatorname{{mean}}_{{\text{{{line[0]}}}}} $x",
        symbol=r"\mu",
        zh=f"{line[1]}的均值",
        en=f"Mean {what}",
        name="mean",
    )(mean)
    d.step(
        rf"\operatorname{{mean}}_{{\text{{{line[0]}}}}} ($x - $mean)^2",
        symbol=r"\sigma^2",
        zh=f"{line[1]}的方差（除以个数）",
        en=f"Variance {what}, divided by the count",
        name="variance",
    )(variance)
    d.step(
        r"\frac{$x - $mean}{\sqrt{$variance + $eps}}",
        symbol=r"\hat{X}",
        zh="归一化后的值",
        en="Normalised values",
        name="normalised",
    )(normalised)
    d.convention("convention/sample-variance", replaces="variance")(sample_variance)
    d.misconception("norm/other-axis", replaces="normalised")(other_axis)
    shared.add_line_mistakes(d, normalised)
    _add_axis_mistakes(d, per)
    d.step(r"$gamma \odot $normalised + $beta", symbol="Y", zh="输出", en="Output", name="output")(shared.scaled)
    d.misconception("norm/gain-and-bias-left-out", replaces="output")(shared.unscaled)

    @d.oracle
    def _(x: Matrix, gamma: Vector, beta: Vector, eps: Number) -> dict[str, Any]:
        import torch

        values, gain, shift = torch_tensor(x), torch_tensor(gamma), torch_tensor(beta)
        function = torch.nn.functional
        if per == 0:
            plain = function.batch_norm(values, None, None, training=True, eps=shared.positive(eps))
            output = function.batch_norm(values, None, None, gain, shift, training=True, eps=shared.positive(eps))
        else:
            plain = function.layer_norm(values, (values.shape[1],), eps=shared.positive(eps))
            output = function.layer_norm(values, (values.shape[1],), gain, shift, shared.positive(eps))
        variance, middle = torch.var_mean(values, dim=per, correction=0)
        return {"mean": middle, "variance": variance, "normalised": plain, "output": output}

    return d


def _add_axis_mistakes(d: Derivation, per: int) -> None:
    """Statistics along the other axis, and over all entries at once."""

    def other_mean(x: Matrix) -> Vector:
        return shared.rows(shared.mean, 1 - per)(x)

    def other_variance(x: Matrix) -> Vector:
        return shared.rows(shared.variance, 1 - per)(x, other_mean(x))

    def whole_mean(x: Matrix) -> Vector:
        return array([shared.mean(x.flatten())] * x.shape[1 - per])

    def whole_variance(x: Matrix) -> Vector:
        return array([shared.variance(x.flatten(), shared.mean(x.flatten()))] * x.shape[1 - per])

    d.misconception("norm/other-axis", replaces="mean")(other_mean)
    d.misconception("norm/other-axis", replaces="variance")(other_variance)
    d.misconception("norm/over-everything", replaces="mean")(whole_mean)
    d.misconception("norm/over-everything", replaces="variance")(whole_variance)


batch_norm_matrix = _of_matrix(
    "norm.batch_norm_matrix",
    "Batch normalisation of several features over a batch",
    "多个特征在一批样本上的批量归一化",
    0,
)
layer_norm_matrix = _of_matrix(
    "norm.layer_norm_matrix", "Layer normalisation of several samples or tokens", "多个样本（或词元）的层归一化", 1
)


# ----------------------------------------------------------------------------------------- layer norm, alone and at a shortcut

layer_norm = Derivation(
    "norm.layer_norm",
    "Layer normalisation of one vector",
    "一个向量的层归一化",
    x=vector("x", "features of one sample", "一个样本的各特征", axes=("d",)),
    **shared.gain(("d",)),
    eps=shared.EPSILON,
)
shared.add_statistics(layer_norm)
shared.add_output(layer_norm, r" \odot ")


@layer_norm.oracle
def _(x: Vector, gamma: Vector, beta: Vector, eps: Number) -> dict[str, Any]:
    return _layer_norm_steps(torch_tensor(x), gamma, beta, eps)


def _layer_norm_steps(values: Any, gamma: Vector, beta: Vector, eps: Number) -> dict[str, Any]:
    import torch

    size, gain, shift = (len(values),), torch_tensor(gamma), torch_tensor(beta)
    variance, middle = torch.var_mean(values, correction=0)
    return {
        "mean": middle.item(),
        "variance": variance.item(),
        "normalised": torch.nn.functional.layer_norm(values, size, eps=shared.positive(eps)),
        "output": torch.nn.functional.layer_norm(values, size, gain, shift, shared.positive(eps)),
    }


post_norm = Derivation(
    "norm.post_norm",
    "Add and norm as in the original Transformer: layer norm of the shortcut's sum",
    "Transformer 原文中的“相加并归一化”：对残差和作层归一化",
    x=vector("x", "input of the sublayer", "子层的输入", axes=("d",)),
    f=vector("F(x)", "output of the sublayer", "子层的输出", axes=("d",)),
    **shared.gain(("d",)),
    eps=shared.EPSILON,
)


@post_norm.step("$x + $f", symbol="z", zh="残差和", name="total")
def _(x: Vector, f: Vector) -> Vector:
    """Sum of shortcut and sublayer."""
    return x + f


shared.add_statistics(post_norm, "total")
shared.add_output(post_norm, r" \odot ")


@post_norm.misconception("norm/norm-before-sum", replaces="output")
def _(x: Vector, f: Vector, gamma: Vector, beta: Vector, eps: Number) -> Vector:
    middle = shared.mean(f)
    return x + gamma * shared.normalised(f, middle, shared.variance(f, middle), eps) + beta


@post_norm.misconception("norm/shortcut-left-out", replaces="total")
def _(f: Vector) -> Vector:
    return f


@post_norm.oracle
def _(x: Vector, f: Vector, gamma: Vector, beta: Vector, eps: Number) -> dict[str, Any]:
    total = torch_tensor(x) + torch_tensor(f)
    return {"total": total, **_layer_norm_steps(total, gamma, beta, eps)}
