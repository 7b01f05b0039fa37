"""Further scores of classifiers and detectors: ROC area, measures that chance does not flatter, overlap of boxes, BLEU.

They belong to the topic `eval`, with `solvers.evaluation`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solvers.derivation import Derivation
from solvers.expression.arithmetic import divided
from solvers.family import Family
from solvers.functions import exp, log, sqrt
from solvers.givens import integer, vector, word
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Number, Vector, array

# --------------------------------------------------------------------------------------------------------- area under ROC

roc_auc = Derivation(
    "eval.roc_auc",
    "Area under the ROC curve: how often a positive example has a higher score than a negative one",
    "ROC 曲线下面积（AUC）：正类样本得分高于负类样本的比例",
    y=vector("y", "classes, 1 or 0", "类别（1 或 0）", axes=("n",)),
    s=vector("s", "scores", "得分", axes=("n",)),
)


def _sides(y: Vector, s: Vector) -> tuple[list[Number], list[Number]]:
    if any(label not in (0, 1) for label in y):
        raise Undefined("the classes must be 1 and 0", "类别只能是 1 和 0")
    return [score for label, score in zip(y, s, strict=True) if label == 1], [
        score for label, score in zip(y, s, strict=True) if label == 0
    ]


def _won(y: Vector, s: Vector, tie: Fraction) -> Number:
    high, low = _sides(y, s)
    return sum((1 if a > b else tie if a == b else 0) for a in high for b in low)


@roc_auc.step(r"\operatorname{sum}\left($y\right)", symbol="N_{+}", zh="正类样本数")
def positives(y: Vector, s: Vector) -> int:
    """Positive examples."""
    return len(_sides(y, s)[0])


@roc_auc.step(r"\operatorname{len}\left($y\right) - $positives", symbol="N_{-}", zh="负类样本数")
def negatives(y: Vector, positives: int) -> int:
    """Negative examples."""
    return len(y) - positives


@roc_auc.step("$positives $negatives", symbol="N", zh="正负样本对的个数")
def pairs(positives: int, negatives: int) -> int:
    """Pairs of a positive and a negative example."""
    if positives * negatives == 0:
        raise Undefined("there must be examples of both classes", "两个类别都应有样本")
    return positives * negatives


@roc_auc.step(
    r"\operatorname{count}\left(s_{+} > s_{-}\right) + \frac{1}{2} \operatorname{count}\left(s_{+} = s_{-}\right)",
    symbol="W",
    zh="正类得分较高的对数（相等的计一半）",
)
def wins(y: Vector, s: Vector) -> Number:
    """Pairs in which the positive one has the higher score; equal ones count half."""
    return divided(_won(y, s, Fraction(1, 2)), 1)


@roc_auc.step(r"\frac{$wins}{$pairs}", symbol=r"\text{AUC}", zh="曲线下面积")
def auc(wins: Number, pairs: int) -> Number:
    """Area under the curve."""
    return divided(wins, pairs)


roc_auc.misconception("eval/pairs-upside-down", replaces="auc")(lambda wins, pairs: 1 - divided(wins, pairs))
roc_auc.misconception("eval/pairs-of-all", replaces="pairs")(lambda y: len(y) * (len(y) - 1) // 2)
roc_auc.misconception("eval/ties-as-wins", replaces="wins")(lambda y, s: _won(y, s, Fraction(1)))
roc_auc.misconception("eval/ties-as-losses", replaces="wins")(lambda y, s: _won(y, s, Fraction(0)))


@roc_auc.misconception("eval/threshold-half", replaces="auc")
def _(y: Vector, s: Vector) -> Number:
    right = sum((score >= Fraction(1, 2)) == (label == 1) for label, score in zip(y, s, strict=True))
    return Fraction(right, len(y))


@roc_auc.oracle
def _(y: Vector, s: Vector) -> dict[str, Any]:
    import torch

    labels, scores = torch_tensor(y), torch_tensor(s)
    cuts = torch.cat([torch.tensor([torch.inf], dtype=torch.float64), scores.unique().flip(0)])
    said = (scores >= cuts[:, None]).double()
    hits, alarms = (said @ labels) / labels.sum(), (said @ (1 - labels)) / (1 - labels).sum()
    area = torch.trapezoid(hits, alarms).item()
    pairs = int(labels.sum() * (1 - labels).sum())
    counts = labels.bool()
    return {
        "positives": int(counts.count_nonzero()),
        "negatives": int((~counts).count_nonzero()),
        "pairs": pairs,
        "wins": area * pairs,
        "auc": area,
    }


# ---------------------------------------------------------------------------------------- measures chance does not flatter

agreement = Derivation(
    "eval.agreement",
    "Balanced accuracy, Matthews correlation and Cohen's kappa from the four counts",
    "由四个计数求平衡准确率、马修斯相关系数与 Cohen κ 系数",
    tp=integer(r"\mathrm{TP}", "true positives", "真正例数", least=0),
    fp=integer(r"\mathrm{FP}", "false positives", "假正例数", least=0),
    fn=integer(r"\mathrm{FN}", "false negatives", "假负例数", least=0),
    tn=integer(r"\mathrm{TN}", "true negatives", "真负例数", least=0),
)


def _needed(count: int) -> int:
    if count == 0:
        raise Undefined("one of the classes never occurs, or is never predicted", "有一类从未出现或从未被预测")
    return count


@agreement.step(
    r"\frac{1}{2} \left(\frac{$tp}{$tp + $fn} + \frac{$tn}{$tn + $fp}\right)",
    symbol="B",
    zh="平衡准确率：两类召回率的平均",
    final=True,
)
def balanced_accuracy(tp: int, fn: int, tn: int, fp: int) -> Number:
    """Balanced accuracy: the mean of both classes' recall."""
    return (Fraction(tp, _needed(tp + fn)) + Fraction(tn, _needed(tn + fp))) / 2


