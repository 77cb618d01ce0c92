"""Terminal output of a run: level of detail, color where supported, and inert text."""

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

from reports.formats.terminal.console import Detail, stdout_console, supports_live_update
from reports.formats.terminal.run_output import print_record
from tests.reports.test_report_files import LABELS
from tests.support.run_records import HOSTILE, REQUIREMENTS, finding, record, requirement

EACH_AND_WAIVED = [
    *REQUIREMENTS,
    requirement("waived", reason="waived until 2030: known", findings=[finding()]),
]
LATENCY = {"operation": "VC-GET", "responses": 3, "median": 0.0015, "p95": 0.25, "max": 1.0}
HEADS = [
    "failed  VC-CREATE-FAILED (must)  It is kept.",
    "failed  VC-CREATE-OTHER (must)  It is kept.",
    "warned  VC-CREATE-WARNED (should)  It is kept.",
    "error  VC-CREATE-ERROR (must)  It is kept.",
]
# Rendering a long line of text is slow.
HOSTILE_TEXTS = {
    **{name: text[:100_000] for name, text in HOSTILE.items()},
    "bidirectional override": "a\u202eb\u2066c",
}
PRINT_RECORD = """
import json, sys
from reports.formats.terminal.console import Detail, stdout_console
from reports.formats.terminal.run_output import print_record
print_record(json.load(open(sys.argv[1])), stdout_console(), "out", Detail(sys.argv[2]))
"""


def printed(result: dict[str, Any], detail: Detail, *, width: int = 200, colors: bool = False) -> str:
    buffer = io.StringIO()
    console = Console(file=buffer, width=width, force_terminal=colors, color_system="256" if colors else None)
    print_record(result, console, "out", detail)
    return buffer.getvalue()


def test_quiet_prints_headlines_leftovers_and_the_verdict() -> None:
    leftover = {"collection": "/c", "id": "made-1", "name": "cc-mine"}
    assert printed(record(*REQUIREMENTS, leftovers=[leftover]), Detail.QUIET).splitlines() == [
        *HEADS,
        "left behind: /c/made-1 cc-mine",
        (
            "does not conform: 2 must, 1 should and 0 may of 9 requirements violated (3 root causes), "
            "1 inconclusive, 1 waived, 1 error, 1,918 requests, 1.5 s, "
            "1 leftover resource (exit code 1); reports in out/"
        ),
    ]


def test_quiet_prints_one_line_for_a_conforming_run() -> None:
    output = printed(record(REQUIREMENTS[0]), Detail.QUIET)
    assert output == "conforms: 1 requirement, 1,918 requests, 1.5 s (exit code 0); reports in out/\n"


def test_quiet_prints_the_requirements_and_reasons_of_an_inconclusive_run() -> None:
    entries = [
        requirement("inconclusive", id=f"VC-GET-{number}", reason=f"budget: {number % 12:02}")
        for number in range(48)
    ]
    lines = printed(record(*entries, exit_code=3, verdict="inconclusive"), Detail.QUIET).splitlines()
    assert lines[0] == "inconclusive  VC-GET-0, VC-GET-12, VC-GET-24 and 1 more: budget: 00"
    assert lines[10:12] == ["… and 2 more reasons in results.json", ""]
    assert len(lines) == 13


@pytest.mark.parametrize("detail", [Detail.QUIET, Detail.NORMAL])
def test_requirements_that_do_not_apply_are_printed_if_all_do_not(detail: Detail) -> None:
    entry = requirement("not-applicable", id="VC-GET-X", reason="not-observed: x")
    alone = printed(record(entry, exit_code=3, verdict="inconclusive"), detail)
    assert "not-applicable  VC-GET-X: not-observed: x\n" in alone
    assert "VC-GET-X" not in printed(record(entry, requirement("passed")), detail)


def test_checks_without_a_verdict_are_listed() -> None:
    result = record(REQUIREMENTS[0], unscored=["A", "B", "C", "D", "E"])
    line = (
        "unscored: 5 checks ran only for the requests that the selected requirements need: A, B, C and 2 more"
    )
    assert line in printed(result, Detail.NORMAL).splitlines()
    assert "unscored" not in printed(result, Detail.QUIET)


def test_quiet_prints_why_a_run_did_not_start() -> None:
    output = printed(
        record(verdict="not-started", notes=["cannot be reached\n  Check --target."]), Detail.QUIET
    )
    assert output.splitlines()[:2] == ["cannot be reached", "  Check --target."]
    assert len(output.splitlines()) == 3


