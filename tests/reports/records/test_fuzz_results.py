"""The rounds of a fuzz campaign as one record: the worst verdict counts, each root cause is reported once."""

from typing import Any

from reports.formats.terminal.console import Detail, stdout_console
from reports.formats.terminal.run_output import print_new_findings
from reports.records.fuzz_results import NewFindings, RoundAggregate, target_went_away
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.run_records import LEFTOVER, finding, record, requirement

A, B = "VC-CREATE-A", "VC-CREATE-B"


def cause(name: str, primary: str, *related: str) -> dict[str, Any]:
    return {"cause": name, "primary": primary, "related": list(related)}


def round_record(*requirements: dict[str, Any], **members: Any) -> dict[str, Any]:
    return record(*requirements, **{"property_based_only": True, **members})


def failed_requirement(identifier: str, curl: str = "curl 1", **members: Any) -> dict[str, Any]:
    return requirement("failed", id=identifier, findings=[finding(curl=curl)], **members)


def final_record(rounds: RoundAggregate, **options: Any) -> dict[str, Any]:
    result = rounds.record(**{"seconds": 3.5, "interrupted": False, "stalled": False, **options})
    assert validation_errors(results_schema(), result) == []
    return result


def requirement_in(result: dict[str, Any], identifier: str) -> dict[str, Any]:
    matching: dict[str, Any] = next(
        candidate for candidate in result["requirements"] if candidate["id"] == identifier
    )
    return matching


def test_a_root_cause_is_reported_once_for_all_requests() -> None:
    rounds = RoundAggregate()
    first = rounds.add(round_record(failed_requirement(A), failed_requirement(B), causes=[cause("x", A, B)]))
    second = rounds.add(round_record(failed_requirement(A, "curl 2"), causes=[cause("x", A)]))
    assert [finding["primary"] for finding in first.causes] == [A]
    assert not second
    result = final_record(rounds)
    assert (result["campaign"]["rounds"], result["campaign"]["findings"]) == (2, 1)
    assert [finding["curl"] for finding in requirement_in(result, A)["findings"]] == ["curl 1"]
    assert (result["exit_code"], result["requests"], result["seconds"]) == (1, 2 * 1918, 3.5)


def test_the_history_has_each_round_and_each_discovery_with_its_time() -> None:
    rounds = RoundAggregate()
    rounds.add(round_record(requirement(id=A), requirement(id=B, observations=0), seed=7), seconds=1.5)
    rounds.add(
        round_record(failed_requirement(A), requirement(id=B), seed=8, causes=[cause("x", A)]), seconds=3.25
    )
    campaign = final_record(rounds)["campaign"]
    assert campaign["discoveries"] == [{"requirement": A, "cause": "x", "seed": 8, "seconds": 3.25}]
    figures = [
        (entry["seed"], entry["seconds"], entry["status"], entry["new_findings"], entry["observed"])
        for entry in campaign["history"]
    ]
    assert figures == [(7, 1.5, "partial", 0, 1), (8, 3.25, "does not conform", 1, 2)]


def test_the_history_of_a_long_campaign_is_limited_and_keeps_the_rounds_with_findings() -> None:
    rounds = RoundAggregate()
    for number in range(3_000):
        failing = number in {1, 1_234}
        entries = [failed_requirement(A)] if failing else [requirement(id=A)]
        causes = [cause(f"cause {number}", A)] if failing else []
        rounds.add(round_record(*entries, seed=number, causes=causes), seconds=number)
    campaign = final_record(rounds)["campaign"]
    seeds = [entry["seed"] for entry in campaign["history"]]
    assert campaign["rounds"] == 3_000
    assert 200 < len(seeds) <= 500
    assert seeds == sorted(seeds)
    assert {0, 1, 1_234} < set(seeds)
    assert seeds[-1] > 2_900


def test_another_root_cause_is_another_finding_of_the_same_requirement() -> None:
    rounds = RoundAggregate()
    rounds.add(round_record(failed_requirement(A), causes=[cause("x", A)]))
    assert rounds.add(round_record(failed_requirement(A, "curl 2"), causes=[cause("y", A)])).causes
    assert rounds.findings == 2
    assert [finding["curl"] for finding in requirement_in(final_record(rounds), A)["findings"]] == [
        "curl 1",
        "curl 2",
    ]


def test_another_violation_of_a_reported_root_cause_is_related_to_it() -> None:
    rounds = RoundAggregate()
    rounds.add(round_record(failed_requirement(A), requirement(id=B), causes=[cause("x", A)]))
    new_findings = rounds.add(round_record(failed_requirement(B), causes=[cause("x", B)]))
    assert (new_findings.causes, new_findings.related) == ((), ((B, "x"),))
    assert not rounds.add(round_record(failed_requirement(B), causes=[cause("x", B)]))
    result = final_record(rounds)
    assert result["causes"] == [cause("x", A, B)]
    assert (requirement_in(result, B)["verdict"], len(requirement_in(result, B)["findings"])) == ("failed", 1)


def test_a_warning_is_reported_again_when_it_fails() -> None:
    warned = requirement("warned", id=A, findings=[finding(flaky=True)])
    rounds = RoundAggregate()
    rounds.add(round_record(warned, causes=[cause("x", A)]))
    assert not rounds.add(round_record(warned, causes=[cause("x", A)]))
    assert rounds.add(round_record(failed_requirement(A, "curl 2"), causes=[cause("x", A)])).causes
    assert not rounds.add(round_record(warned, causes=[cause("x", A)]))
    assert (rounds.findings, requirement_in(final_record(rounds), A)["verdict"]) == (1, "failed")


