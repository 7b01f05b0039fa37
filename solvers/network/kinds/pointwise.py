"""Layers that work on every number by itself, or nearly so: activations, softmax and dropout. None but PReLU learns anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from solvers.network.kind import Kind, Quantity, Sees, axis_of
from solvers.text import Text
from solvers.values import Shape


@dataclass(frozen=True)
class Activation(Kind):
    """A function of each number; what it learns, costs and sees is the same for all of them."""

    module: ClassVar[str]

    def _options(self) -> dict[str, Any]:
        return {}

    def real(self, *xs: Any) -> Any:
        """The module of the same name."""
        import torch

        return getattr(torch.nn, self.module)(**self._options())


@dataclass(frozen=True)
class Relu(Activation):
    """max(0, x)."""

    word: ClassVar[str] = "relu"
    label: ClassVar[Text] = Text("ReLU", "ReLU")
    module: ClassVar[str] = "ReLU"


@dataclass(frozen=True)
class LeakyRelu(Activation):
    """x where it is positive, a small multiple of x elsewhere."""

    slope: float = 0.01

    word: ClassVar[str] = "leaky_relu"
    label: ClassVar[Text] = Text("leaky ReLU", "Leaky ReLU")
    module: ClassVar[str] = "LeakyReLU"

    def _options(self) -> dict[str, Any]:
        return {"negative_slope": self.slope}


@dataclass(frozen=True)
class Elu(Activation):
    """x where it is positive, alpha (e^x - 1) elsewhere."""

    alpha: float = 1.0

    word: ClassVar[str] = "elu"
    label: ClassVar[Text] = Text("ELU", "ELU")
    module: ClassVar[str] = "ELU"

    def _options(self) -> dict[str, Any]:
        return {"alpha": self.alpha}


@dataclass(frozen=True)
class Selu(Activation):
    """An ELU scaled so that activations normalise themselves."""

    word: ClassVar[str] = "selu"
    label: ClassVar[Text] = Text("SELU", "SELU")
    module: ClassVar[str] = "SELU"


@dataclass(frozen=True)
class Relu6(Activation):
    """ReLU, cut off at 6."""

    word: ClassVar[str] = "relu6"
    label: ClassVar[Text] = Text("ReLU6", "ReLU6")
    module: ClassVar[str] = "ReLU6"


@dataclass(frozen=True)
class Gelu(Activation):
    """x times the normal distribution function of x, or its approximation by tanh."""

    approximate: Literal["none", "tanh"] = "none"

    word: ClassVar[str] = "gelu"
    label: ClassVar[Text] = Text("GELU", "GELU")
    module: ClassVar[str] = "GELU"

    def _options(self) -> dict[str, Any]:
        return {"approximate": self.approximate}


@dataclass(frozen=True)
class Silu(Activation):
    """x times its sigmoid, also called swish."""

    word: ClassVar[str] = "silu"
    label: ClassVar[Text] = Text("SiLU", "SiLU")
    module: ClassVar[str] = "SiLU"


@dataclass(frozen=True)
class Mish(Activation):
    """x times the tanh of its softplus."""

    word: ClassVar[str] = "mish"
    label: ClassVar[Text] = Text("Mish", "Mish")
    module: ClassVar[str] = "Mish"


@dataclass(frozen=True)
class Sigmoid(Activation):
    """1 / (1 + e^-x)."""

    word: ClassVar[str] = "sigmoid"
    label: ClassVar[Text] = Text("sigmoid", "Sigmoid")
    module: ClassVar[str] = "Sigmoid"


@dataclass(frozen=True)
class Tanh(Activation):
    """The hyperbolic tangent."""

    word: ClassVar[str] = "tanh"
    label: ClassVar[Text] = Text("tanh", "tanh")
    module: ClassVar[str] = "Tanh"


@dataclass(frozen=True)
class Softplus(Activation):
    """ln(1 + e^x)."""

    word: ClassVar[str] = "softplus"
    label: ClassVar[Text] = Text("softplus", "Softplus")
    module: ClassVar[str] = "Softplus"


@dataclass(frozen=True)
class Hardswish(Activation):
    """SiLU made of straight lines."""

    word: ClassVar[str] = "hardswish"
    label: ClassVar[Text] = Text("hard swish", "Hard Swish")
    module: ClassVar[str] = "Hardswish"


@dataclass(frozen=True)
class Hardsigmoid(Activation):
    """The sigmoid made of straight lines."""

    word: ClassVar[str] = "hardsigmoid"
    label: ClassVar[Text] = Text("hard sigmoid", "Hard Sigmoid")
    module: ClassVar[str] = "Hardsigmoid"


@dataclass(frozen=True)
class Softmax(Activation):
    """Numbers along an axis of an example made into a distribution."""

    axis: int = -1

    word: ClassVar[str] = "softmax"
    label: ClassVar[Text] = Text("softmax", "Softmax")
    module: ClassVar[str] = "Softmax"

    def shape(self, *xs: Shape) -> Quantity | None:
        """That of the input, which must have the axis."""
        axis_of(self.axis, xs[0])
        return None

    def window(self, *xs: Shape) -> Sees:
        """Its own place where the axis is that of the channels or features; else every place."""
        axis = axis_of(self.axis, xs[0])
        return Sees.OWN_PLACE if axis == (1 if len(xs[0]) == 2 else 0) else Sees.EVERYTHING

    def mixes(self, *xs: Shape) -> tuple[int, ...]:
        """The axis of the distribution."""
        return (axis_of(self.axis, xs[0]),)

    def real(self, *xs: Any) -> Any:
        """The module of the same name; the batch stands in front of the axis."""
        import torch

        return getattr(torch.nn, self.module)(dim=axis_of(self.axis, xs[0]) + 1)


@dataclass(frozen=True)
class LogSoftmax(Softmax):
    """The logarithm of the softmax."""

    word: ClassVar[str] = "log_softmax"
    label: ClassVar[Text] = Text("log softmax", "Log-Softmax")
    module: ClassVar[str] = "LogSoftmax"


@dataclass(frozen=True)
class Identity(Activation):
    """Nothing is done."""

    word: ClassVar[str] = "identity"
    label: ClassVar[Text] = Text("identity", "恒等")
    module: ClassVar[str] = "Identity"


@dataclass(frozen=True)
class Dropout(Activation):
    """Numbers set to 0 with probability `rate` in training."""

    rate: float = 0.5

    word: ClassVar[str] = "dropout"
    label: ClassVar[Text] = Text("dropout", "Dropout")
    module: ClassVar[str] = "Dropout"

    def _options(self) -> dict[str, Any]:
        return {"p": self.rate}


@dataclass(frozen=True)
class Prelu(Activation):
    """A leaky ReLU whose slope is learned: one for all channels (`count` 1), or one for each."""

    count: int = 1

    word: ClassVar[str] = "prelu"
    label: ClassVar[Text] = Text("PReLU", "PReLU")
    module: ClassVar[str] = "PReLU"

    def parameters(self, *xs: Shape) -> Quantity:
        """The slopes."""
        return Quantity(str(self.count), lambda: self.count)

    def _options(self) -> dict[str, Any]:
        return {"num_parameters": self.count, "device": "meta"}
