"""Conventions: right under another one than the question states, which is said, and credited as the policy says."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.comparing import compare
from grader.conventions import TOLD
from grader.diagnosing import Diagnosis
from grader.evidence import specificity
from grader.marking import read_for
from grader.reading import Reading
from grader.result import mark_paper, to_json
from grader.runs import Response, Runs
from questions.bank import Bank
from questions.blueprint import Policy, Student
from questions.exam import Item, Paper
from questions.variant import Variant
from questions.variant_json import misconception_answers
from solvers.derivation import Derivation, GraphError, is_convention
from solvers.givens import integer
from solvers.registry import derivation, names
from solvers.values import Value, same
from tests.strategies import item, marked, paper_of

BANK = Bank()


def counted() -> Derivation:
    """Parameters of a dense layer."""
    d = Derivation(
        "params.example", "Example", "示例", n=integer("n", "inputs", "输入"), m=integer("m", "units", "单元")
    )

    @d.step("$m", symbol="b", zh="偏置数")
    def biases(m: int) -> int:
        """Biases."""
        return m

    @d.step("$n $m + $biases", symbol="N", zh="参数总数")
    def total(n: int, m: int, biases: int) -> int:
        """Parameters in all."""
        return n * m + biases

    return d


# ------------------------------------------------------------------------------------------------------- declaring them


def test_a_convention_runs_like_a_misconception() -> None:
    """There is one way to compute: the rule of another convention stands in for the step's."""
    d = counted()
    d.convention("convention/no-bias", replaces="biases")(lambda: 0)
    d.misconception("params/added", replaces="total")(lambda n, m: n + m)
    assert d.run({"n": 3, "m": 4}, replacing=("convention/no-bias",))["total"] == 12
    assert d.conventions == ("convention/no-bias",)


@pytest.mark.parametrize("id", ["convention/no-bias", "params/added"])
def test_an_id_tells_a_convention_from_a_misconception(id: str) -> None:
    """So that whoever holds an id only knows which it is; each declares its own kind."""
    d = counted()
    declare = d.misconception if is_convention(id) else d.convention
    with pytest.raises(GraphError, match=id):
        declare(id, replaces="total")


# --------------------------------------------------------------------------------------------------------- crediting them


def under(found: Variant, id: str) -> dict[str, str]:
    """What somebody writes who uses this convention."""
    answers = misconception_answers(found, id)
    assert answers is not None
    return answers


def policy(share: str, **settings: object) -> Policy:
    return Policy.model_validate({"conventions": share, **settings})


CLASSIFIER = "parameters/text-classifier", "convention/one-bias-vector"


@pytest.mark.parametrize(("share", "earned"), [("0", 0), ("1/2", Fraction(3, 2)), ("1", 3)])
def test_the_policy_says_what_another_convention_earns(share: str, earned: Fraction) -> None:
    """One bias vector where the question counts two: said whatever it earns, and what follows from it is carried."""
    paper = item(CLASSIFIER[0])
    verdicts = marked(paper, under(paper.variant, CLASSIFIER[1]), policy(share))
    recurrent = verdicts["recurrent"]
    assert (recurrent.marks, recurrent.diagnosis) == (earned, Diagnosis((CLASSIFIER[1],)))
    assert any("another convention" in operation.text.en for operation in recurrent.operations)
    assert verdicts["total"].marks == verdicts["total"].worth


def test_what_follows_from_another_convention_is_no_mistake_carried_on() -> None:
    """The gradient of the bias has the factor of the loss just as that of the weights has: the same convention, not the same mistake."""
    paper = item("backprop/pytorch-training-step")
    convention = "convention/squared-error-with-half"
    verdicts = marked(paper, under(paper.variant, convention), policy("1/2"))
    said = [operation.text for verdict in verdicts.values() for operation in verdict.operations if verdict.carried]
    assert any("the same convention as in" in text.en and "中的约定推算" in text.zh for text in said)
    assert not any("mistake" in text.en or "错误" in text.zh for text in said)


def test_without_follow_through_a_convention_explains_all_its_parts() -> None:
    """One convention goes before one for each part, and each of them has its share."""
    paper = item(CLASSIFIER[0])
    verdicts = marked(paper, under(paper.variant, CLASSIFIER[1]), policy("1/2", follow_through=False))
    shares = {name: verdict.marks / verdict.worth for name, verdict in verdicts.items()}
    assert shares == {"embedding": 1, "recurrent": Fraction(1, 2), "output": 1, "total": Fraction(1, 2)}


