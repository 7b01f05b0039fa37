"""`gradmark solve`: the contract of its JSON, the forms that givens take, and what a wrong one is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from solvers import registry
from tests.strategies import gradmark

Capsys = pytest.CaptureFixture[str]


def solved(capsys: Capsys, *arguments: str) -> dict[str, Any]:
    code, said, _ = gradmark(capsys, "solve", *arguments, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(said)
    return found


def test_the_json_is_what_programs_rely_on(capsys: Capsys) -> None:
    """Derivation, givens, values, exact forms, steps with their lines; nothing else."""
    found = solved(capsys, "conv.output_size", "n=227", "k=11", "s=4", "p=0")
    assert found["derivation"] == "conv.output_size"
    assert found["givens"] == {"n": 227, "k": 11, "s": 4, "p": 0, "d": 1}
    assert found["values"] == {"effective_kernel": 11, "size": 55}
    assert found["exact"] == {"effective_kernel": "11", "size": "55"}
    assert set(found) == {"derivation", "givens", "values", "exact", "steps"}
    assert [step["name"] for step in found["steps"]] == ["effective_kernel", "size"]
    assert all(set(step) == {"name", "symbol", "formula", "substituted", "value", "text"} for step in found["steps"])
    assert found["steps"][1]["value"] == 55
    assert "227" in found["steps"][1]["substituted"]
    assert found["steps"][1]["text"].endswith("= 55")


def test_values_are_numbers_and_nested_lists(capsys: Capsys) -> None:
    """Of any rank; exact forms where they exist."""
    found = solved(capsys, "attention.scaled_dot_product", "Q=[[1,0]]", "K=[[1,0],[0,1]]", "V=[[1],[2]]")
    assert found["values"]["scores"] == [[1, 0]]
    assert found["values"]["weights"][0] == pytest.approx([0.669762, 0.330238], abs=1e-6)
    assert sum(found["values"]["weights"][0]) == pytest.approx(1)


GIVENS = [
    ("conv.output_size", ['{"n": 227, "k": 11, "s": 4}'], "size", 55),
    ("conv.output_size", ['{"n": 227}', "k=11", "s=4"], "size", 55),
    ("conv.output_size", ["n = 227", "k=2^3+3", "s=8/2"], "size", 55),
    ("lstm.scalar_state_from_gates", ["f=1/2", "i=0.25", "g=-1", "o=½", "c=2"], "cell", 0.75),
    ("lstm.scalar_state_from_gates", ['{"f": 0.5, "i": 0.25, "g": -1, "o": 0.5, "c": 2}'], "cell", 0.75),
    ("lstm.state_from_gates", ["f=[1/2, 1]", "i=1, 0", "g=(1, 1)", "o=1,1", "c=[2, 3]"], "cell", [2, 3]),
    ("conv.pool_size", ["n=10", "k=3", "s=2", "mode=ceil"], "size", 5),
    ("params.linear", ["n_in=4", "n_out=3", "bias=false"], "total", 12),
    ("params.linear", ['{"n_in": 4, "n_out": 3, "bias": true}'], "total", 15),
    ("conv.chain", ["n=32", "k=[3, 3]"], "size", 28),
    ("conv.chain", ["n=32", "k=[3 3]"], "size", 28),
    ("norm.layer_norm_matrix", ["x=1 2; 3 4"], "mean", [1.5, 3.5]),
    ("norm.layer_norm_matrix", ["x=[1, 2; 3, 4]"], "mean", [1.5, 3.5]),
    ("norm.layer_norm_matrix", ["x=[[1 -2]\n [3  4]]"], "mean", [-0.5, 3.5]),
    ("norm.layer_norm_matrix", ["x=1 2 3"], "mean", [2]),
    ("activation.elementwise", ["x=-1 2 - 1"], "values", [0, 1]),
    ("conv.chain", ["n=32", "k=[3, 3, 5]", "s=2"], "size", 2),
]


@pytest.mark.parametrize(("name", "givens", "step", "value"), GIVENS)
def test_givens_may_be_written_in_many_ways(
    capsys: Capsys, name: str, givens: list[str], step: str, value: object
) -> None:
    """Words, JSON, both; numbers, fractions, vectors, matrices, words; defaults where nothing is said."""
    assert solved(capsys, name, *givens)["values"][step] == value


def test_decimals_are_exact(capsys: Capsys) -> None:
    """0.1 is a tenth, in words and in JSON."""
    words = ["f=0.1", "i=0.2", "g=1", "o=0.5", "c=1"]
    assert solved(capsys, "lstm.scalar_state_from_gates", *words)["exact"]["cell"] == "3/10"
    text = '{"f": 0.1, "i": 0.2, "g": 1, "o": 0.5, "c": 1}'
    assert solved(capsys, "lstm.scalar_state_from_gates", text)["exact"]["cell"] == "3/10"


def test_the_working_is_shown_to_people(capsys: Capsys) -> None:
    """Step by step, in either language."""
    code, said, _ = gradmark(capsys, "solve", "conv.output_size", "n=227", "k=11", "s=4")
    assert code == 0
    assert "227" in said
    assert said.rstrip().endswith("= 55")
    _, chinese, _ = gradmark(capsys, "solve", "conv.output_size", "n=227", "k=11", "s=4", "--lang", "zh")
    assert chinese != said


def test_digits_are_those_asked_for(capsys: Capsys) -> None:
    """In the text; the values are in full."""
    _, said, _ = gradmark(capsys, "solve", "attention.softmax", "z=[1, 2]", "--digits", "2")
    assert "0.27" in said
    assert "0.269" not in said


WRONG = [
    (["conv.output_sise", "n=1"], "There is no derivation 'conv.output_sise'. Did you mean 'conv.output_size'?"),
    (["conv.output_size", "m=227"], "no given 'm'. Did you mean 'n'?|no given 'm'"),
    (["conv.output_size", '{"m": 227}'], "has no given 'm'"),
    (["conv.output_size", "k=3"], "n is missing: input length"),
    (["conv.output_size", "n"], "'n' is not of the form name=value"),
    (["conv.output_size", "n=two", "k=3"], "n=two"),
    (["conv.output_size", "n=1.5", "k=3"], "n = 1.5 does not fit"),
    (["conv.output_size", "n=[1, 2]", "k=3"], "does not fit"),
    (["conv.output_size", '{"n": 227'], "This is not JSON"),
    (["conv.output_size", '{"n": 1e999999999, "k": 3}'], "This is not JSON|out of range"),
    (["conv.output_size", "n=9^9^9^9", "k=3"], "n=9"),
    (["conv.pool_size", "n=10", "k=3", "mode=celi"], "mode"),
    (["lstm.state_from_gates", "f=[1]", "i=[1]", "g=[1]", "o=[1]", "c=[1, 2]"], "The sizes do not fit"),
    (["attention.softmax", "z=[[1, 2], [3]]"], "z"),
    ([], "Name a derivation; --list shows them all"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_a_wrong_given_is_wrong_usage(capsys: Capsys, arguments: list[str], said: str) -> None:
    """It is named, with the nearest right one; exit code 2."""
    code, out, complained = gradmark(capsys, "solve", *arguments)
    assert (code, out) == (2, "")
    assert any(words in complained for words in said.split("|")), complained


def test_numbers_that_have_no_answer_are_said_to_have_none(capsys: Capsys) -> None:
    """A kernel that is larger than its input: the work failed, exit code 1."""
    code, _, complained = gradmark(capsys, "solve", "conv.output_size", "n=3", "k=11")
    assert code == 1
    assert "size has no value" in complained


def test_the_list_says_every_derivation(capsys: Capsys) -> None:
    """With givens, shapes, defaults and steps, for people and for programs."""
    code, said, _ = gradmark(capsys, "solve", "--list", "--json")
    found = {entry["derivation"]: entry for entry in json.loads(said)}
    assert code == 0
    assert set(registry.TOPICS) <= {name.partition(".")[0] for name in found}
    size = found["conv.output_size"]
    assert size["steps"] == ["effective_kernel", "size"]
    assert (size["givens"]["n"]["required"], size["givens"]["s"]["default"]) == (True, 1)
    assert found["lstm.state_from_gates"]["givens"]["f"]["shape"] == ["h"]
    assert found["conv.pool_size"]["givens"]["mode"]["words"] == ["floor", "ceil"]
    assert found["conv.chain"]["unrolled"] is True
    code, text, _ = gradmark(capsys, "solve", "--list", "--lang", "zh")
    assert code == 0
    assert all(name in text for name in found)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["layer", "norm"], "norm.layer_norm"),
        (["层归一化"], "norm.layer_norm"),
        (["FORGET gate"], "lstm.scalar_step"),
        (["output_size"], "conv.output_size"),
    ],
    ids=["two words", "Chinese", "a step, whatever the case", "a name"],
)
def test_derivations_are_found_by_what_they_compute(capsys: Capsys, words: list[str], name: str) -> None:
    """And no others are listed."""
    _, said, _ = gradmark(capsys, "solve", "--list", *words, "--json")
    found = [each["derivation"] for each in json.loads(said)]
    assert name in found
    assert len(found) < 40


def test_words_that_no_derivation_holds_are_wrong_usage(capsys: Capsys) -> None:
    """Said with the words."""
    code, _, complained = gradmark(capsys, "solve", "--list", "quantum")
    assert code == 2
    assert "No derivation is about 'quantum'" in complained


def test_a_name_without_its_topic_is_answered_with_all_that_have_it(capsys: Capsys) -> None:
    """The shortest first."""
    _, _, complained = gradmark(capsys, "solve", "softmax", "z=[1, 2]")
    assert "Did you mean 'attention.softmax', 'activation.softmax'" in complained


def test_what_has_a_value_is_shown_before_what_has_none(capsys: Capsys) -> None:
    """A class that is never predicted has no precision; the accuracy is there all the same."""
    code, said, complained = gradmark(capsys, "solve", "eval.confusion_matrix", "C=2 0 0; 0 0 1; 1 0 2")
    assert code == 1
    assert "accuracy" in said
    assert "precisions has no value: a class is never predicted" in complained
