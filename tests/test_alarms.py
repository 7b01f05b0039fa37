"""Alarms: a wrong key, an unclear question and a new misconception are found and named; answers that mean nothing raise none."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from grader.alarms import Alarm, alarms_from_json, find_alarms, once
from grader.changes import changes
from grader.gradebook import ExamFacts, Gradebook
from grader.relations import at_least
from grader.result import mark_paper, to_json
from grader.rewriting import changed_trees
from grader.simulation import random_numbers, worked
from questions.bank import Bank
from questions.blueprint import Policy, Student
from questions.exam import Item, Paper, key_of, paper_from_key
from questions.sampling import draw
from questions.stream import Stream
from questions.variant import Variant
from solvers.derivation import Derivation, Rule
from solvers.expression import ExpressionError, evaluate, parse
from solvers.formula import Formula
from solvers.registry import derivation
from solvers.text import GradmarkError, Text
from solvers.values import Number
from tests.strategies import every_type

Answers = Callable[[Variant, int], dict[str, str]]
"""What the student with this number answers to a question, by the parts' names."""


@dataclass(frozen=True)
class Class:
    """An exam of some questions that a class has taken."""

    bank: Bank
    keys: dict[str, dict[str, Any]]

    def item(self, student: str, number: int) -> Item:
        """The question with this number on a student's paper, from what the teacher keeps of it."""
        return paper_from_key(self.bank, "quiz", self.keys[student]).items[number - 1]


def alarms(
    path: Path,
    questions: list[str],
    size: int,
    answers: Answers,
    *,
    seeds: Callable[[int], int] = lambda i: i + 1,
    drawn: Callable[[str, int], Variant] = lambda id, seed: draw(every_type().question(id), seed),
) -> tuple[Alarm, ...]:
    """The alarms of a class of this size; `seeds` says which variant each student has, `drawn` gives it."""
    bank = every_type()
    taken = Class(bank, {})
    with Gradebook(path / "book.sqlite", ExamFacts("quiz", Text("Quiz", "测验"), size)) as book:
        for i in range(size):
            variants = [drawn(id, seeds(i)) for id in questions]
            items = tuple(Item(n, 0, v, v.question.marks) for n, v in enumerate(variants, 1))
            paper = Paper("quiz", Student(id=f"s{i:03}"), "code", items)
            typed = {
                item.label(p): answers(item.variant, i).get(part.key_name, "")
                for item in items
                for p, part in enumerate(item.variant.question.parts)
            }
            taken.keys[paper.student.id] = key_of(paper)
            book.store(to_json(mark_paper(paper, typed, Policy())), "a:b:c:d")
        return find_alarms(book, taken)


def right(variant: Variant) -> dict[str, str]:
    return {p.key_name: t.printed for p, t in zip(variant.question.parts, variant.targets, strict=True)}


def under(variant: Variant, step: str, rule: Rule, *inputs: str) -> dict[str, str]:
    """What somebody writes who computes one step by another rule."""
    assert variant.trace is not None
    rules = {step: (rule, {name: name for name in inputs})}
    return worked(variant, variant.trace.following(rules))


@pytest.fixture
def planted() -> Iterator[Callable[[str, str, str, Rule], None]]:
    """Replaces a step's rule and formula for one test: derivation, step, formula, rule."""
    changed: list[tuple[Derivation, str, Any]] = []

    def plant(name: str, step: str, formula: str, rule: Rule) -> None:
        found = derivation(name)
        assert isinstance(found, Derivation)
        changed.append((found, step, found.steps[step]))
        found.steps[step] = replace(found.steps[step], rule=rule, formula=Formula(formula))
        vars(found).pop("wiring", None)

    yield plant
    for found, step, known in reversed(changed):
        found.steps[step] = known
        vars(found).pop("wiring", None)


OUTPUT = r"\left\lfloor \frac{$n + 2 \cdot $p - $effective_kernel}{$s} \right\rfloor + 2"


def one_too_many(n: int, p: int, s: int, effective_kernel: int) -> int:
    return (n + 2 * p - effective_kernel) // s + 2


def kernel_added(n: int, p: int, s: int, effective_kernel: int) -> int:
    return (n + 2 * p + effective_kernel) // s + 1


def one_tap_too_many(k: int, d: int) -> int:
    return d * (k + 1) + 1


def as_taught(n: int, p: int, s: int, effective_kernel: int) -> int:
    return (n + 2 * p - effective_kernel) // s + 1


