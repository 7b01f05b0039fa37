"""Questions about one network: the templates on networks, with the one that a blueprint names put in for theirs."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from questions.bank import Bank
from questions.prompts import names_in
from questions.question import Draw, Question
from questions.same import Same
from questions.sampling import draw
from questions.stream import Stream
from solvers.text import GradmarkError, UsageError
from solvers.values import Value

if TYPE_CHECKING:
    from solvers.network.model import Network

TOPIC = "networks"
GIVEN = "network"
OTHER = "other"
_TRIED = 1  # seeds with which a template is tried on a network
_ANY_EFFORT = Fraction(2)  # the widest band: the layers of one network are as unlike as they are


def named(network: str, folder: Path) -> str:
    """The name of a network that a blueprint names: itself, or that in the YAML file of this name, which becomes known.

    Raises GradmarkError for an unknown network and for a file that is none.
    """
    from solvers.network.library import add_file, find  # many modules, which no other question needs

    if network.endswith((".yaml", ".yml")):
        return add_file(folder / network).name
    find(network)
    return network


def is_about_network(question: Question, givens: Mapping[str, Value]) -> bool:
    """Whether a question is about a network that its givens name."""
    return question.topic == TOPIC and GIVEN in givens


def about(question: Question, network: str) -> Question:
    """The question with every network that it draws replaced by this one, or by parts of it that a prompt can show.

    It lists no misconceptions any more: the network may have no layer in which they show. Those that do are told all the same.
    """
    from solvers.network.library import find

    return _about(Same(question), network, find(network))


@lru_cache(maxsize=1_000)
def _about(same: Same[Question], network: str, found: Network) -> Question:
    from solvers.network.suited import parts

    question = same.object
    draws = {
        name: Draw(choice=list(parts(found, network))) if name == GIVEN else how
        for name, how in question.givens.items()
    }
    return question.model_copy(update={"givens": draws, "misconceptions": [], "pairs": [], "effort": _ANY_EFFORT})


def questions_about(bank: Bank, network: str, count: int, stream: Stream) -> list[str]:
    """So many ids of templates that can be drawn for a network, each as often as the others. Raises UsageError if there are none."""
    from solvers.network.library import find

    suiting = _suiting(Same(bank), network, find(network))
    if not suiting:
        raise UsageError(
            f"No question on networks can be asked of {network}.", f"题库中没有可以就 {network} 提出的网络题。"
        )
    chosen: list[str] = []
    while len(chosen) < count:
        chosen += stream.shuffled(list(suiting))
    return chosen[:count]


@lru_cache(maxsize=32)
def _suiting(same: Same[Bank], network: str, _found: Network) -> tuple[str, ...]:
    """The templates that suit what is found now under the network's name."""
    bank = same.object
    ids = [id for id in bank.ids() if id.startswith(f"{TOPIC}/") and _speaks_of_any_network(bank.question(id))]
    return tuple(id for id in ids if _can_be_drawn(about(bank.question(id), network)))


def _speaks_of_any_network(question: Question) -> bool:
    """Whether a template says nothing that holds of its own network alone: a size that is put into the name, another network beside it."""
    how = question.givens.get(GIVEN)
    if how is None or OTHER in question.givens:
        return False
    said = (question.prompt, *(part.ask for part in question.parts))
    names = frozenset[str]().union(*(names_in(text) for words in said for text in (words.en, words.zh)))
    own = names & set(question.givens) - {GIVEN}
    return how.text is None or all(_is_of_network(question.givens[name]) for name in own)


def _is_of_network(how: Draw) -> bool:
    return how.layer_of is not None or how.input_of is not None


def _can_be_drawn(question: Question) -> bool:
    try:
        for seed in range(_TRIED):
            draw(question, seed)
    except GradmarkError:
        return False
    return True
