"""Docstrings name only what exists: errors that are defined or imported, and parameters of the function."""

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from spec.catalogue import Level

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("conformance", "reports", "spec", "strategies", "reference")
MODULES: Final = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
NAME_OF_ERROR: Final = re.compile(r"\braises? (\w+(?:Error|Exception))\b", re.IGNORECASE)
PARAMETER: Final = re.compile(r"`([a-z]+(?:_[a-z]+)*)` (?:is|are|returns?|sets?|names?|marks?|limits?)\b")

LEVELS: Final = frozenset(map(str, Level))


def docstrings(path: Path) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield node, ast.get_docstring(node) or ""


def defined_classes() -> set[str]:
    trees = (ast.parse(path.read_text()) for path in MODULES)
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def names_in(node: ast.AST) -> set[str]:
    """Return the identifiers, attributes and parameters in a node."""
    names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
    names |= {child.arg for child in ast.walk(node) if isinstance(child, ast.arg)}
    names |= {child.attr for child in ast.walk(node) if isinstance(child, ast.Attribute)}
    return names | {child.name for child in ast.walk(node) if isinstance(child, ast.FunctionDef)}


def test_the_errors_in_docstrings_exist() -> None:
    defined = defined_classes() | {*dir(builtins), *dir(click)}
    unknown = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in MODULES
        for _, text in docstrings(path)
        for name in NAME_OF_ERROR.findall(text)
        if name not in defined
    }
    assert unknown == set()


def test_the_parameters_in_docstrings_exist() -> None:
    unknown = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in MODULES
        for node, text in docstrings(path)
        for name in PARAMETER.findall(text)
        if name not in names_in(node) and name not in LEVELS
    }
    assert unknown == set()
