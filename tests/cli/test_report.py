"""The `conformance report` and `conformance compare` commands."""

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
from spec.validation import validation_errors
from tests.support.bundles import run_reference
from tests.support.shard_records import entry, record

VIOLATED = "VC-CREATE-DATE-ONLY"
FAULT = "date-only-becomes-end-of-day"
SELECT = f"{VIOLATED},VC-CREATE-MINIMAL,VC-GET-UNKNOWN-ID,VC-CREATE-ROUTE"


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)], env={"COLUMNS": "200"}, catch_exceptions=False)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save_record(name: str, content: dict[str, Any]) -> Path:
    """Write a record to a new folder, and return the folder."""
    Path(name).mkdir()
    results_file.write(content, Path(name, results_file.FILE))
    return Path(name)


def test_the_reports_of_a_run_are_regenerated_in_place() -> None:
    original = run_reference(Path("out"), [FAULT], select=SELECT)
    Path("out/junit.xml").unlink()
    result = invoke("report", "out")
    assert (result.exit_code, original["exit_code"]) == (1, 1)
    assert f"failed  {VIOLATED} (must)" in result.output
    assert Path("out/junit.xml").is_file()
    assert results_file.read(Path("out/results.json")) == original


def test_the_reports_of_a_run_are_written_to_output() -> None:
    save_record("a", record(entry(VIOLATED)))
    assert invoke("report", "a", "--output", "deep/b").exit_code == 0
    regenerated = results_file.read(Path("deep/b/results.json"))
    assert regenerated == {**results_file.read(Path("a/results.json")), "overall_status": "partial"}
    assert not Path("a/junit.xml").exists()


def test_shards_are_merged_into_one_run() -> None:
    for number in (1, 2):
        run_reference(Path(f"s{number}"), [FAULT], select=SELECT, shard=Shard(number, 2))
    result = invoke("report", "s1", "s2")
    merged = results_file.read(Path("conformance-results/results.json"))
    assert (result.exit_code, merged["verdict"], merged["shard"]) == (1, "does-not-conform", None)
    assert {requirement["id"] for requirement in merged["requirements"]} == set(SELECT.split(","))
    assert validation_errors(results_schema(), merged) == []
    assert Path("conformance-results/junit.xml").is_file()


def test_a_single_shard_is_incomplete() -> None:
    run_reference(Path("s1"), select=SELECT, shard=Shard(1, 2))
    result = invoke("report", "s1", "--output", "all")
    assert result.exit_code == 3
    assert "conformance: missing shards of 2: 2" in result.stderr
    assert results_file.read(Path("s1/results.json"))["shard"] == {"number": 1, "of": 2}


def test_an_input_is_not_overwritten() -> None:
    for name in ("a", "conformance-results"):
        save_record(name, record(entry(VIOLATED), prefix=name))
    result = invoke("report", "a", "conformance-results")
    assert result.exit_code == 2
    assert "conformance-results is one of the inputs; specify another folder with --output" in result.stderr
    assert invoke("report", "a", "conformance-results", "--output", "./a/../a").exit_code == 2


def test_incompatible_records_are_exit_2() -> None:
    save_record("a", record(entry(VIOLATED)))
    save_record("b", record(entry(VIOLATED), effort="standard"))
    result = invoke("report", "a", "b")
    assert result.exit_code == 2
    assert "differ in effort: smoke and standard" in result.stderr
    assert not Path("conformance-results").exists()


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def replace_by_array(path: Path) -> None:
    path.write_text("[]")


def replace_by_nesting(path: Path) -> None:
    path.write_text("[" * 100_000)


