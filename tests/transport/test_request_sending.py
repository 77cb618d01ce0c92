"""Sending of requests in one piece, and responses to partly sent requests."""

import socket
from pathlib import Path

import pytest

from conformance.http.exchange import Request
from tests.support.fake_targets import CONFERENCES, ORIGIN, serve_connections, socket_stack

REJECTION = b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


def post(body: bytes) -> Request:
    return Request("POST", CONFERENCES, (("content-type", "application/json"),), body)


def test_header_and_body_are_sent_together(tmp_path: Path) -> None:
    pieces: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        while piece := connection.recv(65536):
            pieces.append(piece)
            connection.sendall(OK)

    with serve_connections(serve) as origin, socket_stack(origin, tmp_path) as stack:
        assert [stack.send(post(b'{"turn": %d}' % number), ORIGIN).status for number in range(2)] == [
            200,
            200,
        ]
    assert [piece.endswith(b'{"turn": %d}' % number) for number, piece in enumerate(pieces)] == [True, True]


@pytest.mark.parametrize("size", [64 * 1024, 1024 * 1024])
def test_a_large_request_body_arrives_complete(tmp_path: Path, size: int) -> None:
    pieces: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        while len(b"".join(pieces).partition(b"\r\n\r\n")[2]) < size:
            pieces.append(connection.recv(65536))
        connection.sendall(OK)

    with serve_connections(serve) as origin, socket_stack(origin, tmp_path) as stack:
        assert stack.send(post(b"x" * size), ORIGIN).status == 200
    assert b"".join(pieces).partition(b"\r\n\r\n")[2] == b"x" * size


def test_a_response_to_a_partly_sent_body_is_read(tmp_path: Path) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(REJECTION)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    with serve_connections(serve) as origin, socket_stack(origin, tmp_path) as stack:
        assert stack.send(post(b"x" * 1_000_000), ORIGIN).status == 413
