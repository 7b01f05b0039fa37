"""The M-P neuron: weighted sum, threshold and signum units, layers and small networks of them.

McCulloch and Pitts (1943); the weighted sum with a bias and the choice of an activation are those of every textbook since.
"""

from __future__ import annotations

from solvers.neuron.rows import layer, truth_table, two_layers
from solvers.neuron.single import at_least, mp_unit, output

__all__ = ["at_least", "layer", "mp_unit", "output", "truth_table", "two_layers"]
