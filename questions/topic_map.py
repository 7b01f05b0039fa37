"""The map of topics: what each is called, what it builds on, and the tags by which its questions are found.

It stands in `topics.yaml`, the tags' names in `tags.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from solvers.text import Text
from solvers.yaml_reader import read_yaml

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class TopicRow:
    """One row of the topic map: the topic's folder, its title, the topics it builds on directly, its tags."""

    row: int
    id: str
    title: Text
    prerequisites: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def read_topic_map() -> list[TopicRow]:
    """Every topic of the map, whether it has questions or not."""
    return [
        TopicRow(
            row["row"],
            row["id"],
            Text.of(row["title"]),
            tuple(row.get("prerequisites", ())),
            tuple(row.get("tags", ())),
        )
        for row in read_yaml(_FOLDER / "topics.yaml").plain()
    ]


def read_tags() -> dict[str, Text]:
    """The names of the shipped tags, by the tag."""
    return {tag: Text.of(name) for tag, name in read_yaml(_FOLDER / "tags.yaml").plain().items()}


def foundations(rows: Sequence[TopicRow]) -> dict[str, frozenset[str]]:
    """For each topic everything that it builds on, directly or not. Raises ValueError if a topic builds on itself."""
    direct = {row.id: row.prerequisites for row in rows}
    found: dict[str, frozenset[str]] = {}
    for id in direct:
        _gather(id, direct, found, ())
    return found


def _gather(
    id: str, direct: Mapping[str, Sequence[str]], found: dict[str, frozenset[str]], above: tuple[str, ...]
) -> frozenset[str]:
    if id in above:
        raise ValueError(f"a topic builds on itself: {' → '.join((*above, id))}")
    if id not in found:
        below = [_gather(needed, direct, found, (*above, id)) for needed in direct[id]]
        found[id] = frozenset(direct[id]).union(*below)
    return found[id]
