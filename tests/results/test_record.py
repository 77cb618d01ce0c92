"""The record of a run: its exit code, and findings that anyone can read and nobody can abuse."""

import datetime as dt
import itertools
import json
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Settings
from conformance.config.target import Target
from conformance.evidence.traffic_stats import TrafficStats
from conformance.http.credentials import NO_CREDENTIALS, base64_secrets
from conformance.http.exchange import Exchange, Headers, Origin, Request, Response
from conformance.redaction.redactor import ENCODED_MARK, PROJECT_MARK, TOKEN_MARK, Redactor
from conformance.results.record import EntryBuilder, RunEnd, exit_code, record, request_line, response_line
from conformance.results.verdict import Finding, Outcome, Verdict
from conformance.testkit.api_client import ApiClient
from conformance.transport.resources.ownership import Leftover
from conformance.transport.stack import TransportStack
from reports.records.exit_codes import (
    CLEANUP_INCOMPLETE,
    CONFORMS,
    INCONCLUSIVE,
    INTERNAL_ERROR,
    INTERRUPTED,
    NONCONFORMANT,
    USAGE_ERROR,
)
from spec.catalogue import Level, Requirement
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.fake_targets import ACCOUNT, CONFERENCES, faked

NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
ENDING = RunEnd(NOW, 1.5)
LEFTOVER = Leftover(CONFERENCES, "made-1", "cc-mine")
MUST = Requirement("VC-GET-ONE", Level.MUST, "It is there.", "a page", "video", "VC-GET")
SHOULD, MAY = replace(MUST, level=Level.SHOULD), replace(MUST, level=Level.MAY)
JSON: Headers = (("content-type", "application/json"),)
TARGET = Target(httpx.URL("http://target.test"), ACCOUNT)


def outcome(verdict: Verdict, bound: Requirement = MUST) -> Outcome:
    return Outcome(bound, verdict, 1)


PASSED, FAILED = outcome(Verdict.PASSED), outcome(Verdict.FAILED)
UNDECIDED, ERROR = outcome(Verdict.INCONCLUSIVE), outcome(Verdict.ERROR)
ASIDE = outcome(Verdict.NOT_APPLICABLE)


@pytest.mark.parametrize(
    "outcomes, ending, code",
    [
        ([], ENDING, CONFORMS),
        ([PASSED, ASIDE], ENDING, CONFORMS),
        ([PASSED, outcome(Verdict.WARNED, SHOULD)], ENDING, CONFORMS),
        ([PASSED, outcome(Verdict.WARNED)], ENDING, CONFORMS),
        ([PASSED, FAILED], ENDING, NONCONFORMANT),
        ([], replace(ENDING, problem="no server"), USAGE_ERROR),
        ([PASSED, UNDECIDED], ENDING, INCONCLUSIVE),
        ([PASSED, outcome(Verdict.INCONCLUSIVE, SHOULD)], ENDING, CONFORMS),
        ([PASSED, outcome(Verdict.INCONCLUSIVE, MAY)], ENDING, CONFORMS),
        ([PASSED, ERROR], ENDING, INTERNAL_ERROR),
        ([PASSED, outcome(Verdict.ERROR, MAY)], ENDING, INTERNAL_ERROR),
        ([], replace(ENDING, problem="ours", is_internal_error=True), INTERNAL_ERROR),
        ([PASSED], replace(ENDING, leftovers=[LEFTOVER]), CLEANUP_INCOMPLETE),
        ([PASSED], replace(ENDING, interrupted=True), INTERRUPTED),
    ],
)
def test_each_ending_has_its_exit_code(outcomes: list[Outcome], ending: RunEnd, code: int) -> None:
    assert exit_code(outcomes, ending, strict=False) == code


@pytest.mark.parametrize("bound", [MUST, SHOULD, MAY], ids=lambda bound: bound.level)
def test_a_strict_run_fails_on_what_is_warned_of(bound: Requirement) -> None:
    warned = outcome(Verdict.WARNED, bound)
    assert exit_code([PASSED, warned], ENDING, strict=True) == NONCONFORMANT
    assert exit_code([PASSED, warned], ENDING, strict=False) == CONFORMS


APPLYING: dict[int, tuple[tuple[Outcome, ...], dict[str, Any]]] = {
    INTERRUPTED: ((), {"interrupted": True}),
    INTERNAL_ERROR: ((ERROR,), {}),
    USAGE_ERROR: ((), {"problem": "no server"}),
    NONCONFORMANT: ((FAILED,), {}),
    INCONCLUSIVE: ((UNDECIDED,), {}),
    CLEANUP_INCOMPLETE: ((), {"leftovers": (LEFTOVER,)}),
}


