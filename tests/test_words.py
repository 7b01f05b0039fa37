"""Labels, truth values and names: every way in which people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.reading import Reading, Unreadable, read

CHOICES: dict[str, list[str]] = {
    "choice": [
        "B", "b", "(b)", "B.", "b)", "[B]", "option B", "Option (B)", "choice b", "选B", "我选B", "选项 B", "B选项", "答案是B", "答案：B", "Ｂ", "（Ｂ）",
        "Ⓑ", "**B**", "$B$", r"\text{B}", "“B”", "B。", "B?", "B) 3x3", "B. 3x3", "B: 3x3", "B 3x3", "B — the second", "The answer is B",
        "the answer must be B.", "I think B", "It's B", "I would choose B", "B is correct", "B because D is wrong", "B, since A and C are not",
        "B，因为 D 不对", "I would go with (B) here", "Weighing the options...\n\nB", "the answer must be\n\nB.",
    ],
    "choices": [
        "B, D", "D, B", "BD", "bd", "B D", "B and D", "B & D", "b；d", "B、D", "B，D", "B/D", "B+D", "(B), (D)", "{B, D}", "[B, D]", "选B、D", "B和D", "B、D都对",
        "选项B和选项D", "options B and D", "Ⓑ Ⓓ", "- B\n- D", "B\nD", "BD.", "ＢＤ", "B, B, D",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in CHOICES.items() for text in texts])
def test_labels_are_read_in_every_way_people_write_them(kind: str, text: str) -> None:
    """In both languages, with brackets, reasons and the option's text."""
    reading = read(text, kind, options="ABCD")  # type: ignore[arg-type]
    assert isinstance(reading, Reading), reading
    assert reading.value == ("B" if kind == "choice" else {"B", "D"})


@pytest.mark.parametrize("text", ["all", "All of the above.", "全选", "以上都对"])
def test_all_options_may_be_named_at_once(text: str) -> None:
    """And none of them."""
    reading = read(text, "choices", options="ABCD")
    assert isinstance(reading, Reading)
    assert reading.value == set("ABCD")
    none = read("以上都不对", "choices", options="ABCD")
    assert isinstance(none, Reading)
    assert none.value == frozenset()


