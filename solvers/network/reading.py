"""Networks written in YAML: a compact list of layers, with repeats, branches, blocks, shared weights and named sizes.

A layer is a word (`relu`), a word with settings (`{conv: 64, kernel: 3}`), or either of them under a name (`conv1: {conv: 64, kernel: 3}`).
Each reads the one before it, unless `from` names others, which may be groups: their last layer is read. Around layers stand

- `{residual: [layers], shortcut: [layers]}`: both read the same, and are added; without a shortcut the input itself is added;
- `{branches: {name: [layers], ...}, merge: concat}`: all read the same, and are merged;
- `{repeat: 3, layers: [...]}` or `{each: {width: [64, 128]}, layers: [...]}`: one after the other, `i` counting from 0;
- `{block: name, width: 64}`: the layers of a block declared under `blocks`, its sizes put in; `repeat`, `each` and `first` (settings of
  the first repetition) go with it.

Numbers may be expressions over the network's `sizes`, the sizes that a block `takes`, and `i`. A file that says `like: other` is the network of
`other.yaml` beside it, with other sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from solvers.nearest import suggestion
from solvers.network.kind import Kind
from solvers.network.kinds import KINDS
from solvers.network.model import Layer, Network, NetworkError
from solvers.network.settings import SettingError, fields_of, first_setting, required, setting
from solvers.network.values_in_yaml import Values
from solvers.text import Text
from solvers.values import Shape
from solvers.yaml_reader import Document, Node, Scalar, Sequence, read_yaml
from solvers.yaml_reader import Mapping as Map

MOST_LAYERS = 5_000
DEEPEST = 20  # groups within groups
MOST_AXES = 8
_LONGEST_NAME = 80
_MOST_READ = 50_000  # layers and groups with their repetitions: groups may repeat groups, and need not hold a layer
_TOP = ("network", "title", "source", "input", "inputs", "sizes", "blocks", "layers", "outputs", "notes")
_LIKE = ("network", "like", "title", "source", "sizes", "notes")
_NAME = re.compile(r"[^\W\d_][\w-]*(\.[\w-]+)*")  # groups may stand before a layer's name, with dots
_GROUPS = ("residual", "branches", "repeat", "each", "block")
_GROUP_KEYS = {
    "residual": ("residual", "shortcut", "from"),
    "branches": ("branches", "merge", "from"),
    "repeat": ("repeat", "each", "layers", "from"),
}
_LAYER_KEYS = ("from", "weights")


def read_network(
    content: Path | str | bytes,
    *,
    source: str | None = None,
    sizes: Mapping[str, int] | None = None,
    name: str | None = None,
) -> Network:
    """The network that a YAML file or text describes, with other `sizes` than it states, or under another `name`, if they are given.

    Raises YamlError with the place of what is wrong, NetworkError where layers do not fit together.
    """
    document = read_yaml(content, source=source)
    if isinstance(document.root, Map) and "like" in document.root.values:
        return _alike(document, content.parent if isinstance(content, Path) else None, sizes or {})
    return _Reader(document, sizes or {}).network(name)


def _alike(document: Document, folder: Path | None, sizes: Mapping[str, int]) -> Network:
    """A network that is another one with other sizes."""
    reader = _Reader(document, sizes)
    top = reader.top(_LIKE)
    other = top.values["like"]
    path = None if folder is None else folder / f"{reader.word(other, 'like')}.yaml"
    if path is None or path.parent != folder or not path.is_file():
        raise reader.wrong(other, "there is no such network beside this file", "此文件旁没有这个网络")
    known = read_yaml(path)
    if isinstance(known.root, Map) and "like" in known.root.values:
        raise reader.wrong(other, "that network is itself like another one", "该网络本身也引用了别的网络")
    stated = {key: reader.number(node, {}, key) for key, node in reader.stated_sizes(top).items()}
    found = _Reader(known, {**stated, **sizes}).network()
    title = reader.text(top.values["title"], found.name) if "title" in top.values else found.title
    notes = tuple(reader.text(note, "") for note in reader.items(top.values.get("notes")))
    source = reader.word(top.values["source"], "source") if "source" in top.values else found.source
    name = reader.name(top)
    return replace(found, name=name, title=title, source=source, notes=found.notes + notes)


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


class _Reader(Values):
    def __init__(self, document: Document, sizes: Mapping[str, int]) -> None:
        super().__init__(document)
        self._overrides = dict(sizes)
        self._layers: dict[str, Layer] = {}
        self._blocks: dict[str, Node] = {}
        self._counts: dict[tuple[str, ...], int] = {}
        self._ends: dict[str, tuple[str, ...]] = {}
        self._read = 0

    # ------------------------------------------------------------------------------------------------- the document

    def network(self, name: str | None = None) -> Network:
        """The network of the document, under its own name or this one."""
        top = self.top(_TOP)
        name = name or self.name(top)
        if "layers" not in top.values:
            raise self.wrong(top, "a network needs layers", "网络缺少 layers")
        sizes = self._sizes(top)
        blocks = top.values.get("blocks")
        self._blocks = dict(self.mapping(blocks, "blocks").values) if blocks is not None else {}
        inputs = self._inputs(top, sizes)
        self._inputs_known = inputs
        self._list(top.values["layers"], _Scope(sizes=sizes), (next(iter(inputs)),))
        if not self._layers:
            raise self.wrong(top.values["layers"], "a network needs layers", "网络中没有层")
        outputs = (
            tuple(self._referred(n, _Scope()) for n in self.several(top.values["outputs"]))
            if "outputs" in top.values
            else ()
        )
        network = Network(
            name=name,
            title=self.text(top.values.get("title"), name),
            inputs=inputs,
            layers=tuple(self._layers.values()),
            source=self.word(top.values["source"], "source") if "source" in top.values else "",
            outputs=outputs,
            notes=tuple(self.text(note, "") for note in self.items(top.values.get("notes"))),
        )
        _ = network.by_name
        return network

    def name(self, top: Map) -> str:
        """The network's name. Raises YamlError for one that could not be asked for: in brackets stand sizes, and a colon is of Python code."""
        if "network" not in top.values:
            raise self.wrong(top, "a network needs network", "网络缺少 network")
        node = top.values["network"]
        name = self.word(node, "network")
        if len(name) > _LONGEST_NAME or set(name) & set("():\n"):
            raise self.wrong(
                node,
                f"a network's name has at most {_LONGEST_NAME} characters, and no colon or bracket",
                f"网络名称最多 {_LONGEST_NAME} 个字符，且不能含冒号和括号",
            )
        return name

    def top(self, known: tuple[str, ...]) -> Map:
        """The document as a mapping with no other keys than these."""
        top = self.mapping(self.document.root, "a network")
        self.check_keys(top, known)
        return top

    def stated_sizes(self, top: Map) -> Mapping[str, Node]:
        """The sizes that the document states."""
        stated = top.values.get("sizes")
        return self.mapping(stated, "sizes").values if stated is not None else {}

    def _sizes(self, top: Map) -> dict[str, int]:
        sizes: dict[str, int] = {}
        for key, node in self.stated_sizes(top).items():
            sizes[key] = self._overrides.get(key, None) or self.number(node, sizes, key)
        if strange := sorted(set(self._overrides) - set(sizes)):
            hint = suggestion(strange[0], sizes)
            raise NetworkError(
                f"{self.document.source}: the network has no size {strange[0]!r}.{hint.en}",
                f"{self.document.source}：该网络没有名为 {strange[0]!r} 的尺寸。{hint.zh}",
            )
        return sizes

    def _inputs(self, top: Map, sizes: Mapping[str, int]) -> dict[str, Shape]:
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
            if not _NAME.fullmatch(name):
                raise self.at_key(inputs, name, Text(f"{name!r} is no name", f"{name!r} 不能作为名称"))
        return {name: self._shape(node, sizes) for name, node in inputs.values.items()}

    def _shape(self, node: Node, sizes: Mapping[str, int]) -> Shape:
        entries = [self.number(item, sizes, "input") for item in (node.items if isinstance(node, Sequence) else [node])]
        if not entries or min(entries) < 1:
            raise self.wrong(node, "sizes are at least 1", "尺寸至少为 1")
        if len(entries) > MOST_AXES:
            raise self.wrong(node, f"a shape has at most {MOST_AXES} axes", f"形状最多有 {MOST_AXES} 个维度")
        return Shape(entries)

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
                if not _NAME.fullmatch(name):
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
        if full in self._layers:
            raise self.wrong(node, f"two layers are called {full}", f"有两层都叫 {full}")
        if len(self._layers) >= MOST_LAYERS:
            raise self.wrong(node, f"the network has more than {MOST_LAYERS} layers", f"网络超过 {MOST_LAYERS} 层")
        weights = self._referred(given["weights"], scope) if "weights" in given else None
        if kind.inputs[1] == 0:
            reads = ()
        self._layers[full] = Layer(full, self._kind(node, kind, given, scope), reads, self._blocks_of(full), weights)
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
        return tuple(group for group in groups if group not in self._layers)

    def _numbered(self, word: str, scope: _Scope) -> str:
        """A name for a layer that has none: `conv1`, `conv2`, ... within its group."""
        place = (*scope.prefix, word)
        while True:
            self._counts[place] = self._counts.get(place, 0) + 1
            name = f"{word}{self._counts[place]}" if not word[-1].isdigit() else f"{word}_{self._counts[place]}"
            if scope.called(name) not in self._layers:
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
        return word if scope.called(word) not in self._layers else self._numbered(word, scope)

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
            if full in self._layers or full in self._inputs_known:
                return full
            if len(self._ends.get(full, ())) == 1:
                return self._ends[full][0]
        hint = suggestion(name, [*self._layers, *self._inputs_known, *self._ends])
        raise self.wrong(
            node, f"there is no earlier layer {name!r}.{hint.en}", f"前面没有名为 {name!r} 的层。{hint.zh}"
        )
