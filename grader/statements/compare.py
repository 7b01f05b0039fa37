"""Equations, inequalities, conditions, sets and lists: right when they say the same, however they are written.

* An equation is another one if the difference of its sides is the other's times a number, after common denominators: `2x + 2y = 1` is
  `y = 1/2 - x`, `x^2 = 4` is `x = 2 or x = -2`; `x = 2` is neither `x^2 = 4` nor `(x - 2)^2 = 0`, which has its root twice.
* Conditions in one unknown are the same if they hold for the same numbers, at each boundary and between any two.
* Conditions in several unknowns are the same if they join the same inequalities, up to positive factors, by the same logic.
* Equations joined by `and`, or listed, are a system: the same if they are the same polynomials' zeros.
* Intervals, `x in ...` and lists of solutions are conditions in the unknown.
* Sets are the same in any order, however often an element is named; lists element by element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from grader.outcome import NOTHING, RIGHT, Outcome
from grader.statements.equations import alternatives, same_equation, same_system, system
from grader.statements.intervals import as_condition, is_region, unknown_of
from grader.statements.logic import join_the_same
from grader.statements.proportion import Domains, alike, value_somewhere
from grader.statements.regions import differs_at
from solvers.expression.nodes import Array, Comparison, Constant, Logic, Name, Node, Not, children, names_in
from solvers.text import Text
from solvers.values import plain

MOST_ITEMS: Final = 40
"""Elements of a set or list."""
SameFormula = Callable[[Node, Node], bool]
"""Whether two formulas agree as functions."""


def is_statement(node: Node) -> bool:
    """Whether something is an equation, a condition, a set or a list, rather than a formula."""
    match node:
        case Comparison() | Logic() | Not() | Array():
            return True
        case Constant(name=name):
            return name in ("true", "false")
        case _:
            return False


def compare_statement(key: Node, answer: Node, domains: Domains, same_formula: SameFormula) -> Outcome:
    """Whether the answer says what the key says; a wrong condition in one unknown gets a number at which it fails."""
    key, answer = _aligned(key, answer)
    if _same(key, answer, domains, same_formula):
        return RIGHT
    wanted, given = _kind(key), _kind(answer)
    if wanted != given:
        note = Text(
            f"This is {_KINDS[given].en}; {_KINDS[wanted].en} is expected.",
            f"这是{_KINDS[given].zh}，应为{_KINDS[wanted].zh}。",
        )
        return Outcome("incorrect", NOTHING, (note,))
    if wanted == "condition" and (place := differs_at(key, answer, domains)) is not None and place[1] is not None:
        name, value, holds = place
        en = f"At {name} = {plain(value)}, yours {'holds' if not holds else 'does not hold'}; it should{'' if holds else ' not'}."
        zh = f"当 {name} = {plain(value)} 时，你的条件{'不成立，应成立' if holds else '成立，应不成立'}。"
        return Outcome("incorrect", NOTHING, (Text(en, zh),))
    return Outcome("incorrect", NOTHING)


def stated(node: Node) -> Node | None:
    """The formula that an equation gives for a name, as `2*x + 1` of `y = 2*x + 1`; None if it gives none."""
    match node:
        case Comparison(first=Name(name=name), rest=(("==", side),)) if name not in names_in(side):
            return None if is_statement(side) else side
        case _:
            return None


def _gives_solutions(node: Node) -> bool:
    """Whether several numbers are given for one unknown: where solutions are listed, `x = 1 and x = 2` lists two."""
    if not isinstance(node, Logic) or node.word != "and":
        return False
    sides = [stated(each) for each in node.operands]
    return len(names_in(node)) == 1 and all(side is not None and not names_in(side) for side in sides)


def _is_flat(node: Node) -> bool:
    """Whether a list is short and has no lists in it, so that it may be an interval or what an unknown may be."""
    if not isinstance(node, Array):
        return True
    return len(node.items) <= MOST_ITEMS and not any(isinstance(item, Array) for item in node.items)


def _listed(node: Node, bracket: str) -> Node:
    """What is listed without brackets: conditions that hold together, or the elements of a set or list."""
    if not isinstance(node, Array) or node.bracket:
        return node
    if any(isinstance(item, (Comparison, Logic, Not)) for item in node.items):
        return Logic(node.offset, "and", node.items)
    return Array(node.offset, node.items, bracket)


def _aligned(key: Node, answer: Node) -> tuple[Node, Node]:
    """Intervals, sets and conditions in one unknown in the form that the two have in common; without brackets, what is listed is a set."""
    key = _listed(key, "{")
    answer = _listed(answer, key.bracket if isinstance(key, Array) else "{")
    if _kind(key) == "set" and _gives_solutions(answer):
        answer = Logic(answer.offset, "or", children(answer))
    unknown = unknown_of(key, answer)
    kinds = {_kind(key), _kind(answer)}
    mixed = kinds in ({"set", "equation"}, {"set", "condition"}, {"list", "condition"})
    if unknown is None or not (mixed or is_region(key) or is_region(answer)):
        return key, answer
    if not (_is_flat(key) and _is_flat(answer)):
        return key, answer
    return as_condition(key, unknown), as_condition(answer, unknown)


_KINDS = {
    "formula": Text("a formula", "公式"),
    "equation": Text("an equation", "方程"),
    "condition": Text("a condition", "条件"),
    "set": Text("a set", "集合"),
    "list": Text("a list", "列表"),
}


def _kind(node: Node) -> str:
    match node:
        case Array(bracket="{"):
            return "set"
        case Array():
            return "list"
        case _ if alternatives(node) is not None:
            return "equation"
        case _:
            return "condition" if is_statement(node) else "formula"


def _same(key: Node, answer: Node, domains: Domains, same_formula: SameFormula) -> bool:
    if key == answer and not isinstance(key, Array):
        return True
    wanted, given = _kind(key), _kind(answer)
    if wanted == "set" or (wanted == "formula" and given == "set"):
        return _same_set(key, answer, domains, same_formula)
    together, typed = _together(key), _together(answer)
    if together is not None and typed is not None and "list" in (wanted, given):
        return same_system(together, typed, domains)
    if wanted == given == "list":
        mine, yours = _items(key), _items(answer)
        if len(mine) == len(yours) == 2 and _brackets(key) != _brackets(answer) and not names_in(key):
            return False  # [0, 1] and (0, 1) may be intervals
        return len(mine) == len(yours) <= MOST_ITEMS and all(
            _same(a, b, domains, same_formula) for a, b in zip(mine, yours, strict=True)
        )
    if wanted == given == "equation":
        return same_equation(key, answer, domains)
    if "list" in (wanted, given) or given == "set":
        return False
    if wanted == given == "formula":
        return same_formula(key, answer)
    if "formula" in (wanted, given) and not (isinstance(key, Name) or isinstance(answer, Name)):
        return False
    if together is not None and typed is not None and len(names_in(key) | names_in(answer)) > 1:
        return same_system(together, typed, domains)
    if len(names_in(key) | names_in(answer)) == 1 and not isinstance(key, Name) and not isinstance(answer, Name):
        return _same_region(key, answer, domains)
    return join_the_same(key, answer, domains)


def _same_region(key: Node, answer: Node, domains: Domains) -> bool:
    """Whether two conditions hold for the same numbers; one that never holds, as `f(2) < f(1) < f(4)`, may be of a function f."""
    if differs_at(key, answer, domains) is not None:
        return False
    return not names_in(key) or differs_at(key, Constant(key.offset, "false"), domains) is not None


def _brackets(node: Node) -> str:
    return node.bracket if isinstance(node, Array) and node.bracket in ("(", "[") else ""


def _together(node: Node) -> tuple[Node, ...] | None:
    """The equations that hold together, listed or joined by `and`; None if there is anything else."""
    if isinstance(node, Array):
        return node.items if node.items and all(_kind(item) == "equation" for item in node.items) else None
    return system(node)


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Array) else (node,)


def _same_set(key: Node, answer: Node, domains: Domains, same_formula: SameFormula) -> bool:
    """Every element of each is one of the other; elements may stand without braces, but not in other brackets."""
    if isinstance(answer, Array) and answer.bracket != "{":
        return False
    mine, yours = _items(key), _items(answer)
    if max(len(mine), len(yours)) > MOST_ITEMS:
        return False
    names = names_in(key) | names_in(answer)
    marks = [[value_somewhere(item, names) for item in items] for items in (mine, yours)]

    def found(item: Node, mark: float | None, others: Sequence[Node], theirs: Sequence[float | None]) -> bool:
        near = (other for other, its in zip(others, theirs, strict=True) if alike(mark, its))
        return any(_same(item, other, domains, same_formula) for other in near)

    return all(found(item, mark, yours, marks[1]) for item, mark in zip(mine, marks[0], strict=True)) and all(
        found(item, mark, mine, marks[0]) for item, mark in zip(yours, marks[1], strict=True)
    )
