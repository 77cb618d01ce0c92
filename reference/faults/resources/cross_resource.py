"""Faults in which a request changes another conference or room."""

from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource, ServerOperation, ServerRequest, ServerResponse
from reference.api.store import Record
from reference.faults.fault import fault


class _ResetsLatest(ServerBehavior):
    """Base of faults in which a rejected create request changes the latest resource."""

    resource = Resource.CONFERENCE
    create_operation = ServerOperation.CREATE_CONFERENCE

    def unprocessable_content(self, request: ServerRequest, problems: list[Problem]) -> ServerResponse:
        records = self.store.all(self.resource)
        if request.operation is self.create_operation and len(records) > 1:
            records[-1].values["record_on_start"] = False
        return super().unprocessable_content(request, problems)


@fault("rejection-resets-the-latest", breaks="VC-GET-INTERLEAVED")
class RejectionResets(_ResetsLatest):
    """Sets record_on_start of the latest conference to false when it rejects a create request."""


@fault("room-rejection-resets-the-latest", breaks=("FCR-GET-SAME-AS-CREATE", "FCR-GET-INTERLEAVED"))
class RoomRejectionResets(_ResetsLatest):
    """Sets record_on_start of the latest room to false when it rejects a create request."""

    resource = Resource.ROOM
    create_operation = ServerOperation.CREATE_ROOM


@fault("only-twenty-stored", breaks="VC-GET-INTERLEAVED")
class OnlyTwentyKept(ServerBehavior):
    """Deletes the oldest conference when there are more than 20."""

    def store_record(self, request: ServerRequest, record: Record) -> None:
        super().store_record(request, record)
        records = self.store.all(Resource.CONFERENCE)
        if len(records) > 20:
            self.store.remove(Resource.CONFERENCE, records[0])


@fault(
    "delete-moves-the-others",
    breaks=("VC-GET-SEQUENCES", "VC-GET-INTERLEAVED"),
    also_violates=("VC-CREATE-DATE-ONLY", "VC-GET-ID-MATCH"),
)
class DeleteMovesOthers(ServerBehavior):
    """Returns a different conference for an id after an older conference is deleted."""

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self.positions: dict[str, int] = {}

    def store_record(self, request: ServerRequest, record: Record) -> None:
        super().store_record(request, record)
        self.positions[record.id] = len(self.store.all(Resource.CONFERENCE)) - 1

    def represent(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        records = self.store.all(Resource.CONFERENCE)
        position = self.positions.get(record.id, len(records))
        changed = request.operation is ServerOperation.GET_CONFERENCE and position < len(records)
        return super().represent(request, records[position] if changed else record)


@fault("equal-creates-at-once-are-one", breaks="VC-CREATE-DISTINCT-IDS")
class EqualCreatesAreOne(ServerBehavior):
    """Returns the same conference for two concurrent create requests with equal bodies."""

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self.waiting: dict[bytes, int] = {}
        self.unclaimed: dict[bytes, Record] = {}

    def on_arrival(self, request: ServerRequest) -> None:
        if request.operation is ServerOperation.CREATE_CONFERENCE and request.body:
            self.waiting[request.body] = self.waiting.get(request.body, 0) + 1

    def response_delay(self, request: ServerRequest) -> float:
        return super().response_delay(request) + 0.01

    def create(self, request: ServerRequest) -> ServerResponse:
        body = request.body or b""
        together = self.waiting.get(body, 0) > 1 or body in self.unclaimed
        self.waiting[body] = self.waiting.get(body, 1) - 1
        if together and body in self.unclaimed:
            return self.created_response(request, self.unclaimed.pop(body))
        return super().create(request)

    def store_record(self, request: ServerRequest, record: Record) -> None:
        super().store_record(request, record)
        if self.waiting.get(request.body or b"", 0) > 0:
            self.unclaimed[request.body or b""] = record


@fault("room-found-as-conference", breaks="VC-GET-UNKNOWN-ID")
class RoomFoundAsConference(ServerBehavior):
    """Returns the latest conference for the id of a room."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        is_room = super().lookup(Resource.ROOM, id_) is not None
        if resource is Resource.CONFERENCE and is_room:
            return self.store.all(Resource.CONFERENCE)[-1]
        return super().lookup(resource, id_)


@fault("id-compared-without-spaces", breaks="VC-GET-MALFORMED-ID-NO-SUCCESS")
class IdWithoutSpaces(ServerBehavior):
    """Ignores spaces after an id, as the comparison of texts in some databases does."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        return super().lookup(resource, id_.rstrip())


@fault("id-a-position", breaks="VC-GET-MALFORMED-ID-NO-SUCCESS")
class IdAPosition(ServerBehavior):
    """Takes a small number as the position of a conference in the list of all."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        records = self.store.all(resource)
        if resource is Resource.CONFERENCE and id_.isdecimal() and int(id_) < len(records):
            return records[int(id_)]
        return super().lookup(resource, id_)


@fault("id-a-wildcard", breaks="VC-GET-MALFORMED-ID-NO-SUCCESS")
class IdAWildcard(ServerBehavior):
    """Takes % as the id of any conference."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        is_wildcard = resource is Resource.CONFERENCE and id_ == "%"
        return self.store.all(resource)[0] if is_wildcard else super().lookup(resource, id_)
