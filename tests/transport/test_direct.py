"""Responses are parsed as httpx parses them; invalid ones are rejected and do not affect the next."""

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
from tests.support.fake_targets import CONFERENCES, GET, ORIGIN, talking, wired

OK = b"HTTP/1.1 200 OK\r\n"
TWO = b"content-length: 2\r\n\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
NEXT = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nnext!"

READ = {
    "a length": OK + TWO + b"{}",
    "blanks around values": OK + b"x-a: \t b \t\r\ncontent-length:   2  \r\n\r\n{}",
    "the same length twice": OK + b"Content-Length: 2\r\nx-a: b\r\n" + TWO + b"{}",
    "the same length in a list": OK + b"content-length: 2, 2\r\n\r\n{}",
    "the same length twice with LF": OK.replace(b"\r", b"") + b"content-length: 2\ncontent-length: 2\n\n{}",
    "the same length twice after an interim response": b"HTTP/1.1 100 Continue\r\n\r\n"
    + OK
    + b"content-length: 2\r\n"
    + TWO
    + b"{}",
    "no reason": b"HTTP/1.1 200\r\n" + TWO + b"{}",
    "a reason in another alphabet": "HTTP/1.1 200 Ça va\r\n".encode() + TWO + b"{}",
    "a status of its own": b"HTTP/1.1 799 Odd\r\n" + TWO + b"{}",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n{}",
    "the end of the connection": OK + b"\r\n{}",
    "lines that end with LF": OK.replace(b"\r", b"") + b"content-length: 2\n\n{}",
    "chunks": CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    "chunks with extensions": CHUNKED + b'2;a=b;c="d"\r\n{}\r\n0\r\n\r\n',
    "chunks with blanks": CHUNKED + b"2 \r\n{}\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"2\r\n{}\r\n0\r\nx: y\r\ncontent-length: 77\r\n\r\n",
    "chunks and a length": OK
    + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a folded line": OK + b"x-a: one\r\n two\r\n" + TWO + b"{}",
    "control characters": OK + b"x-a: \x01\x1b\x7f\r\n" + TWO + b"{}",
    "UTF-8": OK + "x-a: é\r\n".encode() + TWO + b"{}",
    "Latin-1": OK + b"x-a: \xe9\xff\r\n" + TWO + b"{}",
    "fields of one name": OK + b"x-a: 1\r\nX-A: 2\r\n" + TWO + b"{}",
    "an interim response": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + TWO + b"{}",
    "several of them": b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" * 3 + OK + TWO + b"{}",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n",
    "an interim response that says close": b"HTTP/1.1 103 Hints\r\nconnection: close\r\n\r\n"
    + OK
    + TWO
    + b"{}",
    "an old interim response": b"HTTP/1.0 100 Continue\r\n\r\n" + OK + TWO + b"{}",
    "an offer": OK + b"connection: upgrade\r\nupgrade: h2c\r\n" + TWO + b"{}",
    "a last response": OK + b"connection: close\r\n" + TWO + b"{}",
    "more than a response": OK + TWO + b"{}trailing",
    "two responses": OK + TWO + b"{}" + OK + TWO + b"[]",
    "a long body": OK + b"content-length: 300000\r\n\r\n" + b"x" * 300_000,
    "a long header": OK + b"x-a: " + b"y" * 50_000 + b"\r\n" + TWO + b"{}",
}
REFUSED = {
    "nothing": b"",
    "half a line": b"HTTP/1.1 20",
    "half a header": OK + b"a: b\r\nc",
    "half a body": OK + b"content-length: 5\r\n\r\n{}",
    "half a chunk": CHUNKED + b"2\r\n{",
    "no last chunk": CHUNKED + b"2\r\n{}\r\n",
    "no chunk": CHUNKED + b"zz\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x46",
    "a status of two digits": b"HTTP/1.1 42 OK\r\n" + TWO + b"{}",
    "a status below all": b"HTTP/1.1 099 OK\r\n" + TWO + b"{}",
    "a negative length": OK + b"content-length: -1\r\n\r\n{}",
    "lengths that differ": OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "lengths of a list that differ": OK + b"content-length: 2, 3\r\n\r\n{}",
    "half a header with lengths": OK + b"content-length: 2\r\ncontent-length: 2\r\n",
    "no number for a length": OK + b"content-length: two\r\n\r\n{}",
    "another transfer coding": OK + b"transfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "an interim response with a body": b"HTTP/1.1 104 Odd\r\ncontent-length: 3\r\n\r\nabc" + OK + TWO + b"{}",
    "a field without a colon": OK + b"x-a one\r\n" + TWO + b"{}",
    "a blank before the colon": OK + b"x-a : one\r\n" + TWO + b"{}",
    "a field without a name": OK + b": one\r\n" + TWO + b"{}",
    "a zero byte": OK + b"x-a: o\0e\r\n" + TWO + b"{}",
    "another protocol from here on": b"HTTP/1.1 101 Switch\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    "an interim response alone": b"HTTP/1.1 100 Continue\r\n\r\n",
    "a header without end": OK + b"x-a: " + b"y" * 200_000 + b"\r\n" + TWO + b"{}",
}
REQUEST = httpx.Request("GET", "http://target.test/")
Make = Callable[[], httpx.BaseTransport]


