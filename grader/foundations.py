"""What to practise first when a topic goes badly: what it builds on and is not known yet."""

from __future__ import annotations

from grader.progress import Progress
from questions.bank import Bank
from questions.topic_map import TopicRow

_ENOUGH = 3  # answers from which on a share of marks says something
_HARD = 0.5  # share of marks below which a topic goes badly
_KNOWN = 0.75  # share of marks from which on a topic counts as known


def to_practise_first(bank: Bank, progress: Progress, topic: str) -> TopicRow | None:
    """The topic to practise before `topic`; None while that goes well enough, or when all that it builds on is known.

    Of several the one that went worst, an untried one counting as half known. If that one goes badly too, what it builds on in its turn.
    """
    if not _goes_badly(progress, topic):
        return None
    found = None
    row = bank.topic_row(topic)
    while row is not None:
        open_ones = [id for id in row.prerequisites if id in bank.topics() and not _is_known(progress, id)]
        if not open_ones:
            break
        weakest = min(open_ones, key=lambda id: _success(progress, id))
        found = row = bank.topic_row(weakest)
        if not _goes_badly(progress, weakest):
            break
    return found


def _goes_badly(progress: Progress, topic: str) -> bool:
    lately = progress.lately(topic)
    return lately is not None and lately.attempts >= _ENOUGH and lately.success < _HARD


def _is_known(progress: Progress, topic: str) -> bool:
    lately = progress.lately(topic)
    return lately is not None and lately.attempts >= _ENOUGH and lately.success >= _KNOWN


def _success(progress: Progress, topic: str) -> float:
    lately = progress.lately(topic)
    return lately.success if lately is not None else _HARD
