"""The replay command: exit codes, reports, pruning, and confirmation of the target."""

import json
import shutil
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from tests.support.fake_targets import ENVIRONMENT
from tests.support.replays import findings_of

FAULTS: Final = ("date-only-becomes-end-of-day", "any-token")
DATE: Final = "VC-CREATE-DATE-ONLY-83408ef1"
TOKEN: Final = "API-AUTH-PASSWORD-IS-TOKEN-ad12a57f"


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output folder of a run with two findings, as if at the built-in server."""
    folder = tmp_path_factory.mktemp("run") / "results"
    findings_of(folder, FAULTS)
    for path in folder.glob("findings/*/finding.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(
            json.dumps({**data, "target": {**data["target"], "reference": True}}), encoding="utf-8"
        )
    return folder


@pytest.fixture
def results(run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the output folder in the current directory."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return shutil.copytree(run_folder, tmp_path / "results")


def invoke(*arguments: str | Path, **variables: str) -> Result:
    return CliRunner().invoke(
        main, ["replay", *map(str, arguments)], env={"COLUMNS": "200", **variables}, catch_exceptions=False
    )


def test_one_finding_is_present_and_one_is_gone(results: Path, tmp_path: Path) -> None:
    summary = tmp_path / "step.md"
    result = invoke(results, "--fault", "any-token", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert result.exit_code == 1, result.output
    assert f"present    {TOKEN} (must)" in result.stdout
    assert f"gone       {DATE} (must)" in result.stdout
    assert "1 still present, 0 changed, 0 not decided, 1 gone of 2 findings" in result.stdout
    assert "::error title=still present%3A API-AUTH-PASSWORD-IS-TOKEN (must)::" in result.stdout
    output = tmp_path / "conformance-replay"
    assert summary.read_text(encoding="utf-8") == (output / "summary.md").read_text(encoding="utf-8")
    assert "still present | API-AUTH-PASSWORD-IS-TOKEN | must" in summary.read_text(encoding="utf-8")
    suite = ET.parse(output / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    assert {path.name for path in output.iterdir() if path.is_file()} >= {"evidence.ndjson", "ledger.ndjson"}


def test_prune_deletes_the_folders_of_findings_that_are_gone(results: Path) -> None:
    own = results / "findings" / TOKEN / "notes.txt"
    own.write_text("notes", encoding="utf-8")
    result = invoke(results, "--prune", "--json")
    record: dict[str, Any] = json.loads(result.stdout)
    assert (result.exit_code, record["exit_code"], record["schema_version"]) == (0, 0, 1)
    assert record["counts"] == {"present": 0, "gone": 2, "changed": 0, "undecided": 0}
    assert {Path(folder).name for folder in record["pruned"]} == {DATE, TOKEN}
    assert all(entry["attempts"] == 2 for entry in record["findings"])
    remaining = {path.relative_to(results / "findings") for path in results.glob("findings/**/*")}
    assert remaining == {Path(".conformance-output"), Path(TOKEN), Path(TOKEN, "notes.txt")}


def test_folders_are_kept_without_prune_and_those_of_a_bundle_in_any_case(results: Path) -> None:
    (results / "certificate.json").write_text("{}", encoding="utf-8")
    result = invoke(results, "--prune")
    assert result.exit_code == 0
    assert result.stderr.count("is part of a certified bundle") == 2
    assert len(list(results.glob("findings/*/finding.json"))) == 2


def test_a_folder_that_no_run_wrote_is_kept(results: Path) -> None:
    (results / "findings" / ".conformance-output").unlink()
    result = invoke(results / "findings" / DATE, "--prune")
    assert result.exit_code == 0
    assert "does not list it" in result.stderr
    assert (results / "findings" / DATE / "finding.json").exists()


def test_a_damaged_finding_leaves_the_replay_undecided(results: Path) -> None:
    (results / "findings" / TOKEN / "finding.json").write_text("{", encoding="utf-8")
    result = invoke(results)
    assert result.exit_code == 3
    assert f"{TOKEN}/finding.json is not a finding of a run" in result.stderr
    assert "0 still present, 0 changed, 1 not decided, 1 gone of 2 findings" in result.stdout


def test_the_recorded_target_has_to_be_confirmed(results: Path) -> None:
    path = results / "findings" / DATE / "finding.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["target"] = {"origin": "https://evil.example", "reference": False}
    path.write_text(json.dumps(data), encoding="utf-8")
    result = invoke(results)
    assert result.exit_code == 2
    assert "add --target https://evil.example to confirm" in result.stderr


def test_invalid_arguments_are_usage_errors(results: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    problems: dict[str, list[str | Path]] = {
        "contains no findings": [empty],
        "is neither a folder nor a finding.json": [tmp_path / "missing"],
        "replay cannot be combined with --read-only": [results, "--read-only"],
        "contains the findings that are replayed": [results, "--output", results],
    }
    for problem, arguments in problems.items():
        result = invoke(*arguments)
        assert (result.exit_code, problem in result.stderr) == (2, True), result.output
    assert len(list(results.glob("findings/*/finding.json"))) == 2


def test_a_target_that_does_not_respond_is_a_failed_preflight(results: Path) -> None:
    result = invoke(results, "--target", "http://127.0.0.1:1", "--timeout", "1")
    assert result.exit_code == 2
    assert "0 still present, 0 changed, 2 not decided, 0 gone of 2 findings" in result.stdout
