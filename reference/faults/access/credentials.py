"""Faults in the comparison and decoding of credentials."""

import base64
import binascii

from reference.api.behavior import ServerBehavior
from reference.api.messages import ServerRequest
from reference.faults.fault import fault, should_fault


@fault("any-project", breaks="API-AUTH-USERNAME-IS-PROJECT")
class AnyProject(ServerBehavior):
    """Checks the API token, but not the project id."""

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        return self.equals_secret(password, self.credentials.token.encode())


@fault("any-token", breaks="API-AUTH-PASSWORD-IS-TOKEN")
class AnyToken(ServerBehavior):
    """Checks the project id, but not the API token."""

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        return self.equals_secret(username, self.credentials.project_id.encode())


@fault("empty-token-accepted", breaks="API-AUTH-EMPTY-TOKEN")
class EmptyToken(ServerBehavior):
    """Accepts an empty API token."""

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        return super().accepts_credentials(username, password or self.credentials.token.encode())


@fault("lone-colon-accepted", breaks="API-AUTH-EMPTY-PAIR")
class LoneColon(ServerBehavior):
    """Accepts an empty project id with an empty API token."""

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        return (not username and not password) or super().accepts_credentials(username, password)


@fault("credentials-swapped-accepted", breaks="API-AUTH-SWAPPED")
class Swapped(ServerBehavior):
    """Accepts the project id and the API token in either order."""

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        return super().accepts_credentials(username, password) or super().accepts_credentials(
            password, username
        )


@fault("credentials-compared-by-beginning", breaks=("API-AUTH-TOKEN-PREFIX", "API-AUTH-EMPTY-TOKEN"))
class ComparedByBeginning(ServerBehavior):
    """Accepts every prefix of the project id and of the API token."""

    def equals_secret(self, received: bytes, expected: bytes) -> bool:
        return expected.startswith(received)


@fault("credentials-longer-accepted", breaks="API-AUTH-TOKEN-EXTENDED")
class LongerAccepted(ServerBehavior):
    """Accepts a project id or API token with extra characters at the end."""

    def equals_secret(self, received: bytes, expected: bytes) -> bool:
        return received.startswith(expected)


@fault(
    "credentials-compared-by-length", breaks=("API-AUTH-PASSWORD-IS-TOKEN", "API-AUTH-USERNAME-IS-PROJECT")
)
class ComparedByLength(ServerBehavior):
    """Compares only the length of the project id and of the API token."""

    def equals_secret(self, received: bytes, expected: bytes) -> bool:
        return len(received) == len(expected)


@fault("token-without-letter-case", breaks="API-AUTH-TOKEN-CASE")
class TokenCase(ServerBehavior):
    """Compares the project id and the API token without regard to case."""

    def equals_secret(self, received: bytes, expected: bytes) -> bool:
        return super().equals_secret(received.lower(), expected.lower())


@should_fault("scheme-in-one-case", breaks="API-AUTH-SCHEME-CASE")
class SchemeInOneCase(ServerBehavior):
    """Accepts the authentication scheme only in the case Basic."""

    def is_basic_scheme(self, scheme: str) -> bool:
        return scheme == "Basic"


@fault("any-scheme", breaks="API-AUTH-UNKNOWN-SCHEME")
class AnyScheme(ServerBehavior):
    """Accepts valid credentials with any authentication scheme."""

    def is_basic_scheme(self, scheme: str) -> bool:
        return True


@fault("bearer-token-accepted", breaks="API-AUTH-BEARER-REFUSED")
class BearerToken(ServerBehavior):
    """Accepts the API token as a Bearer token."""

    def is_authenticated(self, request: ServerRequest) -> bool:
        bearer = self.authorization_header(request) == f"Bearer {self.credentials.token}"
        return bearer or super().is_authenticated(request)


@fault("credentials-not-encoded-accepted", breaks="API-AUTH-BASE64")
class InClear(ServerBehavior):
    """Accepts credentials that are not base64-encoded."""

    def decode_credentials(self, encoded: str) -> tuple[bytes, bytes] | None:
        username, colon, password = encoded.encode().partition(b":")
        return (username, password) if colon else super().decode_credentials(encoded)


