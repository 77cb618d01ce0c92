"""The `conformance fuzz` command."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli import fuzz as fuzz_module
from conformance.cli.main import main
from reports import report_files
from reports.records.plain_run import differences
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support import killed_runs
from tests.support.fake_targets import ENVIRONMENT, ReceivedRequest, Reply, reference_server, serve_between
from tests.support.killed_runs import COMMAND, INTERRUPTIBLE_COMMAND, resources

RARE = "instants-after-2106-rejected"
FIRST_SEED = 6
SELECTION = ("--effort", "standard", "--select", "VC-CREATE-CONFORMING")
TIMEOUT = 60.0


@dataclass(frozen=True)
class Fuzz:
    """A completed campaign, and its output."""

    code: int
    output: str
    folder: Path

    @property
    def results(self) -> dict[str, Any]:
        results: dict[str, Any] = json.loads((self.folder / "results.json").read_text())
        return results

    @property
    def rounds(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("round-*"))

    @property
    def seed(self) -> int:
        """Return the seed of the only round that was kept."""
        [kept_round] = self.rounds
        return int(kept_round.removeprefix("round-"))


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def started(
    origin: str, folder: Path, *options: str, command: tuple[str, ...] = COMMAND
) -> "subprocess.Popen[str]":
    return killed_runs.start_command(
        origin, folder, "--corpus", "", *options, command=command, subcommand="fuzz"
    )


def fuzz(origin: str, folder: Path, *options: str) -> Fuzz:
    with started(origin, folder, *options) as process:
        output, _ = process.communicate(timeout=TIMEOUT)
    return Fuzz(process.returncode, output, folder)


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    with reference_server("--fault", RARE) as origin:
        yield origin


@pytest.fixture(scope="module")
def conforming() -> Iterator[str]:
    with reference_server() as origin:
        yield origin


@pytest.fixture(scope="module")
def campaign(faulty: str, tmp_path_factory: pytest.TempPathFactory) -> Fuzz:
    folder = tmp_path_factory.mktemp("campaign") / "out"
    return fuzz(faulty, folder, *SELECTION, "--seed", str(FIRST_SEED), "--fail-fast")


def test_a_finding_of_many_rounds_is_printed_once(campaign: Fuzz) -> None:
    assert campaign.code == 1
    assert campaign.output.count("failed  VC-CREATE-CONFORMING (must)") == 1
    for field in ("problem", "sent", "expected", "received", "why", "source", "curl", "rerun", "round"):
        assert campaign.output.count(f"\n  {field:<9} ") == 1
    assert re.search(r"--seed \d+ --select VC-CREATE-CONFORMING|reproduce\.sh", campaign.output)
    last = campaign.output.splitlines()[-1]
    assert last.startswith("does not conform: ")
    assert ", 1 distinct finding, " in last
    assert last.endswith(f"(exit code 1); reports in {campaign.folder}/")


def test_only_the_round_with_the_finding_is_kept(campaign: Fuzz) -> None:
    kept_round = campaign.folder / f"round-{campaign.seed}"
    assert {"results.json", "report.html", "evidence.ndjson", "ledger.ndjson"} <= files(kept_round)
    assert campaign.results["notes"][-1].startswith(f"round-{campaign.seed}: ")


def test_the_record_aggregates_all_rounds(campaign: Fuzz) -> None:
    results = campaign.results
    assert validation_errors(results_schema(), results) == []
    rounds = campaign.seed - FIRST_SEED + 1
    assert (results["campaign"]["rounds"], results["campaign"]["findings"]) == (rounds, 1)
    [discovery] = results["campaign"]["discoveries"]
    assert (discovery["seed"], discovery["seconds"] > 0) == (campaign.seed, True)
    page = (campaign.folder / report_files.CAMPAIGN).read_text()
    assert f"round-{campaign.seed}/" in page
    assert (results["exit_code"], results["seed"], results["property_based_only"]) == (1, FIRST_SEED, False)
    [entry] = results["requirements"]
    assert (entry["verdict"], len(entry["findings"])) == ("failed", 1)
    assert {"report.html", "summary.md", "junit.xml", "badge.svg", "gl-code-quality-report.json"} <= files(
        campaign.folder
    )


def test_the_curl_command_reproduces_the_finding(campaign: Fuzz) -> None:
    commands = campaign.output.partition("\n  curl ")[2].partition("\n  rerun ")[0]
    done = subprocess.run(
        ["bash", "-c", commands],
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("HTTP/1.1 422")


def test_a_kept_round_can_be_verified_and_is_partial(campaign: Fuzz) -> None:
    kept_round = campaign.folder / campaign.rounds[0]
    done = CliRunner().invoke(main, ["verify", str(kept_round)], catch_exceptions=False)
    assert (done.exit_code, done.output.split("  ")[0]) == (0, "does not conform")
    record = json.loads((kept_round / "results.json").read_text())
    assert record["property_based_only"] is (campaign.seed > FIRST_SEED)
    options = [difference.option for difference in differences(record)]
    assert ("a round of fuzz" in options) is record["property_based_only"]


def test_the_reports_of_all_rounds_can_be_regenerated(campaign: Fuzz, tmp_path: Path) -> None:
    arguments = ["report", str(campaign.folder), "--output", str(tmp_path)]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 1
    assert ", 1 distinct finding, " in done.output.splitlines()[-1]


def reject_size(received: ReceivedRequest) -> Reply | None:
    body = b'{"errors":[{"type":"validation_error","code":"x","message":"No","attribute":"size","url":"u"}]}'
    return Reply(422, body) if b'"size"' in received.body else None


def test_a_finding_of_every_round_is_one_distinct_finding(conforming: str, tmp_path: Path) -> None:
    with serve_between(conforming, reject_size) as origin:
        done = fuzz(
            origin, tmp_path / "out", *SELECTION, "--seed", "0", "--max-seconds", "15", "--workers", "2"
        )
    assert (done.code, done.output.count("\nfailed ")) == (1, 1), done.output
    assert done.results["campaign"]["rounds"] >= 1
    assert done.results["campaign"]["findings"] == len(done.results["causes"]) == 1
    assert len(done.rounds) <= 2  # that of all checks, and the one that found the smallest case


def test_two_workers_without_findings_leave_no_rounds_and_no_resources(
    conforming: str, tmp_path: Path
) -> None:
    before = resources(conforming)
    limits = ("--max-requests", "1200", "--workers", "2", "--max-live", "20", "--rate-limit", "2000/s")
    done = fuzz(conforming, tmp_path / "out", *SELECTION, *limits, "--quiet")
    assert done.code == 0, done.output
    assert done.rounds == []
    [output] = done.output.splitlines()
    assert output.startswith(f"partial: {done.results['campaign']['rounds']} rounds, 0 distinct findings")
    assert 600 < done.results["requests"] <= 1260  # the deletes at the end of a round are not counted
    assert resources(conforming) == before


def test_progress_is_printed_periodically_without_a_terminal(
    conforming: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz_module, "HEARTBEAT_INTERVAL", 0.0)
    options = [*SELECTION, "--corpus", "", "--max-seconds", "3"]
    line = ["fuzz", "--target", conforming, "--output", str(tmp_path), *options]
    done = CliRunner().invoke(main, line, env=ENVIRONMENT, catch_exceptions=False)
    assert done.exit_code in {0, 3}, done.output  # depending on its progress in that time
    line_of_progress = (
        r"^[01] rounds?  [0-9,]+ requests \([0-9,]+/s\)  .*0 distinct findings  [0-9]+ s remaining$"
    )
    assert re.search(line_of_progress, done.output, re.MULTILINE), done.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_stops_the_campaign_with_clean_up(number: signal.Signals, tmp_path: Path) -> None:
    with reference_server("--latency", "15") as origin:
        before = resources(origin)
        with started(
            origin, tmp_path, *SELECTION, "--workers", "2", "--seed", "1", command=INTERRUPTIBLE_COMMAND
        ) as process:
            ledgers = [tmp_path / f"round-{seed}" / "ledger.ndjson" for seed in (2, 3)]
            with ThreadPoolExecutor() as pool:  # one round may end before the other starts
                list(pool.map(wait_for, ledgers, (40, 40)))
            process.send_signal(number)
            output, _ = process.communicate(timeout=TIMEOUT)
        assert resources(origin) == before
    results = json.loads((tmp_path / "results.json").read_text())
    assert (process.returncode, results["verdict"], results["exit_code"]) == (130, "interrupted", 130), output
    assert validation_errors(results_schema(), results) == []
    assert results["requests"] > 80
    assert not list(tmp_path.glob("round-*"))
    assert "Traceback" not in output


def test_a_round_cleans_up_after_its_parent_process_is_killed(tmp_path: Path) -> None:
    with reference_server("--latency", "15") as origin:
        before = resources(origin)
        with started(origin, tmp_path, "--seed", "1") as process:
            wait_for(tmp_path / "round-1" / "ledger.ndjson", 40)
            process.kill()
            process.communicate(timeout=TIMEOUT)
            wait_for(tmp_path / "round-1" / "results.json", 1)
        assert resources(origin) == before


def wait_for(file: Path, lines: int) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not file.exists() or file.read_bytes().count(b"\n") < lines:
        assert time.monotonic() < deadline
        time.sleep(0.01)


UNSUPPORTED = {
    "no random values": (["--effort", "smoke"], "--effort smoke generates no random values"),
    "read-only": (["--read-only"], "fuzz cannot be combined with --read-only"),
    "leftovers allowed": (["--allow-leftovers"], "the target must be able to delete them"),
    "too many workers": (["--workers", "20"], "--concurrency 16 cannot be shared by 20 workers"),
    "live limit too low": (
        ["--workers", "4", "--max-live", "3"],
        "--max-live 3 cannot be shared by 4 workers",
    ),
    "too few requests": (["--workers", "4", "--max-requests", "3"], "--max-requests 3 cannot be shared"),
    "no property-based check": (["--select", "VC-CREATE-MINIMAL"], "matches no property-based check"),
    "unknown selection": (["--select", "VC-CRATE-MINIMAL"], "did you mean 'VC-CREATE-MINIMAL'?"),
    "fault with a target": (["--fault", RARE], "--fault and --variant apply only to the built-in"),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_unsupported_options_are_usage_errors(name: str, tmp_path: Path) -> None:
    options, message = UNSUPPORTED[name]
    line = ["fuzz", "--target", "http://127.0.0.1:1", "--output", str(tmp_path / "out"), *options]
    done = CliRunner().invoke(main, line, env=ENVIRONMENT, catch_exceptions=False)
    assert done.exit_code == 2
    assert message in done.output
    assert not (tmp_path / "out").exists()


def test_an_unreachable_target_fails_the_preflight(tmp_path: Path) -> None:
    done = fuzz("http://127.0.0.1:1", tmp_path / "out", "--workers", "2")
    assert done.code == 2
    assert "cannot be reached" in done.output
    assert (done.results["verdict"], done.rounds) == ("not-started", [])


def test_an_output_folder_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = fuzz("http://127.0.0.1:1", tmp_path / "file" / "out")
    assert done.code == 2
    assert "cannot be written to" in done.output


def test_the_built_in_server_is_fuzzed_without_a_target(tmp_path: Path) -> None:
    options = [*SELECTION, "--max-seconds", "1", "--variant", "slow"]
    line = [sys.executable, "-m", "conformance", "fuzz", *options]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "built-in reference server (no --target specified)" in done.stdout
    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert done.stderr == ""
