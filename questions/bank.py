"""The bank: question files found by their ids, read when asked for.

The question `convolution/output-size` stands in `convolution/output-size.yaml` of the first folder that has it; a
teacher's folders come before the shipped one. Misconceptions' texts are in `misconceptions/<topic>.yaml`, the map of topics in
`topics.yaml`, the names of tags in `tags.yaml`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from questions.question import MisconceptionText, Question
from questions.schema_errors import BankError, declared_twice, validated
from questions.topic_map import TopicRow, foundations, read_tags, read_topic_map
from solvers.nearest import suggestion
from solvers.text import Text, UsageError
from solvers.yaml_reader import read_yaml

SHIPPED = Path(__file__).parent
_ASIDE = {"misconceptions"}


class Bank:
    """The questions of one or more folders."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        for folder in folders:
            if not folder.is_dir():
                raise UsageError(f"There is no bank folder {folder}.", f"题库文件夹 {folder} 不存在。")
        self.folders = (*folders, SHIPPED)
        self._questions: dict[str, Question] = {}

    def ids(self) -> list[str]:
        """Every question's id, in order."""
        found = {
            path.relative_to(folder).with_suffix("").as_posix()
            for folder in self.folders
            for path in folder.glob("*/**/*.yaml")
            if path.relative_to(folder).parts[0] not in _ASIDE
        }
        return sorted(found)

    def path_of(self, id: str) -> Path:
        """The file of a question. Raises UsageError with the nearest right id."""
        if all(part not in ("", ".", "..") for part in id.split("/")) and "\\" not in id and "\0" not in id:
            for folder in self.folders:
                path = folder / f"{id}.yaml"
                if "/" in id and path.is_file() and id.split("/", maxsplit=1)[0] not in _ASIDE:
                    return path
        hint = suggestion(id, self.ids())
        raise UsageError(
            f"There is no question {id!r}.{hint.en} `gradmark questions` lists them.",
            f"没有题目 {id!r}。{hint.zh}用 `gradmark questions` 查看全部题目。",
        )

    def question(self, id: str) -> Question:
        """The question with this id. Raises UsageError for an unknown id, BankError for a file that is wrong."""
        if id not in self._questions:
            path = self.path_of(id)
            document = read_yaml(path)
            question = validated(Question, document, document.plain())
            if question.id != id:
                reason = Text(
                    f"the id is {question.id!r}, but the file's place makes it {id!r}.",
                    f"id 为 {question.id!r}，但按文件位置应为 {id!r}。",
                )
                raise document.error(("id",), reason)
            self._questions[id] = question
        return self._questions[id]

    def questions(self, topic: str | None = None) -> Iterator[Question]:
        """Every question, or every one on a topic, in order."""
        for id in self.ids():
            if topic in (None, id.partition("/")[0]):
                yield self.question(id)

    def topics(self) -> list[str]:
        """The topics that have questions, in the order of the topic map, a teacher's own last."""
        present = {id.partition("/")[0] for id in self.ids()}
        mapped = [row.id for row in self.topic_map if row.id in present]
        return mapped + sorted(present - set(mapped))

    @cached_property
    def topic_map(self) -> list[TopicRow]:
        """Every topic of the map, whether it has questions or not."""
        return read_topic_map()

    def topic_row(self, id: str) -> TopicRow | None:
        """The topic's row in the map; None for a topic of a teacher's own."""
        return next((row for row in self.topic_map if row.id == id), None)

    @cached_property
    def foundations(self) -> dict[str, frozenset[str]]:
        """For each topic of the map everything that it builds on, directly or not."""
        return foundations(self.topic_map)

    @cached_property
    def tag_names(self) -> dict[str, Text]:
        """The tags that have a name in words, by the tag."""
        return read_tags()

    def tags(self, question: Question) -> list[str]:
        """A question's tags: its topic's, its own, and its kind."""
        row = self.topic_row(question.topic)
        return list(dict.fromkeys([*(row.tags if row else ()), *question.tags, question.kind]))

    @cached_property
    def misconceptions(self) -> dict[str, MisconceptionText]:
        """The catalogue: every misconception's texts, by id; a teacher's own take the place of the shipped ones.

        Raises BankError or YamlError for a file that is wrong, and for an id that two files of a folder have.
        """
        catalogue: dict[str, MisconceptionText] = {}
        for folder in reversed(self.folders):
            places: dict[str, str] = {}
            for path in sorted((folder / "misconceptions").glob("*.yaml")):
                document = read_yaml(path)
                entries = document.plain()
                if not isinstance(entries, dict):
                    raise BankError(f"{path}: expected misconceptions by id.", f"{path}：应为以 id 为键的误解条目。")
                for id, entry in entries.items():
                    if id in places:
                        raise declared_twice(document, id, places[id])
                    places[id] = f"{path}:{document.position((id,), key=True)[0]}"
                    catalogue[id] = validated(MisconceptionText, document, entry, (id,))
        return catalogue

    def misconception_title(self, id: str) -> Text:
        """A misconception's short name; its id where the catalogue has none."""
        known = self.misconceptions.get(id)
        return known.title.text if known else Text(id, id)

    def digest(self, ids: Sequence[str]) -> str:
        """A fingerprint of the named questions' files."""
        digest = hashlib.sha256()
        for id in sorted(set(ids)):
            digest.update(id.encode() + b"\0" + self.path_of(id).read_bytes() + b"\0")
        return digest.hexdigest()

    def question_digest(self, id: str) -> str:
        """A fingerprint of one question's file."""
        return self.digest([id])
