from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.certificate import certify
from solvers.registry import derivation
from solvers.text import UsageError
from solvers.trace import StepError, Trace
from solvers.values import Shape


def solve(name: str, /, *, replacing: str | None = None, **givens: Any) -> Trace:
    found = derivation(f"conv.{name}")
    complete = found.complete(givens)
    return found.at(complete).run(complete, replacing=[replacing] if replacing else [])


def certified(trace: Trace) -> bool:
    try:
        trace.values  # noqa: B018 - a run without a value has no certificate
    except StepError:
        return True
    certificate = certify(trace)
    assert certificate.certified, (trace.givens, trace.values, certificate)
    return True


class TestPublishedSizes:
    """Worked numbers from the literature, each with its source."""

    @pytest.mark.parametrize(
        ("givens", "size"),
        [
            ({"n": 227, "k": 11, "s": 4}, 55),  # AlexNet's first layer (Stanford CS231n notes)
            ({"n": 7, "k": 3}, 5),  # CS231n: 7x7 input, 3x3 filter
            ({"n": 7, "k": 3, "s": 2}, 3),
            ({"n": 5, "k": 3, "p": 1}, 5),
            ({"n": 6, "k": 3}, 4),  # 5D's own example
            ({"n": 4, "k": 3}, 2),  # Dumoulin and Visin, figures 2.1 to 2.7
            ({"n": 5, "k": 4, "p": 2}, 6),
            ({"n": 5, "k": 3, "p": 2}, 7),
            ({"n": 5, "k": 3, "s": 2}, 2),
            ({"n": 5, "k": 3, "s": 2, "p": 1}, 3),
            ({"n": 6, "k": 3, "s": 2, "p": 1}, 3),
            ({"n": 7, "k": 3, "d": 2}, 3),  # their dilated convolution, figure 5.1
            ({"n": 224, "k": 7, "s": 2, "p": 3}, 112),  # ResNet's stem (He et al. 2015, table 1)
            ({"n": 32, "k": 5}, 28),  # LeNet-5's C1 (LeCun et al. 1998)
        ],
    )
    def test_output_size(self, givens: dict[str, int], size: int) -> None:
        assert solve("output_size", **givens)["size"] == size

    @pytest.mark.parametrize(
        ("givens", "size"),
        [
            ({"n": 2, "k": 3}, 4),  # Dumoulin and Visin, figures 4.1 to 4.7
            ({"n": 6, "k": 4, "p": 2}, 5),
            ({"n": 5, "k": 3, "p": 1}, 5),
            ({"n": 7, "k": 3, "p": 2}, 5),
            ({"n": 2, "k": 3, "s": 2}, 5),
            ({"n": 3, "k": 3, "s": 2, "p": 1}, 5),
            ({"n": 3, "k": 3, "s": 2, "p": 1, "q": 1}, 6),
            ({"n": 4, "k": 4, "s": 2, "p": 1}, 8),  # DCGAN's generator doubles its maps
        ],
    )
    def test_transposed_size(self, givens: dict[str, int], size: int) -> None:
        assert solve("transposed_size", **givens)["size"] == size

    def test_whole_alexnet(self) -> None:
        """227 to 6, and 9216 features (Krizhevsky et al. 2012)."""
        trace = solve(
            "features",
            n=227,
            k=[11, 3, 5, 3, 3, 3, 3, 3],
            s=[4, 2, 1, 2, 1, 1, 1, 2],
            p=[0, 0, 2, 0, 1, 1, 1, 0],
            c=256,
        )
        assert [trace[f"size_{i}"] for i in range(1, 9)] == [55, 27, 27, 13, 13, 13, 13, 6]
        assert trace["features"] == 9216
        assert trace["shape"] == Shape((256, 6, 6))

    def test_whole_lenet(self) -> None:
        """32, 28, 14, 10, 5 (LeCun et al. 1998), as 400 features."""
        trace = solve("features", n=32, k=[5, 2, 5, 2], s=[1, 2, 1, 2], c=16)
        assert [trace[f"size_{i}"] for i in range(1, 5)] == [28, 14, 10, 5]
        assert trace["features"] == 400

    def test_googlenet_pools_in_ceil_mode(self) -> None:
        """112 to 56 to 28 (Szegedy et al. 2014, table 1): 3x3 pooling with stride 2 and no padding."""
        assert solve("pool_size", n=112, k=3, s=2, mode="ceil")["size"] == 56
        assert solve("pool_size", n=112, k=3, s=2)["size"] == 55
        trace = solve("chain", n=224, k=[7, 3, 3, 3], s=[2, 2, 1, 2], p=[3, 0, 1, 0], ceil=[0, 1, 0, 1])
        assert [trace[f"size_{i}"] for i in range(1, 5)] == [112, 56, 56, 28]
        assert trace["size"] == 28

    def test_same_padding_of_tensorflow(self) -> None:
        """The much-copied worked example: 13 samples, kernel 6, stride 5 give 3 outputs with 1 zero before, 2 after."""
        trace = solve("same_size", n=13, k=6, s=5)
        assert (trace["size"], trace["total_padding"], trace["padding_before"], trace["padding_after"]) == (3, 3, 1, 2)
        assert solve("valid_size", n=13, k=6, s=5)["size"] == 2


