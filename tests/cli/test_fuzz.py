"""The command `conformance fuzz`: few findings, each once, for as long as one likes."""

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

from conformance.cli import fuzz as command
from conformance.cli.main import main
from reports.records.plain_run import differences
from spec.data_files import results_schema
from spec.validation import errors
from tests.support import killed_runs
from tests.support.fake_targets import ENVIRONMENT, Received, Reply, between, reference
from tests.support.killed_runs import COMMAND, HEARING, resources

RARE = "instants-after-2106-refused"
FIRST = 6  # seed
BODIES = ("--effort", "standard", "--select", "VC-CREATE-CONFORMING")
PATIENCE = 60.0


@dataclass(frozen=True)
class Fuzz:
    """An exploration that ended, and what it left."""

    code: int
    said: str
    folder: Path

    @property
    def results(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / "results.json").read_text())
        return read

    @property
    def rounds(self) -> list[str]:
        return sorted(each.name for each in self.folder.glob("round-*"))

    @property
    def seed(self) -> int:
        """Return the seed of the one round that was kept."""
        [kept] = self.rounds
        return int(kept.removeprefix("round-"))


def files(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def started(
    origin: str, folder: Path, *options: str, by: tuple[str, ...] = COMMAND
) -> "subprocess.Popen[str]":
    return killed_runs.started(origin, folder, *options, command=by, does="fuzz")


def fuzz(origin: str, folder: Path, *options: str) -> Fuzz:
    with started(origin, folder, *options) as process:
        said, _ = process.communicate(timeout=PATIENCE)
    return Fuzz(process.returncode, said, folder)


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    with reference("--fault", RARE) as origin:
        yield origin


@pytest.fixture(scope="module")
def sound() -> Iterator[str]:
    with reference() as origin:
        yield origin


@pytest.fixture(scope="module")
def found(faulty: str, tmp_path_factory: pytest.TempPathFactory) -> Fuzz:
    folder = tmp_path_factory.mktemp("found") / "out"
    return fuzz(faulty, folder, *BODIES, "--seed", str(FIRST), "--fail-fast")


def test_what_is_found_in_many_rounds_is_told_once(found: Fuzz) -> None:
    assert found.code == 1
    assert found.said.count("failed  VC-CREATE-CONFORMING (must)") == 1
    for field in ("sent", "expected", "received", "why", "source", "curl", "rerun", "round"):
        assert found.said.count(f"\n  {field:<9} ") == 1
    assert f"--seed {found.seed} --select VC-CREATE-CONFORMING" in found.said
    last = found.said.splitlines()[-1]
    assert last.startswith("does not conform  ")
    assert ", 1 distinct finding, " in last
    assert last.endswith(f"(exit code 1); reports in {found.folder}/")


def test_only_the_round_that_shows_it_is_kept(found: Fuzz) -> None:
    kept = found.folder / f"round-{found.seed}"
    assert {"results.json", "report.html", "evidence.ndjson", "ledger.ndjson"} <= files(kept)
    assert found.results["notes"][-1].startswith(f"round-{found.seed}: ")


def test_its_record_is_one_of_all_rounds(found: Fuzz) -> None:
    results = found.results
    assert errors(results_schema(), results) == []
    assert results["exploration"] == {"rounds": found.seed - FIRST + 1, "findings": 1}
    assert (results["exit_code"], results["seed"], results["exploring"]) == (1, FIRST, False)
    [decided] = results["requirements"]
    assert (decided["verdict"], len(decided["findings"])) == ("failed", 1)
    assert {"report.html", "summary.md", "junit.xml", "badge.svg"} <= files(found.folder)


def test_its_curl_line_runs_and_shows_it(found: Fuzz) -> None:
    [line] = [each for each in found.said.splitlines() if each.startswith("  curl ")]
    done = subprocess.run(
        ["bash", "-c", line.removeprefix("  curl").strip()],
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("HTTP/1.1 422")


def test_the_round_can_be_judged_again_and_is_a_part(found: Fuzz) -> None:
    kept = found.folder / found.rounds[0]
    done = CliRunner().invoke(main, ["verify", str(kept)], catch_exceptions=False)
    assert (done.exit_code, done.output.split("  ")[0]) == (0, "does not conform")
    told = json.loads((kept / "results.json").read_text())
    assert told["exploring"] is (found.seed > FIRST)
    options = [difference.option for difference in differences(told)]
    assert ("a round of fuzz" in options) is told["exploring"]


def test_the_reports_of_all_rounds_can_be_written_again(found: Fuzz, tmp_path: Path) -> None:
    again = ["report", str(found.folder), "--output", str(tmp_path)]
    done = CliRunner().invoke(main, again, catch_exceptions=False)
    assert done.exit_code == 1
    assert ", 1 distinct finding, " in done.output.splitlines()[-1]


def refusing_a_size(received: Received) -> Reply | None:
    body = b'{"errors":[{"type":"validation_error","code":"x","message":"No","attribute":"size","url":"u"}]}'
    return Reply(422, body) if b'"size"' in received.body else None


def test_what_every_round_shows_is_one_finding(sound: str, tmp_path: Path) -> None:
    with between(sound, refusing_a_size) as origin:
        done = fuzz(origin, tmp_path / "out", *BODIES, "--seed", "0", "--max-seconds", "12", "--workers", "2")
    assert (done.code, done.said.count("\nfailed ")) == (1, 1), done.said
    assert done.results["exploration"]["rounds"] >= 2
    assert done.results["exploration"]["findings"] == len(done.rounds) == 1
    assert len(done.results["requirements"][0]["findings"]) == 1


def test_two_workers_that_find_nothing_leave_nothing(sound: str, tmp_path: Path) -> None:
    before = resources(sound)
    limits = ("--max-requests", "1200", "--workers", "2", "--max-live", "20", "--rate-limit", "2000/s")
    done = fuzz(sound, tmp_path / "out", *BODIES, *limits, "--quiet")
    assert done.code == 0, done.said
    assert done.rounds == []
    [said] = done.said.splitlines()
    assert said.startswith(f"conforms  {done.results['exploration']['rounds']} rounds, 0 distinct findings")
    assert 600 < done.results["requests"] <= 1300  # what is deleted at the end comes on top
    assert resources(sound) == before


def test_it_says_now_and_then_how_far_it_is(
    sound: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_OFTEN", 0.0)
    line = ["fuzz", "--target", sound, "--output", str(tmp_path), *BODIES, "--max-seconds", "3"]
    done = CliRunner().invoke(main, line, env=ENVIRONMENT, catch_exceptions=False)
    assert done.exit_code in {0, 3}, done.output  # by how far it comes in that time
    assert re.search(r"^1 round  [0-9,]+ requests  0 distinct findings$", done.output, re.MULTILINE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_it_can_be_ended_at_any_time_in_good_order(number: signal.Signals, tmp_path: Path) -> None:
    with reference("--latency", "15") as origin:
        before = resources(origin)
        with started(origin, tmp_path, *BODIES, "--workers", "2", "--seed", "1", by=HEARING) as process:
            ledgers = [tmp_path / f"round-{seed}" / "ledger.ndjson" for seed in (2, 3)]
            with ThreadPoolExecutor() as watching:  # the one may be over before the other begins
                list(watching.map(wait_for, ledgers, (40, 40)))
            process.send_signal(number)
            said, _ = process.communicate(timeout=PATIENCE)
        assert resources(origin) == before
    results = json.loads((tmp_path / "results.json").read_text())
    assert (process.returncode, results["verdict"], results["exit_code"]) == (130, "interrupted", 130), said
    assert errors(results_schema(), results) == []
    assert results["requests"] > 80
    assert not list(tmp_path.glob("round-*"))
    assert "Traceback" not in said


def test_rounds_end_and_clean_up_where_the_command_is_killed(tmp_path: Path) -> None:
    with reference("--latency", "15") as origin:
        before = resources(origin)
        with started(origin, tmp_path, "--seed", "1") as process:
            wait_for(tmp_path / "round-1" / "ledger.ndjson", 40)
            process.kill()
            process.communicate(timeout=PATIENCE)
            wait_for(tmp_path / "round-1" / "results.json", 1)
        assert resources(origin) == before


def wait_for(file: Path, lines: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not file.exists() or file.read_bytes().count(b"\n") < lines:
        assert time.monotonic() < deadline
        time.sleep(0.01)


REFUSED = {
    "no random values": (["--effort", "smoke"], "--effort smoke draws no random values"),
    "nothing may be created": (["--read-only"], "--read-only leaves nothing to explore"),
    "nothing is deleted": (["--allow-leftovers"], "it needs a target that deletes them"),
    "too many workers": (["--workers", "20"], "--concurrency 16 cannot be shared by 20 workers"),
    "too little room": (["--workers", "4", "--max-live", "3"], "--max-live 3 cannot be shared by 4 workers"),
    "too few requests": (["--workers", "4", "--max-requests", "3"], "--max-requests 3 cannot be shared"),
    "directed checks alone": (["--select", "VC-CREATE-MINIMAL"], "names nothing that draws random values"),
    "a choice of nothing": (["--select", "VC-CRATE-MINIMAL"], "did you mean 'VC-CREATE-MINIMAL'?"),
    "a fault of a target": (["--fault", RARE], "--fault and --variant belong to the built-in"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_explored_is_refused(name: str, tmp_path: Path) -> None:
    options, told = REFUSED[name]
    line = ["fuzz", "--target", "http://127.0.0.1:1", "--output", str(tmp_path / "out"), *options]
    done = CliRunner().invoke(main, line, env=ENVIRONMENT, catch_exceptions=False)
    assert done.exit_code == 2
    assert told in done.output
    assert not (tmp_path / "out").exists()


def test_a_target_that_is_not_there_is_refused_as_by_a_run(tmp_path: Path) -> None:
    done = fuzz("http://127.0.0.1:1", tmp_path / "out", "--workers", "2")
    assert done.code == 2
    assert "cannot be reached" in done.said
    assert (done.results["verdict"], done.rounds) == ("not-started", [])


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = fuzz("http://127.0.0.1:1", tmp_path / "file" / "out")
    assert done.code == 2
    assert "cannot be written to" in done.said


def test_the_built_in_server_is_explored_where_no_target_is_named(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "conformance", "fuzz", "--max-seconds", "1", *BODIES, "--variant", "slow"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "the built-in reference server (no --target given)" in done.stdout
    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert done.stderr == ""
