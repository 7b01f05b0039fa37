"""What the lines of a working show of each step, and which steps their right lines vouch for."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from grader.working.result import Shown
from grader.working.spellings import Quantity
from solvers.trace import Trace
from solvers.values import elements


@dataclass
class Standings:
    """What became of the lines about each step, or about elements of it."""

    key: Trace
    _found: dict[str, dict[tuple[int, ...], Shown]] = field(default_factory=dict)

    def __contains__(self, step: str) -> bool:
        return step in self._found

    def __len__(self) -> int:
        return len(self._found)

    def note(self, quantity: Quantity, *, share: int, carried: bool = False) -> None:
        """Keeps what became of a line about a step, or an element of it; a later line about the same replaces it."""
        standings = self._found.setdefault(quantity.step, {})
        if not quantity.index:
            standings.clear()
        standings[quantity.index] = Shown(Fraction(share), carried)

    def shown(self) -> dict[str, Shown]:
        """What the lines show of each step."""
        return {step: self._shown(step) for step in self._found}

    def _shown(self, step: str) -> Shown:
        standings = self._found[step]
        carried = any(found.carried for found in standings.values())
        places = {index: found.share for index, found in standings.items() if index}
        if () in standings and not places:
            return standings[()]
        size = len(elements(self.key[step]))
        whole = standings[()].share if () in standings else Fraction(0)
        share = sum(places.values(), whole * (size - len(places))) / size
        return Shown(share, carried)

    def vouched(self, shown: dict[str, Shown]) -> dict[str, Shown]:
        """The steps that no line shows, but that a line which is right, or follows, could not do without."""
        found: dict[str, Shown] = {}
        steps = self.key.derivation.steps
        for step, standing in shown.items():
            waiting = list(steps[step].inputs.values()) if standing.share == 1 else []
            while waiting:
                name = waiting.pop()
                if name not in steps or name in shown or (name in found and not found[name].carried):
                    continue
                if name in found and standing.carried:
                    continue
                found[name] = standing
                waiting.extend(steps[name].inputs.values())
        return found
