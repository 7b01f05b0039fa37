"""The Chinese of the bank: its punctuation, and the spaces beside what is not Chinese."""

from __future__ import annotations

import re

from questions.bank import Bank

_NOT_PROSE = re.compile(r"```.*?```|\$[^$]*\$|`[^`]*`|\{\{.*?\}\}", re.DOTALL)
_GAP = re.compile(r"[，。；：、？！）】」”][ ](?=[^\s|{])")  # where a folded line went on
_TIGHT = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff] ?[,;:?!]|[\u4e00-\u9fff]\(|[,;?!] ?[\u4e00-\u9fff]|\)[\u4e00-\u9fff]")


def _prose(text: str) -> str:
    """The text with each formula, piece of code and placeholder as one mark."""
    return _NOT_PROSE.sub("¤", text)


def test_what_is_said_of_misconceptions_is_set_as_chinese_is() -> None:
    """Full-width punctuation with no space after it, and a space between Chinese and Latin letters or figures."""
    bank = Bank()
    texts = {
        (id, text) for id, known in bank.misconceptions.items() for text in (known.title.text.zh, known.says.text.zh)
    }
    assert len(texts) > 1000
    wrong = [
        (id, match[0])
        for id, text in texts
        for rule in (_GAP, _TIGHT, _HALF_WIDTH)
        for match in rule.finditer(_prose(text))
    ]
    assert wrong == []


def test_no_folded_line_leaves_a_space_in_a_chinese_prompt() -> None:
    """What a line break in the file becomes behind full-width punctuation is a gap on the page."""
    prompts = [(question.id, question.prompt.text.zh) for question in Bank().questions(None)]
    assert len(prompts) > 200
    wrong = [(id, match[0]) for id, text in prompts for match in _GAP.finditer(_prose(text))]
    assert wrong == []
