"""The server on a socket: it gives up on connections whose requests do not come to their end in time."""

import asyncio
import sys
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
_KEEP_ALIVE = 75  # seconds; longer than the pools of HTTP clients keep an idle connection
_HEAD, _BODY = 10.0, 30.0  # seconds in which the head of a request, and then its body, have to be here
_LAST_WORDS = 3  # seconds for the answers that are under way when the server is told to stop
_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_LOOPBACK = ("127.", "::1", "localhost")


def serve(app: Starlette, host: str, port: int) -> None:
    """Serve on an address until told to stop; say so when it listens."""
    rules: ServerBehavior = app.state.rules
    _allow_connections()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_Patient if rules.http_version == _HTTP_11 else _OldProtocol,
        ws="none",
        log_level="error",
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=rules.date_header,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_LAST_WORDS,
    )
    _Server(config).run()


def _allow_connections() -> None:
    """Open as many connections as the system lets us, where it counts them."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not there on every system

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class _Server(uvicorn.Server):
    """Announces its address as soon as it listens, the live conference and the accepted credentials."""

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
                    "all data is in memory, and gone when this server ends",
                )
            )
            if sys.stderr and not host.strip("[").startswith(_LOOPBACK):
                sys.stderr.write(f"open to whoever reaches {host}, over plain HTTP: for tests only\n")


class _Patient(H11Protocol):
    """HTTP/1.1 with an end to the patience for each request: first for its head, then for its body."""

    _phase: object = None
    _alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self._watch()

    def data_received(self, data: bytes) -> None:
        try:
            super().data_received(data)
        except h11.LocalProtocolError:  # nonsense behind a request whose answer is under way
            self.transport.abort()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._silence()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        if self.conn.their_state is h11.SEND_BODY:  # it would be waited for in vain
            self.transport.close()
        else:
            super().shutdown()

    def _watch(self) -> None:
        """Begin to count the seconds of a phase when it begins, not with each of its bytes."""
        phase = self.conn.their_state
        if phase is not self._phase:
            self._silence()
            self._phase = phase
            seconds = {h11.IDLE: _HEAD, h11.SEND_BODY: _BODY}.get(phase)
            if seconds is not None:
                self._alarm = self.loop.call_later(seconds, self._give_up)

    def _silence(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()

    def _give_up(self) -> None:
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            self.transport.write(_TOO_LATE)
        self.transport.close()


class _OldProtocol(_Patient):
    """HTTP/1.1 that says it is HTTP/1.0."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        old = _OldTransport(cast("asyncio.Transport", transport))
        super().connection_made(cast("asyncio.Transport", old))


class _OldTransport:
    """A transport that changes the version in each status line."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        version = b"HTTP/1.0" if data.startswith(_HTTP_11) else data[:8]
        self._transport.write(version + data[8:])
