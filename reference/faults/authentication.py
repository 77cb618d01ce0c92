"""Doors that are open to some who should be kept out, or closed to some who should be let in."""

import base64
import binascii
from dataclasses import replace

from reference.bodies import Unreadable
from reference.credentials import Credentials
from reference.faults.fault import fault, lapse
from reference.judging import Invalid
from reference.messages import Answer, Operation, Request
from reference.rules import Rules


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


@fault("any-project", breaks="API-AUTH-USERNAME-IS-PROJECT")
class AnyProject(Rules):
    """The token is looked at, and the project is not."""

    def admits(self, user: bytes, password: bytes) -> bool:
        return self.same(password, self.credentials.token.encode())


@fault("any-token", breaks="API-AUTH-PASSWORD-IS-TOKEN")
class AnyToken(Rules):
    """The project is looked at, and the token is not."""

    def admits(self, user: bytes, password: bytes) -> bool:
        return self.same(user, self.credentials.project_id.encode())


@fault("empty-token-let-in", breaks="API-AUTH-EMPTY-TOKEN")
class EmptyToken(Rules):
    """An empty token opens every project."""

    def admits(self, user: bytes, password: bytes) -> bool:
        return super().admits(user, password or self.credentials.token.encode())


@fault("lone-colon-let-in", breaks="API-AUTH-EMPTY-PAIR")
class LoneColon(Rules):
    """An empty project with an empty token is let in."""

    def admits(self, user: bytes, password: bytes) -> bool:
        return (not user and not password) or super().admits(user, password)


@fault("credentials-swapped-let-in", breaks="API-AUTH-SWAPPED")
class Swapped(Rules):
    """Project and token are let in in either order."""

    def admits(self, user: bytes, password: bytes) -> bool:
        return super().admits(user, password) or super().admits(password, user)


@fault("credentials-compared-by-beginning", breaks=("API-AUTH-TOKEN-PREFIX", "API-AUTH-EMPTY-TOKEN"))
class ComparedByBeginning(Rules):
    """A token will do if the real one begins with it."""

    def same(self, given: bytes, expected: bytes) -> bool:
        return expected.startswith(given)


@fault("credentials-longer-let-in", breaks="API-AUTH-TOKEN-EXTENDED")
class LongerLetIn(Rules):
    """A token will do if it begins with the real one."""

    def same(self, given: bytes, expected: bytes) -> bool:
        return given.startswith(expected)


@fault(
    "credentials-compared-by-length", breaks=("API-AUTH-PASSWORD-IS-TOKEN", "API-AUTH-USERNAME-IS-PROJECT")
)
class ComparedByLength(Rules):
    """A token will do if it is as long as the real one."""

    def same(self, given: bytes, expected: bytes) -> bool:
        return len(given) == len(expected)


@fault("token-without-letter-case", breaks="API-AUTH-TOKEN-CASE")
class TokenCase(Rules):
    """Letter case in a token does not matter."""

    def same(self, given: bytes, expected: bytes) -> bool:
        return super().same(given.lower(), expected.lower())


@lapse("scheme-in-one-case", breaks="API-AUTH-SCHEME-CASE")
class SchemeInOneCase(Rules):
    """The scheme must be written exactly as in the documentation."""

    def is_basic(self, word: str) -> bool:
        return word == "Basic"


@fault("any-scheme", breaks="API-AUTH-UNKNOWN-SCHEME")
class AnyScheme(Rules):
    """Good credentials are let in under any scheme."""

    def is_basic(self, word: str) -> bool:
        return True


@fault("bearer-token-let-in", breaks="API-AUTH-BEARER-REFUSED")
class BearerToken(Rules):
    """The token alone is let in as a bearer."""

    def authenticated(self, request: Request) -> bool:
        bearer = self.authorization(request) == f"Bearer {self.credentials.token}"
        return bearer or super().authenticated(request)


@fault("credentials-in-clear-let-in", breaks="API-AUTH-BASE64")
class InClear(Rules):
    """Credentials need not be in base64."""

    def decoded(self, encoded: str) -> tuple[bytes, bytes] | None:
        user, colon, password = encoded.encode().partition(b":")
        return (user, password) if colon else super().decoded(encoded)


