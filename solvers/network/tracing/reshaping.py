"""Functions that move, cut, join or reduce axes: views, permutations, indexing, concatenation, means, padding, resizing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from solvers.network.kind import Kind
from solvers.network.kinds import kind
from solvers.network.kinds.traced import Operation
from solvers.network.tracing.arithmetic import Converter
from solvers.network.tracing.batch import batch_axis
from solvers.network.tracing.calls import Call
from solvers.network.tracing.recorder import Learned
from solvers.network.tracing.settings import sides
from solvers.network.tracing.weights import materialised
from solvers.values import Shape


def reshaped(before: Shape, after: Shape) -> Kind | None:
    """The kind that makes the one shape of the other, keeping the order of the entries; None if nothing is to be done."""
    if before == after:
        return None
    start = len(after) - 1
    if len(before) > len(after) and before[:start] == after[:start] and math.prod(before[start:]) == after[start]:
        return kind("flatten", start=start)
    return kind("reshape", out=tuple(after))


def reshape(call: Call) -> bool:
    """Views, flattening, axes of one entry put in or taken out."""
    if math.prod(call.shape) != math.prod(call.target):
        return False
    what = reshaped(call.shape, call.target)
    return call.same() if what is None else call.put(what, call.x, base="flatten" if what.word == "flatten" else "")


def permute(call: Call) -> bool:
    """Axes in another order, which is found out on a small array, whatever the function is called."""
    import torch

    rank = call.x.ndim
    small = torch.empty_strided((2,) * rank, [2**i for i in reversed(range(rank))], device="meta")
    rest = tuple(call.args[1:])
    moved = call.function(small, *rest, **{k: v for k, v in call.kwargs.items() if k != "input"})
    order = [rank - 1 - int(math.log2(stride)) for stride in moved.stride()]
    lost = batch_axis(tuple(call.x.shape), call.recorder.batch)
    kept = [axis for axis in range(rank) if axis != lost]
    axes = tuple(kept.index(axis) for axis in order if axis != lost)
    if axes == tuple(range(len(axes))):
        return call.same()
    return call.put(kind("permute", axes=axes), base="permute" if call.name == "__get__" else "")


def concat(call: Call) -> bool:
    """Arrays joined along an axis; a learned vector before a sequence is a class token."""
    parts = call.arg(0, "tensors")
    dim = call.arg(1, "dim", call.kwargs.get("axis", 0))
    axis = call.axis(dim, call.result)
    if axis is None or not isinstance(parts, list | tuple):
        return False
    recorder = call.recorder
    parts = [part for part in parts if recorder.origin(part) is not None or part.numel()]
    rank = len(call.target)
    if len(parts) == 2 and axis == 0 and rank == 2 and isinstance(token := recorder.origin(parts[0]), Learned):
        source = recorder.source(parts[1])
        count = sum(int(p.numel()) for p in token.parameters)
        x = recorder.shape_of(parts[1])
        if source and recorder.counted(kind("class_token"), (x,), call.target) == count:
            base = token.name.rpartition(".")[2]
            return call.put(kind("class_token"), parts[1], base=base)
    sources = []
    for part in parts:
        source = recorder.source(part)
        if source is None:
            source = materialised(call, part) if recorder.origin(part) is not None else _constant(call, part)
        sources.append(source)
    what = kind("concat", axis=axis)
    recorder.put(call.result, what, sources, base="concat")
    return True


def _constant(call: Call, part: Any) -> str:
    shape = call.recorder.shape_of(part)
    return call.recorder.add(shape, Operation("constant", tuple(shape), "nothing"), (), base="constant")


def stack(call: Call) -> bool:
    """Arrays put side by side along a new axis: each gets the axis, then they are joined."""
    parts = call.arg(0, "tensors")
    axis = call.axis(call.arg(1, "dim", 0), call.result)
    recorder = call.recorder
    if axis is None or not all(recorder.is_read(part) for part in parts):
        return False
    sources = []
    for part in parts:
        shape = recorder.shape_of(part)
        longer = Shape((*shape[:axis], 1, *shape[axis:]))
        source = recorder.source(part)
        sources.append(recorder.add(longer, kind("unsqueeze", axis=axis), [source] if source else [], base="unsqueeze"))
    recorder.put(call.result, kind("concat", axis=axis), sources, base="stack")
    return True


# ------------------------------------------------------------------------------------------------------------- indexing


def indexed(call: Call) -> bool:
    """Numbers, slices, `None` and `...` in square brackets."""
    index = call.args[1]
    index = index if isinstance(index, tuple) else (index,)
    if not all(i is None or i is Ellipsis or (isinstance(i, int | slice) and not isinstance(i, bool)) for i in index):
        return False
    named = sum(i is not None and i is not Ellipsis for i in index)
    if Ellipsis in index:
        at = index.index(Ellipsis)
        index = (*index[:at], *(slice(None),) * (call.x.ndim - named), *index[at + 1 :])
    cuts: list[tuple[int, slice]] = []
    picks: list[tuple[int, int]] = []
    axis = 0
    for i in index:
        if i is None:
            continue
        own = call.axis(axis)
        size = call.x.shape[axis]
        axis += 1
        if isinstance(i, slice):
            first, last, step = i.indices(size)
            if (first, last, step) != (0, size, 1):
                if own is None:
                    return False
                cuts.append((own, i))
        elif own is None:
            return False
        else:
            picks.append((own, i))
    return _taken(call, cuts, picks)


def _taken(call: Call, cuts: Sequence[tuple[int, slice]], picks: Sequence[tuple[int, int]]) -> bool:
    """Slices first, then single entries from the last axis on, then axes of one entry."""
    recorder = call.recorder
    shape = call.shape
    steps: list[tuple[Kind, Shape, str]] = []
    for axis, cut in cuts:
        first, _, step = cut.indices(shape[axis])
        shape = Shape((*shape[:axis], len(range(*cut.indices(shape[axis]))), *shape[axis + 1 :]))
        steps.append((kind("slice", start=first, stop=cut.stop, step=step, axis=axis), shape, "slice"))
    for axis, index in sorted(picks, reverse=True):
        shape = Shape((*shape[:axis], *shape[axis + 1 :])) or Shape((1,))
        steps.append((kind("select", index=index, axis=axis), shape, "select"))
    if (last := reshaped(shape, call.target)) is not None:
        steps.append((last, call.target, "reshape"))
    if not steps:
        return call.same()
    source = recorder.source(call.x)
    for what, between, base in steps[:-1]:
        source = recorder.add(between, what, [source] if source else [], base=base)
    what, _, base = steps[-1]
    recorder.put(call.result, what, [source] if source else [], base=base)
    return True


def select(call: Call) -> bool:
    """One entry of an axis."""
    axis = call.axis(call.arg(1, "dim"))
    return axis is not None and _taken(call, [], [(axis, call.arg(2, "index"))])


def narrow(call: Call) -> bool:
    """Some entries of an axis, from one on."""
    axis, start, length = call.axis(call.arg(1, "dim")), call.arg(2, "start"), call.arg(3, "length")
    if axis is None or not isinstance(start, int):
        return False
    return _taken(call, [(axis, slice(start, start + length))], [])


def pieces(call: Call) -> bool:
    """An axis cut into several pieces, each of which becomes a layer when it is used."""
    dim = call.kwargs.get("dim", call.kwargs.get("axis", call.args[2] if len(call.args) > 2 else 0))
    if call.name == "unbind":
        dim = call.arg(1, "dim", 0)
    axis = call.axis(dim)
    if axis is None or not isinstance(call.result, list | tuple):
        return False
    start = 0
    for index, piece in enumerate(call.result):
        if call.name == "unbind":
            call.later(piece, kind("select", index=index, axis=axis), call.x, base="select")
            continue
        stop = start + piece.shape[dim]
        call.later(piece, kind("slice", start=start, stop=stop, axis=axis), call.x, base="slice")
        start = stop
    return True


# ------------------------------------------------------------------------------------------------- sizes of the axes


def mean(call: Call) -> bool:
    """Means over axes; over a whole map it is global pooling."""
    dim = call.arg(1, "dim")
    dims = range(call.x.ndim) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    axes = [call.axis(d) for d in dims]
    if None in axes:
        return False
    keep = bool(call.arg(2, "keepdim", False))
    gone = tuple(sorted(axis for axis in axes if axis is not None))
    if len(call.shape) > 2 and gone == tuple(range(1, len(call.shape))) and not keep:
        return call.put(kind("globalpool"), base="mean")
    return call.put(kind("mean", axis=sides(gone) if len(gone) == 1 else gone, keep=keep))


def largest(call: Call) -> bool:
    """The largest values over axes; over a whole map it is global pooling."""
    if not isinstance(call.arg(1, "dim"), int | tuple | list):
        return False
    result = call.result[0] if isinstance(call.result, tuple) else call.result
    dim = call.arg(1, "dim")
    axes = {call.axis(d) for d in ([dim] if isinstance(dim, int) else dim)}
    target = call.recorder.shape_of(result)
    if axes == set(range(1, len(call.shape))) and target == call.shape[:1]:
        return call.later(result, kind("globalpool", mode="max"), call.x)
    return call.later(result, Operation(call.name, tuple(target), "everything"), call.x)


def reduced(call: Call) -> bool:
    """Sums, norms, deviations over axes."""
    result = call.result if not isinstance(call.result, tuple) else call.result[0]
    return call.later(result, Operation(call.name, tuple(call.recorder.shape_of(result)), "everything"), call.x)


def broadcasted(call: Call) -> bool:
    """Axes of one entry repeated."""
    if call.shape == call.target:
        return call.same()
    return call.later(call.result, Operation(call.name, tuple(call.target), "own place"), call.x)


def pad(call: Call) -> bool:
    """Samples put around maps."""
    padding, mode = list(call.arg(1, "pad")), call.arg(2, "mode", "constant")
    spatial = 2 * (len(call.shape) - 1)
    if batch_axis(tuple(call.x.shape), call.recorder.batch) != 0 or any(padding[spatial:]):
        return False
    flat = (padding + [0] * spatial)[:spatial]
    if not any(flat):
        return call.same()
    return call.put(kind("pad", padding=sides(flat), mode="zeros" if mode == "constant" else mode), call.x)


def resized(call: Call) -> bool:
    """Maps made larger or smaller."""
    mode = call.arg(3, "mode", "nearest")
    if mode not in ("nearest", "linear", "bilinear", "trilinear", "bicubic"):
        return False
    size, scale = call.arg(1, "size"), call.arg(2, "scale_factor")
    align = bool(call.arg(4, "align_corners", False))
    settings: dict[str, Any] = {"mode": mode, "align_corners": align}
    if size is not None:
        return call.put(kind("upsample", size=sides(call.target[1:]), **settings), call.x)
    if not isinstance(scale, int | float):
        alike = set(scale)
        scale = alike.pop() if len(alike) == 1 else tuple(int(s) if s == int(s) else s for s in scale)
    whole = int(scale) if not isinstance(scale, tuple) and scale == int(scale) else scale
    return call.put(kind("upsample", scale=whole, **settings), call.x)


def shuffled(call: Call) -> bool:
    """Channels laid out as pixels, or pixels as channels."""
    factor = call.arg(1, "upscale_factor", call.kwargs.get("downscale_factor"))
    return call.put(kind(call.name, factor=factor), call.x)


CONVERTERS: dict[str, Converter] = {
    **dict.fromkeys(
        ("view", "reshape", "flatten", "unflatten", "view_as", "reshape_as", "squeeze", "unsqueeze", "ravel"), reshape
    ),
    **dict.fromkeys(
        ("permute", "transpose", "swapaxes", "swapdims", "movedim", "moveaxis", "t", "T", "mT", "adjoint"), permute
    ),
    **dict.fromkeys(("chunk", "split", "tensor_split", "unbind", "split_with_sizes"), pieces),
    **dict.fromkeys(("max", "amax"), largest),
    **dict.fromkeys(("sum", "norm", "var", "std", "prod", "amin", "min", "logsumexp", "vector_norm"), reduced),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), broadcasted),
    "cat": concat,
    "stack": stack,
    "getitem": indexed,
    "select": select,
    "narrow": narrow,
    "mean": mean,
    "pad": pad,
    "interpolate": resized,
    "upsample": resized,
    "pixel_shuffle": shuffled,
    "pixel_unshuffle": shuffled,
}
