"""Terminal output of a run: findings first, then a summary by operation, then the verdict.

Lines are not wrapped, so that they can be copied and searched; a narrow terminal wraps them itself.
"""

import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import islice
from operator import itemgetter
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from reports.presentation import views, waiver_messages
from reports.presentation.failure_text import INDENTATION, finding_fields
from reports.presentation.hints import hints
from reports.presentation.known_failures import is_known, known_failures, problem_text
from reports.presentation.log_commands import escape_log_line
from reports.presentation.unscored_checks import unscored_text
from reports.records import baseline, exit_codes, overall_status
from reports.records.fuzz_results import NewFindings
from reports.records.overall_status import count_with_noun

_STYLES: Final = {
    "passed": "green",
    "failed": "bold red",
    "warned": "yellow",
    "inconclusive": "magenta",
    "not-applicable": "dim",
    "waived": "cyan",
    "error": "bold red",
}
_STATUSES: Final = {
    overall_status.CONFORMS: "bold green",
    overall_status.CONFORMS_WITH_WAIVERS: "bold yellow",
    overall_status.NO_NEW_FAILURES: "bold yellow",
    overall_status.PARTIAL: "bold yellow",
    overall_status.DOES_NOT_CONFORM: "bold red",
    overall_status.INCONCLUSIVE: "bold magenta",
    overall_status.ERROR: "bold red",
    overall_status.INTERRUPTED: "bold yellow",
    overall_status.NOT_STARTED: "bold red",
}
_WAIVERS: Final = {"passes": "bold red", "expired": "bold red", "unused": "dim", "not-needed": "yellow"}
_NOT_STARTED: Final = frozenset({"not-started", "error"})
_MAX_CAUSES: Final = {"must": 20, "should": 10, "may": 5}  # printed in full; the reports contain all
_MAX_MEMBERS: Final = 12  # in the list of members of a root cause
_MAX_COMMAND: Final = 4_000  # characters of the commands that reproduce a finding
_MAX_COMMAND_LINES: Final = 14
_SIZE_VARIABLES: Final = ("COLUMNS", "LINES")
_SIZE: Final = re.compile("[1-9][0-9]{0,3}")
_MAX_REASONS: Final = 100  # of inconclusive requirements
_MAX_QUIET_REASONS: Final = 10
_MAX_ERRORS: Final = 100  # printed in full
_MAX_KNOWN: Final = 20  # known failures
_MAX_LEFTOVERS: Final = 1_000
_MAX_IDS: Final = 3  # in a list of requirements
_MAX_SLOWEST: Final = 10  # requirements in the table of durations

Row = Sequence[str]


class Detail(StrEnum):
    """Amount of output."""

    QUIET = "quiet"
    NORMAL = "usual"
    VERBOSE = "verbose"


def stdout_console() -> Console:
    """Return standard output as a console: in color on a terminal, unless NO_COLOR is set."""
    return Console(
        file=sys.stdout,
        highlight=False,
        emoji=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        _environ=_environment(),
    )


def _environment() -> dict[str, str]:
    """Return the environment without invalid terminal sizes: with COLUMNS=0 rich would print nothing."""
    invalid = {name for name in _SIZE_VARIABLES if not _SIZE.fullmatch(os.environ.get(name, ""))}
    return {name: value for name, value in os.environ.items() if name not in invalid}


def supports_live_update(console: Console) -> bool:
    """Return whether a line can be updated in place: only on a terminal that supports escape codes."""
    return console.file.isatty() and console.is_interactive and console.color_system is not None


def print_record(
    record: Mapping[str, Any], console: Console, output: str, detail: Detail = Detail.NORMAL
) -> None:
    """Print a record."""
    if detail is Detail.QUIET:
        _headlines(record, console)
    elif detail is Detail.VERBOSE:
        _everything(record, console)
    else:
        _findings(record, console, output)
        _undecided(record, console)
        _known_failures(record, console, output)
        _summary(record, console)
    if record.get("unscored") and detail is not Detail.QUIET:
        _print(console, (unscored_text(record["unscored"]), "dim"))
        _print(console)
    _verdict(record, console, output, detail)


