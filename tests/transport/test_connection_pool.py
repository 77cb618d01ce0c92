"""Reuse of connections: by one request at a time, and never after a failure."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path

import httpx
import pytest

from conformance.transport.connection_pool import ConnectionPool
from tests.support.fake_targets import GET, ORIGIN, serve_connections, socket_stack

REQUEST = httpx.Request("GET", "http://target.test/")
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class FakeConnection(httpx.BaseTransport):
    """A connection that detects concurrent use."""

    def __init__(self, connections: list["FakeConnection"], respond: Callable[[], httpx.Response]) -> None:
        self.respond = respond
        self.closed = False
        self.in_use = threading.Lock()
        connections.append(self)

    def handle_request(self, _: httpx.Request) -> httpx.Response:
        assert self.in_use.acquire(blocking=False), "two requests at once"
        try:
            return self.respond()
        finally:
            self.in_use.release()

    def close(self) -> None:
        self.closed = True


def unread_response() -> httpx.Response:
    """Return a response whose body is not read yet, like one from a socket."""
    return httpx.Response(200, stream=httpx.ByteStream(b""))


def pool_with_connections(
    respond: Callable[[], httpx.Response],
) -> tuple[ConnectionPool, list[FakeConnection]]:
    connections: list[FakeConnection] = []
    return ConnectionPool(lambda: FakeConnection(connections, respond)), connections


@contextmanager
def counting(responses: Iterator[bytes]) -> Iterator[tuple[str, list[int]]]:
    """Run a server that sends these responses, and count the requests of each connection."""
    connections: list[int] = []

    def serve(connection: socket.socket) -> None:
        number = len(connections)
        connections.append(0)
        while connection.recv(65536):
            connections[number] += 1
            connection.sendall(next(responses))

    with serve_connections(serve) as origin:
        yield origin, connections


def test_a_connection_is_reused_after_its_response_is_closed() -> None:
    pool, connections = pool_with_connections(unread_response)
    for _ in range(3):
        pool.handle_request(REQUEST).close()
    assert len(connections) == 1


def test_a_connection_is_not_reused_before_its_response_is_closed() -> None:
    pool, connections = pool_with_connections(unread_response)
    open_responses = [pool.handle_request(REQUEST) for _ in range(3)]
    assert len(connections) == 3
    for response in open_responses:
        response.close()
    pool.handle_request(REQUEST)
    assert len(connections) == 3


def test_the_most_recently_used_connection_is_used_first() -> None:
    pool, connections = pool_with_connections(unread_response)
    first, second = pool.handle_request(REQUEST), pool.handle_request(REQUEST)
    second.close()
    first.close()
    connections[1].respond = lambda: httpx.Response(418)
    assert pool.handle_request(REQUEST).status_code == 200


def test_a_broken_connection_is_closed_and_never_reused() -> None:
    def broken() -> httpx.Response:
        raise httpx.ReadError("reset")

    pool, connections = pool_with_connections(broken)
    for _ in range(2):
        with pytest.raises(httpx.ReadError):
            pool.handle_request(REQUEST)
    assert [connection.closed for connection in connections] == [True, True]


def test_closing_the_pool_closes_its_idle_connections() -> None:
    pool, connections = pool_with_connections(unread_response)
    for response in [pool.handle_request(REQUEST) for _ in range(3)]:
        response.close()
    pool.close()
    assert [connection.closed for connection in connections] == [True] * 3


def test_status_headers_and_body_are_returned_unchanged() -> None:
    pool, _ = pool_with_connections(
        lambda: httpx.Response(404, headers=[("a", "1"), ("a", "2")], content=b"body")
    )
    response = pool.handle_request(REQUEST)
    assert (response.status_code, response.headers.get_list("a"), response.read()) == (
        404,
        ["1", "2"],
        b"body",
    )


def test_sequential_requests_use_one_connection(tmp_path: Path) -> None:
    responses = iter([OK] * 5)
    with counting(responses) as (origin, connections), socket_stack(origin, tmp_path) as stack:
        assert [stack.send(GET, ORIGIN).status for _ in range(5)] == [200] * 5
    assert connections == [5]


def test_there_are_no_more_connections_than_concurrent_requests(tmp_path: Path) -> None:
    with (
        counting(repeat(OK)) as (origin, connections),
        socket_stack(origin, tmp_path) as stack,
        ThreadPoolExecutor(4) as threads,
    ):
        exchanges = list(threads.map(lambda _: stack.send(GET, ORIGIN), range(80)))
    assert {exchange.status for exchange in exchanges} == {200}
    assert sum(connections) == 80
    assert len(connections) <= 4


def test_another_connection_is_used_after_an_invalid_response(tmp_path: Path) -> None:
    invalid = b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"
    with (
        counting(iter([OK, invalid, OK, OK])) as (origin, connections),
        socket_stack(origin, tmp_path) as stack,
    ):
        statuses = [stack.send(GET, ORIGIN).status for _ in range(4)]
    assert statuses == [200, None, 200, 200]
    assert connections == [2, 2]


def test_an_incomplete_body_does_not_affect_the_next_response(tmp_path: Path) -> None:
    short = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"
    with counting(iter([short, OK])) as (origin, connections), socket_stack(origin, tmp_path) as stack:
        assert stack.send(GET, ORIGIN).response is None
        assert stack.send(GET, ORIGIN).response_json == {}
    assert connections == [1, 1]


def test_data_after_a_response_is_not_the_next_response(tmp_path: Path) -> None:
    two_responses = OK + OK.replace(b"{}", b"[]")
    with counting(repeat(two_responses)) as (origin, connections), socket_stack(origin, tmp_path) as stack:
        assert [stack.send(GET, ORIGIN).response_json for _ in range(3)] == [{}, {}, {}]
    assert connections == [1, 1, 1]


def test_connections_are_not_reused_after_one_is_lost(tmp_path: Path) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK)
        connection.recv(65536)  # the next request gets no response

    with serve_connections(serve) as origin, socket_stack(origin, tmp_path) as stack:
        assert [stack.send(GET, ORIGIN).status for _ in range(5)] == [200] * 5
        without_response = [exchange.has_no_response for exchange in stack.evidence.exchanges]
    assert without_response == [False, True, False, False, False, False]


def test_a_connection_that_the_target_closed_is_replaced(tmp_path: Path) -> None:
    last = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
    with counting(iter([last, last])) as (origin, connections), socket_stack(origin, tmp_path) as stack:
        assert [stack.send(GET, ORIGIN).status for _ in range(2)] == [200, 200]
    assert connections == [1, 1]
