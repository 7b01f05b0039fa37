"""Reading what students handed in: every format, mangled sheets, hostile zips, and that nothing is dropped."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions import Limits, Problem, Submission, read_submissions
from grader.submissions.labels import joined, known_label

LABELS = ("1a", "1b", "2", "3c", "10")
# What a keyboard types; no lone carriage return, which no format but JSON keeps apart from a line end.
TYPED = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff")
    | st.just("\n"),
    max_size=40,
)
RESPONSES = st.dictionaries(st.sampled_from(LABELS), TYPED, min_size=1)
STUDENTS = st.sampled_from(["s001", "2023012345", "007", "张三", "O'Neill", "true", "a, b", 'x"y'])


def read(folder: Path, name: str, content: str | bytes, limits: Limits | None = None) -> list[Submission | Problem]:
    """What reading one file gives, its name without the folder."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_submissions([path], limits=limits or Limits()))


def only(results: list[Submission | Problem]) -> Submission:
    """The submission, where nothing else came."""
    assert [type(result) for result in results] == [Submission], results
    assert isinstance(results[0], Submission)
    return results[0]


def codes(results: list[Submission | Problem]) -> list[str]:
    """The problems' codes, and the students of the submissions."""
    return [result.code if isinstance(result, Problem) else result.student for result in results]


def submissions(results: list[Submission | Problem]) -> list[Submission]:
    """The submissions among the results."""
    return [result for result in results if isinstance(result, Submission)]


SHEETS = {
    "s.yaml": """\
# title
exam: quiz-1
paper: "7f3a9c"
student: s001
answers:
  1a: 55   # a whole number
  1b: |
    1 2
    3 4
  2: [1, 2.50, 3]
""",
    "nested.yml": 'exam: quiz-1\npaper: 7f3a9c\nstudent: s001\nanswers:\n  1: {a: 55, b: "1 2\\n3 4"}\n  2: [1, 2.50, 3]\n',
    "below.yaml": "exam: quiz-1\npaper: 7f3a9c\nstudent: s001\nanswers:\n 1a: 55\n 1b: 1 2\n     3 4\n 2:\n - 1\n - 2.50\n - 3\n",
    "flat.yaml": "exam: quiz-1\npaper: 7f3a9c\nstudent: s001\n1a: 55\n1b: '1 2\n\n  3 4'\nQ2: '[1, 2.50, 3]'\n",
    "s.json": '{"exam": "quiz-1", "paper": "7f3a9c", "student": "s001",'
    ' "answers": {"1": {"a": 55, "b": "1 2\\n3 4"}, "2": [1, 2.50, 3]}}',
    "list.json": '[{"exam": "quiz-1", "paper": "7f3a9c", "student": "s001",'
    ' "answers": {"1a": "55", "1b": "1 2\\n3 4", "2": [1, 2.50, 3]}}]',
    "s.jsonl": '\n{"exam": "quiz-1", "paper": "7f3a9c", "student": "s001",'
    ' "answers": {"1a": 55, "1b": "1 2\\n3 4", "2": [1, 2.50, 3]}}\n',
    "s.csv": 'student,exam,paper,1a,1b,2\ns001,quiz-1,7f3a9c,55,"1 2\n3 4","[1, 2.50, 3]"\n',
    "german.csv": 'sep=;\r\nstudent;exam;paper;1a;1b;2\r\ns001;quiz-1;7f3a9c;55;"1 2\n3 4";[1, 2.50, 3]\r\n',
    "tabs.tsv": '学号\t考试\t试卷\t姓名\tQ1(a)\t第 1b 题\t2.\ns001\tquiz-1\t7f3a9c\t甲\t55\t"1 2\n3 4"\t[1, 2.50, 3]\n',
    "s.md": """\
exam: quiz-1
paper: 7f3a9c
student: s001

<!-- Write each answer below its heading. -->

## 1a
<!-- a whole number -->

55

### Question 1 (b). (2 marks)
```text
1 2
3 4
```
## 第 2 题
<!-- a list
of three --> [1, 2.50, 3]
""",
    "decorated.md.txt": """\
---
- **Exam:** quiz-1
- **Paper**： `7f3a9c`
- **Student ID:** s001
---
# Answer sheet
##1A
55
## **1.b** ##
~~~~
1 2
3 4
~~~~
## Section B
## Ｑ２
[1, 2.50, 3]
""",
    "plain.txt": "exam: quiz-1\npaper: 7f3a9c\nstudent: s001\n1a: 55\n1b: |\n  1 2\n  3 4\n2: [1, 2.50, 3]\n",
}