def replace_by_bytes(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")


def change_members(**members: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        results_file.write({**results_file.read(path), **members}, path)

    return change


CORRUPTIONS: list[tuple[Callable[[Path], None], str]] = [
    (truncate, "is not valid JSON, or incomplete"),
    (replace_by_array, "not a JSON object"),
    (replace_by_nesting, "is not valid JSON, or incomplete"),
    (replace_by_bytes, "is not valid JSON, or incomplete"),
    (change_members(schema_version=1), "schema_version is 1; this suite reads 2"),
    (change_members(verdict="fine"), "verdict: 'fine' is not one of"),
    (
        change_members(requirements=[entry(VIOLATED, "skipped")]),
        "requirements/0/verdict: 'skipped' is not one of",
    ),
    (change_members(effort="\x1b[2J"), r"\x1b[2J"),
    (change_members(requirements=[]), "the footer counts 1 requirements; there are 0"),
    (change_members(causes=[{"cause": "c", "primary": "VC-X", "related": []}]), "a cause names VC-X"),
    (
        change_members(
            requirements=[entry(VIOLATED)] * 2,
            footer={"complete": True, "requirements": 2, "exchanges": 0, "evidence": None},
        ),
        f"requirement {VIOLATED} occurs twice",
    ),
]


@pytest.mark.parametrize("corrupt, problem", CORRUPTIONS)
def test_an_invalid_record_is_rejected_by_report_and_compare(
    corrupt: Callable[[Path], None], problem: str
) -> None:
    path = save_record("a", record(entry(VIOLATED))) / results_file.FILE
    save_record("b", record(entry(VIOLATED)))
    corrupt(path)
    for arguments in (["report", "a"], ["compare", "b", "a"], ["compare", path, "b"]):
        result = invoke(*arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith("conformance: a/results.json ")
        assert problem in result.stderr
        assert "\x1b" not in result.stderr


@pytest.mark.parametrize("name", ["empty", "nowhere"])
def test_a_folder_without_a_run_is_rejected(name: str) -> None:
    Path("empty").mkdir()
    result = invoke("report", name)
    assert result.exit_code == 2
    assert (
        f"{name} contains neither results.json nor evidence.ndjson; specify the output directory"
        in result.stderr
    )


def test_an_output_folder_that_cannot_be_written_is_exit_2() -> None:
    save_record("a", record(entry(VIOLATED)))
    Path("file").touch()
    result = invoke("report", "a", "--output", "file/below")
    assert (result.exit_code, "--output 'file/below' cannot be written to" in result.stderr) == (2, True)


def test_an_unknown_selection_in_a_record_is_rejected() -> None:
    save_record("a", record(entry(VIOLATED), select="ZZZ", prefix="a"))
    save_record("b", record(entry(VIOLATED), prefix="b"))
    assert "no requirement matches 'ZZZ'" in invoke("report", "a", "b").stderr


LINES = 300  # of evidence: the run is still far from complete


def start_and_kill(folder: Path) -> None:
    """Start a run and kill it."""
    command = [sys.executable, "-m", "conformance", "run", "--effort", "smoke", "--output", str(folder)]
    evidence = folder / "evidence.ndjson"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 30
        while not evidence.exists() or evidence.read_bytes().count(b"\n") < LINES:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)


def test_the_verdicts_of_a_killed_run_are_recomputed_from_its_evidence() -> None:
    save_record("out", record(entry(VIOLATED)))  # an earlier run, whose record must not be used
    start_and_kill(Path("out"))
    assert not Path("out/results.json").exists()
    result = invoke("report", "out")
    assert result.exit_code == 130
    assert "out has no results.json; recomputing verdicts from the evidence" in result.stderr
    recomputed = results_file.read_validated(Path("out/results.json"))
    assert (recomputed["verdict"], recomputed["footer"]["complete"]) == ("interrupted", False)
    assert recomputed["requests"] >= LINES - 2
    assert Path("out/junit.xml").is_file()


def test_commands_that_read_a_killed_run_leave_its_folder_as_it_is() -> None:
    run_reference(Path("out"), select=VIOLATED)
    Path("out/results.json").unlink()
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    save_record("other", {**record(entry(VIOLATED)), "effort": "thorough"})
    for arguments, code in (
        (("report", "out", "other"), 2),  # the runs cannot be merged
        (("report", "out", "--output", "reports"), 0),
        (("report", "out", "--format", "har", "--output", "archive"), 0),
        (("compare", "out", "out"), 0),
    ):
        assert invoke(*arguments).exit_code == code, arguments
    assert {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == before


def test_a_comparison_does_not_overwrite_what_it_compares() -> None:
    save_record("a", record(entry(VIOLATED)))
    before = Path("a/results.json").read_bytes()
    for first in ("a", "a/results.json"):
        result = invoke("compare", first, "a", "--output", "a/results.json")
        assert (result.exit_code, "a/results.json is one of the inputs" in result.stderr) == (2, True)
    assert Path("a/results.json").read_bytes() == before


@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "its header is missing"),
        ('{"x": 1}\n', "not a header of evidence"),
        ('{"header": {"format": 2}}\n', "is not valid ($: 'suite' is a required property)"),
    ],
)
def test_invalid_evidence_is_rejected(text: str, problem: str) -> None:
    Path("out").mkdir()
    Path("out/evidence.ndjson").write_text(text)
    result = invoke("report", "out")
    assert (result.exit_code, problem in result.stderr) == (2, True), result.stderr


def test_compare_fails_if_a_verdict_got_worse() -> None:
    save_record("a", record(entry(VIOLATED)))
    save_record("b", record(entry(VIOLATED, "failed")))
    result = invoke("compare", "a", "b/results.json")
    assert (result.exit_code, f"worse  {VIOLATED} (must)  passed -> failed" in result.output) == (1, True)
    result = invoke("compare", "b", "a")
    assert (result.exit_code, "0 worse, 1 better, 0 other changes" in result.output) == (0, True)
    assert invoke("compare", "a", "a").exit_code == 0


def test_the_suffix_determines_the_format_of_a_comparison() -> None:
    save_record("a", record(entry(VIOLATED)))
    save_record("b", record(entry(VIOLATED, "failed")))
    for name in ("c.md", "c.json"):
        assert invoke("compare", "a", "b", "--output", name).exit_code == 1
    assert Path("c.md").read_text().startswith("# Comparison\n\n1 worse, 0 better, 0 other changes")
    assert json.loads(Path("c.json").read_text())["worse"][0]["id"] == VIOLATED


@pytest.mark.parametrize(
    "arguments, problem",
    [
        (["a", "a", "--output", "c.txt"], "--output c.txt: the file name must end in .md or .json"),
        (["a", "a", "--output", "none/c.md"], "none/c.md cannot be written"),
        (["a", "nowhere"], "nowhere cannot be read"),
        (["a", "empty"], "the verdict is conforms, but no requirement was decided"),
    ],
)
def test_an_impossible_comparison_is_exit_2(arguments: list[str], problem: str) -> None:
    save_record("a", record(entry(VIOLATED)))
    save_record("empty", record())
    result = invoke("compare", *arguments)
    assert (result.exit_code, problem in result.stderr) == (2, True), result.stderr


def test_a_copied_folder_is_rejected_as_a_duplicate() -> None:
    save_record("a", record(entry(VIOLATED)))
    shutil.copytree("a", "b")
    assert "was passed twice" in invoke("report", "a", "b").stderr
