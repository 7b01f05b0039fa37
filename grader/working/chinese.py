"""Working in Chinese sentences, where a word stands for the equals sign or none at all: `输入门为 0.69，输出门 0.73`."""

from __future__ import annotations

import re
from itertools import islice

from solvers.expression.tokens import tidy

_NAME = r"(?<=[\u3400-\u9fffA-Za-z0-9_})\]~\u0303])"
_ENDS = r"(?=[ \t]*(?:[,;.。!](?![0-9])|[=≈≅]|\n|\\\\|\Z))"
_NUMBER = rf"[ \t]*[-+]?[ \t]*[0-9]{{1,9}}(?:\.[0-9]{{1,12}})?{_ENDS}"
_ARRAY = rf"[ \t]*[\[(][-+0-9.,; \t\[\]()]{{1,200}}[\])]{_ENDS}"
_WORKED_OUT = r"[ \t]*[-+(]{0,3}[0-9][^,;\n=≈≅\u3400-\u9fff]{0,80}[=≈≅]"
_SAYS = re.compile(
    rf"{_NAME}[ \t]*(?P<sign>等于|(?<![因作认成以应该不])为|(?<![但就还而不可于总要若只应该])是)(?={_NUMBER}|{_ARRAY}|{_WORKED_OUT})"
    rf"|(?<=[\u3400-\u9fff])(?<![为是于])[ \t](?=[-+]?[0-9]{{1,6}}\.[0-9]{{2,12}}{_ENDS})"
)


def with_equals_signs(plain: str) -> str:
    """The text with an equals sign for a word that says what a name's value is, each character still at its place."""
    return _SAYS.sub(_signed, plain) if any("\u3400" <= character <= "\u9fff" for character in plain) else plain


def in_sentences(text: str, *, least: int = 1) -> bool:
    """Whether a text as it was typed says so at least as often."""
    said = _SAYS.finditer(tidy(text)) if any(word in text for word in "为是等") else iter(())
    return sum(1 for _ in islice(said, least)) == least


def _signed(found: re.Match[str]) -> str:
    whole = found[0]
    sign = found["sign"]
    return whole[: len(whole) - len(sign)] + "=".ljust(len(sign)) if sign is not None else "="
