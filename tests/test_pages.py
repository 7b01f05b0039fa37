"""Papers, feedback, solutions and reports: whole, readable, and never the place where a student's text becomes markup."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

from grader.gradebook import ExamFacts, Gradebook, Listed
from grader.result import StudentResult, mark_paper, to_json
from grader.statistics import class_report
from grader.submissions import Submission, read_submissions
from questions.blueprint import Blueprint, Policy, Student
from questions.exam import Paper, papers
from solvers.text import LANGUAGES, Language, Text
from templates.feedback import feedback_pages
from templates.papers import paper_pages, solution_pages
from templates.report import report_html
from tests.conftest import Golden
from tests.strategies import TYPES, every_type, folder_of

ADA = Student(id="s001", name="Ada Lovelace")
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</p></article><h1>mine</h1>",
    "[a](javascript:alert(1))",
    "![a](https://example.org/x.png)",
    "$x$ and $$y$$",
    "# heading",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "**bold** _it_ `code`",
    "{{ 7 * 7 }} {% raw %}",
    "&lt;b&gt; &amp;",
    "=cmd()",
    "5 <b>pixels</b>",
    "<b>x</b> = 5",
    "```\ncode\n```",
    "a\u202eb\u200bc",
    "<!-- - [ ] x",
)


def blueprint(language: Language = "en", ids: tuple[str, ...] = tuple(f"every/{name}" for name in TYPES)) -> Blueprint:
    return Blueprint.model_validate({
        "exam": "quiz",
        "title": {"en": "Quiz", "zh": "测验"},
        "language": language,
        "instructions": {"en": "Work *alone*.", "zh": "请**独立**完成。"},
        "due": "2026-03-02",
        "sections": [{"title": {"en": "Part one", "zh": "第一部分"}, "questions": list(ids)}],
    })  # fmt: skip


def paper(plan: Blueprint, student: Student = ADA) -> Paper:
    return next(papers(every_type(), plan, [student], b"golden"))


def model_answers(found: Paper) -> dict[str, str]:
    return {item.label(i): t.printed for item in found.items for i, t in enumerate(item.variant.targets)}


def marked(found: Paper, answers: dict[str, str]) -> StudentResult:
    return mark_paper(found, {**model_answers(found), **answers}, Policy(), "s001.yaml")


# ------------------------------------------------------------------------------------------------------------- the HTML

VOID = frozenset(("meta", "br", "hr", "img", "input", "link", "line", "rect", "path", "circle", "mspace"))


class Page(HTMLParser):
    """A page read strictly: every element closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], "elements left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "annotation"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def check_page(text: str) -> Page:
    """A page that is whole, loads nothing from anywhere and runs nothing."""
    page = Page(text)
    assert text.startswith("<!doctype html>")
    for tag, attributes in page.elements:
        assert tag not in ("script", "iframe", "object", "embed", "form", "base", "a", "img", "link")
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert not re.match(r"\s*(javascript|data|https?):", value or ""), (tag, name, value)
    assert not re.search(r"url\((?!data:font|[\"']?data:font)", text)
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_paper_is_whole(language: Language) -> None:
    """For every type of response; it opens offline and names its language."""
    plan = blueprint(language)
    found = paper(plan)
    for pages in (paper_pages(found, plan), solution_pages(found, plan)):
        for name, text in pages.items():
            if name.endswith(".html"):
                page = check_page(text)
                assert dict(page.elements)["html"]["lang"] == ("zh-CN" if language == "zh" else "en")
                assert found.code in page.text
            assert "Undefined" not in text
            assert "{{" not in text
            assert "\n\n\n\n" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_feedback_on_anything_is_whole(language: Language) -> None:
    """Right, wrong, partly right, coarse, unreadable and blank answers."""
    plan = blueprint(language)
    found = paper(plan)
    wrong = dict(zip(model_answers(found), ["7", "0.1", "2/4", "[1, 2", "", "B", "A, B"] * 9, strict=False))
    pages = feedback_pages(marked(found, wrong), plan, every_type())
    check_page(pages["feedback.html"])
    words = {"en": ("not right", "not readable", "no answer"), "zh": ("不正确", "无法识别", "未作答")}[language]
    for text in pages.values():
        assert all(word in text.lower() for word in words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_feedback_explains_a_mistake(language: Language) -> None:
    """The misconception's words, the carried part, the worked solution."""
    plan = blueprint(language, ("every/vector",))
    found = paper(plan)
    trace = found.items[0].variant.trace
    assert trace is not None
    answers = found.items[0].variant.misconception_answers("lstm/gates-swapped")
    assert answers is not None
    result = marked(found, {"1a": str([float(x) for x in answers[0]]), "1b": str([float(x) for x in answers[1]])})
    title = every_type().misconception_title("lstm/gates-swapped")[language]
    for text in feedback_pages(result, plan, every_type()).values():
        assert title in text
        assert {"en": "Right from your own answer to 1a", "zh": "按你在 1a 中的答案推算，结果正确"}[language] in text


# ------------------------------------------------------------------------------------------------- what students wrote


def rendered(text: str) -> Page:
    """Markdown as a program that knows raw HTML and tables would show it."""
    markdown = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table")
    return Page(f"<div>{markdown.render(text)}</div>")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_students_answer_is_never_markup(text: str) -> None:
    """In whichever part it stands, it is shown as it was typed: in HTML and in Markdown."""
    plan = blueprint()
    found = paper(plan)
    result = marked(found, dict.fromkeys(model_answers(found), text))
    plain = marked(found, dict.fromkeys(model_answers(found), "zzz zzz"))
    pages, others = (feedback_pages(r, plan, every_type()) for r in (result, plain))
    page = check_page(pages["feedback.html"])
    assert text.strip() in page.text
    assert elements(page) <= elements(check_page(others["feedback.html"])) | {"math", "pre"}
    shown = rendered(pages["feedback.md"])
    assert elements(shown) <= elements(rendered(others["feedback.md"]))
    assert " ".join(text.split()) in " ".join(shown.text.split())
    if "$" in text:
        assert formula_marks(pages["feedback.md"]) == formula_marks(others["feedback.md"])


def formula_marks(text: str) -> int:
    """The dollar signs that are not escaped."""
    return len(re.findall(r"(?<!\\)\$", text))


def elements(page: Page) -> set[str]:
    return {tag for tag, _ in page.elements}


@pytest.mark.parametrize("text", [t for t in HOSTILE if t.isprintable()])
def test_a_students_name_and_id_are_never_markup(text: str) -> None:
    """On the paper, the sheet, the solution and the feedback."""
    plan = blueprint(ids=("every/integer", "every/text"))
    found = paper(plan, Student(id=text, name=text))
    pages = {
        **paper_pages(found, plan),
        **solution_pages(found, plan),
        **feedback_pages(marked(found, {}), plan, every_type()),
    }
    for name, content in pages.items():
        if name.endswith(".html"):
            assert text in check_page(content).text
        elif name in ("paper.md", "solution.md", "feedback.md"):
            assert elements(rendered(content)) <= {"div", "h1", "h2", "h3", "p", "strong", "em", "ul", "li", "code"}


IDS = ("s 001", "001", "1e3", "yes", "null", "张三", "a: b", "#1", "- x", "O'Hara")


@pytest.mark.parametrize(
    ("name", "text"),
    [("answers.md", id) for id in IDS]
    + [("answers.yaml", id) for id in (*IDS, "'q'", '"q"', *(t for t in HOSTILE if t.isprintable()))],
)
def test_an_answer_sheet_says_whose_it_is(tmp_path: Path, name: str, text: str) -> None:
    """Read back as handed out, whatever the id looks like."""
    plan = blueprint(ids=("every/integer", "every/text"))
    found = paper(plan, Student(id=text))
    folder_of(tmp_path, {name: paper_pages(found, plan)[name]})
    (sheet,) = read_submissions([tmp_path / name])
    assert isinstance(sheet, Submission)
    assert (sheet.student, sheet.exam, sheet.paper) == (text, "quiz", found.code)
    assert not any(answer.strip() for answer in sheet.responses.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filled_sheet_earns_everything(tmp_path: Path, language: Language) -> None:
    """The model answers written where the sheet asks for them, for every type, in both formats."""
    plan = blueprint(language)
    found = paper(plan)
    pages = paper_pages(found, plan)
    for label, answer in model_answers(found).items():
        pages["answers.yaml"] = re.sub(
            rf"(?m)^  {label}:$", lambda m, a=answer: f"{m[0]} {json.dumps(a)}", pages["answers.yaml"]
        )
        pages["answers.md"] = re.sub(
            rf"(?m)^## {label}\n.*\n", lambda m, a=answer: f"{m[0]}\n{a}\n", pages["answers.md"]
        )
    for name in ("answers.yaml", "answers.md"):
        folder_of(tmp_path, {name: pages[name]})
        (sheet,) = read_submissions([tmp_path / name])
        assert isinstance(sheet, Submission), sheet
        assert mark_paper(found, sheet.responses, Policy()).marks == found.marks


def test_the_yaml_sheet_is_yaml() -> None:
    """With a key for every part."""
    found = paper(blueprint())
    sheet = yaml.safe_load(paper_pages(found, blueprint())["answers.yaml"])
    assert [str(label) for label in sheet["answers"]] == found.labels


# --------------------------------------------------------------------------------------------------------- the report


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_is_whole_and_shows_hostile_texts_as_they_are(tmp_path: Path, language: Language) -> None:
    """Ids, names, sources, messages, reasons: none is markup."""
    plan = blueprint(language, ("every/vector", "every/choice"))
    with Gradebook(tmp_path / "book.sqlite", ExamFacts("quiz", plan.title.text, len(HOSTILE))) as book:
        for i, text in enumerate(HOSTILE):
            found = paper(plan, Student(id=f"{i} {text}", name=text))
            book.store(to_json(marked(found, {"1a": text})), "a:b:c:d")
            book.store(to_json(marked(found, {})), f"a:{text}:c:d")
        listed = [
            Listed(text, 3, code, Text(text, text), Text(text, text))
            for text in HOSTILE
            for code in ("unreadable", "absent")
        ]
        book.list_problems(listed)
        page = check_page(report_html(class_report(book), every_type(), language))
    for text in HOSTILE:
        assert page.text.count(text) >= 3
    assert {tag for tag, _ in page.elements} <= {
        "html", "head", "meta", "title", "style", "body", "header", "footer", "h1", "h2", "div", "span", "p", "b", "small", "i", "br",
        "svg", "line", "rect", "text", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip


def test_the_report_of_nobody_is_whole(tmp_path: Path) -> None:
    """Before anything was handed in."""
    with Gradebook(tmp_path / "book.sqlite", ExamFacts("quiz", Text("Quiz", "测验"), 3)) as book:
        check_page(report_html(class_report(book), every_type(), "en"))


# ---------------------------------------------------------------------------------------------------------- golden files

ASKED = ("every/integer", "every/vector", "every/choice", "every/matching", "every/text")
ANSWERS = {"1": "12..5", "2a": "[0.5, 0.25]", "3b": "C", "4": "1-A, 2-A, 3-A", "5": "forgt gate"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_what_a_person_has_read(golden: Golden, language: Language) -> None:
    """Paper, answer sheets, solution and feedback in Markdown, in both languages."""
    plan = blueprint(language, ASKED)
    found = paper(plan)
    pages = {**paper_pages(found, plan), **solution_pages(found, plan)}
    pages |= feedback_pages(marked(found, ANSWERS), plan, every_type())
    for name, text in sorted(pages.items()):
        if not name.endswith(".html"):
            # Which PyTorch there is changes from machine to machine.
            golden.check(f"pages/{language}/{name}", re.sub(r"PyTorch [0-9][^*;]*", "PyTorch", text))


def test_marks_are_shown_as_people_write_them() -> None:
    """On a page that gives two thirds of a mark."""
    plan = Blueprint.model_validate(
        {"exam": "q", "title": {"en": "Q", "zh": "测"}, "sections": [{"questions": ["every/element"], "marks_each": 1}]}
    )
    found = paper(plan)
    assert [item.worth(part) for item in found.items for part in item.variant.question.parts] == [
        Fraction(1, 4),
        Fraction(1, 4),
        Fraction(1, 2),
    ]
    assert "(0.25 marks)" in paper_pages(found, plan)["paper.md"]
