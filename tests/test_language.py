"""Sentences, help texts, messages, comments and docstrings use the standard words of the field."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from conformance.cli.main import main
from spec.catalogue import catalogue
from tests.support.texts.avoided_words import violations

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("conformance", "reports", "spec", "strategies", "reference")
PRONOUNS: Final = frozenset({"told", "made", "each", "shown", "wanted", "asked", "given"})


def prose(path: Path) -> Iterator[str]:
    """Yield the comments of a module, and its strings of more than one word."""
    source = path.read_text()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.value


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the path and the help text of a command and of all its subcommands."""
    yield context.command_path, command.get_help(context)
    for name, subcommand in getattr(command, "commands", {}).items():
        yield from commands(subcommand, click.Context(subcommand, info_name=name, parent=context))


HELP: Final = dict(commands(main, click.Context(main, info_name="conformance", **main.context_settings)))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_text_of_a_module_uses_the_standard_words(path: Path) -> None:
    assert [place for text in prose(path) for place in violations(text)] == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "spec").rglob("*.[yj][as][mo][ln]")), ids=lambda path: path.name
)
def test_a_specification_file_uses_the_standard_words(path: Path) -> None:
    assert violations(path.read_text()) == []


def test_requirements_use_the_standard_words() -> None:
    texts = (f"{entry.sentence} {entry.interpretation or ''}" for entry in catalogue().values())
    assert [place for text in texts for place in violations(text)] == []


@pytest.mark.parametrize("command", HELP)
def test_the_help_of_a_command_uses_the_standard_words(command: str) -> None:
    assert violations(HELP[command]) == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_identifier_is_a_pronoun_or_a_participle_alone(path: Path) -> None:
    tree = ast.parse(path.read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names |= {node.name for node in ast.walk(tree) if isinstance(node, definitions)}
    imported = {"given"} if "from hypothesis import" in path.read_text() else set()
    assert names & PRONOUNS - imported == set()
