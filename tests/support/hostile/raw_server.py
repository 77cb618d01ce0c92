"""A server that reads requests from a socket and writes any bytes."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import httpx

from conformance.mutation.in_process_server import InProcessTransport
from reference.api.credentials import Credentials
from tests.support.secrets import secret_canaries

_END_OF_HEAD: Final = b"\r\n\r\n"


class ResetConnectionError(Exception):
    """The connection must be reset; data in transit is lost."""


class CloseConnectionError(Exception):
    """The connection must be closed, which ends the response."""


@dataclass(frozen=True)
class ReceivedRequest:
    """A received request, and its number among all requests."""

    number: int
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    raw: bytes


Responder = Callable[[ReceivedRequest], Iterator[bytes]]


@contextmanager
def serving(respond: Responder, certificate: Path | None = None) -> Iterator[str]:
    """Serve the bytes that a function yields for each request; yield the origin."""
    numbers = count(1)
    tls = _tls(certificate)

    def handle(connection: socket.socket) -> None:
        with suppress(OSError, RuntimeError):  # the client has disconnected, or the server is shutting down
            stream = tls.wrap_socket(connection, server_side=True) if tls else connection
            with stream:
                _handle_connection(stream, respond, numbers)

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=handle, args=listening.accept()[:1], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        threading.Thread(target=accept, args=(listening,), daemon=True).start()
        try:
            scheme = "https" if tls else "http"
            yield f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _handle_connection(connection: socket.socket, respond: Responder, numbers: Iterator[int]) -> None:
    buffered = b""
    while True:
        request, buffered = _receive_request(connection, buffered, numbers)
        if request is None:
            return
        pieces = respond(request)
        try:
            for piece in pieces:
                connection.sendall(piece)
        except ResetConnectionError:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        except CloseConnectionError:
            return


def _receive_request(
    connection: socket.socket, buffered: bytes, numbers: Iterator[int]
) -> tuple[ReceivedRequest | None, bytes]:
    data = buffered
    while _END_OF_HEAD not in data:
        more = connection.recv(65536)
        if not more:
            return None, b""
        data += more
    head, _, rest = data.partition(_END_OF_HEAD)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = tuple(
        (name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)
    )
    length = int(next((value for name, value in headers if name.lower() == "content-length"), "0"))
    while len(rest) < length:
        more = connection.recv(65536)
        if not more:
            return None, b""
        rest += more
    method, target, _ = first.split(" ", 2)
    raw = head + _END_OF_HEAD + rest[:length]
    return ReceivedRequest(next(numbers), method, target, headers, rest[:length], raw), rest[length:]


class ReferenceResponder:
    """Responds like the reference server."""

    def __init__(self) -> None:
        self._server = InProcessTransport(account=Credentials(secret_canaries.PROJECT, secret_canaries.TOKEN))
        self._thread = ThreadPoolExecutor(1)  # for all connections: the server has a loop for each thread

    def __call__(self, received: ReceivedRequest) -> httpx.Response:
        """Return the response of the reference server."""
        request = httpx.Request(
            received.method,
            f"http://reference{received.target}",
            headers=received.headers,
            content=received.body,
        )
        return self._thread.submit(self._server.handle_request, request).result()

    def close(self) -> None:
        """Stop the server."""
        self._thread.shutdown()
        self._server.close()


def response_bytes(status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> bytes:
    """Return the bytes of a response with exactly these headers."""
    lines = [f"HTTP/1.1 {status} Reason", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1") + _END_OF_HEAD + body


def response_with_length(status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> bytes:
    """Return the bytes of a response with these headers and the length of its body."""
    return response_bytes(status, (*headers, ("content-length", str(len(body)))), body)


def reference_response_bytes(response: httpx.Response) -> bytes:
    """Return the bytes of a response of the reference server."""
    headers = tuple(header for header in response.headers.multi_items() if header[0] != "content-length")
    return response_with_length(response.status_code, headers, response.read())
