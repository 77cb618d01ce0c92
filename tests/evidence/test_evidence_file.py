"""Evidence files are read as they were written; truncated or changed ones are detected."""

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
from conformance.evidence.header import header_data as whole
from conformance.http.credentials import Account
from conformance.http.exchange import Exchange, Origin, Request, Response
from conformance.redaction.masking import SecretMask, account_traits, placeholder_account
from tests.support.fake_targets import ACCOUNT, ENVIRONMENT, reference

NOW = datetime(2041, 5, 6, 7, 8, 9, tzinfo=UTC)
ASKED = Request("GET", "/api/video/conferences/x")
ANSWERED = Response(200, (("content-type", "application/json"),), b'{"id": "x"}')
SOME = Exchange(0, Origin("a check", "VC-GET"), ASKED, ANSWERED, None, NOW, 0.25)


def header(account: Account) -> dict[str, Any]:
    """Return a complete header, as a run writes it."""
    told = whole(Settings(Target(httpx.URL("http://target.test"), account)))
    return {**told, "started": "2026-01-01T00:00:00+00:00"}


def written(folder: Path, *exchanges: Exchange, account: Account = ACCOUNT, ended: bool = True) -> Path:
    keeping = EvidenceFile(folder)
    keeping.write_header(header(account))
    for exchange in exchanges:
        keeping.add(exchange)
    if ended:
        keeping.write_footer({"complete": True, "seconds": 1.0})
    keeping.close()
    return next(folder.glob("evidence.*"))


def test_written_evidence_is_read(tmp_path: Path) -> None:
    failed = replace(SOME, response=None, failure="ConnectError: refused")
    bytes_ = replace(SOME, response=Response(200, (), b"\xff\xfe\x00"))
    testimony = read_evidence(written(tmp_path, SOME, failed, bytes_))
    assert [answer.number for answer in testimony.responses] == [1, 2, 3]
    assert [answer.response for answer in testimony.responses] == [ANSWERED, None, bytes_.response]
    assert testimony.responses[1].failure == "ConnectError: refused"
    assert {(answer.started, answer.seconds) for answer in testimony.responses} == {(NOW, 0.25)}
    assert testimony.footer is not None
    assert testimony.footer["exchanges"] == 3


def test_the_key_of_a_request_does_not_depend_on_its_time(tmp_path: Path) -> None:
    other = replace(SOME, request=replace(ASKED, target="/api/video/conferences/y"))
    repeated = replace(SOME, origin=Origin("a check", "VC-GET", attempt=1))
    later = replace(SOME, started=NOW.replace(year=2042), seconds=3.0)
    one, two, three, four = (
        each.request_key for each in read_evidence(written(tmp_path, SOME, other, repeated, later)).responses
    )
    assert one == four
    assert len({one, two, three}) == 3


def test_an_exchange_is_read_with_the_placeholders_that_the_run_saw(tmp_path: Path) -> None:
    pair = f"{ACCOUNT.project}:{ACCOUNT.token}"
    body = json.dumps({"token": ACCOUNT.token, "project": ACCOUNT.project.upper(), "pair": pair}).encode()
    seen = SecretMask(ACCOUNT).mask_exchange(
        replace(SOME, response=Response(200, (("x-token", ACCOUNT.token),), body))
    )
    path = written(tmp_path, seen)
    text = path.read_text(encoding="utf-8")
    assert ACCOUNT.token not in text
    assert ACCOUNT.project.lower() not in text.lower()
    [answer] = read_evidence(path).responses
    placeholder = placeholder_account(account_traits(ACCOUNT))
    assert answer.response == seen.response
    assert answer.response is not None
    assert answer.response.header("x-token") == placeholder.token
    assert answer.response.json["project"] == placeholder.project
    assert answer.response.json["pair"] == f"{placeholder.project}:{placeholder.token}"


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
    path = written(tmp_path, SOME, SOME, SOME)
    whole = path.read_bytes()
    starts = [0, *(place + 1 for place, byte in enumerate(whole) if byte == ord("\n"))]
    for cut in range(starts[1], len(whole)):
        path.write_bytes(whole[:cut])
        testimony = read_evidence(path)
        assert testimony.footer is None
        assert len(testimony.responses) == sum(cut >= start for start in starts[2:5])


