"""Terminal output of the numbers of a run: verdicts by operation, latency, CPU time, durations, versions."""

from collections import Counter
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Final

from rich.console import Console

from reports.formats.terminal.console import print_line, print_table
from reports.formats.terminal.findings import VERDICT_STYLES

_MAX_SLOWEST: Final = 10  # requirements in the table of durations


def print_summary(record: Mapping[str, Any], console: Console) -> None:
    """Print the number of verdicts of each kind by operation."""
    by_operation: dict[str, Counter[str]] = {}
    for requirement in record["requirements"]:
        counts = by_operation.setdefault(requirement["operation"], Counter())
        counts[requirement["verdict"]] += 1
    verdicts = [
        verdict for verdict in VERDICT_STYLES if any(counts[verdict] for counts in by_operation.values())
    ]
    rows = [
        (operation, *(str(counts[verdict] or "·") for verdict in verdicts))
        for operation, counts in by_operation.items()
    ]
    print_table(
        console, ("operation", *verdicts), rows, ("", *(VERDICT_STYLES[verdict] for verdict in verdicts))
    )


def print_latency(record: Mapping[str, Any], console: Console) -> None:
    """Print the response times by operation."""
    rows = [
        (
            figures["operation"],
            str(figures["responses"]),
            *(_ms(figures[name]) for name in ("median", "p95", "max")),
        )
        for figures in record["latency"]
    ]
    print_table(console, ("latency", "responses", "median ms", "p95 ms", "longest ms"), rows)


def print_cpu_times(record: Mapping[str, Any], console: Console) -> None:
    """Print the CPU time by phase, the longest first."""
    phases = record.get("cpu_seconds", {})
    total = sum(phases.values()) or 1.0
    longest_first = sorted(phases.items(), key=itemgetter(1), reverse=True)
    rows = [(phase, _ms(seconds), f"{seconds / total:.0%}") for phase, seconds in longest_first]
    print_table(console, ("CPU time", "ms", "share"), rows)


def print_slowest(record: Mapping[str, Any], console: Console) -> None:
    """Print the requirements that took longest."""
    slowest = sorted(record["requirements"], key=lambda entry: entry.get("seconds", 0), reverse=True)
    rows = [(entry["id"], _ms(entry["seconds"])) for entry in slowest[:_MAX_SLOWEST] if entry.get("seconds")]
    print_table(console, ("slowest requirements", "ms"), rows)


def print_versions(suite: Mapping[str, Any], console: Console) -> None:
    """Print the versions of the suite, of its engines and of the specification."""
    engines = ", ".join(f"{name} {version}" for name, version in suite["engines"].items())
    print_line(console, ("versions  ", "dim"), f"{suite['name']} {suite['version']}, {engines}")
    print_line(console, ("spec      ", "dim"), suite["spec"])
    print_line(console)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f}"
