"""The options that commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from cli.options import bank_option, json_option, seed_option, trust_option


def invoke(*arguments: str, **environment: str) -> tuple[Result, dict[str, Any]]:
    seen: dict[str, Any] = {}

    @click.command()
    @seed_option(7)
    @json_option
    @bank_option
    @trust_option
    def command(**values: Any) -> None:
        seen.update(values)

    return CliRunner(env=environment).invoke(command, arguments), seen


def test_the_defaults() -> None:
    assert invoke()[1] == {"seed": 7, "as_json": False, "banks": (), "trust": False}


def test_banks_may_be_repeated(tmp_path: Path) -> None:
    assert invoke("--bank", str(tmp_path), "--bank", ".")[1]["banks"] == (tmp_path, Path())


def test_banks_are_read_from_the_environment_as_a_path_list(tmp_path: Path) -> None:
    spaced = tmp_path / "my bank"
    spaced.mkdir()
    assert invoke(GRADMARK_BANK=os.pathsep.join([str(spaced), str(tmp_path)]))[1]["banks"] == (spaced, tmp_path)


@pytest.mark.parametrize(
    "arguments", [("--bank", "missing"), ("--seed", "-1"), ("--seed", "x"), ("--seed", str(2**64))], ids=" ".join
)
def test_wrong_values_are_refused(arguments: tuple[str, ...]) -> None:
    assert invoke(*arguments)[0].exit_code == 2
