"""Faults in the status, media type and structure of successful responses."""

from dataclasses import replace

from reference.api.behavior import ServerBehavior
from reference.api.messages import ServerOperation, ServerRequest, ServerResponse
from reference.api.request_models import MEMBERS
from reference.api.store import Record
from reference.faults.fault import fault


@fault("create-201", breaks="VC-CREATE-STATUS")
class Create201(ServerBehavior):
    """Returns 201 instead of 200 for a successful create of a conference."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        created = request.operation is ServerOperation.CREATE_CONFERENCE and response.status == 200
        return replace(response, status=201) if created else response


@fault("create-202", breaks="VC-CREATE-STATUS")
class Create202(ServerBehavior):
    """Returns 202 instead of 200 for a successful create of a conference."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        created = request.operation is ServerOperation.CREATE_CONFERENCE and response.status == 200
        return replace(response, status=202) if created else response


@fault("room-create-201", breaks="FCR-CREATE-STATUS")
class RoomCreate201(ServerBehavior):
    """Returns 201 instead of 200 for a successful create of a room."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        created = request.operation is ServerOperation.CREATE_ROOM and response.status == 200
        return replace(response, status=201) if created else response


@fault("get-203", breaks="VC-GET-STATUS")
class Get203(ServerBehavior):
    """Returns 203 instead of 200 for a successful get of a conference."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        read = request.operation is ServerOperation.GET_CONFERENCE and response.status == 200
        return replace(response, status=203) if read else response


@fault("create-as-text", breaks="VC-CREATE-RESPONSE-JSON")
class CreateAsText(ServerBehavior):
    """Returns the media type text/html for a create of a conference."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        create = request.operation is ServerOperation.CREATE_CONFERENCE
        return replace(response, media_type="text/html; charset=utf-8") if create else response


@fault("room-create-as-text", breaks="FCR-CREATE-RESPONSE-JSON")
class RoomCreateAsText(ServerBehavior):
    """Returns the media type text/html for a create of a room."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        create = request.operation is ServerOperation.CREATE_ROOM
        return replace(response, media_type="text/html; charset=utf-8") if create else response


@fault("get-as-text", breaks="VC-GET-RESPONSE-JSON")
class GetAsText(ServerBehavior):
    """Returns the media type text/plain for a get of a conference."""

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        response = super().finalize(request, response)
        get = request.operation is ServerOperation.GET_CONFERENCE
        return replace(response, media_type="text/plain") if get else response


@fault("create-wrapped", breaks=("VC-CONF-ID", "VC-CONF-NAME"))
class CreateWrapped(ServerBehavior):
    """Returns the created conference in a member named data."""

    def created_response(self, request: ServerRequest, record: Record) -> ServerResponse:
        response = super().created_response(request, record)
        video = request.operation is ServerOperation.CREATE_CONFERENCE
        return replace(response, body={"data": response.body}) if video else response


@fault("create-a-list", breaks="VC-CREATE-RESPONSE-SCHEMA")
class CreateAList(ServerBehavior):
    """Returns an array with one conference in a create response."""

    def created_response(self, request: ServerRequest, record: Record) -> ServerResponse:
        response = super().created_response(request, record)
        video = request.operation is ServerOperation.CREATE_CONFERENCE
        return replace(response, body=[response.body]) if video else response


@fault("create-responds-with-request", breaks=("VC-CONF-CREATED-AT", "VC-CONF-META"))
class CreateResponsesWithRequest(ServerBehavior):
    """Returns only the id and the members that a client can send in a create response."""

    def created_response(self, request: ServerRequest, record: Record) -> ServerResponse:
        response = super().created_response(request, record)
        if request.operation is not ServerOperation.CREATE_CONFERENCE:
            return response
        members = {"id", *MEMBERS[request.operation.resource]}
        return replace(
            response, body={name: response.body[name] for name in response.body if name in members}
        )


@fault("create-lost-after-the-first", breaks="VC-CREATE-ROUTE")
class CreateLost(ServerBehavior):
    """Returns 404 for every create of a conference after the first one."""

    used = False

    def execute(self, request: ServerRequest) -> ServerResponse:
        if request.operation is not ServerOperation.CREATE_CONFERENCE:
            return super().execute(request)
        response = self.not_found(request) if self.used else super().execute(request)
        self.used = True
        return response


@fault("room-create-lost-after-the-first", breaks="FCR-CREATE-ROUTE")
class RoomCreateLost(ServerBehavior):
    """Returns 404 for every create of a room after the first one."""

    used = False

    def execute(self, request: ServerRequest) -> ServerResponse:
        if request.operation is not ServerOperation.CREATE_ROOM:
            return super().execute(request)
        response = self.not_found(request) if self.used else super().execute(request)
        self.used = True
        return response
