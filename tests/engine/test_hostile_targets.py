"""A run against a hostile server ends in time, within its memory limit and without a false positive."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from lxml import etree

from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.hostile.hostile_run import MAX_DURATION, MAX_MEMORY, HostileRun, run_against
from tests.support.hostile.servers import hostile_servers

_CONCURRENT_RUNS: Final = 8  # most of the runs wait most of the time
_ALL: Final = {server.name: server for server in hostile_servers()}
# A server that misbehaves later in the run is not also tested from the start;
# `python -m tests.support.hostile` does both.
SERVERS: Final = {name: server for name, server in _ALL.items() if f"{name}, later" not in _ALL}


@pytest.fixture(scope="module")
def all_runs() -> Mapping[str, HostileRun]:
    with ThreadPoolExecutor(_CONCURRENT_RUNS) as pool:
        return dict(zip(SERVERS, pool.map(run_against, SERVERS.values()), strict=True))


@pytest.fixture(params=SERVERS)
def hostile_run(all_runs: Mapping[str, HostileRun], request: pytest.FixtureRequest) -> HostileRun:
    return all_runs[request.param]


def test_a_run_ends_in_time_with_its_exit_code_and_within_its_memory_limit(hostile_run: HostileRun) -> None:
    assert hostile_run.exit_code in hostile_run.server.exit_codes, hostile_run.output
    assert hostile_run.seconds < MAX_DURATION, hostile_run.output
    assert 0 < hostile_run.memory < MAX_MEMORY


def test_output_and_reports_are_complete(hostile_run: HostileRun) -> None:
    assert "Traceback" not in hostile_run.output
    assert "\x1b" not in hostile_run.output
    assert hostile_run.record is not None
    assert validation_errors(results_schema(), hostile_run.record) == []
    assert hostile_run.record["exit_code"] == hostile_run.exit_code
    suite = etree.fromstring(hostile_run.junit.encode())
    assert suite.tag in {"testsuite", "testsuites"}


def test_no_requirement_has_an_internal_error_or_passes_without_an_observation(
    hostile_run: HostileRun,
) -> None:
    assert hostile_run.record is not None
    for entry in hostile_run.record["requirements"]:
        assert entry["verdict"] != "error", entry
        assert entry["verdict"] != "passed" or entry["observations"] > 0, entry


def test_no_secret_is_printed_or_written(hostile_run: HostileRun) -> None:
    assert hostile_run.leaks == ()


@pytest.mark.parametrize(
    "name", ["accepts-and-is-silent, later", "reset-before-response, later", "dies-after-50"]
)
def test_an_outage_is_the_reported_reason(all_runs: Mapping[str, HostileRun], name: str) -> None:
    record = all_runs[name].record
    assert record is not None
    reasons = {entry["reason"] for entry in record["requirements"] if entry["verdict"] == "inconclusive"}
    assert "outage: the target stopped responding" in reasons
    assert "failed" not in {entry["verdict"] for entry in record["requirements"]}


def test_one_lost_connection_does_not_change_a_verdict(all_runs: Mapping[str, HostileRun]) -> None:
    record = all_runs["one-reset"].record
    assert record is not None
    assert {"failed", "warned"}.isdisjoint(entry["verdict"] for entry in record["requirements"])
