"""The bank: questions found by their ids, and files that are wrong or hostile."""

from __future__ import annotations

import time
from pathlib import Path
from typing import get_args

import pytest

from questions.bank import Bank, BankError
from questions.drawing import candidates
from questions.own_bank import open_bank
from questions.question import ResponseType
from questions.sampling import draw
from solvers import registry
from solvers.text import GradmarkError, UsageError
from tests.strategies import every_type, folder_of

PLAIN = """\
id: own/length
title: {en: Length, zh: 长度}
kind: compute
derivation: conv.output_size
difficulty: 1
givens:
  n: {integer: [16, 256]}
  k: {choice: [3, 5]}
prompt: {en: "{{ n }} samples, a kernel of {{ k }}.", zh: "{{ n }} 个采样点，卷积核 {{ k }}。"}
parts:
  - ask: {en: How long is the output?, zh: 输出有多长？}
    answer: size
    type: integer
    marks: 1
"""


def bank(tmp_path: Path, text: str = PLAIN, **files: str) -> Bank:
    return Bank([folder_of(tmp_path, {"own/length.yaml": text, **files})])


def complaint(tmp_path: Path, old: str, new: str) -> str:
    assert old in PLAIN
    with pytest.raises(BankError) as caught:
        bank(tmp_path, PLAIN.replace(old, new)).question("own/length")
    assert caught.value.text.zh != caught.value.text.en
    return caught.value.text.en


def test_a_bank_of_ones_own_stands_beside_the_shipped_one(tmp_path: Path) -> None:
    """Its questions are listed, drawn and counted with the others, its topics last."""
    both = bank(tmp_path)
    assert {"own/length", "convolution/output-size"} <= set(both.ids())
    assert both.topics()[-1] == "own"
    assert "samples, a kernel of" in draw(both.question("own/length"), 1).prompt.en
    assert [q.id for q in both.questions("own")] == ["own/length"]


def test_a_question_of_ones_own_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    """The same id in a folder named with --bank comes first."""
    text = PLAIN.replace("own/length", "convolution/output-size")
    mine = bank(tmp_path, PLAIN, **{"convolution/output-size.yaml": text})
    assert mine.question("convolution/output-size").title.en == "Length"
    assert mine.ids().count("convolution/output-size") == 1


def test_misconceptions_of_ones_own_join_the_catalogue(tmp_path: Path) -> None:
    """And may say a shipped one in other words."""
    text = "own/late: {title: {en: Late, zh: 迟}, says: {en: Too late., zh: 太迟。}}\n"
    text += "conv/forgot-padding: {title: {en: Mine, zh: 我的}, says: {en: a, zh: b}}\n"
    mine = bank(tmp_path, PLAIN, **{"misconceptions/own.yaml": text})
    assert mine.misconception_title("own/late").zh == "迟"
    assert mine.misconception_title("conv/forgot-padding").en == "Mine"
    assert mine.misconception_title("own/unknown").en == "own/unknown"
    assert "misconceptions/own" not in mine.ids()


def test_a_misconception_in_two_files_of_a_bank_is_refused(tmp_path: Path) -> None:
    """With both places: one of them would be what nobody reads."""
    text = "own/late: {title: {en: Late, zh: 迟}, says: {en: Too late., zh: 太迟。}}\n"
    mine = bank(tmp_path, PLAIN, **{"misconceptions/a.yaml": text, "misconceptions/b.yaml": f"# again\n{text}"})
    with pytest.raises(GradmarkError) as caught:
        _ = mine.misconceptions
    first, second = tmp_path / "misconceptions/a.yaml", tmp_path / "misconceptions/b.yaml"
    assert (
        f"{second}:2:1: 'own/late' stands here for the second time; the first is in {first}:1." in caught.value.text.en
    )
    assert f"{second}:2:1" in caught.value.text.zh
    assert f"在这里第二次出现，第一次在 {first}:1。" in caught.value.text.zh


