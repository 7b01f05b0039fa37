"""What several tests need: the banks of the tests, questions drawn from them, and answers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from grader.marking import Verdict, mark
from questions.bank import Bank
from questions.blueprint import Policy
from questions.exam import Item
from questions.question import Question
from questions.sampling import draw
from questions.variant import Variant, targets
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.values import Value

BANKS = Path(__file__).parent / "banks"
EVERY_TYPE, CHAINS = BANKS / "every-type", BANKS / "chains"
"""Banks with at least one question of each type of response, and with questions whose parts need each other."""
TYPES = sorted(path.stem for path in (EVERY_TYPE / "every").glob("*.yaml"))


@cache
def every_type() -> Bank:
    """The banks of the tests, before the shipped one."""
    return Bank([EVERY_TYPE, CHAINS])


@cache
def variant(id: str, seed: int = 1) -> Variant:
    """A variant of a question: `lstm/one-unit` of the shipped bank, `vector` of the bank with every type."""
    return draw(every_type().question(id if "/" in id else f"every/{id}"), seed)


def item(id: str, seed: int = 1) -> Item:
    """The variant as the first question of a paper."""
    found = variant(id, seed)
    return Item(1, 0, found, found.question.marks)


def model_answers(found: Variant) -> dict[str, str]:
    """The printed key of every part, by the parts' names."""
    return {part.key_name: target.printed for part, target in zip(found.question.parts, found.targets, strict=True)}


def paper_of(
    derivation: Derivation | Family,
    givens: Mapping[str, Value],
    parts: Sequence[Mapping[str, Any]],
    misconceptions: Sequence[str] = (),
) -> Item:
    """A paper with one question on the derivation, with these givens."""
    words = {"en": "A question.", "zh": "题目。"}
    question = Question.model_validate({
        "id": "own/question", "title": words, "kind": "compute", "derivation": derivation.name, "difficulty": 1, "prompt": words,
        "parts": [{"ask": words, "marks": 1, **part} for part in parts], "misconceptions": [*misconceptions],
    })  # fmt: skip
    given = derivation.complete(givens)
    trace = derivation.at(given).run(given)
    return Item(1, 0, Variant(question, 1, given, trace, targets(question, 1, given, trace)), question.marks)


def marked(paper: Item, answers: Mapping[str, str], policy: Policy | None = None) -> dict[str, Verdict]:
    """The verdicts on answers given by the parts' names; what is not given is the model answer."""
    names = [part.key_name for part in paper.variant.question.parts]
    assert set(answers) <= set(names), "no such part"
    typed = {**model_answers(paper.variant), **answers}
    responses = {paper.label(i): typed[name] for i, name in enumerate(names)}
    return dict(zip(names, mark(paper, responses, policy or Policy()), strict=True))


def folder_of(root: Path, files: Mapping[str, str]) -> Path:
    """The folder with these files written into it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def gradmark(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """What `gradmark` ends with on these arguments: exit code, what it says, what it complains about."""
    code = main([str(argument) for argument in arguments])
    said, complained = capsys.readouterr()
    assert "Traceback" not in complained
    return code, said, complained
