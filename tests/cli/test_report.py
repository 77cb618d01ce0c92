"""`conformance report` and `conformance compare`, from folders to files, screen and exit code."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.config.settings import Shard
from reports.records import results_file
from spec.data_files import results_schema
from spec.validation import errors
from tests.support.bundles import ran
from tests.support.shard_records import entry, record

BROKEN = "VC-CREATE-DATE-ONLY"
FAULT = "date-only-becomes-end-of-day"
SELECT = f"{BROKEN},VC-CREATE-MINIMAL,VC-GET-UNKNOWN-ID,VC-CREATE-ROUTE"


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)], env={"COLUMNS": "200"}, catch_exceptions=False)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kept(name: str, made: dict[str, Any]) -> Path:
    """Write a record into a folder of that name."""
    Path(name).mkdir()
    results_file.write(made, Path(name, results_file.FILE))
    return Path(name)


def test_a_run_is_rendered_again_where_it_stands() -> None:
    made = ran(Path("out"), [FAULT], select=SELECT)
    Path("out/junit.xml").unlink()
    told = invoke("report", "out")
    assert (told.exit_code, made["exit_code"]) == (1, 1)
    assert f"failed  {BROKEN} (must)" in told.output
    assert Path("out/junit.xml").is_file()
    assert results_file.read(Path("out/results.json")) == made


def test_a_run_is_rendered_elsewhere_if_one_likes() -> None:
    kept("a", record(entry(BROKEN)))
    assert invoke("report", "a", "--output", "deep/b").exit_code == 0
    assert results_file.read(Path("deep/b/results.json")) == results_file.read(Path("a/results.json"))
    assert not Path("a/junit.xml").exists()


def test_shards_become_one_run_with_its_exit_code() -> None:
    for number in (1, 2):
        ran(Path(f"s{number}"), [FAULT], select=SELECT, shard=Shard(number, 2))
    told = invoke("report", "s1", "s2")
    made = results_file.read(Path("conformance-results/results.json"))
    assert (told.exit_code, made["verdict"], made["shard"]) == (1, "does-not-conform", None)
    assert {each["id"] for each in made["requirements"]} == set(SELECT.split(","))
    assert errors(results_schema(), made) == []
    assert Path("conformance-results/junit.xml").is_file()


def test_one_shard_alone_is_not_the_run() -> None:
    ran(Path("s1"), select=SELECT, shard=Shard(1, 2))
    told = invoke("report", "s1", "--output", "all")
    assert told.exit_code == 3
    assert "conformance: missing shards of 2: 2" in told.stderr
    assert results_file.read(Path("s1/results.json"))["shard"] == {"number": 1, "of": 2}


def test_an_input_is_not_written_over() -> None:
    for name in ("a", "conformance-results"):
        kept(name, record(entry(BROKEN), prefix=name))
    told = invoke("report", "a", "conformance-results")
    assert told.exit_code == 2
    assert "conformance-results is one of the inputs; name another folder with --output" in told.stderr
    assert invoke("report", "a", "conformance-results", "--output", "./a/../a").exit_code == 2


def test_records_that_do_not_belong_together_are_exit_2() -> None:
    kept("a", record(entry(BROKEN)))
    kept("b", record(entry(BROKEN), effort="standard"))
    told = invoke("report", "a", "b")
    assert told.exit_code == 2
    assert "differ in effort: smoke and standard" in told.stderr
    assert not Path("conformance-results").exists()


def shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def emptied(path: Path) -> None:
    path.write_text("[]")


def deepened(path: Path) -> None:
    path.write_text("[" * 100_000)


def garbled(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")


def changed(**members: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        results_file.write({**results_file.read(path), **members}, path)

    return change


SPOILED: list[tuple[Callable[[Path], None], str]] = [
    (shortened, "is not valid JSON, or incomplete"),
    (emptied, "not a JSON object"),
    (deepened, "is not valid JSON, or incomplete"),
    (garbled, "is not valid JSON, or incomplete"),
    (changed(schema_version=2), "its schema_version is 2; this suite reads 1"),
    (changed(verdict="fine"), "verdict: 'fine' is not one of"),
    (changed(requirements=[entry(BROKEN, "skipped")]), "requirements/0/verdict: 'skipped' is not one of"),
    (changed(effort="\x1b[2J"), r"\x1b[2J"),
    (changed(requirements=[]), "its footer counts 1 requirements; there are 0"),
    (changed(causes=[{"cause": "c", "lead": "VC-X", "others": []}]), "a cause names VC-X"),
    (
        changed(
            requirements=[entry(BROKEN)] * 2,
            footer={"complete": True, "requirements": 2, "exchanges": 0, "evidence": None},
        ),
        f"requirement {BROKEN} occurs twice",
    ),
]


@pytest.mark.parametrize("spoil, problem", SPOILED)
def test_a_record_that_is_spoiled_is_refused_by_both(spoil: Callable[[Path], None], problem: str) -> None:
    path = kept("a", record(entry(BROKEN))) / results_file.FILE
    kept("b", record(entry(BROKEN)))
    spoil(path)
    for arguments in (["report", "a"], ["compare", "b", "a"], ["compare", path, "b"]):
        told = invoke(*arguments)
        assert told.exit_code == 2
        assert told.stderr.startswith("conformance: a/results.json ")
        assert problem in told.stderr
        assert "\x1b" not in told.stderr


@pytest.mark.parametrize("name", ["empty", "nowhere"])
def test_a_folder_without_a_run_is_refused(name: str) -> None:
    Path("empty").mkdir()
    told = invoke("report", name)
    assert told.exit_code == 2
    assert f"{name} holds neither results.json nor evidence.ndjson: name the --output of a run" in told.stderr


def test_an_output_that_cannot_be_written_is_told() -> None:
    kept("a", record(entry(BROKEN)))
    Path("file").touch()
    told = invoke("report", "a", "--output", "file/below")
    assert (told.exit_code, "--output 'file/below' cannot be written to" in told.stderr) == (2, True)


def test_a_selection_of_what_there_is_not_is_refused() -> None:
    kept("a", record(entry(BROKEN), select="ZZZ", prefix="a"))
    kept("b", record(entry(BROKEN), prefix="b"))
    assert "called 'ZZZ'" in invoke("report", "a", "b").stderr


LINES = 300  # of evidence: the run is under way, and far from its end


def killed(folder: Path) -> None:
    """Start a run and kill it."""
    command = [sys.executable, "-m", "conformance", "run", "--effort", "smoke", "--output", str(folder)]
    left = folder / "evidence.ndjson"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 30
        while not left.exists() or left.read_bytes().count(b"\n") < LINES:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)


def test_a_run_that_was_killed_is_judged_by_its_evidence() -> None:
    kept("out", record(entry(BROKEN)))  # of an earlier run, which must not stand for this one
    killed(Path("out"))
    assert not Path("out/results.json").exists()
    told = invoke("report", "out")
    assert told.exit_code == 130
    assert "out has no results.json; its evidence is judged again" in told.stderr
    made = results_file.checked(Path("out/results.json"))
    assert (made["verdict"], made["footer"]["complete"]) == ("interrupted", False)
    assert made["requests"] >= LINES - 2
    assert Path("out/junit.xml").is_file()


@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "holds no evidence"),
        ('{"x": 1}\n', "this is no header"),
        ('{"header": {"format": 1}}\n', "does not say what was run ($: 'suite' is a required property)"),
    ],
)
def test_evidence_that_cannot_be_judged_is_refused(text: str, problem: str) -> None:
    Path("out").mkdir()
    Path("out/evidence.ndjson").write_text(text)
    told = invoke("report", "out")
    assert (told.exit_code, problem in told.stderr) == (2, True), told.stderr


def test_a_comparison_fails_if_anything_got_worse() -> None:
    kept("a", record(entry(BROKEN)))
    kept("b", record(entry(BROKEN, "failed")))
    worse = invoke("compare", "a", "b/results.json")
    assert (worse.exit_code, f"worse  {BROKEN} (must)  passed -> failed" in worse.output) == (1, True)
    better = invoke("compare", "b", "a")
    assert (better.exit_code, "0 worse, 1 better, 0 otherwise" in better.output) == (0, True)
    assert invoke("compare", "a", "a").exit_code == 0


def test_a_comparison_is_written_by_its_suffix() -> None:
    kept("a", record(entry(BROKEN)))
    kept("b", record(entry(BROKEN, "failed")))
    for name in ("c.md", "c.json"):
        assert invoke("compare", "a", "b", "--output", name).exit_code == 1
    assert Path("c.md").read_text().startswith("# Comparison\n\n1 worse, 0 better, 0 otherwise")
    assert json.loads(Path("c.json").read_text())["worse"][0]["id"] == BROKEN


@pytest.mark.parametrize(
    "arguments, problem",
    [
        (["a", "a", "--output", "c.txt"], "--output c.txt ends in neither .md nor .json"),
        (["a", "a", "--output", "none/c.md"], "none/c.md cannot be written"),
        (["a", "nowhere"], "nowhere cannot be read"),
        (["a", "empty"], "B contains no verdicts (conforms): no requirement was selected"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_exit_2(arguments: list[str], problem: str) -> None:
    kept("a", record(entry(BROKEN)))
    kept("empty", record())
    told = invoke("compare", *arguments)
    assert (told.exit_code, problem in told.stderr) == (2, True), told.stderr


def test_a_folder_that_was_copied_is_the_same_run_twice() -> None:
    kept("a", record(entry(BROKEN)))
    shutil.copytree("a", "b")
    assert "was passed twice" in invoke("report", "a", "b").stderr