def test_verbose_prints_a_line_for_each_requirement_with_its_reason() -> None:
    lines = printed(record(*EACH_AND_WAIVED), Detail.VERBOSE).splitlines()
    for entry, line in zip(EACH_AND_WAIVED, lines, strict=False):
        reason = f"  {entry['reason']}" if entry["reason"] else ""
        assert line == f"{entry['verdict']}  {entry['id']} ({entry['level']})  It is kept.{reason}"


def test_verbose_prints_every_finding_of_every_requirement_in_full() -> None:
    requirements = [
        requirement("failed", id=f"VC-N-{number}", findings=[finding(), finding()]) for number in range(30)
    ]
    cause = {"cause": "c", "primary": "VC-N-0", "related": [entry["id"] for entry in requirements[1:]]}
    output = printed(record(*requirements, causes=[cause]), Detail.VERBOSE)
    assert output.count("failed  VC-N-") == 60
    assert all(output.count(f"\n  {label:<9} ") == 60 for label in LABELS)
    assert output.count("  also  ") == 1


def test_root_causes_are_printed_by_level_with_a_limit_for_each() -> None:
    levels = [*["may"] * 7, *["should"] * 12, *["must"] * 2]
    requirements = [
        requirement("failed" if level == "must" else "warned", id=f"VC-N-{number}", level=level)
        for number, level in enumerate(levels)
    ]
    lines = printed(record(*requirements), Detail.NORMAL).splitlines()
    shown = [
        line.partition("(")[2].partition(")")[0] for line in lines if line.startswith(("failed", "warned"))
    ]
    assert shown == [*["must"] * 2, *["should"] * 10, *["may"] * 5]
    assert "… and 2 more of level should, see out/report.html" in lines
    assert "… and 2 more of level may, see out/report.html" in lines


def test_the_problem_comes_first_and_commands_keep_their_lines() -> None:
    shown = finding(problem="name is empty", curl="R1=$(curl -s x)\necho")
    lines = printed(record(requirement("failed", findings=[shown])), Detail.NORMAL).splitlines()
    assert lines[1] == "  problem   name is empty"
    at = lines.index("  curl      R1=$(curl -s x)")
    assert lines[at + 1] == f"{' ' * 12}echo"


def test_commands_that_do_not_fit_on_a_screen_are_replaced_by_their_size() -> None:
    output = printed(record(requirement("failed", findings=[finding(curl="x" * 5_000)])), Detail.NORMAL)
    assert "  curl      # 1 line, 5,000 characters: see report.html or results.json" in output


def test_the_members_of_a_root_cause_are_listed() -> None:
    cause = {"cause": "c", "primary": "VC-CREATE-FAILED", "related": [], "members": ["layout", "size"]}
    output = printed(record(requirement("failed"), causes=[cause]), Detail.NORMAL)
    assert "\n  members   2: layout, size\n" in output


def test_verbose_prints_latencies_durations_and_versions() -> None:
    slow = [requirement(id=f"VC-N-{number:02}", seconds=number / 10) for number in range(12)]
    lines = printed(record(*slow, latency=[LATENCY]), Detail.VERBOSE).splitlines()
    assert "latency  responses  median ms  p95 ms  longest ms" in lines
    assert "VC-GET           3        1.5   250.0      1000.0" in lines
    start = lines.index("slowest requirements      ms")
    assert lines[start + 1].split() == ["VC-N-11", "1100.0"]
    assert lines[start + 10].split() == ["VC-N-02", "200.0"]
    assert lines[start + 11] == ""
    assert "versions  conference-conformance 0.1.0, hypothesis 6.0.0" in lines


def test_verbose_prints_cpu_times_in_descending_order() -> None:
    result = record(requirement(), cpu_seconds={"generation": 0.5, "transport": 1.25, "rest": 0.25})
    lines = printed(result, Detail.VERBOSE).splitlines()
    start = lines.index("CPU time        ms  share")
    assert lines[start + 1 : start + 4] == [
        "transport   1250.0    62%",
        "generation   500.0    25%",
        "rest         250.0    12%",
    ]


def test_verbose_omits_unknown_times() -> None:
    timeless = requirement()
    del timeless["seconds"]
    output = printed(record(timeless, latency=[]), Detail.VERBOSE)
    assert "slowest" not in output
    assert "latency" not in output


