"""The record of a run: its exit code, and findings that are readable and free of secrets."""

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
from conformance.results.body_text import request_line, response_line
from conformance.results.record import EntryBuilder, RunEnd, decisions, exit_code, record
from conformance.results.verdict import Explanation, Finding, Outcome, Verdict
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
from tests.support.fake_targets import ACCOUNT, CONFERENCES, fake_stack

NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
RUN_END = RunEnd(NOW, 1.5)
LEFTOVER = Leftover(CONFERENCES, "made-1", "cc-mine")
MUST = Requirement("VC-GET-ONE", Level.MUST, "It is there.", "a page", "video", "VC-GET")
SHOULD, MAY = replace(MUST, level=Level.SHOULD), replace(MUST, level=Level.MAY)
JSON: Headers = (("content-type", "application/json"),)
TARGET = Target(httpx.URL("http://target.test"), ACCOUNT)


def outcome(verdict: Verdict, bound: Requirement = MUST) -> Outcome:
    return Outcome(bound, verdict, 1)


PASSED, FAILED = outcome(Verdict.PASSED), outcome(Verdict.FAILED)
UNDECIDED, ERROR = outcome(Verdict.INCONCLUSIVE), outcome(Verdict.ERROR)
NOT_APPLICABLE = outcome(Verdict.NOT_APPLICABLE)


@pytest.mark.parametrize(
    "outcomes, run_end, code",
    [
        ([], RUN_END, INCONCLUSIVE),
        ([NOT_APPLICABLE], RUN_END, INCONCLUSIVE),
        ([outcome(Verdict.INCONCLUSIVE, SHOULD)], RUN_END, INCONCLUSIVE),
        (
            [replace(outcome(Verdict.WAIVED), reason="waived: inconclusive, waived until")],
            RUN_END,
            INCONCLUSIVE,
        ),
        ([replace(outcome(Verdict.WAIVED), reason="waived: failed, waived until")], RUN_END, CONFORMS),
        ([PASSED, NOT_APPLICABLE], RUN_END, CONFORMS),
        ([PASSED, outcome(Verdict.WARNED, SHOULD)], RUN_END, CONFORMS),
        ([PASSED, outcome(Verdict.WARNED)], RUN_END, CONFORMS),
        ([PASSED, FAILED], RUN_END, NONCONFORMANT),
        ([], replace(RUN_END, problem="no server"), USAGE_ERROR),
        ([PASSED, UNDECIDED], RUN_END, INCONCLUSIVE),
        ([PASSED, outcome(Verdict.INCONCLUSIVE, SHOULD)], RUN_END, CONFORMS),
        ([PASSED, outcome(Verdict.INCONCLUSIVE, MAY)], RUN_END, CONFORMS),
        ([PASSED, ERROR], RUN_END, INTERNAL_ERROR),
        ([PASSED, outcome(Verdict.ERROR, MAY)], RUN_END, INTERNAL_ERROR),
        ([], replace(RUN_END, problem="ours", is_internal_error=True), INTERNAL_ERROR),
        ([PASSED], replace(RUN_END, leftovers=[LEFTOVER]), CLEANUP_INCOMPLETE),
        ([PASSED], replace(RUN_END, interrupted=True), INTERRUPTED),
    ],
)
def test_each_run_end_has_its_exit_code(outcomes: list[Outcome], run_end: RunEnd, code: int) -> None:
    assert exit_code(decisions(outcomes), run_end, strict=False) == code


@pytest.mark.parametrize("bound", [MUST, SHOULD, MAY], ids=lambda bound: bound.level)
def test_a_strict_run_fails_on_warnings(bound: Requirement) -> None:
    warned = outcome(Verdict.WARNED, bound)
    assert exit_code(decisions([PASSED, warned]), RUN_END, strict=True) == NONCONFORMANT
    assert exit_code(decisions([PASSED, warned]), RUN_END, strict=False) == CONFORMS


CAUSES: dict[int, tuple[tuple[Outcome, ...], dict[str, Any]]] = {
    INTERRUPTED: ((), {"interrupted": True}),
    INTERNAL_ERROR: ((ERROR,), {}),
    USAGE_ERROR: ((), {"problem": "no server"}),
    NONCONFORMANT: ((FAILED,), {}),
    INCONCLUSIVE: ((UNDECIDED,), {}),
    CLEANUP_INCOMPLETE: ((), {"leftovers": (LEFTOVER,)}),
}


