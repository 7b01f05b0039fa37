"""The LSTM cell: forget gate, input gate, candidate, cell, output gate and hidden state, each as one rule.

This is the LSTM of the textbooks and of `torch.nn.LSTMCell`: three sigmoid gates and a tanh candidate, no peepholes. The
rules work on numbers and, elementwise, on arrays. `add_time_step` puts one time step of them on a derivation; how a
gate's weighted sum is written (`Weighing`) and which time step it is (`Moment`) is all that differs between derivations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import numpy as np

from solvers.derivation import Derivation, is_convention
from solvers.functions import sigmoid, tanh
from solvers.lstm.mistakes import GATE_MISTAKES, MEMORY_MISTAKES, STATE_MISTAKES, declare_mistakes
from solvers.trace import Undefined
from solvers.values import Matrix, Number, Value, Vector

Rule = Callable[..., Value]
STEPS = (
    "forget_score",
    "input_score",
    "candidate_score",
    "output_score",
    "forget_gate",
    "input_gate",
    "candidate",
    "cell",
    "output_gate",
    "hidden",
)
UNITS = {
    "forget_score": ("f", "Weighted sum of the forget gate", "遗忘门的加权和"),
    "input_score": ("i", "Weighted sum of the input gate", "输入门的加权和"),
    "candidate_score": ("c", "Weighted sum of the candidate", "候选值的加权和"),
    "output_score": ("o", "Weighted sum of the output gate", "输出门的加权和"),
}
"""The four weighted sums: the letter of their weights and their names."""


# ------------------------------------------------------------------------------------------- the rules of one time step


def forget_gate(forget_score: Value) -> Value:
    """Forget gate."""
    return sigmoid(forget_score)


def input_gate(input_score: Value) -> Value:
    """Input gate."""
    return sigmoid(input_score)


def candidate(candidate_score: Value) -> Value:
    """Candidate."""
    return tanh(candidate_score)


def cell(forget_gate: Value, c: Value, input_gate: Value, candidate: Value) -> Value:
    """Cell state."""
    return forget_gate * c + input_gate * candidate


def output_gate(output_score: Value) -> Value:
    """Output gate."""
    return sigmoid(output_score)


def hidden(output_gate: Value, cell: Value) -> Value:
    """Hidden state."""
    return output_gate * tanh(cell)


# ----------------------------------------------------------------------------------------- the weighted sum of one gate


@dataclass(frozen=True)
class Weighing:
    """A convention for the weighted sum of a gate.

    `formula` and `rule` speak of the weights `w` and `u`, the input `x`, the previous hidden state `h` and the bias `b`.
    `weights` are the names that `w`, `u` and `b` have in a derivation, before the gate's letter; `mistakes` the wrong rules
    by their misconceptions' ids; `times` is the sign between elementwise factors.
    """

    formula: str
    rule: Rule
    weights: Mapping[str, str]
    mistakes: Mapping[str, Rule] = field(default_factory=dict)
    times: str = r" \odot "


def _scalar_score(w: Number, x: Number, u: Number, h: Number, b: Number) -> Number:
    return w * x + u * h + b


def _scalar_without_bias(w: Number, x: Number, u: Number, h: Number) -> Number:
    return w * x + u * h


def _scalar_without_hidden(w: Number, x: Number, b: Number) -> Number:
    return w * x + b


def _scalar_without_input(u: Number, h: Number, b: Number) -> Number:
    return u * h + b


def _scalar_swapped(w: Number, x: Number, u: Number, h: Number, b: Number) -> Number:
    return w * h + u * x + b


def _split_score(w: Matrix, x: Vector, u: Matrix, h: Vector, b: Vector) -> Vector:
    return w @ x + u @ h + b


def _split_without_bias(w: Matrix, x: Vector, u: Matrix, h: Vector) -> Vector:
    return w @ x + u @ h


def _scalar_with_cell(w: Number, x: Number, u: Number, c: Number, b: Number) -> Number:
    return w * x + u * c + b


def _split_with_cell(w: Matrix, x: Vector, u: Matrix, c: Vector, b: Vector) -> Vector:
    return w @ x + u @ c + b


def _split_without_hidden(w: Matrix, x: Vector, b: Vector) -> Vector:
    return w @ x + b


def _split_without_input(u: Matrix, h: Vector, b: Vector) -> Vector:
    return u @ h + b


def _split_swapped(w: Matrix, x: Vector, u: Matrix, h: Vector, b: Vector) -> Vector:
    return w @ h + u @ x + b


def _split_transposed(w: Matrix, x: Vector, u: Matrix, h: Vector, b: Vector) -> Vector:
    return x @ w + h @ u + b


def _joined_score(w: Matrix, joined: Vector, b: Vector) -> Vector:
    if w.shape[1] != len(joined):
        raise Undefined(
            f"the weights have {w.shape[1]} columns, but the concatenated vector has {len(joined)} entries",
            f"权重矩阵有 {w.shape[1]} 列，而拼接向量有 {len(joined)} 个元素",
        )
    return w @ joined + b


def _joined_without_bias(w: Matrix, joined: Vector) -> Vector:
    return w @ joined


def _row_score(x: Matrix, w: Matrix, h: Matrix, u: Matrix, b: Vector) -> Matrix:
    return x @ w + h @ u + b


def _row_without_bias(x: Matrix, w: Matrix, h: Matrix, u: Matrix) -> Matrix:
    return x @ w + h @ u


def _row_without_input(h: Matrix, u: Matrix, b: Vector) -> Matrix:
    return h @ u + b


def _row_with_cell(x: Matrix, w: Matrix, c: Matrix, u: Matrix, b: Vector) -> Matrix:
    return x @ w + c @ u + b


def _row_without_hidden(x: Matrix, w: Matrix, b: Vector) -> Matrix:
    return x @ w + b


SCALAR = Weighing(
    "$w $x + $u $h + $b",
    _scalar_score,
    {"w": "w", "u": "u", "b": "b"},
    {
        "lstm/bias-forgotten": _scalar_without_bias,
        "lstm/previous-hidden-ignored": _scalar_without_hidden,
        "lstm/input-ignored": _scalar_without_input,
        "lstm/gates-read-the-cell": _scalar_with_cell,
        "lstm/weights-swapped": _scalar_swapped,
    },
    times=" ",
)
SPLIT = Weighing(
    "$w $x + $u $h + $b",
    _split_score,
    {"w": "W", "u": "U", "b": "b"},
    {
        "lstm/bias-forgotten": _split_without_bias,
        "lstm/previous-hidden-ignored": _split_without_hidden,
        "lstm/input-ignored": _split_without_input,
        "lstm/gates-read-the-cell": _split_with_cell,
        "lstm/weights-swapped": _split_swapped,
        "convention/row-vectors": _split_transposed,
    },
)
CONCATENATED = Weighing(
    "$w $joined + $b", _joined_score, {"w": "W", "b": "b"}, {"lstm/bias-forgotten": _joined_without_bias}
)
ROWS = Weighing(
    "$x $w + $h $u + $b",
    _row_score,
    {"w": "W", "u": "U", "b": "b"},
    {
        "lstm/bias-forgotten": _row_without_bias,
        "lstm/previous-hidden-ignored": _row_without_hidden,
        "lstm/gates-read-the-cell": _row_with_cell,
        "lstm/input-ignored": _row_without_input,
    },
)


# ---------------------------------------------------------------------------------------------------- one time step


@dataclass(frozen=True)
class Moment:
    """A time step: what its quantities are called, and which step or given holds the states before it.

    `number` is None for a derivation of one step only; otherwise the steps end in it, `forget_gate_2`, and the input is the
    element of that number in the given `x`.
    """

    number: int | None = None
    h: str = "h"
    c: str = "c"

    @classmethod
    def of_sequence(cls, number: int) -> Moment:
        """The time step of this number, counted from 1, in a sequence that begins from the givens `h` and `c`."""
        return cls(1) if number == 1 else cls(number, f"hidden_{number - 1}", f"cell_{number - 1}")

    def named(self, step: str) -> str:
        """The step's name at this time."""
        return step if self.number is None else f"{step}_{self.number}"

    def indexed(self, letter: str) -> str:
        """The symbol with the index of this time."""
        return f"{letter}_{{{self.number}}}" if self.number else f"{letter}_t"

    def label(self, en: str, zh: str) -> dict[str, Any]:
        """The words for a quantity at this time."""
        if self.number is None:
            return {"en": en, "zh": zh}
        return {"en": f"{en} at time step {self.number}", "zh": f"第 {self.number} 步{zh}"}

    @property
    def names(self) -> dict[str, str]:
        """What the parameters of the rules stand for."""
        return {**{step: self.named(step) for step in (*STEPS, "joined")}, "h": self.h, "c": self.c}

    def reading(self, rule: Rule) -> Rule:
        """The rule, taking from the given `x` the input of this time."""
        if self.number is None:
            return rule
        at = self.number - 1

        @wraps(rule)
        def read(**inputs: Value) -> Value:
            return rule(**{name: value[at] if name == "x" else value for name, value in inputs.items()})

        return read

    def formula(self, template: str) -> str:
        """The template, with the input of this time for `$x`."""
        return template if self.number is None else template.replace("$x", f"$x[{self.number - 1}]")


