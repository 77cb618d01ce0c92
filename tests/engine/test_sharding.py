"""Shards of a run decide together what the whole run decides, each answer judged."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.config.loader import ConfigurationError, load_settings
from conformance.config.settings import Effort, Settings, Shard
from conformance.config.target import Connection, Limits, Target
from conformance.engine.runner import collect_checks, replay, run
from conformance.engine.sharding import IN_EVERY_SHARD, assigned_to_other_shards
from conformance.evidence.evidence_reader import read_evidence
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ACTIVE_SESSION, ORIGIN, PROJECT, TOKEN, InProcessTransport
from spec.catalogue import catalogue
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.fake_targets import ENVIRONMENT

SETTINGS = Settings(
    Target(ORIGIN, Account(PROJECT, TOKEN), active_session=ACTIVE_SESSION),
    Limits(concurrency=4),
    effort=Effort.SMOKE,
)
OF = 3


def part(number: int | None, folder: Path, *faults: str, **how: Any) -> dict[str, Any]:
    """Run a shard, or all, over a server of its own."""
    shard = number and Shard(number, OF)
    made = replace(SETTINGS, shard=shard or None, output=folder / str(number), **how)
    record = run(replace(made, connection=Connection(transport=InProcessTransport(faults))))
    assert validation_errors(results_schema(), record) == []
    return record


def verdicts(record: dict[str, Any]) -> dict[str, str]:
    return {each["id"]: each["verdict"] for each in record["requirements"]}


@pytest.mark.parametrize("of", [1, 2, 3, 7, 400])
def test_what_sends_is_split_evenly_and_nothing_is_left_out(of: int) -> None:
    senders = sorted([*catalogue(), *IN_EVERY_SHARD])
    shares = [
        set(senders) - IN_EVERY_SHARD - assigned_to_other_shards(senders, Shard(number, of))
        for number in range(1, of + 1)
    ]
    assert set.union(*shares) == set(senders) - IN_EVERY_SHARD
    assert not any(one & other for one, other in itertools.combinations(shares, 2))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert not IN_EVERY_SHARD & assigned_to_other_shards(senders, Shard(1, of))


def test_without_shards_nothing_is_left_to_others() -> None:
    assert assigned_to_other_shards(catalogue(), None) == frozenset()


def test_what_runs_everywhere_are_requirements() -> None:
    assert set(catalogue()) >= IN_EVERY_SHARD


def test_a_share_does_not_depend_on_what_is_selected() -> None:
    def decided(number: int, select: str) -> set[str]:
        judge = collect_checks(replace(SETTINGS, shard=Shard(number, OF), select=select))
        return {each.requirement.id for each in judge.checks} | {each.id for each in judge.skipped_by_effort}

    for number in range(1, OF + 1):
        assert decided(number, "VC-CREATE-NAME-*") == {
            each for each in decided(number, "") if each.startswith("VC-CREATE-NAME-")
        }


@pytest.mark.parametrize("text, shard", [("1/1", Shard(1, 1)), ("2/3", Shard(2, 3)), ("003/3", Shard(3, 3))])
@pytest.mark.usefixtures("elsewhere")
def test_a_shard_is_named_by_number_and_count(text: str, shard: Shard) -> None:
    assert load_settings({"target": "https://example.test", "shard": text}).shard == shard


@pytest.mark.parametrize(
    "text", ["0/3", "4/3", "1", "1/", "/3", "1/3/5", "-1/3", "a/b", "1/3 ", "1/0", "²/3"]
)
@pytest.mark.usefixtures("elsewhere")
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="K/N with K from 1 to N, such as 1/3"):
        load_settings({"target": "https://example.test", "shard": text})


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def test_every_shard_gives_the_verdicts_of_the_whole_run(tmp_path: Path) -> None:
    whole = part(None, tmp_path)
    shards = [part(number, tmp_path) for number in range(1, OF + 1)]
    for number, shard in enumerate(shards, 1):
        assert shard["shard"] == {"number": number, "of": OF}
        assert verdicts(shard).items() <= verdicts(whole).items()
        assert shard["exit_code"] == 0
        assert shard["requests"] < whole["requests"] * 0.7
        assert shard["notes"][0].startswith(f"shard {number} of {OF}: ")
    assert set().union(*map(verdicts, shards)) == set(verdicts(whole))


def test_a_shard_is_judged_again_as_a_shard(tmp_path: Path) -> None:
    record = part(2, tmp_path)
    again = replay(read_evidence(tmp_path / "2" / "evidence.ndjson"))
    assert again["shard"] == record["shard"]
    assert verdicts(again) == verdicts(record)


def test_a_share_may_be_empty(tmp_path: Path) -> None:
    records = [
        part(number, tmp_path, select="VC-CREATE-NAME-MAXLENGTH,VC-CREATE-DATE-ONLY")
        for number in range(1, OF + 1)
    ]
    assert sorted(len(record["requirements"]) for record in records) == [0, 1, 1]
    assert {record["exit_code"] for record in records} == {0}
