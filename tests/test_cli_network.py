"""`gradmark network`: what people and programs see of a network."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from solvers.network.library import shipped
from tests.strategies import gradmark


@dataclass(frozen=True)
class Result:
    exit_code: int
    output: str


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*words: str) -> Result:
        code, said, complained = gradmark(capsys, "network", *words)
        return Result(code, said + complained)

    return ran


def table(run: Run, *words: str) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


def test_the_table_has_a_row_for_each_layer_and_the_totals(run: Run) -> None:
    result = run("lenet-5")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert any("conv2" in line and "16 × 10 × 10" in line and "2,416" in line and "240,000" in line for line in lines)
    assert any(line.startswith("Total") and "61,706" in line and "416,520" in line for line in lines)


def test_it_speaks_chinese(run: Run) -> None:
    result = run("lenet-5", "--lang", "zh")
    assert "感受野" in result.output
    assert "全连接" in result.output


def test_another_input_changes_shapes_and_costs_and_not_the_parameters(run: Run) -> None:
    small, large = table(run, "resnet-18"), table(run, "resnet-18", "--input", "3,448,448")
    assert small["totals"]["parameters"] == large["totals"]["parameters"] == 11_689_512
    assert large["layers"][0]["shape"] == [64, 224, 224]
    assert large["totals"]["multiply_adds"] > 3.9 * small["totals"]["multiply_adds"]


def test_the_working_of_a_cell_stands_on_its_own(run: Run) -> None:
    result = run("vgg-16", "--working", "stage1.conv.0.conv1:params")
    assert result.output.splitlines()[-1].endswith("3²·3·64 + 64 = 1792")
    assert len(result.output.splitlines()) == 2


def test_blocks_are_summed_up(run: Run) -> None:
    whole, blocks = table(run, "resnet-50"), table(run, "resnet-50", "--blocks", "1")
    assert [row["name"] for row in blocks["layers"]] == [
        "conv1", "bn1", "relu1", "pool1", "layer1", "layer2", "layer3", "layer4", "pool", "fc",
    ]  # fmt: skip
    assert sum(row["parameters"] for row in blocks["layers"]) == whole["totals"]["parameters"] == 25_557_032


def test_the_spreadsheet_holds_plain_numbers(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("lenet-5", "--format", "csv").output)))
    assert rows[3]["layer"] == "conv2"
    assert (rows[3]["parameters"], rows[3]["field"], rows[3]["start"]) == ("2416", "14", "7")
    assert rows[-1]["parameters"] == "61706"


def test_the_page_is_written_whole_and_opens_the_working(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "net.html"
    assert run("inception-block", "--format", "html", "--out", str(out)).exit_code == 0
    page = out.read_text("utf-8")
    assert page.count("<details>") == 14
    assert "163,696" in page


def test_a_network_of_ones_own_is_read_from_yaml(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("network: mine\ninput: [1, 8, 8]\nlayers: [{conv: 2, kernel: 3}, flatten, {linear: 3}]", "utf-8")
    assert table(run, str(path))["totals"] == {
        "parameters": 20 + 72 * 3 + 3,
        "multiply_adds": 9 * 2 * 36 + 72 * 3,
        "bytes": 4 * (72 + 72 + 3),
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["resnet-5"], "Did you mean 'resnet-50'?"),
        (["lenet-5", "--input", "1,x2,3,4,"], "is no shape"),
        (["lenet-5", "--input", "1,4,4"], "conv1"),
        (["lenet-5", "--working", "conv9"], "no layer 'conv9'"),
        (["lenet-5", "--working", "conv1:flops"], "no column 'flops'"),
        (["missing.yaml"], "missing.yaml"),
        ([], "--list"),
    ],
)
def test_what_is_wrong_is_said(run: Run, words: list[str], said: str) -> None:
    result = run(*words)
    assert result.exit_code in (1, 2)
    assert said in result.output
    assert "Traceback" not in result.output


def test_the_shipped_networks_are_listed(run: Run) -> None:
    listed = run("--list").output
    assert all(name in listed for name in shipped())


MODULE = """
from torch import nn

class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.one = nn.Conv2d(3, 4, 3, padding=1)
        self.two = nn.Linear(4 * 8 * 8, classes)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.one(x).relu(), 2)
        return {"logits": self.two(x.flatten(1))}

class Broken(nn.Module):
    def __init__(self):
        super().__init__()
        raise RuntimeError("no such luck")
