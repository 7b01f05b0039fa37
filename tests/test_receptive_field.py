from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.certificate import certify
from solvers.receptive_field.measured import Layer, field_of, gradient, measure
from solvers.registry import derivation
from solvers.trace import StepError, Trace


def solve(name: str, /, *, replacing: str | None = None, **givens: Any) -> Trace:
    found = derivation(f"receptive.{name}")
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


ALEXNET = {"k": [11, 3, 5, 3, 3, 3, 3, 3], "s": [4, 2, 1, 2, 1, 1, 1, 2], "p": [0, 0, 2, 0, 1, 1, 1, 0]}
VGG_16 = {
    "k": [3, 3, 2] * 2 + [3, 3, 3, 2] * 3,
    "s": [1, 1, 2] * 2 + [1, 1, 1, 2] * 3,
    "p": [1, 1, 0] * 2 + [1, 1, 1, 0] * 3,
}
# A bottleneck block's path is 1x1, 3x3, 1x1; in the version measured there, each group's last block has the stride.
RESNET_50 = {
    "k": [7, 3] + [1, 3, 1] * 16,
    "s": [2, 2] + [1, 1, 1] * 2 + [1, 2, 1] + [1, 1, 1] * 3 + [1, 2, 1] + [1, 1, 1] * 5 + [1, 2, 1] + [1, 1, 1] * 3,
}
MOBILENET_V1 = {"k": [3] * 14, "s": [2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]}


class TestPublishedFields:
    """Araujo, Norris and Sim (Distill, 2019), and Dang Ha The Hien's guide to receptive field arithmetic (2017)."""

    @pytest.mark.parametrize(
        ("network", "field", "jump"),
        [(ALEXNET, 195, 32), (VGG_16, 212, 32), (RESNET_50, 483, 32), (MOBILENET_V1, 315, 32)],
        ids=["AlexNet", "VGG-16", "ResNet-50", "MobileNet"],
    )
    def test_whole_networks(self, network: dict[str, list[int]], field: int, jump: int) -> None:
        trace = solve("chain", **network)
        assert (trace["field"], trace["jump"]) == (field, jump)

    def test_alexnet_layer_by_layer(self) -> None:
        trace = solve("chain", **ALEXNET)
        rows = [(trace[f"jump_{i}"], trace[f"field_{i}"], trace[f"start_{i}"]) for i in range(1, 9)]
        assert rows == [
            (4, 11, Fraction(11, 2)),
            (8, 19, Fraction(19, 2)),
            (8, 51, Fraction(19, 2)),
            (16, 67, Fraction(35, 2)),
            (16, 99, Fraction(35, 2)),
            (16, 131, Fraction(35, 2)),
            (16, 163, Fraction(35, 2)),
            (32, 195, Fraction(67, 2)),
        ]

    def test_the_guides_small_example(self) -> None:
        """Two 3x3 layers with stride 2 and padding 1 on a 5x5 input: fields 3 and 7, both centred on the first pixel."""
        trace = solve("chain", k=[3, 3], s=[2, 2], p=[1, 1])
        assert [trace[f"field_{i}"] for i in (1, 2)] == [3, 7]
        assert [trace[f"start_{i}"] for i in (1, 2)] == [Fraction(1, 2), Fraction(1, 2)]

    def test_vgg_16_has_90_pixels_of_padding(self) -> None:
        assert solve("pixels", i=0, **VGG_16)["first"] == -90

    def test_three_small_kernels_see_as_much_as_one_of_7(self) -> None:
        """Simonyan and Zisserman (2014), section 2.3: 27 C² weights instead of 49 C²."""
        trace = solve("versus_stack", K=7, k=3, c=1)
        assert (trace["layers"], trace["stack_weights"], trace["large_weights"]) == (3, 27, 49)

    def test_wavenet(self) -> None:
        """Van den Oord et al. (2016): dilations 1, 2, ..., 512 with kernels of two see 1024 samples."""
        trace = solve("dilated_stack", k=2, L=10)
        assert (trace["largest_dilation"], trace["field"]) == (512, 1024)

    def test_dilated_context_module(self) -> None:
        """Yu and Koltun (2016), figure 1: 3x3 kernels with dilations 1, 2, 4 see 3, 7, 15."""
        trace = solve("chain", k=[3, 3, 3], d=[1, 2, 4])
        assert [trace[f"field_{i}"] for i in (1, 2, 3)] == [3, 7, 15]


