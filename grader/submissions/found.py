"""One thing handed in that can be opened, and how it is called in messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from grader.submissions.submission import Problem
from solvers.text import Text


@dataclass(frozen=True)
class Found:
    """A file or a member of a zip: its name for people, its ending (`.csv`), and how to open it, as often as needed."""

    name: str
    ending: str
    open: Callable[[], BinaryIO]


def shown(name: str) -> str:
    """A file's name without anything that a terminal obeys."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name)


def ending(name: str) -> str:
    """`.yaml` for `s001.YAML`, and for `s001.yaml.txt`, which is how Windows hides what it is."""
    path = PurePosixPath(name.lower())
    return path.with_suffix("").suffix or ".txt" if path.suffix == ".txt" else path.suffix


def aside(name: str) -> bool:
    """Whether an operating system put it there: dot files, and what macOS adds to zips."""
    return name.startswith(".") or name == "__MACOSX"


def too_large(name: str, limit: int) -> Problem:
    """The problem of a file beyond `limit` bytes."""
    size = f"{limit / 1_000_000:g} MB"
    return Problem(
        name,
        None,
        "too-large",
        Text(f"This file is larger than {size} and was not read.", f"该文件超过 {size}，未读取。"),
        Text(
            "Split it up. Many students' answers belong in JSONL or CSV, outside a zip.",
            "请把它拆分。多名学生的作答请用 JSONL 或 CSV 文件，不要放进 zip。",
        ),
    )
