"""Bundles whose runs were weakened, or whose times contradict each other, do not verify as conforming."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.certificate.chronology import Validity
from conformance.certificate.keys import PUBLIC_KEY_FILE
from conformance.certificate.verification import DOES_NOT_VERIFY
from conformance.config.settings import Effort
from conformance.config.target import Limits
from reports.records.results_file import FILE
from tests.support.bundles import run_reference
from tests.support.command_line import invoke
from tests.support.forged_certificates import (
    Lines,
    certify,
    forge,
    rewrite_evidence,
    sign,
    sign_statement,
    statement_of,
    validity_from_now,
    verify_bundle,
)

YEAR = timedelta(days=365)


def test_the_unchanged_bundle_verifies_as_partial(partial_bundle: Path, keys: Path) -> None:
    sign(partial_bundle, keys)
    result = verify_bundle(partial_bundle, keys)
    assert (result.status, result.problems, result.conforms) == ("partial", (), False)


@pytest.mark.parametrize(
    "options, status",
    [
        ({"effort": Effort.SMOKE}, "partial"),
        ({"effort": Effort.SMOKE, "limits": Limits(concurrency=1)}, "inconclusive"),
    ],
)
def test_a_weakened_run_does_not_conform(
    tmp_path: Path, keys: Path, options: dict[str, Any], status: str
) -> None:
    run_reference(tmp_path / "bundle", **options)
    certify(tmp_path / "bundle", keys)
    result = verify_bundle(tmp_path / "bundle", keys)
    assert (result.status, result.problems, result.conforms) == (status, (), False)


def test_a_statement_without_the_differences_does_not_verify(partial_bundle: Path, keys: Path) -> None:
    sign(partial_bundle, keys)
    statement = statement_of(partial_bundle)
    annotations = statement["predicate"]["configuration"][0]["annotations"]
    annotations.update({"status": "conforms", "differences": [], "effort": "standard", "select": ""})
    sign_statement(partial_bundle, keys, statement)
    result = verify_bundle(partial_bundle, keys)
    assert (result.status, result.is_valid) == (DOES_NOT_VERIFY, False)


def with_header(**members: Any) -> Callable[[Lines], Lines]:
    def change(lines: Lines) -> Lines:
        return [{"header": lines[0]["header"] | members}, *lines[1:]]

    return change


@pytest.mark.parametrize(
    "members, option",
    [
        ({"max_requests": 400}, "--max-requests 400"),
        ({"max_live": 20}, "--max-live 20"),
        ({"max_seconds": 60.0}, "--max-seconds 60"),
        ({"timeout": 1.0}, "--timeout 1"),
        ({"fail_fast": True}, "--fail-fast"),
        ({"max_failures": 3}, "--max-failures 3"),
        ({"verify_tls": False}, "--no-verify-tls"),
        ({"allow_leftovers": True}, "--allow-leftovers"),
        ({"headers": ["X-Mode"]}, "--header X-Mode"),
    ],
)
def test_an_option_that_weakens_the_run_is_recorded_and_printed(
    partial_bundle: Path, keys: Path, members: dict[str, Any], option: str
) -> None:
    forge(partial_bundle, keys, with_header(**members))
    result = invoke("verify", partial_bundle, "--public-key", keys / PUBLIC_KEY_FILE)
    assert result.output.splitlines()[0] == "partial  signed by the given key"
    assert option in result.output
    assert (
        option in statement_of(partial_bundle)["predicate"]["configuration"][0]["annotations"]["differences"]
    )


def shift_times(by: timedelta, *, header: bool = True, exchanges: bool = True) -> Callable[[Lines], Lines]:
    def change(lines: Lines) -> Lines:
        for line in lines:
            record = line.get("header", line)
            if header if "header" in line else exchanges:
                record["started"] = (datetime.fromisoformat(record["started"]) + by).isoformat()
        return lines

    return change


def unchanged(lines: Lines) -> Lines:
    return lines


def at(**offset: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**offset)


LAST_YEAR = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
FIRST_YEAR = datetime(1, 1, 1, tzinfo=UTC)
TIMES: dict[str, tuple[Callable[[Lines], Lines], Callable[[], Validity] | None, str]] = {
    "a run of 2021": (shift_times(-5 * YEAR), None, "more than 24 hours after the run started"),
    "exchanges of 2021": (shift_times(-5 * YEAR, header=False), None, "before the run started"),
    "exchanges of 2031": (shift_times(5 * YEAR, header=False), None, "after the run ended"),
    "a run of 2031": (shift_times(5 * YEAR), None, "the run started in the future"),
    "issued in 2030": (unchanged, lambda: Validity(at(days=1500), at(days=1600)), "issued in the future"),
    "issued before the run": (unchanged, lambda: Validity(at(hours=-2), at(days=30)), "before the run ended"),
    "expired when it was issued": (unchanged, lambda: Validity(at(), at(days=-1)), "before it was issued"),
    "valid for too long": (unchanged, lambda: Validity(at(), at(days=3700)), "the maximum is 3650"),
    "valid until the last year": (unchanged, lambda: Validity(at(), LAST_YEAR), "the maximum is 3650"),
    "issued in the first year": (
        unchanged,
        lambda: Validity(FIRST_YEAR, at(days=30)),
        "before the run ended",
    ),
    "issued in the last year": (unchanged, lambda: Validity(LAST_YEAR, LAST_YEAR), "issued in the future"),
}


@pytest.mark.parametrize("name", TIMES)
def test_contradictory_times_do_not_verify(partial_bundle: Path, keys: Path, name: str) -> None:
    change, validity, problem = TIMES[name]
    forge(partial_bundle, keys, change, validity and validity())
    result = verify_bundle(partial_bundle, keys)
    assert result.status == DOES_NOT_VERIFY
    assert any(problem in message for message in result.problems), result.problems


@pytest.mark.parametrize(
    "started", ["0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
@pytest.mark.parametrize("location", ["header", "exchange"])
def test_the_first_and_the_last_year_are_parsed(partial_bundle: Path, started: str, location: str) -> None:
    def change(lines: Lines) -> Lines:
        line = lines[0]["header"] if location == "header" else lines[3]
        line["started"] = started
        return lines

    rewrite_evidence(partial_bundle, change)
    assert invoke("verify", partial_bundle).exit_code == 1


def test_a_certificate_does_not_outlast_an_applied_waiver(partial_bundle: Path, keys: Path) -> None:
    today = datetime.now(UTC).date()
    waiver = {"requirement": "VC-CREATE-MINIMAL", "reason": "not yet", "expires": str(today)}

    def change(lines: Lines) -> Lines:
        lines = with_header(waivers=[waiver])(lines)
        for line in lines:
            if "test_" in line.get("check", "") or line.get("check") == "VC-CREATE-MINIMAL":
                line["response"] = line["response"] and {**line["response"], "status": 500, "body": "{}"}
        return lines

    forge(partial_bundle, keys, change, validity_from_now(days=30))
    result = verify_bundle(partial_bundle, keys)
    record = json.loads((partial_bundle / FILE).read_text())
    applied = [entry for entry in record["waivers"] if entry["state"] == "applied"]
    assert applied, record["waivers"]
    assert any("the last day of a waiver" in message for message in result.problems), result.problems
