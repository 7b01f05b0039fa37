"""Exams and papers: which variants a student gets, under which labels, and the key that the teacher keeps.

Each student's seeds are an HMAC of the exam's secret: without the secret, a paper says nothing about its seed or its key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from questions.about_network import GIVEN, about, is_about_network
from questions.bank import Bank
from questions.blueprint import Blueprint, Chosen, Student, choose
from questions.choices import Kept, choice_version, is_computed_choice
from questions.encoding import decode, encode
from questions.question import Part
from questions.sampling import draw
from questions.stream import Stream
from questions.variant import LETTERS, Variant, targets
from solvers.certificate import Certificate, CertificateError, certify
from solvers.registry import derivation
from solvers.values import Value

_LABEL = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True)
class Item:
    """One question on a paper: its number, its variant, what it is worth, and the certificate of its key."""

    number: int
    section: int
    variant: Variant
    marks: Fraction
    certificate: Certificate | None = None

    def label(self, index: int) -> str:
        """How the part with this index is called on the answer sheet: `1a`, or `1` if it is the only one."""
        return f"{self.number}{LETTERS[index].lower()}" if len(self.variant.question.parts) > 1 else str(self.number)

    def worth(self, part: Part) -> Fraction:
        """The part's marks on this paper."""
        return part.marks * self.marks / self.variant.question.marks


@dataclass(frozen=True)
class Paper:
    """One student's exam. `code` identifies it without saying anything about its seeds."""

    exam: str
    student: Student
    code: str
    items: tuple[Item, ...]

    @property
    def labels(self) -> list[str]:
        """The labels of all parts, in order."""
        return [item.label(i) for item in self.items for i in range(len(item.variant.question.parts))]

    @property
    def marks(self) -> Fraction:
        """What the paper is worth."""
        return sum((item.marks for item in self.items), Fraction(0))


def normal_label(label: str) -> str:
    """A label as the paper writes it: `1 (A)`, `Q1.a` and `1a` are the same."""
    return _LABEL.sub("", label.strip().lower().removeprefix("question").removeprefix("q"))


def secret_of_seed(seed: int) -> bytes:
    """The secret of an open, reproducible exam."""
    return hashlib.sha256(f"gradmark open exam {seed}".encode()).digest()


def _number(secret: bytes, *words: str) -> int:
    return int.from_bytes(hmac.digest(secret, "\x1f".join(words).encode(), "sha256")[:7], "big")


def papers(bank: Bank, blueprint: Blueprint, students: list[Student], secret: bytes) -> Iterator[Paper]:
    """Each student's paper, drawn and certified, one at a time.

    Raises GradmarkError where a question finds no fair variant or an independent engine disagrees with a key.
    """
    shared = choose(bank, blueprint, Stream(f"questions|{_number(secret, blueprint.exam)}"))
    for student in students:
        if blueprint.same_questions:
            chosen = shared
        else:
            chosen = choose(bank, blueprint, Stream(f"questions|{_number(secret, blueprint.exam, student.id)}"))
        yield paper_of(bank, blueprint, student, secret, chosen)


def paper_of(bank: Bank, blueprint: Blueprint, student: Student, secret: bytes, chosen: list[Chosen]) -> Paper:
    """One student's paper over the chosen questions."""
    items = []
    for number, choice in enumerate(chosen, 1):
        seed = _number(secret, blueprint.exam, student.id, str(number), choice.question)
        question = bank.question(choice.question)
        if choice.network is not None:
            question = about(question, choice.network)
        variant = draw(question, seed, choices=choice.choices)
        items.append(Item(number, choice.section, variant, choice.marks, _certificate(variant)))
    code = f"{_number(secret, 'code', blueprint.exam, student.id):014x}"[:8]
    return Paper(blueprint.exam, student, code, tuple(items))


def _certificate(variant: Variant) -> Certificate | None:
    if variant.trace is None:
        return None
    certificate = certify(variant.trace)
    if certificate.engine and not certificate.agrees:
        raise CertificateError(
            f"{variant.question.id} (seed {variant.seed}): {certificate.engine} gives another answer; it {certificate.reason}.",
            f"{variant.question.id}（种子 {variant.seed}）：{certificate.engine} 的结果不同：{certificate.reason}。",
        )
    return certificate


def key_of(paper: Paper) -> dict[str, Any]:
    """What the teacher keeps of a paper: enough to mark it without drawing it again."""
    return {
        "student": paper.student.id,
        "name": paper.student.name,
        "paper": paper.code,
        "items": [
            {
                "number": item.number,
                "section": item.section,
                "question": item.variant.question.id,
                "seed": item.variant.seed,
                "marks": str(item.marks),
                "givens": {name: encode(value) for name, value in item.variant.givens.items()},
                "slack": [[_encoded_slack(x) for x in target.slack] for target in item.variant.targets],
                **_kept_choices(item.variant),
                "answers": {item.label(i): target.printed for i, target in enumerate(item.variant.targets)},
                "certificate": item.certificate.to_json() if item.certificate else None,
            }
            for item in paper.items
        ],
    }


def _kept_choices(variant: Variant) -> dict[str, Any]:
    """The options that were offered beside computed keys, so that marking needs nothing but the letters."""
    offered = [
        [[encode(option.value), list(option.misconceptions)] for option in target.options]
        if is_computed_choice(part)
        else None
        for part, target in zip(variant.question.parts, variant.targets, strict=True)
    ]
    return {"choices": offered} if any(offered) else {}


def _encoded_slack(slack: Fraction | float) -> Any:
    return slack if isinstance(slack, float) else encode(Fraction(slack))


def _decoded_slack(data: Any) -> Fraction | float:
    slack = decode(data)
    if not isinstance(slack, (Fraction, float)):
        raise TypeError("a slack is a number")
    return slack


def _decoded_options(data: Any) -> Kept | None:
    return None if data is None else [(decode(value), tuple(map(str, ids))) for value, ids in data]


def paper_from_key(bank: Bank, exam: str, key: Mapping[str, Any], networks: Mapping[str, str] | None = None) -> Paper:
    """The paper that `key_of` described, its answers computed anew from the givens.

    `networks` are those that the exam has kept: the name under which each is known, by the name on the papers.
    """
    items = []
    for entry in key["items"]:
        question = bank.question(entry["question"])
        choices = [_decoded_options(options) for options in entry.get("choices") or [None] * len(question.parts)]
        question = choice_version(question, [options is not None for options in choices])
        givens: dict[str, Value] = {name: decode(value) for name, value in entry["givens"].items()}
        if is_about_network(question, givens):
            whole, slash, part = str(givens[GIVEN]).partition("/")
            givens[GIVEN] = f"{(networks or {}).get(whole, whole)}{slash}{part}"
        trace = None
        if question.derivation is not None:
            found = derivation(question.derivation)
            complete = found.complete({name: value for name, value in givens.items() if name in found.givens})
            trace = found.at(complete).run(complete)
        slacks = [tuple(_decoded_slack(x) for x in slack) for slack in entry["slack"]]
        keys = targets(question, entry["seed"], givens, trace, slacks, choices)
        variant = Variant(question, entry["seed"], givens, trace, keys)
        items.append(Item(entry["number"], entry["section"], variant, Fraction(entry["marks"])))
    return Paper(exam, Student(id=key["student"], name=key["name"]), key["paper"], tuple(items))