@pytest.mark.parametrize(
    ("id", "convention"),
    [
        ("attention/scaled-dot-product", "convention/tokens-as-columns"),
        ("attention/columns", "convention/tokens-as-rows"),
        ("lstm/vector-layer", "convention/row-vectors"),
        ("backprop/mini-batch", "convention/sum-for-mean"),
        ("backprop/pytorch-training-step", "convention/squared-error-with-half"),
        ("parameters/multi-layer-perceptron", "convention/no-bias"),
        ("parameters/read-separable-block", "convention/with-bias"),
        ("losses/cross-entropy-code", "convention/base-two-logarithm"),
        ("losses/binary-cross-entropy", "convention/base-two-logarithm"),
        ("evaluation/perplexity", "convention/base-two-logarithm"),
        ("vae/loss-of-one-example", "convention/mean-for-sum"),
        ("discrete-convolution/sliding-a-kernel", "convention/kernel-flipped"),
        ("discrete-convolution/channels-code", "convention/kernel-flipped"),
    ],
)
def test_working_in_another_convention_is_credited(id: str, convention: str) -> None:
    """Throughout the question, and named for what it is, also where the question doesn't list it."""
    paper = item(id)
    verdicts = marked(paper, under(paper.variant, convention)).values()
    lost = [verdict for verdict in verdicts if verdict.marks < verdict.worth]
    assert lost
    assert all(2 * v.marks >= v.worth and v.diagnosis and convention in v.diagnosis.misconceptions for v in lost)


@pytest.mark.parametrize(
    ("name", "givens", "convention", "step", "expected"),
    [
        ("loss.cross_entropy", {"y": [0, 1], "p": [0.5, 0.5]}, "convention/base-two-logarithm", "loss", 1),
        ("loss.cross_entropy", {"y": [0.5, 0.5], "p": [0.25, 0.75]}, "convention/base-two-logarithm", "entropy", 1),
        ("loss.cross_entropy", {"y": [1, 0], "p": [0.125, 0.875]}, "convention/base-two-logarithm", "divergence", 3),
        ("eval.perplexity", {"p": [0.5, 0.125]}, "convention/base-two-logarithm", "cross_entropy", 2),
        ("eval.perplexity", {"p": [0.5, 0.125]}, "convention/base-two-logarithm", "perplexity", 4),
        ("activation.relu", {"x": 0}, "convention/relu-slope-at-zero", "derivative", 1),
        ("activation.relu", {"x": -2}, "convention/relu-slope-at-zero", "derivative", 0),
        ("activation.relu", {"x": 2}, "convention/relu-slope-at-zero", "derivative", 1),
    ],
)
def test_what_another_convention_gives(
    name: str, givens: dict[str, object], convention: str, step: str, expected: int
) -> None:
    """Numbers that can be checked in the head: bits, whole powers of two, the slope of ReLU where it has none."""
    found = derivation(name).at(givens)
    assert found.run(found.complete(givens), replacing=(convention,))[step] == pytest.approx(expected)


@pytest.mark.parametrize(("share", "earned"), [("0", 0), ("1/2", Fraction(1, 2)), ("1", 1)])
def test_the_variance_of_a_sample_is_credited_as_the_policy_says(share: str, earned: Fraction) -> None:
    """And what follows from it is right working from one's own value."""
    paper = item("normalisation/batch-norm-by-hand", 2)
    verdicts = marked(paper, under(paper.variant, "convention/sample-variance"), policy(share))
    shares = {name: verdict.marks / verdict.worth for name, verdict in verdicts.items()}
    assert shares == {"mean": 1, "variance": earned, "normalised": 1, "output": 1}
    assert verdicts["variance"].diagnosis == Diagnosis(("convention/sample-variance",))


def test_a_convention_that_is_all_there_is_to_say_is_credited() -> None:
    """One number is little, but nothing else explains it: the size is right where sizes are rounded up, and what follows from it is carried."""
    verdicts = marked(item("convolution/unread-samples", 5), {"size": "67", "unread": "-2"}, policy("1/2"))
    assert verdicts["size"].marks == verdicts["size"].worth / 2
    assert verdicts["size"].diagnosis == Diagnosis(("convention/rounded-up",))
    assert verdicts["unread"].marks == verdicts["unread"].worth


def test_a_convention_beside_another_mistake_is_no_evidence_in_a_small_number() -> None:
    """Who has another part wrong as well may have the small number wrong for any reason."""
    verdicts = marked(item("convolution/unread-samples", 5), {"size": "67", "unread": "11"}, policy("1/2"))
    assert verdicts["size"].marks == 0


