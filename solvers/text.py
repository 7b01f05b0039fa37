"""Words in two languages, and the one exception that carries them to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True)
class Text:
    """One sentence, said in English and in Simplified Chinese."""

    en: str
    zh: str

    def __getitem__(self, language: Language) -> str:
        """The sentence in `language`."""
        return self.zh if language == "zh" else self.en

    @classmethod
    def of(cls, words: str | Text | Mapping[str, str]) -> Text:
        """A text from a mapping with keys `en` and `zh`, or the same words for both languages."""
        if isinstance(words, Text):
            return words
        if isinstance(words, str):
            return cls(words, words)
        return cls(words["en"], words["zh"])


class GradmarkError(Exception):
    """Something a person has to know: what happened, where, and what to do; `exit_code` 1, or 2 for wrong usage."""

    exit_code = 1

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.text = Text(en, zh)


class UsageError(GradmarkError):
    """The request itself is wrong: an unknown name, a missing value, two options that contradict each other."""

    exit_code = 2
