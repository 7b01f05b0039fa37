"""Watching a module run: every call of a module and of a function of PyTorch's is handed to the converters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from solvers.network.kinds import kind
from solvers.network.kinds.traced import Operation
from solvers.network.tracing import arithmetic, reshaping, weights
from solvers.network.tracing.calls import Call, tensors_in
from solvers.network.tracing.modes import mode
from solvers.network.tracing.modules import converter, recurrent, states, unchanged
from solvers.network.tracing.recorder import Frame, Learned, Recorder, legal
from solvers.text import GradmarkError

MOST_CALLS = 20_000
"""Calls of functions after which a forward pass is taken to go on for ever; large Transformers need some thousands."""

CONVERTERS = arithmetic.CONVERTERS | weights.CONVERTERS | reshaping.CONVERTERS
_ALIASES = {
    "true_divide": "div",
    "truediv": "div",
    "divide": "div",
    "multiply": "mul",
    "subtract": "sub",
    "concat": "cat",
    "concatenate": "cat",
    "special_softmax": "softmax",
    "special_expit": "sigmoid",
    "_softmax": "softmax",
}
_ARITHMETIC = frozenset(("add", "sub", "mul", "truediv", "matmul", "div", "pow", "floordiv"))


class EndlessError(GradmarkError):
    """A forward pass calls so many functions that it is given up, however the module is run."""


class NeedsTokens(Exception):  # noqa: N818 - it says what to try next, and reaches nobody
    """An input that was tried with real numbers is looked up in a table of vectors."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def called(function: Any) -> str:
    """What a function of PyTorch's is called, the same for `add`, `add_`, `__add__`, `__radd__` and `__iadd__`."""
    name = str(getattr(function, "__name__", function))
    if name == "__get__":
        return str(getattr(getattr(function, "__self__", None), "__name__", name))
    if name.startswith("__"):
        name = name.strip("_")
        if name[:1] in "ri" and name[1:] in _ARITHMETIC:
            name = name[1:]
    else:
        name = name.rstrip("_") if not name.startswith("_") else name
    return _ALIASES.get(name, name)