@fault("credentials-without-colon-accepted", breaks="API-AUTH-NO-COLON")
class WithoutColon(ServerBehavior):
    """Accepts the project id alone, without a colon and an API token."""

    def decode_credentials(self, encoded: str) -> tuple[bytes, bytes] | None:
        return super().decode_credentials(encoded) or self._project_alone(encoded)

    def _project_alone(self, encoded: str) -> tuple[bytes, bytes] | None:
        try:
            return base64.b64decode(encoded, validate=True), self.credentials.token.encode()
        except binascii.Error:
            return None


@fault("credentials-in-query-accepted", breaks="API-AUTH-NOT-IN-QUERY")
class InQuery(ServerBehavior):
    """Accepts the project id and the API token in the query string."""

    def is_authenticated(self, request: ServerRequest) -> bool:
        values = set(request.query.values())
        in_query = {self.credentials.project_id, self.credentials.token} <= values
        return in_query or super().is_authenticated(request)


@fault("malformed-credentials-500", breaks=("API-AUTH-NOT-BASE64", "API-AUTH-NO-COLON"))
class MalformedCredentials500(ServerBehavior):
    """Returns 500 for credentials that are not valid base64 or contain no colon."""

    def decode_credentials(self, encoded: str) -> tuple[bytes, bytes] | None:
        username, password = base64.b64decode(encoded, validate=True).split(b":", 1)
        return username, password


@fault("empty-credentials-500", breaks="API-AUTH-EMPTY-CREDENTIALS")
class EmptyCredentials500(ServerBehavior):
    """Returns 500 for an Authorization header with a scheme and no credentials."""

    def authorization_header(self, request: ServerRequest) -> str:
        value = super().authorization_header(request)
        if value.strip().lower() == "basic":
            raise IndexError("no credentials")
        return value


@fault("project-by-prefix", breaks="API-AUTH-USERNAME-IS-PROJECT")
class ProjectByPrefix(ServerBehavior):
    """Compares only the first eight characters of the project id."""

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        project = self.credentials.project_id.encode()
        return super().accepts_credentials(project if username[:8] == project[:8] else username, password)


@fault("anything-after-the-project", breaks="API-AUTH-USERNAME-IS-PROJECT")
class AnythingAfterTheProject(ServerBehavior):
    """Ignores extra characters after the project id."""

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        return super().accepts_credentials(username[: len(self.credentials.project_id)], password)


@fault("no-scheme-accepted", breaks="API-AUTH-UNKNOWN-SCHEME")
class SchemeMissing(ServerBehavior):
    """Accepts credentials without the scheme Basic."""

    def authorization_header(self, request: ServerRequest) -> str:
        header = super().authorization_header(request)
        return header if " " in header else f"Basic {header}"


@fault("anything-after-a-second-colon", breaks="API-AUTH-TOKEN-EXTENDED")
class SecondColon(ServerBehavior):
    """Ignores everything after a second colon in the credentials."""

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        return super().accepts_credentials(username, password.split(b":")[0])


@fault("no-blank-after-basic", breaks="API-AUTH-UNKNOWN-SCHEME")
class NoSpaceAfterScheme(ServerBehavior):
    """Accepts credentials without a space after the scheme Basic."""

    def authorization_header(self, request: ServerRequest) -> str:
        header = super().authorization_header(request)
        return header if " " in header else f"{header[:5]} {header[5:]}"


@fault("token-in-uppercase-accepted", breaks="API-AUTH-TOKEN-CASE")
class TokenUppercase(ServerBehavior):
    """Accepts the project id and the API token in uppercase as well."""

    def equals_secret(self, received: bytes, expected: bytes) -> bool:
        return received in {expected, expected.upper()}


@fault("token-for-both-accepted", breaks="API-AUTH-USERNAME-IS-PROJECT")
class TokenForBoth(ServerBehavior):
    """Accepts the API token as both username and password."""

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        both = username == password == self.credentials.token.encode()
        return both or super().accepts_credentials(username, password)


@fault("basic-credentials-as-bearer-accepted", breaks="API-AUTH-BEARER-REFUSED")
class BasicAsBearer(ServerBehavior):
    """Accepts Basic credentials with the scheme Bearer."""

    def is_basic_scheme(self, scheme: str) -> bool:
        return scheme == "Bearer" or super().is_basic_scheme(scheme)
