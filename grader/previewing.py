"""How responses are read, shown before they are handed in: without a key, so that nothing of it can be learnt.

What each part asks for is what the answer sheet says of it; where no sheet says it, it is guessed from the response.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from grader.guessing import guessed
from grader.reading import Blank, Reading, Unreadable, each_written, read
from grader.submissions import Form, Problem, Submission, read_submissions
from grader.submissions.labels import by_label
from grader.working import last_value
from questions.question import NUMERIC
from solvers.expression import names_in
from solvers.text import Text

Outcome = Literal["read", "blank", "unreadable", "unknown"]
_LETTERS_IN_A_RUN = range(2, 5)  # of a name in a cost that is likelier a product


@dataclass(frozen=True)
class PartPreview:
    """How one response is read. `form` is None, and so is `reading`, where the sheet has no such part; `near` are those of the question."""

    label: str
    response: str
    form: Form | None
    guessed: bool = False
    reading: Reading | Blank | Unreadable | None = None
    notes: tuple[Text, ...] = ()
    near: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Whether it was read, left blank, cannot be read, or belongs to no part."""
        match self.reading:
            case Reading():
                return "read"
            case Blank():
                return "blank"
            case Unreadable():
                return "unreadable"
            case None:
                return "unknown"


@dataclass(frozen=True)
class Preview:
    """How one submission is read, its parts in the order of the sheet."""

    student: str
    source: str
    parts: tuple[PartPreview, ...]

    def having(self, outcome: Outcome) -> list[str]:
        """The labels of the parts with this outcome."""
        return [part.label for part in self.parts if part.outcome == outcome]

    @property
    def guessed(self) -> bool:
        """Whether no sheet said what the parts ask for."""
        return any(part.guessed for part in self.parts)


class Sheets:
    """Answer sheets as they were handed out: what the parts of each student's paper ask for."""

    def __init__(self, found: Iterable[Submission | Problem]) -> None:
        sheets = [sheet for sheet in found if isinstance(sheet, Submission) and sheet.forms]
        self._of = {key: sheet.forms for sheet in sheets for key in (sheet.student, sheet.paper) if key}
        self._only = sheets[0].forms if len({tuple(sheet.forms.items()) for sheet in sheets}) == 1 else {}

    @classmethod
    def at(cls, place: str) -> Sheets:
        """The sheets in a file or a folder."""
        return cls(read_submissions([place]))

    def __bool__(self) -> bool:
        return bool(self._of)

    def forms(self, submission: Submission) -> Mapping[str, Form]:
        """What the submission's paper asks for: by its code, its student, or because all papers ask for the same forms."""
        return self._of.get(submission.paper or "") or self._of.get(submission.student) or self._only


def preview(submission: Submission, sheets: Sheets | None = None) -> Preview:
    """How a submission is read, by what the sheets say of its parts, or else what it says of them itself."""
    forms = (sheets.forms(submission) if sheets else {}) or submission.forms
    if not forms:
        parts = [_guessed(label, text) for label, text in submission.responses.items()]
        return Preview(submission.student, submission.source, tuple(parts))
    responses, strange = by_label(submission.responses, forms)
    parts = [_read(label, responses.get(label, ""), form) for label, form in forms.items()]
    parts += [
        PartPreview(label, text, None, near=tuple(other for other in forms if _number(other) == _number(label)))
        for label in strange
        if (text := submission.responses[label]).strip()
    ]
    return Preview(submission.student, submission.source, tuple(parts))


def _number(label: str) -> str:
    """The number of the question that a part belongs to."""
    return label.rstrip("abcdefghijklmnopqrstuvwxyz")


def _guessed(label: str, text: str) -> PartPreview:
    form, reading = guessed(text)
    return PartPreview(label, text, form, not isinstance(reading, Blank), reading, tuple(_notes(reading, form)))


def _read(label: str, text: str, form: Form) -> PartPreview:
    read_as = partial(read, type=form.type, names=form.names, options=form.options)
    reading = read_as(text)
    if isinstance(reading, Unreadable) and form.type in NUMERIC:
        reading = last_value(text, read_as) or reading
    return PartPreview(label, text, form, False, reading, tuple(_notes(reading, form)))


def _notes(reading: Reading | Blank | Unreadable, form: Form) -> Iterator[Text]:
    """What was decided while reading, and what a student would want to look at again."""
    if not isinstance(reading, Reading):
        return
    yield from reading.notes
    if form.type == "integer" and not isinstance(reading.value, int):
        yield Text("A whole number is asked for.", "要求填写整数。")
    if form.type == "complexity":
        for name in sorted(names_in(reading.value)):
            if len(name) in _LETTERS_IN_A_RUN and name.isalpha() and name.isascii():
                product = "*".join(name)
                yield Text(f"If “{name}” is a product, write {product}.", f"“{name}”若是乘积，请写成 {product}。")
    written = [each for each in each_written(reading.written) if each is not None]
    if form.decimals is not None and any(_fewer(w.decimals, form.decimals) for w in written):
        yield Text(f"{_count(form.decimals, 'decimal')} asked for.", f"要求保留 {form.decimals} 位小数。")
    if form.significant is not None and any(_fewer(w.significant, form.significant) for w in written):
        count = _count(form.significant, "significant figure")
        yield Text(f"{count} asked for.", f"要求保留 {form.significant} 位有效数字。")


def _fewer(digits: int | None, asked: int) -> bool:
    return digits is not None and digits < asked


def _count(count: int, word: str) -> str:
    return f"{count} {word} is" if count == 1 else f"{count} {word}s are"


def to_json(found: Preview) -> dict[str, Any]:
    """A preview as programs read it."""
    return {"student": found.student, "source": found.source, "parts": [_part_json(part) for part in found.parts]}


def _part_json(part: PartPreview) -> dict[str, Any]:
    reading = part.reading
    return {
        "label": part.label,
        "type": part.form.type if part.form else None,
        "guessed": part.guessed,
        "outcome": part.outcome,
        "response": part.response,
        "reading": reading.echo if isinstance(reading, Reading) else "",
        "notes": [_both(note) for note in part.notes],
        "error": None if not isinstance(reading, Unreadable) else _error_json(reading),
    }


def _error_json(error: Unreadable) -> dict[str, Any]:
    return {
        "code": error.code,
        "offset": error.offset,
        "message": _both(error.message),
        "expected": _both(error.expected),
    }


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}
