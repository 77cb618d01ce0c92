"""What a run says at its end: findings first, then a summary by operation, then the verdict.

Lines are never broken, so that they can be copied and searched; a narrow screen does that by itself.
"""

import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from reports.presentation import waiver_messages
from reports.presentation.sanitize import inert
from reports.records.fuzz_results import News

_STYLES: Final = {
    "passed": "green",
    "failed": "bold red",
    "warned": "yellow",
    "inconclusive": "magenta",
    "not-applicable": "dim",
    "waived": "cyan",
    "error": "bold red",
}
_VERDICTS: Final = {
    "conforms": "bold green",
    "does-not-conform": "bold red",
    "inconclusive": "bold magenta",
    "error": "bold red",
    "interrupted": "bold yellow",
    "not-started": "bold red",
}
_WAIVERS: Final = {"passes": "bold red", "expired": "bold red", "unused": "dim"}
_UNBEGUN: Final = frozenset({"not-started", "error"})
_FIELDS: Final = ("sent", "expected", "received", "why", "source", "curl", "again")
_MOST: Final = 20  # causes shown in full; all findings stand in results.json
_SIZES: Final = ("COLUMNS", "LINES")
_SIZE: Final = re.compile("[1-9][0-9]{0,3}")
_MOST_REASONS: Final = 100  # for which requirements are inconclusive
_MOST_ERRORS: Final = 100  # shown in full
_MOST_LEFTOVERS: Final = 1_000  # named on the screen
_FEW: Final = 3  # ids that are enough to know which
_SLOWEST: Final = 10  # requirements that are named for their time

Row = Sequence[str]


class Detail(StrEnum):
    """How much is said."""

    QUIET = "quiet"
    USUAL = "usual"
    VERBOSE = "verbose"


def screen() -> Console:
    """Return standard output: in color on a terminal, as plain text elsewhere or where NO_COLOR is set."""
    return Console(
        file=sys.stdout,
        highlight=False,
        emoji=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        _environ=_environment(),
    )


def _environment() -> dict[str, str]:
    """Return the environment without sizes that no screen has: with COLUMNS=0 rich would print nothing."""
    impossible = {name for name in _SIZES if not _SIZE.fullmatch(os.environ.get(name, ""))}
    return {name: value for name, value in os.environ.items() if name not in impossible}


def lively(console: Console) -> bool:
    """Tell whether a line may change on this screen: only on a terminal, and one that takes escape codes."""
    return console.file.isatty() and console.is_interactive and console.color_system is not None


def show(record: Mapping[str, Any], console: Console, output: str, detail: Detail = Detail.USUAL) -> None:
    """Print a record."""
    if detail is Detail.QUIET:
        _headlines(record, console)
    elif detail is Detail.VERBOSE:
        _everything(record, console)
    else:
        _findings(record, console, output)
        _undecided(record, console)
        _summary(record, console)
    _verdict(record, console, output)


def tell(
    record: Mapping[str, Any], news: News, console: Console, where: str, detail: Detail = Detail.USUAL
) -> None:
    """Print what a round found that no round before it did, and where its evidence is."""
    requirements = {each["id"]: each for each in record["requirements"]}
    shown = [(cause["lead"], cause["others"]) for cause in news.causes]
    shown += [(identifier, ()) for identifier in news.errors]
    for lead, others in shown:
        if detail is Detail.QUIET:
            _print(console, _headline(requirements[lead]))
        else:
            _requirement(requirements[lead], console, others, where)
    for identifier, cause in news.besides if detail is not Detail.QUIET else ():
        _print(console, _headline(requirements[identifier]))
        _print(console, f"  besides   what is known already: {cause}")
        _print(console, f"  round     {where}\n")


def conclude(record: Mapping[str, Any], console: Console, output: str, detail: Detail = Detail.USUAL) -> None:
    """Print how an exploration ended; what it found was told when it was found."""
    if detail is not Detail.QUIET:
        _undecided(record, console)
    _verdict(record, console, output)


