"""What a question says: its texts in both languages, as every variant shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.bank_check.rules import Subject, at_seed, rule
from questions.prompts import render_text
from questions.variant import Variant
from solvers.latex import segments, with_plain_text
from solvers.text import LANGUAGES, Language, Text

# Values shown badly: in a text, though not in its template.
_SHOWN_BADLY = re.compile(
    r"\b(?:None|nan|Undefined)\b|\{\{|\}\}|\{%|%\}"
    r"|\d\.\d*(?:0{6}|9{6})\d*"  # 0.30000000000000004
    r"|[+-] ?-[\d.]|[+-] ?-\\frac"
)
_ONE_OF_MANY = re.compile(
    r"(?<![\w.^-])1\$? (?:(?:hidden|input|output|feature|time|target|source|convolutional|dense|more|other|further) )?(?:axes|bits|blocks|channels|classes|columns|dimensions|elements|entries|epochs|examples|features|filters"
    r"|gates|heads|images|inputs|kernels|layers|maps|neurons|numbers|outputs|parameters|people|pixels|points|positions|rows|samples"
    r"|sentences|sequences|steps|targets|times|tokens|units|values|vectors|weights|words|zeros)\b"
)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_HAN = "\u4e00-\u9fff"
_MISPRINTS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"(?<=[^\s|]) {2,}(?=[^\s|])|[，。；：？！（）、]|(?<=[a-z\d]) [,;](?=\s)"),
    "zh": re.compile(
        rf"(?<=[^\s|]) {{2,}}(?=[^\s|])|[{_HAN}][,;:?!]|[,;:?!][{_HAN}]|[{_HAN}]\.(?=\s|$)"
        rf"|[{_HAN}，。；：？！（）、] +[{_HAN}，。；：？！（）、]"
    ),
}
_AROUND = 30  # characters of a text that are shown before and after what is wrong in it


@rule(
    "words",
    "every text can be set in both languages, has the punctuation of its language, and shows no value badly: no None, no x + -3, no 1 layers",
    "所有文字在两种语言中都能排版，标点符合该语言的习惯，数值显示正常：没有 None、x + -3 之类",
)
def _words(subject: Subject) -> Iterator[Text]:
    source = subject.question.model_dump_json().replace("\\\\", "\\")
    seen: set[str] = set()
    for variant in subject.drawn:
        for text in _texts(variant):
            for language in LANGUAGES:
                words = text[language]
                if words in seen:
                    continue
                seen.add(words)
                subject.covered["texts"] += 1
                with_plain_text(words)  # raises an error for what cannot be set
                if found := _shown_badly(words, source, language) or _misprint(words, language):
                    yield at_seed(variant, Text(f"a text says {found!r}", f"文字中出现 {found!r}"))
                    return


def _texts(variant: Variant) -> Iterator[Text]:
    """Everything that the question says to somebody: what is asked, hints, options and the reasons for them, remarks."""
    yield variant.prompt
    yield from variant.hints
    for index, part in enumerate(variant.question.parts):
        yield variant.ask(index)
        if part.solution is not None:
            yield render_text(part.solution.text, variant.givens)
    for target in variant.targets:
        yield from target.left
        for option in target.options:
            yield option.text
            if option.because is not None:
                yield option.because


def _shown_badly(words: str, source: str, language: Language) -> str | None:
    """The first value that the text shows badly: what stands in the template itself is meant so."""
    patterns = (_SHOWN_BADLY, _ONE_OF_MANY) if language == "en" else (_SHOWN_BADLY,)
    for pattern in patterns:
        for match in pattern.finditer(words):
            if match[0] not in source:
                return _excerpt(words, match)
    return None


def _misprint(words: str, language: Language) -> str | None:
    """The first space or punctuation mark that does not belong there, code and formulas apart."""
    prose = "".join("x" if part.latex else part.text for part in segments(_CODE.sub("x", words)))
    match = _MISPRINTS[language].search(prose)
    return _excerpt(prose, match) if match else None


def _excerpt(words: str, match: re.Match[str]) -> str:
    return words[max(0, match.start() - _AROUND) : match.end() + _AROUND]