@pytest.mark.parametrize("name", SHEETS)
def test_every_form_of_a_sheet_is_the_same_submission(tmp_path: Path, name: str) -> None:
    """Whatever the format and its liberties: the same fields, the same responses, the same digest."""
    found = only(read(tmp_path, name, SHEETS[name]))
    expected = Submission("s001", "quiz-1", {"1a": "55", "1b": "1 2\n3 4", "2": "[1, 2.50, 3]"}, "", "7f3a9c")
    assert {label: text.strip() for label, text in found.responses.items()} == expected.responses
    assert (found.student, found.exam, found.paper, found.digest) == ("s001", "quiz-1", "7f3a9c", expected.digest)


DIFFERENT = (
    Submission("s002", "quiz-1", {"1a": "55"}, ""),
    Submission("s001", None, {"1a": "55"}, ""),
    Submission("s001", "quiz-1", {"1b": "55"}, ""),
    Submission("s001", "quiz-1", {"1a": "56"}, ""),
    Submission("s001", "quiz-1", {"1a": "55"}, "", "7f"),
)


@pytest.mark.parametrize("other", DIFFERENT, ids=["student", "exam", "label", "response", "paper"])
def test_other_content_has_another_digest(other: Submission) -> None:
    """Everything but the source counts; a blank response does not."""
    one = Submission("s001", "quiz-1", {"1a": " 55\r\n", "2": " "}, "x.yaml")
    assert one.digest == Submission("s001", "quiz-1", {"1a": "55"}, "y.csv:2").digest
    assert one.digest != other.digest


@given(responses=RESPONSES, student=STUDENTS)
def test_yaml_that_a_program_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, responses: dict[str, str], student: str
) -> None:
    """Every character of every response."""
    data = {"student": student, "answers": responses}
    found = only(read(tmp_path_factory.getbasetemp(), "r.yaml", yaml.safe_dump(data, allow_unicode=True)))
    assert (found.student, found.responses) == (student, responses)


@given(
    responses=st.dictionaries(st.sampled_from(LABELS), st.text(st.characters(codec="utf-8")), min_size=1),
    student=STUDENTS,
)
def test_json_comes_back(tmp_path_factory: pytest.TempPathFactory, responses: dict[str, str], student: str) -> None:
    """Every character of every response, control characters too."""
    text = json.dumps({"student": student, "answers": responses})
    for name in ("r.json", "r.jsonl"):
        found = only(read(tmp_path_factory.getbasetemp(), name, text))
        assert (found.student, found.responses) == (student, responses)


