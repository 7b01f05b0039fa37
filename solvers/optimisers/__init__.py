"""Optimisers, step by step; learning-rate schedules; gradient clipping.

The derivations `optim.…` by name; what they share is in `settings`, `rules` and `rate`.
"""

from solvers.optimisers.adam import (
    adam,
    adam_parabola,
    adam_quadratic,
    adam_vector,
    adamw,
    adamw_parabola,
    adamw_quadratic,
    adamw_vector,
)
from solvers.optimisers.analysis import constant_gradient, contraction
from solvers.optimisers.clipping import clip_by_norm, clip_by_value
from solvers.optimisers.decay_in_steps import milestone_decay, step_decay
from solvers.optimisers.methods import (
    adagrad,
    adagrad_parabola,
    adagrad_quadratic,
    adagrad_vector,
    gradient_descent,
    gradient_descent_parabola,
    gradient_descent_quadratic,
    gradient_descent_vector,
    momentum,
    momentum_parabola,
    momentum_quadratic,
    momentum_vector,
    nesterov,
    nesterov_parabola,
    nesterov_quadratic,
    nesterov_vector,
    rmsprop,
    rmsprop_parabola,
    rmsprop_quadratic,
    rmsprop_vector,
)
from solvers.optimisers.mini_batch import mini_batch
from solvers.optimisers.smooth_decay import cosine_decay, exponential_decay, inverse_decay, natural_decay
from solvers.optimisers.warmup import linear_warmup, transformer_rate, warmup_cosine

__all__ = [
    "adagrad",
    "adagrad_parabola",
    "adagrad_quadratic",
    "adagrad_vector",
    "adam",
    "adam_parabola",
    "adam_quadratic",
    "adam_vector",
    "adamw",
    "adamw_parabola",
    "adamw_quadratic",
    "adamw_vector",
    "clip_by_norm",
    "clip_by_value",
    "constant_gradient",
    "contraction",
    "cosine_decay",
    "exponential_decay",
    "gradient_descent",
    "gradient_descent_parabola",
    "gradient_descent_quadratic",
    "gradient_descent_vector",
    "inverse_decay",
    "linear_warmup",
    "milestone_decay",
    "mini_batch",
    "momentum",
    "momentum_parabola",
    "momentum_quadratic",
    "momentum_vector",
    "natural_decay",
    "nesterov",
    "nesterov_parabola",
    "nesterov_quadratic",
    "nesterov_vector",
    "rmsprop",
    "rmsprop_parabola",
    "rmsprop_quadratic",
    "rmsprop_vector",
    "step_decay",
    "transformer_rate",
    "warmup_cosine",
]
