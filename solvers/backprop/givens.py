"""What the derivations of back-propagation are given: activations, losses, learning rate."""

from __future__ import annotations

from fractions import Fraction

from solvers.backprop.functions import ACTIVATIONS, LOSSES
from solvers.givens import Given, number, truth, word

RATE = number(r"\eta", "learning rate", "学习率", default=Fraction(1, 10))
L2 = number(
    r"\lambda",
    "weight of the L2 term: the loss gains λ/2 times the squared weights (biases left out)",
    "L2 正则化系数：损失中加上 λ/2 乘以权重平方和（不含偏置）",
    default=0,
    least=0,
)
UPDATE_BIASES = truth(
    r"\text{update biases}", "whether the update changes the biases, too", "更新时是否也更新偏置", default=True
)
LOSS_FUNCTION = word(
    r"\text{loss}",
    "loss of one sample: squared_error is 1/2 the sum of the squared differences, mean_squared_error their mean, "
    "sum_of_squares their sum; the entropies are sums over the outputs, natural logarithms",
    "单个样本的损失：squared_error 为误差平方和的 1/2，mean_squared_error 为均值，sum_of_squares 为和；"
    "交叉熵对各输出求和，取自然对数",
    words=LOSSES,
    default="squared_error",
)


def activation(symbol: str, en: str, zh: str, *, softmax: bool = False, default: str = "sigmoid") -> Given:
    """The name of an activation."""
    words = (*ACTIVATIONS, "softmax") if softmax else tuple(ACTIVATIONS)
    return word(rf"\text{{{symbol}}}", en, zh, words=words, default=default)


HIDDEN_ACTIVATION = activation("activation", "activation of the (first) hidden layer", "（第一）隐藏层的激活函数")
SECOND_ACTIVATION = word(
    r"\text{activation}_2",
    "activation of the second hidden layer; same: that of the first",
    "第二隐藏层的激活函数；same 表示与第一隐藏层相同",
    words=("same", *ACTIVATIONS),
    default="same",
)
OUTPUT_ACTIVATION = activation("output activation", "activation of the output layer", "输出层的激活函数", softmax=True)
