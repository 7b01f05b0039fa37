"""What a check of a bank covered, and what it found."""

from __future__ import annotations

from dataclasses import dataclass, field

from solvers.text import Text


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a question."""

    question: str
    rule: str
    text: Text


@dataclass(frozen=True)
class Effort:
    """How much work the variants of one question are: the band they have to lie in, those drawn, the share of draws taken."""

    question: str
    middle: float
    width: float
    least: float
    most: float
    taken: float


@dataclass
class Report:
    """What a check covered and what it found.

    `certified` counts variants whose key an independent engine confirmed, `formulas` the steps of solutions, `mistakes` the answers of
    misconceptions that were marked, `pairs` those of two at once that were told apart from all others, `texts` those that were read, each language for itself.
    """

    questions: int = 0
    variants: int = 0
    certified: int = 0
    formulas: int = 0
    mistakes: int = 0
    pairs: int = 0
    texts: int = 0
    uncertified: str = ""
    findings: list[Finding] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)

    @property
    def widest(self) -> Effort | None:
        """The question whose variants differ most in how much work they are; None where nothing is computed."""
        return max(self.efforts, key=lambda row: row.most / row.least if row.least else 1.0, default=None)

    def add(self, other: Report) -> None:
        """Takes in what another check covered and found."""
        self.questions += other.questions
        self.variants += other.variants
        self.certified += other.certified
        self.formulas += other.formulas
        self.mistakes += other.mistakes
        self.pairs += other.pairs
        self.texts += other.texts
        self.uncertified = self.uncertified or other.uncertified
        self.findings += other.findings
        self.efforts += other.efforts
