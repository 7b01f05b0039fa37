"""Reading labels and names: a choice, several choices, true or false, a short name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping

from grader.reading.labels import Labels, check_length, opened
from grader.reading.mistakes import NotAName, NotATruthValue, SeveralLabels
from grader.reading.result import Reading
from grader.reading.surroundings import Surrounded, strip_label, strip_marks
from solvers.expression.tokens import tidy
from solvers.text import Text

CHOICE = Text("the letter of one option, such as B", "一个选项的字母，例如 B")
CHOICES = Text("the letters of the options, such as B, D", "若干选项的字母，例如 B, D")
TRUTH = Text("true or false", "“对”或“错”")
NAME = Text("a short name", "简短的名称")

_HEAD = re.compile(r"\(?\s*([^\s().:,;]{1,24})\s*[).:]\s*(.*)", re.DOTALL)
_FOLLOWED = re.compile(r"([A-Z])(?:\s+(?=[0-9(\[])|\s*[—–]\s*|\s+-\s+)(.+)", re.DOTALL)
_REASONED = re.compile(
    r"([^\s().:,;]{1,24}|\([^\s()]{1,24}\))\s*[,;:.]?\s*(?:(?:because|since|as|for)\b|因为|由于|理由|原因)(.*)",
    re.IGNORECASE | re.DOTALL,
)
_DENIED = re.compile(
    r"\b(?:not|cannot|never|neither|nor|except|but|wrong|incorrect|false|or)\b|n't\b|[不非错没或]", re.IGNORECASE
)
_OR = re.compile(r"\s*(?:\bor\b|或者?|还是|[,;/&+|]|\band\b|和|与|\s)\s*", re.IGNORECASE)
_BULLET = re.compile(r"(?m)^[ \t]*[-*•][ \t]+(?=\S)")
_FILLER = re.compile(r"\b(?:options?|choices?)\b|选项|选", re.IGNORECASE)
_NONE = frozenset(("none", "none of them", "none of the above", "无", "都不选", "都不对", "以上都不对", "没有"))
_ALL = frozenset((
    "all", "all of them", "all of the above", "all options", "全选", "全部", "都对", "全对", "以上都对", "以上全对", "以上都正确",
))  # fmt: skip
_TRUE = frozenset((
    "true", "t", "yes", "y", "right", "correct", "ture", "1", "对", "正确", "是", "是的", "对的", "真", "真的", "成立", "没错", "无误", "√",
    "✓", "✔", "☑", "✅",
))  # fmt: skip
_FALSE = frozenset((
    "false", "f", "no", "n", "wrong", "incorrect", "not true", "not correct", "not right", "flase", "0", "错", "错误", "错的", "错误的",
    "否", "不是", "不对", "不正确", "不成立", "假", "假的", "有误", "✗", "✘", "☒", "❌", "x",
))  # fmt: skip
_CLAIM = re.compile(
    r"(?:(?:i\s+think\s+)?(?:(?:it|this|that|the|this\s+statement|the\s+statement|statement)(?:\s+is|'s)\s+)"
    r"|(?:我认为)?(?:该|此|这个|这句|本|上述)?(?:说法|命题|陈述|判断|句话|话|结论|叙述|论断)(?:是)?|这?是(?=[真假对错正]))",
    re.IGNORECASE,
)
_BEFORE_REASON = re.compile(
    r"([^\s,;:.。，；：]{1,12})\s*(?:[,;:.。]|\s(?:because|since|as)\b|(?=因为|由于))(.*)", re.DOTALL | re.IGNORECASE
)
_CLAUSES = re.compile(r"[,;:.!?\s]+")
_ANSWER = re.compile(
    r"\s*(?:(?:the\s+)?(?:final\s+|correct\s+)?(?:answer|ans)\b\.?\s*(?:is\b|:|=)\s*|(?:正确)?答案?\s*(?:是|为|:)\s*)",
    re.IGNORECASE,
)


def read_choice(text: str, options: Collection[str]) -> Reading:
    """The label of one option. Raises ReadingError if it is none, or more than one."""
    around = opened(text)
    labels = Labels(options)
    answer = around.text.strip()
    label = labels.find(answer)
    if label is None:
        several = labels.all(answer, _OR)
        if several is not None and len(set(several)) > 1:
            raise SeveralLabels(around.start)
        label = several[0] if several is not None else _among_words(answer, labels)
        if label is None:
            raise labels.unknown(around.start, answer)
        if several is None:
            around.note(f"Only the label {label} was read.", f"只读取了选项字母 {label}。")
    return Reading(text, "choice", label, label, None, tuple(around.notes))


def _among_words(answer: str, labels: Labels) -> str | None:
    """The label in `B) 3x3`, `B: 3x3`, `B because D is wrong`, in a last line of its own, or the only one in brackets."""
    for pattern in (_HEAD, _REASONED, _FOLLOWED):
        match = pattern.match(answer)
        if match is None or (label := labels.find(match[1])) is None:
            continue
        if pattern is not _HEAD or (labels.all(match[2]) is None and not labels.in_brackets(match[2]) - {label}):
            return label
    first, _, last = answer.rpartition("\n")
    if first and (label := labels.find(last.strip())) is not None and labels.all(first, _OR) is None:
        return label
    bracketed = labels.in_brackets(answer)
    if len(bracketed) == 1 and _DENIED.search(answer) is None:
        return bracketed.pop()
    return None


def read_choices(text: str, options: Collection[str]) -> Reading:
    """The labels of several options, in any order. Raises ReadingError for one that doesn't exist."""
    whole = tidy(text).strip().rstrip(".。").casefold()
    labels = Labels(options)
    if labels.find(whole) is None:
        if whole in _NONE:
            return Reading(text, "choices", frozenset(), "∅", None, ())
        if whole in _ALL and options:
            return Reading(text, "choices", frozenset(options), ", ".join(sorted(options)), None, ())
    around = opened(text)
    for pattern in (_BULLET, _FILLER):
        for match in pattern.finditer(around.text):
            around.blank(*match.span())
    found = labels.all(around.text)
    if found is None:
        raise labels.unknown(*labels.first_unknown(around))
    if len(set(found)) < len(found):
        around.note("A label that stands twice was counted once.", "重复的选项只计一次。")
    chosen = frozenset(found)
    return Reading(text, "choices", chosen, ", ".join(sorted(chosen)), None, tuple(around.notes))


