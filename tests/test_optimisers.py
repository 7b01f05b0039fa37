"""Optimisers against published runs, known special cases, and PyTorch on varied givens."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from solvers.certificate import certify
from solvers.registry import derivation, names
from solvers.text import UsageError
from solvers.trace import StepError, Trace, json_of
from solvers.values import same


def run(name: str, **givens: Any) -> Trace:
    """The named derivation on these givens."""
    found = derivation(f"optim.{name}")
    complete = found.complete(givens)
    return found.at(complete).run(complete)


HALF, TENTH = Fraction(1, 2), Fraction(1, 10)
BOWL = {"w": [-5, -2], "A": [[Fraction(1, 5), 0], [0, 4]], "T": 20}
"""0.1 x1^2 + 2 x2^2 from (-5, -2), 20 steps: the example of Dive into Deep Learning, chapter 12."""
PUBLISHED = (
    ("gradient_descent", {"lr": Fraction(2, 5)}, [-0.943467, -0.000073]),
    ("momentum", {"lr": Fraction(3, 5), "mu": HALF}, [0.007188, 0.002553]),
    ("adagrad", {"lr": Fraction(2, 5), "eps": Fraction(1, 10**6), "place": "inside"}, [-2.382563, -0.158591]),
    (
        "rmsprop",
        {"lr": Fraction(2, 5), "rho": Fraction(9, 10), "eps": Fraction(1, 10**6), "place": "inside"},
        [-0.010599, 0.0],
    ),
)


@pytest.mark.parametrize(("method", "givens", "end"), PUBLISHED, ids=[case[0] for case in PUBLISHED])
def test_the_published_run_of_twenty_steps(method: str, givens: dict[str, Any], end: list[float]) -> None:
    """The printed coordinates, to their six decimals."""
    assert [float(x) for x in run(f"{method}_quadratic", **BOWL, **givens)["w_20"]] == pytest.approx(end, abs=6e-7)


def test_the_parabola_of_ten_steps() -> None:
    """x^2 from 10 with rate 0.2 ends at 0.060466 (Dive into Deep Learning, 12.3)."""
    assert float(run("gradient_descent_parabola", w=10, lr=Fraction(1, 5), T=10)["w_10"]) == pytest.approx(
        0.060466, abs=5e-7
    )


@pytest.mark.parametrize("gradient", [Fraction(1, 100), 3, -250])
def test_the_first_step_of_adam_is_as_long_as_the_rate(gradient: Fraction) -> None:
    """Whatever the gradient: both corrections undo the averages."""
    assert run("adam", w=0, g=[gradient], lr=TENTH, eps=0)["w_1"] == (-TENTH if gradient > 0 else TENTH)


def test_the_classical_velocity_takes_the_same_way_as_the_accumulated_one() -> None:
    """With a constant rate the two forms of momentum differ in the velocity only."""
    givens = {"w": 1, "g": [2, -3, 5], "lr": TENTH, "mu": HALF}
    assert run("momentum", **givens, form="velocity")["w_3"] == run("momentum", **givens)["w_3"]


LISTED = {"w": HALF, "g": [HALF, -1, 3]}
VECTORS = {"w": [1, -2], "g": [[HALF, 1], [-1, 2], [3, TENTH]]}
FUNCTION = {"w": 3, "a": 2, "b": -1, "T": 3}
FORM = {"w": [1, -2], "A": [[2, 1], [1, 3]], "b": [1, 0], "T": 3}
SETTINGS: dict[str, dict[str, Any]] = {"": LISTED, "_vector": VECTORS, "_parabola": FUNCTION, "_quadratic": FORM}
METHODS: dict[str, list[dict[str, Any]]] = {
    "gradient_descent": [{}],
    "momentum": [{"form": form, "v": start} for form in ("accumulate", "velocity", "average") for start in (0, HALF)],
    "nesterov": [{"form": form, "v": start} for form in ("lookahead", "pytorch") for start in (0, HALF)],
    "adagrad": [{"place": place, "eps": eps, "s": 1} for place in ("outside", "inside") for eps in (0, TENTH)],
    "rmsprop": [{"place": place, "eps": eps, "s": 1} for place in ("outside", "inside") for eps in (0, TENTH)],
    "adam": [{}, {"eps": 0}, {"t": 3, "m": HALF, "v": 2}],
    "adamw": [{}, {"eps": 0, "decay": TENTH}, {"t": 3, "m": HALF, "v": 2}],
}
CASES = [(m + s, {**g, **o}) for m, options in METHODS.items() for s, g in SETTINGS.items() for o in options]
OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("step_decay", {"lr": TENTH, "size": 30, "t": 0}),
    ("step_decay", {"lr": TENTH, "size": 30, "t": 60}),
    ("milestone_decay", {"lr": TENTH, "milestones": [30, 80], "t": 30}),
    ("exponential_decay", {"lr": TENTH, "gamma": HALF, "t": 4}),
    ("natural_decay", {"lr": TENTH, "k": TENTH, "t": 4}),
    ("inverse_decay", {"lr": TENTH, "k": TENTH, "t": 4}),
    ("inverse_decay", {"lr": TENTH, "k": TENTH, "t": 4, "power": HALF}),
    ("cosine_decay", {"lr": TENTH, "t": 3, "T": 10, "least": Fraction(1, 100)}),
    ("cosine_decay", {"lr": TENTH, "t": 10, "T": 10}),
    ("linear_warmup", {"lr": TENTH, "t": 3, "warmup": 10}),
    ("linear_warmup", {"lr": TENTH, "t": 30, "warmup": 10}),
    ("linear_warmup", {"lr": 2, "start": Fraction(1, 2), "t": 2, "warmup": 4}),
    ("warmup_cosine", {"lr": TENTH, "t": 3, "warmup": 10, "T": 50, "start": Fraction(1, 100)}),
    ("warmup_cosine", {"lr": TENTH, "t": 23, "warmup": 10, "T": 50, "least": Fraction(1, 100)}),
    ("transformer_rate", {"t": 100}),
    ("clip_by_norm", {"g": [3, 4], "c": 1}),
    ("clip_by_norm", {"g": [3, 4], "c": 1, "eps": Fraction(1, 10**6)}),
    ("clip_by_norm", {"g": [0, 0], "c": 1}),
    ("clip_by_value", {"g": [3, -4, HALF], "c": 1}),
    ("contraction", {"a": 2, "c": 1, "w": 3, "lr": TENTH, "T": 3}),
    ("constant_gradient", {"g": 2, "mu": HALF, "lr": TENTH, "T": 3}),
    ("mini_batch", {"x": [1, 2, 3], "y": [2, 4, 5], "lr": TENTH, "size": 2, "epochs": 2}),
    ("mini_batch", {"x": [1, 2, 3], "y": [2, 4, 5], "lr": TENTH, "size": 3, "bias": False, "loss": "mean"}),
]


@pytest.mark.parametrize(
    ("name", "givens"), CASES + OTHERS, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES + OTHERS)]
)
def test_pytorch_agrees_with_every_step(name: str, givens: dict[str, Any]) -> None:
    """Every step is compared, and none differs."""
    trace = run(name, **givens)
    certificate = certify(trace)
    assert certificate.certified, certificate.reason
    assert set(certificate.steps) == set(trace.derivation.steps)


def test_every_derivation_of_the_topic_is_certified_here() -> None:
    """None is left out of the table above."""
    tried = {f"optim.{name}" for name, _ in CASES + OTHERS}
    assert {name for name in names() if name.startswith("optim.")} == tried


def test_a_gradient_within_the_bound_stays_as_it_is() -> None:
    """Clipping never lengthens."""
    assert same(run("clip_by_norm", g=[3, 4], c=5)["clipped"], run("clip_by_norm", g=[3, 4], c=50)["clipped"])


def test_momentum_of_one_has_no_limit() -> None:
    """The velocity would grow for ever."""
    with pytest.raises(StepError, match="without end"):
        run("constant_gradient", mu=1, T=2)["limit"]


def test_an_unknown_form_is_refused() -> None:
    """The words are a closed list."""
    with pytest.raises(UsageError):
        run("momentum", w=1, g=[1], form="heavy")


@pytest.mark.parametrize(
    ("name", "givens"),
    [
        ("adam_quadratic", {"w": [1, 2], "A": [[2, 0], [0, 4]]}),
        ("mini_batch", {"x": [1], "y": [2], "lr": TENTH, "size": 1, "bias": False}),
    ],
)
def test_a_linear_term_left_out_of_the_formulas_is_still_a_given(name: str, givens: dict[str, Any]) -> None:
    """So that programs can read the run, exact values included."""
    assert json_of(run(name, **givens))["givens"]["b"] in (0, [0, 0])


@pytest.mark.parametrize(
    ("t", "rate"),
    [(0, 0), (3, Fraction(3, 5)), (5, 1), (15, Fraction(11, 20)), (25, Fraction(1, 10))],
    ids=["start", "warming", "full", "half-way down", "end"],
)
def test_a_rate_that_warms_up_and_falls(t: int, rate: Fraction | int) -> None:
    """At the places where the cosine is exact; PyTorch's two schedulers, one after the other, agree."""
    trace = run("warmup_cosine", lr=1, warmup=5, T=25, least=Fraction(1, 10), t=t)
    assert trace["rate"] == rate
    assert certify(trace).certified


def test_after_the_schedule_there_is_no_rate() -> None:
    """Neither behind its end nor where the warm-up takes all of it."""
    for givens in ({"warmup": 5, "T": 10, "t": 11}, {"warmup": 10, "T": 10, "t": 3}):
        with pytest.raises(StepError, match="over"):
            run("warmup_cosine", lr=1, **givens)["rate"]


@pytest.mark.parametrize("name", ["adam", "adagrad", "rmsprop"])
def test_a_step_without_its_epsilon(name: str) -> None:
    """The first step of Adam and of Adagrad is as long as the rate then, that of RMSprop twice as long with a rho of 3/4."""
    more = {"rho": Fraction(3, 4)} if name == "rmsprop" else {}
    trace = run(name, w=1, g=[HALF], lr=TENTH, eps=HALF, **more)
    wrong = trace.derivation.run(trace.givens, replacing=("optim/epsilon-left-out",))
    assert float(wrong["w_1"]) == pytest.approx(0.8 if more else 0.9)
    assert float(trace["w_1"]) != pytest.approx(float(wrong["w_1"]))