@fault("credentials-without-colon-let-in", breaks="API-AUTH-NO-COLON")
class WithoutColon(Rules):
    """Credentials without a colon are a project's id, and need no token."""

    def decoded(self, encoded: str) -> tuple[bytes, bytes] | None:
        return super().decoded(encoded) or self._project_alone(encoded)

    def _project_alone(self, encoded: str) -> tuple[bytes, bytes] | None:
        try:
            return base64.b64decode(encoded, validate=True), self.credentials.token.encode()
        except binascii.Error:
            return None


@fault("credentials-in-query-let-in", breaks="API-AUTH-NOT-IN-QUERY")
class InQuery(Rules):
    """Project and token in the query string are let in."""

    def authenticated(self, request: Request) -> bool:
        given = set(request.query.values())
        both = {self.credentials.project_id, self.credentials.token} <= given
        return both or super().authenticated(request)


@fault("malformed-credentials-500", breaks=("API-AUTH-NOT-BASE64", "API-AUTH-NO-COLON"))
class MalformedCredentials500(Rules):
    """Credentials that are no base64, or have no colon in them, bring the server down."""

    def decoded(self, encoded: str) -> tuple[bytes, bytes] | None:
        user, password = base64.b64decode(encoded, validate=True).split(b":", 1)
        return user, password


@fault("empty-credentials-500", breaks="API-AUTH-EMPTY-CREDENTIALS")
class EmptyCredentials500(Rules):
    """A scheme with nothing after it brings the server down."""

    def authorization(self, request: Request) -> str:
        value = super().authorization(request)
        if value.strip().lower() == "basic":
            raise IndexError("no credentials")
        return value


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


@fault("unauthorized-create-creates", breaks="API-AUTH-401-NO-EFFECT")
class UnauthorizedCreates(Rules):
    """A create without good credentials is answered with 401 after it is done."""

    def unauthorized(self, request: Request) -> Answer:
        if request.operation is Operation.CREATE_CONFERENCE:
            self.perform(request)
        return super().unauthorized(request)


@fault("unauthorized-403", breaks=("API-AUTH-HEADER-REQUIRED", "VC-CREATE-AUTH", "VC-GET-AUTH"))
class Unauthorized403(Rules):
    """A request without good credentials is answered with 403."""

    def unauthorized(self, request: Request) -> Answer:
        return Answer(403, self.error("Forbidden"))


@fault("unauthorized-404", breaks=("VC-GET-AUTH", "API-AUTH-BEFORE-LOOKUP"))
class Unauthorized404(Rules):
    """A get without good credentials is answered with 404, to hide what there is."""

    def unauthorized(self, request: Request) -> Answer:
        return self.not_found(request) if request.id else super().unauthorized(request)


@fault("unauthorized-200", breaks=("API-AUTH-HEADER-REQUIRED", "VC-CREATE-AUTH"))
class Unauthorized200(Rules):
    """A request without good credentials is answered with 200 and an error."""

    def unauthorized(self, request: Request) -> Answer:
        return replace(super().unauthorized(request), status=200)


@fault("unauthorized-redirected", breaks=("API-AUTH-HEADER-REQUIRED", "VC-CREATE-AUTH"))
class UnauthorizedRedirected(Rules):
    """A request without good credentials is sent to a page to log in on."""

    def unauthorized(self, request: Request) -> Answer:
        return Answer(302, headers={"location": "/login"})


@fault("unauthorized-in-small-letters", breaks="API-AUTH-401-ENVELOPE")
class UnauthorizedText(Rules):
    """The envelope of a 401 has another text."""

    def unauthorized(self, request: Request) -> Answer:
        return replace(super().unauthorized(request), body=self.error("unauthorized"))


@fault("unauthorized-without-body", breaks="API-AUTH-401-ENVELOPE")
class UnauthorizedWithoutBody(Rules):
    """A 401 has no body."""

    def unauthorized(self, request: Request) -> Answer:
        return replace(super().unauthorized(request), body=None)


@fault("unauthorized-as-text", breaks="API-AUTH-401-JSON")
class UnauthorizedAsText(Rules):
    """The envelope of a 401 goes out as text/plain."""

    def unauthorized(self, request: Request) -> Answer:
        return replace(super().unauthorized(request), media_type="text/plain; charset=utf-8")


