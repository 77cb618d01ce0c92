"""A run in several worker processes."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from conformance.config.target import Limits
from conformance.engine.worker_process import split_limits
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.command_processes import OUT, CommandRun, run_conformance
from tests.support.fake_targets import reference_server
from tests.support.killed_runs import INTERRUPTIBLE_COMMAND, resources, start_command, wait_for

FAULT = "date-only-becomes-end-of-day"
VIOLATED = "VC-CREATE-DATE-ONLY"
SELECTION = ("--effort", "smoke", "--select", "VC-CREATE-*,VC-CONF-*")
TIMEOUT = 60.0


@pytest.fixture(scope="module")
def two_worker_run(tmp_path_factory: pytest.TempPathFactory) -> CommandRun:
    return run_conformance(
        tmp_path_factory.mktemp("two_worker_run"), "run", "--workers", "2", "--fault", FAULT, *SELECTION
    )


def worker_record(run: CommandRun, number: int) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((run.folder / OUT / f"worker-{number}" / "results.json").read_text())
    return record


def test_two_workers_give_the_same_verdicts_as_one_process(
    two_worker_run: CommandRun, tmp_path: Path
) -> None:
    single_process_run = run_conformance(tmp_path, "run", "--fault", FAULT, *SELECTION)
    assert (two_worker_run.code, single_process_run.code) == (1, 1)
    assert two_worker_run.verdicts() == single_process_run.verdicts()
    assert {name for name, verdict in two_worker_run.verdicts().items() if verdict == "failed"} == {VIOLATED}


def test_the_merged_record_is_valid_and_complete(two_worker_run: CommandRun) -> None:
    record = two_worker_run.results
    assert validation_errors(results_schema(), record) == []
    assert (record["shard"], record["footer"]["complete"]) == (None, True)
    assert record["requests"] == sum(worker_record(two_worker_run, number)["requests"] for number in (1, 2))
    assert record["seconds"] < sum(worker_record(two_worker_run, number)["seconds"] for number in (1, 2)) + 10


def test_every_report_is_written(two_worker_run: CommandRun) -> None:
    files = {path.name for path in (two_worker_run.folder / OUT).iterdir()}
    reports = {
        "results.json",
        "junit.xml",
        "summary.md",
        "badge.svg",
        "report.html",
        "allure-results",
        "findings",
        "gl-code-quality-report.json",
    }
    assert files == {*reports, ".conformance-output", "worker-1", "worker-2"}
    assert VIOLATED in (two_worker_run.folder / OUT / "report.html").read_text()
    assert len(list((two_worker_run.folder / OUT / "allure-results").glob("*-result.json"))) == len(
        two_worker_run.verdicts()
    )


def test_the_workers_run_shards_and_keep_their_evidence(two_worker_run: CommandRun) -> None:
    worker_records = [worker_record(two_worker_run, number) for number in (1, 2)]
    assert [record["shard"] for record in worker_records] == [{"number": 1, "of": 2}, {"number": 2, "of": 2}]
    assert len({record["prefix"] for record in worker_records}) == 2
    assert all(
        (two_worker_run.folder / OUT / f"worker-{number}" / "evidence.ndjson").exists() for number in (1, 2)
    )


def test_the_header_states_the_maximum_number_of_requests(two_worker_run: CommandRun) -> None:
    assert "up to 1,200 requests per worker process" in two_worker_run.out
    assert f"--select {VIOLATED}" in two_worker_run.out


def test_the_load_limits_are_split_among_the_workers() -> None:
    limits = Limits(concurrency=9, requests_per_second=10.0, max_requests=900, max_live=50, timeout=3.0)
    assert split_limits(limits, 4) == Limits(
        concurrency=2, requests_per_second=2.5, max_requests=225, max_live=12, timeout=3.0
    )
    assert split_limits(Limits(concurrency=4, max_live=None), 2) == Limits(concurrency=2, max_live=None)


def test_max_requests_applies_to_all_workers_together(tmp_path: Path) -> None:
    run = run_conformance(tmp_path, "run", "--workers", "2", "--effort", "smoke", "--max-requests", "120")
    exchanges = [worker_record(run, number)["footer"]["exchanges"] for number in (1, 2)]
    assert run.code == 3
    # Clean-up is not counted: a get and a delete for every live resource.
    assert run.results["requests"] <= 120 + 2 * 50
    assert max(exchanges) < 120


@pytest.mark.parametrize(
    "option, message",
    [
        (("--shard", "1/2"), "--workers cannot be combined with --shard"),
        (("--fail-fast",), "--workers cannot be combined with --fail-fast"),
        (("--max-failures", "2"), "--workers cannot be combined with --max-failures"),
        (("--concurrency", "1"), "--concurrency 1 cannot be shared by 2 workers"),
        (("--max-live", "1"), "--max-live 1 cannot be shared by 2 workers"),
        (("--max-requests", "1"), "--max-requests 1 cannot be shared by 2 workers"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_unsupported_options_are_usage_errors(tmp_path: Path, option: tuple[str, ...], message: str) -> None:
    run = run_conformance(tmp_path, "run", "--workers", "2", *option)
    assert run.code == 2
    assert message in run.err


def test_a_selection_that_matches_nothing_starts_no_workers(tmp_path: Path) -> None:
    run = run_conformance(tmp_path, "run", "--workers", "2", "--select", "NOPE")
    assert run.code == 2
    assert run.err.count("no requirement matches 'NOPE'") == 1
    assert not (tmp_path / OUT).exists()


def test_a_problem_of_all_workers_is_printed_once(tmp_path: Path) -> None:
    message = "cannot be reached"
    run = run_conformance(tmp_path, "run", "--workers", "2", "--target", "http://127.0.0.1:9")
    assert run.code == 2
    assert run.out.count(message) == 1
    assert validation_errors(results_schema(), run.results) == []


def test_ctrl_c_stops_all_workers_with_clean_up(tmp_path: Path) -> None:
    with reference_server("--latency", "15") as origin:
        before = resources(origin)
        process = start_command(origin, tmp_path / OUT, "--workers", "2", command=INTERRUPTIBLE_COMMAND)
        with process:
            for number in (1, 2):
                wait_for(process, tmp_path / OUT / f"worker-{number}" / "evidence.ndjson", 40)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=TIMEOUT)
        after = resources(origin)
    record = json.loads((tmp_path / OUT / "results.json").read_text())
    assert (process.returncode, record["verdict"]) == (130, "interrupted"), output
    assert validation_errors(results_schema(), record) == []
    assert after == before
