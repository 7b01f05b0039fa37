"""The walk through a student's working: line by line, each step from the student's own values before it.

Every value comes from the one graph of the question: a run with the student's values put in for the steps that the lines show. A line is right
where it has the key's value, follows where it has what that run gives, and is wrong otherwise; then its own value is put in, so that what is
worked rightly from it follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from grader.reading import Unreadable
from grader.working.chinese import in_sentences
from grader.working.earlier import says_earlier
from grader.working.expressions import Expression, Reader, entries
from grader.working.faults import Suspects, arithmetic, fault_of, suspects, told
from grader.working.known import Known
from grader.working.letters import in_letters
from grader.working.lines import TypedLine, is_working, typed_lines
from grader.working.names import Names, names_of, says_answer
from grader.working.placing import Places, answer_of
from grader.working.result import WorkedLine, Working
from grader.working.spellings import Quantity, counts_from_zero
from grader.working.standings import Standings
from grader.working.statements import EQUALS, Link
from grader.working.values import Given, close, fitted, read_any, read_value
from questions.key import split_answer, value_of
from questions.question import NUMERIC
from questions.variant import Variant
from solvers.expression import names_in
from solvers.expression.errors import TooLong
from solvers.expression.nodes import Name
from solvers.latex import plain_text
from solvers.text import Text
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, is_array

_EXPLAINED = 4  # wrong lines of one response whose fault is looked for
_NO_SLIP = 12.0  # bits from which on what looks like bad arithmetic is a mistake that leads to just this value
_OWN = 20  # quantities of a student's own that later lines may use
_LONGEST_LINE = 1_000  # characters of a line that is read
_NUMBER = Fraction(0)  # what a value without a known step is read like
_COARSE = Text("Too few digits to tell whether this is right.", "写出的位数太少，无法判断是否正确。")
_CORRECTS = re.compile(
    r"\b(?:no|wrong|correct(?:ion|ed)?|oops|sorry|mistake|should be|actually|redo|again|forgot)\b|更正|改正|订正|修正|不对|错了|写错|算错|应为|应该是|重算|重新算",
    re.IGNORECASE,
)


def walk(variant: Variant, index: int, text: str, earlier: Callable[[], Trace | None] = lambda: None) -> Working | None:
    """A response walked as working; None where it shows none, or the part is none that a derivation computes.

    `earlier` gives the run with the student's own wrong answers to earlier parts, if there are any.
    """
    part = variant.question.parts[index]
    if part.answer is None or part.type not in NUMERIC or variant.trace is None or not may_be_working(text):
        return None
    lines = typed_lines(text)
    if not is_working(lines):
        return None
    run = earlier()
    walked = _Walk(variant, variant.trace, part.answer, run)
    found = walked.through(lines)
    if mistaken := walked.mistaken_after_all(found):
        return _Walk(variant, variant.trace, part.answer, run, mistaken).through(lines)
    return found


def may_be_working(text: str) -> bool:
    """Whether a response could hold working; almost all others are told apart at once."""
    if any(sign in text for sign in "=≈≅≃＝") or "\\approx" in text or "\\simeq" in text:
        return True
    if in_sentences(text, least=2):
        return True
    return "\n" in text and text.count(":") + text.count("：") + text.count("|") > 1


@dataclass
class _Walk:
    """One response on its way from the first line to the last.

    `mistaken` are lines without a name that are known to be about a step, `hints` those that may be: they have the value that one of the
    question's misconceptions gives to it.
    """

    variant: Variant
    key: Trace
    answer: str
    earlier: Trace | None
    mistaken: Mapping[int, Quantity] = field(default_factory=dict)
    hints: dict[int, Quantity] = field(default_factory=dict)
    suspects: dict[int, Suspects] = field(default_factory=dict)
    explained: int = 0
    first: int = 1
    lines: Sequence[TypedLine] = ()

    def __post_init__(self) -> None:
        self.names: Names = names_of(self.key.derivation)
        self.asked = Quantity(*split_answer(self.answer))
        self.reader = Reader(self.names, dict(entries(self.names, self.key)))
        self.known = Known(self.key, dict(self.earlier.overrides) if self.earlier is not None else {})
        self.standings = Standings(self.key)
        self.places = Places(self.key, self.variant.question.misconceptions, self.known.run, self.open)

    def through(self, lines: Sequence[TypedLine]) -> Working:
        """Every line walked."""
        walked: list[WorkedLine] = []
        self.lines = lines
        for place, line in enumerate(lines):
            found = self.line(place, line, last=line is lines[-1])
            if found.step is not None and _CORRECTS.search(line.left.text):
                walked = [_withdrawn(before) if _is_about(before, found) else before for before in walked]
            walked.append(found)
        named = dict(zip(self.suspects, told(list(self.suspects.values())), strict=True))
        walked = [replace(line, misconceptions=named.get(place, ())) for place, line in enumerate(walked)]
        shown = self.standings.shown()
        return Working(tuple(walked), shown, self.standings.vouched(shown))

    def mistaken_after_all(self, found: Working) -> dict[int, Quantity]:
        """The lines that must be about a step, mistaken, since no other line shows it and a later one goes wrong."""
        wrong = [place for place, line in enumerate(found.lines) if line.state == "wrong"]
        return {
            place: quantity
            for place, quantity in self.hints.items()
            if quantity.step not in self.standings and any(place < later for later in wrong)
        }

    # ----------------------------------------------------------------------------------------------- one line

    def line(self, place: int, line: TypedLine, *, last: bool) -> WorkedLine:
        """One line walked; `place` counts all of them."""
        found = WorkedLine(line.number, line.text, "words")
        if not line.links:
            return found
        left, value = line.left.text, line.links[-1]
        self.first = 0 if counts_from_zero(left) else self.first
        named = self.names.named(left, self.first)
        surely = [*named.surely, *([self.asked] if not named.surely and says_answer(left) else [])]
        unfit: tuple[Quantity, Given] | None = None
        for quantity in surely:
            like = self.like(quantity)
            if like is None:
                continue
            given = self.read(value, like)
            if isinstance(given, Unreadable):
                return self.unread(found, line, given)
            if fitted(given.value, like) is not None:
                if self.is_earlier(place, line, quantity, given, like):
                    return replace(found, state="given", reading=given.echo)
                return self.placed(replace(found, reading=given.echo), place, quantity, given, line)
            if ":" not in left:  # before a colon stands what several lines may lead to
                unfit = unfit or (quantity, given)
        return self.guessed(found, place, line, named.perhaps, unfit, last=last and not surely)

    def guessed(
        self,
        found: WorkedLine,
        place: int,
        line: TypedLine,
        alike: Sequence[Quantity],
        unfit: tuple[Quantity, Given] | None,
        *,
        last: bool,
    ) -> WorkedLine:
        """A line whose name says nothing sure, or names an `unfit` quantity of another size than its value."""
        left = line.left.text
        given = self.read(line.links[-1], None)
        if isinstance(given, Unreadable):
            return self.unread(found, line, given) if unfit is None else self.placed(found, place, *unfit, line)
        found = replace(found, reading=given.echo)
        if unfit is None and (symbol := self.names.given(left)) is not None:
            if self.is_given(symbol, given):
                return replace(found, state="given")
            if (renewed := self.names.renewed(left)) is not None and self.fits(renewed, given):
                return self.placed(found, place, renewed, given, line)
        expressions = self.expressions(line, named=False)
        perhaps = [quantity for quantity in alike if self.fits(quantity, given)]
        likely = self.places.by_value(given, perhaps, expressions) or self.places.by_formula(given, expressions)
        if likely is None and unfit is not None:
            return self.placed(found, place, *unfit, line)
        if likely is None and in_sentences(line.text) and EQUALS.search(line.text) is None:
            return replace(found, state="words", reading="")  # a sentence about something else
        if likely is None and (likely := self.mistaken.get(place)) is None:
            hint = self.places.by_mistake(given, perhaps)
            if hint is not None and not self.is_formula(left):
                self.hints[place] = hint
        if likely is None and last and self.asked.step not in self.standings and self.fits(self.asked, given):
            likely = self.asked
        if likely is None:
            return self.unplaced(found, left, given, expressions)
        self.remember(left, given)
        return self.placed(found, place, likely, given, line, expressions)

    def placed(
        self,
        found: WorkedLine,
        place: int,
        quantity: Quantity,
        given: Given,
        line: TypedLine,
        expressions: Sequence[Expression] | None = None,
    ) -> WorkedLine:
        """A line about a known step."""
        step, answer, run = quantity.step, answer_of(quantity), self.known.run(quantity.step)
        found = replace(found, step=step, quantity=self.symbol(quantity))
        try:
            right = value_of(run, answer)
        except StepError:
            return replace(found, state="own", step=None)
        value = fitted(given.value, right)
        if value is None:
            self.standings.note(quantity, share=0)
            return replace(found, state="wrong", fault="value", says=(_sizes(right),))
        if expressions is None:
            expressions = self.expressions(line, named=bool(self.names.named(line.left.text, self.first).surely))
        state = self.known.state(given, value, answer)
        if state == "wrong" and not quantity.index and self.known.has(step, given, value):
            return replace(found, state="follows")  # said again
        match state:
            case "coarse":
                self.standings.note(quantity, share=0)
                return replace(found, state="coarse", says=(_COARSE,))
            case "wrong":
                self.standings.note(quantity, share=0)
                found = self.explain(found, place, quantity, right, given, value, expressions, run)
            case "follows":
                self.standings.note(quantity, share=int(self.known.counts(step)), carried=True)
            case _:
                self.standings.note(quantity, share=1)
        self.known.keep(quantity, value, given.precision_of(right), right=state == "right")
        slip = None
        if state != "wrong":
            slip = arithmetic(expressions, given, value)
            slip = slip or in_letters(step, expressions, given, value, self.reader, self.known.run(None), self.key)
        return replace(found, state=state, says=(_though(state, slip),) if slip is not None else found.says)

    def explain(
        self,
        found: WorkedLine,
        place: int,
        quantity: Quantity,
        right: Value,
        given: Given,
        value: Value,
        expressions: Sequence[Expression],
        run: Trace,
    ) -> WorkedLine:
        """A wrong line with what is wrong with it."""
        self.explained += 1
        if self.explained > _EXPLAINED:
            return replace(found, fault="value")
        fault = fault_of(quantity.step, right, given, value, expressions, run)
        listed = self.variant.question.misconceptions
        of, deliberate = answer_of(quantity), fault.fault in ("formula", "numbers")
        seen = suspects(
            quantity.step, of, given, value, right, run, listed, worked_out=deliberate, expressions=expressions
        )
        if fault.fault != "arithmetic" or seen.bits >= _NO_SLIP:
            self.suspects[place] = seen
        return replace(found, fault=fault.fault, says=fault.says)

    def unplaced(self, found: WorkedLine, name: str, given: Given, expressions: Sequence[Expression]) -> WorkedLine:
        """A line about a quantity of the student's own: only its arithmetic can be told."""
        self.remember(name, given)
        slip = arithmetic(expressions, given, given.value)
        if slip is not None:
            return replace(found, state="wrong", fault="arithmetic", says=(slip,))
        return replace(found, state="own")

    def remember(self, name: str, given: Given) -> None:
        """Keeps a quantity under the student's own name for it, which later lines may use."""
        if name.isidentifier() and name not in self.names.names and len(self.reader.own) < _OWN:
            self.reader.own[name] = given.value

    # ------------------------------------------------------------------------------------------- what is read

    def read(self, link: Link, like: Value | None) -> Given | Unreadable:
        """The value at the end of a line, as what its step is; without a step, as a number or as what any step is."""
        if len(link.text) > _LONGEST_LINE:
            long = TooLong(_LONGEST_LINE, len(link.text), _LONGEST_LINE)
            return Unreadable(link.text, long.offset, long.code, long.text, _SHORTER)
        if like is not None:
            return read_value(link.text, like)
        return read_any(link.text, self.kinds)

    @cached_property
    def kinds(self) -> list[Value]:
        """A value of every kind that a step has, a number first."""
        found = [value for step in self.key.derivation.steps if (value := self.like(Quantity(step))) is not None]
        kinds = {_rank(value): value for value in found}
        return [_NUMBER, *(kinds[rank] for rank in sorted(kinds) if rank)]

    def unread(self, found: WorkedLine, line: TypedLine, missed: Unreadable) -> WorkedLine:
        """A line whose value cannot be read, with the place in the line at which reading stopped; a formula only is words, and so is a remark."""
        formula = self.names.expression(line.links[-1].text, self.reader.own)
        if formula is not None and not isinstance(formula, Name) and names_in(formula):
            return found
        if EQUALS.search(line.text) is None and not self.names.named(line.left.text).surely:
            return found
        offset = min(max(line.links[-1].offset - line.start + missed.offset, 0), len(line.text))
        shown = Unreadable(line.text, offset, missed.code, missed.message, missed.expected)
        return replace(found, state="unread", unreadable=shown)

    def like(self, quantity: Quantity) -> Value | None:
        """A value of the kind that the line's must be; None if there is no such quantity."""
        try:
            return value_of(self.key, answer_of(quantity))
        except StepError:
            return None

    def fits(self, quantity: Quantity, given: Given) -> bool:
        """Whether a value could be that of a quantity, as far as its size tells."""
        like = self.like(quantity)
        return like is not None and fitted(given.value, like) is not None

    def is_given(self, name: str, given: Given) -> bool:
        """Whether a value is what the question gives, or a part of it."""
        like = self.key.givens[name]
        value = fitted(given.value, like)
        if value is not None:
            return close(value, like, given.slack(like))
        return is_array(like) and not is_array(given.value)

    def is_earlier(self, place: int, line: TypedLine, quantity: Quantity, given: Given, like: Value) -> bool:
        """Whether a line that seems to be about a step says a given of its letter: before all steps, or before a line about the step."""
        if not says_earlier(line, self.names, self.key):
            return False
        if len(self.standings) and not any(self.is_about(later, quantity) for later in self.lines[place + 1 :]):
            return False
        value = fitted(given.value, like)
        return value is not None and self.known.state(given, value, answer_of(quantity)) == "wrong"

    def is_about(self, line: TypedLine, quantity: Quantity) -> bool:
        """Whether a line says what a quantity is."""
        return bool(line.links) and quantity in self.names.named(line.left.text, self.first).surely

    def is_formula(self, left: str) -> bool:
        """Whether what stands before an equals sign is a formula of known names, whose value is no step's."""
        formula = self.names.expression(left, self.reader.own)
        return formula is not None and len(names_in(formula)) > 1

    def expressions(self, line: TypedLine, *, named: bool) -> list[Expression]:
        """What stands before the line's last equals sign, as far as it can be read as expressions."""
        texts = [link.text for link in line.links[:-1]]
        if not named or ":" in line.left.text:
            texts.insert(0, line.left.text.rpartition(":")[2].strip())
        run = self.known.run(None)
        found = (self.reader.read(text, run) for text in texts if 0 < len(text) <= _LONGEST_LINE)
        return [expression for expression in found if expression is not None]

    def open(self) -> Iterator[str]:
        """The steps on the way to the answer that no line shows yet."""
        below = self.key.derivation.upstream(self.asked.step) | {self.asked.step}
        return (step for step in self.key.derivation.steps if step in below and step not in self.standings)

    def symbol(self, quantity: Quantity) -> str:
        """How a quantity is written on one line."""
        symbol = plain_text(self.key.derivation.steps[quantity.step].symbol)
        return f"{symbol}[{', '.join(map(str, quantity.index))}]" if quantity.index else symbol