def counted(number: int, thing: str) -> str:
    """Return how many there are of a thing."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _headlines(record: Mapping[str, Any], console: Console) -> None:
    """Print one line for each cause, and for each mistake of ours."""
    requirements = {each["id"]: each for each in record["requirements"]}
    for cause in record["causes"]:
        _print(console, _headline(requirements[cause["lead"]]))
    for requirement in record["requirements"]:
        if requirement["verdict"] == "error":
            _print(console, _headline(requirement))


def _findings(record: Mapping[str, Any], console: Console, output: str) -> None:
    """Print each cause once, with the finding that shows it plainest."""
    requirements = {each["id"]: each for each in record["requirements"]}
    causes = record["causes"]
    for cause in causes[:_MOST]:
        _requirement(requirements[cause["lead"]], console, cause["others"])
    if len(causes) > _MOST:
        _print(console, Text(f"… and {len(causes) - _MOST} more in {inert(output)}/results.json\n", "dim"))
    errors = [each for each in record["requirements"] if each["verdict"] == "error"]
    for requirement in errors[:_MOST_ERRORS]:
        _requirement(requirement, console, ())
    if len(errors) > _MOST_ERRORS:
        _print(console, (f"… and {len(errors) - _MOST_ERRORS} more errors in results.json\n", "dim"))


def _everything(record: Mapping[str, Any], console: Console) -> None:
    """Print a line for each requirement, every finding in full, how long it took, and with what."""
    others = {cause["lead"]: cause["others"] for cause in record["causes"]}
    for requirement in record["requirements"]:
        _print(console, _headline(requirement), f"  {requirement['reason']}" if requirement["reason"] else "")
    _print(console)
    for requirement in record["requirements"]:
        if requirement["findings"] or requirement["verdict"] == "error":
            _requirement(requirement, console, others.get(requirement["id"], ()))
            for place in requirement.get("trace", ()):
                _print(console, f"  trace     {place}")
    for place in record.get("trace", ()):
        _print(console, f"trace  {place}")
    _summary(record, console)
    _latency(record, console)
    _phases(record, console)
    _slowest(record, console)
    _versions(record["suite"], console)


def _requirement(
    requirement: Mapping[str, Any], console: Console, others: Sequence[str], where: str = ""
) -> None:
    """Print a requirement with its finding, and the names of those that the same cause breaks."""
    _print(console, _headline(requirement))
    for finding in requirement["findings"]:
        told = {**finding, "source": requirement["source"]}
        for field in _FIELDS:
            _print(console, (f"  {field:<9} ", "dim"), told[field])
    if requirement["reason"]:
        _print(console, f"  reason    {requirement['reason']}")
    if others:
        _print(console, f"  besides   {_listed(others)}")
    if where:
        _print(console, f"  round     {where}")
    _print(console)


def _headline(requirement: Mapping[str, Any]) -> Text:
    return Text.assemble(
        (requirement["verdict"], _STYLES[requirement["verdict"]]),
        "  ",
        (inert(requirement["id"]), "bold"),
        f" ({requirement['level']})  {inert(requirement['sentence'])}",
    )


def _print(console: Console, *parts: Text | str | tuple[str, str]) -> None:
    """Print a line of which each part is inert."""
    line = Text()
    for part in parts:
        text, style = part if isinstance(part, tuple) else (part, "")
        line.append_text(text) if isinstance(text, Text) else line.append(inert(text), style)
    console.print(line, highlight=False, soft_wrap=True)


def _listed(ids: Sequence[str]) -> str:
    """Return the first few of a list of ids, and how many more there are."""
    more = f" and {len(ids) - _FEW} more" if len(ids) > _FEW else ""
    return f"{', '.join(ids[:_FEW])}{more}"


def _undecided(record: Mapping[str, Any], console: Console) -> None:
    """Group what was not decided by its reason: there are many requirements and few reasons."""
    undecided = [each for each in record["requirements"] if each["verdict"] == "inconclusive"]
    by_reason: dict[str, list[str]] = {}
    for each in undecided:
        by_reason.setdefault(each["reason"] or "", []).append(each["id"])
    for reason, ids in islice(by_reason.items(), _MOST_REASONS):
        _print(console, ("inconclusive", "magenta"), f"  {_listed(ids)}: {reason}")
    if len(by_reason) > _MOST_REASONS:
        _print(console, (f"… and {len(by_reason) - _MOST_REASONS} more reasons in results.json", "dim"))
    if by_reason:
        _print(console)


def _summary(record: Mapping[str, Any], console: Console) -> None:
    by_operation: dict[str, Counter[str]] = {}
    for each in record["requirements"]:
        by_operation.setdefault(each["operation"], Counter())[each["verdict"]] += 1
    shown = [verdict for verdict in _STYLES if any(counts[verdict] for counts in by_operation.values())]
    rows = [
        (operation, *(str(counts[verdict] or "·") for verdict in shown))
        for operation, counts in by_operation.items()
    ]
    _table(console, ("operation", *shown), rows, ("", *(_STYLES[verdict] for verdict in shown)))


def _latency(record: Mapping[str, Any], console: Console) -> None:
    rows = [
        (each["operation"], str(each["answers"]), *(_ms(each[name]) for name in ("median", "p95", "longest")))
        for each in record["latency"]
    ]
    _table(console, ("latency", "answers", "median ms", "p95 ms", "longest ms"), rows)


def _phases(record: Mapping[str, Any], console: Console) -> None:
    """Print what the processor's time went into, most first."""
    spent = record.get("phases", {})
    whole = sum(spent.values()) or 1.0
    most = sorted(spent.items(), key=lambda each: each[1], reverse=True)
    rows = [(phase, _ms(seconds), f"{seconds / whole:.0%}") for phase, seconds in most]
    _table(console, ("time of the processor", "ms", "share"), rows)


