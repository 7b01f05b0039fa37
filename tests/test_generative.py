"""Autoencoders, variational autoencoders and adversarial networks."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers import autoencoder, gan, vae
from solvers.certificate import certify
from solvers.givens import complete
from solvers.trace import StepError, Trace

HALF = Fraction(1, 2)
TENTHS = st.integers(-20, 20).map(lambda n: Fraction(n, 10))
POSITIVE = st.integers(1, 20).map(lambda n: Fraction(n, 10))
CHANCE = st.integers(1, 19).map(lambda n: Fraction(n, 20))


def run(derivation: Any, **givens: Any) -> Trace:
    """The derivation on these givens."""
    found: Trace = derivation.run(complete(derivation.givens, givens))
    return found


def pairs(first: st.SearchStrategy[Fraction], second: st.SearchStrategy[Fraction]) -> st.SearchStrategy[Any]:
    """Two lists of one length."""
    return st.lists(st.tuples(first, second), min_size=1, max_size=4).map(
        lambda drawn: tuple(map(list, zip(*drawn, strict=True)))
    )


# ------------------------------------------------------------------------------------------------------------------- vae


def test_the_prior_has_no_divergence_from_itself() -> None:
    """Mean 0, deviation 1; nor have two equal Gaussians."""
    assert float(run(vae.divergence, mu=[0, 0], sigma=[1, 1]).values["divergence"]) == 0
    assert float(run(vae.divergence_of_two, m=3, s=2, n=3, t=2).values["between"]) == 0


def test_a_shifted_gaussian_is_half_its_square_away() -> None:
    """KL(N(3, 1) || N(0, 1)) = 9/2."""
    assert float(run(vae.divergence, mu=[3], sigma=[1]).values["divergence"]) == pytest.approx(4.5)
    assert float(run(vae.divergence_of_two, m=3, s=1).values["between"]) == pytest.approx(4.5)


def test_zero_noise_gives_the_mean() -> None:
    """Whatever the variance."""
    assert list(run(vae.sample, mu=[1, -2], log_var=[3, -1], eps=[0, 0]).values["code"]) == pytest.approx([1, -2])


@settings(max_examples=15, deadline=None)
@given(pairs(TENTHS, POSITIVE), pairs(CHANCE, CHANCE))
def test_pytorch_agrees_on_vaes(code: Any, images: Any) -> None:
    """Divergences, samples, losses."""
    (mu, sigma), (x, y) = code, images
    assert certify(run(vae.divergence, mu=mu, sigma=sigma)).certified
    assert certify(run(vae.sample, mu=mu, log_var=sigma, eps=mu)).certified
    assert certify(run(vae.loss, x=x, y=y, mu=mu, sigma=sigma)).certified
    assert certify(run(vae.divergence_of_two, m=mu[0], s=sigma[0], n=mu[-1] + 1, t=sigma[-1])).certified


def test_a_deviation_of_zero_has_no_divergence() -> None:
    """Its logarithm does not exist."""
    with pytest.raises(StepError, match="above 0"):
        assert run(vae.divergence, mu=[1], sigma=[0]).values


# ------------------------------------------------------------------------------------------------------------------- gan


def test_a_perfect_generator_leaves_the_discriminator_guessing() -> None:
    """1/2 everywhere, no divergence, and -ln 4."""
    values = run(gan.optimum, p=[Fraction(1, 4), Fraction(3, 4)], q=[Fraction(1, 4), Fraction(3, 4)]).values
    assert list(values["best"].ravel()) == [HALF, HALF]
    assert float(values["jensen_shannon"]) == 0
    assert float(values["game_value"]) == pytest.approx(-math.log(4))


def test_distributions_without_overlap_are_told_apart_for_certain() -> None:
    """The divergence is ln 2, and the game is worth 0."""
    values = run(gan.optimum, p=[1, 0], q=[0, 1]).values
    assert list(values["best"].ravel()) == [1, 0]
    assert float(values["jensen_shannon"]) == pytest.approx(math.log(2))
    assert float(values["game_value"]) == pytest.approx(0)


def test_notes_that_know_only_a_divergence_between_the_two() -> None:
    """KL((3/4, 1/4) || (1/4, 3/4)) is half of ln 3, and has no value where the generator lacks what the data has."""
    trace = run(gan.optimum, p=[Fraction(3, 4), Fraction(1, 4)], q=[Fraction(1, 4), Fraction(3, 4)])
    half = math.log(3) / 2
    between = trace.replacing(["gan/divergence-between-the-two"])
    assert float(between["jensen_shannon"]) == pytest.approx(half)
    assert float(between["game_value"]) == pytest.approx(2 * half - math.log(4))
    assert float(trace.replacing(["gan/inequality-for-the-game"])["game_value"]) == pytest.approx(-half)
    with pytest.raises(StepError, match="never makes"):
        assert run(gan.optimum, p=[HALF, HALF], q=[1, 0]).replacing(["gan/inequality-for-the-game"])["game_value"]


@pytest.mark.parametrize(("p", "q", "said"), [([HALF, 1], [HALF, HALF], "add up"), ([1, 0], [1, 0], "in either")])
def test_what_is_no_distribution_is_refused(p: list[Any], q: list[Any], said: str) -> None:
    """Probabilities that don't add up to 1, and outcomes that never happen."""
    with pytest.raises(StepError, match=said):
        assert run(gan.optimum, p=p, q=q).values


