"""Which language a command speaks, and click's commands and options with their words in both.

The language is `--lang`, before the command's name or after it; else GRADMARK_LANG; else English. It is settled before
anything is parsed, so that `--help` and every complaint about the command line are already said in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from itertools import pairwise
from typing import Any, TypeVar

import click

from solvers.text import LANGUAGES, Language, Text

ENVIRONMENT = "GRADMARK_LANG"
DEFAULT: Language = "en"

_F = TypeVar("_F", bound=Callable[..., Any])
_HELP = Text("Show this message and exit.", "显示本说明并退出。")
_language: ContextVar[Language] = ContextVar("language", default=DEFAULT)


def language() -> Language:
    """The language of the command that runs."""
    return _language.get()


def speak(chosen: Language) -> None:
    """Say everything from here on in `chosen`, click's own messages included."""
    _language.set(chosen)
    if chosen == "zh":
        from cli import chinese

        chinese.teach_click()


def requested(arguments: Sequence[str]) -> Language | None:
    """The language that the last `--lang` among `arguments` names, if there is one and gradmark speaks it."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    said = [words.partition("=")[2] for words in arguments[:end] if words.startswith("--lang=")]
    said += [value for option, value in pairwise(arguments[:end]) if option == "--lang"]
    return _known(said[-1]) if said else None


def preferred() -> Language:
    """The language that GRADMARK_LANG asks for (zh, zh_CN, zh-Hans, en, en_GB.UTF-8 …), English if none."""
    return _known(os.environ.get(ENVIRONMENT, "")) or DEFAULT


def _known(name: str) -> Language | None:
    return next((known for known in LANGUAGES if name[:2].lower() == known and not name[2:3].isalpha()), None)


class BilingualOption(click.Option):
    """An option whose help is said in the language chosen."""

    def __init__(self, *args: Any, words: Text, **attributes: Any) -> None:
        super().__init__(*args, **attributes | {"help": words.en})
        self.words = words

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """How the option is written, and what it does, in the language chosen."""
        self.help = self.words[language()]
        return super().get_help_record(ctx)


class BilingualContext(click.Context):
    """A context whose help pages fit the width of Chinese characters."""

    def make_formatter(self) -> click.HelpFormatter:
        """What lays the help page out."""
        if language() == "zh":
            from cli import chinese

            return chinese.Formatter(width=self.terminal_width, max_width=self.max_content_width)
        return super().make_formatter()


class BilingualCommand(click.Command):
    """A command whose help is said in the language chosen."""

    context_class = BilingualContext

    def __init__(self, *args: Any, words: Text, **attributes: Any) -> None:
        super().__init__(*args, **attributes | {"help": words.en})
        self.words = words

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Settle the language, then parse as click does."""
        inherited = language() if ctx.parent else preferred()
        speak(requested(args) or inherited)
        return super().parse_args(ctx, args)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command is for, in the language chosen."""
        self.help = self.words[language()]
        super().format_help_text(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first line of the help."""
        return self.words[language()].strip().partition("\n")[0].rstrip(".。")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option `--help`, described in the language chosen."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _HELP[language()]
        return option


class BilingualGroup(BilingualCommand, click.Group):
    """A group of commands whose help is said in the language chosen."""


def bilingual_command(en: str, zh: str, **attributes: Any) -> Callable[[Callable[..., Any]], BilingualCommand]:
    r"""Make the decorated function a command with this help in English and Chinese.

    The first line is the short help; paragraphs are divided by empty lines; one that begins with a line of `\b` alone
    (an example) is printed as it stands. A command may return its exit code; returning None means 0.
    """
    return click.command(cls=BilingualCommand, words=Text(en, zh), **attributes)


def bilingual_group(en: str, zh: str, **attributes: Any) -> Callable[[Callable[..., Any]], BilingualGroup]:
    """Make the decorated function a group of commands with this help in English and Chinese."""
    return click.group(cls=BilingualGroup, words=Text(en, zh), **attributes)


def bilingual_option(*declarations: str, en: str, zh: str, **attributes: Any) -> Callable[[_F], _F]:
    """Add an option with this help in English and Chinese; everything else is as in `click.option`."""
    return click.option(*declarations, cls=BilingualOption, words=Text(en, zh), **attributes)


def _settle(ctx: click.Context, _parameter: click.Parameter, value: Language | None) -> Language:
    settled = ctx.parent is not None or isinstance(ctx.command, BilingualCommand)
    speak(value or (language() if settled else preferred()))
    return language()


language_option = bilingual_option(
    "--lang",
    type=click.Choice(LANGUAGES),
    callback=_settle,
    is_eager=True,
    en=f"Language to speak: English unless {ENVIRONMENT} says zh.",
    zh=f"所用语言；{ENVIRONMENT} 未设为 zh 时用英文。",
)
"""`--lang en|zh`, given to the command as `lang`."""
