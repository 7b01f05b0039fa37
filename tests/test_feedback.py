"""The words of feedback: nothing said twice, several causes as a list, marks as people say them, answers as they were typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest
from markdown_it import MarkdownIt

from grader.diagnosing import Diagnosis
from grader.result import ItemResult, StudentResult, mark_paper
from questions.bank import Bank
from questions.blueprint import Blueprint, Student
from questions.exam import Item, Paper
from questions.sampling import draw
from solvers.derivation import is_convention
from solvers.text import Language
from solvers.values import as_float
from templates.feedback import causes, feedback_pages
from templates.pages import markdown_escaped, markdown_typed
from templates.terminal import verdict_text
from templates.words import marks_of, shown_marks, shown_reading

UNIT = "lstm/one-unit"


def plan(language: Language) -> Blueprint:
    """A paper of one question."""
    title = {"en": "Quiz", "zh": "测验"}
    return Blueprint.model_validate(
        {"exam": "quiz", "title": title, "language": language, "sections": [{"questions": [UNIT]}]}
    )


def result(answers: Mapping[str, str], diagnoses: Mapping[int, Diagnosis] | None = None) -> StudentResult:
    """A marked paper, the parts with these indices diagnosed so."""
    variant = draw(Bank().question(UNIT), 3)
    paper = Paper("quiz", Student(id="s1"), "code", (Item(1, 0, variant, variant.question.marks),))
    found = mark_paper(paper, answers, plan("en").policy)
    if diagnoses is None:
        return found
    verdicts = (replace(v, diagnosis=diagnoses.get(i)) for i, v in enumerate(found.items[0].verdicts))
    return replace(found, items=(ItemResult(found.items[0].item, tuple(verdicts)),))


def pages(found: StudentResult, language: Language) -> tuple[str, str]:
    """Markdown without the worked solution, and HTML."""
    made = feedback_pages(found, plan(language), Bank())
    solution = {"en": "**Worked solution**", "zh": "**解答**"}[language]
    return made["feedback.md"].partition(solution)[0], made["feedback.html"]


WRONG = {"1a": "9", "1b": "8", "1c": "7"}
SIGN, TWICE, HALF = ("slip/sign",), ("slip/twice",), ("slip/half",)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_mistake_is_explained_once(language: Language) -> None:
    """At the first part that it concerns; the others name it and that part."""
    markdown, html = pages(result(WRONG, {0: Diagnosis(SIGN), 1: Diagnosis(SIGN)}), language)
    catalogue = Bank().misconceptions["slip/sign"]
    title, says = catalogue.title.text[language], catalogue.says.text[language]
    named = {"en": f"**{title}**, as in 1a.", "zh": f"**{title}**（同 1a）。"}[language]
    assert markdown.count(says) == html.count(says) == 1
    assert named in markdown


def test_two_mistakes_at_once_are_a_list() -> None:
    """One bullet for each."""
    markdown, html = pages(result(WRONG, {0: Diagnosis(("slip/sign", "slip/twice"))}), "en")
    assert "- Two likely causes at once:\n  - **sign the wrong way round**." in markdown
    assert "\n  - **twice the right value**." in markdown
    assert "Two likely causes at once" in html


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_of_several_is_a_list_with_or(language: Language) -> None:
    """Also where one of the explanations takes two mistakes."""
    diagnosis = Diagnosis(SIGN, (TWICE, ("slip/half", "slip/off-by-one")))
    markdown, html = pages(result(WRONG, {0: diagnosis}), language)
    terminal = verdict_text(result(WRONG, {0: diagnosis}).items[0].verdicts[0], Bank(), language)
    head, other, besides = {
        "en": ("Likely one of these", "or **twice the right value**", "Besides: **one too many"),
        "zh": ("可能的原因是下列之一", "或者**多算了一倍**", "同时，**多算或少算了 1**"),
    }[language]
    assert all(head in text for text in (markdown, html, terminal))
    assert f"  - {other}" in markdown
    assert besides in markdown
    assert f"- {other.replace('*', '')}" in terminal


def test_what_the_verdict_says_is_not_said_again() -> None:
    """Neither for right nor for wrong, missing and unreadable answers."""
    right = result({}).items[0].item.variant.targets[0].printed
    markdown, _ = pages(result({"1a": right, "1b": "9", "1c": "1.2.3"}, {}), "en")
    for words in ("Right", "Not right", "Not readable", "No answer"):
        assert f"{words}, " in markdown
        assert f"{words}." not in markdown
    assert "Could not be read" not in markdown


def test_working_is_shown_line_by_line_only() -> None:
    """Not on one line as well; what was read otherwise than typed is said."""
    markdown, html = pages(result({"1a": "a = 0.5 + 0.25\nf = 0,5"}), "en")
    assert "Your answer, read from your working: `0.5`" in markdown
    assert "a = 0.5 + 0.25 f" not in markdown
    assert "`f = 0,5`" in markdown
    assert html.count("a = 0.5 + 0.25") == 1


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        (Fraction(3), "3"),
        (Fraction(3, 2), "1.5"),
        (Fraction(2, 3), "0.67"),
        (Fraction(11, 6), "1.83"),
        (Fraction(16, 9), "1.78"),
        (Fraction(1, 8), "0.13"),
        (Fraction(10), "10"),
        (Fraction(255, 256), "0.99"),
        (Fraction(1, 500), "0.01"),
        (Fraction(0), "0"),
    ],
)
def test_marks_are_said_as_people_say_them(marks: Fraction, said: str) -> None:
    """To two decimals, and never as whole marks what is not quite."""
    assert shown_marks(marks) == said
    assert marks_of(marks, Fraction(1), "en") == f"{said} of 1 mark"
    assert marks_of(marks, Fraction(6), "zh") == f"{said} 分（满分 6 分）"


@pytest.mark.parametrize(
    "text",
    ["[-8, -3, 1]", "1. 2", "12) x", "- a", "---", "===", "a_b * c", "f(x) = 2 + 3", "#1", "`x`", "$x$", "a | b", "-0.5", "http://x.y", "1-A, 2-B"],
)  # fmt: skip
def test_what_students_typed_reads_as_they_typed_it(text: str) -> None:
    """In Markdown as code, or escaped no more than needed."""
    for shown in (markdown_typed(text), markdown_escaped(text)):
        html = MarkdownIt("commonmark").render(f"- {shown}")
        assert (
            html.removeprefix("<ul>\n<li>").removesuffix("</li>\n</ul>\n").replace("<code>", "").replace("</code>", "")
            == text
        )
    assert markdown_escaped("f(x) = 0.5, [1]") == "f(x) = 0.5, \\[1\\]"


@pytest.mark.parametrize(
    ("reading", "response", "language", "shown"),
    [
        ("false", "错", "zh", "错"),
        ("false", "F", "zh", "错"),
        ("false", "F", "en", "false"),
        ("false", "false", "zh", "false"),
        ("0.5", "1/2", "zh", "0.5"),
        ("softmax", "Softmax", "en", "Softmax"),
    ],
)
def test_a_truth_is_read_in_the_language_of_the_page(
    reading: str, response: str, language: Language, shown: str
) -> None:
    """A student who answers 错 is not told that it was read as `false`; one who typed `false` not that it was read as 错."""
    assert shown_reading(reading, response, language) == shown


def test_a_slip_on_top_of_a_slip_explains_nothing() -> None:
    """No student doubles the right value and adds one: an option that was made so is only wrong."""
    markdown, html = pages(result(WRONG, {0: Diagnosis(("slip/twice", "slip/besides-one"))}), "en")
    assert "twice the right value" not in markdown + html
    markdown, _ = pages(result(WRONG, {0: Diagnosis(("lstm/tanh-in-gates", "slip/besides-twice"))}), "en")
    assert "- There are two mistakes in the option:\n" in markdown


@pytest.mark.parametrize(
    ("language", "alone", "beside"),
    [
        (
            "en",
            "**. Your result would be right where vectors",
            "**. Apart from the other point, your result is right where vectors",
        ),
        ("zh", "**。若向量为行", "**。撇开另一处不谈，若向量为行"),
    ],
)
def test_a_convention_makes_a_result_right_by_itself_only(language: Language, alone: str, beside: str) -> None:
    """Beside a mistake the result is wrong under any convention."""
    rows, tanh = "convention/row-vectors", "lstm/tanh-in-gates"
    assert alone in pages(result(WRONG, {0: Diagnosis((rows,))}), language)[0]
    markdown, _ = pages(result(WRONG, {0: Diagnosis((rows, tanh)), 1: Diagnosis((rows,))}), language)
    assert beside in markdown
    assert alone not in markdown
    assert {"en": "**row vectors**, as in 1a.", "zh": "**采用了行向量**（同 1a）。"}[language] in markdown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_result_is_right_elsewhere_where_that_has_earned_marks(language: Language) -> None:
    """And would be right there beside none; the convention that earned them stands before what would explain the answer as well."""
    bank, rows = Bank(), "convention/row-vectors"
    ambiguous = Diagnosis(SIGN, ((rows,),))
    earned, none = (causes(ambiguous, bank, language, right_elsewhere=right)[0] for right in (True, False))
    assert [cause[0].title for cause in (none, earned)] == [
        bank.misconceptions[id].title.text[language] for id in ("slip/sign", rows)
    ]
    said = [causes(Diagnosis((rows,)), bank, language, right_elsewhere=right)[0][0].says for right in (True, False)]
    words = {"en": ("is right", "would be right"), "zh": ("你的结果是正确的", "你的结果才是正确的")}[language]
    assert [word in text for word, text in zip(words, said, strict=True)] == [True, True]


def test_every_convention_says_that_the_result_would_be_right() -> None:
    """Whatever its text begins with; in Chinese it may name who does it so instead."""
    bank = Bank()
    for id in filter(is_convention, bank.misconceptions):
        told = {language: causes(Diagnosis((id,)), bank, language)[0][0].says for language in ("en", "zh")}
        assert " would be right " in told["en"].partition(". ")[0]
        assert "才是正确的" in told["zh"] or told["zh"].startswith(("你的结果符合", "你的补零符合", "你的结果是存储"))


def test_the_answer_to_another_part_is_no_step_on_the_way_as_well() -> None:
    """It is one and the same number."""
    copied = Diagnosis(("slip/intermediate",), (("slip/other-part",),))
    assert [cause[0].title for cause in causes(copied, Bank(), "en")] == ["the answer to another part"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_mistake_of_several_explanations_is_explained_in_the_first(language: Language) -> None:
    """The others name it, and no part where it would have been explained before."""
    both = Diagnosis(("lstm/tanh-in-gates", "lstm/bias-forgotten"), (("lstm/tanh-in-gates", "lstm/gates-swapped"),))
    markdown, _ = pages(result(WRONG, {0: both}), language)
    known = Bank().misconceptions["lstm/tanh-in-gates"]
    assert markdown.count(known.title.text[language]) == 2
    assert markdown.count(known.says.text[language]) == 1
    assert {"en": "as in 1a", "zh": "同 1a"}[language] not in markdown


def test_how_an_answer_was_read_is_said_where_marks_are_missing() -> None:
    """And nowhere twice: what stands beside the answer needs no line of its own."""
    right = draw(Bank().question(UNIT), 3).targets[0].printed
    markdown, _ = pages(result({"1a": f"f = {right}", "1b": "i = 9", "1c": "1,5"}), "en")
    assert f"`f = {right}` (read as `{right}`)" in markdown
    assert "“f =”" not in markdown
    assert "“i =” before the answer was passed over." in markdown
    assert "`1,5` (read as `1.5`)" in markdown
    assert "“1,5” was read as" not in markdown


def test_a_cause_is_named_below_the_working_only() -> None:
    """Once for the line and the answer together."""
    found = draw(Bank().question(UNIT), 3)
    assert found.trace is not None
    cell, gate = as_float(found.trace["cell"]), as_float(found.trace["output_gate"])
    typed = {f"1{letter}": target.printed for letter, target in zip("abcdef", found.targets, strict=True)}
    markdown, _ = pages(result({**typed, "1f": f"c_t = {cell:.4f}\nh_t = {gate * cell:.4f}"}), "en")
    assert "Line 2 is the first that does not follow: the value is wrong." in markdown
    assert "Probably" not in markdown
    assert markdown.count("**cell state shown without tanh**") == 1
