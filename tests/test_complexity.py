"""Big-O: two costs are equal when they grow alike."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.complexity import compare_cost
from grader.growth import Costs, NoGrowthError, Term, growth
from grader.marking import read_for
from grader.outcome import RIGHT, Outcome
from grader.reading import Reading
from questions.blueprint import Policy
from questions.key import Target
from questions.variant import names_in_cost
from solvers.expression import Node, parse
from solvers.expression.nodes import Call, Name, Sum
from tests.hostile import counted

EQUAL = [
    ("O(n^2 d)", "n^2 d"),
    ("O(n^2 d)", "Θ(d n n)"),
    ("O(n^2 d)", "O(N^2 D)"),
    ("O(n d)", "O(ND)"),
    ("O(n d)", "O(nd)"),
    ("O(n!)", "n!"),
    ("O(n!)", "n (n-1)!"),
    ("O(n log n)", "log(n!)"),
    ("O(n log n)", "n log_3 n"),
    ("O(n*2^n)", "O(n 2^n)"),
    ("O(n^2 d + n d^2)", "n d (n + d)"),
    ("O((n + m)^2)", "n^2 + m^2"),
    ("O(n log n)", "n log_2 n"),
    ("O(n log n)", "n ln(n^3)"),
    ("O(n log n)", "log(n^n)"),
    ("O(n log n)", "O(n log(n)/log(3))"),
    ("O(log n + log m)", "log(n m)"),
    ("O(log n)", "log(n + n^2)"),
    ("O(n + m)", "max(n, m)"),
    ("O(n min(n, m))", "min(m, n) n"),
    ("O(n^(1/2))", "sqrt(n)"),
    ("O(n^0.5)", "n/sqrt(n)"),
    ("O(sqrt(n))", "sqrt(n + 1)"),
    ("O(n^2/d)", "n n / d"),
    ("O(n)", "n^2/(n + 1)"),
    ("O(n)", "ceil(n/2)"),
    ("O(1)", "42"),
    ("O(1)", "n^0"),
    ("O(1)", "O(1)"),
    ("O(log n)", "log(2n)"),
    ("O(log log n)", "log(log(n))"),
    ("O((log n)^2)", "log(n) log(n)"),
    ("O(2^n)", "2^(n + 3)"),
    ("O(4^n)", "2^(2n)"),
    ("O(6^n)", "2^n * 3^n"),
    ("O(n^2)", "4^(log2(n))"),
    ("O(n*2^n)", "2^n n"),
    ("O(e^n)", "exp(n)"),
    ("O(n^(log n))", "2^(log(n)^2 / log(2))"),
    ("Θ(n)", "Θ(n)"),
    ("Θ(n)", "n"),
    ("Ω(n)", "Ω(n)"),
    ("Ω(n)", "n"),
    ("O(|V| + |E|)", "O(|E| + |V|)"),
]
REDUCIBLE = [
    ("O(n^2)", "O(n^2 + n)", "Lower-order terms can be left out: n."),
    ("O(n^2 d)", "3 n^2 d + 5 n d + 7", "Lower-order terms can be left out: 5*n*d, 7."),
    ("O(n^2 d)", "n d n - n", "Lower-order terms can be left out: n."),
    ("O(n^2)", "n (n + 1)", "Lower-order terms can be left out."),
    ("O((n + m)^2)", "n^2 + m^2 + n m", "Lower-order terms can be left out: n*m."),
    ("O(n log n)", "n log n + n", "Lower-order terms can be left out: n."),
    ("O(2^n)", "O(2^n + n^5)", "Lower-order terms can be left out: n^5."),
    ("O(log n)", "log(n) + log(log(n))", "Lower-order terms can be left out: log(log(n))."),
    ("O(n^n)", "n^n + 9^n", "Lower-order terms can be left out: 9^n."),
    ("O(n^2)", "O(3n^2)", "Constant factors can be left out."),
    ("O(n)", "O(n/2)", "Constant factors can be left out."),
]
UNEQUAL = [
    ("O(n^2 d)", "n^3 d", "too loose"),
    ("O(n^2 d)", "n d", "Too tight"),
    ("O(n^2 d)", "n d^2", "another way"),
    ("O(n)", "n log n", "too loose"),
    ("O(n log n)", "n", "Too tight"),
    ("O(n log n)", "n log log n", "Too tight"),
    ("O(n log n)", "n log(n)^2", "too loose"),
    ("O(n log n)", "n^1.01", "too loose"),
    ("O(n)", "n/log(n)", "Too tight"),
    ("O(n)", "sqrt(n) log n", "Too tight"),
    ("O(n^2 d + n d^2)", "n^2 d", "Too tight"),
    ("O(n + m)", "n m", "too loose"),
    ("O(n + m)", "n", "Too tight"),
    ("O(n)", "m", "It depends on m"),
    ("O(L^2 d)", "O(n^2 d)", "It depends on n; the cost asked for depends on L and d"),
    ("O(1)", "log n", "too loose"),
    ("O(log n)", "1", "Too tight"),
    ("O(n)", "2^n", "too loose"),
    ("O(2^n)", "3^n", "too loose"),
    ("O(2^n)", "2^(2n)", "too loose"),
    ("O(2^n)", "2^(n/2)", "Too tight"),
    ("O(2^n)", "n^100", "Too tight"),
    ("O(2^n)", "n^n", "too loose"),
    ("O(2^n)", "n*2^n", "too loose"),
    ("O(2^(n^2))", "2^n", "Too tight"),
    ("O(log n)", "-log(n^2)", "not negative"),
    ("O(n^4)", "-n^4", "not negative"),
    ("O(1)", "0", "Too tight"),
    ("O(1)", "1/0", "expected a cost"),
    ("O(1)", "1/log(1)", "expected a cost"),
    ("O(log n)", "log(log(n))", "Too tight"),
    ("O(2^n)", "(3/2)^n", "Too tight"),
    ("O(2^n)", "2^(n^2)", "too loose"),
    ("O(2^n)", "n!", "too loose"),
    ("O(n!)", "2^n", "Too tight"),
    ("O(n!)", "n^n", "too loose"),
    ("O(n!)", "(n-1)!", "Too tight"),
    ("O(n)", "sin(n)", "expected a cost"),
    ("O(n)", "2^(2^n)", "expected a cost"),
    ("O(n)", "Ω(n)", "A bound from above"),
    ("Ω(n)", "O(n)", "O bounds from above"),
    ("O(n)", "0", "Too tight"),
]


def grown(node: Node) -> frozenset[Term]:
    return growth(Costs().of(node))


def compared(key: str, answer: str, *, simplest: bool = False) -> Outcome:
    target = Target("complexity", key, key, names=names_in_cost(key), simplest=simplest)
    reading = read_for(answer, target)
    assert isinstance(reading, Reading), reading
    return compare_cost(reading, target, Policy())


@pytest.mark.parametrize(("key", "answer"), EQUAL)
def test_constants_and_order_do_not_matter(key: str, answer: str) -> None:
    """The same growth earns everything."""
    assert compared(key, answer).kind == "correct"


@pytest.mark.parametrize(("key", "answer", "said"), REDUCIBLE)
def test_what_could_be_left_out_is_told(key: str, answer: str, said: str) -> None:
    """It is right, or the wrong form where the simplest is asked for."""
    found = compared(key, answer)
    assert found.credit == 1
    assert said in [note.en for note in found.notes]
    assert compared(key, answer, simplest=True).kind == "form"


@pytest.mark.parametrize("text", ["O(n^2)", "n log_2 n", "n^2 + m", "2^n n", "1", "n^2/2^0"])
def test_the_simplest_form_needs_nothing_left_out(text: str) -> None:
    """Bases of logarithms and exponents are no constant factors."""
    assert compared(text, text, simplest=True) == RIGHT


@pytest.mark.parametrize(("key", "answer", "said"), UNEQUAL)
def test_another_growth_earns_nothing_and_is_told(key: str, answer: str, said: str) -> None:
    """Too loose, too tight, another way, or no cost at all."""
    found = compared(key, answer)
    assert found.credit == 0
    assert said in found.notes[0].en


def test_a_bound_from_above_is_the_wrong_form_of_a_tight_one() -> None:
    """O says less than Θ."""
    assert compared("Θ(n^2)", "O(n^2)").kind == "form"


def test_a_factorial_lies_between_exponentials_and_powers_of_itself() -> None:
    """Built by hand: n! is Call("factorial", n)."""
    n = Name(0, "n")
    factorial = grown(Call(0, "factorial", (n,)))
    both = grown(Sum(0, (("+", Call(0, "factorial", (n,))), ("+", parse("9^n")))))
    assert both == factorial
    assert grown(Sum(0, (("+", Call(0, "factorial", (n,))), ("+", parse("n^n"))))) == grown(parse("n^n"))


MONOMIALS = st.builds("n^{} * m^{} * log(n)^{} * 2^({}n)".format, *[st.integers(0, 3)] * 4)


@given(st.lists(MONOMIALS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_a_sum_in_any_order_grows_alike(terms: list[str], random: Random) -> None:
    """And with any constants."""
    shuffled = [f"{random.randint(2, 9)} * {term}" for term in random.sample(terms, len(terms))]
    assert compared(" + ".join(terms), " + ".join(shuffled)).credit == 1


@given(MONOMIALS, st.sampled_from(["n", "m", "log(n)", "2^n"]))
def test_another_factor_is_too_loose(term: str, factor: str) -> None:
    """And without it, the bound is too tight."""
    more = f"({term}) * {factor}"
    assert compared(term + " + 0*n*m", more).notes[0] == compared("n", "n^2").notes[0]
    assert "Too tight" in compared(more, term).notes[0].en


@pytest.mark.parametrize(
    "text",
    [
        "(" + "+".join(f"x{i}" for i in range(250)) + ")^4",
        "+".join(f"x{i}" for i in range(41)),
        "*".join(f"(a{i} + b{i})" for i in range(120)),
        "n^" * 40 + "9",
        "n^(10^300)",
    ],
    ids=["power of a sum", "sum", "product of sums", "tower", "exponent"],
)
def test_a_cost_that_would_explode_is_refused_at_once(text: str) -> None:
    """Before anything is multiplied out."""

    def refused() -> None:
        with pytest.raises(NoGrowthError):
            grown(parse(text))

    assert counted(refused)[1] < 200_000


@pytest.mark.parametrize(
    "text",
    [
        "+".join(f"x{i}" for i in range(40)),
        "(a + b + c)^4 + (d + f)^4",
        "+".join(f"{i}^x{i}" for i in range(2, 14)),
        "+".join(f"n^{i} m^{40 - i}" for i in range(40)),
        "log(" + "+".join(f"x{i}" for i in range(40)) + ")",
    ],
    ids=["variables", "powers", "exponentials", "two variables", "logarithm"],
)
def test_the_largest_cost_that_is_read_takes_no_time(text: str) -> None:
    """Every term is compared with every other one."""
    found, calls = counted(lambda: grown(parse(text)))
    assert found
    assert calls < 200_000
