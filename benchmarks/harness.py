"""What the benchmarks have in common: rounds, ratios, budgets, and how figures are told, kept and drawn."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final, Generic, TypeVar

Row = TypeVar("Row")
_TOOLS: Final = ("conference-conformance", "schemathesis", "hypothesis", "hypothesis-jsonschema", "httpx")


@dataclass(frozen=True)
class Budget:
    """What a figure may be, and what it is."""

    what: str
    figure: float
    limit: float
    at_least: bool = False  # rather than at most

    @property
    def kept(self) -> bool:
        """Tell whether the figure is as it has to be."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    @property
    def told(self) -> Sequence[str]:
        """Return it as a row of a table."""
        limit = f"{'≥' if self.at_least else '≤'} {self.limit:.3g}"
        return self.what, f"{self.figure:.3g}", limit, "kept" if self.kept else "missed"


@dataclass(frozen=True)
class Taken(Generic[Row]):
    """What was measured, where, when and with what."""

    rows: Sequence[Row]
    taken: str
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Benchmark(Generic[Row]):
    """One subject: how it is measured, and how the rows that come of it are shown."""

    name: str
    about: str
    row: type[Row]
    measure: Callable[[argparse.Namespace], list[Row]]
    table: Callable[[Sequence[Row]], str]  # Markdown
    plot: Callable[[Sequence[Row]], str]  # SVG
    budgets: Callable[[Sequence[Row]], list[Budget]] = lambda _: []
    options: Callable[[argparse.ArgumentParser], None] = lambda _: None

    def main(self, arguments: Sequence[str] | None = None) -> None:
        """Measure, print the tables, and write what was asked for."""
        options = self.parser().parse_args(arguments)
        taken = self.taken(options)
        print(self.told(taken.rows))
        if options.json is not None:
            self.write(taken, options.json)
        if options.svg is not None:
            options.svg.write_text(self.plot(taken.rows), encoding="utf-8")

    def parser(self) -> argparse.ArgumentParser:
        """Return what can be asked of the command."""
        parser = argparse.ArgumentParser(
            prog=f"python -m benchmarks.{self.name}",
            description=self.about,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("--rounds", type=int, default=5, help="of each measurement; the median counts")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
        parser.add_argument("--svg", type=Path, metavar="FILE", help="draw them there")
        self.options(parser)
        return parser

    def taken(self, options: argparse.Namespace) -> Taken[Row]:
        """Measure."""
        told = {name: value for name, value in vars(options).items() if name not in {"json", "svg"}}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return Taken(self.measure(options), now, _machine(), {tool: version(tool) for tool in _TOOLS}, told)

    def told(self, rows: Sequence[Row]) -> str:
        """Return the table, and that of the budgets where there are any."""
        budgets = [each.told for each in self.budgets(rows)]
        parts = [self.table(rows)]
        if budgets:
            parts.append(markdown(("budget", "figure", "limit", ""), budgets))
        return "\n\n".join(parts)

    def write(self, taken: Taken[Row], path: Path) -> None:
        """Write what was measured."""
        budgets = [{**asdict(each), "kept": each.kept} for each in self.budgets(taken.rows)]
        whole = {"benchmark": self.name, **asdict(taken), "budgets": budgets}
        path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def read(self, path: Path) -> Taken[Row]:
        """Read what was measured before."""
        told = json.loads(path.read_text(encoding="utf-8"))
        rows = [self.row(**row) for row in told["rows"]]
        return Taken(rows, told["taken"], told["machine"], told["versions"], told["options"])


def interleaved(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Take each figure once in every round, so that whatever else the machine does meets all of them."""
    figures: dict[str, list[float]] = {name: [] for name in measures}
    for turn in range(rounds):
        for name, measure in measures.items():
            figures[name].append(measure())
            say(f"round {turn + 1} of {rounds}: {name}: {figures[name][-1]:.4g}")
    return figures


def ratio(figures: Sequence[float], to: Sequence[float]) -> float:
    """Return the median of the ratios within each round."""
    return median(one / other for one, other in zip(figures, to, strict=True))


def say(line: str) -> None:
    """Say what goes on, beside the tables."""
    print(line, file=sys.stderr, flush=True)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table that reads well as text too: names to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    marks = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_lines((head, marks, *rows), widths))


def _lines(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    for row in rows:
        numbers = (f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        yield f"| {' | '.join((f'{row[0]:<{widths[0]}}', *numbers))} |"


def _machine() -> dict[str, Any]:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load": load and round(load, 1),  # before it began; beyond the cores others were at work
    }
