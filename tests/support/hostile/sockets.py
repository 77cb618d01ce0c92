"""The way of a hostile server: requests are read from a socket, and any bytes at all are written back."""

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
from tests.support import secret_canaries

_HEAD_ENDS: Final = b"\r\n\r\n"


class ResetError(Exception):
    """The connection is to be torn down, with what is on its way."""


class EndError(Exception):
    """The answer ends with its connection."""


@dataclass(frozen=True)
class Asked:
    """A request as it came, and its number among all."""

    number: int
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    raw: bytes


Answer = Callable[[Asked], Iterator[bytes]]


@contextmanager
def serving(answer: Answer, certificate: Path | None = None) -> Iterator[str]:
    """Answer every request by a function that yields bytes, and give the origin."""
    numbers = count(1)
    tls = _tls(certificate)

    def talk(connection: socket.socket) -> None:
        with suppress(OSError, RuntimeError):  # the client is gone, or the server is to end
            spoken = tls.wrap_socket(connection, server_side=True) if tls else connection
            with spoken:
                _converse(spoken, answer, numbers)

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=talk, args=listening.accept()[:1], daemon=True).start()

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


def _converse(connection: socket.socket, answer: Answer, numbers: Iterator[int]) -> None:
    left = b""
    while True:
        asked, left = _read(connection, left, numbers)
        if asked is None:
            return
        pieces = answer(asked)
        try:
            for piece in pieces:
                connection.sendall(piece)
        except ResetError:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        except EndError:
            return


def _read(connection: socket.socket, left: bytes, numbers: Iterator[int]) -> tuple[Asked | None, bytes]:
    read = left
    while _HEAD_ENDS not in read:
        more = connection.recv(65536)
        if not more:
            return None, b""
        read += more
    head, _, rest = read.partition(_HEAD_ENDS)
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
    raw = head + _HEAD_ENDS + rest[:length]
    return Asked(next(numbers), method, target, headers, rest[:length], raw), rest[length:]


class Right:
    """Answers as the reference server does."""

    def __init__(self) -> None:
        self._server = InProcessTransport(account=Credentials(secret_canaries.PROJECT, secret_canaries.TOKEN))
        self._one = ThreadPoolExecutor(1)  # for all connections: the server has a loop for each thread

    def __call__(self, asked: Asked) -> httpx.Response:
        """Return the right answer."""
        request = httpx.Request(
            asked.method, f"http://reference{asked.target}", headers=asked.headers, content=asked.body
        )
        return self._one.submit(self._server.handle_request, request).result()

    def close(self) -> None:
        """Answer nothing any more."""
        self._one.shutdown()
        self._server.close()


def written(status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> bytes:
    """Return an answer as it goes over the socket."""
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1") + _HEAD_ENDS + body


def sized(status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> bytes:
    """Return an answer with the length of its body."""
    return written(status, (*headers, ("content-length", str(len(body)))), body)


def passed(answer: httpx.Response) -> bytes:
    """Return an answer of the reference server as it goes over the socket."""
    kept = tuple(each for each in answer.headers.multi_items() if each[0] != "content-length")
    return sized(answer.status_code, kept, answer.read())
