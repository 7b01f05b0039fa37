"""How a command ends: exit codes, sentences, and no traceback on the screen."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cli import errors
from solvers.text import GradmarkError, UsageError

ROOT = Path(__file__).parent.parent


def a_command(error: BaseException | None = None, *, code: int | None = None) -> click.Command:
    @click.command()
    @click.option("--number", type=int)
    @click.option("--lang")
    def command(number: int | None, lang: str | None) -> int | None:
        click.echo(f"done {number} {lang}")
        if error is not None:
            raise error
        return code

    return command


def interrupted_question() -> click.Command:
    @click.command()
    def command() -> None:
        click.prompt("Name", prompt_suffix="")

    return command


ENDS = {
    "failed": (GradmarkError("It broke.", "坏了。"), 1, "Error: It broke.\n", "错误：坏了。\n"),
    "usage": (UsageError("Not so.", "不是这样。"), 2, "Error: Not so.\n", "错误：不是这样。\n"),
    "interrupt": (KeyboardInterrupt(), 130, "\nInterrupted.\n", "\n已中断。\n"),
    "no file": (
        FileNotFoundError(errno.ENOENT, "", "a.csv"),
        1,
        "Error: a.csv: no such file or folder.\n",
        "错误：a.csv：没有这个文件或文件夹。\n",
    ),
    "full": (OSError(errno.ENOSPC, "", None), 1, "Error: the disk is full.\n", "错误：磁盘已满。\n"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("case", ENDS)
def test_an_error_ends_in_a_sentence_and_its_exit_code(
    case: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error, code, english, chinese = ENDS[case]
    assert errors.run(a_command(error), ["--lang", language], "it") == code
    assert capsys.readouterr().err == (english if language == "en" else chinese)


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (1, 1), (3, 3)])
def test_what_a_command_returns_is_the_exit_code(returned: int | None, code: int) -> None:
    assert errors.run(a_command(code=returned), [], "it") == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--number", "x"], "Error: Invalid value for '--number': 'x' is not a valid int"),
        (["--lang=zh", "--number", "x"], "错误：'--number' 的取值无效：'x' 不是有效的数"),
        (["--nunber", "1"], "Did you mean '--number'?"),
        (["--lang=zh", "extra"], "错误：多余的参数（extra）"),
    ],
)
def test_wrong_usage_is_explained_and_ends_with_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert errors.run(a_command(), arguments, "it") == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(("language", "words"), [("en", "a bug in gradmark"), ("zh", "gradmark 自身的缺陷")])
def test_a_bug_writes_its_traceback_to_a_file(
    language: str, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert errors.run(a_command(ZeroDivisionError("by zero")), ["--lang", language], "it") == 1
    shown = capsys.readouterr().err
    written = next(tmp_path.iterdir())
    assert words in shown
    assert "Traceback" not in shown
    assert str(written) in shown
    assert "Traceback" in written.read_text(encoding="utf-8")


def test_a_bug_with_no_place_to_write_still_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert errors.run(a_command(ZeroDivisionError()), [], "it") == 1
    assert "GRADMARK_DEBUG=1" in capsys.readouterr().err


def test_a_bug_shows_its_traceback_when_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("GRADMARK_DEBUG", "1")
    assert errors.run(a_command(ZeroDivisionError()), [], "it") == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_input_that_ends_early_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: (_ for _ in ()).throw(EOFError))
    assert errors.run(interrupted_question(), [], "it") == 1
    assert "the input ended" in capsys.readouterr().err


def test_ctrl_c_at_a_question_is_an_interrupt(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    assert errors.run(interrupted_question(), [], "it") == 130
    assert "Interrupted." in capsys.readouterr().err


def started(*arguments: str, environment: dict[str, str], stdout: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def test_a_reader_who_leaves_hears_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with started("--help", environment={}, stdout=writer) as process:
        os.close(writer)
        _, complaint = process.communicate()
    assert (process.returncode, complaint) == (1, b"")


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "LANG": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["LANG=C", "ascii"],
)
def test_chinese_is_written_as_utf8_whatever_the_locale(environment: dict[str, str]) -> None:
    with started("--lang", "zh", "--help", environment=environment) as process:
        output, complaint = process.communicate()
    assert complaint == b""
    assert "用法" in output.decode("utf-8")


def test_a_narrow_console_gets_question_marks_not_a_crash() -> None:
    with started("--lang", "zh", "--help", environment={"PYTHONIOENCODING": "cp1252"}) as process:
        output, complaint = process.communicate()
    assert (process.returncode, complaint) == (0, b"")
    assert re.search(r"\?{2}.*gradmark", output.decode("cp1252"))
