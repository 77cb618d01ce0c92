"""The printed curl command sends the same request as the suite, and contains no secrets."""

import base64
import datetime as dt
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest

from conformance.config.target import Limits, Target
from conformance.http import credentials
from conformance.http.credentials import (
    NO_CREDENTIALS,
    PROJECT_VARIABLE,
    TOKEN_VARIABLE,
    VALID,
    Account,
    Credential,
    base64_secrets,
    with_scheme_spelling,
)
from conformance.http.exchange import Exchange, Headers, Origin, Request, Response
from conformance.results.reproduction.commands import reproduction_commands
from conformance.results.reproduction.curl import curl_command
from conformance.testkit.resource_client import encode_body
from tests.support.fake_targets import (
    ACCOUNT,
    CONFERENCES,
    ENVIRONMENT,
    ReceivedRequest,
    Reply,
    serve_replies,
    socket_stack,
)

JSON: Headers = (("content-type", "application/json"),)
CONSTANTS = [credential for credential in vars(credentials).values() if isinstance(credential, Credential)]
CREDENTIALS = [*CONSTANTS, with_scheme_spelling("basic"), with_scheme_spelling("BASIC")]


@dataclass
class RecordingServer:
    """A server that stores every request and responds to every create with the same id."""

    resource_id: str = "made-by-curl"
    origin: str = ""
    received: list[ReceivedRequest] = field(default_factory=list)

    def __call__(self, received: ReceivedRequest) -> Reply:
        self.received.append(received)
        return Reply(body=json.dumps({"id": self.resource_id}).encode())


@pytest.fixture(scope="module")
def server() -> Iterator[RecordingServer]:
    capturing = RecordingServer()
    with serve_replies(capturing) as capturing.origin:
        yield capturing


def target(server: RecordingServer, account: Account = ACCOUNT) -> Target:
    return Target(httpx.URL(server.origin), account)


def exchange(request: Request, *, resource_id: str | None = None) -> Exchange:
    response = Response(200, JSON, json.dumps({"id": resource_id}).encode()) if resource_id else None
    return Exchange(1, Origin("check", "VC-CREATE"), request, response, None, dt.datetime.now(dt.UTC), 0)


