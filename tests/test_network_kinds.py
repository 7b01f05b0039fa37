"""Every kind of layer against the real PyTorch module: shapes by running it, parameters by counting, multiply-adds by PyTorch's own counter."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from inspect import signature
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from questions.bank import Bank
from solvers.derivation import Derivation
from solvers.formula_check import check_formula
from solvers.network.derivations import Table
from solvers.network.kind import Kind, Sees, Window, inputs_named, quantity_of
from solvers.network.kinds import KINDS
from solvers.network.model import Layer, Network
from solvers.text import Text
from solvers.trace import StepError, Undefined
from solvers.values import Shape, Value

Case = tuple[str, dict[str, Any], list[tuple[int, ...]]]
"""A kind's word, its settings, and the shapes of its inputs."""

CASES: list[Case] = [
    ("conv", {"out": 8, "kernel": 3, "stride": 2, "padding": 1}, [(4, 9, 12)]),
    (
        "conv",
        {"out": 8, "kernel": (3, 4), "stride": (2, 1), "padding": "same", "groups": 2, "bias": False},
        [(4, 9, 12)],
    ),
    ("conv", {"out": 4, "kernel": 4, "stride": 3, "padding": "same", "padding_mode": "reflect"}, [(4, 9, 12)]),
    ("conv", {"out": 4, "kernel": 1, "groups": 4, "bias": False}, [(4, 9, 12)]),
    ("conv", {"out": 4, "kernel": 5, "padding": (2, 3), "padding_mode": "circular"}, [(3, 9, 12)]),
    ("conv1d", {"out": 8, "kernel": 3, "dilation": 3}, [(4, 19)]),
    ("conv1d", {"out": 4, "kernel": 4, "padding": "same"}, [(1, 19)]),
    ("conv3d", {"out": 8, "kernel": 3, "dilation": (1, 2, 1)}, [(4, 9, 9, 9)]),
    ("conv3d", {"out": 8, "kernel": (1, 3, 3), "stride": (1, 2, 2), "padding": (0, 1, 1)}, [(3, 4, 9, 8)]),
    ("deconv", {"out": 6, "kernel": 4, "stride": 2, "padding": 1, "groups": 2}, [(4, 5, 7)]),
    ("deconv", {"out": 6, "kernel": (2, 3), "stride": (2, 3)}, [(4, 5, 7)]),
    ("deconv1d", {"out": 6, "kernel": 3, "stride": 3, "output_padding": 2, "dilation": 2}, [(4, 5)]),
    (
        "deconv3d",
        {"out": 6, "kernel": 3, "stride": 3, "output_padding": 2, "dilation": 2, "bias": False},
        [(4, 5, 4, 4)],
    ),
    ("maxpool", {"kernel": 3, "stride": 2, "padding": 1, "ceil": True}, [(4, 6, 8)]),
    ("maxpool", {"kernel": 2, "stride": 3, "ceil": True}, [(4, 6, 8)]),
    ("maxpool1d", {"kernel": 3, "dilation": 2}, [(4, 17)]),
    ("maxpool3d", {"kernel": (1, 2, 2)}, [(4, 3, 7, 8)]),
    ("avgpool", {"kernel": (2, 3), "ceil": True}, [(4, 7, 6)]),
    ("avgpool", {"kernel": 3, "stride": 1, "padding": 1, "count_include_pad": False}, [(4, 7, 6)]),
    ("avgpool1d", {"kernel": 3, "stride": 2, "padding": 1}, [(4, 8)]),
    ("avgpool3d", {"kernel": 2}, [(4, 7, 6, 9)]),
    ("adaptive_avgpool", {"out": (2, 0)}, [(4, 7, 6)]),
    ("adaptive_avgpool", {}, [(4, 7, 6)]),
    ("adaptive_avgpool1d", {"out": 3}, [(4, 9)]),
    ("adaptive_avgpool3d", {"out": (1, 2, 2)}, [(4, 9, 4, 4)]),
    ("adaptive_maxpool", {"out": 3}, [(4, 9, 6)]),
    ("adaptive_maxpool1d", {"out": 0}, [(4, 7)]),
    ("adaptive_maxpool3d", {"out": 2}, [(4, 7, 5, 5)]),
    ("globalpool", {}, [(4, 7, 5)]),
    ("globalpool", {"mode": "max"}, [(4, 7)]),
    ("linear", {"out": 5}, [(7,)]),
    ("linear", {"out": 5, "bias": False}, [(3, 7)]),
    ("linear", {"out": 5}, [(2, 3, 7)]),
    ("flatten", {}, [(3, 7, 2)]),
    ("flatten", {"start": 1}, [(3, 7, 2)]),
    ("embedding", {"rows": 9, "width": 4}, [(6,)]),
    ("batchnorm", {}, [(3, 7, 2)]),
    ("batchnorm", {}, [(3,)]),
    ("batchnorm", {"affine": False}, [(3, 4, 5, 6)]),
    ("instancenorm", {"affine": True}, [(3, 4)]),
    ("instancenorm", {}, [(3, 4, 5)]),
    ("groupnorm", {"groups": 2}, [(4, 5)]),
    ("groupnorm", {"groups": 2, "affine": False}, [(4, 5)]),
    ("layernorm", {}, [(4, 5)]),
    ("layernorm", {"axes": 2, "bias": False}, [(4, 5)]),
    ("layernorm", {"axes": 3, "gain": False}, [(4, 5, 6)]),
    ("rmsnorm", {}, [(4, 5)]),
    ("rmsnorm", {"gain": False}, [(4, 5)]),
    ("localnorm", {}, [(4, 5, 5)]),
    ("rnn", {"hidden": 5, "layers": 3, "bidirectional": True}, [(4, 6)]),
    ("rnn", {"hidden": 5, "activation": "relu", "bias": False}, [(4, 6)]),
    ("lstm", {"hidden": 5}, [(4, 6)]),
    ("lstm", {"hidden": 5, "layers": 3, "bidirectional": True, "projection": 3}, [(4, 6)]),
    ("lstm", {"hidden": 5, "layers": 2, "returns": "last", "bias": False}, [(4, 6)]),
    ("gru", {"hidden": 5, "layers": 2, "returns": "last", "bidirectional": True}, [(4, 6)]),
    ("attention", {"heads": 2}, [(4, 6)]),
    ("attention", {"heads": 2}, [(4, 6), (5, 8)]),
    ("attention", {"heads": 3, "bias": False, "causal": True}, [(4, 6), (5, 8), (5, 3)]),
    ("encoder_layer", {"heads": 2, "ff": 10}, [(4, 6)]),
    ("encoder_layer", {"heads": 2, "ff": 10, "bias": False, "norm_first": True, "activation": "gelu"}, [(4, 6)]),
    ("decoder_layer", {"heads": 2, "ff": 10}, [(4, 6), (7, 6)]),
    ("decoder_layer", {"heads": 2, "ff": 10, "bias": False}, [(4, 6), (7, 6)]),
    ("reshape", {"out": (2, -1)}, [(4, 6)]),
    ("reshape", {"out": (2, 3, 4)}, [(24,)]),
    ("permute", {"axes": (1, 2, 0)}, [(4, 6, 3)]),
    ("select", {"index": -1, "axis": 1}, [(4, 6, 3)]),
    ("slice", {"start": 1, "stop": -1, "step": 2, "axis": 1}, [(4, 6, 3)]),
    ("slice", {"start": 2}, [(4, 6)]),
    ("slice", {"stop": 3, "axis": -1}, [(4, 6)]),
    ("upsample", {"scale": 2.0, "mode": "bilinear"}, [(4, 6, 3)]),
    ("upsample", {"scale": (2, 3)}, [(4, 6, 3)]),
    ("upsample", {"size": (9, 8)}, [(4, 6, 3)]),
    ("upsample", {"scale": 1.5, "mode": "bicubic"}, [(4, 6, 3)]),
    ("pixel_shuffle", {"factor": 2}, [(4, 6, 3)]),
    ("pixel_unshuffle", {"factor": 3}, [(4, 6, 3)]),
    ("pad", {"padding": 1, "mode": "reflect"}, [(4, 6, 3)]),
    ("pad", {"padding": (1, 2, 0, 3)}, [(4, 6, 3)]),
    ("pad", {"padding": (1, 0), "mode": "circular"}, [(4, 6)]),
    ("pad", {"padding": 2, "mode": "replicate"}, [(2, 4, 6, 3)]),
    ("unsqueeze", {"axis": -1}, [(4, 6, 3)]),
    ("squeeze", {}, [(4, 1, 1)]),
    ("squeeze", {"axis": 1}, [(4, 1, 1)]),
    ("squeeze", {"axis": 0}, [(4, 1, 1)]),
    ("mean", {"axis": (1, 2)}, [(4, 5, 3)]),
    ("mean", {"axis": 0, "keep": True}, [(4, 5)]),
    ("add", {}, [(4, 1, 3), (1, 5, 3)]),
    ("add", {}, [(4, 3), (4, 3), (4, 3)]),
    ("multiply", {}, [(4, 1, 1), (4, 5, 3)]),
    ("subtract", {}, [(4, 3), (4, 1)]),
    ("matmul", {}, [(2, 4, 3), (2, 3, 5)]),
    ("matmul", {"transposed": True}, [(4, 3), (5, 3)]),
    ("concat", {}, [(2, 4, 3), (3, 4, 3)]),
    ("concat", {"axis": -1}, [(2, 4, 3), (2, 4, 5)]),
    ("positions", {}, [(4, 3)]),
    ("positions", {"rows": 9}, [(4, 3)]),
    ("class_token", {}, [(4, 3)]),
    ("scale", {}, [(4, 3)]),
    ("scale", {"axis": 0}, [(4, 3, 2)]),
    ("learned", {"out": (3, 2)}, []),
    ("partial_conv", {"reads": (12, 123, 3), "kernel": 3}, [(3, 7, 8)]),
    ("subsample", {"kernel": 2}, [(3, 6, 8)]),
    ("sample", {}, [(4,), (4,)]),
    ("relu", {}, [(4, 3)]),
    ("leaky_relu", {"slope": 0.2}, [(4, 3)]),
    ("elu", {"alpha": 2.0}, [(4, 3)]),
    ("selu", {}, [(4, 3)]),
    ("relu6", {}, [(4, 3)]),
    ("gelu", {"approximate": "tanh"}, [(4, 3)]),
    ("silu", {}, [(4, 3)]),
    ("mish", {}, [(4, 3)]),
    ("sigmoid", {}, [(4, 3)]),
    ("tanh", {}, [(4, 3)]),
    ("softplus", {}, [(4, 3)]),
    ("hardswish", {}, [(4, 3)]),
    ("hardsigmoid", {}, [(4, 3)]),
    ("softmax", {"axis": 0}, [(4, 3)]),
    ("log_softmax", {}, [(4, 3)]),
    ("identity", {}, [(4, 3)]),
    ("dropout", {"rate": 0.1}, [(4, 3)]),
    ("prelu", {}, [(4, 3)]),
    ("prelu", {"count": 4}, [(4, 3)]),
    ("operation", {"name": "f", "out": (3, 4)}, [(5,)]),
    ("further_parameters", {"count": 8}, [(4, 8)]),
    ("derived", {"out": (4, 4), "count": 10}, []),
    ("attention_product", {}, [(2, 5, 8), (2, 7, 8), (2, 7, 6)]),
    ("einsum", {"equation": "ij,jk->ik", "weights": (6, 3)}, [(5, 6)]),
    ("einsum", {"equation": "ij,kj->ik"}, [(5, 6), (4, 6)]),
    ("cell", {"hidden": 4}, [(6,)]),
    ("cell", {"hidden": 4, "gates": 4, "bias": False}, [(6,), (4,), (4,)]),
]

