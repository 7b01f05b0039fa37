"""Reading labels and names: a choice, several choices, true or false, an order, a matching, a short name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping

from grader.reading.result import Reading, ReadingError
from grader.reading.surroundings import Surrounded, strip_label, strip_marks
from solvers.expression.errors import TooLong, shorten
from solvers.expression.tokens import LETTERS, tidy
from solvers.text import Text

LONGEST = 500
"""Characters of a response that is to be labels or a name."""
CHOICE = Text("the letter of one option, such as B", "一个选项的字母，例如 B")
CHOICES = Text("the letters of the options, such as B, D", "若干选项的字母，例如 B, D")
TRUTH = Text("true or false", "“对”或“错”")
ORDER = Text("the letters from first to last, such as B > A > C", "按先后顺序排列的字母，例如 B > A > C")
MATCHING = Text("pairs such as 1-B, 2-A", "配对，例如 1-B, 2-A")
NAME = Text("a short name", "简短的名称")

_LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CHOSEN = re.compile(
    r"\s*(?:(?:i\s+)?(?:choose|chose|pick|select)\s+|(?:the\s+)?(?:correct\s+)?(?:options?|answers?|choices?)\s*(?:is|are|:|=)?\s*"
    r"|(?:我)?(?:应)?(?:选择|选项|选)\s*(?:是|为|:)?\s*|(?:正确)?答案\s*(?:是|为|:)?\s*)",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:[,;/&+|]|\band\b|以及|和|与|及|跟|\s)\s*", re.IGNORECASE)
_NONE = frozenset(("none", "none of them", "none of the above", "无", "都不选", "都不对", "以上都不对", "没有"))
_TRUE = frozenset((
    "true", "t", "yes", "y", "right", "correct", "ture", "对", "正确", "是", "是的", "对的", "真", "成立", "√", "✓", "✔", "☑", "✅",
))  # fmt: skip
_FALSE = frozenset((
    "false", "f", "no", "n", "wrong", "incorrect", "not true", "flase", "错", "错误", "错的", "否", "不是", "不对", "不正确", "假",
    "不成立", "✗", "✘", "☒", "❌", "x",
))  # fmt: skip
_THEN = re.compile(r"\s*(?:->|=>|→|⇒|>|≻|[,;/|]|-|、|\bthen\b|然后|再|\s)\s*", re.IGNORECASE)
_WORD = rf"[{LETTERS}]{{1,24}}|[0-9]{{1,3}}"
_PAIR = re.compile(
    rf"\s*(?:[,;(\[{{]\s*)*(?P<left>{_WORD})\s*[)\].]?\s*(?:->|=>|→|⇒|↔|[-:=,~—]|\s|(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9]))\s*[(\[]?(?P<right>{_WORD})\s*[)\]}}.]*\s*"
)


def read_choice(text: str, options: Collection[str]) -> Reading:
    """The label of one option. Raises ReadingError if it is none, or more than one."""
    around = _opened(text)
    labels = _Labels(options)
    answer = around.text.strip()
    exact = labels.find(answer)
    if exact is None:
        head = re.match(r"\(?\s*([^\s().:,;]{1,24})\s*[).:]\s*(.*)", answer, re.DOTALL) or re.match(
            r"\(\s*([^\s()]{1,24})\s*\)()", answer
        )
        label = labels.find(head[1]) if head is not None else None
        if head is None or label is None or labels.all(head[2]) is not None:
            several = labels.all(answer)
            if several is not None and len(several) > 1:
                raise ReadingError(
                    around.start,
                    "several-labels",
                    "More than one option is named; only one is right.",
                    "写了不止一个选项；本题只选一个。",
                )
            raise _unknown(around.start, answer, labels)
        if head[2].strip():
            around.note(f"Only the label {label} was read.", f"只读取了选项字母 {label}。")
        exact = label
    return Reading(text, "choice", exact, exact, None, tuple(around.notes))


def read_choices(text: str, options: Collection[str]) -> Reading:
    """The labels of several options, in any order. Raises ReadingError for one that doesn't exist."""
    around = _opened(text)
    labels = _Labels(options)
    answer = around.text.strip()
    if answer.casefold() in _NONE and labels.find(answer) is None:
        return Reading(text, "choices", frozenset(), "∅", None, ())
    found = labels.all(answer)
    if found is None:
        raise _unknown(*labels.first_unknown(around), labels)
    if len(set(found)) < len(found):
        around.note("A label that stands twice was counted once.", "重复的选项只计一次。")
    chosen = frozenset(found)
    return Reading(text, "choices", chosen, ", ".join(sorted(chosen)), None, tuple(around.notes))


def read_truth(text: str) -> Reading:
    """True or false, in either language. Raises ReadingError for anything else."""
    _check_length(text)
    # `×` is an answer here; elsewhere it is a multiplication sign.
    around = Surrounded(text, tidy(re.sub("[×✕✖╳]", "✗", text)))
    strip_marks(around)
    strip_label(around)
    word = around.text.strip().strip("()[]!").strip().casefold()
    if word in _TRUE or word in _FALSE:
        value = word in _TRUE
        return Reading(text, "truth", value, "true" if value else "false")
    raise ReadingError(
        around.start, "not-a-truth-value", "This says neither true nor false.", "这里既没有说对，也没有说错。"
    )


