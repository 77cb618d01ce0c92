"""Pages of the documentation, and their code blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
ROOT_PAGES: Final = tuple(
    ROOT / f"{name}.md" for name in ("README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG")
)
_BLOCK: Final = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL
)
# Tables that other commands write into a page; each one has a test of its own.
_WRITTEN_BY_COMMANDS: Final = re.compile(
    r"<!-- (?P<name>\w+): what follows is measured -->.*?<!-- (?P=name): end -->"
    r"|<!-- (what follows is matrix\.md|made by python) .*",
    re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A code block of a page."""

    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """Return the command lines of a shell block, each with its continuation lines."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def pages() -> list[Path]:
    """Return all pages: those in the root folder, and those of the site."""
    return [*ROOT_PAGES, *sorted(DOCS.rglob("*.md"))]


def name(page: Path) -> str:
    """Return the path of a page, relative to the root folder."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[Block]:
    """Yield the code blocks of a page."""
    for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield Block(found["language"], found["text"])


def prose(page: Path) -> str:
    """Return the text of a page without code and without tables that commands write."""
    text = _WRITTEN_BY_COMMANDS.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]+`", "``", _BLOCK.sub("", text))
