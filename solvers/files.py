"""Files written whole or not at all, names that every file system takes, and what to do when a disk says no."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from solvers.text import GradmarkError, Text

LONGEST_NAME = 100  # bytes of UTF-8; file systems take 255, and an ending or a prefix is usually added
_HASH_DIGITS = 10
_HASHED = re.compile(rf"-[0-9a-f]{{{_HASH_DIGITS}}}\Z")
_RESERVED = re.compile(r"(con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|\Z)", re.IGNORECASE)


class FileError(GradmarkError):
    """The file system refused: `path` is what it refused, `reason` why and what to do."""

    def __init__(self, path: Path, reason: Text) -> None:
        super().__init__(f"{path}: {reason.en}", f"{path}：{reason.zh}")
        self.path = path
        self.reason = reason


_REFUSALS = {
    errno.ENOENT: Text("there is no such file or folder. Check the path.", "没有这个文件或文件夹，请检查路径。"),
    errno.EACCES: Text(
        "permission denied. Choose another folder, or change the permissions of this one.",
        "没有权限。请换一个文件夹，或修改它的权限。",
    ),
    errno.EROFS: Text("this disk is read-only. Choose another folder.", "该磁盘是只读的，请换一个文件夹。"),
    errno.ENOSPC: Text(
        "the disk is full. Free some space, or choose a folder on another disk.",
        "磁盘已满。请清理空间，或换到另一块磁盘上的文件夹。",
    ),
    errno.ENAMETOOLONG: Text("this name is too long. Choose a shorter one.", "名称太长，请换一个短一些的。"),
    errno.EISDIR: Text("this is a folder, and a file is needed here.", "这是一个文件夹，而这里需要文件。"),
    errno.ENOTDIR: Text(
        "a file stands where a folder is needed. Choose another path.", "需要文件夹的位置上是一个文件，请换一个路径。"
    ),
    errno.EEXIST: Text(
        "this exists already. Choose another name, or remove it first.", "它已经存在。请换一个名称，或先把它删除。"
    ),
}
_ALIKE = {errno.EPERM: errno.EACCES, errno.EDQUOT: errno.ENOSPC, errno.ENOTEMPTY: errno.EEXIST}


def refusal(path: Path, error: OSError | ValueError) -> FileError:
    """What an `OSError` (or the `ValueError` for a path with a NUL character) means to the person who chose `path`."""
    number = error.errno if isinstance(error, OSError) and error.errno is not None else 0
    reason = _REFUSALS.get(_ALIKE.get(number, number))
    if reason is None:
        words = (error.strerror if isinstance(error, OSError) else None) or str(error)
        reason = Text(f"the system refused this path ({words}).", f"系统拒绝了这个路径（{words}）。")
    return FileError(path, reason)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Inside, an `OSError` about `path` becomes a `FileError` that says what to do."""
    try:
        yield
    except OSError as error:
        raise refusal(path, error) from error


