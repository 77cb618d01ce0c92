"""When rounds begin, what they share, and when an exploration ends: with rounds that are only played."""

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
from conformance.engine.worker_process import missing_record
from conformance.fuzzing import campaign
from conformance.fuzzing.campaign import FuzzCampaign
from conformance.processes.message_channel import Channel
from conformance.results.output_folder import OutputFolderError
from conformance.runtime.shutdown import INTERRUPTION
from conformance.transport.resources import ledger_file
from reports.records.fuzz_results import NewFindings
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.fake_targets import ACCOUNT, CONFERENCES
from tests.support.run_records import LEFTOVER, record, requirement

ENOUGH = 5  # rounds
NAME = "cc-0badcafe-5d3c1f9e7a2b-0_Z"


def target() -> Target:
    return Target(httpx.URL("http://target.test"), ACCOUNT)


class Staged:
    """Rounds that end at once, each with the record that was written for it."""

    def __init__(self, *records: Mapping[str, Any]) -> None:
        self.records = list(records)
        self.told: list[Settings] = []
        self.forgotten: list[str] = []
        self.news: list[NewFindings] = []

    def __call__(self, settings: Settings) -> Any:
        stage = self
        incoming, closed = os.pipe()
        os.close(closed)
        line = Channel(incoming, os.open(os.devnull, os.O_WRONLY))
        made = self.records[len(self.told) % len(self.records)]
        self.told.append(settings)

        class Acting:
            def __init__(self) -> None:
                self.settings, self.name, self.line, self.requests = settings, settings.output.name, line, 0

            def listen(self) -> bool:
                return False

            def record(self) -> Mapping[str, Any]:
                line.close()
                return made

            def forget(self) -> None:
                stage.forgotten.append(self.name)

            def end(self, times: int) -> None:
                """End anyway."""

        return Acting()

    def on_progress(self, rounds: int, _: int, __: int) -> None:
        """Ask for the end after some rounds."""
        if rounds >= ENOUGH:
            INTERRUPTION.request_stop(1)

    def on_new_findings(self, news: NewFindings, _: Mapping[str, Any], __: Settings) -> None:
        self.news.append(news)


Explore = Callable[..., dict[str, Any]]


@pytest.fixture
def explored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Explore:
    """Explore with staged rounds, in an output folder as the command claims it."""

    def explore(stage: Staged, workers: int = 1, **told: Any) -> dict[str, Any]:
        monkeypatch.setattr(campaign, "Worker", stage)
        made = Settings(target(), effort=Effort.THOROUGH, seed=3, output=tmp_path, **told)
        with INTERRUPTION.handle_signals():
            return FuzzCampaign(made, workers, stage).run()

    return explore


def passing(**members: Any) -> dict[str, Any]:
    return record(requirement(), **{"property_based_only": True, **members})


def test_rounds_go_on_with_the_next_seed_until_somebody_ends_them(explored: Explore, tmp_path: Path) -> None:
    stage = Staged(passing())
    made = explored(stage)
    assert (made["exit_code"], made["campaign"]) == (130, {"rounds": 5, "findings": 0})
    assert [each.seed for each in stage.told] == [3, 4, 5, 6, 7]
    assert [each.property_based_only for each in stage.told] == [False, True, True, True, True]
    assert len({each.prefix for each in stage.told}) == 5
    assert [each.output for each in stage.told] == [tmp_path / f"round-{seed}" for seed in range(3, 8)]
    assert stage.forgotten == [f"round-{seed}" for seed in range(3, 8)]


def test_what_limits_the_load_is_shared_out(explored: Explore) -> None:
    stage = Staged(passing())
    limits = Limits(concurrency=9, requests_per_second=10.0, max_requests=5000, max_live=50)
    made = explored(stage, workers=4, limits=limits)
    shared = [each.limits for each in stage.told]
    assert shared[0] == replace(limits, max_seconds=shared[0].max_seconds)  # the first has it all to itself
    assert {(each.concurrency, each.requests_per_second, each.max_live) for each in shared[1:]} == {
        (2, 2.5, 12)
    }
    assert [each.max_requests for each in shared[1:5]] == [770, 770, 771, 771]
    assert made["exit_code"] in {0, 130}


