"""Big-O: a cost is right if it grows like the key; what it could do without, and which way a wrong one misses, is said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from grader.growth import Cost, Costs, NoGrowthError, Term, growth, largest_terms, outgrows
from grader.outcome import FULL, NOTHING, Outcome
from grader.reading import Reading
from questions.blueprint import Policy
from questions.key import Target
from solvers.expression import Node, names_in, parse, to_plain
from solvers.expression.nodes import Call, Name, Negative, Number, Product, Sum
from solvers.text import Text

_LETTERS = {"O": "O", "Theta": "Θ", "Θ": "Θ", "Omega": "Ω", "Ω": "Ω"}
_TYPED_O = re.compile(r"(?<![^\W_])[OoΟ0]\s*(?:\\left\s*)?[(\[{]|mathcal|[Bb]ig|\{\s*O\s*\}")
_LOOSE = Text("True as a bound, but too loose.", "作为上界成立，但过于宽松。")
_TIGHT = Text("Too tight: it grows faster than that.", "过小：实际增长得更快。")
_OTHER = Text("The cost grows in another way.", "代价的增长方式不同。")
_NEGATIVE = Text("A cost is not negative.", "代价不会是负数。")
_CONSTANTS = Text("Constant factors can be left out.", "常数因子可以省略。")
_FROM_BELOW = Text("A bound from above is asked for.", "题目要求的是上界。")
_FROM_ABOVE = Text("O bounds from above. A bound from below is asked for.", "O 表示上界，题目要求的是下界。")
_NOT_BOTH = Text("O bounds only from above; Θ was asked for.", "O 只表示上界，题目要求用 Θ。")


def compare_cost(reading: Reading, target: Target, policy: Policy) -> Outcome:
    """The same growth is right, whatever constants and lower-order terms it is written with, unless the target wants the simplest form.

    Variables that differ from the key's only in case are the key's: `O(N^2)` is `O(n^2)`.
    """
    letter, key, known = _key(str(target.value))
    try:
        cost = Costs(known).of(_inside(reading.value))
    except NoGrowthError as error:
        return Outcome("incorrect", NOTHING, (error.text,))
    if any(cost[term] < 0 for term in largest_terms(cost)):
        return Outcome("incorrect", NOTHING, (_NEGATIVE,))
    given = growth(cost)
    if given == key:
        return _alike(letter, reading, cost, target, policy)
    return Outcome("incorrect", NOTHING, (_difference(key, given, reading.value, known),))


@lru_cache(maxsize=256)
def _key(text: str) -> tuple[str, frozenset[Term], tuple[str, ...]]:
    """The letter of the key, if it has one, the growth, and the variables."""
    node = parse(text)
    names = tuple(sorted(names_in(_inside(node))))
    return _letter(node) or "", growth(Costs(names).of(_inside(node))), names


def _letter(node: Node) -> str | None:
    """The letter of a bound such as `Θ(n)`, or None."""
    match node:
        case Call(function=name, arguments=(_,)) | Product(factors=((_, Name(name=name)), (_, _))):
            return _LETTERS.get(name)
        case _:
            return None


def _inside(node: Node) -> Node:
    """What stands within the letter."""
    match node:
        case Call(arguments=(inner,)) | Product(factors=((_, Name()), (_, inner))) if _letter(node) is not None:
            return inner
        case _:
            return node


def _alike(letter: str, reading: Reading, cost: Cost, target: Target, policy: Policy) -> Outcome:
    """The growth is right: whether the letter is, and what could have been left out."""
    theirs = reading.echo.partition("(")[0]
    if letter == "Ω" and theirs == "O" and _TYPED_O.search(reading.text):
        return Outcome("incorrect", NOTHING, (_FROM_ABOVE,))
    if letter != "Ω" and theirs == "Ω":
        return Outcome("incorrect", NOTHING, (_FROM_BELOW,))
    notes = list(_surplus(_inside(reading.value), cost, Costs(_key(str(target.value))[2])))
    if letter == "Θ" and theirs == "O" and _TYPED_O.search(reading.text):
        return Outcome("form", policy.form_credit, (_NOT_BOTH, *notes))
    if notes and target.simplest:
        return Outcome("form", policy.form_credit, tuple(notes))
    return Outcome("correct", FULL, tuple(notes))


def _surplus(node: Node, cost: Cost, costs: Costs) -> Iterator[Text]:
    """What a cost could do without."""
    largest = largest_terms(cost)
    if len(largest) < len(cost):
        summands = [inner for _, inner in node.terms] if isinstance(node, Sum) else []
        lower = [to_plain(inner) for inner in summands if not costs.of(inner).keys() & largest]
        shown_en, shown_zh = (f": {', '.join(lower)}", f"：{'、'.join(lower)}") if lower else ("", "")
        yield Text(f"Lower-order terms can be left out{shown_en}.", f"低阶项可以省略{shown_zh}。")
    if _has_factor(node):
        yield _CONSTANTS


def _has_factor(node: Node) -> bool:
    """Whether a number multiplies one of the terms."""
    match node:
        case Sum(terms=pairs):
            return any(_has_factor(inner) for _, inner in pairs)
        case Product(factors=pairs):
            return any(isinstance(inner, Number) or _has_factor(inner) for _, inner in pairs)
        case Negative(operand=operand):
            return _has_factor(operand)
        case _:
            return False


def _listed(names: Sequence[str]) -> str:
    """`n`, `n and d`, `L, n and d`."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _difference(key: frozenset[Term], given: frozenset[Term], node: Node, known: tuple[str, ...]) -> Text:
    """Too loose, too tight, in other variables, or another growth altogether."""
    folded = {name.casefold() for name in known}
    strange = sorted(name for name in names_in(_inside(node)) if name.casefold() not in folded)
    if known and strange:
        return Text(
            f"It depends on {_listed(strange)}; the cost asked for depends on {_listed(known)}.",
            f"式中含有 {'、'.join(strange)}，而所求代价取决于 {'、'.join(known)}。",
        )
    if all(any(outgrows(b, a) for b in given) for a in key):
        return _LOOSE
    if all(any(outgrows(a, b) for a in key) for b in given):
        return _TIGHT
    return _OTHER
