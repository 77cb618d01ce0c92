"""Terminal output of a run: findings first, then a summary by operation, then the verdict.

Lines are not wrapped, so that they can be copied and searched; a narrow terminal wraps them itself.
"""

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console

from reports.formats.terminal.console import Detail, print_line
from reports.formats.terminal.findings import (
    headline,
    members_of,
    print_findings,
    print_requirement,
    unknown_causes,
)
from reports.formats.terminal.overall_result import print_known_failures, print_undecided, print_verdict
from reports.formats.terminal.statistics import (
    print_cpu_times,
    print_latency,
    print_slowest,
    print_summary,
    print_versions,
)
from reports.presentation import views
from reports.presentation.unscored_checks import unscored_text
from reports.records import exit_codes
from reports.records.fuzz_results import NewFindings

_MAX_QUIET_REASONS: Final = 10


def print_record(
    record: Mapping[str, Any], console: Console, output: str, detail: Detail = Detail.NORMAL
) -> None:
    """Print a record."""
    if detail is Detail.QUIET:
        _headlines(record, console)
    elif detail is Detail.VERBOSE:
        _everything(record, console)
    else:
        print_findings(record, console, output)
        print_undecided(record, console)
        print_known_failures(record, console, output)
        print_summary(record, console)
    if record.get("unscored") and detail is not Detail.QUIET:
        print_line(console, (unscored_text(record["unscored"]), "dim"))
        print_line(console)
    print_verdict(record, console, output, detail)


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
            print_line(console, headline(requirement))
        else:
            print_requirement(requirement, console, cause["related"], where, members=members_of(cause))
    for identifier, text in new_findings.related if detail is not Detail.QUIET else ():
        print_line(console, headline(requirements[identifier]))
        print_line(console, f"  also      violated by the reported root cause: {text}")
        print_line(console, f"  round     {where}\n")


def print_result(
    record: Mapping[str, Any], console: Console, output: str, detail: Detail = Detail.NORMAL
) -> None:
    """Print the result of a fuzz campaign, whose findings were printed earlier."""
    if detail is not Detail.QUIET:
        print_undecided(record, console)
    print_verdict(record, console, output, detail)


def _headlines(record: Mapping[str, Any], console: Console) -> None:
    """Print one line for each root cause and each internal error, and why the run is inconclusive."""
    requirements = {requirement["id"]: requirement for requirement in record["requirements"]}
    for cause in unknown_causes(record):
        print_line(console, headline(requirements[cause["primary"]]))
    for requirement in record["requirements"]:
        if requirement["verdict"] == "error":
            print_line(console, headline(requirement))
    if record["exit_code"] == exit_codes.INCONCLUSIVE:
        print_undecided(record, console, _MAX_QUIET_REASONS)


def _everything(record: Mapping[str, Any], console: Console) -> None:
    """Print a line for each requirement, every finding in full, the durations and the versions."""
    causes = {cause["primary"]: cause for cause in record["causes"]}
    for requirement in record["requirements"]:
        print_line(
            console, headline(requirement), f"  {requirement['reason']}" if requirement["reason"] else ""
        )
    print_line(console)
    for requirement in record["requirements"]:
        if requirement["findings"] or requirement["verdict"] == "error":
            cause = causes.get(requirement["id"], {})
            print_requirement(requirement, console, cause.get("related", ()), members=members_of(cause))
            for frame in requirement.get("trace", ()):
                print_line(console, f"  trace     {frame}")
    for frame in record.get("trace", ()):
        print_line(console, f"trace  {frame}")
    print_summary(record, console)
    print_latency(record, console)
    print_cpu_times(record, console)
    print_slowest(record, console)
    print_versions(record["suite"], console)
