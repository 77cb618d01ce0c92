"""Faults in the decision whether and when a request is authenticated."""

from reference.api.behavior import ServerBehavior
from reference.api.body_parsing import UnreadableBodyError
from reference.api.credentials import Credentials
from reference.api.messages import ServerOperation, ServerRequest, ServerResponse
from reference.api.validation import InvalidRequestError
from reference.faults.fault import fault


@fault("authentication-missing", breaks="API-AUTH-HEADER-REQUIRED")
class AuthenticationMissing(ServerBehavior):
    """No operation requires authentication."""

    def requires_credentials(self, operation: ServerOperation) -> bool:
        return False


@fault("authentication-missing-on-create", breaks="VC-CREATE-AUTH")
class AuthenticationMissingOnCreate(ServerBehavior):
    """Creating a conference does not require authentication."""

    def requires_credentials(self, operation: ServerOperation) -> bool:
        return operation is not ServerOperation.CREATE_CONFERENCE


@fault("authentication-missing-on-get", breaks="VC-GET-AUTH")
class AuthenticationMissingOnGet(ServerBehavior):
    """Getting a conference does not require authentication."""

    def requires_credentials(self, operation: ServerOperation) -> bool:
        return operation is not ServerOperation.GET_CONFERENCE


@fault("authentication-missing-on-rooms", breaks="FCR-CREATE-AUTH")
class AuthenticationMissingOnRooms(ServerBehavior):
    """No room operation requires authentication."""

    def requires_credentials(self, operation: ServerOperation) -> bool:
        return not operation.startswith("FCR")


@fault("authentication-missing-on-delete", breaks="API-AUTH-EVERY-OPERATION")
class AuthenticationMissingOnDelete(ServerBehavior):
    """Deleting a conference does not require authentication."""

    def requires_credentials(self, operation: ServerOperation) -> bool:
        return operation is not ServerOperation.DELETE_CONFERENCE


@fault("authentication-missing-on-list", breaks="API-AUTH-EVERY-OPERATION")
class AuthenticationMissingOnList(ServerBehavior):
    """Listing conferences does not require authentication."""

    def requires_credentials(self, operation: ServerOperation) -> bool:
        return operation is not ServerOperation.LIST_CONFERENCES


@fault("authentication-missing-on-room-get", breaks="API-AUTH-EVERY-OPERATION")
class AuthenticationMissingOnRoomGet(ServerBehavior):
    """Getting a room does not require authentication."""

    def requires_credentials(self, operation: ServerOperation) -> bool:
        return operation is not ServerOperation.GET_ROOM


@fault("authentication-missing-on-room-delete", breaks="API-AUTH-EVERY-OPERATION")
class AuthenticationMissingOnRoomDelete(ServerBehavior):
    """Deleting a room does not require authentication."""

    def requires_credentials(self, operation: ServerOperation) -> bool:
        return operation is not ServerOperation.DELETE_ROOM


@fault("authentication-missing-on-room-list", breaks="API-AUTH-EVERY-OPERATION")
class AuthenticationMissingOnRoomList(ServerBehavior):
    """Listing rooms does not require authentication."""

    def requires_credentials(self, operation: ServerOperation) -> bool:
        return operation is not ServerOperation.LIST_ROOMS


@fault("header-optional", breaks="API-AUTH-HEADER-REQUIRED")
class HeaderOptional(ServerBehavior):
    """Rejects invalid credentials, but accepts requests without an Authorization header."""

    def is_authenticated(self, request: ServerRequest) -> bool:
        return "authorization" not in request.headers or super().is_authenticated(request)


@fault("once-authenticated-always-authenticated", breaks="API-AUTH-HEADER-REQUIRED")
class OnceAccepted(ServerBehavior):
    """Accepts every request after the first one with valid credentials."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.accepted = False

    def is_authenticated(self, request: ServerRequest) -> bool:
        self.accepted = super().is_authenticated(request) or self.accepted
        return self.accepted


@fault("once-read-open-to-all", breaks="VC-GET-AUTH")
class OnceFetched(ServerBehavior):
    """Returns a conference without authentication once it has been fetched with valid credentials."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.fetched_ids: set[str] = set()

    def is_authenticated(self, request: ServerRequest) -> bool:
        if request.operation is not ServerOperation.GET_CONFERENCE:
            return super().is_authenticated(request)
        granted = super().is_authenticated(request)
        if granted and self.lookup(request.operation.resource, request.id):
            self.fetched_ids.add(request.id)
        return granted or request.id in self.fetched_ids


@fault("session-open-to-all", breaks="VC-GET-AUTH")
class SessionOpen(ServerBehavior):
    """Requests with include_active_session=true do not require authentication."""

    def is_authenticated(self, request: ServerRequest) -> bool:
        return self.session_requested(request) or super().is_authenticated(request)


@fault("body-before-credentials", breaks="API-AUTH-BEFORE-VALIDATION")
class BodyFirst(ServerBehavior):
    """Validates the body of a create request before it checks the credentials."""

    def handle(self, request: ServerRequest) -> ServerResponse:
        try:
            if request.operation in {ServerOperation.CREATE_CONFERENCE, ServerOperation.CREATE_ROOM}:
                document = self.parse_body(request.headers.get("content-type", ""), request.body)
                self.validate(request.operation.resource, document)
        except UnreadableBodyError:
            return self.bad_request(request)
        except InvalidRequestError as invalid:
            return self.unprocessable_content(request, invalid.problems)
        return super().handle(request)


@fault("lookup-before-credentials", breaks="API-AUTH-BEFORE-LOOKUP")
class LookupFirst(ServerBehavior):
    """Returns 404 for an unknown id before it checks the credentials."""

    def handle(self, request: ServerRequest) -> ServerResponse:
        if request.id and self.lookup(request.operation.resource, request.id) is None:
            return self.not_found(request)
        return super().handle(request)


@fault("credentials-rejected-on-rooms", breaks="API-AUTH-BASIC-ACCEPT")
class RejectedOnRooms(ServerBehavior):
    """Rejects valid credentials on room operations."""

    def is_authenticated(self, request: ServerRequest) -> bool:
        return not request.operation.startswith("FCR") and super().is_authenticated(request)


@fault("bad-json-before-credentials", breaks="API-AUTH-BEFORE-VALIDATION")
class BadJsonBeforeCredentials(ServerBehavior):
    """Rejects a body that is not valid JSON before it checks the credentials."""

    def handle(self, request: ServerRequest) -> ServerResponse:
        try:
            if request.operation is ServerOperation.CREATE_CONFERENCE:
                self.parse_body(request.headers.get("content-type", ""), request.body)
        except UnreadableBodyError:
            return self.bad_request(request)
        return super().handle(request)


@fault("empty-header-accepted", breaks="API-AUTH-EMPTY-CREDENTIALS")
class EmptyHeader(ServerBehavior):
    """Accepts an Authorization header without a value."""

    def is_authenticated(self, request: ServerRequest) -> bool:
        return request.headers.get("authorization") == "" or super().is_authenticated(request)


@fault("digest-accepted", breaks="API-AUTH-UNKNOWN-SCHEME")
class DigestAccepted(ServerBehavior):
    """Accepts every Authorization header with the scheme Digest."""

    def is_authenticated(self, request: ServerRequest) -> bool:
        is_digest = self.authorization_header(request).startswith("Digest ")
        return is_digest or super().is_authenticated(request)
