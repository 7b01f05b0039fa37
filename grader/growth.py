"""How costs grow: sums of terms, and which term outgrows which.

A term is the exponential of a sum: `n^2 d` is exp(2 log n + log d), `2^n` is exp(0.693 n), `n!` is exp(n log n - n). So powers, roots,
logarithms of any base, exponentials and factorials are compared by one rule: a term is at least as large as another if, of the
difference of their logarithms, all that is negative is outgrown by something positive.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

from solvers.expression import ExpressionError, Node, evaluate, names_in, to_plain
from solvers.expression.nodes import Call, Name, Negative, Number, Power, Product, Sum
from solvers.text import GradmarkError

Atom = tuple[str, int]
"""A variable and how often its logarithm was taken: `("n", 1)` is log n."""
Monomial = tuple[tuple[Atom, float], ...]
"""A product of powers of atoms, in the order of their names."""
Term = frozenset[tuple[Monomial, float]]
"""The logarithm of a term, without its constant: monomials with their coefficients."""
Cost = dict[Term, float]
"""Terms with their constant factors."""

_ONE: Term = frozenset()
_BASES = {"log": math.e, "ln": math.e, "log2": 2.0, "log10": 10.0}
_UNCHANGED = ("floor", "ceil", "abs", "round")
_DIGITS = 12  # of a coefficient while it is worked with
_FEWER_DIGITS = 8  # when it is compared, so that log 2 + log 3 is log 6
_SHARES = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4)
_LARGEST = 1e300
LARGEST_EXPONENT = 100
LARGEST_POWER_OF_A_SUM = 4
MOST_TERMS = 40
MOST_MIXED = 6
"""Terms up to which it is asked whether two of them outgrow a third together."""
MOST_LOGARITHMS = 3
MOST_WORK = 2_000
"""Terms made while one expression is worked out; an exponential counts as several."""
_EXPONENTIAL = 10


class NoGrowthError(GradmarkError):
    """The expression is not made of products, powers, logarithms, exponentials and factorials."""

    def __init__(self) -> None:
        super().__init__(
            "expected a cost such as O(n^2 d), made of products, powers and logarithms",
            "应写成 O(n^2 d) 这样的形式，由乘积、幂和对数组成",
        )


class Costs:
    """Costs of expressions, in variables that are spelt as known ones wherever they differ only in case."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        names = tuple(known)
        spelt = {name.casefold(): name for name in names}
        self._spelt = spelt if len(spelt) == len(names) else {}
        self._names = frozenset(names)
        self._left = MOST_WORK

    def _variables(self, name: str) -> tuple[str, ...]:
        """The known variable that a name spells, or several (`ND` is n and d); else the name itself."""
        if name in self._names:
            return (name,)
        letters = tuple(name.casefold())
        if name.casefold() not in self._spelt and all(letter in self._spelt for letter in letters):
            return tuple(self._spelt[letter] for letter in letters)
        return (self._spelt.get(name.casefold(), name),)

    def of(self, node: Node) -> Cost:
        """The terms of an expression. Raises NoGrowthError."""
        self._spend(1)
        if isinstance(node, Number) and isinstance(node.value, int):
            return {_ONE: _bounded(float(min(node.value, 10**301)))} if node.value else {}
        if not names_in(node):
            return _constant(node)
        match node:
            case Name(name=name):
                return _product_of_all(_power_of((known, 0), 1.0) for known in self._variables(name))
            case Negative(operand=operand):
                return {term: -factor for term, factor in self.of(operand).items()}
            case Sum(terms=terms):
                return _added((self.of(inner), -1 if sign == "-" else 1) for sign, inner in terms)
            case Product(factors=factors):
                return self._product(factors)
            case Power(base=base, exponent=exponent):
                return self._power(base, exponent)
            case Call(function=function, arguments=arguments):
                return self._call(function, arguments)
            case _:
                raise NoGrowthError

    def _spend(self, work: int) -> None:
        """Raises NoGrowthError once there has been more of it than for any cost that anybody writes."""
        self._left -= work
        if self._left < 0:
            raise NoGrowthError

    def _multiplied(self, a: Cost, b: Cost) -> Cost:
        self._spend(len(a) * len(b))
        return _multiplied(a, b)

    def _product(self, factors: Iterable[tuple[str, Node]]) -> Cost:
        result: Cost = {_ONE: 1.0}
        for operator, inner in factors:
            found = self.of(inner)
            if operator in ("/", "//"):
                found = _raised(_single(found), -1)
            elif operator == "%":
                raise NoGrowthError
            result = self._multiplied(result, found)
        return result

    def _power(self, base: Node, exponent: Node) -> Cost:
        """A power: of one term to any exponent, of a sum to a small whole one, of anything single to a growing one."""
        found = self.of(base)
        if names_in(exponent):
            return self._exponential(found, self.of(exponent))
        power = _fraction(exponent)
        if len(found) > 1 and power.denominator == 1 and 0 < power <= LARGEST_POWER_OF_A_SUM:
            result = found
            for _ in range(int(power) - 1):
                result = self._multiplied(result, found)
            return result
        return _raised(found if len(found) == 1 else _one_term(found), float(power))

    def _exponential(self, base: Cost, exponent: Cost) -> Cost:
        """The base to a power that grows itself: the logarithm of the base times the exponent."""
        self._spend(_EXPONENTIAL)
        term, factor = next(iter(_single(base).items()))
        if factor <= 0:
            raise NoGrowthError
        logarithm: list[tuple[Monomial, float]] = [((), math.log(factor)), *term]
        found: dict[Monomial, float] = {}
        for inner, times in exponent.items():
            monomial = _monomial(inner)
            for other, coefficient in logarithm:
                product = _joined(monomial, other)
                found[product] = found.get(product, 0.0) + times * coefficient
        constant = found.pop((), 0.0)
        return {_term(found): _bounded(math.exp(min(constant, 690.0)))}

    def _call(self, function: str, arguments: tuple[Node, ...]) -> Cost:
        match function, arguments:
            case "max", _:
                return _added((self.of(inner), 1) for inner in arguments)
            case "min", _:
                return {_power_of((f"min({', '.join(sorted(map(to_plain, arguments)))})", 0), 1.0): 1.0}
            case (("log" | "ln" | "log2" | "log10"), (inner,)):
                return _logarithm(self.of(inner), _BASES[function])
            case "log", (inner, base) if names_in(base):
                over, under = (_logarithm(self.of(x), math.e) for x in (inner, base))
                return self._multiplied(over, _raised(_single(under), -1))
            case "log", (inner, base):
                return _logarithm(self.of(inner), float(_fraction(base)))
            case "sqrt", (inner,):
                return _raised(_one_term(self.of(inner)), 0.5)
            case "exp", (inner,):
                return self._exponential({_ONE: math.e}, self.of(inner))
            case "factorial", (inner,):
                found = self.of(inner)
                # n! is n^n e^-n, but for a factor of at most a power of n.
                return _multiplied(self._exponential(found, found), self._exponential({_ONE: 1 / math.e}, found))
            case _, (inner,) if function in _UNCHANGED:
                return self.of(inner)
            case _:
                raise NoGrowthError


