"""Vectors, matrices and tensors: marked element by element; another shape is said in words."""

from __future__ import annotations

from fractions import Fraction

from grader.comparing.numbers import Judgement, judge, notes_on, shortcoming, worth
from grader.comparing.rearranged import in_reading_order, rearranged
from grader.comparing.shapes import BATCH_ADDED
from grader.outcome import NOTHING, RIGHT, Kind, Outcome, graded
from grader.reading import Reading, each_written
from questions.blueprint import Policy
from questions.key import Target, within
from solvers.text import Text
from solvers.values import Value, as_float, elements, is_array, is_number

FEWEST_OF_ONE_NUMBER = 3
"""Elements from which on one number, written everywhere, earns nothing where the key's are not all the same; of zeros, two are enough."""
_ONE = Text("One number was given where several are needed.", "应给出多个数，但只写了一个。")
_LYING = Text(
    "Rows and columns are exchanged: a vector lies where it should stand, or the reverse.", "行向量与列向量弄反了。"
)
_SHAPE_ONLY = Text("The numbers and their order are right, the shape is not.", "各数及其顺序正确，但形状不对。")
_BY_COLUMNS = Text("The numbers are right, but listed column by column.", "这些数都正确，但是按列排列的。")
_EXCHANGED = Text("Rows and columns look exchanged.", "行与列似乎写反了。")
_EVERYWHERE = Text(
    "With the same number everywhere, the places where it happens to be right earn nothing.",
    "各处填的都是同一个数，其中碰巧正确的也不给分。",
)


def compare_array(reading: Reading, target: Target, policy: Policy) -> Outcome:
    """Every element is worth the same; the right numbers, one after the other, in another shape are the wrong form."""
    answer, key = reading.value, target.value
    if not is_array(answer) or answer.size == 1 < key.size:
        return Outcome("incorrect", NOTHING, (_ONE,))
    if answer.shape != key.shape:
        return _other_shape(reading, target, policy)
    found = _judged(reading, target)
    credit = Fraction(found.count("correct"), len(found))
    for lesser in ("coarse", "form"):
        if lesser in found:
            credit += found.count(lesser) * worth(lesser, policy) / len(found)
    if len(set(found)) == 1 and "incorrect" not in found:
        kind: Kind = "incorrect" if found[0] == "rough" else found[0]
        return Outcome(kind, credit, notes_on(found[0], target))
    guessed = key.size >= FEWEST_OF_ONE_NUMBER or not any(elements(answer))
    if guessed and _is_one_number(answer) and not _is_one_number(key):
        return Outcome("incorrect", NOTHING, (_EVERYWHERE,) if set(found) != {"incorrect"} else ())
    notes = _counted(found, target)
    if "incorrect" in found:
        notes.extend(rearranged(answer, target, mostly_right=4 * found.count("incorrect") < len(found)))
    elif "rough" in found:
        notes.extend(notes_on("rough", target))
    return Outcome("partial" if credit else "incorrect", credit, tuple(notes))


def _counted(found: list[Judgement], target: Target) -> list[Text]:
    """How many numbers are right, and how many more but for their digits or their form."""
    notes: list[Text] = []
    among = Text(f" of the {len(found)} numbers", f"{len(found)} 个数中有")
    for one in ("correct", "coarse", "form"):
        count = found.count(one)
        if not count:
            continue
        lacks = shortcoming(one, target) if one != "correct" else None
        en = f"{count}{among.en if not notes else ' more'} {'is' if count == 1 else 'are'} right"
        zh = f"{among.zh if not notes else '另有'} {count} 个"
        if lacks is None:
            notes.append(Text(f"{en}.", f"{zh}正确。"))
        else:
            notes.append(Text(f"{en}, but {lacks.en}.", f"{zh}数值正确，但{lacks.zh}。"))
    return notes


def _is_one_number(array: Value) -> bool:
    return len(set(elements(array))) == 1


