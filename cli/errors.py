"""How a command ends: with its exit code, and with a sentence for a person instead of a traceback.

0 done; 1 the work failed, or something needs a person; 2 wrong usage; 130 interrupted.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence

import click

from cli.language import language, preferred, requested, speak
from solvers.text import GradmarkError, Text

DONE = 0
FAILED = 1
INTERRUPTED = 130

_SYSTEM = {
    errno.EACCES: Text("permission denied", "没有访问权限"),
    errno.EDQUOT: Text("the disk quota is used up", "磁盘配额已用完"),
    errno.EEXIST: Text("it exists already", "已经存在"),
    errno.EFBIG: Text("the file would be too large", "文件过大"),
    errno.EIO: Text("the device failed", "设备读写出错"),
    errno.EISDIR: Text("it is a folder, not a file", "这是文件夹，而不是文件"),
    errno.ELOOP: Text("its links lead in a circle", "链接成环"),
    errno.EMFILE: Text("too many open files", "打开的文件过多"),
    errno.ENAMETOOLONG: Text("the name is too long", "名称过长"),
    errno.ENOENT: Text("no such file or folder", "没有这个文件或文件夹"),
    errno.ENOSPC: Text("the disk is full", "磁盘已满"),
    errno.ENOTDIR: Text("a part of the path is a file, not a folder", "路径中有一段是文件，而不是文件夹"),
    errno.ENOTEMPTY: Text("the folder is not empty", "文件夹不为空"),
    errno.EPERM: Text("not permitted", "不允许这样操作"),
    errno.EROFS: Text("the disk is read-only", "磁盘只读"),
    errno.ETXTBSY: Text("the file is in use", "文件正在使用"),
}
"""What a file system may refuse. Any other OSError is unforeseen, and so a bug."""


def run(command: click.Command, arguments: Sequence[str], name: str) -> int:
    """Run `command`, called `name`, on `arguments`; return the exit code with which the process should end."""
    speak(requested(arguments) or preferred())
    write_utf8()
    try:
        code = command.main(list(arguments), prog_name=name, standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_left()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last stop: everything ends in a sentence here
        return explain(error)
    return code if type(code) is int else DONE


def explain(error: BaseException) -> int:
    """Say on stderr what `error` means for a person, and return its exit code."""
    match error:
        case click.ClickException():
            error.show()
            return error.exit_code
        case GradmarkError():
            _complain(error.text)
            return error.exit_code
        case KeyboardInterrupt():
            click.echo(Text("Interrupted.", "已中断。")[language()], err=True)
            return INTERRUPTED
        case click.Abort():
            return _abandoned(error)
        case OSError(errno=int(number), filename=name) if number in _SYSTEM:
            reason = _SYSTEM[number]
            place = Text(f"{os.fsdecode(name)}: ", f"{os.fsdecode(name)}：") if name else Text("", "")
            _complain(Text(f"{place.en}{reason.en}.", f"{place.zh}{reason.zh}。"))
            return FAILED
        case _:
            from cli import bugs

            _complain(bugs.report(error))
            return FAILED


def write_utf8() -> None:
    """Make the standard streams carry both languages: UTF-8 into files and pipes, and no crash on a narrow console."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if stream.isatty() or "PYTHONIOENCODING" in os.environ:
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8", errors="replace")


def _complain(message: Text) -> None:
    click.echo(Text(f"Error: {message.en}", f"错误：{message.zh}")[language()], err=True)


def _abandoned(error: click.Abort) -> int:
    """A question to the person at the terminal stayed without an answer."""
    if isinstance(error.__context__, KeyboardInterrupt):
        return explain(error.__context__)
    _complain(Text("the input ended before the question was answered.", "输入已结束，问题没有得到回答。"))
    return FAILED


def _reader_left() -> int:
    """Whoever read the output wants no more of it: end quietly, at interpreter exit too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            os.dup2(nowhere, stream.fileno())
    return FAILED
