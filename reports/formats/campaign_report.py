"""Page of a fuzz campaign (campaign.html): rounds, findings over time and tested requirements."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reports.files import shared_files
from reports.formats import html_pages
from reports.presentation import views
from reports.presentation.size_limits import ReportLimits, fit_to_size
from reports.records.overall_status import caveats, overall_status
from reports.records.scope import scope_text

if TYPE_CHECKING:
    from jinja2 import Template

MAX_BYTES: Final = 4_500_000
_LIMITS: Final = ReportLimits(findings=1_000, lines=1_000, text=2_000, rows=5_000)
_LEAST: Final = 20  # requirements with the fewest observations
_CHART_HEIGHT: Final = 30.0  # units; its width is 100


def write(record: Mapping[str, Any], path: Path) -> None:
    """Write the page of the campaign in a fuzz record."""
    shared_files.write(html(record), path)


def html(record: Mapping[str, Any]) -> str:
    """Return the page of the campaign in a fuzz record, of at most 4.5 MB."""
    return fit_to_size(partial(_page, record), _LIMITS, MAX_BYTES)


def _page(record: Mapping[str, Any], limits: ReportLimits) -> Iterator[str]:
    campaign, requirements = record["campaign"], record["requirements"]
    status = overall_status(record)
    rounds, discoveries = campaign["history"], campaign["discoveries"]
    progress = campaign.get("progress", [])  # absent from records of older versions
    features = max((point["features"] for point in progress), default=0)
    end = max(record["seconds"], *(entry["seconds"] for entry in (*rounds, *discoveries, *progress)), 0.001)
    observed = [requirement for requirement in requirements if requirement["observations"]]
    return _template(limits).generate(
        record=record,
        campaign=campaign,
        status=status,
        tone=html_pages.tone(status),
        caveats=list(caveats(record)),
        scope=scope_text(record),
        seeds=_seeds(rounds),
        by_id={requirement["id"]: requirement for requirement in requirements},
        end=end,
        findings_line=_line(
            [(entry["seconds"], number) for number, entry in enumerate(discoveries, 1)],
            end,
            len(discoveries),
        ),
        observed_line=_line(
            [(entry["seconds"], entry["observed"]) for entry in rounds], end, len(requirements)
        ),
        progress=progress,
        features=features,
        features_line=_line([(point["seconds"], point["features"]) for point in progress], end, features),
        value_classes=list(campaign.get("value_classes", {}).items()),
        height=_CHART_HEIGHT,
        observed=len(observed),
        exercise=list(_exercise(record)),
        least=sorted(observed, key=lambda requirement: requirement["observations"])[:_LEAST],
        operations=list(views.by_operation(record).items())[: limits.rows],
        lines=limits.lines,
        rows=limits.rows,
        steps=0,
        with_findings=frozenset(),
        **html_pages.assets(),
    )


def _seeds(rounds: Sequence[Mapping[str, Any]]) -> str:
    """Return the seeds of the rounds: the smallest and the largest."""
    seeds = sorted(entry["seed"] for entry in rounds if entry["seed"] is not None)
    if not seeds:
        return "none"
    return str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"


def _line(points: Sequence[tuple[float, int]], end: float, top: int) -> str:
    """Return the points of a stepped line from the start to the end of the campaign."""
    height = _CHART_HEIGHT
    corners, level = [(0.0, height)], height
    for seconds, value in sorted(points):
        x = seconds / end * 100
        corners.append((x, level))
        level = height - (value / top * height if top else 0.0)
        corners.append((x, level))
    corners.append((100.0, level))
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in corners)


def _exercise(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the numbers of tested requirements and of observations of each operation or resource."""
    for operation, requirements in views.by_operation(record).items():
        observations = [requirement["observations"] for requirement in requirements]
        yield {
            "operation": operation,
            "requirements": len(requirements),
            "tested": sum(number > 0 for number in observations),
            "observations": sum(observations),
        }


@lru_cache(maxsize=2)
def _template(limits: ReportLimits) -> "Template":
    return html_pages.environment(limits.text).get_template("campaign.html")
