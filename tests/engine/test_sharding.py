"""Sharding: the shards of a run have together the verdicts of the complete run."""

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
SHARD_COUNT = 3


def run_shard(number: int | None, folder: Path, *faults: str, **changes: Any) -> dict[str, Any]:
    """Run a shard, or everything, against a new reference server."""
    shard = number and Shard(number, SHARD_COUNT)
    settings = replace(SETTINGS, shard=shard or None, output=folder / str(number), **changes)
    record = run(replace(settings, connection=Connection(transport=InProcessTransport(faults))))
    assert validation_errors(results_schema(), record) == []
    return record


def verdicts(record: dict[str, Any]) -> dict[str, str]:
    return {entry["id"]: entry["verdict"] for entry in record["requirements"]}


@pytest.mark.parametrize("count", [1, 2, 3, 7, 400])
def test_active_requirements_are_split_evenly_and_completely(count: int) -> None:
    active_ids = sorted([*catalogue(), *IN_EVERY_SHARD])
    shards = [
        set(active_ids) - IN_EVERY_SHARD - assigned_to_other_shards(active_ids, Shard(number, count))
        for number in range(1, count + 1)
    ]
    assert set.union(*shards) == set(active_ids) - IN_EVERY_SHARD
    assert not any(first & second for first, second in itertools.combinations(shards, 2))
    assert max(map(len, shards)) - min(map(len, shards)) <= 1
    assert not IN_EVERY_SHARD & assigned_to_other_shards(active_ids, Shard(1, count))


def test_a_run_without_shards_skips_no_requirement() -> None:
    assert assigned_to_other_shards(catalogue(), None) == frozenset()


def test_requirements_in_every_shard_exist() -> None:
    assert set(catalogue()) >= IN_EVERY_SHARD


def test_the_assignment_to_shards_does_not_depend_on_the_selection() -> None:
    def decided_ids(number: int, select: str) -> set[str]:
        collection = collect_checks(replace(SETTINGS, shard=Shard(number, SHARD_COUNT), select=select))
        skipped_ids = {requirement.id for requirement in collection.skipped_requirements}
        return {check.requirement.id for check in collection.checks if check.is_scored} | skipped_ids

    for number in range(1, SHARD_COUNT + 1):
        assert decided_ids(number, "VC-CREATE-NAME-*") == {
            identifier for identifier in decided_ids(number, "") if identifier.startswith("VC-CREATE-NAME-")
        }


@pytest.mark.parametrize("text, shard", [("1/1", Shard(1, 1)), ("2/3", Shard(2, 3)), ("003/3", Shard(3, 3))])
@pytest.mark.usefixtures("empty_folder")
def test_a_shard_is_specified_by_number_and_count(text: str, shard: Shard) -> None:
    assert load_settings({"target": "https://example.test", "shard": text}).shard == shard


@pytest.mark.parametrize(
    "text", ["0/3", "4/3", "1", "1/", "/3", "1/3/5", "-1/3", "a/b", "1/3 ", "1/0", "²/3"]
)
@pytest.mark.usefixtures("empty_folder")
def test_an_invalid_shard_is_rejected(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"expected K/N with 1 <= K <= N, e\.g\. 1/3"):
        load_settings({"target": "https://example.test", "shard": text})


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def test_every_shard_has_the_verdicts_of_the_complete_run(tmp_path: Path) -> None:
    complete = run_shard(None, tmp_path)
    shards = [run_shard(number, tmp_path) for number in range(1, SHARD_COUNT + 1)]
    for number, shard in enumerate(shards, 1):
        assert shard["shard"] == {"number": number, "of": SHARD_COUNT}
        assert verdicts(shard).items() <= verdicts(complete).items()
        assert shard["exit_code"] == 0
        assert shard["requests"] < complete["requests"] * 0.7
        assert shard["notes"][0].startswith(f"shard {number} of {SHARD_COUNT}: ")
    assert set().union(*map(verdicts, shards)) == set(verdicts(complete))


def test_the_replay_of_a_shard_is_a_shard(tmp_path: Path) -> None:
    record = run_shard(2, tmp_path)
    replayed = replay(read_evidence(tmp_path / "2" / "evidence.ndjson"))
    assert replayed["shard"] == record["shard"]
    assert verdicts(replayed) == verdicts(record)


def test_a_shard_may_be_empty(tmp_path: Path) -> None:
    records = [
        run_shard(number, tmp_path, select="VC-CREATE-NAME-MAXLENGTH,VC-CREATE-DATE-ONLY")
        for number in range(1, SHARD_COUNT + 1)
    ]
    assert sorted(len(record["requirements"]) for record in records) == [0, 1, 1]
    assert sorted(record["exit_code"] for record in records) == [0, 0, 3]  # nothing decided: inconclusive
