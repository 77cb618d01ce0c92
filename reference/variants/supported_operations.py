"""Variants in the supported operations and query parameters."""

from reference.api.behavior import ServerBehavior
from reference.api.messages import ServerOperation, ServerRequest, ServerResponse
from reference.variants.variant import variant


@variant("session-other-value-ignored", permitted="AMB-31: another value may be rejected or ignored.")
class SessionValueIgnored(ServerBehavior):
    """Ignores an include_active_session other than true and false."""

    def check_query(self, request: ServerRequest) -> None:
        pass


@variant("session-value-a-number", permitted="AMB-31: the values 1 and 0 are not specified.")
class SessionValueNumber(ServerBehavior):
    """Accepts 1 and 0 for include_active_session."""

    def check_query(self, request: ServerRequest) -> None:
        if request.query.get("include_active_session") not in {"1", "0"}:
            super().check_query(request)

    def session_requested(self, request: ServerRequest) -> bool:
        return request.query.get("include_active_session") == "1" or super().session_requested(request)


@variant("no-delete", permitted="The profiles require create and get only.")
class NoDelete(ServerBehavior):
    """Returns 405 for every delete."""

    def delete(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(405, self.error_body("Method Not Allowed"), {"allow": "GET"})


@variant("no-list", permitted="The profiles require create and get only.")
class NoList(ServerBehavior):
    """Returns 405 for every list."""

    def list_page(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(405, self.error_body("Method Not Allowed"), {"allow": "POST"})


@variant("no-get-of-rooms", permitted="The fabric profile requires the creation of rooms only.")
class NoGetOfRooms(ServerBehavior):
    """Returns 405 for every get of a room."""

    def get(self, request: ServerRequest) -> ServerResponse:
        if request.operation is ServerOperation.GET_ROOM:
            return ServerResponse(405, self.error_body("Method Not Allowed"), {"allow": "POST"})
        return super().get(request)
