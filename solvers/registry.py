"""Finding a derivation by its name: `conv.output_size` is in the module of the topic `conv`.

Further topics come from installed packages through the entry point group `gradmark.derivations` (name: the topic, value:
the module), or from a file that a person has said to trust.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.nearest import near_ones
from solvers.text import GradmarkError, UsageError

TOPICS = {
    "conv": "solvers.convolution",
    "params": "solvers.parameters",
    "receptive": "solvers.receptive_field",
    "lstm": "solvers.lstm",
    "attention": "solvers.attention",
    "backprop": "solvers.backprop",
    "neuron": "solvers.neuron",
    "perceptron": "solvers.perceptron",
    "activation": "solvers.activation",
    "loss": "solvers.loss",
    "regression": "solvers.regression",
    "convolve": "solvers.discrete_convolution",
    "rnn": "solvers.rnn",
    "optim": "solvers.optimisers",
    "bptt": "solvers.bptt",
    "gru": "solvers.gru",
    "eval": "solvers.evaluation",
    "bert": "solvers.bert",
    "autoencoder": "solvers.autoencoder",
    "vae": "solvers.vae",
    "gan": "solvers.gan",
    "norm": "solvers.normalisation",
    "pool": "solvers.pooling",
    "position": "solvers.positional_encoding",
    "cost": "solvers.convolution_cost",
    "complexity": "solvers.layer_complexity",
    "reg": "solvers.regularisation",
    "cross": "solvers.cross_attention",
    "variants": "solvers.convolution_variants",
    "init": "solvers.initialisation",
    "transformer": "solvers.transformer",
    "data": "solvers.data",
    "residual": "solvers.residual",
    "network": "solvers.network.catalogue",
}
ENTRY_POINTS = "gradmark.derivations"

_found: dict[str, Derivation | Family] = {}
_loaded: set[str] = set()
_trusted: set[Path] = set()


class UnknownDerivationError(UsageError):
    """No derivation has this name."""


def derivation(name: str) -> Derivation | Family:
    """The derivation or family of this name. Raises UnknownDerivationError with the nearest right names."""
    topic = name.partition(".")[0]
    if name not in _found and topic not in _loaded:
        _load_topic(topic)
    if name not in _found:
        hint = near_ones(name, names())
        raise UnknownDerivationError(
            f"There is no derivation {name!r}.{hint.en} `gradmark solve --list WORD` looks for them.",
            f"没有名为 {name!r} 的推导。{hint.zh}用 `gradmark solve --list 关键词` 查找推导。",
        )
    return _found[name]


def names() -> Iterator[str]:
    """Every derivation's name, topic by topic."""
    for topic in (*TOPICS, *_entry_points()):
        _load_topic(topic)
    yield from _found


def trust(path: Path) -> None:
    """Runs a Python file, once, and registers its derivations. Only for files that a person has said to trust."""
    if path.resolve() in _trusted:
        return
    spec = importlib.util.spec_from_file_location(f"gradmark_trusted_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise GradmarkError(f"{path} is no Python file.", f"{path} 不是 Python 文件。")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise GradmarkError(f"{path} could not be run: {error}", f"{path} 运行失败：{error}") from error
    _register(module, str(path))
    _trusted.add(path.resolve())


def _entry_points() -> dict[str, str]:
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}


def _load_topic(topic: str) -> None:
    if topic in _loaded:
        return
    place = TOPICS.get(topic) or _entry_points().get(topic)
    if place is not None:
        _register(importlib.import_module(place), place)
    _loaded.add(topic)


def _register(module: ModuleType, place: str) -> None:
    for found in vars(module).values():
        if not isinstance(found, (Derivation, Family)) or _found.get(found.name) is found:
            continue
        if found.name in _found:
            raise GradmarkError(
                f"{place} defines {found.name}, which exists already.", f"{place} 定义的 {found.name} 已经存在。"
            )
        if isinstance(found, Derivation):
            found.steps  # noqa: B018 - checks the graph now, not when a student meets it
        _found[found.name] = found
