"""The layers of a network's YAML: one after the other, in groups, repeated, or from blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from solvers.nearest import suggestion
from solvers.network.kind import Kind
from solvers.network.kinds import KINDS
from solvers.network.model import Layer
from solvers.network.settings import SettingError, fields_of, first_setting, required, setting
from solvers.network.values_in_yaml import GROUP, NAME, Values
from solvers.text import Text
from solvers.values import Shape
from solvers.yaml_reader import Document, Node, Scalar, Sequence
from solvers.yaml_reader import Mapping as Map

MOST_LAYERS = 5_000
DEEPEST = 20  # groups within groups
_MOST_READ = 50_000  # layers and groups with their repetitions: groups may repeat groups, and need not hold a layer
_GROUPS = ("residual", "branches", "repeat", "each", "block")
_GROUP_KEYS = {
    "residual": ("residual", "shortcut", "from"),
    "branches": ("branches", "merge", "from"),
    "repeat": ("repeat", "each", "layers", "from"),
}
_LAYER_KEYS = ("from", "weights")


@dataclass(frozen=True)
class _Scope:
    """Where layers are being read: the names before theirs, and the sizes that hold here."""

    prefix: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    depth: int = 0

    def within(self, name: str | None, sizes: Mapping[str, int] | None = None) -> _Scope:
        """The scope of a group; one without a name adds nothing to the names of its layers."""
        prefix = (*self.prefix, name) if name else self.prefix
        return _Scope(prefix, {**self.sizes, **(sizes or {})}, self.depth + 1)

    def called(self, name: str) -> str:
        """The full name of a layer."""
        return ".".join((*self.prefix, name))


class Layers(Values):
    """Reads the layers of a document that knows these inputs, blocks and sizes; `found` has them by their full names."""

    def __init__(
        self, document: Document, inputs: Mapping[str, Shape], blocks: Mapping[str, Node], sizes: Mapping[str, int]
    ) -> None:
        super().__init__(document)
        self.found: dict[str, Layer] = {}
        self._inputs = inputs
        self._blocks = blocks
        self._top = _Scope(sizes=sizes)
        self._counts: dict[tuple[str, ...], int] = {}
        self._ends: dict[str, tuple[str, ...]] = {}
        self._read = 0

    def read(self, node: Node) -> None:
        """Reads the layers of the network itself; the first reads the first input."""
        self._list(node, self._top, (next(iter(self._inputs)),))
        if not self.found:
            raise self.wrong(node, "a network needs layers", "网络中没有层")

    def referred(self, node: Node) -> str:
        """The full name of the layer, input or group's end that a word of the network itself stands for."""
        return self._referred(node, self._top)

    # --------------------------------------------------------------------------------------------------- the layers

    def _list(self, node: Node, scope: _Scope, reads: tuple[str, ...]) -> tuple[str, ...]:
        """Reads layers one after the other; gives what the next one reads."""
        if scope.depth > DEEPEST:
            raise self.wrong(node, "groups are nested too deep", "嵌套过深")
        if not isinstance(node, Sequence):
            raise self.wrong(node, "layers are a list", "各层应写成列表")
        self._read += 1 + len(node.items)
        if self._read > _MOST_READ:
            raise self.wrong(
                node,
                f"layers and groups with their repetitions are more than {_MOST_READ}; repeat less",
                f"层和组连同重复超过 {_MOST_READ} 个，请减少重复次数",
            )
        for item in node.items:
            reads = self._item(item, scope, reads)
        return reads

    def _item(self, node: Node, scope: _Scope, reads: tuple[str, ...]) -> tuple[str, ...]:
        name: str | None = None
        if isinstance(node, Map) and len(node.values) == 1:
            (key,) = node.values
            inner = node.values[key]
            # No setting is a mapping: what has one for its value is a name, even if it is also the word of a kind.
            has_setting = key in KINDS or (isinstance(inner, Scalar) and not isinstance(inner.value, str))
            if key not in _GROUPS and (isinstance(inner, Map) or not has_setting):
                name, node = key, node.values[key]
                if not NAME.fullmatch(name):
                    raise self.wrong(node, f"{name!r} is no name", f"{name!r} 不能作为名称")
        if isinstance(node, Scalar):
            return self._layer(node, self.word(node, "a layer"), {}, name, scope, reads)
        settings = self.mapping(node, "a layer")
        if "from" in settings.values:
            reads = tuple(self._referred(n, scope) for n in self.several(settings.values["from"]))
        group = next((key for key in settings.values if key in _GROUPS), None)
        if group is not None:
            ends = self._group(group, settings, name, scope, reads)
            if name is not None:
                self._ends[scope.called(name)] = ends
            return ends
        if not settings.values:
            raise self.wrong(node, "the layer has no kind", "没有写明层的类型")
        word = next(iter(settings.values))
        return self._layer(node, word, settings.values, name, scope, reads)

    def _layer(
        self, node: Node, word: str, given: Mapping[str, Node], name: str | None, scope: _Scope, reads: tuple[str, ...]
    ) -> tuple[str, ...]:
        if word not in KINDS:
            hint = suggestion(word, [*KINDS, *_GROUPS, *self._blocks])
            raise self.wrong(node, f"there is no kind of layer {word!r}.{hint.en}", f"没有 {word!r} 这种层。{hint.zh}")
        kind = KINDS[word]
        full = scope.called(name or self._numbered(word, scope))
        if full in self.found:
            raise self.wrong(node, f"two layers are called {full}", f"有两层都叫 {full}")
        if len(self.found) >= MOST_LAYERS:
            raise self.wrong(node, f"the network has more than {MOST_LAYERS} layers", f"网络超过 {MOST_LAYERS} 层")
        weights = self._referred(given["weights"], scope) if "weights" in given else None
        if kind.inputs[1] == 0:
            reads = ()
        self.found[full] = Layer(full, self._kind(node, kind, given, scope), reads, self._blocks_of(full), weights)
        return (full,)

    def _kind(self, node: Node, kind: type[Kind], given: Mapping[str, Node], scope: _Scope) -> Kind:
        known = fields_of(kind)
        values: dict[str, Any] = {}
        for key, value in given.items():
            if key in _LAYER_KEYS:
                continue
            at = first_setting(kind) if key == kind.word and kind.word not in known else key
            if key == kind.word and (at is None or (isinstance(value, Scalar) and value.value is None)):
                continue
            if at not in known:
                hint = suggestion(key, known)
                names = ", ".join(known)
                raise self.at_key(
                    node,
                    key,
                    Text(
                        f"{kind.word} has no setting {key!r}.{hint.en} It takes: {names}",
                        f"{kind.word} 没有 {key!r} 这一设置。{hint.zh}可用的设置：{names}",
                    ),
                )
            assert at is not None
            values[at] = self._setting(kind, at, value, scope)
        if missing := [need for need in required(kind) if need not in values]:
            raise self.wrong(node, f"{kind.word} needs {missing[0]}", f"{kind.word} 缺少 {missing[0]}")
        try:
            return kind(**values)
        except ValueError as error:
            raise self.wrong(node, str(error), str(error)) from None

    def _setting(self, kind: type[Kind], name: str, node: Node, scope: _Scope) -> Any:
        try:
            return setting(kind, name, node, scope.sizes)
        except SettingError as error:
            raise self.placed(error) from None

    def _blocks_of(self, name: str) -> tuple[str, ...]:
        """The groups that a layer stands in, outermost first, each by its full name; a layer is no group of others."""
        groups = (name[: dot.start()] for dot in re.finditer(r"\.", name))
        return tuple(group for group in groups if group not in self.found)

    def _numbered(self, word: str, scope: _Scope) -> str:
        """A name for a layer that has none: `conv1`, `conv2`, ... within its group."""
        place = (*scope.prefix, word)
        while True:
            self._counts[place] = self._counts.get(place, 0) + 1
            name = f"{word}{self._counts[place]}" if not word[-1].isdigit() else f"{word}_{self._counts[place]}"
            if scope.called(name) not in self.found:
                return name

    # --------------------------------------------------------------------------------------------------- the groups

    def _group(self, group: str, node: Map, name: str | None, scope: _Scope, reads: tuple[str, ...]) -> tuple[str, ...]:
        if group in ("repeat", "each", "block"):
            return self._repeated(node, name, scope, reads)
        self.check_keys(node, _GROUP_KEYS[group])
        inner = scope.within(name)
        if group == "residual":
            body = self._list(node.values["residual"], inner, reads)
            around = self._list(node.values["shortcut"], inner, reads) if "shortcut" in node.values else reads
            return self._merged(node, "add", (*body, *around), inner)
        merge = self.word(node.values["merge"], "merge") if "merge" in node.values else "concat"
        branches = node.values["branches"]
        ends: list[str] = []
        if isinstance(branches, Map):
            for branch, layers in branches.values.items():
                if not GROUP.fullmatch(branch):
                    raise self.at_key(branches, branch, Text(f"{branch!r} is no name", f"{branch!r} 不能作为名称"))
                ends += self._list(layers, inner.within(branch), reads)
        else:
            for layers in self.items(branches):
                ends += self._list(layers, inner, reads)
        if merge == "none":
            return tuple(ends)
        return self._merged(node, merge, tuple(ends), inner)

    def _merged(self, node: Node, word: str, ends: tuple[str, ...], scope: _Scope) -> tuple[str, ...]:
        if word not in KINDS:
            raise self.wrong(node, f"branches cannot be merged by {word!r}", f"分支不能用 {word!r} 合并")
        return self._layer(node, word, {}, self._merge_name(word, scope), scope, ends)

    def _merge_name(self, word: str, scope: _Scope) -> str:
        return word if scope.called(word) not in self.found else self._numbered(word, scope)

    def _repeated(self, node: Map, name: str | None, scope: _Scope, reads: tuple[str, ...]) -> tuple[str, ...]:
        rounds = list(self._rounds(node, scope))
        alone = len(rounds) == 1 and "block" in node.values
        outer = scope.within(name or (None if alone else self._numbered("block", scope)))
        for index, sizes in enumerate(rounds):
            # A block that is not repeated is its own group; repetitions are numbered within theirs.
            inner = outer.within(None, sizes) if alone else outer.within(str(index), {**sizes, "i": index})
            if "block" in node.values:
                reads = self._block(node, index, inner, reads)
            elif "layers" in node.values:
                self.check_keys(node, _GROUP_KEYS["repeat"])
                reads = self._list(node.values["layers"], inner, reads)
            else:
                raise self.wrong(
                    node, "what is repeated stands under layers or block", "重复的内容应写在 layers 或 block 下"
                )
        return reads

    def _rounds(self, node: Map, scope: _Scope) -> Iterator[dict[str, int]]:
        """The sizes of each repetition."""
        if "each" in node.values:
            lists = {
                key: self.items(values) for key, values in self.mapping(node.values["each"], "each").values.items()
            }
            lengths = {len(items) for items in lists.values()}
            if len(lengths) != 1:
                raise self.wrong(
                    node.values["each"], "the lists under each are of one length", "each 下各列表的长度应相同"
                )
            for index in range(lengths.pop()):
                yield {key: self.number(items[index], scope.sizes, key) for key, items in lists.items()}
            return
        count = self.number(node.values["repeat"], scope.sizes, "repeat") if "repeat" in node.values else 1
        if not 0 < count <= MOST_LAYERS:
            raise self.wrong(node, "repeat is at least 1", "repeat 至少为 1")
        yield from ({} for _ in range(count))

    def _block(self, node: Map, index: int, scope: _Scope, reads: tuple[str, ...]) -> tuple[str, ...]:
        values = {key: value for key, value in node.values.items() if key not in ("repeat", "each", "first", "from")}
        if index == 0 and "first" in node.values:
            values |= self.mapping(node.values["first"], "first").values
        name = self.word(values.pop("block"), "block")
        if name not in self._blocks:
            hint = suggestion(name, self._blocks)
            raise self.wrong(node, f"there is no block {name!r}.{hint.en}", f"没有名为 {name!r} 的模块。{hint.zh}")
        block = self.mapping(self._blocks[name], "a block")
        self.check_keys(block, ("takes", "layers"))
        takes = self.mapping(block.values["takes"], "takes").values if "takes" in block.values else {}
        if strange := [key for key in values if key not in takes]:
            hint = suggestion(strange[0], takes)
            raise self.wrong(
                values[strange[0]],
                f"the block {name} takes no {strange[0]!r}.{hint.en}",
                f"模块 {name} 没有 {strange[0]!r} 这个尺寸。{hint.zh}",
            )
        sizes: dict[str, int] = {}
        for key, default in takes.items():
            given = values.get(key)
            if given is None and key in scope.sizes and isinstance(default, Scalar) and default.value is None:
                sizes[key] = scope.sizes[key]
            elif given is None and isinstance(default, Scalar) and default.value is None:
                raise self.wrong(node, f"the block {name} needs {key}", f"模块 {name} 缺少 {key}")
            else:
                known = scope.sizes if given is not None else {**scope.sizes, **sizes}
                sizes[key] = self.number(given if given is not None else default, known, key)
        if "layers" not in block.values:
            raise self.wrong(block, "a block needs layers", "模块缺少 layers")
        return self._list(block.values["layers"], scope.within(None, sizes), reads)

    def _referred(self, node: Node, scope: _Scope) -> str:
        """The full name of a layer or input, looked for in the group itself and then in those around it."""
        name = self.word(node, "from")
        for length in range(len(scope.prefix), -1, -1):
            full = ".".join((*scope.prefix[:length], name))
            if full in self.found or full in self._inputs:
                return full
            if len(self._ends.get(full, ())) == 1:
                return self._ends[full][0]
        hint = suggestion(name, [*self.found, *self._inputs, *self._ends])
        raise self.wrong(
            node, f"there is no earlier layer {name!r}.{hint.en}", f"前面没有名为 {name!r} 的层。{hint.zh}"
        )
