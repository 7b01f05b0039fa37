"""Big-O: how a cost grows, whatever its constants and lower-order terms.

A cost is read as a sum of products of powers and logarithms of its variables. A term is dropped if another one is at least as
large in every variable; what is left is compared with the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from solvers.expression import Node, parse
from solvers.expression.nodes import Call, Constant, Name, Negative, Number, Power, Product, Sum
from solvers.text import GradmarkError, Text

Term = Mapping[str, Fraction]
"""The exponent of each variable; `log n` counts as a variable of its own."""
_ORDERS = ("O", "Theta", "Θ")
_CONSTANT: Term = MappingProxyType({})


class NoGrowthError(GradmarkError):
    """The expression is not a sum of products of powers and logarithms."""

    def __init__(self) -> None:
        super().__init__(
            "expected a cost such as O(n^2 d), made of products, powers and logarithms",
            "应写成 O(n^2 d) 这样的形式，由乘积、幂和对数组成",
        )


def growth(node: Node) -> frozenset[frozenset[tuple[str, Fraction]]]:
    """The terms that no other term outgrows."""
    terms = [dict(term) for term in _terms(_inside(node))]
    kept = [t for t in terms if not any(_outgrows(other, t) for other in terms if other != t)]
    return frozenset(frozenset(t.items()) for t in kept)


def compare_growth(answer: Node, key: str) -> tuple[Fraction, *tuple[Text, ...]]:
    """The credit for a cost and what to say: too loose, too tight, or another growth altogether."""
    right = growth(parse(key))
    try:
        given = growth(answer)
    except NoGrowthError as error:
        return Fraction(0), error.text
    if given == right:
        return (Fraction(1),)
    mine, yours = [dict(t) for t in right], [dict(t) for t in given]
    if all(any(_outgrows(b, a) for b in yours) for a in mine):
        return Fraction(0), Text("True as a bound, but too loose.", "作为上界成立，但过于宽松。")
    if all(any(_outgrows(a, b) for a in mine) for b in yours):
        return Fraction(0), Text("Too tight: the cost grows faster.", "过小：实际代价增长更快。")
    return Fraction(0), Text("The cost grows in another way.", "代价的增长方式不同。")


def _inside(node: Node) -> Node:
    match node:
        case Call(function=function, arguments=(inner,)) if function in _ORDERS:
            return inner
        case Product(factors=((_, Name(name=name)), (_, inner))) if name in _ORDERS:
            return inner
        case _:
            return node


def _outgrows(a: Term, b: Term) -> bool:
    """Whether `a` is at least as large as `b` in every variable; any power outgrows a logarithm."""
    for name, exponent in b.items():
        if name.startswith("log "):
            variable = name.removeprefix("log ")
            if a.get(name, Fraction(0)) < exponent and a.get(variable, Fraction(0)) <= b.get(variable, Fraction(0)):
                return False
        elif a.get(name, Fraction(0)) < exponent:
            return False
    return all(exponent >= b.get(name, Fraction(0)) or name.startswith("log ") for name, exponent in a.items())


def _terms(node: Node) -> list[Term]:
    match node:
        case Number() | Constant():
            return [_CONSTANT]
        case Name(name=name):
            return [{name: Fraction(1)}]
        case Negative(operand=operand):
            return _terms(operand)
        case Sum(terms=terms):
            return [term for _, inner in terms for term in _terms(inner)]
        case Product(factors=factors):
            result: list[Term] = [_CONSTANT]
            for operator, factor in factors:
                sign = -1 if operator == "/" else 1
                found = _terms(factor)
                if sign < 0 and len(found) != 1:
                    raise NoGrowthError
                result = [_times(a, b, sign) for a in result for b in found]
            return result
        case Power(base=base, exponent=Number(value=exponent)):
            found = _terms(base)
            if len(found) == 1:
                return [{name: e * exponent for name, e in found[0].items()}]
            if isinstance(exponent, int) and 0 < exponent <= 4:
                return _terms(Product(base.offset, (("*", base),) * exponent))
            raise NoGrowthError
        case Call(function=function, arguments=(Name(name=name),)) if function in ("log", "ln", "log2", "log10"):
            return [{f"log {name}": Fraction(1)}]
        case Call(function="sqrt", arguments=(inner,)):
            found = _terms(inner)
            if len(found) == 1:
                return [{name: e / 2 for name, e in found[0].items()}]
            raise NoGrowthError
        case _:
            raise NoGrowthError


def _times(a: Term, b: Term, sign: int) -> Term:
    exponents = {name: a.get(name, Fraction(0)) + sign * b.get(name, Fraction(0)) for name in {**a, **b}}
    return {name: exponent for name, exponent in exponents.items() if exponent}
