"""Multi-head attention: each head with projections of its own, the heads joined and mixed.

Vaswani et al., "Attention Is All You Need" (2017), section 3.2.2: head_i = Attention(X W_i^Q, X W_i^K, X W_i^V) and
MultiHead = Concat(head_1, …, head_h) W^O.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from solvers.attention_masks import add_causal_mask, add_masking
from solvers.attention_steps import (
    TOKENS,
    Head,
    add_late_scaling_error,
    add_matrix_softmax_errors,
    add_output,
    add_scaling,
    add_scores,
    add_weights,
    taking,
    torch_attention,
)
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import matrix, tensor
from solvers.oracles import torch_tensor
from solvers.trace import Undefined
from solvers.values import Matrix, Tensor, Value

_ROLES = (("Q", "W_Q", "queries", "查询"), ("K", "W_K", "keys", "键"), ("V", "W_V", "values", "值"))


def _heads_of(givens: Any) -> tuple[int]:
    return (givens["W_Q"].shape[0],)


def _built(name: str, en: str, zh: str, heads: int, *, causal: bool) -> Derivation:
    d = Derivation(
        name,
        en,
        zh,
        X=TOKENS,
        W_Q=tensor("W^Q", "query weights of each head", "各个头的查询权重矩阵", axes=("heads", "d", "d_k")),
        W_K=tensor("W^K", "key weights of each head", "各个头的键权重矩阵", axes=("heads", "d", "d_k")),
        W_V=tensor("W^V", "value weights of each head", "各个头的值权重矩阵", axes=("heads", "d", "d_v")),
        W_O=matrix(
            "W^O", "output weights, one row per column of the joined heads", "输出权重矩阵", axes=("joined", "d_out")
        ),
    )
    each = [Head(number) for number in range(1, heads + 1)]
    for head in each:
        _add_projections(d, head)
    _add_head_width(d)
    for head in each:
        add_scores(d, head)
        add_scaling(d, head)
        if causal:
            add_masking(d, head)
        of = "masked_scores" if causal else "scaled_scores"
        add_weights(d, head, of=of)
        add_matrix_softmax_errors(d, head, of=of)
        if not causal:
            add_late_scaling_error(d, head)
        add_output(d, head, name="head", symbol=r"\mathrm{head}")
    if causal:
        add_causal_mask(d, *each)
    _add_joining(d, heads)
    d.oracle(_oracle(heads, causal=causal))
    return d


def _add_projections(d: Derivation, head: Head) -> None:
    """This head's queries, keys and values."""
    for result, weight, en, zh in _ROLES:
        _add_projection(d, head, (result, weight), (en, zh))


def _add_projection(d: Derivation, head: Head, names: tuple[str, str], labels: tuple[str, str]) -> None:
    result, weight = names
    assert head.number is not None
    at = head.number - 1

    @d.step(
        f"$X $W[{at}]",
        symbol=head.symbol(result),
        name=head.name(result),
        en=head.en(labels[0]),
        zh=head.zh(labels[1]),
        row=True,
        W=weight,
    )
    def _(X: Matrix, W: Tensor) -> Matrix:
        return X @ W[at]


def _add_head_width(d: Derivation) -> None:
    @d.step(r"\operatorname{len}\left($K[0]\right)", symbol="d_k", zh="每个头的键的维数", K="K_1")
    def key_width(K: Matrix) -> int:
        """Width of one head's keys."""
        return int(K.shape[1])

    @d.misconception("attention/full-width-scale", replaces="key_width")
    def _(W_K: Tensor) -> int:
        return int(W_K.shape[0] * W_K.shape[2])


