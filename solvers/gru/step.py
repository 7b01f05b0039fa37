"""Time steps of a GRU: gates, candidate and hidden state, for one unit or a layer, one step or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from solvers.derivation import Derivation
from solvers.family import Family
from solvers.functions import sigmoid, tanh
from solvers.givens import Given, matrix, number, vector, word
from solvers.oracles import torch_tensor
from solvers.rules import turning
from solvers.values import Value

GATES = {"z": ("update gate", "更新门"), "r": ("reset gate", "重置门"), "n": ("candidate", "候选状态")}
UPDATE = word(
    r"\text{update}",
    "what the update gate z weighs: keep: the old state (PyTorch, Cho et al.), write: the candidate",
    "更新门 z 的含义：keep 表示旧状态的比例（PyTorch、Cho 等），write 表示候选状态的比例",
    words=("keep", "write"),
    default="keep",
)
RESET = word(
    r"\text{reset}",
    "where the reset gate acts: before the recurrent weights (textbooks) or after them (PyTorch)",
    "重置门的位置：before 表示乘循环权重之前（教材），after 表示之后（PyTorch）",
    words=("before", "after"),
    default="before",
)


@dataclass(frozen=True)
class Form:
    """Numbers or vectors: the letters of the weights, the sign between elementwise factors, the product."""

    W: str
    U: str
    times: str
    product: Callable[[Value, Value], Value]


SCALAR = Form("w", "u", " ", lambda weight, value: weight * value)
LAYER = Form("W", "U", r" \odot ", lambda weight, value: weight @ value)


def _weights(form: Form) -> dict[str, Given]:
    givens: dict[str, Given] = {}
    for letter, (en, zh) in GATES.items():
        inputs = (f"weights of the input in the {en}", f"{zh}中输入的权重")
        states = (f"weights of the previous hidden state in the {en}", f"{zh}中上一隐状态的权重")
        W, U, b = f"{form.W}_{letter}", f"{form.U}_{letter}", f"b_{letter}"
        if form is SCALAR:
            givens |= {W: number(W, *inputs), U: number(U, *states)}
            givens[b] = number(b, f"bias of the {en}", f"{zh}的偏置", default=0)
        else:
            givens |= {W: matrix(W, *inputs, axes=("h", "d")), U: matrix(U, *states, axes=("h", "h"))}
            givens[b] = vector(b, f"biases of the {en}", f"{zh}的偏置", axes=("h",), default=0)
    second = ("c_n", "candidate's bias beside its recurrent weights", "候选状态中循环权重一侧的偏置")
    givens["c_n"] = number(*second, default=0) if form is SCALAR else vector(*second, axes=("h",), default=0)
    return givens


@dataclass(frozen=True)
class Moment:
    """A time step: its number in a sequence (None: there is only one) and the name of the state before it."""

    number: int | None
    before: str

    def named(self, step: str) -> str:
        """The step's name at this time."""
        return f"{step}_{self.number}" if self.number else step

    def indexed(self, letter: str) -> str:
        """The symbol with the index of this time."""
        return f"{letter}_{{{self.number}}}" if self.number else f"{letter}_t"

    def words(self, en: str, zh: str) -> dict[str, Any]:
        """A quantity's name at this time."""
        if not self.number:
            return {"en": en, "zh": zh}
        return {"en": f"{en} at time step {self.number}", "zh": f"第 {self.number} 步{zh}"}

    @property
    def x(self) -> str:
        """The input of this time in a formula."""
        return f"$x[{self.number - 1}]" if self.number else "$x"

    def input(self, x: Value) -> Value:
        """The input of this time."""
        return x[self.number - 1] if self.number else x


def _add_time_step(d: Derivation, form: Form, at: Moment, update: str, reset: str) -> None:
    _add_gate(d, form, at, "r", "reset_gate")
    _add_gate(d, form, at, "z", "update_gate")
    _add_candidate(d, form, at, reset)
    _add_hidden(d, form, at, update)


