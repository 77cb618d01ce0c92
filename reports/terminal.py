"""What a run says at its end: findings first, then a summary by operation, then the verdict."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from reports import waivers
from reports.inert import inert

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
_FEW: Final = 3  # ids that are enough to know which


def show(record: Mapping[str, Any], console: Console, output: str) -> None:
    """Print a record."""
    requirements = {each["id"]: each for each in record["requirements"]}
    causes = record["causes"]
    for cause in causes[:_MOST]:
        _requirement(requirements[cause["lead"]], console, cause["others"])
    if len(causes) > _MOST:
        console.print(f"… and {len(causes) - _MOST} more in {output}/results.json\n", style="dim")
    for requirement in record["requirements"]:
        if requirement["verdict"] == "error":
            _requirement(requirement, console, ())
    _undecided(record, console)
    _summary(record, console)
    _verdict(record, console, output)


def _requirement(requirement: Mapping[str, Any], console: Console, others: Sequence[str]) -> None:
    """Print a requirement with its finding, and the names of those that the same cause breaks."""
    style = _STYLES[requirement["verdict"]]
    head = f"[{style}]{requirement['verdict']}[/]  [bold]{requirement['id']}[/] ({requirement['level']})  "
    console.print(head + escape(requirement["sentence"]), highlight=False, soft_wrap=True)
    for finding in requirement["findings"]:
        told = {**finding, "source": requirement["source"]}
        for field in _FIELDS:
            line = Text.assemble((f"  {field:<9} ", "dim"), inert(told[field]))
            console.print(line, highlight=False, soft_wrap=True)
    if requirement["reason"]:
        console.print(Text(inert(f"  reason    {requirement['reason']}")), highlight=False, soft_wrap=True)
    if others:
        console.print(Text(f"  besides   {_listed(others)}"), highlight=False, soft_wrap=True)
    console.print()


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
    for reason, ids in by_reason.items():
        line = Text.assemble(("inconclusive", "magenta"), inert(f"  {_listed(ids)}: {reason}"))
        console.print(line, highlight=False, soft_wrap=True)
    if by_reason:
        console.print()


def _summary(record: Mapping[str, Any], console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("operation")
    shown = [
        verdict for verdict in _STYLES if any(each["verdict"] == verdict for each in record["requirements"])
    ]
    for verdict in shown:
        table.add_column(verdict, justify="right", style=_STYLES[verdict])
    by_operation: dict[str, Counter[str]] = {}
    for each in record["requirements"]:
        by_operation.setdefault(each["operation"], Counter())[each["verdict"]] += 1
    for operation, counts in by_operation.items():
        table.add_row(operation, *(str(counts[verdict] or "·") for verdict in shown))
    if by_operation:
        console.print(table)
        console.print()


def _verdict(record: Mapping[str, Any], console: Console, output: str) -> None:
    for note in record["notes"][:1] if record["verdict"] in _UNBEGUN and not record["requirements"] else ():
        console.print(Text(inert(note)), highlight=False, soft_wrap=True)
    for waiver in record["waivers"]:
        style = _WAIVERS.get(waiver["state"], _STYLES["waived"])
        console.print(Text(inert(waivers.line(waiver))), style=style, highlight=False, soft_wrap=True)
    for leftover in record["leftovers"]:
        left = f"left behind: {leftover['collection']}/{leftover['id']} {leftover['name']}"
        console.print(Text(inert(left)), style="yellow", highlight=False, soft_wrap=True)
    ending = Text.assemble(
        (record["verdict"].replace("-", " "), _VERDICTS[record["verdict"]]),
        f"  {len(record['requirements'])} requirements{_broken(record['causes'])}",
        f", {record['requests']} requests, {record['seconds']:.1f} s",
        (f"  exit {record['exit_code']}, {output}/", "dim"),
    )
    console.print(ending, highlight=False, soft_wrap=True)


def _broken(causes: Sequence[Mapping[str, Any]]) -> str:
    if not causes:
        return ""
    requirements = sum(1 + len(each["others"]) for each in causes)
    return f", {requirements} not kept for {len(causes)} cause{'s' if len(causes) > 1 else ''}"