def _constant(node: Node) -> Cost:
    """A number that isn't 0 is a term of its own."""
    try:
        value = evaluate(node, {})
        size = float(value)
    except ExpressionError:  # 9^9^9^9, 1/0
        raise NoGrowthError from None
    except OverflowError:
        return {_ONE: _LARGEST}
    except (TypeError, ValueError):
        raise NoGrowthError from None
    if not math.isfinite(size):
        raise NoGrowthError
    return {_ONE: _bounded(size)} if size else {}


def _fraction(node: Node) -> Fraction:
    """The number that an exponent or a base without variables is."""
    if names_in(node):
        raise NoGrowthError
    try:
        value = node.value if isinstance(node, Number) else evaluate(node, {})
    except ExpressionError:
        raise NoGrowthError from None
    if isinstance(value, (int, Fraction)) or (isinstance(value, float) and math.isfinite(value)):
        exponent = Fraction(value)
        if abs(exponent) <= LARGEST_EXPONENT:
            return exponent
    raise NoGrowthError


def _bounded(factor: float) -> float:
    return math.copysign(min(abs(factor), _LARGEST), factor)


def _power_of(atom: Atom, exponent: float) -> Term:
    """An atom to a power, as a term."""
    name, level = atom
    if level >= MOST_LOGARITHMS:
        raise NoGrowthError
    return _term({(((name, level + 1), 1.0),): exponent})


def _term(logarithm: dict[Monomial, float]) -> Term:
    return frozenset((m, rounded) for m, c in logarithm.items() if (rounded := round(c, _DIGITS)))


def _added(costs: Iterable[tuple[Cost, int]]) -> Cost:
    """The sum; what cancels is gone. Raises NoGrowthError for more terms than anybody writes: a product of sums grows fast."""
    found: Cost = {}
    for cost, sign in costs:
        for term, factor in cost.items():
            found[term] = _bounded(found.get(term, 0.0) + sign * factor)
        if len(found) > MOST_TERMS:
            raise NoGrowthError
    return {term: factor for term, factor in found.items() if factor}


def _multiplied(a: Cost, b: Cost) -> Cost:
    if len(a) * len(b) > MOST_TERMS**2:
        raise NoGrowthError
    return _added(({_product_of(x, y): _bounded(f * g)}, 1) for x, f in a.items() for y, g in b.items())


def _product_of(a: Term, b: Term) -> Term:
    found = dict(a)
    for monomial, coefficient in b:
        found[monomial] = found.get(monomial, 0.0) + coefficient
    return _term(found)


def _product_of_all(terms: Iterable[Term]) -> Cost:
    result = _ONE
    for term in terms:
        result = _product_of(result, term)
    return {result: 1.0}


def _single(cost: Cost) -> Cost:
    """The only term, of a denominator or a base. Raises NoGrowthError where there are several."""
    largest = _one_term(cost)
    if len(cost) != 1 and len(largest) != 1:
        raise NoGrowthError
    return largest


