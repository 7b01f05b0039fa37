"""docs/networks.md: its network is the file beside it, and its table names every kind of layer."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from solvers.network.kinds import KINDS
from solvers.network.reading import read_network
from tests.conftest import Golden

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "networks.md"
_TABLE = re.compile(r"(?<=\| Word \| What it is \| Settings \|\n\|---\|---\|---\|\n)(\|.*\n)*")


def table() -> str:
    """A row for each kind of layer, its settings in the order of the class, the defaults behind them."""
    rows = []
    for word, kind in KINDS.items():
        settings = [
            f"`{field.name}`"
            if field.default.__class__.__name__ == "_MISSING_TYPE"
            else f"`{field.name}: {_yaml(field.default)}`"
            for field in fields(kind)
        ]
        rows.append(f"| `{word}` | {kind.label.en} | {', '.join(settings)} |\n")
    return "".join(rows)


def _yaml(value: object) -> str:
    return (
        {True: "true", False: "false", None: ""}.get(value, str(value))
        if isinstance(value, (bool, type(None)))
        else str(value)
    )


def test_the_table_of_kinds_is_complete(golden: Golden) -> None:
    text = PAGE.read_text("utf-8")
    if golden.overwrite:
        PAGE.write_text(_TABLE.sub(lambda _: table(), text), "utf-8")
        return
    found = _TABLE.search(text)
    assert found is not None
    assert found[0] == table()


def test_the_network_of_the_page_is_the_file() -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert block == (DOCS / "examples/networks/little.yaml").read_text("utf-8")
    assert read_network(block).name == "little"


@pytest.mark.parametrize("word", sorted(KINDS))
def test_every_kind_says_what_it_is_in_both_languages(word: str) -> None:
    label = KINDS[word].label
    assert label.en
    assert label.zh
