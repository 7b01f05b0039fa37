"""How far the bank covers the map of topics."""

from __future__ import annotations

from dataclasses import dataclass

from questions.bank import Bank
from questions.sampling import draws
from questions.topic_map import TopicRow
from solvers.text import Text


@dataclass(frozen=True)
class TopicCoverage:
    """What the bank has on one topic. `certified`: the templates whose keys a derivation computes, so that another engine can prove them."""

    topic: TopicRow
    templates: int
    variants: int
    certified: int
    misconceptions: int


def coverage(bank: Bank) -> list[TopicCoverage]:
    """Every topic of the map, then a teacher's own, which have row 0."""
    own = [id for id in bank.topics() if bank.topic_row(id) is None]
    return [_covered(bank, row) for row in (*bank.topic_map, *(TopicRow(0, id, Text(id, id)) for id in own))]


def _covered(bank: Bank, row: TopicRow) -> TopicCoverage:
    here = list(bank.questions(row.id))
    return TopicCoverage(
        topic=row,
        templates=len(here),
        variants=sum(map(draws, here)),
        certified=sum(question.derivation is not None for question in here),
        misconceptions=len({id for question in here for id in question.misconceptions}),
    )
