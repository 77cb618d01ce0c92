"""The direct transport: responses are parsed as by httpx, and invalid ones do not affect the next."""

import gc
import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from itertools import chain, repeat
from pathlib import Path
from typing import NoReturn

import httpcore
import httpx
import pytest

from conformance.http.exchange import Request
from conformance.transport.deadline import with_deadline, within
from conformance.transport.direct import DirectTransport
from tests.support.fake_targets import CONFERENCES, GET, ORIGIN, serve_connections, socket_stack

OK = b"HTTP/1.1 200 OK\r\n"
TWO = b"content-length: 2\r\n\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
NEXT = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nnext!"

VALID_RESPONSES = {
    "a content length": OK + TWO + b"{}",
    "whitespace around values": OK + b"x-a: \t b \t\r\ncontent-length:   2  \r\n\r\n{}",
    "the same length twice": OK + b"Content-Length: 2\r\nx-a: b\r\n" + TWO + b"{}",
    "the same length in a list": OK + b"content-length: 2, 2\r\n\r\n{}",
    "the same length twice with LF": OK.replace(b"\r", b"") + b"content-length: 2\ncontent-length: 2\n\n{}",
    "the same length twice after an interim response": b"HTTP/1.1 100 Continue\r\n\r\n"
    + OK
    + b"content-length: 2\r\n"
    + TWO
    + b"{}",
    "no reason phrase": b"HTTP/1.1 200\r\n" + TWO + b"{}",
    "a reason phrase that is not ASCII": "HTTP/1.1 200 Ça va\r\n".encode() + TWO + b"{}",
    "an unregistered status": b"HTTP/1.1 799 Odd\r\n" + TWO + b"{}",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n{}",
    "a body that ends with the connection": OK + b"\r\n{}",
    "lines that end with LF": OK.replace(b"\r", b"") + b"content-length: 2\n\n{}",
    "chunks": CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    "chunks with extensions": CHUNKED + b'2;a=b;c="d"\r\n{}\r\n0\r\n\r\n',
    "chunks with whitespace": CHUNKED + b"2 \r\n{}\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"2\r\n{}\r\n0\r\nx: y\r\ncontent-length: 77\r\n\r\n",
    "chunks and a length": OK
    + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a folded line": OK + b"x-a: one\r\n two\r\n" + TWO + b"{}",
    "control characters": OK + b"x-a: \x01\x1b\x7f\r\n" + TWO + b"{}",
    "UTF-8": OK + "x-a: é\r\n".encode() + TWO + b"{}",
    "Latin-1": OK + b"x-a: \xe9\xff\r\n" + TWO + b"{}",
    "fields with the same name": OK + b"x-a: 1\r\nX-A: 2\r\n" + TWO + b"{}",
    "an interim response": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + TWO + b"{}",
    "several interim responses": b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" * 3 + OK + TWO + b"{}",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n",
    "an interim response with connection: close": b"HTTP/1.1 103 Hints\r\nconnection: close\r\n\r\n"
    + OK
    + TWO
    + b"{}",
    "an interim response of HTTP/1.0": b"HTTP/1.0 100 Continue\r\n\r\n" + OK + TWO + b"{}",
    "an upgrade offer": OK + b"connection: upgrade\r\nupgrade: h2c\r\n" + TWO + b"{}",
    "a response with connection: close": OK + b"connection: close\r\n" + TWO + b"{}",
    "data after a response": OK + TWO + b"{}trailing",
    "two responses": OK + TWO + b"{}" + OK + TWO + b"[]",
    "a long body": OK + b"content-length: 300000\r\n\r\n" + b"x" * 300_000,
    "a long header": OK + b"x-a: " + b"y" * 50_000 + b"\r\n" + TWO + b"{}",
}
INVALID_RESPONSES = {
    "no data": b"",
    "an incomplete status line": b"HTTP/1.1 20",
    "an incomplete header": OK + b"a: b\r\nc",
    "an incomplete body": OK + b"content-length: 5\r\n\r\n{}",
    "an incomplete chunk": CHUNKED + b"2\r\n{",
    "no last chunk": CHUNKED + b"2\r\n{}\r\n",
    "an invalid chunk size": CHUNKED + b"zz\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x46",
    "a status of two digits": b"HTTP/1.1 42 OK\r\n" + TWO + b"{}",
    "a status below 100": b"HTTP/1.1 099 OK\r\n" + TWO + b"{}",
    "a negative length": OK + b"content-length: -1\r\n\r\n{}",
    "different lengths": OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "different lengths in a list": OK + b"content-length: 2, 3\r\n\r\n{}",
    "an incomplete header with lengths": OK + b"content-length: 2\r\ncontent-length: 2\r\n",
    "a length that is not a number": OK + b"content-length: two\r\n\r\n{}",
    "another transfer coding": OK + b"transfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "an interim response with a body": b"HTTP/1.1 104 Odd\r\ncontent-length: 3\r\n\r\nabc" + OK + TWO + b"{}",
    "a field without a colon": OK + b"x-a one\r\n" + TWO + b"{}",
    "whitespace before the colon": OK + b"x-a : one\r\n" + TWO + b"{}",
    "a field without a name": OK + b": one\r\n" + TWO + b"{}",
    "a zero byte": OK + b"x-a: o\0e\r\n" + TWO + b"{}",
    "a switch to another protocol": b"HTTP/1.1 101 Switch\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    "an interim response alone": b"HTTP/1.1 100 Continue\r\n\r\n",
    "an endless header": OK + b"x-a: " + b"y" * 200_000 + b"\r\n" + TWO + b"{}",
}
REQUEST = httpx.Request("GET", "http://target.test/")
TransportFactory = Callable[[], httpx.BaseTransport]