def run(command: str, folder: Path, account: Account = ACCOUNT) -> str:
    """Run a command with only the credentials in the environment."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        PROJECT_VARIABLE: account.project,
        TOKEN_VARIABLE: account.token,
    }
    process = subprocess.run(
        ["/bin/bash", "-c", command], env=environment, cwd=folder, capture_output=True, check=True, timeout=20
    )
    assert process.stderr == b""
    return process.stdout.decode("utf-8", "replace")


def received_from_curl(
    server: RecordingServer, folder: Path, request: Request, account: Account = ACCOUNT
) -> ReceivedRequest:
    command = curl_command(target(server, account), request)
    server.received.clear()
    run(command, folder, account)
    (received,) = server.received
    return received


def received_from_suite(server: RecordingServer, folder: Path, request: Request) -> ReceivedRequest:
    server.received.clear()
    with socket_stack(server.origin, folder, Limits()) as transport:
        transport.send(request, Origin("check", "VC-CREATE"))
    (received,) = server.received
    return received


def test_the_labels_of_credentials_are_unique() -> None:
    assert len(CONSTANTS) >= 20
    assert len({credential.label for credential in CREDENTIALS}) == len(CREDENTIALS)


@pytest.mark.parametrize("credential", CREDENTIALS, ids=lambda credential: credential.label)
def test_curl_sends_the_authorization_that_the_suite_sends(
    server: RecordingServer, tmp_path: Path, credential: Credential
) -> None:
    request = Request("GET", f"{CONFERENCES}/some-id", credential=credential)
    from_suite = received_from_suite(server, tmp_path, request)
    from_curl = received_from_curl(server, tmp_path, request)
    assert from_curl.header("authorization") == from_suite.header("authorization")
    assert from_suite.header("authorization") == credential.header(ACCOUNT)


@pytest.mark.parametrize("credential", CREDENTIALS, ids=lambda other: other.label)
def test_every_credential_has_its_own_header(credential: Credential) -> None:
    other_headers = {other.header(ACCOUNT) for other in CREDENTIALS if other is not credential}
    assert credential.header(ACCOUNT) not in other_headers


@pytest.mark.parametrize("credential", CREDENTIALS, ids=lambda credential: credential.label)
def test_the_printed_command_contains_no_secret(server: RecordingServer, credential: Credential) -> None:
    query = f"?api_token={ACCOUNT.token}&project_id={ACCOUNT.project}"
    request = Request("POST", f"{CONFERENCES}{query}", JSON, b'{"display_name": "a"}', credential)
    command = curl_command(target(server), request)
    assert not [secret for secret in (*base64_secrets(ACCOUNT), ACCOUNT.token) if secret in command]
    assert not [secret for secret in (*base64_secrets(ACCOUNT), ACCOUNT.token) if secret in credential.curl]


def test_valid_credentials_are_those_of_the_account() -> None:
    scheme, encoded = str(VALID.header(ACCOUNT)).split()
    assert (scheme, base64.b64decode(encoded).decode()) == ("Basic", f"{ACCOUNT.project}:{ACCOUNT.token}")
    assert NO_CREDENTIALS.header(ACCOUNT) is None


@pytest.mark.parametrize("length", [1, 2, 7])
def test_a_short_token_is_truncated_and_changed_like_a_long_one(
    server: RecordingServer, tmp_path: Path, length: int
) -> None:
    account = Account(ACCOUNT.project, "aB3dE5g"[:length])
    for credential in (credentials.HALF, credentials.TRUNCATED, credentials.WRONG_LAST_CHARACTER):
        request = Request("GET", CONFERENCES, credential=credential)
        from_curl = received_from_curl(server, tmp_path, request, account)
        assert from_curl.header("authorization") == credential.header(account)


@pytest.mark.parametrize("token", ["abc#", "#bc", "#", "##", "ab%", "tök€n"])
@pytest.mark.parametrize("project", ["project", "project#"])
def test_a_changed_credential_differs_from_the_valid_one_whatever_its_characters(
    server: RecordingServer, tmp_path: Path, project: str, token: str
) -> None:
    account = Account(project, token)
    for credential in (
        credentials.WRONG_LAST_CHARACTER,
        credentials.WRONG_FIRST_CHARACTER,
        credentials.OTHER_END,
    ):
        header = credential.header(account)
        assert header != VALID.header(account)
        request = Request("GET", CONFERENCES, credential=credential)
        assert received_from_curl(server, tmp_path, request, account).header("authorization") == header


def test_the_repr_of_an_account_contains_no_token() -> None:
    assert ACCOUNT.token not in f"{ACCOUNT} {ACCOUNT!r} {Target(httpx.URL('http://x'), ACCOUNT)}"


BODIES = {
    "empty": b"",
    "plain": b'{"display_name": "a"}',
    "quotes": b"""{"a": "it's 'quoted' \\"twice\\""}""",
    "shell": b'"$HOME `id` $(id) \\\\ ; & | > < * ? ~ ! # %s %n %d"',
    "newlines": b'{\n\t"a": "b\\nc"\r\n}\n',
    "ends in newlines": b"{}\n\n\n",
    "nul": b'{"a": "\0", "b": "a\0b"}',
    "control characters": bytes(range(32)) + b"\x7f",
    "digits after control characters": b"\0011\x0177\x1f0",
    "invalid utf-8": b'{"a": "\xff\xfe\xc3"}',
    "every byte": bytes(range(256)),
    "percent signs": b"\x00%s %d %% 100%\n",
    "unicode": '{"a": "é 漢字 😀 \u202e \u2028 \ufeff"}'.encode(),
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "leading at": b"@/etc/hostname",
    "leading hyphen": b"--data",
    "3000 characters": encode_body({"description": "x" * 3000}),
    "3000 letters of three bytes": encode_body({"description": "漢" * 3000}),
    "3000 control characters": encode_body({"description": "a"}) + b"\x01" * 3000,
    "100 000 bytes": b"[" * 50_000 + b"]" * 50_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_is_received_unchanged(server: RecordingServer, tmp_path: Path, body: bytes) -> None:
    received = received_from_curl(server, tmp_path, Request("POST", CONFERENCES, JSON, body))
    assert received.body == body
    assert (received.method, received.target) == ("POST", CONFERENCES)
    assert received.header("content-type") == "application/json"


@pytest.mark.parametrize("name", ["quotes", "shell", "nul", "leading at"])
def test_curl_sends_the_body_that_the_suite_sends(server: RecordingServer, tmp_path: Path, name: str) -> None:
    request = Request("POST", CONFERENCES, JSON, BODIES[name])
    from_suite = received_from_suite(server, tmp_path, request)
    from_curl = received_from_curl(server, tmp_path, request)
    assert from_curl.body == from_suite.body


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "PATCH"])
@pytest.mark.parametrize("body", [b"", b"{}"])
def test_method_and_target_are_received_unchanged(
    server: RecordingServer, tmp_path: Path, method: str, body: bytes
) -> None:
    path = f"{CONFERENCES}/a%2Fb%20c%22d?include_active_session=true&x=%24HOME%26%27"
    request = Request(method, path, JSON, body)
    received = received_from_curl(server, tmp_path, request)
    assert (received.method, received.target, received.body) == (request.method, path, body)


@pytest.mark.parametrize(
    "headers",
    [
        (("content-type", "text/plain; charset='x'"),),
        (("content-type", "application/json"), ("x-quote", 'it\'s "$HOME" `id`')),
    ],
)
def test_headers_are_received_unchanged(server: RecordingServer, tmp_path: Path, headers: Headers) -> None:
    received = received_from_curl(server, tmp_path, Request("POST", CONFERENCES, headers, b"{}"))
    assert [received.header(name) for name, _ in headers] == [value for _, value in headers]


def test_credentials_in_the_query_are_sent_but_not_printed(server: RecordingServer, tmp_path: Path) -> None:
    account = Account("project-1", "PTplainToken")
    path = f'{CONFERENCES}?project_id={account.project}&api_token={account.token}&x=$(id)`id`\\"'
    request = Request("GET", path, credential=NO_CREDENTIALS)
    command = curl_command(target(server, account), request)
    assert account.token not in command
    received = received_from_curl(server, tmp_path, request, account)
    assert received.target.startswith(
        f"{CONFERENCES}?project_id=project-1&api_token=PTplainToken&x=$(id)`id`"
    )
    assert received.header("authorization") is None


def test_a_get_after_a_create_uses_the_id_of_that_create(server: RecordingServer, tmp_path: Path) -> None:
    created = exchange(
        Request("POST", CONFERENCES, JSON, b'{"display_name": "it\'s"}'), resource_id="made-then"
    )
    fetched = exchange(Request("GET", f"{CONFERENCES}/made-then?include_active_session=true"))
    server.received.clear()
    output = run(reproduction_commands(target(server), [created, fetched]), tmp_path)
    create, get, cleanup = server.received
    assert (create.method, create.body) == ("POST", b'{"display_name": "it\'s"}')
    assert (get.method, get.target) == ("GET", f"{CONFERENCES}/made-by-curl?include_active_session=true")
    assert output.startswith("HTTP/1.1 200 OK")
    assert output.count("HTTP/1.1") == 2
    assert (cleanup.method, cleanup.target) == ("DELETE", f"{CONFERENCES}/made-by-curl")


def test_a_delete_with_invalid_credentials_creates_with_valid_ones(
    server: RecordingServer, tmp_path: Path
) -> None:
    created = exchange(Request("POST", CONFERENCES, JSON, b"\0"), resource_id="made-then")
    request = Request("DELETE", f"{CONFERENCES}/made-then", credential=credentials.WRONG_TOKEN)
    server.received.clear()
    run(reproduction_commands(target(server), [created, exchange(request)]), tmp_path)
    create, delete, cleanup = server.received
    assert cleanup.header("authorization") == VALID.header(ACCOUNT)
    assert (create.header("authorization"), create.body) == (VALID.header(ACCOUNT), b"\0")
    assert delete.header("authorization") == credentials.WRONG_TOKEN.header(ACCOUNT)
    assert (delete.method, delete.target) == ("DELETE", f"{CONFERENCES}/made-by-curl")


def test_a_single_request_that_creates_nothing_is_one_command(server: RecordingServer) -> None:
    fetched = exchange(Request("GET", f"{CONFERENCES}/x"))
    answered = replace(fetched, response=Response(404, JSON, b"{}"))
    assert reproduction_commands(target(server), [answered]) == curl_command(target(server), fetched.request)


def test_requests_contain_the_base_path_of_the_target(server: RecordingServer, tmp_path: Path) -> None:
    with_base_path = replace(target(server), url=httpx.URL(f"{server.origin}/base/"))
    request = Request("GET", with_base_path.target_path(f"{CONFERENCES}/x"))
    server.received.clear()
    run(curl_command(with_base_path, request), tmp_path)
    assert server.received[0].target == f"/base{CONFERENCES}/x"


def test_the_environment_variables_are_the_documented_ones() -> None:
    assert set(ENVIRONMENT) == {"SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN"}