class TestSpecialCases:
    def test_a_kernel_larger_than_its_input(self) -> None:
        with pytest.raises(StepError, match="larger than the padded input"):
            solve("output_size", n=3, k=5)["size"]

    def test_a_kernel_that_just_fits(self) -> None:
        assert solve("output_size", n=5, k=5, s=3)["size"] == 1

    def test_same_padding_needs_none_if_the_stride_is_the_kernel(self) -> None:
        trace = solve("same_size", n=12, k=3, s=3)
        assert (trace["size"], trace["total_padding"]) == (4, 0)

    def test_a_stride_above_the_kernel_needs_no_negative_padding(self) -> None:
        assert solve("same_size", n=11, k=1, s=4)["total_padding"] == 0

    def test_a_window_that_would_start_behind_the_input_is_left_out(self) -> None:
        trace = solve("rounding_modes", n=4, k=2, s=2, p=1)
        assert (trace["floor_size"], trace["counted_up"], trace["ceil_size"]) == (3, 3, 3)
        trace = solve("rounding_modes", n=5, k=2, s=2, p=1)
        assert (trace["floor_size"], trace["counted_up"], trace["ceil_size"]) == (3, 4, 3)

    def test_pooling_is_padded_by_half_a_window_at_most(self) -> None:
        assert solve("pool_size", n=8, k=4, s=4, p=2)["size"] == 3
        with pytest.raises(StepError, match="at most half"):
            solve("pool_size", n=8, k=3, s=2, p=2)["size"]

    def test_an_even_kernel_has_no_equal_padding_that_keeps_the_size(self) -> None:
        assert solve("same_padding", k=4, d=2)["padding"] == 3
        with pytest.raises(StepError, match="odd span"):
            solve("same_padding", k=4)["padding"]

    def test_output_padding_stays_below_the_stride(self) -> None:
        with pytest.raises(StepError, match="output padding"):
            solve("transposed_size", n=4, k=3, s=2, q=2)["size"]

    def test_sizes_are_whole(self) -> None:
        with pytest.raises(StepError, match="whole"):
            solve("chain", n=20, k=[Fraction(5, 2)])["size"]

    def test_lists_of_unequal_length(self) -> None:
        with pytest.raises(UsageError, match="sizes do not fit"):
            solve("chain", n=20, k=[3, 3], s=[1])

    def test_four_axes(self) -> None:
        with pytest.raises(UsageError, match="one, two or three"):
            solve("output_shape", n=[5, 5, 5, 5], k=[1, 1, 1, 1])


