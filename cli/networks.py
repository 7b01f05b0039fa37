"""A network as a command names it: a shipped one, a YAML file, a PyTorch module; and the options that go with it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cli.options import bilingual_option
from solvers.text import UsageError

if TYPE_CHECKING:
    from solvers.network.model import Network
    from solvers.values import Shape

_SIZE = re.compile(r"\s*0*[1-9][0-9]{0,9}\s*")
_SHOWN = 80  # characters of what a person wrote, in a message

input_option = bilingual_option(
    "--input",
    "shapes",
    metavar="SIZES",
    multiple=True,
    en="Shape of one example, channels first: 3,224,224. For several inputs repeat it, with their names if you like: tokens=128.",
    zh="单个样本的形状，通道在前：3,224,224。有多个输入时重复给出，可写明名称：tokens=128。",
)
"""`--input`, as often as there are inputs, given to the command as `shapes`."""

code_trust_option = bilingual_option(
    "--trust",
    is_flag=True,
    en="Run the Python code that is named. Only for code whose author you trust.",
    zh="允许运行所指的 Python 代码。只用于作者可信的代码。",
)
"""`--trust` where code is a network's, given to the command as `trust`."""


def network_named(text: str, shapes: tuple[str, ...], *, trust: bool) -> Network:
    """The network that a person names, on the inputs that they state. Raises UsageError for an unknown one, and for code without `trust`."""
    from solvers.network.library import add_file, find

    inputs = dict(_input(shape, index) for index, shape in enumerate(shapes))
    if text.endswith((".yaml", ".yml")):
        return _on(add_file(Path(text)), inputs)
    if ":" in text:
        return _traced(text, inputs, trust=trust)
    return _on(find(text), inputs)


def _input(text: str, index: int) -> tuple[str | int, Shape]:
    from solvers.network.settings import LARGEST
    from solvers.values import MOST_AXES, Shape

    name, equals, sizes = text.rpartition("=")
    pieces = sizes.replace("×", ",").replace("x", ",").replace("，", ",").split(",")
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    if not all(_SIZE.fullmatch(piece) for piece in pieces):
        raise UsageError(
            f"--input {shown!r} is no shape. Write whole numbers from 1 with commas: 3,224,224.",
            f"--input {shown!r} 不是形状。请写成用逗号分隔的正整数：3,224,224。",
        )
    found = [int(piece) for piece in pieces]
    if max(found) > LARGEST or len(found) > MOST_AXES:
        raise UsageError(
            f"--input {shown!r} is too large: sizes go up to {LARGEST:,}, and there are at most {MOST_AXES} of them.",
            f"--input {shown!r} 过大：每个尺寸不超过 {LARGEST:,}，最多 {MOST_AXES} 个维度。",
        )
    return name.strip() if equals else index, Shape(found)


def _on(network: Network, inputs: dict[str | int, Shape]) -> Network:
    """The network on other inputs than it states."""
    names = list(network.inputs)
    named = {names[key] if isinstance(key, int) and key < len(names) else key: shape for key, shape in inputs.items()}
    if strange := [key for key in named if key not in network.inputs]:
        raise UsageError(
            f"{network.name} has no input {strange[0]!r}. Its inputs: {', '.join(names)}.",
            f"{network.name} 没有名为 {strange[0]!r} 的输入。它的输入有：{'、'.join(names)}。",
        )
    return (
        replace(network, inputs={name: named.get(name, shape) for name, shape in network.inputs.items()})
        if named
        else network
    )


def _traced(text: str, inputs: dict[str | int, Shape], *, trust: bool) -> Network:
    from solvers.network.library import add
    from solvers.network.tracing import load, trace

    if not inputs:
        raise UsageError(
            f"{text} needs --input, the shape of one example, such as --input 3,224,224.",
            f"{text} 需要用 --input 给出单个样本的形状，例如 --input 3,224,224。",
        )
    positions = [shape for key, shape in inputs.items() if isinstance(key, int)]
    if positions and len(positions) < len(inputs):
        raise UsageError("Name all the inputs, or none of them.", "请为所有输入都写明名称，或都不写。")
    module = load(text, trust=trust)
    network = trace(module, positions or {str(name): shape for name, shape in inputs.items()})
    add(network)
    return network
