"""The measured figures between the marks of docs/explanation/performance.md; none is typed by hand."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import generation, latency, phases, scaling, startup, throughput
from benchmarks.harness import Benchmark, Taken

FOLDER: Final = Path(__file__).parents[1] / "docs" / "explanation"
PAGE: Final = "performance.md"
BENCHMARKS: Final[Sequence[Benchmark[Any]]] = [
    each.BENCHMARK for each in (throughput, latency, generation, phases, scaling, startup)
]


def keep(benchmark: Benchmark[Any], taken: Taken[Any], folder: Path = FOLDER) -> None:
    """Write the figures beside the page, and their plot."""
    figures, plot = _places(benchmark, folder)
    figures.parent.mkdir(exist_ok=True)
    benchmark.write(taken, figures)
    plot.write_text(benchmark.plot(taken.rows), encoding="utf-8")


def kept_again(benchmark: Benchmark[Any], folder: Path = FOLDER) -> None:
    """Draw and judge what is kept once more, by the benchmark as it is now."""
    figures, _ = _places(benchmark, folder)
    if figures.exists():
        keep(benchmark, benchmark.read(figures), folder)


def told(page: str, folder: Path = FOLDER) -> str:
    """Return the page with all figures that are kept beside it."""
    for benchmark in BENCHMARKS:
        if _places(benchmark, folder)[0].exists():
            page = _between(page, benchmark.name, _section(benchmark, folder))
    return page


def _section(benchmark: Benchmark[Any], folder: Path) -> str:
    figures, plot = _places(benchmark, folder)
    taken = benchmark.read(figures)
    machine, versions = taken.machine, ", ".join(f"{name} {each}" for name, each in taken.versions.items())
    said = (
        f"{taken.taken[:10]}, {machine['cores']} cores, {machine['python']} on {machine['system']}; "
        f"load before it began {machine['load']}; rounds: {taken.options['rounds']}. {versions}."
    )
    picture = f"![{benchmark.name}]({plot.relative_to(folder).as_posix()})"
    return "\n\n".join((benchmark.told(taken.rows), picture, said))


def _between(page: str, name: str, text: str) -> str:
    """Put a text between the marks of a name."""
    begin, end = f"<!-- {name}: what follows is measured -->", f"<!-- {name}: end -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"{PAGE} has no place for {name}: {begin} and {end}")
    pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
    return re.sub(pattern, lambda _: f"{begin}\n\n{text}\n\n{end}", page, flags=re.DOTALL)


def _places(benchmark: Benchmark[Any], folder: Path) -> tuple[Path, Path]:
    beside = folder / PAGE.removesuffix(".md")
    return beside / f"{benchmark.name}.json", beside / f"{benchmark.name}.svg"
