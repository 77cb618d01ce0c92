"""The reference server as an httpx transport, without a socket."""

import asyncio
import itertools
import threading
from collections.abc import Iterable, MutableMapping
from typing import Any, Final

import httpx

from reference.api import credentials, live_session
from reference.app import ServerSettings, create_app
from reference.faults import FAULTS
from reference.variants import VARIANTS

__all__ = ["ACTIVE_SESSION", "FAULTS", "ORIGIN", "PROJECT", "TOKEN", "VARIANTS", "InProcessTransport"]

ORIGIN: Final = httpx.URL("http://reference")
PROJECT: Final = credentials.PROJECT_ID
TOKEN: Final = credentials.API_TOKEN
_ACCOUNT: Final = credentials.Credentials(PROJECT, TOKEN)
ACTIVE_SESSION: Final = live_session.LIVE_CONFERENCE_ID  # a conference with an active session


class InProcessTransport(httpx.BaseTransport):
    """Calls the reference server in this process; each thread has its own connection."""

    def __init__(
        self,
        faults: Iterable[str] = (),
        variants: Iterable[str] = (),
        account: credentials.Credentials = _ACCOUNT,
    ) -> None:
        self._app = create_app(ServerSettings(account, tuple(faults), tuple(variants)))
        self._ports = itertools.count(49152)
        self._connection = threading.local()
        self._loops: list[asyncio.AbstractEventLoop] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response of the reference server."""
        messages: list[MutableMapping[str, Any]] = []
        body = request.read()

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            messages.append(message)

        self._loop().run_until_complete(self._app(self._scope(request), receive, send))
        start, *body_parts = messages
        content = b"".join(part.get("body", b"") for part in body_parts)
        return httpx.Response(start["status"], headers=start["headers"], stream=httpx.ByteStream(content))

    def close(self) -> None:
        """Close the event loops of all threads."""
        for loop in self._loops:
            loop.close()

    def _scope(self, request: httpx.Request) -> dict[str, Any]:
        return {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": request.url.path,
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": "http",
            "server": (request.url.host, 80),
            "client": ("127.0.0.1", self._port()),
            "root_path": "",
        }

    def _loop(self) -> asyncio.AbstractEventLoop:
        """Return the event loop of this thread."""
        if not hasattr(self._connection, "loop"):
            self._connection.loop = asyncio.new_event_loop()
            self._loops.append(self._connection.loop)
        loop: asyncio.AbstractEventLoop = self._connection.loop
        return loop

    def _port(self) -> int:
        if not hasattr(self._connection, "port"):
            self._connection.port = next(self._ports)
        port: int = self._connection.port
        return port
