"""Tables in a terminal, Chinese in columns of the right width."""

from __future__ import annotations

import sys

_PIPED = 120  # columns when nobody is watching: a pipe has no width, and whole lines are easier to search


def print_table(columns: list[tuple[str, bool]], rows: list[list[str]]) -> None:
    """Prints a table; each column is its title and whether it holds numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for index, (title, number) in enumerate(columns):
        # What stands first is what people copy: it stays in one piece.
        whole = number or index == 0
        table.add_column(title, justify="right" if number else "left", no_wrap=whole, overflow="fold")
    for row in rows:
        table.add_row(*row)
    # Cells hold names that students and files chose: they are shown, never read as markup.
    console = Console(width=None if sys.stdout.isatty() else _PIPED, markup=False, emoji=False, highlight=False)
    console.print(table)
