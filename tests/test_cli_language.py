"""Which language a command speaks, and help in both."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from cli.language import (
    bilingual_command,
    bilingual_group,
    bilingual_option,
    language_option,
    preferred,
    requested,
)


@bilingual_group("Tools.\n\nMore.", "工具。\n\n更多。")
@language_option
def group(lang: str) -> None:
    click.echo(f"group {lang}")


@bilingual_command(
    "Make a thing.\n\n\b\nExample:\n  tools make", "做一件东西。\n\n\b\n示例：\n  tools make", name="make"
)
@bilingual_option("--size", default=3, show_default=True, en="How large.", zh="大小。")
@language_option
def make(size: int, lang: str) -> None:
    click.echo(f"{lang} {size}")


@click.command("plain")
@language_option
def plain(lang: str) -> None:
    click.echo(lang)


group.add_command(make)
group.add_command(plain)


def said(command: click.Command, *arguments: str, **environment: str) -> str:
    result = CliRunner(env={"GRADMARK_LANG": None, **environment}).invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], None),
        (["--lang", "zh"], "zh"),
        (["--lang=en", "x", "--lang", "zh"], "zh"),
        (["--lang", "fr"], None),
        (["--lang"], None),
        (["--", "--lang", "zh"], None),
    ],
    ids=str,
)
def test_the_language_is_read_off_the_command_line(arguments: list[str], expected: str | None) -> None:
    assert requested(arguments) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("zh", "zh"), ("zh_CN.UTF-8", "zh"), ("ZH-Hans", "zh"), ("en_GB", "en"), ("", "en"), ("fr", "en"), ("zhx", "en")],
)
def test_the_environment_chooses_loosely(value: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADMARK_LANG", value)
    assert preferred() == expected


@pytest.mark.parametrize("name", ["make", "plain"])
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((), (), "en"),
        (("--lang", "zh"), (), "zh"),
        ((), ("--lang", "zh"), "zh"),
        (("--lang=zh",), ("--lang=en",), "en"),
    ],
)
def test_the_language_may_stand_before_or_after_the_command(
    name: str, before: tuple[str, ...], after: tuple[str, ...], expected: str
) -> None:
    assert said(group, *before, name, *after).splitlines()[-1].split()[0] == expected


@pytest.mark.parametrize("command", [make, plain], ids=["bilingual", "plain"])
def test_one_call_does_not_choose_the_language_of_the_next(command: click.Command) -> None:
    said(command, "--lang", "zh")
    assert said(command).split()[0] == "en"


def test_help_in_english() -> None:
    assert said(make, "--help") == (
        "Usage: make [OPTIONS]\n\n  Make a thing.\n\n  Example:\n    tools make\n\n"
        "Options:\n"
        "  --size INTEGER  How large.  [default: 3]\n"
        "  --lang [en|zh]  Language to speak: English unless GRADMARK_LANG says zh.\n"
        "  --help          Show this message and exit.\n"
    )


def test_help_in_chinese() -> None:
    assert said(make, "--help", "--lang", "zh") == (
        "用法：make [OPTIONS]\n\n  做一件东西。\n\n  示例：\n    tools make\n\n"
        "选项：\n"
        "  --size INTEGER  大小。 [默认：3]\n"
        "  --lang [en|zh]  所用语言；GRADMARK_LANG 未设为 zh 时用英文。\n"
        "  --help          显示本说明并退出。\n"
    )


@pytest.mark.parametrize(("language", "words"), [("en", "make   Make a thing"), ("zh", "make   做一件东西")])
def test_a_group_lists_its_commands_by_their_first_line(language: str, words: str) -> None:
    assert f"  {words}\n" in said(group, "--lang", language, "--help")