_SHORTER = Text("one short line for each step", "每一步写成较短的一行")


def _rank(value: Value) -> int:
    """What kind of value must be read: a number, an array of some rank, or a shape."""
    return -1 if isinstance(value, Shape) else value.ndim if is_array(value) else 0


def _is_about(before: WorkedLine, found: WorkedLine) -> bool:
    return before.quantity == found.quantity and before.step == found.step


def _though(state: str, slip: Text) -> Text:
    """Bad arithmetic in a line whose value is right all the same, or follows from the student's own, as its word says then."""
    lead = Text("The value is right, but", "数值正确，但") if state == "right" else Text("But", "但")
    return Text(f"{lead.en} {slip.en[0].lower()}{slip.en[1:]}", f"{lead.zh}{slip.zh}")


def _withdrawn(line: WorkedLine) -> WorkedLine:
    """A line that a later one corrects: nothing is said against it."""
    return WorkedLine(line.number, line.text, "corrected", line.step, line.quantity, line.reading)


def _sizes(right: Value) -> Text:
    """What was expected in place of a value of another size."""
    if isinstance(right, Shape):
        return Text(f"A shape of {len(right)} sizes belongs here.", f"此处应为有 {len(right)} 个维度的形状。")
    if is_array(right):
        shape = " × ".join(map(str, right.shape))
        return Text(f"Numbers of the shape {shape} belong here.", f"此处应为形状 {shape} 的数组。")
    return Text("One number belongs here.", "此处应为一个数。")
