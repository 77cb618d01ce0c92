"""The server on a socket."""

import asyncio
import sys
from socket import socket
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from reference.live import LIVE_CONFERENCE_ID
from reference.rules import Rules

_HTTP_11 = b"HTTP/1.1"
_KEEP_ALIVE = 75  # seconds; longer than the pools of HTTP clients keep an idle connection


def serve(app: Starlette, host: str, port: int) -> None:
    """Serve on an address until told to stop; say so when it listens."""
    rules: Rules = app.state.rules
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http="auto" if rules.http_version == _HTTP_11 else _OldProtocol,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=rules.date_header,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    _Server(config).run()


class _Server(uvicorn.Server):
    """Says where it listens as soon as it does, and which conference has a session."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
            sys.stdout.write(f"ready http://{host}:{port}\n")
            sys.stdout.write(f"live conference {LIVE_CONFERENCE_ID}\n")
            sys.stdout.flush()


class _OldProtocol(H11Protocol):
    """HTTP/1.1 that says it is HTTP/1.0."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(cast("asyncio.Transport", _OldTransport(transport)))


class _OldTransport:
    """A transport that changes the version in each status line."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        version = b"HTTP/1.0" if data.startswith(_HTTP_11) else data[:8]
        self._transport.write(version + data[8:])
