"""A waiver excuses a violation of one requirement until its expiry date."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.loader import ConfigurationError, load_settings
from conformance.config.settings import Effort, Settings, Shard, Waiver
from conformance.config.target import Connection, Limits, Target
from conformance.engine.attempts import Check, CheckKind
from conformance.engine.runner import replay, run
from conformance.engine.session.run_session import RunSession
from conformance.evidence.evidence_reader import read_evidence
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ACTIVE_SESSION, ORIGIN, PROJECT, TOKEN, InProcessTransport
from conformance.results.verdict import Inconclusive, Outcome, Verdict
from conformance.results.waivers import active_waivers, apply_waivers, waiver_entries
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from reports.formats import junit
from spec.catalogue import Level, Requirement, catalogue
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.fake_targets import ENVIRONMENT

VIOLATED = "VC-CREATE-DATE-ONLY"
FAULT = "date-only-becomes-end-of-day"
LAST_DAY = dt.date(2026, 12, 31)
LAST_MINUTE = dt.datetime(2026, 12, 31, 23, 59, tzinfo=dt.UTC)
FAR_FUTURE = dt.date(9999, 12, 31)
PAST = dt.date(2020, 1, 1)
MUST = Requirement(VIOLATED, Level.MUST, "It is there.", "a page", "video", "VC-CREATE")
SETTINGS = Settings(
    Target(ORIGIN, Account(PROJECT, TOKEN), active_session=ACTIVE_SESSION),
    waivers=(Waiver(VIOLATED, "fixed in 2.1", LAST_DAY),),
)


def outcome(verdict: Verdict, reason: str | None = None) -> Outcome:
    return Outcome(MUST, verdict, 1, reason)


FILE = """
[[waivers]]
requirement = "VC-CREATE-DATE-ONLY"
reason = "fixed in 2.1"
expires = 2026-12-31
"""


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def waivers_of(text: str, name: str = "conformance.toml") -> tuple[Waiver, ...]:
    Path(name).write_text(text)
    return load_settings({"target": "https://example.test"}).waivers


@pytest.mark.parametrize("day", ["2026-12-31", '"2026-12-31"'])
@pytest.mark.usefixtures("empty_folder")
def test_a_waiver_is_read_from_the_configuration_file(day: str) -> None:
    assert waivers_of(FILE.replace("2026-12-31", day)) == SETTINGS.waivers


@pytest.mark.usefixtures("empty_folder")
def test_a_waiver_is_read_from_pyproject() -> None:
    assert (
        waivers_of(FILE.replace("waivers", "tool.conformance.waivers"), "pyproject.toml") == SETTINGS.waivers
    )


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ('reason = "fixed in 2.1"', "", "waiver of 'VC-CREATE-DATE-ONLY': 'reason' is missing"),
        ("expires = 2026-12-31", "", "'expires' is missing"),
        ('requirement = "VC-CREATE-DATE-ONLY"', "", "waiver of None: 'requirement' is missing"),
        ('"fixed in 2.1"', '" "', "invalid reason ' ' (expected a non-empty string)"),
        ('"fixed in 2.1"', "3", "invalid reason 3"),
        ("2026-12-31", "2026-12-31T00:00:00Z", "(expected YYYY-MM-DD)"),
        ("2026-12-31", '"20261231"', "invalid expiry date '20261231'"),
        ("2026-12-31", '"2026-02-30"', "invalid expiry date '2026-02-30'"),
        ("2026-12-31", "5", "invalid expiry date '5'"),
        ("expires", "expiry", "unknown setting 'expiry'; available: requirement, reason, expires"),
        ("VC-CREATE-DATE-ONLY", "VC-CREATE-DATE-ONYL", "did you mean 'VC-CREATE-DATE-ONLY'?"),
        ('"VC-CREATE-DATE-ONLY"', "7", "7 is not a requirement id"),
        (
            "VC-CREATE-DATE-ONLY",
            "VC-CREATE-JOIN-FROM-DATE-ONLY-MIDNIGHT",
            "is covered by the requirement 'VC-CREATE-DATE-ONLY'; use that id",
        ),
        ("[[waivers]]", "[waivers]", "begin each waiver with [[waivers]]"),
        (FILE, "waivers = [1]", "1 must be a table with requirement"),
        (FILE, FILE + FILE, "'VC-CREATE-DATE-ONLY' is waived twice"),
    ],
)
@pytest.mark.usefixtures("empty_folder")
def test_an_invalid_waiver_is_rejected_with_a_hint(old: str, new: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        waivers_of(FILE.replace(old, new))
    assert problem in str(raised.value)


@pytest.mark.parametrize(
    "started, active",
    [
        (LAST_MINUTE, True),
        (LAST_MINUTE + dt.timedelta(minutes=1), False),
        (dt.datetime(2027, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2))), True),
    ],
)
def test_a_waiver_applies_until_the_end_of_its_last_day_in_utc(started: dt.datetime, *, active: bool) -> None:
    assert (VIOLATED in active_waivers(SETTINGS, started)) is active


@pytest.mark.parametrize(
    "verdict, reason, expected",
    [
        (Verdict.FAILED, None, "waived: failed, waived until 2026-12-31: fixed in 2.1"),
        (Verdict.WARNED, "flaky: x", "waived: warned, waived until 2026-12-31: fixed in 2.1; flaky: x"),
        (
            Verdict.INCONCLUSIVE,
            "budget: y",
            "waived: inconclusive, waived until 2026-12-31: fixed in 2.1; budget: y",
        ),
    ],
)
def test_the_reason_of_a_waived_requirement_contains_its_verdict(
    verdict: Verdict, reason: str | None, expected: str
) -> None:
    waived = apply_waivers(outcome(verdict, reason), active_waivers(SETTINGS, LAST_MINUTE))
    assert (waived.verdict, waived.reason) == (Verdict.WAIVED, expected)


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.NOT_APPLICABLE, Verdict.ERROR])
def test_other_verdicts_are_not_waived(verdict: Verdict) -> None:
    assert apply_waivers(outcome(verdict), active_waivers(SETTINGS, LAST_MINUTE)) == outcome(verdict)


def state(verdict: Verdict | None, *, expired: bool = False, shard: Shard | None = None) -> str:
    outcomes = [outcome(verdict)] if verdict else []
    started = LAST_MINUTE + dt.timedelta(days=expired)
    (waiver,) = waiver_entries(replace(SETTINGS, shard=shard), outcomes, started)
    text: str = waiver["state"]
    return text


def test_the_state_of_a_waiver_follows_from_verdict_and_expiry() -> None:
    assert state(Verdict.WAIVED) == "applied"
    assert state(Verdict.PASSED) == "passes"
    assert state(Verdict.PASSED, shard=Shard(1, 2)) == "unused"
    assert state(Verdict.ERROR) == "unused"
    for undecided in (None, Verdict.NOT_APPLICABLE):
        assert state(undecided) == state(undecided, expired=True) == "unused"
    for decided in (Verdict.FAILED, Verdict.PASSED, Verdict.WARNED, Verdict.ERROR):
        assert state(decided, expired=True) == "expired"


def pattern_entries(*verdicts: Verdict | None, expired: bool = False) -> list[tuple[str, str]]:
    """Return the state and the advice of each requirement of a pattern, by their verdicts."""
    ids = [VIOLATED, "VC-CREATE-MINIMAL", "VC-CREATE-FULL"][: len(verdicts)]
    waivers = tuple(Waiver(identifier, "known", dt.date(2026, 12, 31), "VC-CREATE-*") for identifier in ids)
    outcomes = [
        Outcome(catalogue()[identifier], verdict, 1)
        for identifier, verdict in zip(ids, verdicts, strict=True)
        if verdict
    ]
    started = LAST_MINUTE + dt.timedelta(days=expired)
    entries = waiver_entries(replace(SETTINGS, waivers=waivers), outcomes, started)
    return [(entry["state"], entry["advice"]) for entry in entries]


def test_a_pattern_is_needed_while_one_of_its_requirements_needs_it() -> None:
    (applied, _), (passing, advice) = pattern_entries(Verdict.WAIVED, Verdict.PASSED)
    assert (applied, passing) == ("applied", "not-needed")
    assert advice.startswith("no longer needed")


def test_a_pattern_whose_requirements_all_pass_is_no_longer_needed() -> None:
    assert [state for state, _ in pattern_entries(Verdict.PASSED, Verdict.PASSED)] == ["passes", "passes"]


def test_a_pattern_may_be_needed_by_a_requirement_that_is_not_selected() -> None:
    assert [state for state, _ in pattern_entries(Verdict.PASSED, None)] == ["not-needed", "unused"]


def test_an_expired_pattern_is_expired_for_each_requirement() -> None:
    states = [state for state, _ in pattern_entries(Verdict.FAILED, Verdict.PASSED, expired=True)]
    assert states == ["expired", "expired"]


def waived_run(
    folder: Path,
    *faults: str,
    expires: dt.date = FAR_FUTURE,
    select: str = f"{VIOLATED},VC-CREATE-MINIMAL",
    **options: Any,
) -> dict[str, Any]:
    settings = Settings(
        SETTINGS.target,
        Limits(concurrency=4),
        Connection(transport=InProcessTransport(faults)),
        Effort.SMOKE,
        select=select,
        waivers=(Waiver(VIOLATED, "fixed in 2.1", expires),),
        output=folder,
        **options,
    )
    record = run(settings)
    assert validation_errors(results_schema(), record) == []
    replayed = replay(read_evidence(folder / "evidence.ndjson"))
    assert [replayed[name] for name in ("verdict", "exit_code", "waivers", "counts", "notes")] == [
        record[name] for name in ("verdict", "exit_code", "waivers", "counts", "notes")
    ]
    return record


def test_a_waived_failure_is_excused_with_its_finding(tmp_path: Path) -> None:
    record = waived_run(tmp_path, FAULT)
    (entry,) = [entry for entry in record["requirements"] if entry["id"] == VIOLATED]
    assert (entry["verdict"], len(entry["findings"])) == ("waived", 1)
    assert entry["reason"] == "waived: failed, waived until 9999-12-31: fixed in 2.1"
    assert (record["verdict"], record["exit_code"]) == ("conforms", 0)
    assert (record["causes"], record["counts"]["waived"]) == ([], 1)
    assert record["waivers"][0]["state"] == "applied"
    results = [path.read_text() for path in tmp_path.glob("allure-results/*-result.json")]
    assert [entry for entry in results if '"skipped"' in entry and "waived until" in entry]


def test_a_strict_run_does_not_fail_on_waived_requirements(tmp_path: Path) -> None:
    assert waived_run(tmp_path, FAULT, strict=True)["exit_code"] == 0


def test_a_waived_failure_does_not_stop_a_fail_fast_run(tmp_path: Path) -> None:
    record = waived_run(tmp_path, FAULT, fail_fast=True)
    assert [entry["verdict"] for entry in record["requirements"]] == ["passed", "waived"]


def test_an_unnecessary_waiver_fails_the_run(tmp_path: Path) -> None:
    record = waived_run(tmp_path)
    assert (record["verdict"], record["exit_code"]) == ("does-not-conform", 1)
    assert (
        record["notes"][0]
        == f"waiver of {VIOLATED} until 9999-12-31: no longer needed: requirement passes; remove the waiver"
    )


@pytest.mark.parametrize("faults", [(), (FAULT,)])
def test_an_expired_waiver_excuses_nothing_and_fails_the_run(tmp_path: Path, faults: tuple[str, ...]) -> None:
    record = waived_run(tmp_path, *faults, expires=PAST)
    assert (record["exit_code"], record["waivers"][0]["state"]) == (1, "expired")
    assert record["counts"]["failed"] == len(faults)
    assert record["notes"][0].startswith(
        f"waiver of {VIOLATED} until 2020-01-01: expired; fix the target or extend the waiver"
    )


def test_an_expired_waiver_of_an_unselected_requirement_is_unused(tmp_path: Path) -> None:
    record = waived_run(tmp_path, expires=PAST, select="VC-CREATE-MINIMAL")
    assert (record["exit_code"], record["waivers"][0]["state"]) == (0, "unused")


def test_a_waiver_of_an_inconclusive_requirement_decides_nothing(tmp_path: Path) -> None:
    def undecided(api: ApiClient) -> None:
        expect.accepted(api.video.create(api.video.minimal()))
        raise Inconclusive("nothing", "to see")

    settings = replace(SETTINGS, output=tmp_path, connection=Connection(transport=InProcessTransport()))
    session = RunSession(replace(settings, waivers=(Waiver(VIOLATED, "later", FAR_FUTURE),)))
    check = Check("a check", CheckKind.ACTIVE, MUST, undecided, {})
    with session.open([check]):
        result, _ = session.decide(check)
    assert (result.verdict, session.record["exit_code"]) == (Verdict.WAIVED, 3)


def test_a_secret_in_a_reason_is_not_written(tmp_path: Path) -> None:
    settings = replace(SETTINGS, output=tmp_path, connection=Connection(transport=InProcessTransport()))
    settings = replace(
        settings, select="VC-CREATE-MINIMAL", waivers=(Waiver(VIOLATED, f"see {TOKEN}", FAR_FUTURE),)
    )
    run(settings)
    for name in ("results.json", "evidence.ndjson"):
        assert TOKEN not in (tmp_path / name).read_text()


def test_waivers_are_unused_if_the_target_is_unreachable(tmp_path: Path) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(404))
    settings = replace(SETTINGS, output=tmp_path, connection=Connection(transport=transport))
    record = run(settings)
    assert (record["exit_code"], record["waivers"][0]["state"]) == (2, "unused")


def test_junit_skips_waived_requirements_with_the_reason(tmp_path: Path) -> None:
    record = waived_run(tmp_path, FAULT)
    junit.write(record, tmp_path / "again.xml")
    text = (tmp_path / "again.xml").read_text()
    assert 'failures="0"' in text
    assert "waived: failed, waived until 9999-12-31: fixed in 2.1" in text
