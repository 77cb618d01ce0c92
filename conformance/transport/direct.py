"""A direct HTTP/1.1 connection to the target: the sockets of httpcore and the parser of Node.js.

A run spends most of its time on sending and receiving. The transport of httpx, with many features that a run
does not use, takes twice as long; it is used only behind a proxy.
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
from conformance.transport.content_length import DifferingLengthsError, merge_content_lengths

_READ_SIZE: Final = 64 * 1024  # bytes at once
_MAX_HEADER_SIZE: Final = 100 * 1024  # bytes of a header, or of other data outside a body
_MAX_IDLE_SECONDS: Final = 5.0  # the limit of httpx; later a peer may have dropped the connection
_PORTS: Final = {"http": 80, "https": 443}
_WHITESPACE: Final = b" \t"
_CONTENT_LENGTH: Final = "Content-Length"  # in the error of the parser
_TRANSFER_ENCODING: Final = b"transfer-encoding"
_START: Final = re.compile(rb"[!-~]+ [!-~]+ HTTP/1\.1")
_FIELD: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\0\r\n]*")  # RFC 9110, 5.1 and 5.5
_LENIENT: Final = {
    "lenient_headers": True,  # folded lines: RFC 9112, 5.2
    "lenient_chunked_length": True,  # RFC 9112, 6.3: Transfer-Encoding overrides Content-Length
    "lenient_version": True,
    "lenient_keep_alive": True,  # an interim response with Connection: close is not the last one
    "lenient_optional_cr_before_lf": True,  # RFC 9112, 2.2
    "lenient_spaces_after_chunk_size": True,
}  # deviations that a recipient may accept; checks of HTTP syntax are not the purpose here


class DirectTransport(httpx.BaseTransport):
    """Sends one request at a time, over one connection as long as it can be reused."""

    def __init__(self, tls: SSLContext) -> None:
        self._tls = tls
        self._backend = deadline.backend()
        self._connection: _Http11Connection | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of its response is read on demand."""
        data = _serialize(request)
        with _httpx_errors():
            if self._connection is None or not self._connection.is_usable:
                self.close()
                self._connection = self._connect(request.url)
            self._connection.send(data)
        headers = [(name, value.strip(_WHITESPACE)) for name, value in self._connection.headers]
        return httpx.Response(self._connection.status, headers=headers, stream=_Body(self._connection))

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self, url: httpx.URL) -> "_Http11Connection":
        host, port = url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]
        stream = self._backend.connect_tcp(host, port)
        if url.scheme == "https":
            stream = stream.start_tls(self._tls, host)
        return _Http11Connection(stream)


