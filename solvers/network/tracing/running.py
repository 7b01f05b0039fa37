"""A PyTorch module as a network: it is run once, on the meta device if it can be, and what it calls becomes layers."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from solvers.network.model import Network
from solvers.network.tracing.batch import MANY, few
from solvers.network.tracing.failures import failure
from solvers.network.tracing.forward import Signature, names_of_inputs
from solvers.network.tracing.network import assembled
from solvers.network.tracing.recorder import Recorder, legal
from solvers.network.tracing.watching import EndlessError, NeedsTokens, Watcher
from solvers.text import GradmarkError, Text
from solvers.values import Shape

LARGEST = 60_000_000
"""Parameters up to which a module is really computed where the meta device does not do."""
MOST_NUMBERS = 20_000_000
"""Numbers in a batch of inputs up to which it is."""

_TOKENS = frozenset(("input_ids", "ids", "tokens", "token_ids", "decoder_input_ids", "token_type_ids", "position_ids"))


@dataclass(frozen=True)
class Plan:
    """One way to run a module: where, along which axis the examples lie, and which inputs are token numbers."""

    device: str
    axis: int
    tokens: frozenset[str]


def trace(
    module: Any,
    inputs: Mapping[str, Sequence[int]] | Sequence[Sequence[int]],
    name: str = "",
    *,
    tokens: Collection[str] = (),
    title: Text | None = None,
    source: str = "",
) -> Network:
    """The network that a PyTorch module is on inputs of these shapes, channels first, without the batch.

    `module` is a module, or a class or function without required arguments that gives one; then no weights are made. A module that is given
    keeps its weights and its mode. `inputs` are shapes in the order of `forward`'s parameters, or by their names; `tokens` name those that
    hold token numbers, which is found out otherwise.

    Raises GradmarkError where the module cannot be followed, with the reason and what to do; UsageError where the inputs do not fit `forward`.
    """
    import torch

    if not isinstance(module, torch.nn.Module) and not callable(module):
        raise GradmarkError(
            f"{name or module!r} is no PyTorch module and nothing that makes one.",
            f"{name or repr(module)} 既不是 PyTorch 模块，也不能生成模块。",
        )
    subject = Subject(module, name or _called(module))
    shapes = names_of_inputs(subject.on("meta"), inputs)
    label = name or type(subject.on("meta")).__name__
    return _Tracing(subject, shapes, label, frozenset(tokens)).network(title, source)


def _called(module: Any) -> str:
    """What a person's class or function is called, where messages need it before there is a module."""
    made_by = module.func if isinstance(module, partial) else module
    return str(getattr(made_by, "__name__", type(made_by).__name__))


class Subject:
    """The module to be traced, on whatever device it is wanted; the person's own is never changed."""

    def __init__(self, module: Any, name: str) -> None:
        import torch

        self.name = name
        self._given = module if isinstance(module, torch.nn.Module) else None
        self._make: Callable[[], Any] | None = None if self._given is not None else module
        self._on: dict[str, Any] = {}

    def on(self, device: str) -> Any:
        """The module on a device, ready to be evaluated. Raises GradmarkError where it cannot be made or copied."""
        if device not in self._on:
            self._on[device] = self._ready(device).eval()
        return self._on[device]

    def _ready(self, device: str) -> Any:
        if self._make is None:
            return self._copied(self._given, device)
        try:
            return self._made(device)
        except GradmarkError:
            if device != "meta":
                raise
            # Some constructors read numbers out of tensors, which have none on the meta device.
            return self._copied(self._made("cpu"), "meta")

    def _made(self, device: str) -> Any:
        import torch

        assert self._make is not None
        try:
            with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), torch.device(device):
                warnings.simplefilter("ignore")
                made = self._make()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a person's code may raise anything
            raise failure(error, self.name, Text("making the module", "创建模块")) from None
        if not isinstance(made, torch.nn.Module):
            raise GradmarkError(
                f"{self.name}: this gives a {type(made).__name__} and no PyTorch module.",
                f"{self.name}：得到的是 {type(made).__name__}，而不是 PyTorch 模块。",
            )
        return made

    def _copied(self, module: Any, device: str) -> Any:
        """A copy; on the meta device nothing but its structure is copied."""
        import torch

        memo: dict[int, Any] = {}
        if device == "meta":
            for part in module.modules():
                for held in (part._parameters, part._buffers, vars(part)):
                    for value in held.values():
                        if isinstance(value, torch.Tensor) and not _is_lazy(value):
                            memo[id(value)] = _without_data(value)
        try:
            with torch.no_grad():
                return copy.deepcopy(_unwrapped(module), memo)
        except Exception as error:  # noqa: BLE001 - a person's code may raise anything
            raise failure(error, self.name, Text("copying the module", "复制模块")) from None


def _unwrapped(module: Any) -> Any:
    """The module within what `torch.compile` or `DataParallel` put around it."""
    import torch

    while isinstance(module, torch.nn.DataParallel) or hasattr(module, "_orig_mod"):
        module = module.module if isinstance(module, torch.nn.DataParallel) else module._orig_mod
    return module


