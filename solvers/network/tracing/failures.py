"""Errors in a person's own code as messages: what happened, in which of their lines, in which layer."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

from solvers.text import GradmarkError, Text

_LONGEST = 400
_OWN = Path(__file__).parent


class CodeError(GradmarkError):
    """A person's code raised an error; `file` and `line` say where, `error` is what it said."""

    def __init__(self, en: str, zh: str, file: str, line: int | None, error: str) -> None:
        super().__init__(en, zh)
        self.file = file
        self.line = line
        self.error = error


def failure(
    error: BaseException, name: str, doing: Text, *, layer: str = "", batch: int = 0, file: str = ""
) -> CodeError:
    """The error as a message. `batch` is the number of examples, which stands in PyTorch's messages as `N`."""
    said = " ".join(str(error).split())
    if batch:
        said = re.sub(rf"\b{batch}\b", "N", said)
    if len(said) > _LONGEST:
        said = said[:_LONGEST] + " ..."
    said = f"{type(error).__name__}: {said}" if said else type(error).__name__
    where, line = place(error)
    where = where or file
    if isinstance(error, SyntaxError):
        where, line = error.filename or where, error.lineno
    at = f" ({where}, line {line})" if where and line else ""
    at_zh = f"（{where} 第 {line} 行）" if where and line else ""
    within = f", in {layer}" if layer else ""
    within_zh = f"（{layer}）" if layer else ""
    hint = _hint(said)
    return CodeError(
        f"{name}: {doing.en} failed{within}{at}: {said}{hint.en}",
        f"{name}：{doing.zh}失败{within_zh}{at_zh}：{said}{hint.zh}",
        where,
        line,
        said,
    )


def place(error: BaseException) -> tuple[str, int | None]:
    """The last line of a person's own code that led to the error: neither PyTorch's nor ours."""
    found: tuple[str, int | None] = ("", None)
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        foreign = "torch" in path.parts or "importlib" in frame.filename or frame.filename.startswith("<")
        if not foreign and _OWN not in path.parents:
            found = (frame.filename, frame.lineno)
    return found


def _hint(said: str) -> Text:
    """What may be done about it, where the message tells."""
    if (
        "mat1 and mat2 shapes" in said
        or "size mismatch" in said
        or "expected input" in said
        or "Sizes of tensors" in said
    ):
        return Text(
            " The input's shape may not be the one that the module is made for (shapes are given without the batch).",
            " 输入形状可能与模块不符（形状不含批次）。",
        )
    if "cannot be called on meta" in said or "meta tensor" in said.lower() or "data-dependent" in said.lower():
        return Text(
            " What it does depends on the numbers it computes.",
            " 它的计算流程取决于算出的数值。",
        )
    if said.startswith("ModuleNotFoundError"):
        return Text(
            " Install that package beside gradmark, or put its folder beside the file.",
            " 请在 gradmark 所在的环境中安装该包，或把它的文件夹放在此文件旁。",
        )
    if "reduction dim" in said:
        return Text(
            " The input's shape may not be the one that the module is made for (shapes are given without the batch).",
            " 输入形状可能与模块不符（形状不含批次）。",
        )
    if "missing" in said and "required positional argument" in said:
        return Text(
            " Write its arguments in brackets: model.py:Net(10).", " 请在括号中写出它的参数：model.py:Net(10)。"
        )
    if "indices" in said and "scalar types" in said:
        return Text(" Say which inputs are token numbers.", " 请指明哪些输入是词元编号。")
    return Text("", "")
