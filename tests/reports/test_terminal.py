"""What a run says: as much as one wants to know, in colour only where that is wanted, and always inert."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from reports.formats.terminal import Detail, print_record, stdout_console, supports_live_update
from tests.reports.test_report_files import LABELS
from tests.support.run_records import EACH, HOSTILE, finding, record, requirement

EACH_AND_WAIVED = [*EACH, requirement("waived", reason="waived until 2030: known", findings=[finding()])]
LATENCY = {"operation": "VC-GET", "responses": 3, "median": 0.0015, "p95": 0.25, "max": 1.0}
HEADS = [
    "failed  VC-CREATE-FAILED (must)  It is kept.",
    "failed  VC-CREATE-OTHER (must)  It is kept.",
    "warned  VC-CREATE-WARNED (should)  It is kept.",
    "error  VC-CREATE-ERROR (must)  It is kept.",
]
# A screen takes its time over 10 MB.
NASTY = {**{name: text[:100_000] for name, text in HOSTILE.items()}, "turned round": "a\u202eb\u2066c"}
SHOW = """
import json, sys
from reports.formats.terminal import Detail, screen, show
show(json.load(open(sys.argv[1])), screen(), "out", Detail(sys.argv[2]))
"""


def said(made: dict[str, Any], detail: Detail, *, width: int = 200, colors: bool = False) -> str:
    told = io.StringIO()
    console = Console(file=told, width=width, force_terminal=colors, color_system="256" if colors else None)
    print_record(made, console, "out", detail)
    return told.getvalue()


def test_quiet_says_headlines_leftovers_and_the_verdict() -> None:
    leftover = {"collection": "/c", "id": "made-1", "name": "cc-mine"}
    assert said(record(*EACH, leftovers=[leftover]), Detail.QUIET).splitlines() == [
        *HEADS,
        "left behind: /c/made-1 cc-mine",
        (
            "does not conform: 3 of 9 requirements violated (3 root causes), 1,918 requests, 1.5 s, "
            "1 leftover resource (exit code 1); reports in out/"
        ),
    ]


def test_quiet_says_one_line_where_all_is_well() -> None:
    told = said(record(EACH[0]), Detail.QUIET)
    assert told == "conforms: 1 requirement, 1,918 requests, 1.5 s (exit code 0); reports in out/\n"


def test_quiet_says_why_a_run_did_not_begin() -> None:
    told = said(record(verdict="not-started", notes=["cannot be reached\n  Check --target."]), Detail.QUIET)
    assert told.splitlines()[:2] == ["cannot be reached", "  Check --target."]
    assert len(told.splitlines()) == 3


def test_verbose_says_a_line_for_each_requirement_with_its_reason() -> None:
    lines = said(record(*EACH_AND_WAIVED), Detail.VERBOSE).splitlines()
    for each, line in zip(EACH_AND_WAIVED, lines, strict=False):
        reason = f"  {each['reason']}" if each["reason"] else ""
        assert line == f"{each['verdict']}  {each['id']} ({each['level']})  It is kept.{reason}"


def test_verbose_says_every_finding_of_every_requirement_in_full() -> None:
    many = [
        requirement("failed", id=f"VC-N-{number}", findings=[finding(), finding()]) for number in range(30)
    ]
    cause = {"cause": "c", "primary": "VC-N-0", "related": [each["id"] for each in many[1:]]}
    told = said(record(*many, causes=[cause]), Detail.VERBOSE)
    assert told.count("failed  VC-N-") == 60
    assert all(told.count(f"\n  {label:<9} ") == 60 for label in LABELS)
    assert told.count("  also  ") == 1


def test_verbose_says_how_long_it_took_and_with_what() -> None:
    slow = [requirement(id=f"VC-N-{number:02}", seconds=number / 10) for number in range(12)]
    lines = said(record(*slow, latency=[LATENCY]), Detail.VERBOSE).splitlines()
    assert "latency  responses  median ms  p95 ms  longest ms" in lines
    assert "VC-GET           3        1.5   250.0      1000.0" in lines
    start = lines.index("slowest requirements      ms")
    assert lines[start + 1].split() == ["VC-N-11", "1100.0"]
    assert lines[start + 10].split() == ["VC-N-02", "200.0"]
    assert lines[start + 11] == ""
    assert "versions  conference-conformance 0.1.0, hypothesis 6.0.0" in lines


def test_verbose_says_what_the_processor_was_needed_for_most_first() -> None:
    told = record(requirement(), phases={"generation": 0.5, "transport": 1.25, "rest": 0.25})
    lines = said(told, Detail.VERBOSE).splitlines()
    start = lines.index("CPU time        ms  share")
    assert lines[start + 1 : start + 4] == [
        "transport   1250.0    62%",
        "generation   500.0    25%",
        "rest         250.0    12%",
    ]


def test_verbose_says_nothing_of_times_that_are_not_known() -> None:
    timeless = requirement()
    del timeless["seconds"]
    told = said(record(timeless, latency=[]), Detail.VERBOSE)
    assert "slowest" not in told
    assert "latency" not in told


@pytest.mark.parametrize("detail", Detail)
def test_every_amount_ends_in_the_verdict(detail: Detail) -> None:
    assert said(record(*EACH_AND_WAIVED), detail).splitlines()[-1].startswith("does not conform: 3 of 10 ")


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("width", [1, 20, 40, 80])
def test_a_narrow_screen_loses_no_letter(width: int, detail: Detail) -> None:
    made = record(*EACH_AND_WAIVED, latency=[LATENCY])
    assert said(made, detail, width=width) == said(made, detail, width=1000)


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("name", NASTY)
def test_hostile_text_never_reaches_the_screen(name: str, detail: Detail) -> None:
    text = NASTY[name]
    members = dict.fromkeys(("reason", "sentence", "source"), text)
    many = [requirement(each, **members, findings=[finding(text)]) for each in ("failed", "error", "waived")]
    undecided = requirement("inconclusive", **members)
    leftover = {"collection": text, "id": text, "name": text}
    suite = {"name": text, "version": text, "spec": text, "engines": {text: text}}
    for verdict in ("does-not-conform", "not-started"):
        made = record(*many, undecided, verdict=verdict, notes=[text], leftovers=[leftover], suite=suite)
        told = said(made, detail)
        assert all(each.isprintable() or each == "\n" for each in told)
    (line,) = said(record(verdict="not-started", notes=[text]), detail).splitlines()[:1]
    assert line.isprintable()


@pytest.mark.parametrize("name", NASTY)
def test_hostile_text_brings_no_escape_codes_of_its_own_to_a_terminal(name: str) -> None:
    hostile = requirement("failed", reason=NASTY[name], findings=[finding(NASTY[name])])
    plain = requirement("failed", reason="x", findings=[finding("x")])
    codes = [said(record(each), Detail.VERBOSE, colors=True).count("\x1b") for each in (hostile, plain)]
    assert codes[0] == codes[1] > 0


def shown(folder: Path, detail: Detail, *, terminal: bool, **environment: str) -> bytes:
    """Return what a process of its own writes, to a terminal or to a pipe."""
    text = "é … \u202e \x1b[31m \0 \ud800 😀"
    made = record(*EACH, requirement("failed", reason=text, findings=[finding(text)]))
    (folder / "record.json").write_text(json.dumps(made), encoding="ascii")
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    line = [sys.executable, "-c", SHOW, str(folder / "record.json"), str(detail)]
    given = {**kept, "TERM": "xterm-256color", **environment}
    if not terminal:
        return subprocess.run(line, env=given, capture_output=True, check=True).stdout
    return _on_a_terminal(line, given)


UNSET = frozenset({"NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"})


def _on_a_terminal(line: list[str], environment: dict[str, str]) -> bytes:
    """Run a command with its output on a terminal, and return what came there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(line, env=environment, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        written = b""
        while chunk := _read(ours):
            written += chunk
    os.close(ours)
    assert process.returncode == 0
    return written


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.parametrize("detail", Detail)
def test_a_terminal_is_written_to_in_colour(tmp_path: Path, detail: Detail) -> None:
    assert b"\x1b[1;31mfailed" in shown(tmp_path, detail, terminal=True)


@pytest.mark.parametrize("detail", Detail)
def test_what_is_no_terminal_gets_no_escape_codes(tmp_path: Path, detail: Detail) -> None:
    assert b"\x1b" not in shown(tmp_path, detail, terminal=False)


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("forced", [{}, {"FORCE_COLOR": "1"}], ids=["", "forced"])
def test_no_color_means_no_escape_codes(tmp_path: Path, detail: Detail, forced: dict[str, str]) -> None:
    assert b"\x1b" not in shown(tmp_path, detail, terminal=True, NO_COLOR="1", **forced)


def test_an_empty_no_color_means_nothing(tmp_path: Path) -> None:
    assert b"\x1b[" in shown(tmp_path, Detail.NORMAL, terminal=True, NO_COLOR="")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_may_change_only_where_escape_codes_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert supports_live_update(Console(file=Terminal(), force_terminal=True, color_system="standard"))
    assert not supports_live_update(Console(file=io.StringIO(), force_terminal=True, color_system="standard"))
    assert not supports_live_update(Console(file=Terminal(), force_terminal=False, color_system="standard"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout", Terminal())
    assert not supports_live_update(stdout_console())
