"""Multi-head attention: each head with projections of its own, the heads joined and mixed.

Vaswani et al., "Attention Is All You Need" (2017), section 3.2.2: head_i = Attention(X W_i^Q, X W_i^K, X W_i^V) and
MultiHead = Concat(head_1, …, head_h) W^O.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from solvers.attention.masks import add_causal_mask, add_masking, torch_causal_mask
from solvers.attention.steps import (
    TOKENS,
    Head,
    add_late_scaling_error,
    add_matrix_softmax_errors,
    add_output,
    add_projections,
    add_scaling,
    add_scores,
    add_weights,
    torch_attention,
)
from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import integer, matrix, tensor
from solvers.oracles import torch_tensor
from solvers.rules import taking, turning
from solvers.text import Text
from solvers.trace import Undefined
from solvers.values import Matrix, Tensor, Value

_ROLES = (("Q", "W_Q", "queries", "查询"), ("K", "W_K", "keys", "键"), ("V", "W_V", "values", "值"))


OUTPUT_WEIGHTS = matrix(
    "W^O", "output weights, one row per column of the joined heads", "输出权重矩阵", axes=("joined", "d_out")
)
PER_HEAD = {
    "X": TOKENS,
    "W_Q": tensor("W^Q", "query weights of each head", "各个头的查询权重矩阵", axes=("heads", "d", "d_k")),
    "W_K": tensor("W^K", "key weights of each head", "各个头的键权重矩阵", axes=("heads", "d", "d_k")),
    "W_V": tensor("W^V", "value weights of each head", "各个头的值权重矩阵", axes=("heads", "d", "d_v")),
    "W_O": OUTPUT_WEIGHTS,
}
ALL_HEADS = {
    "X": TOKENS,
    "h": integer("h", "heads", "头数", least=1),
    "W_Q": matrix("W^Q", "query weights of all heads side by side", "各个头并排的查询权重矩阵", axes=("d", "inner")),
    "W_K": matrix("W^K", "key weights of all heads side by side", "各个头并排的键权重矩阵", axes=("d", "inner")),
    "W_V": matrix("W^V", "value weights of all heads side by side", "各个头并排的值权重矩阵", axes=("d", "inner_v")),
    "W_O": OUTPUT_WEIGHTS,
}


def _family(name: str, title: Text, *, causal: bool = False, split: bool = False) -> Family:
    """Multi-head attention by the number of heads; `split` cuts one wide projection into heads."""

    def build(heads: int) -> Derivation:
        d = Derivation(name, title.en, title.zh, **(ALL_HEADS if split else PER_HEAD))
        each = [Head(number) for number in range(1, heads + 1)]
        if split:
            add_projections(d)
        for head in each:
            if split:
                _add_slices(d, head)
            else:
                _add_projections(d, head)
        _add_head_width(d, split=split)
        for head in each:
            _add_head(d, head, causal=causal)
        if causal:
            add_causal_mask(d, *each)
        _add_joining(d, heads)
        d.oracle(_split_oracle if split else _per_head_oracle(causal=causal))
        return d

    def size(givens: Mapping[str, Value]) -> tuple[int]:
        return (givens["h"] if split else givens["W_Q"].shape[0],)

    return Family(name, build, size, (2,))


def _add_head(d: Derivation, head: Head, *, causal: bool) -> None:
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


def _add_slices(d: Derivation, head: Head) -> None:
    """This head's columns of the wide queries, keys and values."""
    for role, _, en, zh in _ROLES:
        _add_slice(d, head, role, Text(en, zh))


def _add_slice(d: Derivation, head: Head, role: str, label: Text) -> None:
    number = head.number
    assert number is not None

    @d.step(
        rf"\operatorname{{part}}_{{{number}}}\left($wide\right)",
        symbol=head.symbol(role),
        name=head.name(role),
        en=head.en(f"its columns of the {label.en}"),
        zh=head.zh(f"{label.zh}中属于它的列"),
        row=True,
        wide=role,
    )
    def _(wide: Matrix, h: int) -> Matrix:
        if wide.shape[1] % h:
            raise Undefined(
                f"{wide.shape[1]} columns cannot be shared out among {h} heads",
                f"{wide.shape[1]} 列不能平分给 {h} 个头",
            )
        width = wide.shape[1] // h
        return wide[:, (number - 1) * width : number * width]


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

    d.convention("convention/column-vectors", replaces=head.name(result), W=weight)(
        lambda X, W: X @ (W[at].T if W.shape[1] == W.shape[2] else W[at])
    )


