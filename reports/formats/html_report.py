"""HTML report (report.html): a single self-contained page that is readable without scripts."""

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reports.files import shared_files
from reports.formats import html_pages
from reports.presentation import views
from reports.presentation.certificate_facts import certificate_facts, product_name
from reports.presentation.known_failures import known_failures
from reports.presentation.size_limits import ReportLimits, fit_to_size
from reports.records.overall_status import caveats, explanation, overall_status
from reports.records.scope import absent_requirements, scope_text
from spec.catalogue import unchecked_statements

if TYPE_CHECKING:
    from jinja2 import Template

MAX_BYTES: Final = 4_500_000
_LIMITS: Final = ReportLimits(findings=600, lines=1_000, text=8_000, rows=5_000)
_EXPANDED_CAUSES: Final = 3
_MAX_STEPS: Final = 4  # exchanges per finding
_PRINTED: Final = {"failed": 15, "warned": 5}  # root causes that a printout contains


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
    status = overall_status(record)
    return _template(limits).generate(
        record=record,
        status=status,
        tone=html_pages.tone(status),
        why=explanation(record),
        caveats=list(caveats(record)),
        certificate=certificate_facts(record),
        product=product_name(record),
        scope=scope_text(record),
        failed=views.causes(record, "failed"),
        warned=views.causes(record, "warned"),
        undecided=views.undecided(record),
        known=known_failures(record["requirements"]),
        errors=views.with_verdict(record, "error"),
        not_applicable=views.by_reason(record, "not-applicable"),
        absent=absent_requirements(record),
        unchecked=list(unchecked_statements().values()),
        operations=views.by_operation(record),
        with_findings=_requirements_with_findings(record, limits),
        with_samples=_requirements_with_samples(record, limits),
        lines=limits.lines,
        rows=limits.rows,
        expanded=_EXPANDED_CAUSES,
        steps=_MAX_STEPS,
        printed=_PRINTED,
        **html_pages.assets(),
    )


def _requirements_with_findings(record: Mapping[str, Any], limits: ReportLimits) -> frozenset[str]:
    """Return the ids of the requirements whose findings fit into the limits, primary requirements first."""
    causes = [*views.causes(record, "failed"), *views.causes(record, "warned")]
    primaries = [cause.primary for cause in causes]
    related = (requirement for cause in causes for requirement in cause.related)
    ordered = [*primaries, *related, *record["requirements"]]
    ids = dict.fromkeys(requirement["id"] for requirement in ordered if requirement["findings"])
    return frozenset(islice(ids, limits.findings))


def _requirements_with_samples(record: Mapping[str, Any], limits: ReportLimits) -> frozenset[str]:
    """Return the ids of the requirements whose samples fit into the limits."""
    ids = (requirement["id"] for requirement in record["requirements"] if "sample" in requirement)
    return frozenset(islice(ids, limits.findings))


@lru_cache(maxsize=4)
def _template(limits: ReportLimits) -> "Template":
    return html_pages.environment(limits.text).get_template("report.html")