@pytest.mark.parametrize("first, second", list(itertools.combinations(CAUSES, 2)))
def test_the_more_severe_of_two_exit_codes_takes_precedence(first: int, second: int) -> None:
    outcomes = [*CAUSES[first][0], *CAUSES[second][0]]
    run_end = replace(RUN_END, **{**CAUSES[first][1], **CAUSES[second][1]})
    assert exit_code(decisions(outcomes), run_end, strict=False) == first


def exchange(
    request: Request | None = None, response: Response | None = None, failure: str | None = None
) -> Exchange:
    sent = request or Request("GET", f"{CONFERENCES}/x")
    return Exchange(3, Origin("check", "VC-GET"), sent, response, failure, NOW, 0.1)


def received_text(body: bytes, *, status: int = 200, headers: Headers = JSON) -> str:
    return response_line(exchange(response=Response(status, headers, body)))


def test_sent_contains_method_target_credentials_and_body() -> None:
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
    assert received_text(body, headers=headers) == text


def test_the_truncation_of_a_long_list_is_stated() -> None:
    text = received_text(json.dumps(list(range(10_000))).encode())
    assert len(text) < 2_100
    assert text.endswith("more characters")


def test_a_missing_response_is_stated() -> None:
    assert response_line(exchange(failure="ReadError: reset")) == "no response: ReadError: reset"


@pytest.fixture
def transport(tmp_path: Path) -> Iterator[TransportStack]:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": "made", "echo": request.headers.get("authorization")})

    with fake_stack(respond, tmp_path) as stack:
        yield stack


def entry(
    transport: TransportStack, *findings: Finding, bound: Requirement = MUST, **options: Any
) -> dict[str, Any]:
    entries = EntryBuilder(transport.target, transport.evidence, transport.secret_mask.for_display)
    verdict = Verdict.FAILED if findings else Verdict.PASSED
    return entries.build(Outcome(bound, verdict, 2, findings=findings, **options))


