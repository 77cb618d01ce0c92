"""Records of gets and lists: what they show about the ownership of resources."""

import httpx

from conformance.http.credentials import VALID
from conformance.http.exchange import Exchange
from conformance.http.resource_names import unique_names
from conformance.transport.recording import INTENT
from conformance.transport.resources.delete_records import record_get_after_delete
from conformance.transport.resources.ownership import ResourceMatch, match_resource, names_in_resource
from conformance.transport.resources.resource_records import Key, ResourceRecord, ResourceRecords, exchange_of


def record_list(records: ResourceRecords, collection: str, exchange: Exchange) -> None:
    """Record whether a list contains a resource of the run."""
    items = (exchange.resource or {}).get("data")
    names = {name for item in items for name in names_in_resource(item)} if isinstance(items, list) else ()
    with records.lock:
        if not records.unique_names.isdisjoint(unique for name in names for unique in unique_names(name)):
            records.reliable_lists.add(collection)


def record_get(records: ResourceRecords, key: Key, request: httpx.Request) -> None:
    """Record whether the response to a get proves the ownership of a resource, or that it is gone."""
    if request.extensions[INTENT][0].credential is not VALID:
        return
    exchange = exchange_of(request)
    with records.lock:
        if names_in_resource(exchange.resource):
            records.collections_with_names.add(key[0])
        resource = records.live.get(key) or records.deleted.get(key)
        if resource is None or not resource.leftover.unique_names:
            return
        origin = request.extensions[INTENT][1]
        if origin.assessed and origin.check != resource.leftover.check:
            return  # requests of another check must not affect this one
        if resource.deleted:
            record_get_after_delete(records, key, resource, exchange)
        elif not resource.owned:
            _record_proof(records, key, resource, exchange)


def _record_proof(records: ResourceRecords, key: Key, resource: ResourceRecord, exchange: Exchange) -> None:
    """Record whether the response to a get shows that a resource was created by the run."""
    has_no_query = "?" not in exchange.request.target  # the target may reject the query
    match = match_resource(exchange, resource.leftover)
    is_in_create_response = resource.named and key[0] not in records.collections_with_names
    if match is ResourceMatch.OURS and not resource.named:
        records.file.write(created=resource.intent, id=resource.leftover.id)
    if match is ResourceMatch.FOREIGN:
        records.foreign.add(resource.intent)
        _disown(records, key, resource)
    elif match is ResourceMatch.OURS or (
        match is ResourceMatch.NAMELESS and has_no_query and is_in_create_response
    ):
        resource.owned = resource.named = True
        resource.got = resource.got or match is ResourceMatch.OURS
        records.disown_creates_with_same_id(resource)
    elif has_no_query and exchange.status == httpx.codes.NOT_FOUND:
        _disown(records, key, resource)


def _disown(records: ResourceRecords, key: Key, resource: ResourceRecord) -> None:
    """Record that an id belongs to another resource, and that of the create has an unknown id."""
    del records.live[key]
    records.disown([resource, *resource.creates_with_same_id])
