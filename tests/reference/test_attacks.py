"""The reference server rejects malformed and slow requests on real sockets, and remains available."""

import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.fake_targets import ACCOUNT, CONFERENCES, ENVIRONMENT, free_port, run_reference_server

ROOT = Path(__file__).parents[2]
AUTHORIZATION = b"Authorization: Basic " + b64encode(f"{ACCOUNT.project}:{ACCOUNT.token}".encode()) + b"\r\n"
HEAD = b"Host: x\r\n" + AUTHORIZATION
JSON = b"Content-Type: application/json\r\n"
MIB = 1 << 20
CONNECTIONS = 1000
# Short timeouts keep their tests fast.
SHORT_TIMEOUTS = """
import sys
from reference import server
server._HEADER_TIMEOUT = server._BODY_TIMEOUT = 0.5
from reference.__main__ import main
main()
"""


@dataclass
class Server:
    """A running server: its process, its port, and its output at startup."""

    process: "subprocess.Popen[str]"
    port: int
    startup_lines: list[str]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def send(self, data: bytes) -> bytes:
        """Send bytes, and read until the server closes the connection."""
        with self.connect() as client:
            with suppress(OSError):
                client.sendall(data)
            return read_all(client)

    def serves(self) -> bool:
        auth = (ACCOUNT.project, ACCOUNT.token)
        response = httpx.get(f"http://127.0.0.1:{self.port}{CONFERENCES}", auth=auth, timeout=10)
        return self.process.poll() is None and response.status_code == 200

    def memory(self) -> int:
        """Return the resident bytes of the process."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()


def read_all(client: socket.socket) -> bytes:
    received = b""
    try:
        while data := client.recv(65536):
            received += data
    except OSError:
        pass
    return received


def status(response: bytes) -> int | None:
    return int(response.split(b" ", 2)[1]) if response else None


@contextmanager
def serving(*options: str, program: tuple[str, ...] = ("-m", "reference")) -> Iterator[Server]:
    command = [sys.executable, *program, *options]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], 20)[0]
        startup_lines = [process.stdout.readline() for _ in range(4)]
        try:
            yield Server(process, int(startup_lines[0].rpartition(":")[2]), startup_lines)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--port", "0") as running:
        yield running
        assert running.serves()
        running.process.send_signal(signal.SIGTERM)
        _, errors = running.process.communicate(timeout=10)
        assert errors == ""


def test_the_server_prints_that_data_is_in_memory_and_listens_on_the_loopback_interface(
    server: Server,
) -> None:
    assert server.startup_lines[0].startswith("ready http://127.0.0.1:")
    assert server.startup_lines[2].startswith("credentials  ")
    assert "in memory" in server.startup_lines[3]
    listening = Path("/proc/net/tcp").read_text()
    assert f"0100007F:{server.port:04X} 00000000:0000 0A" in listening


def test_the_server_prints_a_warning_when_it_listens_on_all_interfaces() -> None:
    with serving("--host", "0.0.0.0", "--port", "0") as running:  # noqa: S104 - this is the test
        assert running.startup_lines[0].startswith("ready http://0.0.0.0:")
        running.process.send_signal(signal.SIGTERM)
        _, errors = running.process.communicate(timeout=10)
    assert "for tests only" in errors


def create(length: int, body: bytes, extra_headers: bytes = b"") -> bytes:
    content_length = b"Content-Length: %d\r\n" % length
    return (
        b"POST "
        + CONFERENCES.encode()
        + b" HTTP/1.1\r\n"
        + HEAD
        + JSON
        + extra_headers
        + content_length
        + b"\r\n"
        + body
    )


@pytest.mark.parametrize("size, expected", [(MIB, 422), (MIB + 1, 413), (8 * MIB, 413), (64 * MIB, 413)])
def test_a_body_over_a_mebibyte_is_too_large(server: Server, size: int, expected: int) -> None:
    body = b'{"display_name":"' + b"a" * (size - 19) + b'"}'
    with server.connect() as client:
        response = b""
        try:
            client.sendall(create(size, body, b"Connection: close\r\n"))
        except OSError:  # the server closes the connection on a body above 16 MiB
            assert size > 16 * MIB
        response = read_all(client)
    assert status(response) == expected or (size > 16 * MIB and not response)


def test_an_endless_chunked_body_is_not_buffered(server: Server) -> None:
    before = server.memory()
    head = (
        b"POST "
        + CONFERENCES.encode()
        + b" HTTP/1.1\r\n"
        + HEAD
        + JSON
        + b"Transfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"100000\r\n" + b"a" * MIB + b"\r\n"
    with server.connect() as client:
        client.sendall(head)
        with pytest.raises(OSError):  # noqa: PT011 - a reset or a broken pipe
            client.sendall(chunk * 200)
    assert server.memory() - before < 40 * MIB


def test_an_incomplete_body_creates_nothing(server: Server) -> None:
    with server.connect() as client:
        client.sendall(create(100, b'{"display_name":"half","name":"half"}'))
    time.sleep(0.1)
    auth = (ACCOUNT.project, ACCOUNT.token)
    conferences = httpx.get(f"http://127.0.0.1:{server.port}{CONFERENCES}", auth=auth).json()["data"]
    assert "half" not in [conference["name"] for conference in conferences]


MALFORMED = {
    "nonsense": b"\x00\xff\x16\x03\x01 nonsense\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100 + b"\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "another version": b"GET / HTTP/9.9\r\nHost: x\r\nConnection: close\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "no colon": b"GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    "a line break in a header": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
    "a letter beyond ASCII in the path": "GET /ü HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a length that is not a number": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    "an unknown coding": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    "an invalid chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a header of 1 MB": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * MIB + b"\r\n\r\n",
    "10,000 headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
    "a path of 1 MB": b"GET /" + b"a" * MIB + b" HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_http_is_rejected_and_the_connection_closed(server: Server, name: str) -> None:
    started = time.monotonic()
    assert status(server.send(MALFORMED[name])) in {400, 401, 501, None}
    assert time.monotonic() - started < 5
    assert server.serves()


def test_invalid_data_after_a_request_closes_the_connection(server: Server) -> None:
    request = b"GET " + CONFERENCES.encode() + b" HTTP/1.1\r\n" + HEAD + b"\r\n"
    server.send(request + b"nonsense\r\n\r\n")
    server.send(create(2, b"{}nonsense\r\n\r\n" * 100))
    assert server.serves()


UNUSUAL_TARGETS = {
    f"/{CONFERENCES}": 404,
    f"{CONFERENCES}/..": 404,
    f"{CONFERENCES}/../conferences": 404,
    f"{CONFERENCES}/%2e%2e": 404,
    f"{CONFERENCES}/%2e%2e%2f%2e%2e%2fetc%2fpasswd": 404,
    f"{CONFERENCES}/%00": 404,
    f"{CONFERENCES}/%ff%fe": 404,
    f"{CONFERENCES}/%": 404,
    f"{CONFERENCES}/%zz": 404,
    f"{CONFERENCES}/" + "a" * 30_000: 404,
    "/..//../etc/passwd": 404,
    "/%2e%2e/%2e%2e/etc/passwd": 404,
    "/api/video/conference%73": 200,
    f"{CONFERENCES}?" + "&".join(f"a{i}=b" for i in range(5_000)): 200,
    f"{CONFERENCES}?page_size=" + "9" * 5_000: 422,
    f"http://elsewhere.example{CONFERENCES}": 200,
    "http://elsewhere.example": 404,
    "file:///etc/passwd": 404,
    "*": 404,
    "elsewhere.example:443": 404,
    "\\..\\..": 404,
}


@pytest.mark.parametrize("target", UNUSUAL_TARGETS, ids=lambda target: target[:40])
def test_unusual_request_targets_are_safe(server: Server, target: str) -> None:
    request = b"GET " + target.encode() + b" HTTP/1.1\r\nConnection: close\r\n" + HEAD + b"\r\n"
    response = server.send(request)
    assert status(response) == UNUSUAL_TARGETS[target]
    assert b"root:" not in response
    anonymous = b"GET " + target.encode() + b" HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n"
    assert status(server.send(anonymous)) == 401


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "OPTIONS", "PUT", "NONSENSE", "HEAD"])
def test_any_method_gets_a_response(server: Server, method: str) -> None:
    line = f"{method} {CONFERENCES} HTTP/1.1\r\nConnection: close\r\n".encode()
    assert status(server.send(line + HEAD + b"\r\n")) == (200 if method == "HEAD" else 404)


def test_an_upgrade_is_ignored(server: Server) -> None:
    upgrade = b"Connection: upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    request = b"GET " + CONFERENCES.encode() + b" HTTP/1.1\r\n" + HEAD + upgrade + b"\r\n"
    with server.connect() as client:
        client.sendall(request)
        assert client.recv(12) == b"HTTP/1.1 200"


def test_a_thousand_concurrent_connections_are_served(server: Server) -> None:
    request = b"GET " + CONFERENCES.encode() + b"/none HTTP/1.1\r\n" + HEAD + b"\r\n"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * CONNECTIONS)), hard))
    try:
        with ExitStack() as stack:
            clients = [stack.enter_context(server.connect()) for _ in range(CONNECTIONS)]
            for client in clients:
                client.sendall(request)
            with ThreadPoolExecutor(16) as pool:
                responses = list(pool.map(lambda client: client.recv(12), clients))
            assert set(responses) == {b"HTTP/1.1 404"}
            assert server.serves()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


SLOW = {
    "nothing at all": b"",
    "half a request line": b"GET /api",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "half a body": create(10, b"{"),
    "half a chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
}


@pytest.fixture(scope="module")
def short_timeouts_server() -> Iterator[Server]:
    with serving("--port", "0", program=("-c", SHORT_TIMEOUTS)) as running:
        yield running


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_request_times_out_even_if_data_keeps_arriving(
    short_timeouts_server: Server, name: str
) -> None:
    started = time.monotonic()
    with short_timeouts_server.connect() as client:
        client.sendall(SLOW[name])
        client.settimeout(0.1)
        response = None
        while response is None and time.monotonic() - started < 5:
            try:
                client.sendall(b"a")
                response = client.recv(100)
            except TimeoutError:
                continue
            except OSError:
                response = b""
    assert 0.3 < time.monotonic() - started < 3
    assert status(response or b"") in {408, 400, None}
    assert short_timeouts_server.serves()


def test_an_idle_connection_between_requests_is_kept_open(short_timeouts_server: Server) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{short_timeouts_server.port}") as client:
        client.get("/")
        time.sleep(1)
        assert client.get("/").status_code == 401
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with short_timeouts_server.connect() as raw:
        for _ in range(2):
            raw.sendall(request)
            time.sleep(0.8)
            assert raw.recv(65536).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_stops_on_a_signal_regardless_of_open_connections(number: int) -> None:
    with serving("--port", "0", "--latency", "100") as running, ExitStack() as stack:
        clients = [stack.enter_context(running.connect()) for _ in range(3)]
        for client, data in zip(clients, (b"", b"GET /", create(10, b"{")), strict=True):
            client.sendall(data)
        waiting = stack.enter_context(running.connect())
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.05)
        started = time.monotonic()
        running.process.send_signal(number)
        assert waiting.recv(12) == b"HTTP/1.1 401"
        _, errors = running.process.communicate(timeout=10)
    assert running.process.returncode == 0
    assert time.monotonic() - started < 6
    assert "Traceback" not in errors


@pytest.mark.parametrize("port", ["-1", "65536", "x", "1.5"])
def test_an_invalid_port_is_a_usage_error(port: str) -> None:
    process = run_reference_server("--port", port)
    assert process.returncode == 2
    assert "is not a port number" in process.stderr
    assert "Traceback" not in process.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-name.invalid"])
def test_an_unavailable_address_is_reported(host: str) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        process = run_reference_server("--host", host, "--port", str(port))
    assert process.returncode not in {0, 2}
    assert "Traceback" not in process.stderr
    assert process.stderr
