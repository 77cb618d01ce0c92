"""The check of concurrent creates with the same name is inconclusive unless two creates overlap."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from conformance.checks.video import test_names
from conformance.config.settings import Effort
from conformance.config.target import Limits
from conformance.http.exchange import Exchange, Origin, Request, any_overlap
from conformance.results.verdict import Finding, Inconclusive
from conformance.testkit.api_client import ApiClient
from tests.support.bundles import run_reference
from tests.support.fake_targets import fake_stack

NOON = datetime(2041, 5, 6, 12, tzinfo=UTC)
IDENTIFIER = "VC-CREATE-NAME-UNIQUE-RACE"


class NameServer:
    """A target whose names are unique, or only without concurrency; each create takes some time."""

    def __init__(self, *, unique: bool = True, seconds: float = 0.02) -> None:
        self._unique = unique
        self._seconds = seconds
        self._lock = threading.Lock()
        self._names_in_use: set[bytes] = set()
        self.creates = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return httpx.Response(204)
        is_duplicate = request.content in self._names_in_use
        time.sleep(self._seconds)
        with self._lock:
            self.creates += 1
            if request.content in self._names_in_use and (self._unique or is_duplicate):
                return httpx.Response(422, json={"errors": []})
            self._names_in_use.add(request.content)
            return httpx.Response(200, json={"id": f"made-{self.creates}"})


def run_check(target: NameServer, folder: Path, limits: Limits) -> ApiClient:
    with fake_stack(target, folder, limits) as stack:
        api = ApiClient(stack, "0badcafe", "a check", effort=Effort.STANDARD)
        test_names.test_at_most_one_of_several_concurrent_creates_with_the_same_name_succeeds(api)
    return api


def test_a_race_with_one_winner_passes(tmp_path: Path) -> None:
    run_check(NameServer(), tmp_path, Limits(concurrency=8))


def test_a_race_with_two_winners_fails(tmp_path: Path) -> None:
    with pytest.raises(Finding, match="at most one conference created"):
        run_check(NameServer(unique=False), tmp_path, Limits(concurrency=8))


def test_two_concurrent_requests_are_enough_for_a_race(tmp_path: Path) -> None:
    with pytest.raises(Finding, match="at most one conference created"):
        run_check(NameServer(unique=False), tmp_path, Limits(concurrency=2))


def test_a_check_without_concurrency_sends_nothing_and_is_inconclusive(tmp_path: Path) -> None:
    target = NameServer(unique=False)
    with pytest.raises(Inconclusive, match="concurrency: requests are sent one at a time"):
        run_check(target, tmp_path, Limits(concurrency=1))
    assert target.creates == 0


def test_creates_that_never_overlap_are_inconclusive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_names, "any_overlap", lambda _: False)
    with pytest.raises(Inconclusive, match="concurrency: no two creates with the same name overlapped"):
        run_check(NameServer(), tmp_path, Limits(concurrency=8))


@pytest.mark.parametrize(
    "times, overlap",
    [
        ([(0.0, 1.0), (1.5, 1.0), (3.0, 1.0)], False),
        ([(0.0, 1.0), (1.0, 1.0)], False),
        ([(0.0, 1.0), (0.5, 1.0)], True),
        ([(3.0, 1.0), (0.0, 5.0)], True),
        ([(0.0, 5.0), (1.0, 0.1), (2.0, 0.1)], True),
        ([(0.0, 1.0)], False),
    ],
)
def test_two_requests_overlap_if_one_is_sent_before_the_response_to_the_other(
    times: list[tuple[float, float]], *, overlap: bool
) -> None:
    request = Request("POST", "/api/video/conferences")
    exchanges = [
        Exchange(
            0, Origin("a check", "VC-CREATE"), request, None, None, NOON + timedelta(seconds=start), length
        )
        for start, length in times
    ]
    assert any_overlap(exchanges) is overlap


def test_a_run_without_concurrency_is_inconclusive(tmp_path: Path) -> None:
    record = run_reference(
        tmp_path, ["name-not-unique-in-a-race"], select=IDENTIFIER, limits=Limits(concurrency=1)
    )
    (requirement,) = record["requirements"]
    assert (requirement["verdict"], record["exit_code"]) == ("inconclusive", 3)
    assert requirement["reason"].startswith("concurrency: ")