def _one_term(cost: Cost) -> Cost:
    """The cost without what is outgrown. Raises NoGrowthError unless one term is left."""
    largest = largest_terms(cost)
    if len(largest) != 1:
        raise NoGrowthError
    return {term: cost[term] for term in largest}


def _raised(cost: Cost, power: float) -> Cost:
    """One term to a power."""
    ((term, factor),) = cost.items()
    try:
        constant = abs(factor) ** power
    except OverflowError:
        constant = _LARGEST
    return {_scaled(term, power): _bounded(constant) or 1 / _LARGEST}


def _monomial(term: Term) -> Monomial:
    """A term that is a product of powers, as a monomial: `n^2 d`, not `2^n`. Raises NoGrowthError."""
    found: Monomial = ()
    for monomial, exponent in term:
        match monomial:
            case ((atom, 1.0),) if atom[1] > 0:
                found = _joined(found, (((atom[0], atom[1] - 1), exponent),))
            case _:
                raise NoGrowthError
    return found


def _joined(a: Monomial, b: Monomial) -> Monomial:
    found = dict(a)
    for atom, exponent in b:
        found[atom] = round(found.get(atom, 0.0) + exponent, _DIGITS)
    return tuple(sorted((atom, exponent) for atom, exponent in found.items() if exponent))


def _logarithm(cost: Cost, base: float) -> Cost:
    """The logarithm of a sum is that of its largest terms; that of a product is a sum."""
    if base <= 0 or base == 1 or not cost:
        raise NoGrowthError
    found: Cost = {}
    for term in largest_terms(cost):
        for monomial, coefficient in term:
            if _is_outgrown(monomial, term):
                continue
            inner = _ONE
            for atom, exponent in monomial:
                inner = _product_of(inner, _power_of(atom, exponent))
            found[inner] = abs(coefficient / math.log(base))
    constant = math.log(abs(next(iter(cost.values())))) / math.log(base) if len(cost) == 1 else 0.0
    if constant:
        found[_ONE] = constant
    if not found:
        raise NoGrowthError
    return found


# ------------------------------------------------------------------------------------------------------------- growth


def growth(cost: Cost) -> frozenset[Term]:
    """The terms that no other one outgrows, in the digits in which they are compared."""
    return frozenset(frozenset((m, round(c, _FEWER_DIGITS)) for m, c in term) for term in largest_terms(cost))


def largest_terms(cost: Iterable[Term]) -> frozenset[Term]:
    """The terms that no other one outgrows, nor two others together: n m is at most n^2 + m^2."""
    kept: list[Term] = []
    for term in cost:
        if not any(outgrows(other, term) for other in kept):
            kept = [other for other in kept if not outgrows(term, other)]
            kept.append(term)
    if not 3 <= len(kept) <= MOST_MIXED:
        return frozenset(kept)
    return frozenset(t for t in kept if not any(outgrows(mean, t) for mean in _means(u for u in kept if u != t)))


def _means(terms: Iterable[Term]) -> Iterator[Term]:
    """Weighted geometric means of two terms, which their sum is at least as large as."""
    for a, b in combinations(terms, 2):
        for share in _SHARES:
            yield _product_of(_scaled(a, share), _scaled(b, 1 - share))


def _scaled(term: Term, power: float) -> Term:
    return _term({monomial: coefficient * power for monomial, coefficient in term})


def outgrows(a: Term, b: Term) -> bool:
    """Whether `a` is at least as large as `b`, however large each variable is."""
    if not _growing(b) <= _names(a):
        return False
    left = dict(a)
    for monomial, coefficient in b:
        left[monomial] = left.get(monomial, 0.0) - coefficient
    difference = frozenset((m, c) for m, c in left.items() if round(c, _FEWER_DIGITS))
    return all(coefficient > 0 or _is_outgrown(monomial, difference) for monomial, coefficient in difference)


@lru_cache(maxsize=1024)
def _names(term: Term) -> frozenset[str]:
    """The variables in a term."""
    return frozenset(name for monomial, _ in term for (name, _), _ in monomial)


@lru_cache(maxsize=1024)
def _growing(term: Term) -> frozenset[str]:
    """The variables that a term grows with and nowhere falls with: what outgrows it has them too."""
    falling = frozenset(name for monomial, c in term if c < 0 for (name, _), _ in monomial)
    return _names(term) - falling


def _is_outgrown(monomial: Monomial, logarithm: Term) -> bool:
    """Whether something positive in a logarithm grows faster in every variable of the monomial, and falls in none."""
    return any(coefficient > 0 and _faster(other, monomial) for other, coefficient in logarithm)


def _faster(a: Monomial, b: Monomial) -> bool:
    mine = {name for (name, _), _ in b}
    ratio = dict(a)
    for atom, exponent in b:
        ratio[atom] = ratio.get(atom, 0.0) - exponent
    for name in {name for name, _ in ratio}:
        # n before log n before log log n: the first that is there decides.
        leading = next((e for atom, e in sorted(ratio.items()) if atom[0] == name and e), 0.0)
        if leading < 0 or (leading == 0 and name in mine):
            return False
    return True
