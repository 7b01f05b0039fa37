"""Formulas that are asked for: their values are shared between variants only where nothing else than the points matters."""

from __future__ import annotations

import pytest

from questions.bank import Bank
from questions.points import POINTS, points_for, values_at
from questions.question import Draw, Part, Words
from questions.sampling import draw
from solvers.registry import derivation
from solvers.trace import StepError, Trace
from solvers.values import array

BANK = Bank()
GIVENS = {"n": 20, "k": 3, "s": 2, "p": 1, "d": 1}


def run(**changes: int) -> Trace:
    found = derivation("conv.output_size")
    givens = found.complete({**GIVENS, **changes})
    return found.at(givens).run(givens)


def part(**variables: Draw) -> Part:
    words = Words(en="How long is it?", zh="长度是多少？")
    return Part(ask=words, type="expression", marks=1, answer="size", variables=variables, form="n")  # type: ignore[arg-type]


def fresh(trace: Trace, points: tuple[dict[str, int], ...]) -> list[object]:
    """The same values, one run after the other."""
    return [trace.moved({**trace.givens, **point})["size"] for point in points]


def test_what_a_step_rests_on() -> None:
    """Replaced rules and values put in change it."""
    found = run()
    wrong = found.derivation.run(found.givens, replacing=("conv/forgot-padding",), base=found)
    assert found.givens_behind("size") == {"n", "k", "s", "p", "d"}
    assert found.givens_behind("effective_kernel") == {"k", "d"}
    assert wrong.givens_behind("size") == {"n", "k", "s", "d"}
    assert found.putting({"effective_kernel": 5}).givens_behind("size") == {"n", "s", "p"}
    assert found.givens_behind("n") == {"n"}


@pytest.mark.parametrize("replacing", [(), ("conv/forgot-padding",), ("conv/no-plus-one",)])
def test_values_at_points_are_those_of_the_runs(replacing: tuple[str, ...]) -> None:
    """Asked for once or twice, with all givens in the points or with some of them."""
    whole = ({"n": 9, "k": 3, "s": 1, "p": 0, "d": 1}, {"n": 12, "k": 5, "s": 2, "p": 1, "d": 2})
    partly = ({"n": 9}, {"n": 12})
    for points in (whole, partly, whole, partly):
        for stride in (1, 3):
            trace = run(s=stride)
            trace = trace.derivation.run(trace.givens, replacing=replacing, base=trace)
            assert values_at(trace, "size", points).tolist() == fresh(trace, points)


def test_a_value_put_in_for_a_step_counts() -> None:
    """A student's own number changes what the later steps give, also after the right values were asked for."""
    points = ({"n": 9, "k": 3, "s": 1, "p": 0, "d": 1},)
    assert values_at(run(), "size", points).tolist() == [7]
    assert values_at(run().putting({"effective_kernel": 5}), "size", points).tolist() == [5]


def test_points_are_those_at_which_there_is_a_value() -> None:
    """Inputs shorter than the kernel are passed over; where nothing has a value there are none."""
    found = points_for(part(n=Draw(integer=(1, 30))), "label", run(p=0, k=9))
    assert len(found) == POINTS
    assert all(point["n"] >= 9 for point in found)
    assert points_for(part(n=Draw(integer=(1, 5))), "label", run(p=0, k=9)) == ()
    with pytest.raises(StepError):
        values_at(run(p=0, k=9), "size", ({"n": 5},))


def test_a_small_domain_is_used_up() -> None:
    """Each of its points once, in whatever order they are drawn."""
    found = points_for(part(n=Draw(integer=(10, 12)), s=Draw(choice=[1, 2])), "label", run())
    assert sorted((point["n"], point["s"]) for point in found) == [(n, s) for n in (10, 11, 12) for s in (1, 2)]


def test_variants_share_the_points() -> None:
    """They depend on the template alone."""
    question = BANK.question("attention/weight-in-symbols")
    first, second = (draw(question, seed).targets[0] for seed in (1, 2))
    assert first.points is second.points
    assert first.points
    assert (first.value == array(second.value)).all()
