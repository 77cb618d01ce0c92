"""HTML report (report.html): a single self-contained page that is readable without scripts."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from hashlib import sha256
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reports.files import shared_files
from reports.presentation import finding_diff, views
from reports.presentation.known_failures import known_failures, problem_text
from reports.presentation.sanitize import sanitize_text
from reports.presentation.size_limits import ReportLimits, fit_to_size
from reports.records.overall_status import caveats, explanation, overall_status

if TYPE_CHECKING:
    from jinja2 import Environment, Template

MAX_BYTES: Final = 4_500_000
_LIMITS: Final = ReportLimits(findings=600, lines=1_000, text=8_000, rows=5_000)
_EXPANDED_CAUSES: Final = 3
_MAX_STEPS: Final = 4  # exchanges per finding
_MINUTES: Final = 120  # seconds from which a duration is printed in minutes
_URL: Final = re.compile(r"(https?://[^\s<>\"'()\[\]{}]+[^\s<>\"'()\[\]{}.,;:])")
_GLYPHS: Final = {
    "passed": "\N{CHECK MARK}",
    "failed": "\N{MULTIPLICATION X}",
    "error": "\N{DOUBLE EXCLAMATION MARK}",
    "warned": "!",
    "inconclusive": "?",
    "waived": "~",
    "not-applicable": "\N{EN DASH}",
}
_TONES: Final = {
    "conforms": "passed",
    "conforms with waivers": "warned",
    "no new failures": "warned",
    "partial": "warned",
    "does not conform": "failed",
    "inconclusive": "inconclusive",
    "interrupted": "warned",
}


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the record as an HTML page."""
    shared_files.write(html(record), path)


def preload_templates() -> None:
    """Preload the HTML template, which takes as long as rendering a page."""
    _template(_LIMITS)


def html(record: Mapping[str, Any]) -> str:
    """Return the record as an HTML page of at most 4.5 MB."""
    return fit_to_size(partial(_page, record), _LIMITS, MAX_BYTES)


def _page(record: Mapping[str, Any], limits: ReportLimits) -> Iterator[str]:
    style, script = (_template_file(name) for name in ("report.css", "report.js"))
    status = overall_status(record)
    return _template(limits).generate(
        record=record,
        status=status,
        tone=_TONES.get(status, "error"),
        why=explanation(record),
        caveats=list(caveats(record)),
        failed=views.causes(record, "failed"),
        warned=views.causes(record, "warned"),
        undecided=views.undecided(record),
        known=known_failures(record["requirements"]),
        errors=views.with_verdict(record, "error"),
        operations=views.by_operation(record),
        with_findings=_requirements_with_findings(record, limits),
        lines=limits.lines,
        rows=limits.rows,
        expanded=_EXPANDED_CAUSES,
        steps=_MAX_STEPS,
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
    )


def _requirements_with_findings(record: Mapping[str, Any], limits: ReportLimits) -> frozenset[str]:
    """Return the ids of the requirements whose findings fit into the limits, primary requirements first."""
    causes = [*views.causes(record, "failed"), *views.causes(record, "warned")]
    primaries = [cause.primary for cause in causes]
    related = (requirement for cause in causes for requirement in cause.related)
    ordered = [*primaries, *related, *record["requirements"]]
    ids = dict.fromkeys(requirement["id"] for requirement in ordered if requirement["findings"])
    return frozenset(islice(ids, limits.findings))


@lru_cache(maxsize=4)
def _template(limits: ReportLimits) -> "Template":
    return _environment(limits).get_template("report.html")


def _environment(limits: ReportLimits) -> "Environment":
    """Return a template environment that sanitizes and truncates every text."""
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    def sanitized(value: Any) -> Any:
        if value is None:
            return ""
        return value if isinstance(value, Markup | int | float) else sanitize_text(str(value), limits.text)

    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=sanitized,
    )
    environment.filters |= {
        "anchor": _anchor,
        "verdict_counts": views.verdict_counts,
        "duration": _duration,
        "linked": lambda text: _URL.split(sanitize_text(text, limits.text)),
        "tally": views.tally,
        "problem": problem_text,
        "worst_first": views.worst_first,
        "plain": lambda verdict: verdict.replace("-", " "),
        "number": "{:,}".format,
    }
    environment.globals |= {
        "glyphs": _GLYPHS,
        "verdicts": views.VERDICTS,
        "difference": finding_diff.difference,
        "member_names": finding_diff.member_names,
        "body_lines": lambda text, marked: finding_diff.body_lines(text[: limits.text], marked),
        "omitted_characters": lambda message: (
            message["truncated"] + max(0, len(message["body"]) - limits.text)
        ),
        "is_complete": lambda text: len(text) <= limits.text,
    }
    return environment


def _template_file(name: str) -> Any:
    """Return a file of this package that is included in the page unchanged."""
    from markupsafe import Markup

    return Markup(files("reports").joinpath("templates", name).read_text("utf-8"))  # noqa: S704 - not from a target


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _anchor(identifier: str) -> str:
    """Return an id in a form that is valid as a URL fragment."""
    return re.sub(r"[^A-Za-z0-9-]", "-", identifier[:100])


def _duration(seconds: float) -> str:
    """Return a duration with a suitable unit."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.1f} s" if seconds < _MINUTES else f"{seconds / 60:.1f} min"
