"""Two records compared: which verdicts got worse, which better, and what changed otherwise.

From good to bad: passed, not-applicable, waived, warned, inconclusive, failed, error. Whatever moves towards
the end of that list got worse, towards its beginning better, but for what says nothing new about the target:
what became not-applicable, a `should` or `may` that became inconclusive, and what was broken and is not
decided any more, or is only excused by a waiver now. A `must` that was in order and became inconclusive did
get worse: the run fails for it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from reports.presentation.failure_text import failure_text
from reports.presentation.sanitize import inert
from reports.records.merge import BADNESS, compared_by, unlike

Record = Mapping[str, Any]

_GROUPS: Final = ("worse", "better", "otherwise")
_STYLES: Final = {"worse": "bold red", "better": "green", "otherwise": "yellow"}
_MOST: Final = 20  # changes of a group that are shown on the screen
_SAME: Final = ("suite", "target", "profiles", "effort", "seed", "select", "shard", "strict")


class NothingToCompareError(ValueError):
    """A record holds no verdicts: which run, and why."""


def compared(first: Record, second: Record) -> dict[str, Any]:
    """Return what changed from the first record to the second."""
    for letter, record in (("A", first), ("B", second)):
        if not record["requirements"]:
            why = "; ".join(record["notes"][:1]) or "no requirement was to be decided"
            raise NothingToCompareError(f"{letter} holds no verdicts ({record['verdict']}): {why}")
    changes = list(_changes(_by_id(first), _by_id(second)))
    return {
        "schema_version": 1,
        "a": _run(first),
        "b": _run(second),
        "differences": list(_differences(first, second)),
        **{group: [each for which, each in changes if which == group] for group in _GROUPS},
    }


def show(comparison: Mapping[str, Any], console: Console) -> None:
    """Print a comparison: warnings first, then what got worse with its findings, then the rest."""
    for difference in comparison["differences"]:
        _print(console, Text.assemble(("not alike", "yellow"), inert(f"  {difference}")))
    for group in _GROUPS:
        for change in comparison[group][:_MOST]:
            _print(console, Text.assemble((group, _STYLES[group]), inert(f"  {_line(change)}")))
            for line in _found(change):
                _print(console, Text(line))
        if len(comparison[group]) > _MOST:
            more = f"… and {len(comparison[group]) - _MOST} more {group}: --output FILE names all"
            _print(console, Text(more, style="dim"))
    _print(console, Text(_sums(comparison), style="bold"))


def markdown(comparison: Mapping[str, Any]) -> str:
    """Return a comparison as Markdown."""
    return "\n".join(_markdown(comparison)) + "\n"


def as_json(comparison: Mapping[str, Any]) -> str:
    """Return a comparison as JSON."""
    return json.dumps(comparison, indent=1, ensure_ascii=True) + "\n"


def _by_id(record: Record) -> Mapping[str, Mapping[str, Any]]:
    return {each["id"]: each for each in record["requirements"]}


def _run(record: Record) -> dict[str, Any]:
    names = ("suite", "target", "profiles", "effort", "started", "verdict", "exit_code")
    return {name: record[name] for name in names}


def _differences(first: Record, second: Record) -> Iterator[str]:
    """Yield what the runs do not have in common."""
    for what in _SAME:
        one, another = compared_by(first, what), compared_by(second, what)
        if one != another:
            yield f"{what}: {unlike(one, another)}"


def _changes(
    first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the group and the change of each requirement whose verdict changed, in the order of B."""
    for identifier in [*second, *(each for each in first if each not in second)]:
        was, now = first.get(identifier), second.get(identifier)
        if was and now and was["verdict"] == now["verdict"]:
            continue
        group = _group(was["verdict"], now["verdict"], now["level"]) if was and now else "otherwise"
        yield group, _change(was, now)


def _change(was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> dict[str, Any]:
    told = now or was or {}
    return {
        "id": told["id"],
        "level": told["level"],
        "sentence": told["sentence"],
        "source": told["source"],
        "was": was and was["verdict"],
        "now": now and now["verdict"],
        "reason": now and now["reason"],
        "findings": list(now["findings"]) if now else [],
    }


def _group(was: str, now: str, level: str) -> str:
    worse = BADNESS.index(now) > BADNESS.index(was)
    if now == "not-applicable" or (now == "inconclusive" and not (worse and level == "must")):
        return "otherwise"
    if worse:
        return "worse"
    return "otherwise" if now == "waived" else "better"


def _line(change: Mapping[str, Any]) -> str:
    return f"{change['id']} ({change['level']})  {_from_to(change)}  {change['sentence']}"


def _from_to(change: Mapping[str, Any]) -> str:
    if change["was"] is None:
        return f"new: {change['now']}"
    if change["now"] is None:
        return f"gone: was {change['was']}"
    return f"{change['was']} -> {change['now']}"


def _found(change: Mapping[str, Any]) -> list[str]:
    """Return the lines of the findings of what got worse or is new, and why it is not decided."""
    told = {"verdict": change["now"], **change, "findings": [_flat(each) for each in change["findings"]]}
    told["reason"] = change["reason"] and inert(change["reason"])
    return [inert(each) for each in failure_text(told).splitlines()[1:]]


def _flat(finding: Mapping[str, Any]) -> dict[str, str]:
    return {name: inert(text) for name, text in finding.items() if isinstance(text, str)}


def _sums(comparison: Mapping[str, Any]) -> str:
    sums = ", ".join(f"{len(comparison[group])} {group}" for group in _GROUPS)
    runs = " and ".join(comparison[run]["verdict"].replace("-", " ") for run in ("a", "b"))
    return f"{sums}  ({runs})"


def _print(console: Console, line: Text) -> None:
    console.print(line, highlight=False, soft_wrap=True)


def _markdown(comparison: Mapping[str, Any]) -> Iterator[str]:
    yield from ("# Comparison", "", _sums(comparison), "")
    for difference in comparison["differences"]:
        yield f"- not alike: {_code(difference)}"
    for group in _GROUPS:
        if comparison[group]:
            yield from ("", f"## {group.capitalize()}", "")
        for change in comparison[group]:
            yield f"- **{change['id']}** ({change['level']}) {_from_to(change)}: {_code(change['sentence'])}"
            yield from _fenced(_found(change))


def _code(text: str) -> str:
    """Return text as code, so that nothing in it is markup."""
    ticks = _longer_than(text, 1)
    return f"{ticks} {inert(text)} {ticks}"


def _fenced(lines: list[str]) -> list[str]:
    if not lines:
        return []
    ticks = _longer_than("\n".join(lines), 3)
    return ["", *(f"  {line}".rstrip() for line in (f"{ticks}text", *lines, ticks)), ""]


def _longer_than(text: str, least: int) -> str:
    """Return a fence of backticks that is longer than any in the text."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)
