"""Request bodies are parsed as JSON; other bodies are rejected with status 400."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.support.servers.reference_client import create, is_bad_request, open_client, send, server


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with open_client(server()) as client:
        yield client


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"display_name":"a"',
        b'{"display_name":"a",}',
        b'{"display_name":"a"}}',
        b"{'display_name':'a'}",
        b'{"display_name":NaN}',
        b'{"display_name":"\xff"}',
        b'{"display_name":"\\ud800"}',
        '{"display_name":"a"}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"display_name":"a","x":' + b"[" * 999 + b"]" * 999 + b"}",
    ],
)
def test_body_that_is_not_valid_json_is_a_bad_request(client: httpx.Client, body: bytes) -> None:
    assert is_bad_request(send(client, body))


def test_body_above_the_size_limit_is_too_large(client: httpx.Client) -> None:
    response = send(client, b'{"display_name":"' + b"a" * (1 << 20) + b'"}')
    assert (response.status_code, response.json()) == (413, {"error": "Content Too Large"})


@pytest.mark.parametrize("body", [b"[]", b"null", b'"a"', b"1", b"true"])
def test_body_that_is_not_an_object_is_rejected(client: httpx.Client, body: bytes) -> None:
    assert send(client, body).json()["errors"][0]["code"] == "invalid_object"


@pytest.mark.parametrize(
    "body",
    [
        b'{"display_name":"a\\u0000b"}',
        b'{"display_name":"a","display_name":"b"}',
        b'{"display_name":"a","x":' + b"9" * 5000 + b"}",
        b'{"display_name":"a","x":1e999}',
        b'{"display_name":"a","x":' + b"[" * 99 + b"]" * 99 + b"}",
        b'\n\t{"display_name" : "\\u00e9\\ud83d\\ude00"}  ',
    ],
)
def test_unusual_json_is_accepted(client: httpx.Client, body: bytes) -> None:
    assert send(client, body).status_code == 200


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_charset_is_accepted(client: httpx.Client, charset: str) -> None:
    media_type = f"application/json; charset={charset}"
    assert send(client, b'{"display_name":"a"}', **{"Content-Type": media_type}).status_code == 200


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "application/json; charset=latin-1", "*/*"]
)
def test_other_media_type_is_a_bad_request(client: httpx.Client, media_type: str) -> None:
    assert is_bad_request(send(client, b'{"display_name":"a"}', **{"Content-Type": media_type}))


def test_responses_are_encoded_in_utf_8(client: httpx.Client) -> None:
    response = create(client, display_name="é")
    assert '"display_name":"é"'.encode() in response.content
    assert json.loads(response.content.decode("utf-8"))["display_name"] == "é"
