"""Whole networks beside other tools' summaries of the same models: totals side by side, and the time to a ResNet-50's table.

`python benchmarks/test_networks.py` prints the totals of every tool that is installed: torchinfo, fvcore, thop, ptflops, torchscan. Where theirs
differ from ours, it is by what they count, or wrongly; the last column says which.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parent.parent))

from solvers.network.library import find
from solvers.network.table import LayerTable
from solvers.network.tracing import trace
from solvers.values import Shape

IMAGE = Shape((3, 224, 224))


class Bottleneck(nn.Module):
    """A block of ResNet-50, as torchvision builds it."""

    def __init__(self, inside: int, width: int, stride: int, *, project: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = (
            nn.Sequential(nn.Conv2d(inside, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width))
            if project
            else None
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The block."""
        around = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.relu(self.bn3(self.conv3(x)) + around)


def resnet50() -> nn.Module:
    """ResNet-50."""
    layers: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
    ]
    inside = 64
    for width, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for index in range(count):
            layers.append(Bottleneck(inside, width, stride if index == 0 else 1, project=index == 0))
            inside = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


class Tied(nn.Module):
    """One layer used three times, and a function with weights of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Conv2d(8, 8, 3, padding=1)
        self.outer = nn.Parameter(torch.empty(8, 3, 3, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The same weights three times."""
        x = nn.functional.conv2d(x, self.outer, padding=1)
        for _ in range(3):
            x = self.inner(x).relu()
        return x


def attention() -> nn.Module:
    """An encoder layer: products of computed arrays, which many tools pass over."""
    return nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)


MODELS: dict[str, tuple[Callable[[], nn.Module], Shape, int, int]] = {
    "ResNet-50": (resnet50, IMAGE, 25_557_032, 4_089_184_256),
    "grouped, dilated": (lambda: nn.Conv2d(16, 32, 3, 1, 2, 2, groups=4), Shape((16, 20, 20)), 1_184, 32 * 9 * 4 * 400),
    "transposed": (lambda: nn.ConvTranspose2d(8, 4, 4, 2, 1), Shape((8, 10, 10)), 516, 8 * 4 * 16 * 100),
    "tied weights": (Tied, Shape((3, 16, 16)), 584 + 216, 256 * (216 + 3 * 576)),
    "LSTM": (lambda: nn.LSTM(10, 20, 2, batch_first=True), Shape((7, 10)), 5_920, 7 * 80 * (10 + 20 + 20 + 20)),
    "encoder layer": (attention, Shape((12, 64)), 33_472, 12 * (4 * 64 * 64 + 2 * 64 * 128) + 2 * 12 * 12 * 64),
}
"""Each model with its input, its parameters, and its multiply-adds worked out by hand."""


def ours(make: Callable[[], nn.Module], shape: Shape) -> tuple[int, int]:
    """Parameters and multiply-adds by gradmark."""
    table = LayerTable(trace(make(), [shape]))
    return table.parameters, table.multiply_adds


def _torchinfo(make: Callable[[], nn.Module], shape: Shape) -> tuple[int, int]:
    import torchinfo

    found = torchinfo.summary(make(), input_size=(1, *shape), verbose=0)
    return found.total_params, found.total_mult_adds


def _fvcore(make: Callable[[], nn.Module], shape: Shape) -> tuple[int, int]:
    from fvcore.nn import FlopCountAnalysis, parameter_count

    model = make().eval()
    count = (
        FlopCountAnalysis(model, torch.rand(1, *shape)).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    )
    return int(parameter_count(model)[""]), int(count.total())


def _thop(make: Callable[[], nn.Module], shape: Shape) -> tuple[int, int]:
    import thop

    macs, params = thop.profile(make(), inputs=(torch.rand(1, *shape),), verbose=False)
    return int(params), int(macs)


def _ptflops(make: Callable[[], nn.Module], shape: Shape) -> tuple[int, int]:
    import ptflops

    macs, params = ptflops.get_model_complexity_info(
        make(), tuple(shape), as_strings=False, print_per_layer_stat=False, verbose=False
    )
    return int(params), int(macs)


def _torchscan(make: Callable[[], nn.Module], shape: Shape) -> tuple[int, int]:
    import torchscan

    totals = torchscan.crawl_module(make(), tuple(shape))["totals"]
    return totals["parameters"]["known_value"], totals["macs"]["known_value"]


PEERS = {"torchinfo": _torchinfo, "fvcore": _fvcore, "thop": _thop, "ptflops": _ptflops, "torchscan": _torchscan}


COUNTS = {
    "torchinfo": "counts biases, norms' parameters once, nothing that is no module, attention not at all, transposed layers at every output",
    "fvcore": "counts norms; passes over recurrent layers and bytes of attention that PyTorch fuses",
    "thop": "counts norms and pooling; knows only the parameters of modules that it has a rule for",
    "ptflops": "counts biases, norms, activations and pooling; functions only where it has patched them",
    "torchscan": "counts what its formulas for modules know, functions and attention not at all",
}
"""Why the tools differ, by what they count."""


def installed() -> list[str]:
    """The tools that are there to be compared with."""
    return [name for name in PEERS if importlib.util.find_spec(name) is not None]


def counted(tool: str, make: Callable[[], nn.Module], shape: Shape) -> tuple[int, int] | str:
    """What a tool says, or how it fails."""
    quiet = io.StringIO()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            warnings.simplefilter("ignore")
            return PEERS[tool](make, shape)
    except Exception as error:  # noqa: BLE001 - whatever they raise is how they fail
        return type(error).__name__


@pytest.mark.parametrize("name", MODELS)
def test_ours_is_what_was_worked_out(name: str) -> None:
    """On every model that the tools are compared on."""
    make, shape, parameters, multiply_adds = MODELS[name]
    assert ours(make, shape) == (parameters, multiply_adds)


@pytest.mark.benchmark(group="table of a ResNet-50", min_rounds=5)
def test_from_the_module(benchmark: Any) -> None:
    """A module traced, and its table with receptive fields."""
    model = resnet50()
    benchmark(lambda: LayerTable(trace(model, [IMAGE])).rows)


@pytest.mark.benchmark(group="table of a ResNet-50", min_rounds=5)
def test_from_yaml(benchmark: Any) -> None:
    """The shipped network's table."""
    benchmark(lambda: LayerTable(find("resnet-50")).rows)


@pytest.mark.parametrize("tool", installed())
@pytest.mark.benchmark(group="table of a ResNet-50", min_rounds=5)
def test_peer(benchmark: Any, tool: str) -> None:
    """Another tool on the same module."""
    model = resnet50()
    benchmark(lambda: counted(tool, lambda: model, IMAGE))


def main() -> None:
    """The totals side by side; what differs from the count by hand is marked."""
    for name, (make, shape, parameters, multiply_adds) in MODELS.items():
        print(f"\n{name}: {parameters:,} parameters, {multiply_adds:,} multiply-adds by hand")
        for tool, found in [("gradmark", ours(make, shape)), *((t, counted(t, make, shape)) for t in installed())]:
            if isinstance(found, str):
                print(f"  {tool:10} {found}")
                continue
            marks = [
                "" if got == right else " (!)" for got, right in zip(found, (parameters, multiply_adds), strict=True)
            ]
            print(f"  {tool:10} {found[0]:>14,}{marks[0]:4} {found[1]:>16,}{marks[1]}")
    print()
    for tool in installed():
        print(f"{tool}: {COUNTS[tool]}.")


if __name__ == "__main__":
    main()