def line() -> DirectTransport:
    return DirectTransport(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def of_httpx() -> httpx.HTTPTransport:
    return with_deadline(httpx.HTTPTransport(trust_env=False))


def asked(transport: httpx.BaseTransport, origin: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Send a request over a transport, and return status, headers and body."""
    with within(2.0):
        answer = transport.handle_request(httpx.Request("GET", f"{origin}/x"))
        with closing(answer):
            body = answer.read()
    return answer.status_code, answer.headers.multi_items(), body


def answered(make: Make, answer: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(65536)

    with talking(talk) as origin, closing(make()) as transport:
        return asked(transport, origin)


@pytest.mark.parametrize("answer", READ.values(), ids=READ)
def test_a_response_is_parsed_as_httpx_parses_it(answer: bytes) -> None:
    assert answered(line, answer) == answered(of_httpx, answer)


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("make", [line, of_httpx])
def test_an_invalid_response_is_rejected(make: Make, answer: bytes) -> None:
    with pytest.raises(httpx.TransportError):
        answered(make, answer)


@pytest.mark.parametrize("answer", READ.values(), ids=READ)
def test_the_next_response_is_parsed_separately(answer: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.settimeout(0.1)  # then it is closed
        while connection.recv(65536):
            connection.sendall(next(answers))

    answers = chain([answer], repeat(NEXT))
    with talking(talk) as origin, closing(line()) as transport:
        asked(transport, origin)
        second = asked(transport, origin)
    assert second == (200, [("content-length", "5")], b"next!")


@pytest.mark.parametrize(
    "answer", [CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", OK + b"content-length: 2\r\n" + TWO + b"{}"]
)
def test_a_response_that_arrives_byte_by_byte_is_parsed(answer: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        for byte in answer:
            connection.sendall(bytes([byte]))

    with talking(talk) as origin, closing(line()) as transport:
        assert asked(transport, origin)[2] == b"{}"


@pytest.mark.parametrize(
    "request_",
    [
        httpx.Request("GET", "http://target.test/", headers={"x": "a\r\nevil: b"}),
        httpx.Request("GET", "http://target.test/", headers={"x:y": "a"}),
        httpx.Request("GET\r\n", "http://target.test/"),
    ],
)
def test_a_request_that_would_inject_lines_is_not_sent(request_: httpx.Request) -> None:
    with closing(line()) as transport, pytest.raises(httpx.LocalProtocolError):
        transport.handle_request(request_)


UNREAD = {
    "too many fields": OK + b"x: y\r\n" * 600 + TWO + b"{}",
    "too many codings": OK + b"content-encoding: gzip,gzip,gzip,gzip\r\n" + TWO + b"{}",
    "no gzip": OK
    + b"content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n2\r\n[]\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("answer", UNREAD.values(), ids=UNREAD)
def test_the_unread_part_of_a_response_is_not_part_of_the_next(tmp_path: Path, answer: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(next(answers))

    answers = chain([answer], repeat(NEXT))
    post = Request("POST", CONFERENCES, (), b"{}")
    with talking(talk) as origin, wired(origin, tmp_path) as wire:
        sent = [wire.send(post, ORIGIN).response for _ in range(3)]
    assert [each and each.body for each in sent] == [None, b"next!", b"next!"]


def test_a_response_to_a_partly_sent_request_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(OK + TWO + b"{}")
        connection.recv(65536)

    def refuse(*_: object) -> NoReturn:
        raise httpcore.WriteError("broken pipe")

    monkeypatch.setattr("conformance.transport.deadline._Stream.write", refuse)
    with talking(talk) as origin, closing(line()) as transport:
        assert asked(transport, origin)[2] == b"{}"


@pytest.mark.parametrize("start", [b"HTTP/1.1 20", OK + b"a: b\r\nc", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_get_with_an_incomplete_response_header_is_retried(tmp_path: Path, start: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(next(answers))

    answers = chain([start], repeat(NEXT))
    with talking(talk) as origin, wired(origin, tmp_path) as wire:
        assert wire.send(GET, ORIGIN).status == 200
        assert [each.has_no_response for each in wire.evidence.exchanges] == [True, False]


def test_a_connection_that_was_idle_for_long_is_not_reused(monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(connection: socket.socket) -> None:
        connections.append(connection)
        while connection.recv(65536):
            connection.sendall(NEXT)

    connections: list[socket.socket] = []
    with talking(talk) as origin, closing(line()) as transport:
        for _ in range(2):
            asked(transport, origin)
        assert len(connections) == 1
        monkeypatch.setattr("conformance.transport.direct._MAX_IDLE_SECONDS", 0.0)
        asked(transport, origin)
    assert len(connections) == 2


def test_a_closed_connection_is_freed() -> None:
    def talk(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(NEXT)

    def connections() -> int:
        return sum(type(each).__name__ == "_Http11Connection" for each in gc.get_objects())

    gc.collect()
    gc.disable()
    before = connections()
    try:
        with talking(talk) as origin, closing(line()) as transport:
            asked(transport, origin)
            assert connections() == before + 1
        assert connections() == before
    finally:
        gc.enable()


def test_a_transfer_encoding_with_whitespace_is_rejected_without_delay() -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK + b"transfer-encoding: chunked\t\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
        connection.recv(65536)

    refused = pytest.raises(httpx.RemoteProtocolError, match="Transfer-Encoding")
    with talking(talk) as origin, closing(line()) as transport, refused:
        asked(transport, origin)


def test_all_addresses_of_a_host_share_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: object, host: str, port: int, timeout: float, *__: object) -> NoReturn:
        asked_for[host] = timeout
        raise httpcore.ConnectTimeout(f"{host}:{port}")

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{last}", 80)) for last in range(1, 6)]
    asked_for: dict[str, float] = {}
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", silent)
    with closing(line()) as transport, within(30), pytest.raises(httpx.ConnectTimeout):
        transport.handle_request(REQUEST)
    assert list(asked_for) == [address[0] for *_, address in found]
    assert list(asked_for.values()) == pytest.approx([30 / 5, 30 / 4, 30 / 3, 30 / 2, 30], abs=1)


def test_an_invalid_host_name_is_a_connect_error() -> None:
    with closing(line()) as transport, pytest.raises(httpx.ConnectError):
        transport.handle_request(httpx.Request("GET", "http://a..b/"))


def test_a_closed_port_is_a_connect_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with closing(line()) as transport, pytest.raises(httpx.ConnectError, match="refused"):
        asked(transport, f"http://127.0.0.1:{port}")
