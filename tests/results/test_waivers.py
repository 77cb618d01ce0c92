"""A waiver excuses one requirement for a while, and cannot be forgotten."""

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
from conformance.engine.session import RunSession
from conformance.evidence.evidence_reader import read_evidence
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ACTIVE_SESSION, ORIGIN, PROJECT, TOKEN, InProcessTransport
from conformance.results.verdict import Inconclusive, Outcome, Verdict
from conformance.results.waivers import active_waivers, apply_waivers, waiver_entries
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from reports.formats import junit
from spec.catalogue import Level, Requirement
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.fake_targets import ENVIRONMENT

BROKEN = "VC-CREATE-DATE-ONLY"
FAULT = "date-only-becomes-end-of-day"
LAST = dt.date(2026, 12, 31)
THEN = dt.datetime(2026, 12, 31, 23, 59, tzinfo=dt.UTC)
FAR = dt.date(9999, 12, 31)
PAST = dt.date(2020, 1, 1)
MUST = Requirement(BROKEN, Level.MUST, "It is there.", "a page", "video", "VC-CREATE")
SETTINGS = Settings(
    Target(ORIGIN, Account(PROJECT, TOKEN), active_session=ACTIVE_SESSION),
    waivers=(Waiver(BROKEN, "mended in 2.1", LAST),),
)


def outcome(verdict: Verdict, reason: str | None = None) -> Outcome:
    return Outcome(MUST, verdict, 1, reason)


FILE = """
[[waivers]]
requirement = "VC-CREATE-DATE-ONLY"
reason = "mended in 2.1"
expires = 2026-12-31
"""


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def configured(text: str, name: str = "conformance.toml") -> tuple[Waiver, ...]:
    Path(name).write_text(text)
    return load_settings({"target": "https://example.test"}).waivers


@pytest.mark.parametrize("day", ["2026-12-31", '"2026-12-31"'])
@pytest.mark.usefixtures("elsewhere")
def test_a_waiver_stands_in_the_file(day: str) -> None:
    assert configured(FILE.replace("2026-12-31", day)) == SETTINGS.waivers


@pytest.mark.usefixtures("elsewhere")
def test_a_waiver_stands_in_pyproject_too() -> None:
    assert (
        configured(FILE.replace("waivers", "tool.conformance.waivers"), "pyproject.toml") == SETTINGS.waivers
    )


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ('reason = "mended in 2.1"', "", "waiver of 'VC-CREATE-DATE-ONLY': 'reason' is missing"),
        ("expires = 2026-12-31", "", "'expires' is missing"),
        ('requirement = "VC-CREATE-DATE-ONLY"', "", "waiver of None: 'requirement' is missing"),
        ('"mended in 2.1"', '" "', "invalid reason ' ' (expected a non-empty string)"),
        ('"mended in 2.1"', "3", "invalid reason 3"),
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
@pytest.mark.usefixtures("elsewhere")
def test_a_waiver_that_cannot_be_used_is_named_with_its_mend(old: str, new: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        configured(FILE.replace(old, new))
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    "started, holds",
    [
        (THEN, True),
        (THEN + dt.timedelta(minutes=1), False),
        (dt.datetime(2027, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2))), True),
    ],
)
def test_a_waiver_holds_until_its_last_day_is_over_in_utc(started: dt.datetime, *, holds: bool) -> None:
    assert (BROKEN in active_waivers(SETTINGS, started)) is holds


@pytest.mark.parametrize(
    "verdict, reason, becomes",
    [
        (Verdict.FAILED, None, "waived: failed, waived until 2026-12-31: mended in 2.1"),
        (Verdict.WARNED, "flaky: x", "waived: warned, waived until 2026-12-31: mended in 2.1; flaky: x"),
        (
            Verdict.INCONCLUSIVE,
            "budget: y",
            "waived: inconclusive, waived until 2026-12-31: mended in 2.1; budget: y",
        ),
    ],
)
def test_what_is_excused_keeps_what_it_was(verdict: Verdict, reason: str | None, becomes: str) -> None:
    waived = apply_waivers(outcome(verdict, reason), active_waivers(SETTINGS, THEN))
    assert (waived.verdict, waived.reason) == (Verdict.WAIVED, becomes)


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.NOT_APPLICABLE, Verdict.ERROR])
def test_what_needs_no_excuse_gets_none(verdict: Verdict) -> None:
    assert apply_waivers(outcome(verdict), active_waivers(SETTINGS, THEN)) == outcome(verdict)


def state(verdict: Verdict | None, *, over: bool = False, shard: Shard | None = None) -> str:
    outcomes = [outcome(verdict)] if verdict else []
    started = THEN + dt.timedelta(days=over)
    (waiver,) = waiver_entries(replace(SETTINGS, shard=shard), outcomes, started)
    text: str = waiver["state"]
    return text


def test_each_state_has_its_cause() -> None:
    assert state(Verdict.WAIVED) == "applied"
    assert state(Verdict.PASSED) == "passes"
    assert state(Verdict.PASSED, shard=Shard(1, 2)) == "unused"
    assert state(Verdict.ERROR) == "unused"
    for unlooked in (None, Verdict.NOT_APPLICABLE):
        assert state(unlooked) == state(unlooked, over=True) == "unused"
    for looked in (Verdict.FAILED, Verdict.PASSED, Verdict.WARNED, Verdict.ERROR):
        assert state(looked, over=True) == "expired"


