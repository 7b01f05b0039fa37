"""What a question says: its texts in both languages."""

from __future__ import annotations

from collections.abc import Iterator

from grader.bank_check.rules import Subject, first, rule
from questions.variant import Variant
from solvers.latex import with_plain_text
from solvers.text import Text

_SLIPS = ("None", "nan", "Undefined", "+ -", "- -")  # in a text, though not in its template: a value shown badly


@rule("words", "every prompt, hint and option can be set in both languages", "题面、提示和选项在两种语言中都能排版")
def _words(subject: Subject) -> Iterator[Text]:
    source = subject.question.model_dump_json()

    def broken(variant: Variant) -> Text | None:
        texts = [variant.prompt, *variant.hints, *(variant.ask(i) for i in range(len(subject.question.parts)))]
        texts += [option.text for target in variant.targets for option in target.options]
        for text in texts:
            for words in (text.en, text.zh):
                said = with_plain_text(words)
                if any(bad in said and bad not in source for bad in _SLIPS):
                    return Text(f"a text says {said[:80]!r}", f"文字中出现 {said[:80]!r}")
        return None

    yield from first(subject.drawn, broken)
