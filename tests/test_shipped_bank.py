"""The shipped bank: every question through every rule, and the rules themselves able to find what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grader.bank_check import RULES, Subject, check_bank
from questions.bank import Bank
from questions.question import Draw, Part, Words
from questions.sampling import draw
from solvers.certificate import certify
from solvers.registry import derivation, names
from solvers.text import GradmarkError, Text
from solvers.trace import Trace

BANK = Bank()
NAMED_TOPICS = ("convolution", "parameters", "receptive-field", "lstm", "attention", "backprop")


@pytest.mark.parametrize("id", BANK.ids())
def test_a_question_passes_every_rule(id: str) -> None:
    """Keys certified, formulas true, texts settable, model answers right, misconceptions told apart, own checks hold."""
    report = check_bank(BANK, [id], variants=3)
    assert [f"[{finding.rule}] {finding.text.en}" for finding in report.findings] == []


@pytest.mark.parametrize("topic", NAMED_TOPICS)
def test_a_named_topic_has_eight_templates_of_different_kinds(topic: str) -> None:
    """Not one template with other numbers eight times."""
    found = list(BANK.questions(topic))
    assert len(found) >= 8
    assert len({question.kind for question in found}) >= 6
    assert len({question.difficulty for question in found}) >= 4


@pytest.mark.parametrize("topic", [row.id for row in BANK.topic_map])
def test_every_topic_of_the_map_has_templates_of_different_kinds(topic: str) -> None:
    """Three at the least, all with hints that the drill can give."""
    found = list(BANK.questions(topic))
    assert len(found) >= 3
    assert len({question.kind for question in found}) >= 3
    assert [question.id for question in found if len(question.hints) < 2] == []


@pytest.mark.parametrize("name", sorted(names()))
def test_a_derivation_has_an_oracle_and_both_languages(name: str) -> None:
    """Every derivation can be certified, and every step has a name in English and Chinese."""
    found = derivation(name)
    example = getattr(found, "example", found)
    assert example.oracle_rule is not None
    assert all(step.label.en and step.label.zh for step in example.steps.values())


def test_every_misconception_of_the_bank_is_explained_in_both_languages() -> None:
    """The two texts differ, and neither says the answer is just incorrect."""
    for text in BANK.misconceptions.values():
        assert text.says.en != text.says.zh
        assert len(text.says.zh) > 15


def test_every_known_error_of_the_sources_is_a_misconception_that_says_where_it_is_taught() -> None:
    """E1 to E20 of the topic map, each followed by the place in the notes."""
    taught = {text.sources[0]: text.sources[1:] for text in BANK.misconceptions.values() if text.sources}
    assert all(taught.get(f"E{i}") for i in range(1, 21))


@pytest.mark.parametrize("id", ["convolution/output-size", "lstm/one-unit", "attention/scaled-dot-product"])
def test_a_wrong_rule_is_noticed_by_the_certificate(id: str) -> None:
    """With a misconception in place of the right rule, the other engine disagrees."""
    variant = draw(BANK.question(id), 1)
    assert variant.trace is not None
    wrong = variant.trace.derivation.run(variant.trace.givens, replacing=variant.question.misconceptions[:1])
    assert certify(variant.trace).certified
    assert not certify(wrong).certified


ONE_DRAW = {name: Draw(value=value) for name, value in {"n": 50, "k": 3, "s": 2, "p": 1, "d": 2}.items()}
BROKEN: dict[str, dict[str, Any]] = {
    "misconceptions": {"misconceptions": ["conv/no-such-thing"]},
    "variety": {"givens": ONE_DRAW},
    "words": {"prompt": Words(en="A length of $ {{ n }}", zh="长度 {{ n }}")},
    "checks": {"checks": []},
    "apart": {"pairs": [["conv/forgot-padding", "conv/padding-once"]]},  # whoever forgets it all forgets one side
    "steps": {
        "parts": [
            Part.model_validate(
                {
                    "ask": {"en": "?", "zh": "？"},
                    "type": "integer",
                    "marks": 2,
                    "answer": "size",
                    "working": {"width": 1},
                }
            )
        ]
    },
}


def findings(rule: str, subject: Subject) -> list[Text]:
    """What a rule says of a subject; an error that it meets is a finding, too."""
    try:
        return list(RULES[rule][1](subject))
    except GradmarkError as error:
        return [error.text]


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_a_rule_finds_what_it_promises(rule: str) -> None:
    """Each kind of broken question is found by the rule of that name."""
    question = BANK.question("convolution/output-size")
    broken = question.model_copy(update=BROKEN[rule])
    drawn = [replace(draw(question, 1), question=broken)]
    assert findings(rule, Subject(BANK, broken, drawn))


MISPRINTS = {
    "a value with a tail": Words(en="A rate of 0.{{ t }}", zh="{{ n }}"),
    "two signs": Words(en="$y = x + {{ n }}$", zh="$y = {{ n }}$"),
    "one of many": Words(en="It has {{ k }} hidden layers.", zh="{{ k }} 个隐藏层。"),
    "two spaces": Words(en="A length  of {{ n }}", zh="长度为 {{ n }}"),
    "a Chinese comma": Words(en="A length of {{ n }}， a stride of 1", zh="长度为 {{ n }}"),
    "an English comma": Words(en="A length of {{ n }}", zh="长度为 {{ n }},步幅为 1"),
    "an English stop": Words(en="A length of {{ n }}", zh="长度为 {{ n }}，求长度."),
}


@pytest.mark.parametrize("prompt", MISPRINTS.values(), ids=MISPRINTS)
def test_a_misprint_is_found(prompt: Words) -> None:
    """Whether it stands in the template or only comes with the numbers."""
    question = BANK.question("convolution/output-size")
    variant = replace(draw(question, 1), givens={"n": -3, "k": 1, "t": 30000000000000004})
    broken = question.model_copy(update={"prompt": prompt})
    assert findings("words", Subject(BANK, broken, [replace(variant, question=broken)]))


@pytest.mark.parametrize("words", [
    "The first of {{ k }} layer, and k - 1 gaps; layer {{ k }} has inputs.", "`x + {{ n }}`, | a | b |",
    "```python\nif x:\n    y = 1  # two\n```", "$a \\quad b$, 3--5, None of it; 1,000",
])  # fmt: skip
def test_what_is_meant_is_no_misprint(words: str) -> None:
    """Code keeps its spaces, and a template may say what a value must not."""
    question = BANK.question("convolution/output-size")
    variant = replace(draw(question, 1), givens={"n": 3, "k": 1})
    right = question.model_copy(update={"prompt": Words(en=words, zh="长度 {{ n }}，即 `a,b`。")})
    subject = Subject(BANK, right, [replace(variant, question=right)])
    assert not [text for text in findings("words", subject) if "a text says" in text.en]


def test_a_number_that_nobody_wants_to_work_with_is_found() -> None:
    """Eleven digits are too many for a pocket calculator."""
    variant = draw(BANK.question("convolution/output-size"), 1)
    ugly = replace(variant, givens={**variant.givens, "n": 12345678901})
    assert findings("numbers", Subject(BANK, variant.question, [ugly]))


def test_a_formula_that_lies_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If what is printed were not what is computed, the rule on formulas would say so."""
    original = Trace.__getitem__

    def off_by_one(self: Trace, name: str) -> object:
        value = original(self, name)
        return value + 1 if name == "effective_kernel" else value

    variant = draw(BANK.question("convolution/output-size"), 1)
    monkeypatch.setattr(Trace, "__getitem__", off_by_one)
    monkeypatch.setattr("grader.bank_check.fairness.draw", lambda *_, **__: variant)
    found = {finding.rule for finding in check_bank(BANK, ["convolution/output-size"], variants=1).findings}
    assert "formulas" in found


def test_every_rule_has_a_promise_in_both_languages() -> None:
    """`gradmark bank check --rules` prints them."""
    assert all(promise.en and promise.zh for promise, _ in RULES.values())
