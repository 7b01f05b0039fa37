"""Shapes: right as a whole, with or without a batch of 1; another order of the axes is recognised and said."""

from __future__ import annotations

from collections.abc import Iterator

from grader.outcome import FULL, NOTHING, RIGHT, Outcome
from solvers.text import Text
from solvers.values import Shape, Value, elements

BATCH_ADDED = Text("Read with a batch of 1 in front.", "按最前面带一个大小为 1 的批量维理解。")
BATCH_LEFT_OUT = Text("Read without the batch of 1 in front.", "按省略了最前面大小为 1 的批量维理解。")
_LAST = Text(
    "The channels stand last (as in HWC); here they come first.", "你把通道维放在了最后（如 HWC），此处通道维在前。"
)
_FIRST = Text(
    "The channels stand first (as in CHW); here they come last.", "你把通道维放在了最前（如 CHW），此处通道维在后。"
)
_CONVENTIONS = {_LAST: "convention/channels-last", _FIRST: "convention/channels-first"}
_EXCHANGED = Text("The two sizes are exchanged.", "两维的大小写反了。")
_SIDES = Text("Height and width are exchanged.", "高和宽写反了。")
_REVERSED = Text("The sizes stand in reverse order.", "各维的顺序完全颠倒了。")
_ORDER = Text("The sizes are right, their order is not.", "各维大小正确，但顺序不对。")


def compare_shape(answer: Value, key: Shape) -> Outcome:
    """A shape is right as a whole; sizes of 1 for a batch in front may be added or left out."""
    given, right = tuple(elements(answer)), tuple(key)
    if given == right:
        return RIGHT
    if len(right) > 1 and given == (1, *right):
        return Outcome("correct", FULL, (BATCH_ADDED,))
    if len(right) > 2 and right == (1, *given):
        return Outcome("correct", FULL, (BATCH_LEFT_OUT,))
    notes = tuple(_said(given, right))
    return Outcome(
        "incorrect", NOTHING, notes, next((_CONVENTIONS[note] for note in notes if note in _CONVENTIONS), "")
    )


def _said(given: tuple[Value, ...], key: tuple[Value, ...]) -> Iterator[Text]:
    """The likeliest way in which the sizes came to differ."""
    if given[1:] == key:
        size = given[0]
        yield Text(
            f"There is a batch of {size} in front that is not asked for.", f"最前面多了一个大小为 {size} 的批量维。"
        )
    elif given == key[1:]:
        yield Text(f"The first axis, of size {key[0]}, is missing.", f"缺少最前面大小为 {key[0]} 的一维。")
    elif sorted(given) == sorted(key):
        yield _reordered(given, key)
    elif len(given) != len(key):
        yield Text(
            f"Yours has {len(given)} {'axis' if len(given) == 1 else 'axes'}; {len(key)} are expected.",
            f"你的答案有 {len(given)} 维，应为 {len(key)} 维。",
        )
    else:
        right = sum(a == b for a, b in zip(given, key, strict=True))
        are = "is" if right == 1 else "are"
        if right:
            yield Text(f"{right} of the {len(key)} sizes {are} right.", f"{len(key)} 维中有 {right} 维的大小正确。")
        else:
            yield Text(f"None of the {len(key)} sizes is right.", f"{len(key)} 维的大小都不正确。")


def _reordered(given: tuple[Value, ...], key: tuple[Value, ...]) -> Text:
    """What the order of the sizes looks like: of images if there are three axes, or four with the same batch in front."""
    if len(key) == 2:
        return _EXCHANGED
    same_batch = len(key) == 4 and given[0] == key[0]
    mine, yours = (key[1:], given[1:]) if same_batch else (key, given)
    if len(mine) == 3:
        a, b, c = mine
        for order, said in (((b, c, a), _LAST), ((c, a, b), _FIRST), ((a, c, b), _SIDES)):
            if yours == order:
                return said
    return _REVERSED if given == key[::-1] else _ORDER
