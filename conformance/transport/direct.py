"""A connection straight to the target: the sockets of httpcore and the parser of Node.js, nothing in between.

A run spends most of its time on the way to the target and back. httpx's own transport, which is there for
much that a run never does, takes twice as long for it; behind a proxy it is used all the same.
"""

import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ssl import SSLContext
from typing import Final

import httpcore
import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from conformance.transport import deadline
from conformance.transport.content_decoding import TooLargeError
from conformance.transport.content_length import DifferingLengthsError, without_repetition

_READ: Final = 64 * 1024  # bytes at once
_LONGEST: Final = 100 * 1024  # bytes of a header, or of what else is no part of a body
_IDLE: Final = 5.0  # seconds after which a connection may be forgotten on its way, as httpx has it
_PORTS: Final = {"http": 80, "https": 443}
_BLANKS: Final = b" \t"
_LENGTH_NAME: Final = "Content-Length"  # in what the parser says of one that it does not accept
_TRANSFER_ENCODING: Final = b"transfer-encoding"
_START: Final = re.compile(rb"[!-~]+ [!-~]+ HTTP/1\.1")
_FIELD: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\0\r\n]*")  # RFC 9110, 5.1 and 5.5
_LENIENT: Final = {
    "lenient_headers": True,  # folded lines: RFC 9112, 5.2
    "lenient_chunked_length": True,  # RFC 9112, 6.3: Transfer-Encoding overrides Content-Length
    "lenient_version": True,
    "lenient_keep_alive": True,  # an interim answer that says close is not the last one
    "lenient_optional_cr_before_lf": True,  # RFC 9112, 2.2
    "lenient_spaces_after_chunk_size": True,
}  # what a recipient may put up with, who is not there to judge it


class Line(httpx.BaseTransport):
    """Sends one request after the other, over one connection for as long as that lasts."""

    def __init__(self, tls: SSLContext) -> None:
        self._tls = tls
        self._backend = deadline.backend()
        self._open: _Connection | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of its answer is read as it is asked for."""
        told = _told(request)
        with _as_httpx():
            if self._open is None or not self._open.is_usable:
                self.close()
                self._open = self._connected(request.url)
            self._open.ask(told)
        headers = [(name, value.strip(_BLANKS)) for name, value in self._open.headers]
        return httpx.Response(self._open.status, headers=headers, stream=_Body(self._open))

    def close(self) -> None:
        """End the connection, if there is one."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _connected(self, url: httpx.URL) -> "_Connection":
        host, port = url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]
        stream = self._backend.connect_tcp(host, port)
        if url.scheme == "https":
            stream = stream.start_tls(self._tls, host)
        return _Connection(stream)