def test_a_wrong_key_is_found_and_the_right_formula_proposed(
    tmp_path: Path, planted: Callable[[str, str, str, Rule], None]
) -> None:
    """The key has one position too many; most of the class is right, on numbers of their own."""
    planted("conv.output_size", "size", OUTPUT, one_too_many)

    def answers(variant: Variant, i: int) -> dict[str, str]:
        if i % 5 == 0:
            return random_numbers(variant, Stream(f"wrong key {i}"), near=False)
        return under(variant, "size", as_taught, "n", "p", "s", "effective_kernel")

    (alarm,) = [a for a in alarms(tmp_path, ["convolution/output-size"], 40, answers) if a.kind == "change"]
    assert (alarm.step, alarm.now) == ("size", "floor((n + 2·p - k')/s) + 1")
    assert (alarm.likely, "the key may be wrong" in alarm.what.en) == ("key", True)


def confused(i: int, variant: Variant, instead: Callable[[], dict[str, str]]) -> dict[str, str]:
    """Of ten students four do something else alike, one writes numbers that mean nothing, and the others are right."""
    if i % 10 < 4:
        return instead()
    return random_numbers(variant, Stream(f"lost {i}"), near=True) if i % 10 == 4 else right(variant)


def test_a_misconception_that_the_catalogue_lacks_is_named(tmp_path: Path) -> None:
    """Four students of ten add the kernel where it is to be taken away."""

    def answers(variant: Variant, i: int) -> dict[str, str]:
        return confused(i, variant, lambda: under(variant, "size", kernel_added, "n", "p", "s", "effective_kernel"))

    (alarm,) = alarms(tmp_path, ["convolution/output-size"], 40, answers)
    assert (alarm.kind, alarm.count, alarm.now) == ("change", 16, "floor((n + 2·p + k')/s) + 1")
    assert alarm.likely == "wording"  # half of the class has it right


def test_a_change_on_the_way_is_named_by_its_step(tmp_path: Path) -> None:
    """The question asks for the output; the change is in the span of the kernel."""

    def answers(variant: Variant, i: int) -> dict[str, str]:
        return confused(i, variant, lambda: under(variant, "effective_kernel", one_tap_too_many, "k", "d"))

    (alarm,) = alarms(tmp_path, ["convolution/output-size"], 40, answers)
    assert (alarm.step, alarm.now) == ("effective_kernel", "d·(k + 1) + 1")


def without_hidden(w_o: Number, x: Number, b_o: Number) -> Number:
    return w_o * x + b_o


def test_a_term_left_out_on_the_way_is_one_alarm(tmp_path: Path) -> None:
    """No part asks for the step. The catalogue has a misconception that gives the same in this part, but other parts that the students have right speak
    against it; and some of the values are alike, whatever the numbers: neither hides the change.
    """

    def answers(variant: Variant, i: int) -> dict[str, str]:
        return right(variant) if i % 3 == 2 else under(variant, "output_score", without_hidden, "w_o", "x", "b_o")

    (alarm,) = alarms(tmp_path, ["lstm/one-unit"], 24, answers)
    assert (alarm.kind, alarm.part, alarm.count, alarm.looked) == ("change", "output_gate", 16, 16)
    assert (alarm.step, alarm.now) == ("output_score", "w_o·x_t + b_o")


def test_what_is_done_at_every_step_is_one_change() -> None:
    """A momentum that multiplies the gradient as well, in each of the velocities on the way, with the bracket that it takes."""
    variant = draw(every_type().question("optimisers/momentum-by-hand"), 3)
    assert variant.trace is not None
    mu, g, velocity = variant.trace["mu"], variant.trace["g"], variant.trace["v"]
    for number in (0, 1):
        velocity = mu * (velocity + g[number])
    found = [change for change in changes(variant.trace, "velocity_2") if change.now.en == "μ·(v₁ + g₂)"]
    assert [change.repeated for change in found] == [(), ("velocity_1",)]
    assert found[1].value(variant.trace, "velocity_2") == velocity
    assert "`velocity_2` (and likewise `velocity_1`)" in found[1].words.en
    assert "`velocity_2`（`velocity_1` 同样处理）" in found[1].words.zh


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("a*b + c", "a*(b + c)"),
        ("c - a*b", "a*(c - b)"),
        ("a*(b + c)", "a*b + c"),
        ("a*b*c", "a*b + c"),
        ("a*ln(b)", "a + ln(b)"),
        ("a*ln(b)", "a*log10(b)"),
    ],
)
def test_what_is_one_change(was: str, now: str) -> None:
    """A bracket set where there is none, or left out, a sum for a product, another base."""
    values = {"a": 7, "b": 11, "c": 29}
    results = []
    for tree in changed_trees(parse(was), ()):
        with contextlib.suppress(ExpressionError):
            results.append(evaluate(tree, values))
    assert evaluate(parse(now), values) in results


