"""Intervals and what an unknown is an element of, as conditions in that unknown."""

from __future__ import annotations

from solvers.expression.nodes import Array, Comparison, Constant, Logic, Name, Negative, Node, Not, children, names_in


def is_interval(node: Node) -> bool:
    """Whether the brackets of a list are those of an interval that is not closed or open on both sides, or reaches to infinity."""
    return (
        isinstance(node, Array)
        and len(node.items) == 2
        and node.bracket != "{"
        and (len(node.bracket) == 2 or any(map(_is_infinite, node.items)))
    )


def is_region(node: Node) -> bool:
    """Whether something is an interval, several joined by `or`, or says what set an unknown lies in."""
    match node:
        case Array():
            return is_interval(node)
        case Comparison(rest=((sign, _),)) if sign in ("in", "not in"):
            return True
        case Logic() | Not():
            return any(map(is_region, children(node)))
        case _:
            return False


def as_condition(node: Node, unknown: str) -> Node:
    """Intervals, pairs and sets as conditions in the unknown; anything else as it is."""
    match node:
        case Logic(offset=offset, word=word, operands=operands):
            return Logic(offset, word, tuple(as_condition(each, unknown) for each in operands))
        case Not(offset=offset, operand=operand):
            return Not(offset, as_condition(operand, unknown))
        case Comparison(first=Name(name=name), rest=(("in", of),)):
            return as_condition(of, name)
        case Comparison(offset=offset, first=Name(name=name), rest=(("not in", of),)):
            return Not(offset, as_condition(of, name))
        case Array(offset=offset, items=items, bracket="{"):
            return _any(offset, [Comparison(offset, Name(offset, unknown), (("==", item),)) for item in items])
        case Array(offset=offset, items=(low, high), bracket=bracket):
            if (_is_infinite(low) and not isinstance(low, Negative)) or (
                _is_infinite(high) and isinstance(high, Negative)
            ):
                return Constant(offset, "false")  # from infinity, or to minus infinity, there is nothing
            x = Name(offset, unknown)
            parts: list[Node] = []
            if not _is_infinite(low):
                parts.append(Comparison(offset, x, ((">=" if bracket[0] == "[" else ">", low),)))
            if not _is_infinite(high):
                parts.append(Comparison(offset, x, (("<=" if bracket[-1] in "[]" else "<", high),)))
            return Logic(offset, "and", tuple(parts)) if parts else Constant(offset, "true")
        case _:
            return node


def _any(offset: int, conditions: list[Node]) -> Node:
    if len(conditions) == 1:
        return conditions[0]
    return Logic(offset, "or", tuple(conditions)) if conditions else Constant(offset, "false")


def unknown_of(*nodes: Node) -> str | None:
    """The one unknown of several statements; `x` if they name none, None if they name more."""
    names = frozenset[str]().union(*map(names_in, nodes))
    return None if len(names) > 1 else next(iter(names), "x")


def _is_infinite(node: Node) -> bool:
    inner = node.operand if isinstance(node, Negative) else node
    return isinstance(inner, Constant) and inner.name == "infinity"