@pytest.mark.parametrize(
    ("name", "one", "target", "convention"),
    [
        ("backprop.two_layer", [Fraction(1, 2), 1], [0, 1], "convention/row-vectors"),
        ("backprop.batch_two_layer", [[Fraction(1, 2), -1], [2, 1]], [[0, 1], [1, 0]], "convention/column-vectors"),
    ],
)
def test_vectors_that_lie_the_other_way_use_square_weights_transposed(
    name: str, one: list[object], target: list[object], convention: str
) -> None:
    """Everything is as with the transposed weights; the gradients lie as the weights do."""
    weights = [[1, 2], [3, Fraction(-1, 2)]], [[0, 1], [-1, Fraction(1, 4)]]
    found = derivation(name)

    def values(W1: object, W2: object, *replacing: str) -> dict[str, Value]:
        givens = found.complete({"x": one, "W1": W1, "W2": W2, "target": target})
        return dict(found.at(givens).run(givens, replacing=replacing).values)

    turned = values(*(list(map(list, zip(*W, strict=True))) for W in weights))
    other = values(*weights, convention)
    for step in ("hidden", "output", "hidden_delta", "W1_gradient", "W2_gradient"):
        right = turned[step].T if step.endswith("_gradient") else turned[step]
        assert same(other[step], right), step


@pytest.mark.parametrize(
    ("name", "givens", "answers"),
    [
        ("conv.pool_size", {"n": 112, "k": 3, "s": 2}, {"size": "56"}),
        ("conv.pool_shape", {"c": 64, "n": [112, 112], "k": [3, 3], "s": [2, 2]}, {"shape": "64x56x56"}),
        (
            "conv.pool_shape",
            {"c": 192, "n": [28, 28], "k": [3, 3], "s": [2, 2]},
            {"height": "14", "shape": "192x14x14"},
        ),
    ],
)
def test_a_size_that_a_mistake_gives_as_well_earns_the_same_in_every_form(
    name: str, givens: dict[str, object], answers: dict[str, str]
) -> None:
    """The stride alone or the other rounding: both are said. A size that is one away leaves doubt, however often it is repeated."""
    parts = [{"answer": step, "type": "shape" if step == "shape" else "integer"} for step in answers]
    for verdict in marked(paper_of(derivation(name), givens, parts), answers, policy("1")).values():
        assert verdict.diagnosis is not None
        causes = {verdict.diagnosis.misconceptions, *verdict.diagnosis.alternatives}
        assert {("conv/input-over-stride",), ("convention/other-rounding",)} <= causes
        assert verdict.marks == 0


def test_a_penalty_for_carrying_counts_on_top_of_a_convention() -> None:
    """An early slip, and another convention later: the share, less the penalty on it."""
    paper = item("parameters/multi-layer-perceptron", 2)
    trace = paper.variant.trace
    assert trace is not None
    own = trace["layer_1"] + 40
    run = trace.derivation.run(trace.givens, replacing=("convention/no-bias",)).putting({"layer_1": own})
    total = marked(paper, {"layer_1": str(own), "total": str(run["total"])}, policy("1/2", carry_penalty="1/2"))[
        "total"
    ]
    assert (total.marks / total.worth, total.carried) == (Fraction(1, 4), ("1a",))
    assert [operation.kind for operation in total.operations] == ["award", "deduct"]


# ----------------------------------------------------------------------------------- every convention, wherever it shows

