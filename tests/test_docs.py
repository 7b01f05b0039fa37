"""The documentation says what is so: its commands run and print what it shows; nothing is left undocumented.

A block that begins with ```console holds commands after `$ ` and what they print. `...` stands for anything: on a line of its own for any
lines, within a line for any characters. A line that begins with `› ` is what a person types. With `pytest --overwrite`, blocks, tables and schemas are rewritten with what is so now.
"""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from cli.main import COMMANDS, main
from grader.reading import Reading, read
from questions.blueprint import Blueprint, Policy, Section
from questions.question import Check, Draw, MisconceptionText, Option, Part, Question
from solvers import registry
from solvers.certificate import certify
from solvers.network.reading import read_network
from solvers.yaml_reader import read_yaml
from tests.conftest import Golden

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
SCHEMAS: dict[str, Any] = {
    "question": TypeAdapter(Question),
    "blueprint": TypeAdapter(Blueprint),
    "misconceptions": TypeAdapter(dict[str, MisconceptionText]),
}


@pytest.fixture(autouse=True)
def _registry_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page's commands trust is known to no other test."""
    monkeypatch.setattr(registry, "_found", dict(registry._found))
    monkeypatch.setattr(registry, "_loaded", set(registry._loaded))
    monkeypatch.setattr(registry, "_trusted", set(registry._trusted))


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page that are in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


# ------------------------------------------------------------------------------------------------------------ commands

