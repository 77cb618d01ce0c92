"""The benchmark harness: rounds, ratios, budgets, and output of results as text, JSON and plots."""

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
    """A measured figure and its limit."""

    name: str
    figure: float
    limit: float
    at_least: bool = False  # at most otherwise

    @property
    def is_met(self) -> bool:
        """Return whether the figure is within its limit."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    @property
    def cells(self) -> Sequence[str]:
        """Return the cells of a table row."""
        limit = f"{'≥' if self.at_least else '≤'} {self.limit:.3g}"
        return self.name, f"{self.figure:.3g}", limit, "met" if self.is_met else "missed"


@dataclass(frozen=True)
class Results(Generic[Row]):
    """Rows of a benchmark with time, machine, versions and options."""

    rows: Sequence[Row]
    taken: str
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Benchmark(Generic[Row]):
    """A benchmark: how it measures, and how it presents its rows."""

    name: str
    description: str
    row: type[Row]
    measure: Callable[[argparse.Namespace], list[Row]]
    table: Callable[[Sequence[Row]], str]  # Markdown
    plot: Callable[[Sequence[Row]], str]  # SVG
    budgets: Callable[[Sequence[Row]], list[Budget]] = lambda _: []
    options: Callable[[argparse.ArgumentParser], None] = lambda _: None

    def main(self, arguments: Sequence[str] | None = None) -> None:
        """Run the benchmark, print its tables, and write the requested files."""
        options = self.parser().parse_args(arguments)
        results = self.run(options)
        print(self.report(results.rows))
        if options.json is not None:
            self.write(results, options.json)
        if options.svg is not None:
            options.svg.write_text(self.plot(results.rows), encoding="utf-8")

    def parser(self) -> argparse.ArgumentParser:
        """Return the parser of the command line."""
        parser = argparse.ArgumentParser(
            prog=f"python -m benchmarks.{self.name}",
            description=self.description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument(
            "--rounds", type=int, default=5, help="rounds of each measurement; the median counts"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to a JSON file")
        parser.add_argument("--svg", type=Path, metavar="FILE", help="write the plot to an SVG file")
        self.options(parser)
        return parser

    def run(self, options: argparse.Namespace) -> Results[Row]:
        """Run the benchmark."""
        arguments = {name: value for name, value in vars(options).items() if name not in {"json", "svg"}}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        versions = {tool: version(tool) for tool in _TOOLS}
        return Results(self.measure(options), now, _machine(), versions, arguments)

    def report(self, rows: Sequence[Row]) -> str:
        """Return the tables of the rows and of the budgets."""
        budgets = [budget.cells for budget in self.budgets(rows)]
        parts = [self.table(rows)]
        if budgets:
            parts.append(markdown(("budget", "figure", "limit", ""), budgets))
        return "\n\n".join(parts)

    def write(self, results: Results[Row], path: Path) -> None:
        """Write results to a JSON file."""
        budgets = [{**asdict(budget), "met": budget.is_met} for budget in self.budgets(results.rows)]
        data = {"benchmark": self.name, **asdict(results), "budgets": budgets}
        path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def read(self, path: Path) -> Results[Row]:
        """Read results from a JSON file."""
        data = json.loads(path.read_text(encoding="utf-8"))
        rows = [self.row(**row) for row in data["rows"]]
        return Results(rows, data["taken"], data["machine"], data["versions"], data["options"])


def interleaved(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Take each figure once per round, so that other load on the machine affects all of them."""
    figures: dict[str, list[float]] = {name: [] for name in measures}
    for turn in range(rounds):
        for name, measure in measures.items():
            figures[name].append(measure())
            log(f"round {turn + 1} of {rounds}: {name}: {figures[name][-1]:.4g}")
    return figures


def ratio(figures: Sequence[float], to: Sequence[float]) -> float:
    """Return the median of the ratios within each round."""
    return median(one / other for one, other in zip(figures, to, strict=True))


def log(line: str) -> None:
    """Print a line of progress to standard error."""
    print(line, file=sys.stderr, flush=True)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned Markdown table: first column left, others right."""
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
        "load": load
        and round(load, 1),  # before the start; above the number of cores, other processes were running
    }
