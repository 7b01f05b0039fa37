"""What happens when gradmark itself is wrong: the details go into a file, a short message to the person."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback

import click

from solvers.text import Text
from solvers.version import VERSION

DEBUG = "GRADMARK_DEBUG"
_LONGEST_NAME = 200


def report(error: BaseException) -> Text:
    """Write the traceback of `error` to a file; return what to tell the person. With GRADMARK_DEBUG=1, show it as well."""
    details = "".join(traceback.format_exception(error))
    if os.environ.get(DEBUG) == "1":
        click.echo(details, err=True, nl=False)
    what = traceback.format_exception_only(error)[-1].strip()[:_LONGEST_NAME]
    where = _written(details)
    return Text(
        f"this is a bug in gradmark, not a mistake of yours ({what}).\n{where.en}",
        f"这是 gradmark 自身的缺陷，不是您的错误（{what}）。\n{where.zh}",
    )


def _written(details: str) -> Text:
    """Where the details were put."""
    head = f"gradmark {VERSION}, Python {platform.python_version()}, {platform.platform()}\n{sys.argv}\n\n"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="gradmark-bug-", suffix=".txt", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write(head + details)
    except OSError:
        return Text(f"Set {DEBUG}=1 and run it again to see the details.", f"请设置 {DEBUG}=1 后重新运行以查看细节。")
    return Text(f"Please report it with the details in {file.name}", f"请附上这份细节报告给我们：{file.name}")
