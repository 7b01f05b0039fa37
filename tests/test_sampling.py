"""Variants: the same for ever, honouring conditions, fair to those who have misconceptions."""

from __future__ import annotations

import pytest

from questions.bank import Bank
from questions.question import Question
from questions.sampling import NoDrawError, UnknownStepError, collisions, draw
from questions.stream import Stream


def question(**changes: object) -> Question:
    """The question on output sizes, changed."""
    original = Bank().question("convolution/output-size").model_dump(exclude_none=True)
    # Drawn ranges are validated anew from what a file would say.
    original["givens"] = {
        "n": {"integer": [16, 256]},
        "k": {"choice": [3, 5, 7, 11]},
        "s": {"integer": [1, 4]},
        "p": {"integer": [1, 3]},
        "d": {"choice": [2, 3]},
    }
    original["where"] = ["n + 2*p >= d*(k - 1) + 1", "2*p <= k"]
    return Question.model_validate({**original, **changes})


def test_randomness_is_the_same_for_ever() -> None:
    """The first bytes of `printf 'gradmark|0' | sha256sum`; another sequence would change every paper ever printed."""
    stream = Stream("gradmark")
    assert bytes(stream.below(256) for _ in range(4)).hex() == "6f0517e5"


def test_the_same_seed_gives_the_same_givens() -> None:
    """From question and seed alone."""
    assert draw(question(), 7).givens == draw(question(), 7).givens


def test_different_seeds_give_different_givens() -> None:
    """Hardly two of fifty variants agree."""
    drawn = {tuple(draw(question(), seed).givens.values()) for seed in range(50)}
    assert len(drawn) > 45


def test_conditions_hold_on_every_draw() -> None:
    """`where` is honoured."""
    assert all(2 * v.givens["p"] <= v.givens["k"] for v in (draw(question(), seed) for seed in range(60)))


def test_no_misconception_gives_the_key_or_anothers_answer() -> None:
    """Every drawn variant tells them apart."""
    assert [list(collisions(draw(question(), seed))) for seed in range(40)] == [[]] * 40


def test_a_template_without_fair_draws_says_what_rejected_them() -> None:
    """Without padding, forgetting it changes nothing."""
    givens = {**question().model_dump(exclude_none=True)["givens"], "p": {"value": 0}}
    with pytest.raises(NoDrawError, match="conv/forgot-padding gives the key") as caught:
        draw(question(givens=_files(givens)), 1)
    assert caught.value.text.en.endswith("or take a misconception off the list.")
    assert "conv/forgot-padding 的结果与正确答案相同" in caught.value.text.zh
    assert caught.value.text.zh.endswith("或从列表中去掉一个误解。")


def test_a_step_that_the_derivation_does_not_have_is_named() -> None:
    """With those that it has."""
    [part] = question().model_dump(exclude_none=True)["parts"]
    with pytest.raises(
        UnknownStepError, match=r"part 1 asks for sise, which is no step of conv\.output_size"
    ) as caught:
        draw(question(parts=[{**part, "answer": "sise"}], checks=[]), 1)
    assert caught.value.text.en.endswith("Did you mean 'size'? Its steps: effective_kernel, size.")
    assert "第 1 问所求的 sise 不是推导 conv.output_size 的步骤" in caught.value.text.zh


def test_a_misconception_that_the_derivation_does_not_know_is_named() -> None:
    """A misprint in the list."""
    with pytest.raises(NoDrawError, match=r"conv\.output_size does not know conv/forgot-pading"):
        draw(question(misconceptions=["conv/forgot-pading"], pairs=[], checks=[]), 1)


def test_a_condition_that_never_holds_is_named() -> None:
    """The reason is the condition itself."""
    with pytest.raises(NoDrawError, match=r"where n < 0"):
        draw(question(where=["n < 0"]), 1)


def _files(givens: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    return {
        name: {key: value for key, value in how.items() if key in ("integer", "choice", "value")}
        for name, how in givens.items()
    }


@pytest.mark.parametrize("bound", [1, 2, 7, 256, 1000, 10**12])
def test_draws_below_a_bound_stay_below_it(bound: int) -> None:
    """And reach its lower end."""
    stream = Stream("bounds")
    drawn = [stream.below(bound) for _ in range(200)]
    assert min(drawn) >= 0
    assert max(drawn) < bound


def test_a_shuffle_keeps_every_item() -> None:
    """Nothing is lost or doubled."""
    assert sorted(Stream("cards").shuffled(list(range(30)))) == list(range(30))
