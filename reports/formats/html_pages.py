"""What the HTML pages share: a template environment that makes every text inert, and the content policy."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from reports.presentation import finding_diff, views
from reports.presentation.known_failures import problem_text
from reports.presentation.sanitize import sanitize_text
from spec.subjects import subject

if TYPE_CHECKING:
    from jinja2 import Environment

_MINUTES: Final = 120  # seconds from which a duration is printed in minutes
_URL: Final = re.compile(r"(https?://[^\s<>\"'()\[\]{}]+[^\s<>\"'()\[\]{}.,;:])")
_CITATION: Final = re.compile(
    r"(?P<title>[^()]*(?:\([^():]*\)[^()]*)*) \((?P<url>https?://[^\s<>\"'()\[\]{}]+)\)"
)  # title, which may contain parentheses, and the address of the page in parentheses
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


def tone(status: str) -> str:
    """Return the verdict whose color and glyph an overall status has."""
    return _TONES.get(status, "error")


def environment(max_text: int) -> "Environment":
    """Return a template environment that sanitizes, truncates and escapes every text."""
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    def sanitized(value: Any) -> Any:
        if value is None:
            return ""
        return value if isinstance(value, Markup | int | float) else sanitize_text(str(value), max_text)

    pages = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=sanitized,
    )
    pages.filters |= _filters(max_text)
    pages.globals |= {
        "glyphs": _GLYPHS,
        "verdicts": views.VERDICTS,
        "difference": finding_diff.difference,
        "member_names": finding_diff.member_names,
        "body_lines": lambda text, marked: finding_diff.body_lines(text[:max_text], marked),
        "omitted_characters": lambda message: message["truncated"] + max(0, len(message["body"]) - max_text),
        "is_complete": lambda text: len(text) <= max_text,
    }
    return pages


def _filters(max_text: int) -> Mapping[str, Callable[..., Any]]:
    return {
        "anchor": _anchor,
        "citations": lambda text: _citations(sanitize_text(text, max_text)),
        "duration": _duration,
        "level_totals": views.level_totals,
        "linked": lambda text: _URL.split(sanitize_text(text, max_text)),
        "number": "{:,}".format,
        "problem": problem_text,
        "plain": lambda verdict: verdict.replace("-", " "),
        "subject": subject,
        "tally": views.tally,
        "utc": _utc,
        "verdict_counts": views.verdict_counts,
        "verdict_shares": views.verdict_shares,
        "worst_first": views.worst_first,
    }


def assets() -> Mapping[str, Any]:
    """Return style, script and content security policy of a page; nothing else is loaded or executed."""
    style, script = (_template_file(name) for name in ("report.css", "report.js"))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return {"style": style, "script": script, "policy": policy}


def _template_file(name: str) -> Any:
    """Return a file of this package that is included in the page unchanged."""
    from markupsafe import Markup

    return Markup(files("reports").joinpath("templates", name).read_text("utf-8"))  # noqa: S704 - not from a target


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _anchor(identifier: str) -> str:
    """Return an id in a form that is valid as a URL fragment."""
    return re.sub(r"[^A-Za-z0-9-]", "-", identifier[:100])


def _citations(source: str) -> list[dict[str, str]]:
    """Return the cited places of a source, each with the address of its page if it has one."""
    parts = source.split("; ")
    matches = (_CITATION.fullmatch(part) for part in parts)
    return [
        match.groupdict() if match else {"title": part, "url": ""}
        for part, match in zip(parts, matches, strict=True)
    ]


def _utc(text: str) -> str:
    """Return a date-time in UTC, to the second; any other text unchanged."""
    try:
        return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError):
        return text


def _duration(seconds: float) -> str:
    """Return a duration with a suitable unit."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.1f} s" if seconds < _MINUTES else f"{seconds / 60:.1f} min"
