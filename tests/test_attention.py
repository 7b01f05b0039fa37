"""Attention: published worked examples, the corner cases, and PyTorch's word on every step."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.bank import Bank
from solvers import attention
from solvers.certificate import certify
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.registry import derivation
from solvers.text import UsageError
from solvers.trace import StepError, Trace, exact_values
from solvers.values import Shape, plain, same, to_json

F = Fraction


def run(name: str, **givens: Any) -> Trace:
    found = derivation(f"attention.{name}")
    complete = found.complete(givens)
    return found.at(complete).run(complete)


def mistaken(trace: Trace, *ids: str) -> Trace:
    return trace.derivation.run(trace.givens, replacing=[f"attention/{id}" for id in ids], base=trace)


def shown(trace: Trace, step: str, decimals: int = 4) -> str:
    return plain(trace[step], decimals)


# ------------------------------------------------------------------------------------------------------- published


KARIM = {
    "X": [[1, 0, 1, 0], [0, 2, 0, 2], [1, 1, 1, 1]],
    "W_K": [[0, 0, 1], [1, 1, 0], [0, 1, 0], [1, 1, 0]],
    "W_Q": [[1, 0, 1], [1, 0, 0], [0, 0, 1], [0, 1, 1]],
    "W_V": [[0, 2, 0], [0, 3, 0], [1, 0, 3], [1, 1, 0]],
}


def test_karim_illustrated_self_attention() -> None:
    """R. Karim, "Illustrated: Self-Attention" (2019): three inputs, no scaling."""
    trace = run("self_attention_unscaled", **KARIM)
    assert to_json(trace["K"]) == [[0, 1, 1], [4, 4, 0], [2, 3, 1]]
    assert to_json(trace["V"]) == [[1, 2, 3], [2, 8, 0], [2, 6, 3]]
    assert to_json(trace["Q"]) == [[1, 0, 2], [2, 2, 2], [2, 1, 3]]
    assert to_json(trace["scores"]) == [[2, 4, 4], [4, 16, 12], [4, 12, 10]]
    assert shown(trace, "output") == "[[1.9366, 6.6831, 1.5951], [2.0000, 7.9640, 0.0540], [1.9997, 7.7599, 0.3584]]"


def test_cristina_attention_from_scratch() -> None:
    """S. Cristina, "The Attention Mechanism from Scratch" (2021): four words, scaled by the root of three."""
    trace = run(
        "self_attention",
        X=[[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1]],
        W_Q=[[2, 0, 2], [2, 0, 0], [2, 1, 2]],
        W_K=[[2, 2, 2], [0, 2, 1], [0, 1, 1]],
        W_V=[[1, 1, 0], [0, 1, 1], [0, 0, 0]],
    )
    assert shown(trace, "output", 8) == (
        "[[0.98522025, 1.74174051, 0.75652026], [0.90965265, 1.40965265, 0.50000000], "
        "[0.99851226, 1.75849334, 0.75998108], [0.99560386, 1.90407309, 0.90846923]]"
    )


def test_alammar_illustrated_transformer() -> None:
    """J. Alammar, "The Illustrated Transformer" (2018): scores 112 and 96, width 64, weights 0.88 and 0.12."""
    trace = run("pair_weight", a=112, b=96, d=64)
    assert (trace["difference"], shown(trace, "weight", 2)) == (2, "0.88")


@pytest.mark.parametrize(("length", "mean"), [(2, [2, 3, 4, 5]), (6, [10, 11, 12, 13])])
def test_dive_into_deep_learning_masked_attention(length: int, mean: list[int]) -> None:
    """Zhang et al., "Dive into Deep Learning", attention scoring functions: equal keys average the valid values."""
    trace = run(
        "masked",
        Q=[[1, 2]],
        K=[[1, 1]] * 10,
        V=[list(range(4 * i, 4 * i + 4)) for i in range(10)],
        B=[[1] * length + [0] * (10 - length)],
    )
    assert to_json(trace["output"]) == [mean]


def test_base_transformer_has_heads_of_64() -> None:
    """Vaswani et al. (2017), section 3.2.2: d_model = 512, 8 heads."""
    assert run("shapes", L=10, d=512, h=8)["head_width"] == 64


def test_variance_of_a_dot_product_is_the_width() -> None:
    """Vaswani et al. (2017), footnote 4: components with variance 1 give a score of variance d_k."""
    trace = run("score_spread", d_k=64)
    assert (trace["variance"], trace["deviation"], trace["scaled_variance"]) == (64, 8, 1)


def test_softmax_of_one_two_three() -> None:
    assert shown(run("softmax", z=[1, 2, 3]), "weights") == "[0.0900, 0.2447, 0.6652]"
    assert shown(run("stable_softmax", z=[1001, 1002, 1003]), "weights") == "[0.0900, 0.2447, 0.6652]"


# ---------------------------------------------------------------------------------------------------------- corners


def test_equal_scores_have_exact_weights() -> None:
    trace = run("scaled_dot_product", Q=[[0, 0, 0, 0]], K=[[1, 2, 0, 1]] * 3, V=[[1], [2], [6]])
    assert trace["weights"].tolist() == [[F(1, 3)] * 3]
    assert trace["output"].tolist() == [[3]]


def test_one_key_gets_everything() -> None:
    assert run("query_vector", q=[1, 2], K=[[3, 4]], V=[[5, 6]])["context"].tolist() == [5, 6]


def test_large_scores_saturate_without_overflow() -> None:
    assert run("query_vector", q=[1000], K=[[1], [-1]], V=[[1], [0]])["weights"].tolist() == [1, 0]


def test_scale_is_exact_for_square_widths_only() -> None:
    square = run("scaled_dot_product", Q=[[1, 0, 0, 0]], K=[[1, 0, 0, 0]], V=[[1]])
    assert square["scaled_scores"][0, 0] == F(1, 2)
    other = run("scaled_dot_product", Q=[[1, 0]], K=[[1, 0]], V=[[1]])
    assert other["scaled_scores"][0, 0] == pytest.approx(2**-0.5)


def test_weights_have_exact_forms() -> None:
    exact = exact_values(run("query_vector", q=[1], K=[[1], [2]], V=[[1], [0]]))
    assert exact["weights"] == "[e/(e + exp(2)), exp(2)/(e + exp(2))]"
    exact = exact_values(run("query_vector", q=[1, 0], K=[[1, 0], [0, 0]], V=[[1], [0]]))
    assert exact["scaled_scores"] == "[sqrt(2)/2, 0]"


def test_hidden_weights_are_exactly_zero() -> None:
    trace = run("causal", Q=[[1], [2], [3]], K=[[1], [2], [3]], V=[[1], [2], [3]])
    weights = trace["weights"]
    assert [(i, j) for i in range(3) for j in range(3) if type(weights[i, j]) is int and weights[i, j] == 0] == [
        (0, 1),
        (0, 2),
        (1, 2),
    ]
    assert weights[0, 0] == 1
    assert trace["output"][0, 0] == 1


def test_a_query_that_sees_nothing_is_refused() -> None:
    with pytest.raises(StepError, match="sees no key") as caught:
        run("masked", Q=[[1]], K=[[1], [2]], V=[[1], [2]], B=[[0, 0]])["weights"]
    assert "看不到" in caught.value.text.zh


def test_a_mask_holds_zeros_and_ones_only() -> None:
    with pytest.raises(UsageError):
        run("masked_softmax", z=[1, 2], B=[1, 2])
    with pytest.raises(StepError, match="only 0"):
        run("masked_softmax", z=[1, 2], B=[1, F(1, 2)])["weights"]


def test_sizes_that_contradict_each_other_are_named() -> None:
    with pytest.raises(UsageError, match="d_k"):
        run("scaled_dot_product", Q=[[1, 2]], K=[[1, 2, 3]], V=[[1]])
    with pytest.raises(StepError, match="rows"):
        run("multi_head", X=[[1]], W_Q=[[[1]]], W_K=[[[1]]], W_V=[[[1]]], W_O=[[1], [2]])["output"]
    with pytest.raises(StepError, match="shared out"):
        run("multi_head_split", X=[[1]], h=2, W_Q=[[1, 1, 1]], W_K=[[1, 1, 1]], W_V=[[1, 1]], W_O=[[1], [2]])["Q_1"]
    with pytest.raises(StepError, match="shared out"):
        run("shapes", L=2, d=10, h=3)["head_width"]
    with pytest.raises(StepError, match="columns"):
        run("concat", s=[1], h=[[1]], W=[[1, 2, 3]], v=[1])["hidden_1"]


def test_hard_attention_takes_the_best_and_refuses_a_tie() -> None:
    assert run("hard", q=[1], K=[[1], [3], [2]], V=[[7], [8], [9]])["context"].tolist() == [8]
    with pytest.raises(StepError, match="share the highest"):
        run("hard", q=[1], K=[[3], [3]], V=[[7], [8]])["chosen"]


def test_softmax_says_when_it_overflows() -> None:
    with pytest.raises(StepError, match="subtract the largest"):
        run("softmax", z=[1000, 0])["weights"]


@pytest.mark.parametrize("T", [0, -1])
def test_a_temperature_is_above_zero(T: int) -> None:
    with pytest.raises(StepError, match="above 0"):
        run("softmax", z=[1, 2], T=T)["weights"]


@pytest.mark.parametrize("w", [0, 1])
def test_no_score_gives_the_weight_zero_or_one(w: int) -> None:
    with pytest.raises(StepError, match="between 0 and 1"):
        run("score_difference", w=w)["difference"]


def test_a_wanted_weight_comes_back() -> None:
    gap = run("score_difference", w=F(9, 10), d_k=16)["difference"]
    assert run("pair_weight", a=gap, b=0, d=16)["weight"] == pytest.approx(0.9)


def test_columns_are_rows_turned() -> None:
    """V softmax(K^T Q / sqrt(d)) with tokens as columns is the transpose of softmax(QK^T / sqrt(d)) V with tokens as rows."""
    Q, K, V = [[1, 2], [0, 1], [2, 2]], [[1, 0], [2, 1], [0, 1]], [[1], [5], [-2]]
    rows = run("scaled_dot_product", Q=Q, K=K, V=V)
    turned = [[list(line) for line in zip(*matrix, strict=True)] for matrix in (Q, K, V)]
    columns = run("columns", Q=turned[0], K=turned[1], V=turned[2])
    assert same(columns["output"], rows["output"].T)


def test_one_wide_projection_is_the_heads_side_by_side() -> None:
    X, W_O = [[1, 0], [2, -1]], [[1, 0], [1, 1]]
    heads = run("multi_head", X=X, W_Q=[[[1], [0]], [[1], [2]]], W_K=[[[0], [1]], [[1], [1]]], W_V=[[[1], [1]], [[2], [0]]], W_O=W_O)  # fmt: skip
    wide = run("multi_head_split", X=X, h=2, W_Q=[[1, 1], [0, 2]], W_K=[[0, 1], [1, 1]], W_V=[[1, 2], [1, 0]], W_O=W_O)
    assert same(heads["output"], wide["output"])


def test_concat_scores_are_additive_scores() -> None:
    additive = run("additive", s=[1, 2], h=[[1], [0]], W=[[1, 0], [0, 1]], U=[[1], [2]], v=[1, -1])
    concat = run("concat", s=[1, 2], h=[[1], [0]], W=[[1, 0, 1], [0, 1, 2]], v=[1, -1])
    assert same(additive["context"], concat["context"])


def test_the_number_of_heads_does_not_change_the_cost() -> None:
    assert run("cost", L=7, d=12, h=1)["total"] == run("cost", L=7, d=12, h=6)["total"] == 4 * 7 * 144 + 2 * 49 * 12


def test_scores_have_an_axis_of_heads() -> None:
    assert run("shapes", B=2, L=5, d=12, h=3)["scores"] == Shape((2, 3, 5, 5))


# --------------------------------------------------------------------------------------------------- misconceptions


def test_the_sources_unscaled_scores() -> None:
    """E8: softmax(QK^T) is what scaled attention without its scale gives."""
    givens = {"Q": [[1, 2, 0, 1]], "K": [[1, 0, 0, 1], [0, 1, 1, 0]], "V": [[1], [3]]}
    assert same(
        mistaken(run("scaled_dot_product", **givens), "no-scaling")["output"], run("dot_product", **givens)["output"]
    )


def test_softmax_down_the_columns_of_rows() -> None:
    """E9: the weights of one key over all queries add up to 1 instead."""
    wrong = mistaken(run("scaled_dot_product", Q=[[1], [2]], K=[[1], [0]], V=[[1], [2]]), "softmax-wrong-axis")
    assert [sum(column) for column in wrong["weights"].T] == pytest.approx([1, 1])


def test_the_sources_formula_for_columns_on_rows() -> None:
    """E9: V softmax(K^T Q / sqrt(d_k)), of rows; softmax down the columns as there, or along the rows."""
    trace = run("scaled_dot_product", Q=[[1.2, 0.5], [-0.4, 0.8]], K=[[0.3, 1.2], [0.9, -0.7]], V=[[1, 2], [3, -1]])
    assert shown(mistaken(trace, "formula-of-columns"), "output") == "[[1.7714, 1.3573], [-0.0856, 1.5706]]"
    assert shown(mistaken(trace, "formula-of-columns-along-rows"), "output") == "[[1.8836, 1.1164], [0.2863, 1.7137]]"


def test_the_formula_for_rows_on_columns() -> None:
    """E9 the other way round."""
    trace = run("columns", Q=[[1.2, 0.5], [-0.4, 0.8]], K=[[0.3, 1.2], [0.9, -0.7]], V=[[1, 2], [3, -1]])
    assert shown(mistaken(trace, "formula-of-rows"), "output") == "[[1.9189, 0.6217], [1.4473, 1.3290]]"
    assert shown(mistaken(trace, "formula-of-rows-down-columns"), "output") == "[[2.8089, 0.2798], [1.1911, 0.7202]]"


def test_masking_after_softmax_loses_weight() -> None:
    trace = run("masked_softmax", z=[1, 2, 3], B=[1, 1, 0])
    assert shown(mistaken(trace, "mask-after-softmax"), "weights") == "[0.0900, 0.2447, 0]"
    assert sum(trace["weights"]) == pytest.approx(1)


def test_a_token_hidden_from_itself_leaves_the_first_row_empty() -> None:
    trace = run("causal_from_scores", scores=[[1, 2], [3, 4]], V=[[1], [2]])
    assert mistaken(trace, "mask-hides-self")["weights"].tolist() == [[0, 0], [1, 0]]


def test_averaged_heads_are_narrow() -> None:
    trace = run(
        "multi_head",
        X=[[1, 0], [0, 1]],
        W_Q=[[[1], [0]]] * 2,
        W_K=[[[1], [0]]] * 2,
        W_V=[[[2], [4]], [[0], [2]]],
        W_O=[[1], [1]],
    )
    assert mistaken(trace, "heads-averaged")["output"].shape == (2, 1)


def test_every_misconception_is_explained() -> None:
    catalogue = Bank().misconceptions
    for found in DERIVATIONS:
        declared = found.example if isinstance(found, Family) else found
        assert set(declared.misconceptions) <= set(catalogue), found.name


# ---------------------------------------------------------------------------------------------------- certificates

DERIVATIONS = [getattr(attention, name) for name in attention.__all__]
SIZES = dict.fromkeys(
    [
        "queries",
        "keys",
        "tokens",
        "states",
        "heads",
        "d",
        "d_k",
        "d_v",
        "d_s",
        "d_h",
        "d_a",
        "d_out",
        "B",
        "L",
        "n",
        "h",
    ],
    st.integers(1, 3),
)
ENTRIES = st.sampled_from([-2, -1, 0, 1, 2, F(1, 2)])


def test_all_derivations_are_offered() -> None:
    assert all(isinstance(found, (Derivation, Family)) and derivation(found.name) is found for found in DERIVATIONS)


@st.composite
def _givens(draw: st.DrawFn, found: Derivation | Family) -> dict[str, Any]:
    """Random givens of sizes that go together."""
    sizes = {name: draw(size) for name, size in SIZES.items()}
    heads = sizes["h"] if "h" in found.givens else sizes["heads"]
    width = sizes["d_v"]
    sizes |= {"joined": heads * width, "inner": heads * sizes["d_k"], "inner_v": heads * width}
    sizes["d_s + d_h"] = sizes["d_s"] + sizes["d_h"]
    values: dict[str, Any] = {}
    for name, declared in found.givens.items():
        if name == "B" and declared.axes:
            values[name] = draw(_nested([sizes[axis] for axis in declared.axes], st.just(1) | st.sampled_from([0, 1])))
        elif declared.axes:
            values[name] = draw(_nested([sizes[axis] for axis in declared.axes], ENTRIES))
        elif name == "d" and "h" in found.givens:
            values[name] = heads * sizes["d_k"]
        elif name == "w":
            values[name] = draw(st.fractions(F(1, 100), F(99, 100), max_denominator=100))
        elif declared.kind == "integer":
            values[name] = sizes.get(name, 2)
        else:
            values[name] = draw(st.sampled_from([F(1, 2), 1, 2, 3]))
    return values


def _nested(sizes: list[int], entries: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    if not sizes:
        return entries
    return st.lists(_nested(sizes[1:], entries), min_size=sizes[0], max_size=sizes[0])


@pytest.mark.parametrize("found", DERIVATIONS, ids=lambda found: found.name)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_pytorch_agrees_with_every_step(found: Derivation | Family, data: st.DataObject) -> None:
    complete = found.complete(data.draw(_givens(found)))
    trace = found.at(complete).run(complete)
    try:
        steps = set(trace.values)
    except StepError as error:
        if error.step not in ("weights", "chosen"):  # nothing visible, or a tie
            raise
        return
    certificate = certify(trace)
    assert certificate.agrees, certificate
    assert set(certificate.steps) == steps
