"""Single values of a network's YAML: words, numbers, sentences, mappings with known keys; and what is said where they are wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping

from solvers.nearest import suggestion
from solvers.network.settings import SettingError, number
from solvers.text import Text
from solvers.yaml_reader import Document, Node, Scalar, Sequence
from solvers.yaml_reader import Mapping as Map
from solvers.yaml_words import YamlError

NAME = re.compile(r"[^\W\d_][\w-]*(\.[\w-]+)*")  # of a layer or an input; groups may stand before a layer's, with dots
GROUP = re.compile(r"[\w-]+(\.[\w-]+)*")


class Values:
    """Reads the values of one document. Every method raises YamlError, with the place, for what it does not take."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def several(self, node: Node) -> list[Node]:
        """The entries of a list, or the one value."""
        return node.items if isinstance(node, Sequence) else [node]

    def items(self, node: Node | None) -> list[Node]:
        """The entries of a list; none where nothing stands."""
        if node is None:
            return []
        if not isinstance(node, Sequence):
            raise self.wrong(node, "this is a list", "此处应为列表")
        return node.items

    def mapping(self, node: Node, what: str) -> Map:
        """A mapping; `what` is what it is written for."""
        if not isinstance(node, Map):
            raise self.wrong(node, f"{what} is written as a mapping, name: value", f"{what} 应写成映射（名称: 值）")
        return node

    def word(self, node: Node, what: str) -> str:
        """A word or sentence."""
        if not isinstance(node, Scalar) or not node.text:
            raise self.wrong(node, f"{what} is a word", f"{what} 应为一个词")
        return node.text

    def number(self, node: Node, sizes: Mapping[str, int], name: str) -> int:
        """A whole number or an expression over the sizes."""
        try:
            return number(node, sizes, name)
        except SettingError as error:
            raise self.placed(error) from None

    def text(self, node: Node | None, otherwise: str) -> Text:
        """A sentence in both languages."""
        if node is None:
            return Text(otherwise, otherwise)
        if isinstance(node, Scalar):
            return Text(node.text, node.text)
        both = self.mapping(node, "title").plain()
        return Text(str(both.get("en", otherwise)), str(both.get("zh", otherwise)))

    def check_keys(self, node: Map, known: tuple[str, ...]) -> None:
        """Refuses every other key than these, naming the nearest."""
        for key in node.values:
            if key not in known:
                hint = suggestion(key, known)
                names = ", ".join(known)
                raise self.at_key(
                    node,
                    key,
                    Text(
                        f"unknown key {key!r}.{hint.en} Known: {names}", f"未知的键 {key!r}。{hint.zh}可用的键：{names}"
                    ),
                )

    def at_key(self, node: Node, key: str, reason: Text) -> YamlError:
        """What is wrong with a key of a mapping."""
        line, column = node.keys[key] if isinstance(node, Map) else (node.line, node.column)
        return YamlError(reason, self.document.source, line, column, self.document.text)

    def placed(self, error: SettingError) -> YamlError:
        """What is wrong with a setting, with its place."""
        return self.wrong(error.node, error.text.en, error.text.zh)

    def wrong(self, node: Node, en: str, zh: str) -> YamlError:
        """What is wrong at a node, with its place."""
        return YamlError(Text(en, zh), self.document.source, node.line, node.column, self.document.text)