def _add_head_width(d: Derivation, *, split: bool) -> None:
    @d.step(r"\operatorname{len}\left($K[0]\right)", symbol="d_k", zh="每个头的键的维数", K="K_1")
    def key_width(K: Matrix) -> int:
        """Width of one head's keys."""
        return int(K.shape[1])

    @d.misconception("attention/full-width-scale", replaces="key_width")
    def _(W_K: Tensor) -> int:
        return int(W_K.shape[1] if split else W_K.shape[0] * W_K.shape[2])


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

    d.convention("convention/column-vectors", replaces="output")(turning(output, "W_O"))
    if heads > 1:
        d.misconception("attention/heads-averaged", replaces="concatenation")(taking(names, averaged))
        d.misconception("attention/heads-averaged", replaces="output")(taking(names, averaged))

    @d.misconception("attention/no-output-projection", replaces="output")
    def _(concatenation: Matrix) -> Matrix:
        return concatenation


def _per_head_oracle(*, causal: bool) -> Any:
    def oracle(X: Matrix, W_Q: Tensor, W_K: Tensor, W_V: Tensor, W_O: Matrix) -> dict[str, Any]:
        import torch

        # One wide linear layer per role, cut into heads afterwards.
        wide = {role: torch.cat(list(torch_tensor(W)), dim=1) for role, W in (("Q", W_Q), ("K", W_K), ("V", W_V))}
        return _torch_multi_head(torch_tensor(X), wide, torch_tensor(W_O), len(W_Q), causal=causal)

    return oracle


def _split_oracle(*, X: Matrix, h: int, W_Q: Matrix, W_K: Matrix, W_V: Matrix, W_O: Matrix) -> dict[str, Any]:
    x = torch_tensor(X)
    wide = {"Q": torch_tensor(W_Q), "K": torch_tensor(W_K), "V": torch_tensor(W_V)}
    projected = {role: x @ weight for role, weight in wide.items()}
    return {**projected, **_torch_multi_head(x, wide, torch_tensor(W_O), h, causal=False)}


def _torch_multi_head(x: Any, wide: dict[str, Any], W_O: Any, heads: int, *, causal: bool) -> dict[str, Any]:
    """All heads at once; the output by PyTorch's own layer wherever that takes the sizes."""
    import torch

    cut = {
        role: torch.nn.functional.linear(x, weight.mT).unflatten(-1, (heads, -1)).transpose(0, 1)
        for role, weight in wide.items()
    }
    found = torch_attention(cut["Q"], cut["K"], cut["V"], is_causal=causal)
    found["head"] = found.pop("output")
    mask = torch_causal_mask(found["scores"])
    if causal:
        found["masked_scores"] = found["scaled_scores"] + mask
    values = {f"{name}_{i + 1}": value[i] for name, value in {**cut, **found}.items() for i in range(heads)}
    joined = found["head"].transpose(0, 1).flatten(1)
    output = joined @ W_O
    if all(weight.shape == (x.shape[1], x.shape[1]) for weight in (*wide.values(), W_O)):
        output = _layer_output(x, wide, W_O, heads, causal=causal)
    shared = {"mask": mask[0]} if causal else {}
    return {"key_width": cut["K"].shape[-1], **shared, **values, "concatenation": joined, "output": output}


def _layer_output(x: Any, wide: dict[str, Any], W_O: Any, heads: int, *, causal: bool) -> Any:
    """What PyTorch's own layer makes of the same weights; it wants as many outputs as inputs."""
    import torch

    layer = torch.nn.MultiheadAttention(x.shape[1], heads, bias=False, batch_first=True, dtype=torch.float64)
    later = torch.ones(len(x), len(x), dtype=torch.bool).triu(1) if causal else None
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.cat([wide[role].mT for role in ("Q", "K", "V")]))
        layer.out_proj.weight.copy_(W_O.mT)
        return layer(x[None], x[None], x[None], need_weights=False, attn_mask=later)[0][0]


multi_head = _family(
    "attention.multi_head",
    Text("Multi-head self-attention, one row per token", "多头自注意力（每行一个词元）"),
)
masked_multi_head = _family(
    "attention.masked_multi_head",
    Text("Causal (masked) multi-head self-attention, one row per token", "因果（掩码）多头自注意力（每行一个词元）"),
    causal=True,
)
multi_head_split = _family(
    "attention.multi_head_split",
    Text(
        "Multi-head self-attention with one wide projection cut into heads, one row per token",
        "把一个宽投影切分成多个头的多头自注意力（每行一个词元）",
    ),
    split=True,
)
