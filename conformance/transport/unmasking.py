"""The last step before the connection: what is sent gets the secrets that all above has stand-ins for."""

import httpx

from conformance.redaction.masking import Seal


class Opening(httpx.BaseTransport):
    """Puts the secrets into the address of each request; its credentials were made for it."""

    def __init__(self, inner: httpx.BaseTransport, seal: Seal) -> None:
        self._inner = inner
        self._seal = seal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on as the target is to see it."""
        path = request.url.raw_path
        opened = self._seal.opened(path)
        if opened == path:
            return self._inner.handle_request(request)
        return self._inner.handle_request(
            httpx.Request(
                request.method,
                request.url.copy_with(raw_path=opened),
                headers=request.headers,
                content=request.read(),
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        """Close the connections below."""
        self._inner.close()
