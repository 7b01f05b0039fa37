"""The answer among the lines of shown working: the value of the line about what was asked, or of the last line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from grader.reading import Blank, Reading, Unreadable
from grader.working.earlier import says_earlier
from grader.working.lines import TypedLine, is_working, typed_lines
from grader.working.names import Names, names_of, says_answer
from grader.working.values import without_remarks
from grader.working.walking import may_be_working
from questions.key import split_answer
from questions.question import NUMERIC
from questions.variant import Variant
from solvers.text import Text

Read = Callable[[str], Reading | Blank | Unreadable]


def read_answer(text: str, variant: Variant, index: int, read: Read) -> Reading | Blank | Unreadable:
    """A response read by `read`: as it stands, or, where it shows working, the value that its lines give for what was asked.

    Working never makes a response that can be read as it stands unreadable.
    """
    part = variant.question.parts[index]
    if part.answer is None or part.type not in NUMERIC or variant.trace is None or not may_be_working(text):
        return read(text)
    lines = typed_lines(text)
    if not is_working(lines):
        return read(text)
    step, place = split_answer(part.answer)
    names = names_of(variant.trace.derivation)
    trace = variant.trace
    asked = [line for line in lines if line.links and _is_asked(line, names, step, place)]
    named = [line for line in asked if line is lines[-1] or not says_earlier(line, names, trace)]
    if not named and len({line.number for line in lines}) == 1:
        return read(text)
    for line in _likeliest(named, lines):
        found = _value(line, read)
        if isinstance(found, Reading):
            said = Text(
                f"Of your working, the value of “{_shown(line)}” was read as the answer.",
                f"取演算过程中“{_shown(line)}”的值作为答案。",
            )
            return found._replace(text=text, notes=(*found.notes, said) if line is not lines[-1] else found.notes)
    return read(text)


def last_value(text: str, read: Read) -> Reading | None:
    """The value of the last line of shown working, where nothing is known of what was asked; None if there is none."""
    lines = typed_lines(text) if may_be_working(text) else []
    found = _value(lines[-1], read) if is_working(lines) and lines[-1].links else None
    return found._replace(text=text) if isinstance(found, Reading) else None


def _value(line: TypedLine, read: Read) -> Reading | Blank | Unreadable:
    """What stands after a line's last equals sign, without what explains it if that is in the way."""
    typed = line.links[-1].text
    found = read(typed)
    bare = without_remarks(typed)
    return read(bare) if isinstance(found, Unreadable) and bare != typed else found


def _is_asked(line: TypedLine, names: Names, step: str, place: tuple[int, ...]) -> bool:
    """Whether a line says what was asked, by its name or as the answer."""
    surely = names.named(line.left.text).surely
    if not surely:
        return says_answer(line.left.text)
    return any((quantity.step, quantity.index or place) == (step, place) for quantity in surely)


def _likeliest(named: list[TypedLine], lines: list[TypedLine]) -> Iterator[TypedLine]:
    """The last line about what was asked; without one, the last line of all, if it gives a value."""
    yield from [line for line in named if line.links][-1:] or [line for line in lines[-1:] if line.links]


def _shown(line: TypedLine) -> str:
    """What stands before a line's first equals sign, short enough for a sentence."""
    left = " ".join(line.left.text.split())
    return f"{left[:40]}{'…' if len(left) > 40 else ''} ="