class TestInverses:
    def test_the_stride_that_gives_55(self) -> None:
        trace = solve("needed_stride", n=227, k=11, o=55)
        assert (trace["smallest"], trace["largest"]) == (4, 4)

    def test_no_stride_gives_it(self) -> None:
        with pytest.raises(StepError, match="no stride"):
            solve("needed_stride", n=10, k=3, o=6)["largest"]

    def test_one_output_has_no_largest_stride(self) -> None:
        trace = solve("needed_stride", n=10, k=3, o=1)
        assert trace["smallest"] == 8
        with pytest.raises(StepError, match="one window"):
            trace["largest"]

    def test_the_padding_that_keeps_224(self) -> None:
        assert solve("needed_padding", n=224, k=3, o=224)["padding"] == 1

    def test_no_equal_padding_gives_it(self) -> None:
        with pytest.raises(StepError, match="no equal padding"):
            solve("needed_padding", n=10, k=4, o=10)["padding"]

    def test_padding_may_be_none(self) -> None:
        assert solve("needed_padding", n=10, k=3, o=8)["padding"] == 0

    def test_the_smallest_input_may_be_padding_alone(self) -> None:
        trace = solve("needed_input", o=1, k=3, s=2, p=1)
        assert (trace["smallest"], trace["largest"]) == (1, 2)

    @given(n=st.integers(1, 80), k=st.integers(1, 9), s=st.integers(1, 5), p=st.integers(0, 4), d=st.integers(1, 3))
    def test_they_undo_the_output_size(self, n: int, k: int, s: int, p: int, d: int) -> None:
        forward = solve("output_size", n=n, k=k, s=s, p=p, d=d)
        try:
            o = forward["size"]
        except StepError:
            return
        inputs = solve("needed_input", o=o, k=k, s=s, p=p, d=d)
        assert inputs["smallest"] <= n <= inputs["largest"]
        kernels = solve("needed_kernel", n=n, s=s, p=p, d=d, o=o)
        assert kernels["smallest"] <= k <= kernels["largest"]
        assert solve("needed_padding", n=n, k=k, s=s, d=d, o=o)["padding"] <= p
        if o > 1:
            strides = solve("needed_stride", n=n, k=k, p=p, d=d, o=o)
            assert strides["smallest"] <= s <= strides["largest"]

    def test_a_chain_backwards(self) -> None:
        """The shortest input gives the wanted output, one sample less does not."""
        layers = {"k": [5, 2, 3], "s": [2, 2, 1], "p": [1, 0, 1]}
        shortest = solve("chain_input", o=7, **layers)["input_1"]
        assert solve("chain", n=shortest, **layers)["size"] == 7
        assert solve("chain", n=shortest - 1, **layers)["size"] == 6


class TestShapes:
    def test_channels_come_from_the_filters(self) -> None:
        trace = solve("output_shape", c=3, n=[224, 200], f=64, k=[7, 5], s=[2, 1], p=[3, 2])
        assert trace["shape"] == Shape((64, 112, 200))
        assert trace["weight_shape"] == Shape((64, 3, 7, 5))

    def test_a_transposed_weight_begins_with_the_input_channels(self) -> None:
        trace = solve("transposed_shape", c=100, n=[1, 1], f=512, k=[4, 4])
        assert trace["shape"] == Shape((512, 4, 4))
        assert trace["weight_shape"] == Shape((100, 512, 4, 4))

    def test_pooling_keeps_the_channels(self) -> None:
        assert solve("pool_shape", c=6, n=[28, 28, 28], k=[2, 2, 2], s=[2, 2, 2])["shape"] == Shape((6, 14, 14, 14))

    def test_one_axis_agrees_with_the_scalar_derivation(self) -> None:
        assert solve("output_shape", n=[227], k=[11], s=[4])["length"] == solve("output_size", n=227, k=11, s=4)["size"]


class TestMisconceptions:
    """The errors that circulate in notes, on the notes' own numbers."""

    @pytest.mark.parametrize(
        ("id", "size"),
        [
            ("conv/input-over-stride", 112),
            ("conv/not-rounded", Fraction(223, 2) + 1),
            ("convention/rounded-up", 113),
            ("conv/forgot-padding", 109),
            ("conv/padding-once", 111),
            ("conv/no-plus-one", 111),
        ],
    )
    def test_of_a_strided_layer(self, id: str, size: Any) -> None:
        assert solve("output_size", n=224, k=7, s=2, p=3, replacing=id)["size"] == size

    @pytest.mark.parametrize(
        ("id", "sizes"),
        [
            ("conv/padding-once", [1119, 558, 558]),
            ("conv/padding-taken-off", [1114, 555, 549]),
            ("conv/one-taken-off", [1118, 555, 555]),
            ("conv/stride-ignored", [2240, 2236, 2238]),
            ("conv/kernel-left-out", [1123, 561, 565]),
            ("conv/stride-rounded-up", [1120, 560, 560]),
            ("conv/size-unchanged", [1120, 558, 558]),
        ],
    )
    def test_of_every_layer_of_a_chain(self, id: str, sizes: list[int]) -> None:
        trace = solve("chain", n=2240, k=[7, 5, 3], s=[2, 2, 1], p=[3, 0, 2], replacing=id)
        assert [trace[f"size_{i}"] for i in (1, 2, 3)] == sizes

    @pytest.mark.parametrize(
        ("id", "floor", "ceil"), [("conv/padding-once", 111, 112), ("conv/window-as-stride", 75, 75)]
    )
    def test_of_both_rounding_modes(self, id: str, floor: int, ceil: int) -> None:
        trace = solve("rounding_modes", n=223, k=3, s=2, p=1, replacing=id)
        assert (trace["floor_size"], trace["ceil_size"]) == (floor, ceil)

    def test_padding_once_in_front_of_pooling_and_backwards(self) -> None:
        assert solve("pool_size", n=224, k=3, s=2, p=1, mode="ceil", replacing="conv/padding-once")["size"] == 112
        assert solve("chain_input", o=7, k=[3, 5], s=[2, 1], p=[1, 2], replacing="conv/padding-once")["input_1"] == 18
        assert solve("chain_input", o=7, k=[3, 5], s=[2, 1], p=[1, 2], replacing="conv/stride-left-out")["input_1"] == 7

    def test_same_padding_with_one_zero_too_many(self) -> None:
        assert solve("same_size", n=28, k=3, replacing="conv/half-kernel-plus-one")["padding_before"] == 2
        assert solve("same_size", n=28, k=3)["padding_before"] == 1

    def test_pooling_that_keeps_the_size(self) -> None:
        trace = solve("chain", n=32, k=[5, 2, 5, 2], s=[1, 2, 1, 2], replacing="conv/pooling-keeps-size")
        assert [trace[f"size_{i}"] for i in range(1, 5)] == [28, 28, 24, 24]


