"""Plots: bars in still SVG pictures, the same for the same figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_COLORS: Final = ("#1a6fb5", "#e07b26", "#4f9d45", "#b5495b")
_WIDTH, _LEFT, _LONGEST = 860, 320, 440  # pixels: of the picture, before the bars, of the longest
_TOP, _BAR, _GAP = 66, 17, 9  # pixels: above the bars, for one of them, between two groups
_LETTER: Final = 8  # pixels, about
_WHOLE: Final = 100  # and more are told without decimals
_DECADES: Final = 0.3  # of a logarithmic scale below the smallest figure, so that it shows

Series = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class Bar:
    """A figure as it is drawn."""

    y: int
    width: int
    color: str
    figure: str


def bars(title: str, labels: Sequence[str], series: Series, *, logarithmic: bool = False) -> str:
    """Draw a group of bars for each label, one for each series; None leaves a gap."""
    group = _BAR * len(series) + _GAP
    folder = Path(__file__).parent
    made = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    drawn = made.get_template("chart.svg.jinja").render(
        title=f"{title} (logarithmic)" if logarithmic else title,
        width=_WIDTH,
        height=_TOP + group * len(labels) + 10,
        left=_LEFT,
        legend=list(_legend(series)) if len(series) > 1 else [],
        labels=[
            (label, _TOP + group * turn + _BAR * len(series) // 2 + 4) for turn, label in enumerate(labels)
        ],
        bars=list(_bars(series, group, logarithmic=logarithmic)),
    )
    return f"{drawn}\n"


def _legend(series: Series) -> Iterator[tuple[str, str, int]]:
    x = 12
    for name, color in zip(series, _COLORS, strict=False):
        yield name, color, x
        x += 40 + _LETTER * len(name)


def _bars(series: Series, group: int, *, logarithmic: bool) -> Iterator[Bar]:
    figures = [each for values in series.values() for each in values if each]
    most, least = max(figures, default=1.0), min(figures, default=1.0)
    for place, (values, color) in enumerate(zip(series.values(), _COLORS, strict=False)):
        for turn, figure in enumerate(values):
            if figure is not None:
                share = _share(figure, least, most) if logarithmic else figure / most
                y = _TOP + group * turn + _BAR * place
                yield Bar(
                    y,
                    max(1, round(_LONGEST * share)),
                    color,
                    f"{figure:,.0f}" if figure >= _WHOLE else f"{figure:.3g}",
                )


def _share(figure: float, least: float, most: float) -> float:
    """Return how long a figure is by the largest, on a logarithmic scale from below the smallest."""
    if figure <= 0:
        return 0.0
    return (log10(figure / least) + _DECADES) / (log10(most / least) + _DECADES)
