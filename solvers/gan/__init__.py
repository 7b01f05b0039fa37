"""Generative adversarial networks: losses, the best discriminator, what the game is worth (Goodfellow et al., 2014).

Logarithms are natural; expectations are means over the batch.
"""

from __future__ import annotations

from solvers.gan.conditional import input_size
from solvers.gan.equilibrium import optimum
from solvers.gan.minimax import losses
from solvers.gan.other_losses import least_squares, wasserstein

__all__ = ["input_size", "least_squares", "losses", "optimum", "wasserstein"]
