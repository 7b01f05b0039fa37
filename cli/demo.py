"""`gradmark demo`: the whole road on shipped data."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import bilingual_command, bilingual_option, language_option
from solvers.text import Language, Text

if TYPE_CHECKING:
    from questions.exam_folder import ExamFolder

_DATA = Path(__file__).parent / "demo_data"
_SEED = 2026


@bilingual_command(
    """See an exam drawn, sat by a class of 30, and marked.

    \b
    Examples:
      gradmark demo
      gradmark demo --lang zh --out demo-zh
    """,
    """看一次完整演示：组卷、30 人作答、阅卷。

    \b
    示例：
      gradmark demo
      gradmark demo --lang zh --out demo-zh
    """,
)
@bilingual_option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("gradmark-demo"),
    show_default=True,
    en="The folder to make.",
    zh="要生成的文件夹。",
)
@bilingual_option("--replace", is_flag=True, en="Replace the folder if it is there.", zh="若文件夹已存在则替换。")
@language_option
def command(folder: Path, replace: bool, lang: Language) -> None:
    """See the help above."""
    from cli.progress import progress
    from grader.submissions import read_submissions
    from questions.bank import Bank
    from questions.blueprint import read_blueprint, read_roster
    from questions.exam_folder import ExamFolder
    from solvers.files import whole_folder
    from templates.exam import write_exam
    from templates.results import REPORT, write_results

    plan = read_blueprint(_DATA / "quiz.yaml").model_copy(update={"language": lang})
    students = read_roster(_DATA / "class.csv")
    bank = Bank()
    with progress(Text("Drawing papers", "抽题组卷"), len(students)) as step:
        certified = write_exam(bank, plan, students, folder / "exam", seed=_SEED, replace=replace, step=step)
    exam = ExamFolder(folder / "exam", bank)
    with whole_folder(folder / "submissions", replace=replace) as work:
        _sit(exam, work)
    if replace:
        shutil.rmtree(folder / "results", ignore_errors=True)
    with progress(Text("Marking", "批改"), len(students)) as step:
        submissions = read_submissions([folder / "submissions"])
        run = write_results(exam, submissions, folder / "results", language=lang, step=step)
    for line in _told(folder, len(students), certified, run.marked, len(run.problems), folder / "results" / REPORT):
        click.echo(line[lang])


def _told(folder: Path, students: int, certified: int, marked: int, problems: int, report: Path) -> list[Text]:
    proof = Text(f"{certified} keys certified", f"{certified} 道题的答案已验证")
    if not certified:
        proof = Text("keys not certified: PyTorch is not installed", "答案未经验证：未安装 PyTorch")
    return [
        Text(
            f"Drew {students} papers ({proof.en}): {folder / 'exam' / 'papers'}",
            f"生成 {students} 份试卷（{proof.zh}）：{folder / 'exam' / 'papers'}",
        ),
        Text(f"Simulated answers: {folder / 'submissions'}", f"模拟作答：{folder / 'submissions'}"),
        Text(
            f"Marked {marked}; {problems} things need a person: {folder / 'results' / 'problems.csv'}",
            f"批改 {marked} 份；{problems} 处需要人工处理：{folder / 'results' / 'problems.csv'}",
        ),
        Text(f"Report, to open in a browser: {report.resolve()}", f"报告（用浏览器打开）：{report.resolve()}"),
    ]


def _sit(exam: ExamFolder, folder: Path) -> None:
    """Writes what 30 simulated students hand in: most as sheets of their own, some in one spreadsheet."""
    from grader.simulation import responses, student
    from questions.stream import Stream
    from solvers.files import safe_name, write_text

    rows: list[dict[str, str]] = []
    for number, paper in enumerate(exam.papers()):
        stream = Stream(f"demo|{paper.student.id}")
        answers = responses(paper, student(stream), stream)
        head = {"exam": paper.exam, "paper": paper.code, "student": paper.student.id}
        name = safe_name(paper.student.id)
        match number % 5:
            case 0:
                rows.append(head | answers)
            case 1:
                write_text(folder / f"{name}.md", _markdown(head, answers))
            case 2:
                write_text(
                    folder / f"{name}.json", json.dumps(head | {"answers": answers}, ensure_ascii=False, indent=1)
                )
            case _:
                write_text(folder / f"{name}.yaml", _yaml(head, answers))
    write_text(folder / "spreadsheet.csv", _csv(rows))


def _yaml(head: dict[str, str], answers: dict[str, str]) -> str:
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items()]
    lines += ["answers:", *(f"  {label}: {json.dumps(text, ensure_ascii=False)}" for label, text in answers.items())]
    return "\n".join(lines) + "\n"


def _markdown(head: dict[str, str], answers: dict[str, str]) -> str:
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\n".join([*lines, *(f"\n## {label}\n{text}" for label, text in answers.items())]) + "\n"


def _csv(rows: list[dict[str, str]]) -> str:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
