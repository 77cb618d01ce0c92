"""Clean-up: what the ledger shows to be the run's own is deleted at the target, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from conformance.http.exchange import Exchange, addressable
from conformance.results.verdict import Unobserved
from conformance.testkit.api_client import Api, Collection
from conformance.transport.resources.ledger import Ledger
from conformance.transport.resources.ownership import Leftover, names_of
from conformance.transport.throttling import StoppedError

NO_ID: Final = ""  # stands in a listing for all that has no id by which it could be addressed
KEEPS_FAILING: Final = 5  # deletes in a row, after which nothing more is tried
RELIEF: Final = "room"  # the check in whose name room is made while the run goes on
REQUESTS: Final = 2  # to delete one resource: a get that shows that it is the run's own, and the delete
_TOGETHER: Final = 16
_MAX_PAGES: Final = 1000


def clear(api: Api, ledger: Ledger) -> None:
    """Delete all that is left, then what was created under an unknown id; stop where that keeps failing.

    What has an id goes first: a list may take longer than there is time.
    """
    goes_on = delete_all(api, ledger.leftovers)
    lost = ledger.lost
    find(api, ledger, lost)
    for path in ledger.searched - {leftover.collection for leftover in lost}:
        listing(collection_at(api, path))  # a replay, which makes no room, looks for what was found before
    if goes_on:
        delete_all(api, ledger.leftovers)


def delete_all(api: Api, leftovers: Sequence[Leftover]) -> bool:
    """Delete what is left, several at a time; stop and return False where it keeps failing."""
    left = sorted(leftovers, key=lambda leftover: (leftover.collection, leftover.id))
    failing = 0
    for first in range(0, len(left), _TOGETHER):
        try:
            deleted = api.each(lambda leftover: _deleted(api, leftover), left[first : first + _TOGETHER])
        except RuntimeError:  # this machine starts no more threads
            return _delete_in_turn(api, left[first:])
        failing = 0 if any(deleted) else failing + len(deleted)
        if failing >= KEEPS_FAILING:
            return False
    return True


def relieve(api: Api, ledger: Ledger) -> bool:
    """Make room while the run goes on; return whether any place is free that was taken.

    Deletes that failed are sent again, one after the other; then what was created under an unknown id is
    looked for.
    """
    taken = ledger.room.taken
    overdue = ledger.overdue
    if not _delete_in_turn(api, ledger.undeleted) and overdue:
        before = set(ledger.leftovers)
        find(api, ledger, overdue)
        ledger.searched |= {leftover.collection for leftover in overdue}
        _delete_in_turn(api, [leftover for leftover in ledger.leftovers if leftover not in before])
    return ledger.room.taken < taken


def _delete_in_turn(api: Api, leftovers: Sequence[Leftover]) -> bool:
    """Delete what is left in the thread that asks: all others may be waiting for it.

    Returns whether any of it is gone.
    """
    deleted = False
    for failures, leftover in enumerate(leftovers, 1):
        deleted |= _deleted(api, leftover)
        if not deleted and failures >= KEEPS_FAILING:
            break
    return deleted


def find(api: Api, ledger: Ledger, lost: Sequence[Leftover]) -> None:
    """Look through the lists of the target for what was created under an unknown id."""
    known = {leftover.id for leftover in ledger.leftovers}
    for path in dict.fromkeys(leftover.collection for leftover in lost):
        names = listing(collection_at(api, path))
        for leftover in (each for each in lost if each.collection == path):
            if names is None:
                ledger.unlisted(leftover)
                continue
            ids = [identifier for identifier in matching(leftover, names) if identifier not in known]
            if NO_ID in ids:
                ledger.unaddressable(leftover)
            else:
                ledger.found(leftover, ids)
                known.update(ids)


def collection_at(api: Api, path: str) -> Collection:
    """Return the collection at a path."""
    return api.video if path.startswith(api.wire.target.locate("/api/video/")) else api.fabric


def listing(collection: Collection) -> Mapping[str, frozenset[str]] | None:
    """Return the names of everything in a collection, by id; None where the target gives no list."""
    found = set[tuple[str, frozenset[str]]]()
    try:
        for page in _pages(collection):
            items = (page.resource or {}).get("data")
            if not isinstance(items, list):
                return None
            new = {(_id(item), names_of(item)) for item in items} - found
            if items and not new:
                break  # a list may link on for ever
            found |= new
    except (StoppedError, Unobserved):
        return None
    names: dict[str, frozenset[str]] = {}
    for identifier, shown in found:
        names[identifier] = names.get(identifier, frozenset()) | shown
    return names


def matching(lost: Leftover, listed: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the ids of what has, as a whole, a name that only the create of a lost resource sent."""
    return [identifier for identifier, names in listed.items() if not names.isdisjoint(lost.searchable)]


def _id(item: Any) -> str:
    identifier = item.get("id") if isinstance(item, dict) else None
    return str(identifier) if addressable(identifier) else NO_ID


def _pages(collection: Collection) -> Iterator[Exchange]:
    """Yield each page of the list once, as far as the target links them."""
    query, sent = "", set[str]()
    while query not in sent and len(sent) < _MAX_PAGES:
        sent.add(query)
        collection.api.wire.pacing.grant(1)
        page = collection.listed(query)
        yield page
        query = _next(page)
        if not query:
            return


def _next(page: Exchange) -> str:
    """Return the query of the next page; whatever else the link says, the list stays where it is."""
    links = (page.resource or {}).get("links")
    link = links.get("next") if isinstance(links, dict) else None
    try:
        return urlsplit(link).query if isinstance(link, str) and link.isascii() else ""
    except ValueError:
        return ""


def _deleted(api: Api, leftover: Leftover) -> bool:
    """Delete a resource that a fresh get shows to be the run's own; return whether it is gone."""
    if not api.wire.ledger.holds(leftover.collection, leftover.id):
        return True
    api.wire.pacing.grant(REQUESTS)
    api.wire.ledger.doubt(leftover)
    try:
        deleted = collection_at(api, leftover.collection).discard(leftover.id, judged=False)
    except (StoppedError, Unobserved, httpx.InvalidURL):
        return False  # the target is gone or busy, the evidence ends, or no address can hold such an id
    return deleted is not None and (deleted.succeeded or deleted.status == httpx.codes.NOT_FOUND)