def _add_gate(d: Derivation, form: Form, at: Moment, letter: str, name: str) -> None:
    en, zh = GATES[letter]
    own = {"W": f"{form.W}_{letter}", "U": f"{form.U}_{letter}", "b": f"b_{letter}", "h": at.before}
    score = at.named(f"{name.partition('_')[0]}_score")

    @d.step(
        f"$W {at.x} + $U $h + $b",
        symbol=at.indexed(f"a^{letter}"),
        name=score,
        inputs=own,
        **at.words(f"Weighted sum of the {en}", f"{zh}的加权和"),
    )
    def weighted(W: Value, x: Value, U: Value, h: Value, b: Value) -> Value:
        return form.product(W, at.input(x)) + form.product(U, h) + b

    if form is LAYER:
        d.convention("convention/row-vectors", replaces=score, inputs=own)(turning(weighted, "W", "U"))

    @d.misconception("gru/bias-forgotten", replaces=score, inputs=own)
    def no_bias(W: Value, x: Value, U: Value, h: Value) -> Value:
        return form.product(W, at.input(x)) + form.product(U, h)

    if at.before != "h":
        d.misconception("gru/state-not-carried", replaces=score, inputs={**own, "h": "h"})(weighted)

    @d.misconception("gru/previous-hidden-ignored", replaces=score, inputs=own)
    def no_state(W: Value, x: Value, b: Value) -> Value:
        return form.product(W, at.input(x)) + b

    _declare_input_mistakes(d, form, at, score, own)
    words = at.words(en.capitalize(), zh)
    gate = at.named(name)
    d.step(r"\sigma\left($x\right)", symbol=at.indexed(letter), name=gate, inputs={"x": score}, **words)(sigmoid)
    d.misconception("gru/tanh-in-gates", replaces=gate, inputs={"x": score})(tanh)
    d.misconception("gru/gates-without-sigmoid", replaces=gate, inputs={"x": score})(lambda x: x)


def _declare_input_mistakes(d: Derivation, form: Form, at: Moment, score: str, own: Mapping[str, str]) -> None:
    """Declares what goes wrong with the input and its weights in a weighted sum of a gate."""

    @d.misconception("gru/input-ignored", replaces=score, inputs=own)
    def no_input(U: Value, h: Value, b: Value) -> Value:
        return form.product(U, h) + b

    @d.misconception("gru/weights-swapped", replaces=score, inputs=own)
    def swapped(W: Value, x: Value, U: Value, h: Value, b: Value) -> Value:
        return form.product(W, h) + form.product(U, at.input(x)) + b


