"""The `conformance cleanup` command: deletion of the resources that a killed run left at its target.

The output folder with the ledger of the run is not trusted: the user confirms the target, and a resource is
deleted only if a get returns a unique name of its create request.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import httpx

from conformance.cli.run import print_notices
from conformance.config import connection
from conformance.config.loader import ConfigurationError, load_settings, merge_sources
from conformance.config.settings import Settings
from conformance.config.target import BASE_PATHS
from conformance.engine import resource_cleanup
from conformance.engine.resource_cleanup import Listing
from conformance.evidence import evidence_reader
from conformance.evidence.evidence_reader import EvidenceError
from conformance.http.exchange import Exchange
from conformance.http.resource_names import is_run_prefix, names_of_run
from conformance.redaction.masking import secret_mask
from conformance.results import output_folder
from conformance.results.verdict import Inconclusive
from conformance.runtime import folder_lock
from conformance.runtime.folder_lock import FolderInUseError
from conformance.testkit.api_client import ApiClient
from conformance.testkit.resource_client import ResourceClient
from conformance.transport.resources import ledger_file
from conformance.transport.resources.ledger_file import LedgerContents, LedgerError
from conformance.transport.resources.ownership import Leftover
from conformance.transport.stack import UNKNOWN_ID, open_stack
from reports.presentation.log_commands import escape_log_line
from reports.records.exit_codes import CLEANUP_INCOMPLETE, CONFORMS, USAGE_ERROR

_BATCH_SIZE: Final = 16
_UNAUTHORIZED: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})
_GET_NOT_SUPPORTED: Final = frozenset({httpx.codes.METHOD_NOT_ALLOWED, httpx.codes.NOT_IMPLEMENTED})


class AccessDeniedError(Exception):
    """The target does not respond, or rejects the credentials."""


class CleanupStatus(StrEnum):
    """Status of a resource after clean-up."""

    DELETED = "deleted"
    GONE = "gone already"
    LEFT = "left"


@dataclass(frozen=True)
class CleanupResult:
    """The status of one resource after clean-up, with the reason if it is left."""

    leftover: Leftover
    status: CleanupStatus
    reason: str = ""
    failed: bool = False  # whether the target returned no usable response


def cleanup_command(folder: Path, options: Mapping[str, Any], *, confirmed: bool = False) -> int:
    """Delete the resources that a run left, print their status, and return 5 if resources are still left.

    A run that has not ended is not touched. `confirmed` states that the user allows sending the credentials
    to the target recorded in the folder.
    """
    try:
        with folder_lock.locked(folder):
            code = _cleanup(folder, options, confirmed=confirmed)
    except FolderInUseError as error:
        code = _usage_error(f"{error}: run cleanup when it has ended")
    except OSError as error:
        code = _usage_error(f"{folder} cannot be read: {error.strerror}")
    unfinished_folders = output_folder.unfinished_subfolders(folder)
    for unfinished in unfinished_folders:
        command = output_folder.cleanup_command(unfinished)
        click.echo(escape_log_line(f"{unfinished} contains the ledger of another run: {command}"), err=True)
    return CLEANUP_INCOMPLETE if unfinished_folders and code == CONFORMS else code


def _cleanup(folder: Path, options: Mapping[str, Any], *, confirmed: bool) -> int:
    try:
        run_settings = _run_settings(folder, options, confirmed=confirmed)
        content = ledger_file.read_ledger(folder / ledger_file.FILE_NAME)
        if run_settings is None:
            click.echo("nothing to clean up: the run used the built-in reference server, which has exited")
            return CONFORMS
        print_notices(run_settings)
        results = _delete_leftovers(run_settings, content)
    except (ConfigurationError, EvidenceError, LedgerError, AccessDeniedError) as error:
        return _usage_error(str(error))
    _print_results(results, content, run_settings)
    is_incomplete = any(result.status is CleanupStatus.LEFT for result in results)
    deleted = [
        result.leftover
        for result in results
        if result.status is not CleanupStatus.LEFT and result.leftover.id
    ]
    path = folder / ledger_file.FILE_NAME
    try:
        ledger_file.record_cleanup(path, deleted, complete=not is_incomplete)
    except OSError as error:
        click.echo(escape_log_line(f"conformance: {path} cannot be updated: {error.strerror}"), err=True)
    return CLEANUP_INCOMPLETE if is_incomplete else CONFORMS


def _usage_error(problem: str) -> int:
    click.echo(escape_log_line(f"conformance: {problem}"), err=True)
    return USAGE_ERROR


def _run_settings(folder: Path, options: Mapping[str, Any], *, confirmed: bool) -> Settings | None:
    """Return the settings of the run with the current credentials; None if it used the built-in server."""
    header = evidence_reader.read_header(folder)
    try:
        target, prefix = header["target"], header["prefix"]
        if target["reference"]:
            return None
        configured = merge_sources(options)
        if not confirmed:
            _expect_same_target(folder, target, configured)
        recorded = {"base_paths": target["base_paths"], "profiles": ["video", "fabric"]}
        # --target as an option: a proxy in the configuration file may not be intended for this target.
        if not _is_configured(target["origin"], configured):
            recorded["target"] = target["origin"]
        return replace(load_settings({**options, **recorded}), prefix=_valid_prefix(prefix))
    except ConfigurationError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise EvidenceError(
            f"{folder}: the header of its evidence does not describe the run ({problem})"
        ) from None


def _is_configured(origin: str, configured: Mapping[str, Any]) -> bool:
    """Return whether the target of the run is the configured target."""
    target = configured.get("target")
    if target is None:
        return False
    return str(connection.target_url(target, allow_http=True)).rstrip("/") == origin.rstrip("/")


def _valid_prefix(prefix: Any) -> str:
    if not is_run_prefix(prefix):
        raise ValueError(f"the prefix {prefix!r} is not eight hexadecimal digits")
    return str(prefix)


def _expect_same_target(folder: Path, target: Mapping[str, Any], configured: Mapping[str, Any]) -> None:
    """Raise ConfigurationError unless the user specifies the target that is recorded in the folder."""
    origin, paths = str(target["origin"]), {**BASE_PATHS, **configured.get("base_paths", {})}
    if configured.get("target") is None:
        raise ConfigurationError(
            f"the target of the run in {folder} was {origin}; add --target {origin} to confirm that the "
            "credentials may be sent there"
        )
    if not _is_configured(origin, configured):
        raise ConfigurationError(
            f"the target of the run in {folder} was {origin}, not {configured['target']}"
        )
    if target["base_paths"] != paths:
        raise ConfigurationError(
            f"the base paths of the run in {folder} were {target['base_paths']}; set base_paths in the "
            "configuration file to confirm them"
        )


def _delete_leftovers(run_settings: Settings, content: LedgerContents) -> list[CleanupResult]:
    if not content.created and not content.unconfirmed:
        return []
    with (
        TemporaryDirectory() as temporary_folder,
        open_stack(
            run_settings.target, run_settings.limits, run_settings.connection, Path(temporary_folder)
        ) as stack,
    ):
        api = ApiClient(stack, run_settings.prefix, "cleanup")
        _expect_access(api)
        return list(LeftoverCleaner(api).clean(content))


def _expect_access(api: ApiClient) -> None:
    """Raise AccessDeniedError if the target does not respond, or rejects the credentials."""
    probe = api.any_collection.get(UNKNOWN_ID)
    if probe.response is None:
        raise AccessDeniedError(
            f"{api.transport.target.origin} does not respond ({probe.failure}); nothing was deleted"
        )
    if probe.status in _UNAUTHORIZED:
        raise AccessDeniedError(
            f"credentials rejected with status {probe.status}; use those of the run (nothing was deleted)"
        )


class LeftoverCleaner:
    """Deletes the resources of a ledger that belong to the run."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api
        self._listings: dict[str, Listing | None] = {}
        self._working_ids: set[str] = set()  # collections in which a get has returned a resource by its id

    def clean(self, content: LedgerContents) -> Iterator[CleanupResult]:
        """Yield the result for each resource; after repeated failures the remaining ones are not tried."""
        results = list(self._delete_in_batches(content.created))
        not_found = [result.leftover for result in results if result.status is CleanupStatus.GONE]
        yield from (result for result in results if result.status is not CleanupStatus.GONE)
        tried = {(leftover.collection, leftover.id) for leftover in content.created}
        listed_leftovers: list[Leftover] = []
        for lost in [*not_found, *content.unconfirmed]:
            found = self._find(lost, tried) if self._is_of_run(lost) else []
            if isinstance(found, CleanupResult):
                yield found
                continue
            if lost.id and not found:
                yield CleanupResult(lost, CleanupStatus.GONE)
            tried.update((lost.collection, leftover.id) for leftover in found)
            listed_leftovers += found
        yield from self._delete_in_batches(listed_leftovers)

    def _find(self, lost: Leftover, tried: AbstractSet[tuple[str, str]]) -> list[Leftover] | CleanupResult:
        """Return the resources that the target lists with the name of a resource and an id not yet tried.

        Return a result if the resource may exist, but cannot be deleted.
        """
        listing = self._listing(lost.collection)
        if listing is None:
            if not lost.id:
                return _left(lost, "it may exist: its create got no response, and the target has no list")
            if lost.collection in self._working_ids:
                return []
            return _left(
                lost, "it may exist under another id: a get of its id returns 404, and the target has no list"
            )
        ids = resource_cleanup.ids_with_name(lost, listing)
        if resource_cleanup.NO_ID in ids:
            return _left(lost, "listed with an id that cannot be used in a URL")
        if lost.id in ids:
            return _left(lost, "listed with an id for which a get returns 404")
        return [replace(lost, id=id_) for id_ in ids if (lost.collection, id_) not in tried]

    def _delete_in_batches(self, leftovers: Sequence[Leftover]) -> Iterator[CleanupResult]:
        failures = 0
        for start in range(0, len(leftovers), _BATCH_SIZE):
            batch = leftovers[start : start + _BATCH_SIZE]
            if failures >= resource_cleanup.MAX_CONSECUTIVE_FAILURES:
                yield from (_left(leftover, "not tried: the target keeps failing") for leftover in batch)
                continue
            results = self._api.map_concurrently(self._delete_if_of_run, batch)
            failures = failures + len(results) if all(result.failed for result in results) else 0
            yield from results

    def _delete_if_of_run(self, leftover: Leftover) -> CleanupResult:
        if not self._is_of_run(leftover):
            return _left(leftover, "its name in the ledger is not a unique name of this run")
        self._api.transport.ledger.add_from_earlier_run(leftover)
        try:
            return self._get_and_delete(leftover)
        except Inconclusive as inconclusive:
            return _left(leftover, str(inconclusive), failed=True)

    def _is_of_run(self, leftover: Leftover) -> bool:
        return bool(names_of_run(leftover.unique_names, self._api.prefix))

    def _get_and_delete(self, leftover: Leftover) -> CleanupResult:
        collection = resource_cleanup.collection_at(self._api, leftover.collection)
        exchange = collection.get(leftover.id, assessed=False)
        if exchange.status == httpx.codes.NOT_FOUND:
            return CleanupResult(leftover, CleanupStatus.GONE)
        if exchange.status in _GET_NOT_SUPPORTED:
            return self._list_and_delete(leftover)
        if not exchange.succeeded:
            return _failed(leftover, exchange)
        self._working_ids.add(leftover.collection)
        return self._delete_if_owned(leftover, "a get returns another name than its create request")

    def _list_and_delete(self, leftover: Leftover) -> CleanupResult:
        """Delete a resource that the target lists with its complete name, if it does not support get."""
        listing = self._listing(leftover.collection)
        if listing is None:
            return _left(leftover, "its name is unknown: the target supports neither get nor list")
        if leftover.id not in listing.names:
            return CleanupResult(leftover, CleanupStatus.GONE)
        if leftover.id in resource_cleanup.ids_with_name(leftover, listing):
            self._api.transport.ledger.confirm_ownership(leftover)
        return self._delete_if_owned(leftover, "a list returns another name than its create request")

    def _delete_if_owned(self, leftover: Leftover, not_owned_reason: str) -> CleanupResult:
        collection = resource_cleanup.collection_at(self._api, leftover.collection)
        if not self._api.transport.ledger.owns(leftover.collection, leftover.id):
            return _left(leftover, not_owned_reason)
        exchange = collection.delete(leftover.id)
        if not exchange.succeeded and exchange.status != httpx.codes.NOT_FOUND:
            return _failed(leftover, exchange)
        if self._exists(collection, leftover.id):
            return _left(leftover, f"a get still returns it after its delete with status {exchange.status}")
        return CleanupResult(leftover, CleanupStatus.DELETED)

    def _exists(self, collection: ResourceClient, identifier: str) -> bool:
        """Return whether a get returns a resource after its delete; wait for a target that deletes later."""
        for delay in resource_cleanup.CONFIRMATION_DELAYS:
            self._api.transport.throttling.pause(delay)
            if not collection.get(identifier, assessed=False).succeeded:
                return False
        return True

    def _listing(self, path: str) -> Listing | None:
        if path not in self._listings:
            self._listings[path] = resource_cleanup.list_names(
                resource_cleanup.collection_at(self._api, path)
            )
        return self._listings[path]