def test_an_entry_contains_the_requirement_and_its_verdict(transport: TransportStack) -> None:
    assert entry(transport, seconds=0.12345, reason="observed: it") == {
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


def test_a_finding_lists_all_its_exchanges(transport: TransportStack) -> None:
    api = ApiClient(transport, "00000000", "check")
    other, created = api.video.get("other"), api.video.create({"display_name": "a"})
    fetched = api.video.get("made")
    (finding,) = entry(transport, Finding("another name", fetched, other))["findings"]
    assert finding["exchanges"] == [other.number, created.number, fetched.number]
    assert finding["sent"] == f"GET {CONFERENCES}/made"
    assert finding["expected"] == "another name"
    assert "R1=$(curl" in finding["curl"]
    assert finding["rerun"] == "conformance run --target http://target.test --select VC-GET-ONE"
    assert finding["flaky"] is False


def test_the_command_for_the_built_in_server_names_no_target(transport: TransportStack) -> None:
    exchange_ = ApiClient(transport, "00000000", "check").video.get("x")
    entries = EntryBuilder(
        replace(transport.target, is_reference=True), transport.evidence, transport.secret_mask.for_display
    )
    result = entries.build(Outcome(MUST, Verdict.FAILED, 1, findings=(Finding("x", exchange_),)))
    assert result["findings"][0]["rerun"] == "conformance run --select VC-GET-ONE"


def test_why_comes_from_the_finding_or_the_interpretation_or_a_default(transport: TransportStack) -> None:
    fetched = ApiClient(transport, "00000000", "check").video.get("x")
    plain, explained = Finding("x", fetched), Finding("x", fetched, explanation=Explanation(why="it says so"))
    interpreted = replace(MUST, interpretation="read like this")

    def why(finding: Finding, bound: Requirement) -> str:
        text: str = entry(transport, finding, bound=bound)["findings"][0]["why"]
        return text

    assert why(explained, interpreted) == "it says so"
    assert why(plain, interpreted) == "read like this"
    assert why(plain, MUST) == "The documentation states it without exception."
    assert why(plain, replace(MUST, is_stated=False)).startswith(
        "It follows from the purpose of the operation"
    )
    assert why(plain, replace(MUST, level=Level.SHOULD)) == "The documentation implies it."
    assert why(plain, replace(MUST, level=Level.MAY)) == "The documentation does not specify it."


def test_an_entry_contains_no_secret(transport: TransportStack) -> None:
    api = ApiClient(transport, "00000000", "check")
    leak = api.video.get("x", query={"token": ACCOUNT.token})
    text = json.dumps(
        entry(
            transport,
            Finding(f"not {ACCOUNT.token}", leak, explanation=Explanation(why=ACCOUNT.token)),
            reason=ACCOUNT.token,
        )
    )
    assert ACCOUNT.token not in text
    assert urllib.parse.quote(ACCOUNT.token, safe="") not in text
    assert not any(encoded in text for encoded in base64_secrets(ACCOUNT))
    assert text.count(TOKEN_MARK) >= 4  # the expected text, why, the reason, and the URL of the request
    assert text.count(ENCODED_MARK) >= 2  # echoed by the target


@pytest.mark.parametrize("convert", [str.upper, str.lower, str], ids=["uppercase", "lowercase", "unchanged"])
def test_an_entry_contains_no_project_id(transport: TransportStack, convert: Callable[[str], str]) -> None:
    project = convert(ACCOUNT.project)
    api = ApiClient(transport, "00000000", "check")
    leak = api.video.get("x", query={"project": project})
    text = json.dumps(
        entry(
            transport, Finding(f"not {project}", leak, explanation=Explanation(why=project)), reason=project
        )
    )
    assert project not in text
    assert text.count(PROJECT_MARK) >= 4


def full_record(
    outcomes: list[Outcome], run_end: RunEnd, entries: list[Any] | None = None, **options: Any
) -> dict[str, Any]:
    return record(Settings(TARGET, **options), outcomes, entries or [], run_end, Redactor(ACCOUNT))


@pytest.mark.parametrize(
    "run_end, verdict, complete",
    [
        (RUN_END, "conforms", True),
        (replace(RUN_END, leftovers=[LEFTOVER]), "conforms", True),
        (replace(RUN_END, interrupted=True), "interrupted", False),
        (replace(RUN_END, problem="no server"), "not-started", False),
    ],
)
def test_the_footer_states_whether_the_run_is_complete(
    run_end: RunEnd, verdict: str, *, complete: bool
) -> None:
    result = full_record([PASSED], run_end)
    assert (result["verdict"], result["footer"]["complete"]) == (verdict, complete)


def test_the_record_of_a_run_is_valid_under_the_published_schema(transport: TransportStack) -> None:
    fetched = ApiClient(transport, "00000000", "check").video.get("x")
    entries = [entry(transport, Finding("x", fetched))]
    run_end = replace(
        RUN_END, leftovers=[LEFTOVER], traffic=traffic(*[fetched] * 7), evidence="0" * 64, notes=["a note"]
    )
    result = full_record([FAILED], run_end, entries, seed=7, select="VC-*", strict=True)
    assert validation_errors(results_schema(), result) == []
    assert result["counts"] == {**dict.fromkeys(map(str, Verdict), 0), "failed": 1}
    assert result["footer"] == {"complete": True, "requirements": 1, "exchanges": 7, "evidence": "0" * 64}
    assert result["leftovers"] == [{"collection": CONFERENCES, "id": "made-1", "name": "cc-mine"}]


def traffic(*exchanges: Exchange) -> TrafficStats:
    stats = TrafficStats()
    for exchange_ in exchanges:
        stats.add(exchange_)
    return stats


def test_percentiles_do_not_exceed_the_maximum(transport: TransportStack) -> None:
    fetched = replace(ApiClient(transport, "00000000", "check").video.get("x"), seconds=0.1)
    slow = replace(fetched, seconds=0.9)
    (latency,) = full_record([], replace(RUN_END, traffic=traffic(fetched, fetched, slow)))["latency"]
    assert (latency["responses"], latency["median"], latency["max"]) == (3, 0.1, 0.9)
    assert latency["median"] < latency["p95"] < latency["max"]


def test_notes_begin_with_the_problem_and_contain_no_secret() -> None:
    run_end = replace(RUN_END, problem=f"refused {ACCOUNT.token}", notes=("clock: in step",))
    assert full_record([], run_end)["notes"] == [f"refused {TOKEN_MARK}", "clock: in step"]
