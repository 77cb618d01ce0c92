"""Restriction of requests to the target's own origin; redirects are not followed."""

import httpx


class OtherOriginError(httpx.RequestError):
    """A request is not addressed to the target's origin."""


class SameOriginTransport(httpx.BaseTransport):
    """Rejects requests to other origins; a redirect is a response like any other."""

    def __init__(self, inner: httpx.BaseTransport, origin: httpx.URL) -> None:
        self._inner = inner
        self._origin = _origin_of(origin)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on if it is addressed to the origin of the target."""
        if _origin_of(request.url) != self._origin:
            raise OtherOriginError(f"{request.url} is not at the origin of the target")
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()


def _origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
