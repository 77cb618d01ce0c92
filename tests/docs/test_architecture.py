"""ARCHITECTURE.md names the packages on disk, in the order of the import-linter contracts."""

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from tests.docs.pages import DOCS, ROOT, name, pages, prose

TEXT: Final = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
IMPORT_LINTER: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
    "importlinter"
]
LAYERED: Final = {
    contract["containers"][0]: contract["layers"]
    for contract in IMPORT_LINTER["contracts"]
    if "containers" in contract
}
ROW: Final = re.compile(r"^\| (?P<layer>\d+) \| `(?P<module>\w+)` \|", re.MULTILINE)
PATH: Final = re.compile(r"`((?:\w+/)*\w+\.(?:py|yaml|toml|json))`")
OF_A_RUN: Final = {
    *("results.json", "certificate.json", "conformance.toml", "matrix.json"),
    *("finding.json", "test_reproduce.py", "replay.json"),
}


def layers(package: str) -> list[set[str]]:
    """Return the modules of each layer that ARCHITECTURE.md lists for a package."""
    section = TEXT.partition(f"### {package}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    numbered: dict[int, set[str]] = {}
    for row in ROW.finditer(section):
        numbered.setdefault(int(row["layer"]), set()).add(row["module"])
    return [numbered[layer] for layer in sorted(numbered)]


@pytest.mark.parametrize("package", LAYERED)
def test_layers_are_those_of_the_contract(package: str) -> None:
    assert layers(package) == [set(layer.split(" | ")) for layer in LAYERED[package]]


@pytest.mark.parametrize("package", LAYERED)
def test_packages_are_those_on_disk(package: str) -> None:
    modules = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    modules |= {path.stem for path in (ROOT / package).glob("*.py")}
    assert set().union(*layers(package)) == modules - {"__init__"}


def test_top_level_packages_are_those_of_import_linter() -> None:
    table = TEXT.partition("| package | content | may import |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == IMPORT_LINTER["root_packages"]


@pytest.mark.parametrize("page", [*filter(lambda page: name(page) != "CHANGELOG.md", pages())], ids=name)
def test_a_path_on_a_page_exists(page: Path) -> None:
    """A path may begin below a package that the page is about."""
    paths = set(PATH.findall(page.read_text(encoding="utf-8"))) - OF_A_RUN
    assert [path for path in sorted(paths) if not any(exists(path, page))] == []


def exists(path: str, page: Path) -> list[Path]:
    folders = [folder for folder in ROOT.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    beside = [page.parent / path, ROOT / path]
    return [found for found in beside if found.exists()] or [
        found for folder in folders for found in folder.rglob(path) if found.exists()
    ]


def test_prose_finds_the_text_between_code() -> None:
    assert "Mutation testing" in prose(DOCS / "explanation" / "mutation-testing.md")
