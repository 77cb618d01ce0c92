"""Who is let in."""

import base64
import binascii
import secrets

from reference.api.credentials import Credentials
from reference.api.messages import Operation, Request


class Authentication:
    """The rules of HTTP Basic, with the project as user and the API token as password."""

    credentials: Credentials

    def authenticated(self, request: Request) -> bool:
        """Decide whether the request may be looked at."""
        if not self.guarded(request.operation):
            return True
        word, _, encoded = self.authorization(request).partition(" ")
        if not self.is_basic(word):
            return False
        pair = self.decoded(encoded.lstrip(" "))
        return pair is not None and self.admits(*pair)

    def guarded(self, operation: Operation) -> bool:
        """Decide whether the operation asks for credentials: each one does."""
        return True

    def authorization(self, request: Request) -> str:
        """Find the credentials of a request."""
        return request.headers.get("authorization", "")

    def is_basic(self, word: str) -> bool:
        """Compare the name of the scheme, which has no letter case."""
        return word.lower() == "basic"

    def decoded(self, encoded: str) -> tuple[bytes, bytes] | None:
        """Take user and password out of their base64 form."""
        try:
            plain = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            return None
        user, colon, password = plain.partition(b":")
        return (user, password) if colon else None

    def admits(self, user: bytes, password: bytes) -> bool:
        """Compare both parts; neither comparison tells the other's result."""
        project = self.same(user, self.credentials.project_id.encode())
        token = self.same(password, self.credentials.token.encode())
        return project & token

    def same(self, given: bytes, expected: bytes) -> bool:
        """Compare in a time that does not depend on where the two differ."""
        return secrets.compare_digest(given, expected)