def _left(leftover: Leftover, reason: str, *, failed: bool = False) -> CleanupResult:
    return CleanupResult(leftover, CleanupStatus.LEFT, reason, failed)


def _failed(leftover: Leftover, exchange: Exchange) -> CleanupResult:
    outcome = exchange.failure or f"status {exchange.status}"
    return _left(leftover, f"{exchange.request.method} returned {outcome}", failed=True)


def _print_results(results: Sequence[CleanupResult], content: LedgerContents, run_settings: Settings) -> None:
    redactor = secret_mask(run_settings.target.account, run_settings.connection).for_display
    for result in results:
        leftover = result.leftover
        resource = f"{leftover.collection}/{leftover.id or '(unknown id)'}  {leftover.name}"
        reason = f"  ({result.reason})" if result.reason else ""
        click.echo(escape_log_line(redactor(f"{result.status}  {resource}{reason}")))
    counts = Counter(result.status for result in results)
    click.echo(", ".join(f"{counts[status]} {status}" for status in CleanupStatus))
    untraceable = sum(
        not names_of_run(leftover.unique_names, run_settings.prefix) for leftover in content.unconfirmed
    )
    if untraceable:
        click.echo(
            f"{untraceable} create requests without a unique name got no response; resources that they may "
            "have created cannot be found"
        )
