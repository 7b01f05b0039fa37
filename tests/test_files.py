"""Files and folders that are written whole or not at all, and names that every file system takes."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.files import (
    LONGEST_NAME,
    FileError,
    read_bytes,
    refusal,
    safe_name,
    whole_folder,
    write_bytes,
    write_text,
)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_text_is_written_as_it_is(tmp_path: Path) -> None:
    """UTF-8, line ends untouched, missing folders made, nothing left beside it."""
    write_text(tmp_path / "a" / "b.txt", "一\r\n二\n", durable=True)
    assert ((tmp_path / "a" / "b.txt").read_bytes(), _names(tmp_path / "a")) == ("一\r\n二\n".encode(), ["b.txt"])


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
@pytest.mark.parametrize(("before", "mode"), [(None, 0o644), (0o600, 0o600)], ids=["new", "existing"])
def test_permissions_are_the_usual_ones_or_stay(tmp_path: Path, before: int | None, mode: int) -> None:
    """A new file is readable as any other; one that was private stays private."""
    path = tmp_path / "f"
    mask = os.umask(0o022)
    try:
        if before is not None:
            path.touch()
            path.chmod(before)
        write_bytes(path, b"x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fills up while writing: the old content stays, the unfinished file goes."""
    path = tmp_path / "gradebook.csv"
    path.write_text("old")

    def full(*_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(FileError, match="the disk is full"):
        write_text(path, "new")
    assert (path.read_text(), _names(tmp_path)) == ("old", ["gradebook.csv"])


def test_an_interrupt_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C too leaves nothing half written."""

    def interrupt(*_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_text(tmp_path / "f", "new")
    assert _names(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it points to is what gets the new content."""
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_text(tmp_path / "link", "new")
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "real").read_text()) == (True, "new")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /dev/null")
def test_a_device_is_written_to_not_replaced() -> None:
    """`--out /dev/null` must not destroy the device."""
    write_text(Path(os.devnull), "x")
    assert not Path(os.devnull).is_file()


UNWRITABLE = (
    ("folder", "this is a folder"),
    ("file/below.txt", "a file stands"),
    ("n" * 300, "too long"),
    ("nul\0.txt", "refused this path"),
)


@pytest.mark.parametrize(("name", "words"), UNWRITABLE, ids=["folder", "below a file", "long name", "nul"])
def test_a_path_that_cannot_be_written_says_why(tmp_path: Path, name: str, words: str) -> None:
    """The path and what to do, in both languages."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match=words) as caught:
        write_text(tmp_path / name, "x")
    assert str(tmp_path / name) in caught.value.text["zh"]


REFUSALS = (
    (errno.EACCES, "permission denied"),
    (errno.EPERM, "permission denied"),
    (errno.EROFS, "read-only"),
    (errno.ENOSPC, "full"),
    (errno.EDQUOT, "full"),
    (errno.ENOENT, "no such file"),
    (errno.ENOTEMPTY, "exists already"),
    (errno.EIO, "Input/output error"),
)


@pytest.mark.parametrize(("number", "words"), REFUSALS, ids=[errno.errorcode[n] for n, _ in REFUSALS])
def test_the_system_s_refusal_is_explained(number: int, words: str) -> None:
    """Each kind has its own advice; an unusual one quotes the system."""
    assert words in refusal(Path("x"), OSError(number, os.strerror(number))).reason.en


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    """Until the block ends, the folder is not there."""
    with whole_folder(tmp_path / "deep" / "exam") as work:
        write_text(work / "papers" / "s001.md", "1a")
        seen = (tmp_path / "deep" / "exam").exists()
    assert (seen, _names(tmp_path / "deep"), _names(tmp_path / "deep" / "exam")) == (False, ["exam"], ["papers"])


def test_a_failure_leaves_no_folder(tmp_path: Path) -> None:
    """Neither the target nor the work folder."""
    with pytest.raises(FileError, match="no such file"), whole_folder(tmp_path / "exam") as work:
        read_bytes(work / "paper.md", 100)
    assert _names(tmp_path) == []


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    """A folder someone made beforehand."""
    (tmp_path / "exam").mkdir()
    with whole_folder(tmp_path / "exam") as work:
        (work / "f").touch()
    assert _names(tmp_path / "exam") == ["f"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_there_is_not_overwritten(tmp_path: Path, kind: str) -> None:
    """The error comes before any work is done."""
    target = tmp_path / "exam"
    if kind == "folder":
        target.mkdir()
        (target / "old").touch()
    else:
        target.touch()
    with pytest.raises(FileError), whole_folder(target):
        pytest.fail("work was begun")
    assert _names(tmp_path) == ["exam"]


def test_a_folder_is_replaced_on_request(tmp_path: Path) -> None:
    """The new one takes the old one's place."""
    (tmp_path / "exam").mkdir()
    (tmp_path / "exam" / "old").touch()
    with whole_folder(tmp_path / "exam", replace=True) as work:
        (work / "new").touch()
    assert (_names(tmp_path), _names(tmp_path / "exam")) == (["exam"], ["new"])


def test_a_failed_replacement_keeps_the_old_folder(tmp_path: Path) -> None:
    """As it was."""
    (tmp_path / "exam").mkdir()
    (tmp_path / "exam" / "old").touch()
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "exam", replace=True):
        raise ZeroDivisionError
    assert (_names(tmp_path), _names(tmp_path / "exam")) == (["exam"], ["old"])


def test_too_large_a_file_is_not_read(tmp_path: Path) -> None:
    """One byte over the limit."""
    (tmp_path / "f").write_bytes(b"12345")
    with pytest.raises(FileError, match="larger than"):
        read_bytes(tmp_path / "f", 4)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders there")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Opening it would block for ever."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="not an ordinary file"):
        read_bytes(tmp_path / "pipe", 4)


KEPT = ("s001", "2023012345", "S-01_a.b", "张三", "Zoë", "x" * LONGEST_NAME)


@pytest.mark.parametrize("text", KEPT, ids=lambda text: text[:12])
def test_a_safe_id_stays(text: str) -> None:
    """Ordinary ids are their own names."""
    assert safe_name(text) == text


CHANGED = (
    *("", ".", "..", "../x", "a/b", "a\\b", "C:x", "con", "NUL.txt", "com1", "a.", ".a", "-rf", "a b", "a\0b", "<a>"),
    *("张" * 60, "x" * 101, "Zoe\u0308", "\ud800", "a-0123456789", "ends-with-0123456789", "*", "?", "￥", "\u202ea"),
)


@pytest.mark.parametrize("text", CHANGED, ids=ascii)
def test_an_unsafe_id_gets_a_hash(text: str) -> None:
    """No separators, no hidden or reserved names, not too long, and not what another id could be."""
    name = safe_name(text)
    assert name != text
    assert name[-11] == "-"
    assert len(name.encode()) <= LONGEST_NAME
    assert not set(name) & set('/\\:*?"<>|\0 ')
    assert name[0] not in ".-"


@given(st.lists(st.text("aA1.-_/ 张é\u0301\\:", max_size=6), min_size=2, unique=True))
def test_two_ids_never_share_a_name(ids: list[str]) -> None:
    """Nor does the name of one look like another."""
    assert len({safe_name(id) for id in ids}) == len(ids)


@given(st.text(max_size=200))
def test_a_name_is_a_file_of_its_folder(text: str) -> None:
    """Whatever the id, the name is one path component, and safe itself."""
    name = safe_name(text)
    assert (Path(name).name, len(name.encode()) <= LONGEST_NAME, name.isprintable()) == (name, True, True)