def _judged(reading: Reading, target: Target) -> list[Judgement]:
    """What each element is. One rounded to its first figure is as good as coarse among others that are right or coarse."""
    mine, typed = elements(target.value), elements(reading.value)
    written = tuple(each_written(reading.written))
    each = written if len(written) == len(typed) else (None,) * len(typed)
    as_it_is = target.type != "fraction" and not (target.precision and target.precision.exactly)
    found: list[Judgement] = [
        "correct" if as_it_is and k == a else judge(k, a, s, w, target)
        for k, a, s, w in zip(mine, typed, target.slack, each, strict=True)
    ]
    if "coarse" in found and "incorrect" not in found:
        return ["coarse" if one == "rough" else one for one in found]
    return found


# -------------------------------------------------------------------------------------------------------- other shapes


def _other_shape(reading: Reading, target: Target, policy: Policy) -> Outcome:
    """Axes of size 1 for a batch may stand in front; every other shape is wrong, or the wrong form of the right numbers."""
    answer, key = reading.value, target.value
    extra = answer.ndim - key.ndim
    if key.ndim > 1 and extra > 0 and answer.shape == (1,) * extra + key.shape:
        inner = reading._replace(value=answer.reshape(key.shape))
        outcome = RIGHT if target.close(inner.value) else compare_array(inner, target, policy)
        return Outcome(outcome.kind, outcome.credit, (BATCH_ADDED, *outcome.notes))
    notes = (_sizes(answer.shape, key.shape), *_shaped(answer, target))
    if in_reading_order(answer, target):
        return Outcome("form", policy.form_credit, notes)
    return Outcome("incorrect", NOTHING, notes)


def _sizes(given: tuple[int, ...], wanted: tuple[int, ...]) -> Text:
    yours, mine = _size_words(given), _size_words(wanted)
    return Text(f"Yours is {yours.en}; {mine.en} is expected.", f"你的答案是{yours.zh}，应为{mine.zh}。")


def _size_words(lengths: tuple[int, ...]) -> Text:
    """`a vector of 3 numbers`, `2 × 3`."""
    shown = " × ".join(map(str, lengths))
    if len(lengths) > 1:
        return Text(shown, f" {shown} 的{'矩阵' if len(lengths) == 2 else '张量'}")
    return Text(f"a vector of {shown} number{'' if lengths == (1,) else 's'}", f"长度为 {shown} 的向量")


def _shaped(answer: Value, target: Target) -> tuple[Text, ...]:
    """What can be said of an array whose shape is not the key's."""
    key = target.value
    exchanged = key.ndim == 2 and answer.shape == key.shape[::-1]
    if in_reading_order(answer, target):
        return (_LYING if exchanged else _SHAPE_ONLY,)
    if said := rearranged(answer, target):
        by_columns = key.ndim == 2 and target.close(answer.reshape(key.shape[::-1]).T)
        return (_BY_COLUMNS,) if by_columns and not exchanged else said
    return (_EXCHANGED,) if exchanged else ()


# ----------------------------------------------------------------------------------------------------- without an order


def compare_unordered(reading: Reading, target: Target) -> Outcome:
    """Numbers in any order: the share of the key's that are there, less the share of those that are too many."""
    answer, key = reading.value, target.value
    given = sorted(filter(is_number, elements(answer)), key=as_float)
    wanted = sorted(zip(elements(key), target.slack, strict=True), key=lambda pair: as_float(pair[0]))
    right = surplus = 0
    for number in given:
        found = next((i for i, (x, slack) in enumerate(wanted) if within(x, number, slack)), None)
        if found is None:
            surplus += 1
        else:
            right += 1
            del wanted[found]
    credit = Fraction(max(0, right - surplus), key.size) if is_array(answer) or key.size == 1 else NOTHING
    if credit == 1:
        return RIGHT
    note = Text(
        f"{right} of the {key.size} numbers {'is' if right == 1 else 'are'} there.",
        f"{key.size} 个数中写对了 {right} 个。",
    )
    return graded(credit, note)
