"""Modules that are one layer each though several functions run in them: attention, Transformer layers, recurrent layers, cells, dropout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solvers.network.kinds import kind
from solvers.network.kinds.traced import Cell, Operation
from solvers.network.tracing.batch import batch_axis
from solvers.network.tracing.recorder import Recorder
from solvers.network.tracing.settings import sides

Converter = Callable[[Recorder, Any, str, list[Any], Any], bool]
"""Adds the layer of a module: the recorder, the module, its name, what it read, in order, and what it gave."""


def _along(recorder: Recorder, module: Any, x: Any) -> None:
    """Doubts where the examples lie if the module expects them on the second axis and has them on the first."""
    if not getattr(module, "batch_first", True) and x.ndim == 3 and batch_axis(tuple(x.shape), recorder.batch) == 0:
        recorder.doubtful = True


def attention(recorder: Recorder, module: Any, name: str, read: list[Any], result: Any) -> bool:
    """`MultiheadAttention`: of a sequence to itself, to another one, or with keys and values of their own."""
    if len(read) < 3:
        return False
    query, key, value = read[:3]
    _along(recorder, module, query)
    q, k, v = (recorder.source(x) for x in (query, key, value))
    if q is None or k is None or v is None:
        return False
    sources = [q] if q == k == v else [q, k] if k == v else [q, k, v]
    what = kind("attention", heads=module.num_heads, bias=module.in_proj_bias is not None)
    recorder.put(result[0], what, sources, list(module.parameters()), name=name, module=type(module).__name__)
    return True


def transformer_layer(recorder: Recorder, module: Any, name: str, read: list[Any], result: Any) -> bool:
    """`TransformerEncoderLayer` or `TransformerDecoderLayer` with one of the usual activations."""
    import torch

    decoder = isinstance(module, torch.nn.TransformerDecoderLayer)
    sources = [source for x in read[: 2 if decoder else 1] if (source := recorder.source(x))]
    if len(sources) != 1 + decoder:
        return False
    _along(recorder, module.self_attn, read[0])
    what = kind(
        "decoder_layer" if decoder else "encoder_layer",
        heads=module.self_attn.num_heads,
        ff=module.linear1.out_features,
        bias=module.linear1.bias is not None,
        activation=_activation(module),
        norm_first=module.norm_first,
    )
    recorder.put(result, what, sources, list(module.parameters()), name=name, module=type(module).__name__)
    return True


def _activation(module: Any) -> str:
    return str(getattr(module.activation, "__name__", type(module.activation).__name__)).lower()


def _usual(module: Any) -> bool:
    """Whether a Transformer layer has one of the activations that its kind knows; other modules always."""
    return not hasattr(module, "self_attn") or _activation(module) in ("relu", "gelu")


def recurrent(recorder: Recorder, module: Any, name: str, read: list[Any], result: Any) -> bool:
    """`RNN`, `LSTM` or `GRU`: all states; the last ones become a layer when something reads them."""
    from solvers.network.tracing.calls import tensors_in

    _along(recorder, module, read[0])
    source = recorder.source(read[0])
    if source is None:
        return False
    settings: dict[str, Any] = {
        "hidden": module.hidden_size,
        "layers": module.num_layers,
        "bidirectional": module.bidirectional,
        "bias": module.bias,
    }
    if module.mode == "LSTM":
        settings["projection"] = module.proj_size
    elif module.mode.startswith("RNN"):
        settings["activation"] = module.mode.partition("_")[2].lower()
    what = kind(module.mode.partition("_")[0].lower(), **settings)
    states, *last = tensors_in(result, _tensor())
    added = recorder.put(states, what, [source], list(module.parameters()), name=name, module=type(module).__name__)
    if any(recorder.is_read(x) for x in read[1:]):
        recorder.remarks.states.append(added)
    short = added.removeprefix(f"{recorder.frame.name}.") if recorder.frame.name else added
    for tensor, letter in zip(last, ("h_n", "c_n"), strict=False):
        shape = recorder.shape_of(tensor)
        recorder.later(tensor, Operation(letter, tuple(shape), "everything"), [added], f"{short}.{letter}")
    return True


def states(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a recurrent layer gives, without its time steps, which the meta device would go through one by one; None to let it run."""
    x: Any = args[0] if args else kwargs.get("input")
    if getattr(x, "ndim", 0) != 3 or x.device.type != "meta" or x.shape[-1] != module.input_size:
        return None
    width = getattr(module, "proj_size", 0) or module.hidden_size
    directions = 2 if module.bidirectional else 1
    examples = x.shape[0 if module.batch_first else 1]
    every = x.new_empty((*x.shape[:-1], directions * width))
    last = x.new_empty((directions * module.num_layers, examples, width))
    if module.mode != "LSTM":
        return every, last
    return every, (last, x.new_empty((directions * module.num_layers, examples, module.hidden_size)))