def _add_candidate(d: Derivation, form: Form, at: Moment, reset: str) -> None:
    own = {"W": f"{form.W}_n", "U": f"{form.U}_n", "b": "b_n", "c": "c_n", "h": at.before, "r": at.named("reset_gate")}
    name, candidate = at.named("candidate_score"), at.named("candidate")

    def before(W: Value, x: Value, U: Value, r: Value, h: Value, b: Value, c: Value) -> Value:
        return form.product(W, at.input(x)) + form.product(U, r * h) + b + c

    def after(W: Value, x: Value, U: Value, r: Value, h: Value, b: Value, c: Value) -> Value:
        return form.product(W, at.input(x)) + b + r * (form.product(U, h) + c)

    def score(*, W: Value, x: Value, U: Value, r: Value, h: Value, b: Value, c: Value, reset: str) -> Value:
        return (before if reset == "before" else after)(W, x, U, r, h, b, c)

    formulas = {
        "before": rf"$W {at.x} + $U \left($r{form.times}$h\right) + $b + $c",
        "after": rf"$W {at.x} + $b + $r{form.times}\left($U $h + $c\right)",
    }
    d.step(
        formulas[reset],
        symbol=at.indexed("a^n"),
        name=name,
        inputs=own,
        **at.words("Weighted sum of the candidate", "候选状态的加权和"),
    )(score)

    if form is LAYER:
        d.convention("convention/row-vectors", replaces=name, inputs=own)(
            turning(before if reset == "before" else after, "W", "U")
        )

    if at.before != "h":
        d.misconception("gru/state-not-carried", replaces=name, inputs={**own, "h": "h"})(score)

    @d.misconception("gru/reset-ignored", replaces=name, inputs=own)
    def ignored(W: Value, x: Value, U: Value, h: Value, b: Value, c: Value) -> Value:
        return form.product(W, at.input(x)) + form.product(U, h) + b + c

    @d.misconception("gru/reset-on-everything", replaces=name, inputs=own)
    def everything(W: Value, x: Value, U: Value, r: Value, h: Value, b: Value, c: Value) -> Value:
        return r * (form.product(W, at.input(x)) + form.product(U, h) + b + c)

    @d.misconception("gru/update-for-reset", replaces=name, inputs={**own, "r": at.named("update_gate")})
    def updated(W: Value, x: Value, U: Value, r: Value, h: Value, b: Value, c: Value) -> Value:
        return (before if reset == "before" else after)(W, x, U, r, h, b, c)

    @d.misconception("gru/reset-inverted", replaces=name, inputs=own)
    def inverted(W: Value, x: Value, U: Value, r: Value, h: Value, b: Value, c: Value) -> Value:
        return (before if reset == "before" else after)(W, x, U, 1 - r, h, b, c)

    @d.misconception("gru/reset-added", replaces=name, inputs=own)
    def added(W: Value, x: Value, U: Value, r: Value, h: Value, b: Value, c: Value) -> Value:
        inner = form.product(U, r + h) + c if reset == "before" else r + form.product(U, h) + c
        return form.product(W, at.input(x)) + b + inner

    @d.misconception("gru/candidate-without-state", replaces=name, inputs=own)
    def stateless(W: Value, x: Value, b: Value) -> Value:
        return form.product(W, at.input(x)) + b

    other = after if reset == "before" else before
    d.convention("convention/reset-gate-elsewhere", replaces=name, inputs=own)(other)
    words = at.words("Candidate", "候选状态")
    d.step(r"\tanh\left($x\right)", symbol=at.indexed(r"\tilde{h}"), name=candidate, inputs={"x": name}, **words)(tanh)
    d.misconception("gru/sigmoid-candidate", replaces=candidate, inputs={"x": name})(sigmoid)
    d.misconception("gru/candidate-without-tanh", replaces=candidate, inputs={"x": name})(lambda x: x)
    d.misconception("gru/reset-outside-tanh", replaces=candidate, inputs=own)(
        lambda W, x, U, r, h, b, c: r * tanh(form.product(W, at.input(x)) + form.product(U, h) + b + c)
    )


