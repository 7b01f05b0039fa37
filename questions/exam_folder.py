"""The exam folder on disk: `papers/` for the students, `teacher/` for the secret, the key and the lock.

`teacher/exam.json` describes the exam and locks the bank's question files by their digests; `teacher/keys.jsonl` holds one line for
each paper; `teacher/secret` is what the papers were drawn from; `teacher/networks/` holds the networks that the questions are about, which are
locked as well.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from questions.about_network import GIVEN, is_about_network
from questions.bank import Bank
from questions.blueprint import Blueprint
from questions.exam import Item, Paper, paper_from_key
from solvers.files import safe_name
from solvers.text import GradmarkError, UsageError
from solvers.version import VERSION

FORMAT = 1
EXAM_FILE, KEYS_FILE, SECRET_FILE = "teacher/exam.json", "teacher/keys.jsonl", "teacher/secret"
NETWORKS = "teacher/networks"


_STRANGE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What reading a key raises that somebody has edited."""


def _damaged(path: Path) -> GradmarkError:
    return GradmarkError(
        f"{path} is not what gradmark wrote. Restore it, or generate the exam again.",
        f"{path} 不是由 gradmark 写入的内容。请恢复该文件，或重新组卷。",
    )


class BankChangedError(GradmarkError):
    """Question files have changed since the exam was drawn, so that its key may no longer be what students were asked."""

    def __init__(self, folder: Path, changed: list[str]) -> None:
        names = ", ".join(changed)
        super().__init__(
            f"{folder}: the bank has changed since this exam was drawn: {names}. Restore the files, or mark with the changed "
            "bank on purpose: --accept-changed-bank.",
            f"{folder}：组卷之后题库有改动：{names}。请恢复这些文件；若确要按改动后的题库阅卷，请加 --accept-changed-bank。",
        )
        self.changed = changed


def new_secret() -> bytes:
    """A secret that nobody can guess."""
    return secrets.token_bytes(32)


