"""What is shipped, what it needs, and what it must not import or collide with."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PACKAGES = ("cli", "grader", "questions", "solvers", "templates")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAVY = ("jinja2", "numpy", "pydantic", "rich", "sympy", "torch", "yaml")

EVERY_MODULE = """
import importlib, pkgutil, sys
for package in sys.argv[1:]:
    for found in pkgutil.walk_packages([package], package + "."):
        importlib.import_module(found.name)
        if "torch" in sys.modules:
            sys.exit(f"{found.name} imports torch")
"""
HELP = """
import sys
from cli.main import main
code = main(["--help"])
sys.exit(code or ", ".join(sorted({name.partition(".")[0] for name in sys.modules} & set(sys.argv[1:]))) or 0)
"""


def python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = (line.split("==") for line in lines if not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pins}


def requirements() -> list[Requirement]:
    groups = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    found = [Requirement(line) for group in [*groups, PROJECT["build-system"]["requires"]] for line in group]
    return [requirement for requirement in found if requirement.name != "gradmark"]


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_claims_the_name_of_a_package(name: str) -> None:
    assert set(packages_distributions().get(name, ())) <= {"gradmark"}


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_what_is_required_is_locked_within_its_range(requirement: Requirement) -> None:
    assert requirement.specifier.contains(pinned()[canonicalize_name(requirement.name)])


def test_importing_any_module_leaves_torch_alone() -> None:
    done = python(EVERY_MODULE, *PACKAGES)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_imports_nothing_heavy() -> None:
    done = python(HELP, *HEAVY)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_data_file_is_shipped(package: str) -> None:
    """A file beside the modules that no pattern of package-data matches would be missing from the wheel."""
    data = PROJECT["tool"]["setuptools"]["package-data"]
    patterns = [
        re.compile(r"(.*/)?" + pattern.removeprefix("**/").replace(".", r"\.").replace("*", "[^/]*"))
        for pattern in data["*"] + data.get(package, [])
    ]
    files = [
        PurePosixPath(path.relative_to(ROOT / package).as_posix())
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and "/." not in path.as_posix().removeprefix(str(ROOT))
    ]
    assert [str(file) for file in files if not any(pattern.fullmatch(str(file)) for pattern in patterns)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_of_modules_is_a_package(package: str) -> None:
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_belongs_in_it_and_imports_nothing(package: str) -> None:
    text = (ROOT / package / "__init__.py").read_text(encoding="utf-8")
    assert "belongs here" in text or "belong" in text
    assert "import " not in text
