"""Links in an output folder are not followed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.results.output_folder.quick_runs import content, run
from tests.support.bundles import run_reference
from tests.support.command_line import invoke_without_traceback
from tests.support.fake_targets import reference_server
from tests.support.killed_runs import cleanup, start_command, wait_for

FILES = (
    *("results.json", "junit.xml", "gl-code-quality-report.json", "summary.md", "badge.svg", "report.html"),
    *("evidence.ndjson", "evidence.ndjson.gz", "ledger.ndjson"),
)


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
    result = invoke_without_traceback(*command, "--target", origin, "--output", "out", *select)
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
    assert invoke_without_traceback("report", "out").exit_code == 0
    assert content(elsewhere) == before


def test_report_does_not_read_a_record_through_a_link(folder: Path) -> None:
    run_reference(Path("out"), select="VC-GET-UNKNOWN-ID")
    elsewhere = folder.parent / "elsewhere.json"
    Path("out/results.json").rename(elsewhere)
    Path("out/results.json").symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    reported = invoke_without_traceback("report", "out")
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
    assert invoke_without_traceback("keygen", "keys").exit_code == 2
    assert not (folder.parent / "elsewhere").exists()
    assert not Path("keys/private.pem").exists()
