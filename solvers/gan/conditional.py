"""Conditional GANs: how many inputs both networks have when the class is joined on."""

from __future__ import annotations

from typing import Any

from solvers.derivation import Derivation
from solvers.givens import integer

input_size = Derivation(
    "gan.input_size",
    "Inputs of the two networks of a conditional GAN in which the class is joined on as a one-hot vector",
    "条件 GAN 中两个网络的输入维数（类别以one-hot 向量拼接）",
    z=integer("z", "components of the noise", "噪声维数", least=1),
    c=integer("c", "classes", "类别数", least=1),
    h=integer("h", "height of the images", "图像高度", least=1),
    w=integer("w", "width of the images", "图像宽度", least=1),
    k=integer("k", "channels of the images", "图像通道数", default=1, least=1),
)


@input_size.step("$z + $c", symbol="n_G", zh="生成器的输入维数", name="generator_inputs", final=True)
def _(z: int, c: int) -> int:
    """Inputs of the generator: noise and class."""
    return z + c


@input_size.step("$h $w $k + $c", symbol="n_D", zh="判别器的输入维数（图像展平）", name="discriminator_inputs")
def _(h: int, w: int, k: int, c: int) -> int:
    """Inputs of the discriminator: the flattened image and the class."""
    return h * w * k + c


@input_size.misconception("gan/class-as-one-number", replaces="generator_inputs")
def _(z: int) -> int:
    return z + 1


@input_size.misconception("gan/generator-unconditioned", replaces="generator_inputs")
def _(z: int) -> int:
    return z


@input_size.misconception("gan/discriminator-unconditioned", replaces="discriminator_inputs")
def _(h: int, w: int, k: int) -> int:
    return h * w * k


@input_size.misconception("gan/class-for-each-pixel", replaces="discriminator_inputs")
def _(h: int, w: int, k: int, c: int) -> int:
    return h * w * (k + c)


@input_size.oracle
def _(z: int, c: int, h: int, w: int, k: int) -> dict[str, Any]:
    import torch

    label = torch.nn.functional.one_hot(torch.tensor([c - 1]), c).to("meta")
    noise, image = torch.empty(1, z, device="meta"), torch.empty(1, k, h, w, device="meta")
    joined = [torch.cat([each.flatten(1), label], dim=1).shape[1] for each in (noise, image)]
    return {"generator_inputs": joined[0], "discriminator_inputs": joined[1]}