@pytest.mark.parametrize("first, second", list(itertools.combinations(APPLYING, 2)))
def test_when_two_exit_codes_apply_the_graver_one_wins(first: int, second: int) -> None:
    outcomes = [*APPLYING[first][0], *APPLYING[second][0]]
    ending = replace(ENDING, **{**APPLYING[first][1], **APPLYING[second][1]})
    assert exit_code(outcomes, ending, strict=False) == first


def exchange(
    request: Request | None = None, response: Response | None = None, failure: str | None = None
) -> Exchange:
    asked = request or Request("GET", f"{CONFERENCES}/x")
    return Exchange(3, Origin("check", "VC-GET"), asked, response, failure, NOW, 0.1)


def answered(body: bytes, *, status: int = 200, headers: Headers = JSON) -> str:
    return response_line(exchange(response=Response(status, headers, body)))


def test_sent_says_method_target_credentials_and_body() -> None:
    assert request_line(exchange(Request("GET", "/x?y=z"))) == "GET /x?y=z"
    body = b'{"a":  "\xc3\xa9"}'
    assert request_line(exchange(Request("POST", "/x", JSON, body))) == 'POST /x {"a": "é"}'
    anonymous = Request("GET", "/x", credential=NO_CREDENTIALS)
    assert request_line(exchange(anonymous)) == "GET /x with no Authorization header"


@pytest.mark.parametrize(
    "body, headers, text",
    [
        (b'{"a":1}', JSON, '200 {"a": 1}'),
        (b"", JSON, "200"),
        (b"", (), "200 (no Content-Type)"),
        (b"<h1>", (("content-type", "text/html"),), "200 (text/html) <h1>"),
        (b'"' + b"x" * 61 + b'"', JSON, f'200 "{"x" * 60}… (61 characters)"'),
        (b'"' + b"x" * 60 + b'"', JSON, f'200 "{"x" * 60}"'),
        (b'[{"a": "%s"}]' % (b"y" * 99), JSON, f'200 [{{"a": "{"y" * 60}… (99 characters)"}}]'),
        (b"z" * 301, JSON, f"200 {'z' * 300}… and 1 more characters"),
        (b"\xff\xfe", JSON, r"200 \xff\xfe"),
        (b"\x1b[31m\x00\r\n", JSON, r"200 \x1b[31m\x00\r\n"),
        (b'"\\u001b[2J\\ud800"', JSON, r'200 "\u001b[2J\ud800"'),
        ('"\u202e\u200b"'.encode(), JSON, r'200 "\u202e\u200b"'),
    ],
)
def test_received_is_one_inert_line(body: bytes, headers: Headers, text: str) -> None:
    assert answered(body, headers=headers) == text


def test_a_long_list_is_cut_and_says_how_long_it_is() -> None:
    shown = answered(json.dumps(list(range(10_000))).encode())
    assert len(shown) < 2_100
    assert shown.endswith("more characters")


def test_no_answer_is_said_so() -> None:
    assert response_line(exchange(failure="ReadError: reset")) == "no response: ReadError: reset"


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[TransportStack]:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": "made", "echo": request.headers.get("authorization")})

    with faked(answer, tmp_path) as opened:
        yield opened


def entry(wire: TransportStack, *findings: Finding, bound: Requirement = MUST, **how: Any) -> dict[str, Any]:
    entries = EntryBuilder(wire.target, wire.evidence, wire.secret_mask.for_display)
    verdict = Verdict.FAILED if findings else Verdict.PASSED
    return entries.build(Outcome(bound, verdict, 2, findings=findings, **how))


def test_an_entry_says_what_was_required_and_how_it_ended(wire: TransportStack) -> None:
    assert entry(wire, seconds=0.12345, reason="observed: it") == {
        "id": "VC-GET-ONE",
        "level": "must",
        "verdict": "passed",
        "reason": "observed: it",
        "sentence": "It is there.",
        "source": "a page",
        "operation": "VC-GET",
        "observations": 2,
        "seconds": 0.123,
        "findings": [],
    }


def test_a_finding_rests_on_all_the_exchanges_that_it_is_told_with(wire: TransportStack) -> None:
    api = ApiClient(wire, "00000000", "check")
    other, created = api.video.get("other"), api.video.create({"display_name": "a"})
    read = api.video.get("made")
    (told,) = entry(wire, Finding("another name", read, other))["findings"]
    assert told["exchanges"] == [other.number, created.number, read.number]
    assert told["sent"] == f"GET {CONFERENCES}/made"
    assert told["expected"] == "another name"
    assert "CREATED_ID=$(curl" in told["curl"]
    assert told["rerun"] == "conformance run --target http://target.test --select VC-GET-ONE"
    assert told["flaky"] is False


