"""The printed line makes a real curl send what the suite sent, and holds no secret."""

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
from conformance.results.curl import curl_command
from conformance.testkit.api_client import encode_body
from tests.support.fake_targets import ACCOUNT, CONFERENCES, ENVIRONMENT, Received, Reply, answering, wired

JSON: Headers = (("content-type", "application/json"),)
CONSTANTS = [each for each in vars(credentials).values() if isinstance(each, Credential)]
ALL = [*CONSTANTS, with_scheme_spelling("basic"), with_scheme_spelling("BASIC")]


@dataclass
class Capturing:
    """A server that keeps what it receives and answers every create with one id."""

    made: str = "made-by-curl"
    origin: str = ""
    received: list[Received] = field(default_factory=list)

    def __call__(self, received: Received) -> Reply:
        self.received.append(received)
        return Reply(body=json.dumps({"id": self.made}).encode())


@pytest.fixture(scope="module")
def server() -> Iterator[Capturing]:
    capturing = Capturing()
    with answering(capturing) as capturing.origin:
        yield capturing


def target(server: Capturing, account: Account = ACCOUNT) -> Target:
    return Target(httpx.URL(server.origin), account)


def exchange(request: Request, *, made: str | None = None) -> Exchange:
    response = Response(200, JSON, json.dumps({"id": made}).encode()) if made else None
    return Exchange(1, Origin("check", "VC-CREATE"), request, response, None, dt.datetime.now(dt.UTC), 0)


