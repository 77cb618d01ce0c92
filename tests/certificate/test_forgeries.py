"""Forged, weakened or corrupted bundles that are signed with a valid key do not verify as conforming."""

import copy
import json
import os
import re
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
from conformance.certificate.keys import PRIVATE_KEY_FILE, PUBLIC_KEY_FILE, envelope_key, load_signer
from conformance.certificate.verification import DOES_NOT_VERIFY, verify
from conformance.cli.main import main
from conformance.config.settings import Effort
from conformance.config.target import Limits
from conformance.evidence import evidence_file
from conformance.transport.resources import ledger_file
from reports.records.results_file import FILE
from tests.support.bundles import copy_bundle, run_reference
from tests.support.forged_certificates import (
    Lines,
    certify,
    forge,
    rewrite_evidence,
    sign,
    sign_files,
    sign_statement,
    statement_of,
    validity_from_now,
    verify_bundle,
)

SELECT = "API-AUTH-BASIC-ACCEPT,VC-CREATE-MINIMAL"
YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """Return the folder of a run of two requirements, which is verified quickly."""
    folder = tmp_path_factory.mktemp("small") / "bundle"
    run_reference(folder, select=SELECT)
    certify(folder, keys)
    (folder / attestation.FILE).unlink()
    return folder


@pytest.fixture
def partial_bundle(small_run: Path, tmp_path: Path) -> Path:
    return copy_bundle(small_run, tmp_path / "bundle")


def invoke_verify(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["verify", *map(str, arguments)], catch_exceptions=False)


def test_the_unchanged_bundle_verifies_as_partial(partial_bundle: Path, keys: Path) -> None:
    sign(partial_bundle, keys)
    result = verify_bundle(partial_bundle, keys)
    assert (result.status, result.problems, result.conforms) == ("partial", (), False)


# Weakened runs.


@pytest.mark.parametrize(
    "options, status",
    [
        ({"effort": Effort.SMOKE}, "partial"),
        ({"effort": Effort.SMOKE, "limits": Limits(concurrency=1)}, "inconclusive"),
    ],
)
def test_a_weakened_run_does_not_conform(
    tmp_path: Path, keys: Path, options: dict[str, Any], status: str
) -> None:
    run_reference(tmp_path / "bundle", **options)
    certify(tmp_path / "bundle", keys)
    result = verify_bundle(tmp_path / "bundle", keys)
    assert (result.status, result.problems, result.conforms) == (status, (), False)


def test_a_statement_without_the_differences_does_not_verify(partial_bundle: Path, keys: Path) -> None:
    sign(partial_bundle, keys)
    statement = statement_of(partial_bundle)
    annotations = statement["predicate"]["configuration"][0]["annotations"]
    annotations.update({"status": "conforms", "differences": [], "effort": "standard", "select": ""})
    sign_statement(partial_bundle, keys, statement)
    result = verify_bundle(partial_bundle, keys)
    assert (result.status, result.is_valid) == (DOES_NOT_VERIFY, False)


def with_header(**members: Any) -> Callable[[Lines], Lines]:
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
        ({"max_failures": 3}, "--max-failures 3"),
        ({"verify_tls": False}, "--no-verify-tls"),
        ({"allow_leftovers": True}, "--allow-leftovers"),
        ({"headers": ["X-Mode"]}, "--header X-Mode"),
    ],
)
def test_an_option_that_weakens_the_run_is_recorded_and_printed(
    partial_bundle: Path, keys: Path, members: dict[str, Any], option: str
) -> None:
    forge(partial_bundle, keys, with_header(**members))
    result = invoke_verify(partial_bundle, "--public-key", keys / PUBLIC_KEY_FILE)
    assert result.output.splitlines()[0] == "partial  signed by the given key"
    assert option in result.output
    assert (
        option in statement_of(partial_bundle)["predicate"]["configuration"][0]["annotations"]["differences"]
    )


# Times.