# What fits neither us nor PyTorch.
MISFITS: list[Case] = [
    ("conv", {"out": 8, "kernel": 3, "groups": 3}, [(4, 9, 9)]),
    ("conv", {"out": 8, "kernel": 10}, [(4, 9, 9)]),
    ("conv", {"out": 8, "kernel": 5, "padding": 4, "padding_mode": "reflect"}, [(4, 4, 4)]),
    ("deconv", {"out": 8, "kernel": 3, "stride": 2, "output_padding": 2}, [(4, 9, 9)]),
    ("deconv", {"out": 8, "kernel": 1, "padding": 2}, [(4, 4, 4)]),
    ("maxpool", {"kernel": 2, "padding": 2}, [(4, 9, 9)]),
    ("groupnorm", {"groups": 3}, [(4, 9, 9)]),
    ("attention", {"heads": 4}, [(5, 6)]),
    ("attention", {"heads": 2}, [(5, 6), (4, 6), (3, 6)]),
    ("decoder_layer", {"heads": 2}, [(5, 6), (4, 8)]),
    ("reshape", {"out": (5, -1)}, [(4, 6)]),
    ("permute", {"axes": (0, 0)}, [(4, 6)]),
    ("select", {"index": 4}, [(4, 6)]),
    ("pixel_shuffle", {"factor": 2}, [(6, 4, 4)]),
    ("pixel_unshuffle", {"factor": 2}, [(6, 5, 4)]),
    ("pad", {"padding": 4, "mode": "reflect"}, [(6, 4, 4)]),
    ("add", {}, [(4, 3), (4, 2)]),
    ("concat", {}, [(4, 3), (4, 2)]),
    ("matmul", {}, [(4, 3), (4, 3)]),
    ("upsample", {}, [(4, 3, 3)]),
    ("concat", {"axis": 2}, [(4, 3), (4, 3)]),
    ("softmax", {"axis": 2}, [(4, 3)]),
    ("mean", {"axis": -3}, [(4, 3)]),
    ("conv", {"out": 8, "kernel": (3, 3, 3)}, [(4, 9, 9)]),
    ("conv", {"out": 8, "kernel": 3, "stride": 0}, [(4, 9, 9)]),
    ("conv", {"out": -8, "kernel": 3}, [(4, 9, 9)]),
    ("maxpool", {"kernel": 0}, [(4, 9, 9)]),
    ("learned", {"out": (3, -1)}, []),
]


