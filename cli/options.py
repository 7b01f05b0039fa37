"""Options that several commands share: one name, one meaning, one help text everywhere; and decorators that make a
command, a group or an option in two languages.

    @bilingual_command("Draw an exam.", "组卷。")
    @seed_option()
    @language_option
    def command(seed: int | None, lang: Language) -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from cli.language import bilingual_command, bilingual_group, bilingual_option, language_option

__all__ = [
    "bank_option",
    "bilingual_command",
    "bilingual_group",
    "bilingual_option",
    "choices_option",
    "json_option",
    "language_option",
    "seed_option",
    "trust_option",
]

_F = TypeVar("_F", bound=Callable[..., Any])
_LARGEST_SEED = 2**63 - 1


json_option = bilingual_option(
    "--json", "as_json", is_flag=True, en="Print JSON, for programs.", zh="输出 JSON，供程序读取。"
)
"""`--json`, given to the command as `as_json`."""

bank_option = bilingual_option(
    "--bank",
    "banks",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    envvar="GRADMARK_BANK",
    show_envvar=True,
    en="A folder of questions of your own, beside the shipped ones; may be repeated.",
    zh="除自带题库外，再加上您自己的题库文件夹；可多次使用。",
)
"""`--bank FOLDER`, as often as wanted, given to the command as `banks`: a tuple of paths."""

choices_option = bilingual_option(
    "--choices",
    is_flag=True,
    en="Ask numbers, arrays and shapes as multiple choice; each wrong option stands for a mistake.",
    zh="数值、数组和形状改为单选题；每个错误选项对应一种错误。",
)
"""`--choices`, given to the command as `choices`."""

trust_option = bilingual_option(
    "--trust",
    is_flag=True,
    en="Run the Python files of the banks named with --bank. Only for banks whose author you trust.",
    zh="允许运行 --bank 所指题库中的 Python 文件。只用于作者可信的题库。",
)
"""`--trust`, given to the command as `trust`."""


def seed_option(default: int | None = None) -> Callable[[_F], _F]:
    """`--seed N`, given to the command as `seed`: the same seed always draws the same numbers."""
    return bilingual_option(
        "--seed",
        type=click.IntRange(0, _LARGEST_SEED),
        metavar="N",
        default=default,
        show_default=default is not None,
        en="Where the draw starts: the same number gives the same questions.",
        zh="抽题的种子：种子相同，题目相同。",
    )
