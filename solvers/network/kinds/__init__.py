"""The kinds of layers, by the words that networks in YAML use for them. One module for each family of layers."""

from __future__ import annotations

from solvers.network.kind import Kind
from solvers.network.kinds.convolution import Conv, Conv1d, Conv3d
from solvers.network.kinds.dense import Flatten, Linear
from solvers.network.kinds.merging import Add, Concat
from solvers.network.kinds.pointwise import Relu

KINDS: dict[str, type[Kind]] = {kind.word: kind for kind in (Conv, Conv1d, Conv3d, Linear, Flatten, Add, Concat, Relu)}

__all__ = ["KINDS"]