def test_the_command_for_the_built_in_server_names_no_target(wire: TransportStack) -> None:
    exchange_ = ApiClient(wire, "00000000", "check").video.get("x")
    entries = EntryBuilder(
        replace(wire.target, is_reference=True), wire.evidence, wire.secret_mask.for_display
    )
    told = entries.build(Outcome(MUST, Verdict.FAILED, 1, findings=(Finding("x", exchange_),)))
    assert told["findings"][0]["rerun"] == "conformance run --select VC-GET-ONE"


def test_why_is_said_by_the_finding_or_the_reading_or_the_lack_of_one(wire: TransportStack) -> None:
    read = ApiClient(wire, "00000000", "check").video.get("x")
    plain, explained = Finding("x", read), Finding("x", read, why="it says so")
    reading = replace(MUST, interpretation="read like this")

    def why(finding: Finding, bound: Requirement) -> str:
        text: str = entry(wire, finding, bound=bound)["findings"][0]["why"]
        return text

    assert why(explained, reading) == "it says so"
    assert why(plain, reading) == "read like this"
    assert why(plain, MUST) == "The documentation states it without exception."


def test_no_secret_stands_in_an_entry(wire: TransportStack) -> None:
    api = ApiClient(wire, "00000000", "check")
    leak = api.video.get("x", query={"token": ACCOUNT.token})
    text = json.dumps(
        entry(wire, Finding(f"not {ACCOUNT.token}", leak, why=ACCOUNT.token), reason=ACCOUNT.token)
    )
    assert ACCOUNT.token not in text
    assert urllib.parse.quote(ACCOUNT.token, safe="") not in text
    assert not any(encoded in text for encoded in base64_secrets(ACCOUNT))
    assert text.count(TOKEN_MARK) >= 4  # what was expected, why, the reason, and in the request's address
    assert text.count(ENCODED_MARK) >= 2  # echoed by the target


@pytest.mark.parametrize("spelled", [str.upper, str.lower, str], ids=["capitals", "small", "as given"])
def test_no_project_stands_in_an_entry(wire: TransportStack, spelled: Callable[[str], str]) -> None:
    project = spelled(ACCOUNT.project)
    api = ApiClient(wire, "00000000", "check")
    leak = api.video.get("x", query={"project": project})
    text = json.dumps(entry(wire, Finding(f"not {project}", leak, why=project), reason=project))
    assert project not in text
    assert text.count(PROJECT_MARK) >= 4


def whole(
    outcomes: list[Outcome], ending: RunEnd, entries: list[Any] | None = None, **how: Any
) -> dict[str, Any]:
    return record(Settings(TARGET, **how), outcomes, entries or [], ending, Redactor(ACCOUNT))


@pytest.mark.parametrize(
    "ending, verdict, complete",
    [
        (ENDING, "conforms", True),
        (replace(ENDING, leftovers=[LEFTOVER]), "conforms", True),
        (replace(ENDING, interrupted=True), "interrupted", False),
        (replace(ENDING, problem="no server"), "not-started", False),
    ],
)
def test_the_footer_says_whether_the_run_came_to_its_end(
    ending: RunEnd, verdict: str, *, complete: bool
) -> None:
    made = whole([], ending)
    assert (made["verdict"], made["footer"]["complete"]) == (verdict, complete)


def test_the_record_of_a_run_keeps_the_published_schema(wire: TransportStack) -> None:
    read = ApiClient(wire, "00000000", "check").video.get("x")
    entries = [entry(wire, Finding("x", read))]
    ending = replace(
        ENDING, leftovers=[LEFTOVER], traffic=traffic(*[read] * 7), evidence="0" * 64, notes=["a note"]
    )
    made = whole([FAILED], ending, entries, seed=7, select="VC-*", strict=True)
    assert validation_errors(results_schema(), made) == []
    assert made["counts"] == {**dict.fromkeys(map(str, Verdict), 0), "failed": 1}
    assert made["footer"] == {"complete": True, "requirements": 1, "exchanges": 7, "evidence": "0" * 64}
    assert made["leftovers"] == [{"collection": CONFERENCES, "id": "made-1", "name": "cc-mine"}]


def traffic(*exchanges: Exchange) -> TrafficStats:
    made = TrafficStats()
    for each in exchanges:
        made.add(each)
    return made


def test_nothing_takes_longer_than_the_longest(wire: TransportStack) -> None:
    read = replace(ApiClient(wire, "00000000", "check").video.get("x"), seconds=0.1)
    slow = replace(read, seconds=0.9)
    (told,) = whole([], replace(ENDING, traffic=traffic(read, read, slow)))["latency"]
    assert (told["responses"], told["median"], told["max"]) == (3, 0.1, 0.9)
    assert told["median"] < told["p95"] < told["max"]


def test_notes_begin_with_the_problem_and_hold_no_secret() -> None:
    ending = replace(ENDING, problem=f"refused {ACCOUNT.token}", notes=("clock: in step",))
    assert whole([], ending)["notes"] == [f"refused {TOKEN_MARK}", "clock: in step"]