ISSUE = [
    ("parameters/multi-layer-perceptron", "convention/no-bias"),
    ("cnn/inception-block", "convention/no-bias"),
    ("autoencoder/how-many-numbers", "convention/no-bias"),
    ("parameters/read-separable-block", "convention/with-bias"),
    ("parameters/separable-or-ordinary", "convention/with-bias"),
    ("parameters/text-classifier", "convention/one-bias-vector"),
    ("networks/language-model", "convention/one-bias-vector"),
    ("parameters/three-recurrent-cells", "convention/two-bias-vectors"),
    ("convolution/there-and-back", "convention/rounded-up"),
    ("convolution/needed-input", "convention/rounded-up"),
    ("convolution/pooling-code", "convention/other-rounding"),
    ("lstm/vector-layer", "convention/row-vectors"),
    ("gru/vector-step", "convention/row-vectors"),
    ("rnn/two-unit-layer", "convention/row-vectors"),
    ("attention/key-value", "convention/column-vectors"),
    ("cross-attention/two-targets-three-sources", "convention/column-vectors"),
    ("attention/columns", "convention/tokens-as-rows"),
    ("discrete-convolution/sliding-a-kernel", "convention/kernel-flipped"),
    ("convolution-variants/dilated-by-hand", "convention/kernel-flipped"),
    ("backprop/convolution-gradients", "convention/kernel-flipped"),
    ("discrete-convolution/full-convolution", "convention/kernel-not-flipped"),
    ("discrete-convolution/flipped-or-not", "convention/kernel-not-flipped"),
    ("normalisation/group-norm", "convention/sample-variance"),
    ("data/standardise", "convention/sample-variance"),
    ("bert/input-vector", "convention/sample-variance"),
    ("normalisation/running-averages-code", "convention/population-variance"),
    ("losses/binary-cross-entropy", "convention/base-two-logarithm"),
    ("gan/losses-of-a-batch", "convention/base-two-logarithm"),
    ("vae/loss-of-one-example", "convention/base-two-logarithm"),
]
BEYOND = [
    ("gru/one-unit", "convention/update-gate-inverted"),
    ("gru/vector-step", "convention/reset-gate-elsewhere"),
    ("lstm/concatenated-input", "convention/other-concatenation"),
    ("normalisation/running-averages-code", "convention/momentum-of-the-old"),
    ("normalisation/local-response", "convention/alpha-shared-out"),
    ("convolution-cost/one-layer", "convention/additions-counted"),
    ("networks/multiply-adds-of-a-layer", "convention/additions-counted"),
    ("attention/cost-table", "convention/additions-counted"),
    ("convolution-cost/wrong-formula-sheet", "convention/multiply-add-as-one"),
    ("optimisers/mini-batches", "convention/sum-for-mean"),
    ("rnn/unrolled-with-loss", "convention/mean-for-sum"),
    ("regression/two-steps", "convention/squared-error-without-half"),
    ("backprop/l2-update", "convention/penalty-without-half"),
    ("optimisers/momentum-by-hand", "convention/momentum-averages"),
    ("optimisers/momentum-by-hand", "convention/velocity-with-rate"),
    ("initialisation/xavier-spread", "convention/fan-in-only"),
    ("evaluation/three-classes", "convention/rows-are-predictions"),
    ("evaluation/box-overlap", "convention/box-ends-included"),
    ("positional-encoding/rotary-turn", "convention/halves-for-pairs"),
    ("positional-encoding/one-dimension", "convention/counted-from-one"),
]


@pytest.mark.parametrize("share", ["0", "1/3", "1"])
@pytest.mark.parametrize(("id", "convention"), [*ISSUE, *BEYOND])
def test_every_convention_is_named_and_earns_its_share(id: str, convention: str, share: str) -> None:
    """The whole question answered under it: each part that it changes of its own is named and has the share, what follows is carried in full."""
    paper = item(id, 2)
    answers = under(paper.variant, convention)
    without = marked(paper, answers, policy("0"))
    verdicts = marked(paper, answers, policy(share))
    named = {name: verdict for name, verdict in verdicts.items() if verdict.diagnosis is not None}
    assert named
    for name, verdict in verdicts.items():
        earned = max(verdict.worth * Fraction(share), without[name].marks) if name in named else verdict.worth
        assert verdict.marks == earned
        assert name not in named or without[name].marks < verdict.worth or without[name].carried
    for verdict in named.values():
        assert verdict.diagnosis is not None
        assert convention in verdict.diagnosis.misconceptions
        said = [operation.text for operation in verdict.operations if "another convention" in operation.text.en]
        assert said
        assert all("约定" in text.zh for text in said)


@pytest.mark.parametrize(("id", "convention"), ISSUE)
def test_without_follow_through_no_part_is_a_mistake_of_its_own(id: str, convention: str) -> None:
    """One cause for all parts that are not right: the convention."""
    paper = item(id, 2)
    verdicts = marked(paper, under(paper.variant, convention), policy("1/2", follow_through=False)).values()
    lost = [verdict for verdict in verdicts if verdict.marks < verdict.worth]
    assert lost
    for verdict in lost:
        assert verdict.diagnosis is not None
        assert verdict.diagnosis.misconceptions == (convention,)
        assert 2 * verdict.marks >= verdict.worth


@pytest.mark.parametrize("id", ["parameters/lstm-in-symbols", "residual/basic-or-bottleneck", "losses/loss-in-symbols"])
def test_a_formula_under_another_convention_is_recognised(id: str) -> None:
    """As a number is."""
    typed = {
        "parameters/lstm-in-symbols": ("total", "4h(d + h + 2)", "convention/two-bias-vectors"),
        "residual/basic-or-bottleneck": ("basic", "18c^2 + 2c", "convention/with-bias"),
        "losses/loss-in-symbols": ("probability", "2^(-L)", "convention/base-two-logarithm"),
    }
    part, formula, convention = typed[id]
    verdict = marked(item(id), {part: formula}, policy("1/2"))[part]
    assert (2 * verdict.marks, verdict.diagnosis) == (verdict.worth, Diagnosis((convention,)))


