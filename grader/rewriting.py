"""Formulas with one thing changed, as people change them by mistake: an operand, an operator, a sign, a bracket, a function, one more or one less."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from solvers.expression import Node
from solvers.expression.nodes import (
    JUXTAPOSED,
    Call,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Sum,
    Transpose,
    children,
    names_in,
    rebuilt,
)

_TWINS = (
    ("floor", "ceil", "round"),
    ("tanh", "sigmoid", "relu"),
    ("max", "min"),
    ("sin", "cos"),
    ("ln", "log2", "log10"),
)


def changed_trees(tree: Node, others: tuple[str, ...]) -> list[Node]:
    """Every tree with one thing in it changed, each once; `others` are names that may stand in it by mistake."""
    names = tuple(sorted(names_in(tree)))
    return list(dict.fromkeys([*_within(tree, (*names, *others)), *_around(tree, names)]))


def _number(value: int) -> Number:
    return Number(0, value, str(value), "integer")


_ONE, _TWO = _number(1), _number(2)


def _times(a: Node, b: Node) -> Node:
    return Product(0, (("*", a), ("*", b)))


def _over(a: Node, b: Node) -> Node:
    return Product(0, (("*", a), ("/", b)))


def _plus(a: Node, sign: str, b: Node) -> Node:
    return Sum(0, (("+", a), (sign, b)))


def _around(tree: Node, names: tuple[str, ...]) -> Iterator[Node]:
    """The whole result changed, or the step skipped."""
    yield from (_plus(tree, sign, _ONE) for sign in "+-")
    yield from (_times(_TWO, tree), _over(tree, _TWO), Negative(0, tree), _over(_ONE, tree), Transpose(0, tree))
    yield from (Call(0, function, (tree,)) for function in ("floor", "ceil", "round", "sqrt"))
    yield from (Name(0, name) for name in names)


def _within(node: Node, names: tuple[str, ...]) -> Iterator[Node]:
    """The tree with one node changed."""
    yield from _here(node, names)
    for place, child in enumerate(children(node)):
        for new in _within(child, names):
            at = count()
            yield rebuilt(node, lambda old, at=at, place=place, new=new: new if next(at) == place else old)  # type: ignore[misc]


def _here(node: Node, names: tuple[str, ...]) -> Iterator[Node]:
    match node:
        case Sum(terms=pairs):
            yield from (_sum(pairs[:i] + pairs[i + 1 :]) for i in range(len(pairs)))
            yield from (
                _sum((*pairs[:i], ("-" if sign == "+" else "+", x), *pairs[i + 1 :]))
                for i, (sign, x) in enumerate(pairs)
            )
            yield from _with_bracket(pairs)
        case Product(factors=pairs):
            yield from _of_product(pairs)
            yield from _without_bracket(pairs)
        case Number(value=value) if isinstance(value, int):
            yield from (_number(value + 1), _number(value - 1))
            yield from (_number(value * 2),) if value else ()
        case Name(name=name):
            yield from (Name(0, other) for other in names if other != name)
            yield from (_times(_TWO, node), _over(node, _TWO), Transpose(0, node), Power(0, node, _TWO))
            yield from (_plus(node, sign, _ONE) for sign in "+-")
        case Power(base=base, exponent=exponent):
            yield from (base, _times(exponent, base))
        case Call(function=function, arguments=arguments):
            yield from arguments
            yield from (
                Call(0, twin, arguments) for twins in _TWINS if function in twins for twin in twins if twin != function
            )
        case Negative(operand=operand) | Transpose(operand=operand):
            yield operand
        case _:
            return


def _sum(pairs: tuple[tuple[str, Node], ...]) -> Node:
    """A sum of these terms, whose first may have a minus; of one only, the term itself."""
    sign, first = pairs[0]
    first = Negative(0, first) if sign == "-" else first
    return Sum(0, (("+", first), *pairs[1:])) if len(pairs) > 1 else first


def _with_bracket(pairs: tuple[tuple[str, Node], ...]) -> Iterator[Node]:
    """A factor of one of two terms taken as one of both: a (b + c) for a b + c."""
    for own, other in ((0, 1), (1, 0)) if len(pairs) == 2 else ():
        term = pairs[own][1]
        if isinstance(term, Product) and all(sign != "/" for sign, _ in term.factors):
            for i in range(len(term.factors)):
                rest = _product(term.factors[:i] + term.factors[i + 1 :])
                inner = [(pairs[own][0], rest), (pairs[other][0], pairs[other][1])]
                yield _times(term.factors[i][1], _sum(tuple(inner if own == 0 else reversed(inner))))


def _without_bracket(pairs: tuple[tuple[str, Node], ...]) -> Iterator[Node]:
    """A factor of a sum taken as one of a single term: a b + c for a (b + c)."""
    for i, (sign, factor) in enumerate(pairs):
        if isinstance(factor, Sum) and sign != "/" and all(other != "/" for other, _ in pairs) and len(pairs) > 1:
            rest = _product(pairs[:i] + pairs[i + 1 :])
            for j, (own, term) in enumerate(factor.terms):
                yield _sum((*factor.terms[:j], (own, _times(rest, term)), *factor.terms[j + 1 :]))


def _of_product(pairs: tuple[tuple[str, Node], ...]) -> Iterator[Node]:
    for i, (sign, factor) in enumerate(pairs):
        rest = pairs[:i] + pairs[i + 1 :]
        yield _product(rest)
        if i and sign in ("*", JUXTAPOSED, "/"):
            yield Product(0, (*pairs[:i], ("*" if sign == "/" else "/", factor), *pairs[i + 1 :]))
        if i and sign != "/":
            before, (own, x) = pairs[: i - 1], pairs[i - 1]
            yield Product(0, (*before, (own, factor), (sign, x), *pairs[i + 1 :]))
        if sign == "/":
            yield from (Call(0, function, (Product(0, pairs),)) for function in ("floor", "ceil"))
        elif i and all(own != "/" for own, _ in pairs):
            yield _sum((("+", _product(pairs[:i])), ("+", _product((("*", factor), *pairs[i + 1 :])))))


def _product(pairs: tuple[tuple[str, Node], ...]) -> Node:
    sign, first = pairs[0]
    if sign == "/":
        return Product(0, (("*", _ONE), *pairs))
    return Product(0, (("*", first), *pairs[1:])) if len(pairs) > 1 else first
