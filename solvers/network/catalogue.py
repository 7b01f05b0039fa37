"""Every derivation about whole networks, where the registry looks for them."""

from __future__ import annotations

from solvers.network.asked import crop, first_to_see, padding
from solvers.network.compared import comparison, saving
from solvers.network.derivations import layer_cost, layer_field, layer_macs, layer_params, layer_shape, table
from solvers.network.rows import rows, wrong_row

__all__ = [
    "comparison",
    "crop",
    "first_to_see",
    "layer_cost",
    "layer_field",
    "layer_macs",
    "layer_params",
    "layer_shape",
    "padding",
    "rows",
    "saving",
    "table",
    "wrong_row",
]
