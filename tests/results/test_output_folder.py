"""The output folder: files that runs write, files that they leave unchanged, and files that they preserve."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.config.settings import Settings
from conformance.config.target import Target
from conformance.evidence.header import header_data
from conformance.results import output_folder
from conformance.results.output_folder import OutputFolderError, create_subfolder, discard, open_output_folder
from conformance.runtime import folder_lock
from reports.formats import allure
from reports.records import results_file
from tests.support.bundles import run_reference
from tests.support.fake_targets import ACCOUNT, CONFERENCES, ENVIRONMENT, reference_server
from tests.support.killed_runs import COMMAND, MAX_WAIT, cleanup, resources, start_command, wait_for

QUICK = ("--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")
FILES = (
    *("results.json", "junit.xml", "gl-code-quality-report.json", "summary.md", "badge.svg", "report.html"),
    *("evidence.ndjson", "evidence.ndjson.gz", "ledger.ndjson"),
)
PREFIX = "0badcafe"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to an empty folder, with the credentials in the environment."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "here"


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with reference_server() as address:
        yield address


def invoke(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert "Traceback" not in result.output
    return result


def run(origin: str, *options: str) -> Result:
    return invoke("run", "--target", origin, "--output", "out", *QUICK, *options)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def write_killed_run(folder: Path, *lines: dict[str, Any], **changes: Any) -> None:
    """Write the evidence and ledger of a killed run."""
    settings = Settings(Target(httpx.URL("http://127.0.0.1:9"), ACCOUNT), prefix=PREFIX)
    header = {"format": 2, **header_data(settings), "started": "2041-05-06T07:08:09+00:00", **changes}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evidence.ndjson").write_text(json.dumps({"header": header}) + "\n")
    (folder / "ledger.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))


CREATED = (
    {"intent": 1, "collection": CONFERENCES, "name": f"cc-{PREFIX}-5d3c1f9e7a2b-0_Z"},
    {"created": 1, "id": "one"},
)
DELETED = {"deleted": "one", "collection": CONFERENCES, "status": 204}
WITHOUT_RESPONSE = CREATED[:1]


# Links.


@pytest.mark.parametrize("create_link", [Path.symlink_to, Path.hardlink_to], ids=["symbolic", "hard"])
@pytest.mark.parametrize("options", [(), ("--force",)], ids=["plain", "forced"])
def test_a_run_does_not_write_through_links_in_its_folder(
    origin: str, folder: Path, create_link: Callable[[Path, Path], None], options: tuple[str, ...]
) -> None:
    run(origin)
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    for name in FILES:
        (elsewhere / name).write_text("foreign")
        Path("out", name).unlink(missing_ok=True)
        create_link(Path("out", name), elsewhere / name)
    before = content(elsewhere)
    assert run(origin, *options).exit_code == 0
    assert content(elsewhere) == before
    assert not any(Path("out", name).is_symlink() for name in FILES)


def test_a_run_does_not_write_through_dangling_links(origin: str, folder: Path) -> None:
    run(origin)
    for name in FILES:
        Path("out", name).unlink(missing_ok=True)
        Path("out", name).symlink_to(folder.parent / f"no-{name}")
    assert run(origin).exit_code == 0
    assert [path.name for path in folder.parent.iterdir()] == ["here"]


@pytest.mark.parametrize(
    "command, name",
    [
        (("run",), "allure-results"),
        (("run", "--workers", "2"), "worker-2"),
        (("fuzz", "--seed", "7", "--max-seconds", "3", "--effort", "standard"), "round-7"),
    ],
    ids=["allure-results", "worker", "round"],
)
def test_a_folder_that_is_a_link_is_rejected_by_name(
    origin: str, folder: Path, command: tuple[str, ...], name: str
) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").write_text("mine")
    Path("out").mkdir()
    Path("out", name).symlink_to(elsewhere)
    select = ("--select", "VC-CREATE-CONFORMING")
    result = invoke(*command, "--target", origin, "--output", "out", *select)
    assert (result.exit_code, f"out/{name}" in result.output) == (2, True), result.output
    assert [path.name for path in elsewhere.iterdir()] == ["mine"]


def test_an_output_folder_that_is_a_link_is_accepted(origin: str) -> None:
    Path("real").mkdir()
    Path("out").symlink_to("real")
    assert run(origin).exit_code == 0
    assert Path("real/results.json").is_file()


def test_report_does_not_write_through_links(folder: Path) -> None:
    run_reference(Path("out"), select="VC-GET-UNKNOWN-ID")
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    for name in ("junit.xml", "gl-code-quality-report.json", "summary.md", "badge.svg", "report.html"):
        (elsewhere / name).write_text("foreign")
        Path("out", name).unlink()
        Path("out", name).symlink_to(elsewhere / name)
    before = content(elsewhere)
    assert invoke("report", "out").exit_code == 0
    assert content(elsewhere) == before


def test_report_does_not_read_a_record_through_a_link(folder: Path) -> None:
    run_reference(Path("out"), select="VC-GET-UNKNOWN-ID")
    elsewhere = folder.parent / "elsewhere.json"
    Path("out/results.json").rename(elsewhere)
    Path("out/results.json").symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    reported = invoke("report", "out")
    assert (reported.exit_code, "symbolic link" in reported.output) == (2, True), reported.output
    assert elsewhere.read_bytes() == before


def test_cleanup_follows_no_link(folder: Path) -> None:
    with reference_server() as origin:
        process = start_command(origin, folder / "out", "--effort", "smoke")
        with process:
            wait_for(process, folder / "out/evidence.ndjson", 60)
            process.kill()
            process.communicate()
        ledger = folder / "out/ledger.ndjson"
        ledger.rename(folder.parent / "ledger")
        ledger.symlink_to(folder.parent / "ledger")
        before = (folder.parent / "ledger").read_bytes()
        result = cleanup(folder / "out", origin)
        assert (result.returncode, "symbolic link" in result.stderr) == (2, True)
    assert (folder.parent / "ledger").read_bytes() == before


def test_keygen_follows_no_link(folder: Path) -> None:
    Path("keys").mkdir()
    Path("keys/public.pem").symlink_to(folder.parent / "elsewhere")
    assert invoke("keygen", "keys").exit_code == 2
    assert not (folder.parent / "elsewhere").exists()
    assert not Path("keys/private.pem").exists()


# Unrelated files.


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
    result = invoke("run", "--target", origin, "--output", ".", *QUICK, *options)
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


# Certificates.


@pytest.mark.parametrize("command", ["run", "fuzz"])
def test_a_signed_bundle_is_overwritten_only_with_force(origin: str, command: str) -> None:
    run(origin)
    Path("out/certificate.json").write_text("{}")
    before = content(Path("out"))
    result = invoke(command, "--target", origin, "--output", "out")
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
    assert invoke("report", "a", "--output", "out").exit_code == 2
    assert content(Path("out")) == before


# Concurrent commands.


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
        result = invoke(*arguments, *target)
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


# Ledgers.


def test_a_ledger_with_resources_is_preserved_and_reported(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_killed_run(folder / "out", *CREATED)
    before = content(folder / "out")
    with open_output_folder(folder / "out") as notes:
        [note] = notes
    unfinished = folder / "out" / f"unfinished-{PREFIX}"
    assert note.endswith(f"conformance cleanup --run {unfinished} --target http://127.0.0.1:9")
    assert capsys.readouterr().err == f"conformance: {note}\n"
    for name in ("ledger.ndjson", "evidence.ndjson"):
        assert (unfinished / name).read_bytes() == before[str(folder / "out" / name)]
    with open_output_folder(folder / "out") as second_notes:
        assert second_notes == notes


@pytest.mark.parametrize("part", ["worker-1", "round-7"])
def test_the_ledger_of_a_worker_process_is_preserved(folder: Path, part: str) -> None:
    write_killed_run(folder / "out" / part, *WITHOUT_RESPONSE)
    with open_output_folder(folder / "out") as notes:
        assert len(notes) == 1
    assert (folder / "out" / f"unfinished-{PREFIX}" / "ledger.ndjson").is_file()


def test_two_ledgers_with_the_same_prefix_are_preserved(folder: Path) -> None:
    for _ in range(2):
        write_killed_run(folder / "out", *CREATED)
        with open_output_folder(folder / "out"):
            pass
    assert sorted(path.name for path in (folder / "out").glob("unfinished-*")) == [
        f"unfinished-{PREFIX}",
        f"unfinished-{PREFIX}-2",
    ]


@pytest.mark.parametrize("prefix", ["../../../elsewhere", "/elsewhere", "", "a b"])
def test_an_invalid_prefix_is_not_used_as_a_folder_name(folder: Path, prefix: str) -> None:
    write_killed_run(folder / "out", *CREATED, prefix=prefix)
    with open_output_folder(folder / "out"):
        pass
    assert [path.name for path in (folder / "out").glob("unfinished-*")] == ["unfinished-run"]
    assert [path.name for path in folder.iterdir()] == ["out"]


def test_an_unreadable_ledger_is_preserved(folder: Path) -> None:
    write_killed_run(folder / "out", {"nonsense": 1})
    with open_output_folder(folder / "out") as notes:
        assert len(notes) == 1


@pytest.mark.parametrize(
    "lines",
    [(), (*CREATED, DELETED), (*WITHOUT_RESPONSE, {"absent": 1}), (*CREATED, {"cleared": True})],
    ids=["nothing", "deleted", "absent", "cleared"],
)
def test_a_ledger_without_resources_is_not_preserved(folder: Path, lines: tuple[dict[str, Any], ...]) -> None:
    write_killed_run(folder / "out", *lines)
    with open_output_folder(folder / "out") as notes:
        assert notes == []


def test_a_ledger_of_the_built_in_server_is_not_preserved(folder: Path) -> None:
    target: dict[str, Any] = {
        "origin": "",
        "base_paths": {"video": "", "fabric": ""},
        "active_session": None,
        "reference_options": [],
    }
    write_killed_run(folder / "out", *CREATED, target={**target, "reference": True})
    with open_output_folder(folder / "out") as notes:
        assert notes == []


def test_resources_of_a_killed_run_can_be_deleted_after_a_second_run(folder: Path) -> None:
    with reference_server("--latency", "10") as origin:
        before = resources(origin)
        first = start_command(origin, folder / "out", "--effort", "smoke")
        with first:
            wait_for(first, folder / "out/evidence.ndjson", 100)
            first.send_signal(signal.SIGKILL)
            first.communicate()
        second = start_command(origin, folder / "out", *QUICK)
        output, _ = second.communicate(timeout=MAX_WAIT)
        assert second.returncode == 0, output
        [unfinished] = (folder / "out").glob("unfinished-*")
        assert f"conformance cleanup --run {unfinished}" in output
        assert any(
            str(unfinished) in note for note in results_file.read(folder / "out/results.json")["notes"]
        )
        assert invoke("verify", "out").exit_code == 0
        other = cleanup(folder / "out", origin)
        assert (other.returncode, str(unfinished) in other.stderr) == (5, True)
        assert [cleanup(unfinished, origin).returncode for _ in range(2)] == [0, 0]
        assert resources(origin) == before
    with open_output_folder(folder / "out") as notes:
        assert notes == []
    assert not unfinished.exists()


# A full disk.


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


# Files elsewhere.


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
        ("fuzz", "--max-seconds", "4", "--select", "VC-CREATE-CONFORMING"),
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
