"""Connection settings: URLs, headers, certificates and proxies."""

import io
import itertools
import shutil
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from conformance.cli.interface.progress import Progress
from conformance.config.connection import parse_headers, parse_proxy, target_url, validate_connection
from conformance.config.setting_types import ConfigurationError
from conformance.config.settings import Effort, Settings
from conformance.config.target import Connection, Limits, Target
from conformance.engine.preflight.steps import PreflightError, preflight_steps
from conformance.engine.runner import run
from conformance.testkit.api_client import ApiClient
from conformance.transport.stack import open_stack
from tests.support.fake_targets import (
    ACCOUNT,
    GET,
    ORIGIN,
    ReceivedRequest,
    Reply,
    free_port,
    reference_server,
    serve_between,
    serve_connections,
    serve_replies,
)
from tests.support.servers.certificate_authority import Authority, IssuedCertificate, encrypt_key
from tests.support.servers.proxies import http_proxy, socks_proxy


def run_one_check(origin: str, folder: Path, connection: Connection | None = None) -> int:
    """Run one check, and return the exit code."""
    settings = Settings(
        Target(target_url(origin), ACCOUNT, ("video",)),
        connection=connection or Connection(),
        effort=Effort.SMOKE,
        select="API-AUTH-BASIC-ACCEPT",
        output=folder,
    )
    code: int = run(settings)["exit_code"]
    return code


def send_request(origin: str, folder: Path, connection: Connection) -> int | str | None:
    """Send one request, and return the status or the failure."""
    target = Target(httpx.URL(origin), ACCOUNT)
    with open_stack(target, Limits(), connection, folder) as stack:
        exchange = stack.send(GET, ORIGIN)
    return exchange.status or exchange.failure


def preflight_error(origin: str, folder: Path, connection: Connection) -> str:
    """Return the error of a preflight that fails."""
    target = Target(httpx.URL(origin), ACCOUNT)
    with (
        open_stack(target, Limits(timeout=2), connection, folder) as stack,
        pytest.raises(PreflightError) as error,
    ):
        list(preflight_steps(ApiClient(stack, "0badcafe", "preflight")))
    return str(error.value)


def configuration_error(connection: Connection) -> str:
    with pytest.raises(ConfigurationError) as error:
        validate_connection(connection)
    return str(error.value)


@pytest.mark.parametrize(
    "text, url",
    [
        ("example.test", "https://example.test"),
        ("example.test:8443/base", "https://example.test:8443/base"),
        ("HTTPS://example.test", "https://example.test"),
        ("10.0.0.1", "https://10.0.0.1"),
        ("[2001:db8::1]:80", "https://[2001:db8::1]:80"),
        ("localhost:8080", "http://localhost:8080"),
        ("127.0.0.9", "http://127.0.0.9"),
        ("[::1]:8080/base", "http://[::1]:8080/base"),
        ("api.localhost", "http://api.localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://localhost", "https://localhost"),
    ],
)
def test_the_default_scheme_is_https_except_for_loopback(text: str, url: str) -> None:
    assert str(target_url(text)).rstrip("/") == url


@pytest.mark.parametrize(
    "target",
    ["http://example.test", "http://10.0.0.1:80", "http://[2001:db8::1]", "http://localhost.example"],
)
def test_plain_http_to_a_remote_host_is_rejected(target: str) -> None:
    with pytest.raises(ConfigurationError, match=r"unencrypted to .*--allow-http"):
        target_url(target)
    assert target_url(target, allow_http=True).scheme == "http"


def test_plain_http_through_a_remote_proxy_is_rejected() -> None:
    with pytest.raises(ConfigurationError, match=r"unencrypted to proxy\.test"):
        target_url("http://127.0.0.1", proxy="http://proxy.test:3128")
    assert target_url("http://127.0.0.1", proxy="http://127.0.0.1:3128").host == "127.0.0.1"
    assert target_url("https://example.test", proxy="http://proxy.test:3128").scheme == "https"


