"""Zips of answer sheets: members are read into memory one at a time, never unpacked to disk."""

from __future__ import annotations

import functools
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from grader.submissions.found import Found, aside, ending, shown, too_large
from grader.submissions.submission import Limits, Problem
from solvers.text import Text

_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError, OverflowError)
"""What the standard library raises for zips that are damaged, or made to do damage; the last but one has a subclass for
what it does not implement."""
_DIRECTORY = 64_000_000  # bytes of a zip's table of contents, which is read whole; 200,000 members need a third of it
_TAIL = 66_000  # bytes at the end, among which is where the table begins
_WORTH_A_LOOK = 1_000_000  # a smaller member may be packed as tightly as it likes
_NAME_IS_UTF8 = 0x800
_IS_ENCRYPTED = 0x1
_DRIVE = re.compile("[A-Za-z]:")
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack in pieces of any size
_AGAIN = Text(
    "Pack the submissions again as an ordinary zip, and run again.", "请将答卷重新打包为普通 zip 后重新运行。"
)
_UNPACK = Text("Unpack it yourself, look at it, and hand in the folder.", "请自行解压查看，再用解压后的文件夹批改。")


def members(file: BinaryIO, name: str, limits: Limits) -> Iterator[Found | Problem]:
    """The files in a zip, in the order of their names, and a problem for each that is refused."""
    try:
        if _directory_size(file) > _DIRECTORY:
            yield _too_many(name, limits)
            return
        with zipfile.ZipFile(file) as archive:
            yield from _Zip(archive, name, limits).members()
    except _DAMAGE:
        yield Problem(name, None, "zip", Text("This zip is damaged.", "该 zip 文件已损坏。"), _AGAIN)


def _directory_size(file: BinaryIO) -> int:
    """Bytes of the table of contents, as the end of the file states them; 0 if it states nothing."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    file.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 16 > len(tail):
        return 0
    stated: int = struct.unpack_from("<L", tail, at + 12)[0]
    large = tail.rfind(b"PK\x06\x06", 0, at)  # the same for large zips
    if large >= 0 and large + 48 <= len(tail):
        stated = max(stated if stated != 0xFFFFFFFF else 0, struct.unpack_from("<Q", tail, large + 40)[0])
    return stated


def _too_many(name: str, limits: Limits) -> Problem:
    return Problem(
        name,
        None,
        "bomb",
        Text(f"This zip holds more than {limits.members} files.", f"该 zip 中的文件超过 {limits.members} 个。"),
        Text("Split it into several zips.", "请拆分成几个 zip。"),
    )


@dataclass
class _Zip:
    archive: zipfile.ZipFile
    name: str
    limits: Limits
    total: int = 0

    def members(self) -> Iterator[Found | Problem]:
        infos = sorted(self.archive.infolist(), key=lambda info: info.filename)
        if len(infos) > self.limits.members:
            yield _too_many(self.name, self.limits)
            return
        for info in infos:
            name = _name(info)
            if name.endswith("/") or (not _leads_out(name) and any(map(aside, name.split("/")))):
                continue
            yield _refusal(info, name, f"{self.name}!{shown(name)}") or self.member(info, name)
            if self.total > self.limits.total:
                return

    def member(self, info: zipfile.ZipInfo, name: str) -> Found | Problem:
        full = f"{self.name}!{shown(name)}"
        try:
            with self.archive.open(info) as stream:
                data = stream.read(self.limits.file + 1)
        except _DAMAGE:
            return Problem(
                full, None, "zip", Text("This file in the zip is damaged.", "zip 中的该文件已损坏。"), _AGAIN
            )
        self.total += len(data)
        if self.total > self.limits.total:
            size = f"{self.limits.total / 1_000_000:g} MB"
            message = Text(
                f"This zip holds more than {size}; from this file on nothing was read.",
                f"该 zip 解压后超过 {size}，从该文件起均未读取。",
            )
            return Problem(full, None, "bomb", message, Text("Split it into several zips.", "请拆分成几个 zip。"))
        if len(data) > self.limits.file:
            return too_large(full, self.limits.file)
        if len(data) > max(_WORTH_A_LOOK, self.limits.ratio * info.compress_size):
            message = Text(
                "This file is packed as zip bombs are; it was not read.", "该文件的压缩方式如同 zip 炸弹，未读取。"
            )
            return Problem(full, None, "bomb", message, _UNPACK)
        return Found(full, ending(name), functools.partial(io.BytesIO, data))


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name with `/` between its parts; names in the encodings of Chinese Windows are put right."""
    name = info.orig_filename
    if not info.flag_bits & _NAME_IS_UTF8:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _leads_out(name: str) -> bool:
    return name.startswith("/") or bool(_DRIVE.match(name)) or ".." in name.split("/") or "\0" in name


def _refusal(info: zipfile.ZipInfo, name: str, full: str) -> Problem | None:
    if _leads_out(name):
        message = Text(
            "This name in the zip points outside of it; the file was not read.",
            "zip 中的这个名称指向压缩包之外，未读取。",
        )
        return Problem(full, None, "member-name", message, _UNPACK)
    if info.flag_bits & _IS_ENCRYPTED:
        message = Text("This file in the zip is encrypted.", "zip 中的该文件已加密。")
        return Problem(
            full, None, "encrypted", message, Text("Pack it again without a password.", "请不设密码重新打包。")
        )
    if ending(name) == ".zip":
        message = Text("This is a zip within a zip; it was not read.", "这是 zip 里的 zip，未读取。")
        return Problem(
            full, None, "nested-zip", message, Text("Unpack it, and hand it in itself.", "请先解压，再单独批改。")
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        message = Text("This is a link, not a file.", "这是链接，不是文件。")
        return Problem(full, None, "link", message, _AGAIN)
    if info.compress_type not in _PACKINGS:
        message = Text("This file is packed in an unusual way; it was not read.", "该文件的压缩方式不常见，未读取。")
        return Problem(full, None, "zip", message, _AGAIN)
    return None