class _Http11Connection:
    """A connection and the response that it receives; the parser calls the methods that begin with `on_`."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._stream = stream
        self._parser = _parser(self)
        self._head = bytearray()  # of a response whose header is incomplete
        self._repeated: HttpParserError | None = None  # parser error if the header repeats Content-Length
        self._pieces: deque[bytes] = deque()
        self._has_header = False
        self._ended = True
        self._is_reusable = True  # whether it can be reused
        self._idle_since = time.monotonic()
        self._bytes_without_body = 0  # consecutive bytes that do not belong to a body

    @property
    def is_usable(self) -> bool:
        """Whether a request can be sent: the connection is open, and no unrequested data has arrived."""
        fresh = time.monotonic() - self._idle_since < _MAX_IDLE_SECONDS
        return fresh and self._ended and self._is_reusable and not self._stream.get_extra_info("is_readable")

    def send(self, request: bytes) -> None:
        """Send a request, and read the header of the response."""
        self.headers, self._has_header, self._ended, self._bytes_without_body = [], False, False, 0
        self._repeated = None
        self._head.clear()
        try:
            self._stream.write(request)
        except httpcore.WriteError:  # a target that does not read all of a request may still respond
            self._is_reusable = False
        while not self._has_header:
            self._read()
        problem = _header_error(self.status, self.headers)
        if problem:
            raise httpx.RemoteProtocolError(f"invalid HTTP response: {problem}")

    def pieces(self) -> Iterator[bytes]:
        """Yield the body of the response."""
        while True:
            while self._pieces:
                yield self._pieces.popleft()
            if self._ended:
                break
            self._read()

    def release(self) -> None:
        """End the response, and close the connection if its body was not read completely."""
        self._idle_since = time.monotonic()
        if self._pieces or not (self._ended and self._is_reusable):
            self.close()

    def close(self) -> None:
        """Close the connection."""
        self._is_reusable = False
        self._stream.close()
        self._pieces.clear()
        self._parser = _UNUSED_PARSER  # the previous parser refers to this connection

    def on_message_begin(self) -> None:
        """Note unrequested data: after a second response the connection is not reused."""
        self._is_reusable = self._is_reusable and not self._ended

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a field of the header; fields of a trailer are ignored."""
        if not self._has_header:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Note the end of the header, unless it is that of an informational response."""
        if not self._ended:
            self.status = self._parser.get_status_code()
            self._has_header = not httpx.codes.is_informational(self.status)

    def on_body(self, piece: bytes) -> None:
        """Store a piece of the body."""
        if not self._has_header:
            raise HttpParserError("an interim response with a body")
        if not self._ended:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """Note the end of the response; after an informational response the final one follows."""
        if self._has_header:
            self._ended = True
            self._is_reusable = self._is_reusable and self._parser.should_keep_alive()
        else:
            self.headers, self._bytes_without_body = [], 0

    def _read(self) -> None:
        """Receive and parse data; a limit applies to data that does not belong to a body."""
        piece = self._stream.read(_READ_SIZE)
        if not piece:
            self._end_of_stream()
            return
        self._bytes_without_body += len(piece)
        try:
            self._feed(piece)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._is_reusable = False
            if not self._ended:
                raise httpx.RemoteProtocolError(
                    f"invalid HTTP response: {error.__context__ or error}"
                ) from error
        if self._pieces:
            self._bytes_without_body = 0
        if self._bytes_without_body > _MAX_HEADER_SIZE and not self._ended:
            raise TooLargeError(f"more than {_MAX_HEADER_SIZE} bytes of header")

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
                if self._has_header or _CONTENT_LENGTH not in str(error):
                    raise
                self._repeated = error
        if self._repeated is not None:
            self._feed_merged(self._repeated)

    def _feed_merged(self, error: HttpParserError) -> None:
        try:
            response = merge_content_lengths(bytes(self._head))
        except DifferingLengthsError:
            raise error from None
        if response is not None:
            self._repeated, self.headers, self._parser = None, [], _parser(self)
            self._head.clear()
            self._parser.feed_data(response)

    def _end_of_stream(self) -> None:
        """Note the end of the connection, which ends a response of unknown length."""
        self._is_reusable = False
        if self._repeated is not None:
            raise httpx.RemoteProtocolError(f"invalid HTTP response: {self._repeated}")
        if not self._has_header:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        if _is_delimited(self.headers):
            raise httpx.RemoteProtocolError("the connection ended before the response was complete")
        self._ended = True


def _parser(connection: _Http11Connection) -> HttpResponseParser:
    parser = HttpResponseParser(connection)
    parser.set_dangerous_leniencies(**_LENIENT)
    return parser


_UNUSED_PARSER: Final = HttpResponseParser(object())


class _Body(httpx.SyncByteStream):
    def __init__(self, connection: _Http11Connection) -> None:
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        with _httpx_errors():
            yield from self._connection.pieces()

    def close(self) -> None:
        self._connection.release()


def _serialize(request: httpx.Request) -> bytes:
    """Return a request as the bytes to send."""
    start = b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)
    fields = [b"%s: %s" % pair for pair in request.headers.raw]
    if not _START.fullmatch(start) or not all(map(_FIELD.fullmatch, fields)):
        raise httpx.LocalProtocolError("request cannot be represented in HTTP/1.1")
    return b"\r\n".join([start, *fields, b"", request.read()])


def _header_error(status: int, headers: Sequence[tuple[bytes, bytes]]) -> str | None:
    """Return the error in a header that the parser accepts, but that is not valid."""
    if status < httpx.codes.CONTINUE:
        return f"status {status}"
    if any(b"\0" in value for _, value in headers):  # RFC 9110, 5.5
        return "a zero byte in its header"
    codings = [value.strip(b" ").lower() for name, value in headers if name.lower() == _TRANSFER_ENCODING]
    if codings not in ([], [b"chunked"]):  # RFC 9112, 7.4: requests offer no other coding
        return "a Transfer-Encoding other than chunked"
    return None


def _is_delimited(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Return whether the response is self-delimiting (RFC 9112, 6.3)."""
    return any(name.lower() in {b"content-length", _TRANSFER_ENCODING} for name, _ in headers)


@contextmanager
def _httpx_errors() -> Iterator[None]:
    """Convert exceptions of httpcore to those of httpx."""
    try:
        yield
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error