@given(
    rows=st.lists(st.tuples(STUDENTS, st.lists(TYPED, min_size=len(LABELS), max_size=len(LABELS))), min_size=1),
    delimiter=st.sampled_from(",;\t"),
)
def test_csv_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, list[str]]], delimiter: str
) -> None:
    """Quotes, delimiters and line ends within cells."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(["student", *LABELS])
    writer.writerows([student, *cells] for student, cells in rows)
    results = read(tmp_path_factory.getbasetemp(), "r.csv", file.getvalue())
    expected = [(student, dict(zip(LABELS, _unguarded(cells), strict=True))) for student, cells in rows]
    assert [(found.student, found.responses) for found in submissions(results)] == expected


def _unguarded(cells: list[str]) -> list[str]:
    return [re.sub(r"\A'(?=[=+\-@])", "", cell) for cell in cells]


def _is_heading(text: str) -> bool:
    return any(line.lstrip().startswith("#") for line in text.split("\n"))


@given(
    responses=st.dictionaries(st.sampled_from(LABELS), TYPED.filter(lambda text: not _is_heading(text))),
    student=STUDENTS,
)
def test_markdown_comes_back(tmp_path_factory: pytest.TempPathFactory, responses: dict[str, str], student: str) -> None:
    """But for white space around a response; one that looks like Markdown is put in a fence."""
    parts = [f"## {label}\n<!-- a number -->\n{_fenced(text)}\n\n" for label, text in responses.items()]
    found = only(read(tmp_path_factory.getbasetemp(), "r.md", f"student: {student}\n\n## 0\n\n{''.join(parts)}"))
    assert {k: v for k, v in found.responses.items() if k != "0"} == {k: v.strip() for k, v in responses.items()}


def _fenced(text: str) -> str:
    if not any(mark in text for mark in ("```", "~~~", "<!--")):
        return text
    longest = max(map(len, re.findall("`+", text)), default=0)
    return f"{'`' * max(3, longest + 1)}\n{text}\n{'`' * max(3, longest + 1)}"


LABEL_FORMS = (
    ("1a", "1a"),
    ("1A", "1a"),
    ("1 (a)", "1a"),
    ("1.a.", "1a"),
    ("Question 1a", "1a"),
    ("Q1-a:", "1a"),
    ("第 1a 题", "1a"),
    ("第１题（ａ）", "1a"),
    ("题 12", "12"),
    ("01", "1"),
    ("1a (2 marks)", "1a"),
    ("1a（2 分）", "1a"),
    ("1aii", "1aii"),
    ("size", None),
    ("1.2", None),
    ("1a 55", None),
    ("", None),
    ("1" * 200, None),
)


@pytest.mark.parametrize(("typed", "label"), LABEL_FORMS, ids=[typed[:12] for typed, _ in LABEL_FORMS])
def test_a_label_is_recognised(typed: str, label: str | None) -> None:
    """However it is dressed up; what is no label is left alone."""
    assert known_label(typed) == label


@pytest.mark.parametrize(
    ("outer", "inner", "label"),
    [("1", "a", "1a"), ("1", "1a", "1a"), ("Q1", "(b)", "1b"), ("1", "1", "1.1"), ("1a", "i", "1ai"), ("x", "y", "xy")],
)
def test_a_nested_label_is_joined(outer: str, inner: str, label: str) -> None:
    """Never so that the answer to one question becomes that to another."""
    assert joined(outer, inner) == label


KEPT = (
    ("a set", "{1, 2}", "{1, 2}"),
    ("an inequality", ">5", ">5"),
    ("a decimal", "0.50", "0.50"),
    ("a truth value", "true", "true"),
    ("a tilde", "~", "~"),
    ("an expression", "x^2 + 1", "x^2 + 1"),
    ("a nested list", "[[1, 2],\n   [3, 4]]", "[[1, 2], [3, 4]]"),
    ("a matrix in a list", "[1 2; 3 4]", "[1 2; 3 4]"),
    ("nothing", "", ""),
    ("a negative number", "-3", "-3"),
)


@pytest.mark.parametrize(("typed", "response"), [k[1:] for k in KEPT], ids=[k[0] for k in KEPT])
def test_yaml_does_not_reinterpret_a_response(tmp_path: Path, typed: str, response: str) -> None:
    """What YAML would take for something else is the text that was typed."""
    assert only(read(tmp_path, "s.yaml", f"student: s1\nanswers:\n  1a: {typed}\n")).responses == {"1a": response}


MANGLED = (
    ("text after a list", "1a: [1 2] [3 4]", {"1a": "[1 2] [3 4]"}),
    ("an open list", "1a: [[1, 2], [3, 4]", {"1a": "[[1, 2], [3, 4]"}),
    ("latex in quotes", '1a: "\\frac{1}{2}"', {"1a": "\\frac{1}{2}"}),
    ("absolute value", "1a: |x|", {"1a": "|x|"}),
    ("a star", "1a: *x", {"1a": "*x"}),
    ("a percent sign", "1a: %50", {"1a": "%50"}),
    ("a factorial", "1a: !n", {"1a": "!n"}),
    ("two colons", "1a: x: 3", {"1a": "x: 3"}),
    ("no space after the colon", "1a:55\n  1b:3", {"1a": "55", "1b": "3"}),
    ("Chinese colons", "1a：55\n  1b：3", {"1a": "55", "1b": "3"}),
    ("tabs", "1a: 55\n\t1b: 3", {"1a": "55", "1b": "3"}),
    ("an open quote", '1a: "55\n  1b: 3', {"1a": '"55', "1b": "3"}),
    ("nested beside broken", "1:\n    a: 5\n    b: *x\n  2: 7", {"1a": "5", "1b": "*x", "2": "7"}),
    ("block beside broken", "1a: |\n    1 2\n     3 4\n  2: *x", {"1a": "1 2\n 3 4", "2": "*x"}),
    ("quoted beside broken", "1a: '[1, 2]'  # list\n  2: *x", {"1a": "[1, 2]", "2": "*x"}),
    ("rows below", "1a: 1 2\n      3 4\n  2: *x", {"1a": "1 2\n3 4", "2": "*x"}),
    ("twice the same", "1a: 5\n  1a: 5", {"1a": "5"}),
    ("twice, once blank", "1a:\n  1a: 5", {"1a": "5"}),
    ("a control character", "1a: 5\x07", {"1a": "5\x07"}),
)


@pytest.mark.parametrize(("answers", "responses"), [m[1:] for m in MANGLED], ids=[m[0] for m in MANGLED])
def test_broken_yaml_is_read_as_typed(tmp_path: Path, answers: str, responses: dict[str, str]) -> None:
    """One slip does not cost the whole sheet; a note tells that it was repaired."""
    results = read(tmp_path, "s.yaml", f"exam: q\nstudent: s1\nanswers:\n  {answers}\n")
    assert codes(results) == ["repaired", "s1"]
    assert submissions(results)[0].responses == responses


@pytest.mark.parametrize("answers", ["1: '\n" * 10_000, f"1b: {'[' * 300_000}"], ids=["many lines", "a long line"])
def test_only_a_sheet_that_a_person_may_have_typed_is_repaired(tmp_path: Path, answers: str) -> None:
    """A hostile one would take minutes."""
    assert codes(read(tmp_path, "s.yaml", f"student: s1\n1a: *\n{answers}")) == ["yaml"]


DOUBTFUL: tuple[tuple[str, str, str, list[str], int | None], ...] = (
    ("two answers, YAML", "s.yaml", "student: s1\nanswers:\n  1a: 5\n  1a: 6\n", ["repaired", "conflict", "s1"], 4),
    ("two answers, labels alike", "s.yaml", "student: s1\nanswers:\n  1a: 5\n  1A: 6\n", ["conflict", "s1"], 4),
    ("two answers, Markdown", "s.md", "student: s1\n## 1a\n5\n## 1a\n6\n", ["conflict", "s1"], 4),
    ("two answers, JSON", "s.json", '{"student": "s1", "answers": {"1a": 5, "1a": 6}}', ["conflict", "s1"], None),
    ("two answers, CSV", "s.csv", "student,1a,1A\ns1,5,6\n", ["conflict", "s1"], 2),
    ("two students", "s.md", "student: s1\nid: s2\n## 1a\n5\n", ["conflict"], 2),
    ("two exams", "s.yaml", "student: s1\nexam: a\nquiz: b\n", ["conflict"], 3),
    ("no student", "s001.yaml", "student:\nanswers: {1a: 5}\n", ["no-student"], None),
    ("no student in a row", "s.csv", "student,1a\n,5\ns1,6\n", ["no-student", "s1"], 2),
    ("invisible id", "s.json", '{"student": "s1\\u202e", "answers": {}}', ["bad-id"], None),
    ("long id", "s.yaml", f"student: {'9' * 500}\n", ["bad-id"], 1),
    ("unknown key", "s.yaml", "student: s1\nanwsers: {1a: 5}\n", ["unknown-key", "s1"], 2),
    ("answers in a list", "s.yaml", "student: s1\nanswers: [5, 6]\n", ["unknown-key", "s1"], 2),
    ("stray line", "s.yaml", "student: s1\n1a: *x\nhello\n", ["repaired", "unread-text", "s1"], 3),
    ("stray text in Markdown", "s.md", "student: s1\nhello\n## 1a\n5\n", ["unread-text", "s1"], 2),
    ("unknown heading", "s.md", "student: s1\n## 1a\n5\n## Working\n6\n", ["unread-text", "s1"], 4),
    ("answer in a heading", "s.md", "student: s1\n## 1a\n5\n## 1b: 7\n", ["unread-text", "s1"], 4),
    ("open comment", "s.md", "student: s1\n## 1a\n<!-- 5\n## 1b\n6\n", ["unread-text", "s1"], 3),
    ("open comment at the end", "s.md", "student: s1\n## 1a\n<!-- 5\n", ["unread-text", "s1"], 3),
    ("just text", "s.yaml", "hello world\n", ["yaml"], 1),
    ("not JSON", "s.json", '{"student": "s1",}', ["json"], 1),
    ("not a sheet", "s.json", "[5]", ["json"], None),
    ("deep JSON", "s.json", "[" * 100_000, ["json"], None),
    ("deep answer", "s.json", f'{{"student": "s1", "answers": {{"1a": {"[" * 60}{"]" * 60}}}}}', ["too-deep", "s1"], None),
    ("a bad line in JSONL", "s.jsonl", '{"student": "s1"}\n{"\n{"student": "s2"}\n', ["s1", "json", "s2"], 2),
    ("no headings", "s.csv", "a,b\n1,2\n3,4\n", ["row"], 1),
    ("cell without a heading", "s.csv", "student,1a\ns1,5,6\ns2,5,6\n", ["row", "s1", "s2"], 2),
    ("open quote in CSV", "s.csv", 'student,1a\ns1,5\ns2,"6\ns3,7\n', ["s1", "row"], 3),
    ("long label", "s.json", f'{{"student": "s1", "answers": {{"{"x" * 101}": 5}}}}', ["unknown-key", "s1"], None),
)  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected", "line"), [d[1:] for d in DOUBTFUL], ids=[d[0] for d in DOUBTFUL])
def test_what_has_no_single_meaning_is_a_problem(
    tmp_path: Path, name: str, text: str, expected: list[str], line: int | None
) -> None:
    """With its line where there is one; the rest of the sheet is still read."""
    results = read(tmp_path, name, text)
    assert codes(results) == expected
    problem = next(result for result in results if isinstance(result, Problem) and result.code != "repaired")
    assert problem.line == line
    assert all(words["en"] != words["zh"] for words in (problem.message, problem.todo))


def test_a_doubtful_answer_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    """Neither of two different answers is guessed to be the one that counts."""
    results = read(tmp_path, "s.md", "student: s1\n## 1a\n5\n## 1b\n7\n## 1a\n6\n")
    assert submissions(results)[0].responses == {"1b": "7"}


SOURCES = (
    ("s.csv", "student,1a\n\ns1,5\n,\ns2,6\n", ["s.csv:3", "s.csv:5"]),
    ("s.csv", 'student,1a\ns1,"5\n5"\ns2,6\n', ["s.csv:2", "s.csv:4"]),
    ("s.jsonl", '\n{"student": "s1"}\n{"student": "s2"}\n', ["s.jsonl:2", "s.jsonl:3"]),
    ("s.json", '[{"student": "s1"}, {"student": "s2"}]', ["s.json#1", "s.json#2"]),
    ("s.yaml", "- student: s1\n- student: s2\n", ["s.yaml#1", "s.yaml#2"]),
)


@pytest.mark.parametrize(("name", "text", "places"), SOURCES, ids=["blank lines", "long cell", "jsonl", "json", "yaml"])
def test_a_submission_knows_where_it_stood(tmp_path: Path, name: str, text: str, places: list[str]) -> None:
    """File and line, or the number in a list."""
    found = submissions(read(tmp_path, name, text))
    assert [os.path.relpath(item.source, tmp_path) for item in found] == places


ENCODINGS = (("utf-8", []), ("utf-8-sig", []), ("utf-16", []), ("gb18030", ["encoding"]))


@pytest.mark.parametrize(("encoding", "notes"), ENCODINGS, ids=[encoding for encoding, _ in ENCODINGS])
@pytest.mark.parametrize(
    ("name", "text"),
    [("s.csv", "学号,1a\n张三,答案\n"), ("s.yaml", "学号: 张三\n1a: 答案\n"), ("s.md", "学号：张三\n## 1a\n答案\n")],
    ids=["csv", "yaml", "md"],
)
def test_encodings_are_recognised(tmp_path: Path, name: str, text: str, encoding: str, notes: list[str]) -> None:
    """UTF-8 with and without a mark, UTF-16 with one, and GB18030 with a note."""
    results = read(tmp_path, name, text.encode(encoding))
    assert codes(results) == [*notes, "张三"]
    assert submissions(results)[0].responses == {"1a": "答案"}


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    """With the line of the first of them."""
    (problem,) = read(tmp_path, "s.csv", b"student,1a\ns1,\xff\xff\n")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.line, "0xFF" in problem.message.en) == ("not-text", 2, True)


def test_a_spreadsheet_s_apostrophe_is_not_the_student_s(tmp_path: Path) -> None:
    """It only keeps a cell from being a formula; any other apostrophe stays."""
    found = only(read(tmp_path, "s.csv", "student,1a,1b,2\n'007,'=1+2,'tis,5'\n"))
    assert (found.student, dict(found.responses)) == ("007", {"1a": "=1+2", "1b": "'tis", "2": "5'"})


SMALL = Limits(file=1000, table=5000, response=100, members=3, total=2500)
TOO_LARGE = (
    ("sheet", "s.yaml", f"student: s1\n1a: {'x' * 1000}", ["too-large"]),
    ("response", "s.yaml", f"student: s1\n1a: {'x' * 101}\n1b: 5", ["too-large", "s1"]),
    ("largest response", "s.yaml", f"student: s1\n1a: {'x' * 100}", ["s1"]),
    ("line of JSONL", "s.jsonl", f'{{"student": "{"x" * 1500}"}}\n{{"student": "s2"}}', ["too-large", "s2"]),
    ("row of CSV", "s.csv", f"student,1a\ns1,5\ns2,{'x' * 1500}\n", ["s1", "too-large"]),
    ("table", "s.csv", "student,1a\n" + "s1,5\n" * 1001, ["too-large"]),
    ("long table", "s.csv", "student,1a\n" + "s1,5\n" * 500, ["s1"] * 500),
)


@pytest.mark.parametrize(("name", "text", "expected"), [t[1:] for t in TOO_LARGE], ids=[t[0] for t in TOO_LARGE])
def test_sizes_are_limited(tmp_path: Path, name: str, text: str, expected: list[str]) -> None:
    """By file, by line and by response; tables may be longer than sheets."""
    assert codes(read(tmp_path, name, text, SMALL)) == expected


FLOODS = (
    ("s.jsonl", "[]\n" * 200 + '{"student": "s1"}', "s1"),
    ("s.md", "student: s1\n## 1a\n" + "## x\ny\n" * 200, "s1"),
)


@pytest.mark.parametrize(("name", "text", "student"), FLOODS, ids=["a table", "a sheet"])
def test_a_flood_of_problems_is_cut_off(tmp_path: Path, name: str, text: str, student: str) -> None:
    """One hostile file does not bury the others; its submissions still come."""
    found = codes(read(tmp_path, name, text))
    assert (len(found), student in found, found[-1]) == (102, True, "more")


def test_a_response_of_a_megabyte_is_passed_on(tmp_path: Path) -> None:
    """Whoever reads it says that it is no answer."""
    found = only(read(tmp_path, "s.md", f"student: s1\n## 1a\n{'[' * 1_000_000}"))
    assert len(found.responses["1a"]) == 1_000_000


NOTHING = (
    ("s.yaml", "", "empty"),
    ("s.yaml", " \n", "empty"),
    ("s.csv", "", "empty"),
    ("s.csv", "student,1a\n", "empty"),
    ("s.jsonl", "\n", "empty"),
    ("s.json", "[]", "empty"),
    ("s.docx", "x", "ending"),
    ("answers", "student: s1", "ending"),
    ("s.zip", "not a zip", "zip"),
)


@pytest.mark.parametrize(("name", "text", "code"), NOTHING, ids=[f"{name}-{text[:8]!r}" for name, text, _ in NOTHING])
def test_a_file_that_gives_nothing_is_listed(tmp_path: Path, name: str, text: str, code: str) -> None:
    """An empty file, and one that is not read at all."""
    assert codes(read(tmp_path, name, text)) == [code]


def _fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"student: '{path.stem}'\n")


def test_a_folder_is_read_in_order(tmp_path: Path) -> None:
    """With all folders in it; what an operating system left there is passed over."""
    _fill(
        tmp_path, "b.yaml", "a/2.yaml", "a/10.yaml", "c.YML", ".DS_Store", ".git/x.yaml", "__MACOSX/y.yaml", "a/.z.yaml"
    )
    assert codes(list(read_submissions([tmp_path]))) == ["10", "2", "b", "c"]


def test_a_pattern_is_read_in_order(tmp_path: Path) -> None:
    """A star within one folder, two stars for all of them; as text or as a path."""
    _fill(tmp_path, "b.yaml", "a.yaml", "c.yml", "sub/d.yaml")
    patterns: list[Path | str] = [str(tmp_path / "*.yaml"), tmp_path / "[c].*", str(tmp_path / "**")]
    assert codes(list(read_submissions(patterns))) == ["a", "b", "c", "a", "b", "c", "d"]


def test_a_name_that_looks_like_a_pattern_is_a_name(tmp_path: Path) -> None:
    """If there is such a file."""
    _fill(tmp_path, "[x].yaml", "x.yaml")
    assert codes(list(read_submissions([str(tmp_path / "[x].yaml")]))) == ["[x]"]


@pytest.mark.parametrize("source", ["missing.yaml", "*.nope", "nul\0.yaml", ""])
def test_a_source_that_leads_nowhere_is_listed(source: str) -> None:
    """Nothing fits it."""
    assert codes(list(read_submissions([source]))) in (["not-found"], ["cannot-open"])


def test_an_empty_folder_is_listed(tmp_path: Path) -> None:
    """A wrong folder should not look like a class that handed in nothing."""
    (tmp_path / "in").mkdir()
    assert codes(list(read_submissions([tmp_path]))) == ["empty"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="links and pipes need POSIX")
def test_links_and_pipes_are_not_followed_out_of_a_folder(tmp_path: Path) -> None:
    """A link to elsewhere, to nothing, to itself, and a pipe that would wait for ever; links within are fine."""
    _fill(tmp_path, "in/a.yaml", "in/sub/b.yaml", "outside.yaml")
    folder = tmp_path / "in"
    (folder / "c.yaml").symlink_to(tmp_path / "outside.yaml")
    (folder / "d").symlink_to(tmp_path)
    (folder / "e.yaml").symlink_to("nothing")
    (folder / "f.yaml").symlink_to("f.yaml")
    (folder / "g.yaml").symlink_to("a.yaml")
    (folder / "h").symlink_to("sub")
    (folder / "sub" / "i").symlink_to(folder)
    os.mkfifo(folder / "j.yaml")
    assert codes(list(read_submissions([folder]))) == ["a", "link", "link", "link", "link", "a", "not-a-file", "b"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_listed(tmp_path: Path) -> None:
    """And the next one is read."""
    _fill(tmp_path, "a.yaml", "b.yaml")
    (tmp_path / "a.yaml").chmod(0)
    assert codes(list(read_submissions([tmp_path]))) == ["cannot-open", "b"]


def test_a_name_cannot_talk_to_the_terminal(tmp_path: Path) -> None:
    """Escape sequences in file names are not passed on."""
    _fill(tmp_path, "\x1b[31m.yaml.exe")
    (problem,) = read_submissions([tmp_path])
    assert problem.source.isprintable()


SHEET = "student: s1\nanswers: {1a: 5}\n"


def _zip(path: Path, build: Callable[[zipfile.ZipFile], None]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        build(archive)
    return path


def _member(name: str, content: bytes | str = SHEET, **fields: int) -> Callable[[zipfile.ZipFile], None]:
    def build(archive: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo(name)
        info.filename = info.orig_filename = name  # as it is, not as the operating system would write it
        info.compress_type = fields.get("compress_type", zipfile.ZIP_DEFLATED)
        info.external_attr = fields.get("external_attr", 0)
        archive.writestr(info, content)

    return build


HOSTILE_MEMBERS = (
    ("up", _member("../s1.yaml"), ["member-name"]),
    ("up inside", _member("a/../../s1.yaml"), ["member-name"]),
    ("up, hidden", _member("../.s1.yaml"), ["member-name"]),
    ("up with backslashes", _member("a\\..\\s1.yaml"), ["member-name"]),
    ("absolute", _member("/etc/s1.yaml"), ["member-name"]),
    ("drive", _member("C:\\s1.yaml"), ["member-name"]),
    ("zip in zip", _member("inner.ZIP"), ["nested-zip"]),
    ("link", _member("s1.yaml", "/etc/passwd", external_attr=(stat.S_IFLNK | 0o777) << 16), ["link"]),
    ("bzip2", _member("s1.yaml", compress_type=zipfile.ZIP_BZIP2), ["zip"]),
    ("large", _member("s1.yaml", b"x" * 5_000_001), ["too-large"]),
    ("bomb", _member("s1.yaml", b"0" * 4_000_000), ["bomb"]),
    ("unknown ending", _member("s1.exe"), ["ending"]),
    ("system files only", _member("__MACOSX/._s1.yaml"), ["empty"]),
    ("a folder", _member("a/", b""), ["empty"]),
    ("harmless", _member("a/s1.yaml"), ["s1"]),
)


@pytest.mark.parametrize(("build", "expected"), [h[1:] for h in HOSTILE_MEMBERS], ids=[h[0] for h in HOSTILE_MEMBERS])
def test_hostile_members_are_listed_and_not_read(
    tmp_path: Path, build: Callable[[zipfile.ZipFile], None], expected: list[str]
) -> None:
    """Whatever a zip's member tries; a good one is read."""
    path = _zip(tmp_path / "class.zip", build)
    assert codes(list(read_submissions([path]))) == expected
    assert sorted(item.name for item in tmp_path.iterdir()) == ["class.zip"]


