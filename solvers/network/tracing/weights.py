"""Functions with weights of their own or with windows: convolutions, linear maps, norms, embeddings, pooling, products of arrays."""

from __future__ import annotations

from typing import Any

from solvers.network.kinds import kind
from solvers.network.kinds.traced import AttentionProduct, Derived, Einsum, Further
from solvers.network.tracing.arithmetic import Converter
from solvers.network.tracing.batch import example_shape
from solvers.network.tracing.calls import Call
from solvers.network.tracing.recorder import Learned
from solvers.network.tracing.settings import sides


def _rank(name: str) -> str:
    """`` for functions on two axes, `1d` or `3d` for the others, as kinds are called."""
    return "" if name.endswith("2d") else name[-2:]


def _weight(call: Call, index: int = 1) -> Any:
    """The weight, if it rests on parameters alone."""
    weight = call.arg(index, "weight")
    return None if weight is None or call.recorder.is_read(weight) else weight


def convolution(call: Call) -> bool:
    """A convolution with explicit weights."""
    weight = _weight(call)
    if weight is None or not call.learned:
        return False
    padding = call.arg(4, "padding", 0)
    settings = {
        "stride": sides(call.arg(3, "stride", 1)),
        "padding": 0 if padding == "valid" else padding if padding == "same" else sides(padding),
        "dilation": sides(call.arg(5, "dilation", 1)),
        "groups": call.arg(6, "groups", 1),
        "bias": call.arg(2, "bias") is not None,
    }
    return call.put(
        kind(f"conv{_rank(call.name)}", out=weight.shape[0], kernel=sides(weight.shape[2:]), **settings), call.x
    )


def transposed(call: Call) -> bool:
    """A transposed convolution with explicit weights."""
    weight = _weight(call)
    if weight is None or not call.learned:
        return False
    groups = call.arg(6, "groups", 1)
    settings = {
        "stride": sides(call.arg(3, "stride", 1)),
        "padding": sides(call.arg(4, "padding", 0)),
        "output_padding": sides(call.arg(5, "output_padding", 0)),
        "groups": groups,
        "dilation": sides(call.arg(7, "dilation", 1)),
        "bias": call.arg(2, "bias") is not None,
    }
    word = f"deconv{_rank(call.name)}"
    return call.put(kind(word, out=weight.shape[1] * groups, kernel=sides(weight.shape[2:]), **settings), call.x)


def linear(call: Call) -> bool:
    """An affine map with explicit weights, also as `addmm`, `matmul` or a product of arrays."""
    if not call.learned or call.recorder.is_read(call.arg(1, "weight")):
        return False
    return call.put(kind("linear", out=call.result.shape[-1], bias=call.arg(2, "bias") is not None), call.x)


def addmm(call: Call) -> bool:
    """`bias + x @ weight`."""
    bias, x, weight = (call.arg(i, name) for i, name in enumerate(("input", "mat1", "mat2")))
    if call.recorder.is_read(weight) or call.recorder.is_read(bias) or not call.recorder.is_read(x):
        return False
    return call.put(kind("linear", out=call.result.shape[-1], bias=call.recorder.origin(bias) is not None), x)


def matmul(call: Call) -> bool:
    """A product of two computed arrays, or of one with a learned matrix."""
    first, second = call.args[0], call.arg(1, "other", call.arg(1, "mat2"))
    if "rmatmul" in call.function.__name__:
        first, second = second, first
    recorder = call.recorder
    if call.learned and recorder.is_read(first) and getattr(second, "ndim", 0) == 2:
        return call.put(kind("linear", out=second.shape[-1], bias=False), first)
    if len(call.read) < 2:
        return False
    xs = (recorder.shape_of(first), recorder.shape_of(second))
    if recorder.counted(kind("matmul"), xs, call.target) == 0:
        return call.put(kind("matmul"), first, second)
    if len(xs[0]) == 1 and len(xs[1]) == 2 and call.target == xs[1][1:]:
        return call.put(Einsum("i,ij->j"), first, second)
    if len(xs[0]) == 2 and len(xs[1]) == 1 and call.target == xs[0][:1]:
        return call.put(Einsum("ij,j->i"), first, second)
    return False


def einsum(call: Call) -> bool:
    """A product in Einstein's notation, of two arrays at most."""
    equation, *operands = call.args
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = list(operands[0])
    if not isinstance(equation, str) or "." in equation or "->" not in equation or len(operands) > 2:
        return False
    terms, _, left = equation.replace(" ", "").partition("->")
    letters = terms.split(",")
    if len(letters) != len(operands):
        return False
    lost = {t[i] for t, x in zip(letters, operands, strict=True) for i in _batch_axes(call, x) if i < len(t)}
    if len(lost) != 1 or not call.recorder.is_read(operands[0]):
        return False
    (batch,) = lost
    shown = ",".join(t.replace(batch, "") for t in letters) + "->" + left.replace(batch, "")
    if len(operands) == 2 and not call.recorder.is_read(operands[1]):
        if not call.learned:
            return False
        return call.put(Einsum(shown, tuple(operands[1].shape)), operands[0])
    return call.put(Einsum(shown), *operands)


def _batch_axes(call: Call, x: Any) -> list[int]:
    return [axis for axis, size in enumerate(x.shape) if size == call.recorder.batch]


