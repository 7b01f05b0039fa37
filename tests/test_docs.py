"""The documentation says what is so: its commands run and print what it shows; nothing is left undocumented.

A block that begins with ```console holds commands after `$ ` and what they print. `...` on a line of its own stands for any lines. With
`pytest --overwrite`, the blocks are rewritten with what the commands print now.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cli.main import COMMANDS, main
from tests.conftest import Golden

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def blocks(page: Path) -> list[str]:
    """The console blocks of a page."""
    return _BLOCK.findall(page.read_text("utf-8"))


def sessions(block: str) -> list[tuple[str, str]]:
    """The commands of a block, each with what the page says it prints."""
    parts = re.split(r"^\$ (.*(?:\\\n.*)*)\n", block, flags=re.MULTILINE)
    return [(command.replace("\\\n", " "), output) for command, output in zip(parts[1::2], parts[2::2], strict=True)]


def matches(said: str, printed: str) -> bool:
    """Whether what is printed is what is said, `...` standing for any lines."""
    lines = [line.rstrip() for line in said.strip().splitlines()]
    pattern = "\n".join(r"(?:.*\n?)*?" if line == "..." else re.escape(line) for line in lines)
    text = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return re.fullmatch(pattern.replace("\\\n(?:", "\\\n?(?:"), text) is not None


def printed(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command prints, on both streams."""
    program, *arguments = shlex.split(command)
    assert program == "gradmark", f"only gradmark is run here, not {program}"
    main(arguments)
    captured = capsys.readouterr()
    return captured.out + captured.err


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_print_what_the_page_shows(
    page: Path, capsys: pytest.CaptureFixture[str], golden: Golden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every `$ gradmark …` in a console block, one after the other, in an empty folder."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADMARK_PROGRESS", str(tmp_path / "progress.sqlite"))
    text = page.read_text("utf-8")
    for block in blocks(page):
        new = ""
        for command, said in sessions(block):
            got = printed(command, capsys)
            if golden.overwrite:
                keep = said if matches(said, got) else "\n".join(line.rstrip() for line in got.rstrip().splitlines()) + "\n"
                new += f"$ {command}\n{keep}"
            else:
                assert matches(said, got), f"{page.name}: {command}\nsays:\n{said}\nprints:\n{got}"
        if golden.overwrite:
            text = text.replace(f"```console\n{block}```", f"```console\n{new}```")
    if golden.overwrite:
        page.write_text(text, "utf-8")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_is_in_the_readme(name: str) -> None:
    """A command that is not there is not found."""
    assert f"gradmark {name}" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
