"""Files that a run writes and removes in its output folder, and files that it preserves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli.main import main
from conformance.results import output_folder
from conformance.results.output_folder import OutputFolderError, create_subfolder, discard, open_output_folder
from conformance.runtime import folder_lock
from reports.formats import allure
from tests.results.output_folder.quick_runs import QUICK, content, run
from tests.support.bundles import run_reference
from tests.support.command_line import invoke_without_traceback
from tests.support.fake_targets import ENVIRONMENT, reference_server
from tests.support.killed_runs import COMMAND, MAX_WAIT, resources, start_command, wait_for

FILES = (
    *("results.json", "junit.xml", "gl-code-quality-report.json", "summary.md", "badge.svg", "report.html"),
    *("evidence.ndjson", "evidence.ndjson.gz", "ledger.ndjson"),
)


@pytest.mark.parametrize("name", FILES)
def test_a_foreign_file_is_overwritten_only_with_force(origin: str, name: str) -> None:
    Path("out").mkdir()
    Path("out", name).write_text("foreign")
    result = run(origin)
    assert (result.exit_code, f"out contains {name}, not written by this suite" in result.output) == (2, True)
    assert content(Path("out")) == {f"out/{name}": b"foreign"}
    assert run(origin, "--force").exit_code == 0


@pytest.mark.parametrize("options", [(), ("--force",)], ids=["plain", "forced"])
def test_foreign_allure_results_are_preserved(origin: str, options: tuple[str, ...]) -> None:
    Path("allure-results").mkdir()
    Path("allure-results/00000000-0000-4000-8000-000000000000-result.json").write_text("{}")
    before = content(Path())
    result = invoke_without_traceback("run", "--target", origin, "--output", ".", *QUICK, *options)
    assert (result.exit_code, "allure-results was not written by this suite" in result.output) == (2, True)
    assert content(Path()) == before


def test_unrelated_files_are_preserved(origin: str) -> None:
    Path("out").mkdir()
    Path("out/notes.txt").write_text("mine")
    assert [run(origin).exit_code for _ in range(2)] == [0, 0]
    assert Path("out/notes.txt").read_text() == "mine"


def test_a_second_run_removes_the_allure_results_of_the_first(origin: str) -> None:
    for _ in range(2):
        run(origin)
    Path("out/allure-results/mine.txt").write_text("mine")
    assert len(list(Path("out/allure-results").glob("*-result.json"))) == 1
    run(origin)
    assert len(list(Path("out/allure-results").glob("*-result.json"))) == 1
    assert Path("out/allure-results/mine.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["../../victim", "/victim", "mine.txt", ""])
def test_a_manifest_removes_only_files_with_names_of_a_run(folder: Path, name: str) -> None:
    inner = folder / "out" / allure.FOLDER
    inner.mkdir(parents=True)
    (folder / "victim").write_text("mine")
    (inner / "mine.txt").write_text("mine")
    (inner / allure.MANIFEST).write_text(f"{name}\n")
    allure.remove(inner)
    assert (folder / "victim").exists()
    assert (inner / "mine.txt").exists()


@pytest.mark.parametrize("name", [*FILES, "certificate.json"])
def test_a_folder_with_the_name_of_a_file_is_a_usage_error(origin: str, name: str) -> None:
    Path("out", name).mkdir(parents=True)
    result = run(origin, "--force")
    assert (result.exit_code, f"out/{name} is a folder" in result.output) == (2, True)


def test_discarding_a_folder_preserves_unrelated_files(folder: Path) -> None:
    run_reference(folder / "out", select="VC-GET-UNKNOWN-ID")
    (folder / "out" / "mine").write_text("mine")
    discard(folder / "out")
    assert sorted(path.name for path in (folder / "out").iterdir()) == [".conformance-output", "mine"]
    (folder / "out" / "mine").unlink()
    discard(folder / "out")
    assert not (folder / "out").exists()


@pytest.mark.parametrize("command", ["run", "fuzz"])
def test_a_signed_bundle_is_overwritten_only_with_force(origin: str, command: str) -> None:
    run(origin)
    Path("out/certificate.json").write_text("{}")
    before = content(Path("out"))
    result = invoke_without_traceback(command, "--target", origin, "--output", "out")
    assert (result.exit_code, "out contains a signed certificate" in result.output) == (2, True)
    assert "--force" in result.output
    assert content(Path("out")) == before
    if command == "run":
        assert run(origin, "--force").exit_code == 0
        assert not Path("out/certificate.json").exists()


def test_reports_are_not_merged_into_a_signed_bundle() -> None:
    run_reference(Path("a"), select="VC-GET-UNKNOWN-ID")
    run_reference(Path("out"), select="VC-GET-UNKNOWN-ID")
    Path("out/certificate.json").write_text("{}")
    before = content(Path("out"))
    assert invoke_without_traceback("report", "a", "--output", "out").exit_code == 2
    assert content(Path("out")) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", *QUICK, "--output", "out"),
        ("run", *QUICK, "--output", "out", "--workers", "2"),
        ("fuzz", "--output", "out", "--max-seconds", "3"),
        ("report", "out"),
        ("cleanup", "--run", "out"),
    ],
    ids=["run", "workers", "fuzz", "report", "cleanup"],
)
def test_a_folder_in_use_is_a_usage_error(origin: str, arguments: tuple[str, ...]) -> None:
    run(origin)
    before = content(Path("out"))
    target = ("--target", origin) if arguments[0] in {"run", "fuzz"} else ()
    with folder_lock.locked(Path("out")):
        result = invoke_without_traceback(*arguments, *target)
    assert (result.exit_code, "another run is using out" in result.output) == (2, True), result.output
    assert content(Path("out")) == before


def test_a_folder_is_released_after_a_run(folder: Path) -> None:
    with open_output_folder(folder / "out"):
        pass
    with open_output_folder(folder / "out"):
        pass


def test_a_concurrent_second_run_does_not_affect_the_first(folder: Path) -> None:
    with reference_server("--latency", "10") as origin:
        first = start_command(origin, folder / "out", "--effort", "smoke")
        with first:
            wait_for(first, folder / "out/evidence.ndjson", 20)
            second = start_command(origin, folder / "out", "--effort", "smoke")
            output, _ = second.communicate(timeout=MAX_WAIT)
            first.communicate(timeout=MAX_WAIT)
    assert (second.returncode, "another run is using" in output) == (2, True), output
    assert first.returncode == 0
    assert CliRunner().invoke(main, ["verify", "out"]).exit_code == 0


def test_the_folder_of_a_process_is_reserved_unless_another_uses_it(folder: Path) -> None:
    (folder / "worker-1").mkdir()
    with (
        folder_lock.locked(folder / "worker-1"),
        pytest.raises(OutputFolderError, match="another run is using"),
    ):
        create_subfolder(folder / "worker-1", force=False)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from conformance.cli.main import main
main()
"""