def test_it_ends_when_the_requests_or_the_time_are_spent(explored: Explore) -> None:
    spent, late = Staged(passing()), Staged(passing())
    assert explored(spent, limits=Limits(max_requests=2000))["campaign"]["rounds"] == 1
    assert explored(late, limits=Limits(max_seconds=1.5))["campaign"]["rounds"] == 1


@dataclass(frozen=True)
class Ending:
    """What a second round came to, and what that means."""

    record: Mapping[str, Any]
    code: int
    kept: bool


LEFT = passing(leftovers=[LEFTOVER], leftovers_allowed=False, exit_code=5)
GONE = passing(requirements=[requirement("inconclusive", reason="outage: gone")], exit_code=3)
LOST = missing_record(Settings(target(), output=Path("round-4")))
UNUSABLE = record(exploring=True, verdict="not-started", exit_code=2, notes=["it cannot be reached"])


@pytest.mark.parametrize(
    "ending",
    [
        Ending(LEFT, 5, kept=True),
        Ending(GONE, 3, kept=False),
        Ending(UNUSABLE, 3, kept=False),
        Ending(LOST, 4, kept=True),
    ],
    ids=["leftovers", "outage", "no target", "killed"],
)
def test_it_ends_where_no_round_can_find_more(explored: Explore, ending: Ending) -> None:
    stage = Staged(passing(), ending.record)
    made = explored(stage)
    assert (made["exit_code"], len(stage.told)) == (ending.code, 2)
    assert validation_errors(results_schema(), made) == []
    assert ("round-4" not in stage.forgotten) is ending.kept
    assert made["notes"][-1].startswith("round-4") or ending.record is GONE


def test_it_cannot_start_where_the_first_round_cannot(explored: Explore) -> None:
    made = explored(Staged(UNUSABLE), workers=2)
    assert (made["exit_code"], made["campaign"]["rounds"]) == (2, 0)


def test_it_cannot_start_where_the_folder_of_the_first_round_cannot_be_used(
    explored: Explore, tmp_path: Path
) -> None:
    (tmp_path / "round-3").touch()
    with pytest.raises(OutputFolderError, match="round-3"):
        explored(Staged(passing()))


def test_it_ends_where_the_folder_of_a_later_round_cannot_be_used(explored: Explore, tmp_path: Path) -> None:
    (tmp_path / "round-4").touch()
    stage = Staged(passing())
    made = explored(stage)
    assert [each.seed for each in stage.told] == [3]
    assert f"--output '{tmp_path / 'round-4'}' cannot be written to" in made["notes"][-1]
    assert validation_errors(results_schema(), made) == []


class Leaving(Staged):
    """Rounds whose ledger holds a conference; while one is under way, what it has left is asked for."""

    farewell = ""

    def __call__(self, settings: Settings) -> Any:
        acting = super().__call__(settings)
        lines = ({"intent": 1, "collection": CONFERENCES, "name": NAME}, {"created": 1, "id": "made-1"})
        (settings.output / ledger_file.FILE_NAME).write_text(
            "".join(f"{json.dumps(line)}\n" for line in lines)
        )
        acting.listen = self.ask
        return acting

    def ask(self) -> bool:
        self.farewell = INTERRUPTION.exit_message()
        return False


def test_what_a_round_under_way_has_left_is_named_if_the_exploration_ends_at_once(
    explored: Explore, tmp_path: Path
) -> None:
    stage = Leaving(passing())
    explored(stage, limits=Limits(max_requests=2000))
    assert stage.farewell.splitlines() == [
        "stopped immediately, without clean-up",
        f"left behind: {CONFERENCES}/made-1  {NAME}",
        f"conformance cleanup --run {tmp_path / 'round-3'}",
    ]


def test_rounds_after_the_first_have_no_directed_check() -> None:
    exploring = runner.collect_checks(Settings(target(), property_based_only=True))
    assert {check.kind for check in exploring.checks} == {CheckKind.PROPERTY_BASED, CheckKind.PASSIVE}
