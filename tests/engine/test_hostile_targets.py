"""Whatever the target does, a run ends in time and within its memory, and blames fairly."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from lxml import etree

from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.hostile.attack import MEMORY, WITHIN, Came, attacked
from tests.support.hostile.servers import hostile

_AT_ONCE: Final = 4  # most of them wait more than they work
_ALL: Final = {each.name: each for each in hostile()}
# A server that misbehaves later in the run is not also tested from the start;
# `python -m tests.support.hostile` does both.
SERVERS: Final = {name: each for name, each in _ALL.items() if f"{name}, later" not in _ALL}


@pytest.fixture(scope="module")
def all_came() -> Mapping[str, Came]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(SERVERS, pool.map(attacked, SERVERS.values()), strict=True))


@pytest.fixture(params=SERVERS)
def came(all_came: Mapping[str, Came], request: pytest.FixtureRequest) -> Came:
    return all_came[request.param]


def test_a_run_ends_with_its_exit_code_in_time_and_within_its_memory(came: Came) -> None:
    assert came.code in came.server.codes, came.said
    assert came.seconds < WITHIN, came.said
    assert 0 < came.memory < MEMORY


def test_what_is_said_and_written_is_whole(came: Came) -> None:
    assert "Traceback" not in came.said
    assert "\x1b" not in came.said
    assert came.record is not None
    assert validation_errors(results_schema(), came.record) == []
    assert came.record["exit_code"] == came.code
    suite = etree.fromstring(came.junit.encode())
    assert suite.tag in {"testsuite", "testsuites"}


def test_nothing_is_an_error_of_ours_and_nothing_passed_unseen(came: Came) -> None:
    assert came.record is not None
    for each in came.record["requirements"]:
        assert each["verdict"] != "error", each
        assert each["verdict"] != "passed" or each["observations"] > 0, each


def test_no_secret_is_said_or_written(came: Came) -> None:
    assert came.leaks == ()


@pytest.mark.parametrize(
    "name", ["accepts-and-is-silent, later", "reset-before-answer, later", "dies-after-50"]
)
def test_an_outage_is_told_by_name(all_came: Mapping[str, Came], name: str) -> None:
    record = all_came[name].record
    assert record is not None
    reasons = {each["reason"] for each in record["requirements"] if each["verdict"] == "inconclusive"}
    assert "outage: the target stopped responding" in reasons
    assert "failed" not in {each["verdict"] for each in record["requirements"]}


def test_one_lost_connection_changes_nothing(all_came: Mapping[str, Came]) -> None:
    record = all_came["one-reset"].record
    assert record is not None
    assert {"failed", "warned"}.isdisjoint(each["verdict"] for each in record["requirements"])
