"""Workflow commands as the runner of GitHub Actions reads them in the log of a step."""

import re
from dataclasses import dataclass, field

NAMES = frozenset(
    {"add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice"}
    | {"remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"}
)
LINE_END = re.compile("\r\n|\r|\n")


@dataclass(frozen=True)
class Command:
    """A command with its properties and its data."""

    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


def parsed(line: str) -> Command | None:
    """Return the command of a line; None if the runner prints the line instead.

    The runner removes leading white space and reads `::name properties::data`; `##[name]` may be anywhere.
    """
    command, found = _with_colons(line.lstrip()), re.search(r"##\[([^\] ]*)[^\]]*\](.*)", line)
    if command is None and found and found[1] in NAMES:
        return Command(found[1], found[2])
    return command


def commands(log: str) -> list[Command]:
    """Return the commands in a log."""
    return [command for line in LINE_END.split(log) if (command := parsed(line))]


def _with_colons(line: str) -> Command | None:
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, properties = line[2:end].partition(" ")
    if name not in NAMES:
        return None
    pairs = (pair.partition("=") for pair in properties.strip().split(",") if pair)
    return Command(
        name,
        _unescaped(line[end + 2 :], ""),
        {key: _unescaped(value, ":,") for key, _, value in pairs},
    )


def _unescaped(text: str, characters: str) -> str:
    for character in ("\r", "\n", *characters, "%"):
        text = text.replace(f"%{ord(character):02X}", character)
    return text