def test_a_verdict_of_one_round_outranks_an_inconclusive_one() -> None:
    late = requirement("inconclusive", id=A, reason="time: 60 seconds are spent", observations=5)
    rounds = RoundAggregate()
    rounds.add(round_record(requirement(id=A)))
    rounds.add(round_record(late, exit_code=3))
    result = final_record(rounds)
    assert (
        requirement_in(result, A)["verdict"],
        requirement_in(result, A)["observations"],
        result["exit_code"],
    ) == ("passed", 6, 0)


def test_a_complete_round_outranks_an_interrupted_one() -> None:
    not_observed = requirement("not-applicable", id=A, reason="not-observed: a 403", observations=0)
    interrupted = requirement("inconclusive", id=A, reason="interrupted: the run was stopped", observations=0)
    for first, second in ((not_observed, interrupted), (interrupted, not_observed)):
        rounds = RoundAggregate()
        rounds.add(round_record(first))
        rounds.add(round_record(second))
        assert requirement_in(final_record(rounds), A)["verdict"] == "not-applicable"


def test_a_requirement_that_no_round_decides_is_inconclusive() -> None:
    late = requirement("inconclusive", id=A, reason="time: 60 seconds are spent")
    rounds = RoundAggregate()
    rounds.add(round_record(late, exit_code=3))
    rounds.add(round_record(requirement(id=B)))
    result = final_record(rounds)
    assert (requirement_in(result, A)["verdict"], result["verdict"], result["exit_code"]) == (
        "inconclusive",
    ) * 2 + (3,)


def test_an_outage_makes_the_campaign_inconclusive() -> None:
    outage = round_record(
        requirement("inconclusive", id=A, reason="outage: it stopped answering"), exit_code=3
    )
    rounds = RoundAggregate()
    rounds.add(round_record(requirement(id=A)))
    rounds.add(outage)
    assert target_went_away(outage)
    assert not target_went_away(round_record(requirement("inconclusive", reason="time: over")))
    assert final_record(rounds)["exit_code"] == 3


def test_exit_codes_have_the_precedence_of_a_run() -> None:
    rounds = RoundAggregate()
    rounds.add(round_record(requirement(id=A)))
    assert final_record(rounds)["exit_code"] == 0
    assert final_record(rounds, stalled=True)["exit_code"] == 3
    rounds.add(round_record(requirement(id=A), leftovers=[LEFTOVER], exit_code=5))
    assert final_record(rounds)["exit_code"] == 5
    rounds.add(round_record(failed_requirement(A), causes=[cause("x", A)]))
    assert final_record(rounds, stalled=True)["exit_code"] == 1
    error = requirement("error", id=B, reason="suite: KeyError")
    assert rounds.add(round_record(error, exit_code=4)).errors == (B,)
    assert not rounds.add(round_record(error, exit_code=4))
    assert final_record(rounds)["exit_code"] == 4
    result = final_record(rounds, interrupted=True)
    assert (result["exit_code"], result["verdict"], result["footer"]["complete"]) == (
        130,
        "interrupted",
        False,
    )
    assert result["leftovers"] == [LEFTOVER]


def test_the_record_is_partial_only_if_no_round_is_complete() -> None:
    rounds = RoundAggregate()
    rounds.add(round_record(requirement(id=A)))
    assert final_record(rounds)["property_based_only"]
    rounds.add(round_record(requirement(id=B), property_based_only=False))
    assert not final_record(rounds)["property_based_only"]


def test_notes_name_the_round_with_the_evidence() -> None:
    rounds = RoundAggregate()
    rounds.note_evidence("round-7", rounds.add(round_record(failed_requirement(A), causes=[cause("x", A)])))
    rounds.note_evidence("round-8", NewFindings())
    assert final_record(rounds)["notes"][-2:] == [
        f"round-7: exchange numbers of {A} refer to its evidence",
        "round-8 is kept",
    ]


def test_new_findings_are_printed_like_those_of_a_run() -> None:
    error = requirement("error", id="VC-CREATE-C", reason="suite: KeyError")
    last_round = round_record(
        failed_requirement(A), failed_requirement(B), error, causes=[cause("x", A), cause("y", B)]
    )
    new_findings = NewFindings((cause("x", A),), ((B, "y"),), ("VC-CREATE-C",))
    normal, quiet = (
        printed(last_round, new_findings, Detail.NORMAL),
        printed(last_round, new_findings, Detail.QUIET),
    )
    assert normal.count("curl 1") == 1
    assert normal.count("  round     DIR/round-7/ (seed 7)") == 3
    assert "also      violated by the reported root cause: y" in normal
    assert [line.split()[:2] for line in quiet.splitlines()] == [["failed", A], ["error", "VC-CREATE-C"]]


def printed(last_round: dict[str, Any], new_findings: NewFindings, detail: Detail) -> str:
    console = stdout_console()
    with console.capture() as captured:
        print_new_findings(last_round, new_findings, console, "DIR/round-7/ (seed 7)", detail)
    return captured.get()


def test_a_round_without_a_session_does_not_override_what_a_complete_round_says() -> None:
    not_applicable = requirement("not-applicable", id=A, reason="not-observed: a preview", observations=0)
    no_session = requirement(
        "inconclusive", id=A, reason="no-active-session: requires a conference", observations=0
    )
    rounds = RoundAggregate()
    rounds.add(round_record(not_applicable, requirement(id=B), property_based_only=False))
    rounds.add(round_record(no_session, requirement(id=B)))
    result = final_record(rounds)
    assert (requirement_in(result, A)["verdict"], result["exit_code"]) == ("not-applicable", 0)
