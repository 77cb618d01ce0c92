"""The ledger of a run, compared with the one that its evidence gives."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from conformance.transport.resources import ledger_file
from conformance.transport.resources.ledger_file import FILE, LedgerError
from reports.files import input_files

_EVENTS: Final = frozenset({"created", "rejected", "deleted"})  # each is the first member of its lines
_FEW: Final = 3  # resources that are named


def differences(folder: Path, replayed: Path) -> Iterator[str]:
    """Yield where the ledger in a folder says something else than the one of the replay."""
    path = folder / FILE
    if not path.is_file():
        yield f"{FILE} is missing"
        return
    try:
        events, left = _events(path), _left(path)
    except input_files.InputFileError as error:
        yield str(error)
        return
    for event, expected in _events(replayed / FILE).items():
        yield from _unlike(event, events[event], expected)
    yield from _unlike("left behind", left, _left(replayed / FILE))


def _unlike(what: str, said: "Counter[str]", found: "Counter[str]") -> Iterator[str]:
    """Yield which resources only one of two ledgers names."""
    for extra, where in ((said - found, "not in the evidence"), (found - said, "by the evidence alone")):
        if extra:
            named = ", ".join(sorted(extra)[:_FEW])
            more = f" and {len(extra) - _FEW} more" if len(extra) > _FEW else ""
            yield f"{FILE}: {what} {where}: {named}{more}"


def _left(path: Path) -> "Counter[str]":
    """Return what a ledger says may still be there."""
    content = ledger_file.read(path)
    left = (*content.created, *content.lost)
    return Counter(f"{each.collection}/{each.id} {each.name}" for each in left)


def _events(path: Path) -> "dict[str, Counter[str]]":
    """Return what a ledger says was created, rejected and deleted, each by its name, and how often."""
    found: dict[str, Counter[str]] = {event: Counter() for event in _EVENTS}
    intents: dict[str, dict[str, Any]] = {}
    for line in _lines(path):
        if "intent" in line:
            intents[str(line["intent"])] = {name: line[name] for name in line.keys() - {"intent"}}
        for event in _EVENTS & line.keys():
            told = {name: line[name] for name in line.keys() - {event}}
            named = {event: line[event]} if event == "deleted" else intents.get(str(line[event]), {})
            found[event][json.dumps({**told, **named}, sort_keys=True)] += 1
    return found


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(input_files.lines(path, input_files.LEDGER, follow_links=False), 1):
        if not line.endswith(b"\n"):
            continue
        try:
            entry = input_files.json_value(line, values=input_files.LEDGER.values)
        except ValueError as error:
            raise LedgerError(f"{path}, line {number}: not valid JSON ({error})") from None
        if not isinstance(entry, dict):
            raise LedgerError(f"{path}, line {number}: not a line of a ledger")
        yield entry
