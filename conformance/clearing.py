"""Clean-up: what the ledger holds is deleted at the target, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from conformance.api import Api, Collection
from conformance.exchange import Exchange, addressable
from conformance.transport.ledger import Ledger, Leftover
from conformance.transport.pacing import StoppedError
from conformance.verdict import Unobserved

NO_ID: Final = ""  # stands in a listing for all that has no id by which it could be addressed
KEEPS_FAILING: Final = 5  # deletes in a row, after which nothing more is tried
_TOGETHER: Final = 16
_MOST_PAGES: Final = 1000


def clear(api: Api, ledger: Ledger) -> None:
    """Delete all that is left, then what was created without an answer; stop where that keeps failing.

    What is known goes first: a list may take longer than there is time.
    """
    goes_on = delete_all(api, ledger.leftovers)
    find(api, ledger)
    if goes_on:
        delete_all(api, ledger.leftovers)


def delete_all(api: Api, leftovers: Sequence[Leftover]) -> bool:
    """Delete what is left, several at a time; stop and return False where it keeps failing."""
    left = sorted(leftovers, key=lambda each: (each.collection, each.id))
    failing = 0
    for first in range(0, len(left), _TOGETHER):
        deleted = api.each(lambda each: _deleted(api, each), left[first : first + _TOGETHER])
        failing = 0 if any(deleted) else failing + len(deleted)
        if failing >= KEEPS_FAILING:
            return False
    return True


def relieve(api: Api, ledger: Ledger) -> bool:
    """Ask again for deletes that the target refused, one after the other; tell whether it did any now."""
    made = False
    for failing, each in enumerate(ledger.undeleted):
        made |= _deleted(api, each)
        if not made and failing + 1 >= KEEPS_FAILING:
            break
    return made


def find(api: Api, ledger: Ledger) -> None:
    """Look through the lists of the target for what was created without an answer that tells its id."""
    lost = [each for each in ledger.lost if any(map(api.is_ours, each.names))]
    known = {each.id for each in ledger.leftovers}
    for path in dict.fromkeys(each.collection for each in lost):
        here = [each for each in lost if each.collection == path]
        listed = listing(collection_at(api, path))
        for each in here if listed is not None else ():
            ids = [made for made in matching(each, listed or {}) if made not in known]
            if NO_ID not in ids:
                ledger.found(each, ids)
                known.update(ids)


def collection_at(api: Api, path: str) -> Collection:
    """Return the collection at a path."""
    return api.video if path.startswith(api.wire.target.locate("/api/video/")) else api.fabric


def listing(collection: Collection) -> Mapping[str, frozenset[str]] | None:
    """Return the names of everything in a collection, by id; None where the target gives no list."""
    seen = set[tuple[str, frozenset[str]]]()
    try:
        for page in _pages(collection):
            items = (page.resource or {}).get("data")
            if not isinstance(items, list):
                return None
            new = {(_id(item), names_of(item)) for item in items} - seen
            if items and not new:
                break  # a list may link on for ever
            seen |= new
    except (StoppedError, Unobserved):
        return None
    names: dict[str, frozenset[str]] = {}
    for made, called in seen:
        names[made] = names.get(made, frozenset()) | called
    return names


def matching(lost: Leftover, listed: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the ids of what has, as a whole, a name that only the create of a lost resource sent."""
    return [identifier for identifier, names in listed.items() if not names.isdisjoint(lost.searchable)]


def names_of(resource: Any) -> frozenset[str]:
    """Return what a resource is called, in itself or in the room that it holds."""
    if not isinstance(resource, dict):
        return frozenset()
    room = resource.get("conference_room")
    kinds = (resource, room if isinstance(room, dict) else {})
    found = (kind.get(member) for kind in kinds for member in ("name", "display_name"))
    return frozenset(each for each in found if isinstance(each, str))


def _id(item: Any) -> str:
    made = item.get("id") if isinstance(item, dict) else None
    return str(made) if addressable(made) else NO_ID


def _pages(collection: Collection) -> Iterator[Exchange]:
    """Yield each page of the list once, as far as the target links them."""
    query, asked = "", set[str]()
    while query not in asked and len(asked) < _MOST_PAGES:
        asked.add(query)
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
    api.wire.pacing.grant(1)
    try:
        answer = collection_at(api, leftover.collection).delete(leftover.id, judged=False)
    except (StoppedError, Unobserved, httpx.InvalidURL):
        return False  # the target is gone or busy, the evidence ends, or no address can hold such an id
    return answer.succeeded or answer.status == httpx.codes.NOT_FOUND
