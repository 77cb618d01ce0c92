"""Comparison of two records: verdicts that got worse, that got better, and other changes.

From best to worst: passed, not-applicable, waived, warned, inconclusive, failed, error. A verdict that
moves towards the end of this list is worse, one that moves towards its beginning is better. Changes that say
nothing about the target are listed as other changes: to not-applicable, of a `should` or `may` to
inconclusive, and of a violated requirement to inconclusive or waived. A `must` that was not violated and
becomes inconclusive is worse, because the run fails for it.

Runs of different scope are compared in the requirements that both tested; the others are left out.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from reports.presentation.failure_text import failure_text
from reports.presentation.log_commands import escape_log_line
from reports.presentation.sanitize import escape_unprintable
from reports.records.exit_codes import is_decided
from reports.records.merge import WORSENING
from reports.records.overall_status import (
    count_with_noun,
    has_decided_requirement,
    overall_status,
    tally,
)
from reports.records.setting_differences import differences

Record = Mapping[str, Any]

_LABELS: Final = {"worse": "worse", "better": "better", "otherwise": "other"}
_GROUPS: Final = tuple(_LABELS)
_STYLES: Final = {"worse": "bold red", "better": "green", "otherwise": "yellow"}
_MAX_IDS: Final = 5  # in a list of requirements
_MAX_CHANGES: Final = 20  # printed per group
_SAME: Final = (
    "suite",
    "target",
    "profiles",
    "effort",
    "seed",
    "select",
    "shard",
    "strict",
    "read_only",
    "property_based_only",
)


class NothingToCompareError(ValueError):
    """A record contains no verdicts."""


def compare_records(first: Record, second: Record) -> dict[str, Any]:
    """Return the changes from the first record to the second."""
    for letter, record in (("A", first), ("B", second)):
        if not has_decided_requirement(record):
            why = "; ".join(record["notes"][:1]) if not record["requirements"] else tally(record)
            raise NothingToCompareError(
                f"{letter} contains no decided requirement ({overall_status(record)}): "
                f"{why or 'no requirement was selected'}"
            )
    by_id = _by_id(first), _by_id(second)
    left_out = {"only_a": _missing(*by_id), "only_b": _missing(*reversed(by_id))}
    if not any(_are_decided(entry, by_id[1].get(entry["id"])) for entry in first["requirements"]):
        raise NothingToCompareError(
            f"no requirement is decided in both A and B: A has {tally(first)}, B has {tally(second)}"
            f"{_scope_hint(first, second)}"
        )
    changes = list(_changes(*by_id))
    return {
        "schema_version": 1,
        "a": _run(first),
        "b": _run(second),
        "differences": list(differences(first, second, _SAME)),
        "left_out": left_out,
        **{name: [change for group, change in changes if group == name] for name in _GROUPS},
    }


def print_comparison(comparison: Mapping[str, Any], console: Console) -> None:
    """Print a comparison: warnings first, then the worse verdicts with their findings, then the rest."""
    for difference in comparison["differences"]:
        _print(
            console,
            Text.assemble(
                ("warning", "yellow"), escape_log_line(f": runs differ in {difference}", starts_line=False)
            ),
        )
    for text in _left_out(comparison):
        _print(console, Text.assemble(("left out", "yellow"), escape_unprintable(f": {text}")))
    for group in _GROUPS:
        for change in comparison[group][:_MAX_CHANGES]:
            _print(
                console,
                Text.assemble(
                    (_LABELS[group], _STYLES[group]),
                    escape_log_line(f"  {_line(change)}", starts_line=False),
                ),
            )
            for line in _details(change):
                _print(console, Text(line))
        if len(comparison[group]) > _MAX_CHANGES:
            more = f"… and {len(comparison[group]) - _MAX_CHANGES} more {_LABELS[group]}"
            _print(console, Text(f"{more}; use --output FILE for the complete list", style="dim"))
    _print(console, Text(_sums(comparison), style="bold"))


def to_markdown(comparison: Mapping[str, Any]) -> str:
    """Return a comparison as Markdown."""
    return "\n".join(_markdown(comparison)) + "\n"


def to_json(comparison: Mapping[str, Any]) -> str:
    """Return a comparison as JSON."""
    return json.dumps(comparison, indent=1, ensure_ascii=True) + "\n"


def _by_id(record: Record) -> Mapping[str, Mapping[str, Any]]:
    return {requirement["id"]: requirement for requirement in record["requirements"]}


def _run(record: Record) -> dict[str, Any]:
    names = ("suite", "target", "profiles", "effort", "started", "verdict", "exit_code")
    return {**{name: record[name] for name in names}, "overall_status": overall_status(record)}


def _changes(
    first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the group and the change of each requirement whose verdict changed, in the order of B."""
    for identifier, now in second.items():
        was = first.get(identifier)
        if was is not None and was["verdict"] != now["verdict"]:
            yield _group(was["verdict"], now["verdict"], now["level"]), _change(was, now)


