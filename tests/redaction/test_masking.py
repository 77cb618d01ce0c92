"""Secrets are replaced by placeholders above the bottom of the transport stack."""

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
from tests.support.fake_targets import ACCOUNT, CONFERENCES, ORIGIN, faked

STANDING = placeholder_account(account_traits(ACCOUNT))
NAME = "cc-0badcafe-5d3c1f9e7a2b-0_Z"


def test_placeholders_in_a_request_are_replaced_by_the_secrets(tmp_path: Path) -> None:
    received: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(200, json={"id": f"of-{ACCOUNT.token}", "display_name": NAME})

    body = json.dumps({"display_name": NAME}).encode()
    with faked(note, tmp_path) as wire:
        account = wire.target.account
        query = f"project={account.project}&token={account.token}"
        wire.send(Request("POST", f"{CONFERENCES}?{query}", body=body, credential=NO_CREDENTIALS), ORIGIN)
        made = wire.evidence.exchanges[0].id
        for method in ("GET", "DELETE"):
            wire.send(Request(method, f"{CONFERENCES}/{made}"), ORIGIN)
    created, *addressed = received
    assert dict(created.url.params) == {"project": ACCOUNT.project, "token": ACCOUNT.token}
    assert created.read() == body
    assert "authorization" not in created.headers
    path = f"{CONFERENCES}/of-{ACCOUNT.token}"
    assert [(each.method, each.url.path) for each in addressed] == [("GET", path), ("DELETE", path)]
    assert made == f"of-{STANDING.token}"
    assert wire.ledger.leftovers == ()
    assert ACCOUNT.token not in (tmp_path / "ledger.ndjson").read_text() + repr(wire)


def test_secrets_in_the_target_are_masked() -> None:
    target = Target(
        httpx.URL(f"https://{ACCOUNT.project.lower()}.example.test"), ACCOUNT, active_session=ACCOUNT.token
    )
    known = (
        SecretMask(ACCOUNT)
        .mask_settings(Settings(target, connection=Connection(proxy="http://u:p@h")))
        .target
    )
    assert known.origin == f"https://{STANDING.project}.example.test"
    assert known.active_session == STANDING.token
    assert known.account == STANDING


@pytest.mark.parametrize(
    "name, value, hidden",
    [
        ("X-Api-Key", "hdrKey-7Zq2Xv9Lw4", "hdrKey-7Zq2Xv9Lw4"),
        ("Authorization", "Bearer hdrKey-7Zq2Xv9Lw4", "hdrKey-7Zq2Xv9Lw4"),
        ("Cookie", "a=b; session=hdrKey-7Zq2Xv9Lw4", "hdrKey-7Zq2Xv9Lw4"),
    ],
)
def test_the_value_of_a_header_is_a_secret(name: str, value: str, hidden: str) -> None:
    sealed = secret_mask(ACCOUNT, Connection(((name, value),)))
    assert hidden not in sealed(f"echo {hidden}") + sealed.for_display(f"echo {hidden}")


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
    sealed = secret_mask(ACCOUNT, Connection(proxy=proxy))
    told = sealed(f"{proxy} some/user pass@word the-key-of-it")
    assert not [each for each in ("some/user", "some%2F", "pass@word", "pass%40", "the-key") if each in told]
    assert "proxy.test:8080" in told


def test_a_run_and_its_replay_display_the_same_marks() -> None:
    once, again = SecretMask(ACCOUNT), SecretMask(STANDING)
    seen = once(f"{ACCOUNT.token} {ACCOUNT.project} {ACCOUNT.token[3:20]}")
    assert once.for_display(seen) == again.for_display(seen) == "[secret] [project] [encoded secret]"
    assert repr(once) == "SecretMask(…)"


def test_a_body_that_is_not_text_is_masked_byte_by_byte(tmp_path: Path) -> None:
    body = b"\xff" + ACCOUNT.token.encode() + b"\xfe"
    with faked(lambda _: httpx.Response(200, content=body), tmp_path) as wire:
        response = wire.send(Request("GET", CONFERENCES), ORIGIN).response
    assert response is not None
    assert response.body == b"\xff" + STANDING.token.encode() + b"\xfe"


RETURNED = "vpt_0123456789abcdef0123456789abcdef"


def test_a_token_in_a_response_is_replaced_by_a_lookalike() -> None:
    told = {"id": "x", "token": RETURNED, "tokens": [{"token": RETURNED}, {"token": RETURNED[::-1]}]}
    seen = json.loads(mask_response_secrets(json.dumps(told)))
    assert RETURNED[4:16] not in json.dumps(seen)
    assert seen["token"].startswith("vpt_")
    assert len(seen["token"]) == len(RETURNED)
    assert set(seen["token"][4:]) <= set("0123456789abcdef")
    assert seen["token"] == seen["tokens"][0]["token"] != seen["tokens"][1]["token"]


@pytest.mark.parametrize(
    "text, kept",
    [
        ('{"url": "rtmp://live.test/app/Key7-abcd-efgh-ijkl"}', "rtmp://live.test/"),
        (
            '{"preview_url": "https://x.test/p.mp4?Expires=17&Signature=Zm9vYmFyYmF6"}',
            "https://x.test/p.mp4?",
        ),
        ('{"refresh_token": "abcdefghijklmnop1234"}', "refresh_token"),
    ],
)
def test_other_secrets_of_a_response_are_replaced_without_their_context(text: str, kept: str) -> None:
    seen = mask_response_secrets(text)
    assert kept in seen
    assert len(seen) == len(text)
    assert not [each for each in ("abcd-efgh", "Zm9vYmFy", "abcdefghijkl") if each in seen]


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
