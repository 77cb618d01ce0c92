"""Rounds of an exploration as one record: what any of them found stands, and each cause is told once."""

from typing import Any

from reports.formats import terminal
from reports.records.fuzz_results import NewFindings, RoundAggregate, target_went_away
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.run_records import LEFTOVER, finding, record, requirement

A, B = "VC-CREATE-A", "VC-CREATE-B"


def cause(what: str, lead: str, *others: str) -> dict[str, Any]:
    return {"cause": what, "primary": lead, "related": list(others)}


def round_of(*requirements: dict[str, Any], **members: Any) -> dict[str, Any]:
    return record(*requirements, **{"property_based_only": True, **members})


def failing(identifier: str, curl: str = "curl 1", **members: Any) -> dict[str, Any]:
    return requirement("failed", id=identifier, findings=[finding(curl=curl)], **members)


def ended(rounds: RoundAggregate, **how: Any) -> dict[str, Any]:
    made = rounds.record(**{"seconds": 3.5, "interrupted": False, "stalled": False, **how})
    assert validation_errors(results_schema(), made) == []
    return made


def entry(made: dict[str, Any], identifier: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in made["requirements"] if each["id"] == identifier)
    return found


def test_the_same_cause_is_told_once_whatever_is_sent() -> None:
    rounds = RoundAggregate()
    first = rounds.add(round_of(failing(A), failing(B), causes=[cause("x", A, B)]))
    second = rounds.add(round_of(failing(A, "curl 2"), causes=[cause("x", A)]))
    assert [each["primary"] for each in first.causes] == [A]
    assert not second
    made = ended(rounds)
    assert made["campaign"] == {"rounds": 2, "findings": 1}
    assert [each["curl"] for each in entry(made, A)["findings"]] == ["curl 1"]
    assert (made["exit_code"], made["requests"], made["seconds"]) == (1, 2 * 1918, 3.5)


def test_another_cause_is_another_finding_of_the_same_requirement() -> None:
    rounds = RoundAggregate()
    rounds.add(round_of(failing(A), causes=[cause("x", A)]))
    assert rounds.add(round_of(failing(A, "curl 2"), causes=[cause("y", A)])).causes
    assert rounds.findings == 2
    assert [each["curl"] for each in entry(ended(rounds), A)["findings"]] == ["curl 1", "curl 2"]


def test_what_a_known_cause_breaks_besides_is_named_and_kept() -> None:
    rounds = RoundAggregate()
    rounds.add(round_of(failing(A), requirement(id=B), causes=[cause("x", A)]))
    news = rounds.add(round_of(failing(B), causes=[cause("x", B)]))
    assert (news.causes, news.related) == ((), ((B, "x"),))
    assert not rounds.add(round_of(failing(B), causes=[cause("x", B)]))
    made = ended(rounds)
    assert made["causes"] == [cause("x", A, B)]
    assert (entry(made, B)["verdict"], len(entry(made, B)["findings"])) == ("failed", 1)


def test_what_was_only_warned_of_is_told_again_when_it_fails() -> None:
    warned = requirement("warned", id=A, findings=[finding(flaky=True)])
    rounds = RoundAggregate()
    rounds.add(round_of(warned, causes=[cause("x", A)]))
    assert not rounds.add(round_of(warned, causes=[cause("x", A)]))
    assert rounds.add(round_of(failing(A, "curl 2"), causes=[cause("x", A)])).causes
    assert not rounds.add(round_of(warned, causes=[cause("x", A)]))
    assert (rounds.findings, entry(ended(rounds), A)["verdict"]) == (1, "failed")


def test_what_one_round_decided_stands_whatever_another_had_no_time_for() -> None:
    late = requirement("inconclusive", id=A, reason="time: 60 seconds are spent", observations=5)
    rounds = RoundAggregate()
    rounds.add(round_of(requirement(id=A)))
    rounds.add(round_of(late, exit_code=3))
    made = ended(rounds)
    assert (entry(made, A)["verdict"], entry(made, A)["observations"], made["exit_code"]) == ("passed", 6, 0)