def _named(case: Case) -> str:
    word, settings, shapes = case
    return (
        f"{word}-{'-'.join(f'{k}={v}' for k, v in settings.items())}-{'-'.join('x'.join(map(str, s)) for s in shapes)}"
    )


def _kind(case: Case) -> tuple[Kind, list[Shape]]:
    word, settings, shapes = case
    return KINDS[word](**settings), [Shape(shape) for shape in shapes]


def _answer(rule: Callable[..., Value], xs: list[Shape], y: Shape) -> Value:
    """A rule on the shapes of the inputs and of the output."""
    known = {**dict(zip(inputs_named(len(xs)), xs, strict=True)), "y": y}
    parameters = signature(rule).parameters.values()
    return rule(**{p.name: known[p.name] for p in parameters if p.default is p.empty})


def _output(kind: Kind, xs: list[Shape]) -> Shape:
    quantity = quantity_of(kind, "shape", tuple(xs))
    shape = xs[0] if quantity is None else _answer(quantity.rule, xs, Shape(()))
    assert isinstance(shape, Shape)
    return shape


def _count(kind: Kind, what: str, xs: list[Shape]) -> int:
    quantity = getattr(kind, what)(*xs)
    return 0 if quantity is None else int(_answer(quantity.rule, xs, _output(kind, xs)))