def test_a_changed_byte_is_detected(tmp_path: Path) -> None:
    path = written(tmp_path, SOME)
    whole = path.read_bytes()
    footer = whole.rindex(b'{"footer"')
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        if b'"seconds"' in whole[footer:place] and place > footer:
            continue  # what a footer tells besides stands in results.json
        try:
            read_evidence(path)
        except EvidenceError:
            continue
        assert place >= footer, f"byte {place} may be anything"


def put_behind(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b'{"more": 1}\n')


def swapped(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join((lines[0], lines[2], lines[1], *lines[3:])))


def without_header(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def of_another_format(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"format": 1', b'"format": 9', 1))


def not_json(path: Path) -> None:
    path.write_bytes(b"{" * 100_000 + b"\n")


@pytest.mark.parametrize(
    "spoil, told",
    [
        (put_behind, "unexpected line after the footer"),
        (swapped, "expected exchange 1, found 2"),
        (without_header, "not a header of evidence"),
        (empty, "its header is missing"),
        (of_another_format, "unsupported format 9"),
        (not_json, "line 1: not valid JSON"),
    ],
)
def test_an_invalid_line_is_reported(tmp_path: Path, spoil: Callable[[Path], None], told: str) -> None:
    path = written(tmp_path, SOME, SOME)
    spoil(path)
    with pytest.raises(EvidenceError, match=told):
        read_evidence(path)


def test_a_large_file_is_compressed_and_can_be_read(tmp_path: Path) -> None:
    large = replace(SOME, response=Response(200, (), b"x" * 1_000_000))
    path = written(tmp_path, *[large] * 17)
    assert path.name == evidence_file.COMPRESSED_FILE_NAME
    assert not (tmp_path / evidence_file.FILE_NAME).exists()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(read_evidence(path).responses) == 17
    with gzip.open(path) as file:
        assert json.loads(file.readline())["header"]["format"] == 1


def test_evidence_of_an_earlier_run_is_replaced(tmp_path: Path) -> None:
    (tmp_path / evidence_file.COMPRESSED_FILE_NAME).write_bytes(b"old")
    assert written(tmp_path, SOME).name == evidence_file.FILE_NAME


def test_evidence_without_a_file_has_no_digest() -> None:
    keeping = Evidence()
    keeping.write_header(header(ACCOUNT))
    assert keeping.add(SOME).number == 1
    keeping.write_footer({})
    assert keeping.digest is None


def test_exchanges_are_in_the_file_if_the_process_is_killed(tmp_path: Path) -> None:
    moments = random.Random(4)
    with reference("--latency", "5") as origin:
        for turn in range(5):
            folder = tmp_path / str(turn)
            line = [sys.executable, "-m", "conformance", "run", "--target", origin, "--output", str(folder)]
            running = subprocess.Popen(line, env=os.environ | ENVIRONMENT, stdout=subprocess.DEVNULL)
            _wait_for_evidence(folder)
            time.sleep(moments.uniform(0, 1.5))
            running.send_signal(signal.SIGKILL)
            running.wait()
            testimony = read_evidence(folder / evidence_file.FILE_NAME)
            assert testimony.footer is None
            numbers = [answer.number for answer in testimony.responses]
            assert numbers == list(range(1, len(numbers) + 1))


def _wait_for_evidence(folder: Path) -> None:
    for _ in range(600):
        path = folder / evidence_file.FILE_NAME
        if path.is_file() and path.stat().st_size:
            return
        time.sleep(0.05)
    pytest.fail("no evidence was written")


def told(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_footer_contains_the_digest_of_the_lines_before_it(tmp_path: Path) -> None:
    path = written(tmp_path, SOME)
    *before, _ = path.read_bytes().splitlines(keepends=True)
    digest = sha256(b"".join(before)).hexdigest()
    assert told(path)[-1]["footer"]["sha256"] == digest
