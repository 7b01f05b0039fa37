"""A variant: a question, a seed, the givens drawn for it, and the key that follows from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from questions.choices import Kept, asked_as_choice, choice_version, is_computed_choice, options_of
from questions.key import (
    Choosable,
    Precision,
    Slack,
    Target,
    printed_value,
    slack_of,
    split_answer,
    value_of,
)
from questions.points import formula_slack, points_for, values_at
from questions.prompts import render_text
from questions.question import NUMERIC, Part, Question
from questions.stream import Stream
from solvers.expression import names_in, parse
from solvers.text import Text
from solvers.trace import StepError, Trace
from solvers.values import Value, as_float, elements, plain, same

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Variant:
    """One question with its numbers drawn. `trace` is None for questions that no derivation answers."""

    question: Question
    seed: int
    givens: Mapping[str, Value]
    trace: Trace | None
    targets: tuple[Target, ...]

    @cached_property
    def prompt(self) -> Text:
        """The prompt in both languages."""
        return render_text(self.question.prompt.text, self.givens)

    def ask(self, index: int) -> Text:
        """What the part with this index asks, in both languages."""
        return render_text(self.question.parts[index].ask.text, self.givens)

    @property
    def hints(self) -> list[Text]:
        """The hints, from the gentlest on."""
        return [render_text(hint.text, self.givens) for hint in self.question.hints]

    @cached_property
    def computed(self) -> list[Target]:
        """The targets of those parts that the derivation answers."""
        return [target for part, target in zip(self.question.parts, self.targets, strict=True) if part.answer]

    def answers_of(self, trace: Trace, asked: Sequence[tuple[Part, Target]] | None = None) -> list[Value] | None:
        """What another run of the derivation gives for the computed parts, or those `asked`; None where it has no value."""
        if asked is None:
            asked = [(p, t) for p, t in zip(self.question.parts, self.targets, strict=True) if p.answer]
        try:
            return [self.answer_of(trace, part, target) for part, target in asked]
        except StepError:
            return None

    def answer_of(self, trace: Trace, part: Part, target: Target) -> Value:
        """What a run gives for one part: its value, an expression's values at the target's points, a choice's label."""
        assert part.answer is not None
        if part.type == "expression":
            return values_at(trace, part.answer, target.points)
        value = value_of(trace, part.answer)
        return chosen_by(target, value) if target.options else value

    def misconception_answers(self, id: str) -> list[Value] | None:
        """What a student with this misconception answers in each computed part; None where it leads nowhere."""
        assert self.trace is not None
        return self.answers_of(self.under(id)) if id in self.trace.derivation.misconceptions else None

    def under(self, *ids: str) -> Trace:
        """The run of somebody who has these misconceptions, kept with what has been computed of it."""
        assert self.trace is not None
        found = self._misled.get(ids)
        if found is None:
            base = self.under(*ids[:-1]) if len(ids) > 1 else self.trace
            found = self._misled[ids] = base.replacing(ids[-1:])
        return found

    def misled(self, ids: tuple[str, ...], index: int) -> Value | None:
        """What somebody who has these misconceptions answers in a part, if that is wrong; None where it is right.

        Kept, as `under` is: a class that has the same variant needs it once. Raises StepError where they lead nowhere.
        """
        known = self._wrong[index]
        if ids in known:
            found = known[ids]
        else:
            part, target = self.question.parts[index], self.targets[index]
            try:
                value = self.answer_of(self.under(*ids), part, target)
                found = None if target.close(value) else value
            except StepError as error:
                found = error
            known[ids] = found
        if isinstance(found, StepError):
            raise found.with_traceback(None)
        return found

    @cached_property
    def _misled(self) -> dict[tuple[str, ...], Trace]:
        """The runs that `under` has given before."""
        return {}

    @cached_property
    def _wrong(self) -> list[dict[tuple[str, ...], Value | StepError | None]]:
        """The answers that `misled` has given before, for each part."""
        return [{} for _ in self.targets]


def with_choices(variant: Variant) -> Variant:
    """The same variant with every part that allows it asked as a choice. Raises NoChoiceError where that cannot be done."""
    question = choice_version(variant.question, asked_as_choice(variant.question))
    known = zip(question.parts, variant.question.parts, variant.targets, strict=True)
    keys = tuple(
        target if part is before else _target(question, part, variant.seed, variant.givens, variant.trace)
        for part, before, target in known
    )
    return replace(variant, question=question, targets=keys)


# ------------------------------------------------------------------------------------------------------ the targets


def opened(variant: Variant, part: Part, target: Target) -> Target:
    """The key of a part by its value, as if it were asked without options."""
    if part.answer is None or not is_computed_choice(part):
        return target
    assert variant.trace is not None
    value, precision = value_of(variant.trace, part.answer), precision_of(part)
    slack = () if isinstance(value, (str, bool)) else slack_of(variant.trace, part.answer, precision)
    return Target.of_numbers("real", value, target.printed, precision, slack)


def chosen_by(target: Target, value: Value) -> str:
    """The label of the option with this value; an empty one where there is none."""
    return next((option.label for option in target.options if same(option.value, value)), "")


def targets(
    question: Question,
    seed: int,
    givens: Mapping[str, Value],
    trace: Trace | None,
    slacks: Sequence[Slack] | None = None,
    choices: Sequence[Kept | None] | None = None,
) -> tuple[Target, ...]:
    """The key of each part; `slacks` and `choices` are those of an earlier computation, if they were kept; what does not fit is not used.

    Raises StepError where the derivation has no value on these givens, NoChoiceError where a choice has too few options.
    """
    count = len(question.parts)
    fitting: Sequence[Slack | None] = slacks if slacks is not None and len(slacks) == count else [None] * count
    offered: Sequence[Kept | None] = choices if choices is not None and len(choices) == count else [None] * count
    return tuple(
        _target(question, part, seed, givens, trace, slack, kept)
        for part, slack, kept in zip(question.parts, fitting, offered, strict=True)
    )