def test_a_clueless_discriminator() -> None:
    """Says 1/2 to everything: V = -ln 4."""
    values = run(gan.losses, real=[HALF, HALF], fake=[HALF]).values
    assert float(values["value"]) == pytest.approx(-math.log(4))
    assert float(values["generator_loss"]) == pytest.approx(math.log(2))


@settings(max_examples=15, deadline=None)
@given(pairs(CHANCE, CHANCE), st.lists(st.integers(1, 9), min_size=4, max_size=4))
def test_pytorch_agrees_on_gans(scores: Any, sizes: list[int]) -> None:
    """All losses, the optimum, and the inputs of a conditional one."""
    real, fake = scores
    for derivation in (gan.losses, gan.least_squares, gan.wasserstein):
        assert certify(run(derivation, real=real, fake=fake)).certified
    p, q = ([Fraction(n, sum(each)) for n in each] for each in (sizes[:2], sizes[2:]))
    assert certify(run(gan.optimum, p=p, q=q)).certified
    z, c, h, w = sizes
    assert certify(run(gan.input_size, z=z, c=c, h=h, w=w, k=3)).certified


# ----------------------------------------------------------------------------------------------------------- autoencoder


def test_an_input_in_the_row_space_of_orthonormal_weights_comes_back() -> None:
    """The tied autoencoder projects; it errs only off the row."""
    weights = [[Fraction(3, 5), Fraction(4, 5)]]
    assert run(autoencoder.tied, x=[3, 4], W=weights).values["squared_error"] == 0
    assert run(autoencoder.tied, x=[4, -3], W=weights).values["squared_error"] == 25


def test_the_size_of_an_autoencoder_for_digits() -> None:
    """784 inputs and a code of 32: 50,992 numbers, 25,904 with tied weights."""
    values = run(autoencoder.parameters, n=784, d=32).values
    assert (values["separate"], values["shared"], values["compression"]) == (50992, 25904, Fraction(49, 2))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(TENTHS, min_size=9, max_size=9),
    st.sampled_from(["identity", "relu", "sigmoid", "tanh"]),
    st.integers(1, 60),
)
def test_pytorch_agrees_on_autoencoders(numbers: list[Fraction], activation: str, size: int) -> None:
    """Codes, reconstructions, errors, sizes."""
    W = [numbers[:3], numbers[3:6]]
    V = [[a, b] for a, b in zip(numbers[6:], numbers[:3], strict=True)]
    assert certify(
        run(autoencoder.reconstruction, x=numbers[6:], W=W, V=V, b=numbers[:2], activation=activation)
    ).certified
    assert certify(run(autoencoder.tied, x=numbers[6:], W=W)).certified
    assert certify(run(autoencoder.parameters, n=size, d=1 + size // 2)).certified