def cell(recorder: Recorder, module: Any, name: str, read: list[Any], result: Any) -> bool:
    """`RNNCell`, `LSTMCell` or `GRUCell`: one time step."""
    sources = [source for x in read if (source := recorder.source(x))]
    if not sources:
        return False
    gates = {"LSTMCell": 4, "GRUCell": 3}.get(type(module).__name__, 1)
    states = result if isinstance(result, tuple) else (result,)
    what = Cell(module.hidden_size, gates, module.bias)
    added = recorder.put(
        states[0], what, sources[:3], list(module.parameters()), name=name, module=type(module).__name__
    )
    for state in states[1:]:
        recorder.remember(state, added)
    return True


def convolution(recorder: Recorder, module: Any, name: str, read: list[Any], result: Any) -> bool:
    """A convolution that pads with something else than zeros; the others are known by their functions."""
    source = recorder.source(read[0])
    if source is None or module.padding == "same":
        return False
    what = kind(
        f"conv{type(module).__name__[4:].lower().removeprefix('2d')}",
        out=module.out_channels,
        kernel=sides(module.kernel_size),
        stride=sides(module.stride),
        padding=sides(module.padding),
        dilation=sides(module.dilation),
        groups=module.groups,
        bias=module.bias is not None,
        padding_mode=module.padding_mode,
    )
    recorder.put(result, what, [source], list(module.parameters()), name=name, module=type(module).__name__)
    return True


def rms_norm(recorder: Recorder, module: Any, name: str, read: list[Any], result: Any) -> bool:
    """A root-mean-square norm of a library's own."""
    source = recorder.source(read[0])
    parameters = list(module.parameters())
    shape = recorder.shape_of(result)
    if source is None or recorder.counted(kind("rmsnorm"), (shape,), shape) != sum(p.numel() for p in parameters):
        return False
    recorder.put(result, kind("rmsnorm"), [source], parameters, name=name, module=type(module).__name__)
    return True


def unchanged(recorder: Recorder, module: Any, name: str, read: list[Any], result: Any) -> bool:
    """A module that does nothing while a network is evaluated, or something that a table shows by its name alone."""
    source = recorder.source(read[0])
    if source is None or not isinstance(result, _tensor()) or recorder.shape_of(read[0]) != recorder.shape_of(result):
        return False
    word = type(module).__name__
    if word == "Identity":
        what = kind("identity")
    elif "Dropout" in word and isinstance(getattr(module, "p", None), int | float):
        what = kind("dropout", rate=float(module.p))
    else:
        what = Operation(word, tuple(recorder.shape_of(result)), "own place")
    recorder.put(result, what, [source], name=name)
    return True


def _tensor() -> type:
    import torch

    return torch.Tensor


_BY_NAME: dict[str, Converter] = {
    "MultiheadAttention": attention,
    "TransformerEncoderLayer": transformer_layer,
    "TransformerDecoderLayer": transformer_layer,
    "RNN": recurrent,
    "LSTM": recurrent,
    "GRU": recurrent,
    "RNNCell": cell,
    "LSTMCell": cell,
    "GRUCell": cell,
}


def converter(module: Any) -> Converter | None:
    """What makes one layer of the module; None for one that is opened up.

    A class of one's own counts as PyTorch's that it is derived from if it runs the same `forward`.
    """
    own = type(module)
    if "forward" in vars(module):
        return None
    for base in own.__mro__:
        if base.__module__.startswith("torch.nn.") and base.__name__ in _BY_NAME:
            same = getattr(own, "forward", None) is base.forward  # type: ignore[attr-defined]
            return _BY_NAME[base.__name__] if same and _usual(module) else None
    if getattr(module, "padding_mode", "zeros") != "zeros" and own.__name__ in ("Conv1d", "Conv2d", "Conv3d"):
        return convolution
    if own.__name__ == "T5LayerNorm" or (own.__name__.endswith("RMSNorm") and not own.__module__.startswith("torch.")):
        return rms_norm
    return None