def _slowest(record: Mapping[str, Any], console: Console) -> None:
    slow = sorted(record["requirements"], key=lambda each: each.get("seconds", 0), reverse=True)
    rows = [(each["id"], _ms(each["seconds"])) for each in slow[:_SLOWEST] if each.get("seconds")]
    _table(console, ("slowest requirements", "ms"), rows)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f}"


def _versions(suite: Mapping[str, Any], console: Console) -> None:
    engines = ", ".join(f"{name} {version}" for name, version in suite["engines"].items())
    _print(console, ("versions  ", "dim"), f"{suite['name']} {suite['version']}, {engines}")
    _print(console, ("spec      ", "dim"), suite["spec"])
    _print(console)


def _table(console: Console, head: Row, rows: Sequence[Row], styles: Row = ()) -> None:
    """Print rows in columns, names to the left and numbers to the right."""
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


def _verdict(record: Mapping[str, Any], console: Console, output: str) -> None:
    unbegun = record["verdict"] in _UNBEGUN and not (record["requirements"] and record["footer"]["complete"])
    for note in record["notes"][:1] if unbegun else ():
        for line in note.split("\n"):
            _print(console, line)
    for waiver in record["waivers"]:
        _print(console, (waiver_messages.line(waiver), _WAIVERS.get(waiver["state"], _STYLES["waived"])))
    leftovers = record["leftovers"]
    for leftover in leftovers[:_MOST_LEFTOVERS]:
        left = f"left behind: {leftover['collection']}/{leftover['id']} {leftover['name']}"
        _print(console, (left, "yellow"))
    if len(leftovers) > _MOST_LEFTOVERS:
        more = len(leftovers) - _MOST_LEFTOVERS
        _print(console, (f"left behind: … and {more} more in results.json", "yellow"))
    _print(
        console,
        (record["verdict"].replace("-", " "), _VERDICTS[record["verdict"]]),
        f"  {_extent(record)}{_broken(record['causes'])}",
        f", {record['requests']} requests, {record['seconds']:.1f} s{_left(record['leftovers'])}",
        (f"  exit {record['exit_code']}, {output}/", "dim"),
    )


def _extent(record: Mapping[str, Any]) -> str:
    """Return how much was looked at."""
    requirements = f"{len(record['requirements'])} requirements"
    explored = record.get("exploration")
    if not explored:
        return requirements
    rounds, findings = counted(explored["rounds"], "round"), counted(explored["findings"], "distinct finding")
    return f"{rounds}, {findings}, {requirements}"


def _left(leftovers: Sequence[Any]) -> str:
    return f", {len(leftovers)} left behind" if leftovers else ""


def _broken(causes: Sequence[Mapping[str, Any]]) -> str:
    if not causes:
        return ""
    requirements = sum(1 + len(each["others"]) for each in causes)
    return f", {requirements} not kept for {len(causes)} cause{'s' if len(causes) > 1 else ''}"
