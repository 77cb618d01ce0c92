"""Folders of findings are written by runs and reports, removed with their run, and connect as the run did."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from conformance.cli.main import main
from conformance.config.target import Connection, ConnectionTraits
from conformance.mutation.in_process_server import InProcessTransport
from tests.support.bundles import copy_bundle, run_reference

FAULT: Final = "date-only-becomes-end-of-day"
SELECT: Final = "VC-CREATE-DATE-ONLY"
SECRET: Final = "a-secret-value-of-a-header"
OPTIONS: Final = (
    '--cacert "$CONFORMANCE_CA" --cert "$CONFORMANCE_CLIENT_CERT" --key "$CONFORMANCE_CLIENT_KEY" '
    '--proxy "$CONFORMANCE_PROXY" -H \'X-Request.Source: \'"$CONFORMANCE_HEADER_X_REQUEST_SOURCE"'
)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output folder of a run with a finding, whose connection uses everything that it can."""
    folder = tmp_path_factory.mktemp("findings") / "run"
    connection = Connection(headers=(("X-Request.Source", SECRET),), transport=InProcessTransport([FAULT]))
    traits = ConnectionTraits(ca="file", client_cert="pair", proxy=True)
    run_reference(folder, select=SELECT, connection=connection, connection_traits=traits)
    return folder


def invoke(*arguments: str | Path) -> Any:
    return CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)


def finding_folder(output: Path) -> Path:
    [folder] = [path for path in (output / "findings").iterdir() if path.is_dir()]
    return folder


def texts(output: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in finding_folder(output).iterdir()}


def test_the_files_connect_as_the_run_did_without_its_secrets(run_folder: Path) -> None:
    written = texts(run_folder)
    finding = json.loads(written["finding.json"])["finding"]
    assert OPTIONS in finding["curl"]
    assert written["reproduce.sh"].count(OPTIONS) == 2  # the create, and the deletion
    for name in ("CONFORMANCE_CA", "CONFORMANCE_PROXY", "CONFORMANCE_HEADER_X_REQUEST_SOURCE"):
        assert f'if [ -z "${{{name}-}}" ]' in written["reproduce.sh"]
        assert f'os.environ["{name}"]' in written["test_reproduce.py"].replace("'", '"')
    assert not any(SECRET in text for text in written.values())
    compile(written["test_reproduce.py"], "test_reproduce.py", "exec")
    script = finding_folder(run_folder) / "reproduce.sh"
    subprocess.run(["sh", "-n", script], check=True)
    assert script.stat().st_mode & 0o100


def test_the_id_is_that_of_the_requirement_and_the_root_cause(run_folder: Path) -> None:
    described = json.loads(texts(run_folder)["finding.json"])
    assert described["id"] == finding_folder(run_folder).name == "VC-CREATE-DATE-ONLY-83408ef1"
    assert described["requirement"]["id"] == SELECT
    assert described["cause"]


def test_a_run_with_findings_verifies(run_folder: Path) -> None:
    verified = invoke("verify", run_folder)
    assert (verified.exit_code, "unexpected" in verified.stdout) == (0, False)


def test_a_report_writes_findings_and_allure_results(run_folder: Path, tmp_path: Path) -> None:
    invoke("report", run_folder, "--output", tmp_path / "again")
    assert texts(tmp_path / "again") == texts(run_folder)
    for output in (run_folder, tmp_path / "again"):
        assert [
            json.loads(path.read_text(encoding="utf-8"))["status"]
            for path in (output / "allure-results").glob("*-result.json")
        ] == ["failed"]


def test_a_report_does_not_change_a_folder_with_a_certificate(run_folder: Path, tmp_path: Path) -> None:
    bundle = copy_bundle(run_folder, tmp_path / "bundle")
    (bundle / "certificate.json").write_text("{}", encoding="utf-8")
    before = {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    assert invoke("report", bundle).exit_code == 2
    assert {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()} == before


def test_a_later_run_removes_the_findings_and_keeps_other_files(run_folder: Path, tmp_path: Path) -> None:
    output = copy_bundle(run_folder, tmp_path / "output")
    own = finding_folder(output) / "notes.txt"
    own.write_text("notes", encoding="utf-8")
    run_reference(output, select=SELECT)
    files = {path for path in output.glob("findings/**/*") if path.is_file()}
    assert files == {own, output / "findings" / ".conformance-output"}
    own.unlink()
    run_reference(output, select=SELECT)
    assert not (output / "findings").exists()


def test_a_foreign_folder_is_not_written_to(run_folder: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "output" / "findings"
    foreign.mkdir(parents=True)
    (foreign / "notes.txt").write_text("notes", encoding="utf-8")
    done = invoke("report", run_folder, "--output", foreign.parent)
    assert (done.exit_code, f"{foreign} was not written by this suite" in done.stderr) == (2, True)
    assert [path.name for path in foreign.iterdir()] == ["notes.txt"]
