"""Where an optimiser's gradients come from: a list of them, a parabola, or a quadratic form; one parameter or a vector."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from solvers.derivation import Derivation
from solvers.givens import Given, integer, matrix, number, vector
from solvers.oracles import torch_tensor
from solvers.values import Matrix, Number, Value, Vector

Rule = Callable[..., Value]


@dataclass(frozen=True)
class Setting:
    """`suffix` ends the derivations' names; `listed` gradients are given, others are worked out at each step."""

    suffix: str
    en: str
    zh: str
    vector: bool
    listed: bool

    @property
    def times(self) -> str:
        """The sign between two factors that are multiplied entry by entry."""
        return r" \odot " if self.vector else " "

    def squared(self, slot: str) -> str:
        """The square of a quantity, entry by entry."""
        return rf"{slot} \odot {slot}" if self.vector else f"{slot}^2"

    def state(self, symbol: str, en: str, zh: str) -> Given:
        """What an optimiser remembers before the first step; zero unless given."""
        if self.vector:
            return vector(symbol, en, zh, axes=("n",), default=0)
        return number(symbol, en, zh, default=0)

    def givens(self) -> dict[str, Given]:
        """The parameter at the start and what its gradients come from."""
        start = ("w_0", "parameter at the start", "参数的初值")
        found: dict[str, Given] = {"w": vector(*start, axes=("n",)) if self.vector else number(*start)}
        if self.listed:
            said = ("g", "gradients, one row per step" if self.vector else "gradients, one per step", "各步的梯度")
            found["g"] = matrix(*said, axes=("T", "n")) if self.vector else vector(*said, axes=("T",))
            return found
        if self.vector:
            found["A"] = matrix(
                "A", "symmetric matrix of f(w) = w'Aw/2 + b'w", "f(w) = w'Aw/2 + b'w 中的对称矩阵", axes=("n", "n")
            )
        else:
            found["a"] = number(
                "a", "coefficient of the square in f(w) = a w^2 + b w", "f(w) = a w^2 + b w 的二次项系数", default=1
            )
        said = ("b", "coefficient of the linear term", "一次项系数")
        found["b"] = vector(*said, axes=("n",), default=0) if self.vector else number(*said, default=0)
        return {**found, "T": integer("T", "number of steps", "步数", default=1, least=1)}

    def size(self, givens: Mapping[str, Value]) -> tuple[Hashable, ...]:
        """The number of steps, and whether the function has a linear term."""
        if self.listed:
            return len(givens["g"]), False
        slopes = givens["b"].flat if self.vector else [givens["b"]]
        return givens["T"], any(slope != 0 for slope in slopes)


LISTED = Setting("", "gradients given", "梯度已知", vector=False, listed=True)
LISTED_VECTOR = Setting(
    "_vector", "a vector of parameters, gradients given", "参数为向量，梯度已知", vector=True, listed=True
)
PARABOLA = Setting("_parabola", "on f(w) = a w^2 + b w", "最小化 f(w) = a w^2 + b w", vector=False, listed=False)
QUADRATIC = Setting("_quadratic", "on f(w) = w'Aw/2 + b'w", "最小化 f(w) = w'Aw/2 + b'w", vector=True, listed=False)


