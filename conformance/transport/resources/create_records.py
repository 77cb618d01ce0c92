"""Records of create requests: the intent before a request is sent, and the result after it."""

from dataclasses import replace
from typing import Any, Final

import httpx

from conformance.http.exchange import Exchange, Request, is_addressable
from conformance.http.json_body import NOT_JSON
from conformance.http.resource_names import unique_names
from conformance.transport.resources.ownership import Leftover, names_in_resource
from conformance.transport.resources.resource_records import CreateRecord, ResourceRecords, response_time

_REJECTED: Final = range(400, 500)
_MAX_NAME_LENGTH: Final = 300  # characters of a name; the ledger contains longer names truncated
_EXPIRING: Final = frozenset({"remove_at", "remove_after_seconds_elapsed"})
_NEVER_SENT: Final = ("ConnectError", "ConnectTimeout", "PoolTimeout")


def record_intent(records: ResourceRecords, request: Request, collection: str, check: str) -> int:
    """Record a create before it is sent; return its number."""
    name, display_name = _names_in_request(request)
    with records.lock:
        number = records.next_intent()
        leftover = Leftover(collection, "", name, display_name, check)
        records.unconfirmed[number] = CreateRecord(leftover)
        if not _EXPIRING.isdisjoint(_members(request)):
            records.expiring.add(number)
        records.unique_names |= leftover.unique_names
        optional = {"display_name": display_name} if display_name else {}
        records.file.write(intent=number, collection=collection, name=name, **optional)
        return number


def record_failure(
    records: ResourceRecords, number: int, error: BaseException, exchange: Exchange | None
) -> None:
    """Record a failed create; it may have created a resource, unless the request was never sent."""
    with records.lock:
        if exchange is not None:
            records.response_times[number] = response_time(exchange)
        if not isinstance(error, httpx.TransportError) or str(error).startswith(_NEVER_SENT):
            records.remove_create(number)
            records.file.write(unsent=number)
        else:
            _record_unconfirmed(records, number)


def record_response(records: ResourceRecords, number: int, exchange: Exchange) -> None:
    """Record the response to a create."""
    with records.lock:
        records.response_times[number] = response_time(exchange)
        if exchange.status in _REJECTED:
            records.remove_create(number)
            records.file.write(rejected=number, status=exchange.status)
        elif not exchange.succeeded:
            _record_unconfirmed(records, number)
        else:
            _record_created(records, number, exchange)


def _record_created(records: ResourceRecords, number: int, exchange: Exchange) -> None:
    body = exchange.response_json
    identifier = body.get("id") if isinstance(body, dict) else None
    create = records.unconfirmed[number]
    create.succeeded, create.under_way = True, False
    if not is_addressable(identifier):
        records.file.write(created=number, id=None)  # an id of any size is in the evidence
        return
    leftover = replace(create.leftover, id=str(identifier))
    named = leftover.matches_names(names_in_resource(body))
    existing = records.live.get((leftover.collection, leftover.id))
    if existing is not None and not named and leftover.searchable:
        return  # the response is that of another create; this resource is searched for by its name
    del records.unconfirmed[number]
    records.enter(number, leftover, named=named)


def _record_unconfirmed(records: ResourceRecords, number: int) -> None:
    """Record a create with an unknown result; release its slot unless its resource can be searched for."""
    create = records.unconfirmed[number]
    create.under_way = False
    if not create.leftover.searchable:
        records.unidentifiable_creates += 1
        records.remove_create(number)


def _names_in_request(request: Request) -> tuple[str, str]:
    """Return the name in a create request, or else its display name, and the display name beside a name.

    If neither contains a unique name, another unique name in the request is used as the name, because a
    server may take the name from the wrong place.
    """
    members = _members(request)
    name, display_name = (_name_or_empty(members.get(member)) for member in ("name", "display_name"))
    names = (name, display_name) if name else (display_name, "")
    if not any(map(unique_names, names)):
        elsewhere = unique_names(request.body) or unique_names(request.target)
        names = (min(elsewhere), name or display_name) if elsewhere else names
    return names


def _members(request: Request) -> dict[str, Any]:
    """Return the members of the JSON object in a request; none if its body is anything else."""
    body: Any = request.json
    return body if body is not NOT_JSON and isinstance(body, dict) else {}


def _name_or_empty(value: Any) -> str:
    return value[:_MAX_NAME_LENGTH] if isinstance(value, str) else ""
