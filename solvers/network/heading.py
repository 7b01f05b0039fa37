"""What stands around the layers of a network's YAML: its name, title, sizes, inputs and notes."""

from __future__ import annotations

from collections.abc import Mapping

from solvers.nearest import suggestion
from solvers.network.model import NetworkError
from solvers.network.values_in_yaml import NAME, Values
from solvers.text import Text
from solvers.values import MOST_AXES, Shape
from solvers.yaml_reader import Document, Node, Sequence

_LONGEST_NAME = 80


class Heading(Values):
    """Reads all of a document but its layers, with other sizes than it states if they are given."""

    def __init__(self, document: Document, overrides: Mapping[str, int], known: tuple[str, ...]) -> None:
        super().__init__(document)
        self._overrides = overrides
        self.top = self.mapping(document.root, "a network")
        self.check_keys(self.top, known)

    def stated(self, key: str) -> Node | None:
        """What the document says under a key, if anything."""
        return self.top.values.get(key)

    def stated_sizes(self) -> Mapping[str, Node]:
        """The sizes that the document states."""
        sizes = self.stated("sizes")
        return self.mapping(sizes, "sizes").values if sizes is not None else {}

    def source(self, otherwise: str) -> str:
        """Where the network comes from."""
        source = self.stated("source")
        return self.word(source, "source") if source is not None else otherwise

    def notes(self) -> tuple[Text, ...]:
        """What is remarked about the network."""
        return tuple(self.text(note, "") for note in self.items(self.stated("notes")))

    def name(self) -> str:
        """The network's name. Raises YamlError for one that could not be asked for.

        Sizes stand in brackets, a part of the network behind a slash, and a colon is of Python code.
        """
        node = self.stated("network")
        if node is None:
            raise self.wrong(self.top, "a network needs network", "网络缺少 network")
        name = self.word(node, "network")
        if len(name) > _LONGEST_NAME or set(name) & set("():/\n"):
            raise self.wrong(
                node,
                f"a network's name has at most {_LONGEST_NAME} characters, and no colon, slash or bracket",
                f"网络名称最多 {_LONGEST_NAME} 个字符，且不能含冒号、斜杠和括号",
            )
        return name

    def sizes(self) -> dict[str, int]:
        """The sizes that hold: those given, or else those stated. Raises NetworkError for one given that the network does not have."""
        sizes: dict[str, int] = {}
        for key, node in self.stated_sizes().items():
            sizes[key] = self._overrides.get(key) or self.number(node, sizes, key)
        if strange := sorted(set(self._overrides) - set(sizes)):
            hint = suggestion(strange[0], sizes)
            raise NetworkError(
                f"{self.document.source}: the network has no size {strange[0]!r}.{hint.en}",
                f"{self.document.source}：该网络没有名为 {strange[0]!r} 的尺寸。{hint.zh}",
            )
        return sizes

    def inputs(self, sizes: Mapping[str, int]) -> dict[str, Shape]:
        """The shape of each input."""
        top = self.top
        if ("input" in top.values) == ("inputs" in top.values):
            raise self.wrong(
                top,
                "a network needs input, a shape, or inputs, a shape for each",
                "网络需要 input（一个形状）或 inputs（每个输入一个形状）",
            )
        if "input" in top.values:
            return {"input": self._shape(top.values["input"], sizes)}
        inputs = self.mapping(top.values["inputs"], "inputs")
        if not inputs.values:
            raise self.wrong(inputs, "a network needs an input", "网络至少要有一个输入")
        for name in inputs.values:
            if not NAME.fullmatch(name):
                raise self.at_key(inputs, name, Text(f"{name!r} is no name", f"{name!r} 不能作为名称"))
        return {name: self._shape(node, sizes) for name, node in inputs.values.items()}

    def _shape(self, node: Node, sizes: Mapping[str, int]) -> Shape:
        entries = [self.number(item, sizes, "input") for item in (node.items if isinstance(node, Sequence) else [node])]
        if not entries or min(entries) < 1:
            raise self.wrong(node, "sizes are at least 1", "尺寸至少为 1")
        if len(entries) > MOST_AXES:
            raise self.wrong(node, f"a shape has at most {MOST_AXES} axes", f"形状最多有 {MOST_AXES} 个维度")
        return Shape(entries)
