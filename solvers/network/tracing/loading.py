"""Finding a module by what a person writes: `my_course.models:Net`, `models.py:Net(10, width=64)`, `torchvision:resnet50`, `transformers:BertModel`.

What follows the name in brackets are literals; nothing of it is evaluated. Importing a file runs it, which is done only where the person trusts it; installed libraries are trusted.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import io
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from solvers.nearest import suggestion
from solvers.network.tracing.failures import failure
from solvers.text import Text, UsageError

_SPEC = re.compile(r"(?P<where>.+?):(?P<name>[A-Za-z_][\w.]*)\s*(?:\((?P<arguments>.*)\))?\s*\Z", re.DOTALL)
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_LONGEST = 2000
_LIBRARIES = {"torchvision": "torchvision.models", "transformers": "transformers"}


@dataclass(frozen=True)
class Spec:
    """Where a module is to be found, what it is called there, and the arguments it is made with."""

    where: str
    name: str
    arguments: tuple[Any, ...] | None
    options: dict[str, Any]

    @property
    def is_file(self) -> bool:
        """Whether it names a file rather than a package."""
        return self.where.endswith(".py") or "/" in self.where or "\\" in self.where

    @property
    def is_library(self) -> bool:
        """Whether it is one of the libraries whose constructors are known."""
        return self.where in _LIBRARIES


def is_spec(text: str) -> bool:
    """Whether a person means a PyTorch module rather than a network's name or file."""
    found = _SPEC.match(text)
    return found is not None and (found["where"].endswith(".py") or _MODULE.match(found["where"]) is not None)


def read_spec(text: str) -> Spec:
    """What a person wrote, taken apart. Raises UsageError where it is not understood."""
    found = _SPEC.match(text) if len(text) <= _LONGEST else None
    if found is None:
        raise UsageError(
            f"{text[:80]!r} names no module; write package.module:Name, path/file.py:Name, torchvision:resnet50 or transformers:BertModel.",
            f"{text[:80]!r} 无法识别；请写成 package.module:Name、path/file.py:Name、torchvision:resnet50 或 transformers:BertModel。",
        )
    arguments, options = _arguments(found["arguments"], text)
    return Spec(found["where"], found["name"], arguments, options)


