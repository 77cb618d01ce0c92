"""Internal errors: each has a message and an exit code, and no finding is lost."""

import errno
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import click
import pytest
from click.testing import CliRunner, Result

from conformance.cli.interface import crash_report
from conformance.cli.main import main
from conformance.engine.attempts import Check
from conformance.engine.session.run_session import RunSession
from conformance.evidence.evidence_file import EvidenceFile
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.mutation import in_process_server
from conformance.results import output_folder
from conformance.runtime.tracebacks import CRASH_REPORT
from conformance.transport.resources.ledger_file import LedgerFile
from conformance.transport.stack import TransportStack
from reports import report_files
from reports.files import private_files, shared_files
from reports.records.results_file import read_validated
from tests.support.bundles import run_reference
from tests.support.fake_targets import ENVIRONMENT, reference_server

QUICK = ("--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to an empty folder, and set the credentials in the environment."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with reference_server() as address:
        yield address


def invoke(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def process(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "conformance", *arguments]
    done = subprocess.run(command, text=True, timeout=60, check=False, **{"capture_output": True, **options})
    assert "Traceback" not in (done.stdout or "") + (done.stderr or "")
    return done


def broken_check(*_: object, **__: object) -> None:
    raise LookupError(f"about {in_process_server.TOKEN} and {in_process_server.PROJECT}\nwith a second line")


def test_an_exception_in_a_check_is_recorded_with_a_trace_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.testkit.expect.not_found", broken_check)
    record = run_reference(tmp_path / "out", select="VC-GET-*")
    assert (record["verdict"], record["exit_code"]) == ("error", 4)
    errors = [entry for entry in record["requirements"] if entry["verdict"] == "error"]
    assert errors
    for entry in errors:
        assert entry["reason"] == "suite: LookupError"
        assert entry["trace"][0] == "LookupError: about [secret] and [project]"
        assert entry["trace"][1].startswith("conformance/engine/attempts.py:")
        assert any(line.startswith("conformance/checks/video/test_") for line in entry["trace"])
    assert all("trace" not in entry for entry in record["requirements"] if entry not in errors)
    read_validated(tmp_path / "out" / "results.json")
    for path in [path for path in (tmp_path / "out").rglob("*") if path.is_file()]:
        assert in_process_server.TOKEN not in path.read_text()
    assert "conformance/engine/attempts.py:" in (tmp_path / "out" / "report.html").read_text()
    assert "conformance/engine/attempts.py:" in (tmp_path / "out" / "junit.xml").read_text()


def folder_below_a_file() -> str:
    Path("a-file").write_text("mine")
    return "a-file/out"


def name_that_is_too_long() -> str:
    return "o" * 300


def folder_in_proc() -> str:
    return "/proc/nowhere"


@pytest.mark.parametrize("unwritable_folder", [folder_below_a_file, name_that_is_too_long, folder_in_proc])
@pytest.mark.parametrize("command", ["run", "certify"])
def test_an_output_folder_that_cannot_be_written_is_exit_2(
    origin: str, unwritable_folder: Any, command: str
) -> None:
    output = unwritable_folder()
    invoke("keygen", "keys")
    product = ("--vendor", "v", "--product", "p", "--product-version", "1")
    options = ("--key", "keys/private.pem", *product) if command == "certify" else ()
    result = invoke(command, "--target", origin, "--output", output, *options)
    assert result.exit_code == 2
    assert f"--output '{output}' cannot be written to" in result.output
    if output.startswith("a-file"):
        assert Path("a-file").read_text() == "mine"


@pytest.mark.parametrize("name", ["evidence.ndjson", "ledger.ndjson"])
def test_evidence_and_ledger_that_cannot_be_created_end_the_run(
    origin: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    open_private = private_files.open_private

    def raise_error(path: Path) -> Any:
        if path.name == name:
            raise IsADirectoryError(errno.EISDIR, "Is a directory", str(path))
        return open_private(path)

    monkeypatch.setattr("conformance.evidence.evidence_file.open_private", raise_error)
    monkeypatch.setattr("conformance.transport.resources.ledger_file.private_files.open_private", raise_error)
    result = invoke("run", "--target", origin, "--output", "out", *QUICK)
    assert result.exit_code == 4
    assert f"the suite could not start: out/{name}: Is a directory" in result.output
    assert read_validated(Path("out/results.json"))["trace"][0] == f"out/{name}: Is a directory"


@pytest.mark.parametrize(
    "name", ["report.html", "junit.xml", "gl-code-quality-report.json", "summary.md", "badge.svg"]
)
def test_a_report_that_cannot_be_written_does_not_prevent_the_others(
    origin: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write_header = EvidenceFile.write_header

    def create_folder_and_write_header(self: EvidenceFile, header: Any) -> None:
        Path("out", name).mkdir()  # after the run has checked its folder
        write_header(self, header)

    monkeypatch.setattr(EvidenceFile, "write_header", create_folder_and_write_header)
    result = invoke("run", "--target", origin, "--output", "out", *QUICK)
    assert result.exit_code == 4
    assert f"out/{name} cannot be written: Is a directory" in result.output
    assert "1 requirement" in result.output
    record = read_validated(Path("out/results.json"))
    assert (record["exit_code"], record["verdict"]) == (4, "error")
    assert [entry["verdict"] for entry in record["requirements"]] == ["passed"]
    for other in {"report.html", "junit.xml", "gl-code-quality-report.json", "summary.md", "badge.svg"} - {
        name
    }:
        assert Path("out", other).stat().st_size


def test_an_exception_in_a_report_is_an_internal_error(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_files, "_WRITERS", {**report_files._WRITERS, "badge.svg": broken_check})  # noqa: SLF001 - simulates an error in badge
    result = invoke("run", "--target", origin, "--output", "out", *QUICK)
    assert result.exit_code == 4
    assert "out/badge.svg cannot be created: LookupError" in result.output
    assert Path("out/report.html").exists()


@pytest.mark.parametrize(
    "name, function",
    [
        ("report.html", "reports.formats.html_report._template"),
        ("allure-results", "reports.formats.allure.source_urls"),
    ],
)
def test_an_exception_in_a_report_does_not_prevent_the_others(
    origin: str, monkeypatch: pytest.MonkeyPatch, name: str, function: str
) -> None:
    monkeypatch.setattr(function, broken_check)
    result = invoke("run", "--target", origin, "--output", "out", *QUICK)
    assert result.exit_code == 4
    assert f"out/{name} cannot be created: LookupError" in result.output
    assert not Path("out", name).exists()
    assert [entry["verdict"] for entry in read_validated(Path("out/results.json"))["requirements"]] == [
        "passed"
    ]


def test_an_internal_error_affects_only_its_check(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    decide = RunSession.decide

    def fail_for_one_check(session: RunSession, check: Check) -> Any:
        return broken_check() if check.requirement.id == "VC-GET-ID-MATCH" else decide(session, check)

    monkeypatch.setattr(RunSession, "decide", fail_for_one_check)
    selection = "VC-GET-ID-MATCH,VC-GET-UNKNOWN-ID"
    result = invoke("run", "--target", origin, "--output", "out", "--effort", "smoke", "--select", selection)
    assert result.exit_code == 4
    assert "LookupError" in result.output
    verdicts = {
        entry["id"]: entry["verdict"] for entry in read_validated(Path("out/results.json"))["requirements"]
    }
    assert verdicts == {"VC-GET-ID-MATCH": "error", "VC-GET-UNKNOWN-ID": "passed"}


def test_an_internal_error_in_a_thread_is_reported(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_in_thread(*_: object) -> None:
        if threading.current_thread().name == "watch":
            broken_check()

    monkeypatch.setattr(
        "conformance.engine.passive.runner.PassiveCheckRunner.process_full_window", fail_in_thread
    )
    result = invoke("run", "--target", origin, "--output", "out", "--effort", "smoke", "--select", "VC-GET-*")
    assert result.exit_code == 4
    assert "LookupError" in result.output
    verdicts = {entry["verdict"] for entry in read_validated(Path("out/results.json"))["requirements"]}
    assert "passed" in verdicts
    assert "error" not in verdicts


def test_results_that_cannot_be_written_are_still_printed(
    origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = shared_files.write

    def raise_full(text: str, path: Path) -> None:
        if path.name != output_folder.MARKER:
            raise FULL
        write(text, path)

    monkeypatch.setattr("reports.files.shared_files.write", raise_full)
    result = invoke("run", "--target", origin, "--output", "out", *QUICK)
    assert result.exit_code == 4
    assert "No space left on device" in result.output
    assert "error: 1 requirement" in result.output
    assert not Path("out/results.json").exists()


class FileOnFullDisk:
    """A file on a disk that is full after a number of lines."""

    def __init__(self, inner: Any, lines: int) -> None:
        self._inner = inner
        self._remaining_lines = lines

    def write(self, data: bytes) -> None:
        self._remaining_lines -= 1
        if self._remaining_lines < 0:
            raise FULL
        self._inner.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.mark.parametrize("lines", [0, 1, 3, 40])
def test_a_full_disk_ends_the_run_and_leaves_no_resources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    initialize = EvidenceFile.__init__

    def initialize_on_full_disk(self: EvidenceFile, *arguments: Any) -> None:
        initialize(self, *arguments)
        self._file = cast("IO[bytes]", FileOnFullDisk(self._file, lines))

    monkeypatch.setattr(EvidenceFile, "__init__", initialize_on_full_disk)
    record = run_reference(tmp_path / "out")
    assert (record["verdict"], record["exit_code"]) == ("error", 4)
    assert (
        record["notes"][0] == f"{tmp_path / 'out'}/evidence.ndjson cannot be written: No space left on device"
    )
    assert record["leftovers"] == []
    assert not any(entry["verdict"] == "failed" for entry in record["requirements"])
    assert record["requests"] < lines + 80
    assert read_validated(tmp_path / "out" / "results.json")["exit_code"] == 4


@pytest.mark.parametrize("lines", [0, 1, 7, 40])
def test_a_ledger_that_cannot_be_written_stops_creates_but_not_clean_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    initialize = LedgerFile.__init__

    def initialize_on_full_disk(self: LedgerFile, path: Path) -> None:
        initialize(self, path)
        self._file = cast("IO[bytes]", FileOnFullDisk(self._file, lines))

    monkeypatch.setattr(LedgerFile, "__init__", initialize_on_full_disk)
    record = run_reference(tmp_path / "out")
    assert (record["verdict"], record["exit_code"]) == ("error", 4)
    assert (
        record["notes"][0] == f"{tmp_path / 'out'}/ledger.ndjson cannot be written: No space left on device"
    )
    assert record["leftovers"] == []
    assert not any(entry["verdict"] == "failed" for entry in record["requirements"])
    evidence = map(json.loads, (tmp_path / "out" / "evidence.ndjson").read_text().splitlines())
    creates = [line for line in evidence if line.get("request", {}).get("method") == "POST"]
    assert len(creates) <= lines


def test_a_ledger_error_during_clean_up_does_not_stop_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean_up = RunSession._clean_up  # noqa: SLF001 - the disk becomes full at this point

    def fill_disk_and_clean_up(self: RunSession, stack: TransportStack) -> None:
        files: tuple[Any, ...] = (stack.ledger.file, stack.evidence)
        for file in files:
            file._file = FileOnFullDisk(file._file, 0)  # noqa: SLF001 - simulates a full disk
        clean_up(self, stack)

    monkeypatch.setattr(RunSession, "_clean_up", fill_disk_and_clean_up)
    record = run_reference(tmp_path / "out", [], ["slow"], select="VC-GET-*")
    assert record["exit_code"] == 4
    assert record["leftovers"] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="requires root to mount a small disk")
def test_a_real_full_disk_is_exit_4(origin: str) -> None:
    Path("disk").mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", "disk"], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not permit mounting")
    try:
        done = process("run", "--target", origin, "--output", "disk/out", "--effort", "smoke")
    finally:
        subprocess.run(["umount", "disk"], check=True)
    assert done.returncode == 4
    assert "No space left on device" in done.stdout + done.stderr
    assert "(exit code 4); reports in disk/out/" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full does not exist")
@pytest.mark.parametrize(
    "arguments", [("list",), ("run", "--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")]
)
def test_a_full_standard_output_is_reported_on_standard_error(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = process(*arguments, stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert done.returncode == 4
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("arguments", [("list",), ("run", *QUICK)])
def test_a_closed_pipe_does_not_change_the_exit_code(arguments: tuple[str, ...]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = process(*arguments, stdout=write_end, stderr=subprocess.PIPE, capture_output=False)
    finally:
        os.close(write_end)
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_run_without_collected_checks_is_an_internal_error(
    origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.engine.pytest_hooks.selected_requirements", lambda *_: ())
    result = invoke("run", "--target", origin, *QUICK)
    assert result.exit_code == 4
    assert "the suite could not start: SuiteError: no check was collected" in result.output


@pytest.mark.parametrize(
    "arguments, fix",
    [
        (["--select", ","], "--select ',' matches no requirement"),
        (["--select", " , ,"], "matches no requirement"),
        (["--select", ""], "--select: '' is not a selection"),
        (
            ["--select", "VC-NOTHING-*"],
            "--select: no requirement matches 'VC-NOTHING-*' in the selected profiles",
        ),
        (["--profile", "video", "--select", "FCR-CREATE-*"], "in the selected profiles"),
        (["--active-session", ""], "--active-session: '' is not a non-empty string"),
        (["--target", ""], "--target: '' is not a non-empty string"),
        (["--profile", "vidoe"], "did you mean 'video'?"),
        (["--config", "missing.toml"], "missing.toml cannot be read: No such file"),
        (["--config", "."], ". is a folder, not a regular file"),
        (["--config", "broken.toml"], "broken.toml is not valid TOML"),
        (["--config", "many.toml"], "many.toml: concurrency = 'many' is not an integer from 1 to 256"),
    ],
)
def test_a_usage_error_is_exit_2_with_its_fix(origin: str, arguments: list[str], fix: str) -> None:
    Path("broken.toml").write_text("concurrency = = 3")
    Path("many.toml").write_text('concurrency = "many"')
    result = invoke("run", "--target", origin, *arguments)
    assert result.exit_code == 2
    assert fix in result.output


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_configuration_file_is_reported() -> None:
    Path("secret.toml").touch(mode=0)
    assert "Permission denied" in invoke("run", "--config", "secret.toml").output


@click.command(cls=crash_report.CrashSafeCommand)
@click.option("--verbose", is_flag=True)
@click.option("--api-token-file")
@click.option("--output")
def failing_command(**_: Any) -> None:
    raise ZeroDivisionError(
        f"[bold] {os.environ[TOKEN_VARIABLE]} {os.environ[PROJECT_VARIABLE]} PTfromTheFile\nmore \x1b[2J"
    )


def test_an_unexpected_error_is_a_short_message_and_a_report() -> None:
    Path("token").write_text("PTfromTheFile\n")
    Path("out").mkdir()
    result = CliRunner().invoke(failing_command, ["--api-token-file", "token", "--output", "out"])
    assert result.exit_code == 4
    first, second = result.output.splitlines()
    assert first.endswith("ZeroDivisionError: [bold] [secret] [project] [secret]")
    assert str(Path("out", CRASH_REPORT)) in second
    report = Path("out", CRASH_REPORT).read_text()
    assert "Python 3" in report
    assert "conformance/cli/interface/crash_report.py:" in report
    assert stat.S_IMODE(Path("out", CRASH_REPORT).stat().st_mode) == 0o600
    for secret in (*ENVIRONMENT.values(), "PTfromTheFile"):
        assert secret not in report + result.output


def certificate_in_the_folder() -> None:
    Path("out").mkdir()
    Path("out/certificate.json").touch()


def folder_in_place_of_the_report() -> None:
    Path("out", CRASH_REPORT).mkdir(parents=True)


@pytest.mark.parametrize(
    "prepare",
    [Path, certificate_in_the_folder, folder_in_place_of_the_report],
    ids=lambda function: function.__name__,
)
def test_a_crash_report_without_a_folder_is_printed(
    prepare: Callable[[], object],
) -> None:
    prepare()
    before = sorted(Path().rglob("*"))
    result = CliRunner().invoke(failing_command, ["--output", "out"])
    assert result.exit_code == 4
    assert "conformance/cli/interface/crash_report.py:" in result.output
    assert "\x1b" not in result.output
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("switch", ["--verbose", crash_report.DEBUG])
def test_the_complete_traceback_is_available_on_request(monkeypatch: pytest.MonkeyPatch, switch: str) -> None:
    if switch == crash_report.DEBUG:
        monkeypatch.setenv(switch, "1")
    result = CliRunner().invoke(failing_command, [switch] if switch.startswith("--") else [])
    assert isinstance(result.exception, ZeroDivisionError)


def test_every_command_is_crash_safe() -> None:
    assert all(isinstance(command, crash_report.CrashSafeCommand) for command in main.commands.values())