def shift_times(by: timedelta, *, header: bool = True, exchanges: bool = True) -> Callable[[Lines], Lines]:
    def change(lines: Lines) -> Lines:
        for line in lines:
            record = line.get("header", line)
            if header if "header" in line else exchanges:
                record["started"] = (datetime.fromisoformat(record["started"]) + by).isoformat()
        return lines

    return change


def unchanged(lines: Lines) -> Lines:
    return lines


def at(**offset: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**offset)


LAST_YEAR = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
FIRST_YEAR = datetime(1, 1, 1, tzinfo=UTC)


TIMES: dict[str, tuple[Callable[[Lines], Lines], Callable[[], Validity] | None, str]] = {
    "a run of 2021": (shift_times(-5 * YEAR), None, "more than 24 hours after the run started"),
    "exchanges of 2021": (shift_times(-5 * YEAR, header=False), None, "before the run started"),
    "exchanges of 2031": (shift_times(5 * YEAR, header=False), None, "after the run ended"),
    "a run of 2031": (shift_times(5 * YEAR), None, "the run started in the future"),
    "issued in 2030": (unchanged, lambda: Validity(at(days=1500), at(days=1600)), "issued in the future"),
    "issued before the run": (unchanged, lambda: Validity(at(hours=-2), at(days=30)), "before the run ended"),
    "expired when it was issued": (unchanged, lambda: Validity(at(), at(days=-1)), "before it was issued"),
    "valid for too long": (unchanged, lambda: Validity(at(), at(days=3700)), "the maximum is 3650"),
    "valid until the last year": (unchanged, lambda: Validity(at(), LAST_YEAR), "the maximum is 3650"),
    "issued in the first year": (
        unchanged,
        lambda: Validity(FIRST_YEAR, at(days=30)),
        "before the run ended",
    ),
    "issued in the last year": (unchanged, lambda: Validity(LAST_YEAR, LAST_YEAR), "issued in the future"),
}


@pytest.mark.parametrize("name", TIMES)
def test_contradictory_times_do_not_verify(partial_bundle: Path, keys: Path, name: str) -> None:
    change, validity, problem = TIMES[name]
    forge(partial_bundle, keys, change, validity and validity())
    result = verify_bundle(partial_bundle, keys)
    assert result.status == DOES_NOT_VERIFY
    assert any(problem in message for message in result.problems), result.problems


