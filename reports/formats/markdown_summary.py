"""Markdown summary (summary.md) of a run for the summary page of a CI job.

GitHub looks for mentions, references, emoji codes, formulas and email addresses in the text of the rendered
page, where a character reference is a plain character again. An element around the character separates it
from the text after it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from reports.files import shared_files
from reports.presentation import views
from reports.presentation.certificate_facts import certificate_facts
from reports.presentation.failure_text import finding_fields
from reports.presentation.known_failures import known_failures, problem_text
from reports.presentation.sanitize import MAX_CHARACTERS, escape_unprintable, sanitize_text
from reports.presentation.size_limits import ReportLimits, fit_to_size
from reports.records.overall_status import caveats, explanation, overall_status

MAX_BYTES: Final = 1_048_576  # limit of GitHub for one step
_LIMITS: Final = ReportLimits(findings=200, lines=1_000, text=8_000)
_EXPANDED_CAUSES: Final = 5
_COMMANDS: Final = ("curl", "rerun")
_SPECIAL: Final = re.compile(
    r"""
    (?P<active>[@#$] | :(?=[\w+/-]) | (?<=www)\. | (?<=GH)-(?=\d))  # what is recognized in the rendered text
    | [&<>\\`*_\[\]|~:]  # Markdown or HTML
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BLOCK: Final = re.compile(
    r"^(\d{1,9}(?=[.)](?: |$))|(?=[-+= ]))(.)"
)  # a list, a heading or code at the beginning of a line
_GLYPHS: Final = {"conforms": "\N{WHITE HEAVY CHECK MARK}", "does not conform": "\N{CROSS MARK}"}
_OTHER_GLYPH: Final = "\N{WARNING SIGN}\N{VARIATION SELECTOR-16}"


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the record as Markdown."""
    shared_files.write(markdown(record), path)


def markdown(record: Mapping[str, Any], max_bytes: int = MAX_BYTES) -> str:
    """Return the record as Markdown; raise ValueError if not even its shortest form fits."""
    return fit_to_size(partial(_markdown, record), _LIMITS, max_bytes)


def _markdown(record: Mapping[str, Any], limits: ReportLimits) -> Iterator[str]:
    return (f"{line}\n" for line in _Summary(limits).lines(record))


class _Summary:
    """Renders a record within limits."""

    def __init__(self, limits: ReportLimits) -> None:
        self.limits = limits

    def lines(self, record: Mapping[str, Any]) -> Iterator[str]:
        status = overall_status(record)
        yield f"# {_GLYPHS.get(status, _OTHER_GLYPH)} Conference API: {status}"
        yield from ("", self.text(explanation(record)), "")
        for caveat in caveats(record):
            yield from (f"> **Note:** {self.text(caveat)}", "")
        yield from self.facts(record)
        yield from self.certificate(record)
        yield from self.counts(record)
        yield from self.causes(record)
        yield from self.undecided(record)
        yield from self.known(record)
        yield from self.waivers(record)
        yield from ("See report.html and results.json for details.",)

    def facts(self, record: Mapping[str, Any]) -> Iterator[str]:
        values = {
            "target": record["target"]["origin"],
            "profiles": ", ".join(record["profiles"]),
            "effort": record["effort"],
            "seed": "none" if record["seed"] is None else record["seed"],
            "requests": f"{record['requests']:,}",
            "seconds": f"{record['seconds']:.1f}",
            "exit code": record["exit_code"],
            "suite": record["suite"]["version"],
        }
        yield from self.table([*values], [list(values.values())])

    def certificate(self, record: Mapping[str, Any]) -> Iterator[str]:
        facts = certificate_facts(record)
        if facts:
            yield from ("## Certificate", "")
            yield from self.table(["fact", "value"], [[*fact] for fact in facts.items()])

    def counts(self, record: Mapping[str, Any]) -> Iterator[str]:
        totals = views.verdict_counts(record["requirements"])
        rows: list[list[Any]] = []
        for operation, requirements in views.by_operation(record).items():
            counts = views.verdict_counts(requirements)
            rows.append([operation, *(counts.get(verdict, "·") for verdict in totals)])
        if rows:
            yield from ("## Requirements", "")
            yield from self.table(["operation", *totals], [*rows, ["all", *totals.values()]])

    def causes(self, record: Mapping[str, Any]) -> Iterator[str]:
        remaining = self.limits.findings
        for verdict, title in (("failed", "Failures"), ("warned", "Warnings")):
            causes = views.causes(record, verdict)
            if causes:
                yield from (f"## {title}", "")
            for number, cause in enumerate(causes[:remaining]):
                yield from self.cause(cause, folded=number >= _EXPANDED_CAUSES or verdict == "warned")
            if len(causes) > remaining:
                yield from (f"Truncated: {len(causes) - remaining} more root causes in results.json.", "")
            remaining = max(0, remaining - len(causes))

    def cause(self, cause: views.Cause, *, folded: bool) -> Iterator[str]:
        primary = cause.primary
        head = f"{primary['verdict']} <b>{self.text(primary['id'])}</b> ({primary['level']})"
        sentence = self.text(primary["sentence"])
        yield from (f"<details{'' if folded else ' open'}><summary>{head}: {sentence}</summary>", "")
        for finding in primary["findings"][:1]:
            texts = {
                label: sanitize_text(text, self.limits.text)
                for label, text in finding_fields(primary, finding)
            }
            lines = [f"{label:<9} {text}" for label, text in texts.items() if label not in _COMMANDS]
            yield from _fenced("\n".join(lines), "text")
            for label in _COMMANDS:
                yield from _fenced(texts[label], "sh")
            if finding["flaky"]:
                yield from ("Flaky: not reproduced.", "")
        if primary["reason"]:
            yield from (f"Reason: {self.text(primary['reason'])}", "")
        if len(cause.members) > 1:
            yield from (f"Members: {self.text(', '.join(cause.members))}", "")
        if cause.related:
            related = ", ".join(requirement["id"] for requirement in cause.related)
            yield from (f"Same root cause: {self.text(related)}", "")
        yield from ("</details>", "")

    def undecided(self, record: Mapping[str, Any]) -> Iterator[str]:
        rows = [
            [reason, ", ".join(requirement["id"] for requirement in group)]
            for reason, group in views.undecided(record).items()
        ]
        errors = views.with_verdict(record, "error")
        rows += [[requirement["reason"], requirement["id"]] for requirement in errors]
        if rows:
            yield from ("## Not decided", "")
            yield from self.table(["reason", "requirements"], rows)

    def known(self, record: Mapping[str, Any]) -> Iterator[str]:
        entries = known_failures(record["requirements"])
        if entries:
            rows = [[entry["id"], entry["verdict"], problem_text(entry)] for entry in entries]
            yield from ("## Known failures", "")
            yield from ("The baseline has them as well; they do not fail the run.", "")
            yield from self.table(["requirement", "verdict", "problem"], rows)

    def waivers(self, record: Mapping[str, Any]) -> Iterator[str]:
        if record["waivers"]:
            members = ("requirement", "state", "expires", "reason", "advice")
            rows = [[waiver[member] for member in members] for waiver in record["waivers"]]
            yield from ("## Waivers", "")
            yield from self.table([*members[:-1], "action"], rows)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
        yield table_row(head)
        yield table_row(["---"] * len(head))
        for row in rows[: self.limits.lines]:
            yield table_row([self.text(cell) for cell in row])
        if len(rows) > self.limits.lines:
            yield from ("", f"Truncated: {len(rows) - self.limits.lines} more in results.json.")
        yield ""

    def text(self, value: Any) -> str:
        """Return a value as text with Markdown and HTML escaped."""
        return inline_text(value, self.limits.text)


def inline_text(value: Any, limit: int = MAX_CHARACTERS) -> str:
    """Return a value as text on one line with Markdown and HTML escaped."""
    sanitized = escape_unprintable(sanitize_text(str(value), limit))
    return _BLOCK.sub(_not_a_block, _SPECIAL.sub(_inert, sanitized))


def _inert(special: re.Match[str]) -> str:
    """Return a special character as plain text for Markdown, HTML and what GitHub looks for in the page."""
    character = f"&#{ord(special[0])};"
    return f"<span>{character}</span>" if special["active"] else character


def _not_a_block(begin: re.Match[str]) -> str:
    """Return the beginning of a line with its mark as a character reference."""
    return f"{begin[1]}&#{ord(begin[2])};"


def table_row(cells: Sequence[str]) -> str:
    """Return a row of a table; the cells are escaped already."""
    return f"| {' | '.join(cells)} |"


def _fenced(text: str, kind: str) -> Iterator[str]:
    """Yield a text in a code fence that is longer than any run of backticks in the text."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{kind}", text, fence, "")