def _target(
    question: Question,
    part: Part,
    seed: int,
    givens: Mapping[str, Value],
    trace: Trace | None,
    slack: Slack | None = None,
    kept: Kept | None = None,
) -> Target:
    stream = Stream(f"gradmark|{question.id}|{seed}|{part.key_name}|options")
    if part.answer is None:
        target = _own_key(part, stream, givens)
        return replace(target, others=_other_names(question, part)) if target.accept else target
    assert trace is not None
    if part.type == "expression":
        return _expression(question, part, trace)
    value = value_of(trace, part.answer)
    if is_computed_choice(part):
        return _computed_choice(question, part, stream, trace, precision_of(part), kept)
    if part.type not in NUMERIC:
        if not isinstance(value, str):
            return Target(part.type, value, plain(value))
        among = trace.derivation.steps[split_answer(part.answer)[0]].among
        others = tuple(word for word in among if word != value)
        return Target(part.type, value, value, accept=(value,), others=others, listed=bool(others))
    if not all(math.isfinite(as_float(x)) for x in elements(value)):
        raise StepError(trace.derivation.name, part.answer, Text("it is not finite", "结果不是有限的数"))
    precision = precision_of(part)
    if part.type == "fraction":
        value = Fraction(value)
    if slack is None or len(slack) != len(elements(value)):
        slack = slack_of(trace, part.answer, precision, asked_before(question, part))
    printed = str(value) if part.type == "fraction" else printed_value(value, precision)
    return Target(part.type, value, printed, precision, slack)


def _other_names(question: Question, part: Part) -> tuple[str, ...]:
    """The names that are right in the question's other parts and not in this one."""
    own = {*part.accept.en, *part.accept.zh} if part.accept is not None else set()
    lists = [other.accept for other in question.parts if other.accept is not None]
    return tuple(name for accept in lists for name in (*accept.en, *accept.zh) if name not in own)


def precision_of(part: Part) -> Precision | None:
    """The digits that a part asks for, if it says so."""
    if part.decimals is None and part.significant is None:
        return None
    return Precision(part.decimals, part.significant)


def asked_before(question: Question, part: Part) -> dict[str, Precision]:
    """The digits with which steps are asked for in the parts before this one."""
    earlier = question.parts[: question.parts.index(part)]
    found = ((split_answer(other.answer)[0], precision_of(other)) for other in earlier if other.answer)
    return {step: precision for step, precision in found if precision is not None}


def _own_key(part: Part, stream: Stream, givens: Mapping[str, Value]) -> Target:
    """The key that the question file itself states."""
    if part.statement is not None:
        return Target(part.type, part.statement, "true" if part.statement else "false")
    if part.accept is not None:
        names = (*part.accept.en, *part.accept.zh)
        return Target(part.type, names[0], names[0], accept=names)
    if part.sequence is not None:
        order = stream.shuffled(list(range(len(part.sequence))))
        shown = tuple(Choosable(LETTERS[i], render_text(part.sequence[j].text, givens)) for i, j in enumerate(order))
        right = tuple(LETTERS[order.index(i)] for i in range(len(order)))
        return Target(part.type, right, ", ".join(right), options=shown)
    if part.pairs is not None:
        order = stream.shuffled(list(range(len(part.pairs))))
        shown = tuple(Choosable(LETTERS[i], render_text(part.pairs[j].right.text, givens)) for i, j in enumerate(order))
        matches = tuple((str(i + 1), LETTERS[order.index(i)]) for i in range(len(order)))
        left = tuple(render_text(pair.left.text, givens) for pair in part.pairs)
        return Target(part.type, matches, ", ".join(f"{a}-{b}" for a, b in matches), options=shown, left=left)
    if isinstance(part.options, list):
        options = tuple(
            Choosable(
                LETTERS[i],
                render_text(Text(option.en, option.zh), givens),
                option.correct,
                render_text(option.because.text, givens) if option.because else None,
                (option.misconception,) if option.misconception else (),
            )
            for i, option in enumerate(stream.shuffled(part.options))
        )
        labels = [option.label for option in options if option.correct]
        value = labels[0] if part.type == "choice" else frozenset(labels)
        return Target(part.type, value, ", ".join(labels), options=options)
    assert part.form is not None  # the schema has made sure of a key
    return Target(part.type, part.form, part.form, names=names_in_cost(part.form))


def names_in_cost(cost: str) -> tuple[str, ...]:
    """The variables of a cost such as `O(n^2 d)`, so that a student's `nd` is read as `n d`."""
    return tuple(sorted(names_in(parse(cost)) - {"O", "Theta", "Θ"}))


def _computed_choice(
    question: Question, part: Part, stream: Stream, trace: Trace, precision: Precision | None, kept: Kept | None
) -> Target:
    """The key among the misconceptions' answers."""
    options = options_of(question, part, trace, stream, precision, kept)
    right = next(option.label for option in options if option.correct)
    return Target(part.type, right, right, options=options)


def _expression(question: Question, part: Part, trace: Trace) -> Target:
    """A formula in the part's variables: the key is the derivation itself, run at points of their domains."""
    assert part.answer is not None
    assert part.form is not None
    points = points_for(part, f"gradmark|{question.id}|{part.key_name}|points", trace)
    value = values_at(trace, part.answer, points)
    return Target(
        part.type,
        value,
        part.form,
        slack=formula_slack(value),
        names=tuple(part.variables),
        points=points,
    )
