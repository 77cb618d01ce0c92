"""Signed statements that no certificate contains do not verify."""

import copy
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.certificate import attestation
from conformance.certificate.keys import PRIVATE_KEY_FILE, PUBLIC_KEY_FILE, envelope_key, load_signer
from conformance.certificate.verification import DOES_NOT_VERIFY
from tests.support.command_line import invoke
from tests.support.forged_certificates import (
    SMALL_SELECTION,
    sign,
    sign_statement,
    statement_of,
    verify_bundle,
)

ODD_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 10**400, 1.5, "", "x", [], {}, [[]], {"": None}),
    *("9" * 100_000, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01"),
)
FREE_TEXT_MEMBERS = frozenset({"vendor", "product", "version"})  # chosen by the signer


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in list(pairs)[:4]:
        yield value, key
        yield from places(child)


def changed_statements(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the statement with each member removed, and then with each odd value in its place."""
    for number, (_, key) in enumerate(places(statement)):
        for value in ("removed", *ODD_VALUES):
            changed = copy.deepcopy(statement)
            container, _ = list(places(changed))[number]
            if value == "removed":
                del container[key]
            elif container[key] == value or (key in FREE_TEXT_MEMBERS and isinstance(value, str)):
                continue
            else:
                container[key] = value
            if changed != statement:
                yield changed


def test_no_changed_and_signed_statement_verifies(partial_bundle: Path, keys: Path) -> None:
    sign(partial_bundle, keys)
    statement = statement_of(partial_bundle)
    attempts = 0
    for changed in changed_statements(statement):
        sign_statement(partial_bundle, keys, changed)
        result = verify_bundle(partial_bundle, keys)
        assert result.status == DOES_NOT_VERIFY, changed
        assert result.problems
        attempts += 1
    assert attempts > 500


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"NaN",
        b"[" * 100_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"_type": "x", "_type": "y"}',
        b'{"predicate": {"configuration": [{"annotations": NaN}]}}',
        b"\xff\xfe",
    ],
)
def test_a_payload_that_is_not_a_statement_does_not_verify(
    partial_bundle: Path, keys: Path, payload: bytes
) -> None:
    from securesystemslib.dsse import Envelope  # noqa: PLC0415 - only this test signs a raw payload
    from securesystemslib.signer import Signature  # noqa: PLC0415 - the same

    envelope = Envelope(payload, "application/vnd.in-toto+json", {})
    signer = load_signer(keys / PRIVATE_KEY_FILE)
    envelope_id = envelope_key(signer.public_key).keyid
    envelope.signatures[envelope_id] = Signature(envelope_id, signer.sign(envelope.pae()).hex())
    (partial_bundle / attestation.FILE).write_text(json.dumps(envelope.to_dict(), indent=1) + "\n")
    result = verify_bundle(partial_bundle, keys)
    assert result.status == DOES_NOT_VERIFY
    assert "certificate.json" in result.problems[0]


def test_require_conforms_passes_only_for_conforms_under_the_given_key(
    certified_conforming: Path, partial_bundle: Path, keys: Path
) -> None:
    public = ("--public-key", keys / PUBLIC_KEY_FILE)
    assert invoke("verify", certified_conforming, "--require", "conforms", *public).exit_code == 0
    unauthenticated = invoke("verify", certified_conforming, "--require", "conforms")
    assert unauthenticated.exit_code == 1
    assert unauthenticated.output.splitlines()[0] == "conforms  not authenticated: no --public-key given"
    sign(partial_bundle, keys)
    partial = invoke("verify", partial_bundle, "--require", "conforms", *public)
    assert (partial.exit_code, invoke("verify", partial_bundle, *public).exit_code) == (1, 0)
    assert "the status is 'partial'" in partial.output


def test_verify_prints_the_certified_run(partial_bundle: Path, keys: Path) -> None:
    sign(partial_bundle, keys)
    lines = invoke("verify", partial_bundle, "--public-key", keys / PUBLIC_KEY_FILE).output.splitlines()
    fields = dict(line.strip().split(maxsplit=1) for line in lines[1:])
    assert fields["target"] == "http://reference"
    assert [fields[name] for name in ("vendor", "product", "version")] == ["Vendor", "Server", "2.1"]
    assert fields["profiles"] == "video, fabric"
    assert fields["effort"] == "smoke"
    assert fields["options"] == f"--select {SMALL_SELECTION}, --effort smoke"
    assert fields["run"].startswith(f"{datetime.now(UTC):%Y-}")
    assert fields["issued"] < fields["expires"]
    assert re.fullmatch("SHA-256 [0-9a-f]{64}", fields["key"])
    assert fields["suite"].startswith("conference-conformance ")
    assert "hypothesis " in fields["engines"]
    assert fields["key"].startswith("SHA-256 ")
    assert fields["suite"].startswith("conference-conformance ")
    assert "passed" in fields["verdicts"]
