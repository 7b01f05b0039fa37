"""LSTM gate steps: published worked examples, the corner cases, and PyTorch's word on all of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.certificate import certify
from solvers.registry import derivation
from solvers.text import UsageError
from solvers.trace import StepError, Trace
from solvers.values import array, as_float

F = Fraction


def run(name: str, **givens: Any) -> Trace:
    """The derivation run on exact values: decimals are typed as text."""
    found = derivation(name)
    complete = found.complete({key: exact(value) for key, value in givens.items()})
    return found.at(complete).run(complete)


def exact(value: Any) -> Any:
    if isinstance(value, list):
        return [exact(item) for item in value]
    return F(value) if isinstance(value, str) and value not in ("hx", "xh") else value


def certified(trace: Trace) -> bool:
    certificate = certify(trace)
    # Every step is compared, so that none can be wrong unnoticed.
    return certificate.certified and set(certificate.steps) >= set(trace.derivation.steps) - JOINED


JOINED = {f"joined_{number}" for number in range(1, 10)}

# Aidan Gomez, "Backpropogating an LSTM: A Numerical Example" (2016): two inputs, one unit, two time steps.
GOMEZ: dict[str, Any] = {
    "x": [["1", "2"], ["0.5", "3"]],
    "W_f": [["0.7", "0.45"]],
    "U_f": [["0.1"]],
    "b_f": ["0.15"],
    "W_i": [["0.95", "0.8"]],
    "U_i": [["0.8"]],
    "b_i": ["0.65"],
    "W_c": [["0.45", "0.25"]],
    "U_c": [["0.15"]],
    "b_c": ["0.2"],
    "W_o": [["0.6", "0.4"]],
    "U_o": [["0.25"]],
    "b_o": ["0.1"],
}

# StatQuest, "Long Short-Term Memory (LSTM), Clearly Explained" (2022): one input, one unit.
STATQUEST: dict[str, Any] = {
    "w_f": "1.63",
    "u_f": "2.70",
    "b_f": "1.62",
    "w_i": "1.65",
    "u_i": "2.00",
    "b_i": "0.62",
    "w_c": "0.94",
    "u_c": "1.41",
    "b_c": "-0.32",
    "w_o": "-0.19",
    "u_o": "4.38",
    "b_o": "0.59",
}


def test_gomez_forward_pass() -> None:
    trace = run("lstm.sequence", **GOMEZ)
    published = {
        "candidate_1": 0.81775,
        "input_gate_1": 0.96083,
        "forget_gate_1": 0.85195,
        "output_gate_1": 0.81757,
        "cell_1": 0.78572,
        "hidden_1": 0.53631,
        "candidate_2": 0.84980,
        "input_gate_2": 0.98118,
        "forget_gate_2": 0.87030,
        "output_gate_2": 0.84993,
        "cell_2": 1.5176,
        "hidden_2": 0.77198,
    }
    for step, value in published.items():
        assert as_float(trace[step][0]) == pytest.approx(value, abs=6e-5), step
    assert certified(trace)


def test_gomez_backward_pass_of_the_second_step() -> None:
    forward = run("lstm.sequence", **GOMEZ)
    gates = {letter: [forward[f"{step}_2"][0]] for letter, step in zip("figo", GATES, strict=True)}
    trace = run("lstm.backward_step", **gates, c=[forward["cell_1"][0]], dh=[forward["hidden_2"][0] - 1.25])
    published = {
        "state_gradient": -0.07111,
        "candidate_delta": -0.01938,
        "input_delta": -0.00112,
        "forget_delta": -0.00631,
        "output_delta": -0.05538,
    }
    for step, value in published.items():
        assert as_float(trace[step][0]) == pytest.approx(value, abs=6e-6), step
    assert certified(trace)


GATES = ("forget_gate", "input_gate", "candidate", "output_gate")


def test_statquest_first_example() -> None:
    trace = run("lstm.scalar_step", x=1, h=1, c=2, **STATQUEST)
    assert trace["forget_score"] == F("5.95")
    assert trace["forget_gate"] == pytest.approx(0.997, abs=5e-4)
    assert trace["candidate_score"] == F("2.03")
    assert trace["candidate"] == pytest.approx(0.97, abs=5e-3)
    assert trace["input_score"] == F("4.27")
    # The video goes on with rounded gates, 2 x 0.997 + 1.0 x 0.97 = 2.96, and ends at 0.98.
    assert trace["cell"] == pytest.approx(2.96, abs=0.02)
    assert trace["output_gate"] == pytest.approx(0.99, abs=5e-3)
    assert trace["hidden"] == pytest.approx(0.98, abs=0.01)


@pytest.mark.parametrize(("prices", "prediction"), [(["0", "0.5", "0.25", "1"], 0), (["1", "0.5", "0.25", "1"], 1)])
def test_statquest_remembers_the_first_day(prices: list[str], prediction: int) -> None:
    trace = run("lstm.sequence_scalar", x=prices, **STATQUEST)
    assert trace["hidden_4"] == pytest.approx(prediction, abs=0.05)
    assert certified(trace)


def test_all_scores_zero_gives_half_open_gates_exactly() -> None:
    names = {f"{letter}_{gate}": 0 for letter in "wu" for gate in "fico"}
    trace = run("lstm.scalar_step", x=3, c=2, **names)
    assert [trace[step] for step in GATES] == [F(1, 2), F(1, 2), 0, F(1, 2)]
    assert trace["cell"] == 1


def test_saturated_gates_keep_the_cell_as_it_is() -> None:
    trace = run("lstm.sequence_from_gates", f=[1, 1, 1], i=[0, 0, 0], g=["0.3", "-0.9", 1], o=[0, 0, 1], c=F(-7, 4))
    assert [trace[f"cell_{t}"] for t in (1, 2, 3)] == [F(-7, 4)] * 3
    assert trace["hidden_1"] == 0
    assert certified(trace)


def test_weights_so_large_that_gates_saturate_stay_finite() -> None:
    names: dict[str, Any] = {f"{letter}_{gate}": 400 for letter in "wu" for gate in "fico"}
    trace = run("lstm.scalar_step", x=2, h="0.5", c=1, **{**names, "w_o": -600, "u_o": 0})
    assert trace["cell"] == 2
    assert 0 <= trace["output_gate"] < 1e-300
    assert certified(trace)


def test_concatenation_in_both_orders_is_the_split_form() -> None:
    units = {"x": [1, 2], "h": ["0.5"], "c": [1]}
    split = run(
        "lstm.step",
        **units,
        **{f"W_{gate}": [[1, -1]] for gate in "fico"},
        **{f"U_{gate}": [["0.5"]] for gate in "fico"},
    )
    first = run("lstm.step_concatenated", **units, **{f"W_{gate}": [["0.5", 1, -1]] for gate in "fico"})
    last = run("lstm.step_concatenated", **units, order="xh", **{f"W_{gate}": [[1, -1, "0.5"]] for gate in "fico"})
    assert list(first["hidden"]) == list(last["hidden"]) == list(split["hidden"])
    assert list(first["joined"]) == [F(1, 2), 1, 2]
    assert list(last["joined"]) == [1, 2, F(1, 2)]


def test_weights_that_do_not_fit_the_concatenation_are_told() -> None:
    with pytest.raises(StepError, match="4 columns, but the concatenated vector has 3"):
        run("lstm.step_concatenated", x=[1, 2], h=[1], **{f"W_{g}": [[1, 2, 3, 4]] for g in "fico"})["hidden"]


def test_parameters_without_four_blocks_are_told() -> None:
    with pytest.raises(StepError, match="four rows for every hidden unit"):
        run("lstm.step_pytorch", x=[1], W_ih=[[1]] * 3, W_hh=[[1]] * 3)["hidden"]


def test_a_batch_of_rows_is_each_example_alone() -> None:
    weights = {f"W_{g}": [[1, 0], [2, -1], [0, 1]] for g in "fico"} | {f"U_{g}": [[0, 1], [1, 0]] for g in "fico"}
    both = run("lstm.step_batch", x=[[1, 0, 2], [0, 1, 1]], **weights)
    alone = run("lstm.step_batch", x=[[0, 1, 1]], **weights)
    assert list(both["hidden"][1]) == list(alone["hidden"][0])


def test_a_closed_forget_gate_has_no_way_back() -> None:
    with pytest.raises(StepError, match="nothing of the old cell"):
        run("lstm.previous_cell", h="0.1", f=0, i=1, g="0.5", o=1)["old_cell"]
    with pytest.raises(StepError, match="smaller than the output gate"):
        run("lstm.previous_cell", h="0.5", f=1, i=1, g="0.5", o="0.5")["cell"]


def test_a_gate_outside_its_range_is_refused() -> None:
    with pytest.raises(UsageError, match="at most 1"):
        run("lstm.scalar_state_from_gates", f="1.5", i=0, g=0, o=0, c=1)


def test_a_forget_gate_of_one_counts_every_write() -> None:
    trace = run("lstm.constant_gates", f=1, i="0.5", g="0.5", c=2, T=8)
    assert trace["cell"] == 4
    assert "limit" not in trace.derivation.steps
    assert certified(trace)


def test_no_steps_change_nothing() -> None:
    assert run("lstm.constant_gates", f="0.5", i=1, g=1, c=3, T=0)["cell"] == 3


def test_forget_bias_one_keeps_three_quarters() -> None:
    # Jozefowicz, Zaremba and Sutskever (2015) recommend a bias of 1: sigma(1) = 0.731.
    trace = run("lstm.retention", a=1, T=2)
    assert trace["forget_gate"] == pytest.approx(0.731, abs=5e-4)
    assert trace["enough"] is True
    assert run("lstm.forget_bias", p="0.5")["bias"] == 0


def test_previous_cell_undoes_a_step() -> None:
    gates = {"f": "0.8", "i": "0.3", "g": "-0.5", "o": "0.6"}
    forward = run("lstm.scalar_state_from_gates", **gates, c="1.5")
    assert run("lstm.previous_cell", **gates, h=forward["hidden"])["old_cell"] == pytest.approx(1.5)


def test_gradient_along_the_cell_is_the_product_of_the_forget_gates() -> None:
    assert run("lstm.cell_gradient", f=["0.9", "0.5", "0.8"])["gradient"] == F("0.36")


def test_cell_without_memory_of_its_own_is_told_apart() -> None:
    # E12: with the hidden state in the cell's place, cell and hidden state are one.
    trace = run("lstm.scalar_step", x=1, h="0.5", c=2, **STATQUEST)
    wrong = trace.derivation.run(trace.givens, replacing=("lstm/no-cell-state",))
    assert wrong["cell"] == wrong["hidden"] != trace["cell"]


def test_tanh_in_gates_replaces_all_three_gates_and_not_the_candidate() -> None:
    trace = run("lstm.scalar_step", x="-1", h="0.5", c=2, **STATQUEST)
    wrong = trace.derivation.run(trace.givens, replacing=("lstm/tanh-in-gates",))
    assert wrong["candidate"] == trace["candidate"]
    assert all(wrong[gate] != trace[gate] for gate in ("forget_gate", "input_gate", "output_gate"))


@pytest.mark.parametrize(
    ("id", "wrong"),
    [
        ("output-gate-keeps", {"cell": 0.98}),
        ("output-gate-writes", {"cell": 0.68}),
        ("input-gate-twice", {"cell": 0.48}),
        ("forget-gate-twice", {"cell": 0.6}),
        ("writing-inverted", {"cell": 0.62}),
        ("nothing-gated", {"cell": 1.2}),
        ("old-cell-left-out", {"cell": 0.08}),
        ("candidate-left-out", {"cell": 0.5}),
        ("cell-squashed", {"cell": 0.5227}),
        ("forget-gate-shows", {"hidden": 0.2613}),
        ("input-gate-shows", {"hidden": 0.2091}),
        ("showing-inverted", {"hidden": 0.0523}),
        ("output-gate-added", {"hidden": 1.4227}),
        ("candidate-shown", {"hidden": 0.18}),
        ("tanh-of-candidate-shown", {"hidden": 0.1776}),
    ],
)
def test_each_gate_in_the_place_of_another(id: str, wrong: dict[str, float]) -> None:
    """By hand, of f = 0.5, i = 0.4, candidate 0.2, o = 0.9 and an old cell state of 1; E11 shows the candidate."""
    trace = run("lstm.scalar_state_from_gates", f="0.5", i="0.4", g="0.2", o="0.9", c=1)
    found = trace.derivation.run(trace.givens, replacing=(f"lstm/{id}",))
    assert {step: as_float(found[step]) for step in wrong} == pytest.approx(wrong, abs=5e-5)


def test_starting_afresh_makes_every_step_a_first_step() -> None:
    trace = run("lstm.sequence_scalar", x=[1, 1], **STATQUEST)
    wrong = trace.derivation.run(trace.givens, replacing=("lstm/states-not-carried",))
    assert wrong["hidden_2"] == wrong["hidden_1"] != trace["hidden_2"]


# ----------------------------------------------------------------------------------------- every derivation, other numbers

tenths = st.integers(-20, 20).map(lambda n: F(n, 10))
gate = st.integers(0, 10).map(lambda n: F(n, 10))
content = st.integers(-9, 9).map(lambda n: F(n, 10))


def vectors(size: int, of: st.SearchStrategy[F] = tenths) -> st.SearchStrategy[Any]:
    return st.lists(of, min_size=size, max_size=size).map(array)


def matrices(rows: int, columns: int) -> st.SearchStrategy[Any]:
    row = st.lists(tenths, min_size=columns, max_size=columns)
    return st.lists(row, min_size=rows, max_size=rows).map(array)


def each_gate(**of: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return {f"{name}_{letter}": strategy for name, strategy in of.items() for letter in "fico"}


SCALAR = each_gate(w=tenths, u=tenths, b=tenths)
SPLIT = each_gate(W=matrices(2, 3), U=matrices(2, 2), b=vectors(2))
JOINT = each_gate(W=matrices(2, 5), b=vectors(2))
STATES = {"h": vectors(2), "c": vectors(2)}
ORDERS = {"order": st.sampled_from(["hx", "xh"])}
INNER = {"f": st.integers(1, 9).map(lambda n: F(n, 10)), "i": gate, "g": content}
VARIED: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "lstm.scalar_step": {"x": tenths, "h": tenths, "c": tenths, **SCALAR},
    "lstm.step": {"x": vectors(3), **STATES, **SPLIT},
    "lstm.step_concatenated": {"x": vectors(3), **STATES, **JOINT, **ORDERS},
    "lstm.step_batch": {
        "x": matrices(2, 3),
        "h": matrices(2, 2),
        "c": matrices(2, 2),
        **each_gate(W=matrices(3, 2), U=matrices(2, 2), b=vectors(2)),
    },
    "lstm.step_pytorch": {
        "x": vectors(3),
        **STATES,
        "W_ih": matrices(8, 3),
        "W_hh": matrices(8, 2),
        "b_ih": vectors(8),
        "b_hh": vectors(8),
    },
    "lstm.sequence_scalar": {"x": vectors(3), "h": tenths, "c": tenths, **SCALAR},
    "lstm.sequence": {"x": matrices(2, 3), **STATES, **SPLIT},
    "lstm.sequence_concatenated": {"x": matrices(2, 3), **STATES, **JOINT, **ORDERS},
    "lstm.state_from_gates": {
        n: vectors(2, s) for n, s in zip("figoc", (gate, gate, content, gate, tenths), strict=True)
    },
    "lstm.scalar_state_from_gates": {"f": gate, "i": gate, "g": content, "o": gate, "c": tenths},
    "lstm.sequence_from_gates": {
        "f": vectors(3, gate),
        "i": vectors(3, gate),
        "g": vectors(3, content),
        "o": vectors(3, gate),
        "c": tenths,
    },
    "lstm.constant_gates": {**INNER, "c": tenths, "T": st.integers(0, 9)},
    "lstm.retention": {"a": tenths, "T": st.integers(0, 9)},
    "lstm.forget_bias": {
        "p": INNER["f"],
        "T": st.integers(1, 9),
        "w_f": tenths,
        "x": tenths,
        "u_f": tenths,
        "h": tenths,
    },
    "lstm.previous_cell": {**INNER, "o": st.just(F(9, 10)), "h": st.integers(-8, 8).map(lambda n: F(n, 10))},
    "lstm.cell_gradient": {"f": vectors(4, gate)},
    "lstm.backward_step": {
        n: vectors(2, s)
        for n, s in zip(("f", "i", "g", "o", "c", "dh", "dc"), (gate, gate, content, gate, *[tenths] * 3), strict=True)
    },
    "lstm.scalar_backward_step": {
        "f": gate,
        "i": gate,
        "g": content,
        "o": gate,
        "c": tenths,
        "dh": tenths,
        "dc": tenths,
    },
}


def test_the_table_below_names_every_derivation() -> None:
    import solvers.lstm

    assert set(VARIED) == {getattr(solvers.lstm, name).name for name in solvers.lstm.__all__}


@pytest.mark.parametrize("name", VARIED)
def test_pytorch_agrees_step_by_step(name: str) -> None:
    @settings(max_examples=12, deadline=None)
    @given(givens=st.fixed_dictionaries(VARIED[name]))
    def holds(givens: dict[str, Any]) -> None:
        complete = derivation(name).complete(givens)
        assert certified(derivation(name).at(complete).run(complete))

    holds()
