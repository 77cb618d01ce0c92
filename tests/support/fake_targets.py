"""Targets for tests: functions in place of sockets, and small servers on this machine."""

import os
import select
import socket
import ssl
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

# Both halves have letters in both cases, so that swapping the case changes them.
ACCOUNT = Account("C0FFEE00-1111-4aaa-8bbb-9876543210ab", "PTtest?Wz>+7/q~0123456789abcDEF")
ENVIRONMENT = {PROJECT_VARIABLE: ACCOUNT.project, TOKEN_VARIABLE: ACCOUNT.token}
CONFERENCES = "/api/video/conferences"
ROOMS = "/api/fabric/resources/conference_rooms"
GET = Request("GET", f"{CONFERENCES}/some-id")
ORIGIN = Origin("a check", "VC-GET")

Responder = Callable[[httpx.Request], httpx.Response]


@contextmanager
def fake_stack(
    respond: Responder,
    folder: Path,
    limits: Limits | None = None,
    profiles: tuple[str, ...] = PROFILES,
    account: Account = ACCOUNT,
) -> Iterator[TransportStack]:
    """Open the transport stack over a function in place of sockets."""
    target = Target(httpx.URL("http://target.test"), account, profiles)
    connection = Connection(transport=httpx.MockTransport(respond))
    with open_stack(target, limits or Limits(), connection, folder) as stack:
        yield stack


@contextmanager
def socket_stack(origin: str, folder: Path, limits: Limits | None = None) -> Iterator[TransportStack]:
    """Open the transport stack over sockets."""
    target = Target(httpx.URL(origin), ACCOUNT)
    with open_stack(target, limits or Limits(), Connection(), folder) as stack:
        yield stack


@dataclass(frozen=True)
class ReceivedRequest:
    """A request that was received over a socket."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True)
class Reply:
    """A response of a small server."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    reason: str | None = None


@contextmanager
def serve_replies(
    respond: Callable[[ReceivedRequest], Reply], context: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Run an HTTP server that responds as a function specifies, and yield its origin.

    With a TLS context, it is an HTTPS server.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            reply = respond(ReceivedRequest(self.command, self.path, tuple(self.headers.items()), body))
            self.send_response_only(reply.status, reply.reason)
            for name, value in (*reply.headers, ("content-length", str(len(reply.body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """Ignore clients that closed their connection."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def serve_connections(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a server that calls a function with each connection, and yield its origin."""

    def serve_connection(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            serve(connection)

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve_connection, args=listening.accept()[:1], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, args=(listening,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)


@contextmanager
def reference_server(*options: str, environment: Mapping[str, str] = ENVIRONMENT) -> Iterator[str]:
    """Run the reference server with the given credentials, and yield its origin."""
    command = [sys.executable, "-m", "reference", "--port", "0", *options]
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert select.select([server.stdout], [], [], 20)[0], "the server does not print that it is ready"
        word, origin = server.stdout.readline().split()
        assert word == "ready"
        try:
            yield origin
        finally:
            server.terminate()


def run_reference_server(*options: str) -> "subprocess.CompletedProcess[str]":
    """Run the reference server with options with which it exits, and return the finished process."""
    return subprocess.run(
        [sys.executable, "-m", "reference", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@contextmanager
def serve_between(
    origin: str,
    intercept: Callable[[ReceivedRequest], Reply | None],
    context: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """Run a server that forwards requests to another, except those to which a function returns a response.

    With a TLS context, it is an HTTPS server.
    """
    with httpx.Client(base_url=origin, trust_env=False) as client:

        def respond(received: ReceivedRequest) -> Reply:
            intercepted = intercept(received)
            if intercepted is not None:
                return intercepted
            headers = [header for header in received.headers if header[0].lower() != "host"]
            response = client.request(
                received.method, received.target, headers=headers, content=received.body or None
            )
            omitted = {"content-encoding", "content-length", "transfer-encoding"}
            kept = tuple(header for header in response.headers.multi_items() if header[0] not in omitted)
            return Reply(response.status_code, response.content, kept)

        with serve_replies(respond, context) as address:
            yield address


def free_port() -> int:
    """Return a port without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
