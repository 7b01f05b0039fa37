"""A progress bar for long work: on a terminal, on stderr, only when there is something to wait for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cli.language import language
from solvers.text import Text

_WORTH_A_BAR = 3  # pieces of work below which a bar would only flash


@contextmanager
def progress(label: Text, total: int | None) -> Iterator[Callable[[], None]]:
    """Yields a function to call after each piece of work; `total` is None if it isn't known."""
    if not sys.stderr.isatty() or (total is not None and total < _WORTH_A_BAR):
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label[language()], total=total)
        yield lambda: bar.advance(task)
