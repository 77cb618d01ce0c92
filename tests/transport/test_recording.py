"""Recording of exchanges in the evidence, for any response and without secrets."""

import base64
import gzip
import hashlib
import json
import socket
import stat
import struct
import time
import urllib.parse
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.target import Limits
from conformance.http.credentials import BEARER, NOT_ENCODED, SWAPPED, Account, Credential
from conformance.http.exchange import Exchange, Origin, Request
from conformance.redaction.masking import ENCODED_PLACEHOLDER, account_traits, placeholder_account
from conformance.redaction.redactor import TOKEN_MARK, Redactor
from conformance.transport.content_decoding import MAX_BODY
from tests.support.fake_targets import (
    ACCOUNT,
    CONFERENCES,
    GET,
    ORIGIN,
    fake_stack,
    serve_connections,
    socket_stack,
)

PAIR = base64.b64encode(f"{ACCOUNT.project}:{ACCOUNT.token}".encode()).decode()
STATUS_LINE = b"HTTP/1.1 200 OK\r\n"
SHORT_TIMEOUT = 0.2  # seconds
MAX_SECONDS = 5  # the responses take 30 s or more if they do not time out


def evidence(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "evidence.ndjson").read_text().splitlines()]


def exchange_with(
    folder: Path, respond: Callable[[socket.socket], None], *, timeout: float = 10.0, request: Request = GET
) -> Exchange:
    """Send one request to a server that handles its connection with a function."""

    def receive_and_respond(connection: socket.socket) -> None:
        connection.recv(65536)
        respond(connection)

    with (
        serve_connections(receive_and_respond) as origin,
        socket_stack(origin, folder, Limits(timeout=timeout)) as stack,
    ):
        return stack.send(request, ORIGIN)


def exchange_with_bytes(folder: Path, response: bytes, **options: Any) -> Exchange:
    return exchange_with(folder, lambda connection: connection.sendall(response), **options)


def send_slowly(connection: socket.socket) -> None:
    connection.sendall(STATUS_LINE + b"\r\n")
    for _ in range(1500):
        connection.sendall(b"x")
        time.sleep(0.02)


