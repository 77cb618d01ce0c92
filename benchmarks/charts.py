"""Bar charts as static SVG images; the same figures always give the same file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_COLORS: Final = ("#1a6fb5", "#e07b26", "#4f9d45", "#b5495b")
_WIDTH, _LEFT, _MAX_BAR = 860, 320, 440  # pixels: width of the image, start and maximum length of the bars
_TOP, _BAR, _GAP = 66, 17, 9  # pixels: above the bars, height of a bar, between two groups
_LETTER: Final = 8  # width of a character in pixels, about
_NO_DECIMALS: Final = 100  # figures from which no decimals are shown
_DECADES: Final = 0.3  # of a logarithmic scale below the smallest figure, so that its bar is visible

Series = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class Bar:
    """Position, size and label of a bar."""

    y: int
    width: int
    color: str
    figure: str


def bars(title: str, labels: Sequence[str], series: Series, *, logarithmic: bool = False) -> str:
    """Return a chart with a group of bars per label, one bar per series; None leaves a gap."""
    group = _BAR * len(series) + _GAP
    folder = Path(__file__).parent
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    image = environment.get_template("chart.svg.jinja").render(
        title=f"{title} (logarithmic)" if logarithmic else title,
        width=_WIDTH,
        height=_TOP + group * len(labels) + 10,
        left=_LEFT,
        legend=list(_legend(series)) if len(series) > 1 else [],
        labels=[
            (label, _TOP + group * row + _BAR * len(series) // 2 + 4) for row, label in enumerate(labels)
        ],
        bars=list(_bars(series, group, logarithmic=logarithmic)),
    )
    return f"{image}\n"


def _legend(series: Series) -> Iterator[tuple[str, str, int]]:
    x = 12
    for name, color in zip(series, _COLORS, strict=False):
        yield name, color, x
        x += 40 + _LETTER * len(name)


def _bars(series: Series, group: int, *, logarithmic: bool) -> Iterator[Bar]:
    figures = [figure for values in series.values() for figure in values if figure]
    most, least = max(figures, default=1.0), min(figures, default=1.0)
    for position, (values, color) in enumerate(zip(series.values(), _COLORS, strict=False)):
        for row, figure in enumerate(values):
            if figure is not None:
                share = _share(figure, least, most) if logarithmic else figure / most
                y = _TOP + group * row + _BAR * position
                yield Bar(
                    y,
                    max(1, round(_MAX_BAR * share)),
                    color,
                    f"{figure:,.0f}" if figure >= _NO_DECIMALS else f"{figure:.3g}",
                )


def _share(figure: float, least: float, most: float) -> float:
    """Return the length of a bar relative to the longest, on a logarithmic scale."""
    if figure <= 0:
        return 0.0
    return (log10(figure / least) + _DECADES) / (log10(most / least) + _DECADES)
