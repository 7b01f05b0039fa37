"""True convolution, with the kernel flipped, next to cross-correlation; full, same and valid as in NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.givens import Given, matrix, vector, word
from solvers.oracles import torch_tensor
from solvers.sliding import LONGEST_FORMULA, Index, added, slot, written_out
from solvers.text import UsageError
from solvers.values import Tensor, Value

MODES = ("full", "same", "valid")


def full_sizes(inputs: Index, kernel: Index) -> Index:
    """The sizes of all positions at which the two overlap at all."""
    return tuple(n + k - 1 for n, k in zip(inputs, kernel, strict=True))


def pairs(inputs: Index, kernel: Index) -> list[tuple[Index, Index, Index]]:
    """Every product of a convolution: the output, the input and the kernel entry; the first is the sum of the others."""
    return [
        (tuple(a + b for a, b in zip(i, k, strict=True)), i, k)
        for i in np.ndindex(*inputs)
        for k in np.ndindex(*kernel)
    ]


def full_convolution(x: Tensor, w: Tensor) -> Tensor:
    """Each input times each kernel entry, added up where their indices have the same sum."""
    return added(full_sizes(x.shape, w.shape), ((o, x[i] * w[k]) for o, i, k in pairs(x.shape, w.shape)))


def kept(inputs: Index, kernel: Index, mode: str) -> tuple[slice, ...]:
    """The part of the full result that a mode keeps. `same` keeps the middle, as long as the input (of two vectors, the longer).

    Raises UsageError where nothing is left.
    """
    slices = []
    for n, k in zip(inputs, kernel, strict=True):
        full = n + k - 1
        same = max(n, k) if len(inputs) == 1 else n
        size = {"full": full, "same": same, "valid": max(n, k) - min(n, k) + 1}[mode]
        start = (full - size) // 2
        slices.append(slice(start, start + size))
    if mode == "valid" and any(n < k for n, k in zip(inputs, kernel, strict=True)) and len(inputs) > 1:
        raise UsageError("The kernel does not fit on the input.", "卷积核比输入还大。")
    return tuple(slices)


def _formula(inputs: Index, kernel: Index, mode: str, turned: bool) -> str:
    """The kept entries as sums of products where that is short; `turned` for cross-correlation."""
    part = kept(inputs, kernel, mode)
    terms = []
    for o, i, k in pairs(inputs, kernel):
        index = tuple(a - one.start for a, one in zip(o, part, strict=True))
        entry = tuple(size - 1 - a for size, a in zip(kernel, k, strict=True)) if turned else k
        if all(0 <= a < one.stop - one.start for a, one in zip(index, part, strict=True)):
            terms.append((index, f"{slot('x', i)} {slot('w', entry)}"))
    if len(terms) > LONGEST_FORMULA:
        return r"$x \star $w" if turned else r"$x \ast $w"
    return written_out(tuple(one.stop - one.start for one in part), terms)


def _flipped_formula(kernel: Index) -> str:
    turned = (
        (k, slot("w", tuple(size - 1 - a for size, a in zip(kernel, k, strict=True)))) for k in np.ndindex(*kernel)
    )
    return written_out(kernel, turned)


def _convolution(inputs: Index, kernel: Index, mode: str) -> Derivation:
    flat = len(inputs) == 1
    given: Callable[..., Given] = vector if flat else matrix
    row = {"row": True} if flat else {}
    axes = [("n",), ("k",)] if flat else [("h", "w"), ("kh", "kw")]
    default = "full" if flat else "valid"
    d = Derivation(
        f"convolve.convolution_{len(inputs)}d",
        f"{'One' if flat else 'Two'}-dimensional convolution with the kernel flipped, and cross-correlation beside it",
        f"{'一' if flat else '二'}维卷积（翻转卷积核），并与互相关对照",
        x=given("x" if flat else "X", "input", "输入", axes=axes[0], **row),
        w=given("w" if flat else "K", "kernel", "卷积核", axes=axes[1], **row),
        mode=word("m", "positions that are kept", "保留的位置", words=MODES, default=default),
    )
    part = kept(inputs, kernel, mode)
    letter = "w" if flat else "K"

    @d.step(
        _flipped_formula(kernel),
        symbol=rf"\tilde{{{letter}}}",
        zh="翻转后的卷积核",
        name="flipped_kernel",
        final=True,
        row=flat,
    )
    def _(w: Tensor) -> Tensor:
        """Kernel flipped along every axis."""
        return np.flip(w)

    @d.step(
        _formula(inputs, kernel, mode, turned=True),
        symbol=r"x \star w" if flat else r"X \star K",
        zh="互相关（不翻转卷积核）",
        name="correlation",
        final=True,
        row=flat,
    )
    def _(x: Tensor, w: Tensor, mode: str) -> Tensor:
        """Cross-correlation: the kernel as it is written."""
        return full_convolution(x, np.flip(w))[kept(x.shape, w.shape, mode)]

    @d.step(
        _formula(inputs, kernel, mode, turned=False),
        symbol=r"x \ast w" if flat else r"X \ast K",
        zh="卷积（翻转卷积核）",
        name="convolution",
        row=flat,
    )
    def _(x: Tensor, w: Tensor, mode: str) -> Tensor:
        """Convolution: the kernel flipped."""
        return full_convolution(x, w)[kept(x.shape, w.shape, mode)]

    @d.convention("convention/kernel-not-flipped", replaces="convolution")
    def correlated(x: Tensor, w: Tensor) -> Tensor:
        return full_convolution(x, np.flip(w))[part]

    @d.misconception("convolve/kernel-flipped", replaces="correlation")
    def _(x: Tensor, w: Tensor) -> Tensor:
        return full_convolution(x, w)[part]

    @d.misconception("convolve/not-flipped", replaces="flipped_kernel")
    def _(w: Tensor) -> Tensor:
        return w

    if not flat:
        # Who takes the kernel for its flip has both wrong; with the flip right, a cross-correlation is another meaning of the word.
        d.misconception("convolve/not-flipped", replaces="convolution")(correlated)
        _add_plane_mistakes(d, part, square=kernel[0] == kernel[1])
    if mode == "full" and min(kernel) > 1 and all(n >= k for n, k in zip(inputs, kernel, strict=True)):

        @d.misconception("convolve/partial-overlaps-left-out", replaces="convolution")
        def _(x: Tensor, w: Tensor) -> Tensor:
            return full_convolution(x, w)[kept(inputs, kernel, "valid")]

    if inputs == kernel:
        d.misconception("convolve/entry-by-entry", replaces="convolution")(lambda x, w: x * w)
        d.misconception("convolve/entry-by-entry", replaces="correlation")(lambda x, w: x * w)
    d.oracle(_oracle)
    return d


def _add_plane_mistakes(d: Derivation, part: tuple[slice, ...], *, square: bool) -> None:
    """Flips that are no half turn."""
    # Which axis is turned, and which is then left as it was.
    for id, turned, left in (("convolve/flipped-one-way", 1, 0), ("convolve/flipped-top-bottom", 0, 1)):
        d.misconception(id, replaces="flipped_kernel")(lambda w, turned=turned: np.flip(w, turned))
        d.misconception(id, replaces="convolution")(lambda x, w, left=left: full_convolution(x, np.flip(w, left))[part])

    if square:

        @d.misconception("convolve/transposed-for-flipped", replaces="flipped_kernel")
        def _(w: Tensor) -> Tensor:
            return w.T

        @d.misconception("convolve/transposed-for-flipped", replaces="convolution")
        def _(x: Tensor, w: Tensor) -> Tensor:
            return full_convolution(x, np.flip(w.T))[part]


def _oracle(x: Tensor, w: Tensor, mode: str) -> Mapping[str, Any]:
    import torch

    signal, kernel = torch_tensor(x)[None, None], torch_tensor(w)[None, None]
    axes = tuple(range(2, signal.ndim))
    layer = (torch.nn.functional.conv1d, torch.nn.functional.conv2d)[x.ndim - 1]

    def slide(weights: Any) -> Any:
        everywhere = layer(signal, weights, padding=[size - 1 for size in w.shape])[0, 0]
        return everywhere[kept(x.shape, w.shape, mode)]

    turned = kernel.flip(axes)
    return {"flipped_kernel": turned[0, 0], "correlation": slide(kernel), "convolution": slide(turned)}


def _size(givens: Mapping[str, Value]) -> tuple[Any, ...]:
    inputs, kernel, mode = givens["x"].shape, givens["w"].shape, str(givens["mode"])
    kept(inputs, kernel, mode)
    return inputs, kernel, mode


convolution_1d = Family("convolve.convolution_1d", _convolution, _size, smallest=((3,), (2,), "full"))
convolution_2d = Family("convolve.convolution_2d", _convolution, _size, smallest=((3, 3), (2, 2), "valid"))
