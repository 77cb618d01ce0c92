"""Merging several records into one: the worst verdict counts, and missing shards are reported."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from conformance.config.settings import Shard
from reports.records.merge import WORSENING, merge_records
from reports.records.record_compatibility import IncompatibleRecordsError
from spec.catalogue import catalogue
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.bundles import run_reference
from tests.support.shard_records import entry, finding, record

ONE, TWO, THREE = "VC-CREATE-MINIMAL", "VC-CREATE-DATE-ONLY", "VC-CREATE-FULL"
SHOULD = "FCR-RES-DISPLAY-NAMES-AGREE"
NOT_OBSERVED = {"reason": "not-observed: no exchange of this run shows it", "observations": 0}
WAIVER = {"requirement": TWO, "reason": "r", "expires": "2042-01-01", "state": "applied", "advice": ""}


def waiver(state: str) -> list[dict[str, Any]]:
    return [{**WAIVER, "state": state}]


def merged(*records: dict[str, Any], selected: Iterable[str] = ()) -> dict[str, Any]:
    """Merge records after giving each its own prefix, and validate the result."""
    prefixed = [{**entry, "prefix": f"{number:08}"} for number, entry in enumerate(records)]
    result = merge_records(prefixed, [catalogue()[entry] for entry in selected])
    assert validation_errors(results_schema(), result) == []
    return result


def merged_requirement(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any]
    (result,) = merged(record(first), record(second))["requirements"]
    return result


def verdicts(result: dict[str, Any]) -> dict[str, str]:
    return {entry["id"]: entry["verdict"] for entry in result["requirements"]}


@pytest.mark.parametrize("faults", [(), ("date-only-becomes-end-of-day", "get-description-escaped")])
def test_merged_shards_equal_the_whole_run(tmp_path: Path, faults: tuple[str, ...]) -> None:
    whole = run_reference(tmp_path / "whole", faults)
    shards = [run_reference(tmp_path / str(number), faults, shard=Shard(number, 3)) for number in (1, 2, 3)]
    result = merge_records(shards, catalogue().values())
    assert validation_errors(results_schema(), result) == []
    assert verdicts(result) == verdicts(whole)
    for name in ("verdict", "exit_code", "counts", "shard"):
        assert result[name] == whole[name]
    assert {entry["primary"] for entry in result["causes"]} >= {entry["primary"] for entry in whole["causes"]}
    assert result["requests"] == sum(entry["requests"] for entry in shards)
    assert sum(result["timeline"]["requests"]) == sum(sum(entry["timeline"]["requests"]) for entry in shards)


def test_a_missing_shard_makes_the_result_inconclusive(tmp_path: Path) -> None:
    shards = [run_reference(tmp_path / str(number), shard=Shard(number, 3)) for number in (1, 3)]
    result = merge_records(shards, catalogue().values())
    assert (result["verdict"], result["exit_code"], result["footer"]["complete"]) == (
        "inconclusive",
        3,
        False,
    )
    assert list(verdicts(result)) == list(catalogue())
    reasons = {entry["reason"] for entry in result["requirements"] if entry["verdict"] == "inconclusive"}
    assert reasons == {"not-run: not decided by any shard"}
    assert result["notes"][0] == "missing shards of 3: 2"


@pytest.mark.parametrize("index", range(1, len(WORSENING)))
def test_the_worst_verdict_counts_in_any_order(index: int) -> None:
    better, worse = entry(ONE, WORSENING[index - 1]), entry(ONE, WORSENING[index], reason="why")
    for result in (merged_requirement(better, worse), merged_requirement(worse, better)):
        assert (result["verdict"], result["reason"]) == (WORSENING[index], "why")
        assert (result["observations"], result["seconds"]) == (2, 0.5)


@pytest.mark.parametrize("verdict", ["inconclusive", "not-applicable"])
def test_a_record_without_observations_does_not_count(verdict: str) -> None:
    assert merged_requirement(entry(ONE, verdict, **NOT_OBSERVED), entry(ONE))["verdict"] == "passed"
    assert (
        merged_requirement(entry(ONE, verdict, **NOT_OBSERVED), entry(ONE, "failed"))["verdict"] == "failed"
    )
    assert (
        merged_requirement(entry(ONE, verdict, **NOT_OBSERVED), entry(ONE, verdict, **NOT_OBSERVED))[
            "verdict"
        ]
        == verdict
    )


def test_findings_are_united_without_duplicates() -> None:
    first = entry(ONE, "failed", findings=[finding("a", 1)])
    second = entry(ONE, "failed", findings=[finding("b", 1), finding("a", 1)])
    assert merged_requirement(first, second)["findings"] == [finding("a", 1), finding("b", 1)]


def test_a_note_names_the_evidence_of_the_exchange_numbers() -> None:
    shard = {"number": 2, "of": 2}
    result = merged(
        record(entry(ONE), shard={"number": 1, "of": 2}), record(entry(TWO, "failed"), shard=shard)
    )
    note = f"shard 2 of 2, cc-00000001: exchange numbers of {TWO} refer to its evidence"
    assert note in result["notes"]


OTHER_SUITE = {"name": "conference-conformance", "version": "2", "spec": "0" * 64, "engines": {}}


@pytest.mark.parametrize(
    "members, problem",
    [
        ({"suite": OTHER_SUITE}, "differ in suite: version 0.1.0 and 2, spec "),
        (
            {"target": {"origin": "https://other.example", "reference": False}},
            "differ in target: origin https://",
        ),
        ({"target": {"origin": "https://api.example", "reference": True}}, "differ in target: "),
        ({"profiles": ["video"]}, 'differ in profiles: ["video", "fabric"] and ["video"]'),
        ({"effort": "standard"}, "differ in effort: smoke and standard"),
        ({"seed": 0}, "differ in seed: null and 0"),
        ({"strict": True}, "differ in strict: false and true"),
        ({"waivers": [WAIVER]}, "differ in waivers: [] and "),
    ],
)
def test_incompatible_records_are_rejected(members: dict[str, Any], problem: str) -> None:
    with pytest.raises(IncompatibleRecordsError) as raised:
        merged(record(entry(ONE)), record(entry(TWO), **members))
    assert problem in str(raised.value)


def test_records_of_another_spec_are_rejected() -> None:
    with pytest.raises(IncompatibleRecordsError, match="merge with the version that ran it"):
        merged(record(suite=OTHER_SUITE), record(suite=OTHER_SUITE))


def test_a_record_passed_twice_is_rejected() -> None:
    with pytest.raises(IncompatibleRecordsError, match="cc-0badcafe was passed twice"):
        merge_records([record(entry(ONE)), record(entry(ONE))], ())


def test_shards_of_different_splits_are_rejected() -> None:
    with pytest.raises(IncompatibleRecordsError, match="the shards are of runs with 2 and 3 shards"):
        merged(record(shard={"number": 1, "of": 2}), record(shard={"number": 2, "of": 3}))


def test_the_port_of_the_built_in_server_may_differ() -> None:
    servers = [{"origin": f"http://127.0.0.1:{port}", "reference": True} for port in (1, 2)]
    assert merged(record(entry(ONE), target=servers[0]), record(entry(TWO), target=servers[1]))


def merged_exit_code(*records: dict[str, Any], **options: Any) -> int:
    exit_code: int = merged(*records, **options)["exit_code"]
    return exit_code


def test_each_combination_has_its_exit_code() -> None:
    passed = record(entry(ONE))
    leftover = {"collection": "c", "id": "i", "name": None}
    assert merged_exit_code(passed, record(entry(TWO))) == 0
    assert merged_exit_code(passed, record(entry(TWO, "failed"))) == 1
    assert merged_exit_code(passed, record(entry(SHOULD, "warned"))) == 0
    assert (
        merged_exit_code(record(entry(ONE), strict=True), record(entry(SHOULD, "warned"), strict=True)) == 1
    )
    assert merged_exit_code(passed, record(exit_code=2)) == 2
    assert merged_exit_code(passed, record(entry(TWO, "inconclusive"))) == 3
    assert merged_exit_code(passed, record(entry(SHOULD, "inconclusive"))) == 0
    assert merged_exit_code(passed, selected=[ONE, SHOULD]) == 3
    assert merged_exit_code(record(), record()) == 3
    assert merged_exit_code(passed, record(entry(TWO, "error"))) == 4
    assert merged_exit_code(passed, record(exit_code=4)) == 4
    assert merged_exit_code(passed, record(entry(TWO), leftovers=[leftover])) == 5
    assert merged_exit_code(passed, record(entry(TWO, "error"), exit_code=130)) == 130


def test_many_missing_shards_are_counted() -> None:
    result = merged(record(entry(ONE), shard={"number": 3, "of": 999_999}))
    assert result["notes"][0] == "missing shards of 999999: 1, 2, 4, 5, 6 and 999993 more"
    assert result["exit_code"] == 3


@pytest.mark.parametrize(
    "states, entries, state, exit_code",
    [
        (("applied", "unused"), ("waived", "passed"), "applied", 0),
        (("unused", "unused"), ("passed", "passed"), "passes", 1),
        (("unused", "unused"), (None, None), "unused", 0),
        (("applied", "expired"), ("waived", "failed"), "expired", 1),
    ],
)
def test_the_state_of_a_waiver_follows_from_all_records(
    states: tuple[str, str], entries: tuple[str | None, str | None], state: str, exit_code: int
) -> None:
    parts = [
        record(entry(ONE), *([entry(TWO, verdict)] if verdict else []), waivers=waiver(waiver_state))
        for waiver_state, verdict in zip(states, entries, strict=True)
    ]
    result = merged(*parts)
    assert (result["waivers"][0]["state"], result["exit_code"]) == (state, exit_code)


def test_a_waiver_is_unused_while_a_shard_is_missing() -> None:
    part = record(entry(TWO), waivers=waiver("unused"), shard={"number": 1, "of": 2})
    assert merged(part)["waivers"][0]["state"] == "unused"


def test_a_root_cause_is_listed_once_and_failures_come_first() -> None:
    def causes(primary: str, *related: str, cause: str) -> list[dict[str, Any]]:
        return [{"cause": cause, "primary": primary, "related": list(related)}]

    first = record(entry(SHOULD, "warned"), causes=causes(SHOULD, cause="colours"))
    second = record(
        entry(ONE, "failed"),
        entry(TWO, "failed"),
        entry(SHOULD, "warned"),
        causes=causes(ONE, TWO, SHOULD, cause="x"),
    )
    third = record(entry(TWO, "error"), entry(THREE, "failed"), causes=causes(THREE, cause="x"))
    assert merged(first, second, third)["causes"] == [
        {"cause": "x", "primary": ONE, "related": [THREE]},
        {"cause": "colours", "primary": SHOULD, "related": []},
    ]


def test_selections_are_joined_and_a_null_selection_means_everything() -> None:
    assert merged(record(entry(ONE), select="A"), record(entry(TWO), select="B,C"))["select"] == "A,B,C"
    assert merged(record(entry(ONE), select="A"), record(entry(TWO), select=None))["select"] == ""


def test_different_selections_with_exclusions_become_a_list_of_ids() -> None:
    one, two = record(entry(ONE), select="VC-*,!level:may"), record(entry(TWO), select="B")
    assert merged(one, two, selected=[ONE, TWO])["select"] == f"{ONE},{TWO}"
    assert merged(one, one, selected=[ONE])["select"] == "VC-*,!level:may"


def test_a_check_is_unscored_unless_a_record_decides_its_requirement() -> None:
    result = merged(record(entry(ONE), unscored=[TWO, THREE]), record(entry(TWO)), selected=[ONE, TWO])
    assert result["unscored"] == [THREE]
    assert "unscored" not in merged(record(entry(ONE)), selected=[ONE])


def test_latencies_are_merged_by_number_of_responses() -> None:
    def latency(responses: int, seconds: float) -> list[dict[str, Any]]:
        longest = {"p95": seconds * 2, "max": seconds * 3}
        return [{"operation": "VC-GET", "responses": responses, "median": seconds, **longest}]

    result = merged(record(entry(ONE), latency=latency(1, 4.0)), record(entry(TWO), latency=latency(3, 1.0)))
    assert result["latency"] == [
        {"operation": "VC-GET", "responses": 4, "median": 1.75, "p95": 8.0, "max": 12.0}
    ]


def test_cpu_times_are_summed() -> None:
    first, second = {"generation": 0.5, "rest": 1.0}, {"generation": 0.25, "judging": 2.0}
    result = merged(record(entry(ONE), cpu_seconds=first), record(entry(TWO), cpu_seconds=second))
    assert result["cpu_seconds"] == {"generation": 0.75, "rest": 1.0, "judging": 2.0}


def test_timelines_are_added() -> None:
    first = {"seconds": 1.0, "requests": [1, 2, 3], "failed": [0, 0, 1]}
    second = {"seconds": 2.0, "requests": [5, 7], "failed": [1, 0]}
    result = merged(record(entry(ONE), timeline=first), record(entry(TWO), timeline=second))
    assert result["timeline"] == {"seconds": 2.0, "requests": [8, 10], "failed": [1, 1]}