CHOICE = "type: choice\n    options:\n      - {en: a, zh: 甲, correct: true}\n      - {en: b, zh: 乙}\n      - {en: %s, zh: %s}"
MATCHING = (
    "type: matching\n    pairs:\n"
    "      - {left: {en: a, zh: 甲}, right: {en: x, zh: 子}}\n"
    "      - {left: {en: b, zh: 乙}, right: {en: y, zh: 丑}}\n"
    "      - {left: {en: %s, zh: 丙}, right: {en: %s, zh: 寅}}"
)
TWICE = [
    ("difficulty: 1", "difficulty: 1\ntags: [shapes, one, shapes]", "6:21: 'shapes'", "line 6"),
    ("difficulty: 1", "difficulty: 1\nsources:\n- book\n- book", "8:3: 'book'", "line 7"),
    ("difficulty: 1", "difficulty: 1\nwhere: [n > k, n > k]", "6:16: 'n > k'", "line 6"),
    ("difficulty: 1", "difficulty: 1\nmisconceptions:\n- conv/a\n- conv/b\n- conv/a", "9:3: 'conv/a'", "line 7"),
    (
        "difficulty: 1",
        "difficulty: 1\nmisconceptions: [conv/a, conv/b]\npairs:\n- [conv/a, conv/b]\n- [conv/b, conv/a]",
        "9:3: 'conv/a + conv/b'",
        "line 8",
    ),
    (
        "difficulty: 1",
        "difficulty: 1\nmisconceptions: [conv/a]\npairs:\n- [conv/a, conv/a]",
        "8:12: 'conv/a'",
        "line 8",
    ),
    ("type: integer", CHOICE % ("a", "丙"), "17:9: 'a'", "line 15"),
    ("type: integer", CHOICE % ("c", "乙"), "17:9: '乙'", "line 16"),
    ("type: integer", MATCHING % ("b", "z"), "17:10: 'b'", "line 16"),
    ("type: integer", MATCHING % ("c", "x"), "17:32: 'x'", "line 15"),
    (
        "type: integer",
        "type: order\n    sequence:\n      - {en: a, zh: 甲}\n      - {en: b, zh: 乙}\n      - {en: a, zh: 丙}",
        "17:9: 'a'",
        "line 15",
    ),
]


@pytest.mark.parametrize(("old", "new", "second", "first"), TWICE)
def test_what_a_question_says_twice_is_refused_with_both_places(
    tmp_path: Path, old: str, new: str, second: str, first: str
) -> None:
    """Two options that say the same could not be told apart, a tag or misconception that stands twice is a slip of the pen."""
    found = complaint(tmp_path, old, new)
    assert f"{second} stands here for the second time; the first is in {first}." in found


