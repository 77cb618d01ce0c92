"""Masking of secrets by placeholders in everything above the network transport."""

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from conformance.config.settings import Settings
from conformance.config.target import Connection, Target
from conformance.http.credentials import NO_CREDENTIALS, Account
from conformance.http.exchange import Request
from conformance.redaction.masking import SecretMask, account_traits, placeholder_account, secret_mask
from conformance.redaction.response_secrets import mask_response_secrets
from tests.support.fake_targets import ACCOUNT, CONFERENCES, ORIGIN, fake_stack

PLACEHOLDER = placeholder_account(account_traits(ACCOUNT))
NAME = "cc-0badcafe-5d3c1f9e7a2b-0_Z"


def test_placeholders_in_a_request_are_replaced_by_the_secrets(tmp_path: Path) -> None:
    received: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(200, json={"id": f"of-{ACCOUNT.token}", "display_name": NAME})

    body = json.dumps({"display_name": NAME}).encode()
    with fake_stack(respond, tmp_path) as stack:
        account = stack.target.account
        query = f"project={account.project}&token={account.token}"
        stack.send(Request("POST", f"{CONFERENCES}?{query}", body=body, credential=NO_CREDENTIALS), ORIGIN)
        identifier = stack.evidence.exchanges[0].id
        for method in ("GET", "DELETE"):
            stack.send(Request(method, f"{CONFERENCES}/{identifier}"), ORIGIN)
    create, *item_requests = received
    assert dict(create.url.params) == {"project": ACCOUNT.project, "token": ACCOUNT.token}
    assert create.read() == body
    assert "authorization" not in create.headers
    path = f"{CONFERENCES}/of-{ACCOUNT.token}"
    assert [(request.method, request.url.path) for request in item_requests] == [
        ("GET", path),
        ("DELETE", path),
    ]
    assert identifier == f"of-{PLACEHOLDER.token}"
    assert stack.ledger.leftovers == ()
    assert ACCOUNT.token not in (tmp_path / "ledger.ndjson").read_text() + repr(stack)


def test_secrets_in_the_target_are_masked() -> None:
    target = Target(
        httpx.URL(f"https://{ACCOUNT.project.lower()}.example.test"), ACCOUNT, active_session=ACCOUNT.token
    )
    masked = (
        SecretMask(ACCOUNT)
        .mask_settings(Settings(target, connection=Connection(proxy="http://u:p@h")))
        .target
    )
    assert masked.origin == f"https://{PLACEHOLDER.project}.example.test"
    assert masked.active_session == PLACEHOLDER.token
    assert masked.account == PLACEHOLDER


@pytest.mark.parametrize(
    "name, value, secret",
    [
        ("X-Api-Key", "hdrKey-7Zq2Xv9Lw4", "hdrKey-7Zq2Xv9Lw4"),
        ("Authorization", "Bearer hdrKey-7Zq2Xv9Lw4", "hdrKey-7Zq2Xv9Lw4"),
        ("Cookie", "a=b; session=hdrKey-7Zq2Xv9Lw4", "hdrKey-7Zq2Xv9Lw4"),
    ],
)
def test_the_value_of_a_header_is_a_secret(name: str, value: str, secret: str) -> None:
    mask = secret_mask(ACCOUNT, Connection(((name, value),)))
    assert secret not in mask(f"echo {secret}") + mask.for_display(f"echo {secret}")


@pytest.mark.parametrize(
    "name", ["Accept", "Accept-Language", "Content-Type", "User-Agent", "X-Forwarded-For"]
)
def test_the_value_of_an_ordinary_header_is_not_a_secret(name: str) -> None:
    assert (
        secret_mask(ACCOUNT, Connection(((name, "application/json"),)))("application/json")
        == "application/json"
    )


