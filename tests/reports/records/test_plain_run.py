"""Options that make a run less than the default run are listed, and make it partial."""

from pathlib import Path
from typing import Any

import pytest

from conformance.config.settings import Settings
from conformance.config.target import BASE_PATHS, PROFILES, Connection, Limits, Target
from conformance.engine.runner import replay
from conformance.evidence.evidence_reader import read_evidence
from conformance.evidence.header import recorded_options
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ORIGIN, InProcessTransport
from reports.records import plain_run
from reports.records.merge import merge_records
from reports.records.overall_status import caveats, limitations, overall_status
from reports.records.plain_run import differences
from spec.data_files import digest
from tests.support.bundles import run_reference
from tests.support.run_records import LEFTOVER, record, requirement

PASSED = requirement("passed")
PLAIN = recorded_options(Settings(Target(ORIGIN, Account("project", "token"))))


def with_options(**changed: Any) -> dict[str, Any]:
    return {"options": {**PLAIN, **changed}}


def test_the_default_options_are_those_of_the_plain_run() -> None:
    plain = record(PASSED, options=PLAIN)
    assert (differences(plain), overall_status(plain), list(caveats(plain))) == ((), "conforms", [])
    assert (frozenset(PROFILES), BASE_PATHS) == (plain_run.PROFILES, plain_run.BASE_PATHS)


@pytest.mark.parametrize(
    "members, option",
    [
        ({"target": {"origin": "https://a.test/v2", "reference": False}}, "--target with path /v2"),
        ({"effort": "smoke"}, "--effort smoke"),
        ({"seed": 0}, "--seed 0"),
        ({"select": "VC-*"}, "--select VC-*"),
        ({"shard": {"number": 1, "of": 2}}, "--shard 1/2"),
        ({"property_based_only": True}, "a round of fuzz"),
        ({"read_only": True}, "--read-only"),
        ({"profiles": ["video"]}, "--profile video"),
        (with_options(concurrency=1), "--concurrency 1"),
        (with_options(max_requests=9_999), "--max-requests 9999"),
        (with_options(max_live=49), "--max-live 49"),
        (with_options(max_seconds=3_599.5), "--max-seconds 3599.5"),
        (with_options(timeout=0.5), "--timeout 0.5"),
        (with_options(fail_fast=True), "--fail-fast"),
        (with_options(max_failures=5), "--max-failures 5"),
        (with_options(verify_tls=False), "--no-verify-tls"),
        (with_options(allow_leftovers=True), "--allow-leftovers"),
        (with_options(headers=["X-Mode"]), "--header X-Mode"),
        (with_options(base_paths={**BASE_PATHS, "video": "/mock"}), "base_paths video /mock"),
        (with_options(base_paths={**BASE_PATHS, "fabric": ""}), "base_paths fabric /"),
    ],
)
def test_each_option_that_weakens_a_run_makes_it_partial(members: dict[str, Any], option: str) -> None:
    weakened = record(PASSED, **{"options": PLAIN, **members})
    assert [difference.option for difference in differences(weakened)] == [option]
    assert overall_status(weakened) == "partial"
    assert len(list(caveats(weakened))) == 1


@pytest.mark.parametrize(
    "members",
    [
        {"effort": "thorough"},
        {"strict": True},
        with_options(concurrency=2),
        with_options(max_live=None),
        with_options(max_seconds=86_400, timeout=60, rate_limit=20.0),
        {"target": {"origin": "https://a.test", "reference": False}},
    ],
)
def test_an_option_that_weakens_nothing_does_not_make_a_run_partial(members: dict[str, Any]) -> None:
    assert overall_status(record(PASSED, **{"options": PLAIN, **members})) == "conforms"


def test_a_run_against_the_built_in_server_is_not_partial_but_has_a_caveat() -> None:
    reference = record(PASSED, options=PLAIN, target={"origin": "http://127.0.0.1:1", "reference": True})
    assert [difference.option for difference in differences(reference)] == ["no --target"]
    assert (overall_status(reference), list(limitations(reference))) == ("conforms", [])
    assert [caveat.partition(":")[0] for caveat in caveats(reference)] == [
        "The target is the built-in reference server"
    ]


def test_a_long_selection_is_abridged() -> None:
    ids = ",".join(f"VC-CREATE-{number}" for number in range(100))
    (difference,) = differences(record(PASSED, options=PLAIN, select=ids))
    assert difference.option == "--select VC-CREATE-0,VC-CREATE-1,VC-CREATE-2 and 97 more"


def test_leftover_resources_make_a_run_partial() -> None:
    assert overall_status(record(PASSED, options=PLAIN, leftovers=[LEFTOVER], exit_code=5)) == "partial"


def test_merged_records_have_the_options_of_the_weakest() -> None:
    suite = {**record()["suite"], "spec": digest()}
    shards = [
        record(
            suite=suite, shard={"number": number, "of": 2}, prefix=f"p{number}", **with_options(max_live=live)
        )
        for number, live in ((1, 50), (2, 5))
    ]
    assert merge_records(shards, ())["options"]["max_live"] == 5


def test_records_of_older_versions_without_some_options_are_plain() -> None:
    older = {name: value for name, value in PLAIN.items() if name not in {"max_failures", "verify_tls"}}
    assert overall_status(record(PASSED, options=older)) == "conforms"


def test_a_run_without_tls_verification_has_a_note_that_a_replay_repeats(tmp_path: Path) -> None:
    connection = Connection(transport=InProcessTransport(), verify_tls=False)
    result = run_reference(tmp_path, select="VC-CREATE-MINIMAL", connection=connection)
    note = "connection: TLS certificates were not verified (--no-verify-tls)"
    assert note in result["notes"]
    replayed = replay(read_evidence(tmp_path / "evidence.ndjson"))
    assert note in replayed["notes"]
    assert replayed["options"] == result["options"]
    for name in ("summary.md", "report.html"):
        assert "TLS certificates were not verified" in (tmp_path / name).read_text()


def test_a_run_records_its_options(tmp_path: Path) -> None:
    limits = Limits(
        concurrency=3,
        requests_per_second=900.0,
        max_requests=400,
        max_live=20,
        timeout=5.0,
        max_seconds=100.0,
    )
    connection = Connection(transport=InProcessTransport(), headers=(("X-Mode", "secret-value"),))
    result = run_reference(tmp_path, select="VC-CREATE-MINIMAL", limits=limits, connection=connection)
    assert result["options"] == {
        "concurrency": 3,
        "rate_limit": 900.0,
        "max_requests": 400,
        "max_live": 20,
        "max_seconds": 100.0,
        "timeout": 5.0,
        "base_paths": dict(BASE_PATHS),
        "allow_leftovers": False,
        "fail_fast": False,
        "max_failures": None,
        "headers": ["X-Mode"],
        "verify_tls": True,
    }
    assert "secret-value" not in (tmp_path / "results.json").read_text()