def _patched(path: Path, change: Callable[[bytearray, int], None]) -> Path:
    """The zip with its table of contents changed; the callback gets the place of the first entry."""
    data = bytearray(path.read_bytes())
    change(data, data.index(b"PK\x01\x02"))
    path.write_bytes(data)
    return path


def _encrypt(data: bytearray, at: int) -> None:
    data[at + 8] |= 1


def _lie_about_size(data: bytearray, at: int) -> None:
    struct.pack_into("<L", data, at + 24, 10)


def _break_content(data: bytearray, _at: int) -> None:
    data[40:44] = b"\xff\xff\xff\xff"


def _claim_a_huge_table(data: bytearray, _at: int) -> None:
    struct.pack_into("<L", data, data.index(b"PK\x05\x06") + 12, 70_000_000)


def _cut(data: bytearray, at: int) -> None:
    del data[at + 20 :]


DAMAGE = (
    ("encrypted", _encrypt, ["encrypted"]),
    ("lying about its size", _lie_about_size, ["zip"]),
    ("broken content", _break_content, ["zip"]),
    ("huge table of contents", _claim_a_huge_table, ["bomb"]),
    ("cut off", _cut, ["zip"]),
)


@pytest.mark.parametrize(("change", "expected"), [d[1:] for d in DAMAGE], ids=[d[0] for d in DAMAGE])
def test_a_damaged_zip_is_listed(tmp_path: Path, change: Callable[[bytearray, int], None], expected: list[str]) -> None:
    """Bytes changed where it hurts."""
    path = _patched(_zip(tmp_path / "class.zip", _member("s1.yaml", SHEET * 3)), change)
    assert codes(list(read_submissions([path]))) == expected


