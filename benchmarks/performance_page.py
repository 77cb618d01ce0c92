"""Generation of the results in docs/explanation/performance.md."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import generation, latency, phases, scaling, startup, throughput
from benchmarks.harness import Benchmark, Results

FOLDER: Final = Path(__file__).parents[1] / "docs" / "explanation"
PAGE: Final = "performance.md"
BENCHMARKS: Final[Sequence[Benchmark[Any]]] = [
    module.BENCHMARK for module in (throughput, latency, generation, phases, scaling, startup)
]


def store(benchmark: Benchmark[Any], results: Results[Any], folder: Path = FOLDER) -> None:
    """Write results and their plot next to the page."""
    data, plot = _paths(benchmark, folder)
    data.parent.mkdir(exist_ok=True)
    benchmark.write(results, data)
    plot.write_text(benchmark.plot(results.rows), encoding="utf-8")


def update(benchmark: Benchmark[Any], folder: Path = FOLDER) -> None:
    """Update the plot and the budgets of stored results after a change of the benchmark."""
    data, _ = _paths(benchmark, folder)
    if data.exists():
        store(benchmark, benchmark.read(data), folder)


def fill_page(page: str, folder: Path = FOLDER) -> str:
    """Return the page with the stored results of all benchmarks."""
    for benchmark in BENCHMARKS:
        if _paths(benchmark, folder)[0].exists():
            page = _replace_section(page, benchmark.name, _section(benchmark, folder))
    return page


def _section(benchmark: Benchmark[Any], folder: Path) -> str:
    data, plot = _paths(benchmark, folder)
    results = benchmark.read(data)
    machine = results.machine
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    conditions = (
        f"{results.taken[:10]}, {machine['cores']} cores, {machine['python']} on {machine['system']}; "
        f"load before the start: {machine['load']}; rounds: {results.options['rounds']}. {versions}."
    )
    picture = f"![{benchmark.name}]({plot.relative_to(folder).as_posix()})"
    return "\n\n".join((benchmark.report(results.rows), picture, conditions))


def _replace_section(page: str, name: str, text: str) -> str:
    """Replace the text between the markers of a benchmark."""
    begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"{PAGE} must have the markers {begin} and {end} once")
    pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
    return re.sub(pattern, lambda _: f"{begin}\n\n{text}\n\n{end}", page, flags=re.DOTALL)


def _paths(benchmark: Benchmark[Any], folder: Path) -> tuple[Path, Path]:
    directory = folder / PAGE.removesuffix(".md")
    return directory / f"{benchmark.name}.json", directory / f"{benchmark.name}.svg"
