"""Bundles that somebody forged, weakened or broke, and signed with a key of their own, do not pass."""

import copy
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.certificate import attestation
from conformance.certificate.chronology import Validity
from conformance.certificate.verification import DOES_NOT_VERIFY, verify
from conformance.cli.main import main
from conformance.config.settings import Effort
from conformance.config.target import Limits
from conformance.evidence import evidence_file
from conformance.transport.resources import ledger
from reports.records.results_file import FILE
from tests.support.bundles import copied, ran
from tests.support.forged_certificates import (
    Lines,
    forge,
    judged,
    rewrite_evidence,
    sign,
    sign_files,
    sign_statement,
    since_now,
    statement_of,
)

SELECT = "API-AUTH-BASIC-ACCEPT,VC-CREATE-MINIMAL"
YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of two requirements: what is wrong with it is found at once."""
    folder = tmp_path_factory.mktemp("small") / "bundle"
    ran(folder, select=SELECT)
    return folder


@pytest.fixture
def part(small: Path, tmp_path: Path) -> Path:
    return copied(small, tmp_path / "bundle")


def invoke_verify(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["verify", *map(str, arguments)], catch_exceptions=False)


def test_the_part_itself_verifies_as_partial(part: Path, keys: Path) -> None:
    sign(part, keys)
    found = judged(part, keys)
    assert (found.status, found.problems, found.conforms) == ("partial", (), False)


# Weakened runs.


@pytest.mark.parametrize(
    "how, status",
    [
        ({"effort": Effort.SMOKE}, "partial"),
        ({"effort": Effort.SMOKE, "limits": Limits(concurrency=1)}, "inconclusive"),
    ],
)
def test_a_weakened_run_is_not_plain_conformance(
    tmp_path: Path, keys: Path, how: dict[str, Any], status: str
) -> None:
    ran(tmp_path / "bundle", **how)
    sign(tmp_path / "bundle", keys)
    found = judged(tmp_path / "bundle", keys)
    assert (found.status, found.problems, found.conforms) == (status, (), False)


def test_a_statement_that_leaves_the_difference_out_does_not_verify(part: Path, keys: Path) -> None:
    sign(part, keys)
    statement = statement_of(part)
    annotations = statement["predicate"]["configuration"][0]["annotations"]
    annotations.update({"status": "conforms", "differences": [], "effort": "standard", "select": ""})
    sign_statement(part, keys, statement)
    found = judged(part, keys)
    assert (found.status, found.is_valid) == (DOES_NOT_VERIFY, False)


def of_header(**members: Any) -> Callable[[Lines], Lines]:
    def change(lines: Lines) -> Lines:
        return [{"header": lines[0]["header"] | members}, *lines[1:]]

    return change


@pytest.mark.parametrize(
    "members, option",
    [
        ({"max_requests": 400}, "--max-requests 400"),
        ({"max_live": 20}, "--max-live 20"),
        ({"max_seconds": 60.0}, "--max-seconds 60"),
        ({"timeout": 1.0}, "--timeout 1"),
        ({"fail_fast": True}, "--fail-fast"),
        ({"allow_leftovers": True}, "--allow-leftovers"),
        ({"headers": ["X-Mode"]}, "--header X-Mode"),
    ],
)
def test_an_option_of_the_run_is_in_the_record_and_shown(
    part: Path, keys: Path, members: dict[str, Any], option: str
) -> None:
    forge(part, keys, of_header(**members))
    done = invoke_verify(part, "--public-key", keys / attestation.PUBLIC_KEY_FILE)
    assert done.output.splitlines()[0] == "partial  signed by the given key"
    assert option in done.output
    assert option in statement_of(part)["predicate"]["configuration"][0]["annotations"]["differences"]


# Times.


def moved(by: timedelta, *, header: bool = True, exchanges: bool = True) -> Callable[[Lines], Lines]:
    def change(lines: Lines) -> Lines:
        for line in lines:
            told = line.get("header", line)
            if header if "header" in line else exchanges:
                told["started"] = (datetime.fromisoformat(told["started"]) + by).isoformat()
        return lines

    return change


def nothing(lines: Lines) -> Lines:
    return lines


def at(**later: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**later)


EXTREME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
FIRST = datetime(1, 1, 1, tzinfo=UTC)


TIMES: dict[str, tuple[Callable[[Lines], Lines], Callable[[], Validity] | None, str]] = {
    "a run of 2021": (moved(-5 * YEAR), None, "more than 24 hours after the run started"),
    "exchanges of 2021": (moved(-5 * YEAR, header=False), None, "before the run started"),
    "exchanges of 2031": (moved(5 * YEAR, header=False), None, "after the run ended"),
    "a run of 2031": (moved(5 * YEAR), None, "the run started in the future"),
    "issued in 2030": (nothing, lambda: Validity(at(days=1500), at(days=1600)), "issued in the future"),
    "issued before the run": (nothing, lambda: Validity(at(hours=-2), at(days=30)), "before the run ended"),
    "expired when it was issued": (nothing, lambda: Validity(at(), at(days=-1)), "before it was issued"),
    "valid for too long": (nothing, lambda: Validity(at(), at(days=3700)), "the maximum is 3650"),
    "valid until the last year": (nothing, lambda: Validity(at(), EXTREME), "the maximum is 3650"),
    "issued in the first year": (nothing, lambda: Validity(FIRST, at(days=30)), "before the run ended"),
    "issued in the last year": (nothing, lambda: Validity(EXTREME, EXTREME), "issued in the future"),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_that_contradict_each_other_do_not_verify(part: Path, keys: Path, name: str) -> None:
    change, term, problem = TIMES[name]
    forge(part, keys, change, term and term())
    found = judged(part, keys)
    assert found.status == DOES_NOT_VERIFY
    assert any(problem in each for each in found.problems), found.problems


@pytest.mark.parametrize(
    "started", ["0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
@pytest.mark.parametrize("place", ["header", "exchange"])
def test_the_first_and_the_last_year_are_read_without_an_error(part: Path, started: str, place: str) -> None:
    def change(lines: Lines) -> Lines:
        line = lines[0]["header"] if place == "header" else lines[3]
        line["started"] = started
        return lines

    rewrite_evidence(part, change)
    assert invoke_verify(part).exit_code == 1


def test_a_waiver_ends_the_certificate(part: Path, keys: Path) -> None:
    today = datetime.now(UTC).date()
    waiver = {"requirement": "VC-CREATE-MINIMAL", "reason": "not yet", "expires": str(today)}

    def change(lines: Lines) -> Lines:
        lines = of_header(waivers=[waiver])(lines)
        for line in lines:
            if "test_" in line.get("check", "") or line.get("check") == "VC-CREATE-MINIMAL":
                line["response"] = line["response"] and {**line["response"], "status": 500, "body": "{}"}
        return lines

    forge(part, keys, change, since_now(days=30))
    found = judged(part, keys)
    record = json.loads((part / FILE).read_text())
    applied = [each for each in record["waivers"] if each["state"] == "applied"]
    assert applied, record["waivers"]
    assert any("the last day of a waiver" in each for each in found.problems), found.problems


# Files that contradict each other.


def of_results(**members: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        record = json.loads((folder / FILE).read_text())
        record.update(members)
        (folder / FILE).write_text(json.dumps(record, indent=1) + "\n")

    return change


def without_requirements(folder: Path) -> None:
    record = json.loads((folder / FILE).read_text())
    record.update({"requirements": [], "causes": [], "counts": {}})
    record["footer"]["requirements"] = 0
    (folder / FILE).write_text(json.dumps(record, indent=1) + "\n")


def of_text(name: str, text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_text(text)

    return change


def without_a_ledger(folder: Path) -> None:
    (folder / ledger.FILE_NAME).unlink()


def with_a_resource_more(folder: Path) -> None:
    with (folder / ledger.FILE_NAME).open("a") as file:
        file.write('{"intent": 999, "collection": "/api/video/conferences", "name": "cc-x"}\n')


def with_another_allure_result(folder: Path) -> None:
    path = next((folder / "allure-results").glob("*-result.json"))
    path.write_text(path.read_text().replace('"passed"', '"failed"', 1))


def without_an_allure_result(folder: Path) -> None:
    next((folder / "allure-results").glob("*-result.json")).unlink()


CONTRADICTIONS: dict[str, tuple[Callable[[Path], None], str]] = {
    "interrupted": (of_results(verdict="interrupted", exit_code=130), "interrupted"),
    "another target": (of_results(target={"origin": "http://other.test", "reference": False}), "target"),
    "another start": (of_results(started="2021-01-01T00:00:00+00:00"), "started"),
    "another duration": (of_results(seconds=99.5), "seconds"),
    "other options": (of_results(options=None), FILE),
    "no requirements": (without_requirements, "requirements"),
    "not a record": (of_text(FILE, "[]"), FILE),
    "null": (of_text(FILE, "null"), FILE),
    "no ledger": (without_a_ledger, "ledger.ndjson is missing"),
    "an empty ledger": (of_text(ledger.FILE_NAME, ""), "created"),
    "a resource more": (with_a_resource_more, "left behind"),
    "an Allure result": (with_another_allure_result, "differs from the record"),
    "no Allure result": (without_an_allure_result, "missing"),
    "a report": (of_text("report.html", "<p>conforms</p>"), "report.html"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
@pytest.mark.parametrize("signed", [True, False])
def test_files_that_contradict_the_evidence_do_not_verify(
    part: Path, keys: Path, name: str, *, signed: bool
) -> None:
    change, problem = CONTRADICTIONS[name]
    if signed:
        sign(part, keys)
        statement = statement_of(part)
        change(part)
        sign_files(part, keys, statement)
    else:
        change(part)
    found = judged(part, keys) if signed else verify(part, None)
    assert found.status == DOES_NOT_VERIFY
    assert any(problem in each for each in found.problems), found.problems


def test_a_certificate_of_an_interrupted_run_does_not_verify(part: Path, keys: Path) -> None:
    path = part / evidence_file.FILE_NAME
    *lines, footer = path.read_text().splitlines()
    ended = json.loads(footer)
    ended["footer"]["complete"] = False
    path.write_text("\n".join([*lines, json.dumps(ended)]) + "\n")
    forge(part, keys, nothing)
    found = judged(part, keys)
    assert found.status == DOES_NOT_VERIFY
    assert "did not complete" in found.problems[0]


# Entries that no run writes.


def second_evidence(folder: Path) -> None:
    shutil.copy(folder / evidence_file.FILE_NAME, folder / evidence_file.COMPRESSED_FILE_NAME)


def link(folder: Path) -> None:
    target = folder.parent / "elsewhere"
    (folder / "junit.xml").rename(target)
    (folder / "junit.xml").symlink_to(target)


def pipe(folder: Path) -> None:
    (folder / FILE).unlink()
    os.mkfifo(folder / FILE)


def local_socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(folder / "s"))


def linked_folder(folder: Path) -> None:
    (folder / "allure-results").rename(folder.parent / "allure")
    (folder / "allure-results").symlink_to(folder.parent / "allure")


def folder_for_a_file(folder: Path) -> None:
    (folder / "summary.md").unlink()
    (folder / "summary.md").mkdir()


ENTRIES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a second evidence file": (second_evidence, "evidence.ndjson and evidence.ndjson.gz"),
    "a link": (link, "junit.xml is a symbolic link"),
    "a linked folder": (linked_folder, "allure-results is a symbolic link"),
    "a pipe": (pipe, "results.json is a pipe"),
    "a folder": (folder_for_a_file, "summary.md is a folder"),
    "a socket": (local_socket, "s is a socket"),
}


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("signed", [True, False])
def test_entries_that_no_run_writes_are_named_before_any_is_opened(
    part: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, signed: bool
) -> None:
    monkeypatch.chdir(part.parent)
    change, problem = ENTRIES[name]
    if signed:
        sign(part, keys)
    change(part)
    found = judged(part, keys) if signed else verify(part, None)
    assert found.status == DOES_NOT_VERIFY
    assert any(problem in each for each in found.problems), found.problems


def test_files_of_others_do_not_belong_into_a_bundle_even_if_they_are_signed(part: Path, keys: Path) -> None:
    (part / "conforms.txt").write_text("conforms")
    (part / "more").mkdir()
    sign(part, keys)
    found = judged(part, keys)
    assert found.problems == ("conforms.txt is an unexpected file", "more/ is an unexpected file")
    (part / attestation.FILE).unlink()
    assert any("conforms.txt, more/" in note for note in verify(part, None).notes)


@pytest.mark.parametrize("name", [FILE, evidence_file.FILE_NAME])
def test_a_member_that_occurs_twice_is_not_read(part: Path, keys: Path, name: str) -> None:
    path = part / name
    path.write_text(path.read_text().replace('"effort":', '"effort": "thorough", "effort":', 1))
    sign(part, keys)
    found = judged(part, keys)
    assert found.status == DOES_NOT_VERIFY
    assert any("the member 'effort' occurs twice" in each for each in found.problems), found.problems


# Statements.

ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 10**400, 1.5, "", "x", [], {}, [[]], {"": None}),
    *("9" * 100_000, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01"),
)
FREE = frozenset({"vendor", "product", "version"})  # in the words of who signs


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in list(pairs)[:4]:
        yield value, key
        yield from places(child)


def changed_statements(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the statement with each member removed, and then with each odd value in its place."""
    for number, (_, key) in enumerate(places(statement)):
        for odd in ("removed", *ODD):
            changed = copy.deepcopy(statement)
            container, _ = list(places(changed))[number]
            if odd == "removed":
                del container[key]
            elif container[key] == odd or (key in FREE and isinstance(odd, str)):
                continue
            else:
                container[key] = odd
            if changed != statement:
                yield changed


