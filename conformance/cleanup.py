"""What `conformance cleanup` does: delete what a run that was killed has left, and nothing else.

The ledger of the run says what there may be. Each resource is looked at first: one whose name is not of that
run stays, whatever the ledger says.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import httpx

from conformance import clearing, testimony
from conformance.api import Api
from conformance.configuration import ConfigurationError, settings
from conformance.exchange import Exchange
from conformance.results import output_folder
from conformance.runtime import folder_lock
from conformance.runtime.folder_lock import FolderInUseError
from conformance.settings import Settings
from conformance.testimony import EvidenceError
from conformance.transport import ledger
from conformance.transport.ledger import LedgerError, Leftover
from conformance.transport.redaction import Redactor
from conformance.verdict import Unobserved
from conformance.wire import UNKNOWN_ID, connected
from reports import private
from reports.endings import CONFORMS, LEFT, UNUSABLE
from reports.inert import inert

_TOGETHER: Final = 16
_SHUT: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})
_NOT_READABLE: Final = frozenset({httpx.codes.METHOD_NOT_ALLOWED, httpx.codes.NOT_IMPLEMENTED})


class NotOpenError(Exception):
    """The target does not let us in: why, and the mend."""


class Word(StrEnum):
    """What became of a resource."""

    DELETED = "deleted"
    GONE = "gone already"
    LEFT = "left"


@dataclass(frozen=True)
class Fate:
    """What became of one resource, and why it is left."""

    leftover: Leftover
    word: Word
    why: str = ""
    failing: bool = False  # whether the target gave no proper answer


def cleanup_command(folder: Path, options: Mapping[str, Any]) -> int:
    """Delete what a run has left, say what became of each, and return 5 where something is left still.

    A run that is under way is left alone.
    """
    try:
        with folder_lock.held(folder):
            code = _cleanup(folder, options)
    except FolderInUseError as error:
        code = _unusable(f"{error}: clean up when it has ended")
    except OSError as error:
        code = _unusable(f"{folder} cannot be read: {error.strerror}")
    others = output_folder.unfinished(folder)
    for other in others:
        click.echo(
            inert(f"{other} holds the ledger of another run: {output_folder.cleanup_command(other)}"),
            err=True,
        )
    return LEFT if others and code == CONFORMS else code


def _cleanup(folder: Path, options: Mapping[str, Any]) -> int:
    try:
        told = _settings(folder, options)
        account = ledger.read(folder / ledger.FILE)
        if told is None:
            click.echo("nothing is left: the run had a reference server of its own, which ended with it")
            return CONFORMS
        fates = _cleaned(told, account)
    except (ConfigurationError, EvidenceError, LedgerError, NotOpenError) as error:
        return _unusable(str(error))
    _show(fates, account, told)
    try:
        _write(folder / ledger.FILE, fates)
    except OSError as error:
        click.echo(inert(f"conformance: {folder / ledger.FILE} stays as it was: {error.strerror}"), err=True)
    return LEFT if any(each.word is Word.LEFT for each in fates) else CONFORMS


def _unusable(problem: str) -> int:
    click.echo(inert(f"conformance: {problem}"), err=True)
    return UNUSABLE


def _settings(folder: Path, options: Mapping[str, Any]) -> Settings | None:
    """Return the settings of the run with the credentials of now; None where its server ended with it."""
    header = testimony.header(folder)
    try:
        target = header["target"]
        if target["reference"]:
            return None
        told = {
            "target": target["origin"],
            "base_paths": target["base_paths"],
            "profiles": ["video", "fabric"],
        }
        return replace(settings({**options, **told}), prefix=_prefix(header["prefix"]))
    except (KeyError, TypeError, AttributeError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise EvidenceError(
            f"{folder}: the header of its evidence does not say what was run ({problem})"
        ) from None


def _prefix(told: Any) -> str:
    """Return the prefix of the run; without one, any name would pass for one of its names."""
    if not isinstance(told, str) or not told:
        raise TypeError("there is no prefix")
    return told


def _cleaned(told: Settings, account: ledger.Account) -> list[Fate]:
    if not account.made and not account.lost:
        return []
    with (
        TemporaryDirectory() as elsewhere,
        connected(told.target, told.limits, told.connection, Path(elsewhere)) as wire,
    ):
        api = Api(wire, told.prefix, "cleanup")
        _expect_open(api)
        return list(Sweep(api).over(account))


def _expect_open(api: Api) -> None:
    """Find out whether it is any use to begin."""
    probe = api.first.get(UNKNOWN_ID)
    if probe.response is None:
        raise NotOpenError(f"{api.wire.target.origin} gives no answer ({probe.failure}); nothing was deleted")
    if probe.status in _SHUT:
        raise NotOpenError(
            f"the credentials are refused with {probe.status}; take those of the run (nothing was deleted)"
        )


class Sweep:
    """Goes through what a ledger holds."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._listed: dict[str, Mapping[str, frozenset[str]] | None] = {}

    def over(self, account: ledger.Account) -> Iterator[Fate]:
        """Yield what became of each; where it keeps failing, the rest is left untried."""
        known = {(each.collection, each.id) for each in account.made}
        found: list[Leftover] = []
        for lost in account.lost:
            if not any(map(self._api.is_ours, lost.names)):
                continue
            listed = self._list(lost.collection)
            if listed is None:
                yield Fate(
                    lost, Word.LEFT, "it may be there: its create went unanswered, and there is no list"
                )
                continue
            ids = [made for made in clearing.matching(lost, listed) if (lost.collection, made) not in known]
            if clearing.NO_ID in ids:
                yield Fate(lost, Word.LEFT, "it is there, under an id that addresses nothing")
                continue
            known.update((lost.collection, made) for made in ids)
            found += [replace(lost, id=made) for made in ids]
        yield from self._each([*account.made, *found])

    def _each(self, leftovers: Sequence[Leftover]) -> Iterator[Fate]:
        failing = 0
        for first in range(0, len(leftovers), _TOGETHER):
            some = leftovers[first : first + _TOGETHER]
            if failing >= clearing.KEEPS_FAILING:
                yield from (Fate(each, Word.LEFT, "not tried: the target keeps failing") for each in some)
                continue
            fates = self._api.each(self._one, some)
            failing = failing + len(fates) if all(each.failing for each in fates) else 0
            yield from fates

    def _one(self, leftover: Leftover) -> Fate:
        try:
            return self._looked_at(leftover)
        except Unobserved as busy:
            return Fate(leftover, Word.LEFT, str(busy), failing=True)

    def _looked_at(self, leftover: Leftover) -> Fate:
        collection = clearing.collection_at(self._api, leftover.collection)
        got = collection.get(leftover.id)
        if got.status == httpx.codes.NOT_FOUND:
            return Fate(leftover, Word.GONE)
        if got.status in _NOT_READABLE:
            return self._listed_as(leftover)
        if not got.succeeded:
            return _failed(leftover, got)
        resource = got.resource or {}
        if resource.get("id") != leftover.id:
            return Fate(leftover, Word.LEFT, "a get answers with another resource")
        return self._named(leftover, clearing.names_of(resource))

    def _listed_as(self, leftover: Leftover) -> Fate:
        listed = self._list(leftover.collection)
        if listed is None:
            return Fate(leftover, Word.LEFT, "its name cannot be seen: the target has neither get nor list")
        if leftover.id not in listed:
            return Fate(leftover, Word.GONE)
        return self._named(leftover, listed[leftover.id])

    def _named(self, leftover: Leftover, names: frozenset[str]) -> Fate:
        """Delete it if its name is one of the run."""
        if not any(map(self._api.is_ours, names)):
            return Fate(leftover, Word.LEFT, f"it is called {sorted(names)}, which is no name of this run")
        answer = clearing.collection_at(self._api, leftover.collection).delete(leftover.id)
        if answer.succeeded or answer.status == httpx.codes.NOT_FOUND:
            return Fate(leftover, Word.DELETED)
        return _failed(leftover, answer)

    def _list(self, path: str) -> Mapping[str, frozenset[str]] | None:
        if path not in self._listed:
            self._listed[path] = clearing.listing(clearing.collection_at(self._api, path))
        return self._listed[path]