class Watcher:
    """Listens while a module runs. `device` is where tensors are made; `failed` is the innermost module whose call ended in an error."""

    def __init__(self, recorder: Recorder, module: Any, device: str, label: str) -> None:
        self.recorder = recorder
        self.names = {id(part): legal(name) for name, part in module.named_modules()}
        self.root = id(module)
        self.device = device
        self.label = label
        self.quiet = False
        self.calls = 0
        self.failed = ""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While it lasts, calls are seen."""
        import torch

        watcher = self
        usual = torch.nn.Module.__call__

        def call(module: Any, *args: Any, **kwargs: Any) -> Any:
            if watcher.quiet:
                return usual(module, *args, **kwargs)
            return watcher.module(usual, module, args, kwargs)

        torch.nn.Module.__call__ = call
        try:
            with mode(self):
                yield
        finally:
            torch.nn.Module.__call__ = usual

    # ---------------------------------------------------------------------------------------------------- modules

    def module(self, usual: Any, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A module's call: one layer, or opened up."""
        import torch

        name = self.names.get(id(module)) or self.recorder.frame.inner(type(module).__name__.lower())
        single = converter(module)
        scripted = isinstance(module, torch.jit.ScriptModule)
        for x in tensors_in((args, kwargs), torch.Tensor):
            # What waits for a reader belongs to where it was made, not into the module that reads it.
            self.recorder.source(x)
        before = self.recorder.enter(name if id(module) != self.root else "")
        frame = self.recorder.frame
        self.quiet = single is not None or scripted
        try:
            result = states(module, args, kwargs) if single is recurrent else None
            result = usual(module, *args, **kwargs) if result is None else result
        except Exception:
            self.failed = self.failed or f"{name} ({type(module).__name__})"
            raise
        finally:
            self.quiet = False
            self.recorder.leave(before)
        read = [x for x in tensors_in((args, kwargs), torch.Tensor) if self.recorder.is_read(x)]
        if single is not None and self._single(single, module, name, args, kwargs, result):
            return result
        if not read:
            self._resting(module, tensors_in((args, kwargs), torch.Tensor), result, single is not None or scripted)
            return result
        return self._opened(module, name, frame, read, result, single is not None or scripted)

    def _single(
        self, single: Any, module: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> bool:
        import torch

        recorder = self.recorder
        given = list(tensors_in((args, kwargs), torch.Tensor))
        if not any(recorder.is_read(x) for x in given):
            return False
        read = []
        for x in given:
            if isinstance(recorder.origin(x), Learned):
                call = Call(recorder, single, "learned", (x,), {}, x, (), ())
                recorder.remember(x, weights.materialised(call, x))
            if recorder.is_read(x):
                read.append(x)
        return _converted(single, recorder, module, name, read, result)

    def _resting(self, module: Any, given: Any, result: Any, closed: bool) -> None:
        """A module whose inputs are constants gives what rests on parameters alone."""
        import torch

        origins = [origin for x in given if isinstance(origin := self.recorder.origin(x), Learned)]
        parameters = (*(p for origin in origins for p in origin.parameters), *module.parameters())
        if not closed or not parameters:
            return
        for tensor in tensors_in(result, torch.Tensor):
            self.recorder.remember(tensor, Learned(parameters, self.names.get(id(module), "learned")))

    def _opened(self, module: Any, name: str, frame: Frame, read: list[Any], result: Any, closed: bool) -> Any:
        import torch

        recorder = self.recorder
        outputs = list(tensors_in(result, torch.Tensor))
        childless = next(module.children(), None) is None
        added = recorder.layers[frame.layers :]
        if (
            childless
            and not added
            and isinstance(result, torch.Tensor)
            and type(module).__module__.startswith("torch.nn.")
        ):
            if any(result is x for x in read):
                result = result.view(result.shape)
            if unchanged(recorder, module, name, read, result):
                return result
        parameters = list(module.parameters())
        unseen = [x for x in outputs if recorder.is_unseen(x) and x.is_floating_point()]
        inexpressible = any(
            layer.kind.word == "custom" or getattr(layer.kind, "sees", "") == "unknown" for layer in added
        )
        weightless = all(next(child.parameters(), None) is None for child in module.children())
        if outputs and (closed or (parameters and weightless and (inexpressible or unseen))):
            recorder.take_back(frame)
            self._custom(module, name, read, outputs, parameters)
        elif unseen and any(not isinstance(recorder.origin(x), str) for x in outputs):
            for x in unseen:
                what = Operation(type(module).__name__, tuple(recorder.shape_of(x)))
                recorder.put(
                    x, what, [s for y in read if (s := recorder.source(y))], base=f"{name.rpartition('.')[2]}.output"
                )
        elif childless and len(added) == 1 and id(module) != self.root:
            recorder.rename(frame, name)
        return result

    def _custom(self, module: Any, name: str, read: list[Any], outputs: list[Any], parameters: list[Any]) -> None:
        recorder = self.recorder
        sources = list(dict.fromkeys(s for x in read if (s := recorder.source(x))))
        label = getattr(module, "original_name", type(module).__name__)
        for index, x in enumerate(outputs):
            shape = tuple(recorder.shape_of(x))
            what = kind("custom", module=label, out=shape, weights=sum(int(p.numel()) for p in parameters))
            if index == 0:
                own = name or label.lower()
                recorder.put(x, what, sources, parameters, name=own, module=label)
            else:
                recorder.later(x, Operation(label, shape), sources, f"{label.lower()}_output_{index + 1}")

    # -------------------------------------------------------------------------------------------------- functions

    def function(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """A function's call that gave tensors."""
        import torch

        recorder = self.recorder
        self.calls += 1
        if self.calls > MOST_CALLS:
            raise EndlessError(
                f"{self.label}: the forward pass calls more than {MOST_CALLS:,} functions; it probably loops over the examples of a batch.",
                f"{self.label}：前向计算调用了超过 {MOST_CALLS:,} 次函数，很可能在对批次中的样本逐个循环。",
            )
        name = called(function)
        if name == "setitem":
            result = args[0]
        outputs = [x for x in tensors_in(result, torch.Tensor) if x.dtype != torch.bool]
        if not outputs or name in arithmetic.CONSTANT:
            return
        given = list(tensors_in((args, kwargs), torch.Tensor))
        origins = [(x, recorder.origin(x)) for x in given]
        read = tuple(x for x, origin in origins if origin is not None and not isinstance(origin, Learned))
        learned = tuple(origin for _, origin in origins if isinstance(origin, Learned))
        if not read:
            self._alone(learned, outputs)
            return
        call = Call(recorder, function, name, args, kwargs, result, read, learned)
        if name in CONVERTERS and _converted(CONVERTERS[name], call):
            return
        arithmetic.unknown(call, outputs)

    def _alone(self, learned: tuple[Learned, ...], outputs: list[Any]) -> None:
        """What rests on parameters alone goes on doing so; the rest is constant."""
        recorder = self.recorder
        if not learned:
            for x in outputs:
                if recorder.origin(x) is None:
                    recorder.constant(x)
            return
        parameters = {id(p): p for origin in learned for p in origin.parameters}
        for x in outputs:
            if id(x) not in recorder.parameter_names:
                recorder.remember(x, Learned(tuple(parameters.values()), learned[0].name))

    def tokens(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Raises NeedsTokens where real numbers are about to be looked up."""
        ids = args[0] if args else kwargs.get("input")
        origin = self.recorder.origin(ids)
        if getattr(ids, "is_floating_point", bool)() and isinstance(origin, str) and origin in self.recorder.inputs:
            raise NeedsTokens(origin)


def _converted(converter: Callable[..., bool], *given: Any) -> bool:
    """Whether a converter knew what to do; one that meets arguments that it does not expect did not."""
    try:
        return converter(*given)
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError):
        return False