def read_bytes(path: Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes; raises FileError otherwise."""
    try:
        if path.is_dir():
            raise FileError(path, _REFUSALS[errno.EISDIR])
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            raise FileError(path, Text("this is not an ordinary file.", "这不是普通文件。"))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise refusal(path, error) from error
    if len(data) > limit:
        raise too_large(path, limit)
    return data


def too_large(path: Path, limit: int) -> FileError:
    """The error for a file longer than `limit` bytes."""
    size = f"{limit / 1_000_000:g} MB"
    return FileError(
        path, Text(f"this file is larger than {size}. Split it up.", f"该文件超过 {size}，请把它拆分成几个文件。")
    )


def write_text(path: Path, text: str, *, durable: bool = False) -> None:
    """Write `text` as UTF-8, its line ends untouched; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"), durable=durable)


def write_bytes(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file that is afterwards there whole, or as it was before; see `_write`."""
    _write(path, (data,), durable)


def write_pieces(path: Path, pieces: Iterable[str]) -> None:
    """Write texts one after the other as UTF-8, as `write_bytes` does; they are never in memory together."""
    _write(path, (piece.encode("utf-8") for piece in pieces), durable=False)


def _write(path: Path, pieces: Iterable[bytes], durable: bool) -> None:
    """Write a file that is afterwards there whole, or as it was before; missing folders above it are made.

    `durable` waits until the disk has it, so that it also survives a power cut. A device such as /dev/null is written to
    in place. Raises FileError.
    """
    try:
        target = Path(os.path.realpath(path))  # a link stays a link: its target is what gets replaced
        if target.is_dir():
            raise FileError(path, _REFUSALS[errno.EISDIR])
        if target.exists() and not target.is_file():
            with target.open("wb") as device:
                device.writelines(pieces)
            return
        _make_folder(target.parent)
        _replace(target, pieces, durable)
    except (OSError, ValueError) as error:
        raise refusal(path, error) from error


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # what exists is a file
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from error


def _replace(target: Path, pieces: Iterable[bytes], durable: bool) -> None:
    beside = _beside(target)
    try:
        with _create(beside) as file:
            file.writelines(pieces)
            file.flush()
            if target.exists():
                beside.chmod(stat.S_IMODE(target.stat().st_mode))
            if durable:
                os.fsync(file.fileno())
        beside.replace(target)
    except BaseException:  # an interrupt must not leave the unfinished file either
        beside.unlink(missing_ok=True)
        raise


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666), "wb")


def _beside(target: Path) -> Path:
    """A hidden name in the same folder, hence on the same disk, and never longer than a name may be."""
    return target.with_name(f".gradmark-{secrets.token_hex(6)}.part")


@contextmanager
def whole_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """A folder to work in, which becomes `path` when the block ends, and vanishes if the block raises.

    A `path` that exists and is not an empty folder is an error before any work is done, unless `replace`: then the old
    folder is there until the new one is whole. Raises FileError.
    """
    try:
        target = Path(os.path.realpath(path))
        _check_free(path, target, replace)
        _make_folder(target.parent)
        work = _beside(target)
        work.mkdir()
    except (OSError, ValueError) as error:
        raise refusal(path, error) from error
    try:
        yield work
        with explained(path):
            _check_free(path, target, replace)
            _move(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check_free(path: Path, target: Path, replace: bool) -> None:
    if target.exists() and not target.is_dir():
        raise FileError(path, _REFUSALS[errno.ENOTDIR])
    if not replace and target.is_dir() and any(target.iterdir()):
        raise FileError(
            path,
            Text(
                "this folder is not empty. Choose another one, or replace it with --replace.",
                "该文件夹不是空的。请换一个文件夹，或用 --replace 替换它。",
            ),
        )


def _move(work: Path, target: Path) -> None:
    if not target.exists():
        work.replace(target)
        return
    old = _beside(target)
    target.replace(old)
    try:
        work.replace(target)
    except BaseException:
        old.replace(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def safe_name(text: str) -> str:
    """A name for a file or folder made from any text, such as a student id: letters and digits of any script, `-`, `_`, `.`.

    A text that already is such a name stays as it is. Any other gets a short hash of itself at the end, and so does one
    that looks as if it had one, so that two texts never share a name. (Names that differ only in upper and lower case
    are one file on some systems: a roster should not have such ids.)
    """
    slug = "".join(
        c if unicodedata.category(c)[0] in "LNM" or c in "-_." else "-" for c in unicodedata.normalize("NFC", text)
    )
    slug = re.sub(r"-{2,}", "-", slug) if slug != text else slug
    slug = slug.strip("-.") if slug.strip("-.") != "" else "_"
    slug = f"_{slug}" if _RESERVED.match(slug) else slug
    if slug == text and not _HASHED.search(slug) and len(slug.encode()) <= LONGEST_NAME:
        return slug
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]
    room = LONGEST_NAME - _HASH_DIGITS - 1
    return f"{slug.encode()[:room].decode('utf-8', 'ignore').rstrip('-.')}-{digest}"