@agreement.step(
    r"\frac{$tp \cdot $tn - $fp \cdot $fn}{\sqrt{($tp + $fp) ($tp + $fn) ($tn + $fp) ($tn + $fn)}}",
    symbol=r"\text{MCC}",
    zh="马修斯相关系数",
    final=True,
)
def matthews(tp: int, tn: int, fp: int, fn: int) -> Number:
    """Matthews correlation."""
    below = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return divided(tp * tn - fp * fn, sqrt(_needed(below)))


@agreement.step(r"\frac{$tp + $tn}{$tp + $fp + $fn + $tn}", symbol="p_o", zh="观察到的一致率（准确率）")
def observed(tp: int, tn: int, fp: int, fn: int) -> Number:
    """Observed agreement: the accuracy."""
    return Fraction(tp + tn, _needed(tp + fp + fn + tn))


@agreement.step(
    r"\frac{($tp + $fp) ($tp + $fn) + ($fn + $tn) ($fp + $tn)}{\left($tp + $fp + $fn + $tn\right)^2}",
    symbol="p_e",
    zh="随机情形下的期望一致率",
)
def expected(tp: int, fp: int, fn: int, tn: int) -> Number:
    """Agreement expected by chance."""
    return Fraction((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn), _needed(tp + fp + fn + tn) ** 2)


@agreement.step(r"\frac{$observed - $expected}{1 - $expected}", symbol=r"\kappa", zh="Cohen κ 系数")
def kappa(observed: Number, expected: Number) -> Number:
    """Cohen's kappa."""
    if expected == 1:
        raise Undefined("chance alone would agree always", "随机情形下也总是一致")
    return divided(observed - expected, 1 - expected)


agreement.misconception("eval/accuracy-for-balanced", replaces="balanced_accuracy")(
    lambda tp, fn, tn, fp: Fraction(tp + tn, tp + fn + tn + fp)
)
agreement.misconception("eval/chance-not-taken-off", replaces="kappa")(lambda observed: observed)
agreement.misconception("eval/chance-not-rescaled", replaces="kappa")(lambda observed, expected: observed - expected)
agreement.misconception("eval/half-by-chance", replaces="expected")(lambda: Fraction(1, 2))


@agreement.oracle
def _(tp: int, fp: int, fn: int, tn: int) -> dict[str, Any]:
    import torch

    truth = torch.tensor([1.0] * tp + [0.0] * fp + [1.0] * fn + [0.0] * tn, dtype=torch.float64)
    said = torch.tensor([1.0] * (tp + fp) + [0.0] * (fn + tn), dtype=torch.float64)
    right = (truth == said).double()
    found: dict[str, Any] = {"observed": right.mean().item()}
    if 0 < truth.mean() < 1:
        found["balanced_accuracy"] = torch.stack([right[truth == side].mean() for side in (0, 1)]).mean().item()
        if 0 < said.mean() < 1:
            found["matthews"] = torch.corrcoef(torch.stack([truth, said]))[0, 1].item()
    rates = torch.stack([torch.stack([v.mean(), 1 - v.mean()]) for v in (truth, said)])
    chance = torch.linalg.vecdot(rates[0], rates[1]).item()
    return {
        **found,
        "expected": chance,
        **({"kappa": 1 - (1 - found["observed"]) / (1 - chance)} if chance < 1 else {}),
    }


