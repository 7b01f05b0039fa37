"""One SQLite file: its schema and version, its transactions, and what people are told when it refuses."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from solvers.text import GradmarkError, Text

_REASONS = (
    ("not a database", Text("it is damaged, or no file of gradmark's", "文件已损坏，或不是 gradmark 的文件")),
    ("malformed", Text("it is damaged", "文件已损坏")),
    (
        "locked",
        Text(
            "another gradmark is writing to it; try again when that has ended",
            "另一个 gradmark 正在写入，请等它结束后重试",
        ),
    ),
    ("readonly", Text("it is read-only", "它是只读的")),
    ("full", Text("the disk is full", "磁盘已满")),
    (
        "unable to open",
        Text("it cannot be opened; check the folder and its permissions", "无法打开，请检查文件夹及其权限"),
    ),
)


class DatabaseError(GradmarkError):
    """SQLite refused the file; the message names it and says why."""


class Database:
    """A file with the tables of `schema`, made if it isn't there and `create` is set."""

    def __init__(self, path: Path, schema: str, version: int, *, create: bool = True) -> None:
        self.path = path
        with self._explained():
            self._connection = sqlite3.connect(path, isolation_level=None)
        try:
            self._prepare(schema, version, create)
        except BaseException:
            self.close()
            raise

    def _prepare(self, schema: str, version: int, create: bool) -> None:
        with self._explained():
            (found,) = self._connection.execute("PRAGMA user_version").fetchone()
            (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if found == 0 and tables == 0 and create:
                self._connection.executescript(f"BEGIN; {schema} PRAGMA user_version = {version}; COMMIT;")
            elif found != version:
                raise DatabaseError(
                    f"{self.path} was not made by this version of gradmark (its format is {found}).",
                    f"{self.path} 不是由本版本的 gradmark 生成的（格式为 {found}）。",
                )
            # A killed process loses nothing, and nobody waits for the disk.
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def execute(self, statement: str, values: Iterable[Any] = ()) -> None:
        """Runs a statement."""
        with self._explained():
            self._connection.execute(statement, tuple(values))

    def execute_each(self, statement: str, rows: Iterable[Iterable[Any]]) -> None:
        """Runs a statement for each row of values."""
        with self._explained():
            self._connection.executemany(statement, map(tuple, rows))

    def row(self, query: str, values: Iterable[Any] = ()) -> Any:
        """The first row that a query finds, or None."""
        with self._explained():
            return self._connection.execute(query, tuple(values)).fetchone()

    def rows(self, query: str, values: Iterable[Any] = ()) -> Iterator[Any]:
        """The rows that a query finds, one at a time."""
        with self._explained():
            yield from self._connection.execute(query, tuple(values))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is run inside happens, or nothing of it."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            said = str(error)
            why = next((text for word, text in _REASONS if word in said), Text(said, said))
            raise DatabaseError(f"{self.path} cannot be used: {why.en}.", f"无法使用 {self.path}：{why.zh}。") from None