class TestSpecialCases:
    def test_a_kernel_of_one_adds_nothing(self) -> None:
        assert solve("chain", k=[1, 1], s=[3, 2])["field"] == 1

    def test_padding_does_not_enter(self) -> None:
        assert (
            solve("chain", k=[3, 5], s=[2, 1], p=[1, 2])["field"] == solve("chain", k=[3, 5], s=[2, 1])["field"] == 11
        )

    def test_centres_counted_as_indices(self) -> None:
        assert solve("chain", k=[3], p=[1], origin=0)["start"] == 0

    def test_a_wanted_field_of_one_needs_no_layer(self) -> None:
        assert solve("layers_needed", k=3, R=1)["layers"] == 0
        assert solve("dilated_layers", k=3, R=1)["layers"] == 0

    def test_a_field_just_reached(self) -> None:
        assert solve("layers_needed", k=3, R=7)["layers"] == 3
        assert solve("layers_needed", k=3, R=8)["layers"] == 4
        assert solve("dilated_layers", k=3, R=15)["layers"] == 3
        assert solve("dilated_layers", k=3, R=16)["layers"] == 4

    def test_a_field_that_is_there_already(self) -> None:
        assert solve("last_kernel", k=[7], R=5)["kernel"] == 1

    def test_no_stack_of_these_kernels(self) -> None:
        with pytest.raises(StepError, match="just as much"):
            solve("versus_stack", K=8, k=3, c=4)["layers"]

    def test_taps_on_both_paddings(self) -> None:
        trace = solve("window", n=2, k=5, p=2, i=0)
        assert (trace["first"], trace["last"], trace["real_taps"]) == (-2, 2, 2)

    def test_a_unit_that_is_not_there(self) -> None:
        with pytest.raises(StepError, match="no such unit"):
            solve("window", n=5, k=3, i=3)["last"]

    def test_a_unit_that_sees_padding_only(self) -> None:
        with pytest.raises(StepError, match="nothing but padding"):
            solve("window", n=5, k=1, p=2, i=0)["real_taps"]

    def test_a_hole_in_the_kernel_may_lie_on_the_whole_input(self) -> None:
        with pytest.raises(StepError, match="nothing but padding"):
            solve("window", n=1, k=2, p=1, d=2, i=0)["real_taps"]

    def test_an_answer_beyond_all_measure_is_not_doubled(self) -> None:
        found = derivation("receptive.dilated_layers")
        givens = found.complete({"k": 3, "R": 50})
        with pytest.raises(StepError, match="beyond all measure"):
            found.at(givens).run(givens, overrides={"layers": 10**12})["field"]


