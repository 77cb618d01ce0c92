"""Credentials that open although they are wrong, do not although they are good, or bring the server down."""

import base64
import binascii

from reference.api.behavior import Rules
from reference.api.messages import Request
from reference.faults.fault import fault, lapse


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
