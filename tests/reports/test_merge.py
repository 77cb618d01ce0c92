"""Several records make one: the worst that any of them saw stands, and nothing missing is forgotten."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from conformance.config.settings import Shard
from reports.records.merge import WORSENING, IncompatibleRecordsError, merge_records
from spec.catalogue import catalogue
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.bundles import ran
from tests.support.shard_records import entry, finding, record

ONE, TWO, THREE = "VC-CREATE-MINIMAL", "VC-CREATE-DATE-ONLY", "VC-CREATE-FULL"
SHOULD = "FCR-CREATE-PERSISTED"
NEVER = {"reason": "not-observed: no exchange of this run shows it", "observations": 0}
WAIVER = {"requirement": TWO, "reason": "r", "expires": "2042-01-01", "state": "applied", "advice": ""}


def waiver(state: str) -> list[dict[str, Any]]:
    return [{**WAIVER, "state": state}]


def one_of(*records: dict[str, Any], wanted: Iterable[str] = ()) -> dict[str, Any]:
    """Merge records that are given prefixes of their own, and look that the record is valid."""
    own = [{**each, "prefix": f"{number:08}"} for number, each in enumerate(records)]
    made = merge_records(own, [catalogue()[each] for each in wanted])
    assert validation_errors(results_schema(), made) == []
    return made


def of_both(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any]
    (made,) = one_of(record(first), record(second))["requirements"]
    return made


def verdicts(made: dict[str, Any]) -> dict[str, str]:
    return {each["id"]: each["verdict"] for each in made["requirements"]}


@pytest.mark.parametrize("faults", [(), ("date-only-becomes-end-of-day", "get-description-escaped")])
def test_the_shards_of_a_run_are_the_whole_run(tmp_path: Path, faults: tuple[str, ...]) -> None:
    whole = ran(tmp_path / "whole", faults)
    shards = [ran(tmp_path / str(number), faults, shard=Shard(number, 3)) for number in (1, 2, 3)]
    made = merge_records(shards, catalogue().values())
    assert validation_errors(results_schema(), made) == []
    assert verdicts(made) == verdicts(whole)
    for name in ("verdict", "exit_code", "counts", "shard"):
        assert made[name] == whole[name]
    assert {each["primary"] for each in made["causes"]} >= {each["primary"] for each in whole["causes"]}
    assert made["requests"] == sum(each["requests"] for each in shards)
    assert sum(made["timeline"]["requests"]) == sum(sum(each["timeline"]["requests"]) for each in shards)


def test_a_missing_shard_never_reads_as_conformance(tmp_path: Path) -> None:
    shards = [ran(tmp_path / str(number), shard=Shard(number, 3)) for number in (1, 3)]
    made = merge_records(shards, catalogue().values())
    assert (made["verdict"], made["exit_code"], made["footer"]["complete"]) == ("inconclusive", 3, False)
    assert list(verdicts(made)) == list(catalogue())
    reasons = {each["reason"] for each in made["requirements"] if each["verdict"] == "inconclusive"}
    assert reasons == {"not-run: not decided by any shard"}
    assert made["notes"][0] == "missing shards of 3: 2"


@pytest.mark.parametrize("bad", range(1, len(WORSENING)))
def test_the_worst_verdict_stands_whatever_the_order(bad: int) -> None:
    better, worse = entry(ONE, WORSENING[bad - 1]), entry(ONE, WORSENING[bad], reason="why")
    for made in (of_both(better, worse), of_both(worse, better)):
        assert (made["verdict"], made["reason"]) == (WORSENING[bad], "why")
        assert (made["observations"], made["seconds"]) == (2, 0.5)


@pytest.mark.parametrize("verdict", ["inconclusive", "not-applicable"])
def test_who_never_saw_it_has_no_say(verdict: str) -> None:
    assert of_both(entry(ONE, verdict, **NEVER), entry(ONE))["verdict"] == "passed"
    assert of_both(entry(ONE, verdict, **NEVER), entry(ONE, "failed"))["verdict"] == "failed"
    assert of_both(entry(ONE, verdict, **NEVER), entry(ONE, verdict, **NEVER))["verdict"] == verdict


def test_findings_are_united_and_each_is_told_once() -> None:
    first = entry(ONE, "failed", findings=[finding("a", 1)])
    second = entry(ONE, "failed", findings=[finding("b", 1), finding("a", 1)])
    assert of_both(first, second)["findings"] == [finding("a", 1), finding("b", 1)]


def test_it_is_told_whose_evidence_numbers_the_exchanges() -> None:
    shard = {"number": 2, "of": 2}
    made = one_of(record(entry(ONE), shard={"number": 1, "of": 2}), record(entry(TWO, "failed"), shard=shard))
    note = f"shard 2 of 2, cc-00000001: exchange numbers of {TWO} refer to its evidence"
    assert note in made["notes"]


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
def test_records_that_do_not_belong_together_are_refused(members: dict[str, Any], problem: str) -> None:
    with pytest.raises(IncompatibleRecordsError) as refused:
        one_of(record(entry(ONE)), record(entry(TWO), **members))
    assert problem in str(refused.value)


def test_records_of_another_spec_are_refused() -> None:
    with pytest.raises(IncompatibleRecordsError, match="merge with the version that ran it"):
        one_of(record(suite=OTHER_SUITE), record(suite=OTHER_SUITE))


def test_one_record_given_twice_is_refused() -> None:
    with pytest.raises(IncompatibleRecordsError, match="cc-0badcafe was passed twice"):
        merge_records([record(entry(ONE)), record(entry(ONE))], ())


def test_shards_of_different_splits_are_refused() -> None:
    with pytest.raises(IncompatibleRecordsError, match="the shards are of runs with 2 and 3 shards"):
        one_of(record(shard={"number": 1, "of": 2}), record(shard={"number": 2, "of": 3}))


def test_the_built_in_server_may_listen_at_another_port() -> None:
    servers = [{"origin": f"http://127.0.0.1:{port}", "reference": True} for port in (1, 2)]
    assert one_of(record(entry(ONE), target=servers[0]), record(entry(TWO), target=servers[1]))


def code(*records: dict[str, Any], **how: Any) -> int:
    exit_code: int = one_of(*records, **how)["exit_code"]
    return exit_code


def test_each_ending_has_its_exit_code() -> None:
    fine = record(entry(ONE))
    left = {"collection": "c", "id": "i", "name": None}
    assert code(fine, record(entry(TWO))) == 0
    assert code(fine, record(entry(TWO, "failed"))) == 1
    assert code(fine, record(entry(SHOULD, "warned"))) == 0
    assert code(record(entry(ONE), strict=True), record(entry(SHOULD, "warned"), strict=True)) == 1
    assert code(fine, record(exit_code=2)) == 2
    assert code(fine, record(entry(TWO, "inconclusive"))) == 3
    assert code(fine, record(entry(SHOULD, "inconclusive"))) == 0
    assert code(fine, wanted=[ONE, SHOULD]) == 3
    assert code(record(), record()) == 3
    assert code(fine, record(entry(TWO, "error"))) == 4
    assert code(fine, record(exit_code=4)) == 4
    assert code(fine, record(entry(TWO), leftovers=[left])) == 5
    assert code(fine, record(entry(TWO, "error"), exit_code=130)) == 130


def test_many_missing_shards_are_counted() -> None:
    made = one_of(record(entry(ONE), shard={"number": 3, "of": 999_999}))
    assert made["notes"][0] == "missing shards of 999999: 1, 2, 4, 5, 6 and 999993 more"
    assert made["exit_code"] == 3


@pytest.mark.parametrize(
    "states, entries, state, exit_code",
    [
        (("applied", "unused"), ("waived", "passed"), "applied", 0),
        (("unused", "unused"), ("passed", "passed"), "passes", 1),
        (("unused", "unused"), (None, None), "unused", 0),
        (("applied", "expired"), ("waived", "failed"), "expired", 1),
    ],
)
def test_a_waiver_is_judged_by_all_parts_together(
    states: tuple[str, str], entries: tuple[str | None, str | None], state: str, exit_code: int
) -> None:
    parts = [
        record(entry(ONE), *([entry(TWO, verdict)] if verdict else []), waivers=waiver(each))
        for each, verdict in zip(states, entries, strict=True)
    ]
    made = one_of(*parts)
    assert (made["waivers"][0]["state"], made["exit_code"]) == (state, exit_code)


def test_a_waiver_is_not_called_needless_while_a_part_is_missing() -> None:
    part = record(entry(TWO), waivers=waiver("unused"), shard={"number": 1, "of": 2})
    assert one_of(part)["waivers"][0]["state"] == "unused"


def test_a_cause_is_told_once_and_failures_first() -> None:
    def told(lead: str, *others: str, cause: str) -> list[dict[str, Any]]:
        return [{"cause": cause, "primary": lead, "related": list(others)}]

    first = record(entry(SHOULD, "warned"), causes=told(SHOULD, cause="colours"))
    second = record(
        entry(ONE, "failed"),
        entry(TWO, "failed"),
        entry(SHOULD, "warned"),
        causes=told(ONE, TWO, SHOULD, cause="x"),
    )
    third = record(entry(TWO, "error"), entry(THREE, "failed"), causes=told(THREE, cause="x"))
    assert one_of(first, second, third)["causes"] == [
        {"cause": "x", "primary": ONE, "related": [THREE]},
        {"cause": "colours", "primary": SHOULD, "related": []},
    ]


def test_selections_are_joined_and_none_is_everything() -> None:
    assert one_of(record(entry(ONE), select="A"), record(entry(TWO), select="B,C"))["select"] == "A,B,C"
    assert one_of(record(entry(ONE), select="A"), record(entry(TWO), select=None))["select"] == ""


def test_answers_are_counted_together() -> None:
    def took(answers: int, seconds: float) -> list[dict[str, Any]]:
        longest = {"p95": seconds * 2, "max": seconds * 3}
        return [{"operation": "VC-GET", "responses": answers, "median": seconds, **longest}]

    made = one_of(record(entry(ONE), latency=took(1, 4.0)), record(entry(TWO), latency=took(3, 1.0)))
    assert made["latency"] == [
        {"operation": "VC-GET", "responses": 4, "median": 1.75, "p95": 8.0, "max": 12.0}
    ]


def test_what_the_processor_was_needed_for_is_summed() -> None:
    first, second = {"generation": 0.5, "rest": 1.0}, {"generation": 0.25, "judging": 2.0}
    made = one_of(record(entry(ONE), phases=first), record(entry(TWO), phases=second))
    assert made["cpu_seconds"] == {"generation": 0.75, "rest": 1.0, "judging": 2.0}


def test_timelines_are_laid_over_each_other() -> None:
    first = {"seconds": 1.0, "requests": [1, 2, 3], "failed": [0, 0, 1]}
    second = {"seconds": 2.0, "requests": [5, 7], "failed": [1, 0]}
    made = one_of(record(entry(ONE), timeline=first), record(entry(TWO), timeline=second))
    assert made["timeline"] == {"seconds": 2.0, "requests": [8, 10], "failed": [1, 1]}