def print_new_findings(
    record: Mapping[str, Any],
    new_findings: NewFindings,
    console: Console,
    where: str,
    detail: Detail = Detail.NORMAL,
) -> None:
    """Print the new findings of a round, and the folder of its evidence."""
    requirements = {requirement["id"]: requirement for requirement in record["requirements"]}
    new: list[Mapping[str, Any]] = [*views.by_level(new_findings.causes, record["requirements"])]
    new += [{"primary": identifier, "related": ()} for identifier in new_findings.errors]
    for cause in new:
        requirement = requirements[cause["primary"]]
        if detail is Detail.QUIET:
            _print(console, _headline(requirement))
        else:
            _requirement(requirement, console, cause["related"], where, members=_members(cause))
    for identifier, text in new_findings.related if detail is not Detail.QUIET else ():
        _print(console, _headline(requirements[identifier]))
        _print(console, f"  also      violated by the reported root cause: {text}")
        _print(console, f"  round     {where}\n")


def print_result(
    record: Mapping[str, Any], console: Console, output: str, detail: Detail = Detail.NORMAL
) -> None:
    """Print the result of a fuzz campaign, whose findings were printed earlier."""
    if detail is not Detail.QUIET:
        _undecided(record, console)
    _verdict(record, console, output, detail)


def _headlines(record: Mapping[str, Any], console: Console) -> None:
    """Print one line for each root cause and each internal error, and why the run is inconclusive."""
    requirements = {requirement["id"]: requirement for requirement in record["requirements"]}
    for cause in _causes(record):
        _print(console, _headline(requirements[cause["primary"]]))
    for requirement in record["requirements"]:
        if requirement["verdict"] == "error":
            _print(console, _headline(requirement))
    if record["exit_code"] == exit_codes.INCONCLUSIVE:
        _undecided(record, console, _MAX_QUIET_REASONS)


def _findings(record: Mapping[str, Any], console: Console, output: str) -> None:
    """Print each root cause once, with its primary requirement: level must first, then should, then may."""
    requirements = {requirement["id"]: requirement for requirement in record["requirements"]}
    for level, limit in _MAX_CAUSES.items():
        causes = [cause for cause in _causes(record) if requirements[cause["primary"]]["level"] == level]
        for cause in causes[:limit]:
            _requirement(requirements[cause["primary"]], console, cause["related"], members=_members(cause))
        if len(causes) > limit:
            more = f"… and {len(causes) - limit} more of level {level}, see "
            _print(console, (f"{more}{output}/report.html", "dim"))
            _print(console)
    errors = [requirement for requirement in record["requirements"] if requirement["verdict"] == "error"]
    for requirement in errors[:_MAX_ERRORS]:
        _requirement(requirement, console, ())
    if len(errors) > _MAX_ERRORS:
        _print(console, (f"… and {len(errors) - _MAX_ERRORS} more errors in results.json", "dim"))
        _print(console)


