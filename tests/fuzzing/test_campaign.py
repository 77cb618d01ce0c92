"""Start of rounds, sharing of limits, and end of a fuzz campaign, with fake rounds."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Effort, Settings
from conformance.config.target import Limits, Target
from conformance.engine import runner
from conformance.engine.attempts import CheckKind
from conformance.engine.progress_listener import RunProgress
from conformance.engine.worker_process import missing_record
from conformance.fuzzing import campaign
from conformance.fuzzing.campaign import CampaignProgress, FuzzCampaign
from conformance.fuzzing.tasks import ReportedFinding, TaskResult
from conformance.processes.message_channel import Channel
from conformance.results.output_folder import OutputFolderError
from conformance.runtime.shutdown import INTERRUPTION
from conformance.transport.resources import ledger_file
from reports.records.fuzz_results import NewFindings
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.fake_targets import ACCOUNT, CONFERENCES
from tests.support.run_records import LEFTOVER, record, requirement

MAX_ROUNDS = 5
NAME = "cc-0badcafe-5d3c1f9e7a2b-0_Z"


def target() -> Target:
    return Target(httpx.URL("http://target.test"), ACCOUNT)


class FakeRounds:
    """Rounds that end immediately, each with a predefined record."""

    def __init__(self, *records: Mapping[str, Any]) -> None:
        self.records = list(records)
        self.settings: list[Settings] = []
        self.discarded: list[str] = []
        self.new_findings: list[NewFindings] = []

    def __call__(self, settings: Settings) -> Any:
        fake_rounds = self
        incoming, write_end = os.pipe()
        os.close(write_end)
        channel = Channel(incoming, os.open(os.devnull, os.O_WRONLY))
        round_record = self.records[len(self.settings) % len(self.records)]
        self.settings.append(settings)

        class FakeWorker:
            def __init__(self) -> None:
                self.settings, self.name = settings, settings.output.name
                self.channel, self.progress = channel, RunProgress()
                self.is_idle = self.has_findings = False
                self.task = None
                self.reserved_requests = settings.limits.max_requests or 0

            def receive_progress(self) -> bool:
                return False

            def take_findings(self) -> list[ReportedFinding]:
                return []

            def take_results(self) -> list[TaskResult]:
                return []

            def record(self) -> Mapping[str, Any]:
                channel.close()
                return round_record

            def delete_output(self) -> None:
                fake_rounds.discarded.append(self.name)

            def request_stop(self, times: int) -> None:
                """Do nothing."""

        return FakeWorker()

    def on_progress(self, progress: CampaignProgress) -> None:
        """Request the end of the campaign after the maximum number of rounds."""
        if progress.rounds >= MAX_ROUNDS:
            INTERRUPTION.request_stop(1)

    def on_new_findings(
        self, new_findings: NewFindings, _: Mapping[str, Any], __: Settings, ___: int | None
    ) -> None:
        self.new_findings.append(new_findings)


RunCampaign = Callable[..., dict[str, Any]]


@pytest.fixture
def run_campaign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RunCampaign:
    """Return a function that runs a campaign of fake rounds."""

    def run(rounds: FakeRounds, workers: int = 1, **changes: Any) -> dict[str, Any]:
        monkeypatch.setattr(campaign, "Worker", rounds)
        monkeypatch.setattr(campaign, "SearchWorker", rounds)
        settings = Settings(target(), effort=Effort.THOROUGH, seed=3, output=tmp_path, **changes)
        with INTERRUPTION.handle_signals():
            return FuzzCampaign(settings, workers, rounds).run()

    return run


def passing(**members: Any) -> dict[str, Any]:
    return record(requirement(), **{"property_based_only": True, **members})


def test_rounds_continue_with_the_next_seed_until_the_campaign_is_stopped(
    run_campaign: RunCampaign, tmp_path: Path
) -> None:
    rounds = FakeRounds(passing())
    result = run_campaign(rounds)
    figures = result["campaign"]
    assert (result["exit_code"], figures["rounds"], figures["findings"]) == (130, 5, 0)
    times = [entry["seconds"] for entry in figures["history"]]
    assert len(times) == 5
    assert times == sorted(times)
    assert [settings.seed for settings in rounds.settings] == [3, 4, 5, 6, 7]
    assert [settings.property_based_only for settings in rounds.settings] == [False, True, True, True, True]
    assert len({settings.prefix for settings in rounds.settings}) == 5
    assert [settings.output for settings in rounds.settings] == [
        tmp_path / f"round-{seed}" for seed in range(3, 8)
    ]
    assert rounds.discarded == [f"round-{seed}" for seed in range(3, 8)]


def test_load_limits_are_split_among_the_workers(run_campaign: RunCampaign) -> None:
    rounds = FakeRounds(passing())
    limits = Limits(concurrency=9, requests_per_second=10.0, max_requests=5000, max_live=50)
    result = run_campaign(rounds, workers=4, limits=limits)
    round_limits = [settings.limits for settings in rounds.settings]
    first, *following = round_limits
    assert first == replace(limits, max_seconds=first.max_seconds)  # the first round runs alone
    loads = {(entry.concurrency, entry.requests_per_second, entry.max_live) for entry in following}
    assert loads == {(2, 2.5, 12)}
    assert [entry.max_requests for entry in following[:4]] == [770, 770, 771, 771]
    assert result["exit_code"] in {0, 130}


def test_a_campaign_ends_at_the_limit_of_requests_or_time(run_campaign: RunCampaign) -> None:
    rounds_to_request_limit, rounds_to_time_limit = FakeRounds(passing()), FakeRounds(passing())
    assert run_campaign(rounds_to_request_limit, limits=Limits(max_requests=2000))["campaign"]["rounds"] == 1
    assert run_campaign(rounds_to_time_limit, limits=Limits(max_seconds=1.5))["campaign"]["rounds"] == 1


@pytest.mark.parametrize("changes", [{"fail_fast": True}, {"max_failures": 1}])
def test_a_campaign_ends_at_the_limit_of_failed_requirements(
    run_campaign: RunCampaign, changes: dict[str, Any]
) -> None:
    failed = passing(requirements=[requirement("failed")], exit_code=1)
    rounds = FakeRounds(passing(), failed, failed)
    assert run_campaign(rounds, **changes)["campaign"]["rounds"] == 2


def test_a_requirement_that_fails_in_several_rounds_counts_once(run_campaign: RunCampaign) -> None:
    failed = passing(requirements=[requirement("failed")], exit_code=1)
    assert run_campaign(FakeRounds(failed), max_failures=2)["campaign"]["rounds"] == 5


@dataclass(frozen=True)
class SecondRound:
    """The record of a second round, and its effect on the campaign."""

    record: Mapping[str, Any]
    code: int
    is_kept: bool


LEFTOVERS = passing(leftovers=[LEFTOVER], leftovers_allowed=False, exit_code=5)
OUTAGE = passing(requirements=[requirement("inconclusive", reason="outage: gone")], exit_code=3)
KILLED = missing_record(Settings(target(), output=Path("round-4")))
UNUSABLE = record(
    property_based_only=True, verdict="not-started", exit_code=2, notes=["it cannot be reached"]
)


@pytest.mark.parametrize(
    "second_round",
    [
        SecondRound(LEFTOVERS, 5, is_kept=True),
        SecondRound(OUTAGE, 3, is_kept=False),
        SecondRound(UNUSABLE, 3, is_kept=False),
        SecondRound(KILLED, 4, is_kept=True),
    ],
    ids=["leftovers", "outage", "no target", "killed"],
)
def test_a_campaign_ends_after_a_round_that_prevents_further_findings(
    run_campaign: RunCampaign, second_round: SecondRound
) -> None:
    rounds = FakeRounds(passing(), second_round.record)
    result = run_campaign(rounds)
    assert (result["exit_code"], len(rounds.settings)) == (second_round.code, 2)
    assert validation_errors(results_schema(), result) == []
    assert ("round-4" not in rounds.discarded) is second_round.is_kept
    assert result["notes"][-1].startswith("round-4") or second_round.record is OUTAGE


def test_a_campaign_does_not_start_if_the_first_round_does_not(run_campaign: RunCampaign) -> None:
    result = run_campaign(FakeRounds(UNUSABLE), workers=2)
    assert (result["exit_code"], result["campaign"]["rounds"]) == (2, 0)


def test_a_campaign_does_not_start_if_the_folder_of_the_first_round_cannot_be_used(
    run_campaign: RunCampaign, tmp_path: Path
) -> None:
    (tmp_path / "round-3").touch()
    with pytest.raises(OutputFolderError, match="round-3"):
        run_campaign(FakeRounds(passing()))


def test_a_campaign_ends_if_the_folder_of_a_later_round_cannot_be_used(
    run_campaign: RunCampaign, tmp_path: Path
) -> None:
    (tmp_path / "round-4").touch()
    rounds = FakeRounds(passing())
    result = run_campaign(rounds)
    assert [settings.seed for settings in rounds.settings] == [3]
    assert f"--output '{tmp_path / 'round-4'}' cannot be written to" in result["notes"][-1]
    assert validation_errors(results_schema(), result) == []


class RoundsWithLeftovers(FakeRounds):
    """Rounds whose ledger contains a conference; the exit message is requested during a round."""

    exit_message = ""

    def __call__(self, settings: Settings) -> Any:
        worker = super().__call__(settings)
        lines = ({"intent": 1, "collection": CONFERENCES, "name": NAME}, {"created": 1, "id": "made-1"})
        (settings.output / ledger_file.FILE_NAME).write_text(
            "".join(f"{json.dumps(line)}\n" for line in lines)
        )
        worker.receive_progress = self.request_exit_message
        return worker

    def request_exit_message(self) -> bool:
        self.exit_message = INTERRUPTION.exit_message()
        return False


def test_leftovers_of_a_running_round_are_printed_if_the_campaign_is_stopped_immediately(
    run_campaign: RunCampaign, tmp_path: Path
) -> None:
    rounds = RoundsWithLeftovers(passing())
    run_campaign(rounds, limits=Limits(max_requests=2000))
    assert rounds.exit_message.splitlines() == [
        "stopped immediately, without clean-up",
        f"left behind: {CONFERENCES}/made-1  {NAME}",
        f"conformance cleanup --run {tmp_path / 'round-3'}",
    ]


def test_rounds_after_the_first_have_no_active_checks() -> None:
    collection = runner.collect_checks(Settings(target(), property_based_only=True))
    assert {check.kind for check in collection.checks} == {CheckKind.PROPERTY_BASED, CheckKind.PASSIVE}
