"""summary.md: the record of a run for the page on which a CI job sums up."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from reports.files import private_files
from reports.presentation import views
from reports.presentation.sanitize import inert, legible
from reports.presentation.size_limits import Limits, fitted
from reports.records.overall_status import caveats, worth

MOST: Final = 1_048_576  # bytes: what GitHub takes of one step
_LIMITS: Final = Limits(findings=200, lines=1_000, text=8_000)
_OPEN: Final = 5  # causes that are unfolded
_TOLD: Final = ("sent", "expected", "received", "why", "source")
_COMMANDS: Final = ("curl", "again")
_MEANS_SOMETHING: Final = re.compile(r"[&<>\\`*_\[\]#|~@$:]")  # in Markdown, in HTML or to GitHub
_GLYPHS: Final = {"conforms": "\N{WHITE HEAVY CHECK MARK}", "does not conform": "\N{CROSS MARK}"}
_OTHERWISE: Final = "\N{WARNING SIGN}\N{VARIATION SELECTOR-16}"


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the record as Markdown."""
    private_files.write(markdown(record), path)


def markdown(record: Mapping[str, Any]) -> str:
    """Return the record as Markdown of at most 1 MiB."""
    return fitted(partial(_markdown, record), _LIMITS, MOST)


def _markdown(record: Mapping[str, Any], limits: Limits) -> Iterator[str]:
    return (f"{line}\n" for line in _Summary(limits).lines(record))


class _Summary:
    """Tells a record within limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits

    def lines(self, record: Mapping[str, Any]) -> Iterator[str]:
        word = worth(record)
        yield f"# {_GLYPHS.get(word, _OTHERWISE)} Conference API: {word}"
        yield from ("", self.text(views.why(record)), "")
        for each in caveats(record):
            yield from (f"> **Note:** {self.text(each)}", "")
        yield from self.facts(record)
        yield from self.counts(record)
        yield from self.causes(record)
        yield from self.undecided(record)
        yield from self.waivers(record)
        yield from ("Everything else stands in report.html and results.json.",)

    def facts(self, record: Mapping[str, Any]) -> Iterator[str]:
        told = {
            "target": record["target"]["origin"],
            "profiles": ", ".join(record["profiles"]),
            "effort": record["effort"],
            "seed": "none" if record["seed"] is None else record["seed"],
            "requests": f"{record['requests']:,}",
            "seconds": f"{record['seconds']:.1f}",
            "exit code": record["exit_code"],
            "suite": record["suite"]["version"],
        }
        yield from self.table([*told], [list(told.values())])

    def counts(self, record: Mapping[str, Any]) -> Iterator[str]:
        totals = views.counted(record["requirements"])
        rows: list[list[Any]] = []
        for operation, requirements in views.by_operation(record).items():
            counts = views.counted(requirements)
            rows.append([operation, *(counts.get(verdict, "·") for verdict in totals)])
        if rows:
            yield from ("## Requirements", "")
            yield from self.table(["operation", *totals], [*rows, ["all", *totals.values()]])

    def causes(self, record: Mapping[str, Any]) -> Iterator[str]:
        room = self.limits.findings
        for verdict, title in (("failed", "What failed"), ("warned", "Warnings")):
            causes = views.causes(record, verdict)
            if causes:
                yield from (f"## {title}", "")
            for number, cause in enumerate(causes[:room]):
                yield from self.cause(cause, folded=number >= _OPEN or verdict == "warned")
            if len(causes) > room:
                yield from (f"Cut here: {len(causes) - room} more causes stand in results.json.", "")
            room = max(0, room - len(causes))

    def cause(self, cause: views.Cause, *, folded: bool) -> Iterator[str]:
        lead = cause.lead
        head = f"{lead['verdict']} <b>{self.text(lead['id'])}</b> ({lead['level']})"
        sentence = self.text(lead["sentence"])
        yield from (f"<details{'' if folded else ' open'}><summary>{head}: {sentence}</summary>", "")
        for finding in lead["findings"][:1]:
            texts = {**finding, "source": lead["source"]}
            lines = [f"{field:<9} {legible(texts[field], self.limits.text)}" for field in _TOLD]
            yield from _fenced("\n".join(lines), "text")
            for field in _COMMANDS:
                yield from _fenced(legible(texts[field], self.limits.text), "sh")
            if finding["flaky"]:
                yield from ("Flaky: it did not show a second time.", "")
        if lead["reason"]:
            yield from (f"Reason: {self.text(lead['reason'])}", "")
        if cause.others:
            others = [each["id"] for each in cause.others]
            yield from (f"By the same cause: {self.text(', '.join(others))}", "")
        yield from ("</details>", "")

    def undecided(self, record: Mapping[str, Any]) -> Iterator[str]:
        rows = [
            [reason, ", ".join(each["id"] for each in group)]
            for reason, group in views.undecided(record).items()
        ]
        rows += [[each["reason"], each["id"]] for each in views.having(record, "error")]
        if rows:
            yield from ("## Not decided", "")
            yield from self.table(["reason", "requirements"], rows)

    def waivers(self, record: Mapping[str, Any]) -> Iterator[str]:
        members = ("requirement", "state", "expires", "reason", "told")
        if record["waivers"]:
            yield from ("## Waivers", "")
            yield from self.table(members, [[each[name] for name in members] for each in record["waivers"]])

    def table(self, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
        yield _row(head)
        yield _row(["---"] * len(head))
        for row in rows[: self.limits.lines]:
            yield _row([self.text(cell) for cell in row])
        if len(rows) > self.limits.lines:
            yield from ("", f"Cut here: {len(rows) - self.limits.lines} more stand in results.json.")
        yield ""

    def text(self, value: Any) -> str:
        """Return a value as text that is neither Markdown nor HTML."""
        shown = inert(legible(str(value), self.limits.text))
        return _MEANS_SOMETHING.sub(lambda each: f"&#{ord(each[0])};", shown)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fenced(text: str, kind: str) -> Iterator[str]:
    """Yield a text in a fence that it cannot break, for it is longer than any that the text has."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{kind}", text, fence, "")