@pytest.mark.parametrize(
    "header, problem",
    [
        ("X Y: z", "is not a valid header name"),
        ("X\r\nY: z", "is not a valid header name"),
        ("Ünicode: z", "is not a valid header name"),
        ("X: a\r\nY: b", "printable ASCII"),
        ("X: a\nb", "printable ASCII"),
        ("X: a\0b", "printable ASCII"),
        ("X: gr\u00fcn", "printable ASCII"),
        ("X: \u2713", "printable ASCII"),
        ("Authorization: Basic abc", "specify credentials with"),
        ("content-length: 3", "is set by the suite"),
        ("Transfer-Encoding: chunked", "is set by the suite"),
    ],
)
def test_an_invalid_header_is_rejected(header: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as error:
        parse_headers([header])
    assert "Basic abc" not in str(error.value)


def test_a_specified_header_replaces_the_default(tmp_path: Path) -> None:
    received: list[ReceivedRequest] = []

    def record_request(request: ReceivedRequest) -> Reply:
        received.append(request)
        return Reply()

    with serve_replies(record_request) as origin:
        send_request(
            origin, tmp_path, Connection(headers=parse_headers(["Host: api.example", "User-Agent: mine"]))
        )
    headers = [(name.lower(), value) for name, value in received[0].headers]
    assert [value for name, value in headers if name == "host"] == ["api.example"]
    assert [value for name, value in headers if name == "user-agent"] == ["mine"]


def test_a_target_may_have_a_path(tmp_path: Path) -> None:
    with reference_server() as origin:
        targets: list[str] = []

        def forward_without_prefix(received: ReceivedRequest) -> Reply:
            client = httpx.Client(base_url=origin, trust_env=False)
            forwarded_headers = [header for header in received.headers if header[0].lower() != "host"]
            with client:
                response = client.request(
                    received.method,
                    received.target.removeprefix("/some/prefix"),
                    headers=forwarded_headers,
                    content=received.body or None,
                )
            headers = (("content-type", response.headers.get("content-type", "text/plain")),)
            targets.append(received.target)
            return Reply(response.status_code, response.content, headers if response.content else ())

        with serve_replies(forward_without_prefix) as prefixed_origin:
            assert run_one_check(f"{prefixed_origin}/some/prefix", tmp_path) == 0
        assert all(target.startswith("/some/prefix/api/video/") for target in targets)


def test_a_target_may_have_an_ipv6_address(tmp_path: Path) -> None:
    with reference_server("--host", "::1") as origin:
        assert origin.startswith("http://[::1]:")
        assert run_one_check(origin.removeprefix("http://"), tmp_path) == 0


@pytest.mark.parametrize(
    "text, problem",
    [
        ("proxy.test:3128", "must be a URL with scheme and host"),
        ("ftp://proxy.test", "supported schemes: http, https, socks5, socks5h"),
        ("socks4://proxy.test", "must be a URL with scheme and host"),
        ("http://", "must be a URL with scheme and host"),
        ("http://[::1", "is not a valid URL"),
        ("http://proxy.test:port", "is not a valid URL"),
        ("http://a..b", "is not a valid URL"),
        ("http://xn--zz--", "is not a valid URL"),
        ("http://proxy.test:99999", "is not a valid URL"),
        ("http://proxy.test/path", "must not have a path"),
        ("http://me:hidden@proxy.test/path", "must not have a path"),
        ("ftp://me:hidden@proxy.test", "must be a URL with scheme and host"),
    ],
)
def test_an_invalid_proxy_url_is_rejected(text: str, problem: str) -> None:
    message = configuration_error(Connection(proxy=text))
    assert problem in message
    assert "hidden" not in message


@pytest.mark.parametrize(
    "text", ["http://proxy.test:3128", "socks5h://me:it@[::1]:1080", "https://proxy.test/"]
)
def test_http_and_socks_proxies_are_accepted(text: str) -> None:
    assert parse_proxy(text).url.host in {"proxy.test", "::1"}


def test_a_target_is_reached_through_an_http_proxy(tmp_path: Path) -> None:
    with reference_server() as origin, http_proxy() as proxy:
        assert run_one_check(origin, tmp_path, Connection(proxy=proxy.address)) == 0
        assert all(line.partition(" ")[2].startswith(f"{origin}/api/video/") for line in proxy.requests)


def test_a_target_is_reached_through_a_socks_proxy(tmp_path: Path) -> None:
    with reference_server() as origin, socks_proxy() as proxy:
        assert run_one_check(origin, tmp_path, Connection(proxy=proxy.address)) == 0
        assert set(proxy.requests) == {origin.removeprefix("http://")}


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_an_unreachable_proxy_is_reported(tmp_path: Path, scheme: str) -> None:
    connection = Connection(proxy=f"{scheme}://127.0.0.1:{free_port()}")
    assert "Check --proxy" in preflight_error("http://127.0.0.1:1", tmp_path, connection)


def test_a_rejection_by_a_proxy_is_reported(tmp_path: Path) -> None:
    with http_proxy(b"HTTP/1.1 407 Proxy Authentication Required") as proxy:
        message = preflight_error("https://127.0.0.1:1", tmp_path, Connection(proxy=proxy.address))
    assert "407" in message
    assert "Check --proxy" in message


@dataclass(frozen=True)
class Secured:
    """A TLS server that requires a client certificate."""

    origin: str
    authority: Authority
    client: IssuedCertificate
    folder: Path


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("authority")
    authority = Authority(folder)
    server, client = authority.issue("server"), authority.issue("client")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.certificate)
    context.load_cert_chain(server.both)
    context.verify_mode = ssl.CERT_REQUIRED

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as tls_connection:
            while tls_connection.recv(65536):
                tls_connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with serve_connections(talk) as origin:
        yield Secured(origin.replace("http:", "https:"), authority, client, folder)


