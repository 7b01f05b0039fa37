"""A reading against the key: right, partly right, too coarse, in the wrong form, or wrong, and what can be said of it."""

from __future__ import annotations

from grader.comparing.arrays import compare_array, compare_unordered
from grader.comparing.expressions import compare_expression
from grader.comparing.labels import compare_choice, compare_choices, compare_matching, compare_order
from grader.comparing.numbers import compare_number
from grader.comparing.shapes import compare_shape
from grader.complexity import compare_cost
from grader.outcome import NOTHING, RIGHT, WRONG, Outcome
from grader.reading import Reading
from grader.terms import alike, plain_term
from questions.blueprint import Policy
from questions.key import Target
from solvers.text import Text
from solvers.values import is_array

_NO_SUCH_NAME = Text("There is no such name in the question.", "题中没有这个名称。")
_ARRAYS = frozenset(("vector", "matrix", "tensor"))
_PLAIN = frozenset(("integer", "real")) | _ARRAYS


def compare(reading: Reading, target: Target, policy: Policy) -> Outcome:
    """The one comparison that every mark comes from: the same reading, key and policy give the same outcome everywhere."""
    plain = target.type in _PLAIN and target.unit is None and not (target.precision and target.precision.exactly)
    if plain and target.close(reading.value):
        return RIGHT
    outcome = _compared(reading, target, policy)
    if reading.exact is not None and outcome.credit < 1:
        exact = compare(reading.exact, target, policy)
        outcome = exact if exact.credit > outcome.credit else outcome
    if outcome.kind == "partial" and not target.partial:
        return Outcome("incorrect", NOTHING, outcome.notes)
    return outcome


def _compared(reading: Reading, target: Target, policy: Policy) -> Outcome:
    match target.type:
        case "expression":
            return compare_expression(reading, target)
        case "complexity":
            return compare_cost(reading, target, policy)
        case "choice":
            return compare_choice(reading, target)
        case "truth":
            return RIGHT if reading.value is target.value else WRONG
        case "choices":
            return compare_choices(reading.value, target)
        case "order":
            return compare_order(reading.value, target.value)
        case "matching":
            return compare_matching(dict(reading.value), dict(target.value))
        case "text":
            return _compare_name(reading.value, target)
        case "shape":
            return compare_shape(reading.value, target.value)
        case _ if not is_array(target.value):
            return compare_number(reading, target, policy)
        case _ if not target.ordered:
            return compare_unordered(reading, target)
        case _:
            return compare_array(reading, target, policy)


def _compare_name(name: str, target: Target) -> Outcome:
    """A name against those accepted; of one that the question does not have this is said."""
    if alike(name, target.accept, target.others):
        return RIGHT
    named = plain_term(name)
    known = not target.listed or any(plain_term(word) in named for word in (*target.accept, *target.others))
    return WRONG if known else Outcome("incorrect", NOTHING, (_NO_SUCH_NAME,))
