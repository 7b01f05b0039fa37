"""A bank of one's own: a teacher's folders beside the shipped bank, their Python run only when trusted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from questions.bank import Bank
from solvers.registry import trust as run_trusted
from solvers.text import UsageError

DERIVATIONS = "derivations.py"


def open_bank(folders: Sequence[Path] = (), *, trust: bool = False) -> Bank:
    """The shipped bank with the folders before it, their derivations ready; see `trust_banks`."""
    trust_banks(folders, trust=trust)
    return Bank(folders)


def trust_banks(folders: Sequence[Path], *, trust: bool) -> None:
    """Runs the `derivations.py` of each folder if `trust` is set.

    Raises UsageError for a folder with Python in it that nobody has said to trust.
    """
    for folder in folders:
        code = folder / DERIVATIONS
        if not code.is_file():
            continue
        if not trust:
            raise UsageError(
                f"{code} is Python, and would be run. If you trust whoever wrote it, say so with --trust.",
                f"{code} 是 Python 代码，使用题库时会被运行。若信任其作者，请加 --trust。",
            )
        run_trusted(code)
