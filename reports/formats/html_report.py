"""report.html: the record of a run as one page that needs no network, and no script to be read."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from hashlib import sha256
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reports.files import private_files
from reports.presentation import finding_diff, views
from reports.presentation.sanitize import legible
from reports.presentation.size_limits import Limits, fitted
from reports.records.overall_status import caveats, worth

if TYPE_CHECKING:
    from jinja2 import Environment, Template

MOST: Final = 4_500_000  # bytes
_LIMITS: Final = Limits(findings=600, lines=1_000, text=8_000, rows=5_000)
_OPEN: Final = 3  # causes that are unfolded
_STEPS: Final = 4  # exchanges of a finding
_MINUTES: Final = 120  # seconds from which a time is told in minutes
_ADDRESS: Final = re.compile(r"(https?://[^\s<>\"'()\[\]{}]+[^\s<>\"'()\[\]{}.,;:])")
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
    "partial": "warned",
    "does not conform": "failed",
    "inconclusive": "inconclusive",
    "interrupted": "warned",
}


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the record as a page."""
    private_files.write(html(record), path)


def make_ready() -> None:
    """Make what a page is made with, which takes as long as the page itself."""
    _template(_LIMITS)


def html(record: Mapping[str, Any]) -> str:
    """Return the record as a page of at most 4.5 MB."""
    return fitted(partial(_page, record), _LIMITS, MOST)


def _page(record: Mapping[str, Any], limits: Limits) -> Iterator[str]:
    style, script = (_own(name) for name in ("report.css", "report.js"))
    word = worth(record)
    return _template(limits).generate(
        record=record,
        word=word,
        tone=_TONES.get(word, "error"),
        why=views.why(record),
        caveats=list(caveats(record)),
        failed=views.causes(record, "failed"),
        warned=views.causes(record, "warned"),
        undecided=views.undecided(record),
        errors=views.having(record, "error"),
        operations=views.by_operation(record),
        shown=_shown(record, limits),
        lines=limits.lines,
        rows=limits.rows,
        most_open=_OPEN,
        steps=_STEPS,
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
    )


def _shown(record: Mapping[str, Any], limits: Limits) -> frozenset[str]:
    """Return the ids of the requirements whose findings are shown: those that lead go first."""
    causes = [*views.causes(record, "failed"), *views.causes(record, "warned")]
    leads = [cause.lead for cause in causes]
    ordered = [*leads, *(other for cause in causes for other in cause.others), *record["requirements"]]
    ids = dict.fromkeys(each["id"] for each in ordered if each["findings"])
    return frozenset(islice(ids, limits.findings))


@lru_cache(maxsize=4)
def _template(limits: Limits) -> "Template":
    return _environment(limits).get_template("report.html")


def _environment(limits: Limits) -> "Environment":
    """Return an environment in which every text is inert and cut, whoever wrote it."""
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    def harmless(value: Any) -> Any:
        if value is None:
            return ""
        return value if isinstance(value, Markup | int | float) else legible(str(value), limits.text)

    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=harmless,
    )
    environment.filters |= {
        "anchor": _anchor,
        "counted": views.counted,
        "duration": _duration,
        "linked": lambda text: _ADDRESS.split(legible(text, limits.text)),
        "tally": views.tally,
        "worst_first": views.worst_first,
        "plain": lambda verdict: verdict.replace("-", " "),
        "number": "{:,}".format,
    }
    environment.globals |= {
        "glyphs": _GLYPHS,
        "verdicts": views.VERDICTS,
        "difference": finding_diff.difference,
        "names": finding_diff.names,
        "body": lambda text, named: finding_diff.body(text[: limits.text], named),
        "left_out": lambda message: message["cut"] + max(0, len(message["body"]) - limits.text),
        "whole": lambda text: len(text) <= limits.text,
    }
    return environment


def _own(name: str) -> Any:
    """Return a file of ours that becomes part of the page, as it is."""
    from markupsafe import Markup

    return Markup(files("reports").joinpath("templates", name).read_text("utf-8"))  # noqa: S704 - ours


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _anchor(identifier: str) -> str:
    """Return an id as the fragment of an address can hold it."""
    return re.sub(r"[^A-Za-z0-9-]", "-", identifier[:100])


def _duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.1f} s" if seconds < _MINUTES else f"{seconds / 60:.1f} min"
