"""Each benchmark at its smallest: what it says, never how fast."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks import generation, latency, performance_page, phases, scaling, startup, throughput
from benchmarks.harness import Benchmark, Budget, interleaved, markdown, ratio

SMALLEST: list[tuple[Benchmark[Any], list[str]]] = [
    (throughput.BENCHMARK, ["--seconds", "1", "--effort", "smoke", "--workers"]),
    (latency.BENCHMARK, ["--latencies", "0", "1", "--select", "VC-CREATE-NAME-*"]),
    (generation.BENCHMARK, ["--examples", "5"]),
    (phases.BENCHMARK, ["--efforts", "smoke"]),
    (scaling.BENCHMARK, ["--cases", "1", "--times", "1", "2", "--members", "1", "--shards", "1"]),
    (startup.BENCHMARK, []),
]


@pytest.mark.parametrize("benchmark, options", SMALLEST, ids=[benchmark.name for benchmark, _ in SMALLEST])
def test_a_benchmark_says_keeps_and_draws_its_figures(
    benchmark: Benchmark[Any], options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures, plot = tmp_path / "figures.json", tmp_path / "plot.svg"
    benchmark.main(["--rounds", "1", *options, "--json", str(figures), "--svg", str(plot)])
    kept = benchmark.read(figures)
    assert kept.rows
    assert benchmark.told(kept.rows) in capsys.readouterr().out
    assert ET.fromstring(plot.read_text()).tag.endswith("svg")
    assert "<script" not in plot.read_text()
    told = json.loads(figures.read_text())
    assert [each["kept"] for each in told["budgets"]] == [each.kept for each in benchmark.budgets(kept.rows)]


def test_the_page_shows_what_is_kept_beside_it() -> None:
    written = (performance_page.FOLDER / performance_page.PAGE).read_text(encoding="utf-8")
    assert performance_page.told(written) == written


def test_every_benchmark_has_a_place_on_the_page() -> None:
    for benchmark in performance_page.BENCHMARKS:
        assert (performance_page.FOLDER / "performance" / f"{benchmark.name}.json").exists()


@pytest.mark.parametrize("benchmark", performance_page.BENCHMARKS, ids=lambda each: each.name)
def test_the_plots_are_those_of_the_figures(benchmark: Benchmark[Any]) -> None:
    beside = performance_page.FOLDER / "performance"
    taken = benchmark.read(beside / f"{benchmark.name}.json")
    assert (beside / f"{benchmark.name}.svg").read_text(encoding="utf-8") == benchmark.plot(taken.rows)


def test_everything_has_its_turn_in_each_round() -> None:
    turns: list[str] = []

    def measure(name: str) -> float:
        turns.append(name)
        return float(len(turns))

    figures = interleaved({"a": lambda: measure("a"), "b": lambda: measure("b")}, 3)
    assert turns == ["a", "b"] * 3
    assert figures == {"a": [1, 3, 5], "b": [2, 4, 6]}


def test_a_ratio_is_the_median_of_those_within_each_round() -> None:
    assert ratio([1, 10, 9], [1, 2, 3]) == 3


@pytest.mark.parametrize(
    "budget, kept",
    [
        (Budget("at most", 2.0, 2.0), True),
        (Budget("at most", 2.1, 2.0), False),
        (Budget("at least", 2.0, 2.0, at_least=True), True),
        (Budget("at least", 1.9, 2.0, at_least=True), False),
    ],
)
def test_a_budget_is_kept_at_its_very_end(budget: Budget, kept: bool) -> None:  # noqa: FBT001 - a table
    assert budget.kept is kept


def test_a_table_reads_well_as_text() -> None:
    assert markdown(("what", "s"), [("run", "1.25")]).splitlines() == [
        "| what |    s |",
        "| ---- | ---: |",
        "| run  | 1.25 |",
    ]
