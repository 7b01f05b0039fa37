"""What people write around an answer: `o = 55`, `答案：55`, `≈ 0.62`, `55 params`. It is passed over, and said so.

Whatever is passed over becomes spaces, so that every character of the answer stays at its place.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from grader.reading.units import Notation, based, find_money, find_percent, find_ratio, find_unit, repeating
from solvers.expression.tokens import LETTERS, tidy
from solvers.expression.vocabulary import ANY, CONSTANTS, MAGNITUDES, function_named
from solvers.text import Text

_BLANKS = frozenset((
    "", "-", "--", "---", "?", "??", "???", "n/a", "n.a.", "no answer", "i don't know", "i dont know", "don't know", "dont know",
    "idk", "no idea", "not sure", "unknown", "skip", "skipped", "blank", "tbd", "todo", "_", "__", "___",
    "不会", "我不会", "不知道", "我不知道", "不清楚", "不懂", "不会做", "没做", "未作答", "未答", "略", "无答案", "没有答案", "空", "空白",
))  # fmt: skip
_ANSWER = re.compile(
    r"\*{0,2}(?:the\s+)?(?:final\s+|correct\s+|right\s+)?(?:(?:answers?|ans)\b\.?\s*(?:is\b|are\b|:|=)?\s*:?\*{0,2}|(?:result|output|solution|value)\s*(?:is\b|:|=)\s*:?)"
    r"|(?:最终)?(?:答案|结果|答)\s*(?:是|为)?\s*[:=]?\s*|(?:因此|所以|故|即|(?:therefore|so|hence|thus)\b)\s*[,:]?|∴|=>|⇒|→|#{2,6}(?=\s)"
    r"|(?:i|we)\s+(?:get|got|find|have|obtain)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?:\b(?:is|are|equals|becomes|gives|yields|(?:equal|equals|comes|amounts)\s+to)\b|[是为]|等于)\s*:?",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:not|no|never|cannot|neither|except|if|unless|either|between|when|where)\b|n't\b|不|没|非|未|无|除|或|如果|若|当",
    re.IGNORECASE,
)
_HOPE = re.compile(r"[.。]?\s{0,4}I hope (?:it is|it's|this is) correct\s{0,4}[.!]?\s*\Z", re.IGNORECASE)
_TAG = re.compile(r"<answer>([^<>]*)</answer>", re.IGNORECASE)
_WORD = re.compile(rf"(?<!\\)(?<![{LETTERS}])[{LETTERS}]{{2,}}")
_ABOUT = re.compile(
    r"(?:≈|≅|≃|~|=|:|\\approx(?![a-z])|\\simeq(?![a-z])|(?:approximately|approx|about|roughly)\b\.?|大约|约等于|约为|约|大概|等于)\s*",
    re.IGNORECASE,
)
_LABEL = re.compile(rf"\\?[{LETTERS}][^=≈<>!,;\n\[\]]{{0,40}}?\s*(?:=|≈|≅|:=|\\approx(?![a-z]))(?![=>])")
_TUPLE_LABEL = re.compile(
    rf"\\?(?:left)?\(\s*[{LETTERS}][{LETTERS}0-9_']{{0,9}}(?:\s*,\s*[{LETTERS}][{LETTERS}0-9_']{{0,9}}){{1,9}}\s*(?:\\right)?\)\s*=(?!=)"
)
_COLON_LABEL = re.compile(rf"[{LETTERS}][{LETTERS}0-9_' ]{{0,30}}:(?!=)")
_WORKED = re.compile(r"\\(?:[dtc]?frac|sqrt|d?binom)(?![a-z])")
_NAME = re.compile(rf"\\?[{LETTERS}][{LETTERS}0-9_'{{}}\\]*(?:\([{LETTERS}0-9_, ]*\))?")
EQUALS: Final = re.compile(r"(?<![<>=!:])(?:=|≈|≅|\\approx(?![a-z]))(?!=)")
"""Signs between two things of the same value."""
_ALIGNED = re.compile(r"\\(?:begin|end)\{(?:align|equation|gather|aligned|split|eqnarray|multline)\*?\}")
_BOX = re.compile(r"\\?(?:boxed|fbox)\s*(?:([{(])|(?<=d )([^\s${}\\]{1,40}))")
_BETWEEN = re.compile(
    r"(?:[\s$]|\\q?quad(?![a-z])){0,20}(?:[,;、和或]|and\b|or\b|\\text\{\s*(?:and|or)\s*\}){1,2}(?:[\s$]|\\q?quad(?![a-z])){0,20}"
)
_ONE_PAIR = 2  # dollar signs
_SENTENCE_ONLY = re.compile(rf"[{LETTERS}\s.,:;!'’-]*")
_PERCENT_AFTER = re.compile(r"[}\s$]{0,8}(\\?%|per\s?cent(?:age)?\b|pct\b)", re.IGNORECASE)
_MOST_BOXES = 8  # at the end, of those that a text holds
_TEXT = re.compile(r"\s*\\(?:text(?:normal|rm|bf|it|sf)?|mathrm|mathbf|mbox)\s*(\{)([^{}\\]*)\}\s*")
_PAIRS = (
    ("**", "**"), ("__", "__"), ("```", "```"), ("`", "`"), ('"', '"'), ("'", "'"), ("$$", "$$"), ("$", "$"), ("\\[", "\\]"), ("\\(", "\\)"),
    ("*", "*"), ("_", "_"),
)  # fmt: skip
_OPENINGS = frozenset("*`\"'$\\_")
_ENDINGS = frozenset(".。,;\\")
_BRACED_COMMA = r"\s?\{\s*,\s*\}"
_GROUPED = re.compile(rf"(?<![0-9_.])[1-9][0-9]{{0,2}}(?:(?:{_BRACED_COMMA}|,?\s?\\[!,]\s?)[0-9]{{3}}(?![0-9]))+")
_DECIMAL = re.compile(rf"(?<![0-9_.])[0-9]{{1,90}}{_BRACED_COMMA}(?=[0-9])")
_GROUP = re.compile(r"[^0-9]+")
_RELATION = re.compile(r"[<>≤≥≠∈±,;]|\\(?:leq?|geq?|neq?|lt|gt|in|pm)(?![a-z])|!=|\bor\b|\band\b|[或且]")
_POINTED = re.compile(r"(?<![0-9.。｡])([0-9]{1,90})[。｡]([0-9]{1,90})(?![0-9.]|[。｡][0-9])")
_TIMES_TEN = re.compile(r"(?<=[0-9])\s?[xX]\s?(?=10\s?(?:\^|\*\*))")
_PREFIXES = frozenset("xXbBoO")  # after the 0 of a number in another base
_SIGN = re.compile(r"[=≈≅:]|\\approx")
_TECHNICAL = frozenset(
    (*CONSTANTS, *MAGNITUDES, "percent", "pct", "percentage", "pmatrix", "bmatrix", "matrix", "array", "cc", "ccc")
)


@dataclass(slots=True)
class Surrounded:
    """A response on its way to being read: its characters in plain form, at their places, and what was decided so far."""

    typed: str
    text: str
    notes: list[Text] = field(default_factory=list)
    unit: str | None = None

    @classmethod
    def of(cls, text: str) -> Surrounded:
        """The response in plain characters, with nothing passed over yet; a Chinese full stop in a number is its decimal point."""
        found = cls(text, tidy(text))
        if "。" in text or "｡" in text:
            plain = _POINTED.sub(r"\1.\2", found.text)
            if plain != found.text:
                found.text = plain
                found.note("“。” between digits was read as a decimal point.", "数字之间的“。”按小数点理解。")
        return found

    def blank(self, start: int, end: int) -> None:
        """Puts spaces in place of characters."""
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]

    def note(self, en: str, zh: str) -> None:
        """Says something to the student."""
        self.notes.append(Text(en, zh))

    @property
    def start(self) -> int:
        """Where the answer begins."""
        return len(self.text) - len(self.text.lstrip())


def is_blank(text: str) -> bool:
    """Whether a response says no more than that there is no answer."""
    return len(text) < 40 and tidy(text).strip().rstrip("。.!").casefold() in _BLANKS


def strip_marks(found: Surrounded) -> None:
    r"""Passes over quotation marks, Markdown's bold, `$…$`, `\boxed{…}` with what stands around it, and a full stop at the end."""
    if "box" in found.text or "<a" in found.text:
        _open_box(found)
    if "####" in found.text:
        found.blank(0, found.text.rindex("####") + 4)
    if "\\begin{" in found.text:
        _open_lines(found)
    if found.text.count("$") == _ONE_PAIR:
        _open_formula(found)
    for _ in range(6):
        text = found.text
        left, right = found.start, len(text.rstrip())
        if text[left : left + 1] not in _OPENINGS and text[right - 1 : right] not in _ENDINGS:
            break
        if text.startswith("\\", left) and (inner := _TEXT.fullmatch(text)) is not None:
            found.blank(left, inner.end(1))
            found.blank(inner.end(2), len(text))
            continue
        for opening, closing in _PAIRS:
            inside = right - left - len(opening) - len(closing)
            if inside > 0 and text.startswith(opening, left) and text.endswith(closing, 0, right):
                found.blank(left, left + len(opening))
                found.blank(right - len(closing), right)
                break
        else:
            if not _strip_end(found, left, right):
                break
    if "{" in found.text or "\\" in found.text:
        found.text = _GROUPED.sub(_joined, found.text)
        found.text = _DECIMAL.sub(_decimal, found.text)


