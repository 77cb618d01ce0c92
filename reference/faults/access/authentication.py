"""Doors at which nobody asks for credentials, or asks too late, or keeps out whoever has them."""

from reference.api.behavior import Rules
from reference.api.body_parsing import Unreadable
from reference.api.credentials import Credentials
from reference.api.messages import Answer, Operation, Request
from reference.api.validation import Invalid
from reference.faults.fault import fault


@fault("authentication-missing", breaks="API-AUTH-HEADER-REQUIRED")
class AuthenticationMissing(Rules):
    """Nobody is asked for credentials."""

    def guarded(self, operation: Operation) -> bool:
        return False


@fault("authentication-missing-on-create", breaks="VC-CREATE-AUTH")
class AuthenticationMissingOnCreate(Rules):
    """A create of a conference needs no credentials."""

    def guarded(self, operation: Operation) -> bool:
        return operation is not Operation.CREATE_CONFERENCE


@fault("authentication-missing-on-get", breaks="VC-GET-AUTH")
class AuthenticationMissingOnGet(Rules):
    """A get of a conference needs no credentials."""

    def guarded(self, operation: Operation) -> bool:
        return operation is not Operation.GET_CONFERENCE


@fault("authentication-missing-on-rooms", breaks="FCR-CREATE-AUTH")
class AuthenticationMissingOnRooms(Rules):
    """Rooms need no credentials."""

    def guarded(self, operation: Operation) -> bool:
        return not operation.startswith("FCR")


@fault("authentication-missing-on-delete", breaks="API-AUTH-EVERY-OPERATION")
class AuthenticationMissingOnDelete(Rules):
    """A delete of a conference needs no credentials."""

    def guarded(self, operation: Operation) -> bool:
        return operation is not Operation.DELETE_CONFERENCE


@fault("authentication-missing-on-list", breaks="API-AUTH-EVERY-OPERATION")
class AuthenticationMissingOnList(Rules):
    """A list of conferences needs no credentials."""

    def guarded(self, operation: Operation) -> bool:
        return operation is not Operation.LIST_CONFERENCES


@fault("authentication-missing-on-room-get", breaks="API-AUTH-EVERY-OPERATION")
class AuthenticationMissingOnRoomGet(Rules):
    """A get of a room needs no credentials."""

    def guarded(self, operation: Operation) -> bool:
        return operation is not Operation.GET_ROOM


@fault("authentication-missing-on-room-delete", breaks="API-AUTH-EVERY-OPERATION")
class AuthenticationMissingOnRoomDelete(Rules):
    """A delete of a room needs no credentials."""

    def guarded(self, operation: Operation) -> bool:
        return operation is not Operation.DELETE_ROOM


@fault("authentication-missing-on-room-list", breaks="API-AUTH-EVERY-OPERATION")
class AuthenticationMissingOnRoomList(Rules):
    """A list of rooms needs no credentials."""

    def guarded(self, operation: Operation) -> bool:
        return operation is not Operation.LIST_ROOMS


@fault("header-optional", breaks="API-AUTH-HEADER-REQUIRED")
class HeaderOptional(Rules):
    """Wrong credentials are refused, and none are not."""

    def authenticated(self, request: Request) -> bool:
        return "authorization" not in request.headers or super().authenticated(request)


@fault("once-let-in-always-let-in", breaks="API-AUTH-HEADER-REQUIRED")
class OnceLetIn(Rules):
    """After one request with good credentials the others need none."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.known = False

    def authenticated(self, request: Request) -> bool:
        self.known = super().authenticated(request) or self.known
        return self.known


@fault("once-read-open-to-all", breaks="VC-GET-AUTH")
class OnceRead(Rules):
    """A conference that was read once is shown to everybody."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.read: set[str] = set()

    def authenticated(self, request: Request) -> bool:
        if request.operation is not Operation.GET_CONFERENCE:
            return super().authenticated(request)
        granted = super().authenticated(request)
        if granted and self.lookup(request.operation.resource, request.id):
            self.read.add(request.id)
        return granted or request.id in self.read


@fault("session-open-to-all", breaks="VC-GET-AUTH")
class SessionOpen(Rules):
    """Who asks for the session of a conference needs no credentials."""

    def authenticated(self, request: Request) -> bool:
        return self.session_wanted(request) or super().authenticated(request)


@fault("body-before-credentials", breaks="API-AUTH-BEFORE-VALIDATION")
class BodyFirst(Rules):
    """The body of a create is judged before the credentials are."""

    def answer(self, request: Request) -> Answer:
        try:
            if request.operation in {Operation.CREATE_CONFERENCE, Operation.CREATE_ROOM}:
                document = self.document(request.headers.get("content-type", ""), request.body)
                self.judged(request.operation.resource, document)
        except Unreadable:
            return self.bad_request(request)
        except Invalid as invalid:
            return self.refused(request, invalid.problems)
        return super().answer(request)


@fault("lookup-before-credentials", breaks="API-AUTH-BEFORE-LOOKUP")
class LookupFirst(Rules):
    """An unknown id is answered with 404 before credentials are asked for."""

    def answer(self, request: Request) -> Answer:
        if request.id and self.lookup(request.operation.resource, request.id) is None:
            return self.not_found(request)
        return super().answer(request)


@fault("credentials-refused-on-rooms", breaks="API-AUTH-BASIC-ACCEPT")
class RefusedOnRooms(Rules):
    """Good credentials are refused on rooms."""

    def authenticated(self, request: Request) -> bool:
        return not request.operation.startswith("FCR") and super().authenticated(request)


@fault("bad-json-before-credentials", breaks="API-AUTH-BEFORE-VALIDATION")
class BadJsonBeforeCredentials(Rules):
    """A body that is no JSON is refused before anyone asks who sent it."""

    def answer(self, request: Request) -> Answer:
        try:
            if request.operation is Operation.CREATE_CONFERENCE:
                self.document(request.headers.get("content-type", ""), request.body)
        except Unreadable:
            return self.bad_request(request)
        return super().answer(request)