def waived_run(
    folder: Path,
    *faults: str,
    expires: dt.date = FAR,
    select: str = f"{BROKEN},VC-CREATE-MINIMAL",
    **how: Any,
) -> dict[str, Any]:
    made = Settings(
        SETTINGS.target,
        Limits(concurrency=4),
        Connection(transport=InProcessTransport(faults)),
        Effort.SMOKE,
        select=select,
        waivers=(Waiver(BROKEN, "mended in 2.1", expires),),
        output=folder,
        **how,
    )
    record = run(made)
    assert validation_errors(results_schema(), record) == []
    again = replay(read_evidence(folder / "evidence.ndjson"))
    assert [again[name] for name in ("verdict", "exit_code", "waivers", "counts", "notes")] == [
        record[name] for name in ("verdict", "exit_code", "waivers", "counts", "notes")
    ]
    return record


def test_a_waived_failure_is_excused_and_keeps_its_finding(tmp_path: Path) -> None:
    record = waived_run(tmp_path, FAULT)
    (entry,) = [each for each in record["requirements"] if each["id"] == BROKEN]
    assert (entry["verdict"], len(entry["findings"])) == ("waived", 1)
    assert entry["reason"] == "waived: failed, waived until 9999-12-31: mended in 2.1"
    assert (record["verdict"], record["exit_code"]) == ("conforms", 0)
    assert (record["causes"], record["counts"]["waived"]) == ([], 1)
    assert record["waivers"][0]["state"] == "applied"
    results = [path.read_text() for path in tmp_path.glob("allure-results/*-result.json")]
    assert [each for each in results if '"skipped"' in each and "waived until" in each]


def test_a_strict_run_leaves_waived_what_is_waived(tmp_path: Path) -> None:
    assert waived_run(tmp_path, FAULT, strict=True)["exit_code"] == 0


def test_a_waived_failure_does_not_stop_a_run_that_stops_at_the_first(tmp_path: Path) -> None:
    record = waived_run(tmp_path, FAULT, fail_fast=True)
    assert [each["verdict"] for each in record["requirements"]] == ["passed", "waived"]


def test_a_waiver_that_is_not_needed_any_more_fails_the_run(tmp_path: Path) -> None:
    record = waived_run(tmp_path)
    assert (record["verdict"], record["exit_code"]) == ("does-not-conform", 1)
    assert record["notes"][0] == f"waiver of {BROKEN} until 9999-12-31: requirement passes; remove the waiver"


@pytest.mark.parametrize("faults", [(), (FAULT,)])
def test_a_waiver_that_is_over_excuses_nothing_and_fails_the_run(
    tmp_path: Path, faults: tuple[str, ...]
) -> None:
    record = waived_run(tmp_path, *faults, expires=PAST)
    assert (record["exit_code"], record["waivers"][0]["state"]) == (1, "expired")
    assert record["counts"]["failed"] == len(faults)
    assert record["notes"][0].startswith(f"waiver of {BROKEN} until 2020-01-01: its time is over")


def test_a_waiver_of_what_is_not_looked_at_changes_nothing(tmp_path: Path) -> None:
    record = waived_run(tmp_path, expires=PAST, select="VC-CREATE-MINIMAL")
    assert (record["exit_code"], record["waivers"][0]["state"]) == (0, "unused")


def test_what_could_not_be_decided_is_excused_too(tmp_path: Path) -> None:
    def undecided(api: ApiClient) -> None:
        expect.accepted(api.video.create(api.video.minimal()))
        raise Inconclusive("nothing", "to see")

    made = replace(SETTINGS, output=tmp_path, connection=Connection(transport=InProcessTransport()))
    trial = RunSession(replace(made, waivers=(Waiver(BROKEN, "later", FAR),)))
    check = Check("a check", CheckKind.ACTIVE, MUST, undecided, {})
    with trial.open([check]):
        found, _ = trial.decide(check)
    assert (found.verdict, trial.record["exit_code"]) == (Verdict.WAIVED, 0)


def test_a_secret_in_a_reason_goes_nowhere(tmp_path: Path) -> None:
    made = replace(SETTINGS, output=tmp_path, connection=Connection(transport=InProcessTransport()))
    made = replace(made, select="VC-CREATE-MINIMAL", waivers=(Waiver(BROKEN, f"see {TOKEN}", FAR),))
    run(made)
    for name in ("results.json", "evidence.ndjson"):
        assert TOKEN not in (tmp_path / name).read_text()


def test_an_unreachable_target_has_its_waivers_unused(tmp_path: Path) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(404))
    made = replace(SETTINGS, output=tmp_path, connection=Connection(transport=transport))
    record = run(made)
    assert (record["exit_code"], record["waivers"][0]["state"]) == (2, "unused")


def test_junit_skips_what_is_waived_and_says_why(tmp_path: Path) -> None:
    record = waived_run(tmp_path, FAULT)
    junit.write(record, tmp_path / "again.xml")
    text = (tmp_path / "again.xml").read_text()
    assert 'failures="0"' in text
    assert "waived: failed, waived until 9999-12-31: mended in 2.1" in text