def _joined(number: re.Match[str]) -> str:
    r"""A number with groups set apart in LaTeX, `14{,}916` or `14\!916`, as `14_916`, as long as it was."""
    return _GROUP.sub("_", number[0]).rjust(len(number[0]))


def _decimal(number: re.Match[str]) -> str:
    r"""A number and its decimal comma in braces, `3{,}14`, without them."""
    return (_GROUP.sub("", number[0]) + ",").rjust(len(number[0]))


def plain_text(text: str) -> str:
    r"""A word of a key without what may stand around it in LaTeX: `\text{odd}` is `odd`."""
    if "\\" not in text:
        return text.strip()
    around = Surrounded.of(text)
    strip_marks(around)
    return around.text.strip()


def _open_formula(found: Surrounded) -> None:
    """Leaves only the formula between the only two dollar signs, if words stand around it that deny nothing."""
    before, _, rest = found.text.partition("$")
    inside, _, after = rest.partition("$")
    around = f"{before} {after}"
    words = _WORD.search(around) is not None and _SENTENCE_ONLY.fullmatch(around) is not None
    if not words or not inside.strip() or _HEDGED.search(around) is not None or find_percent("0 " + after) is not None:
        return
    if find_unit("0 " + after.rstrip(". ")) is not None:
        found.blank(0, len(before))
        return
    found.blank(0, len(before) + 1)
    found.blank(len(found.text) - len(after) - 1, len(found.text))
    found.note("Only the formula was read, without the words around it.", "只读取了公式，未读取前后的文字。")


