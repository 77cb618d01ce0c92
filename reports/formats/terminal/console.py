"""Console of standard output: its color, its size, and lines and tables on it."""

import os
import re
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from rich.console import Console
from rich.text import Text

from reports.presentation.log_commands import escape_log_line

_SIZE_VARIABLES: Final = ("COLUMNS", "LINES")
_SIZE: Final = re.compile("[1-9][0-9]{0,3}")
Row = Sequence[str]


class Detail(StrEnum):
    """Amount of output."""

    QUIET = "quiet"
    NORMAL = "usual"
    VERBOSE = "verbose"


def stdout_console() -> Console:
    """Return standard output as a console: in color on a terminal, unless NO_COLOR is set."""
    return Console(
        file=sys.stdout,
        highlight=False,
        emoji=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        _environ=_environment(),
    )


def supports_live_update(console: Console) -> bool:
    """Return whether a line can be updated in place: only on a terminal that supports escape codes."""
    return console.file.isatty() and console.is_interactive and console.color_system is not None


def print_line(console: Console, *parts: Text | str | tuple[str, str]) -> None:
    """Print a line of parts, each with unprintable characters and commands of CI systems escaped."""
    line = Text()
    for part in parts:
        text, style = part if isinstance(part, tuple) else (part, "")
        if isinstance(text, Text):
            line.append_text(text)
        else:
            line.append(escape_log_line(text, starts_line=not line.plain.strip()), style)
    console.print(line, highlight=False, soft_wrap=True)


def print_table(console: Console, head: Row, rows: Sequence[Row], styles: Row = ()) -> None:
    """Print rows in columns, names aligned left and numbers right."""
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    print_line(console, *((cell, "dim") for cell in _aligned(head, widths)))
    for row in rows:
        print_line(console, *zip(_aligned(row, widths), styles or [""] * len(row), strict=True))
    print_line(console)


def _environment() -> dict[str, str]:
    """Return the environment without invalid terminal sizes: with COLUMNS=0 rich would print nothing."""
    invalid = {name for name in _SIZE_VARIABLES if not _SIZE.fullmatch(os.environ.get(name, ""))}
    return {name: value for name, value in os.environ.items() if name not in invalid}


def _aligned(row: Row, widths: Sequence[int]) -> list[str]:
    numbers = (f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
    return [f"{row[0]:<{widths[0]}}", *numbers]
