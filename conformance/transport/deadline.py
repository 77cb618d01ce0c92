"""No request takes longer than it may, however the time is spent: connecting, in the header or in the body.

The timeouts of httpx hold for each read: a server that sends a byte a second never runs into them. Here each
read gets what is left of the whole time; the request and its answer stay in one thread from end to end.
A request goes out whole: each piece of it that is written alone costs both sides as much as the request does.
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

_LATE: Final = "no answer, or no end of it, in time"
_PIECE: Final = 64 * 1024  # bytes that are sent without waiting for the rest of a request
_LEAST: Final = 0.001  # seconds: a timeout of 0 would mean not to wait at all


class _Moment(threading.local):
    """When the request of this thread has to be done, by the monotonic clock."""

    ends: float | None = None


_MOMENT: Final = _Moment()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Allow what this thread does over its connections that long altogether, or less where that is set."""
    before, ends = _MOMENT.ends, time.monotonic() + seconds
    _MOMENT.ends = ends if before is None else min(before, ends)
    try:
        yield
    finally:
        _MOMENT.ends = before


def check() -> None:
    """Raise a timeout where the time is over, although the other side is never silent."""
    if _MOMENT.ends is not None and time.monotonic() > _MOMENT.ends:
        raise httpx.ReadTimeout(_LATE)


def bounded(transport: httpx.HTTPTransport) -> httpx.HTTPTransport:
    """Return the transport with each of its connections bounded."""
    pool = transport._pool  # noqa: SLF001 - httpx has no other way to name httpcore's network backend
    pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001 - the same
    return transport


def backend() -> httpcore.NetworkBackend:
    """Return what makes connections that are bounded."""
    return _Backend(httpcore.SyncBackend())


def _left(timeout: float | None) -> float | None:
    if _MOMENT.ends is None:
        return timeout
    left = max(_LEAST, _MOMENT.ends - time.monotonic())
    return left if timeout is None else min(left, timeout)


def _addresses(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, in the order in which they are tried."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


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
        for more, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            left = _left(timeout)
            share = left and left / (1 + more)  # a silent one leaves as much for each of the others
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
        with suppress(httpcore.WriteError):  # who does not take all of a request may answer it all the same
            self._send(timeout)
        if _MOMENT.ends is not None and time.monotonic() > _MOMENT.ends:
            raise httpcore.ReadTimeout(_LATE)
        try:
            return self._inner.read(max_bytes, _left(timeout))
        except httpcore.ReadTimeout:
            raise httpcore.ReadTimeout(_LATE) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent += buffer
        if len(self._unsent) >= _PIECE:
            self._send(timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def _send(self, timeout: float | None) -> None:
        if self._unsent:
            unsent, self._unsent = bytes(self._unsent), bytearray()
            self._inner.write(unsent, _left(timeout))