def _add_joining(d: Derivation, heads: int) -> None:
    names = [f"head_{number}" for number in range(1, heads + 1)]
    listed = ", ".join(f"${name}" for name in names)

    def joined(values: dict[str, Value]) -> Matrix:
        return np.concatenate([values[name] for name in names], axis=1)

    def averaged(values: dict[str, Value]) -> Matrix:
        return sum(values[name] for name in names) * Fraction(1, heads)

    d.step(
        rf"\operatorname{{Concat}}\left({listed}\right)",
        symbol="C",
        name="concatenation",
        en="Heads joined side by side",
        zh="各个头左右拼接",
        row=True,
    )(taking(names, joined))

    @d.step("$concatenation $W_O", symbol="O", zh="多头注意力的输出", row=True)
    def output(concatenation: Matrix, W_O: Matrix) -> Matrix:
        """Output of multi-head attention."""
        if W_O.shape[0] != concatenation.shape[1]:
            raise Undefined(
                f"W^O has {W_O.shape[0]} rows, but the joined heads have {concatenation.shape[1]} columns",
                f"W^O 有 {W_O.shape[0]} 行，而拼接后的各头有 {concatenation.shape[1]} 列",
            )
        return concatenation @ W_O

    if heads > 1:
        d.misconception("attention/heads-averaged", replaces="concatenation")(taking(names, averaged))
        d.misconception("attention/heads-averaged", replaces="output")(taking(names, averaged))

    @d.misconception("attention/no-output-projection", replaces="output")
    def _(concatenation: Matrix) -> Matrix:
        return concatenation


def _oracle(heads: int, *, causal: bool) -> Any:
    def oracle(X: Matrix, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Matrix) -> dict[str, Any]:
        import torch

        x = torch_tensor(X)
        # All heads at once: one wide linear layer per role, cut into heads afterwards.
        wide = {role: torch.cat(list(torch_tensor(W)), dim=1) for role, W in (("Q", W_Q), ("K", W_K), ("V", W_V))}
        cut = {
            role: torch.nn.functional.linear(x, weight.mT).unflatten(-1, (heads, -1)).transpose(0, 1)
            for role, weight in wide.items()
        }
        found = torch_attention(cut["Q"], cut["K"], cut["V"], is_causal=causal)
        found["head"] = found.pop("output")
        values = {f"{name}_{i + 1}": value[i] for name, value in {**cut, **found}.items() for i in range(heads)}
        joined = found["head"].transpose(0, 1).flatten(1)
        output = joined @ torch_tensor(W_O)
        if all(weight.shape == (x.shape[1], x.shape[1]) for weight in (*wide.values(), torch_tensor(W_O))):
            output = _layer_output(x, wide, torch_tensor(W_O), heads, causal=causal)
        return {"key_width": W_K.shape[2], **values, "concatenation": joined, "output": output}

    return oracle


def _layer_output(x: Any, wide: dict[str, Any], W_O: Any, heads: int, *, causal: bool) -> Any:
    """What PyTorch's own layer makes of the same weights; it wants as many outputs as inputs."""
    import torch

    layer = torch.nn.MultiheadAttention(x.shape[1], heads, bias=False, batch_first=True, dtype=torch.float64)
    later = torch.ones(len(x), len(x), dtype=torch.bool).triu(1) if causal else None
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.cat([wide[role].mT for role in ("Q", "K", "V")]))
        layer.out_proj.weight.copy_(W_O.mT)
        return layer(x[None], x[None], x[None], need_weights=False, attn_mask=later)[0][0]


multi_head = Family(
    "attention.multi_head",
    lambda heads: _built(
        "attention.multi_head",
        "Multi-head self-attention, one row per token",
        "多头自注意力（每行一个词元）",
        heads,
        causal=False,
    ),
    _heads_of,
    (2,),
)
masked_multi_head = Family(
    "attention.masked_multi_head",
    lambda heads: _built(
        "attention.masked_multi_head",
        "Causal (masked) multi-head self-attention, one row per token",
        "因果（掩码）多头自注意力（每行一个词元）",
        heads,
        causal=True,
    ),
    _heads_of,
    (2,),
)
