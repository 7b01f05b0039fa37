"""`gradmark show` and `gradmark questions`: one variant with everything about it, and what the bank has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.strategies import CHAINS, EVERY_TYPE, TYPES, gradmark, variant

Capsys = pytest.CaptureFixture[str]
BANKS = ("--bank", EVERY_TYPE, "--bank", CHAINS)


def shown(capsys: Capsys, id: str, seed: int = 1) -> dict[str, Any]:
    code, said, _ = gradmark(capsys, "show", id, "--seed", seed, "--json", *BANKS)
    assert code == 0
    found: dict[str, Any] = json.loads(said)
    return found


def test_the_json_has_everything(capsys: Capsys) -> None:
    """Givens, prompt and parts in both languages, key, worked solution, certificate, each misconception's answers."""
    found = shown(capsys, "every/vector", 3)
    drawn = variant("vector", 3)
    assert (found["question"], found["seed"], found["derivation"], found["marks"]) == (
        "every/vector",
        3,
        "lstm.state_from_gates",
        "4",
    )
    assert set(found["givens"]) == {"f", "i", "g", "o", "c"}
    assert found["prompt"] == {"en": drawn.prompt.en, "zh": drawn.prompt.zh}
    assert [part["ask"]["zh"] for part in found["parts"]] == ["单元状态？", "隐状态？"]
    assert [part["key"] for part in found["parts"]] == [target.printed for target in drawn.targets]
    assert [(part["type"], part["decimals"], part["marks"]) for part in found["parts"]] == [("vector", 3, "2")] * 2
    assert {step["name"] for step in found["solution"]["steps"]} == {"cell", "hidden"}
    assert set(found["solution"]) == {"derivation", "givens", "values", "exact", "steps"}
    assert (found["certificate"]["engine"], found["certificate"]["agrees"]) == ("PyTorch", True)
    assert set(found["certificate"]["steps"]) >= {"cell", "hidden"}
    assert set(found["misconceptions"]) == {"lstm/gates-swapped", "lstm/hidden-without-tanh"}
    assert set(found["misconceptions"]["lstm/gates-swapped"]) == {"cell", "hidden"}


@pytest.mark.parametrize("name", TYPES)
def test_every_type_can_be_shown(capsys: Capsys, name: str) -> None:
    """As JSON and as text, in both languages, with its solution."""
    found = shown(capsys, f"every/{name}")
    assert all(part["key"] for part in found["parts"])
    for language in ("en", "zh"):
        code, said, _ = gradmark(capsys, "show", f"every/{name}", "--solution", "--lang", language, *BANKS)
        assert code == 0
        translated = {"text": "遗忘门", "truth": "正确答案：对"}
        assert all(part["key"] in said or translated.get(part["type"], part["key"]) in said for part in found["parts"])
        assert "{{" not in said


def test_options_and_what_is_matched_are_in_the_json(capsys: Capsys) -> None:
    """Under the letters that this variant gives them."""
    (part,) = shown(capsys, "every/matching")["parts"]
    assert [option["label"] for option in part["options"]] == ["A", "B", "C"]
    assert [left["zh"] for left in part["left"]] == ["遗忘门", "输入门", "输出门"]


def test_without_a_solution_no_key_is_said(capsys: Capsys) -> None:
    """A student may look at it."""
    _, said, _ = gradmark(capsys, "show", "every/integer", *BANKS)
    assert variant("integer").targets[0].printed not in said


def test_the_same_seed_shows_the_same_variant(capsys: Capsys) -> None:
    """Another one another."""
    assert shown(capsys, "every/integer", 5) == shown(capsys, "every/integer", 5)
    assert shown(capsys, "every/integer", 5)["givens"] != shown(capsys, "every/integer", 6)["givens"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("convolution/output-sise",), "Did you mean 'convolution/output-size'?"),
        (("../bank",), "There is no question"),
        (("every/integer", "--seed", "-1"), "-1"),
        (("every/integer", "--bank", "/nowhere"), "/nowhere"),
    ],
)
def test_a_wrong_question_is_wrong_usage(capsys: Capsys, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, with the nearest right one."""
    code, _, complained = gradmark(capsys, "show", *arguments)
    assert code == 2
    assert said in complained


# ------------------------------------------------------------------------------------------------------- questions


def test_the_questions_of_a_topic_are_listed(capsys: Capsys) -> None:
    """One row each."""
    code, said, _ = gradmark(capsys, "questions", "--topic", "every", *BANKS)
    assert code == 0
    assert all(f"every/{name}" in said for name in TYPES)


def test_questions_as_json(capsys: Capsys) -> None:
    """With what a program would choose by."""
    _, said, _ = gradmark(capsys, "questions", "--topic", "every", "--json", *BANKS)
    found = {entry["id"]: entry for entry in json.loads(said)}
    assert set(found) == {f"every/{name}" for name in TYPES}
    assert found["every/vector"]["misconceptions"] == ["lstm/gates-swapped", "lstm/hidden-without-tanh"]
    assert (found["every/vector"]["parts"], found["every/vector"]["marks"]) == (2, "4")
    assert found["every/integer"]["draws"] == 2001 * 3 * 3 * 3


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_coverage_of_the_topic_map_is_shown(capsys: Capsys, language: str) -> None:
    """Topics of one's own below those of the map."""
    code, said, _ = gradmark(capsys, "questions", "--lang", language, *BANKS)
    assert code == 0
    assert said.index("convolution") < said.index("every")


def test_an_unknown_topic_is_wrong_usage(capsys: Capsys) -> None:
    """With the nearest."""
    code, _, complained = gradmark(capsys, "questions", "--topic", "convolutoin")
    assert code == 2
    assert "Did you mean 'convolution'?" in complained


def test_what_a_topic_builds_on_is_shown(capsys: Capsys) -> None:
    """For people by its title, for programs by its id."""
    _, said, _ = gradmark(capsys, "questions", "--topic", "bert")
    assert "Builds on: Transformer layers (transformer)" in said
    _, said, _ = gradmark(capsys, "questions", "--topic", "bert", "--lang", "zh")
    assert "先修主题：Transformer 层 (transformer)" in said
    _, said, _ = gradmark(capsys, "questions", "--topic", "bert", "--json")
    assert {tuple(entry["prerequisites"]) for entry in json.loads(said)} == {("transformer",)}


def test_questions_are_listed_by_tag(capsys: Capsys) -> None:
    """Those with all the tags."""
    _, said, _ = gradmark(capsys, "questions", "--tag", "cnn", "--tag", "find-error", "--json")
    found = json.loads(said)
    assert found
    assert all({"cnn", "find-error"} <= set(entry["tags"]) for entry in found)