def test_no_statement_that_was_changed_and_signed_again_verifies(part: Path, keys: Path) -> None:
    sign(part, keys)
    statement = statement_of(part)
    tried = 0
    for changed in changed_statements(statement):
        sign_statement(part, keys, changed)
        found = judged(part, keys)
        assert found.status == DOES_NOT_VERIFY, changed
        assert found.problems
        tried += 1
    assert tried > 500


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
def test_a_payload_that_is_not_a_statement_does_not_verify(part: Path, keys: Path, payload: bytes) -> None:
    from securesystemslib.dsse import Envelope  # noqa: PLC0415 - only here a payload is signed as it is

    envelope = Envelope(payload, "application/vnd.in-toto+json", {})
    envelope.sign(attestation.load_signer(keys / attestation.PRIVATE_KEY_FILE))
    (part / attestation.FILE).write_text(json.dumps(envelope.to_dict(), indent=1) + "\n")
    found = judged(part, keys)
    assert found.status == DOES_NOT_VERIFY
    assert "certificate.json" in found.problems[0]


# The command.


def test_require_conforms_passes_for_plain_conformance_under_the_given_key_alone(
    certified: Path, part: Path, keys: Path
) -> None:
    public = ("--public-key", keys / attestation.PUBLIC_KEY_FILE)
    assert invoke_verify(certified, "--require", "conforms", *public).exit_code == 0
    unauthenticated = invoke_verify(certified, "--require", "conforms")
    assert unauthenticated.exit_code == 1
    assert unauthenticated.output.splitlines()[0] == "conforms  not authenticated: no --public-key given"
    sign(part, keys)
    partial = invoke_verify(part, "--require", "conforms", *public)
    assert (partial.exit_code, invoke_verify(part, *public).exit_code) == (1, 0)
    assert "the status is 'partial'" in partial.output


def test_verify_prints_what_was_certified(part: Path, keys: Path) -> None:
    sign(part, keys)
    lines = invoke_verify(part, "--public-key", keys / attestation.PUBLIC_KEY_FILE).output.splitlines()
    told = dict(line.strip().split(maxsplit=1) for line in lines[1:])
    assert told["target"] == "http://reference"
    assert told["product"] == "Vendor Server 2.1"
    assert told["profiles"] == "video, fabric"
    assert told["effort"] == "smoke"
    assert told["options"] == f"--select {SELECT}, --effort smoke"
    assert told["run"].startswith(f"{datetime.now(UTC):%Y-}")
    assert "expires" in told["issued"]
    assert told["key"].startswith("SHA-256 ")
    assert told["suite"].startswith("conference-conformance ")
    assert "passed" in told["verdicts"]
