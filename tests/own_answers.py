"""What the tests of follow-through and of gaming share: every question of the shipped bank of which a part needs an earlier one, and the answers of
somebody who has an answer of their own to one part and works on from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from grader.marking import Verdict, mark
from questions.bank import Bank
from questions.blueprint import Policy
from questions.choices import can_be_choice, choice_version
from questions.exam import Item
from questions.key import Choosable, Target, printed_value, split_answer, value_of
from questions.sampling import draw
from questions.variant import Variant
from solvers.expression import Node, evaluate, parse, to_plain
from solvers.expression.nodes import Call, Name, Negative, Number, Power, Product, Sum, children, rebuilt
from solvers.text import Text
from solvers.trace import StepError, Trace
from solvers.values import Value, as_float, elements, is_number, with_element

BANK = Bank()
SEEDS = (1, 2)

# How the printed formula of a part follows from that of an earlier one, `#`, where a derivation says so.
LATER_FORMULAS = {
    ("attention/weight-in-symbols", "difference", "weight"): "1/(1 + e^(-#))",
    ("backprop/delta-in-symbols", "slope", "delta"): "(a - y)*#",
    ("backprop/delta-in-symbols", "slope", "weight_gradient"): "(a - y)*#*h",
    ("backprop/delta-in-symbols", "delta", "weight_gradient"): "#*h",
    ("convolution-cost/cost-in-symbols", "one_filter", "macs"): "#*F",
    ("discrete-convolution/dice-formula", "ways", "probability"): "#/(m*n)",
    ("initialisation/he-in-symbols", "variance", "bound"): "sqrt(3*#)",
    ("lstm/constant-gates", "kept", "cell"): "# + i*g*(1 - f^T)/(1 - f)",
    ("normalisation/folded-in-symbols", "slope", "offset"): "beta - #*mean",
    ("perceptron/margin-gain", "gain", "margin_after"): "m + #",
    ("perceptron/margin-gain", "gain", "repeats"): "floor(-m/#) + 1",
    ("regression/gradient-in-symbols", "b_gradient", "w_gradient"): "#*x",
    ("regularisation/dropout-in-symbols", "variance", "scaled_variance"): "#/(1 - p)^2",
    ("rnn/linear-in-symbols", "memory", "state"): "#*h0 + w*x*(1 - #)/(1 - u)",
}


@cache
def variants(id: str) -> tuple[Variant, ...]:
    """Some variants of a question, none of one that no derivation answers."""
    question = BANK.question(id)
    return tuple(draw(question, seed) for seed in SEEDS) if question.derivation is not None else ()


def step_of(found: Variant, index: int) -> str:
    """The step that a part asks for."""
    return split_answer(found.question.parts[index].answer or "")[0]


def is_finite(number: Value) -> bool:
    """Whether it is a number, and no infinite one."""
    return is_number(number) and math.isfinite(as_float(number))


def is_flat(value: Value) -> bool:
    """Whether there is nothing but 0, 1 and -1 in it, to four decimals."""
    return all(min(abs(as_float(x)), abs(abs(as_float(x)) - 1)) < 1e-4 for x in elements(value))


def numbers_of(found: Variant) -> list[int]:
    """The parts whose answers are numbers or arrays that the derivation computes: something to work on from."""
    pairs = zip(found.question.parts, found.targets, strict=True)
    return [i for i, (part, target) in enumerate(pairs) if part.answer and target.slack and part.type != "expression"]


def formulas_of(found: Variant) -> list[int]:
    """The parts whose answers are formulas."""
    return [i for i, part in enumerate(found.question.parts) if part.answer and part.type == "expression"]


def later_than(found: Variant, first: int) -> list[int]:
    """The parts behind one that need its answer: numbers behind a number; behind a formula also the value of the same step."""
    assert found.trace is not None
    needed, upstream = step_of(found, first), found.trace.derivation.upstream
    in_symbols = found.question.parts[first].type == "expression"
    later = []
    for i, part in enumerate(found.question.parts):
        if i <= first or not part.answer or (part.type == "expression" and not in_symbols):
            continue
        if step_of(found, i) == needed:
            if in_symbols and part.type != "expression":
                later.append(i)
        elif needed in upstream(step_of(found, i)):
            later.append(i)
    return later


def working_from(found: Variant, first: int, own: Value) -> Trace:
    """The right working of somebody who has this answer to a part."""
    assert found.trace is not None
    step, index = split_answer(found.question.parts[first].answer or "")
    return found.trace.putting({step: with_element(found.trace[step], index, own) if index else own})


def typed(found: Variant, index: int, value: Value) -> str:
    """A value as somebody would write it down. Raises StepError where it is infinite, or the root of a negative number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not all(map(is_finite, elements(value))):
        assert found.trace is not None
        raise StepError(found.trace.derivation.name, step_of(found, index), found.prompt)
    return printed_value(value, found.targets[index].precision)


