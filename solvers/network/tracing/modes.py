"""The mode of PyTorch's in which every function's call is seen, and what spares the meta device work that says nothing about shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

_ENTRY_BY_ENTRY = frozenset(("relu", "relu_", "sigmoid", "tanh", "silu", "gelu", "hardswish", "hardsigmoid"))
_SUMS = frozenset(("add", "__add__", "__iadd__", "add_", "mul", "__mul__"))


class Listener(Protocol):
    """Who is told of the calls."""

    quiet: bool
    device: str

    def function(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """A function's call that gave tensors."""

    def tokens(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A table of vectors is about to be looked up in."""


def mode(listener: Listener) -> Any:
    """A context in which every function's call reaches the listener, and tensors are made on its device."""
    import torch
    from torch.overrides import TorchFunctionMode
    from torch.utils._device import _device_constructors

    makers = _device_constructors()
    computed = Computed() if listener.device == "meta" else None

    class Mode(TorchFunctionMode):  # type: ignore[misc]
        """Hands calls on."""

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            kwargs = kwargs or {}
            if func in makers and kwargs.get("device") is None:
                kwargs["device"] = listener.device
            if listener.quiet:
                return func(*args, **kwargs)
            if func is torch.nn.functional.embedding:
                listener.tokens(args, kwargs)
            result = func(*args, **kwargs) if computed is None else computed(func, args, kwargs)
            if isinstance(result, torch.Tensor | tuple | list) or func is torch.Tensor.__setitem__:
                listener.function(func, args, kwargs, result)
            return result

    return Mode()


class Computed:
    """Runs functions on the meta device; those whose result has the shape of what they read are not asked for it, which is much faster."""

    def __init__(self) -> None:
        import torch

        self._tensor = torch.Tensor
        self._batch_norm = torch.nn.functional.batch_norm

    def __call__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """What the function gives. Raises what it raises."""
        known = self._known(function, args, kwargs)
        if known is not None:
            return known
        try:
            return function(*args, **kwargs)
        except RuntimeError:
            args, kwargs, moved = _together(args, kwargs)
            if not moved:
                raise
            return function(*args, **kwargs)

    def _known(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """The result, if it is known without running the function."""
        x = args[0] if args else None
        if not isinstance(x, self._tensor) or x.device.type != "meta" or not x.is_floating_point():
            return None
        if function is self._batch_norm:
            channels = [v.shape[0] for v in (*args[1:], *kwargs.values()) if isinstance(v, self._tensor)]
            fits = x.ndim > 1 and all(count == x.shape[1] for count in channels)
            return x.new_empty(x.shape) if fits and not kwargs.get("training") else None
        name = getattr(function, "__name__", "")
        if name in _ENTRY_BY_ENTRY and "out" not in kwargs:
            in_place = name.endswith("_") or kwargs.get("inplace", False) or any(arg is True for arg in args[1:])
            return x if in_place else x.new_empty(x.shape)
        if name in _SUMS and len(args) == 2 and not kwargs:
            y = args[1]
            if isinstance(y, self._tensor) and y.device == x.device and y.shape == x.shape and y.dtype == x.dtype:
                return x if name in ("__iadd__", "add_") else x.new_empty(x.shape)
        return None


def _together(args: Any, kwargs: Any) -> tuple[Any, Any, bool]:
    """The arguments with all tensors on the meta device, and whether any had to be moved."""
    import torch

    moved = False

    def there(value: Any) -> Any:
        nonlocal moved
        if isinstance(value, torch.Tensor) and value.device.type != "meta":
            moved = True
            return value.to("meta")
        return value

    def walked(value: Any) -> Any:
        if isinstance(value, list | tuple) and type(value) in (list, tuple):
            return type(value)(walked(item) for item in value)
        return there(value)

    return walked(args), {name: walked(value) for name, value in kwargs.items()}, moved