def run(line: str, folder: Path, account: Account = ACCOUNT) -> str:
    """Run a line as somebody would who has put the credentials into the environment, and nothing else."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        PROJECT_VARIABLE: account.project,
        TOKEN_VARIABLE: account.token,
    }
    shell = subprocess.run(
        ["/bin/bash", "-c", line], env=environment, cwd=folder, capture_output=True, check=True, timeout=20
    )
    assert shell.stderr == b""
    return shell.stdout.decode("utf-8", "replace")


def received_from_curl(
    server: Capturing, folder: Path, request: Request, account: Account = ACCOUNT
) -> Received:
    line = curl_command(target(server, account), exchange(request), None)
    server.received.clear()
    run(line, folder, account)
    (received,) = server.received
    return received


def received_from_us(server: Capturing, folder: Path, request: Request) -> Received:
    server.received.clear()
    with wired(server.origin, folder, Limits()) as wire:
        wire.send(request, Origin("check", "VC-CREATE"))
    (received,) = server.received
    return received


def test_there_are_credentials_to_try() -> None:
    assert len(CONSTANTS) >= 20
    assert len({each.label for each in ALL}) == len(ALL)


@pytest.mark.parametrize("credential", ALL, ids=lambda each: each.label)
def test_curl_sends_the_authorization_that_the_suite_sends(
    server: Capturing, tmp_path: Path, credential: Credential
) -> None:
    request = Request("GET", f"{CONFERENCES}/some-id", credential=credential)
    ours = received_from_us(server, tmp_path, request)
    theirs = received_from_curl(server, tmp_path, request)
    assert theirs.header("authorization") == ours.header("authorization")
    assert ours.header("authorization") == credential.header(ACCOUNT)


@pytest.mark.parametrize("credential", ALL, ids=lambda each: each.label)
def test_no_two_credentials_are_the_same_header(credential: Credential) -> None:
    others = {each.header(ACCOUNT) for each in ALL if each is not credential}
    assert credential.header(ACCOUNT) not in others


@pytest.mark.parametrize("credential", ALL, ids=lambda each: each.label)
def test_the_printed_line_holds_no_secret(server: Capturing, credential: Credential) -> None:
    query = f"?api_token={ACCOUNT.token}&project_id={ACCOUNT.project}"
    request = Request("POST", f"{CONFERENCES}{query}", JSON, b'{"display_name": "a"}', credential)
    line = curl_command(target(server), exchange(request), None)
    assert not [secret for secret in (*base64_secrets(ACCOUNT), ACCOUNT.token) if secret in line]
    assert not [secret for secret in (*base64_secrets(ACCOUNT), ACCOUNT.token) if secret in credential.curl]


def test_good_credentials_are_those_of_the_account() -> None:
    word, pair = str(VALID.header(ACCOUNT)).split()
    assert (word, base64.b64decode(pair).decode()) == ("Basic", f"{ACCOUNT.project}:{ACCOUNT.token}")
    assert NO_CREDENTIALS.header(ACCOUNT) is None


@pytest.mark.parametrize("length", [1, 2, 7])
def test_a_short_token_is_cut_and_changed_like_a_long_one(
    server: Capturing, tmp_path: Path, length: int
) -> None:
    account = Account(ACCOUNT.project, "aB3dE5g"[:length])
    for credential in (credentials.HALF, credentials.TRUNCATED, credentials.WRONG_LAST_CHARACTER):
        request = Request("GET", CONFERENCES, credential=credential)
        theirs = received_from_curl(server, tmp_path, request, account)
        assert theirs.header("authorization") == credential.header(account)


def test_an_account_does_not_show_itself() -> None:
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
def test_a_body_arrives_byte_for_byte(server: Capturing, tmp_path: Path, body: bytes) -> None:
    received = received_from_curl(server, tmp_path, Request("POST", CONFERENCES, JSON, body))
    assert received.body == body
    assert (received.method, received.target) == ("POST", CONFERENCES)
    assert received.header("content-type") == "application/json"


@pytest.mark.parametrize("name", ["quotes", "shell", "nul", "leading at"])
def test_curl_sends_the_body_that_the_suite_sends(server: Capturing, tmp_path: Path, name: str) -> None:
    request = Request("POST", CONFERENCES, JSON, BODIES[name])
    ours = received_from_us(server, tmp_path, request)
    theirs = received_from_curl(server, tmp_path, request)
    assert theirs.body == ours.body


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "PATCH"])
@pytest.mark.parametrize("body", [b"", b"{}"])
def test_method_and_target_arrive(server: Capturing, tmp_path: Path, method: str, body: bytes) -> None:
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
def test_headers_arrive(server: Capturing, tmp_path: Path, headers: Headers) -> None:
    received = received_from_curl(server, tmp_path, Request("POST", CONFERENCES, headers, b"{}"))
    assert [received.header(name) for name, _ in headers] == [value for _, value in headers]


def test_credentials_in_the_query_arrive_and_are_not_printed(server: Capturing, tmp_path: Path) -> None:
    account = Account("project-1", "PTplainToken")
    path = f'{CONFERENCES}?project_id={account.project}&api_token={account.token}&x=$(id)`id`\\"'
    request = Request("GET", path, credential=NO_CREDENTIALS)
    line = curl_command(target(server, account), exchange(request), None)
    assert account.token not in line
    received = received_from_curl(server, tmp_path, request, account)
    assert received.target.startswith(
        f"{CONFERENCES}?project_id=project-1&api_token=PTplainToken&x=$(id)`id`"
    )
    assert received.header("authorization") is None


def test_a_get_of_what_was_made_takes_the_id_of_its_own_create(server: Capturing, tmp_path: Path) -> None:
    created = exchange(Request("POST", CONFERENCES, JSON, b'{"display_name": "it\'s"}'), made="made-then")
    read = exchange(Request("GET", f"{CONFERENCES}/made-then?include_active_session=true"))
    server.received.clear()
    shown = run(curl_command(target(server), read, created), tmp_path)
    create, get = server.received
    assert (create.method, create.body) == ("POST", b'{"display_name": "it\'s"}')
    assert (get.method, get.target) == ("GET", f"{CONFERENCES}/made-by-curl?include_active_session=true")
    assert shown.startswith("HTTP/1.1 200 OK")
    assert shown.count("HTTP/1.1") == 1


def test_a_delete_with_other_credentials_shows_the_good_ones_to_create(
    server: Capturing, tmp_path: Path
) -> None:
    created = exchange(Request("POST", CONFERENCES, JSON, b"\0"), made="made-then")
    request = Request("DELETE", f"{CONFERENCES}/made-then", credential=credentials.WRONG_TOKEN)
    server.received.clear()
    run(curl_command(target(server), exchange(request), created), tmp_path)
    create, delete = server.received
    assert (create.header("authorization"), create.body) == (VALID.header(ACCOUNT), b"\0")
    assert delete.header("authorization") == credentials.WRONG_TOKEN.header(ACCOUNT)
    assert (delete.method, delete.target) == ("DELETE", f"{CONFERENCES}/made-by-curl")


def test_a_create_that_gave_no_id_is_not_repeated(server: Capturing) -> None:
    failed = exchange(Request("POST", CONFERENCES, JSON, b"{}"))
    read = exchange(Request("GET", f"{CONFERENCES}/x"))
    assert "CREATED_ID" not in curl_command(target(server), read, failed)


def test_the_base_path_of_the_target_is_in_its_requests(server: Capturing, tmp_path: Path) -> None:
    based = replace(target(server), url=httpx.URL(f"{server.origin}/base/"))
    request = Request("GET", based.target_path(f"{CONFERENCES}/x"))
    server.received.clear()
    run(curl_command(based, exchange(request), None), tmp_path)
    assert server.received[0].target == f"/base{CONFERENCES}/x"


def test_the_environment_is_the_one_that_is_documented() -> None:
    assert set(ENVIRONMENT) == {"SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN"}