def written(found: Variant, first: int, own: Value) -> dict[int, str]:
    """What is written down by somebody who has this answer to a part and works on rightly. Raises StepError where that leads nowhere."""
    trace = working_from(found, first, own)
    texts = {i: target.printed for i, target in enumerate(found.targets)}
    for i in (first, *later_than(found, first)):
        texts[i] = typed(found, i, value_of(trace, found.question.parts[i].answer or ""))
    return texts


def marked(found: Variant, texts: Mapping[int, str]) -> tuple[Verdict, ...]:
    """The verdicts on answers to some parts."""
    paper = Item(1, 0, found, found.question.marks)
    return mark(paper, {paper.label(i): text for i, text in texts.items()}, Policy())


# ------------------------------------------------------------------------------------------------------------ choices


def asked_with_options(found: Variant, offered: Mapping[int, Value]) -> Variant:
    """The variant with some parts asked as choices: between the key, A or B, and the value that is offered for each."""
    question = choice_version(found.question, [i in offered for i in range(len(found.targets))])
    targets = list(found.targets)
    for i, wrong in offered.items():
        right, other = Choosable("AB"[i % 2], Text.of("1"), correct=True, value=found.targets[i].value), "BA"[i % 2]
        options = sorted([right, Choosable(other, Text.of("2"), value=wrong)], key=lambda option: option.label)
        targets[i] = Target("choice", right.label, right.label, options=tuple(options))
    return replace(found, question=question, targets=tuple(targets))


def chosen(found: Variant, first: int, own: Value) -> tuple[Variant, dict[int, str]]:
    """The variant with a part asked as a choice that offers a wrong value, and every other part behind it as one that offers what follows from that.

    The answers are those of somebody who chooses the wrong value, and what follows from it. Raises StepError where that leads nowhere.
    """
    trace = working_from(found, first, own)
    texts, offered = written(found, first, own), {first: own}
    for i in later_than(found, first)[::2]:
        value = value_of(trace, found.question.parts[i].answer or "")
        if can_be_choice(found.question.parts[i]) and not found.targets[i].close(value):
            offered[i] = value
    asked = asked_with_options(found, offered)
    texts |= {i: next(o.label for o in asked.targets[i].options if not o.correct) for i in offered}
    return asked, texts


# ----------------------------------------------------------------------------------------------------------- formulas


def form_of(found: Variant, index: int) -> Node:
    """The printed formula of a part."""
    part = found.question.parts[index]
    return parse(part.form or "", tuple(part.variables))


def wrong_formulas(key: Node) -> Iterator[Node]:
    """The formula doubled, with one more, with a sign changed, or with a term, a factor, an exponent or a function left out."""
    one, two = Number(0, 1, "1", "integer"), Number(0, 2, "2", "integer")
    yield Product(0, (("*", two), ("*", key)))
    yield Sum(0, (("+", key), ("+", one)))
    yield from _with_a_slip(key)


def _with_a_slip(node: Node) -> Iterator[Node]:
    match node:
        case Sum(terms=terms):
            for i, (sign, term) in enumerate(terms):
                yield _sum([*terms[:i], *terms[i + 1 :]])
                if i:
                    yield Sum(0, (*terms[:i], ("-" if sign == "+" else "+", term), *terms[i + 1 :]))
        case Product(factors=factors):
            for i in range(len(factors)):
                rest = [*factors[:i], *factors[i + 1 :]]
                yield Product(0, (("*", Number(0, 1, "1", "integer")), *rest))
        case Power(base=base):
            yield base
        case Call(arguments=(argument,)):
            yield argument
        case _:
            pass
    for child in children(node):
        for wrong in _with_a_slip(child):
            yield rebuilt(node, lambda each, child=child, wrong=wrong: wrong if each is child else each)  # type: ignore[misc]


def _sum(terms: list[tuple[str, Node]]) -> Node:
    (sign, first), *rest = terms
    first = first if sign == "+" else Negative(0, first)
    return Sum(0, (("+", first), *rest)) if rest else first


def put_into(found: Variant, first: int, later: int, formula: Node) -> str:
    """The formula of a later part with this one in place of an earlier part's."""
    pattern = LATER_FORMULAS[found.question.id, step_of(found, first), step_of(found, later)]
    names = (*found.question.parts[later].variables, "own")
    return to_plain(_put(parse(pattern.replace("#", "own"), names), formula))


def _put(node: Node, formula: Node) -> Node:
    if isinstance(node, Name) and node.name == "own":
        return formula
    return rebuilt(node, lambda child: _put(child, formula))


def written_in_symbols(found: Variant, first: int, formula: Node, at: Mapping[str, Value]) -> dict[int, str]:
    """What is written down by somebody who has this formula for a part and works on rightly; `at` are the givens. Raises StepError, ExpressionError."""
    texts = {i: target.printed for i, target in enumerate(found.targets)}
    texts[first] = to_plain(formula)
    for i in later_than(found, first):
        part = found.question.parts[i]
        if part.type == "expression":
            texts[i] = put_into(found, first, i, formula)
            continue
        trace = working_from(found, first, evaluate(formula, at))
        texts[i] = typed(found, i, value_of(trace, part.answer or ""))
    return texts
