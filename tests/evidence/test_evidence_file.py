"""Evidence files: writing, reading, and detection of truncated and changed files."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Settings
from conformance.config.target import Target
from conformance.evidence import evidence_file
from conformance.evidence.evidence_file import Evidence, EvidenceFile
from conformance.evidence.evidence_reader import EvidenceError, read_evidence
from conformance.evidence.header import header_data
from conformance.http.credentials import Account
from conformance.http.exchange import Exchange, Origin, Request, Response
from conformance.redaction.masking import SecretMask, account_traits, placeholder_account
from tests.support.fake_targets import ACCOUNT, ENVIRONMENT, reference_server

NOW = datetime(2041, 5, 6, 7, 8, 9, tzinfo=UTC)
REQUEST = Request("GET", "/api/video/conferences/x")
RESPONSE = Response(200, (("content-type", "application/json"),), b'{"id": "x"}')
EXCHANGE = Exchange(0, Origin("a check", "VC-GET"), REQUEST, RESPONSE, None, NOW, 0.25)


def header(account: Account) -> dict[str, Any]:
    """Return a complete header, as a run writes it."""
    data = header_data(Settings(Target(httpx.URL("http://target.test"), account)))
    return {**data, "started": "2026-01-01T00:00:00+00:00"}


def write_evidence(
    folder: Path, *exchanges: Exchange, account: Account = ACCOUNT, with_footer: bool = True
) -> Path:
    evidence = EvidenceFile(folder)
    evidence.write_header(header(account))
    for exchange in exchanges:
        evidence.add(exchange)
    if with_footer:
        evidence.write_footer({"complete": True, "seconds": 1.0})
    evidence.close()
    return next(folder.glob("evidence.*"))


def test_written_evidence_is_read(tmp_path: Path) -> None:
    failed = replace(EXCHANGE, response=None, failure="ConnectError: refused")
    bytes_ = replace(EXCHANGE, response=Response(200, (), b"\xff\xfe\x00"))
    evidence = read_evidence(write_evidence(tmp_path, EXCHANGE, failed, bytes_))
    assert [exchange.number for exchange in evidence.responses] == [1, 2, 3]
    assert [exchange.response for exchange in evidence.responses] == [RESPONSE, None, bytes_.response]
    assert evidence.responses[1].failure == "ConnectError: refused"
    assert {(exchange.started, exchange.seconds) for exchange in evidence.responses} == {(NOW, 0.25)}
    assert evidence.footer is not None
    assert evidence.footer["exchanges"] == 3


def test_the_key_of_a_request_does_not_depend_on_its_time(tmp_path: Path) -> None:
    other = replace(EXCHANGE, request=replace(REQUEST, target="/api/video/conferences/y"))
    repeated = replace(EXCHANGE, origin=Origin("a check", "VC-GET", attempt=1))
    later = replace(EXCHANGE, started=NOW.replace(year=2042), seconds=3.0)
    first_key, other_key, repeated_key, later_key = (
        exchange.request_key
        for exchange in read_evidence(write_evidence(tmp_path, EXCHANGE, other, repeated, later)).responses
    )
    assert first_key == later_key
    assert len({first_key, other_key, repeated_key}) == 3


def test_an_exchange_is_read_with_the_placeholders_of_the_run(tmp_path: Path) -> None:
    pair = f"{ACCOUNT.project}:{ACCOUNT.token}"
    body = json.dumps({"token": ACCOUNT.token, "project": ACCOUNT.project.upper(), "pair": pair}).encode()
    masked = SecretMask(ACCOUNT).mask_exchange(
        replace(EXCHANGE, response=Response(200, (("x-token", ACCOUNT.token),), body))
    )
    path = write_evidence(tmp_path, masked)
    text = path.read_text(encoding="utf-8")
    assert ACCOUNT.token not in text
    assert ACCOUNT.project.lower() not in text.lower()
    [exchange] = read_evidence(path).responses
    placeholder = placeholder_account(account_traits(ACCOUNT))
    assert exchange.response == masked.response
    assert exchange.response is not None
    assert exchange.response.header("x-token") == placeholder.token
    assert exchange.response.json["project"] == placeholder.project
    assert exchange.response.json["pair"] == f"{placeholder.project}:{placeholder.token}"


@pytest.mark.parametrize(
    "account",
    [
        Account("5f3c6d2e-8b1a-4c7d-9e0f-a1b2c3d4e5f6", "PTletters"),
        Account("57325120-0000-4000-8000-000000000000", "1234567890"),
        Account("a-project", "PTletters"),
        Account("12345678", "1234567890"),
        Account("a-project", "PTCAPITALS"),
        Account("a-project", "pt-small"),
    ],
)
def test_a_placeholder_account_has_the_same_traits(account: Account) -> None:
    placeholder = placeholder_account(account_traits(account))
    assert account_traits(placeholder) == account_traits(account)
    assert (placeholder.project, placeholder.token) != (account.project, account.token)


def test_a_truncated_file_is_read_up_to_its_last_complete_line(tmp_path: Path) -> None:
    path = write_evidence(tmp_path, EXCHANGE, EXCHANGE, EXCHANGE)
    content = path.read_bytes()
    starts = [0, *(position + 1 for position, byte in enumerate(content) if byte == ord("\n"))]
    for cut in range(starts[1], len(content)):
        path.write_bytes(content[:cut])
        evidence = read_evidence(path)
        assert evidence.footer is None
        assert len(evidence.responses) == sum(cut >= start for start in starts[2:5])


def test_a_changed_byte_is_detected(tmp_path: Path) -> None:
    path = write_evidence(tmp_path, EXCHANGE)
    content = path.read_bytes()
    footer = content.rindex(b'{"footer"')
    for position in range(len(content)):
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        if b'"seconds"' in content[footer:position] and position > footer:
            continue  # these members of the footer are also in results.json
        try:
            read_evidence(path)
        except EvidenceError:
            continue
        assert position >= footer, f"a change of byte {position} is not detected"


def append_line(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b'{"more": 1}\n')


def swap_exchanges(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join((lines[0], lines[2], lines[1], *lines[3:])))


def remove_header(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def truncate(path: Path) -> None:
    path.write_bytes(b"")


def change_format(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"format": 2', b'"format": 9', 1))


def write_invalid_json(path: Path) -> None:
    path.write_bytes(b"{" * 100_000 + b"\n")


@pytest.mark.parametrize(
    "change, message",
    [
        (append_line, "unexpected line after the footer"),
        (swap_exchanges, "expected exchange 1, found 2"),
        (remove_header, "not a header of evidence"),
        (truncate, "its header is missing"),
        (change_format, "unsupported format 9"),
        (write_invalid_json, "line 1: not valid JSON"),
    ],
)
def test_an_invalid_line_is_reported(tmp_path: Path, change: Callable[[Path], None], message: str) -> None:
    path = write_evidence(tmp_path, EXCHANGE, EXCHANGE)
    change(path)
    with pytest.raises(EvidenceError, match=message):
        read_evidence(path)


def test_a_large_file_is_compressed_and_can_be_read(tmp_path: Path) -> None:
    large = replace(EXCHANGE, response=Response(200, (), b"x" * 1_000_000))
    path = write_evidence(tmp_path, *[large] * 17)
    assert path.name == evidence_file.COMPRESSED_FILE_NAME
    assert not (tmp_path / evidence_file.FILE_NAME).exists()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(read_evidence(path).responses) == 17
    with gzip.open(path) as file:
        assert json.loads(file.readline())["header"]["format"] == 2


def test_evidence_of_an_earlier_run_is_replaced(tmp_path: Path) -> None:
    (tmp_path / evidence_file.COMPRESSED_FILE_NAME).write_bytes(b"old")
    assert write_evidence(tmp_path, EXCHANGE).name == evidence_file.FILE_NAME


def test_evidence_without_a_file_has_no_digest() -> None:
    evidence = Evidence()
    evidence.write_header(header(ACCOUNT))
    assert evidence.add(EXCHANGE).number == 1
    evidence.write_footer({})
    assert evidence.digest is None


def test_exchanges_are_in_the_file_if_the_process_is_killed(tmp_path: Path) -> None:
    generator = random.Random(4)
    with reference_server("--latency", "5") as origin:
        for turn in range(5):
            folder = tmp_path / str(turn)
            options = ["--target", origin, "--output", str(folder)]
            command = [sys.executable, "-m", "conformance", "run", *options]
            process = subprocess.Popen(command, env=os.environ | ENVIRONMENT, stdout=subprocess.DEVNULL)
            _wait_for_evidence(folder)
            time.sleep(generator.uniform(0, 1.5))
            process.send_signal(signal.SIGKILL)
            process.wait()
            evidence = read_evidence(folder / evidence_file.FILE_NAME)
            assert evidence.footer is None
            numbers = [exchange.number for exchange in evidence.responses]
            assert numbers == list(range(1, len(numbers) + 1))


def _wait_for_evidence(folder: Path) -> None:
    for _ in range(600):
        path = folder / evidence_file.FILE_NAME
        if path.is_file() and path.stat().st_size:
            return
        time.sleep(0.05)
    pytest.fail("no evidence was written")


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_footer_contains_the_digest_of_the_lines_before_it(tmp_path: Path) -> None:
    path = write_evidence(tmp_path, EXCHANGE)
    *lines_before_footer, _ = path.read_bytes().splitlines(keepends=True)
    digest = sha256(b"".join(lines_before_footer)).hexdigest()
    assert records(path)[-1]["footer"]["sha256"] == digest
