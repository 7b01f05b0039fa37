"""What a question may want of a layer that it draws."""

from __future__ import annotations

from typing import Literal

Suits = Literal["computes", "learns", "multiplies", "has_window", "pads", "is_block"]
"""That it changes its input's shape or learns, learns, multiplies, has a window, has padding; or that it is a block."""