@pytest.mark.parametrize(
    ("question", "id"),
    [("convolution/output-size", "conv/forgot-padding"), ("parameters/multi-layer-perceptron", "convention/no-bias")],
)
def test_what_the_catalogue_has_raises_no_alarm(tmp_path: Path, question: str, id: str) -> None:
    """However many students have it, a misconception or another convention: the report names it already."""

    def answers(variant: Variant, i: int) -> dict[str, str]:
        assert variant.trace is not None
        return confused(i, variant, lambda: worked(variant, variant.under(id)))

    assert alarms(tmp_path, [question], 40, answers) == ()


def test_one_value_on_the_same_numbers(tmp_path: Path) -> None:
    """A practice paper with one seed: many write the same wrong number, and no change gives it."""
    odd = "977"
    found = alarms(
        tmp_path,
        ["convolution/output-size"],
        30,
        lambda variant, i: confused(i, variant, lambda: dict.fromkeys(right(variant), odd)),
        seeds=lambda _: 7,
    )
    assert [(a.kind, a.count) for a in found] == [("value", 12)]
    assert "977, on the same numbers" in found[0].what.en
    assert "977" in found[0].what.zh


def test_a_part_that_the_best_get_wrong(tmp_path: Path) -> None:
    """Who has everything else right has this one wrong, and the other way round."""
    questions = ["convolution/output-size", "every/integer", "every/real"]

    def answers(variant: Variant, i: int) -> dict[str, str]:
        strong, odd = i % 2 == 0, variant.question.id == questions[0]
        return right(variant) if strong != odd else random_numbers(variant, Stream(f"best {i}"), near=False)

    found = [a for a in alarms(tmp_path, questions, 40, answers) if a.kind == "best"]
    assert [(a.question, a.count) for a in found] == [(questions[0], 40)]


def test_a_part_that_nobody_has_right(tmp_path: Path) -> None:
    """In a class that has the rest right."""
    questions = ["every/integer", "every/real"]

    def answers(variant: Variant, i: int) -> dict[str, str]:
        wrong = variant.question.id == "every/real"
        return random_numbers(variant, Stream(f"nobody {i}"), near=False) if wrong else right(variant)

    found = alarms(tmp_path, questions, 20, answers)
    assert {(a.kind, a.question) for a in found} == {("nobody", "every/real")}


@pytest.mark.parametrize("near", [True, False], ids=["near the key", "of the key's size"])
def test_numbers_that_mean_nothing_raise_no_alarm(tmp_path: Path, near: bool) -> None:
    """benchmarks/test_alarms.py counts the false alarms of hundreds of classes."""
    questions = ["convolution/output-size", "every/vector", "every/real"]

    def answers(variant: Variant, i: int) -> dict[str, str]:
        wrong = Stream(f"knows {i} {variant.question.id}").below(2)
        return random_numbers(variant, Stream(f"random {i}"), near=near) if wrong else right(variant)

    assert alarms(tmp_path, questions, 40, answers) == ()


def test_one_change_seen_in_several_parts_is_one_alarm() -> None:
    """If the same students make it; others, or another question, are another alarm."""
    who = tuple(f"s{i}" for i in range(10))
    first = Alarm("change", "a/b", "x", ("1a",), 10, 20, 20, who, Text("w", "啥"), Text("t", "做"), step="x")
    again = replace(first, part="y", labels=("1b",), students=who[:9], step="y")
    elsewhere = replace(first, question="a/c", labels=("2",))
    others = replace(first, part="z", labels=("1c",), students=("t1", "t2", "t3"))
    assert once([first, again, elsewhere, others]) == [replace(first, labels=("1a", "1b")), elsewhere, others]


def test_alarms_are_read_back() -> None:
    """As they were written; what is no list of alarms is refused."""
    alarm = Alarm("value", "a/b", "x", ("1",), 3, 4, 5, ("s1",), Text("w", "啥"), Text("t", "做"), expected=0.25)
    assert alarms_from_json(json.dumps([alarm.to_json()])) == (alarm,)
    for damaged in ("{", "[1]", '[{"kind": "value"}]', '{"kind": 1}'):
        with pytest.raises(GradmarkError, match=r"alarms\.json"):
            alarms_from_json(damaged)


@pytest.mark.parametrize(("count", "expected", "probability"), [(0, 1.0, 1.0), (1, 1.0, 0.632121), (3, 0.5, 0.014388)])
def test_how_likely_so_many_hits_are(count: int, expected: float, probability: float) -> None:
    """Poisson's law."""
    assert at_least(count, expected) == pytest.approx(probability, abs=1e-6)
