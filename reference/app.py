"""The server as an ASGI application."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from reference.api import credentials
from reference.api.behavior import Rules
from reference.api.credentials import Credentials
from reference.api.messages import Operation, Request
from reference.registry import compose

_LONGEST_BODY = 1 << 20  # bytes that are kept
_LONGEST_READ = 16 << 20  # bytes that are read of a longer one, so that its sender comes to read the answer
_CLOSE = (b"connection", b"close")
_CONFERENCES, _CONFERENCE = "/api/video/conferences", "/api/video/conferences/{id}"
_ROOMS, _ROOM = "/api/fabric/resources/conference_rooms", "/api/fabric/resources/conference_rooms/{id}"
_ROUTES = (
    ("POST", _CONFERENCES, Operation.CREATE_CONFERENCE),
    ("GET", _CONFERENCE, Operation.GET_CONFERENCE),
    ("DELETE", _CONFERENCE, Operation.DELETE_CONFERENCE),
    ("GET", _CONFERENCES, Operation.LIST_CONFERENCES),
    ("POST", _ROOMS, Operation.CREATE_ROOM),
    ("GET", _ROOM, Operation.GET_ROOM),
    ("DELETE", _ROOM, Operation.DELETE_ROOM),
    ("GET", _ROOMS, Operation.LIST_ROOMS),
)


@dataclass(frozen=True)
class Settings:
    """What a server is made of."""

    credentials: Credentials = field(default_factory=credentials.from_environment)
    faults: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    latency: float = 0.0  # seconds


def create_app(settings: Settings | None = None) -> Starlette:
    """Build the application; without settings, a server that keeps every promise."""
    settings = settings or Settings()
    rules = compose(settings.faults, settings.variants)(settings.credentials, settings.latency)
    app = Starlette(routes=list(_routes(rules)))
    app.add_middleware(_OriginForm)
    app.router.redirect_slashes = False
    app.state.rules = rules
    return app


@dataclass(frozen=True)
class _OriginForm:
    """Makes a path of whatever a request asks for, a whole address too (RFC 9112, 3.2)."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "/")
        if not path.startswith("/"):
            scheme, _, rest = path.partition("://")
            _, slash, kept = rest.partition("/")
            scope = {**scope, "path": f"/{kept if slash else ''}" if rest and scheme else f"/{path}"}
        await self.app(scope, receive, send)


def _routes(rules: Rules) -> Iterator[Route]:
    for method, path, operation in _ROUTES:
        yield Route(path, _Endpoint(rules, operation), methods=[method])
    yield Route("/{path:path}", _Endpoint(rules, Operation.UNKNOWN))


@dataclass(frozen=True)
class _Endpoint:
    """One operation: reads the request whole, asks the rules, sends what they say."""

    rules: Rules
    operation: Operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body, whole = await _body(receive)
        except ClientDisconnect:
            return
        request = _request(self.operation, scope, body)
        self.rules.arrive(request)
        pause = self.rules.pause(request)
        if pause:
            await asyncio.sleep(pause)
        written = self.rules.respond(request)
        headers = written.headers if whole else [*written.headers, _CLOSE]
        await send({"type": "http.response.start", "status": written.status, "headers": headers})
        for chunk in written.chunks[:-1]:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": written.chunks[-1]})


def _request(operation: Operation, scope: Scope, body: bytes | None) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    query = scope["query_string"].decode("latin-1")
    return Request(
        operation=operation,
        path=scope["path"],
        id=scope["path_params"].get("id", ""),
        headers=headers,
        query=dict(parse_qsl(query, keep_blank_values=True)) if query else {},
        body=body,
    )


async def _body(receive: Receive) -> tuple[bytes | None, bool]:
    """Read a body, and tell whether it came to its end; of one that is too long, nothing is kept."""
    body, length, more = bytearray(), 0, True
    while more and length <= _LONGEST_READ:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        length += len(chunk)
        if length <= _LONGEST_BODY:
            body += chunk
        more = message.get("more_body", False)
    return (bytes(body) if length <= _LONGEST_BODY else None), not more