def _arguments(written: str | None, text: str) -> tuple[tuple[Any, ...] | None, dict[str, Any]]:
    if written is None:
        return None, {}
    try:
        call = ast.parse(f"f({written})", mode="eval").body
        if (
            not isinstance(call, ast.Call)
            or not isinstance(call.func, ast.Name)
            or any(k.arg is None for k in call.keywords)
        ):
            raise ValueError
        values = tuple(ast.literal_eval(argument) for argument in call.args)
        return values, {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise UsageError(
            f"The arguments of {text[:80]!r} cannot be read: numbers, texts, True, False, None, and lists of them are possible.",
            f"无法读取 {text[:80]!r} 的参数：只能是数、字符串、True、False、None 以及由它们组成的列表。",
        ) from None


def load(spec: str, *, trust: bool) -> Any:
    """The module that a person names: a module, or a function without arguments that makes it.

    Raises UsageError without `trust` unless it stands in an installed library that is known, because finding it runs code; also where there is
    none of this name. Raises GradmarkError where their code fails, with file and line.
    """
    wanted = read_spec(spec)
    if not trust and not wanted.is_library:
        raise UsageError(
            f"Loading {spec} runs the code of {wanted.where}, which can do anything that you can. Read it, then say --trust.",
            f"加载 {spec} 会运行 {wanted.where} 中的代码，它能做你能做的任何事。请先阅读代码，再加上 --trust。",
        )
    if wanted.where == "transformers":
        return _from_transformers(wanted, spec)
    found = _named(_imported(wanted, spec), wanted, spec)
    return _maker(found, wanted, spec)


def _maker(found: Any, wanted: Spec, spec: str) -> Any:
    """A module as it is, or what makes it with the person's arguments."""
    import torch

    if isinstance(found, torch.nn.Module):
        if wanted.arguments is not None:
            raise UsageError(
                f"{spec}: {wanted.name} is a module already and takes no arguments.",
                f"{spec}：{wanted.name} 已是模块，不能再带参数。",
            )
        return found
    if not callable(found):
        raise UsageError(
            f"{spec}: {wanted.name} is a {type(found).__name__}; a class, a function or a module is needed.",
            f"{spec}：{wanted.name} 是 {type(found).__name__}，需要类、函数或模块。",
        )
    options = dict(wanted.options)
    if wanted.where == "torchvision":
        options.setdefault("weights", None)
        if wanted.name in ("googlenet", "inception_v3"):
            options.setdefault("init_weights", False)
        if "segmentation" in str(getattr(found, "__module__", "")):
            options.setdefault("weights_backbone", None)
    return partial(found, *(wanted.arguments or ()), **options)


@contextlib.contextmanager
def _quietly(first: str) -> Iterator[None]:
    """The folder, if one is named, first on the path of imports, and what the code prints on standard output sent to standard error."""
    if first:
        sys.path.insert(0, first)
    try:
        with contextlib.redirect_stdout(sys.stderr or io.StringIO()):
            yield
    finally:
        if first and first in sys.path:
            sys.path.remove(first)


def _imported(wanted: Spec, spec: str) -> Any:
    if wanted.is_file:
        return _from_file(Path(wanted.where), spec)
    name = _LIBRARIES.get(wanted.where, wanted.where)
    if not _MODULE.match(name):
        raise UsageError(f"{wanted.where!r} is no name of a package.", f"{wanted.where!r} 不是合法的包名。")
    return _run(lambda: importlib.import_module(name), "" if wanted.is_library else str(Path.cwd()), spec, name)


def _from_file(path: Path, spec: str) -> Any:
    if not path.is_file():
        raise UsageError(f"There is no file {path}. Check the path.", f"没有文件 {path}。请检查路径。")
    name = f"gradmark_traced_{path.stem}"
    found = importlib.util.spec_from_file_location(name, path.resolve())
    if found is None or found.loader is None:
        raise UsageError(f"{path} is no Python file.", f"{path} 不是 Python 文件。")
    module = importlib.util.module_from_spec(found)
    loader = found.loader

    def run() -> Any:
        # Dataclasses and pickling look a class's module up by its name.
        sys.modules[name] = module
        loader.exec_module(module)
        return module

    return _run(run, str(path.resolve().parent), spec, name)


def _run(importing: Callable[[], Any], folder: str, spec: str, name: str) -> Any:
    try:
        with _quietly(folder):
            return importing()
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise UsageError(
                f"{spec}: there is no package {error.name}; is it installed, or is it in another folder?",
                f"{spec}：找不到包 {error.name}；是否尚未安装，或者在别的文件夹中？",
            ) from None
        raise failure(error, spec, _IMPORTING) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a person's code may raise anything
        raise failure(error, spec, _IMPORTING) from None


def _named(module: Any, wanted: Spec, spec: str) -> Any:
    found = module
    for piece in wanted.name.split("."):
        if not hasattr(found, piece):
            if wanted.where == "torchvision":
                for part in ("segmentation", "detection", "video", "optical_flow", "quantization"):
                    inner = getattr(module, part, None)
                    if hasattr(inner, piece):
                        return getattr(inner, piece)
            hint = suggestion(piece, (name for name in dir(found) if not name.startswith("_")))
            raise UsageError(
                f"{wanted.where} has no {wanted.name}.{hint.en}", f"{wanted.where} 中没有 {wanted.name}。{hint.zh}"
            )
        try:
            found = getattr(found, piece)
        except Exception as error:  # noqa: BLE001 - a person's code may raise anything
            raise failure(error, spec, _IMPORTING) from None
    return found


_CHECKPOINT = Text(
    "Models are made of their default configuration; nothing is downloaded and no weights are loaded.",
    "模型按默认配置创建，不下载任何内容，也不加载权重。",
)
_IMPORTING = Text("importing it", "导入")


def _from_transformers(wanted: Spec, spec: str) -> Any:
    """A model of `transformers` made of its own configuration, whose settings may stand in brackets."""
    library = _imported(wanted, spec)
    model = _named(library, wanted, spec)
    configuration = getattr(model, "config_class", None)
    if configuration is None:
        raise UsageError(
            f"{spec}: {wanted.name} has no configuration of its own; name a model class such as BertModel. {_CHECKPOINT.en}",
            f"{spec}：{wanted.name} 没有自己的配置；请写模型类名，如 BertModel。{_CHECKPOINT.zh}",
        )
    if wanted.arguments:
        raise UsageError(
            f"{spec}: settings of the configuration have names, such as num_hidden_layers=2.",
            f"{spec}：配置项须写名称，如 num_hidden_layers=2。",
        )
    return lambda: model(configuration(**wanted.options))