# ------------------------------------------------------------------------------------------------------- overlap of boxes


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
    d.misconception("eval/share-of-second-box", replaces="iou", union="area_b")(iou)
    d.misconception("eval/dice-for-iou", replaces="iou")(
        lambda intersection, area_a, area_b: divided(2 * intersection, area_a + area_b)
    )
    d.misconception("eval/share-of-first-box", replaces="iou", union="area_a")(iou)
    d.misconception("eval/gap-as-overlap", replaces="width")(_stretch(0, 2, more))
    d.misconception("eval/gap-as-overlap", replaces="height")(_stretch(1, 3, more))
    d.misconception("eval/enclosing-box-for-union", replaces="union")(
        lambda a, b: _size(array([*map(min, a[:2], b[:2]), *map(max, a[2:], b[2:])]), more)
    )
    d.oracle(engine="sympy")(_measured)
    return d


def _overlap(low: int, high: int, more: int) -> Callable[[Vector, Vector], Number]:
    return lambda a, b: max(0, _stretch(low, high, more)(a, b))


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

# ------------------------------------------------------------------------------------------------------------------ BLEU

bleu = Derivation(
    "eval.bleu",
    "BLEU score of a translation from its matched n-grams, with the brevity penalty",
    "由匹配的 n 元组计算译文的 BLEU 值（含简短惩罚）",
    matched=vector(
        "m", "matched (clipped) n-grams, for n = 1, 2, …", "匹配（截断）的 n 元组数，n = 1, 2, …", axes=("N",)
    ),
    total=vector("t", "n-grams of the candidate, for n = 1, 2, …", "译文的 n 元组总数，n = 1, 2, …", axes=("N",)),
    c=integer("c", "length of the candidate", "译文长度", least=1),
    r=integer("r", "length of the reference", "参考译文长度", least=1),
)


@bleu.step(r"\frac{$matched}{$total}", symbol="p_n", zh="各阶精确率")
def precisions(matched: Vector, total: Vector) -> Vector:
    """Precision of the n-grams of each length."""
    if any(not 0 <= m <= t or t == 0 for m, t in zip(matched, total, strict=True)):
        raise Undefined("no more n-grams can match than there are", "匹配数不能超过总数")
    return array([divided(m, t) for m, t in zip(matched, total, strict=True)])


@bleu.step(r"e^{\min\left(0, 1 - \frac{$r}{$c}\right)}", symbol=r"\text{BP}", zh="简短惩罚")
def brevity(c: int, r: int) -> Number:
    """Brevity penalty."""
    return 1 if c >= r else exp(1 - Fraction(r, c))


@bleu.step(
    r"$brevity \exp\left(\operatorname{mean}\left(\ln $precisions\right)\right)", symbol=r"\text{BLEU}", zh="BLEU 值"
)
def score(brevity: Number, precisions: Vector) -> Number:
    """BLEU score: the geometric mean of the precisions, times the penalty."""
    if 0 in precisions:
        return 0
    return brevity * exp(divided(sum(log(p) for p in precisions), len(precisions)))


bleu.misconception("eval/arithmetic-mean-of-precisions", replaces="score")(
    lambda brevity, precisions: brevity * divided(sum(precisions), len(precisions))
)
bleu.misconception("eval/precisions-multiplied", replaces="score")(
    lambda brevity, precisions: brevity * exp(sum(log(p) for p in precisions))
)
bleu.misconception("eval/empty-orders-skipped", replaces="score")(
    lambda brevity, precisions: brevity * exp(divided(sum(log(p) for p in precisions if p), len(precisions)))
)
bleu.misconception("eval/brevity-left-out", replaces="brevity")(lambda: 1)
bleu.misconception("eval/length-rewarded", replaces="brevity")(lambda c, r: exp(1 - Fraction(r, c)))
bleu.misconception("eval/brevity-upside-down", replaces="brevity")(lambda c, r: exp(1 - Fraction(c, r)))
bleu.misconception("eval/brevity-as-ratio", replaces="brevity")(lambda c, r: min(1, Fraction(c, r)))


@bleu.oracle(engine="sympy")  # type: ignore[untyped-decorator]
def _(matched: Vector, total: Vector, c: int, r: int) -> dict[str, Any]:
    import sympy

    shares = [sympy.Rational(int(m), int(t)) for m, t in zip(matched, total, strict=True)]
    penalty = sympy.exp(sympy.Min(0, 1 - sympy.Rational(r, c)))
    mean = sympy.root(sympy.prod(shares), len(shares))
    return {"precisions": shares, "brevity": penalty, "score": penalty * mean}
