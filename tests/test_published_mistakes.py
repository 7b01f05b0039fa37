"""Wrong answers that have been published, typed in as responses: most of them are explained.

They stand in `tests/published_mistakes.txt`, each as `gradmark solve` would be asked for the right one: a mistake of the derivation, another
convention or a general slip has to lead to the number.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from solvers.derivation import Derivation
from solvers.givens_text import read_givens
from solvers.registry import derivation
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, as_float, elements, is_array
from tests.test_published_examples import meets

LINES = [
    line
    for line in (Path(__file__).parent / "published_mistakes.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
MOST_UNEXPLAINED = 0.125


def explained(line: str) -> list[str]:
    """The mistakes that lead to the number of a line."""
    asked, _, said = line.partition(" -> ")
    step, _, typed = said.partition(" ")
    name, *words = shlex.split(asked)
    found = derivation(name)
    givens = found.complete(read_givens(found.givens, words))
    graph = found.at(givens)
    right = graph.run(givens)
    assert not _is(typed, right[step]), f"{line} is right"
    hits = [id for id in graph.misconceptions if _leads(graph, right, id, step, typed)]
    return hits or [slip for slip, value in _slips(right, step) if _is(typed, value)] or _cut_off(right[step], typed)


def _leads(graph: Derivation, right: Trace, id: str, step: str, typed: str) -> bool:
    try:
        return _is(typed, graph.run(right.givens, replacing=(id,), base=right)[step])
    except StepError:
        return False


def _is(typed: str, value: Value) -> bool:
    return typed.count(",") == len(elements(value)) - 1 and meets(typed, value)


def _slips(right: Trace, step: str) -> Iterator[tuple[str, Value]]:
    """The general slips that lead to a number of their own: not the nearest whole numbers, which would explain too much."""
    value = right[step]
    if isinstance(value, Shape):
        return
    if is_array(value):
        yield from (("slip/sign", -value), ("slip/twice", 2 * value))
        return
    number = as_float(value)
    yield from (("slip/sign", -number), ("slip/twice", 2 * number), ("slip/half", number / 2))
    yield from (("slip/given", given) for given in right.givens.values() if type(given) is type(value))
    if not isinstance(value, int):
        yield "slip/reciprocal", 1 / number
        yield from (("slip/decimal-point", number * factor) for factor in (100, 10, 0.1, 0.01))


def _cut_off(value: Value, typed: str) -> list[str]:
    """Whether the digits behind those that were typed were dropped, where rounding would have changed the last one."""
    if isinstance(value, Shape) or is_array(value) or not re.fullmatch(r"-?\d+\.\d+", typed):
        return []
    unit = Fraction(1, 10 ** len(typed.partition(".")[2]))
    return ["slip/cut-off"] if math.trunc(Fraction(as_float(value)) / unit) * unit == Fraction(typed) else []


def test_published_mistakes_are_explained() -> None:
    """At least seven of eight, those included that no rule was written for."""
    left = [line for line in LINES if not explained(line)]
    assert len(left) <= MOST_UNEXPLAINED * len(LINES), left


@pytest.mark.parametrize(
    ("line", "id"),
    [
        ("params.lstm d=4096 h=256 biases=1 -> total 4456448", "convention/no-bias"),
        ("params.lstm d=4096 h=256 biases=1 -> total 4195328", "params/recurrent-weights-left-out"),
        ("params.batch_norm c=64 -> total 256", "convention/buffers-counted"),
        ("receptive.equal_layers k=3 L=3 -> field 9", "receptive/kernels-summed"),
        ("loss.cross_entropy y=[0,1,0] p=[0.2,0.5,0.3] -> loss 1", "convention/base-two-logarithm"),
        ("conv.output_size n=32 k=5 p=2 -> size 30", "conv/padding-once"),
        ("params.rnn d=1 h=50 -> total 150", "params/one-recurrent-weight-each"),
        ("params.attention d=768 heads=12 -> total 21261312", "params/heads-full-width-only"),
        ("eval.binary tp=20 fp=15 fn=10 tn=45 -> recall 0.75", "eval/other-class-positive"),
        ("eval.roc_auc y=[1,0,0,1] s=[2,5,10,10] -> auc 0.5", "eval/ties-as-wins"),
        ("position.encoding p=1 d=4 -> encoding [0.8415,0.99995,0.0001,1.0000]", "position/dimension-doubled"),
        ("params.embedding vocab=10000 d=300 -> total 3010000", "params/embedding-bias-per-word"),
        (
            "params.cnn n=28 channels=[1,10] kernels=[3] widths=[2] paddings=[1] -> total 15682",
            "params/convolutions-left-out",
        ),
        ("init.xavier n_in=784 n_out=128 -> std 0.0574", "init/three-for-two"),
        ("optim.adam w=1 g=[2,1] lr=0.01 -> w_1 0.9926", "optim/correction-one-step-on"),
        ("optim.linear_warmup lr=0.1 t=2 warmup=4 -> rate 0.06", "optim/warmup-stretched"),
        ("loss.binary_cross_entropy y=[1,0] p=[0.8,0.3] -> mean -0.2384", "loss/second-logarithm-left-out"),
        ("loss.label_smoothing z=[2,1,0,-1,0.5] c=0 eps=0.1 -> loss 2.383988", "loss/kept-share-spread"),
        (
            "loss.label_smoothing z=[2,1,0,1] c=0 eps=0.1 -> target [0.90,0.05,0.05,0.05]",
            "loss/smoothing-over-two-fewer",
        ),
        ("eval.binary tp=90 fp=10 fn=30 tn=870 -> specificity 0.1023", "eval/true-positives-for-specificity"),
        ("activation.gelu_tanh x=3 -> value 8.989", "activation/input-squared"),
        ("regression.linear_step X=[[1],[2],[3]] y=[2,3,5] -> w_gradient [-3.8333]", "regression/halved-again"),
        ("bert.masking n=1000 r=1/2 -> masked 320", "bert/share-taken-twice"),
        ("conv.pool_size n=75 k=2 s=2 mode=ceil -> size 37.5", "conv/not-rounded"),
        ("conv.same_size n=28 k=2 -> size 27", "conv/half-of-what-precedes"),
        ("loss.cross_entropy y=[0.5,0.5] p=[0.5,0.5] -> divergence -1.1931", "loss/logarithm-left-out"),
        ("loss.hinge y=[1,-1] s=[0.3,0.8] -> mean 0.8500", "loss/zero-for-minus-one"),
        ("eval.binary tp=90 fp=10 fn=30 tn=870 -> f1 0.6923", "eval/overlap-for-f1"),
        ("eval.confusion_matrix C=[[2,1,0],[0,1,1],[0,0,1]] -> macro_f1 0.7059", "eval/weighted-mean-first"),
        ("eval.perplexity p=[0.25,0.5,0.125] -> perplexity 1.8259", "eval/common-logarithm"),
        ("rnn.hidden_scalar x=[1,2] w=0.5 u=0.8 b=0.1 -> hidden_2 0.9956", "rnn/bias-after-activation"),
        ("lstm.constant_gates f=0.9 i=1 g=0.5 T=3 -> cell 1.7195", "lstm/one-write-more"),
        ("params.attention d=512 heads=8 bias=false -> total 6553600", "params/heads-full-width-one-output"),
        ("params.gru d=100 h=200 biases=2 -> total 180800", "params/second-bias-of-candidate"),
        ("regression.line_fit x=[1,2,3] y=[2,3,5] -> intercept -3", "regression/means-exchanged"),
        ("data.min_max x=[2,4,10] -> scaled [0.25,0.50,1.25]", "data/smallest-not-subtracted"),
        ("vae.divergence_of_two m=1 s=2 -> between 0.4034", "vae/halved-twice"),
        ("data.updates N=1000 B=32 E=10 -> total_updates 313", "data/rounded-at-the-end"),
        ("position.rotary x=[1,2] p=1 -> rotated [0.5403,1.6829]", "position/components-alone"),
        ("eval.agreement tp=40 fp=10 fn=20 tn=30 -> expected 0.3000", "eval/chance-of-one-class"),
        ("activation.tanh x=0.5 -> derivative 0.2350", "activation/slope-of-sigmoid"),
        (
            "loss.label_smoothing z=[2,1,0,1] c=0 eps=0.1 -> target [1.1500,0.2500,0.2500,0.2500]",
            "loss/whole-share-spread",
        ),
        ("conv.output_size n=32 k=5 p=2 -> size 24", "conv/padding-taken-off"),
        ("conv.output_shape c=3 n=[28,28] f=8 k=[3,3] p=[1,1] -> shape [24,28,28]", "conv/maps-for-every-channel"),
        ("conv.pool_size n=55 k=3 s=2 -> size 18", "conv/window-as-stride"),
        ("params.stacked_kernels c=64 k=3 layers=2 -> stack 18", "params/channels-left-out"),
        ("params.vgg depth=16 -> total 14714688", "params/dense-left-out"),
        ("receptive.dilated_stack k=3 L=3 B=2 -> field 127", "receptive/doubling-not-begun-again"),
        ("cost.linear n_in=784 n_out=100 batch=32 -> macs 78400", "cost/one-example"),
        ("optim.cosine_decay lr=0.1 t=10 T=40 -> rate 0.0924", "optim/quarter-period"),
        ("optim.adamw w=1 g=[0.5] lr=0.1 decay=0.1 -> first_moment_1 0.06", "optim/decay-in-gradient"),
        ("perceptron.update x=[2,1] y=-1 w=[1,1] rate=0.5 -> w_updated [-2,-0.5]", "perceptron/score-multiplied"),
        ("eval.binary tp=52 fp=33 fn=28 tn=118 -> recall 1.0625", "eval/predicted-over-actual"),
        ("eval.roc_auc y=[1,0,1,0,1] s=[0.9,0.6,0.7,0.2,0.4] -> auc 0.5833", "eval/one-threshold"),
        ("loss.squared_error y=[10,5,7,8,6] p=[9,6,5,7,5] -> root 1.2", "loss/root-before-mean"),
        ("loss.huber y=[3,0] p=[0,0.5] -> mean 0.0625", "loss/huber-large-on-one-side"),
        ("activation.softmax z=[1,2,3] -> probabilities [0.4530,1.2315,3.3476]", "activation/powers-over-scores"),
        ("position.rotary x=[1,2,3,4] p=1 -> rotated [-1.9841,-2.2853,3.0098,4.0198]", "position/mixed-pairs"),
        ("position.encoding p=1 d=4 -> encoding [0.8415,0.5403,0.0316,0.9995]", "position/base-of-thousand"),
        ("gru.blend z=0.3 n=0.8 h=-0.5 -> hidden 0.3885", "gru/state-squashed"),
        ("data.min_max x=[2,4,10] -> scaled [1.75,3.75,9.75]", "data/brackets-left-out"),
        (
            "regression.normal_equation X=[[1,1],[1,2],[1,3]] y=[2,3,5] l2=1 -> weights [1.3333,1.0000]",
            "regression/bias-not-penalised",
        ),
        ("gan.optimum p=[0.5,0.5] q=[0.9,0.1] -> jensen_shannon 0.3190", "gan/root-of-divergence"),
    ],
)
def test_the_best_known_ones_by_their_names(line: str, id: str) -> None:
    """A number that has been asked about in many places is called what it is."""
    assert id in explained(line)
