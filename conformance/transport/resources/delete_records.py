"""Records of deletes, and of the gets that confirm that a resource is gone.

No response alone shows that a resource is gone. Status 404 for a delete has to be confirmed by a get with
status 404, and a resource that no get has returned is searched for by its name. If a get returns a resource
after its delete, the later deletes in its collection have to be confirmed as well.
"""

from typing import Final

import httpx

from conformance.http.credentials import VALID
from conformance.http.exchange import Exchange
from conformance.transport.recording import INTENT
from conformance.transport.resources.ownership import ResourceMatch, match_resource
from conformance.transport.resources.resource_records import (
    Key,
    ResourceRecord,
    ResourceRecords,
    exchange_of,
    response_time,
)

_GONE: Final = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})


def record_delete(records: ResourceRecords, key: Key, request: httpx.Request) -> None:
    """Record the response to a delete."""
    exchange = exchange_of(request)
    with records.lock:
        resource = records.live.get(key)
        if not exchange.succeeded and request.extensions[INTENT][0].credential is not VALID:
            return  # a delete with other credentials is part of a check
        if not exchange.succeeded and exchange.status != httpx.codes.NOT_FOUND:
            records.failed_deletes[key] = None
        elif resource is not None:
            records.disown_creates_with_same_id(resource)
            _record_possible_delete(records, key, resource, exchange)


def record_get_after_delete(
    records: ResourceRecords, key: Key, resource: ResourceRecord, exchange: Exchange
) -> None:
    """Record whether a get shows that a deleted resource is gone, or that it still exists."""
    if resource.deleted is None or exchange.started < resource.deleted:
        return  # both requests were under way at the same time
    if match_resource(exchange, resource.leftover) is ResourceMatch.OURS:
        resource.owned = True
        records.failed_deletes[key] = None
        if records.deleted.pop(key, None):
            records.ineffective_deletes.add(key[0])
            records.live[key] = resource
            records.file.write(created=resource.intent, id=resource.leftover.id)
            records.live_limit.count_found(resource.leftover.check)
    elif exchange.status in _GONE and "?" not in exchange.request.target and key in records.live:
        _record_gone(records, key, resource, exchange)


def _record_possible_delete(
    records: ResourceRecords, key: Key, resource: ResourceRecord, exchange: Exchange
) -> None:
    """Record a success or status 404: either may have to be confirmed by a get."""
    resource.deleted = response_time(exchange)
    if exchange.status == httpx.codes.NOT_FOUND and not resource.got:
        del records.live[key]
        records.failed_deletes.pop(key, None)
        records.disown([resource])  # no get has returned a resource under that id
    elif exchange.status == httpx.codes.NOT_FOUND or key[0] in records.ineffective_deletes:
        records.failed_deletes[key] = None
    else:
        _record_gone(records, key, resource, exchange)


def _record_gone(records: ResourceRecords, key: Key, resource: ResourceRecord, exchange: Exchange) -> None:
    """Record that a resource does not exist any more, and release its slot."""
    records.failed_deletes.pop(key, None)
    records.deleted[key] = records.live.pop(key)
    records.file.write(deleted=resource.leftover.id, collection=key[0], status=exchange.status)
    records.live_limit.release(resource.leftover.check)
