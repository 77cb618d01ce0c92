"""Targets for our tests: fakes at the bottom of the stack, and small servers on this machine."""

import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from conformance.config.target import PROFILES, Connection, Limits, Target
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE, Account
from conformance.http.exchange import Origin, Request
from conformance.transport.stack import TransportStack, open_stack

# Both halves have letters in both cases, so that swapping the case makes something else of them.
ACCOUNT = Account("C0FFEE00-1111-4aaa-8bbb-9876543210ab", "PTtest?Wz>+7/q~0123456789abcDEF")
ENVIRONMENT = {PROJECT_VARIABLE: ACCOUNT.project, TOKEN_VARIABLE: ACCOUNT.token}
CONFERENCES = "/api/video/conferences"
ROOMS = "/api/fabric/resources/conference_rooms"
GET = Request("GET", f"{CONFERENCES}/some-id")
ORIGIN = Origin("a check", "VC-GET")

Responder = Callable[[httpx.Request], httpx.Response]


@contextmanager
def fake_stack(
    answer: Responder,
    folder: Path,
    limits: Limits | None = None,
    profiles: tuple[str, ...] = PROFILES,
    account: Account = ACCOUNT,
) -> Iterator[TransportStack]:
    """Open the whole stack over a function in place of sockets."""
    target = Target(httpx.URL("http://target.test"), account, profiles)
    bottom = Connection(transport=httpx.MockTransport(answer))
    with open_stack(target, limits or Limits(), bottom, folder) as stack:
        yield stack


@contextmanager
def socket_stack(origin: str, folder: Path, limits: Limits | None = None) -> Iterator[TransportStack]:
    """Open the whole stack over real sockets."""
    target = Target(httpx.URL(origin), ACCOUNT)
    with open_stack(target, limits or Limits(), Connection(), folder) as stack:
        yield stack


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it came over a socket."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True)
class Reply:
    """What a small server answers."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    reason: str | None = None


@contextmanager
def serve_replies(answer: Callable[[ReceivedRequest], Reply]) -> Iterator[str]:
    """Run an HTTP server that answers by a function, and give its origin."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            reply = answer(ReceivedRequest(self.command, self.path, tuple(self.headers.items()), body))
            self.send_response_only(reply.status, reply.reason)
            for name, value in (*reply.headers, ("content-length", str(len(reply.body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """Say nothing of clients that left."""

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def serve_connections(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a server that speaks by itself, connection by connection, and give its origin."""

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            talk(connection)

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=listening.accept()[:1], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, args=(listening,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)


@contextmanager
def reference_server(*options: str, environment: Mapping[str, str] = ENVIRONMENT) -> Iterator[str]:
    """Run the reference server with the credentials of these tests, or others, and give its origin."""
    command = [sys.executable, "-m", "reference", "--port", "0", *options]
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert select.select([server.stdout], [], [], 20)[0], "the server does not say that it is ready"
        word, origin = server.stdout.readline().split()
        assert word == "ready"
        try:
            yield origin
        finally:
            server.terminate()


def run_reference_server(*options: str) -> "subprocess.CompletedProcess[str]":
    """Run the reference server with options that it ends by itself with, and return what came of it."""
    return subprocess.run(
        [sys.executable, "-m", "reference", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@contextmanager
def serve_between(origin: str, meddle: Callable[[ReceivedRequest], Reply | None]) -> Iterator[str]:
    """Run a server that passes requests on to another, except those that a function answers itself."""
    with httpx.Client(base_url=origin, trust_env=False) as client:

        def answer(received: ReceivedRequest) -> Reply:
            meddled = meddle(received)
            if meddled is not None:
                return meddled
            headers = [each for each in received.headers if each[0].lower() != "host"]
            passed = client.request(
                received.method, received.target, headers=headers, content=received.body or None
            )
            gone = {"content-encoding", "content-length", "transfer-encoding"}
            kept = tuple(each for each in passed.headers.multi_items() if each[0] not in gone)
            return Reply(passed.status_code, passed.content, kept)

        with serve_replies(answer) as address:
            yield address


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
