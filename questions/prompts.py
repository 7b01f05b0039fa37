"""Prompts: Jinja2 in a sandbox, cut down to what a prompt needs, so that a bank file can say things but do nothing.

Values are shown as LaTeX (`$W = {{ W }}$`); `|plain` shows them as text, `|row` a vector as a row, and
`{{ n }} {{ n|plural("pixel", "pixels") }}` minds the singular. Of a network, `|title("en")`, `|layers("en")`, `|counts("en", x, layer, slip)`, `|counting("en")` and
`|shape_after(layer, x)` are shown (see `network_prompts`). Conditions and one level of loops over values are allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from solvers.nearest import suggestion
from solvers.text import GradmarkError, Language, Text
from solvers.values import Shape, Value, array, is_array, is_number, latex, plain

_TAG = re.compile(r"\{[{%#]")
LONGEST = 20_000  # characters of a rendered prompt
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.Getitem,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Neg,
    nodes.For,
    nodes.Getattr,
)


class PromptError(GradmarkError):
    """A prompt cannot be rendered: an unknown name, a construction that prompts may not use."""


class _RefusedError(Exception):
    """Something that a prompt may not do."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.text = Text(en, zh)


def _shown(value: Value) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple) and not isinstance(value, Shape):
        return latex(array(value))
    if not isinstance(value, (bool, Shape)) and not is_number(value):
        raise _RefusedError("only givens can be shown", "只能显示已知量")
    return latex(value)


def _plain(value: Value) -> str:
    return plain(array(value) if isinstance(value, tuple) and not isinstance(value, Shape) else value)


def _row(value: Value) -> str:
    return latex(array(value), row=True)


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Works with numbers only: multiplied or formatted text is how a template eats the memory."""
        if not (is_number(left) and is_number(right)):
            raise _RefusedError(f"{operator} takes numbers only", f"{operator} 只能用于数")
        return super().call_binop(context, operator, left, right)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An element by its place; a word would reach into the object."""
        if not isinstance(obj, tuple) or not isinstance(argument, int):
            raise _RefusedError("only elements of arrays can be taken, by their places", "只能按位置取数组的元素")
        return obj[argument]


def _network(name: str) -> Callable[..., str]:
    """A filter of `network_prompts`, imported when a prompt uses it."""

    def shown(*arguments: Any) -> str:
        from questions import network_prompts

        try:
            text: str = getattr(network_prompts, name)(*arguments)
        except GradmarkError as error:
            raise _RefusedError(error.text.en, error.text.zh) from None
        return text

    return shown


def _environment() -> _Environment:
    environment = _Environment(undefined=jinja2.StrictUndefined, finalize=_shown, autoescape=False)
    environment.filters = {"plain": _plain, "row": _row, "plural": _plural, "length": len}
    environment.filters |= {name: _network(name) for name in ("title", "layers", "counts", "counting", "shape_after")}
    environment.globals = {}
    environment.tests = {}
    return environment


_ENVIRONMENT = _environment()
_TOO_DEEP = Text("the prompt is nested too deep", "题面嵌套过深")


@lru_cache(maxsize=2048)
def _compiled(source: str) -> tuple[jinja2.Template, frozenset[str]]:
    """The template and the names that it needs, in whichever branch."""
    tree = _ENVIRONMENT.parse(source)
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.Getattr) and not (isinstance(node.node, nodes.Name) and node.node.name == "loop"):
            raise _at(node, "a prompt may not look into its values", "题面不能访问值的内部")
        if isinstance(node, nodes.For) and any(True for _ in node.find_all(nodes.For) if _ is not node):
            raise _at(node, "loops may not stand in loops", "循环不能嵌套")
        if not isinstance(node, (*_ALLOWED, nodes.Helper)):
            kind = type(node).__name__.lower()
            raise _at(node, f"a prompt may not use {kind}", f"题面不能使用 {kind}")
    names = frozenset(meta.find_undeclared_variables(tree))
    return _ENVIRONMENT.from_string(tree), names


def _at(node: nodes.Node, en: str, zh: str) -> _RefusedError:
    return _RefusedError(f"line {node.lineno}: {en}", f"第 {node.lineno} 行：{zh}")


def names_in(source: str) -> frozenset[str]:
    """The givens that a prompt speaks of. Raises PromptError as `render` does."""
    try:
        return _compiled(source)[1]
    except _RefusedError as error:
        raise _prompt_error(error.text) from None
    except jinja2.TemplateSyntaxError as error:
        raise _prompt_error(Text(str(error.message), f"语法错误：{error.message}")) from None


def render(source: str, givens: Mapping[str, Value]) -> str:
    """The prompt with the givens put in. Raises PromptError that says what is wrong, and on which line of the prompt."""
    if not _TAG.search(source):  # most options and questions say the same in every variant
        return source.strip()
    try:
        text = _rendered(source, givens)
    except _RefusedError as error:
        raise _prompt_error(error.text) from None
    except jinja2.TemplateSyntaxError as error:
        said = Text(f"line {error.lineno}: {error.message}", f"第 {error.lineno} 行有语法错误：{error.message}")
        raise _prompt_error(said) from None
    except (
        RecursionError,
        SyntaxError,
        MemoryError,
    ):  # of Jinja's parser, or of Python's when it compiles the template
        raise _prompt_error(_TOO_DEEP) from None
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise _prompt_error(Text(str(error), f"无法渲染（{error}）")) from None
    if len(text) > LONGEST:
        raise PromptError(f"the prompt is longer than {LONGEST} characters", f"题面超过 {LONGEST} 个字符")
    return text.strip()


def _rendered(source: str, givens: Mapping[str, Value]) -> str:
    template, names = _compiled(source)
    for name in sorted(names - set(givens)):
        hint = suggestion(name, givens)
        raise _RefusedError(f"there is no given {name!r}.{hint.en}", f"没有已知量 {name!r}。{hint.zh}")
    return template.render({name: _nested(value) for name, value in givens.items()})


def _prompt_error(reason: Text) -> PromptError:
    return PromptError(f"the prompt cannot be rendered: {reason.en}", f"题面无法渲染：{reason.zh}")


def render_text(text: Text, givens: Mapping[str, Value]) -> Text:
    """Both languages of a prompt, rendered."""
    return Text(render(text.en, givens), render(text.zh, givens))


def render_in(text: Text, language: Language, givens: Mapping[str, Value]) -> str:
    """One language of a prompt, rendered."""
    return render(text[language], givens)


def _nested(value: Value) -> Any:
    """Arrays as nested tuples: their elements can be reached, their methods cannot."""
    return tuple(_nested(row) for row in value) if is_array(value) else value
