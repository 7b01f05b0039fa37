"""What students get wrong about an LSTM, as wrong rules for the steps of a cell.

Each table maps a misconception's id to wrong rules by the step they stand in for. Parameters are named as in
`solvers.lstm.cell`; `declare_mistakes` ties them to the steps of a derivation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from solvers.derivation import Derivation
from solvers.functions import sigmoid, tanh
from solvers.values import Value, each

Mistakes = Mapping[str, Mapping[str, Callable[..., Value]]]

# ------------------------------------------------------------------------------------- the function of a gate


def _tanh_forget(forget_score: Value) -> Value:
    return tanh(forget_score)


def _tanh_input(input_score: Value) -> Value:
    return tanh(input_score)


def _tanh_output(output_score: Value) -> Value:
    return tanh(output_score)


def _sigmoid_candidate(candidate_score: Value) -> Value:
    return sigmoid(candidate_score)


def _forget_score(forget_score: Value) -> Value:
    return forget_score


def _input_score(input_score: Value) -> Value:
    return input_score


def _output_score(output_score: Value) -> Value:
    return output_score


def _candidate_score(candidate_score: Value) -> Value:
    return candidate_score


def _output_gate_from_candidate(candidate_score: Value) -> Value:
    return sigmoid(candidate_score)


def _hard(score: Value) -> Value:
    """The straight line that an older Keras took for a sigmoid."""
    return each(lambda a: min(max(a * Fraction(1, 5) + Fraction(1, 2), 0), 1), score)


def _hard_forget(forget_score: Value) -> Value:
    return _hard(forget_score)


def _hard_input(input_score: Value) -> Value:
    return _hard(input_score)


def _hard_output(output_score: Value) -> Value:
    return _hard(output_score)


def _forget_more(forget_score: Value) -> Value:
    return sigmoid(forget_score + 1)


GATE_MISTAKES: Mistakes = {
    "lstm/tanh-in-gates": {"forget_gate": _tanh_forget, "input_gate": _tanh_input, "output_gate": _tanh_output},
    "lstm/sigmoid-candidate": {"candidate": _sigmoid_candidate},
    "lstm/gates-without-sigmoid": {
        "forget_gate": _forget_score,
        "input_gate": _input_score,
        "output_gate": _output_score,
    },
    "lstm/hard-sigmoid": {"forget_gate": _hard_forget, "input_gate": _hard_input, "output_gate": _hard_output},
    "lstm/one-added-to-forget-score": {"forget_gate": _forget_more},
    "lstm/candidate-without-tanh": {"candidate": _candidate_score},
    "lstm/output-gate-from-candidate": {"output_gate": _output_gate_from_candidate},
}

# ---------------------------------------------------------------------------- the cell and what is shown of it


def _gates_swapped(forget_gate: Value, c: Value, input_gate: Value, candidate: Value) -> Value:
    return input_gate * c + forget_gate * candidate


def _candidate_not_gated(forget_gate: Value, c: Value, candidate: Value) -> Value:
    return forget_gate * c + candidate


def _old_cell_not_gated(c: Value, input_gate: Value, candidate: Value) -> Value:
    return c + input_gate * candidate


def _forgetting_inverted(forget_gate: Value, c: Value, input_gate: Value, candidate: Value) -> Value:
    return (1 - forget_gate) * c + input_gate * candidate


def _gates_added(forget_gate: Value, c: Value, input_gate: Value, candidate: Value) -> Value:
    return (forget_gate + c) + (input_gate + candidate)


def _one_gate_for_both(forget_gate: Value, c: Value, candidate: Value) -> Value:
    return forget_gate * c + (1 - forget_gate) * candidate


def _other_gate_for_both(c: Value, input_gate: Value, candidate: Value) -> Value:
    return (1 - input_gate) * c + input_gate * candidate


def _input_gate_twice(c: Value, input_gate: Value, candidate: Value) -> Value:
    return input_gate * c + input_gate * candidate


def _forget_gate_twice(forget_gate: Value, c: Value, candidate: Value) -> Value:
    return forget_gate * c + forget_gate * candidate


def _output_gate_keeps(output_gate: Value, c: Value, input_gate: Value, candidate: Value) -> Value:
    return output_gate * c + input_gate * candidate


def _output_gate_writes(forget_gate: Value, c: Value, output_gate: Value, candidate: Value) -> Value:
    return forget_gate * c + output_gate * candidate


def _writing_inverted(forget_gate: Value, c: Value, input_gate: Value, candidate: Value) -> Value:
    return forget_gate * c + (1 - input_gate) * candidate


def _nothing_gated(c: Value, candidate: Value) -> Value:
    return c + candidate


def _old_cell_left_out(input_gate: Value, candidate: Value) -> Value:
    return input_gate * candidate


def _candidate_left_out(forget_gate: Value, c: Value) -> Value:
    return forget_gate * c


def _cell_squashed(forget_gate: Value, c: Value, input_gate: Value, candidate: Value) -> Value:
    return tanh(forget_gate * c + input_gate * candidate)


def _without_tanh(output_gate: Value, cell: Value) -> Value:
    return output_gate * cell


def _without_output_gate(cell: Value) -> Value:
    return tanh(cell)


def _cell_as_hidden(cell: Value) -> Value:
    return cell


def _old_cell_shown(output_gate: Value, c: Value) -> Value:
    return output_gate * tanh(c)


def _hidden_from_candidate(output_gate: Value, input_gate: Value, candidate: Value) -> Value:
    return output_gate * candidate + input_gate * candidate


def _sigmoid_of_cell(output_gate: Value, cell: Value) -> Value:
    return output_gate * sigmoid(cell)


def _tanh_of_product(output_gate: Value, cell: Value) -> Value:
    return tanh(output_gate * cell)


def _forget_gate_shows(forget_gate: Value, cell: Value) -> Value:
    return forget_gate * tanh(cell)


def _input_gate_shows(input_gate: Value, cell: Value) -> Value:
    return input_gate * tanh(cell)


def _showing_inverted(output_gate: Value, cell: Value) -> Value:
    return (1 - output_gate) * tanh(cell)


def _output_gate_added(output_gate: Value, cell: Value) -> Value:
    return output_gate + tanh(cell)


def _candidate_shown(output_gate: Value, candidate: Value) -> Value:
    return output_gate * candidate


def _tanh_of_candidate_shown(output_gate: Value, candidate: Value) -> Value:
    return output_gate * tanh(candidate)


STATE_MISTAKES: Mistakes = {
    "lstm/gates-swapped": {"cell": _gates_swapped},
    "lstm/candidate-not-gated": {"cell": _candidate_not_gated},
    "lstm/old-cell-not-gated": {"cell": _old_cell_not_gated},
    "lstm/forgetting-inverted": {"cell": _forgetting_inverted},
    "lstm/gates-added": {"cell": _gates_added},
    "lstm/one-gate-for-both": {"cell": _one_gate_for_both},
    "lstm/input-gate-for-both": {"cell": _other_gate_for_both},
    "lstm/hidden-without-tanh": {"hidden": _without_tanh},
    "lstm/sigmoid-of-cell": {"hidden": _sigmoid_of_cell},
    "lstm/tanh-of-product": {"hidden": _tanh_of_product},
    "lstm/output-gate-ignored": {"hidden": _without_output_gate},
    "lstm/cell-as-hidden": {"hidden": _cell_as_hidden},
    "lstm/old-cell-shown": {"hidden": _old_cell_shown},
    "lstm/hidden-from-candidate": {"hidden": _hidden_from_candidate},
    "lstm/input-gate-twice": {"cell": _input_gate_twice},
    "lstm/forget-gate-twice": {"cell": _forget_gate_twice},
    "lstm/output-gate-keeps": {"cell": _output_gate_keeps},
    "lstm/output-gate-writes": {"cell": _output_gate_writes},
    "lstm/writing-inverted": {"cell": _writing_inverted},
    "lstm/nothing-gated": {"cell": _nothing_gated},
    "lstm/old-cell-left-out": {"cell": _old_cell_left_out},
    "lstm/candidate-left-out": {"cell": _candidate_left_out},
    "lstm/cell-squashed": {"cell": _cell_squashed},
    "lstm/forget-gate-shows": {"hidden": _forget_gate_shows},
    "lstm/input-gate-shows": {"hidden": _input_gate_shows},
    "lstm/showing-inverted": {"hidden": _showing_inverted},
    "lstm/output-gate-added": {"hidden": _output_gate_added},
    "lstm/candidate-shown": {"hidden": _candidate_shown},
    "lstm/tanh-of-candidate-shown": {"hidden": _tanh_of_candidate_shown},
}

# ------------------------------------------------------------------------------------ one state instead of two


def _cell_from_hidden(forget_gate: Value, h: Value, input_gate: Value, candidate: Value) -> Value:
    return forget_gate * h + input_gate * candidate


MEMORY_MISTAKES: Mistakes = {"lstm/no-cell-state": {"cell": _cell_from_hidden, "hidden": _cell_as_hidden}}


def declare_mistakes(d: Derivation, mistakes: Mistakes, names: Mapping[str, str]) -> None:
    """Declares the mistakes on a derivation, whose steps and givens `names` gives for the rules' parameters."""
    for id, rules in mistakes.items():
        for step, rule in rules.items():
            d.misconception(id, replaces=names.get(step, step), inputs=names)(rule)
