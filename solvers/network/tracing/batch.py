"""Shapes of single examples out of shapes of batches: the batch is so odd a number that any axis it divides holds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from solvers.values import Shape

MANY = 10007
"""Examples in a batch on the meta device, where they cost nothing: a prime that no layer's size happens to be divisible by."""
FEW = (19, 23, 29, 31, 37, 41, 43)
"""Examples in a batch that is really computed: the first of these that divides no size of the inputs or weights."""


def few(sizes: Iterable[int]) -> int:
    """A small prime that divides none of the sizes, the last one if all do."""
    known = set(sizes)
    return next((prime for prime in FEW if all(size % prime for size in known)), FEW[-1])


def batch_axis(shape: Sequence[int], batch: int) -> int | None:
    """The axis along which the examples lie; None where there is none, or where they are part of a larger axis."""
    return next((axis for axis, size in enumerate(shape) if size == batch), None)


def has_batch(shape: Sequence[int], batch: int) -> bool:
    """Whether the examples lie along any axis, alone or with others."""
    return any(size and size % batch == 0 for size in shape)


def example_axes(shape: Sequence[int], batch: int) -> list[int]:
    """The axes that one example has, as the whole batch numbers them."""
    lost = batch_axis(shape, batch)
    return [axis for axis in range(len(shape)) if axis != lost]


def example_shape(shape: Sequence[int], batch: int) -> Shape:
    """What one example has of this shape; a single number is a vector of one."""
    sizes = [shape[axis] for axis in example_axes(shape, batch)]
    return Shape(size // batch if size and size % batch == 0 else size for size in sizes) or Shape((1,))


def example_axis(axis: int, shape: Sequence[int], batch: int) -> int | None:
    """The axis of the batch as one example numbers it; None for that of the examples themselves."""
    axes = example_axes(shape, batch)
    whole = axis % len(shape) if shape else 0
    return axes.index(whole) if whole in axes else None
