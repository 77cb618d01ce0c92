"""A bundle is re-evaluated offline from its evidence, and every change in it is reported."""

import json
import random
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

from conformance.certificate import verification
from conformance.certificate.verification import UnverifiableError, verify
from conformance.config.settings import Effort
from conformance.config.target import Limits
from conformance.engine.passive import worker as passive_worker
from conformance.engine.runner import replay
from conformance.evidence import evidence_file
from conformance.evidence.evidence_reader import EvidenceError, read_evidence
from conformance.processes.background_process import background_process
from conformance.runtime.versions import suite_versions
from reports.records.results_file import FILE
from tests.support.bundles import copy_bundle, delayed_connection, run_reference

FAULT = "date-only-becomes-end-of-day"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "bundle"
    run_reference(folder, [FAULT])
    return folder


@pytest.fixture
def altered_bundle(bundle: Path, tmp_path: Path) -> Path:
    return copy_bundle(bundle, tmp_path / "copy")


@pytest.fixture
def bundle_without_network(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def fail(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", fail)
    monkeypatch.setattr(socket, "create_connection", fail)
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    return bundle


def same(record: Any) -> Any:
    """Return a record without the durations of the evaluation."""
    if isinstance(record, dict):
        return {name: same(value) for name, value in record.items() if name not in {"cpu_seconds", "seconds"}}
    return [same(entry) for entry in record] if isinstance(record, list) else record


def test_the_evidence_gives_the_same_verdicts_without_a_socket(bundle_without_network: Path) -> None:
    result = verify(bundle_without_network, None)
    assert (result.status, result.problems) == ("does not conform", ())
    assert result.is_valid
    failed = [entry["id"] for entry in result.record["requirements"] if entry["verdict"] == "failed"]
    assert failed == ["VC-CREATE-DATE-ONLY"]


@pytest.mark.parametrize(
    "faults, options",
    [
        ([], {"seed": 7, "effort": Effort.STANDARD}),
        (["unauthorized-200"], {}),
        (["every-seventh-description-lost"], {}),
        (["name-not-unique-in-a-race"], {}),
        (["quote-500"], {"strict": True}),
        ([], {"select": "VC-CREATE-NAME-*,VC-GET-*"}),
    ],
)
def test_the_record_of_a_replay_equals_that_of_the_run(
    tmp_path: Path, faults: list[str], options: dict[str, Any]
) -> None:
    record = run_reference(tmp_path, faults, **options)
    replayed = replay(read_evidence(next(tmp_path.glob("evidence.*"))))
    assert same(json.loads(json.dumps(replayed))) == same(json.loads(json.dumps(record)))


def test_a_replay_repeats_the_rejections_of_the_live_resource_limit(tmp_path: Path) -> None:
    record = run_reference(
        tmp_path,
        ["get-shows-another-under-the-id"],
        select="VC-GET-STABLE,VC-GET-NO-TOUCH,VC-GET-SAME-AS-CREATE",
        limits=Limits(concurrency=4, max_live=4),
    )
    assert any(entry["reason"].startswith("live-cap") for entry in record["requirements"] if entry["reason"])
    assert verify(tmp_path, None).problems == ()


def test_a_replay_does_not_wait_for_a_throttling_target(tmp_path: Path) -> None:
    record = run_reference(tmp_path, variants=["rate-limited"], select="VC-CREATE-NAME-*")
    replayed = replay(read_evidence(tmp_path / evidence_file.FILE_NAME))
    assert same(json.loads(json.dumps(replayed))) == same(json.loads(json.dumps(record)))


def errors(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the internal errors of the suite, for the message of a failed assertion."""
    return [(entry["id"], entry["reason"]) for entry in record["requirements"] if entry["verdict"] == "error"]


def test_evidence_without_a_bundle_is_evaluated(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "somewhere.ndjson"
    path.write_bytes((bundle / evidence_file.FILE_NAME).read_bytes())
    result = verify(path, None)
    assert (result.status, errors(result.record)) == ("does not conform", [])


@pytest.mark.parametrize("name", [FILE, evidence_file.FILE_NAME, "junit.xml"])
def test_a_changed_byte_is_reported_with_its_file(altered_bundle: Path, name: str) -> None:
    generator = random.Random(name)
    path = altered_bundle / name
    content = path.read_bytes()
    for position in (generator.randrange(len(content)) for _ in range(4)):
        path.write_bytes(content[:position] + bytes([content[position] ^ 0x10]) + content[position + 1 :])
        result = verify(altered_bundle, None)
        assert result.status == "does not verify", f"byte {position}"
        assert [problem for problem in result.problems if name in problem], result.problems


def test_a_changed_verdict_is_reported(altered_bundle: Path) -> None:
    path = altered_bundle / FILE
    path.write_text(path.read_text().replace('"verdict": "failed"', '"verdict": "passed"'))
    result = verify(altered_bundle, None)
    assert not result.is_valid
    assert any(
        'has "passed" at /requirements/VC-CREATE-DATE-ONLY/verdict' in problem for problem in result.problems
    )


def test_a_missing_exchange_is_reported(altered_bundle: Path) -> None:
    path = altered_bundle / evidence_file.FILE_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-2]))
    result = verify(altered_bundle, None)
    assert result.status == "does not verify"
    assert result.problems


def test_other_versions_are_rejected_by_name(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = suite_versions()
    engines = {**versions["engines"], "hypothesis": "6.0.0"}
    monkeypatch.setattr(
        verification, "suite_versions", lambda: {**versions, "version": "9.9", "engines": engines}
    )
    with pytest.raises(UnverifiableError, match=r"version .*, here 9\.9; hypothesis .*, here 6\.0\.0"):
        verify(bundle, None)


def test_missing_evidence_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UnverifiableError, match="nowhere cannot be read: No such file"):
        verify(tmp_path / "nowhere", None)
    assert verify(tmp_path, None).problems == (
        f"{tmp_path} has no evidence: {evidence_file.FILE_NAME} is missing",
    )


@pytest.mark.parametrize("member", ["target", "account", "profiles", "effort", "select"])
def test_an_incomplete_header_is_rejected(altered_bundle: Path, member: str) -> None:
    path = altered_bundle / evidence_file.FILE_NAME
    first, *rest = path.read_bytes().splitlines(keepends=True)
    header = json.loads(first)
    header["header"][member] = None
    path.write_bytes(json.dumps(header).encode() + b"\n" + b"".join(rest[:-1]))
    with pytest.raises(EvidenceError):
        replay(read_evidence(path))


@pytest.mark.parametrize(
    "window, faults",
    [(100, ["unauthorized-200"]), (600, [])],  # evaluated in the run, or in the background process
)
def test_a_long_run_and_its_replay_are_evaluated_in_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int, faults: list[str]
) -> None:
    background_process().call(passive_worker.close_run, 0)
    whole = run_reference(tmp_path / "whole", connection=delayed_connection(faults))
    monkeypatch.setattr("conformance.engine.executor.WINDOW", window)
    record = run_reference(tmp_path / "windows", connection=delayed_connection(faults))
    replayed = replay(read_evidence(next((tmp_path / "windows").glob("evidence.*"))))
    assert same(json.loads(json.dumps(replayed))) == same(json.loads(json.dumps(record)))
    assert verdicts(record) == verdicts(whole)


def verdicts(record: Mapping[str, Any]) -> dict[str, tuple[str, int | None]]:
    """Return the verdicts, with counts only where passed: other counts depend on the order of threads."""
    return {
        entry["id"]: (entry["verdict"], entry["observations"] if entry["verdict"] == "passed" else None)
        for entry in record["requirements"]
    }
