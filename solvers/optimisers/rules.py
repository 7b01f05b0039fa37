"""The right rules of the optimisers, and the wrong ones; on numbers and, entry by entry, on vectors."""

from __future__ import annotations

from solvers.functions import sqrt
from solvers.values import Number, Value

# ------------------------------------------------------------------------------------------------ the step itself


def descend(w: Value, g: Value, lr: Number) -> Value:
    """Against the gradient."""
    return w - lr * g


def ascend(w: Value, g: Value, lr: Number) -> Value:
    """With the gradient: wrong."""
    return w + lr * g


def descend_unscaled(w: Value, g: Value) -> Value:
    """Without the learning rate: wrong."""
    return w - g


def along_velocity(w: Value, velocity: Value) -> Value:
    """By the velocity, which holds sign and learning rate already."""
    return w + velocity


def along_and_ahead(w: Value, g: Value, velocity: Value, mu: Number, lr: Number) -> Value:
    """Along the damped velocity and by the gradient once more: the step of another form."""
    return w + mu * velocity - lr * g


def against_velocity(w: Value, velocity: Value) -> Value:
    """Turned round: wrong where the velocity holds the sign already."""
    return w - velocity


# ---------------------------------------------------------------------------------------------------- momentum


def accumulated(old_velocity: Value, g: Value, mu: Number) -> Value:
    """As PyTorch has it: the gradient is added in full."""
    return mu * old_velocity + g


def averaged(old_velocity: Value, g: Value, mu: Number) -> Value:
    """A moving average: the gradient is added with what is left of 1."""
    return mu * old_velocity + (1 - mu) * g


def moved(old_velocity: Value, g: Value, mu: Number, lr: Number) -> Value:
    """The classical form: the velocity is the step itself."""
    return mu * old_velocity - lr * g


def swapped(old_velocity: Value, g: Value, mu: Number) -> Value:
    """The coefficient at the gradient: wrong."""
    return old_velocity + mu * g


def averaged_swapped(old_velocity: Value, g: Value, mu: Number) -> Value:
    """The two weights exchanged: wrong."""
    return (1 - mu) * old_velocity + mu * g


def moved_swapped(old_velocity: Value, g: Value, mu: Number, lr: Number) -> Value:
    """The coefficients exchanged: wrong."""
    return lr * old_velocity - mu * g


def looked_ahead(w: Value, old_velocity: Value, mu: Number) -> Value:
    """Where the old velocity alone would lead."""
    return w + mu * old_velocity


def not_looked_ahead(w: Value) -> Value:
    """The place itself: wrong for Nesterov."""
    return w


def nesterov_direction(g: Value, velocity: Value, mu: Number) -> Value:
    """The gradient plus the velocity once more damped."""
    return g + mu * velocity


def plain_direction(velocity: Value) -> Value:
    """The velocity alone: ordinary momentum."""
    return velocity


# ----------------------------------------------------------------------------------------------- scaled by squares


def summed_squares(old_square_sum: Value, g: Value) -> Value:
    """All squares so far."""
    return old_square_sum + g * g


def summed(old_square_sum: Value, g: Value) -> Value:
    """Gradients not squared: wrong."""
    return old_square_sum + g


def square_of_sum(old_square_sum: Value, g: Value) -> Value:
    """The square of the sum: wrong."""
    total = sqrt(old_square_sum) + g
    return total * total


def averaged_squares(old_square_average: Value, g: Value, rho: Number) -> Value:
    """A moving average of the squares."""
    return rho * old_square_average + (1 - rho) * g * g


def averaged_squares_swapped(old_square_average: Value, g: Value, rho: Number) -> Value:
    """The two weights exchanged: wrong."""
    return (1 - rho) * old_square_average + rho * g * g


def squares_in_full(old_square_average: Value, g: Value, rho: Number) -> Value:
    """The square added in full: wrong for a moving average."""
    return rho * old_square_average + g * g


def averaged_gradients(old_square_average: Value, g: Value, rho: Number) -> Value:
    """Gradients not squared: wrong."""
    return rho * old_square_average + (1 - rho) * g


def scaled(w: Value, g: Value, square: Value, lr: Number, eps: Number) -> Value:
    """The step divided by the root."""
    return w - lr * g / (sqrt(square) + eps)


def scaled_inside(w: Value, g: Value, square: Value, lr: Number, eps: Number) -> Value:
    """The step divided by the root, with epsilon under it."""
    return w - lr * g / sqrt(square + eps)


def scaled_without_epsilon(w: Value, g: Value, square: Value, lr: Number) -> Value:
    """Divided by the root alone: wrong where an epsilon is added."""
    return w - lr * g / sqrt(square)


def scaled_without_root(w: Value, g: Value, square: Value, lr: Number, eps: Number) -> Value:
    """No root taken: wrong."""
    return w - lr * g / (square + eps)


def scaled_ascent(w: Value, g: Value, square: Value, lr: Number, eps: Number) -> Value:
    """With the gradient: wrong."""
    return w + lr * g / (sqrt(square) + eps)


# --------------------------------------------------------------------------------------------------------- Adam


def moment(old: Value, g: Value, beta: Number) -> Value:
    """A moving average."""
    return beta * old + (1 - beta) * g


def moment_swapped(old: Value, g: Value, beta: Number) -> Value:
    """The two weights exchanged: wrong."""
    return (1 - beta) * old + beta * g


def corrected(moment: Value, beta: Number, time: int) -> Value:
    """Divided by the weight that the gradients have so far."""
    return moment / (1 - beta**time)


def uncorrected(moment: Value) -> Value:
    """Left as it is: wrong."""
    return moment


def corrected_once(moment: Value, beta: Number) -> Value:
    """Without the exponent: wrong from the second step on."""
    return moment / (1 - beta)