def _open_lines(found: Surrounded) -> None:
    r"""Passes over `\begin{align*}` and the like, with the signs that put equals signs below each other."""
    lines = _ALIGNED.sub(lambda match: " " * len(match[0]), found.text)
    found.text = lines.replace("&=", " =") if lines.count("&") == lines.count("&=") else lines


def _strip_end(found: Surrounded, left: int, right: int) -> bool:
    """Passes over a sign at the end that ends a sentence; whether there was one."""
    text = found.text
    ends = text[right - 1 : right] in _ENDINGS and not text[:right].endswith(("..", "\\\\")) and right - left > 1
    if ends:
        found.blank(right - 1, right)
    return ends


def _open_box(found: Surrounded) -> None:
    r"""Leaves only what the last `\boxed{…}` or `<answer>…</answer>` holds. A box that is never closed is left alone."""
    text = found.text
    tags = list(_TAG.finditer(text))
    if tags:
        inside = tags[-1].span(1)
    else:
        boxes = list(_BOX.finditer(text))[-_MOST_BOXES:]
        spans = [span for match in boxes if (span := _boxed(text, match)) is not None]
        full = [(start, end) for start, end in spans if text[start:end].strip()]
        if not full:
            return
        inside = full[-1]
        first = _first_of_several(text, boxes, spans)
        if first is not None:
            for (start, end), box in zip(spans[first:], boxes[first:], strict=False):
                found.blank(box.start(), start)
                found.blank(end, end + 1)
            found.blank(0, boxes[first].start())
            found.blank(spans[-1][1], len(text))
            return
    start, end = inside
    if _WORD.search(_BOX.sub(" ", text[:start])) or _WORD.search(text, end):
        found.note("Only what stands in the box was read.", "只读取了方框中的内容。")
    found.blank(0, start)
    percent = _PERCENT_AFTER.match(text, end)
    if percent is not None:
        found.blank(end, percent.start(1))
        end = percent.end()
    found.blank(end, len(text))


def _first_of_several(text: str, boxes: list[re.Match[str]], spans: list[tuple[int, int]]) -> int | None:
    """The first of the boxes at the end that only commas and the like stand between: together they are the answer."""
    first = len(spans) - 1
    while (
        first > 0
        and len(spans) == len(boxes)
        and _BETWEEN.fullmatch(text, spans[first - 1][1] + 1, boxes[first].start())
    ):
        first -= 1
    return first if first < len(spans) - 1 else None