def _run(kind: Kind, xs: list[Shape], device: str = "meta") -> tuple[Shape, int, int]:
    """Output shape, parameters and multiply-adds of the real module; some checks are made on real devices only."""
    module = kind.real(*xs).eval().to_empty(device=device)
    dtype = torch.long if kind.word == "embedding" else torch.float32
    tensors = [torch.zeros(1, *x, dtype=dtype, device=device) for x in xs]
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # uneven SAME padding copies
        output = module(*tensors)
    return Shape(output.shape[1:]), sum(p.numel() for p in module.parameters()), counter.get_total_flops() // 2


def test_every_kind_is_tried() -> None:
    assert {word for word, _, _ in CASES} | {"custom"} == set(KINDS)


@pytest.mark.parametrize("case", CASES, ids=_named)
def test_a_kind_is_what_the_real_module_is(case: Case) -> None:
    kind, xs = _kind(case)
    ours = _output(kind, xs), _count(kind, "parameters", xs), _count(kind, "multiply_adds", xs)
    assert ours == _run(kind, xs)


@pytest.mark.parametrize("case", MISFITS, ids=_named)
def test_what_does_not_fit_is_refused_as_by_the_real_module(case: Case) -> None:
    kind, xs = _kind(case)
    with pytest.raises(Undefined):
        _output(kind, xs)
    with pytest.raises((RuntimeError, ValueError, AssertionError, IndexError, ZeroDivisionError)):
        _run(kind, xs, "cpu")