"""


def test_a_module_of_ones_own_needs_trust_and_its_input(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(MODULE, "utf-8")
    refused = run(f"{file}:Net", "--input", "3,16,16")
    assert (refused.exit_code, "--trust" in refused.output) == (2, True)
    unsized = run(f"{file}:Net", "--trust")
    assert (unsized.exit_code, "--input" in unsized.output) == (2, True)
    found = table(run, f"{file}:Net(5)", "--input", "3,16,16", "--trust")
    assert found["totals"]["parameters"] == 3 * 9 * 4 + 4 + 4 * 64 * 5 + 5
    assert [row["shape"] for row in found["layers"]][-1] == [5]


def test_what_fails_in_a_module_is_said_with_its_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(MODULE, "utf-8")
    result = run(f"{file}:Broken", "--input", "3,16,16", "--trust")
    assert result.exit_code == 1
    assert "no such luck" in result.output
    assert "model.py" in result.output


HOSTILE = """
network: "=cmd|' C calc'!A0"
title: "<script>alert(1)</script> | $x$"
notes: ["<b>note</b> | =1+1"]
input: [3, 8, 8]
layers:
  - a: {custom: "<script>x|y</script>", out: [4, 4]}
  - {operation: "=HYPERLINK(1)|<i>", out: [4, 4]}
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_file_says_is_shown_and_never_run(run: Run, tmp_path: Path, language: str) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(HOSTILE, "utf-8")
    page = run(str(file), "--format", "html", "--lang", language).output
    assert "<script>alert" not in page
    assert "<script>x" not in page
    assert "<i>" not in page
    rows = list(csv.reader(io.StringIO(run(str(file), "--format", "csv", "--lang", language).output)))
    assert rows[2][2] == "'=HYPERLINK(1)|<i>"
    markdown = run(str(file), "--format", "markdown", "--lang", language).output
    assert "<script>" not in markdown.replace(r"\<script", "")
    counts = {line.replace(r"\|", "").count("|") for line in markdown.splitlines() if line.startswith("|")}
    assert len(counts) == 1
    assert run(str(file), "--lang", language).exit_code == 0


def test_the_terminal_shows_square_brackets_and_colons_as_they_are(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text('network: net\ninput: [3]\nlayers: [a: {custom: "[/x] [red]b :smile:", out: [3]}]\n', "utf-8")
    result = run(str(file))
    assert result.exit_code == 0
    assert "[/x] [red]b :smile:" in result.output


@pytest.mark.parametrize(
    ("cell", "en", "zh"),
    [
        ("tanh1:params", "learns nothing", "没有可训练的参数"),
        ("tanh1:macs", "No multiply-adds", "不计乘加"),
        ("fc1:field", "sees the whole input", "整个输入"),
    ],
)
def test_a_cell_without_working_says_why(run: Run, cell: str, en: str, zh: str) -> None:
    assert en in run("lenet-5", "--working", cell).output
    assert zh in run("lenet-5", "--working", cell, "--lang", "zh").output


def test_a_layer_that_is_not_there_is_told_with_the_nearest(run: Run) -> None:
    result = run("lenet-5", "--working", "cnov2:params")
    assert (result.exit_code, "conv2" in result.output) == (1, True)


def test_of_nothing_known_the_total_is_a_question_mark(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(HOSTILE, "utf-8")
    (total,) = (line for line in run(str(file)).output.splitlines() if line.startswith("Total"))
    assert "?" in total
    assert "≥" not in total


@pytest.mark.parametrize("shape", ["3,-1", "0", "3,", "1" * 4000, "2," * 40 + "2", "²", "1_0"])
def test_an_input_that_is_no_shape_is_refused_in_a_line(run: Run, shape: str) -> None:
    result = run("lenet-5", "--input", shape)
    assert (result.exit_code, len(result.output) < 300) == (2, True)


def test_sizes_beyond_every_memory_are_shown_all_the_same(run: Run) -> None:
    assert run("resnet-18", "--input", "3,1000000000,1000000000").exit_code == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [("stops", "SystemExit: 3"), ("five", "five: this gives a int"), ("Sized", "Net(10)"), ("Silent", "should return")],
)
def test_code_that_gives_no_network_is_told_apart_by_name(run: Run, tmp_path: Path, name: str, said: str) -> None:
    file = tmp_path / "model.py"
    file.write_text(ODD, "utf-8")
    for language in ("en", "zh"):
        result = run(f"{file}:{name}", "--input", "4", "--trust", "--lang", language)
        assert result.exit_code == 1
        assert name.lower() in result.output.lower()
        assert language == "zh" or said in result.output


ODD = """
import sys
from torch import nn

class stops(nn.Module):
    def forward(self, x):
        sys.exit(3)

def five():
    return 5

class Sized(nn.Module):
    def __init__(self, n):
        super().__init__()

class Silent(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(4, 4)

    def forward(self, x):
        self.one(x)
"""