class _Connection:
    """A connection, and the answer that comes over it; the parser calls the methods that begin with `on_`."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._stream = stream
        self._parser = _parser(self)
        self._head = bytearray()  # of a response whose header is not complete
        self._repeated: HttpParserError | None = None  # that this header repeats its Content-Length
        self._pieces: deque[bytes] = deque()
        self._has_header = False
        self._ended = True
        self._lasts = True  # whether it can be used again
        self._idle_since = time.monotonic()
        self._unused = 0  # bytes that were read and are no part of a body, one after the other

    @property
    def is_usable(self) -> bool:
        """Whether a request can be sent over it: it is open, and nothing comes that nobody asked for."""
        fresh = time.monotonic() - self._idle_since < _IDLE
        return fresh and self._ended and self._lasts and not self._stream.get_extra_info("is_readable")

    def ask(self, request: bytes) -> None:
        """Send a request, and read the header of its answer."""
        self.headers, self._has_header, self._ended, self._unused = [], False, False, 0
        self._repeated = None
        self._head.clear()
        try:
            self._stream.write(request)
        except httpcore.WriteError:  # who does not take all of a request may answer it all the same
            self._lasts = False
        while not self._has_header:
            self._read()
        problem = _problem(self.status, self.headers)
        if problem:
            raise httpx.RemoteProtocolError(f"this is no answer: {problem}")

    def pieces(self) -> Iterator[bytes]:
        """Yield the body of the answer."""
        while True:
            while self._pieces:
                yield self._pieces.popleft()
            if self._ended:
                break
            self._read()

    def leave(self) -> None:
        """Have done with the answer; what was not read of it is nobody's."""
        self._idle_since = time.monotonic()
        if self._pieces or not (self._ended and self._lasts):
            self.close()

    def close(self) -> None:
        """End the connection."""
        self._lasts = False
        self._stream.close()
        self._pieces.clear()
        self._parser = _NOBODYS  # the other one holds on to us

    def on_message_begin(self) -> None:
        """Take note of what nobody asked for: a second answer spoils the connection."""
        self._lasts = self._lasts and not self._ended

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the header; those of a trailer say nothing that is asked for."""
        if not self._has_header:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Take note that the header is complete, unless it is that of an informational answer."""
        if not self._ended:
            self.status = self._parser.get_status_code()
            self._has_header = not httpx.codes.is_informational(self.status)

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body."""
        if not self._has_header:
            raise HttpParserError("an interim answer with a body")
        if not self._ended:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """Take note that the answer is complete; after an informational one comes the one that counts."""
        if self._has_header:
            self._ended = True
            self._lasts = self._lasts and self._parser.should_keep_alive()
        else:
            self.headers, self._unused = [], 0

    def _read(self) -> None:
        """Read on; something has to come of it some time."""
        piece = self._stream.read(_READ)
        if not piece:
            self._end()
            return
        self._unused += len(piece)
        try:
            self._feed(piece)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._lasts = False
            if not self._ended:
                raise httpx.RemoteProtocolError(f"this is no answer: {error.__context__ or error}") from error
        if self._pieces:
            self._unused = 0
        if self._unused > _LONGEST and not self._ended:
            raise TooLargeError(f"more than {_LONGEST} bytes of header")

    def _feed(self, piece: bytes) -> None:
        """Parse a piece; a header that repeats its Content-Length is parsed again once it is complete."""
        if self._has_header:
            self._parser.feed_data(piece)
            return
        self._head += piece
        if self._repeated is None:
            try:
                self._parser.feed_data(piece)
            except HttpParserError as error:
                if self._has_header or _LENGTH_NAME not in str(error):
                    raise
                self._repeated = error
        if self._repeated is not None:
            self._feed_again(self._repeated)

    def _feed_again(self, error: HttpParserError) -> None:
        try:
            response = without_repetition(bytes(self._head))
        except DifferingLengthsError:
            raise error from None
        if response is not None:
            self._repeated, self.headers, self._parser = None, [], _parser(self)
            self._head.clear()
            self._parser.feed_data(response)

    def _end(self) -> None:
        """Take note that the other side ended the connection: an answer of unknown length ends with it."""
        self._lasts = False
        if self._repeated is not None:
            raise httpx.RemoteProtocolError(f"this is no answer: {self._repeated}")
        if not self._has_header:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        if _is_delimited(self.headers):
            raise httpx.RemoteProtocolError("the connection ended within the answer")
        self._ended = True


def _parser(connection: _Connection) -> HttpResponseParser:
    parser = HttpResponseParser(connection)
    parser.set_dangerous_leniencies(**_LENIENT)
    return parser


_NOBODYS: Final = HttpResponseParser(object())


class _Body(httpx.SyncByteStream):
    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._connection.pieces()

    def close(self) -> None:
        self._connection.leave()


def _told(request: httpx.Request) -> bytes:
    """Return a request as it goes over the line."""
    start = b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)
    fields = [b"%s: %s" % pair for pair in request.headers.raw]
    if not _START.fullmatch(start) or not all(map(_FIELD.fullmatch, fields)):
        raise httpx.LocalProtocolError("a request that HTTP has no words for")
    return b"\r\n".join([start, *fields, b"", request.read()])


def _problem(status: int, headers: Sequence[tuple[bytes, bytes]]) -> str | None:
    """Return what is wrong with a header that the parser puts up with, and nobody else should."""
    if status < httpx.codes.CONTINUE:
        return f"status {status}"
    if any(b"\0" in value for _, value in headers):  # RFC 9110, 5.5
        return "a zero byte in its header"
    codings = [value.strip(b" ").lower() for name, value in headers if name.lower() == _TRANSFER_ENCODING]
    if codings not in ([], [b"chunked"]):  # RFC 9112, 7.4: we have asked for no other
        return "another Transfer-Encoding than chunked"
    return None


def _is_delimited(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Tell whether an answer says itself where it ends (RFC 9112, 6.3)."""
    return any(name.lower() in {b"content-length", _TRANSFER_ENCODING} for name, _ in headers)


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Have what httpcore raises raised as httpx names it."""
    try:
        yield
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error