def add_time_step(d: Derivation, weighing: Weighing, at: Moment = Moment()) -> None:
    """Adds the steps of one time step, from the weighted sums to the hidden state, with their misconceptions."""
    add_scores(d, weighing, at)
    add_gates(d, weighing.times, at)


def add_scores(d: Derivation, weighing: Weighing, at: Moment) -> None:
    """Adds the weighted sums of the three gates and the candidate."""
    for step, (letter, en, zh) in UNITS.items():
        own = {parameter: f"{name}_{letter}" for parameter, name in weighing.weights.items()}
        symbol = f"a_{{{letter},{at.number}}}" if at.number else f"a_{letter}"
        words = at.label(en, zh)
        d.step(at.formula(weighing.formula), symbol=symbol, name=at.named(step), **words, inputs={**at.names, **own})(
            at.reading(weighing.rule)
        )
        for id, rule in weighing.mistakes.items():
            declare = d.convention if is_convention(id) else d.misconception
            declare(id, replaces=at.named(step), inputs={**at.names, **own})(at.reading(rule))


def add_gates(d: Derivation, times: str, at: Moment) -> None:
    """Adds what follows from the weighted sums: gates, candidate, cell and hidden state."""

    def add(rule: Rule, formula: str, letter: str, en: str, zh: str) -> None:
        name = at.named(rule.__name__)
        d.step(formula, symbol=at.indexed(letter), name=name, **at.label(en, zh), inputs=at.names)(rule)

    add(forget_gate, r"\sigma\left($forget_score\right)", "f", "Forget gate", "遗忘门")
    add(input_gate, r"\sigma\left($input_score\right)", "i", "Input gate", "输入门")
    add(candidate, r"\tanh\left($candidate_score\right)", r"\tilde{c}", "Candidate", "候选值")
    add(cell, f"$forget_gate{times}$c + $input_gate{times}$candidate", "c", "Cell state", "单元状态")
    add(output_gate, r"\sigma\left($output_score\right)", "o", "Output gate", "输出门")
    add(hidden, rf"$output_gate{times}\tanh\left($cell\right)", "h", "Hidden state", "隐状态")
    for mistakes in (GATE_MISTAKES, STATE_MISTAKES, MEMORY_MISTAKES):
        declare_mistakes(d, mistakes, at.names)