TRUTHS = {
    True: [
        "true", "TRUE", "True.", "t", "(T)", "yes", "Y", "correct", "1", "对", "正确", "是", "真", "√", "✓", "没错", "是真的", "说法正确", "ｔｒｕｅ", "It is true",
        "The statement is true.", "true, because the gate is open", "对，因为门是开的", "answer: true",
    ],
    False: [
        "false", "F", "no", "n", "wrong", "0", "错", "错误", "错误的", "不对", "不正确", "否", "假", "×", "✗", "x", "X", "not true", "该说法错误", "False: the gate is open",
        "This statement is false.", "no, it isn't", "错，因为门是关的",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("value", "text"), [(value, text) for value, texts in TRUTHS.items() for text in texts])
def test_true_and_false_are_read_in_every_way(value: bool, text: str) -> None:
    """In both languages, with a reason behind."""
    reading = read(text, "truth")
    assert isinstance(reading, Reading), reading
    assert reading.value is value


ORDERS = [
    "B > A > C", "B, A, C", "BAC", "bac", "B A C", "B→A→C", "B -> A -> C", "B、A、C", "[B, A, C]", "B-A-C", "B | A | C", "1. B 2. A 3. C", "1) B\n2) A\n3) C",
    "① B ② A ③ C", "①B②A③C", "1B 2A 3C", "2:A, 1:B, 3:C", "A-2, B-1, C-3", "first B, then A, then C", "first B, then A, finally C", "先B后A再C",
    "首先 B，然后 A，最后 C", "Ｂ＞Ａ＞Ｃ",
]  # fmt: skip
MATCHINGS = [
    "1-B, 2-A", "1:B, 2:A", "1→B; 2→A", "1->B 2->A", "1=B，2=A", "1B 2A", "1B2A", "B-1, A-2", "(1, B), (2, A)", "{1: 'B', 2: 'A'}", '{"1": "B", "2": "A"}',
    "1. B\n2. A", "1) B 2) A", "① B ② A", "1 with B, 2 with A", "1 to B and 2 to A".replace(" and", ","), "1 对应 B，2 对应 A", "1－Ｂ，2－Ａ", "1 B\n2 A",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDERS)
def test_orders_are_read_in_every_way(text: str) -> None:
    """And echoed in the form that is asked for."""
    reading = read(text, "order", options="ABC")
    assert isinstance(reading, Reading), reading
    assert reading.value == ("B", "A", "C")
    assert reading.echo == "B, A, C"


@pytest.mark.parametrize("text", MATCHINGS)
def test_matchings_are_read_in_every_way(text: str) -> None:
    """Either side first."""
    reading = read(text, "matching", options="ABC")
    assert isinstance(reading, Reading), reading
    assert dict(reading.value) == {"1": "B", "2": "A"}


REFUSED = [
    ("choice", "A or B", "several-labels", 0),
    ("choice", "A 或 B", "several-labels", 0),
    ("choice", "A and B", "several-labels", 0),
    ("choice", "A\nB", "several-labels", 0),
    ("choice", "not B", "unknown-label", 0),
    ("choice", "it cannot be (B)", "unknown-label", 0),
    ("choice", "not (B)", "unknown-label", 0),
    ("choice", "(A) or rather (B)", "unknown-label", 0),
    ("choice", "A good guess", "unknown-label", 0),
    ("choice", "C, no wait, B", "unknown-label", 0),
    ("choices", "B or D", "unknown-label", 2),
    ("choices", "B, E", "unknown-label", 3),
    ("truth", "true/false", "not-a-truth-value", 0),
    ("truth", "yes and no", "not-a-truth-value", 0),
    ("truth", "true, no wait, false", "not-a-truth-value", 0),
    ("truth", "0.5", "not-a-truth-value", 0),
    ("truth", "1, 0", "not-a-truth-value", 0),
    ("truth", "T or F", "not-a-truth-value", 0),
    ("truth", "不错", "not-a-truth-value", 0),
    ("order", "A > B > A", "repeated-label", 8),
    ("order", "B < A < C", "backwards", 2),
    ("order", "1. A 1. B", "unknown-label", 0),
    ("order", "1. A 3. B", "unknown-label", 0),
    ("matching", "1=A, 2=?", "not-a-pair", 5),
    ("matching", "1-A, 1-B", "repeated-label", 5),
]


@pytest.mark.parametrize(("kind", "text", "code", "offset"), REFUSED)
def test_what_names_no_answer_or_two_is_not_read(kind: str, text: str, code: str, offset: int) -> None:
    """A guess at what was meant would be a wrong mark."""
    found = read(text, kind, options="ABCD")  # type: ignore[arg-type]
    assert isinstance(found, Unreadable), found
    assert (found.code, found.offset) == (code, offset)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The answer is: Forget Gate.", "forget gate"),
        ("答案：遗忘门。", "遗忘门"),
        ("long short-term memory (LSTM)", "long short term memory (lstm)"),
        ("(LSTM)", "lstm"),
        ("`ResNet`", "resnet"),
    ],
)
def test_a_name_is_read_without_what_stands_around_it(text: str, name: str) -> None:
    """Brackets within it stay."""
    reading = read(text, "text")
    assert isinstance(reading, Reading)
    assert reading.value == name


@given(st.text(max_size=60), st.sampled_from(["choice", "choices", "truth", "order", "matching", "text"]))
def test_nothing_that_is_typed_raises(text: str, kind: str) -> None:
    """And what is read is read again from its echo."""
    found = read(text, kind, options="ABCD")  # type: ignore[arg-type]
    if isinstance(found, Reading) and kind not in ("text", "matching"):
        again = read(found.echo if found.value else "none", kind, options="ABCD")  # type: ignore[arg-type]
        assert isinstance(again, Reading) or found.value is False
