"""HTTP Basic authentication."""

import base64
import binascii
import secrets

from reference.api.credentials import Credentials
from reference.api.messages import ServerOperation, ServerRequest


class Authentication:
    """HTTP Basic authentication with the project id as username and the API token as password."""

    credentials: Credentials

    def is_authenticated(self, request: ServerRequest) -> bool:
        """Return whether the request may be processed."""
        if not self.requires_credentials(request.operation):
            return True
        scheme, _, encoded = self.authorization_header(request).partition(" ")
        if not self.is_basic_scheme(scheme):
            return False
        decoded = self.decode_credentials(encoded.lstrip(" "))
        return decoded is not None and self.accepts_credentials(*decoded)

    def requires_credentials(self, operation: ServerOperation) -> bool:
        """Return whether the operation requires authentication; every operation does."""
        return True

    def authorization_header(self, request: ServerRequest) -> str:
        """Return the value of the Authorization header."""
        return request.headers.get("authorization", "")

    def is_basic_scheme(self, scheme: str) -> bool:
        """Return whether the scheme is Basic, in any case."""
        return scheme.lower() == "basic"

    def decode_credentials(self, encoded: str) -> tuple[bytes, bytes] | None:
        """Return username and password, or None if the base64 encoding or the colon is missing."""
        try:
            plain = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            return None
        username, colon, password = plain.partition(b":")
        return (username, password) if colon else None

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        """Return whether both parts are valid; always compare both to keep the time constant."""
        project = self.equals_secret(username, self.credentials.project_id.encode())
        token = self.equals_secret(password, self.credentials.token.encode())
        return project & token

    def equals_secret(self, received: bytes, expected: bytes) -> bool:
        """Compare in constant time."""
        return secrets.compare_digest(received, expected)