def _add_hidden(d: Derivation, form: Form, at: Moment, update: str) -> None:
    own = {"z": at.named("update_gate"), "n": at.named("candidate"), "h": at.before}
    name = at.named("hidden")

    def mixed(z: Value, n: Value, h: Value, update: str) -> Value:
        return (1 - z) * n + z * h if update == "keep" else (1 - z) * h + z * n

    def inverted(z: Value, n: Value, h: Value) -> Value:
        return mixed(z, n, h, "write" if update == "keep" else "keep")

    formulas = {
        "keep": rf"\left(1 - $z\right){form.times}$n + $z{form.times}$h",
        "write": rf"\left(1 - $z\right){form.times}$h + $z{form.times}$n",
    }
    d.step(formulas[update], symbol=at.indexed("h"), name=name, inputs=own, **at.words("Hidden state", "隐状态"))(mixed)
    d.convention("convention/update-gate-inverted", replaces=name, inputs=own)(inverted)
    if at.before != "h":
        d.misconception("gru/state-not-carried", replaces=name, inputs={**own, "h": "h"})(mixed)
    d.misconception("gru/old-state-not-weighed", replaces=name, inputs=own)(
        (lambda z, n, h: h + (1 - z) * n) if update == "keep" else (lambda z, n, h: h + z * n)
    )
    d.misconception("gru/candidate-not-weighed", replaces=name, inputs=own)(
        (lambda z, n, h: n + z * h) if update == "keep" else (lambda z, n, h: n + (1 - z) * h)
    )
    d.misconception("gru/reset-for-update", replaces=name, inputs={**own, "z": at.named("reset_gate")})(mixed)
    d.misconception("gru/candidate-as-state", replaces=name, inputs={"n": own["n"]})(lambda n: n)
    d.misconception("gru/two-gates-for-two-states", replaces=name, inputs={**own, "r": at.named("reset_gate")})(
        lambda r, h, z, n: r * h + z * n
    )
    declare_shares(d, name, own, keeps=update == "keep")


def declare_shares(d: Derivation, name: str, own: Mapping[str, str], *, keeps: bool) -> None:
    """Declares the wrong ways of sharing out the weight between the old state and the candidate.

    `own` says what stands for the gate z, the candidate n and the old state h; with `keeps`, z is the old state's share.
    """

    @d.misconception("gru/one-share-for-both", replaces=name, inputs=own)
    def _one_share(z: Value, n: Value, h: Value) -> Value:
        return z * h + z * n

    @d.misconception("gru/state-squashed", replaces=name, inputs=own)
    def _squashed(z: Value, n: Value, h: Value) -> Value:
        return tanh(z * h + (1 - z) * n if keeps else (1 - z) * h + z * n)

    @d.misconception("gru/states-not-weighed", replaces=name, inputs=own)
    def _unweighed(n: Value, h: Value) -> Value:
        return h + n

    @d.misconception("gru/old-state-left-out", replaces=name, inputs=own)
    def _written(z: Value, n: Value) -> Value:
        return (1 - z) * n if keeps else z * n

    @d.misconception("gru/candidate-left-out", replaces=name, inputs=own)
    def _kept(z: Value, h: Value) -> Value:
        return z * h if keeps else (1 - z) * h


# --------------------------------------------------------------------------------------------------------- the oracle


def _time_step(givens: Mapping[str, Value], form: Form, x: Any, h: Any) -> dict[str, Any]:
    """One step by `torch.nn.GRUCell`; where the reset gate acts on the state first, the cell is asked twice.

    With an infinite bias the update gate of a cell is 0 and its new state the candidate. A cell whose reset gate is always 1,
    started from r h, has the candidate of `reset=before`.
    """
    import math

    import torch

    W, U, b = (
        {g: torch_tensor(givens[f"{name}_{g}"]).reshape(shape) for g in "rzn"}
        for name, shape in ((form.W, (len(h), len(x))), (form.U, (len(h), len(h))), ("b", (len(h),)))
    )
    second = torch_tensor(givens["c_n"]).reshape(len(h))

    def cell(**more: float) -> Any:
        real = torch.nn.GRUCell(len(x), len(h), dtype=torch.float64)
        with torch.no_grad():
            real.weight_ih.copy_(torch.cat([W[g] for g in "rzn"]))
            real.weight_hh.copy_(torch.cat([U[g] for g in "rzn"]))
            real.bias_ih.copy_(torch.cat([b[g] for g in "rzn"]))
            real.bias_hh.copy_(torch.cat([second * 0, second * 0, second]))
            for gate, amount in more.items():
                real.bias_ih["rzn".index(gate) * len(h) :][: len(h)] = amount
        return real

    with torch.no_grad():
        scores = {g: torch.nn.functional.linear(x, W[g], b[g]) + torch.nn.functional.linear(h, U[g]) for g in "rz"}
        r, z = torch.sigmoid(scores["r"]), torch.sigmoid(scores["z"])
        if givens["reset"] == "after":
            candidate, kept = cell(z=-math.inf)(x, h), cell()(x, h)
            recurrent = r * torch.nn.functional.linear(h, U["n"], second)
        else:
            candidate = cell(z=-math.inf, r=math.inf)(x, r * h)
            kept = torch.lerp(candidate, h, z)
            recurrent = torch.nn.functional.linear(r * h, U["n"], second)
        found = {"reset_score": scores["r"], "reset_gate": r, "update_score": scores["z"], "update_gate": z}
        hidden = kept if givens["update"] == "keep" else candidate + h - kept
        return {
            **found,
            "candidate_score": torch.nn.functional.linear(x, W["n"], b["n"]) + recurrent,
            "candidate": candidate,
            "hidden": hidden,
        }