def _is_lazy(value: Any) -> bool:
    import torch

    return bool(torch.nn.parameter.is_lazy(value))


def _without_data(value: Any) -> Any:
    import torch

    empty = torch.empty_like(value, device="meta", requires_grad=False)
    if isinstance(value, torch.nn.Parameter):
        return torch.nn.Parameter(empty, requires_grad=value.requires_grad)
    return empty


class _Tracing:
    """The attempts to run a module: first as it should be, then otherwise where that fails."""

    def __init__(self, subject: Subject, shapes: dict[str, Shape], label: str, tokens: frozenset[str]) -> None:
        self.subject = subject
        self.shapes = shapes
        self.label = label
        self.tokens = tokens | {name for name, shape in shapes.items() if name in _TOKENS and len(shape) == 1}

    def network(self, title: Text | None, source: str) -> Network:
        """The first way that leaves no doubt, else the first that works; the first way's error where none does."""
        found: tuple[Recorder, Any, Plan] | None = None
        error: GradmarkError | None = None
        for plan in self._plans():
            if found is not None and plan.device != "meta":
                break
            try:
                recorder, outputs = self._attempt(plan)
            except EndlessError:
                raise
            except GradmarkError as reason:
                error = error or reason
                continue
            if found is None or not recorder.doubtful:
                found = (recorder, outputs, plan)
            if not recorder.doubtful:
                break
        if found is None:
            assert error is not None
            raise error
        recorder, outputs, plan = found
        computed = plan.device != "meta"
        return assembled(recorder, self.subject.on(plan.device), outputs, self.label, title, source, computed=computed)

    def _plans(self) -> list[Plan]:
        flat = frozenset(name for name, shape in self.shapes.items() if len(shape) == 1)
        looks = any("Embedding" in type(part).__name__ for part in self.subject.on("meta").modules())
        guesses = [self.tokens, *([self.tokens | flat] if flat and looks and flat - self.tokens else [])]
        return [Plan(device, axis, tokens) for device in ("meta", "cpu") for tokens in guesses for axis in (0, 1)]

    def _attempt(self, plan: Plan) -> tuple[Recorder, Any]:
        try:
            return self._run(plan)
        except NeedsTokens as wanted:
            if wanted.name in plan.tokens:
                raise AssertionError(f"{wanted.name} is made of whole numbers") from None
            return self._attempt(Plan(plan.device, plan.axis, plan.tokens | {wanted.name}))

    def _run(self, plan: Plan) -> tuple[Recorder, Any]:
        import torch

        batch = MANY if plan.device == "meta" else self._small()
        module = self.subject.on(plan.device)
        if plan.device != "meta" and any(p.device.type == "meta" for p in module.parameters()):
            raise GradmarkError(
                f"{self.label}: it cannot be followed without computing, and has no weights to compute with.",
                f"{self.label}：不实际计算就无法跟踪该模块，而它没有可用于计算的权重。",
            )
        recorder = Recorder(self.shapes, batch, (legal(name) for name, _ in module.named_modules() if name))
        watcher = Watcher(recorder, module, plan.device, self.label)
        given = {}
        for name, shape in self.shapes.items():
            axis = min(plan.axis, len(shape))
            sizes = (*shape[:axis], batch, *shape[axis:])
            given[name] = _array(sizes, whole=name in plan.tokens, device=plan.device)
            recorder.remember(given[name], name)
        for name, parameter in module.named_parameters():
            recorder.own(name.removesuffix(".weight"), parameter)
        args, kwargs = Signature(module).arranged(given)
        fast = torch.backends.mha.get_fastpath_enabled()
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), torch.no_grad(), watcher.watching():
                warnings.simplefilter("ignore")
                outputs = module(*args, **kwargs)
        except (GradmarkError, NeedsTokens):
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a person's code may raise anything
            raise failure(error, self.label, Text("running it", "运行"), layer=watcher.failed, batch=batch) from None
        finally:
            torch.backends.mha.set_fastpath_enabled(fast)
        return recorder, outputs

    def _small(self) -> int:
        """The examples in a batch that is really computed. Raises GradmarkError for what would take too much."""
        parameters = [p for p in self.subject.on("meta").parameters() if not _is_lazy(p)]
        batch = few({*(n for shape in self.shapes.values() for n in shape), *(n for p in parameters for n in p.shape)})
        numbers = batch * sum(math.prod(shape) for shape in self.shapes.values())
        if sum(p.numel() for p in parameters) > LARGEST or numbers > MOST_NUMBERS:
            raise GradmarkError(
                f"{self.label}: it cannot be followed without computing, and is too large to be computed here.",
                f"{self.label}：不实际计算就无法跟踪该模块，而它又太大，无法在此计算。",
            )
        return batch


def _array(sizes: tuple[int, ...], *, whole: bool, device: str) -> Any:
    """An input: zeros for token numbers, which every table of vectors knows, or random numbers."""
    import torch

    if whole:
        return torch.zeros(sizes, dtype=torch.long, device=device)
    if device == "meta":
        return torch.empty(sizes, device=device)
    return torch.rand(sizes, generator=torch.Generator().manual_seed(0))
