"""The command `conformance cleanup`: delete what a run that was killed has left, and nothing else.

The ledger of the run lists what there may be, and the folder that holds it may come from anywhere: the user
confirms the target, and each resource is got and deleted only if it shows a unique name of its create.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import httpx

from conformance.cli.run import show_notices
from conformance.config import connection
from conformance.config.loader import ConfigurationError, merged, settings
from conformance.config.settings import Settings
from conformance.config.target import BASE_PATHS
from conformance.engine import resource_cleanup
from conformance.evidence import evidence_reader
from conformance.evidence.evidence_reader import EvidenceError
from conformance.http.exchange import Exchange
from conformance.http.resource_names import is_run, of_run
from conformance.redaction.redactor import Redactor
from conformance.results import output_folder
from conformance.results.verdict import Unobserved
from conformance.runtime import folder_lock
from conformance.runtime.folder_lock import FolderInUseError
from conformance.testkit.api_client import Api
from conformance.transport.resources import ledger_file
from conformance.transport.resources.ledger_file import LedgerContent, LedgerError
from conformance.transport.resources.ownership import Leftover
from conformance.transport.stack import UNKNOWN_ID, connected
from reports.presentation.sanitize import inert
from reports.records.exit_codes import CONFORMS, LEFT, UNUSABLE

_TOGETHER: Final = 16
_UNAUTHORIZED: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})
_NOT_READABLE: Final = frozenset({httpx.codes.METHOD_NOT_ALLOWED, httpx.codes.NOT_IMPLEMENTED})


class NotOpenError(Exception):
    """The target accepts no requests of ours: why, and the fix."""


class Result(StrEnum):
    """What became of a resource."""

    DELETED = "deleted"
    GONE = "gone already"
    LEFT = "left"


@dataclass(frozen=True)
class Fate:
    """What became of one resource, and why it is left."""

    leftover: Leftover
    result: Result
    why: str = ""
    failing: bool = False  # whether the target gave no usable response


def cleanup_command(folder: Path, options: Mapping[str, Any], *, confirmed: bool = False) -> int:
    """Delete what a run has left, print what became of each, and return 5 where something is still left.

    A run that is under way is left alone. `confirmed` says that the user has agreed to use the credentials at
    whatever target the folder names.
    """
    try:
        with folder_lock.held(folder):
            code = _cleanup(folder, options, confirmed=confirmed)
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


def _cleanup(folder: Path, options: Mapping[str, Any], *, confirmed: bool) -> int:
    try:
        run = _run(folder, options, confirmed=confirmed)
        content = ledger_file.read(folder / ledger_file.FILE)
        if run is None:
            click.echo("nothing is left: the run had a reference server of its own, which ended with it")
            return CONFORMS
        show_notices(run)
        fates = _cleaned(run, content)
    except (ConfigurationError, EvidenceError, LedgerError, NotOpenError) as error:
        return _unusable(str(error))
    _show(fates, content, run)
    left = any(fate.result is Result.LEFT for fate in fates)
    gone = [fate.leftover for fate in fates if fate.result is not Result.LEFT and fate.leftover.id]
    path = folder / ledger_file.FILE
    try:
        ledger_file.enter_deleted(path, gone, all_of_them=not left)
    except OSError as error:
        click.echo(inert(f"conformance: {path} stays as it was: {error.strerror}"), err=True)
    return LEFT if left else CONFORMS


def _unusable(problem: str) -> int:
    click.echo(inert(f"conformance: {problem}"), err=True)
    return UNUSABLE


def _run(folder: Path, options: Mapping[str, Any], *, confirmed: bool) -> Settings | None:
    """Return the settings of the run with the credentials of now; None where its server ended with it."""
    header = evidence_reader.header(folder)
    try:
        target, prefix = header["target"], header["prefix"]
        if target["reference"]:
            return None
        configured = merged(options)
        if not confirmed:
            _expect_same_target(folder, target, configured)
        run = {"base_paths": target["base_paths"], "profiles": ["video", "fabric"]}
        if not _is_configured(target["origin"], configured):  # whose proxy may not be meant for this target
            run["target"] = target["origin"]
        return replace(settings({**options, **run}), prefix=_checked(prefix))
    except ConfigurationError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise EvidenceError(
            f"{folder}: the header of its evidence does not describe the run ({problem})"
        ) from None


def _is_configured(origin: str, configured: Mapping[str, Any]) -> bool:
    """Return whether the target of the run is the configured one."""
    given = configured.get("target")
    return given is not None and str(connection.address(given, allow_http=True)).rstrip("/") == origin.rstrip(
        "/"
    )


def _checked(prefix: Any) -> str:
    if not is_run(prefix):
        raise ValueError(f"the prefix {prefix!r} is not eight hexadecimal digits")
    return str(prefix)


def _expect_same_target(folder: Path, target: Mapping[str, Any], configured: Mapping[str, Any]) -> None:
    """Raise ConfigurationError unless the user names the target that the folder names."""
    origin, paths = str(target["origin"]), {**BASE_PATHS, **configured.get("base_paths", {})}
    if configured.get("target") is None:
        raise ConfigurationError(
            f"the run in {folder} had the target {origin}; confirm that the credentials may be sent there "
            f"with --target {origin}"
        )
    if not _is_configured(origin, configured):
        raise ConfigurationError(f"the run in {folder} had the target {origin}, not {configured['target']}")
    if target["base_paths"] != paths:
        raise ConfigurationError(
            f"the run in {folder} had the base paths {target['base_paths']}; set base_paths in the "
            "configuration to confirm them"
        )


def _cleaned(run: Settings, content: LedgerContent) -> list[Fate]:
    if not content.created and not content.lost:
        return []
    with (
        TemporaryDirectory() as elsewhere,
        connected(run.target, run.limits, run.connection, Path(elsewhere)) as wire,
    ):
        api = Api(wire, run.prefix, "cleanup")
        _expect_open(api)
        return list(Sweep(api).over(content))


def _expect_open(api: Api) -> None:
    """Raise NotOpenError where the target gives no response, or rejects the credentials."""
    probe = api.first.get(UNKNOWN_ID)
    if probe.response is None:
        raise NotOpenError(
            f"{api.wire.target.origin} gives no response ({probe.failure}); nothing was deleted"
        )
    if probe.status in _UNAUTHORIZED:
        raise NotOpenError(
            f"the credentials are rejected with {probe.status}; use those of the run (nothing was deleted)"
        )


class Sweep:
    """Goes through what a ledger holds."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._listed: dict[str, Mapping[str, frozenset[str]] | None] = {}

    def over(self, content: LedgerContent) -> Iterator[Fate]:
        """Yield what became of each resource; where the target keeps failing, the rest is not tried."""
        known = {(leftover.collection, leftover.id) for leftover in content.created}
        found: list[Leftover] = []
        for lost in content.lost:
            if not self._is_of_run(lost):
                continue
            listed = self._list(lost.collection)
            if listed is None:
                yield Fate(
                    lost, Result.LEFT, "it may be there: its create got no response, and there is no list"
                )
                continue
            ids = [
                each
                for each in resource_cleanup.matching(lost, listed)
                if (lost.collection, each) not in known
            ]
            if resource_cleanup.NO_ID in ids:
                yield Fate(lost, Result.LEFT, "it is there, under an id that addresses nothing")
                continue
            known.update((lost.collection, identifier) for identifier in ids)
            found += [replace(lost, id=identifier) for identifier in ids]
        yield from self._fates([*content.created, *found])

    def _fates(self, leftovers: Sequence[Leftover]) -> Iterator[Fate]:
        failing = 0
        for first in range(0, len(leftovers), _TOGETHER):
            some = leftovers[first : first + _TOGETHER]
            if failing >= resource_cleanup.KEEPS_FAILING:
                yield from (Fate(each, Result.LEFT, "not tried: the target keeps failing") for each in some)
                continue
            fates = self._api.each(self._fate, some)
            failing = failing + len(fates) if all(fate.failing for fate in fates) else 0
            yield from fates

    def _fate(self, leftover: Leftover) -> Fate:
        if not self._is_of_run(leftover):
            return Fate(leftover, Result.LEFT, "its name in the ledger is not a unique name of this run")
        self._api.wire.ledger.adopt(leftover)
        try:
            return self._judged(leftover)
        except Unobserved as busy:
            return Fate(leftover, Result.LEFT, str(busy), failing=True)

    def _is_of_run(self, leftover: Leftover) -> bool:
        return bool(of_run(leftover.unique_names, self._api.prefix))

    def _judged(self, leftover: Leftover) -> Fate:
        collection = resource_cleanup.collection_at(self._api, leftover.collection)
        got = collection.get(leftover.id, judged=False)
        if got.status == httpx.codes.NOT_FOUND:
            return Fate(leftover, Result.GONE)
        if got.status in _NOT_READABLE:
            return self._listed_as(leftover)
        if not got.succeeded:
            return _failed(leftover, got)
        return self._deleted(leftover, "a get shows another resource, whose name is not that of the create")

    def _listed_as(self, leftover: Leftover) -> Fate:
        """Delete a resource that cannot be got, where a list shows its whole name."""
        listed = self._list(leftover.collection)
        if listed is None:
            return Fate(leftover, Result.LEFT, "its name cannot be seen: the target has neither get nor list")
        if leftover.id not in listed:
            return Fate(leftover, Result.GONE)
        if leftover.id in resource_cleanup.matching(leftover, listed):
            self._api.wire.ledger.confirm(leftover)
        return self._deleted(leftover, "a list shows another name than that of the create")

    def _deleted(self, leftover: Leftover, otherwise: str) -> Fate:
        collection = resource_cleanup.collection_at(self._api, leftover.collection)
        if not self._api.wire.ledger.owns(leftover.collection, leftover.id):
            return Fate(leftover, Result.LEFT, otherwise)
        deleted = collection.delete(leftover.id)
        if deleted.succeeded or deleted.status == httpx.codes.NOT_FOUND:
            return Fate(leftover, Result.DELETED)
        return _failed(leftover, deleted)

    def _list(self, path: str) -> Mapping[str, frozenset[str]] | None:
        if path not in self._listed:
            self._listed[path] = resource_cleanup.listing(resource_cleanup.collection_at(self._api, path))
        return self._listed[path]


def _failed(leftover: Leftover, exchange: Exchange) -> Fate:
    outcome = exchange.failure or f"status {exchange.status}"
    return Fate(leftover, Result.LEFT, f"{exchange.request.method} gave {outcome}", failing=True)


def _show(fates: Sequence[Fate], content: LedgerContent, run: Settings) -> None:
    redactor = Redactor(run.target.account)
    for fate in fates:
        place = f"{fate.leftover.collection}/{fate.leftover.id or '(unknown id)'}  {fate.leftover.name}"
        why = f"  ({fate.why})" if fate.why else ""
        click.echo(inert(redactor(f"{fate.result}  {place}{why}")))
    counts = Counter(fate.result for fate in fates)
    click.echo(", ".join(f"{counts[result]} {result}" for result in Result))
    nameless = sum(not of_run(leftover.unique_names, run.prefix) for leftover in content.lost)
    if nameless:
        click.echo(
            f"{nameless} creates without a unique name were under way; what they may have created, "
            "though they are invalid, cannot be found"
        )
