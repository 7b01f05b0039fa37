"""What every test may ask for: golden files, and Hypothesis profiles chosen by HYPOTHESIS_PROFILE."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

GOLDEN = Path(__file__).parent / "golden"

# No deadline: the first example of a test pays for importing sympy or torch, and machines are shared.
settings.register_profile("dev", max_examples=20, deadline=None)
settings.register_profile("ci", max_examples=50, deadline=None, derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@dataclass(frozen=True)
class Golden:
    """Texts that were read by a person once and must not change unnoticed."""

    folder: Path
    overwrite: bool = False

    def check(self, name: str, text: str) -> None:
        """Fail unless `text` is what the golden file `name` holds; with `--overwrite`, make it so instead."""
        path = self.folder / name
        if self.overwrite:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            return
        if not path.exists():
            pytest.fail(f"{path} is missing: run pytest --overwrite, then read what it wrote", pytrace=False)
        expected = path.read_bytes().decode("utf-8")
        if text != expected:
            lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), str(path), "now", lineterm="")
            pytest.fail("\n".join(["If the change is meant, run pytest --overwrite.", *lines]), pytrace=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that rewrites golden files."""
    parser.addoption("--overwrite", action="store_true", help="rewrite the golden files with what the tests get")


@pytest.fixture(scope="session")
def golden(request: pytest.FixtureRequest) -> Golden:
    """Comparison with the files in tests/golden/."""
    return Golden(GOLDEN, overwrite=request.config.getoption("--overwrite"))