def send_without_end(connection: socket.socket) -> None:
    connection.sendall(STATUS_LINE + b"\r\n")
    for _ in range(4 * MAX_BODY // 65536):
        connection.sendall(b"x" * 65536)


def silent(connection: socket.socket) -> None:
    connection.recv(1)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_an_exchange_is_stored_and_numbered_when_send_returns(tmp_path: Path) -> None:
    with fake_stack(lambda _: httpx.Response(404, json={"error": "Not Found"}), tmp_path) as stack:
        exchanges = [stack.send(GET, ORIGIN) for _ in range(3)]
        assert stack.evidence.exchanges == exchanges
    assert [exchange.number for exchange in exchanges] == [1, 2, 3]


def test_evidence_contains_request_and_response(tmp_path: Path) -> None:
    create = Request("POST", f"{CONFERENCES}?a=b", (("content-type", "application/json"),), '"é"'.encode())
    with fake_stack(
        lambda _: httpx.Response(422, headers={"x": "y"}, text='{"errors":[]}'), tmp_path
    ) as stack:
        stack.send(create, Origin("a check", "VC-CREATE", 2))
    (line,) = evidence(tmp_path)
    origin = {name: line[name] for name in ("number", "check", "operation", "attempt", "assessed")}
    assert origin == {
        "number": 1,
        "check": "a check",
        "operation": "VC-CREATE",
        "attempt": 2,
        "assessed": True,
    }
    assert line["request"] == {
        "method": "POST",
        "target": f"{CONFERENCES}?a=b",
        "headers": [["content-type", "application/json"]],
        "credential": "valid credentials",
        "body": '"é"',
    }
    assert line["response"]["status"] == 422
    assert ["x", "y"] in line["response"]["headers"]
    assert line["response"]["body"] == '{"errors":[]}'
    assert line["failure"] is None


def test_evidence_has_a_header_and_a_footer(tmp_path: Path) -> None:
    with fake_stack(lambda _: httpx.Response(204), tmp_path) as stack:
        stack.evidence.write_header({"effort": "smoke"})
        stack.send(GET, ORIGIN)
        digest = stack.evidence.digest
        stack.evidence.write_footer({"complete": True})
    header, line, footer = evidence(tmp_path)
    assert header["header"]["effort"] == "smoke"
    assert line["number"] == 1
    assert footer == {"footer": {"complete": True, "exchanges": 1, "sha256": digest}}
    lines_before_footer = (tmp_path / "evidence.ndjson").read_bytes().splitlines(keepends=True)[:-1]
    assert digest == hashlib.sha256(b"".join(lines_before_footer)).hexdigest()


def test_a_body_that_is_not_utf_8_is_recorded_in_base64(tmp_path: Path) -> None:
    exchange = exchange_with_bytes(tmp_path, STATUS_LINE + b"content-length: 3\r\n\r\n\xff\xfe\x00")
    assert exchange.response is not None
    assert base64.b64decode(evidence(tmp_path)[0]["response"]["base64"]) == b"\xff\xfe\x00"


def test_only_the_owner_may_read_the_evidence(tmp_path: Path) -> None:
    (tmp_path / "evidence.ndjson").touch(0o644)
    with fake_stack(lambda _: httpx.Response(200), tmp_path):
        assert stat.S_IMODE((tmp_path / "evidence.ndjson").stat().st_mode) == 0o600


SWAPPED_PAIR = base64.b64encode(f"{ACCOUNT.token}:{ACCOUNT.project}".encode()).decode()
ENCODED_SECRETS = {
    "raw": ACCOUNT.token,
    "url-encoded": urllib.parse.quote(ACCOUNT.token, safe=""),
    "base64": base64.b64encode(ACCOUNT.token.encode()).decode(),
    "pair": PAIR,
    "pair, url-encoded": urllib.parse.quote(PAIR, safe=""),
    "swapped pair": SWAPPED_PAIR,
    "swapped pair, url-encoded": urllib.parse.quote(SWAPPED_PAIR, safe=""),
    "project": ACCOUNT.project,
    "project in lowercase": ACCOUNT.project.lower(),
    "project in uppercase": ACCOUNT.project.upper(),
}
PLACEHOLDER = placeholder_account(account_traits(ACCOUNT))
PLACEHOLDERS = {
    "raw": PLACEHOLDER.token,
    "url-encoded": PLACEHOLDER.token,
    **{name: PLACEHOLDER.project for name in ENCODED_SECRETS if name.startswith("project")},
}


@pytest.mark.parametrize("name", ENCODED_SECRETS)
@pytest.mark.parametrize("location", ["request body", "request target", "header", "body", "bytes"])
def test_no_secret_is_recorded(tmp_path: Path, name: str, location: str) -> None:
    encoded_secret, placeholder = ENCODED_SECRETS[name], PLACEHOLDERS.get(name, ENCODED_PLACEHOLDER)
    request, response = GET, httpx.Response(200)
    if location == "request body":
        request = Request(
            "POST", CONFERENCES, (("x-echo", encoded_secret),), f"before {encoded_secret} after".encode()
        )
    elif location == "request target":
        query_value = encoded_secret if "%" in encoded_secret else urllib.parse.quote(encoded_secret, safe="")
        request = Request("GET", f"{CONFERENCES}?token={query_value}")
    elif location == "header":
        response = httpx.Response(200, headers={"x-echo": f"before {encoded_secret} after"})
    elif location == "body":
        response = httpx.Response(200, json={"echo": f"before {encoded_secret} after"})
    else:
        response = httpx.Response(200, content=b"\xff" + encoded_secret.encode() + b"\xfe")
    with fake_stack(lambda _: response, tmp_path) as stack:
        stack.send(request, ORIGIN)
    recorded_text = (tmp_path / "evidence.ndjson").read_text()
    recorded_bytes = base64.b64decode(evidence(tmp_path)[0]["response"].get("base64", "")).decode("latin-1")
    for secret in ENCODED_SECRETS.values():
        assert secret not in recorded_text + recorded_bytes
    assert placeholder in recorded_text + recorded_bytes


def test_a_token_is_recognized_with_json_escapes(tmp_path: Path) -> None:
    account = Account("project", 'PT"back\\slash"')
    with fake_stack(
        lambda _: httpx.Response(200, json={"echo": account.token}), tmp_path, account=account
    ) as stack:
        stack.send(GET, ORIGIN)
    body = evidence(tmp_path)[0]["response"]["body"]
    assert json.loads(body) == {"echo": placeholder_account(account_traits(account)).token}
    assert Redactor(account)(json.dumps([account.token])) == f'["{TOKEN_MARK}"]'


@pytest.mark.parametrize("credential", [BEARER, NOT_ENCODED, SWAPPED])
def test_credentials_are_recorded_by_their_label(tmp_path: Path, credential: Credential) -> None:
    with fake_stack(lambda _: httpx.Response(401), tmp_path) as stack:
        stack.send(Request("GET", CONFERENCES, credential=credential), ORIGIN)
    assert evidence(tmp_path)[0]["request"]["credential"] == credential.label
    assert "authorization" not in json.dumps(evidence(tmp_path)).lower()


def test_a_failure_that_quotes_a_secret_is_redacted(tmp_path: Path) -> None:
    def quote_secret(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"bad line: {ACCOUNT.token}")

    with fake_stack(quote_secret, tmp_path) as stack:
        stack.send(GET, ORIGIN)
    assert evidence(tmp_path)[0]["failure"] == f"ReadError: bad line: {PLACEHOLDER.token}"


def test_a_compressed_body_is_decoded(tmp_path: Path) -> None:
    for number, (coding, body) in enumerate(
        [("gzip", gzip.compress(b'{"a": 1}')), ("deflate", zlib.compress(b'{"a": 1}'))]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        head = f"content-encoding: {coding}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
        exchange = exchange_with_bytes(folder, STATUS_LINE + head + body)
        assert exchange.response_json == {"a": 1}
        assert evidence(folder)[0]["response"]["body"] == '{"a": 1}'


def test_a_body_in_another_coding_than_declared_is_a_failure(tmp_path: Path) -> None:
    exchange = exchange_with_bytes(
        tmp_path, STATUS_LINE + b"content-encoding: gzip\r\ncontent-length: 5\r\n\r\nplain"
    )
    assert exchange.response is None
    assert (exchange.failure or "").startswith("DecodingError")


def test_an_endless_body_is_rejected(tmp_path: Path) -> None:
    exchange = exchange_with(tmp_path, send_without_end)
    assert exchange.failure == f"TooLargeError: more than {MAX_BODY} bytes"
    assert exchange.response is None


def test_a_decompression_bomb_is_rejected(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * (MAX_BODY + 1))
    head = f"content-encoding: gzip\r\ncontent-length: {len(bomb)}\r\n\r\n".encode()
    exchange = exchange_with_bytes(tmp_path, STATUS_LINE + head + bomb)
    assert (exchange.failure or "").startswith("TooLargeError")


def test_a_body_of_the_maximum_size_is_read(tmp_path: Path) -> None:
    with fake_stack(lambda _: httpx.Response(200, content=b"x" * MAX_BODY), tmp_path) as stack:
        exchange = stack.send(GET, ORIGIN)
    assert exchange.response is not None
    assert len(exchange.response.body) == MAX_BODY


def test_a_body_that_is_sent_slowly_times_out(tmp_path: Path) -> None:
    started = time.monotonic()
    exchange = exchange_with(tmp_path, send_slowly, timeout=SHORT_TIMEOUT)
    assert exchange.failure == "ReadTimeout: timed out before the response was complete"
    assert time.monotonic() - started < MAX_SECONDS


def test_a_header_that_is_sent_slowly_times_out(tmp_path: Path) -> None:
    def send_header_slowly(connection: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nx-long: " + b"y" * 1500:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    started = time.monotonic()
    exchange = exchange_with(tmp_path, send_header_slowly, timeout=SHORT_TIMEOUT)
    assert exchange.failure == "ReadTimeout: timed out before the response was complete"
    assert time.monotonic() - started < MAX_SECONDS


def test_endless_interim_responses_time_out(tmp_path: Path) -> None:
    def send_interim_responses(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    started = time.monotonic()
    assert (exchange_with(tmp_path, send_interim_responses, timeout=SHORT_TIMEOUT).failure or "").startswith(
        "ReadTimeout"
    )
    assert time.monotonic() - started < MAX_SECONDS


def test_a_silent_target_times_out(tmp_path: Path) -> None:
    started = time.monotonic()
    exchange = exchange_with(tmp_path, silent, timeout=SHORT_TIMEOUT)
    assert (exchange.failure or "").startswith("ReadTimeout")
    assert time.monotonic() - started < MAX_SECONDS


@pytest.mark.parametrize(
    "respond",
    [
        lambda _: None,
        reset,
        lambda connection: connection.sendall(STATUS_LINE + b"content-length: 9\r\n\r\nshort"),
        lambda connection: connection.sendall(STATUS_LINE + b"transfer-encoding: chunked\r\n\r\n5\r\nab"),
        lambda connection: connection.sendall(b"no HTTP at all\r\n\r\n"),
        lambda connection: connection.sendall(STATUS_LINE + b"content-length: -5\r\n\r\n"),
        lambda connection: connection.sendall(STATUS_LINE + b"x: " + b"y" * 200_000 + b"\r\n\r\n"),
    ],
    ids=["closed", "reset", "short body", "short chunk", "not HTTP", "negative length", "endless header"],
)
def test_an_invalid_response_is_recorded_as_a_failure(
    tmp_path: Path, respond: Callable[[socket.socket], None]
) -> None:
    exchange = exchange_with(tmp_path, respond)
    assert exchange.response is None
    assert "Error" in (exchange.failure or "")
    assert evidence(tmp_path)[0]["failure"] == exchange.failure
    assert evidence(tmp_path)[0]["response"] is None


@pytest.mark.parametrize("value", [b"gr\xfcn", "gr\u00fcn \u202e".encode(), b"\xff\xfe"])
def test_headers_of_any_bytes_are_recorded(tmp_path: Path, value: bytes) -> None:
    with fake_stack(lambda _: httpx.Response(200, headers=[(b"x-odd", value)]), tmp_path) as stack:
        exchange = stack.send(GET, ORIGIN)
    assert exchange.status == 200
    assert exchange.response is not None
    assert exchange.response.header("x-odd") is not None


def test_refused_connections_are_recorded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with socket_stack(origin, tmp_path) as stack:
        assert (stack.send(GET, ORIGIN).failure or "").startswith("ConnectError")


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    urls: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        return httpx.Response(302, headers={"location": "http://elsewhere.test/"})

    with fake_stack(redirect, tmp_path) as stack:
        assert stack.send(GET, ORIGIN).status == 302
    assert urls == ["http://target.test/api/video/conferences/some-id"]


@pytest.mark.parametrize("target", ["//elsewhere.test/", "@elsewhere.test/", ":81/", ".elsewhere.test/"])
def test_no_request_leaves_the_origin(tmp_path: Path, target: str) -> None:
    hosts: set[tuple[str, int | None]] = set()

    def record_host(request: httpx.Request) -> httpx.Response:
        hosts.add((request.url.host, request.url.port))
        return httpx.Response(200)

    with fake_stack(record_host, tmp_path) as stack:
        exchange = stack.send(Request("GET", target), ORIGIN)
    assert hosts <= {("target.test", None)}
    assert hosts or (exchange.failure or "").startswith("OtherOriginError")


def test_the_creator_of_an_exchange_is_the_create_of_its_resource(tmp_path: Path) -> None:
    with fake_stack(lambda _: httpx.Response(200, json={"id": "made"}), tmp_path) as stack:
        create = stack.send(Request("POST", CONFERENCES), ORIGIN)
        get = stack.send(Request("GET", f"{CONFERENCES}/made?include_active_session=true"), ORIGIN)
        other_get = stack.send(Request("GET", f"{CONFERENCES}/other"), ORIGIN)
        assert stack.evidence.creator(get) is create
        assert stack.evidence.creator(other_get) is None


def test_an_internal_error_below_the_recording_transport_is_raised(tmp_path: Path) -> None:
    def raise_internal_error(_: httpx.Request) -> httpx.Response:
        raise KeyError("internal")

    with fake_stack(raise_internal_error, tmp_path) as stack, pytest.raises(KeyError):
        stack.send(GET, ORIGIN)


def test_a_header_may_hold_any_bytes(tmp_path: Path) -> None:
    exchange = exchange_with_bytes(
        tmp_path, STATUS_LINE + b"x-odd: \xff\xfe \xc2\xb2\r\ncontent-length: 2\r\n\r\n{}"
    )
    assert (exchange.status, exchange.response_json) == (200, {})


def test_a_response_with_too_many_header_fields_is_rejected(tmp_path: Path) -> None:
    fields = b"".join(b"x-%d: y\r\n" % number for number in range(1000))
    exchange = exchange_with_bytes(tmp_path, STATUS_LINE + fields + b"content-length: 2\r\n\r\n{}")
    assert exchange.failure == "TooLargeError: more than 500 header fields"