def direct_transport() -> DirectTransport:
    return DirectTransport(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def httpx_transport() -> httpx.HTTPTransport:
    return with_deadline(httpx.HTTPTransport(trust_env=False))


def send(transport: httpx.BaseTransport, origin: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Send a request over a transport, and return the status, headers and body of the response."""
    with within(2.0):
        response = transport.handle_request(httpx.Request("GET", f"{origin}/x"))
        with closing(response):
            body = response.read()
    return response.status_code, response.headers.multi_items(), body


def receive(new_transport: TransportFactory, response: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(response)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(65536)

    with serve_connections(serve) as origin, closing(new_transport()) as transport:
        return send(transport, origin)


@pytest.mark.parametrize("response", VALID_RESPONSES.values(), ids=VALID_RESPONSES)
def test_a_response_is_parsed_as_httpx_parses_it(response: bytes) -> None:
    assert receive(direct_transport, response) == receive(httpx_transport, response)


@pytest.mark.parametrize("response", INVALID_RESPONSES.values(), ids=INVALID_RESPONSES)
@pytest.mark.parametrize("new_transport", [direct_transport, httpx_transport])
def test_an_invalid_response_is_rejected(new_transport: TransportFactory, response: bytes) -> None:
    with pytest.raises(httpx.TransportError):
        receive(new_transport, response)


@pytest.mark.parametrize("response", VALID_RESPONSES.values(), ids=VALID_RESPONSES)
def test_the_next_response_is_parsed_separately(response: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        connection.settimeout(0.1)  # the connection is closed afterwards
        while connection.recv(65536):
            connection.sendall(next(responses))

    responses = chain([response], repeat(NEXT))
    with serve_connections(serve) as origin, closing(direct_transport()) as transport:
        send(transport, origin)
        second = send(transport, origin)
    assert second == (200, [("content-length", "5")], b"next!")


@pytest.mark.parametrize(
    "response", [CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", OK + b"content-length: 2\r\n" + TWO + b"{}"]
)
def test_a_response_that_arrives_byte_by_byte_is_parsed(response: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        for byte in response:
            connection.sendall(bytes([byte]))

    with serve_connections(serve) as origin, closing(direct_transport()) as transport:
        assert send(transport, origin)[2] == b"{}"


@pytest.mark.parametrize(
    "request_",
    [
        httpx.Request("GET", "http://target.test/", headers={"x": "a\r\nevil: b"}),
        httpx.Request("GET", "http://target.test/", headers={"x:y": "a"}),
        httpx.Request("GET\r\n", "http://target.test/"),
    ],
)
def test_a_request_that_would_inject_lines_is_not_sent(request_: httpx.Request) -> None:
    with closing(direct_transport()) as transport, pytest.raises(httpx.LocalProtocolError):
        transport.handle_request(request_)


PARTLY_READ_RESPONSES = {
    "too many fields": OK + b"x: y\r\n" * 600 + TWO + b"{}",
    "too many codings": OK + b"content-encoding: gzip,gzip,gzip,gzip\r\n" + TWO + b"{}",
    "not gzip": OK
    + b"content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n2\r\n[]\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("response", PARTLY_READ_RESPONSES.values(), ids=PARTLY_READ_RESPONSES)
def test_the_unread_part_of_a_response_is_not_part_of_the_next_response(
    tmp_path: Path, response: bytes
) -> None:
    def serve(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(next(responses))

    responses = chain([response], repeat(NEXT))
    post = Request("POST", CONFERENCES, (), b"{}")
    with serve_connections(serve) as origin, socket_stack(origin, tmp_path) as stack:
        replies = [stack.send(post, ORIGIN).response for _ in range(3)]
    assert [reply and reply.body for reply in replies] == [
        None,
        b"next!",
        b"next!",
    ]


def test_a_response_to_a_partly_sent_request_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(OK + TWO + b"{}")
        connection.recv(65536)

    def broken_pipe(*_: object) -> NoReturn:
        raise httpcore.WriteError("broken pipe")

    monkeypatch.setattr("conformance.transport.deadline._Stream.write", broken_pipe)
    with serve_connections(serve) as origin, closing(direct_transport()) as transport:
        assert send(transport, origin)[2] == b"{}"


@pytest.mark.parametrize("start", [b"HTTP/1.1 20", OK + b"a: b\r\nc", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_get_with_an_incomplete_response_header_is_retried(tmp_path: Path, start: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(next(responses))

    responses = chain([start], repeat(NEXT))
    with serve_connections(serve) as origin, socket_stack(origin, tmp_path) as stack:
        assert stack.send(GET, ORIGIN).status == 200
        assert [exchange.has_no_response for exchange in stack.evidence.exchanges] == [True, False]


def test_a_connection_is_not_reused_after_a_long_idle_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(connection: socket.socket) -> None:
        connections.append(connection)
        while connection.recv(65536):
            connection.sendall(NEXT)

    connections: list[socket.socket] = []
    with serve_connections(serve) as origin, closing(direct_transport()) as transport:
        for _ in range(2):
            send(transport, origin)
        assert len(connections) == 1
        monkeypatch.setattr("conformance.transport.direct._MAX_IDLE_SECONDS", 0.0)
        send(transport, origin)
    assert len(connections) == 2


def test_a_closed_connection_is_freed() -> None:
    def serve(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(NEXT)

    def connections() -> int:
        return sum(type(value).__name__ == "_Http11Connection" for value in gc.get_objects())

    gc.collect()
    gc.disable()
    connections_before = connections()
    try:
        with serve_connections(serve) as origin, closing(direct_transport()) as transport:
            send(transport, origin)
            assert connections() == connections_before + 1
        assert connections() == connections_before
    finally:
        gc.enable()


def test_a_transfer_encoding_with_whitespace_is_rejected_without_delay() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK + b"transfer-encoding: chunked\t\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
        connection.recv(65536)

    rejection = pytest.raises(httpx.RemoteProtocolError, match="Transfer-Encoding")
    with serve_connections(serve) as origin, closing(direct_transport()) as transport, rejection:
        send(transport, origin)


def test_all_addresses_of_a_host_share_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    def time_out(_: object, host: str, port: int, timeout: float, *__: object) -> NoReturn:
        timeouts[host] = timeout
        raise httpcore.ConnectTimeout(f"{host}:{port}")

    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{last}", 80)) for last in range(1, 6)]
    timeouts: dict[str, float] = {}
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", time_out)
    with closing(direct_transport()) as transport, within(30), pytest.raises(httpx.ConnectTimeout):
        transport.handle_request(REQUEST)
    assert list(timeouts) == [address[0] for *_, address in addresses]
    assert list(timeouts.values()) == pytest.approx([30 / 5, 30 / 4, 30 / 3, 30 / 2, 30], abs=1)


def test_an_invalid_host_name_is_a_connect_error() -> None:
    with closing(direct_transport()) as transport, pytest.raises(httpx.ConnectError):
        transport.handle_request(httpx.Request("GET", "http://a..b/"))


def test_a_closed_port_is_a_connect_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with closing(direct_transport()) as transport, pytest.raises(httpx.ConnectError, match="refused"):
        send(transport, f"http://127.0.0.1:{port}")