def _oracle(form: Form, *, sequence: bool) -> Callable[..., Mapping[str, Any]]:
    def oracle(**givens: Value) -> Mapping[str, Any]:
        h = torch_tensor(givens["h"]).reshape(-1)
        xs = torch_tensor(givens["x"])
        steps: dict[str, Any] = {}
        for t, x in enumerate(xs if sequence else xs[None], 1):
            now = _time_step(givens, form, x.reshape(-1), h)
            h = now["hidden"]
            steps |= {f"{name}_{t}" if sequence else name: value for name, value in now.items()}
        return {name: value.item() for name, value in steps.items()} if form is SCALAR else steps

    return oracle


# ------------------------------------------------------------------------------------------------------- the families

TITLES = {
    "gru.scalar_step": ("One time step of a GRU with one input and one unit", "单输入、单单元 GRU 的一个时间步"),
    "gru.step": ("One time step of a GRU layer", "GRU 层的一个时间步"),
    "gru.sequence_scalar": ("A GRU with one input and one unit over a sequence", "单输入、单单元 GRU 沿序列的计算"),
    "gru.sequence": ("A GRU layer over a sequence", "GRU 层沿序列的计算"),
}


def _family(name: str, form: Form, *, sequence: bool) -> Family:
    en, zh = TITLES[name]
    first = "h_0" if sequence else "h_{t-1}"
    inputs: dict[str, Given] = {}
    if form is SCALAR:
        inputs["x"] = (
            vector("x", "inputs, one per time step", "各时间步的输入", axes=("T",))
            if sequence
            else number("x_t", "input", "输入")
        )
        inputs["h"] = number(first, "hidden state before the (first) time step", "起始隐状态", default=0)
    else:
        inputs["x"] = (
            matrix("x", "inputs, one row per time step", "各时间步的输入（每行一步）", axes=("T", "d"))
            if sequence
            else vector("x_t", "input", "输入", axes=("d",))
        )
        inputs["h"] = vector(first, "hidden state before the (first) time step", "起始隐状态", axes=("h",), default=0)

    def build(length: int, update: str, reset: str) -> Derivation:
        d = Derivation(name, en, zh, **inputs, **_weights(form), update=UPDATE, reset=RESET)
        for t in range(1, length + 1):
            at = Moment(t if sequence else None, "h" if t == 1 else f"hidden_{t - 1}")
            _add_time_step(d, form, at, update, reset)
        d.oracle(_oracle(form, sequence=sequence))
        return d

    def size(givens: Mapping[str, Value]) -> tuple[Any, ...]:
        return len(givens["x"]) if sequence else 1, givens["update"], givens["reset"]

    return Family(name, build, size, smallest=(2 if sequence else 1, "keep", "before"))


scalar_step = _family("gru.scalar_step", SCALAR, sequence=False)
step = _family("gru.step", LAYER, sequence=False)
sequence_scalar = _family("gru.sequence_scalar", SCALAR, sequence=True)
sequence = _family("gru.sequence", LAYER, sequence=True)