_LAYER = {
    "n": st.integers(1, 60),
    "k": st.integers(1, 7),
    "s": st.integers(1, 4),
    "p": st.integers(0, 3),
    "d": st.integers(1, 3),
}
_SCALAR = {
    "output_size": "nkspd",
    "same_size": "nksd",
    "valid_size": "nksd",
    "unread_samples": "nksd",
    "pool_size": "nkspd",
    "rounding_modes": "nksp",
    "transposed_size": "nkspd",
    "needed_output_padding": "nkspd",
    "same_padding": "kd",
}


class TestCertificates:
    """PyTorch agrees on givens of every kind."""

    @given(name=st.sampled_from(sorted(_SCALAR)), data=st.data())
    def test_one_axis(self, name: str, data: st.DataObject) -> None:
        assert certified(solve(name, **{given: data.draw(_LAYER[given], given) for given in _SCALAR[name]}))

    @given(before=st.integers(0, 5), after=st.integers(0, 5), **{g: _LAYER[g] for g in "nksd"})
    def test_unequal_padding(self, **givens: int) -> None:
        assert certified(solve("padded_size", **givens))

    @given(**_LAYER)
    def test_ceil_mode(self, **givens: int) -> None:
        assert certified(solve("pool_size", mode="ceil", **givens))

    @given(q=st.integers(0, 2), **_LAYER)
    def test_output_padding(self, **givens: int) -> None:
        assert certified(solve("transposed_size", **givens))

    @given(missing=st.sampled_from("nksp"), o=st.integers(2, 20), data=st.data())
    def test_inverses(self, missing: str, o: int, data: st.DataObject) -> None:
        name = {"n": "needed_input", "k": "needed_kernel", "s": "needed_stride", "p": "needed_padding"}[missing]
        givens = {given: data.draw(_LAYER[given], given) for given in "nkspd" if given != missing}
        assert certified(solve(name, o=o, **givens))

    @pytest.mark.parametrize("name", ["output_shape", "pool_shape", "transposed_shape"])
    @pytest.mark.parametrize("axes", [1, 2, 3])
    def test_shapes(self, name: str, axes: int) -> None:
        settings: dict[str, Any] = {
            "c": 3, "n": [17, 20, 9][:axes], "k": [3, 4, 2][:axes], "s": [2, 3, 1][:axes], "p": [1, 2, 0][:axes]
        }  # fmt: skip
        settings |= {"d": [2, 1, 1][:axes]} | ({} if name == "pool_shape" else {"f": 5})
        settings |= {"q": [1, 1, 0][:axes]} if name == "transposed_shape" else {}
        trace = solve(name, **settings)
        assert certified(trace)
        assert len(trace["shape"]) == axes + 1

    @given(data=st.data(), layers=st.integers(1, 4))
    def test_chains(self, data: st.DataObject, layers: int) -> None:
        def drawn(low: int, high: int) -> list[int]:
            return data.draw(st.lists(st.integers(low, high), min_size=layers, max_size=layers))

        k, s, d, ceil = drawn(1, 5), drawn(1, 3), drawn(1, 2), drawn(0, 1)
        p = [min(padding, kernel // 2) for padding, kernel in zip(drawn(0, 2), k, strict=True)]
        n = data.draw(st.integers(5, 90))
        assert certified(solve("chain", n=n, k=k, s=s, p=p, d=d, ceil=ceil))
        assert certified(solve("features", n=n, k=k, s=s, p=p, d=d, ceil=ceil, c=3))
        assert certified(solve("chain_input", o=4, k=k, s=s, p=p, d=d))
