"""A bundle is judged again from its evidence, offline, and whatever was changed in it is named."""

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
from conformance.engine import passive_worker
from conformance.engine.runner import replay
from conformance.evidence import evidence_file
from conformance.evidence.evidence_reader import EvidenceError, read_evidence
from conformance.processes.background_process import background_process
from conformance.runtime.versions import suite_versions
from reports.records.results_file import FILE
from tests.support.bundles import copied, lasting, ran

FAULT = "date-only-becomes-end-of-day"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "bundle"
    ran(folder, [FAULT])
    return folder


@pytest.fixture
def spoilt(bundle: Path, tmp_path: Path) -> Path:
    return copied(bundle, tmp_path / "copy")


@pytest.fixture
def unplugged(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return bundle


def same(record: Any) -> Any:
    """Return a record without the times that the judging took."""
    if isinstance(record, dict):
        return {name: same(value) for name, value in record.items() if name not in {"cpu_seconds", "seconds"}}
    return [same(each) for each in record] if isinstance(record, list) else record


def test_the_evidence_gives_the_same_verdicts_without_a_socket(unplugged: Path) -> None:
    found = verify(unplugged, None)
    assert (found.status, found.problems) == ("does not conform", ())
    assert found.is_valid
    failed = [each["id"] for each in found.record["requirements"] if each["verdict"] == "failed"]
    assert failed == ["VC-CREATE-DATE-ONLY"]


@pytest.mark.parametrize(
    "faults, more",
    [
        ([], {"seed": 7, "effort": Effort.STANDARD}),
        (["unauthorized-200"], {}),
        (["every-seventh-description-lost"], {}),
        (["name-not-unique-in-a-race"], {}),
        (["quote-500"], {"strict": True, "effort": Effort.STANDARD}),
        ([], {"select": "VC-CREATE-NAME-*,VC-GET-*"}),
    ],
)
def test_the_record_of_the_replay_is_that_of_the_run(
    tmp_path: Path, faults: list[str], more: dict[str, Any]
) -> None:
    record = ran(tmp_path, faults, **more)
    again = replay(read_evidence(next(tmp_path.glob("evidence.*"))))
    assert same(json.loads(json.dumps(again))) == same(json.loads(json.dumps(record)))


def test_a_busy_target_is_not_waited_for_again(tmp_path: Path) -> None:
    record = ran(tmp_path, variants=["rate-limited"], select="VC-CREATE-NAME-*")
    again = replay(read_evidence(tmp_path / evidence_file.FILE_NAME))
    assert same(json.loads(json.dumps(again))) == same(json.loads(json.dumps(record)))


def errors(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what went wrong with the suite itself, for whoever reads why a test failed."""
    return [(each["id"], each["reason"]) for each in record["requirements"] if each["verdict"] == "error"]


def test_evidence_alone_is_judged(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "somewhere.ndjson"
    path.write_bytes((bundle / evidence_file.FILE_NAME).read_bytes())
    found = verify(path, None)
    assert (found.status, errors(found.record)) == ("does not conform", [])


@pytest.mark.parametrize("name", [FILE, evidence_file.FILE_NAME, "junit.xml"])
def test_a_byte_that_changed_is_told_with_its_file(spoilt: Path, name: str) -> None:
    drawn = random.Random(name)
    path = spoilt / name
    whole = path.read_bytes()
    for place in (drawn.randrange(len(whole)) for _ in range(4)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        found = verify(spoilt, None)
        assert found.status == "does not verify", f"byte {place}"
        assert [problem for problem in found.problems if name in problem], found.problems


def test_a_verdict_that_was_changed_is_told(spoilt: Path) -> None:
    path = spoilt / FILE
    path.write_text(path.read_text().replace('"verdict": "failed"', '"verdict": "passed"'))
    found = verify(spoilt, None)
    assert not found.is_valid
    assert any('has "passed" at /requirements/VC-CREATE-DATE-ONLY/verdict' in each for each in found.problems)


def test_an_exchange_that_is_missing_is_told(spoilt: Path) -> None:
    path = spoilt / evidence_file.FILE_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-2]))
    found = verify(spoilt, None)
    assert found.status == "does not verify"
    assert found.problems


def test_other_versions_are_refused_by_name(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = suite_versions()
    engines = {**ours["engines"], "hypothesis": "6.0.0"}
    monkeypatch.setattr(verification, "suite", lambda: {**ours, "version": "9.9", "engines": engines})
    with pytest.raises(UnverifiableError, match=r"version .*, here 9\.9; hypothesis .*, here 6\.0\.0"):
        verify(bundle, None)


def test_what_is_not_there_cannot_be_judged(tmp_path: Path) -> None:
    with pytest.raises(UnverifiableError, match="nowhere cannot be read: No such file"):
        verify(tmp_path / "nowhere", None)
    assert verify(tmp_path, None).problems == (
        f"{tmp_path} has no evidence: {evidence_file.FILE_NAME} is missing",
    )


@pytest.mark.parametrize("member", ["target", "account", "profiles", "effort", "select"])
def test_a_header_that_does_not_tell_enough_is_refused(spoilt: Path, member: str) -> None:
    path = spoilt / evidence_file.FILE_NAME
    first, *rest = path.read_bytes().splitlines(keepends=True)
    header = json.loads(first)
    header["header"][member] = None
    path.write_bytes(json.dumps(header).encode() + b"\n" + b"".join(rest[:-1]))
    with pytest.raises(EvidenceError):
        replay(read_evidence(path))


@pytest.mark.parametrize(
    "window, faults",
    [(100, ["unauthorized-200"]), (600, [])],  # that the run looks at itself, or has looked at aside
)
def test_a_long_run_is_judged_in_windows_and_so_is_its_replay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int, faults: list[str]
) -> None:
    background_process().call(passive_worker.close_run, 0)
    whole = ran(tmp_path / "whole", connection=lasting(faults))
    monkeypatch.setattr("conformance.engine.executor.WINDOW", window)
    record = ran(tmp_path / "windows", connection=lasting(faults))
    again = replay(read_evidence(next((tmp_path / "windows").glob("evidence.*"))))
    assert same(json.loads(json.dumps(again))) == same(json.loads(json.dumps(record)))
    assert verdicts(record) == verdicts(whole)


def verdicts(record: Mapping[str, Any]) -> dict[str, tuple[str, int | None]]:
    """Return the verdicts with their counts; what came before a finding depends on the order of threads."""
    return {
        each["id"]: (each["verdict"], each["observations"] if each["verdict"] == "passed" else None)
        for each in record["requirements"]
    }
