"""Cold starts, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
BARE = """
import click

@click.group()
def cli():
    "A bare click program."

@cli.command()
def one():
    "One command."

cli(["--help"])
"""
OURS = "import sys; from cli.main import main; sys.exit(main(['--help']))"


def run(code: str, *arguments: str) -> None:
    """Python, once."""
    subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize(("name", "code"), [("bare click", BARE), ("gradmark --help", OURS)])
@pytest.mark.benchmark(group="cold --help", min_rounds=20)
def test_help(benchmark: Any, name: str, code: str) -> None:
    """Our help beside a bare click program's."""
    benchmark.name = name
    benchmark(run, code)


@pytest.mark.benchmark(group="cold grading of one file", min_rounds=5)
def test_grade_one_file(benchmark: Any, tmp_path: Path) -> None:
    """A practice paper with one submission, from nothing to feedback."""
    exam = tmp_path / "exam"
    call = "import sys; from cli.main import main; sys.exit(main(sys.argv[1:]))"
    run(call, "generate", "--topics", "convolution", "--questions", "4", "--seed", "1", "--out", str(exam))
    key = json.loads((exam / "teacher" / "keys.jsonl").read_text("utf-8").splitlines()[0])
    answers = {label: text for item in key["items"] for label, text in item["answers"].items()}
    sheet = {"exam": "practice", "paper": key["paper"], "student": key["student"], "answers": answers}
    (tmp_path / "answers.json").write_text(json.dumps(sheet), "utf-8")
    benchmark(
        lambda: run(
            call, "grade", str(exam), str(tmp_path / "answers.json"), "--out", str(tmp_path / "results"), "--again"
        )
    )
