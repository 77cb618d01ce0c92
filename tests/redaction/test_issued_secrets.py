"""Masking of secrets that the target issues, by name and by form."""

import json
import time
from collections.abc import Callable

import pytest

from conformance.redaction.issued_secrets import IssuedSecrets
from conformance.redaction.masking import ENCODED_PLACEHOLDER, SecretMask
from tests.support.fake_targets import ACCOUNT

SECRET = "s3cr3tV4lue-9Xy"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
MEMBERS = [
    *("token", "accessToken", "access_token", "refresh-token", "idToken", "clientSecret", "client_secret"),
    *("apiKey", "api_key", "x-api-key", "privateKey", "secret_key", "streamKey", "password", "db.password"),
    *("userPwd", "signature", "jwt", "sessionToken", "Authorization"),
]
TEXTS = [
    *(json.dumps({name: SECRET}) for name in MEMBERS),
    json.dumps({"a": [{"b": {"token": SECRET}}]}, indent=2),
    json.dumps({"accessTokens": [SECRET, "short", SECRET]}, indent=2),
    json.dumps(json.dumps({"tokens": [SECRET, SECRET]})),
    json.dumps(json.dumps({"accessToken": SECRET})),
    '{"token": "' + "".join(f"\\u{ord(character):04x}" for character in SECRET) + '"}',
    f"<accessToken>{SECRET}</accessToken>",
    f"Authorization: Bearer {SECRET}",
    f"the header was 'Basic {SECRET}'",
    f"https://b.test/x?X-Amz-Signature={SECRET}&X-Amz-Date=1",
    f"https://b.test/x?se=1&sig={SECRET}",
    f'"https:\\/\\/b.test\\/x?a=1\\u0026Signature={SECRET}"',
    f"?access_token={SECRET}",
    f"https://b.test/?a=1&amp;key={SECRET}",
    f"?next=%3Fa%3D1%26token%3D{SECRET}",
    f"access_token={SECRET}&token_type=bearer",
    f"postgres://user:{SECRET}@db.test/x",
    f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
    json.dumps(f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----"),
]
HEADERS = {
    "Set-Cookie": f"sid={SECRET}; Path=/; HttpOnly",
    "Authorization": f"Bearer {SECRET}",
    "Proxy-Authorization": f"Basic {SECRET}",
    "X-Auth-Token": SECRET,
    "X-Api-Key": SECRET,
    "X-Client-Secret": SECRET,
    "X-Amz-Security-Token": SECRET,
    "Location": f"/x?token={SECRET}",
    "Link": f'</x?sig={SECRET}>; rel="next"',
}
ORDINARY = [
    '{"errors":[{"attribute":"token","code":"invalid_token","message":"Token is invalid or expired"}]}',
    '{"token":"has_expired","password":"is not 8 to 30 characters long"}',
    '{"error":"Bearer authentication is required"}',
    'Basic realm="api", charset="UTF-8"',
    "Basic Authorization failed for user 12345678",
    '{"links":{"next":"/x?page_token=PA0000000100000"},"page_token":"PA00000001"}',
    '{"nextPageToken":"abcdef123456","token_type":"Bearer","token_id":"4711081547110815"}',
    '{"id":"c4a7be15-9d02-4f6e-8b31-0a5e7d98f2c6","session_id":"1f6a3c58-2d7b-4e90-8a4c-b05e97d3f126"}',
    '{"key":"meeting-2041","token":{"name":"abcdefghij1"}}',
    '{"image":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA"}',
    '{"display_name":"The secret: 4 keys, token=none","mail":"someone@example.test/x"}',
]


@pytest.mark.parametrize("text", TEXTS)
def test_an_issued_secret_is_masked_in_the_same_form(text: str) -> None:
    masked = IssuedSecrets().mask(text)
    assert SECRET not in masked
    assert len(masked) == len(text)
    if text.startswith(("{", '"')):
        assert _shape(json.loads(masked)) == _shape(json.loads(text))


def _shape(value: object) -> object:
    """Return a JSON value with its strings replaced by their length."""
    if isinstance(value, dict):
        return {key: _shape(member) for key, member in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else len(str(value))


@pytest.mark.parametrize("name", HEADERS)
def test_the_secret_of_a_header_is_masked_in_the_same_form(name: str) -> None:
    masked = IssuedSecrets().mask_header(name, HEADERS[name])
    assert SECRET not in masked
    assert len(masked) == len(HEADERS[name])
    assert masked.replace(masked[HEADERS[name].index(SECRET) :][: len(SECRET)], SECRET) == HEADERS[name]


def test_the_payload_and_signature_of_a_jwt_are_masked() -> None:
    masked = IssuedSecrets().mask(f"issued {JWT}, now")
    head, payload, signature = JWT.split(".")
    assert masked.startswith(f"issued {head}.")
    assert payload not in masked
    assert signature not in masked
    assert len(masked) == len(f"issued {JWT}, now")


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_not_masked(text: str) -> None:
    assert IssuedSecrets().mask(text) == text


@pytest.mark.parametrize(
    "name", ["X-Request-Id", "ETag", "Idempotency-Key", "WWW-Authenticate", "X-Page-Token"]
)
def test_an_ordinary_header_is_not_masked(name: str) -> None:
    assert IssuedSecrets().mask_header(name, 'Basic realm="a1b2c3d4e5"') == 'Basic realm="a1b2c3d4e5"'


def test_masked_secrets_are_equal_if_the_secrets_are_equal() -> None:
    body = {"token": SECRET, "accessToken": SECRET, "refreshToken": SECRET[::-1]}
    masked = json.loads(IssuedSecrets().mask(json.dumps(body)))
    assert masked["token"] == masked["accessToken"] != masked["refreshToken"]


@pytest.mark.parametrize("encode", [str, lambda text: text.encode().hex()], ids=["plain", "hexadecimal"])
def test_placeholders_of_the_account_are_not_masked(encode: Callable[[str], str]) -> None:
    mask = SecretMask(ACCOUNT)
    placeholders = (mask.placeholder_account.token, ENCODED_PLACEHOLDER)
    masked = IssuedSecrets(placeholders).mask(mask(json.dumps({"token": encode(ACCOUNT.token)})))
    assert json.loads(masked)["token"] in placeholders


@pytest.mark.parametrize(
    "unit",
    ['"token', '"token":"', "token=", "eyJaaaaaaaaa.", "Basic Aa1", "://a:", "://@", "<token>", '":"\\u0041'],
)
def test_masking_takes_linear_time(unit: str) -> None:
    text = f"token bearer @ / = {unit * (1024 * 1024 // len(unit))}"
    started = time.thread_time()
    IssuedSecrets().mask(text)
    assert time.thread_time() - started < 10
