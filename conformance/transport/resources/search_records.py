"""Records of searches: whether the list of a collection contains the resource of a create with an unknown id.

A list without a resource proves nothing unless it has contained another one of the run.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from conformance.transport.resources.ownership import Leftover
from conformance.transport.resources.resource_records import CreateRecord, ResourceRecords

_LIST_DELAY: Final = timedelta(seconds=3)  # a list may lack a resource for that long after its create


def record_found(records: ResourceRecords, leftover: Leftover, ids: Sequence[str]) -> None:
    """Enter the ids under which a list contains the whole name of an unconfirmed resource."""
    with records.lock:
        number = _number_of(records, leftover)
        create = records.unconfirmed.pop(number)
        has_slot = create.succeeded or not create.unlisted
        new_ids = [identifier for identifier in ids if not _is_known(records, leftover, identifier)]
        for turn, identifier in enumerate(new_ids):
            resource = records.enter(number, replace(leftover, id=identifier), named=True)
            resource.found = True
            if turn or not has_slot:
                records.live_limit.count_found(leftover.check)
        if not new_ids:
            records.file.write(absent=number)
            if has_slot:
                records.live_limit.release(leftover.check)


def record_absent(records: ResourceRecords, leftover: Leftover, listed: datetime) -> bool:
    """Record that a list requested at a time lacks an unconfirmed resource; return whether that is final.

    It is not if the list was requested shortly after the create. The resource counts as absent if it may
    never have existed, or if the list has contained another resource of the run.
    """
    collection = leftover.collection
    with records.lock:
        number = _number_of(records, leftover)
        create = records.unconfirmed[number]
        if number in records.response_times and collection not in records.prompt_lists:
            create.search_again = records.response_times[number] + _LIST_DELAY
            if listed < create.search_again:
                _release_unless_known_to_exist(records, create)
                return False
        may_have_expired = number in records.expiring and collection in records.collections_with_names
        if create.succeeded and not may_have_expired and collection not in records.reliable_lists:
            create.unlisted = True
            return True
        del records.unconfirmed[number]
        records.file.write(absent=number)
        if create.succeeded or not create.unlisted:
            records.live_limit.release(leftover.check)
        return True


def record_unlisted(records: ResourceRecords, leftover: Leftover) -> None:
    """Record that an unconfirmed resource cannot be searched for.

    Its slot is released unless the resource is known to exist.
    """
    with records.lock:
        create = records.unconfirmed[_number_of(records, leftover)]
        _release_unless_known_to_exist(records, create)
        create.unlisted = True


def record_unaddressable(records: ResourceRecords, leftover: Leftover) -> None:
    """Record that an unconfirmed resource exists under an id that cannot be used in a URL."""
    with records.lock:
        create = records.unconfirmed[_number_of(records, leftover)]
        if create.unlisted and not create.succeeded:
            records.live_limit.count_found(leftover.check)
        create.succeeded = create.unlisted = True


def _number_of(records: ResourceRecords, leftover: Leftover) -> int:
    """Return the number of the intent of an unconfirmed resource."""
    return next(number for number, create in records.unconfirmed.items() if create.leftover is leftover)


def _is_known(records: ResourceRecords, leftover: Leftover, identifier: str) -> bool:
    """Return whether an id is that of a resource which an equal request created, as it was sent again."""
    resource = records.live.get((leftover.collection, identifier))
    return resource is not None and resource.named and resource.leftover.names == leftover.names


def _release_unless_known_to_exist(records: ResourceRecords, create: CreateRecord) -> None:
    """Release the slot of a create that may have failed; its resource is searched for at the end."""
    if not create.unlisted and not create.succeeded:
        records.live_limit.release(create.leftover.check)
        create.unlisted = True
