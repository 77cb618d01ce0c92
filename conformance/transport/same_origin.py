"""Requests go to the target's own origin, and answers never lead anywhere else."""

import httpx


class ElsewhereError(httpx.RequestError):
    """A request was about to leave the target's origin."""


class SameOrigin(httpx.BaseTransport):
    """Refuses what is not addressed to the target; redirects are answers here, never followed."""

    def __init__(self, inner: httpx.BaseTransport, origin: httpx.URL) -> None:
        self._inner = inner
        self._origin = _triple(origin)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass on what stays at the origin."""
        if _triple(request.url) != self._origin:
            raise ElsewhereError(f"{request.url} is not at the target")
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close what is below."""
        self._inner.close()


def _triple(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