def attention(call: Call) -> bool:
    """Scaled dot-product attention; a mask that rests on the inputs is left out, a learned bias is read."""
    q, k, v = (call.arg(i, name) for i, name in enumerate(("query", "key", "value")))
    mask = call.arg(3, "attn_mask")
    learned = call.learned
    if learned and mask is not None and not call.recorder.is_read(mask):
        call.recorder.remember(mask, materialised(call, mask))
    further = [mask] if learned and mask is not None else []
    return call.put(AttentionProduct(), q, k, v, *further, parameters=(), base="attention")


def materialised(call: Call, tensor: Any) -> str:
    """A layer of its own for a tensor that rests on parameters alone, the same one for tensors that are alike."""
    recorder = call.recorder
    origin = recorder.origin(tensor)
    if not isinstance(origin, Learned):
        return recorder.source(tensor) or ""
    shape = tuple(tensor.shape)
    shape = shape[1:] if len(shape) > 1 and shape[0] in (1, recorder.batch) else shape
    target = example_shape(shape, recorder.batch)
    key = tuple(id(parameter) for parameter in origin.parameters), target
    if key not in recorder.materials:
        count = sum(int(p.numel()) for p in origin.parameters)
        learned = kind("learned", out=tuple(target))
        what = learned if recorder.counted(learned, (), target) == count else Derived(tuple(target), count)
        base = recorder.frame.short(origin.name)
        recorder.materials[key] = recorder.add(target, what, (), origin.parameters, base=base)
    return recorder.materials[key]


def batch_norm(call: Call) -> bool:
    """Batch or instance norm."""
    word = "batchnorm" if call.name == "batch_norm" else "instancenorm"
    what = kind(word, affine=call.arg(3, "weight") is not None)
    learned = sum(int(p.numel()) for p in call.parameters)
    if call.shape == call.target and call.recorder.counted(what, (call.shape,), call.target) != learned:
        # Rows that were put behind each other have their channels last, where the kind does not look for them.
        what = Further(learned, call.name)
    return call.put(what, call.x)


def group_norm(call: Call) -> bool:
    """Group norm."""
    return call.put(
        kind("groupnorm", groups=call.arg(1, "num_groups"), affine=call.arg(2, "weight") is not None), call.x
    )


def layer_norm(call: Call) -> bool:
    """Layer norm."""
    axes = len(call.arg(1, "normalized_shape"))
    gain, bias = (call.arg(i, name) is not None for i, name in ((2, "weight"), (3, "bias")))
    return call.put(kind("layernorm", axes=axes, gain=gain, bias=bias), call.x)


def rms_norm(call: Call) -> bool:
    """RMS norm."""
    axes = len(call.arg(1, "normalized_shape"))
    return call.put(kind("rmsnorm", axes=axes, gain=call.arg(2, "weight") is not None), call.x)


def local_norm(call: Call) -> bool:
    """Local response norm."""
    return call.put(kind("localnorm", size=call.arg(1, "size")))


def embedding(call: Call) -> bool:
    """A table of vectors."""
    weight = _weight(call)
    if weight is None or not call.learned:
        return False
    return call.put(kind("embedding", rows=weight.shape[0], width=weight.shape[1]), call.x)


def pooling(call: Call) -> bool:
    """Pooling with a window."""
    mean = call.name.startswith("avg")
    settings: dict[str, Any] = {"kernel": sides(call.arg(1, "kernel_size"))}
    stride = call.arg(2, "stride")
    settings["stride"] = None if not stride or sides(stride) == settings["kernel"] else sides(stride)
    settings["padding"] = sides(call.arg(3, "padding", 0))
    if mean:
        settings["ceil"] = bool(call.arg(4, "ceil_mode", False))
        settings["count_include_pad"] = bool(call.arg(5, "count_include_pad", True))
    else:
        settings["dilation"] = sides(call.arg(4, "dilation", 1))
        settings["ceil"] = bool(call.arg(5, "ceil_mode", False))
    return call.put(kind(f"{call.name[:3]}pool{_rank(call.name)}", **settings))


def adaptive_pooling(call: Call) -> bool:
    """Pooling to a given size."""
    out = call.arg(1, "output_size")
    wanted = (
        tuple(size or 0 for size in out) if isinstance(out, list | tuple) else (out,) * int(call.name[-2])
    )  # 0: as it is
    word = f"adaptive_{call.name.split('_')[1]}pool{_rank(call.name)}"
    return call.put(kind(word, out=sides(wanted)))


_AXES = ("1d", "2d", "3d")

CONVERTERS: dict[str, Converter] = {
    **{f"conv{axes}": convolution for axes in _AXES},
    **{f"conv_transpose{axes}": transposed for axes in _AXES},
    **{f"{mode}_pool{axes}": pooling for axes in _AXES for mode in ("max", "avg")},
    **{f"adaptive_{mode}_pool{axes}": adaptive_pooling for axes in _AXES for mode in ("max", "avg")},
    "linear": linear,
    "addmm": addmm,
    "matmul": matmul,
    "bmm": matmul,
    "mm": matmul,
    "einsum": einsum,
    "scaled_dot_product_attention": attention,
    "batch_norm": batch_norm,
    "instance_norm": batch_norm,
    "group_norm": group_norm,
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
    "local_response_norm": local_norm,
    "embedding": embedding,
}
