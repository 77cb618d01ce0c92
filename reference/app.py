"""ASGI application of the reference server."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from reference.api import credentials
from reference.api.behavior import ServerBehavior
from reference.api.credentials import Credentials
from reference.api.messages import ServerOperation, ServerRequest
from reference.registry import compose

_MAX_BODY = 1 << 20  # bytes; longer bodies are rejected
_MAX_READ = 16 << 20  # bytes that are read of a rejected body, so that the client receives the response
_CLOSE = (b"connection", b"close")
_CONFERENCES, _CONFERENCE = "/api/video/conferences", "/api/video/conferences/{id}"
_ROOMS, _ROOM = "/api/fabric/resources/conference_rooms", "/api/fabric/resources/conference_rooms/{id}"
_ROUTES = (
    ("POST", _CONFERENCES, ServerOperation.CREATE_CONFERENCE),
    ("GET", _CONFERENCE, ServerOperation.GET_CONFERENCE),
    ("DELETE", _CONFERENCE, ServerOperation.DELETE_CONFERENCE),
    ("GET", _CONFERENCES, ServerOperation.LIST_CONFERENCES),
    ("POST", _ROOMS, ServerOperation.CREATE_ROOM),
    ("GET", _ROOM, ServerOperation.GET_ROOM),
    ("DELETE", _ROOM, ServerOperation.DELETE_ROOM),
    ("GET", _ROOMS, ServerOperation.LIST_ROOMS),
)


@dataclass(frozen=True)
class ServerSettings:
    """Credentials, faults, variants and latency of a server."""

    credentials: Credentials = field(default_factory=credentials.from_environment)
    faults: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    latency: float = 0.0  # seconds


def create_app(settings: ServerSettings | None = None) -> Starlette:
    """Build the application; the default settings have no faults and no variants."""
    settings = settings or ServerSettings()
    behavior = compose(settings.faults, settings.variants)(settings.credentials, settings.latency)
    app = Starlette(routes=list(_routes(behavior)))
    app.add_middleware(_OriginForm)
    app.router.redirect_slashes = False
    app.state.behavior = behavior
    return app


@dataclass(frozen=True)
class _OriginForm:
    """Converts every request target to a path, including the absolute form (RFC 9112, section 3.2)."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "/")
        if not path.startswith("/"):
            scheme, _, rest = path.partition("://")
            _, slash, absolute_path = rest.partition("/")
            scope = {**scope, "path": f"/{absolute_path if slash else ''}" if rest and scheme else f"/{path}"}
        await self.app(scope, receive, send)


def _routes(behavior: ServerBehavior) -> Iterator[Route]:
    for method, path, operation in _ROUTES:
        yield Route(path, _Endpoint(behavior, operation), methods=[method])
    yield Route("/{path:path}", _Endpoint(behavior, ServerOperation.UNKNOWN))


@dataclass(frozen=True)
class _Endpoint:
    """Endpoint of one operation: reads the request and sends the response of the behavior."""

    behavior: ServerBehavior
    operation: ServerOperation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body, complete = await _read_body(receive)
        except ClientDisconnect:
            return
        request = _request(self.operation, scope, body)
        self.behavior.on_arrival(request)
        delay = self.behavior.response_delay(request)
        if delay:
            await asyncio.sleep(delay)
        response = self.behavior.respond(request)
        headers = response.headers if complete else [*response.headers, _CLOSE]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        for chunk in response.chunks[:-1]:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": response.chunks[-1]})


def _request(operation: ServerOperation, scope: Scope, body: bytes | None) -> ServerRequest:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    query = scope["query_string"].decode("latin-1")
    return ServerRequest(
        operation=operation,
        path=scope["path"],
        id=scope["path_params"].get("id", ""),
        headers=headers,
        query=dict(parse_qsl(query, keep_blank_values=True)) if query else {},
        body=body,
    )


async def _read_body(receive: Receive) -> tuple[bytes | None, bool]:
    """Return the body, or None if it is too long, and whether it was read to its end."""
    body, length, more = bytearray(), 0, True
    while more and length <= _MAX_READ:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        length += len(chunk)
        if length <= _MAX_BODY:
            body += chunk
        more = message.get("more_body", False)
    return (bytes(body) if length <= _MAX_BODY else None), not more