def _causes(record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the root causes by level: must, should, may; failures first within a level.

    Root causes that violate only requirements that are known failures are left out.
    """
    known = {entry["id"] for entry in known_failures(record["requirements"])}
    causes = (
        cause for cause in record["causes"] if not known.issuperset((cause["primary"], *cause["related"]))
    )
    return views.by_level(causes, record["requirements"])


def _members(cause: Mapping[str, Any]) -> Sequence[str]:
    members: Sequence[str] = cause.get("members", ())
    return members


def _everything(record: Mapping[str, Any], console: Console) -> None:
    """Print a line for each requirement, every finding in full, the durations and the versions."""
    causes = {cause["primary"]: cause for cause in record["causes"]}
    for requirement in record["requirements"]:
        _print(console, _headline(requirement), f"  {requirement['reason']}" if requirement["reason"] else "")
    _print(console)
    for requirement in record["requirements"]:
        if requirement["findings"] or requirement["verdict"] == "error":
            cause = causes.get(requirement["id"], {})
            _requirement(requirement, console, cause.get("related", ()), members=_members(cause))
            for frame in requirement.get("trace", ()):
                _print(console, f"  trace     {frame}")
    for frame in record.get("trace", ()):
        _print(console, f"trace  {frame}")
    _summary(record, console)
    _latency(record, console)
    _phases(record, console)
    _slowest(record, console)
    _versions(record["suite"], console)


def _requirement(
    requirement: Mapping[str, Any],
    console: Console,
    related: Sequence[str],
    where: str = "",
    *,
    members: Sequence[str] = (),
) -> None:
    """Print a requirement with its findings, and the ids of those that the same root cause violates."""
    _print(console, _headline(requirement))
    if len(members) > 1:
        _print(console, ("  members   ", "dim"), f"{len(members)}: {_listed(members, _MAX_MEMBERS)}")
    for finding in requirement["findings"]:
        for label, text in finding_fields(requirement, finding):
            _print_field(console, label, text)
    if requirement["reason"]:
        _print(console, f"  reason    {requirement['reason']}")
    if related:
        _print(console, f"  also      {_listed(related)}")
    if where:
        _print(console, f"  round     {where}")
    _print(console)


def _print_field(console: Console, label: str, text: str) -> None:
    """Print a part of a finding; the lines of a command stay lines, so that it can be copied."""
    if label != "curl":
        _print(console, (f"  {label:<9} ", "dim"), (text, "bold" if label == "problem" else ""))
        return
    lines = text.split("\n")
    if len(text) > _MAX_COMMAND or len(lines) > _MAX_COMMAND_LINES:
        size = f"{count_with_noun(len(lines), 'line')}, {count_with_noun(len(text), 'character')}"
        lines = [f"# {size}: see report.html or results.json"]
    for number, line in enumerate(lines):
        _print(console, (f"  {label:<9} ", "dim") if number == 0 else " " * INDENTATION, line)


def _headline(requirement: Mapping[str, Any]) -> Text:
    return Text.assemble(
        (requirement["verdict"], _STYLES[requirement["verdict"]]),
        "  ",
        (escape_log_line(requirement["id"], starts_line=False), "bold"),
        f" ({requirement['level']})  {escape_log_line(requirement['sentence'], starts_line=False)}",
    )


def _print(console: Console, *parts: Text | str | tuple[str, str]) -> None:
    """Print a line of parts, each with unprintable characters and commands of CI systems escaped."""
    line = Text()
    for part in parts:
        text, style = part if isinstance(part, tuple) else (part, "")
        if isinstance(text, Text):
            line.append_text(text)
        else:
            line.append(escape_log_line(text, starts_line=not line.plain.strip()), style)
    console.print(line, highlight=False, soft_wrap=True)


def _listed(names: Sequence[str], limit: int = _MAX_IDS) -> str:
    """Return the first names of a list and the number of the remaining ones."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"{', '.join(names[:limit])}{more}"


def _undecided(record: Mapping[str, Any], console: Console, limit: int = _MAX_REASONS) -> None:
    """Print the requirements that were not decided by reason: there are many requirements and few reasons.

    These are the inconclusive ones; if no requirement applies, all of them.
    """
    verdicts = {requirement["verdict"] for requirement in record["requirements"]}
    undecided = verdicts if verdicts == {"not-applicable"} else {"inconclusive"}
    by_reason: dict[tuple[str, str], list[str]] = {}
    for requirement in record["requirements"]:
        if requirement["verdict"] in undecided and not is_known(requirement):
            key = requirement["verdict"], requirement["reason"] or ""
            by_reason.setdefault(key, []).append(requirement["id"])
    for (verdict, reason), ids in islice(by_reason.items(), limit):
        _print(console, (verdict, _STYLES[verdict]), f"  {_listed(ids)}: {reason}")
    if len(by_reason) > limit:
        _print(console, (f"… and {len(by_reason) - limit} more reasons in results.json", "dim"))
    if by_reason:
        _print(console)


def _known_failures(record: Mapping[str, Any], console: Console, output: str) -> None:
    """Print one line for each failure that is known from the baseline."""
    known = known_failures(record["requirements"])
    for entry in known[:_MAX_KNOWN]:
        _print(console, ("known", "dim"), f"  {entry['verdict']}  {entry['id']}: {problem_text(entry)}")
    if len(known) > _MAX_KNOWN:
        more = f"… and {len(known) - _MAX_KNOWN} more known failures, see {output}/report.html"
        _print(console, (more, "dim"))
    if known:
        _print(console)


def _summary(record: Mapping[str, Any], console: Console) -> None:
    by_operation: dict[str, Counter[str]] = {}
    for requirement in record["requirements"]:
        counts = by_operation.setdefault(requirement["operation"], Counter())
        counts[requirement["verdict"]] += 1
    verdicts = [verdict for verdict in _STYLES if any(counts[verdict] for counts in by_operation.values())]
    rows = [
        (operation, *(str(counts[verdict] or "·") for verdict in verdicts))
        for operation, counts in by_operation.items()
    ]
    _table(console, ("operation", *verdicts), rows, ("", *(_STYLES[verdict] for verdict in verdicts)))


def _latency(record: Mapping[str, Any], console: Console) -> None:
    rows = [
        (
            figures["operation"],
            str(figures["responses"]),
            *(_ms(figures[name]) for name in ("median", "p95", "max")),
        )
        for figures in record["latency"]
    ]
    _table(console, ("latency", "responses", "median ms", "p95 ms", "longest ms"), rows)


def _phases(record: Mapping[str, Any], console: Console) -> None:
    """Print the CPU time by phase, the longest first."""
    phases = record.get("cpu_seconds", {})
    total = sum(phases.values()) or 1.0
    longest_first = sorted(phases.items(), key=itemgetter(1), reverse=True)
    rows = [(phase, _ms(seconds), f"{seconds / total:.0%}") for phase, seconds in longest_first]
    _table(console, ("CPU time", "ms", "share"), rows)


def _slowest(record: Mapping[str, Any], console: Console) -> None:
    slowest = sorted(record["requirements"], key=lambda entry: entry.get("seconds", 0), reverse=True)
    rows = [(entry["id"], _ms(entry["seconds"])) for entry in slowest[:_MAX_SLOWEST] if entry.get("seconds")]
    _table(console, ("slowest requirements", "ms"), rows)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f}"