@dataclass(frozen=True)
class Step:
    """One step of an optimiser inside a derivation: declares quantities under names that end in its number."""

    d: Derivation
    setting: Setting
    number: int
    started: Mapping[str, str]
    """For each remembered quantity (`velocity`), the given that holds it before the first step (`v`)."""
    sloped: bool = False
    """Whether the function has a linear term; without one, formulas leave it out."""

    @property
    def g(self) -> str:
        """The slot of the gradient in a formula."""
        return f"$g[{self.number - 1}]" if self.setting.listed else "$g"

    def names(self) -> dict[str, str]:
        """What the parameters of a rule stand for: `w` and `old_velocity` are the values before this step."""
        before = f"_{self.number - 1}"
        own = {name: f"{name}_{self.number}" for name in QUANTITIES}
        remembered = {
            "old_" + name: name + before if self.number > 1 else given for name, given in self.started.items()
        }
        gradient = "g" if self.setting.listed else f"gradient_{self.number}"
        return {**own, **remembered, "w": "w" + before if self.number > 1 else "w", "g": gradient}

    def fitted(self, rule: Rule, names: Mapping[str, str]) -> Rule:
        """The rule, handed this step's own gradient of those listed."""
        if not self.setting.listed or names["g"] != "g":
            return rule

        @wraps(rule)
        def at_this_step(**inputs: Value) -> Value:
            if "g" in inputs:
                inputs["g"] = inputs["g"][self.number - 1]
            return rule(**inputs)

        return at_this_step

    def add(
        self,
        name: str,
        formula: str,
        symbol: str,
        en: str,
        zh: str,
        rule: Rule,
        *,
        final: bool = False,
        inputs: Mapping[str, str] | None = None,
        chosen_by: str = "",
    ) -> None:
        """Declares a quantity of this step; `inputs` rename parameters of the rule, which a word of the givens has chosen."""
        names = {**self.names(), **(inputs or {})}
        self.d.step(
            formula,
            symbol=f"{symbol}_{{{self.number}}}",
            name=f"{name}_{self.number}",
            en=f"{en} at step {self.number}" if name != "w" else f"{en} after step {self.number}",
            zh=f"第 {self.number} 步{'之后' if name == 'w' else ''}的{zh}",
            final=final,
            inputs=names,
        )(chosen(self.fitted(rule, names), chosen_by) if chosen_by else self.fitted(rule, names))
        if name == "w":
            self.wrong("change-for-parameter", "w", _change_by(rule), **names)
            if names["w"] == f"w_{self.number - 1}":
                self.wrong("begun-at-the-start-again", "w", rule, **{**names, "w": "w"})

    def wrong(self, id: str, name: str, rule: Rule, **inputs: str) -> None:
        """Declares a wrong rule for a quantity of this step; `inputs` rename its parameters."""
        names = {**self.names(), **inputs}
        self.d.misconception(f"optim/{id}", replaces=f"{name}_{self.number}", inputs=names)(self.fitted(rule, names))

    def under_another(self, id: str, name: str, rule: Rule, **inputs: str) -> None:
        """Declares what a quantity of this step is under another convention; `inputs` rename the rule's parameters."""
        names = {**self.names(), **inputs}
        self.d.convention(f"convention/{id}", replaces=f"{name}_{self.number}", inputs=names)(self.fitted(rule, names))

    def forgets(self, name: str, rule: Rule, **inputs: str) -> None:
        """Declares that somebody begins again from what was remembered before the first step."""
        if self.number > 1:
            self.wrong("memory-lost", name, rule, **{**inputs, "old_" + name: self.started[name]})

    def add_gradient(self, at: str = "w") -> None:
        """Declares the gradient at the parameter, or at the look-ahead point, unless gradients are listed."""
        if self.setting.listed:
            return
        sloped = self.sloped
        formula = "$A $at" if self.setting.vector else "2 $a $at"
        rules: dict[tuple[bool, bool], Rule] = {
            (True, True): _gradient_form,
            (True, False): _gradient_plain_form,
            (False, True): _gradient_parabola,
            (False, False): _gradient_plain_parabola,
        }
        rule = rules[self.setting.vector, sloped]
        names = self.names()
        self.d.step(
            formula + (" + $b" if sloped else ""),
            symbol=f"g_{{{self.number}}}",
            name=f"gradient_{self.number}",
            en=f"Gradient at step {self.number}",
            zh=f"第 {self.number} 步的梯度",
            inputs={"at": names[at]},
        )(chosen(rule if sloped else chosen(rule, "b"), "T"))
        if self.number > 1:
            self.d.misconception("optim/gradient-at-start", replaces=f"gradient_{self.number}", inputs={"at": "w"})(
                rule
            )
        if not self.setting.vector:
            half: Rule = _half_sloped if sloped else _half
            self.d.misconception(
                "optim/derivative-of-square", replaces=f"gradient_{self.number}", inputs={"at": names[at]}
            )(half)


def _change_by(rule: Rule) -> Rule:
    """What a rule for the parameter adds to it, without the parameter itself."""

    @wraps(rule)
    def change(**inputs: Value) -> Value:
        return rule(**inputs) - inputs["w"]

    return change


def chosen(rule: Rule, word: str) -> Rule:
    """The rule, taking as well the given by which the steps were laid out: a word, or their number."""
    signature = inspect.signature(rule)

    @wraps(rule)
    def by_word(**inputs: Value) -> Value:
        return rule(**{name: value for name, value in inputs.items() if name != word})

    asked = inspect.Parameter(word, inspect.Parameter.KEYWORD_ONLY)
    by_word.__signature__ = signature.replace(parameters=[*signature.parameters.values(), asked])  # type: ignore[attr-defined]  # read by inspect.signature
    return by_word


QUANTITIES = (
    "velocity",
    "direction",
    "lookahead",
    "square_sum",
    "square_average",
    "first_moment",
    "second_moment",
    "first_corrected",
    "second_corrected",
    "decayed",
)


def _gradient_form(A: Matrix, at: Vector, b: Vector) -> Vector:
    return A @ at + b


def _gradient_plain_form(A: Matrix, at: Vector) -> Vector:
    return A @ at


def _gradient_parabola(a: Number, at: Number, b: Number) -> Number:
    return 2 * a * at + b


def _gradient_plain_parabola(a: Number, at: Number) -> Number:
    return 2 * a * at


def _half(a: Number, at: Number) -> Number:
    return a * at


def _half_sloped(a: Number, at: Number, b: Number) -> Number:
    return a * at + b


def torch_gradients(setting: Setting, givens: Mapping[str, Value]) -> tuple[Any, Callable[[Any, int], Any], int]:
    """For oracles: the parameter as a tensor, the gradient at a point in a step (by autograd), and the number of steps."""
    import torch

    start = torch.atleast_1d(torch_tensor(givens["w"]))
    if setting.listed:
        rows = torch_tensor(givens["g"]).reshape(len(givens["g"]), -1)
        return start, lambda _, number: rows[number - 1], len(rows)
    slope = torch.atleast_1d(torch_tensor(givens["b"]))

    def gradient(at: Any, _: int) -> Any:
        point = at.detach().clone().requires_grad_()
        if setting.vector:
            form = torch_tensor(givens["A"])
            value = torch.einsum("i,ij,j->", point, form, point) / 2 + slope @ point
        else:
            value = (torch_tensor(givens["a"]) * point.square() + slope * point).sum()
        return torch.autograd.grad(value, point)[0]

    return start, gradient, givens["T"]
