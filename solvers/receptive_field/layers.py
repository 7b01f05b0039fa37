"""The two recurrences on which receptive fields rest: `jump_1`, `jump_2`, ... and `field_1`, `field_2`, ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solvers.derivation import Derivation
from solvers.values import Value
from solvers.windows import whole

FieldRule = Callable[[int, int, int, int, int], int]
"""From the field before the layer, the jump before it, and the layer's k, s and d, the field after it."""

PADDED: dict[str, Callable[[int, int], int]] = {
    "receptive/padding-taken-off": lambda p, _jump: -2 * p,
    "receptive/padding-taken-off-in-jumps": lambda p, jump: -2 * p * jump,
    "receptive/padding-added": lambda p, _jump: 2 * p,
    "receptive/padding-added-in-jumps": lambda p, jump: 2 * p * jump,
}
"""What a layer's padding, wrongly, does to its field: from the zeros on each side and the jump before the layer."""


def declare_padded_field(derivation: Derivation, layer: int) -> None:
    """Adds what goes wrong in `field_1`, `field_2`, ... where the layers have the given p: padding moves a field and doesn't change its size."""

    def wrong(id: str, more: Callable[[int, int], int]) -> None:
        def of_first(k: Value, d: Value, p: Value) -> int:
            return int(1 + d[0] * (k[0] - 1) + more(p[0], 1))

        def of_later(before: int, jump: int, k: Value, d: Value, p: Value) -> int:
            return int(before + d[layer] * (k[layer] - 1) * jump + more(p[layer], jump))

        declare = derivation.misconception
        if layer == 0:
            declare(id, replaces="field_1")(of_first)
        else:
            declare(id, replaces=f"field_{layer + 1}", before=f"field_{layer}", jump=f"jump_{layer}")(of_later)

    for id, more in PADDED.items():
        wrong(id, more)


def declare_field(derivation: Derivation, layer: int) -> None:
    """Adds the steps of one layer (counted from 0), from the givens k, s and d, and what goes wrong in them."""
    _declare_jump(derivation, layer)
    name = f"field_{layer + 1}"
    earlier: dict[str, Any] = {"before": f"field_{layer}", "jump": f"jump_{layer}"} if layer else {}
    growth = rf"$d[{layer}]($k[{layer}] - 1)"

    def rule(own: FieldRule) -> Callable[..., int]:
        def of_first(k: Value, s: Value, d: Value) -> int:
            whole(k, s, d)
            return own(1, 1, k[0], s[0], d[0])

        def of_later(before: int, jump: int, k: Value, s: Value, d: Value) -> int:
            return own(before, jump, k[layer], s[layer], d[layer])

        return of_later if layer else of_first

    derivation.step(
        rf"$before + {growth} \cdot $jump" if layer else f"1 + {growth}",
        symbol=f"r_{{{layer + 1}}}",
        name=name,
        en=f"Receptive field after layer {layer + 1}",
        zh=f"第 {layer + 1} 层的感受野",
        **earlier,
    )(rule(lambda before, jump, k, _s, d: before + d * (k - 1) * jump))

    def wrong(id: str, own: FieldRule) -> None:
        derivation.misconception(id, replaces=name, **earlier)(rule(own))

    wrong("receptive/strides-ignored", lambda before, _jump, k, _s, d: before + d * (k - 1))
    wrong("receptive/own-stride-counted", lambda before, jump, k, s, d: before + d * (k - 1) * jump * s)
    wrong("receptive/kernel-times-dilation", lambda before, jump, k, _s, d: before + d * k * jump)
    wrong("receptive/ignored-dilation", lambda before, jump, k, _s, _d: before + (k - 1) * jump)
    wrong("receptive/kernels-summed", lambda before, _jump, k, _s, _d: before * (layer > 0) + k)
    wrong("receptive/backwards-formula-forwards", lambda before, _jump, k, s, d: s * before + d * (k - 1) + 1 - s)
    wrong(
        "receptive/whole-kernels-times-jumps",
        lambda before, jump, k, _s, d: (before * (layer > 0)) + (d * (k - 1) + 1) * jump,
    )
    wrong("receptive/kernels-multiplied", lambda before, _jump, k, _s, _d: before * k)

    if layer == 0:
        derivation.misconception("receptive/first-layer-left-out", replaces=name)(lambda: 1)
        derivation.misconception("receptive/first-layer-left-out", replaces="jump_1")(lambda: 1)

    @derivation.misconception("receptive/jump-for-field", replaces=name, own=f"jump_{layer + 1}")
    def _(own: int) -> int:
        return own


def _declare_jump(derivation: Derivation, layer: int) -> None:
    name = f"jump_{layer + 1}"
    english, chinese = (
        f"Jump after layer {layer + 1}: input samples between neighbouring units",
        f"第 {layer + 1} 层的间距",
    )
    symbol = f"j_{{{layer + 1}}}"
    if layer == 0:

        @derivation.step("$s[0]", symbol=symbol, name=name, en=english, zh=chinese)
        def _(s: Value) -> int:
            whole(s)
            return int(s[0])

        return
    before = f"jump_{layer}"

    @derivation.step(rf"$before \cdot $s[{layer}]", symbol=symbol, name=name, en=english, zh=chinese, before=before)
    def _(before: int, s: Value) -> int:
        return before * int(s[layer])

    @derivation.misconception("receptive/strides-not-multiplied", replaces=name)
    def _(s: Value) -> int:
        return int(s[layer])

    @derivation.misconception("receptive/strides-added", replaces=name, before=before)
    def _(before: int, s: Value) -> int:
        return before + int(s[layer])