def _failed(leftover: Leftover, answer: Exchange) -> Fate:
    got = answer.failure or answer.status
    return Fate(leftover, Word.LEFT, f"{answer.request.method} gave {got}", failing=True)


def _write(path: Path, fates: Sequence[Fate]) -> None:
    """Take down what is not left any more, for whoever cleans up once more."""
    gone = [each.leftover for each in fates if each.word is not Word.LEFT and each.leftover.id]
    lines: list[dict[str, Any]] = [
        {"deleted": each.id, "collection": each.collection, "by": "cleanup"} for each in gone
    ]
    if not any(each.word is Word.LEFT for each in fates):
        lines.append({"cleared": True, "by": "cleanup"})
    whole, newline, _ = path.read_bytes().rpartition(b"\n")  # a last line that was cut short goes
    with private.replacing(path) as file:
        file.write(whole + newline)
        file.writelines(json.dumps(each).encode() + b"\n" for each in lines)


def _show(fates: Sequence[Fate], account: ledger.Account, told: Settings) -> None:
    redactor = Redactor(told.target.account)
    for each in fates:
        place = f"{each.leftover.collection}/{each.leftover.id or '?'}  {each.leftover.name}"
        why = f"  ({each.why})" if each.why else ""
        click.echo(inert(redactor(f"{each.word}  {place}{why}")))
    counts = Counter(each.word for each in fates)
    click.echo(", ".join(f"{counts[word]} {word}" for word in Word))
    nameless = sum(not any(f"cc-{told.prefix}-" in name for name in each.names) for each in account.lost)
    if nameless:
        click.echo(
            f"{nameless} bodies without a name of the run were under way, all of them meant to be refused"
        )
