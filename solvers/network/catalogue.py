"""Every derivation about whole networks, where the registry looks for them."""

from __future__ import annotations

from solvers.network.asked import first_to_see, padding, rows, saving, wrong_row
from solvers.network.derivations import layer_field, layer_macs, layer_params, layer_shape, table

__all__ = [
    "first_to_see",
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
