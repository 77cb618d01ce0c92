"""Targets without some capability, and static mocks: what is decided of them, and what is not applicable."""

from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.certificate.verification import verify
from conformance.config.settings import Effort, Settings
from conformance.config.target import PROFILES, Connection, Limits, Target
from conformance.engine.runner import run
from conformance.evidence.evidence_reader import read_exchanges
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ORIGIN, PROJECT, TOKEN, InProcessTransport
from conformance.transport.resources.ledger_file import read_ledger
from reports.presentation.hints import MOCK_HINT
from spec.capabilities import CAPABILITIES, Capability
from spec.catalogue import catalogue
from tests.support.servers.static_mock import StaticMock

PARTLY_DECIDED = (
    "-AUTH",
    "-BEFORE-LOOKUP",
    "-BEFORE-VALIDATION",
    "-EVERY-OPERATION",
    "-OFFSET",
    "DATE-ONLY",
    "-PAIR",
)


def record_of(
    transport: httpx.BaseTransport,
    folder: Path,
    *missing: str,
    select: str = "",
    profiles: tuple[str, ...] = PROFILES,
    **options: Any,
) -> dict[str, Any]:
    target = Target(ORIGIN, Account(PROJECT, TOKEN), profiles, missing_capabilities=missing)
    settings = Settings(
        target,
        connection=Connection(transport=transport),
        effort=Effort.SMOKE,
        select=select,
        output=folder,
        prefix="5eed5eed",
    )
    return run(replace(settings, **options))


def verdicts(record: dict[str, Any]) -> dict[str, str]:
    return {entry["id"]: entry["verdict"] for entry in record["requirements"]}


def headlines(record: dict[str, Any]) -> list[str]:
    return [cause["primary"] for cause in record["causes"]]


@pytest.fixture(scope="module")
def mocked(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    folder = tmp_path_factory.mktemp("mock")
    return record_of(StaticMock(), folder, *CAPABILITIES), folder


def test_a_static_mock_is_partial_and_has_no_finding(mocked: tuple[dict[str, Any], Path]) -> None:
    record, _ = mocked
    assert (record["exit_code"], record["overall_status"], headlines(record)) == (0, "partial", [])
    assert set(verdicts(record).values()) == {"passed", "not-applicable"}
    assert record["leftovers"] == []


def test_the_requirements_that_need_memory_are_not_applicable(mocked: tuple[dict[str, Any], Path]) -> None:
    record, _ = mocked
    capability = {
        entry["id"] for entry in record["requirements"] if str(entry["reason"]).startswith("capability: ")
    }
    assert capability == {entry.id for entry in catalogue().values() if entry.needs}
    for entry in record["requirements"]:
        assert (entry["observations"] > 0) is (entry["verdict"] == "passed")


def test_every_requirement_that_the_mock_fails_otherwise_needs_a_capability(tmp_path: Path) -> None:
    """Some of them are decided in part: with missing credentials only, or the acceptance of values."""
    record = record_of(
        StaticMock(),
        tmp_path,
        limits=Limits(max_live=None),
        select="VC-GET-*,VC-CONF-*,VC-CREATE-NAME-*,VC-CREATE-*-ECHO,API-AUTH-*",
        profiles=("video",),
    )
    violated = {name for name, verdict in verdicts(record).items() if verdict in {"failed", "warned"}}
    needy = {name for name in violated if catalogue()[name].needs}
    assert len(needy) > 40
    assert {name for name in violated - needy if not name.endswith(PARTLY_DECIDED)} == set()
    assert MOCK_HINT in record["notes"]


def test_only_the_preflight_is_in_the_ledger_of_a_mock(mocked: tuple[dict[str, Any], Path]) -> None:
    _, folder = mocked
    assert len(read_ledger(folder / "ledger.ndjson").created) == 0
    assert (folder / "ledger.ndjson").read_text().count("intent") == len(PROFILES)
    methods = {exchange.request.method for exchange in read_exchanges(folder)}
    assert methods == {"GET", "POST"}


def test_all_reports_name_the_missing_capabilities(mocked: tuple[dict[str, Any], Path]) -> None:
    _, folder = mocked
    sentence = "requirements that need state, credentials, delete, list or active-session were not tested"
    for name in ("junit.xml", "report.html", "summary.md"):
        assert sentence in unescape((folder / name).read_text()), name
    assert "partial (mock)" in (folder / "badge.svg").read_text()


def test_the_evidence_of_a_mock_verifies(mocked: tuple[dict[str, Any], Path]) -> None:
    record, folder = mocked
    verification = verify(folder, None)
    assert (verification.status, verification.problems) == ("partial", ())
    assert verification.record["without"] == record["without"] == list(CAPABILITIES)


@pytest.mark.parametrize(
    "mock, expected",
    [
        (StaticMock(create_status=201), ["VC-CREATE-STATUS"]),
        (StaticMock(unchecked_members=frozenset({"dark_primary"})), ["VC-CREATE-DARK-PRIMARY-PATTERN"]),
        (StaticMock(rejected_members=frozenset({"dark_primary"})), ["VC-CREATE-DARK-PRIMARY-PATTERN-ACCEPT"]),
        (StaticMock(requires_credentials=False), ["API-AUTH-HEADER-REQUIRED"]),
    ],
    ids=["201", "accepts invalid color", "rejects color", "requires no credentials"],
)
def test_a_fault_of_a_mock_is_the_only_headline(
    mock: StaticMock, expected: list[str], tmp_path: Path
) -> None:
    record = record_of(mock, tmp_path, *CAPABILITIES, profiles=("video",))
    assert headlines(record) == expected
    assert (record["exit_code"], record["overall_status"]) == (1, "does not conform")


def test_a_server_without_sessions_is_partial(tmp_path: Path) -> None:
    record = record_of(
        InProcessTransport(), tmp_path, Capability.ACTIVE_SESSION, select="VC-GET-*,VC-SESSION-*"
    )
    assert (record["exit_code"], record["overall_status"]) == (0, "partial")
    undecided = {name for name, verdict in verdicts(record).items() if verdict == "not-applicable"}
    assert {"VC-GET-SESSION-PRESENT", "VC-SESSION-ID", "VC-SESSION-STATUS"} <= undecided
    assert record["leftovers"] == []


def test_a_target_that_stores_resources_is_not_accepted_as_a_mock(tmp_path: Path) -> None:
    record = record_of(InProcessTransport(), tmp_path, *CAPABILITIES, select="VC-CREATE-STATUS")
    assert record["exit_code"] == 2
    assert "the target stores what is created\n  Omit --mock" in record["notes"][0]
    (create, *_) = [line for line in read_exchanges(tmp_path) if line.is_create]
    deletes = [line for line in read_exchanges(tmp_path) if line.request.method == "DELETE"]
    assert [delete.id_in_path for delete in deletes if delete.succeeded] == [create.id]


def test_a_target_without_delete_leaves_resources_only_if_that_is_allowed(tmp_path: Path) -> None:
    options: dict[str, Any] = {"select": "VC-CREATE-STATUS", "profiles": ("video",)}
    record = record_of(InProcessTransport(), tmp_path / "first", Capability.DELETE, **options)
    assert record["exit_code"] == 2
    assert "the target has no delete (--without)" in record["notes"][0]
    options["allow_leftovers"] = True
    record = record_of(InProcessTransport(), tmp_path / "second", Capability.DELETE, **options)
    assert (record["exit_code"], record["overall_status"]) == (0, "partial")
    assert record["leftovers"]
    methods = {exchange.request.method for exchange in read_exchanges(tmp_path / "second")}
    assert "DELETE" not in methods