_TYPED = re.compile("^› ?(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """A command and what the page says it prints."""

    command: str
    output: str


def sessions(block: str) -> list[Said]:
    """The commands of a block."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return [Said(command, output) for command, output in zip(parts[1::2], parts[2::2], strict=True)]


def tidy(text: str) -> str:
    """A text without the blanks at the ends of its lines and of itself."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def matches(said: str, got: str) -> bool:
    """Whether what is printed is what is said."""
    pattern = ""
    for line in tidy(said).splitlines():
        pattern += r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n"
    return re.fullmatch(pattern, tidy(got) + "\n") is not None


@pytest.mark.parametrize(
    ("said", "got", "expected"),
    [
        ("a\nb", "a  \nb\n", True),
        ("a\nc", "a\nb", False),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("a\n...", "a", True),
        ("a\n...\nd", "a\nb", False),
        ("to ... in 3 s", "to /tmp/x in 3 s", True),
        ("to ... in 3 s", "to /tmp/x\nin 3 s", False),
    ],
)
def test_matching(said: str, got: str, expected: bool) -> None:
    """Three dots stand for anything, everything else for itself."""
    assert matches(said, got) is expected


def printed(said: Said, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What a command prints, on both streams, with what is typed in between, as a terminal shows it."""
    program, *arguments = shlex.split(said.command)
    assert program == "gradmark", f"only gradmark is run here, not {program}"
    typed = _TYPED.findall(said.output)
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
    main(arguments)
    captured = capsys.readouterr()
    lines = iter(typed)
    return re.sub("^› ", lambda _: f"› {next(lines, '')}\n", captured.out, flags=re.MULTILINE) + captured.err


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_print_what_the_page_shows(
    page: Path, capsys: pytest.CaptureFixture[str], golden: Golden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every `$ gradmark …` in a console block, one after the other, in a folder that holds only docs/."""
    (tmp_path / "docs").symlink_to(DOCS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADMARK_PROGRESS", str(tmp_path / "progress.sqlite"))
    for name in ("GRADMARK_LANG", "GRADMARK_BANK", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    text = page.read_text("utf-8")
    for block in blocks(page, "console"):
        new = ""
        for said in sessions(block):
            got = printed(said, capsys, monkeypatch)
            fits = matches(said.output, got)
            assert fits or golden.overwrite, f"{said.command}\nsays:\n{said.output}\nprints:\n{got}"
            new += f"$ {said.command}\n" + (said.output if fits else tidy(got) + "\n")
        text = text.replace(f"```console\n{block}```", f"```console\n{new}```")
    if golden.overwrite:
        page.write_text(text, "utf-8")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_is_in_the_readme(name: str) -> None:
    """A command that is not there is not found."""
    assert f"gradmark {name}" in (ROOT / "README.md").read_text("utf-8")


# ---------------------------------------------------------------------------------------------------- links and excerpts


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_is_taken_from_files_that_run(page: Path) -> None:
    """Every block of Python stands, word for word, in an example that other tests run or in the code itself."""
    files = [*DOCS.glob("examples/**/*.py"), *ROOT.glob("solvers/*.py"), *ROOT.glob("tests/*.py")]
    code = "\n".join(file.read_text("utf-8") for file in files)
    assert [block for block in blocks(page, "python") if block not in code] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_yaml_is_accepted(page: Path) -> None:
    """Every block of YAML is what gradmark reads: a blueprint, a question or some of its keys, parts, misconceptions' texts, a network."""
    for block in blocks(page, "yaml"):
        document = read_yaml(block).plain()
        if "network" in document:
            read_network(block)
            continue
        for model, value in _models(document):
            model.validate_python(value, strict=True)


def _models(document: Any) -> Iterator[tuple[TypeAdapter[Any], Any]]:
    """What the pieces of a block should be."""
    if isinstance(document, list):
        yield TypeAdapter(list[Part]), document
    elif "sections" in document:
        yield TypeAdapter(Blueprint), document
    elif "id" in document:
        yield TypeAdapter(Question), document
    elif all("/" in key for key in document):
        yield SCHEMAS["misconceptions"], document
    elif "student" not in document:  # an answer sheet is read by the commands
        fields = {**Blueprint.model_fields, **Question.model_fields}
        for key, value in document.items():
            yield TypeAdapter(fields[key].annotation), value


@pytest.mark.parametrize(
    ("page", "models"),
    [
        ("questions.md", (Question, Part, Draw, Option, Check, MisconceptionText)),
        ("teachers.md", (Blueprint, Section, Policy)),
    ],
    ids=["questions", "teachers"],
)
def test_every_key_is_explained(page: str, models: tuple[type[BaseModel], ...]) -> None:
    """A key that a file may hold is on the page about such files."""
    text = (DOCS / page).read_text("utf-8")
    keys = {name for model in models for name in model.model_fields}
    assert sorted(key for key in keys if f"`{key}`" not in text) == []


# ----------------------------------------------------------------------------------------- the example of docs/topics.md


@pytest.mark.parametrize(
    ("n", "b", "e", "total"),
    [
        (60_000, 64, 10, 9_380),  # a training set of MNIST's size
        (10, 3, 1, 4),  # the last batch is smaller
        (8, 4, 2, 4),  # none is left over
        (1, 64, 3, 3),  # less than one batch
    ],
)
def test_updates(n: int, b: int, e: int, total: int) -> None:
    """One update for each batch of each epoch, as PyTorch's own sampler counts them."""
    registry.trust(DOCS / "examples/own-bank/derivations.py")
    found = registry.derivation("training.updates")
    givens = found.complete({"n": n, "b": b, "e": e})
    trace = found.at(givens).run(givens)
    assert trace["total"] == total
    assert certify(trace).certified


# ------------------------------------------------------------------------------------------------- tables and schemas


_ROW = re.compile(r"^\| (?P<type>[a-z]+) \| `` (?P<typed>.+?) `` \| ?(?P<reading>.*?) ?\|$", re.MULTILINE)
_NAMES = ("d", "k", "n", "s")
_OPTIONS = tuple("ABCD")


def understood(type_: Any, typed: str) -> str:
    """How a response is read, as the table of forms says it."""
    letters = type_ in ("choice", "choices", "order", "matching")
    names = _NAMES if type_ in ("expression", "complexity") else ()
    found = read(typed.replace("⏎", "\n"), type_, names=names, options=_OPTIONS if letters else ())
    return f"`{found.echo}`" if isinstance(found, Reading) else "*not readable*"


def test_forms_are_read_as_the_table_says(golden: Golden) -> None:
    """Each row of the table of forms: a type, what is typed, what is understood."""
    page = DOCS / "students.md"
    text = page.read_text("utf-8")
    rows = list(_ROW.finditer(text))
    assert rows
    for row in rows:
        reading = understood(row["type"], row["typed"])
        if golden.overwrite:
            text = text.replace(row[0], f"| {row['type']} | `` {row['typed']} `` | {reading} |")
        else:
            assert row["reading"] == reading, row[0]
    if golden.overwrite:
        page.write_text(text, "utf-8")


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schemas_for_editors_are_up_to_date(name: str, golden: Golden) -> None:
    """docs/schema/ holds what the models say, for editors that complete and check YAML."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **SCHEMAS[name].json_schema()}
    text = json.dumps(_without_titles(schema), ensure_ascii=False, indent=1) + "\n"
    Golden(DOCS / "schema", golden.overwrite).check(f"{name}.schema.json", text)


def _without_titles(schema: Any, *, names: bool = False) -> Any:
    """A schema without the titles that repeat its keys; within `properties`, `title` is a key like any other."""
    if isinstance(schema, list):
        return [_without_titles(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_titles(value, names=key in ("properties", "$defs") and not names)
        for key, value in schema.items()
        if names or key != "title"
    }
