"""Supporting checks: selected passive checks have exchanges to evaluate, whatever else is selected."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.config.settings import Effort, Settings, Shard
from conformance.config.target import Connection, Limits, Target
from conformance.engine.attempts import CheckKind
from conformance.engine.runner import collect_checks, replay, run
from conformance.evidence.evidence_reader import read_evidence
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ACTIVE_SESSION, ORIGIN, PROJECT, TOKEN, InProcessTransport
from spec.data_files import results_schema
from spec.validation import validation_errors

SETTINGS = Settings(
    Target(ORIGIN, Account(PROJECT, TOKEN), active_session=ACTIVE_SESSION),
    Limits(concurrency=4),
    effort=Effort.SMOKE,
)


def run_selected(select: str, folder: Path, *faults: str, **changes: Any) -> dict[str, Any]:
    connection = Connection(transport=InProcessTransport(faults))
    record = run(replace(SETTINGS, select=select, output=folder, connection=connection, **changes))
    assert validation_errors(results_schema(), record) == []
    return record


def verdicts(record: dict[str, Any]) -> set[str]:
    return {entry["verdict"] for entry in record["requirements"]}


def unscored(select: str, **changes: Any) -> list[str]:
    checks = collect_checks(replace(SETTINGS, select=select, **changes)).checks
    return [check.requirement.id for check in checks if not check.is_scored]


@pytest.fixture(scope="module")
def passive_operations() -> set[str]:
    checks = collect_checks(SETTINGS).checks
    return {check.requirement.operation for check in checks if check.kind is CheckKind.PASSIVE}


@pytest.mark.parametrize(
    "select",
    [
        "FCR-ROOM-*",
        "VC-SESSION-*",
        "VC-CREATE-QUALITY-ECHO",
        "VC-CREATE-AUTH",
        "FCR-CREATE-AUTH",
        "VC-GET-SAME-AS-CREATE",
        "API-ERR-422-SEVERAL",
        "VC-CONF-*",
        "FCR-GET-SAME-AS-CREATE,FCR-RES-*",
    ],
)
def test_a_selection_of_passive_checks_is_decided(select: str, tmp_path: Path) -> None:
    record = run_selected(select, tmp_path)
    assert verdicts(record) == {"passed"}
    assert record["exit_code"] == 0
    assert record["unscored"]
    assert not set(record["unscored"]) & {entry["id"] for entry in record["requirements"]}
    assert record["notes"][0].startswith("unscored: ")


def test_every_operation_with_passive_checks_has_supporting_checks(passive_operations: set[str]) -> None:
    for operation in passive_operations:
        passive = [
            check
            for check in collect_checks(replace(SETTINGS, select=f"operation:{operation}")).checks
            if check.kind is CheckKind.PASSIVE
        ]
        assert unscored(passive[0].requirement.id)


def test_a_selection_of_active_checks_needs_no_others(tmp_path: Path) -> None:
    record = run_selected("VC-CREATE-NAME-MAXLENGTH,VC-CREATE-FULL", tmp_path)
    assert "unscored" not in record
    assert unscored("") == []


def test_a_violation_that_only_a_supporting_check_causes_is_found(tmp_path: Path) -> None:
    record = run_selected("FCR-CREATE-QUALITY-ECHO", tmp_path, "fcr-create-quality-echo")
    assert verdicts(record) == {"failed"}
    assert [entry["id"] for entry in record["requirements"]] == ["FCR-CREATE-QUALITY-ECHO"]


def test_a_supporting_check_has_no_verdict(tmp_path: Path) -> None:
    record = run_selected("VC-CREATE-STATUS", tmp_path, "authentication-missing", fail_fast=True)
    assert verdicts(record) == {"passed"}
    assert "API-AUTH-HEADER-REQUIRED" in record["unscored"]
    assert record["exit_code"] == 0


def test_a_check_can_be_added_for_its_requests(tmp_path: Path) -> None:
    record = run_selected("VC-CREATE-NAME-MAXLENGTH,with:VC-CREATE-FULL", tmp_path)
    assert record["unscored"] == ["VC-CREATE-FULL"]
    assert [entry["id"] for entry in record["requirements"]] == ["VC-CREATE-NAME-MAXLENGTH"]


def test_a_replay_has_the_same_supporting_checks(tmp_path: Path) -> None:
    record = run_selected("VC-SESSION-*", tmp_path)
    replayed = replay(read_evidence(tmp_path / "evidence.ndjson"))
    assert replayed["unscored"] == record["unscored"]
    assert verdicts(replayed) == verdicts(record)


def test_every_shard_runs_the_supporting_checks() -> None:
    shards = [unscored("VC-SESSION-*", shard=Shard(number, 3)) for number in (1, 2, 3)]
    assert shards[0] == shards[1] == shards[2] == unscored("VC-SESSION-*")


def test_later_fuzz_rounds_have_no_supporting_checks() -> None:
    assert unscored("VC-SESSION-*", property_based_only=True) == []


def test_smoke_runs_optional_behavior_that_is_selected_by_id_or_level() -> None:
    def skipped_ids(select: str) -> set[str]:
        collection = collect_checks(replace(SETTINGS, select=select))
        return {requirement.id for requirement in collection.skipped_requirements}

    assert skipped_ids("VC-GET-SESSION-NONE,VC-GET-BY-NAME") == set()
    assert skipped_ids("level:may") == set()
    assert "VC-GET-SESSION-NONE" in skipped_ids("VC-GET-*")