def test_what_a_whole_round_never_saw_stands_against_one_that_was_cut_short() -> None:
    unseen = requirement("not-applicable", id=A, reason="not-observed: a 403", observations=0)
    cut = requirement("inconclusive", id=A, reason="interrupted: the run was stopped", observations=0)
    for first, second in ((unseen, cut), (cut, unseen)):
        rounds = RoundAggregate()
        rounds.add(round_of(first))
        rounds.add(round_of(second))
        assert entry(ended(rounds), A)["verdict"] == "not-applicable"


def test_what_no_round_decided_is_inconclusive() -> None:
    late = requirement("inconclusive", id=A, reason="time: 60 seconds are spent")
    rounds = RoundAggregate()
    rounds.add(round_of(late, exit_code=3))
    rounds.add(round_of(requirement(id=B)))
    made = ended(rounds)
    assert (entry(made, A)["verdict"], made["verdict"], made["exit_code"]) == ("inconclusive",) * 2 + (3,)


def test_that_the_target_went_away_counts() -> None:
    lost = round_of(requirement("inconclusive", id=A, reason="outage: it stopped answering"), exit_code=3)
    rounds = RoundAggregate()
    rounds.add(round_of(requirement(id=A)))
    rounds.add(lost)
    assert target_went_away(lost)
    assert not target_went_away(round_of(requirement("inconclusive", reason="time: over")))
    assert ended(rounds)["exit_code"] == 3


def test_endings_rank_as_those_of_a_run() -> None:
    rounds = RoundAggregate()
    rounds.add(round_of(requirement(id=A)))
    assert ended(rounds)["exit_code"] == 0
    assert ended(rounds, stalled=True)["exit_code"] == 3
    rounds.add(round_of(requirement(id=A), leftovers=[LEFTOVER], exit_code=5))
    assert ended(rounds)["exit_code"] == 5
    rounds.add(round_of(failing(A), causes=[cause("x", A)]))
    assert ended(rounds, stalled=True)["exit_code"] == 1
    error = requirement("error", id=B, reason="suite: KeyError")
    assert rounds.add(round_of(error, exit_code=4)).errors == (B,)
    assert not rounds.add(round_of(error, exit_code=4))
    assert ended(rounds)["exit_code"] == 4
    made = ended(rounds, interrupted=True)
    assert (made["exit_code"], made["verdict"], made["footer"]["complete"]) == (130, "interrupted", False)
    assert made["leftovers"] == [LEFTOVER]


def test_it_is_partial_only_where_no_round_decided_everything() -> None:
    rounds = RoundAggregate()
    rounds.add(round_of(requirement(id=A)))
    assert ended(rounds)["property_based_only"]
    rounds.add(round_of(requirement(id=B), exploring=False))
    assert not ended(rounds)["property_based_only"]


def test_notes_say_which_round_holds_the_evidence() -> None:
    rounds = RoundAggregate()
    rounds.note_evidence("round-7", rounds.add(round_of(failing(A), causes=[cause("x", A)])))
    rounds.note_evidence("round-8", NewFindings())
    assert ended(rounds)["notes"][-2:] == [
        f"round-7: exchange numbers of {A} refer to its evidence",
        "round-8 is kept",
    ]


def test_news_are_told_as_a_run_tells_its_findings() -> None:
    error = requirement("error", id="VC-CREATE-C", reason="suite: KeyError")
    told = round_of(failing(A), failing(B), error, causes=[cause("x", A), cause("y", B)])
    news = NewFindings((cause("x", A),), ((B, "y"),), ("VC-CREATE-C",))
    usual, quiet = said(told, news, terminal.Detail.NORMAL), said(told, news, terminal.Detail.QUIET)
    assert usual.count("curl 1") == 1
    assert usual.count("  round     DIR/round-7/ (seed 7)") == 3
    assert "also      violated by the reported root cause: y" in usual
    assert [line.split()[:2] for line in quiet.splitlines()] == [["failed", A], ["error", "VC-CREATE-C"]]


def said(told: dict[str, Any], news: NewFindings, detail: terminal.Detail) -> str:
    console = terminal.stdout_console()
    with console.capture() as captured:
        terminal.print_new_findings(told, news, console, "DIR/round-7/ (seed 7)", detail)
    return captured.get()
