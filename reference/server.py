"""HTTP server with time limits for incoming requests."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import suppress
from socket import socket
from typing import Any, cast

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from reference.api import credentials
from reference.api.behavior import ServerBehavior
from reference.api.live_session import LIVE_CONFERENCE_ID
from reference.standard_output import print_lines

_HTTP_11 = b"HTTP/1.1"
_KEEP_ALIVE = 75  # seconds; longer than HTTP clients keep idle connections in their pools
_HEADER_TIMEOUT, _BODY_TIMEOUT = 10.0, 30.0  # seconds to receive the header and the body of a request
_SHUTDOWN_GRACE = 3  # seconds to complete responses in progress
_TIMEOUT_RESPONSE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_LOOPBACK = ("127.", "::1", "localhost")
_EXAMPLE_PATH = "/api/video/conferences"
_REACHABLE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - for the printed commands


def serve(app: Starlette, host: str, port: int) -> None:
    """Serve on an address until the process is stopped; print the address when the server is ready."""
    behavior: ServerBehavior = app.state.behavior
    _raise_open_file_limit()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_TimeoutProtocol if behavior.http_version == _HTTP_11 else _Http10Protocol,
        ws="none",
        log_level="error",
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=behavior.date_header,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_SHUTDOWN_GRACE,
    )
    _Server(config).run()


def _raise_open_file_limit() -> None:
    """Raise the limit of open files, which limits the number of connections, to its maximum."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not available on every system

        _, maximum = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (maximum, maximum))


class _Server(uvicorn.Server):
    """Prints the address, the live conference and the accepted credentials when the server is ready."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
            print_lines(
                (
                    f"ready http://{host}:{port}",
                    f"live conference {LIVE_CONFERENCE_ID}",
                    credentials.description(),
                    "all data is in memory and is lost when the server exits",
                    *_usage(_REACHABLE.get(host, host), port),
                )
            )
            if sys.stderr and not host.strip("[").startswith(_LOOPBACK):
                sys.stderr.write(
                    f"warning: reachable by every client that can connect to {host}, over plain HTTP: "
                    "for tests only\n"
                )


def _usage(host: str, port: int) -> Iterator[str]:
    """Yield commands that use the server from this machine."""
    origin = f"http://{host}:{port}"
    account = f"${credentials.PROJECT_ID_VARIABLE}:${credentials.API_TOKEN_VARIABLE}"
    yield "usage:"
    for command in (
        *credentials.exports(),
        f'curl -u "{account}" {origin}{_EXAMPLE_PATH}',
        f"conformance run --target {origin} --active-session {LIVE_CONFERENCE_ID}",
    ):
        yield f"  {command}"


class _TimeoutProtocol(H11Protocol):
    """HTTP/1.1 with one time limit for the header of a request and another for its body."""

    _phase: object = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self._restart_timer()

    def data_received(self, data: bytes) -> None:
        try:
            super().data_received(data)
        except h11.LocalProtocolError:  # invalid data after a request whose response is in progress
            self.transport.abort()
        self._restart_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        if self.conn.their_state is h11.SEND_BODY:  # the rest of the body may never arrive
            self.transport.close()
        else:
            super().shutdown()

    def _restart_timer(self) -> None:
        """Restart the timer when a new phase begins, not for each received byte."""
        phase = self.conn.their_state
        if phase is not self._phase:
            self._cancel_timer()
            self._phase = phase
            seconds = {h11.IDLE: _HEADER_TIMEOUT, h11.SEND_BODY: _BODY_TIMEOUT}.get(phase)
            if seconds is not None:
                self._timer = self.loop.call_later(seconds, self._time_out)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _time_out(self) -> None:
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            self.transport.write(_TIMEOUT_RESPONSE)
        self.transport.close()


class _Http10Protocol(_TimeoutProtocol):
    """HTTP/1.1 with the version HTTP/1.0 in the status line."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        http10 = _Http10Transport(cast("asyncio.Transport", transport))
        super().connection_made(cast("asyncio.Transport", http10))


class _Http10Transport:
    """A transport that replaces the version in each status line."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        version = b"HTTP/1.0" if data.startswith(_HTTP_11) else data[:8]
        self._transport.write(version + data[8:])
