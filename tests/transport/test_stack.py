"""The transport stack: headers of every request, proxies and TLS."""

import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from conformance import __version__
from conformance.config.target import Connection, Limits, Target
from conformance.http.credentials import NO_CREDENTIALS
from conformance.http.exchange import Exchange, Request
from conformance.transport.stack import open_stack
from tests.support.fake_targets import ACCOUNT, GET, ORIGIN, ReceivedRequest, Reply, fake_stack, serve_replies


def send(folder: Path, origin: str, connection: Connection, request: Request = GET) -> Exchange:
    target = Target(httpx.URL(origin), ACCOUNT)
    with open_stack(target, Limits(), connection, folder) as stack:
        return stack.send(request, ORIGIN)


def test_every_request_has_the_default_headers(tmp_path: Path) -> None:
    received_headers: list[httpx.Headers] = []

    def record_headers(request: httpx.Request) -> httpx.Response:
        received_headers.append(request.headers)
        return httpx.Response(200)

    with fake_stack(record_headers, tmp_path) as stack:
        stack.send(GET, ORIGIN)
        stack.send(Request("POST", "/x", (("content-type", "text/plain"),), b"x", NO_CREDENTIALS), ORIGIN)
    assert {headers["user-agent"] for headers in received_headers} == {
        f"conference-conformance/{__version__}"
    }
    assert {headers["accept"] for headers in received_headers} == {"application/json"}
    assert [headers.get("content-type") for headers in received_headers] == [None, "text/plain"]
    assert ["authorization" in headers for headers in received_headers] == [True, False]


def test_headers_of_the_user_are_added_to_every_request(tmp_path: Path) -> None:
    received: list[ReceivedRequest] = []

    def record(request: ReceivedRequest) -> Reply:
        received.append(request)
        return Reply()

    connection = Connection(headers=(("X-Gateway", "a"), ("X-Gateway", "b")))
    with serve_replies(record) as origin:
        send(tmp_path, origin, connection)
    assert [value for name, value in received[0].headers if name.lower() == "x-gateway"] == ["a", "b"]


def test_proxy_variables_of_the_environment_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serve_replies(lambda _: Reply(204)) as origin:
        assert send(tmp_path, origin, Connection()).status == 204


def test_a_request_to_a_proxy_contains_the_whole_url(tmp_path: Path) -> None:
    received: list[ReceivedRequest] = []

    def record(request: ReceivedRequest) -> Reply:
        received.append(request)
        return Reply(204)

    with serve_replies(record) as proxy:
        assert send(tmp_path, "http://target.test", Connection(proxy=proxy)).status == 204
    assert received[0].target == f"http://target.test{GET.target}"


@dataclass(frozen=True)
class Certificates:
    """A server certificate for this machine, and a client certificate with its key."""

    server: Path
    client: Path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    return Certificates(_certificate(folder / "server.pem"), _certificate(folder / "client.pem"))


def _certificate(path: Path) -> Path:
    key = path.with_suffix(".key")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(path)),
        ],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path


@contextmanager
def tls_server(certificates: Certificates, *, require_client_certificate: bool = False) -> Iterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.server)
    if require_client_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificates.client)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Ignore clients that do not trust the certificate."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"https://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_authorities_of_the_system_are_trusted(
    tmp_path: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.server))
    with tls_server(certificates) as origin:
        assert send(tmp_path, origin, Connection()).status == 204


@pytest.mark.parametrize("writable", [True, False])
def test_session_keys_are_not_written_to_sslkeylogfile(
    tmp_path: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch, *, writable: bool
) -> None:
    keys = tmp_path / "keys.log" if writable else tmp_path / "missing" / "keys.log"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.server))
    with tls_server(certificates) as origin:
        monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
        assert send(tmp_path, origin, Connection()).status == 204
    assert not keys.exists()


def test_a_certificate_of_an_unknown_authority_is_not_trusted(
    tmp_path: Path, certificates: Certificates
) -> None:
    with tls_server(certificates) as origin:
        assert "CERTIFICATE_VERIFY_FAILED" in (send(tmp_path, origin, Connection()).failure or "")


def test_a_configured_authority_is_trusted(tmp_path: Path, certificates: Certificates) -> None:
    with tls_server(certificates) as origin:
        assert send(tmp_path, origin, Connection(ca=str(certificates.server))).status == 204


def test_the_client_certificate_is_sent(tmp_path: Path, certificates: Certificates) -> None:
    without_certificate = Connection(ca=str(certificates.server))
    with_certificate = Connection(ca=str(certificates.server), client_cert=str(certificates.client))
    with tls_server(certificates, require_client_certificate=True) as origin:
        assert send(tmp_path, origin, without_certificate).response is None
        assert send(tmp_path, origin, with_certificate).status == 204
