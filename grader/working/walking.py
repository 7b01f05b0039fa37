"""The walk through a student's working: line by line, each step from the student's own values before it.

Every value comes from the one graph of the question: a run with the student's values put in for the steps that the lines show. A line is right
where it has the key's value, follows where it has what that run gives, and is wrong otherwise; then its own value is put in, so that what is
worked rightly from it follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from grader.gaming import deaf, outlandish, saturated, trivial
from grader.reading import Unreadable
from grader.working.expressions import Expression, Reader
from grader.working.faults import Suspects, arithmetic, fault_of, suspects, told
from grader.working.lines import Link, TypedLine, is_working, typed_lines
from grader.working.names import Names, Quantity, names_of
from grader.working.result import Shown, State, WorkedLine, Working
from grader.working.values import Budget, Given, fitted, follows, read_value, same_numbers
from questions.key import Precision, split_answer, value_of
from questions.question import NUMERIC
from questions.variant import Variant
from solvers.expression.errors import TooLong
from solvers.latex import plain_text
from solvers.text import Text
from solvers.trace import StepError, Trace
from solvers.values import Shape, Value, elements, is_array, with_element

_LOOKS = 40  # costly looks at rounding that one response may have
_EXPLAINED = 6  # wrong lines of one response whose fault is looked for
_MOST_FLAT = 2  # saturated values from which on nothing is carried: nobody comes by so many
_OWN = 20  # quantities of a student's own that later lines may use
_LONGEST_LINE = 1_000  # characters of a line that is read
_NUMBER = Fraction(0)  # what a value without a known step is read like
_COARSE = Text("Too few digits to tell whether this is right.", "写出的位数太少，无法判断是否正确。")


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
    return _Walk(variant, variant.trace, part.answer, earlier()).through(lines)


def may_be_working(text: str) -> bool:
    """Whether a response could hold working; almost all others are told apart at once."""
    return any(sign in text for sign in "=≈≅≃＝") or "\\approx" in text or "\\simeq" in text


@dataclass
class _Walk:
    """One response on its way from the first line to the last.

    `values` and `precisions` are what the lines so far have shown, `standings` what became of them, `off` the steps whose value differs from the
    key's by more than rounding.
    """

    variant: Variant
    key: Trace
    answer: str
    earlier: Trace | None
    values: dict[str, Value] = field(default_factory=dict)
    precisions: dict[str, Precision] = field(default_factory=dict)
    standings: dict[str, dict[tuple[int, ...], Shown]] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    budget: Budget = field(default_factory=lambda: Budget(_LOOKS))
    suspects: dict[int, Suspects] = field(default_factory=dict)
    explained: int = 0

    def __post_init__(self) -> None:
        self.names: Names = names_of(self.key.derivation)
        self.reader = Reader(self.names)
        self.base = dict(self.earlier.overrides) if self.earlier is not None else {}
        self.off.update(self.base)

    def through(self, lines: Sequence[TypedLine]) -> Working:
        """Every line walked."""
        walked = [self.line(number, line, last=line is lines[-1]) for number, line in enumerate(lines, 1)]
        named = dict(zip(self.suspects, told(list(self.suspects.values())), strict=True))
        walked = [replace(line, misconceptions=named.get(line.number, ())) for line in walked]
        shown = {step: self.shown(step) for step in self.standings}
        return Working(tuple(walked), shown, self.vouched(shown))

    # ----------------------------------------------------------------------------------------------- one line

    def line(self, number: int, line: TypedLine, *, last: bool) -> WorkedLine:
        """One line walked."""
        found = WorkedLine(number, line.text, "words")
        if not line.links:
            return found
        quantity = self.names.quantity(line.left.text)
        if quantity is None and self.names.is_given(line.left.text):
            return replace(found, state="given")
        given = self.read(line.links[-1], quantity)
        if isinstance(given, Unreadable):
            offset = line.links[-1].offset - line.start + given.offset
            missed = Unreadable(
                line.text, min(max(offset, 0), len(line.text)), given.code, given.message, given.expected
            )
            return replace(found, state="unread", unreadable=missed)
        run = self.run(quantity.step if quantity else None)
        expressions = self.expressions(line, run, named=quantity is not None)
        if quantity is None:
            quantity = self.by_value(given, last=last)
        found = replace(found, reading=given.echo)
        if quantity is None:
            return self.unplaced(found, line.left.text, given, expressions)
        return self.placed(found, quantity, given, expressions)

    def placed(
        self, found: WorkedLine, quantity: Quantity, given: Given, expressions: Sequence[Expression]
    ) -> WorkedLine:
        """A line about a known step."""
        step, answer, run = quantity.step, _answer(quantity), self.run(quantity.step)
        found = replace(found, step=step, quantity=self.symbol(quantity))
        try:
            right = value_of(run, answer)
        except StepError:
            return replace(found, state="own", step=None)
        value = fitted(given.value, right)
        if value is None:
            self.note(quantity, share=0)
            return replace(found, state="wrong", fault="value", says=(_sizes(right),))
        state = self.state(given, value, answer, run)
        match state:
            case "coarse":
                self.note(quantity, share=0)
                return replace(found, state="coarse", says=(_COARSE,))
            case "wrong":
                self.note(quantity, share=0)
                found = self.explain(found, quantity, right, given, value, expressions, run)
            case "follows":
                self.note(quantity, share=int(self.counts(step, run)), carried=True)
            case _:
                self.note(quantity, share=1)
        if state == "right":
            self.off.discard(step)
        else:
            self.off.add(step)
        whole = self.values.get(step, self.key[step])
        self.values[step] = with_element(whole, quantity.index, value) if quantity.index else value
        self.precisions[step] = given.precision
        slip = arithmetic(expressions, given, value) if state != "wrong" else None
        return replace(found, state=state, says=(slip,) if slip is not None else found.says)

    def state(self, given: Given, value: Value, answer: str, run: Trace) -> State:
        """Whether a value is the key's, what the student's own values give, or neither."""
        step, _ = split_answer(answer)
        runs = [self.key, *([run] if run is not self.key else [])]
        if self.base:
            runs.append(self.run(step, with_earlier=False))
        coarse = False
        right = {name: precision for name, precision in self.precisions.items() if name not in self.off}
        for trace in runs:
            asked = right if trace is self.key else self.precisions
            try:
                verdict = follows(given, value, trace, answer, asked, self.budget)
            except StepError:
                continue
            if verdict:
                differs = trace is not self.key and not self.off.isdisjoint(self.key.derivation.upstream(step) - {step})
                return "follows" if differs else "right"
            coarse = coarse or verdict is None
        return "coarse" if coarse else "wrong"

    def counts(self, step: str, run: Trace) -> bool:
        """Whether a value that only follows is worth marks: not where the student's own values left nothing to work out."""
        key, value = self.key[step], run[step]
        mine = [name for name in run.derivation.upstream(step) if name in run.overrides]
        if any(outlandish(run.overrides[name], self.key[name], counts=False) for name in mine):
            return False
        if any(same_numbers(value, run.overrides[name]) for name in mine if name in self.off):
            return False  # handed on as it was
        try:
            if trivial(value, key, counts=all(isinstance(x, int) for x in elements(key))):
                return False
            flat = [name for name in mine if saturated(run[name], self.key[name])]
            return not flat or (len(flat) < _MOST_FLAT and not deaf(run, self.key, step, also=mine))
        except StepError:
            return False

    def explain(
        self,
        found: WorkedLine,
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
        if fault.fault in ("formula", "value"):
            self.suspects[found.number] = suspects(
                quantity.step,
                _answer(quantity),
                given,
                value,
                right,
                run,
                self.variant.question.misconceptions,
                worked_out=fault.fault == "formula",
            )
        return replace(found, fault=fault.fault, says=fault.says)

    def unplaced(self, found: WorkedLine, name: str, given: Given, expressions: Sequence[Expression]) -> WorkedLine:
        """A line about a quantity of the student's own: only its arithmetic can be told."""
        if name.isidentifier() and name not in self.names.names and len(self.reader.own) < _OWN:
            self.reader.own[name] = given.value
        slip = arithmetic(expressions, given, given.value)
        if slip is not None:
            return replace(found, state="wrong", fault="arithmetic", says=(slip,))
        return replace(found, state="own")

    # ------------------------------------------------------------------------------------------- what is read

    def read(self, link: Link, quantity: Quantity | None) -> Given | Unreadable:
        """The value at the end of a line, as what its step is; without a step, as a number or as what any step is."""
        if len(link.text) > _LONGEST_LINE:
            long = TooLong(_LONGEST_LINE, len(link.text), _LONGEST_LINE)
            return Unreadable(link.text, long.offset, long.code, long.text, _SHORTER)
        like = self.like(quantity)
        found = read_value(link.text, like)
        if quantity is not None or not isinstance(found, Unreadable):
            return found
        ranks = {
            value.ndim: value for name in self.key.derivation.steps if is_array(value := self.like(Quantity(name)))
        }
        others = (read_value(link.text, ranks[rank]) for rank in sorted(ranks))
        return next((other for other in others if not isinstance(other, Unreadable)), found)

    def like(self, quantity: Quantity | None) -> Value:
        """A value of the kind that the line's must be."""
        try:
            return value_of(self.key, _answer(quantity)) if quantity is not None else _NUMBER
        except StepError:
            return _NUMBER

    def expressions(self, line: TypedLine, run: Trace, *, named: bool) -> list[Expression]:
        """What stands before the line's last equals sign, as far as it can be read as expressions."""
        texts = [link.text for link in line.links[:-1]]
        if not named:
            texts.insert(0, line.left.text)
        elif ":" in line.left.text:
            texts.insert(0, line.left.text.rpartition(":")[2].strip())
        found = (self.reader.read(text, run) for text in texts if 0 < len(text) <= _LONGEST_LINE)
        return [expression for expression in found if expression is not None]

    def by_value(self, given: Given, *, last: bool) -> Quantity | None:
        """The step that a line without a name must be about: the first not shown yet that has just this value."""
        asked = Quantity(*split_answer(self.answer))
        if not given.whole:
            below = self.key.derivation.upstream(asked.step)
            for step in self.key.derivation.steps:
                if step not in below or step in self.standings:
                    continue
                run = self.run(step)
                try:
                    value = fitted(given.value, run[step])
                    if value is not None and follows(given, value, run, step, {}, Budget(0)):
                        return Quantity(step)
                except StepError:
                    continue
        fits = last and asked.step not in self.standings and fitted(given.value, self.like(asked)) is not None
        return asked if fits else None

    def symbol(self, quantity: Quantity) -> str:
        """How a quantity is written on one line."""
        symbol = plain_text(self.key.derivation.steps[quantity.step].symbol)
        return f"{symbol}[{', '.join(map(str, quantity.index))}]" if quantity.index else symbol

    # ---------------------------------------------------------------------------------------- what is known

    def run(self, step: str | None, *, with_earlier: bool = True) -> Trace:
        """The graph run with the student's values, except for the step itself, about which its own value says nothing."""
        values = {**(self.base if with_earlier else {}), **self.values}
        overrides = {name: value for name, value in values.items() if name != step}
        if not overrides:
            return self.key
        return self.key.derivation.run(self.key.givens, overrides=overrides, base=self.key)

    def note(self, quantity: Quantity, *, share: int, carried: bool = False) -> None:
        """Keeps what became of a line about a step, or an element of it; a later line about the same replaces it."""
        standings = self.standings.setdefault(quantity.step, {})
        if not quantity.index:
            standings.clear()
        standings[quantity.index] = Shown(Fraction(share), carried)

    def shown(self, step: str) -> Shown:
        """What the lines about a step, or about its elements, show of it."""
        standings = self.standings[step]
        carried = any(found.carried for found in standings.values())
        places = {index: found.share for index, found in standings.items() if index}
        if () in standings and not places:
            return standings[()]
        size = len(elements(self.key[step]))
        whole = standings[()].share if () in standings else Fraction(0)
        share = sum(places.values(), whole * (size - len(places))) / size
        return Shown(share, carried)

    def vouched(self, shown: dict[str, Shown]) -> dict[str, Shown]:
        """The steps that no line shows, but that a line which is right, or follows, could not do without."""
        found: dict[str, Shown] = {}
        steps = self.key.derivation.steps
        for step, standing in shown.items():
            waiting = list(steps[step].inputs.values()) if standing.share == 1 else []
            while waiting:
                name = waiting.pop()
                if name not in steps or name in shown or (name in found and not found[name].carried):
                    continue
                if name in found and standing.carried:
                    continue
                found[name] = standing
                waiting.extend(steps[name].inputs.values())
        return found


_SHORTER = Text("one short line for each step", "每一步写成较短的一行")


def _answer(quantity: Quantity) -> str:
    """A quantity as parts name their answers: `hidden[0]`."""
    return f"{quantity.step}[{','.join(map(str, quantity.index))}]" if quantity.index else quantity.step


def _sizes(right: Value) -> Text:
    """What was expected in place of a value of another size."""
    if isinstance(right, Shape):
        return Text(f"A shape of {len(right)} sizes belongs here.", f"此处应为有 {len(right)} 个维度的形状。")
    if is_array(right):
        shape = " × ".join(map(str, right.shape))
        return Text(f"Numbers of the shape {shape} belong here.", f"此处应为形状 {shape} 的数组。")
    return Text("One number belongs here.", "此处应为一个数。")
