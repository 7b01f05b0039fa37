"""Cost of convolution: multiply-adds (time) and numbers to store (space), per filter, layer and network.

Multiply-adds are counted at every output position, where the window reaches into the padding too; biases are left out.
"""

from __future__ import annotations

from solvers.convolution_cost.designs import reduced, separable
from solvers.convolution_cost.layer import layer, linear, output_map
from solvers.convolution_cost.network import network

__all__ = ["layer", "linear", "network", "output_map", "reduced", "separable"]
