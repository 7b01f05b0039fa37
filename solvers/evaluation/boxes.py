"""Overlap of two boxes: intersection over union."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.family import Family
from solvers.givens import vector, word
from solvers.trace import Undefined
from solvers.values import Number, Vector, array


def _size(box: Vector, more: int) -> Number:
    if len(box) != 4 or box[2] < box[0] or box[3] < box[1]:
        raise Undefined("a box is given by left, top, right, bottom", "矩形框应按左、上、右、下给出")
    return (box[2] - box[0] + more) * (box[3] - box[1] + more)


def _extra(ends: str) -> int:
    return 1 if ends == "inclusive" else 0


def _iou(ends: str) -> Derivation:
    more = _extra(ends)
    end = " + 1" if more else ""
    d = Derivation(
        "eval.iou",
        "Intersection over union of two boxes (x1, y1, x2, y2)",
        "两个矩形框 (x1, y1, x2, y2) 的交并比",
        a=vector("a", "first box: left, top, right, bottom", "第一个框：左、上、右、下", axes=("four",)),
        b=vector("b", "second box", "第二个框", axes=("four",)),
        ends=word(
            r"\text{ends}",
            "exclusive: width x2 - x1; inclusive: pixels counted on both ends, width x2 - x1 + 1",
            "exclusive：宽为 x2 - x1；inclusive：两端像素都计入，宽为 x2 - x1 + 1",
            words=("exclusive", "inclusive"),
            default="exclusive",
        ),
    )

    @d.step(f"($a[2] - $a[0]{end}) ($a[3] - $a[1]{end})", symbol="A", zh="第一个框的面积")
    def area_a(a: Vector, ends: str) -> Number:
        """Area of the first box."""
        return _size(a, _extra(ends))

    @d.step(f"($b[2] - $b[0]{end}) ($b[3] - $b[1]{end})", symbol="B", zh="第二个框的面积")
    def area_b(b: Vector, ends: str) -> Number:
        """Area of the second box."""
        return _size(b, _extra(ends))

    for side, low, high, en, zh in (("width", 0, 2, "Width", "宽"), ("height", 1, 3, "Height", "高")):
        d.step(
            rf"\max\left(0, \min\left($a[{high}], $b[{high}]\right) - \max\left($a[{low}], $b[{low}]\right){end}\right)",
            symbol=side[0],
            name=side,
            en=f"{en} of the intersection",
            zh=f"交集的{zh}",
        )(_overlap(low, high, more))

    @d.step("$width $height", symbol="I", zh="交集的面积")
    def intersection(width: Number, height: Number) -> Number:
        """Area of the intersection."""
        return width * height

    @d.step("$area_a + $area_b - $intersection", symbol="U", zh="并集的面积")
    def union(area_a: Number, area_b: Number, intersection: Number) -> Number:
        """Area of the union."""
        return area_a + area_b - intersection

    @d.step(r"\frac{$intersection}{$union}", symbol=r"\text{IoU}", zh="交并比")
    def iou(intersection: Number, union: Number) -> Number:
        """Intersection over union."""
        if union == 0:
            raise Undefined("both boxes are empty", "两个框的面积都为 0")
        return divided(intersection, union)

    other = "convention/box-ends-excluded" if more else "convention/box-ends-included"
    for name in ("area_a", "area_b"):
        d.convention(other, replaces=name, box=name[-1])(lambda box: _size(box, 1 - more))
    d.convention(other, replaces="width")(_overlap(0, 2, 1 - more))
    d.convention(other, replaces="height")(_overlap(1, 3, 1 - more))
    d.misconception("eval/overlap-counted-twice", replaces="union")(lambda area_a, area_b: area_a + area_b)
    d.misconception("eval/overlap-added", replaces="union")(
        lambda area_a, area_b, intersection: area_a + area_b + intersection
    )
    d.misconception("eval/share-of-second-box", replaces="iou", union="area_b")(iou)
    d.misconception("eval/dice-for-iou", replaces="iou")(
        lambda intersection, area_a, area_b: divided(2 * intersection, area_a + area_b)
    )
    d.misconception("eval/share-of-first-box", replaces="iou", union="area_a")(iou)
    for name in ("area_a", "area_b"):
        d.misconception("eval/corners-as-sizes", replaces=name, box=name[-1])(lambda box: box[2] * box[3])
    for name, low, high in (("width", 0, 2), ("height", 1, 3)):
        d.misconception("eval/corners-as-sizes", replaces=name)(_overlap_of_sizes(low, high))
    d.misconception("eval/gap-as-overlap", replaces="width")(_stretch(0, 2, more))
    d.misconception("eval/gap-as-overlap", replaces="height")(_stretch(1, 3, more))
    d.misconception("eval/enclosing-box-for-union", replaces="union")(
        lambda a, b: _size(array([*map(min, a[:2], b[:2]), *map(max, a[2:], b[2:])]), more)
    )
    d.oracle(engine="sympy")(_measured)
    if not more:
        _add_mixed_ends(d)
    return d


def _add_mixed_ends(d: Derivation) -> None:
    """The ends belong to the boxes, but not to what they share."""
    for name in ("area_a", "area_b"):
        d.misconception("eval/ends-included-in-areas-only", replaces=name, box=name[-1])(lambda box: _size(box, 1))


def _overlap(low: int, high: int, more: int) -> Callable[[Vector, Vector], Number]:
    return lambda a, b: max(0, _stretch(low, high, more)(a, b))


def _overlap_of_sizes(low: int, high: int) -> Callable[[Vector, Vector], Number]:
    """The overlap where the last two numbers of a box are taken for its width and height."""
    return lambda a, b: max(0, min(a[low] + a[high], b[low] + b[high]) - max(a[low], b[low]))


def _stretch(low: int, high: int, more: int) -> Callable[[Vector, Vector], Number]:
    """From the later beginning to the earlier end: negative where the boxes lie apart."""
    return lambda a, b: min(a[high], b[high]) - max(a[low], b[low]) + more


def _measured(a: Vector, b: Vector, ends: str) -> dict[str, Any]:
    import sympy

    more = sympy.Integer(_extra(ends))
    one, other = (
        [sympy.Interval(sympy.Rational(box[i]), sympy.Rational(box[i + 2]) + more) for i in (0, 1)] for box in (a, b)
    )
    both = [x.intersect(y).measure for x, y in zip(one, other, strict=True)]
    areas = [side[0].measure * side[1].measure for side in (one, other)]
    shared = both[0] * both[1]
    whole = sum(areas) - shared
    return {
        "area_a": areas[0],
        "area_b": areas[1],
        "width": both[0],
        "height": both[1],
        "intersection": shared,
        "union": whole,
        "iou": shared / whole,
    }


iou = Family("eval.iou", _iou, lambda givens: (givens["ends"],), smallest=("exclusive",))
