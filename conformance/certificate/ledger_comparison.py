"""Comparison of the ledger of a run with the one recomputed from its evidence."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from conformance.transport.resources import ledger_file
from conformance.transport.resources.ledger_file import FILE_NAME, LedgerError
from reports.files import input_files

_EVENTS: Final = frozenset({"created", "rejected", "deleted"})  # the first member of a line
_MAX_NAMED: Final = 3  # resources in a message


def differences(folder: Path, replayed: Path) -> Iterator[str]:
    """Yield the differences of the ledger in a folder from that of the replay."""
    path = folder / FILE_NAME
    if not path.is_file():
        yield f"{FILE_NAME} is missing"
        return
    try:
        events, leftovers = _events(path), _leftovers(path)
    except input_files.InputFileError as error:
        yield str(error)
        return
    for event, expected in _events(replayed / FILE_NAME).items():
        yield from _resource_differences(event, events[event], expected)
    yield from _resource_differences("left behind", leftovers, _leftovers(replayed / FILE_NAME))


def _resource_differences(event: str, stored: "Counter[str]", expected: "Counter[str]") -> Iterator[str]:
    """Yield the resources that only one of two ledgers contains."""
    for extra, text in (
        (stored - expected, "not in the evidence"),
        (expected - stored, "only in the evidence"),
    ):
        if extra:
            resources = ", ".join(sorted(extra)[:_MAX_NAMED])
            more = f" and {len(extra) - _MAX_NAMED} more" if len(extra) > _MAX_NAMED else ""
            yield f"{FILE_NAME}: {event}, {text}: {resources}{more}"


def _leftovers(path: Path) -> "Counter[str]":
    """Return the resources of a ledger that may still exist."""
    content = ledger_file.read_ledger(path)
    leftovers = (*content.created, *content.unconfirmed)
    return Counter(f"{leftover.collection}/{leftover.id} {leftover.name}" for leftover in leftovers)


def _events(path: Path) -> "dict[str, Counter[str]]":
    """Return the numbers of identical created, rejected and deleted entries of a ledger, by event.

    A resource may be found in lists repeatedly if its id does not work. How often depends on the times of the
    searches, which a replay does not repeat.
    """
    events: dict[str, Counter[str]] = {event: Counter() for event in _EVENTS}
    intents: dict[str, dict[str, Any]] = {}
    for line in _lines(path):
        if "intent" in line:
            intents[str(line["intent"])] = {name: line[name] for name in line.keys() - {"intent"}}
        for event in _EVENTS & line.keys():
            members = {name: line[name] for name in line.keys() - {event}}
            resource = {event: line[event]} if event == "deleted" else intents.get(str(line[event]), {})
            events[event][json.dumps({**members, **resource}, sort_keys=True)] += 1
    events["created"] = Counter(dict.fromkeys(events["created"], 1))
    return events


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(input_files.read_lines(path, input_files.LEDGER, follow_links=False), 1):
        if not line.endswith(b"\n"):
            continue
        try:
            entry = input_files.parse_json(line, values=input_files.LEDGER.values)
        except ValueError as error:
            raise LedgerError(f"{path}, line {number}: not valid JSON ({error})") from None
        if not isinstance(entry, dict):
            raise LedgerError(f"{path}, line {number}: not a valid ledger record")
        yield entry