@pytest.mark.parametrize("detail", Detail)
def test_every_level_of_detail_ends_with_the_verdict(detail: Detail) -> None:
    assert printed(record(*EACH_AND_WAIVED), detail).splitlines()[-1].startswith("does not conform: 2 must, ")


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("width", [1, 20, 40, 80])
def test_a_narrow_terminal_shows_the_full_text(width: int, detail: Detail) -> None:
    result = record(*EACH_AND_WAIVED, latency=[LATENCY])
    assert printed(result, detail, width=width) == printed(result, detail, width=1000)


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_hostile_text_is_escaped_at_every_level_of_detail(name: str, detail: Detail) -> None:
    text = HOSTILE_TEXTS[name]
    members = dict.fromkeys(("reason", "sentence", "source"), text)
    decided = [
        requirement(character, **members, findings=[finding(text)])
        for character in ("failed", "error", "waived")
    ]
    undecided = requirement("inconclusive", **members)
    leftover = {"collection": text, "id": text, "name": text}
    suite = {"name": text, "version": text, "spec": text, "engines": {text: text}}
    for verdict in ("does-not-conform", "not-started"):
        result = record(*decided, undecided, verdict=verdict, notes=[text], leftovers=[leftover], suite=suite)
        output = printed(result, detail)
        assert all(character.isprintable() or character == "\n" for character in output)
    (line,) = printed(record(verdict="not-started", notes=[text]), detail).splitlines()[:1]
    assert line.isprintable()


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_hostile_text_adds_no_escape_codes_to_a_terminal(name: str) -> None:
    hostile = requirement("failed", reason=HOSTILE_TEXTS[name], findings=[finding(HOSTILE_TEXTS[name])])
    plain = requirement("failed", reason="x", findings=[finding("x")])
    codes = [printed(record(entry), Detail.VERBOSE, colors=True).count("\x1b") for entry in (hostile, plain)]
    assert codes[0] == codes[1] > 0


def process_output(folder: Path, detail: Detail, *, terminal: bool, **environment: str) -> bytes:
    """Return the output of a separate process, written to a terminal or to a pipe."""
    text = "é … \u202e \x1b[31m \0 \ud800 😀"
    result = record(*REQUIREMENTS, requirement("failed", reason=text, findings=[finding(text)]))
    (folder / "record.json").write_text(json.dumps(result), encoding="ascii")
    inherited = {name: value for name, value in os.environ.items() if name not in COLOR_VARIABLES}
    command = [sys.executable, "-c", PRINT_RECORD, str(folder / "record.json"), str(detail)]
    variables = {**inherited, "TERM": "xterm-256color", **environment}
    if not terminal:
        return subprocess.run(command, env=variables, capture_output=True, check=True).stdout
    return _on_a_terminal(command, variables)


COLOR_VARIABLES = frozenset({"NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"})


def _on_a_terminal(command: list[str], environment: dict[str, str]) -> bytes:
    """Run a command with its output on a terminal, and return that output."""
    parent_end, child_end = pty.openpty()
    with subprocess.Popen(command, env=environment, stdout=child_end, stderr=subprocess.DEVNULL) as process:
        os.close(child_end)
        output = b""
        while chunk := _read(parent_end):
            output += chunk
    os.close(parent_end)
    assert process.returncode == 0
    return output


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.parametrize("detail", Detail)
def test_output_to_a_terminal_is_colored(tmp_path: Path, detail: Detail) -> None:
    assert b"\x1b[1;31mfailed" in process_output(tmp_path, detail, terminal=True)


@pytest.mark.parametrize("detail", Detail)
def test_output_to_a_pipe_has_no_escape_codes(tmp_path: Path, detail: Detail) -> None:
    assert b"\x1b" not in process_output(tmp_path, detail, terminal=False)


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("forced", [{}, {"FORCE_COLOR": "1"}], ids=["", "forced"])
def test_no_color_disables_escape_codes(tmp_path: Path, detail: Detail, forced: dict[str, str]) -> None:
    assert b"\x1b" not in process_output(tmp_path, detail, terminal=True, NO_COLOR="1", **forced)


def test_an_empty_no_color_is_ignored(tmp_path: Path) -> None:
    assert b"\x1b[" in process_output(tmp_path, Detail.NORMAL, terminal=True, NO_COLOR="")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_live_updates_need_a_terminal_with_escape_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert supports_live_update(Console(file=Terminal(), force_terminal=True, color_system="standard"))
    assert not supports_live_update(Console(file=io.StringIO(), force_terminal=True, color_system="standard"))
    assert not supports_live_update(Console(file=Terminal(), force_terminal=False, color_system="standard"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout", Terminal())
    assert not supports_live_update(stdout_console())
