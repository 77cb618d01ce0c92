"""Faults in the generation of ids, and in values that only the server may assign."""

import time
import uuid
from contextlib import suppress
from typing import Any

from reference.api import rfc3339
from reference.api.behavior import ServerBehavior
from reference.api.credentials import Credentials
from reference.api.messages import Resource, ServerOperation, ServerRequest, ServerResponse
from reference.api.store import Record
from reference.faults.fault import fault


@fault("id-no-uuid", breaks="VC-CONF-ID")
class IdNotUuid(ServerBehavior):
    """Generates ids of 24 hexadecimal digits instead of UUIDs."""

    def new_id(self) -> str:
        return super().new_id().replace("-", "")[:24]


@fault("id-counted", breaks=("VC-CONF-ID", "FCR-RES-ID"))
class IdCounted(ServerBehavior):
    """Generates decimal numbers as ids."""

    def new_id(self) -> str:
        return str(time.monotonic_ns())


@fault("id-from-body", breaks="VC-CREATE-DISTINCT-IDS", also_violates=("VC-CREATE-NAME-GENERATED-UNIQUE",))
class IdFromBody(ServerBehavior):
    """Returns the existing conference for a create request with the same body and no name."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.bodies: dict[bytes | None, str] = {}

    def create(self, request: ServerRequest) -> ServerResponse:
        old = self.store.find(Resource.CONFERENCE, self.bodies.get(request.body, ""))
        if (
            request.operation is ServerOperation.CREATE_CONFERENCE
            and old
            and b'"name"' not in (request.body or b"")
        ):
            return self.created_response(request, old)
        response = super().create(request)
        if isinstance(response.body, dict):
            self.bodies[request.body] = str(response.body.get("id"))
        return response


@fault("id-chosen-by-client", breaks="VC-CREATE-READONLY-ID")
class IdChosenByClient(ServerBehavior):
    """Uses the id in the body of a create request as the id of the conference."""

    received_value: object = None

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        self.received_value = document.get("id")
        return super().received_members(resource, document)

    def new_record(self, resource: Resource, request_members: dict[str, Any]) -> Record:
        record = super().new_record(resource, request_members)
        record.id = self.received_value if isinstance(self.received_value, str) else record.id
        return record


@fault("created-at-chosen-by-client", breaks="VC-CREATE-READONLY-TIMESTAMPS")
class CreatedAtChosenByClient(ServerBehavior):
    """Uses the created_at in the body of a create request."""

    received_value: object = None

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        self.received_value = document.get("created_at")
        return super().received_members(resource, document)

    def new_record(self, resource: Resource, request_members: dict[str, Any]) -> Record:
        record = super().new_record(resource, request_members)
        if isinstance(self.received_value, str):
            with suppress(ValueError):
                record.created_at = rfc3339.local_time(rfc3339.parse_timestamp(self.received_value))
        return record


@fault("ids-by-the-second", breaks="VC-CONF-ID-UNIQUE", also_violates=("VC-CREATE-NAME-OPTIONAL",))
class IdsByTheSecond(ServerBehavior):
    """Generates the same id for conferences that are created in the same second."""

    def new_id(self) -> str:
        return str(uuid.UUID(int=int(self.now().timestamp()), version=4))


@fault("room-ids-by-the-second", breaks="FCR-CREATE-DISTINCT-IDS")
class RoomIdsByTheSecond(ServerBehavior):
    """Generates the same id for rooms that are created in the same second."""

    def new_record(self, resource: Resource, request_members: dict[str, Any]) -> Record:
        record = super().new_record(resource, request_members)
        if resource is Resource.ROOM:
            record.id = str(uuid.UUID(int=int(record.created_at.timestamp()), version=4))
        return record


@fault("room-id-chosen-by-client", breaks="FCR-CREATE-READONLY-ID")
class RoomIdChosenByClient(ServerBehavior):
    """Uses the id in the body of a create request as the id of the room."""

    received_value: object = None

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        self.received_value = document.get("id") if resource is Resource.ROOM else None
        return super().received_members(resource, document)

    def new_record(self, resource: Resource, request_members: dict[str, Any]) -> Record:
        record = super().new_record(resource, request_members)
        if resource is Resource.ROOM and isinstance(self.received_value, str):
            record.id = self.received_value
        return record
