"""Any PyTorch module as a network: totals against PyTorch's own, shapes against hooks, odd models, and plain reasons where it cannot be."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

from solvers.network import measured
from solvers.network.derivations import Table
from solvers.network.model import Network
from solvers.network.tracing import CodeError, load, read_spec, trace
from solvers.network.wiring import shapes_of
from solvers.text import GradmarkError, UsageError
from solvers.values import Shape

Inputs = Mapping[str, tuple[int, ...]] | list[tuple[int, ...]]


def totals(network: Network) -> tuple[int, int]:
    """Parameters and multiply-adds of the whole table."""
    x = next(iter(network.inputs.values()))
    run = Table(network, x).derivation.run({"network": network.name, "x": x})
    return int(run["params"]), int(run["macs"])


def counted(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def words(network: Network) -> list[str]:
    return [layer.kind.word for layer in network.layers]


def shape(network: Network, layer: str) -> Shape:
    return shapes_of(network, next(iter(network.inputs.values())))[layer]


def seen_shapes(module: nn.Module, inputs: list[tuple[int, ...]], tokens: bool = False) -> dict[str, tuple[int, ...]]:
    """What hooks on the modules see for one example, first calls only."""
    found: dict[str, tuple[int, ...]] = {}

    def hook(name: str) -> Callable[[Any, Any, Any], None]:
        def seen(_module: Any, _inputs: Any, output: Any) -> None:
            if isinstance(output, torch.Tensor):
                found.setdefault(name, tuple(output.shape[1:]))

        return seen

    handles = [part.register_forward_hook(hook(name)) for name, part in module.named_modules()]
    with torch.no_grad():
        module.eval()(*(torch.zeros(1, *s, dtype=torch.long) if tokens else torch.rand(1, *s) for s in inputs))
    for handle in handles:
        handle.remove()
    return found


def flops(module: nn.Module, inputs: list[tuple[int, ...]], tokens: bool = False) -> int:
    """Multiply-adds for one example as PyTorch's own counter has them."""
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module.eval()(*(torch.zeros(1, *s, dtype=torch.long) if tokens else torch.rand(1, *s) for s in inputs))
    return counter.get_total_flops() // 2


# ------------------------------------------------------------------------------------------------------------- models


class Residual(nn.Module):
    def __init__(self, c: int = 8, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(c, c, 3, padding=1)
        self.down = nn.Sequential(nn.Conv2d(c, c, 1, stride), nn.BatchNorm2d(c)) if stride > 1 else None

    def forward(self, x: Any) -> Any:
        y = self.conv2(self.relu(self.bn1(self.conv1(x))))
        y += x if self.down is None else self.down(x)
        return self.relu(y)


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 7, 2, 3)
        self.layer1 = nn.Sequential(Residual(), Residual(stride=2))
        self.fc = nn.Linear(8, 10)

    def forward(self, x: Any) -> Any:
        x = self.layer1(F.max_pool2d(F.relu(self.stem(x)), 3, 2, 1))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))


class Inception(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Conv2d(6, 4, 1)
        self.three = nn.Sequential(nn.Conv2d(6, 3, 1), nn.ReLU(), nn.Conv2d(3, 5, (3, 1), padding=(1, 0)))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(6, 2, 1))

    def forward(self, x: Any) -> Any:
        return torch.cat([self.one(x), self.three(x), self.pool(x)], dim=1)


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(1, 4, 3, padding=1)
        self.deep = nn.Conv2d(4, 8, 3, padding=1)
        self.up = nn.ConvTranspose2d(8, 4, 2, 2)
        self.out = nn.Conv2d(12, 2, 1)

    def forward(self, x: Any) -> Any:
        skip = F.leaky_relu(self.down(x), 0.2)
        deep = F.gelu(self.deep(F.avg_pool2d(skip, 2)))
        larger = F.interpolate(skip[:, :, ::2, ::2], scale_factor=2, mode="bilinear")
        return self.out(torch.cat((skip, self.up(deep), larger), 1))


