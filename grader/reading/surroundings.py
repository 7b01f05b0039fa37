"""What people write around an answer: `o = 55`, `答案：55`, `≈ 0.62`, `55 params`. It is passed over, and said so.

Whatever is passed over becomes spaces, so that every character of the answer stays at its place.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from solvers.expression.tokens import LETTERS, canonical, tidy
from solvers.text import Text

_BLANKS = frozenset((
    "", "-", "--", "---", "?", "??", "???", "n/a", "n.a.", "no answer", "i don't know", "i dont know", "don't know", "dont know",
    "idk", "no idea", "not sure", "unknown", "skip", "skipped", "blank", "tbd", "todo", "_", "__", "___",
    "不会", "我不会", "不知道", "我不知道", "不清楚", "不懂", "不会做", "没做", "未作答", "未答", "略", "无答案", "没有答案", "空", "空白",
))  # fmt: skip
_UNITS = (
    "parameters|parameter|params|param|weights|pixels|pixel|px|bits|bit|bytes|byte|elements|entries|values|neurons|units|"
    "channels|steps|positions|samples|tokens|layers|heads|operations|ops|flops|macs|multiplications|multiply-adds|additions|"
    "个参数|个像素|个元素|个权重|个神经元|个比特|个位置|个通道|个|参数|像素点|像素|比特|字节|元素|次乘法|次加法|次运算|次|位|层|步|维|倍"
)
_UNIT = re.compile(
    rf"""(?<=[\s0-9.)\]}}%kKMGTB万亿½¼¾⅓⅔n])(?:\s|~)* (?P<unit>
        \\(?:text|mathrm|operatorname)\s*\{{\s*(?:{_UNITS})\s*\}} | (?:{_UNITS})(?![{LETTERS}]) )\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST_UNIT = 40  # characters at the end among which a unit is looked for
_ANSWER = re.compile(
    r"(?:the\s+)?(?:final\s+)?(?:(?:answer|ans)\b\.?\s*(?:is\b|:|=)?\s*:?|(?:result|output|solution)\s*(?:is\b|:|=)\s*:?)"
    r"|(?:最终)?(?:答案|结果|答)\s*(?:是|为)?\s*[:=]?\s*|(?:因此|所以|故|即|(?:therefore|so|hence|thus)\b)\s*[,:]?|∴|=>|⇒|→",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:≈|≅|≃|~|=|:|\\approx(?![a-z])|\\simeq(?![a-z])|(?:approximately|approx|about|roughly)\b\.?|大约|约等于|约为|约|大概|等于)\s*",
    re.IGNORECASE,
)
_LABEL = re.compile(rf"\\?[{LETTERS}][^=≈<>!,;\n\[\]]{{0,40}}?\s*(?:=|≈|≅|:=|\\approx(?![a-z]))(?![=>])")
_COLON_LABEL = re.compile(rf"[{LETTERS}][{LETTERS}0-9_' ]{{0,30}}:(?!=)")
_NAME = re.compile(rf"\\?[{LETTERS}][{LETTERS}0-9_'{{}}\\]*(?:\([{LETTERS}0-9_, ]*\))?")
_EQUALS = re.compile(r"(?<![<>=!:])(?:=|≈|≅|\\approx(?![a-z]))(?!=)")
_BOXED = re.compile(r"\s*\\(?:boxed|fbox)\s*\{(.*)\}\s*", re.DOTALL)
_QUOTES = ("**", "`", '"', "'", "$")
_OPENINGS = frozenset("*`\"'$\\")
_ENDINGS = frozenset(".。,;")
_SIGN = re.compile(r"[=≈≅:]|\\approx")


@dataclass(slots=True)
class Surrounded:
    """A response on its way to being read: its characters in plain form, at their places, and what was decided so far."""

    typed: str
    text: str
    notes: list[Text] = field(default_factory=list)
    unit: str | None = None

    @classmethod
    def of(cls, text: str) -> Surrounded:
        """The response in plain characters, with nothing passed over yet."""
        return cls(text, tidy(text))

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
    r"""Passes over quotation marks, Markdown's bold, `$…$`, `\boxed{…}` and a full stop at the end."""
    for _ in range(4):
        text = found.text
        left, right = found.start, len(text.rstrip())
        if text[left : left + 1] not in _OPENINGS and text[right - 1 : right] not in _ENDINGS:
            return
        if (boxed := _BOXED.fullmatch(text)) is not None:
            found.blank(left, boxed.start(1))
            found.blank(boxed.end(1), len(text))
            continue
        for mark in _QUOTES:
            if right - left > 2 * len(mark) and text.startswith(mark, left) and text.endswith(mark, 0, right):
                found.blank(left, left + len(mark))
                found.blank(right - len(mark), right)
                break
        else:
            if text[right - 1 : right] not in _ENDINGS or text[:right].endswith("..") or right - left < 2:
                return
            found.blank(right - 1, right)


def strip_label(found: Surrounded, names: Collection[str] = ()) -> None:
    """Passes over what stands before an answer: `answer:`, `o =`, `≈`, and a chain of working up to its last `=`."""
    for pattern in (_ANSWER, _ABOUT):
        match = pattern.match(found.text, found.start)
        if match is not None:
            found.blank(match.start(), match.end())
    if _SIGN.search(found.text) is None:
        return
    label = _LABEL.match(found.text, found.start) or _COLON_LABEL.match(found.text, found.start)
    if label is not None:
        shown = label[0].rstrip("=≈≅: ").removesuffix("\\approx").strip()
        if _is_label(shown, names):
            found.blank(label.start(), label.end())
            found.note(f"“{shown} =” before the answer was passed over.", f"答案之前的“{shown} =”已略去。")
    about = _ABOUT.match(found.text, found.start)
    if about is not None:
        found.blank(about.start(), about.end())


def strip_working(found: Surrounded) -> None:
    """Passes over working in front of the last equals sign: `5*11 = 55`."""
    signs = [match for match in _EQUALS.finditer(found.text) if found.text[match.end() :].strip()]
    if signs:
        found.blank(0, signs[-1].end())
        found.note("Only what stands after the last equals sign was read.", "只读取了最后一个等号之后的内容。")


def strip_unit(found: Surrounded, names: Collection[str] = ()) -> None:
    """Passes over a unit at the end, and remembers it."""
    end = len(found.text.rstrip())
    match = _UNIT.search(found.text, max(end - _LONGEST_UNIT, 0), end)
    if match is None or canonical(match["unit"]) in names:
        return
    found.blank(match.start("unit"), match.end())
    found.unit = canonical(match["unit"]).strip()
    found.note(f"The unit “{found.unit}” was passed over.", f"单位“{found.unit}”已略去。")


def _is_label(shown: str, names: Collection[str]) -> bool:
    """Whether what stands before an equals sign names the answer: `o`, `f(x)`, `output size`, but not a product of names."""
    words = shown.split()
    if len(words) > 1:
        return all(word.isalpha() and word not in names for word in words)
    return _NAME.fullmatch(shown) is not None
