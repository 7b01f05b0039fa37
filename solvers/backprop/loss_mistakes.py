"""What students get wrong in the loss of a network that ends in a cross-entropy: its logarithm, its classes, its sign."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from solvers import functions
from solvers.backprop.functions import ENTROPIES, SQUARES, loss_value, outputs_of, share
from solvers.derivation import Derivation, Rule, is_convention
from solvers.rules import in_bits, times, to_base_ten
from solvers.trace import Undefined
from solvers.values import Number, Value, each, elements

Loss = Callable[[Value, Value], Number]
"""A loss of outputs and targets, summed over the samples."""


def _logarithm(number: Number) -> Number:
    if number <= 0:
        raise Undefined("the loss needs the logarithm of a number that is not positive", "损失需要对非正数取对数")
    return functions.log(number)


def _right(output: Value, target: Value) -> Number:
    return sum(a * y for a, y in zip(elements(output), elements(target), strict=True))


def _samples(output: Value) -> int:
    return len(elements(output)) // outputs_of(output)


def _likeliest(output: Value, _target: Value) -> Number:
    chances, n = elements(output), outputs_of(output)
    return -sum(_logarithm(max(chances[i : i + n], key=float)) for i in range(0, len(chances), n))


def _own_entropy(output: Value, _target: Value) -> Number:
    return -sum(a * _logarithm(a) for a in elements(output))


def _yes_or_no(output: Value, target: Value) -> Number:
    return loss_value(output, target, "binary_cross_entropy")


def _all_classes(output: Value, _target: Value) -> Number:
    return -sum(_logarithm(a) for a in elements(output))


def _exchanged(output: Value, target: Value) -> Number:
    return loss_value(output, each(lambda y: 1 - y, target), "binary_cross_entropy")


def _first_term(output: Value, target: Value) -> Number:
    return loss_value(output, target, "cross_entropy")


_ONE_OUTPUT: dict[str, Loss] = {
    "loss/logarithm-left-out": lambda output, target: -_right(output, target),
    "loss/probability-as-loss": _right,
    "loss/probability-for-loss": lambda output, target: _samples(output) - _right(output, target),
}
_CLASSES: dict[str, Loss] = {
    **_ONE_OUTPUT,
    "loss/likeliest-class": _likeliest,
    "loss/entropy-of-output": _own_entropy,
    "loss/other-classes-counted": _yes_or_no,
    "backprop/all-classes-in-loss": _all_classes,
}
_BINARY: dict[str, Loss] = {
    "loss/targets-exchanged": _exchanged,
    "loss/other-class-forgotten": _first_term,
    "loss/target-ignored": _all_classes,
}


_SQUARES: dict[str, Loss] = {"loss/not-squared": lambda output, target: sum(abs(e) for e in elements(output - target))}
_SEVERAL_SQUARES: dict[str, Loss] = {
    **_SQUARES,
    "loss/squared-after-adding": lambda output, target: sum(elements(output - target)) ** 2,
}
"""What goes wrong in a sum of squares, of one output or of several, before the share of each square in the loss."""


def _shared(total: Loss, loss: str) -> Loss:
    return lambda output, target: share(loss, outputs_of(output)) * total(output, target)


def _as_it_is(loss: Loss) -> Rule:
    def named(output: Value, target: Value) -> Number:
        return loss(output, target)

    return named


def declare_entropy_mistakes(
    d: Derivation,
    step: str,
    loss: str,
    *,
    several: bool,
    output: str = "output",
    target: str = "target",
    rule: Callable[[Loss], Rule] = _as_it_is,
) -> None:
    """Declares what goes wrong in a loss that is a cross-entropy, of `several` outputs or of one; nothing for other losses.

    `rule` makes a rule of the step out of a loss of `output` and `target`: it takes the target of one time, or divides by the samples.
    """
    if loss in SQUARES:
        for id, total in (_SEVERAL_SQUARES if several else _SQUARES).items():
            d.misconception(id, replaces=step, output=output, target=target)(rule(_shared(total, loss)))
    if loss not in ENTROPIES:
        return

    def right(output: Value, target: Value) -> Number:
        return loss_value(output, target, loss)

    wrong: dict[str, Loss] = {
        "convention/base-two-logarithm": in_bits(right),
        "loss/logarithm-to-base-ten": to_base_ten(right),
        "loss/minus-forgotten": times(-1, right),
    }
    if loss != "cross_entropy":
        wrong |= _BINARY if loss == "binary_cross_entropy" else {}
    elif not several:
        wrong |= _ONE_OUTPUT
    else:
        wrong |= {
            **_CLASSES,
            "loss/entropy-averaged": lambda output, target: right(output, target) * Fraction(1, outputs_of(output)),
        }
    for id, found in wrong.items():
        declare = d.convention if is_convention(id) else d.misconception
        declare(id, replaces=step, output=output, target=target)(rule(found))