class TestMisconceptions:
    @pytest.mark.parametrize(
        ("id", "field"),
        [
            ("receptive/strides-ignored", 9),
            ("receptive/strides-not-multiplied", 15),
            ("receptive/own-stride-counted", 37),
            ("receptive/kernels-summed", 11),
            ("receptive/kernels-multiplied", 45),
            ("receptive/jump-for-field", 8),
            ("receptive/padding-subtracted", 11),
        ],
    )
    def test_of_three_layers_with_stride_2(self, id: str, field: int) -> None:
        layers = {"k": [3, 5, 3], "s": [2, 2, 2], "p": [1, 1, 1]}
        assert solve("chain", **layers)["field"] == 19
        assert solve("chain", replacing=id, **layers)["field"] == field

    @pytest.mark.parametrize(
        ("id", "fields"),
        [
            ("receptive/padding-taken-off", [3, 5, 13, 27]),
            ("receptive/padding-taken-off-in-jumps", [3, 3, 11, 19]),
            ("receptive/padding-added", [11, 17, 25, 43]),
            ("receptive/padding-added-in-jumps", [11, 19, 27, 51]),
        ],
    )
    @pytest.mark.parametrize("name", ["chain", "pixels"])
    def test_padding_counted_into_the_field(self, name: str, id: str, fields: list[int]) -> None:
        layers = {"k": [7, 3, 3, 5], "s": [2, 2, 1, 2], "p": [2, 1, 0, 1]}
        trace = solve(name, replacing=id, **layers, **({"i": 3} if name == "pixels" else {}))
        assert [trace[f"field_{i}"] for i in range(1, 5)] == fields

    def test_strides_added(self) -> None:
        layers = {"k": [3, 3, 3], "s": [3, 3, 3]}
        assert solve("chain", **layers)["field"] == 27
        assert solve("chain", replacing="receptive/strides-added", **layers)["field"] == 21

    def test_the_notes_formula_on_equal_layers(self) -> None:
        """(1 + (L - 1)s)k - 2p(L - 1) for three 3x3 layers with stride 1 and padding 1."""
        layers = {"k": [3, 3, 3], "p": [1, 1, 1]}
        assert solve("chain", replacing="receptive/padding-subtracted", **layers)["field"] == 5
        assert solve("chain", **layers)["field"] == 7


class TestMeasure:
    def test_no_such_unit(self) -> None:
        assert gradient(4, [Layer(3)], 1) is not None
        assert gradient(4, [Layer(3)], 2) is None

    def test_holes_count_as_seen(self) -> None:
        assert field_of([Layer(1, s=2), Layer(3)]) == 5

    def test_a_field_too_long_to_measure(self) -> None:
        assert measure([Layer(2, s=8)] * 8) is None

    def test_a_chain_too_long_to_measure_is_certified_as_far_as_it_goes(self) -> None:
        trace = solve("chain", k=[2] * 8, s=[8] * 8)
        certificate = certify(trace)
        assert certificate.certified
        assert "field_3" in certificate.steps
        assert "field_8" not in certificate.steps


_SIZES = st.integers(1, 4)


class TestCertificates:
    """Input gradients agree on givens of every kind."""

    @given(data=st.data(), layers=_SIZES, i=st.integers(0, 6))
    def test_chains(self, data: st.DataObject, layers: int, i: int) -> None:
        def drawn(low: int, high: int) -> list[int]:
            return data.draw(st.lists(st.integers(low, high), min_size=layers, max_size=layers))

        settings = {"k": drawn(1, 5), "s": drawn(1, 3), "d": drawn(1, 3)}
        padding = drawn(0, 2)
        assert certified(solve("chain", p=padding, **settings))
        assert certified(solve("pixels", p=padding, i=i, **settings))
        assert certified(solve("last_kernel", R=data.draw(st.integers(1, 60)), **settings))

    @given(
        n=st.integers(1, 30),
        k=st.integers(1, 6),
        s=st.integers(1, 3),
        p=st.integers(0, 5),
        d=st.integers(1, 3),
        i=st.integers(0, 8),
    )
    def test_single_layers(self, **givens: int) -> None:
        assert certified(solve("window", **givens))

    @given(k=st.integers(2, 5), L=st.integers(1, 5), x=st.integers(1, 3))
    def test_stacks(self, k: int, L: int, x: int) -> None:
        assert certified(solve("equal_layers", k=k, L=L, d=x))
        assert certified(solve("strided_layers", k=k, L=L, s=x + 1))
        assert certified(solve("dilated_stack", k=k, L=L, B=x, k_0=x))

    @given(k=st.integers(2, 5), R=st.integers(1, 60), d=st.integers(1, 3))
    def test_layers_needed(self, k: int, R: int, d: int) -> None:
        assert certified(solve("layers_needed", k=k, R=R, d=d))
        assert certified(solve("dilated_layers", k=k, R=R))

    @given(k=st.integers(2, 5), layers=_SIZES, c=st.integers(1, 64))
    def test_one_kernel_against_a_stack(self, k: int, layers: int, c: int) -> None:
        assert certified(solve("versus_stack", K=layers * (k - 1) + 1, k=k, c=c))