# ------------------------------------------------------------------------------------------------------- order of axes


@pytest.mark.parametrize(("share", "earned"), [("0", 0), ("1/2", Fraction(1, 2)), ("1", 1)])
@pytest.mark.parametrize(
    "id", ["convolution/layer-shape", "convolution/conv2d-code", "networks/multiply-adds-of-a-layer"]
)
def test_channels_in_the_other_place_are_a_convention(id: str, share: str, earned: Fraction) -> None:
    """The right sizes, as another framework orders them."""
    paper = item(id)
    part = next(p.key_name for p in paper.variant.question.parts if p.type == "shape")
    channels, height, width = next(t.value for t in paper.variant.targets if t.type == "shape")
    verdict = marked(paper, {part: f"({height}, {width}, {channels})"}, policy(share))[part]
    assert (verdict.marks / verdict.worth, verdict.diagnosis) == (earned, Diagnosis(("convention/channels-last",)))


# --------------------------------------------------------------------------------------------------------- all of the bank

NUMBERS = [
    question.id
    for question in BANK.questions()
    if question.derivation is not None
    and any(part.answer for part in question.parts)
    and not any(part.answer and part.type == "expression" for part in question.parts)
]


@settings(max_examples=25, deadline=None)
@given(id=st.sampled_from(NUMBERS), seed=st.integers(1, 60))
def test_whatever_convention_a_derivation_declares_is_recognised(id: str, seed: int) -> None:
    """As itself, or as another one that gives the same numbers, wherever the numbers say enough to name anything by them."""
    paper = item(id, seed)
    trace = paper.variant.trace
    assert trace is not None
    declared = trace.derivation.conventions
    answers = {id: found for id in declared if (found := misconception_answers(paper.variant, id)) is not None}
    for convention, typed in answers.items():
        verdicts = marked(paper, typed)
        lost = [name for name, verdict in verdicts.items() if verdict.marks < verdict.worth]
        alike = {id for id, others in answers.items() if all(others.get(name) == typed.get(name) for name in lost)}
        said = [verdict.diagnosis for verdict in verdicts.values() if verdict.diagnosis is not None]
        causes = [cause for diagnosis in said for cause in (diagnosis.misconceptions, *diagnosis.alternatives)]
        named = any(alike.issuperset(cause) for cause in causes)
        assert named or not lost or _bits(paper.variant, typed) < TOLD + math.log2(len(declared)), convention


def _bits(variant: Variant, typed: dict[str, str]) -> float:
    """What the wrong answers say that do not merely follow from earlier ones."""
    answers = []
    for part, target in zip(variant.question.parts, variant.targets, strict=True):
        reading = read_for(typed.get(part.key_name, target.printed), target)
        answers.append(Response(reading, compare(reading, target, Policy()) if isinstance(reading, Reading) else None))
    runs = Runs(
        variant, answers, tuple(i for i, a in enumerate(answers) if a.wrong and variant.question.parts[i].answer)
    )
    left = [i for i in runs.wrong if i not in runs.followed]
    return sum(specificity(runs.reading(i), variant.question.parts[i], variant.targets[i]) for i in left)


# ----------------------------------------------------------------------------------------------------------- told apart


def test_conventions_stand_apart_from_misconceptions_in_a_result() -> None:
    """Programs need not know how their ids begin."""
    paper = item(CLASSIFIER[0])
    result = to_json(mark_paper(Paper("quiz", Student(id="s"), "code", (paper,)), _labelled(paper), Policy()))
    (said,) = [p["diagnosis"] for p in result["questions"][0]["parts"] if p["diagnosis"]]
    assert (said["misconceptions"], said["conventions"]) == ([], [CLASSIFIER[1]])


def _labelled(paper: Item) -> dict[str, str]:
    names = [part.key_name for part in paper.variant.question.parts]
    answers = under(paper.variant, CLASSIFIER[1])
    return {paper.label(i): answers[name] for i, name in enumerate(names)}


@pytest.mark.parametrize("name", sorted(names()))
def test_every_convention_is_explained(name: str) -> None:
    """In the catalogue, whether a question lists it or not."""
    found = derivation(name)
    declared = found if isinstance(found, Derivation) else found.example
    assert set(declared.conventions) <= BANK.misconceptions.keys()
