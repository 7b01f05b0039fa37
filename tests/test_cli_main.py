"""The command gradmark as a whole: its list of commands, and what stands behind each name."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from cli.language import BilingualCommand, BilingualGroup, BilingualOption
from cli.main import COMMANDS, gradmark, main
from solvers.version import VERSION

ROOT = Path(__file__).parent.parent
HAN = re.compile(r"[\u4e00-\u9fff]")


def said(*arguments: str, **environment: str) -> str:
    result = CliRunner(env=environment).invoke(gradmark, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def loaded(name: str) -> click.Command:
    module, _, attribute = COMMANDS[name].where.partition(":")
    command = getattr(importlib.import_module(module), attribute)
    assert isinstance(command, click.Command)
    return command


@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_lists_every_command_with_its_words(language: str) -> None:
    text = said("--lang", language, "--help")
    missing = [name for name, entry in COMMANDS.items() if f"  {name} " not in text or entry.help[language] not in text]
    assert missing == []


@pytest.mark.parametrize("arguments", [("--lang", "zh", "--help"), ("--help", "--lang", "zh"), ("--help", "--lang=zh")])
def test_help_speaks_chinese_wherever_it_is_asked_to(arguments: tuple[str, ...]) -> None:
    text = said(*arguments)
    assert [line for line in text.splitlines() if line and line[0] != " " and not HAN.search(line)] == []


def test_help_speaks_the_language_of_the_environment() -> None:
    assert "用法" in said("--help", GRADMARK_LANG="zh")


def test_an_option_is_stronger_than_the_environment() -> None:
    assert "Usage" in said("--lang", "en", "--help", GRADMARK_LANG="zh")


def test_no_line_of_help_is_wider_than_a_terminal() -> None:
    from cli.chinese import columns

    assert max(columns(line) for line in said("--lang", "zh", "--help").splitlines()) <= 80


def test_the_version_is_printed() -> None:
    assert said("--version") == f"gradmark {VERSION}\n"


@pytest.mark.parametrize(("language", "words"), [("en", "Did you mean 'solve'?"), ("zh", "您是否想用 'solve'？")])
def test_an_unknown_command_is_answered_with_the_nearest(
    language: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", language, "slove"]) == 2
    assert words in capsys.readouterr().err


def test_names_are_completed_without_importing_commands() -> None:
    done = ShellComplete(gradmark, {}, "gradmark", "_GRADMARK_COMPLETE").get_completions([], "gr")
    assert [(item.value, item.help) for item in done] == [("grade", COMMANDS["grade"].help.en)]


def test_options_are_completed() -> None:
    done = ShellComplete(gradmark, {}, "gradmark", "_GRADMARK_COMPLETE").get_completions([], "--la")
    assert [item.value for item in done] == ["--lang"]


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "--version"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"gradmark {VERSION}\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_listed_command_has_help_with_an_example_in_both_languages(name: str) -> None:
    command = loaded(name)
    assert isinstance(command, BilingualCommand)
    assert f"gradmark {name}" in command.words.en
    assert f"gradmark {name}" in command.words.zh
    assert HAN.search(command.words.zh)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_listed_command_is_explained_in_both_languages(name: str) -> None:
    command = loaded(name)
    within = list(command.commands.values()) if isinstance(command, BilingualGroup) else [command]
    options = [option for one in within for option in one.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not isinstance(option, BilingualOption)] == []
    assert [option.name for option in options if not HAN.search(option.words.zh)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_takes_a_language(name: str) -> None:
    command = loaded(name)
    within = list(command.commands.values()) if isinstance(command, BilingualGroup) else [command]
    assert [one.name for one in within if "lang" not in {parameter.name for parameter in one.params}] == []