def test_user_password_and_query_of_a_proxy_are_secrets() -> None:
    proxy = "http://some%2Fuser:pass%40word@proxy.test:8080?key=the-key-of-it"
    mask = secret_mask(ACCOUNT, Connection(proxy=proxy))
    masked = mask(f"{proxy} some/user pass@word the-key-of-it")
    assert not [
        part for part in ("some/user", "some%2F", "pass@word", "pass%40", "the-key") if part in masked
    ]
    assert "proxy.test:8080" in masked


def test_a_run_and_its_replay_display_the_same_marks() -> None:
    mask_of_run, mask_of_replay = SecretMask(ACCOUNT), SecretMask(PLACEHOLDER)
    masked = mask_of_run(f"{ACCOUNT.token} {ACCOUNT.project} {ACCOUNT.token[3:20]}")
    assert (
        mask_of_run.for_display(masked)
        == mask_of_replay.for_display(masked)
        == "[secret] [project] [encoded secret]"
    )
    assert repr(mask_of_run) == "SecretMask(…)"


def test_a_body_that_is_not_text_is_masked_byte_by_byte(tmp_path: Path) -> None:
    body = b"\xff" + ACCOUNT.token.encode() + b"\xfe"
    with fake_stack(lambda _: httpx.Response(200, content=body), tmp_path) as stack:
        response = stack.send(Request("GET", CONFERENCES), ORIGIN).response
    assert response is not None
    assert response.body == b"\xff" + PLACEHOLDER.token.encode() + b"\xfe"


RETURNED_TOKEN = "vpt_0123456789abcdef0123456789abcdef"


def test_a_token_in_a_response_is_masked_in_the_same_form() -> None:
    body = {
        "id": "x",
        "token": RETURNED_TOKEN,
        "tokens": [{"token": RETURNED_TOKEN}, {"token": RETURNED_TOKEN[::-1]}],
    }
    masked = json.loads(mask_response_secrets(json.dumps(body)))
    assert RETURNED_TOKEN[4:16] not in json.dumps(masked)
    assert masked["token"].startswith("vpt_")
    assert len(masked["token"]) == len(RETURNED_TOKEN)
    assert set(masked["token"][4:]) <= set("0123456789abcdef")
    assert masked["token"] == masked["tokens"][0]["token"] != masked["tokens"][1]["token"]


@pytest.mark.parametrize(
    "text, context",
    [
        ('{"url": "rtmp://live.test/app/Key7-abcd-efgh-ijkl"}', "rtmp://live.test/"),
        (
            '{"preview_url": "https://x.test/p.mp4?Expires=17&Signature=Zm9vYmFyYmF6"}',
            "https://x.test/p.mp4?",
        ),
        ('{"refresh_token": "abcdefghijklmnop1234"}', "refresh_token"),
    ],
)
def test_other_secrets_of_a_response_are_masked_without_their_context(text: str, context: str) -> None:
    masked = mask_response_secrets(text)
    assert context in masked
    assert len(masked) == len(text)
    assert not [part for part in ("abcd-efgh", "Zm9vYmFy", "abcdefghijkl") if part in masked]


@pytest.mark.parametrize(
    "text",
    [
        '{"token": "short", "name": "abcdefghijklmnopqrstuvwxyz"}',
        '{"links": {"next": "/x?page_token=PA00000001"}, "page_token": "PA000000010000000100"}',
        '{"preview_url": "https://x.test/p.mp4", "url": "https://x.test/"}',
    ],
)
def test_ordinary_members_are_not_masked(text: str) -> None:
    assert mask_response_secrets(text) == text


def test_credentials_in_the_environment_are_masked_for_any_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALWIRE_API_TOKEN", "PTof-another-target-0123")
    other = replace(ACCOUNT, token="PTsomething-else-9876")
    assert "another-target" not in secret_mask(other, Connection())("PTof-another-target-0123")


def test_a_placeholder_token_has_the_letter_case_of_the_token() -> None:
    assert placeholder_account(account_traits(Account("p", "PTABCDEF"))).token.isupper()
    assert placeholder_account(account_traits(Account("p", "ptabcdef"))).token.islower()
