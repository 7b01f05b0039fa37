r"""A formula, written once as a LaTeX template over the names of a step's inputs.

`$n` stands for the input named `n`, `$W[0,1]` for one element of it. With symbols in, the template is the formula; with
numbers in, it is the substituted line. Numbers are bracketed and multiplication signs set where they would otherwise
be misread: `2 $n` with n = -3 becomes `2 \cdot (-3)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from solvers.values import Shape, Value, is_array, is_symbolic, latex

_SLOT = re.compile(r"\$(\{)?(?P<name>[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)(?(1)\})(?:\[(?P<index>[0-9, ]+)\])?")
_SPACE = re.compile(r"(?:\s|\\[,;:!]|\\quad)+")
_NAMED = re.compile(r"\\(?:operatorname|mathrm|text|mathbf|mathit)\*?\{[^{}]*\}$")
_FACTOR_BEFORE = re.compile(r"(?:[0-9)\]}]|\\right[)\]])$")
_FACTOR_AFTER = re.compile(
    r"\(|\\left\s*[(\[|]|\\left\\l(?:floor|ceil)|\\l(?:floor|ceil)|[A-Za-z0-9]"
    r"|\\(?:frac|sqrt|sigma|tanh|exp|ln|log|max|min|operatorname|mathrm|alpha|beta|delta|eta|pi|big)"
)
_ISOLATED_BEFORE = re.compile(r"(?:^|[{(\[=,&]|\\\\|\\left[(\[|]|\\begin\{[a-z]*matrix\})$")


def element_name(name: str, index: tuple[int, ...]) -> str:
    """How one element of an input is called among the symbols: `x[1]`."""
    return f"{name}[{','.join(map(str, index))}]"


@dataclass(frozen=True)
class Slot:
    """A place in a template: the input's name and, for one element of it, the indices counted from 0."""

    name: str
    index: tuple[int, ...] = ()

    def symbol(self, symbols: Mapping[str, str]) -> str:
        """The input's symbol, with the element's subscript counted from 1 unless the element has a symbol of its own."""
        base = symbols[self.name]
        if not self.index:
            return base
        if (own := symbols.get(element_name(self.name, self.index))) is not None:
            return own
        joint = "," if any(i > 8 for i in self.index) or len(self.index) > 2 else ""
        subscript = joint.join(str(i + 1) for i in self.index)
        return f"{base}_{{{subscript}}}" if "_" not in base else f"({base})_{{{subscript}}}"

    def value(self, values: Mapping[str, Value]) -> Value:
        """The input's value or the chosen element."""
        value = values[self.name]
        if not self.index:
            return value
        return value[self.index[0]] if isinstance(value, Shape) else value[self.index]


class Formula:
    """A parsed template."""

    def __init__(self, template: str) -> None:
        self.template = template
        self._parts: list[str | Slot] = []
        end = 0
        for match in _SLOT.finditer(template):
            self._parts.append(template[end : match.start()])
            index = tuple(int(i) for i in match["index"].split(",")) if match["index"] else ()
            self._parts.append(Slot(match["name"], index))
            end = match.end()
        self._parts.append(template[end:])

    def __repr__(self) -> str:
        return f"Formula({self.template!r})"

    @cached_property
    def names(self) -> frozenset[str]:
        """The inputs that the template mentions."""
        return frozenset(part.name for part in self._parts if isinstance(part, Slot))

    def with_symbols(self, symbols: Mapping[str, str]) -> str:
        """The formula: each slot replaced by its symbol."""
        text = ""
        for part in self._parts:
            piece = part.symbol(symbols) if isinstance(part, Slot) else part
            # `\cdot` directly followed by a letter would be read as another command.
            text += (" " if re.search(r"\\[A-Za-z]+$", text) and piece[:1].isalpha() else "") + piece
        return text

    def with_values(
        self,
        values: Mapping[str, Value],
        rows: frozenset[str] = frozenset(),
        show: Callable[..., str] = latex,
        **options: Any,
    ) -> str:
        """The substituted line: each slot replaced by its value, written by `show`."""
        text = ""
        for before, slot, after, following in self._windows():
            text += before
            if slot is None:
                break
            value = slot.value(values)
            shown = show(value, row=slot.name in rows, **options)
            left = _SPACE.sub(" ", text).rstrip()
            right = _SPACE.sub(" ", after).lstrip()
            next_is_slot = not right and following is not None
            if _needs_brackets(value, shown, left, right):
                shown = rf"\left({shown}\right)"
            if not is_array(value) and _FACTOR_BEFORE.search(left) and not _NAMED.search(left) and _is_factor(left):
                text = text.rstrip() + r" \cdot "
            text += shown
            both_arrays = (
                next_is_slot and following is not None and is_array(value) and is_array(following.value(values))
            )
            if (next_is_slot and not both_arrays) or (not is_array(value) and _FACTOR_AFTER.match(right)):
                text += r" \cdot "
        return text

    def _windows(self) -> Iterator[tuple[str, Slot | None, str, Slot | None]]:
        for i in range(0, len(self._parts), 2):
            before = self._parts[i]
            slot = self._parts[i + 1] if i + 1 < len(self._parts) else None
            after = self._parts[i + 2] if i + 2 < len(self._parts) else ""
            following = self._parts[i + 3] if i + 3 < len(self._parts) else None
            assert isinstance(before, str)
            assert isinstance(after, str)
            assert slot is None or isinstance(slot, Slot)
            assert following is None or isinstance(following, Slot)
            yield before, slot, after, following


@lru_cache(maxsize=4096)
def parsed(template: str) -> Formula:
    """The template, parsed once for all the steps that have it."""
    return Formula(template)


def _is_factor(left: str) -> bool:
    r"""Whether a closing brace at the end of `left` closes a factor, not the first argument of `\frac` or a power's base."""
    if not left.endswith("}"):
        return True
    depth = 0
    for at in range(len(left) - 1, -1, -1):
        depth += {"}": 1, "{": -1}.get(left[at], 0)
        if depth == 0:
            return not re.search(r"\\(?:frac|tfrac|dfrac|begin)$", left[:at])
    return True


def _needs_brackets(value: Value, shown: str, left: str, right: str) -> bool:
    if is_array(value):
        return False
    compound = shown.startswith("-") or r"\times" in shown or (is_symbolic(value) and bool(re.search(r"[+\- ]", shown)))
    if right.startswith("^"):
        return compound or shown.startswith(r"\frac")
    return compound and not (_ISOLATED_BEFORE.search(left) and not (r"\times" in shown and right.startswith("^")))
