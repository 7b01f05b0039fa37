"""The command `gradmark`: a table of commands, each imported only when it is called for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

import click

from cli import errors
from cli.language import BilingualGroup, BilingualOption, language, language_option
from solvers.text import Text
from solvers.version import VERSION


class Entry(NamedTuple):
    """A command as the list of commands shows it."""

    where: str
    """Its module and the attribute that holds it: `cli.solve:command`."""
    section: Text
    """What a person who wants it is about to do."""
    help: Text
    """What it does, in one line."""


_WRITE = Text("Write exams", "出卷")
_MARK = Text("Mark responses", "阅卷")
_PRACTISE = Text("Practise", "练习")
_LOOK_UP = Text("Look things up", "查阅")

COMMANDS: dict[str, Entry] = {
    "generate": Entry(
        "cli.generate:command",
        _WRITE,
        Text("Draw an exam for a class, or a practice paper", "为全班组卷，或生成一份练习卷"),
    ),
    "bank": Entry(
        "cli.bank:command", _WRITE, Text("Check the bank, or questions of your own", "检查题库或您自己的题目")
    ),
    "grade": Entry("cli.grade:command", _MARK, Text("Mark submissions and write feedback", "批改答卷并撰写反馈")),
    "report": Entry("cli.report:command", _MARK, Text("Show how the class did", "查看全班成绩统计")),
    "check": Entry("cli.check:command", _MARK, Text("Mark one response, or a file of them", "批改一个或一批作答")),
    "drill": Entry(
        "cli.drill:command", _PRACTISE, Text("Practise alone, weak topics first", "独立练习，薄弱的主题优先")
    ),
    "preview": Entry(
        "cli.preview:command",
        _PRACTISE,
        Text("See how answers are read, before handing in", "交卷前查看答案会被怎样识别"),
    ),
    "demo": Entry(
        "cli.demo:command",
        _LOOK_UP,
        Text("See an exam drawn, sat by a class of 30, and marked", "看一次完整演示：组卷、30 人作答、阅卷"),
    ),
    "questions": Entry("cli.questions:command", _LOOK_UP, Text("List the questions in the bank", "列出题库中的题目")),
    "show": Entry("cli.show:command", _LOOK_UP, Text("Show one question with numbers drawn", "查看一道抽好数字的题目")),
    "network": Entry(
        "cli.network:command", _LOOK_UP, Text("Show a whole network layer by layer", "逐层查看一个完整的网络")
    ),
    "solve": Entry("cli.solve:command", _LOOK_UP, Text("Calculate, and show the working", "计算并写出每一步")),
}


class LazyGroup(BilingualGroup):
    """A group that knows its commands by `COMMANDS` and imports one only when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, by section."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        import importlib

        module, _, attribute = COMMANDS[cmd_name].where.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with; an unknown name is answered with those near it."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by what a person wants to do."""
        sections: dict[Text, list[tuple[str, str]]] = {}
        for name, entry in COMMANDS.items():
            sections.setdefault(entry.section, []).append((name, entry.help[language()]))
        for section, rows in sections.items():
            with formatter.section(section[language()]):
                formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[click.shell_completion.CompletionItem]:
        """The names that may follow, without importing the commands."""
        from click.shell_completion import CompletionItem

        names = [name for name in COMMANDS if name.startswith(incomplete)]
        items = [CompletionItem(name, help=COMMANDS[name].help[language()]) for name in names]
        return items or click.Command.shell_complete(self, ctx, incomplete)


@click.group(
    cls=LazyGroup,
    words=Text(
        "gradmark writes, marks and explains exams on neural networks.\n\n"
        "\b\nTry it:                gradmark demo\nHelp on one command:   gradmark solve --help",
        "gradmark：神经网络课程的出卷、阅卷与讲评。\n\n"
        "\b\n先试一试：      gradmark demo\n某条命令的说明：gradmark solve --help",
    ),
)
@click.version_option(
    VERSION,
    message="%(prog)s %(version)s",
    cls=BilingualOption,
    words=Text("Show the version and exit.", "显示版本并退出。"),
)
@language_option
def gradmark(lang: str) -> None:
    """Hold the commands; `lang` was settled when it was parsed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `gradmark` on `arguments` (those of the process unless given) and return its exit code."""
    return errors.run(gradmark, sys.argv[1:] if arguments is None else arguments, name="gradmark")


if __name__ == "__main__":
    sys.exit(main())
