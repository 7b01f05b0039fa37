"""What a module's `forward` takes: names for the inputs, and which go by place and which by name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from solvers.network.model import step_name
from solvers.text import UsageError
from solvers.values import Shape

_MOST_NUMBERS = 10**9


class Signature:
    """The parameters of a module's `forward`; none are known of scripted ones."""

    def __init__(self, module: Any) -> None:
        try:
            parameters = list(inspect.signature(module.forward).parameters.values())
        except (TypeError, ValueError):
            parameters = []
        self.any_place = not parameters or any(p.kind is p.VAR_POSITIONAL for p in parameters)
        self.places = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        self.names = {p.name for p in parameters if p.kind in named}
        variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        self.needed = [p.name for p in parameters if p.default is p.empty and p.kind not in variable]

    def arranged(self, given: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The inputs by name where `forward` knows all their names, else by place."""
        if given and set(given) <= self.names:
            return [], dict(given)
        return list(given.values()), {}


def names_of_inputs(module: Any, inputs: Mapping[str, Sequence[int]] | Sequence[Sequence[int]]) -> dict[str, Shape]:
    """The shapes by names of inputs. Raises UsageError where there are too many or too few, or where one is no shape."""
    signature = Signature(module)
    if isinstance(inputs, Mapping):
        shapes = {str(name): _shape(str(name), sizes) for name, sizes in inputs.items()}
        named = set(shapes) <= signature.names
    else:
        names = [*signature.places, *(f"input_{i + 1}" for i in range(len(signature.places), len(inputs)))]
        shapes = {name: _shape(name, sizes) for name, sizes in zip(names, inputs, strict=False)}
        named = False
    takes = ", ".join(signature.places) or "input"
    missing = [name for name in signature.needed if name not in shapes] if named else signature.needed[len(shapes) :]
    if not shapes or missing:
        raise UsageError(
            f"{type(module).__name__}.forward takes {takes}: give the shape of each input, without the batch; missing: {', '.join(missing) or takes}.",
            f"{type(module).__name__}.forward 的参数为 {takes}：请给出每个输入的形状（不含批次）；缺少：{'、'.join(missing) or takes}。",
        )
    if not named and not signature.any_place and len(shapes) > len(signature.places):
        raise UsageError(
            f"{type(module).__name__}.forward takes {takes}, and {len(shapes)} shapes are given.",
            f"{type(module).__name__}.forward 的参数为 {takes}，而给出了 {len(shapes)} 个形状。",
        )
    odd = [name for name in shapes if not name.isidentifier()]
    if odd:
        raise UsageError(f"{odd[0]!r} cannot be the name of an input.", f"{odd[0]!r} 不能作为输入的名称。")
    if len({step_name(name) for name in shapes}) < len(shapes) or not all(step_name(name) for name in shapes):
        raise UsageError("Two inputs have nearly the same name.", "有两个输入的名称过于相近。")
    return shapes


def _shape(name: str, sizes: Sequence[int]) -> Shape:
    whole = 1
    for size in sizes:
        if type(size) is not int or size < 1 or (whole := whole * size) > _MOST_NUMBERS:
            shown = ", ".join(map(str, sizes))
            raise UsageError(
                f"The shape of {name}, ({shown}), is not made of sizes of at least 1, or is too large.",
                f"{name} 的形状（{shown}）无效：各维须为不小于 1 的整数，且不能过大。",
            )
    if not sizes:
        raise UsageError(f"The shape of {name} is empty.", f"{name} 的形状为空。")
    return Shape(sizes)
