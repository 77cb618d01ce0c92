"""Deletion of the resources that belong to a run according to its ledger, and of nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from conformance.http.exchange import Exchange, is_addressable
from conformance.results.verdict import Inconclusive
from conformance.testkit.api_client import ApiClient
from conformance.testkit.resource_client import ResourceClient
from conformance.transport.resources import search_records
from conformance.transport.resources.ledger import Ledger
from conformance.transport.resources.ownership import Leftover, names_in_resource
from conformance.transport.throttling import RunStoppedError
from spec.capabilities import Capability

NO_ID: Final = ""  # key in a listing for all items without an id that can be used in a URL
MAX_CONSECUTIVE_FAILURES: Final = 5  # consecutive failed deletes after which clean-up stops
RETRY_CHECK: Final = "room"  # name of the check under which deletes are retried during the run
REQUESTS_PER_DELETE: Final = 2  # a get that shows that the resource belongs to the run, and the delete
CONFIRMATION_DELAYS: Final = (0.0, 0.5, 1.5)  # seconds before each get of a deleted resource
SEARCH_DELAYS: Final = (0.0, 1.0, 2.0, 2.0)  # seconds before each request of a list
_CONCURRENT_DELETES: Final = 16
_MAX_PAGES: Final = 1000


@dataclass(frozen=True)
class Listing:
    """The resources of a collection: their names by id, and when the list was requested."""

    names: Mapping[str, frozenset[str]]
    requested: datetime


def delete_leftovers(api: ApiClient, ledger: Ledger) -> None:
    """Delete all leftovers, then resources whose create response was lost or has an id that does not work.

    Resources with a known id come first, because reading the list may take longer than the time limit.
    """
    _get_all(api, ledger.doubtful_deletes)
    can_continue = delete_all(api, ledger.leftovers)
    unconfirmed = ledger.unconfirmed
    _find_with_retries(api, ledger, unconfirmed)
    for path in ledger.searched_collections - {leftover.collection for leftover in unconfirmed}:
        # A replay retries no deletes: it repeats the list requests of those retries here.
        list_names(collection_at(api, path))
    if can_continue and ledger.leftovers:
        delete_all(api, ledger.leftovers)


def delete_all(api: ApiClient, leftovers: Sequence[Leftover]) -> bool:
    """Delete leftovers concurrently and confirm it; stop and return False if deletes keep failing."""
    ordered = sorted(leftovers, key=lambda leftover: (leftover.collection, leftover.id))
    failures = 0
    for first in range(0, len(ordered), _CONCURRENT_DELETES):
        batch = ordered[first : first + _CONCURRENT_DELETES]
        try:
            api.map_concurrently(lambda leftover: _delete(api, leftover), batch)
            _confirm_deletes(api)
        except RuntimeError:  # no more threads can be started
            return _delete_sequentially(api, ordered[first:])
        ledger = api.transport.ledger
        deleted = [not ledger.contains(leftover.collection, leftover.id) for leftover in batch]
        failures = 0 if any(deleted) else failures + len(deleted)
        if failures >= MAX_CONSECUTIVE_FAILURES:
            return False
    return True


def retry_failed_deletes(api: ApiClient, ledger: Ledger) -> bool:
    """Free live-resource slots during the run; return whether any slot was freed.

    Failed deletes are retried one after another, then resources whose create response was lost are searched.
    """
    slots_in_use = ledger.live_limit.slots_in_use
    overdue = ledger.searchable_now
    if not _delete_sequentially(api, ledger.failed_deletes) and overdue:
        before = set(ledger.leftovers)
        find_unconfirmed(api, ledger, overdue)
        ledger.searched_collections |= {leftover.collection for leftover in overdue}
        _delete_sequentially(api, [leftover for leftover in ledger.leftovers if leftover not in before])
    return ledger.live_limit.slots_in_use < slots_in_use


def _delete_sequentially(api: ApiClient, leftovers: Sequence[Leftover]) -> bool:
    """Delete leftovers in the calling thread, as all others may wait for it; return whether any is gone."""
    deleted = False
    for attempts, leftover in enumerate(leftovers, 1):
        deleted |= _delete(api, leftover)
        if not deleted and attempts >= MAX_CONSECUTIVE_FAILURES:
            break
    return deleted


def _confirm_deletes(api: ApiClient) -> None:
    """Get each resource that was deleted, but may still exist; wait for a target that deletes later."""
    for delay in CONFIRMATION_DELAYS:
        if not api.transport.ledger.unconfirmed_deletes:
            return
        api.transport.throttling.pause(delay)
        _get_all(api, api.transport.ledger.unconfirmed_deletes)


def _get_all(api: ApiClient, leftovers: Sequence[Leftover]) -> None:
    """Get resources, so that the ledger records whether they exist."""
    ordered = sorted(leftovers, key=lambda leftover: (leftover.collection, leftover.id))
    api.transport.throttling.raise_budget(len(ordered))
    with suppress(RunStoppedError, Inconclusive):
        api.map_concurrently(
            lambda leftover: collection_at(api, leftover.collection).get(leftover.id, assessed=False), ordered
        )


def _find_with_retries(api: ApiClient, ledger: Ledger, unconfirmed: Sequence[Leftover]) -> None:
    """Search for resources; search again for those that a list may contain later."""
    for delay in SEARCH_DELAYS:
        if not unconfirmed:
            return
        api.transport.throttling.pause(delay)
        unconfirmed = find_unconfirmed(api, ledger, unconfirmed)


def find_unconfirmed(api: ApiClient, ledger: Ledger, unconfirmed: Sequence[Leftover]) -> Sequence[Leftover]:
    """Search the lists of the target for resources with an unknown id.

    Return those that the list lacks, but may contain later.
    """
    confirmed_ids = {leftover.id for leftover in ledger.leftovers}
    remaining = []
    for path in dict.fromkeys(leftover.collection for leftover in unconfirmed):
        listing = list_names(collection_at(api, path))
        for leftover in (leftover for leftover in unconfirmed if leftover.collection == path):
            if listing is None:
                search_records.record_unlisted(ledger.records, leftover)
                continue
            ids = [id_ for id_ in ids_with_name(leftover, listing) if id_ not in confirmed_ids]
            if NO_ID in ids:
                search_records.record_unaddressable(ledger.records, leftover)
            elif ids:
                search_records.record_found(ledger.records, leftover, ids)
                confirmed_ids.update(ids)
            elif not search_records.record_absent(ledger.records, leftover, listing.requested):
                remaining.append(leftover)
    return remaining


def collection_at(api: ApiClient, path: str) -> ResourceClient:
    """Return the collection at a path."""
    return api.video if path.startswith(api.transport.target.target_path("/api/video/")) else api.fabric


def list_names(collection: ResourceClient) -> Listing | None:
    """Return the names of all resources of a collection; None if the target returns no complete list."""
    if not collection.api.has(Capability.LIST):
        return None
    entries = set[tuple[str, frozenset[str]]]()
    requested: datetime | None = None
    try:
        for page in _pages(collection):
            requested = requested or page.started
            items = (page.resource or {}).get("data")
            if not isinstance(items, list):
                return None
            new_entries = {(_id(item), names_in_resource(item)) for item in items} - entries
            if items and not new_entries:
                break  # the links of a list may never end
            entries |= new_entries
    except (RunStoppedError, Inconclusive):
        return None
    names_by_id: dict[str, frozenset[str]] = {}
    for id_, names in entries:
        names_by_id[id_] = names_by_id.get(id_, frozenset()) | names
    return Listing(names_by_id, requested) if requested else None


def ids_with_name(unconfirmed: Leftover, listing: Listing) -> list[str]:
    """Return the ids of the listed resources with a name that only this create request sent."""
    return [id_ for id_, names in listing.names.items() if not names.isdisjoint(unconfirmed.searchable)]


def _id(item: Any) -> str:
    id_ = item.get("id") if isinstance(item, dict) else None
    return str(id_) if is_addressable(id_) else NO_ID


def _pages(collection: ResourceClient) -> Iterator[Exchange]:
    """Yield each page of the list once, following the links of the target."""
    query, sent = "", set[str]()
    while query not in sent and len(sent) < _MAX_PAGES:
        sent.add(query)
        collection.api.transport.throttling.raise_budget(1)
        page = collection.list_page(query)
        yield page
        query = _next_query(page)
        if not query:
            return


def _next_query(page: Exchange) -> str:
    """Return the query of the link to the next page; the rest of the link is ignored."""
    links = (page.resource or {}).get("links")
    link = links.get("next") if isinstance(links, dict) else None
    try:
        return urlsplit(link).query if isinstance(link, str) and link.isascii() else ""
    except ValueError:
        return ""


def _delete(api: ApiClient, leftover: Leftover) -> bool:
    """Delete a resource if a get shows that it belongs to the run; return whether it is known to be gone."""
    if not api.transport.ledger.contains(leftover.collection, leftover.id):
        return True
    api.transport.throttling.raise_budget(REQUESTS_PER_DELETE)
    api.transport.ledger.require_new_proof(leftover)
    with suppress(RunStoppedError, Inconclusive, httpx.InvalidURL):
        # The target is gone or throttles, the evidence ends, or the id cannot be used in a URL.
        collection_at(api, leftover.collection).delete_if_owned(leftover.id, assessed=False)
    return not api.transport.ledger.contains(leftover.collection, leftover.id)
