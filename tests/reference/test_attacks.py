"""The reference server under attack, on real sockets: it answers or hangs up, and goes on serving others."""

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

from tests.support.fake_targets import ACCOUNT, CONFERENCES, ENVIRONMENT, ended, free_port

ROOT = Path(__file__).parents[2]
AUTHORIZATION = b"Authorization: Basic " + b64encode(f"{ACCOUNT.project}:{ACCOUNT.token}".encode()) + b"\r\n"
HEAD = b"Host: x\r\n" + AUTHORIZATION
JSON = b"Content-Type: application/json\r\n"
MIB = 1 << 20
CONNECTIONS = 1000
# The patience of a server under test is shortened, so that the test of it does not take as long.
IMPATIENT = """
import sys
from reference import serving
serving._HEAD = serving._BODY = 0.5
from reference.__main__ import main
main()
"""


@dataclass
class Server:
    """A server that is running: its process, its port, and what it said at its start."""

    process: "subprocess.Popen[str]"
    port: int
    said: list[str]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ask(self, data: bytes) -> bytes:
        """Send bytes, and read until the server hangs up."""
        with self.connect() as client:
            with suppress(OSError):
                client.sendall(data)
            return everything(client)

    def serves(self) -> bool:
        auth = (ACCOUNT.project, ACCOUNT.token)
        answer = httpx.get(f"http://127.0.0.1:{self.port}{CONFERENCES}", auth=auth, timeout=10)
        return self.process.poll() is None and answer.status_code == 200

    def memory(self) -> int:
        """Return the resident bytes of the process."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()


def everything(client: socket.socket) -> bytes:
    got = b""
    try:
        while data := client.recv(65536):
            got += data
    except OSError:
        pass
    return got


def status(answer: bytes) -> int | None:
    return int(answer.split(b" ", 2)[1]) if answer else None


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
        said = [process.stdout.readline() for _ in range(4)]
        try:
            yield Server(process, int(said[0].rpartition(":")[2]), said)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--port", "0") as running:
        yield running
        assert running.serves()
        running.process.send_signal(signal.SIGTERM)
        _, complaints = running.process.communicate(timeout=10)
        assert complaints == ""


def test_it_says_that_its_data_is_in_memory_and_listens_on_this_machine_alone(server: Server) -> None:
    assert server.said[0].startswith("ready http://127.0.0.1:")
    assert server.said[2].startswith("credentials  ")
    assert "in memory" in server.said[3]
    listening = Path("/proc/net/tcp").read_text()
    assert f"0100007F:{server.port:04X} 00000000:0000 0A" in listening


def test_it_listens_elsewhere_when_told_to_and_warns() -> None:
    with serving("--host", "0.0.0.0", "--port", "0") as open_:  # noqa: S104 - this is the test
        assert open_.said[0].startswith("ready http://0.0.0.0:")
        open_.process.send_signal(signal.SIGTERM)
        _, complaints = open_.process.communicate(timeout=10)
    assert "for tests only" in complaints


def create(length: int, body: bytes, more: bytes = b"") -> bytes:
    counted = b"Content-Length: %d\r\n" % length
    return b"POST " + CONFERENCES.encode() + b" HTTP/1.1\r\n" + HEAD + JSON + more + counted + b"\r\n" + body


@pytest.mark.parametrize("size, expected", [(MIB, 422), (MIB + 1, 413), (8 * MIB, 413), (64 * MIB, 413)])
def test_a_body_over_a_mebibyte_is_too_large(server: Server, size: int, expected: int) -> None:
    body = b'{"display_name":"' + b"a" * (size - 19) + b'"}'
    with server.connect() as client:
        answer = b""
        try:
            client.sendall(create(size, body, b"Connection: close\r\n"))
        except OSError:  # it hangs up on what is far too long
            assert size > 16 * MIB
        answer = everything(client)
    assert status(answer) == expected or (size > 16 * MIB and not answer)


def test_an_endless_body_in_chunks_takes_no_memory(server: Server) -> None:
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
        with pytest.raises(OSError):  # noqa: PT011 - a reset or a broken pipe, as it comes
            client.sendall(chunk * 200)
    assert server.memory() - before < 40 * MIB


def test_a_body_that_is_broken_off_creates_nothing(server: Server) -> None:
    with server.connect() as client:
        client.sendall(create(100, b'{"display_name":"half","name":"half"}'))
    time.sleep(0.1)
    auth = (ACCOUNT.project, ACCOUNT.token)
    listed = httpx.get(f"http://127.0.0.1:{server.port}{CONFERENCES}", auth=auth).json()["data"]
    assert "half" not in [each["name"] for each in listed]


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
    "a length that is no number": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    "an unknown coding": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    "a chunk that is none": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a header of 1 MB": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * MIB + b"\r\n\r\n",
    "10,000 headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
    "a path of 1 MB": b"GET /" + b"a" * MIB + b" HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_http_is_refused_and_the_connection_ended(server: Server, name: str) -> None:
    started = time.monotonic()
    assert status(server.ask(MALFORMED[name])) in {400, 401, 501, None}
    assert time.monotonic() - started < 5
    assert server.serves()


def test_nonsense_behind_a_request_ends_the_connection(server: Server) -> None:
    request = b"GET " + CONFERENCES.encode() + b" HTTP/1.1\r\n" + HEAD + b"\r\n"
    server.ask(request + b"nonsense\r\n\r\n")
    server.ask(create(2, b"{}nonsense\r\n\r\n" * 100))
    assert server.serves()


TRICKS = {
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


@pytest.mark.parametrize("target", TRICKS, ids=lambda target: target[:40])
def test_tricks_with_paths_lead_nowhere(server: Server, target: str) -> None:
    request = b"GET " + target.encode() + b" HTTP/1.1\r\nConnection: close\r\n" + HEAD + b"\r\n"
    answer = server.ask(request)
    assert status(answer) == TRICKS[target]
    assert b"root:" not in answer
    anonymous = b"GET " + target.encode() + b" HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n"
    assert status(server.ask(anonymous)) == 401


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "OPTIONS", "PUT", "NONSENSE", "HEAD"])
def test_any_method_gets_an_answer(server: Server, method: str) -> None:
    line = f"{method} {CONFERENCES} HTTP/1.1\r\nConnection: close\r\n".encode()
    assert status(server.ask(line + HEAD + b"\r\n")) == (200 if method == "HEAD" else 404)


def test_an_upgrade_is_not_taken(server: Server) -> None:
    upgrade = b"Connection: upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    request = b"GET " + CONFERENCES.encode() + b" HTTP/1.1\r\n" + HEAD + upgrade + b"\r\n"
    with server.connect() as client:
        client.sendall(request)
        assert client.recv(12) == b"HTTP/1.1 200"


def test_a_thousand_connections_at_once_are_served(server: Server) -> None:
    request = b"GET " + CONFERENCES.encode() + b"/none HTTP/1.1\r\n" + HEAD + b"\r\n"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * CONNECTIONS)), hard))
    try:
        with ExitStack() as open_:
            clients = [open_.enter_context(server.connect()) for _ in range(CONNECTIONS)]
            for client in clients:
                client.sendall(request)
            with ThreadPoolExecutor(16) as pool:
                answers = list(pool.map(lambda client: client.recv(12), clients))
            assert set(answers) == {b"HTTP/1.1 404"}
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
def impatient() -> Iterator[Server]:
    with serving("--port", "0", program=("-c", IMPATIENT)) as running:
        yield running


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_client_is_given_up_however_steadily_it_sends(impatient: Server, name: str) -> None:
    started = time.monotonic()
    with impatient.connect() as client:
        client.sendall(SLOW[name])
        client.settimeout(0.1)
        answer = None
        while answer is None and time.monotonic() - started < 5:
            try:
                client.sendall(b"a")
                answer = client.recv(100)
            except TimeoutError:
                continue
            except OSError:
                answer = b""
    assert 0.3 < time.monotonic() - started < 3
    assert status(answer or b"") in {408, 400, None}
    assert impatient.serves()


def test_a_connection_that_rests_between_requests_is_kept(impatient: Server) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{impatient.port}") as client:
        client.get("/")
        time.sleep(1)
        assert client.get("/").status_code == 401
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with impatient.connect() as raw:
        for _ in range(2):
            raw.sendall(request)
            time.sleep(0.8)
            assert raw.recv(65536).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_to_whatever_its_clients_do(number: int) -> None:
    with serving("--port", "0", "--latency", "100") as running, ExitStack() as open_:
        clients = [open_.enter_context(running.connect()) for _ in range(3)]
        for client, sent in zip(clients, (b"", b"GET /", create(10, b"{")), strict=True):
            client.sendall(sent)
        asked = open_.enter_context(running.connect())
        asked.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.05)
        started = time.monotonic()
        running.process.send_signal(number)
        assert asked.recv(12) == b"HTTP/1.1 401"
        _, complaints = running.process.communicate(timeout=10)
    assert running.process.returncode == 0
    assert time.monotonic() - started < 6
    assert "Traceback" not in complaints


@pytest.mark.parametrize("port", ["-1", "65536", "x", "1.5"])
def test_a_port_that_is_none_is_a_usage_error(port: str) -> None:
    done = ended("--port", port)
    assert done.returncode == 2
    assert "is no port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-name.invalid"])
def test_an_address_that_cannot_be_listened_on_is_named(host: str) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        done = ended("--host", host, "--port", str(port))
    assert done.returncode not in {0, 2}
    assert "Traceback" not in done.stderr
    assert done.stderr
