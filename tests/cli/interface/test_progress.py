"""Progress on a terminal, and in a log."""

import io
import re
import time
from dataclasses import replace

import pytest
from rich.console import Console

from conformance.cli.interface import progress as progress_module
from conformance.cli.interface.progress import Progress
from conformance.engine.progress_listener import RunProgress
from conformance.results.verdict import Outcome, Verdict
from spec.catalogue import Level, Requirement

pytestmark = pytest.mark.usefixtures("empty_folder")

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
MUST = Requirement("VC-GET-ONE", Level.MUST, "It is there.", "a page", "video", "VC-GET")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress_output(console: Console, total: int | None = None) -> str:
    """Return the progress output for three outcomes, without escape codes."""
    screen = console.file = Terminal()
    with Progress(console, total) as progress:
        for number, verdict in enumerate([Verdict.PASSED, Verdict.PASSED, Verdict.FAILED]):
            progress(Outcome(replace(MUST, id=f"VC-GET-{number}"), verdict, 1), 7 + number)
        progress._bar.refresh()  # noqa: SLF001 - instead of waiting for a refresh
    return ESCAPES.sub("", screen.getvalue())


def color_console(width: int = 200) -> Console:
    return Console(file=Terminal(), force_terminal=True, width=width, color_system="standard")


def test_progress_counts_verdicts_and_requests_on_one_line() -> None:
    assert "2 passed  1 failed  9 requests  VC-GET-2" in progress_output(color_console())
    assert "3 of 40  2 passed  1 failed  9 requests  VC-GET-2" in progress_output(color_console(), 40)


@pytest.mark.parametrize("width", [10, 20, 40, 80])
def test_progress_fits_on_one_line(width: int) -> None:
    lines = re.split(r"[\r\n]+", progress_output(color_console(width), 40))
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if line.startswith("requests")]


def test_progress_is_silent_on_a_terminal_without_escape_codes() -> None:
    assert progress_output(Console(file=Terminal(), force_terminal=True, color_system=None)) == ""


def test_progress_is_silent_without_a_terminal() -> None:
    assert progress_output(Console(force_terminal=False, color_system="standard")) == ""


def test_progress_is_silent_if_colors_are_forced_for_a_file() -> None:
    screen = io.StringIO()
    with Progress(Console(file=screen, force_terminal=True, color_system="standard")) as progress:
        progress(Outcome(MUST, Verdict.PASSED, 1), 7)
    assert screen.getvalue() == ""


def heartbeat(monkeypatch: pytest.MonkeyPatch, total: int | None, *, is_started: bool = True) -> list[str]:
    """Return the first lines that a run prints without a terminal."""
    monkeypatch.setattr(progress_module, "HEARTBEAT_INTERVAL", 0.02)
    screen = io.StringIO()
    with Progress(Console(file=screen, width=40), total) as progress:
        if is_started:
            progress.on_start(lambda: RunProgress(requests=1234, decided=120, failed=2))
        else:
            progress.on_not_ready("ConnectError: refused\x1b[2J", 0.1)
            progress.on_not_ready("ConnectError: refused\x1b[2J", 1.1)
        deadline = time.monotonic() + 10
        while screen.getvalue().count("\n") < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    return screen.getvalue().splitlines()


def test_without_a_terminal_the_progress_is_one_line_from_time_to_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second, *_ = heartbeat(monkeypatch, 584)
    assert first == "0 s  1,234 requests  120 of 584 requirements decided  2 failed"
    assert second == first


def test_the_progress_of_worker_processes_counts_their_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    line = heartbeat(monkeypatch, None)[0]
    assert line == "0 s  1,234 requests  120 verdicts of the worker processes  2 failed"


def test_without_a_terminal_waiting_for_the_target_is_printed_once_and_with_each_heartbeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second, *_ = heartbeat(monkeypatch, 584, is_started=False)
    assert first == "waiting for the target: ConnectError: refused\\x1b[2J"
    assert second == f"0 s  {first}"
