"""Terminal output of the result of a run: undecided requirements, known failures, notes, overall status."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from rich.console import Console

from reports.formats.terminal.console import Detail, print_line
from reports.formats.terminal.findings import VERDICT_STYLES, joined
from reports.presentation import waiver_messages
from reports.presentation.hints import hints
from reports.presentation.known_failures import is_known, known_failures, problem_text
from reports.records import baseline, overall_status
from reports.records.overall_status import count_with_noun

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
_MAX_REASONS: Final = 100  # of inconclusive requirements
_MAX_KNOWN: Final = 20  # known failures
_MAX_LEFTOVERS: Final = 1_000


def print_undecided(record: Mapping[str, Any], console: Console, limit: int = _MAX_REASONS) -> None:
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
        print_line(console, (verdict, VERDICT_STYLES[verdict]), f"  {joined(ids)}: {reason}")
    if len(by_reason) > limit:
        print_line(console, (f"… and {len(by_reason) - limit} more reasons in results.json", "dim"))
    if by_reason:
        print_line(console)


def print_known_failures(record: Mapping[str, Any], console: Console, output: str) -> None:
    """Print one line for each failure that is known from the baseline."""
    known = known_failures(record["requirements"])
    for entry in known[:_MAX_KNOWN]:
        print_line(console, ("known", "dim"), f"  {entry['verdict']}  {entry['id']}: {problem_text(entry)}")
    if len(known) > _MAX_KNOWN:
        more = f"… and {len(known) - _MAX_KNOWN} more known failures, see {output}/report.html"
        print_line(console, (more, "dim"))
    if known:
        print_line(console)


def print_verdict(record: Mapping[str, Any], console: Console, output: str, detail: Detail) -> None:
    """Print the notes, waivers, hints and leftovers of a run, and its overall status."""
    decided = record["requirements"] and record["footer"]["complete"]
    not_started = record["verdict"] in _NOT_STARTED and not decided
    for note in record["notes"][:1] if not_started else ():
        for line in note.split("\n"):
            print_line(console, line)
    for line, state in waiver_messages.lines(record["waivers"]):
        print_line(console, (line, _WAIVERS.get(state, VERDICT_STYLES["waived"])))
    status = overall_status.overall_status(record)
    for sentence in baseline.sentences(record):
        print_line(console, sentence)
    for limitation in overall_status.limitations(record) if detail is not Detail.QUIET else ():
        print_line(console, (limitation, "dim"))
    for hint in hints(record):
        print_line(console, (hint, "yellow"))
    leftovers = record["leftovers"]
    for leftover in leftovers[:_MAX_LEFTOVERS]:
        line = f"left behind: {leftover['collection']}/{leftover['id']} {leftover['name']}"
        print_line(console, (line, "yellow"))
    if len(leftovers) > _MAX_LEFTOVERS:
        more = len(leftovers) - _MAX_LEFTOVERS
        print_line(console, (f"left behind: … and {more} more in results.json", "yellow"))
    print_line(
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
