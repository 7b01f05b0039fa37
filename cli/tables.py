"""Tables in a terminal, Chinese in columns of the right width."""

from __future__ import annotations

import sys

_PIPED = 120  # columns when nobody is watching: a pipe has no width, and whole lines are easier to search


def print_table(columns: list[tuple[str, bool]], rows: list[list[str]]) -> None:
    """Prints a table; each column is its title and whether it holds numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title, number in columns:
        table.add_column(title, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else _PIPED)
    console.print(table)
