"""A class marked: papers per second, and memory that does not grow with the class."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MARK = """
import json, resource, sys, time
from pathlib import Path
from grader.simulation import responses, student
from grader.submissions import read_submissions
from questions.bank import Bank
from questions.blueprint import Student, practice_blueprint
from questions.exam_folder import ExamFolder
from questions.stream import Stream
from templates.exam import write_exam
from templates.results import write_results

count, folder = int(sys.argv[1]), Path(sys.argv[2])
bank = Bank()
plan = practice_blueprint(["convolution", "parameters", "lstm", "attention"], 10, "en")
write_exam(bank, plan, [Student(id=f"s{i}") for i in range(count)], folder / "exam", seed=1)
exam = ExamFolder(folder / "exam", bank)
with (folder / "answers.jsonl").open("w", encoding="utf-8") as lines:
    for paper in exam.papers():
        stream = Stream(paper.student.id)
        head = {"exam": paper.exam, "paper": paper.code, "student": paper.student.id}
        lines.write(json.dumps(head | {"answers": responses(paper, student(stream), stream)}) + "\\n")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
run = write_results(exam, read_submissions([folder / "answers.jsonl"]), folder / "results", language="en")
seconds = time.perf_counter() - began
print(run.marked, round(seconds, 2), round(seconds / count * 1000, 1), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("count", [50, 200])
def test_a_class_is_marked(count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints papers, seconds, milliseconds a paper, and megabytes more than before."""
    done = subprocess.run(
        [sys.executable, "-c", MARK, str(count), str(tmp_path)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    marked, seconds, each, more = done.stdout.split()
    with capsys.disabled():
        print(f"\n{marked} papers of ten questions: {seconds} s, {each} ms each, {more} MB more")
    assert int(marked) == count
