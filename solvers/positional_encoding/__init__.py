"""Sinusoidal positional encoding (Vaswani et al., 2017, section 3.5) and what a shift of the position does to it;
rotary embedding, which turns instead of adding.

    PE(p, 2i) = sin(p / base^(2i/d)),    PE(p, 2i + 1) = cos(p / base^(2i/d))

Positions and dimensions count from 0, angles are in radians. `layout=halves` puts all sines before all cosines, as some
libraries do.
"""

from __future__ import annotations

from solvers.positional_encoding.encoding import encoding, table
from solvers.positional_encoding.rotary import rotary
from solvers.positional_encoding.shift import shift
from solvers.positional_encoding.value import value

__all__ = [
    "encoding",
    "rotary",
    "shift",
    "table",
    "value",
]
