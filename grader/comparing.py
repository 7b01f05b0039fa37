"""A reading against the key: right, partly right, too coarse, in the wrong form, or wrong, and what can be said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from grader.agreement import compare_expression
from grader.complexity import compare_growth
from grader.outcome import FULL, NOTHING, RIGHT, WRONG, Kind, Outcome, graded
from grader.reading import Reading, Written
from grader.terms import alike
from questions.blueprint import Policy
from questions.key import Precision, Target, within
from solvers.text import Text
from solvers.values import Shape, Value, as_float, elements, is_array, is_number, rounded


def compare(reading: Reading, target: Target, policy: Policy) -> Outcome:
    """The one comparison that every mark comes from."""
    match target.type:
        case "expression":
            return compare_expression(reading, target)
        case "complexity":
            return graded(*compare_growth(reading.value, str(target.value)))
        case "choice":
            return RIGHT if reading.value == target.value else _chosen_wrong(reading, target)
        case "truth":
            return RIGHT if reading.value is target.value else WRONG
        case "choices":
            return _choices(reading.value, target)
        case "order":
            return _order(reading.value, target.value)
        case "matching":
            return _matching(dict(reading.value), dict(target.value))
        case "text":
            return RIGHT if alike(reading.value, target.accept) else WRONG
        case "shape":
            return _shape(reading.value, target.value)
        case _:
            return _numbers(reading, target, policy)


# ------------------------------------------------------------------------------------------------------- numbers


def _numbers(reading: Reading, target: Target, policy: Policy) -> Outcome:
    """Numbers one by one; arrays element by element, each worth the same."""
    if is_array(reading.value) != is_array(target.value) or _lengths(reading.value) != _lengths(target.value):
        return Outcome("incorrect", NOTHING, _shape_notes(reading.value, target))
    written = tuple(_flat(reading.written))
    mine, typed = elements(target.value), elements(reading.value)
    written = written if len(written) == len(typed) else (None,) * len(typed)
    found = [_number(k, a, s, w, target) for k, a, s, w in zip(mine, typed, target.slack, written, strict=True)]
    worth = {"correct": FULL, "coarse": policy.coarse_credit, "form": policy.form_credit}
    credit = sum((worth.get(kind, NOTHING) for kind in found), NOTHING) / len(found)
    turned = _turned(reading.value, target) if "incorrect" in found else ()
    if len(set(found)) == 1:
        return Outcome(found[0], credit, (*_notes(found[0], target), *turned))
    right = sum(kind == "correct" for kind in found)
    note = Text(
        f"{right} of the {len(found)} numbers {'is' if right == 1 else 'are'} right.",
        f"{len(found)} 个数中有 {right} 个正确。",
    )
    coarse = _notes("coarse", target) if "coarse" in found else ()
    return Outcome("partial" if credit else "incorrect", credit, (note, *coarse, *turned))


def _number(key: Value, answer: Value, slack: Fraction | float, written: Written | None, target: Target) -> Kind:
    if not is_number(answer):
        return "incorrect"
    if within(key, answer, slack):
        if target.type == "fraction" and written is not None and not _reduced(answer, written):
            return "form"
        return "correct"
    if target.precision is not None and written is not None and _coarse(key, answer, written, target):
        return "coarse"
    return "incorrect"


def _reduced(answer: Value, written: Written) -> bool:
    if written.form != "fraction" or written.parts is None:
        return True
    top, bottom = written.parts
    return Fraction(answer) == Fraction(top, bottom) and abs(Fraction(top, bottom).denominator) == abs(bottom)


def _coarse(key: Value, answer: Value, written: Written, target: Target) -> bool:
    """Whether the answer is the key, rounded to fewer places than asked for, but to its leading digit at least."""
    assert target.precision is not None
    places = written.decimals
    if places is None or as_float(answer) == 0:
        return False
    if not target.precision.unit(key) < Fraction(10) ** -places <= Precision(significant=1).unit(key):
        return False
    return Fraction(rounded(key, places)) == Fraction(rounded(answer, places))


def _notes(kind: Kind, target: Target) -> tuple[Text, ...]:
    if kind == "coarse":
        assert target.precision is not None
        en, zh = _digits(target)
        return (Text(f"The value is right, but too coarse: {en} were asked for.", f"数值正确，但精度不够：要求{zh}。"),)
    if kind == "form":
        return (Text("The value is right; the fraction can be reduced.", "数值正确，但分数没有约分。"),)
    return ()


def _digits(target: Target) -> tuple[str, str]:
    precision = target.precision
    assert precision is not None
    if precision.decimals is not None:
        return f"{precision.decimals} decimals", f"保留 {precision.decimals} 位小数"
    return f"{precision.significant} significant figures", f"保留 {precision.significant} 位有效数字"


def _flat(written: Any) -> Iterator[Written | None]:
    if isinstance(written, tuple):
        for item in written:
            yield from _flat(item)
    else:
        yield written


def _lengths(value: Value) -> tuple[int, ...]:
    return tuple(value.shape) if is_array(value) else ()


def _shape_notes(answer: Value, target: Target) -> tuple[Text, ...]:
    mine, yours = _lengths(target.value), _lengths(answer)
    if not is_array(answer):
        return (Text("One number was given where several are needed.", "应给出多个数，但只写了一个。"),)
    if not is_array(target.value):
        return (Text("Several numbers were given where one is needed.", "应只给出一个数，但写了多个。"),)
    given, wanted = _size_words(yours), _size_words(mine)
    sizes = Text(f"Yours is {given.en}, expected is {wanted.en}.", f"你的答案是{given.zh}，应为{wanted.zh}。")
    return (sizes, *_turned(answer, target))


def _size_words(lengths: tuple[int, ...]) -> Text:
    """`a vector of 3`, `2 × 3`."""
    shown = " × ".join(map(str, lengths))
    return Text(f"a vector of {shown}", f"长度为 {shown} 的向量") if len(lengths) == 1 else Text(shown, f" {shown}")


_TURNS: tuple[tuple[Callable[[Value], Value], Text], ...] = (
    (lambda x: x.T, Text("It is the right answer transposed.", "这是正确答案的转置。")),
    (lambda x: -x, Text("Every sign is the wrong way round.", "所有正负号都反了。")),
    (
        lambda x: -x.T,
        Text(
            "It is the right answer transposed, with every sign the wrong way round.",
            "这是正确答案的转置，且正负号都反了。",
        ),
    ),
    (lambda x: x[::-1], Text("It is the right answer in reverse order.", "这是正确答案的逆序。")),
)


def _turned(answer: Value, target: Target) -> tuple[Text, ...]:
    """What a wrong answer would take to be the key: transposing, other signs, the reverse order."""
    if not all(is_number(x) for x in elements(answer)):
        return ()
    if not is_array(answer):
        return (Text("Only the sign is wrong.", "只有正负号错了。"),) if target.close(-answer) else ()
    return next(((said,) for turn, said in _TURNS if target.close(turn(answer))), ())


def _shape(answer: Value, key: Shape) -> Outcome:
    """A shape is right as a whole; sizes of 1 for a batch in front may be added."""
    given = tuple(answer) if isinstance(answer, Shape) else tuple(elements(answer))
    if given == tuple(key):
        return RIGHT
    if len(given) == len(key) + 1 and given[0] == 1 and given[1:] == tuple(key):
        return Outcome(
            "correct", FULL, (Text("Read with a batch of 1 in front.", "按最前面带一个大小为 1 的批量维理解。"),)
        )
    if sorted(given) == sorted(key):
        return Outcome(
            "incorrect", NOTHING, (Text("The sizes are right, their order is not.", "各维大小正确，但顺序不对。"),)
        )
    return WRONG


# ------------------------------------------------------------------------------------------- choices, orders, names


def _chosen_wrong(reading: Reading, target: Target) -> Outcome:
    option = next((o for o in target.options if o.label == reading.value), None)
    return Outcome("incorrect", NOTHING, (option.because,) if option is not None and option.because else ())


def _choices(chosen: frozenset[str], target: Target) -> Outcome:
    """The share of right options chosen minus the share of wrong ones, never below 0: guessing earns nothing on average."""
    right = frozenset(target.value)
    wrong = frozenset(option.label for option in target.options) - right
    hits, misses = len(chosen & right), len(chosen & wrong)
    share = Fraction(hits, len(right)) if right else Fraction(1)
    credit = max(NOTHING, share - (Fraction(misses, len(wrong)) if wrong else 0))
    reasons = tuple(o.because for o in target.options if o.because and (o.label in chosen) != o.correct)
    return graded(credit, *reasons)


def _order(answer: tuple[str, ...], key: tuple[str, ...]) -> Outcome:
    """Pairs in the right order minus pairs in the wrong one, over all pairs, never below 0."""
    if sorted(answer) != sorted(key):
        return Outcome(
            "incorrect", NOTHING, (Text("Every letter is needed exactly once.", "每个字母必须恰好出现一次。"),)
        )
    if tuple(answer) == tuple(key):
        return RIGHT
    place = {label: i for i, label in enumerate(answer)}
    pairs = [(a, b) for i, a in enumerate(key) for b in key[i + 1 :]]
    balance = sum(1 if place[a] < place[b] else -1 for a, b in pairs)
    return graded(max(NOTHING, Fraction(balance, len(pairs))))


def _matching(answer: Mapping[str, str], key: Mapping[str, str]) -> Outcome:
    """One right match is what guessing gives, so it earns nothing; all right ones earn everything."""
    right = sum(answer.get(left) == label for left, label in key.items())
    if right == len(key):
        return RIGHT
    credit = max(NOTHING, Fraction(right - 1, max(1, len(key) - 1)))
    return graded(credit, Text(f"{right} of {len(key)} matches are right.", f"{len(key)} 个配对中有 {right} 个正确。"))