class FunctionalConvs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.rand(6, 3, 3, 3))
        self.shift = nn.Parameter(torch.rand(6))
        self.matrix = nn.Parameter(torch.rand(6, 5))

    def forward(self, x: Any) -> Any:
        x = F.pad(x, (1, 1, 1, 1))
        x = F.conv2d(x, self.kernel, self.shift, stride=2)
        return x.mean(dim=[2, 3]) @ self.matrix


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Linear(6, 6)
        self.first = nn.Linear(6, 9)
        self.second = nn.Linear(6, 9)
        self.second.weight = self.first.weight

    def forward(self, x: Any) -> dict[str, Any]:
        for _ in range(3):
            x = torch.tanh(self.block(x))
        return {"logits": self.first(x), "more": [self.second(x)]}


class Attention(nn.Module):
    def __init__(self, d: int = 16, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(d, 3 * d)
        self.proj = nn.Linear(d, d)

    def forward(self, x: Any) -> Any:
        b, n, d = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = q @ k.transpose(-2, -1) / math.sqrt(d // self.heads)
        scores = scores.masked_fill(torch.triu(torch.ones(n, n), 1).bool(), float("-inf"))
        return self.proj((scores.softmax(dim=-1) @ v).transpose(1, 2).reshape(b, n, d))


class ViT(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 8, 8)
        self.token = nn.Parameter(torch.zeros(1, 1, 16))
        self.places = nn.Parameter(torch.zeros(1, 17, 16))
        self.attention = Attention()
        self.norm = nn.LayerNorm(16)
        self.gamma = nn.Parameter(torch.ones(16))
        self.head = nn.Linear(16, 10)

    def forward(self, x: Any) -> Any:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.places
        x = x + self.gamma * self.attention(self.norm(x))
        return self.head(x[:, 0])


class Language(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(50, 12)
        self.lstm = nn.LSTM(12, 20, 2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(40, 50)

    def forward(self, words: Any) -> Any:
        states, (h, _) = self.lstm(self.embed(words))
        return self.head(states), h[-1]


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(50, 16)
        self.places = nn.Embedding(32, 16)
        layer = nn.TransformerEncoderLayer(16, 4, 40, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(16, 50, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, ids: Any) -> Any:
        x = self.embed(ids) + self.places(torch.arange(ids.shape[1]))
        return self.head(self.encoder(x))


class Radial(nn.Module):
    """A module whose inside no kind expresses."""

    def __init__(self) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.rand(7, 5))
        self.widths = nn.Parameter(torch.rand(7))

    def forward(self, x: Any) -> Any:
        return torch.exp(-torch.cdist(x.unsqueeze(1), self.centres.unsqueeze(0)).squeeze(1) * self.widths)


class WithRadial(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 5)
        self.radial = Radial()
        self.last = nn.Linear(7, 2)

    def forward(self, x: Any) -> Any:
        return self.last(self.radial(self.first(x)))


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Conv2d(1, 4, 3)
        self.table = nn.Linear(3, 4)
        self.mix = nn.Bilinear(4, 4, 2)

    def forward(self, image: Any, table: Any) -> Any:
        return self.mix(self.image(image).amax((2, 3)), self.table(table))


@dataclass
class Answer:
    value: Any
    hidden: Any


class Cells(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(3, 6)
        self.out = nn.Linear(6, 1)

    def forward(self, x: Any) -> Answer:
        h = torch.zeros(x.shape[0], 6)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return Answer(self.out(h), h)


MODELS: dict[str, tuple[type[nn.Module], Inputs]] = {
    "residual": (ResNet, [(3, 64, 64)]),
    "inception": (Inception, [(6, 9, 9)]),
    "u-net": (UNet, [(1, 16, 16)]),
    "functional": (FunctionalConvs, [(3, 12, 12)]),
    "shared": (Shared, [(6,)]),
    "vit": (ViT, [(3, 32, 32)]),
    "language": (Language, [(11,)]),
    "encoder": (Encoder, [(20,)]),
    "radial": (WithRadial, [(4,)]),
    "two inputs": (TwoInputs, {"image": (1, 8, 8), "table": (3,)}),
    "cells": (Cells, [(4, 3)]),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("made", ["class", "module"])
def test_parameters_are_those_of_the_module(name: str, made: str) -> None:
    model, inputs = MODELS[name]
    network = trace(model if made == "class" else model(), inputs, name)
    assert totals(network)[0] == counted(model())
    assert not any("more than this table" in note.en for note in network.notes)


@pytest.mark.parametrize("name", ["residual", "inception", "u-net", "functional", "vit", "language", "shared"])
def test_shapes_are_those_that_hooks_see(name: str) -> None:
    model, inputs = MODELS[name]
    assert isinstance(inputs, list)
    network = trace(model, inputs, name)
    shapes = shapes_of(network, next(iter(network.inputs.values())))
    seen = seen_shapes(model(), inputs, tokens=name == "language")
    both = set(seen) & set(shapes)
    assert len(both) >= 2 or name == "functional"
    assert {n: tuple(shapes[n]) for n in both} == {n: seen[n] for n in both}


@pytest.mark.parametrize("name", ["residual", "inception", "u-net", "functional", "shared", "vit"])
def test_multiply_adds_are_those_of_pytorchs_counter(name: str) -> None:
    model, inputs = MODELS[name]
    assert isinstance(inputs, list)
    assert totals(trace(model, inputs, name))[1] == flops(model(), inputs)


REAL = [name for name in MODELS if name not in ("radial", "two inputs")]


@pytest.mark.parametrize("name", REAL)
def test_the_layers_do_what_their_real_modules_do(name: str) -> None:
    """Shapes, parameters and multiply-adds of every row, by modules that are made of the rows alone."""
    model, inputs = MODELS[name]
    network = trace(model, inputs, name)
    table = Table(network, next(iter(network.inputs.values())))
    run = table.derivation.run({"network": network.name, "x": next(iter(network.inputs.values()))})
    real = measured.run(table.wiring)
    own = [layer for layer in network.layers if layer.shares is None]
    assert {n: table.wiring.shapes[n] for n in real.shapes} == real.shapes
    assert [int(run[s]) if (s := table.wiring.parameters.get(x.name)) else 0 for x in own] == [
        real.parameters[x.name] for x in own
    ]
    assert int(run["macs"]) == sum(real.multiply_adds.values())


def test_a_given_module_is_left_as_it_is() -> None:
    model = ResNet().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    trace(model, [(3, 64, 64)], "net")
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert model(torch.rand(2, 3, 64, 64)).shape == (2, 10)


def test_names_and_blocks_are_the_modules() -> None:
    network = trace(ResNet, [(3, 64, 64)], "net")
    names = [layer.name for layer in network.layers]
    assert names[:3] == ["stem", "relu", "max_pool2d"]
    assert {"layer1.0.conv1", "layer1.0.add", "layer1.1.down.0", "fc"} <= set(names)
    assert network.by_name["layer1.0.add"].block == ("layer1", "layer1.0")
    assert network.by_name["layer1.0.add"].inputs == ("layer1.0.conv2", "max_pool2d")
    assert network.by_name["layer1.1.add"].inputs == ("layer1.1.conv2", "layer1.1.down.1")


def test_shared_weights_are_counted_once() -> None:
    network = trace(Shared, [(6,)], "net")
    assert [layer.shares for layer in network.layers if layer.kind.word == "linear"] == [
        None,
        "block",
        "block",
        None,
        "first",
    ]
    assert network.outputs[0] == "first"
    assert len(network.outputs) == 2


def test_a_head_may_have_the_weights_of_the_embedding() -> None:
    network = trace(Encoder, [(20,)], "net")
    assert words(network) == ["embedding", "positions", "encoder_layer", "encoder_layer", "linear"]
    assert network.by_name["head"].shares == "embed"
    assert network.by_name["places"].kind.settings() == {"rows": 32}


def test_class_token_positions_and_scale_are_recognised() -> None:
    network = trace(ViT, [(3, 32, 32)], "net")
    assert {"class_token", "positions", "scale", "matmul", "softmax", "select"} <= set(words(network))
    assert network.by_name["token"].kind.word == "class_token"
    assert shape(network, "attention.softmax") == (4, 17, 17)


def test_what_no_kind_expresses_is_counted_and_said() -> None:
    network = trace(WithRadial, [(4,)], "net")
    assert words(network) == ["linear", "custom", "linear"]
    assert network.by_name["radial"].kind.settings() == {"module": "Radial", "out": [7], "weights": 42}
    assert any("radial" in note.en and "radial" in note.zh for note in network.notes)


def test_a_loop_over_time_steps_shares_its_cell() -> None:
    network = trace(Cells, [(4, 3)], "net")
    cells = [layer for layer in network.layers if layer.kind.word == "cell"]
    assert [cell.shares for cell in cells] == [None, "cell", "cell", "cell"]
    assert totals(network)[1] == 4 * 3 * 6 * (3 + 6) + 6


def test_last_states_of_a_recurrent_layer_are_a_layer() -> None:
    network = trace(Language, [(11,)], "net")
    assert shape(network, "lstm") == (11, 40)
    assert shape(network, network.outputs[1]) == (20,)
    assert not network.notes


class First(nn.Module):
    """A model that puts the sequence before the batch, as recurrent layers have it by default."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(5, 7)
        self.out = nn.Linear(7, 2)

    def forward(self, x: Any) -> Any:
        return self.out(self.rnn(x)[0][-1])


def test_the_batch_may_be_the_second_axis() -> None:
    network = trace(First, [(9, 5)], "net")
    assert shape(network, "rnn") == (9, 7)
    assert shape(network, "out") == (2,)
    assert not network.notes


class Branching(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(4, 3)
        self.b = nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        return self.a(x) if x.sum() > 0 else self.b(x)


def test_a_small_model_that_looks_at_its_numbers_is_computed() -> None:
    network = trace(Branching, [(4,)], "net")
    assert words(network) == ["linear"]
    assert any("depends on the numbers" in note.en for note in network.notes)
    assert any("15 more" in note.en for note in network.notes)


class LargeBranching(Branching):
    def __init__(self) -> None:
        super().__init__()
        self.large = nn.Linear(9000, 9000)


def test_a_large_one_is_refused_with_the_reason() -> None:
    with pytest.raises(GradmarkError, match=r"numbers it computes|too large"):
        trace(LargeBranching, [(4,)], "net")


class Failing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(10, 3)

    def forward(self, x: Any) -> Any:
        return self.fc(x)


def test_an_error_names_layer_file_and_line() -> None:
    with pytest.raises(CodeError) as caught:
        trace(Failing, [(7,)], "net")
    assert caught.value.file == __file__
    assert "fc (Linear)" in caught.value.text.en
    assert "10007" not in caught.value.text.en
    assert "fc" in caught.value.text.zh


class PerExample(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x: Any) -> Any:
        out = []
        for example in x:
            for _ in range(10):
                example = self.fc(example)  # noqa: PLW2901 - as people write it
            out.append(example)
        return torch.stack(out)


def test_a_loop_over_examples_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solvers.network.tracing.watching.MOST_CALLS", 200)
    with pytest.raises(GradmarkError, match="loops over the examples"):
        trace(PerExample, [(3,)], "net")


class _Cross(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, kdim=6, vdim=6, batch_first=True)

    def forward(self, x: Any, memory: Any) -> Any:
        out, scores = self.attention(x, memory, memory)
        return SimpleNamespace(out=out, scores=scores)


class _Einsum(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(6, 2, 3))

    def forward(self, x: Any) -> Any:
        heads = torch.einsum("bnd,dhe->bhne", x, self.weight)
        return torch.einsum("bhne,bhme->bhnm", heads, heads)


ODD: dict[str, tuple[Callable[[], nn.Module], Inputs]] = {
    "lazy": (lambda: nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(5)), [(3, 8, 8)]),
    "weight norm": (
        lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3)), nn.ReLU6()),
        [(3, 8, 8)],
    ),
    "old weight norm": (lambda: nn.Sequential(nn.utils.weight_norm(nn.Linear(3, 4)), nn.ELU(0.5)), [(3,)]),
    "scripted": (lambda: torch.jit.script(nn.Sequential(nn.Linear(3, 4), nn.ReLU())), [(3,)]),
    "one layer": (lambda: nn.Linear(3, 4), [(5, 3)]),
    "norms": (
        lambda: nn.Sequential(
            nn.GroupNorm(2, 4), nn.InstanceNorm2d(4, affine=True), nn.LocalResponseNorm(3), nn.PReLU(4)
        ),
        [(4, 6, 6)],
    ),
    "padding": (
        lambda: nn.Sequential(nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect"), nn.ZeroPad2d(2)),
        [(2, 8, 8)],
    ),
    "same": (lambda: nn.Sequential(nn.Conv1d(2, 3, 5, padding="same"), nn.Hardtanh(), nn.MaxPool1d(2)), [(2, 8)]),
    "attention": (_Cross, {"x": (5, 8), "memory": (9, 6)}),
    "spectral": (lambda: nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4))), [(3,)]),
    "frozen": (lambda: nn.Sequential(nn.Linear(3, 4).requires_grad_(False), nn.Linear(4, 2)), [(3,)]),
    "transformer": (lambda: nn.Transformer(8, 2, 1, 1, 16, batch_first=True), [(5, 8), (4, 8)]),
    "bag": (lambda: nn.EmbeddingBag(10, 4), [(6,)]),
    "einsum": (_Einsum, [(5, 6)]),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ODD)
def test_odd_modules_have_a_table_with_their_total(name: str) -> None:
    make, inputs = ODD[name]
    network = trace(make, inputs, name)
    module = make()
    if name == "lazy":
        module(torch.rand(1, 3, 8, 8))
    assert totals(network)[0] == counted(module)


def test_any_name_of_a_module_makes_a_step() -> None:
    class Named(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            keys = ("$x{", "卷积", "relu", "a-b", "a_b")
            self.parts = nn.ModuleDict({key: nn.Linear(3, 3) for key in keys})

        def forward(self, x: Any) -> Any:
            for part in self.parts.values():
                x = torch.relu(part(x))
            return x

    network = trace(Named, [(3,)], "net")
    assert totals(network)[0] == 5 * 12
    assert all("$" not in layer.symbol + "".join(layer.block) for layer in network.layers)


class _Strange(nn.Module):
    """Calls that are unusual, and each must leave a table."""

    def forward(self, x: Any) -> Any:
        a = torch.einsum("...nd,...md->...nm", x, x)
        b = torch.stack([x, x * 2, torch.zeros_like(x)], 1).sum(1)
        c = x[:, torch.tensor([0, 2])].repeat(1, 2, 1)
        d = x.flip(1).cumsum(-1).roll(1, 1)
        x = x.clone()
        x[:, 0] = 0
        e = F.normalize(torch.where(x > 0, x, -x), dim=-1) ** 2
        f, g = x.max(-1), x.topk(2, -1)
        h = torch.addcmul(x, x, x) / (1 + x.norm(dim=-1, keepdim=True))
        i = F.unfold(x.unsqueeze(1), 2).chunk(3, -1)[1]
        j = torch.fft.rfft(x).abs()
        return [a, b, c, d, e, f.values, g[0], h, i, j, x.tile(2), x.mT.split([1, 4], 2), x.square().mean(), -1 - x]


def test_strange_calls_leave_a_table() -> None:
    network = trace(_Strange, [(5, 6)], "net")
    assert totals(network)[0] == 0
    assert len(network.outputs) >= 12
    results = _flat(_Strange()(torch.rand(1, 5, 6)))
    shapes = {tuple(shape(network, name)) for name in network.outputs}
    assert {tuple(out.shape[1:]) or (1,) for out in results} >= shapes - {(5, 6)}


def _flat(value: Any) -> list[Any]:
    return [value] if isinstance(value, torch.Tensor) else [item for part in value for item in _flat(part)]


def test_further_parameters_of_a_weight_norm_have_a_row() -> None:
    network = trace(*ODD["weight norm"], "net")
    assert words(network) == ["conv", "further_parameters", "relu6"]


def test_products_of_arrays_are_counted() -> None:
    network = trace(*ODD["einsum"], "net")
    assert totals(network)[1] == 5 * 6 * 2 * 3 + 2 * 5 * 5 * 3


@pytest.mark.parametrize(
    "inputs",
    [[], [(3,), (4,)], [(0,)], [(-1, 3)], [()], {"y": (3,), "z": (3,)}, {"a b": (3,)}, [(10**6, 10**6)]],
)
def test_wrong_inputs_are_named(inputs: Any) -> None:
    with pytest.raises(UsageError) as caught:
        trace(nn.Linear(3, 4), inputs, "net")
    assert caught.value.text.zh


@pytest.mark.parametrize("library", ["torchvision:resnet50", "transformers:BertModel"])
def test_a_library_that_is_not_there_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = library.partition(":")[0]
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, f"{name}.models", None)
    with pytest.raises(GradmarkError) as caught:
        load(library, trust=False)
    assert name in caught.value.text.en


def test_no_output_from_the_inputs_is_refused() -> None:
    class Constant(nn.Module):
        def forward(self, x: Any) -> Any:
            return torch.zeros(3)

    with pytest.raises(GradmarkError, match="followed back"):
        trace(Constant, [(3,)], "net")


def test_what_makes_no_module_is_refused() -> None:
    with pytest.raises(GradmarkError, match="no PyTorch module"):
        trace(lambda: 3, [(3,)], "net")
    with pytest.raises(GradmarkError, match="no PyTorch module"):
        trace(3, [(3,)], "net")


# ------------------------------------------------------------------------------------------------------------ loading


COURSE = """
import torch
from torch import nn
print("hello")
class Net(nn.Module):
    def __init__(self, classes=10, *, width=8):
        super().__init__()
        self.fc1 = nn.Linear(4, width)
        self.fc2 = nn.Linear(width, classes)
    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))
def make():
    return Net(3)
ready = Net(5)
number = 7
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    path = tmp_path / "course_models.py"
    path.write_text(COURSE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("Net", 4 * 8 + 8 + 80 + 10),
        ("Net(2, width=64)", 4 * 64 + 64 + 128 + 2),
        ("make", 40 + 27),
        ("ready", 40 + 45),
        ("Net()", 130),
    ],
)
def test_files_are_loaded(course: Path, name: str, total: int, capsys: pytest.CaptureFixture[str]) -> None:
    network = trace(load(f"{course}:{name}", trust=True), [(4,)], name)
    assert totals(network)[0] == total
    assert capsys.readouterr().out == ""


def test_packages_are_loaded_from_the_current_folder(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(course.parent)
    assert totals(trace(load("course_models:make", trust=True), [(4,)], "net"))[0] == 67


def test_nothing_runs_without_trust(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="--trust"):
        load(f"{course}:Net", trust=False)
    assert "hello" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("nothing", "names no module"),
        ("no_such_package_here:Net", "no package"),
        ("missing.py:Net", "no file"),
        ("{course}:Nett", "Did you mean 'Net'"),
        ("{course}:number", "is a int"),
        ("{course}:ready(3)", "takes no arguments"),
        ("{course}:Net(open('x'))", "cannot be read"),
        ("{course}:Net(__import__('os'))", "cannot be read"),
        ("{course}:Net(3)(4)", "cannot be read"),
        ("{course}:Net(**{{}})", "cannot be read"),
    ],
)
def test_a_wrong_spec_is_named(course: Path, spec: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(spec.format(course=course), trust=True)
    assert said in caught.value.text.en


def test_errors_in_their_code_name_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("x = 1\ny = x / 0\n", encoding="utf-8")
    with pytest.raises(CodeError) as caught:
        load(f"{path}:Net", trust=True)
    assert (caught.value.file, caught.value.line) == (str(path), 2)
    assert "ZeroDivisionError" in caught.value.text.zh
    path.write_text("def f(:\n", encoding="utf-8")
    with pytest.raises(CodeError, match="SyntaxError"):
        load(f"{path}:Net", trust=True)
    path.write_text("import sys\nsys.exit(3)\n", encoding="utf-8")
    with pytest.raises(CodeError, match="SystemExit"):
        load(f"{path}:Net", trust=True)


def test_wrong_arguments_are_the_constructors_error(course: Path) -> None:
    with pytest.raises(CodeError, match="TypeError"):
        trace(load(f"{course}:Net(1, 2, 3)", trust=True), [(4,)], "net")


def test_arguments_are_literals() -> None:
    spec = read_spec("a.b:Net(10, 'x', [1, (2, 3)], width=-4, on=True)")
    assert (spec.where, spec.name) == ("a.b", "Net")
    assert spec.arguments == (10, "x", [1, (2, 3)])
    assert spec.options == {"width": -4, "on": True}