@pytest.mark.parametrize(
    "started", ["0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
@pytest.mark.parametrize("location", ["header", "exchange"])
def test_the_first_and_the_last_year_are_parsed(partial_bundle: Path, started: str, location: str) -> None:
    def change(lines: Lines) -> Lines:
        line = lines[0]["header"] if location == "header" else lines[3]
        line["started"] = started
        return lines

    rewrite_evidence(partial_bundle, change)
    assert invoke_verify(partial_bundle).exit_code == 1


def test_a_certificate_does_not_outlast_an_applied_waiver(partial_bundle: Path, keys: Path) -> None:
    today = datetime.now(UTC).date()
    waiver = {"requirement": "VC-CREATE-MINIMAL", "reason": "not yet", "expires": str(today)}

    def change(lines: Lines) -> Lines:
        lines = with_header(waivers=[waiver])(lines)
        for line in lines:
            if "test_" in line.get("check", "") or line.get("check") == "VC-CREATE-MINIMAL":
                line["response"] = line["response"] and {**line["response"], "status": 500, "body": "{}"}
        return lines

    forge(partial_bundle, keys, change, validity_from_now(days=30))
    result = verify_bundle(partial_bundle, keys)
    record = json.loads((partial_bundle / FILE).read_text())
    applied = [entry for entry in record["waivers"] if entry["state"] == "applied"]
    assert applied, record["waivers"]
    assert any("the last day of a waiver" in message for message in result.problems), result.problems


# Contradictory files.


def with_results(**members: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        record = json.loads((folder / FILE).read_text())
        record.update(members)
        (folder / FILE).write_text(json.dumps(record, indent=1) + "\n")

    return change


def remove_requirements(folder: Path) -> None:
    record = json.loads((folder / FILE).read_text())
    record.update({"requirements": [], "causes": [], "counts": {}})
    record["footer"]["requirements"] = 0
    (folder / FILE).write_text(json.dumps(record, indent=1) + "\n")


def with_text(name: str, text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_text(text)

    return change


def remove_ledger(folder: Path) -> None:
    (folder / ledger_file.FILE_NAME).unlink()


def add_ledger_entry(folder: Path) -> None:
    with (folder / ledger_file.FILE_NAME).open("a") as file:
        file.write('{"intent": 999, "collection": "/api/video/conferences", "name": "cc-x"}\n')


def change_allure_result(folder: Path) -> None:
    path = next((folder / "allure-results").glob("*-result.json"))
    path.write_text(path.read_text().replace('"passed"', '"failed"', 1))


def remove_allure_result(folder: Path) -> None:
    next((folder / "allure-results").glob("*-result.json")).unlink()


CONTRADICTIONS: dict[str, tuple[Callable[[Path], None], str]] = {
    "interrupted": (with_results(verdict="interrupted", exit_code=130), "interrupted"),
    "another target": (with_results(target={"origin": "http://other.test", "reference": False}), "target"),
    "another start": (with_results(started="2021-01-01T00:00:00+00:00"), "started"),
    "another duration": (with_results(seconds=99.5), "seconds"),
    "other options": (with_results(options=None), FILE),
    "no requirements": (remove_requirements, "no requirement was decided"),
    "not a record": (with_text(FILE, "[]"), FILE),
    "null": (with_text(FILE, "null"), FILE),
    "no ledger": (remove_ledger, "ledger.ndjson is missing"),
    "an empty ledger": (with_text(ledger_file.FILE_NAME, ""), "created"),
    "an extra resource": (add_ledger_entry, "left behind"),
    "an Allure result": (change_allure_result, "differs from the record"),
    "no Allure result": (remove_allure_result, "missing"),
    "a report": (with_text("report.html", "<p>conforms</p>"), "report.html"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
@pytest.mark.parametrize("signed", [True, False])
def test_files_that_contradict_the_evidence_do_not_verify(
    partial_bundle: Path, keys: Path, name: str, *, signed: bool
) -> None:
    change, problem = CONTRADICTIONS[name]
    if signed:
        sign(partial_bundle, keys)
        statement = statement_of(partial_bundle)
        change(partial_bundle)
        sign_files(partial_bundle, keys, statement)
    else:
        change(partial_bundle)
    result = verify_bundle(partial_bundle, keys) if signed else verify(partial_bundle, None)
    assert result.status == DOES_NOT_VERIFY
    assert any(problem in message for message in result.problems), result.problems


def test_a_certificate_of_an_interrupted_run_does_not_verify(partial_bundle: Path, keys: Path) -> None:
    path = partial_bundle / evidence_file.FILE_NAME
    *lines, footer = path.read_text().splitlines()
    end = json.loads(footer)
    end["footer"]["complete"] = False
    path.write_text("\n".join([*lines, json.dumps(end)]) + "\n")
    forge(partial_bundle, keys, unchanged)
    result = verify_bundle(partial_bundle, keys)
    assert result.status == DOES_NOT_VERIFY
    assert "did not complete" in result.problems[0]


# Directory entries that no run writes.


def add_second_evidence(folder: Path) -> None:
    shutil.copy(folder / evidence_file.FILE_NAME, folder / evidence_file.COMPRESSED_FILE_NAME)


def replace_with_link(folder: Path) -> None:
    target = folder.parent / "elsewhere"
    (folder / "junit.xml").rename(target)
    (folder / "junit.xml").symlink_to(target)


def replace_with_pipe(folder: Path) -> None:
    (folder / FILE).unlink()
    os.mkfifo(folder / FILE)


def add_socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(folder / "s"))


def replace_with_linked_folder(folder: Path) -> None:
    (folder / "allure-results").rename(folder.parent / "allure")
    (folder / "allure-results").symlink_to(folder.parent / "allure")


def replace_with_folder(folder: Path) -> None:
    (folder / "summary.md").unlink()
    (folder / "summary.md").mkdir()


ENTRIES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a second evidence file": (add_second_evidence, "evidence.ndjson and evidence.ndjson.gz"),
    "a link": (replace_with_link, "junit.xml is a symbolic link"),
    "a linked folder": (replace_with_linked_folder, "allure-results is a symbolic link"),
    "a pipe": (replace_with_pipe, "results.json is a pipe"),
    "a folder": (replace_with_folder, "summary.md is a folder"),
    "a socket": (add_socket, "s is a socket"),
}


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("signed", [True, False])
def test_irregular_directory_entries_are_rejected(
    partial_bundle: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, signed: bool
) -> None:
    monkeypatch.chdir(partial_bundle.parent)
    change, problem = ENTRIES[name]
    if signed:
        sign(partial_bundle, keys)
    change(partial_bundle)
    result = verify_bundle(partial_bundle, keys) if signed else verify(partial_bundle, None)
    assert result.status == DOES_NOT_VERIFY
    assert any(problem in message for message in result.problems), result.problems


def test_unexpected_files_are_rejected_even_if_signed(partial_bundle: Path, keys: Path) -> None:
    (partial_bundle / "conforms.txt").write_text("conforms")
    (partial_bundle / "more").mkdir()
    sign(partial_bundle, keys)
    result = verify_bundle(partial_bundle, keys)
    assert result.problems == ("conforms.txt is an unexpected file", "more/ is an unexpected file")
    (partial_bundle / attestation.FILE).unlink()
    assert any("conforms.txt, more/" in note for note in verify(partial_bundle, None).notes)


@pytest.mark.parametrize("name", [FILE, evidence_file.FILE_NAME])
def test_a_duplicate_member_is_rejected(partial_bundle: Path, keys: Path, name: str) -> None:
    path = partial_bundle / name
    path.write_text(path.read_text().replace('"effort":', '"effort": "thorough", "effort":', 1))
    sign(partial_bundle, keys)
    result = verify_bundle(partial_bundle, keys)
    assert result.status == DOES_NOT_VERIFY
    assert any("the member 'effort' occurs twice" in message for message in result.problems), result.problems


# Statements.

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


# The command.


def test_require_conforms_passes_only_for_conforms_under_the_given_key(
    certified: Path, partial_bundle: Path, keys: Path
) -> None:
    public = ("--public-key", keys / PUBLIC_KEY_FILE)
    assert invoke_verify(certified, "--require", "conforms", *public).exit_code == 0
    unauthenticated = invoke_verify(certified, "--require", "conforms")
    assert unauthenticated.exit_code == 1
    assert unauthenticated.output.splitlines()[0] == "conforms  not authenticated: no --public-key given"
    sign(partial_bundle, keys)
    partial = invoke_verify(partial_bundle, "--require", "conforms", *public)
    assert (partial.exit_code, invoke_verify(partial_bundle, *public).exit_code) == (1, 0)
    assert "the status is 'partial'" in partial.output


def test_verify_prints_the_certified_run(partial_bundle: Path, keys: Path) -> None:
    sign(partial_bundle, keys)
    lines = invoke_verify(partial_bundle, "--public-key", keys / PUBLIC_KEY_FILE).output.splitlines()
    fields = dict(line.strip().split(maxsplit=1) for line in lines[1:])
    assert fields["target"] == "http://reference"
    assert [fields[name] for name in ("vendor", "product", "version")] == ["Vendor", "Server", "2.1"]
    assert fields["profiles"] == "video, fabric"
    assert fields["effort"] == "smoke"
    assert fields["options"] == f"--select {SELECT}, --effort smoke"
    assert fields["run"].startswith(f"{datetime.now(UTC):%Y-}")
    assert fields["issued"] < fields["expires"]
    assert re.fullmatch("SHA-256 [0-9a-f]{64}", fields["key"])
    assert fields["suite"].startswith("conference-conformance ")
    assert "hypothesis " in fields["engines"]
    assert fields["key"].startswith("SHA-256 ")
    assert fields["suite"].startswith("conference-conformance ")
    assert "passed" in fields["verdicts"]