def read_order(text: str, options: Collection[str]) -> Reading:
    """Labels from first to last. Raises ReadingError for an unknown or repeated one, or an order written backwards with `<`."""
    around = _opened(text)
    labels = _Labels(options)
    if "<" in around.text:
        place = around.text.index("<")
        raise ReadingError(place, "backwards", "It is not clear which end comes first.", "不清楚哪一端在前。")
    found = labels.all(around.text.strip(), _THEN)
    if found is None:
        raise _unknown(*labels.first_unknown(around, _THEN), labels)
    for place, label in enumerate(found):
        if label in found[:place]:
            raise ReadingError(
                around.start, "repeated-label", f"{label} stands here more than once.", f"{label} 出现了不止一次。"
            )
    return Reading(text, "order", tuple(found), " > ".join(found), None, tuple(around.notes))


def read_matching(text: str, options: Collection[str]) -> Reading:
    """Pairs of a left and a right label, in the order typed; `options` are the right labels.

    Raises ReadingError for what is no pair, an unknown label, or a left label that stands twice.
    """
    around = _opened(text, label=False)
    labels = _Labels(options) if options else None
    pairs: list[tuple[str, str]] = []
    at = around.start
    end = len(around.text.rstrip())
    while at < end:
        match = _PAIR.match(around.text, at, end)
        if match is None:
            found = around.text[at:end].strip()
            raise ReadingError(
                at, "not-a-pair", f"“{shorten(found)}” is not a pair.", f"“{shorten(found)}”不是一个配对。"
            )
        pairs.append(_pair(match, labels))
        if pairs[-1][0] in [left for left, _ in pairs[:-1]]:
            left = pairs[-1][0]
            raise ReadingError(
                match.start("left"), "repeated-label", f"{left} is matched twice.", f"{left} 配对了两次。"
            )
        at = match.end()
    if not pairs:
        raise ReadingError(around.start, "not-a-pair", "There is no pair here.", "此处没有配对。")
    return Reading(text, "matching", tuple(pairs), ", ".join(f"{a}-{b}" for a, b in pairs), None, tuple(around.notes))


def _pair(match: re.Match[str], labels: _Labels | None) -> tuple[str, str]:
    """A pair, its sides exchanged if only the left one is a right label."""
    left, right = match["left"], match["right"]
    if labels is None:
        return left.upper() if len(left) == 1 else left, right.upper() if len(right) == 1 else right
    found = labels.find(right)
    if found is not None:
        return labels.find(left) or (left.upper() if len(left) == 1 else left), found
    swapped = labels.find(left)
    if swapped is not None:
        return right, swapped
    raise _unknown(match.start("right"), right, labels)


def read_text(text: str, terms: Mapping[str, Collection[str]] | None) -> Reading:
    """A short name: the term that it spells, if `terms` maps terms to their spellings; else its letters in plain form."""
    _check_length(text)
    around = Surrounded(text, text)
    strip_marks(around)
    plain = normal_name(around.text)
    if not plain:
        raise ReadingError(0, "not-a-name", "There are no letters here.", "此处没有文字。")
    for term, spellings in (terms or {}).items():
        if plain in {normal_name(spelling) for spelling in (term, *spellings)}:
            return Reading(text, "text", term, term)
    return Reading(text, "text", plain, plain)


def normal_name(text: str) -> str:
    """A name without case, full-width forms, hyphens and surplus spaces: `Forget－Gate` is `forget gate`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[\s\-_‐–—·]+", " ", folded).strip(" .,;:!?\"'()[]“”‘’。，；：").split())


class _Labels:
    """The labels that may be chosen: those of the options, or single letters where there are none."""

    def __init__(self, options: Collection[str]) -> None:
        self.shown = tuple(options) or _LETTERS
        self._known = {tidy(label).strip().casefold(): label for label in self.shown}
        self._single = all(len(label) == 1 for label in self.shown)

    def find(self, word: str) -> str | None:
        return self._known.get(word.strip().strip(".()[]:!").strip().casefold())

    def all(self, answer: str, between: re.Pattern[str] = _AND) -> list[str] | None:
        """The labels that an answer lists, or runs together (`BD`); None if anything else stands among them."""
        inner = answer.strip().strip("()[]{}").strip()
        found: list[str] = []
        for piece in between.split(inner):
            word = piece.strip("()[]{}.")
            if not word:
                continue
            label = self.find(word)
            if label is not None:
                found.append(label)
            elif (
                self._single
                and (run := [self.find(letter) for letter in re.sub(r"[()\[\].]", "", word)])
                and None not in run
            ):
                found.extend(label for label in run if label is not None)
            else:
                return None
        return found or None

    def first_unknown(self, around: Surrounded, between: re.Pattern[str] = _AND) -> tuple[int, str]:
        """Where the first thing that is no label stands, and what it is."""
        for match in re.finditer(rf"[{LETTERS}0-9]+|\S", around.text):
            if self.all(match[0], between) is None and not between.fullmatch(match[0]) and match[0] not in "()[]{}.":
                return match.start(), match[0]
        return around.start, around.text.strip()


def _opened(text: str, *, label: bool = True) -> Surrounded:
    _check_length(text)
    around = Surrounded.of(text)
    strip_marks(around)
    if label:
        match = _CHOSEN.match(around.text)
        if match is not None and around.text[match.end() :].strip():
            around.blank(0, match.end())
        strip_marks(around)
    return around


def _check_length(text: str) -> None:
    if len(text) > LONGEST:
        raise TooLong(LONGEST, len(text), LONGEST)


def _unknown(place: int, found: str, labels: _Labels) -> ReadingError:
    names = ", ".join(labels.shown) if labels.shown != _LETTERS else "A, B, C, …"
    shown = shorten(found)
    return ReadingError(
        place, "unknown-label", f"“{shown}” is not one of the labels {names}.", f"“{shown}”不是选项 {names} 之一。"
    )