def _versions(suite: Mapping[str, Any], console: Console) -> None:
    engines = ", ".join(f"{name} {version}" for name, version in suite["engines"].items())
    _print(console, ("versions  ", "dim"), f"{suite['name']} {suite['version']}, {engines}")
    _print(console, ("spec      ", "dim"), suite["spec"])
    _print(console)


def _table(console: Console, head: Row, rows: Sequence[Row], styles: Row = ()) -> None:
    """Print rows in columns, names aligned left and numbers right."""
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    _print(console, *((cell, "dim") for cell in _aligned(head, widths)))
    for row in rows:
        _print(console, *zip(_aligned(row, widths), styles or [""] * len(row), strict=True))
    _print(console)


def _aligned(row: Row, widths: Sequence[int]) -> list[str]:
    numbers = (f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
    return [f"{row[0]:<{widths[0]}}", *numbers]


def _verdict(record: Mapping[str, Any], console: Console, output: str, detail: Detail) -> None:
    decided = record["requirements"] and record["footer"]["complete"]
    not_started = record["verdict"] in _NOT_STARTED and not decided
    for note in record["notes"][:1] if not_started else ():
        for line in note.split("\n"):
            _print(console, line)
    for line, state in waiver_messages.lines(record["waivers"]):
        _print(console, (line, _WAIVERS.get(state, _STYLES["waived"])))
    status = overall_status.overall_status(record)
    for sentence in baseline.sentences(record):
        _print(console, sentence)
    for limitation in overall_status.limitations(record) if detail is not Detail.QUIET else ():
        _print(console, (limitation, "dim"))
    for hint in hints(record):
        _print(console, (hint, "yellow"))
    leftovers = record["leftovers"]
    for leftover in leftovers[:_MAX_LEFTOVERS]:
        line = f"left behind: {leftover['collection']}/{leftover['id']} {leftover['name']}"
        _print(console, (line, "yellow"))
    if len(leftovers) > _MAX_LEFTOVERS:
        more = len(leftovers) - _MAX_LEFTOVERS
        _print(console, (f"left behind: … and {more} more in results.json", "yellow"))
    _print(
        console,
        (status, _STATUSES[status]),
        status_line(record).removeprefix(status),
        (f" (exit code {record['exit_code']}); reports in {output}/", "dim"),
    )


def status_line(record: Mapping[str, Any]) -> str:
    """Return the overall status of a record, the numbers behind it, the requests and the duration."""
    leftovers = record["leftovers"]
    parts = [
        f"{overall_status.qualified_status(record)}: {_extent(record)}",
        count_with_noun(record["requests"], "request"),
        f"{record['seconds']:.1f} s",
        *([count_with_noun(len(leftovers), "leftover resource")] if leftovers else []),
    ]
    return ", ".join(parts)


def _extent(record: Mapping[str, Any]) -> str:
    """Return the numbers of rounds, findings and requirements."""
    requirements = overall_status.tally(record)
    campaign = record.get("campaign")
    if not campaign:
        return requirements
    findings = count_with_noun(campaign["findings"], "distinct finding")
    return f"{count_with_noun(campaign['rounds'], 'round')}, {findings}, {requirements}"
