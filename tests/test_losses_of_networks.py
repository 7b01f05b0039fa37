"""What goes wrong in the loss of a network that ends in a cross-entropy, computed by hand from its probabilities."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from solvers.registry import derivation
from solvers.values import as_float

_POWERS = [math.exp(score) for score in (2, 1, 0.1)]
_P, _Q, _R = (power / sum(_POWERS) for power in _POWERS)
_NEURON: dict[str, Any] = {
    "x": [1, 2],
    "w": [Fraction("0.3"), Fraction("-0.5")],
    "b": Fraction("0.2"),
    "target": 1,
    "loss_function": "binary_cross_entropy",
}
_ON = 1 / (1 + math.exp(0.5))


def wrong(name: str, id: str, step: str = "loss", **givens: Any) -> float:
    """The loss under a mistake."""
    found = derivation(name)
    complete = found.complete(givens)
    return as_float(found.at(complete).run(complete, replacing=(id,))[step])


@pytest.mark.parametrize(
    ("id", "loss"),
    [
        ("convention/base-two-logarithm", -math.log2(_Q)),
        ("loss/logarithm-to-base-ten", -math.log10(_Q)),
        ("loss/minus-forgotten", math.log(_Q)),
        ("loss/logarithm-left-out", -_Q),
        ("loss/probability-as-loss", _Q),
        ("loss/probability-for-loss", 1 - _Q),
        ("loss/likeliest-class", -math.log(_P)),
        ("loss/entropy-of-output", -sum(p * math.log(p) for p in (_P, _Q, _R))),
        ("loss/other-classes-counted", -math.log(_Q) - math.log(1 - _P) - math.log(1 - _R)),
        ("loss/entropy-averaged", -math.log(_Q) / 3),
    ],
)
def test_the_loss_of_classes(id: str, loss: float) -> None:
    """Scores 2, 1 and 0.1, of which the second class is right."""
    assert wrong("backprop.softmax_cross_entropy", id, z=[2, 1, Fraction("0.1")], target=[0, 1, 0]) == pytest.approx(
        loss
    )


@pytest.mark.parametrize(
    ("id", "loss"),
    [("convention/base-two-logarithm", -math.log2(_ON)), ("loss/targets-exchanged", -math.log(1 - _ON))],
)
def test_the_loss_of_a_neuron(id: str, loss: float) -> None:
    """A sigmoid of -1/2 where 1 is wanted."""
    assert wrong("backprop.neuron", id, **_NEURON) == pytest.approx(loss)


@pytest.mark.parametrize(
    ("id", "loss"),
    [
        ("loss/logarithm-to-base-ten", -math.log10(_Q)),
        ("loss/minus-forgotten", math.log(_Q)),
        ("loss/probability-as-loss", _Q),
        ("loss/likeliest-class", -math.log(_P)),
        ("loss/entropy-of-output", -sum(p * math.log(p) for p in (_P, _Q, _R))),
        ("loss/entropy-averaged", -math.log(_Q) / 3),
    ],
)
def test_the_loss_of_scores(id: str, loss: float) -> None:
    """The same scores, the class given by its number."""
    assert wrong("loss.cross_entropy_of_scores", id, z=[2, 1, Fraction("0.1")], c=1) == pytest.approx(loss)


_GAME = {"real": [Fraction("0.8")], "fake": [Fraction("0.3")]}
_SIDES = {"p": [Fraction("0.5"), Fraction("0.5")], "q": [Fraction("0.5"), Fraction("0.5")]}
_LATENT = {"mu": [1], "sigma": [2]}


@pytest.mark.parametrize(
    ("name", "step", "id", "givens", "value"),
    [
        ("gan.losses", "value", "loss/logarithm-to-base-ten", _GAME, math.log10(0.8) + math.log10(0.7)),
        ("gan.optimum", "game_value", "loss/logarithm-to-base-ten", _SIDES, -math.log10(4)),
        ("vae.divergence", "divergence", "vae/logarithm-of-another-base", _LATENT, (1 + 4 - 1 - 2) / 2),
        ("vae.divergence", "divergence", "loss/logarithm-to-base-ten", _LATENT, (1 + 4 - 1 - math.log10(4)) / 2),
    ],
)
def test_logarithms_to_another_base(name: str, step: str, id: str, givens: dict[str, Any], value: float) -> None:
    """Each by the formula, with the other logarithm in it."""
    assert wrong(name, id, step, **givens) == pytest.approx(value)