def description(
    bank: Bank, blueprint: Blueprint, questions: list[str], networks: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What `teacher/exam.json` says; `networks` are those of the questions, as YAML by name."""
    return {
        "format": FORMAT,
        "gradmark": VERSION,
        "exam": blueprint.exam,
        "blueprint": json.loads(blueprint.model_dump_json(exclude_none=True)),
        "questions": {id: bank.question_digest(id) for id in sorted(set(questions))},
        **({"networks": {name: _digest(text) for name, text in sorted(networks.items())}} if networks else {}),
    }


def networks_of(paper: Paper) -> set[str]:
    """The names of the networks that the questions of a paper are about; of parts, those of the whole ones."""
    variants = [item.variant for item in paper.items]
    about = (variant for variant in variants if is_about_network(variant.question, variant.givens))
    return {str(variant.givens[GIVEN]).partition("/")[0] for variant in about}


def network_text(name: str) -> str:
    """A network as the YAML that an exam folder keeps."""
    from solvers.network.library import find
    from solvers.network.writing import to_yaml

    return to_yaml(find(name))


def network_file(name: str) -> str:
    """Where an exam folder keeps a network."""
    return f"{NETWORKS}/{safe_name(name)}.yaml"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class ExamFolder:
    """An exam that was generated, opened for marking. Papers are read one at a time."""

    def __init__(self, folder: Path, bank: Bank, *, accept_changed_bank: bool = False) -> None:
        self.folder = folder
        self.bank = bank
        if not (folder / EXAM_FILE).is_file():
            raise UsageError(
                f"{folder} is no exam folder: it has no {EXAM_FILE}. `gradmark generate` makes one.",
                f"{folder} 不是试卷文件夹：缺少 {EXAM_FILE}。请先用 `gradmark generate` 生成。",
            )
        described = self._read_json(folder / EXAM_FILE)
        if described.get("format") != FORMAT:
            raise GradmarkError(
                f"{folder / EXAM_FILE}: format {described.get('format')!r}, but this gradmark reads format {FORMAT}. "
                f"The exam was made by gradmark {described.get('gradmark')}.",
                f"{folder / EXAM_FILE}：格式为 {described.get('format')!r}，本版本只支持格式 {FORMAT}。"
                f"该试卷由 gradmark {described.get('gradmark')} 生成。",
            )
        try:
            self.blueprint = Blueprint.model_validate(described["blueprint"])
            self.questions = {str(id): str(digest) for id, digest in described["questions"].items()}
        except _STRANGE:
            raise _damaged(folder / EXAM_FILE) from None
        changed = [id for id, digest in self.questions.items() if self._digest_now(id) != digest]
        changed += self._read_networks(described.get("networks", {}))
        if changed and not accept_changed_bank:
            raise BankChangedError(folder, changed)
        self.changed = changed
        self._places = self._index()
        self._last: dict[str, Any] = {}

    def _read_networks(self, digests: Any) -> list[str]:
        """Makes the exam's own networks known, and says in `networks` as what; gives the names of those that are not what they were."""
        self.networks: dict[str, str] = {}
        if not isinstance(digests, dict) or not digests:
            return []
        from solvers.network.library import keep
        from solvers.network.reading import read_network

        changed = []
        for name, digest in digests.items():
            path = self.folder / network_file(str(name))
            try:
                text = path.read_text("utf-8")
            except (OSError, ValueError) as error:
                raise GradmarkError(f"{path} cannot be read: {error}", f"无法读取 {path}：{error}") from None
            # Under the name that the papers have: `bert-base(n=42)` is none that a file could state for itself.
            network = read_network(text, source=str(path), name=str(name))
            self.networks[str(name)] = keep(network, _digest(text))
            if _digest(text) != digest:
                changed.append(str(name))
        return changed

    @staticmethod
    def _read_json(path: Path) -> dict[str, Any]:
        try:
            found = json.loads(path.read_text("utf-8"))
        except (ValueError, OSError) as error:
            raise GradmarkError(f"{path} cannot be read: {error}", f"无法读取 {path}：{error}") from None
        if not isinstance(found, dict):
            raise _damaged(path)
        return found

    def _digest_now(self, id: str) -> str:
        try:
            return self.bank.question_digest(id)
        except UsageError:
            return ""

    def _index(self) -> dict[str, int]:
        """Where each student's line begins in the key, so that one paper at a time is in memory."""
        places: dict[str, int] = {}
        path = self.folder / KEYS_FILE
        try:
            with path.open("rb") as lines:
                at = 0
                for line in lines:
                    places[json.loads(line)["student"]] = at
                    at += len(line)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise GradmarkError(f"{path} cannot be read: {error}", f"无法读取 {path}：{error}") from None
        return places

    @property
    def students(self) -> list[str]:
        """The ids of the students who have papers, in roster order."""
        return list(self._places)

    def key(self, student: str) -> dict[str, Any]:
        """What the teacher keeps of one student's paper. Raises KeyError for an unknown student."""
        if self._last.get("student") == student:
            return self._last
        with (self.folder / KEYS_FILE).open("rb") as lines:
            lines.seek(self._places[student])
            self._last = json.loads(lines.readline())
        return self._last

    def paper(self, student: str) -> Paper:
        """One student's paper with its answers. Raises KeyError for an unknown student."""
        key = self.key(student)
        try:
            return paper_from_key(self.bank, self.blueprint.exam, key, self.networks)
        except (*_STRANGE, UsageError):
            if self.changed:
                raise BankChangedError(self.folder, self.changed) from None
            raise _damaged(self.folder / KEYS_FILE) from None

    def item(self, student: str, number: int) -> Item:
        """The question with this number on a student's paper. Raises LookupError where there is none."""
        key = self.key(student)
        items = [entry for entry in key["items"] if entry["number"] == number]
        return paper_from_key(self.bank, self.blueprint.exam, {**key, "items": items}, self.networks).items[0]

    def papers(self) -> Iterator[Paper]:
        """Every paper, in roster order."""
        for student in self._places:
            yield self.paper(student)
