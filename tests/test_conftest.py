"""The golden files' own tests: a comparison that cannot fail would prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Golden


def test_the_same_text_passes(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("一\ntwo\n", encoding="utf-8")
    Golden(tmp_path).check("page.md", "一\ntwo\n")


def test_a_missing_file_fails(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"page\.md is missing"):
        Golden(tmp_path).check("page.md", "")


@pytest.mark.parametrize("text", ["one\nthree\n", "one\ntwo", "one\r\ntwo\r\n"], ids=["line", "end", "line-ends"])
def test_any_difference_fails(tmp_path: Path, text: str) -> None:
    (tmp_path / "page.md").write_bytes(b"one\ntwo\n")
    with pytest.raises(pytest.fail.Exception, match="--overwrite"):
        Golden(tmp_path).check("page.md", text)


def test_overwriting_writes_what_then_passes(tmp_path: Path) -> None:
    Golden(tmp_path, overwrite=True).check("deep/page.md", "new\n")
    Golden(tmp_path).check("deep/page.md", "new\n")
