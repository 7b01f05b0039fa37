"""What programs print around numbers: `tensor(…, grad_fn=<…>)`, `np.float64(…)`, and the bars of a table in Markdown.

As all that is passed over, it becomes spaces, or the separator that it stands for.
"""

from __future__ import annotations

import re

from grader.reading.surroundings import Surrounded, strip_marks

_WRAPPED = re.compile(
    r"\s*(?:Parameter containing:\s*)?(?:(?:np|numpy|torch|tf|jnp|nn|mx|sympy|sp)\.)?"
    r"(?:[tT]ensor|FloatTensor|LongTensor|Parameter|array|asarray|[mM]atrix|[vV]ector|ndarray|list|tuple|constant|c)\s*(?=\()"
)
_KEYWORD = re.compile(
    r",\s*(?:dtype|device|grad_fn|requires_grad|shape|size|layout|numpy)\s*=\s*"
    r"(?:<[^<>]{0,80}>|'[^']{0,40}'|\"[^\"]{0,40}\"|\([0-9,\s]{0,40}\)|torch\.Size\(\[[0-9,\s]{0,40}\]\)|[A-Za-z0-9_.]{1,40})"
)
_SCALAR = re.compile(r"\b(?:np|numpy)\.(?:float|int|uint)(?:8|16|32|64)?\(([^()\n]{1,40})\)")
_RULE = re.compile(r"[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|)*[ \t]*:?-{2,}:?[ \t]*\|?[ \t]*")
_ROW_OF_TABLE = re.compile(r"[ \t]*\|([^|\n]+\|){2,}[ \t]*")


def strip_print(around: Surrounded) -> None:
    """Passes over whatever a program prints around numbers, brackets included."""
    if "(" in around.text:
        _strip_scalars(around)
        _strip_wrapper(around)


def _strip_scalars(around: Surrounded) -> None:
    for scalar in _SCALAR.finditer(around.text):
        around.blank(scalar.start(), scalar.start(1))
        around.blank(scalar.end(1), scalar.end())


def _strip_wrapper(around: Surrounded) -> None:
    match = _WRAPPED.match(around.text)
    if match is None:
        return
    for keyword in _KEYWORD.finditer(around.text):
        around.blank(*keyword.span())
    end = len(around.text.rstrip())
    around.blank(0, match.end())
    if around.text[end - 1] == ")":
        around.blank(match.end(), match.end() + 1)
        around.blank(end - 1, end)
        strip_marks(around)


def strip_table(around: Surrounded) -> None:
    """Makes rows of a table in Markdown lines with commas; its rule is passed over, and with it a heading that holds no figures."""
    if "|" not in around.text:
        return
    lines = around.text.split("\n")
    typed = [line for line in lines if line.strip() and not _RULE.fullmatch(line)]
    if not typed or not all(map(_ROW_OF_TABLE.fullmatch, typed)):
        return
    rule = next((place for place, line in enumerate(lines) if "-" in line and _RULE.fullmatch(line)), None)
    heading = rule is not None and not any(figure.isdigit() for line in lines[:rule] for figure in line)
    passed = range(rule + 1) if rule is not None and heading else [] if rule is None else [rule]
    if heading:
        around.note("The heading of the table was passed over.", "表头已略去。")
    around.text = "\n".join([" " * len(line) if place in passed else _row(line) for place, line in enumerate(lines)])


def _row(line: str) -> str:
    """A row of a table with commas between its cells, at the same places."""
    start, end = line.find("|"), line.rfind("|")
    if start < 0:
        return line
    return " " * (start + 1) + line[start + 1 : end].replace("|", ",") + " " + line[end + 1 :]