def read_truth(text: str) -> Reading:
    """True or false, in either language, perhaps with a reason. Raises ReadingError for anything else."""
    check_length(text)
    # `×` is an answer here; elsewhere it is a multiplication sign.
    plain = tidy(re.sub("[×✕✖╳]", "✗", text))
    around = Surrounded(text, plain)
    strip_marks(around)
    value = _truth(around.text)
    if value is None:
        value = _reasoned_truth(around)
    if value is None:
        strip_label(around)
        value = _truth(around.text)
    if value is None:
        raise NotATruthValue(around.start)
    return Reading(text, "truth", value, "true" if value else "false", None, tuple(around.notes))


def _reasoned_truth(around: Surrounded) -> bool | None:
    """What stands before a reason, unless the reason ends in the opposite."""
    head = _BEFORE_REASON.match(around.text.strip())
    value = _truth(head[1]) if head is not None and not head[1].strip("()[] ").isdigit() else None
    if head is None or value is None or _truth(_CLAUSES.split(head[2].strip(" .!"))[-1]) is (not value):
        return None
    around.note(f"Only “{'true' if value else 'false'}” was read.", f"只读取了“{'对' if value else '错'}”。")
    return value


def _truth(words: str) -> bool | None:
    """What the words say, or None."""
    word = words.strip().strip("()[]!").strip().casefold()
    claim = _CLAIM.match(word)
    for said in (word, word[claim.end() :].strip() if claim is not None else word):
        if said in _TRUE or said in _FALSE:
            return said in _TRUE
    return None


def read_text(text: str, terms: Mapping[str, Collection[str]] | None) -> Reading:
    """A short name: the term that it spells, if `terms` maps terms to their spellings; else its letters in plain form."""
    check_length(text)
    around = Surrounded(text, text)
    strip_marks(around)
    label = _ANSWER.match(tidy(around.text))
    if label is not None and around.text[label.end() :].strip():
        around.blank(*label.span())
        strip_marks(around)
    plain = normal_name(around.text)
    if not plain:
        raise NotAName(0)
    for term, spellings in (terms or {}).items():
        if plain in {normal_name(spelling) for spelling in (term, *spellings)}:
            return Reading(text, "text", term, term)
    return Reading(text, "text", plain, plain)


def normal_name(text: str) -> str:
    """A name without case, full-width forms, hyphens and surplus spaces: `Forget－Gate` is `forget gate`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    spaced = re.sub(r"[\s\-_‐–—·]+", " ", folded).strip(" .,;:!?\"'“”‘’。，；：")
    while len(spaced) > 1 and spaced[0] + spaced[-1] in ("()", "[]") and not set(spaced[1:-1]) & set("()[]"):
        spaced = spaced[1:-1]
    return " ".join(spaced.split())