@pytest.mark.parametrize("size", [1_500, 9_000, 40_000])
def test_a_file_size_limit_ends_the_run_without_leftovers(size: int) -> None:
    """The limit applies to evidence, ledger and reports."""
    with reference_server() as origin:
        before = resources(origin)
        result = subprocess.run(
            [sys.executable, "-c", LIMITED, str(size), "run", "--target", origin, "--output", "out"],
            env=os.environ | ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
            timeout=MAX_WAIT,
        )
        assert resources(origin) == before
    assert result.returncode == 4, result.stdout + result.stderr
    assert "cannot be written: File too large" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (
            "run",
            "--select",
            "VC-CREATE-CONFORMING,API-AUTH-BASIC-ACCEPT,VC-CREATE-ROUTE",
            "--effort",
            "thorough",
        ),
        ("run", "--workers", "2", "--effort", "smoke", "--select", "VC-CREATE-*"),
        ("fuzz", "--max-seconds", "4", "--corpus", "", "--select", "VC-CREATE-CONFORMING"),
    ],
    ids=["run", "workers", "fuzz"],
)
def test_a_run_writes_only_to_its_output_folder(folder: Path, arguments: tuple[str, ...]) -> None:
    subprocess.run([*COMMAND, *arguments], cwd=folder, capture_output=True, check=False, timeout=MAX_WAIT)
    assert [path.name for path in folder.iterdir()] == [str(output_folder.DEFAULT)]


def test_verify_writes_nothing(folder: Path) -> None:
    run_reference(folder / "out", select="VC-GET-UNKNOWN-ID,VC-CREATE-CONFORMING")
    before = content(folder)
    for _ in range(2):
        result = subprocess.run(
            [*COMMAND, "verify", "."], cwd=folder / "out", capture_output=True, check=False, timeout=MAX_WAIT
        )
        assert result.returncode == 0
    assert content(folder) == before
