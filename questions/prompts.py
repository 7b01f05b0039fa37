"""Prompts: Jinja2 in a sandbox, cut down to what a prompt needs, so that a bank file can say things but do nothing.

Values are shown as LaTeX (`$W = {{ W }}$`); `|plain` shows them as text, `|row` a vector as a row, and
`{{ n }} {{ n|plural("pixel", "pixels") }}` minds the singular. Conditions and one level of loops over values are allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from solvers.text import GradmarkError, Language, Text
from solvers.values import Shape, Value, array, is_array, latex, plain

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


def _shown(value: Value) -> Any:
    if isinstance(value, tuple) and not isinstance(value, Shape):
        return latex(array(value))
    return value if isinstance(value, str) else latex(value)


def _plain(value: Value) -> str:
    return plain(array(value) if isinstance(value, tuple) and not isinstance(value, Shape) else value)


def _row(value: Value) -> str:
    return latex(array(value), row=True)


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiplies numbers only: a text times a number is how a template eats the memory."""
        if isinstance(left, (str, list, tuple)) or isinstance(right, (str, list, tuple)):
            raise jinja2.exceptions.SecurityError("only numbers can be multiplied in a prompt")
        return super().call_binop(context, operator, left, right)


def _environment() -> _Environment:
    environment = _Environment(undefined=jinja2.StrictUndefined, finalize=_shown, autoescape=False)
    environment.filters = {"plain": _plain, "row": _row, "plural": _plural, "length": len}
    environment.globals = {}
    environment.tests = {"divisibleby": lambda value, number: value % number == 0}
    return environment


_ENVIRONMENT = _environment()


@lru_cache(maxsize=2048)
def _compiled(source: str) -> jinja2.Template:
    tree = _ENVIRONMENT.parse(source)
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.Getattr) and not (isinstance(node.node, nodes.Name) and node.node.name == "loop"):
            raise jinja2.TemplateSyntaxError("a prompt may not look into its values", node.lineno)
        if isinstance(node, nodes.For) and any(True for _ in node.find_all(nodes.For) if _ is not node):
            raise jinja2.TemplateSyntaxError("loops may not stand in loops", node.lineno)
        if not isinstance(node, (*_ALLOWED, nodes.Helper)):
            raise jinja2.TemplateSyntaxError(f"a prompt may not use {type(node).__name__.lower()}", node.lineno)
    return _ENVIRONMENT.from_string(tree)


def render(source: str, givens: Mapping[str, Value]) -> str:
    """The prompt with the givens put in. Raises PromptError, naming the line of the prompt."""
    safe = {name: _nested(value) for name, value in givens.items()}
    try:
        text = _compiled(source).render(safe)
    except jinja2.TemplateSyntaxError as error:
        raise PromptError(
            f"line {error.lineno} of the prompt: {error.message}", f"题面第 {error.lineno} 行：{error.message}"
        ) from error
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, IndexError) as error:
        raise PromptError(f"the prompt cannot be rendered: {error}", f"题面无法渲染：{error}") from error
    if len(text) > LONGEST:
        raise PromptError(f"the prompt is longer than {LONGEST} characters", f"题面超过 {LONGEST} 个字符")
    return text.strip()


def render_text(text: Text, givens: Mapping[str, Value]) -> Text:
    """Both languages of a prompt, rendered."""
    return Text(render(text.en, givens), render(text.zh, givens))


def render_in(text: Text, language: Language, givens: Mapping[str, Value]) -> str:
    """One language of a prompt, rendered."""
    return render(text[language], givens)


def _nested(value: Value) -> Any:
    """Arrays as nested tuples: their elements can be reached, their methods cannot."""
    return tuple(_nested(row) for row in value) if is_array(value) else value