def joined(h: Vector, x: Vector, order: str) -> Vector:
    """Previous hidden state and input, one above the other in the stated order."""
    return np.concatenate([h, x] if order == "hx" else [x, h])


def joined_wrongly(h: Vector, x: Vector, order: str) -> Vector:
    """The two in the other order."""
    return np.concatenate([x, h] if order == "hx" else [h, x])


def joined_without_hidden(h: Vector, x: Vector, order: str) -> Vector:
    """The input, with zeros where the previous hidden state belongs."""
    return joined(h * 0, x, order)


def joined_without_input(h: Vector, x: Vector, order: str) -> Vector:
    """The previous hidden state, with zeros where the input belongs."""
    return joined(h, x * 0, order)


def add_joined(d: Derivation, order: str, units: int, inputs: int, at: Moment = Moment()) -> None:
    """Adds the concatenation of previous hidden state and input that all gates of this time step read."""
    time = "" if at.number is None else f"{at.number - 1}, "
    parts = {"h": [f"$h[{i}]" for i in range(units)], "x": [f"$x[{time}{i}]" for i in range(inputs)]}
    rows = r" \\ ".join(entry for letter in order for entry in parts[letter])
    first, then = ("hidden state", "input") if order == "hx" else ("input", "hidden state")
    zh = "先隐状态后输入" if order == "hx" else "先输入后隐状态"
    words = at.label(f"Concatenation, {first} above {then}", f"拼接向量（{zh}）")
    name = at.named("joined")
    column = rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"
    d.step(column, symbol=at.indexed("z"), name=name, **words, inputs=at.names)(at.reading(joined))
    d.convention("convention/other-concatenation", replaces=name, inputs=at.names)(at.reading(joined_wrongly))
    d.misconception("lstm/previous-hidden-ignored", replaces=name, inputs=at.names)(at.reading(joined_without_hidden))
    d.misconception("lstm/input-ignored", replaces=name, inputs=at.names)(at.reading(joined_without_input))


def add_joined_cell(d: Derivation, at: Moment = Moment()) -> None:
    """Adds the mistake of joining the cell state to the input."""
    d.misconception("lstm/gates-read-the-cell", replaces=at.named("joined"), inputs={**at.names, "h": at.c})(
        at.reading(joined)
    )
