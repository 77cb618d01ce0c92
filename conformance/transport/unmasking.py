"""Unmasking: replacement of placeholders by secrets in requests, just above the connection."""

import httpx

from conformance.redaction.masking import SecretMask


class UnmaskingTransport(httpx.BaseTransport):
    """Puts the secrets into the URL of each request; the Authorization header already contains them."""

    def __init__(self, inner: httpx.BaseTransport, secret_mask: SecretMask) -> None:
        self._inner = inner
        self._secret_mask = secret_mask

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on with the secrets in its URL."""
        masked_path = request.url.raw_path
        path = self._secret_mask.unmask(masked_path)
        if path == masked_path:
            return self._inner.handle_request(request)
        return self._inner.handle_request(
            httpx.Request(
                request.method,
                request.url.copy_with(raw_path=path),
                headers=request.headers,
                content=request.read(),
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()