@pytest.mark.parametrize("word", ["layernorm", "rmsnorm"])
def test_a_norm_needs_the_axes_that_it_normalises(word: str) -> None:
    with pytest.raises(Undefined):
        _output(KINDS[word](axes=3), [Shape((4, 3))])


def _table(case: Case) -> Table:
    kind, xs = _kind(case)
    names = ["x", "memory", "third"][: len(xs)]
    # A layer that reads nothing still stands in a network that has an input.
    inputs = dict(zip(names, xs, strict=True)) or {"x": Shape((1,))}
    network = Network("one", Text("one", "one"), inputs, (Layer("layer", kind, tuple(names)),))
    return Table(network, next(iter(inputs.values())))


def _traced(derivation: Derivation, case: Case) -> Any:
    x = Shape(case[2][0]) if case[2] else Shape((1,))
    return derivation.run({"network": "one", "x": x})


@pytest.mark.parametrize("case", CASES, ids=_named)
def test_formulas_compute_what_is_computed(case: Case) -> None:
    trace = _traced(_table(case).derivation, case)
    for name in trace.values:
        assert check_formula(trace, name) == "agrees", trace.line(name).text


@cache
def _explained() -> set[str]:
    return set(Bank().misconceptions)


@pytest.mark.parametrize("case", CASES, ids=_named)
def test_every_mistake_is_explained_and_has_an_answer(case: Case) -> None:
    derivation = _table(case).derivation
    right = _traced(derivation, case)
    for id, mistake in derivation.misconceptions.items():
        assert id in _explained()
        wrong = derivation.run(right.givens, replacing=[id])
        for step in mistake.rules:
            with suppress(StepError):
                assert isinstance(wrong[step], Shape) is isinstance(right[step], Shape), (id, step)


def test_every_mistake_differs_from_the_right_answer_somewhere() -> None:
    declared: set[str] = set()
    telling: set[str] = set()
    for case in CASES:
        kind, xs = _kind(case)
        for what in ("shape", "parameters", "multiply_adds"):
            quantity = getattr(kind, what)(*xs)
            if quantity is None:
                continue
            right = _answer(quantity.rule, xs, _output(kind, xs))
            for id, rule in quantity.wrong.items():
                declared.add(id)
                with suppress(Undefined):
                    if _answer(rule, xs, _output(kind, xs)) != right:
                        telling.add(id)
    assert declared == telling