MISTAKES = [
    ("difficulty: 1", "dificulty: 1", "5:1: unknown key 'dificulty'. Did you mean 'difficulty'?"),
    ("difficulty: 1", "dificulty: 1", "'difficulty' is missing."),
    ("difficulty: 1", "difficulty: 9", "5:13: difficulty: this has to be at most 5."),
    ("difficulty: 1", "difficulty: easy", "difficulty: this has to be a whole number."),
    ("kind: compute", "kind: computing", "3:7: kind: 'computing' is none of compute, invert"),
    ("kind: compute", "kind: computing", "Did you mean 'compute'?"),
    ("zh: 长度}", "cn: 长度}", "unknown key 'cn'"),
    ("{integer: [16, 256]}", "{integer: [256, 16]}", "7:6: givens → n: the range is empty"),
    ("{integer: [16, 256]}", "{integer: [16, 256], decimal: [0, 1]}", "give exactly one of integer, decimal"),
    ("{integer: [16, 256]}", "{decimal: [0, 1]}", "decimal needs a step"),
    ("{integer: [16, 256]}", "{integer: 16}", "this has to be a list: [low, high]"),
    ("{integer: [16, 256]}", "{integer: [16, 256], steps: 2}", "unknown key 'steps'. Did you mean 'step'?"),
    ("marks: 1", "marks: lots", "14:12: parts → 1 → marks: this has to be a number."),
    ("marks: 1", "marks: 0", "this has to be above 0"),
    ("marks: 1", "mark: 1", "unknown key 'mark'. Did you mean 'marks'?"),
    ("type: integer", "type: int", "Did you mean 'integer'?"),
    ("answer: size", "answer: ../size", "for example: size, hidden[0]"),
    ("    answer: size\n", "", "needs an answer (a step's name) or its own key"),
    ("derivation: conv.output_size\n", "", "the question names no derivation"),
    ("id: own/length", "id: Own Length", "for example: convolution/output-size"),
    ("parts:", "parts: none\nparting:", "parts: this has to be a list"),
    ("title: {en: Length, zh: 长度}", "title: 3", "title: this has to have keys of its own"),
]


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_the_nearest_right_word(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """File, line and column, in both languages."""
    found = complaint(tmp_path, old, new)
    assert said in found
    assert "length.yaml:" in found


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    """Not the first one only."""
    found = complaint(tmp_path, "difficulty: 1\ngivens", "difficulty: 9\ngivns: 1\ngivens")
    assert "at most 5" in found
    assert "Did you mean 'givens'?" in found


def test_what_else_could_have_stood_there_is_not_told(tmp_path: Path) -> None:
    """A list of options is not reproached with not being the word `misconceptions`."""
    options = "type: choice\n    options: [{en: a, zh: b, corect: true}, {en: c, zh: d}]"
    found = complaint(tmp_path, "type: integer", options)
    assert "unknown key 'corect'. Did you mean 'correct'?" in found
    assert "'misconceptions'" not in found


def test_a_file_in_the_wrong_place_says_both_ids(tmp_path: Path) -> None:
    """The id it has and the id that its place gives it."""
    with pytest.raises(GradmarkError, match=r"1:5: the id is 'own/other', but the file's place makes it 'own/length'"):
        bank(tmp_path, PLAIN.replace("own/length", "own/other")).question("own/length")


@pytest.mark.parametrize(
    "id",
    [
        "../secrets",
        "own/../own/length",
        "/etc/passwd",
        "own",
        "",
        "own/",
        "own\\length",
        "own/length\0",
        "misconceptions/lstm",
    ],
)
def test_an_id_never_leads_out_of_the_bank(tmp_path: Path, id: str) -> None:
    """Nor to anything that is no question."""
    with pytest.raises(UsageError, match="There is no question"):
        bank(tmp_path).path_of(id)


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    """In both languages."""
    with pytest.raises(UsageError) as caught:
        Bank().question("convolution/output-sise")
    assert "Did you mean 'convolution/output-size'?" in caught.value.text.en
    assert "是否想写 'convolution/output-size'" in caught.value.text.zh


def test_a_bank_that_is_no_folder_is_wrong_usage(tmp_path: Path) -> None:
    """Before anything is read."""
    with pytest.raises(UsageError, match="There is no bank folder"):
        Bank([tmp_path / "nowhere"])


BOMB = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(9)
)
HOSTILE = {
    "object": ("id: !!python/object/apply:os.system [true]\n", "tags"),
    "name": ("id: !!python/name:os.system\n", "tags"),
    "alias bomb": (BOMB, "anchors"),
    "huge": ("# " + "x" * 2_100_000, "larger than"),
    "deep": ("id: " + "[" * 5_000, "nested"),
    "number": ("id: own/length\ndifficulty: 1e999999999\n", "too large"),
    "twice": ("id: own/length\nid: own/length\n", "second time"),
    "control": ("id: own/\x07length\n", "control"),
    "list": ("- 1\n", "keys of its own"),
    "empty": ("", "nothing in it"),
    "broken": ("id: [own/length\n", "length.yaml:"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_a_message(tmp_path: Path, case: str) -> None:
    """Within a moment."""
    text, said = HOSTILE[case]
    began = time.process_time()
    with pytest.raises(GradmarkError, match=said):
        bank(tmp_path, text).question("own/length")
    assert time.process_time() - began < 20


def test_a_file_in_another_encoding_is_a_message(tmp_path: Path) -> None:
    """What Windows calls ANSI, for instance."""
    mine = bank(tmp_path)
    (tmp_path / "own/length.yaml").write_bytes("长度".encode("gbk"))
    with pytest.raises(GradmarkError, match="UTF-8"):
        mine.question("own/length")


BOMBS = [
    "{integer: [1, 9], shape: [100000, 100000]}",
    "{integer: [1, 9], shape: [k - 99]}",
    "{integer: [1, 9], shape: [4000], distinct: true}",
    "{integer: [1, 1000000000000000000000000000000], avoid: [5]}",
    "{decimal: [0, 1], step: 1e-300}",
    "{expression: 9^9^9^9}",
    "{expression: nothing + 1}",
    "{expression: 1/0}",
    "{choice: [a, b]}",
    "{integer: [1, 3], avoid: [1, 2, 3]}",
    "{integer: [1, 3], avoid: [one]}",
    "{value: [[1, 2], [3]]}",
    "{integer: [1, 9], shape: [k/2]}",
    "{integer: [1, 9], shape: ['1/0']}",
]


def test_values_to_avoid_are_avoided_in_ranges_of_any_size(tmp_path: Path) -> None:
    """Also where listing the range would fill the memory."""
    text = PLAIN.replace("{integer: [16, 256]}", "{integer: [16, 5000000], avoid: [17, 18.5]}")
    how = bank(tmp_path, text).question("own/length").givens["n"]
    values = candidates(how)
    assert (len(values), values[0], values[1], values[len(values) - 1]) == (4_999_984, 16, 18, 5_000_000)


@pytest.mark.parametrize("given", BOMBS)
def test_a_draw_that_would_explode_ends_soon(tmp_path: Path, given: str) -> None:
    """As a variant or as a message."""
    text = PLAIN.replace("  n: {integer: [16, 256]}\n  k: {choice: [3, 5]}", f"  k: {{choice: [3, 5]}}\n  n: {given}")
    began = time.process_time()
    with pytest.raises(GradmarkError):
        draw(bank(tmp_path, text).question("own/length"), 1)
    assert time.process_time() - began < 20


def test_a_digest_changes_with_the_file_and_only_then(tmp_path: Path) -> None:
    """It is the lock that an exam has on its questions."""
    mine = bank(tmp_path)
    before = mine.question_digest("own/length")
    assert mine.question_digest("own/length") == before
    (tmp_path / "own/length.yaml").write_text(PLAIN + "# a remark\n", encoding="utf-8")
    assert mine.question_digest("own/length") != before


# ------------------------------------------------------------------------------------------------ derivations of one's own

CODE = '''
from solvers.derivation import Derivation
from solvers.givens import integer

double = Derivation("own_{name}.double", "Twice", "两倍", n=integer("n", "number", "数"))


@double.step("2 $n", symbol="m", zh="两倍")
def twice(n):
    """Twice the number."""
    return 2 * n
'''


def trusted_bank(tmp_path: Path, name: str, code: str = CODE) -> Path:
    text = PLAIN.replace("conv.output_size", f"own_{name}.double").replace("answer: size", "answer: twice")
    text = (
        text.replace("  k: {choice: [3, 5]}\n", "").replace(", a kernel of {{ k }}", "").replace("，卷积核 {{ k }}", "")
    )
    return folder_of(tmp_path, {"own/length.yaml": text, "derivations.py": code.replace("{name}", name)})


def test_python_in_a_bank_is_not_run_unless_trusted(tmp_path: Path) -> None:
    """And says how to trust it."""
    folder = trusted_bank(tmp_path, "untrusted", "raise SystemExit('this ran')")
    with pytest.raises(UsageError, match="say so with --trust"):
        open_bank([folder])


def test_a_trusted_derivation_answers_questions(tmp_path: Path) -> None:
    """Like a shipped one, however often the bank is opened."""
    folder = trusted_bank(tmp_path, "trusted")
    open_bank([folder], trust=True)
    found = draw(open_bank([folder], trust=True).question("own/length"), 1)
    assert found.targets[0].value == 2 * found.givens["n"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1/0", "could not be run: division by zero"),
        ("def", "could not be run"),
        (CODE.replace('"own_{name}.double"', '"conv.output_size"'), "exists already"),
        (CODE.replace("def twice(n)", "def twice(n, missing)"), "needs missing"),
    ],
    ids=["raises", "no Python", "a name that is taken", "a graph that does not fit"],
)
def test_a_trusted_file_that_fails_is_a_message(tmp_path: Path, code: str, said: str) -> None:
    """Naming the file or the derivation."""
    registry.derivation("conv.output_size")
    with pytest.raises(GradmarkError, match=said):
        open_bank([trusted_bank(tmp_path, f"failing{len(said)}", code)], trust=True)


def test_an_unknown_derivation_is_answered_with_the_nearest(tmp_path: Path) -> None:
    """When the question is drawn."""
    mine = bank(tmp_path, PLAIN.replace("conv.output_size", "conv.output_sise"))
    with pytest.raises(UsageError, match=r"conv\.output_size"):
        draw(mine.question("own/length"), 1)


def test_the_bank_with_every_type_has_every_type() -> None:
    """What the other tests rely on."""
    parts = [part for question in every_type().questions("every") for part in question.parts]
    assert {part.type for part in parts} == set(get_args(ResponseType))
