"""How often somebody finds the key of a choice who knows nothing of the matter, only how options are made.

`python benchmarks/test_choices.py --seeds 3` asks every computed part of the bank as a choice and prints the table: for each rule of thumb, how often the option that
it picks is right, beside chance.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from math import asinh, prod

import pytest

from questions.bank import Bank
from questions.choices import is_computed_choice, suits_choice
from questions.key import Choosable
from questions.sampling import draw
from solvers.values import Shape, Value, as_float, elements, is_array

MOST_ABOVE = 0.06  # chance, on the sample that the test draws

Options = Sequence[Choosable]
Pick = Callable[[Options], Options | None]
"""Which of the options are taken, one of them as likely as another; None where the rule says nothing."""


def _numbers(value: Value) -> list[float]:
    return [] if isinstance(value, str) else [as_float(x) for x in elements(value)]


def _size(option: Choosable) -> float | None:
    if isinstance(option.value, Shape):
        return float(prod(option.value))
    return None if is_array(option.value) or isinstance(option.value, str) else as_float(option.value)


def _by_size(places: Callable[[int], Iterable[int]]) -> Pick:
    def pick(options: Options) -> Options | None:
        if _size(options[0]) is None:
            return None
        order = sorted(options, key=lambda option: _size(option) or 0.0)
        return [order[place] for place in places(len(order))]

    return pick


def _most(score: Callable[[Choosable, Choosable], float]) -> Pick:
    """The option that has most in common with the others."""

    def pick(options: Options) -> Options:
        scores = [sum(score(one, other) for other in options if other is not one) for one in options]
        return [option for option, found in zip(options, scores, strict=True) if found >= max(scores) - 1e-9]

    return pick


def _letters(a: Choosable, b: Choosable) -> float:
    return SequenceMatcher(None, a.text.en, b.text.en, autojunk=False).ratio()


def _places(a: Choosable, b: Choosable) -> float:
    return float(sum(x == y for x, y in zip(a.text.en, b.text.en, strict=False)))


def _near(a: Choosable, b: Choosable) -> float:
    pairs = zip(_numbers(a.value), _numbers(b.value), strict=False)
    return -sum(abs(asinh(1e3 * x) - asinh(1e3 * y)) for x, y in pairs)


def _kin(a: Choosable, b: Choosable) -> float:
    mine, other = _numbers(a.value), _numbers(b.value)
    made = ([f * x + s for x in mine] for f, s in ((2, 0), (0.5, 0), (-1, 0), (10, 0), (0.1, 0), (1, 1), (1, -1)))
    return float(
        sum(
            bool(mine) and all(abs(x - y) <= 2e-3 * abs(y) + 1e-9 for x, y in zip(m, other, strict=False)) for m in made
        )
    )


def _length(options: Options) -> Options:
    longest = max(len(option.text.en) for option in options)
    return [option for option in options if len(option.text.en) == longest]


RULES: dict[str, Pick] = {
    "the middle one by size": _by_size(lambda n: {(n - 1) // 2, n // 2}),
    "neither smallest nor largest": _by_size(lambda n: range(1, n - 1)),
    "the smallest": _by_size(lambda _: [0]),
    "the largest": _by_size(lambda n: [n - 1]),
    "nearest to all the others": _most(_near),
    "most letters in common": _most(_letters),
    "most digits in the same place": _most(_places),
    "made from most others": _most(_kin),
    "the longest": _length,
    "the letter in the middle": lambda options: [options[len(options) // 2]],
}


def asked(bank: Bank, ids: Iterable[str], seeds: int) -> Iterator[Options]:
    """The options of every computed part of these questions."""
    for id in ids:
        for seed in range(1, seeds + 1):
            variant = draw(bank.question(id), seed, choices=True)
            yield from (
                target.options
                for part, target in zip(variant.question.parts, variant.targets, strict=True)
                if is_computed_choice(part)
            )


def measured(offered: Sequence[Options]) -> dict[str, tuple[float, float, int]]:
    """For each rule the share of keys that it finds, the share that chance finds, and of how many choices."""
    table = {}
    for name, pick in RULES.items():
        taken = [(options, picked) for options in offered if (picked := pick(options))]
        hits = sum(sum(option.correct for option in picked) / len(picked) for _, picked in taken)
        chance = sum(1 / len(options) for options, _ in taken)
        table[name] = hits / len(taken), chance / len(taken), len(taken)
    return table


def printed(offered: Sequence[Options]) -> str:
    """The table, and what the options are."""
    lines = [f"{'picked':34}{'right':>8}{'chance':>8}{'choices':>9}"]
    for name, (hits, chance, count) in measured(offered).items():
        lines.append(f"{name:34}{hits:>8.1%}{chance:>8.1%}{count:>9}")
    sizes = Counter(len(options) - 1 for options in offered)
    kinds = Counter(_kind(option) for options in offered for option in options if not option.correct)
    lines.append("wrong options: " + ", ".join(f"{n} in {count}" for n, count in sorted(sizes.items(), reverse=True)))
    lines.append("of which " + ", ".join(f"{count / kinds.total():.0%} {kind}" for kind, count in kinds.most_common()))
    return "\n".join(lines)


def _kind(option: Choosable) -> str:
    slips = sum(id.startswith("slip/") for id in option.misconceptions)
    if not slips:
        return "a misconception" if len(option.misconceptions) == 1 else "two misconceptions"
    return "slips" if slips == len(option.misconceptions) else "a slip on top of a misconception"


def test_rules_of_thumb_find_the_key_hardly_more_often_than_chance(capsys: pytest.CaptureFixture[str]) -> None:
    """On every sixth question."""
    bank = Bank()
    offered = list(asked(bank, [id for id in bank.ids() if suits_choice(bank.question(id))][::6], 3))
    with capsys.disabled():
        print("\n" + printed(offered))
    for name, (hits, chance, _) in measured(offered).items():
        assert hits <= chance + MOST_ABOVE, name


def main() -> None:
    """Prints the table over the whole bank."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    bank = Bank()
    wanted = [id for id in bank.ids() if suits_choice(bank.question(id))]
    print(printed(list(asked(bank, wanted, parser.parse_args().seeds))))


if __name__ == "__main__":
    main()