@given(data=st.data())
def test_windows_of_all_settings_fit_where_they_fit_in_pytorch(data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(["conv", "maxpool", "avgpool", "deconv"]))
    few = st.integers(1, 5)
    settings: dict[str, Any] = {"kernel": (data.draw(few), data.draw(few)), "stride": data.draw(st.integers(1, 4))}
    settings["padding"] = data.draw(st.integers(0, 3))
    if word != "avgpool":
        settings["dilation"] = data.draw(st.integers(1, 3))
    if word in ("conv", "deconv"):
        settings["out"] = 4
        settings["groups"] = data.draw(st.sampled_from([1, 2]))
    if word == "deconv":
        settings["output_padding"] = data.draw(st.integers(0, 2))
    if word in ("maxpool", "avgpool"):
        settings["ceil"] = data.draw(st.booleans())
    case: Case = word, settings, [(4, data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12)))]
    kind, xs = _kind(case)
    try:
        real = _run(kind, xs, "cpu")
    except RuntimeError:
        real = None
    if real is None or 0 in real[0]:  # PyTorch makes some maps of no size, which are of no use to anybody
        with pytest.raises(Undefined):
            _output(kind, xs)
        return
    assert (_output(kind, xs), _count(kind, "parameters", xs), _count(kind, "multiply_adds", xs)) == real


def test_a_custom_layer_says_what_is_not_known() -> None:
    custom = KINDS["custom"](module="mine.Layer", out=(4, 5), weights=12)
    assert custom.uncounted
    assert not KINDS["relu"].uncounted
    assert custom.window(Shape((3,))) is Sees.UNKNOWN
    assert _output(custom, [Shape((3,))]) == Shape((4, 5))
    assert _count(custom, "parameters", [Shape((3,))]) == 12


def test_settings_are_those_that_a_network_would_have_to_write() -> None:
    conv = KINDS["conv"](out=8, kernel=(3, 4), bias=False)
    assert conv.settings() == {"out": 8, "kernel": [3, 4], "bias": False}


@pytest.mark.parametrize(
    ("word", "settings", "shape", "sees"),
    [
        ("adaptive_avgpool", {"out": 1}, (4, 8, 8), Sees.EVERYTHING),
        ("adaptive_avgpool", {"out": 3}, (4, 8, 8), Sees.UNKNOWN),
        ("adaptive_avgpool", {"out": 4}, (4, 8, 8), Window((2, 2), (2, 2), (0, 0), (1, 1))),
        ("linear", {"out": 3}, (5,), Sees.EVERYTHING),
        ("linear", {"out": 3}, (5, 6), Sees.OWN_PLACE),
        ("flatten", {"start": 1}, (5, 6, 6), Sees.OWN_PLACE),
        ("flatten", {}, (5, 6, 6), Sees.EVERYTHING),
        ("mean", {"axis": 0}, (5, 6), Sees.EVERYTHING),
        ("mean", {"axis": 0}, (5, 6, 6), Sees.OWN_PLACE),
        ("softmax", {"axis": 0}, (5, 6, 6), Sees.OWN_PLACE),
        ("softmax", {}, (5, 6, 6), Sees.EVERYTHING),
        ("permute", {"axes": (0, 2, 1)}, (5, 6, 6), Sees.UNKNOWN),
        ("permute", {"axes": (1, 2, 0)}, (5, 6, 6), Sees.OWN_PLACE),
        ("reshape", {"out": (2, 2, 6, 6)}, (4, 6, 6), Sees.OWN_PLACE),
        ("reshape", {"out": (6, 4, 6)}, (4, 6, 6), Sees.UNKNOWN),
        ("upsample", {"scale": 1.5}, (4, 6, 6), Sees.UNKNOWN),
        ("upsample", {"scale": 2.0, "mode": "bilinear", "align_corners": True}, (4, 6, 6), Sees.UNKNOWN),
    ],
)
def test_what_a_unit_sees_without_a_window(
    word: str, settings: dict[str, Any], shape: tuple[int, ...], sees: Any
) -> None:
    assert KINDS[word](**settings).window(Shape(shape)) == sees