def test_a_zip_s_members_are_counted(tmp_path: Path) -> None:
    """Too many are not begun."""
    path = _zip(
        tmp_path / "class.zip", lambda archive: [archive.writestr(f"{n}.yaml", SHEET) for n in range(4)] and None
    )
    assert codes(list(read_submissions([path], limits=SMALL))) == ["bomb"]


def test_a_zip_s_content_is_summed_up(tmp_path: Path) -> None:
    """What comes after the limit is not read, and one problem says from where."""
    sheet = f"{SHEET}#{'x' * 950}"
    path = _zip(
        tmp_path / "class.zip", lambda archive: [archive.writestr(f"{n}.yaml", sheet) for n in range(3)] and None
    )
    assert codes(list(read_submissions([path], limits=SMALL))) == ["s1", "s1", "bomb"]


def test_a_zip_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    """Whatever the order in which it was packed; sources name the zip and the member."""

    def build(archive: zipfile.ZipFile) -> None:
        for name in ("b", "学生", "a"):
            archive.writestr(f"{name}.yaml", f"student: {name}\nanswers: {{1a: 5}}\n")

    found = submissions(list(read_submissions([_zip(tmp_path / "class.zip", build)])))
    assert [Path(item.source).name for item in found] == ["class.zip!a.yaml", "class.zip!b.yaml", "class.zip!学生.yaml"]


def test_names_packed_on_chinese_windows_are_put_right(tmp_path: Path) -> None:
    """They are in GB18030, and the zip doesn't say so."""
    garbled = "学生.docx".encode("gb18030").decode("cp437")
    path = _zip(tmp_path / "class.zip", _member("x" * len(garbled) + ".bin"))
    data = path.read_bytes().replace(b"x" * len(garbled) + b".bin", garbled.encode("cp437") + b".bin")
    path.write_bytes(data)
    (problem,) = read_submissions([path])
    assert problem.source.endswith("!学生.docx.bin")


@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.text("sa1b2: -|>'\"[]{},#*&!`~<\n\t\\;=学号student", max_size=120).map(str.encode),
    ),
    name=st.sampled_from(["f.yaml", "f.json", "f.jsonl", "f.csv", "f.md", "f.txt", "f.zip"]),
)
def test_any_file_gives_submissions_or_problems(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    """Never an exception, never silence; whatever is passed on can be written down."""
    results = read(tmp_path_factory.getbasetemp(), name, content)
    assert results != []
    for found in submissions(results):
        assert found.student.isprintable()
        assert json.loads(json.dumps(dict(found.responses), ensure_ascii=False).encode()) == found.responses
