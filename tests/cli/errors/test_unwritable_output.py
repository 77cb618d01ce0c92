"""Output that cannot be written: folders, a full disk, and standard output."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import pytest

from conformance.engine.session.run_session import RunSession
from conformance.evidence.evidence_file import EvidenceFile
from conformance.results import output_folder
from conformance.transport.resources.ledger_file import LedgerFile
from conformance.transport.stack import TransportStack
from reports.files import private_files, shared_files
from reports.records.results_file import read_validated
from tests.support.bundles import run_reference
from tests.support.command_line import invoke_without_traceback
from tests.support.fake_targets import reference_server

pytestmark = pytest.mark.usefixtures("empty_folder")
QUICK = ("--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with reference_server() as address:
        yield address


def process(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "conformance", *arguments]
    done = subprocess.run(command, text=True, timeout=60, check=False, **{"capture_output": True, **options})
    assert "Traceback" not in (done.stdout or "") + (done.stderr or "")
    return done


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
    invoke_without_traceback("keygen", "keys")
    product = ("--vendor", "v", "--product", "p", "--product-version", "1")
    options = ("--key", "keys/private.pem", *product) if command == "certify" else ()
    result = invoke_without_traceback(command, "--target", origin, "--output", output, *options)
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
    result = invoke_without_traceback("run", "--target", origin, "--output", "out", *QUICK)
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
    result = invoke_without_traceback("run", "--target", origin, "--output", "out", *QUICK)
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


def test_results_that_cannot_be_written_are_still_printed(
    origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = shared_files.write

    def raise_full(text: str, path: Path) -> None:
        if path.name != output_folder.MARKER:
            raise FULL
        write(text, path)

    monkeypatch.setattr("reports.files.shared_files.write", raise_full)
    result = invoke_without_traceback("run", "--target", origin, "--output", "out", *QUICK)
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
