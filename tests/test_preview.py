"""`gradmark preview`: how responses are read before they are handed in, with nothing but what the sheet says."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.guessing import guessed
from grader.marking import read_for
from grader.previewing import Sheets, preview
from grader.reading import Blank, Reading, Unreadable
from grader.submissions import Form, Submission, read_submissions
from grader.submissions.forms import comment, forms_in
from questions.question import ResponseType
from tests.hostile import HOSTILE
from tests.strategies import TYPES as QUESTIONS
from tests.strategies import folder_of, gradmark, item, variant

Capsys = pytest.CaptureFixture[str]
FORMS = {
    "1": Form("integer"),
    "2a": Form("expression", names=("n", "k'", "d_k")),
    "2b": Form("choice", options=("A", "B", "C")),
    "3": Form("real", decimals=4),
    "4": Form("vector", significant=3),
}
SHEET = f"""# {comment(FORMS)}
exam: quiz
student: s001
answers:
  1: 55
  2a: k'n
  2b: （Ｂ）
  3: ０．８８
  4:
"""


def read_sheet(text: str, name: str, folder: Path) -> Submission:
    """The one submission in a file with this text."""
    (folder / name).write_text(text, encoding="utf-8")
    found = [one for one in read_submissions([folder / name]) if isinstance(one, Submission)]
    assert len(found) == 1
    return found[0]


# ------------------------------------------------------------------------------------------------------------ forms


def test_a_comment_says_what_the_parts_ask_for() -> None:
    """And is read back as it was written."""
    assert comment(FORMS) == (
        "parts: 1 integer; 2a expression n k' d_k; 2b choice A B C; 3 real 4 decimals; 4 vector 3 significant"
    )
    assert forms_in(f"# {comment(FORMS)}\n") == FORMS
    assert forms_in(f"x\n<!-- {comment(FORMS)} -->\r\ny") == FORMS


@pytest.mark.parametrize(
    "line",
    [
        "parts: 1 integer",
        "# part: 1 integer",
        "# parts:",
        "# parts: 1",
        "# parts: 1 intger",
        "# parts: x integer",
        "# parts: ;;",
    ],
)
def test_what_is_no_such_comment_says_nothing(line: str) -> None:
    """Nor does what somebody has changed beyond recognition."""
    assert forms_in(line) == {}


def test_a_part_that_was_changed_leaves_the_others() -> None:
    """Digits that are no digits are not asked for."""
    assert forms_in("# parts: 1 integer; 2 ghost; 3 real many decimals") == {"1": Form("integer"), "3": Form("real")}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_form_of_every_part_survives_the_sheet(question: str) -> None:
    """For every type of response there is."""
    found = variant(question)
    forms = {f"1{i}": Form.of(part, found.targets[i]) for i, part in enumerate(found.question.parts)}
    assert forms_in(f"# {comment(forms)}") == forms


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_preview_reads_what_the_marker_reads(question: str) -> None:
    """The model answers, under the forms of the sheet."""
    asked = item(question)
    targets = asked.variant.targets
    forms = {asked.label(i): Form.of(part, targets[i]) for i, part in enumerate(asked.variant.question.parts)}
    typed = {asked.label(i): target.printed for i, target in enumerate(targets)}
    shown = preview(Submission("s", None, typed, "x", forms=forms_in(f"# {comment(forms)}")))
    for part, target in zip(shown.parts, targets, strict=True):
        marked = read_for(part.response, target)
        assert isinstance(part.reading, Reading), part
        assert isinstance(marked, Reading)
        assert not part.guessed
        assert part.reading.echo == marked.echo


def test_a_sheet_tells_nothing_of_the_key() -> None:
    """Two papers with other numbers and answers have the same forms, except for the order of shuffled options."""
    for question in QUESTIONS:
        said = {
            comment({str(i): Form.of(part, found.targets[i]) for i, part in enumerate(found.question.parts)})
            for found in (variant(question, seed) for seed in range(1, 6))
        }
        assert len(said) == 1, said


# --------------------------------------------------------------------------------------------------------- previews


def test_each_response_is_read_as_the_sheet_says(tmp_path: Path) -> None:
    """In the letters and among the options that the paper has; a part without an answer is blank."""
    shown = preview(read_sheet(SHEET, "answers.yaml", tmp_path))
    assert [part.label for part in shown.parts] == list(FORMS)
    assert [part.outcome for part in shown.parts] == ["read", "read", "read", "read", "blank"]
    readings = [part.reading.echo for part in shown.parts if isinstance(part.reading, Reading)]
    assert readings == ["55", "k'*n", "B", "0.88"]
    assert [note.en for note in shown.parts[3].notes] == ["4 decimals are asked for."]
    assert [note.zh for note in shown.parts[3].notes] == ["要求保留 4 位小数。"]


@pytest.mark.parametrize(
    ("form", "text", "notes"),
    [
        (Form("integer"), "6.5", ["A whole number is asked for."]),
        (Form("integer"), "6", []),
        (Form("real", decimals=1), "0.25", []),
        (Form("real", decimals=1), "1", ["1 decimal is asked for."]),
        (Form("real", significant=3), "0.12", ["3 significant figures are asked for."]),
        (Form("real", decimals=4), "1/3", []),
        (Form("vector", decimals=2), "[0.12, 0.1]", ["2 decimals are asked for."]),
        (Form("complexity"), "O(nd log n)", ["If “nd” is a product, write n*d."]),
        (Form("complexity"), "O(n^2 d)", []),
    ],
)
def test_notes_tell_what_to_look_at_again(form: Form, text: str, notes: list[str]) -> None:
    """Before it costs marks."""
    part = preview(Submission("s", None, {"1": text}, "x", forms={"1": form})).parts[0]
    assert [note.en for note in part.notes] == notes


def test_a_response_to_no_part_is_named() -> None:
    """With the part that may have been meant; an empty one is passed over."""
    typed = {"1": "55", "2d": "B", "9": ""}
    shown = preview(Submission("s", None, typed, "x", forms=FORMS))
    assert shown.having("unknown") == ["2d"]
    assert shown.parts[-1].near == ("2a", "2b")


def test_sheets_are_found_by_paper_then_by_student() -> None:
    """And the only one there is serves everybody."""
    one = Submission("s001", None, {}, "a", paper="p1", forms={"1": Form("integer")})
    other = Submission("s002", None, {}, "b", paper="p2", forms={"1": Form("truth")})
    sheets = Sheets([one, other])
    assert sheets.forms(Submission("s002", None, {}, "x")) == other.forms
    assert sheets.forms(Submission("s009", None, {}, "x", paper="p1")) == one.forms
    assert sheets.forms(Submission("s009", None, {}, "x")) == {}
    assert Sheets([one]).forms(Submission("s009", None, {}, "x")) == one.forms
    assert not Sheets([Submission("s001", None, {}, "a")])


# --------------------------------------------------------------------------------------------------------- guessing


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("55", "real"),
        ("1,234", "real"),
        ("大约 0.73", "real"),
        ("σ(2)", "real"),
        ("[1, 2, 3]", "vector"),
        ("1, 2, 3", "vector"),
        ("1 2 3", "vector"),
        ("tensor([0.1, 0.2])", "vector"),
        ("[[1, 2], [3, 4]]", "matrix"),
        ("1 2; 3 4", "matrix"),
        ("1 2\n3 4", "matrix"),
        ("[[[1, 2]], [[3, 4]]]", "tensor"),
        ("64x112x112", "shape"),
        ("64×112×112", "shape"),
        ("torch.Size([64, 112])", "shape"),
        ("floor((n-k)/s) + 1", "expression"),
        ("floor((n-k)/s + 1", "expression"),
        ("O(n^2 d)", "complexity"),
        ("B", "choice"),
        ("（Ｂ）", "choice"),
        ("B, D", "choices"),
        ("B > A > C", "order"),
        ("1-B, 2-A", "matching"),
        ("true", "truth"),
        ("对", "truth"),
        ("forget gate", "text"),
        ("遗忘门", "text"),
    ],
)
def test_the_form_is_guessed_from_the_response(text: str, kind: ResponseType) -> None:
    """Where no sheet says it."""
    form, reading = guessed(text)
    assert form.type == kind
    assert isinstance(reading, Reading) or text.count("(") != text.count(")")


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_response_is_guessed_at(text: str) -> None:
    """Without raising."""
    assert isinstance(guessed(text)[1], (Reading, Blank, Unreadable))


@given(st.text(max_size=200))
def test_any_sheet_is_read(text: str) -> None:
    """Whatever stands in its comments and answers."""
    shown = preview(
        Submission("s", None, {"1": text, text: "1"}, "x", forms=forms_in(f"# parts: {text}\n# parts: 1 real"))
    )
    assert shown.parts


# ---------------------------------------------------------------------------------------------------------- command


def test_a_sheet_that_can_be_read(capsys: Capsys, tmp_path: Path) -> None:
    """Exit code 0; nothing of a key is needed."""
    folder = folder_of(tmp_path, {"answers.yaml": SHEET})
    code, said, complained = gradmark(capsys, "preview", folder / "answers.yaml")
    assert (code, complained) == (0, "")
    assert "2a  k'n       read as k'*n" in said
    assert "4 read, 1 without an answer (4)." in said


@pytest.mark.parametrize(("language", "message"), [("en", "never closed"), ("zh", "没有闭合")])
def test_what_cannot_be_read_is_shown_with_a_caret(capsys: Capsys, tmp_path: Path, language: str, message: str) -> None:
    """Below its place, under full-width characters too; exit code 1."""
    typed = "（１＋（２＊３）＋４"
    folder = folder_of(tmp_path, {"answers.yaml": SHEET.replace("55", typed)})
    code, said, _ = gradmark(capsys, "preview", folder / "answers.yaml", "--lang", language)
    assert code == 1
    line, caret, told = said.splitlines()[1:4]
    assert line.endswith(typed)
    assert caret.index("^") == line.index(typed) + 2 * len(typed)
    assert message in told


def test_a_matrix_is_shown_down_to_the_wrong_row(capsys: Capsys, tmp_path: Path) -> None:
    """With the rows before it."""
    sheet = "# parts: 1 matrix\nstudent: s\nanswers:\n  1: |\n    1 2 3\n    4 5\n"
    _, said, _ = gradmark(capsys, "preview", folder_of(tmp_path, {"a.yaml": sheet}) / "a.yaml")
    assert said.splitlines()[1:5] == [
        "  1  1 2 3",
        "     4 5",
        "     ^",
        "     not readable: 3 entries in row 1, 2 in row 2.",
    ]


FILES = {
    "a.json": '{"student": "s001", "answers": {"1": "55", "2b": "Z"}}',
    "a.jsonl": '{"student": "s001", "answers": {"1": "55", "2b": "Z"}}\n',
    "a.csv": "student,1,2b\ns001,55,Z\n",
    "a.md": "student: s001\n\n## 1\n55\n\n## 2b\nZ\n",
}


@pytest.mark.parametrize("name", [*FILES, "a.zip"])
def test_other_formats_are_read_by_the_sheet_that_is_named(capsys: Capsys, tmp_path: Path, name: str) -> None:
    """JSON and tables say nothing of what was asked, and what a zip holds is read alike."""
    folder_of(tmp_path, {**FILES, "sheets/s001/answers.yaml": SHEET})
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.json", "a.json")
    code, said, _ = gradmark(capsys, "preview", tmp_path / name, "--sheet", tmp_path / "sheets", "--json")
    assert code == 1
    parts = {part["label"]: part for part in json.loads(said)["submissions"][0]["parts"]}
    assert parts["1"] == {
        "label": "1",
        "type": "integer",
        "guessed": False,
        "outcome": "read",
        "response": "55",
        "reading": "55",
        "notes": [],
        "error": None,
    }
    assert parts["2b"]["error"]["code"] == "unknown-label"
    assert parts["4"]["outcome"] == "blank"


def test_without_a_sheet_the_types_are_guessed_and_that_is_said(capsys: Capsys, tmp_path: Path) -> None:
    """Once for all of them, and at each part."""
    folder = folder_of(tmp_path, FILES)
    code, said, _ = gradmark(capsys, "preview", folder / "a.csv")
    assert code == 0
    assert "1   55  taken for a number, read as 55" in said
    assert said.count("--sheet answers.yaml") == 1


def test_a_sheet_that_says_nothing_is_refused(capsys: Capsys, tmp_path: Path) -> None:
    """As wrong usage."""
    folder = folder_of(tmp_path, FILES)
    code, _, complained = gradmark(capsys, "preview", folder / "a.csv", "--sheet", folder / "a.json")
    assert code == 2
    assert "answers.yaml or answers.md" in complained


def test_what_is_no_submission_is_told(capsys: Capsys, tmp_path: Path) -> None:
    """As `grade` tells it, in JSON as well."""
    assert gradmark(capsys, "preview", tmp_path / "nothing.yaml")[0] == 1
    code, said, _ = gradmark(capsys, "preview", tmp_path / "nothing.yaml", "--json")
    assert code == 1
    assert [problem["code"] for problem in json.loads(said)["problems"]] == ["not-found"]


@pytest.mark.parametrize("sheet", ["answers.yaml", "answers.md"])
def test_the_sheets_of_a_generated_exam_say_what_they_ask_for(capsys: Capsys, tmp_path: Path, sheet: str) -> None:
    """Nothing of the teacher's part is needed."""
    exam = tmp_path / "exam"
    gradmark(capsys, "generate", "--topics", "lstm,parameters", "--questions", "3", "--seed", "4", "--out", exam)
    alone = tmp_path / sheet
    alone.write_bytes((exam / "papers" / "practice" / sheet).read_bytes())
    code, said, _ = gradmark(capsys, "preview", alone, "--json")
    assert code == 0
    parts = json.loads(said)["submissions"][0]["parts"]
    assert len(parts) >= 3
    assert {part["outcome"] for part in parts} == {"blank"}
    assert all(part["type"] for part in parts)