def _boxed(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """Where what a box holds starts and ends; None if the box is never closed."""
    if match[2] is not None:
        return match.span(2)
    opening = match[1]
    closing = "}" if opening == "{" else ")"
    depth = 0
    for place in range(match.start(1), len(text)):
        if text[place] == opening:
            depth += 1
        elif text[place] == closing:
            depth -= 1
            if not depth:
                return match.end(1), place
    return None


def strip_label(found: Surrounded, names: Collection[str] = (), *, equations: bool = True) -> None:
    """Passes over what stands before an answer: `answer:`, `≈`, and, unless that may be part of the answer, `o =`."""
    if (
        found.text.rstrip().endswith(("correct", "correct.", "correct!"))
        and (hope := _HOPE.search(found.text)) is not None
    ):
        found.blank(hope.start(), len(found.text))
    before = found.text
    for pattern in (_ANSWER, _ANSWER, _ANSWER, _ABOUT):
        match = pattern.match(found.text, found.start)
        if match is not None and match.end() < len(found.text.rstrip()):
            found.blank(match.start(), match.end())
    _strip_sentence(found, names)
    if found.text is not before:
        strip_marks(found)
    if _SIGN.search(found.text) is None:
        return
    if not equations and not _is_label_of_formula(found, names):
        return
    pair = _TUPLE_LABEL.match(found.text, found.start)
    if pair is not None:
        found.blank(*pair.span())
    label = _LABEL.match(found.text, found.start) or _COLON_LABEL.match(found.text, found.start)
    if label is not None:
        shown = label[0].rstrip("=≈≅: ").removesuffix("\\approx").strip()
        if _is_label(shown, names):
            found.blank(label.start(), label.end())
            typed = f"{shown}:" if label[0].rstrip().endswith(":") else f"{shown} ="
            found.note(f"“{typed}” before the answer was passed over.", f"答案之前的“{typed}”已略去。")
    about = _ABOUT.match(found.text, found.start)
    if about is not None:
        found.blank(about.start(), about.end())


def _is_label_of_formula(found: Surrounded, names: Collection[str]) -> bool:
    """Whether the one equals sign stands after a name that is none of the declared ones: then it is no equation in these."""
    label = _LABEL.match(found.text, found.start)
    declared = [name for name in names if name.isidentifier() or len(name) > 1]
    if label is None or not declared or ANY in names or len(EQUALS.findall(found.text)) > 1:
        return False
    return label[0].rstrip("= ").strip() not in declared and _RELATION.search(found.text) is None


def strip_unit(found: Surrounded) -> None:
    """Passes over a unit at the end or a sign of money in front, and remembers it; `percent` becomes its sign, a ratio a quotient."""
    percent = find_percent(found.text)
    if percent is not None:
        start, end = percent
        found.text = found.text[:start] + "%" + " " * (end - start - 1) + found.text[end:]
        return
    if ("..." in found.text or "…" in found.text or "\\" in found.text) and "." in found.text:
        _write_out(found, repeating)
    if "_" in found.text or found.text[found.start : found.start + 3].lstrip("+-")[1:2] in _PREFIXES:
        _write_out(found, based)
    if "10" in found.text:
        found.text = _TIMES_TEN.sub(lambda match: "*".ljust(len(match[0])), found.text)
    if ":" in found.text and (colon := find_ratio(found.text)) is not None:
        found.text = found.text[:colon] + "/" + found.text[colon + 1 :]
    unit = find_unit(found.text)
    if unit is None:
        unit = find_money(found.text, found.start)
    if unit is None:
        return
    start, end, found.unit = unit
    found.blank(start, end)
    found.note(f"The unit “{found.unit}” was passed over.", f"单位“{found.unit}”已略去。")


def _write_out(found: Surrounded, notation: Notation) -> None:
    """Puts the number that a notation stands for in its place."""
    value = notation(found.text)
    if value is None or len(value) > len(found.text.rstrip()):
        return
    typed = found.text.strip()
    found.text = value.rjust(len(found.text.rstrip())).ljust(len(found.text))
    found.note(f"“{typed}” was read as {value}.", f"“{typed}”按 {value} 读取。")


def _strip_sentence(found: Surrounded, names: Collection[str]) -> None:
    """Passes over a sentence that ends in the answer: `The volume of the box is 120`."""
    if len(found.text) < 6 or found.text[found.start : found.start + 1] in "0123456789-+.":
        return
    verbs = [match for match in _SENTENCE.finditer(found.text) if found.text[match.end() :].strip()]
    if not verbs:
        return
    end = verbs[-1].end()
    before = found.text[: verbs[-1].start()]
    if _WORD.search(before) is None or _HEDGED.search(before) is not None or _has_words(found.text[end:], names):
        return
    found.blank(0, end)
    found.note(
        f"Only what stands after “{verbs[-1][0].strip()}” was read.", f"只读取了“{verbs[-1][0].strip()}”之后的内容。"
    )


def _has_words(text: str, names: Collection[str]) -> bool:
    """Whether there are words in a text that are no part of a formula."""
    unit = find_unit(text)
    words = _WORD.findall(text[: unit[0]] if unit is not None else text)
    return any(word not in names and function_named(word) is None and word not in _TECHNICAL for word in words)


def _is_label(shown: str, names: Collection[str]) -> bool:
    """Whether what stands before an equals sign names the answer: `o`, `f(x)`, `output size`, but not a product of names."""
    words = shown.split()
    if shown.count("{") != shown.count("}") or _WORKED.match(shown) is not None:
        return False
    if len(words) > 1:
        return all(word.isalpha() and word not in names for word in words)
    return _NAME.fullmatch(shown) is not None
