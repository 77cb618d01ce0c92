"""Deadlines of requests, which cover connecting, sending, and reading header and body.

The timeouts of httpx apply to each read, so a server that sends a byte a second never exceeds them. Here each
read gets the time that remains; a request and its response are handled in one thread. A request is sent in
one piece, as each additional write costs both sides as much as the whole request.
"""

import socket
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ssl import SSLContext
from typing import Any, Final

import httpcore
import httpx

_LATE: Final = "timed out before the response was complete"
_MAX_UNSENT: Final = 64 * 1024  # bytes that are buffered before a part of a request is sent
_MIN_TIMEOUT: Final = 0.001  # seconds; a timeout of 0 would mean not to wait at all


class _ThreadDeadline(threading.local):
    """The time at which the request of this thread must have ended, by the monotonic clock."""

    end: float | None = None


_DEADLINE: Final = _ThreadDeadline()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Limit the duration of the network operations of this thread, unless a shorter limit applies."""
    previous, end = _DEADLINE.end, time.monotonic() + seconds
    _DEADLINE.end = end if previous is None else min(previous, end)
    try:
        yield
    finally:
        _DEADLINE.end = previous


def check() -> None:
    """Raise a timeout after the deadline, for a target that sends data continuously."""
    if _DEADLINE.end is not None and time.monotonic() > _DEADLINE.end:
        raise httpx.ReadTimeout(_LATE)


def with_deadline(transport: httpx.HTTPTransport) -> httpx.HTTPTransport:
    """Return the transport with the deadline applied to each of its connections."""
    pool = transport._pool  # noqa: SLF001 - httpx has no other way to name httpcore's network backend
    pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001 - the same
    return transport


def backend() -> httpcore.NetworkBackend:
    """Return a network backend that applies the deadline to its connections."""
    return _Backend(httpcore.SyncBackend())


def _remaining(timeout: float | None) -> float | None:
    if _DEADLINE.end is None:
        return timeout
    remaining = max(_MIN_TIMEOUT, _DEADLINE.end - time.monotonic())
    return remaining if timeout is None else min(remaining, timeout)


def _addresses(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, in the order in which they are tried."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in infos))


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        addresses = _addresses(host, port)
        for later, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            remaining = _remaining(timeout)
            share = remaining and remaining / (1 + later)  # the same for each address
            try:
                return _Stream(
                    self._inner.connect_tcp(address, port, share, local_address, socket_options or ())
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._unsent = bytearray()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with suppress(httpcore.WriteError):  # a target that does not read all of a request may still respond
            self._send(timeout)
        if _DEADLINE.end is not None and time.monotonic() > _DEADLINE.end:
            raise httpcore.ReadTimeout(_LATE)
        try:
            return self._inner.read(max_bytes, _remaining(timeout))
        except httpcore.ReadTimeout:
            raise httpcore.ReadTimeout(_LATE) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent += buffer
        if len(self._unsent) >= _MAX_UNSENT:
            self._send(timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _remaining(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def _send(self, timeout: float | None) -> None:
        if self._unsent:
            unsent, self._unsent = bytes(self._unsent), bytearray()
            self._inner.write(unsent, _remaining(timeout))
