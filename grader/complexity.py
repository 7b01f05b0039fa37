"""Big-O: how a cost grows, whatever its constants and lower-order terms.

A cost is read as a sum of products of powers and logarithms of its variables. A term is dropped if another one is at least as
large in every variable; what is left is compared with the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType

from solvers.expression import ExpressionError, Node, evaluate, names_in, parse
from solvers.expression.nodes import Call, Constant, Name, Negative, Number, Power, Product, Sum
from solvers.text import GradmarkError, Text

Term = Mapping[str, Fraction]
"""The exponent of each variable; `log n` counts as a variable of its own."""
_ORDERS = ("O", "Theta", "Θ")
_LOG = "log "
_LOGARITHMS = ("log", "ln", "log2", "log10")
LARGEST_EXPONENT = 100
LARGEST_POWER_OF_A_SUM = 4
MOST_TERMS = 200
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
    terms = _terms(_inside(node))
    kept = [t for t in terms if not any(_outgrows(other, t) for other in terms if other != t)]
    return frozenset(frozenset(t.items()) for t in kept)


def compare_growth(answer: Node, key: str) -> tuple[Fraction, *tuple[Text, ...]]:
    """The credit for a cost and what to say: too loose, too tight, or another growth altogether.

    Variables that differ from the key's only in case are the key's: `O(N^2)` is `O(n^2)`.
    """
    right = growth(parse(key))
    try:
        given = growth(answer)
    except NoGrowthError as error:
        return Fraction(0), error.text
    mine = [dict(t) for t in right]
    yours = [_in_case(dict(t), mine) for t in given]
    if all(t in mine for t in yours) and all(t in yours for t in mine):
        return (Fraction(1),)
    if all(any(_outgrows(b, a) for b in yours) for a in mine):
        return Fraction(0), Text("True as a bound, but too loose.", "作为上界成立，但过于宽松。")
    if all(any(_outgrows(a, b) for a in mine) for b in yours):
        return Fraction(0), Text("Too tight: the cost grows faster.", "过小：实际代价增长更快。")
    return Fraction(0), Text("The cost grows in another way.", "代价的增长方式不同。")


def _in_case(term: Term, key: Iterable[Term]) -> Term:
    known = {name for other in key for name in other}
    spelt = {name.casefold(): name for name in known}
    if len(spelt) < len(known):
        return term
    renamed = {name if name in known else spelt.get(name.casefold(), name): e for name, e in term.items()}
    return renamed if len(renamed) == len(term) else term


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
    for name in {**a, **b}:
        if a.get(name, Fraction(0)) >= b.get(name, Fraction(0)):
            continue
        variable = name.removeprefix(_LOG)
        if variable == name or a.get(variable, Fraction(0)) <= b.get(variable, Fraction(0)):
            return False
    return True


def _terms(node: Node) -> list[Term]:
    match node:
        case Number() | Constant():
            return [_CONSTANT]
        case Name(name=name):
            return [{name: Fraction(1)}]
        case Negative(operand=operand):
            return _terms(operand)
        case Sum(terms=terms):
            return _distinct(term for _, inner in terms for term in _terms(inner))
        case Product(factors=factors):
            result: list[Term] = [_CONSTANT]
            for operator, factor in factors:
                sign = -1 if operator == "/" else 1
                found = _terms(factor)
                if sign < 0 and len(found) != 1:
                    raise NoGrowthError
                result = _distinct(_times(a, b, sign) for a in result for b in found)
            return result
        case Power(base=base, exponent=exponent):
            return _power(base, _number(exponent))
        case Call(function=function, arguments=(inner, *_)) if function in _LOGARITHMS:
            return _logarithm(_terms(inner))
        case Call(function="sqrt", arguments=(inner,)):
            return _power(inner, Fraction(1, 2))
        case Call(function="max", arguments=arguments):
            return _distinct(term for inner in arguments for term in _terms(inner))
        case _:
            raise NoGrowthError


def _distinct(terms: Iterable[Term]) -> list[Term]:
    """The terms without repetitions. Raises NoGrowthError for more than anybody writes: a product of sums grows fast."""
    found: dict[frozenset[tuple[str, Fraction]], Term] = {}
    for term in terms:
        found[frozenset(term.items())] = term
        if len(found) > MOST_TERMS:
            raise NoGrowthError
    return list(found.values())


def _number(node: Node) -> Fraction:
    """The number that an exponent without variables is."""
    if names_in(node):
        raise NoGrowthError
    try:
        value = evaluate(node, {})
    except ExpressionError:  # 9^9^9^9, 1/0
        raise NoGrowthError from None
    if isinstance(value, (int, Fraction)) and abs(Fraction(value)) <= LARGEST_EXPONENT:
        return Fraction(value)
    raise NoGrowthError


def _power(base: Node, exponent: Fraction) -> list[Term]:
    """The terms of a power: of a product to any exponent, of a sum to a small whole one."""
    found = _terms(base)
    if len(found) == 1:
        return [{name: e * exponent for name, e in found[0].items() if exponent}]
    if exponent.denominator == 1 and 0 < exponent <= LARGEST_POWER_OF_A_SUM:
        return _terms(Product(base.offset, (("*", base),) * int(exponent)))
    raise NoGrowthError


def _logarithm(terms: list[Term]) -> list[Term]:
    """The logarithm of a product is a sum, and its exponents are constants."""
    names = {name for term in terms for name in term}
    if any(name.startswith(_LOG) for name in names):
        raise NoGrowthError
    return [{_LOG + name: Fraction(1)} for name in sorted(names)] or [_CONSTANT]


def _times(a: Term, b: Term, sign: int) -> Term:
    exponents = {name: a.get(name, Fraction(0)) + sign * b.get(name, Fraction(0)) for name in {**a, **b}}
    return {name: exponent for name, exponent in exponents.items() if exponent}