@pytest.mark.parametrize("arrangement", ["both", "two", "folder"])
def test_certificates_may_be_in_one_file_two_files_or_a_folder(
    secured: Secured, tmp_path: Path, arrangement: str
) -> None:
    folder = tmp_path / "trusted"
    folder.mkdir()
    shutil.copy(secured.authority.certificate, folder)
    (folder / "README").write_text("not a certificate")
    two_files = f"{secured.client.certificate},{secured.client.key}"
    connection = Connection(
        ca=str(folder if arrangement == "folder" else secured.authority.certificate),
        client_cert=two_files if arrangement == "two" else str(secured.client.both),
    )
    assert send_request(secured.origin, tmp_path, validate_connection(connection)) == 204


def test_an_unknown_certificate_is_accepted_only_without_verification(
    secured: Secured, tmp_path: Path
) -> None:
    client = str(secured.client.both)
    assert "not trusted" in preflight_error(secured.origin, tmp_path, Connection(client_cert=client))
    with http_proxy() as proxy:
        for address in (None, proxy.address):
            connection = Connection(client_cert=client, verify_tls=False, proxy=address)
            assert send_request(secured.origin, tmp_path, validate_connection(connection)) == 204


def test_mutual_tls_goes_through_proxies(secured: Secured, tmp_path: Path) -> None:
    direct = Connection(ca=str(secured.authority.certificate), client_cert=str(secured.client.both))
    for open_proxy in (http_proxy, socks_proxy):
        with open_proxy() as proxy:
            connection = Connection(ca=direct.ca, client_cert=direct.client_cert, proxy=proxy.address)
            assert send_request(secured.origin, tmp_path, connection) == 204
            assert len(proxy.requests) == 1


def test_a_missing_client_certificate_is_reported(secured: Secured, tmp_path: Path) -> None:
    message = preflight_error(secured.origin, tmp_path, Connection(ca=str(secured.authority.certificate)))
    assert "--client-cert" in message
    assert "--ca" in preflight_error(
        secured.origin, tmp_path, Connection(client_cert=str(secured.client.both))
    )


def test_unusable_certificate_files_are_reported(secured: Secured, tmp_path: Path) -> None:
    client, other = secured.client, secured.authority.issue("other")
    nonsense, empty, folder = tmp_path / "nonsense.pem", tmp_path / "empty.pem", tmp_path / "folder"
    nonsense.write_bytes(b"\x00\xff nonsense")
    empty.touch()
    folder.mkdir()
    locked = encrypt_key(client, tmp_path / "locked.key")
    for ca in (nonsense, empty):
        assert f"--ca '{ca}' contains no readable PEM certificate" in configuration_error(
            Connection(ca=str(ca))
        )
    assert "contains no certificates" in configuration_error(Connection(ca=str(folder)))
    (folder / "bad.pem").write_text("nonsense")
    assert f"--ca '{folder / 'bad.pem'}'" in configuration_error(Connection(ca=str(folder)))
    for text in (
        nonsense,
        client.certificate,
        f"{client.certificate},{other.key}",
        f"{client.certificate},{locked}",
    ):
        assert f"--client-cert '{text}' cannot be used" in configuration_error(
            Connection(client_cert=str(text))
        )
    missing_file_error = configuration_error(Connection(client_cert=f"{client.certificate},missing.key"))
    assert "--client-cert missing.key cannot be read: No such file" in missing_file_error
    folder_error = configuration_error(Connection(client_cert=str(folder)))
    assert f"--client-cert {folder} is a folder, not a regular file" in folder_error


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_and_printed(tmp_path: Path, status: int) -> None:
    request_numbers = itertools.count()

    def throttle_once(_: ReceivedRequest) -> Reply | None:
        return Reply(status, b"", (("retry-after", "1"),)) if next(request_numbers) == 6 else None

    screen = Terminal()
    with (
        reference_server() as origin,
        serve_between(origin, throttle_once) as target,
        Progress(Console(file=screen, force_terminal=True, color_system="standard", width=120)) as progress,
    ):
        settings = Settings(
            Target(httpx.URL(target), ACCOUNT, ("video",)), select="API-AUTH-BASIC-ACCEPT", output=tmp_path
        )
        record = run(settings, progress)
    assert record["exit_code"] == 0
    assert record["seconds"] >= 0.9
    assert "waiting 1 s (Retry-After)" in screen.getvalue()
