"""What a rule is: a promise in words, and a generator of what breaks it among a question's variants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from questions.bank import Bank
from questions.question import Question
from questions.variant import Variant
from solvers.certificate import Certificate, certify
from solvers.text import Text


@dataclass(frozen=True)
class Subject:
    """What a rule looks at: a question, its bank, the variants drawn of it, and how many draws these took; `covered` counts what was looked at."""

    bank: Bank
    question: Question
    drawn: list[Variant]
    attempts: int = 1
    covered: Counter[str] = field(default_factory=Counter)

    @cached_property
    def certificates(self) -> list[Certificate]:
        """The certificates of the variants that a derivation answers."""
        return [certify(variant.trace) for variant in self.drawn if variant.trace is not None]


Rule = Callable[[Subject], Iterator[Text]]
RULES: dict[str, tuple[Text, Rule]] = {}


def rule(name: str, en: str, zh: str) -> Callable[[Rule], Rule]:
    """Declares the decorated generator as a rule; the sentence says what it promises."""

    def declare(function: Rule) -> Rule:
        RULES[name] = (Text(en, zh), function)
        return function

    return declare


def first(drawn: list[Variant], wrong: Callable[[Variant], Text | None]) -> Iterator[Text]:
    """What is wrong with the first variant that has it, with its seed: one example is enough."""
    for variant in drawn:
        if found := wrong(variant):
            yield at_seed(variant, found)
            return


def at_seed(variant: Variant, found: Text) -> Text:
    """What was found, with the seed of the variant that shows it."""
    return Text(f"seed {variant.seed}: {found.en}", f"种子 {variant.seed}：{found.zh}")