@lapse("unauthorized-tells-which", breaks=("API-AUTH-SAME-401-FOR-ALL", "API-AUTH-401-ENVELOPE"))
class UnauthorizedTellsWhich(Rules):
    """A 401 says whether the project or the token is wrong."""

    def unauthorized(self, request: Request) -> Answer:
        pair = self.decoded(self.authorization(request).partition(" ")[2])
        known = pair is not None and pair[0] == self.credentials.project_id.encode()
        text = "Token is wrong" if known else "No such project"
        return replace(super().unauthorized(request), body=self.error(text))


@lapse("unauthorized-repeats-token", breaks="API-ERR-NO-ECHO-OF-SECRET")
class UnauthorizedRepeats(Rules):
    """A 401 repeats the credentials that were sent."""

    def unauthorized(self, request: Request) -> Answer:
        answer = super().unauthorized(request)
        pair = self.decoded(self.authorization(request).partition(" ")[2])
        given = pair[1].decode("utf-8", "replace") if pair else ""
        return replace(answer, body={**answer.body, "token": given})


@fault("credentials-refused-on-rooms", breaks="API-AUTH-BASIC-ACCEPT")
class RefusedOnRooms(Rules):
    """Good credentials are refused on rooms."""

    def authenticated(self, request: Request) -> bool:
        return not request.operation.startswith("FCR") and super().authenticated(request)


@fault("forbidden-in-other-words", breaks=("VC-CREATE-AUTH", "API-ERR-403-ENVELOPE"))
class ForbiddenWords(Rules):
    """A request without good credentials is answered with 403 and a text of its own."""

    def unauthorized(self, request: Request) -> Answer:
        return Answer(403, self.error("Access denied"))


@fault("project-by-prefix", breaks="API-AUTH-USERNAME-IS-PROJECT")
class ProjectByPrefix(Rules):
    """Only the first eight characters of the Project ID are compared."""

    def admits(self, user: bytes, password: bytes) -> bool:
        project = self.credentials.project_id.encode()
        return super().admits(project if user[:8] == project[:8] else user, password)


@fault("anything-after-the-project", breaks="API-AUTH-USERNAME-IS-PROJECT")
class AnythingAfterTheProject(Rules):
    """What follows the Project ID is not looked at."""

    def admits(self, user: bytes, password: bytes) -> bool:
        return super().admits(user[: len(self.credentials.project_id)], password)


@fault("no-word-basic", breaks="API-AUTH-UNKNOWN-SCHEME")
class NoWordBasic(Rules):
    """Credentials are accepted without the word Basic before them."""

    def authorization(self, request: Request) -> str:
        header = super().authorization(request)
        return header if " " in header else f"Basic {header}"


@fault("anything-after-a-second-colon", breaks="API-AUTH-TOKEN-EXTENDED")
class SecondColon(Rules):
    """What follows a second colon in the credentials is not looked at."""

    def admits(self, user: bytes, password: bytes) -> bool:
        return super().admits(user, password.split(b":")[0])


@fault("no-blank-after-basic", breaks="API-AUTH-UNKNOWN-SCHEME")
class NoBlank(Rules):
    """The word Basic need not be divided from what follows."""

    def authorization(self, request: Request) -> str:
        header = super().authorization(request)
        return header if " " in header else f"{header[:5]} {header[5:]}"


@fault("token-in-capitals-let-in", breaks="API-AUTH-TOKEN-CASE")
class TokenInCapitals(Rules):
    """A token in capital letters is let in besides the real one."""

    def same(self, given: bytes, expected: bytes) -> bool:
        return given in {expected, expected.upper()}


@fault("token-for-both-let-in", breaks="API-AUTH-USERNAME-IS-PROJECT")
class TokenForBoth(Rules):
    """The token is let in as its own user."""

    def admits(self, user: bytes, password: bytes) -> bool:
        both = user == password == self.credentials.token.encode()
        return both or super().admits(user, password)


@fault("good-pair-as-bearer-let-in", breaks="API-AUTH-BEARER-REFUSED")
class PairAsBearer(Rules):
    """Bearer is taken for another word for Basic."""

    def is_basic(self, word: str) -> bool:
        return word == "Bearer" or super().is_basic(word)


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