def _change(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: now[name] for name in ("id", "level", "sentence", "source")},
        "was": was["verdict"],
        "now": now["verdict"],
        "reason": now["reason"],
        "findings": list(now["findings"]),
    }


def _missing(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """Return the requirements of the first record that the second does not have."""
    return [identifier for identifier in first if identifier not in second]


def _are_decided(was: Mapping[str, Any], now: Mapping[str, Any] | None) -> bool:
    return now is not None and all(is_decided(entry["verdict"], entry["reason"]) for entry in (was, now))


def _scope_hint(first: Record, second: Record) -> str:
    described = "; ".join(differences(first, second, _SAME))
    return f"; they differ in {described}" if described else ""


def _left_out(comparison: Mapping[str, Any]) -> Iterator[str]:
    """Yield the requirements that only one of the runs tested."""
    for member, letter in (("only_a", "A"), ("only_b", "B")):
        names = comparison["left_out"][member]
        if names:
            more = f" and {len(names) - _MAX_IDS} more" if len(names) > _MAX_IDS else ""
            requirements = count_with_noun(len(names), "requirement")
            yield f"{requirements} only in {letter}: {', '.join(names[:_MAX_IDS])}{more}"


def _group(was: str, now: str, level: str) -> str:
    worse = WORSENING.index(now) > WORSENING.index(was)
    if now == "not-applicable" or (now == "inconclusive" and not (worse and level == "must")):
        return "otherwise"
    if worse:
        return "worse"
    return "otherwise" if now == "waived" else "better"


def _line(change: Mapping[str, Any]) -> str:
    return f"{change['id']} ({change['level']})  {_from_to(change)}  {change['sentence']}"


def _from_to(change: Mapping[str, Any]) -> str:
    return f"{change['was']} -> {change['now']}"


def _details(change: Mapping[str, Any]) -> list[str]:
    """Return the lines of the findings of a change, and the reason of its verdict."""
    findings = [_texts(finding) for finding in change["findings"]]
    requirement = {"verdict": change["now"], **change, "findings": findings}
    requirement["reason"] = change["reason"] and escape_unprintable(change["reason"])
    return [escape_log_line(line) for line in failure_text(requirement).splitlines()[1:]]


def _texts(finding: Mapping[str, Any]) -> dict[str, str]:
    return {name: escape_unprintable(text) for name, text in finding.items() if isinstance(text, str)}


def _sums(comparison: Mapping[str, Any]) -> str:
    sums = ", ".join(f"{len(comparison[group])} {label}" for group, label in _LABELS.items())
    statuses = " -> ".join(comparison[run]["overall_status"] for run in ("a", "b"))
    return f"{sums} changes  ({statuses})"


def _print(console: Console, line: Text) -> None:
    console.print(line, highlight=False, soft_wrap=True)


def _markdown(comparison: Mapping[str, Any]) -> Iterator[str]:
    yield from ("# Comparison", "", _sums(comparison), "")
    for difference in comparison["differences"]:
        yield f"- warning: runs differ in {_code(difference)}"
    for text in _left_out(comparison):
        yield f"- left out: {_code(text)}"
    for group in _GROUPS:
        if comparison[group]:
            yield from ("", f"## {_LABELS[group].capitalize()}", "")
        for change in comparison[group]:
            yield f"- **{change['id']}** ({change['level']}) {_from_to(change)}: {_code(change['sentence'])}"
            yield from _fenced(_details(change))


def _code(text: str) -> str:
    """Return text as inline code, so that markup in it has no effect."""
    ticks = _longer_than(text, 1)
    return f"{ticks} {escape_unprintable(text)} {ticks}"


def _fenced(lines: list[str]) -> list[str]:
    if not lines:
        return []
    ticks = _longer_than("\n".join(lines), 3)
    return ["", *(f"  {line}".rstrip() for line in (f"{ticks}text", *lines, ticks)), ""]


def _longer_than(text: str, least: int) -> str:
    """Return a fence of backticks that is longer than any run of backticks in the text."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)
