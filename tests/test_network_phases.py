"""Receptive fields of chains and branches of real modules, upsampling among them: which inputs each output really depends on."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.formula_check import check_formula
from solvers.network import measured
from solvers.network.derivations import Table
from solvers.network.fields import Place
from solvers.network.kind import Sees
from solvers.network.kinds import KINDS
from solvers.network.model import Layer, Network
from solvers.network.phases import MOST_PHASES, Ends, Reach, TooManyPhasesError
from solvers.text import Text
from solvers.trace import Trace
from solvers.values import Shape

LENGTH = 120
X = Shape((1, LENGTH))


def _layer(name: str, word: str, *sources: str, **settings: Any) -> Layer:
    return Layer(name, KINDS[word](**settings), sources)


def _seen(layers: list[Layer], x: Shape = X) -> tuple[tuple[Place, ...] | Sees, Trace]:
    table = Table(Network("chain", Text("chain", "chain"), {"x": x}, tuple(layers)), x)
    return table.fields.of[layers[-1].name], table.derivation.run({"network": "chain", "x": x})


def _real_ends(layers: list[Layer]) -> list[Ends]:
    """The first and last input on which each output depends: where a lone impulse comes through weights of 1.

    Pooling is run as a sum, so that all of its window counts.
    """
    tensors = {"x": torch.eye(LENGTH, dtype=torch.float64).unsqueeze(1)}
    with torch.no_grad():
        for layer in layers:
            shapes = [Shape(tensors[source].shape[1:]) for source in layer.inputs]
            module = layer.kind.real(*shapes).to_empty(device="cpu").double()
            if layer.kind.word == "maxpool1d":
                module = KINDS["avgpool1d"](**layer.kind.settings()).real(*shapes)
            for name, parameter in module.named_parameters():
                parameter.fill_(0.0 if "bias" in name else 1.0)
            tensors[layer.name] = module(*(tensors[source] for source in layer.inputs))
    depends = tensors[layers[-1].name][:, 0] != 0
    first, last = depends.int().argmax(0).tolist(), (LENGTH - 1 - depends.flip(0).int().argmax(0)).tolist()
    some = depends.any(0).tolist()
    return [(low, high) if any_ else None for low, high, any_ in zip(first, last, some, strict=True)]


@st.composite
def chains(draw: st.DrawFn) -> list[Layer]:
    """Up to four convolutions, transposed ones, upsamplings, poolings and branches, one channel each."""
    layers: list[Layer] = []
    last = "x"
    for index in range(draw(st.integers(1, 4))):
        word = draw(st.sampled_from(["conv1d", "deconv1d", "upsample", "maxpool1d", "add"]))
        name, kernel = f"l{index}", draw(st.integers(1, 5))
        if word == "add":
            layers.append(_layer(f"{name}a", "conv1d", last, out=1, kernel=2 * kernel - 1, padding=kernel - 1))
            layers.append(_layer(name, "add", last, f"{name}a"))
        elif word == "upsample":
            scale, mode = draw(st.sampled_from([2.0, 3.0])), draw(st.sampled_from(["nearest", "linear"]))
            layers.append(_layer(name, word, last, scale=scale, mode=mode))
        else:
            chosen = {
                "kernel": kernel,
                "stride": draw(st.integers(1, 3)),
                "padding": draw(st.integers(0, kernel // 2)),
            }
            if word != "maxpool1d":
                chosen |= {"out": 1, "dilation": draw(st.integers(1, 2))}
            layers.append(_layer(name, word, last, **chosen))
        last = name
    return layers


@settings(max_examples=30)
@given(layers=chains())
def test_each_unit_sees_what_it_really_depends_on(layers: list[Layer]) -> None:
    seen, trace = _seen(layers)
    assert isinstance(seen, tuple)
    (place,) = seen
    reach = place.reach
    real = _real_ends(layers)
    inner = [u for u in range(len(real)) if (ends := reach.of(u)) and ends[0] > LENGTH / 4 and ends[1] < 3 * LENGTH / 4]
    assert [reach.of(unit) for unit in inner] == [real[unit] for unit in inner]
    assert trace[place.field] == reach.largest
    assert trace[place.jump] == reach.jump
    if len(reach.ends) == 1:
        assert trace[place.start] == reach.middle
    for name in trace.values:
        assert check_formula(trace, name) == "agrees", trace.line(name).text


def test_a_u_net_goes_down_and_up_again() -> None:
    layers = [
        _layer("conv1", "conv1d", "x", out=1, kernel=3, padding=1),
        _layer("pool", "maxpool1d", "conv1", kernel=2),
        _layer("conv2", "conv1d", "pool", out=1, kernel=3, padding=1),
        _layer("up", "deconv1d", "conv2", out=1, kernel=2, stride=2),
        _layer("join", "concat", "conv1", "up"),
        _layer("conv3", "conv1d", "join", out=1, kernel=3, padding=1),
    ]
    seen, trace = _seen(layers)
    assert isinstance(seen, tuple)
    assert [trace[step] for step in (seen[0].field, seen[0].least, seen[0].jump, seen[0].start)] == [
        10,
        5,
        1,
        Fraction(1, 2),
    ]
    (up,) = _seen(layers[:4])[0]  # type: ignore[misc]
    assert (up.reach.largest, up.reach.jump) == (8, 1)


def test_gradients_measure_the_largest_field_behind_upsampling() -> None:
    layers = [
        _layer("down", "conv1d", "x", out=1, kernel=4, stride=4),
        _layer("up", "deconv1d", "down", out=1, kernel=3, stride=2, padding=2),
        _layer("constant", "learned", out=(1, 1)),
        _layer("add", "add", "up", "constant"),
        _layer("conv", "conv1d", "add", out=1, kernel=2),
    ]
    table = Table(Network("chain", Text("chain", "chain"), {"x": X}, tuple(layers)), X)
    seen, trace = _seen(layers)
    assert isinstance(seen, tuple)
    real = measured.seen(table.wiring, "conv")
    assert real == measured.Seen(trace[seen[0].field], trace[seen[0].jump])
    assert real == measured.Seen(8, 2)


def test_a_layer_that_reads_nothing_leaves_the_field_of_the_others() -> None:
    positions = _layer("positions", "learned", out=(1, LENGTH))
    conv = _layer("conv", "conv1d", "x", out=1, kernel=3, padding=1)
    assert _seen([conv, positions])[0] is Sees.NOTHING
    seen, trace = _seen([conv, positions, _layer("add", "add", "conv", "positions")])
    assert isinstance(seen, tuple)
    assert trace[seen[0].field] == 3


@pytest.mark.parametrize(
    ("last", "sees"),
    [
        (_layer("last", "flatten", "custom"), Sees.EVERYTHING),
        (_layer("last", "relu", "custom"), Sees.UNKNOWN),
        (_layer("last", "custom", "whole", module="M", out=(1, LENGTH)), Sees.UNKNOWN),
        (_layer("last", "add", "whole", "custom"), Sees.EVERYTHING),
    ],
)
def test_what_sees_everything_hides_what_is_not_known(last: Layer, sees: Sees) -> None:
    custom = _layer("custom", "custom", "x", module="M", out=(1, LENGTH))
    flat, whole = _layer("flat", "flatten", "x"), _layer("whole", "reshape", "flat", out=(1, LENGTH))
    assert _seen([custom, flat, whole, last])[0] is sees


def test_units_that_repeat_only_after_very_many_are_given_up() -> None:
    with pytest.raises(TooManyPhasesError):
        Reach().through(2, 1, 0, 1, MOST_PHASES + 1)
    with pytest.raises(TooManyPhasesError):
        Reach().through(10**9, 1, 0, 1, 2)
    assert _seen([_layer("up", "upsample", "x", scale=float(MOST_PHASES + 1))], Shape((1, 2)))[0] is Sees.UNKNOWN


def test_phases_that_see_alike_are_told_once() -> None:
    assert Reach(((0, 1), (1, 2)), 2).shortest() == Reach(((0, 1),), 1)
    assert Reach(((0, 1), (0, 1)), 2).shortest() == Reach(((0, 1), (0, 1)), 2)


@pytest.mark.parametrize(
    ("last", "sees"),
    [
        (_layer("last", "linear", "turned", out=7), Sees.EVERYTHING),
        (_layer("last", "linear", "x", out=7), 1),
        (_layer("last", "mean", "conv", axis=1), Sees.EVERYTHING),
        (_layer("last", "mean", "conv", axis=0), 3),
        (_layer("last", "softmax", "conv", axis=-1), Sees.EVERYTHING),
        (_layer("last", "linear", "back", out=7), 3),
        (_layer("last", "mean", "x", axis=0), Sees.EVERYTHING),
    ],
)
def test_what_a_unit_sees_depends_on_which_axis_holds_places(last: Layer, sees: Sees | int) -> None:
    turned = _layer("turned", "permute", "x", axes=(1, 0))
    conv = _layer("conv", "conv1d", "turned", out=4, kernel=3, padding=1)
    seen, trace = _seen([turned, conv, _layer("back", "permute", "conv", axes=(1, 0)), last], Shape((20, 6)))
    assert sees == (seen if isinstance(seen, Sees) else trace[seen[0].field])


def test_maps_mixed_along_one_of_their_axes_are_not_told() -> None:
    rows = _layer("rows", "linear", "x", out=7)
    assert _seen([rows], Shape((3, 8, 8)))[0] is Sees.UNKNOWN
    turned = _layer("turned", "permute", "x", axes=(1, 2, 0))
    pixels = _layer("pixels", "linear", "turned", out=7)
    seen, trace = _seen([turned, pixels], Shape((3, 8, 8)))
    assert isinstance(seen, tuple)
    assert trace[seen[0].field] == 1
