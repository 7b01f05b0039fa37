"""Writing an exam folder: every paper with its answer sheets for the students, key and solutions for the teacher."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from questions.bank import Bank
from questions.blueprint import Blueprint, Student
from questions.exam import key_of, papers, secret_of_seed
from questions.exam_folder import (
    EXAM_FILE,
    KEYS_FILE,
    SECRET_FILE,
    description,
    network_file,
    network_text,
    networks_of,
    new_secret,
)
from solvers.files import safe_name, whole_folder, write_bytes, write_text
from templates.papers import paper_pages, solution_pages

ALONE = Student(id="practice")
"""Who sits an exam that has no roster."""


def write_exam(
    bank: Bank,
    blueprint: Blueprint,
    students: list[Student] | None,
    folder: Path,
    *,
    seed: int | None = None,
    replace: bool = False,
    step: Callable[[], None] = lambda: None,
) -> int:
    """Draws, certifies and writes an exam; the folder appears when all of it is there. Returns how many keys are certified.

    Without a seed, a new secret is drawn, so that nobody can compute the papers; with one, everybody can.
    `step` is called after each paper.
    """
    secret = new_secret() if seed is None else secret_of_seed(seed)
    certified = 0
    used: list[str] = []
    networks: set[str] = set()
    with whole_folder(folder, replace=replace) as work:
        (work / "teacher").mkdir()
        with (work / KEYS_FILE).open("w", encoding="utf-8", newline="\n") as keys:
            for paper in papers(bank, blueprint, students or [ALONE], secret):
                name = safe_name(paper.student.id)
                for file, content in paper_pages(paper, blueprint).items():
                    write_text(work / "papers" / name / file, content)
                for file, content in solution_pages(paper, blueprint, bank).items():
                    write_text(work / "teacher" / "solutions" / name / file, content)
                keys.write(json.dumps(key_of(paper), ensure_ascii=False) + "\n")
                used += [item.variant.question.id for item in paper.items]
                networks |= networks_of(paper)
                certified += sum(item.certificate is not None and item.certificate.certified for item in paper.items)
                step()
        texts = {name: network_text(name) for name in networks}
        for name, text in texts.items():
            write_text(work / network_file(name), text)
        described = description(bank, blueprint, used, texts)
        write_text(work / EXAM_FILE, json.dumps(described, ensure_ascii=False, indent=1) + "\n")
        write_bytes(work / SECRET_FILE, secret.hex().encode() + b"\n")
        (work / SECRET_FILE).chmod(0o600)
    return certified
