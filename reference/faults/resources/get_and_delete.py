"""Faults in getting, storing and deleting resources."""

import datetime as dt
from dataclasses import replace
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.credentials import Credentials
from reference.api.messages import EarlyResponse, Resource, ServerOperation, ServerRequest, ServerResponse
from reference.api.request_models import MEMBERS
from reference.api.store import Record
from reference.api.validation import InvalidRequestError
from reference.faults.fault import fault, should_fault


@fault("get-shows-the-latest", breaks="VC-GET-ID-MATCH")
class GetShowsTheLatest(ServerBehavior):
    """Returns the latest conference for a get of any conference."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        record = super().lookup(resource, id_)
        return self.store.all(resource)[-1] if record and resource is Resource.CONFERENCE else record


@fault(
    "get-shows-another-under-the-id",
    breaks="VC-GET-SAME-AS-CREATE",
    also_violates=("VC-GET-SESSION-PRESENT",),
)
class GetShowsAnother(ServerBehavior):
    """Returns the values of the latest conference with the requested id."""

    def get(self, request: ServerRequest) -> ServerResponse:
        response = super().get(request)
        if request.operation is ServerOperation.GET_CONFERENCE:
            latest = self.store.all(Resource.CONFERENCE)[-1]
            return ServerResponse(200, {**self.represent(request, latest), "id": response.body["id"]})
        return response


class _ModifiedGet(ServerBehavior):
    """Base of faults that change the response to a get of a conference."""

    def represent(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent(request, record)
        return self.modify_get(body) if request.operation is ServerOperation.GET_CONFERENCE else body

    def modify_get(self, body: dict[str, Any]) -> dict[str, Any]:
        return body


@fault("get-without-description", breaks="VC-GET-SAME-AS-CREATE")
class GetWithoutDescription(_ModifiedGet):
    """Returns null for description in a get."""

    def modify_get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "description": None}


@fault("get-without-join-until", breaks="VC-GET-SAME-AS-CREATE")
class GetWithoutJoinUntil(_ModifiedGet):
    """Returns null for join_until in a get."""

    def modify_get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "join_until": None}


@fault("get-with-default-colors", breaks="VC-GET-SAME-AS-CREATE")
class GetWithDefaultColors(_ModifiedGet):
    """Returns the default colors of the light theme in a get."""

    def modify_get(self, body: dict[str, Any]) -> dict[str, Any]:
        members = MEMBERS[Resource.CONFERENCE].values()
        light = {member.name: member.default for member in members if member.name.startswith("light_")}
        return {**body, **light}


@fault("get-with-chat-on", breaks="VC-GET-SAME-AS-CREATE")
class GetWithChatOn(_ModifiedGet):
    """Returns true for enable_chat in a get."""

    def modify_get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "enable_chat": True}


@fault("get-lacks-layout", breaks="VC-CONF-LAYOUT")
class GetLacksLayout(_ModifiedGet):
    """Omits layout from the response to a get."""

    def modify_get(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name != "layout"}


@fault("get-display-name-escaped", breaks="VC-GET-SAME-AS-CREATE")
class GetDisplayNameEscaped(_ModifiedGet):
    """Escapes ampersands and angle brackets in display_name in a get."""

    def modify_get(self, body: dict[str, Any]) -> dict[str, Any]:
        text = str(body["display_name"])
        return {**body, "display_name": text.replace("&", "&amp;").replace("<", "&lt;")}


@fault("get-is-a-list", breaks="VC-GET-RESPONSE-SCHEMA")
class GetIsAList(ServerBehavior):
    """Returns an array with one conference for a get."""

    def get(self, request: ServerRequest) -> ServerResponse:
        response = super().get(request)
        video = request.operation is ServerOperation.GET_CONFERENCE
        return replace(response, body=[response.body]) if video else response


@fault(
    "get-refreshes-created-at",
    breaks=("VC-GET-STABLE", "VC-GET-SAME-AS-CREATE"),
    also_violates=("VC-GET-NO-TOUCH",),
)
class GetAdvancesCreatedAt(ServerBehavior):
    """Advances created_at with each get."""

    def require_record(self, request: ServerRequest) -> Record:
        record = super().require_record(request)
        record.created_at += dt.timedelta(seconds=1)
        record.updated_at = max(record.created_at, record.updated_at)
        return record


@fault("get-touches", breaks="VC-GET-NO-TOUCH", also_violates=("VC-GET-SESSION-REST-UNCHANGED",))
class GetAdvancesUpdatedAt(ServerBehavior):
    """Advances updated_at with each get."""

    def require_record(self, request: ServerRequest) -> Record:
        record = super().require_record(request)
        record.updated_at += dt.timedelta(seconds=1)
        return record


@fault("second-get-differs", breaks="VC-GET-STABLE")
class SecondGetDiffers(ServerBehavior):
    """Returns stale values of size and enable_chat from the second get on."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.cached: set[str] = set()

    def represent(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent(request, record)
        if request.operation is not ServerOperation.GET_CONFERENCE:
            return body
        stale = {"size": None, "enable_chat": not body["enable_chat"]} if record.id in self.cached else {}
        self.cached.add(record.id)
        return {**body, **stale}


@fault("created-but-not-stored", breaks="VC-GET-ROUTE")
class CreatedButNotKept(ServerBehavior):
    """Returns a successful create response, but does not store the conference."""

    def store_record(self, request: ServerRequest, record: Record) -> None:
        super().store_record(request, record)
        if request.operation is ServerOperation.CREATE_CONFERENCE:
            del self.store.records[Resource.CONFERENCE][record.id]


@fault("create-returns-another-id", breaks="VC-GET-ROUTE")
class CreateReturnsAnotherId(ServerBehavior):
    """Returns an id of no conference in the response to a create of a conference."""

    def created_response(self, request: ServerRequest, record: Record) -> ServerResponse:
        response = super().created_response(request, record)
        if request.operation is ServerOperation.CREATE_CONFERENCE:
            return replace(response, body={**response.body, "id": self.new_id()})
        return response


@fault("create-responds-with-defaults", breaks=("VC-CREATE-LAYOUT-ECHO", "VC-CREATE-QUALITY-ECHO"))
class CreateResponsesWithDefaults(ServerBehavior):
    """Returns the default quality and layout in a create response."""

    def represent(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent(request, record)
        if request.operation is ServerOperation.CREATE_CONFERENCE:
            return {**body, "quality": "720p", "layout": "grid-responsive"}
        return body


class _SideEffectOfRejection(ServerBehavior):
    """Base of faults in which a rejected create request has a side effect."""

    def create(self, request: ServerRequest) -> ServerResponse:
        try:
            return super().create(request)
        except InvalidRequestError:
            document = self.parse_body(request.headers.get("content-type", ""), request.body)
            if isinstance(document, dict) and isinstance(document.get("name"), str):
                self.side_effect(request, document["name"])
            raise

    def side_effect(self, request: ServerRequest, name: str) -> None:
        pass


@fault("rejected-create-creates", breaks="VC-CREATE-REFUSED-NOT-PERSISTED")
class RejectedCreateCreates(_SideEffectOfRejection):
    """Stores a conference although its members are rejected."""

    def side_effect(self, request: ServerRequest, name: str) -> None:
        if request.operation is ServerOperation.CREATE_CONFERENCE and name not in self.store.names:
            self.store_record(
                request, self.new_record(Resource.CONFERENCE, {"name": name, "display_name": name})
            )


@fault("rejected-create-keeps-name", breaks="VC-CREATE-REFUSED-NOT-PERSISTED")
class RejectedCreateKeepsName(_SideEffectOfRejection):
    """Keeps the name of a rejected conference in use."""

    def side_effect(self, request: ServerRequest, name: str) -> None:
        if request.operation is ServerOperation.CREATE_CONFERENCE:
            self.store.names.setdefault(name, "")


class _UnknownId(ServerBehavior):
    """Base of faults in the response to a get of an unknown conference."""

    def get(self, request: ServerRequest) -> ServerResponse:
        record = self.lookup(request.operation.resource, request.id)
        if record or request.operation is not ServerOperation.GET_CONFERENCE:
            return super().get(request)
        return self.unknown_id_response(request)

    def unknown_id_response(self, request: ServerRequest) -> ServerResponse:
        return self.not_found(request)


@fault("unknown-id-200", breaks="VC-GET-UNKNOWN-ID")
class UnknownId200(_UnknownId):
    """Returns 200 without a conference for a get of an unknown id."""

    def unknown_id_response(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(200, {"conference": None})


@fault("unknown-id-500", breaks="VC-GET-UNKNOWN-ID")
class UnknownId500(_UnknownId):
    """Returns 500 for a get of an unknown id."""

    def unknown_id_response(self, request: ServerRequest) -> ServerResponse:
        return self.internal_server_error(request)


@fault("unknown-id-400", breaks="VC-GET-UNKNOWN-ID")
class UnknownId400(_UnknownId):
    """Returns 400 for a get of an unknown id."""

    def unknown_id_response(self, request: ServerRequest) -> ServerResponse:
        return self.bad_request(request)


@fault("unknown-id-204", breaks="VC-GET-UNKNOWN-ID")
class UnknownId204(_UnknownId):
    """Returns 204 for a get of an unknown id."""

    def unknown_id_response(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(204)


@fault("unknown-id-returns-oldest-conference", breaks="VC-GET-UNKNOWN-ID")
class UnknownIdGivesTheFirst(_UnknownId):
    """Returns the oldest conference for a get of an unknown id."""

    def unknown_id_response(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(200, self.represent(request, self.store.all(Resource.CONFERENCE)[0]))


@fault("malformed-id-500", breaks="VC-GET-MALFORMED-ID-NO-SUCCESS")
class MalformedId500(_UnknownId):
    """Returns 500 for a get of an id that is not a UUID."""

    def unknown_id_response(self, request: ServerRequest) -> ServerResponse:
        if len(request.id) == 36 and request.id.count("-") == 4:
            return super().unknown_id_response(request)
        return self.internal_server_error(request)


@fault("malformed-id-200", breaks="VC-GET-MALFORMED-ID-NO-SUCCESS")
class MalformedId200(_UnknownId):
    """Returns 200 with an empty object for a get of an id that is not a UUID."""

    def unknown_id_response(self, request: ServerRequest) -> ServerResponse:
        if len(request.id) == 36 and request.id.count("-") == 4:
            return super().unknown_id_response(request)
        return ServerResponse(200, {})


@should_fault("delete-does-nothing", breaks="VC-GET-AFTER-DELETE")
class DeleteDoesNothing(ServerBehavior):
    """Returns a successful delete response, but does not delete the conference."""

    def delete_record(self, request: ServerRequest, record: Record) -> None:
        if request.operation is not ServerOperation.DELETE_CONFERENCE:
            super().delete_record(request, record)


@should_fault("delete-leaves-410", breaks="VC-GET-AFTER-DELETE")
class DeleteLeaves410(ServerBehavior):
    """Returns 410 instead of 404 for a deleted resource."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.deleted_ids: set[str] = set()

    def require_record(self, request: ServerRequest) -> Record:
        if request.id in self.deleted_ids:
            raise EarlyResponse(ServerResponse(410, self.error_body("Gone")))
        return super().require_record(request)

    def delete_record(self, request: ServerRequest, record: Record) -> None:
        super().delete_record(request, record)
        self.deleted_ids.add(record.id)


@fault("anything-after-the-id", breaks="VC-GET-MALFORMED-ID-NO-SUCCESS")
class AnythingAfterTheId(ServerBehavior):
    """Ignores extra characters after the id of a conference."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        return super().lookup(resource, id_[:36] if resource is Resource.CONFERENCE else id_)


@fault("get-description-escaped", breaks="VC-GET-SAME-AS-CREATE")
class GetDescriptionEscaped(ServerBehavior):
    """Escapes ampersands in description in a get."""

    def represent(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent(request, record)
        text = body.get("description")
        if request.operation is ServerOperation.GET_CONFERENCE and isinstance(text, str):
            body["description"] = text.replace("&", "&amp;")
        return body
