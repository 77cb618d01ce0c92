"""Each benchmark with its smallest workload: output and stored results, not speed."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks import generation, latency, performance_page, phases, scaling, startup, throughput
from benchmarks.harness import Benchmark, Budget, interleaved, markdown, ratio
from benchmarks.workloads import search_throughput

SMALLEST: list[tuple[Benchmark[Any], list[str]]] = [
    (throughput.BENCHMARK, ["--seconds", "1", "--effort", "smoke", "--examples", "1", "--workers"]),
    (latency.BENCHMARK, ["--latencies", "0", "--select", "VC-CREATE-NAME-*"]),
    (generation.BENCHMARK, ["--examples", "5"]),
    (phases.BENCHMARK, ["--efforts", "smoke"]),
    (
        scaling.BENCHMARK,
        ["--cases", "1", "--times", "1", "2", "--members", "1", "--shards", "1", "--effort", "smoke"],
    ),
    (startup.BENCHMARK, []),
]


@pytest.mark.parametrize("benchmark, options", SMALLEST, ids=[benchmark.name for benchmark, _ in SMALLEST])
def test_a_benchmark_prints_stores_and_plots_its_results(
    benchmark: Benchmark[Any], options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures, plot = tmp_path / "figures.json", tmp_path / "plot.svg"
    benchmark.main(["--rounds", "1", *options, "--json", str(figures), "--svg", str(plot)])
    results = benchmark.read(figures)
    assert results.rows
    assert benchmark.report(results.rows) in capsys.readouterr().out
    assert ET.fromstring(plot.read_text()).tag.endswith("svg")
    assert "<script" not in plot.read_text()
    budgets = json.loads(figures.read_text())["budgets"]
    assert [budget["met"] for budget in budgets] == [
        budget.is_met for budget in benchmark.budgets(results.rows)
    ]


def test_the_page_shows_the_stored_results() -> None:
    page = (performance_page.FOLDER / performance_page.PAGE).read_text(encoding="utf-8")
    assert performance_page.fill_page(page) == page


def test_every_benchmark_has_stored_results() -> None:
    for benchmark in performance_page.BENCHMARKS:
        assert (performance_page.FOLDER / "performance" / f"{benchmark.name}.json").exists()


@pytest.mark.parametrize("benchmark", performance_page.BENCHMARKS, ids=lambda benchmark: benchmark.name)
def test_the_plots_show_the_stored_results(benchmark: Benchmark[Any]) -> None:
    directory = performance_page.FOLDER / "performance"
    results = benchmark.read(directory / f"{benchmark.name}.json")
    assert (directory / f"{benchmark.name}.svg").read_text(encoding="utf-8") == benchmark.plot(results.rows)


def test_a_benchmark_is_a_command_of_its_module() -> None:
    for benchmark in performance_page.BENCHMARKS:
        assert benchmark.measure.__module__ == f"benchmarks.{benchmark.name}"


def test_each_round_measures_every_candidate_once() -> None:
    measurements: list[str] = []

    def measure(name: str) -> float:
        measurements.append(name)
        return float(len(measurements))

    figures = interleaved({"a": lambda: measure("a"), "b": lambda: measure("b")}, 3)
    assert measurements == ["a", "b"] * 3
    assert figures == {"a": [1, 3, 5], "b": [2, 4, 6]}


def test_a_ratio_is_the_median_of_the_ratios_within_each_round() -> None:
    assert ratio([1, 10, 9], [1, 2, 3]) == 3


@pytest.mark.parametrize(
    "budget, met",
    [
        (Budget("at most", 2.0, 2.0), True),
        (Budget("at most", 2.1, 2.0), False),
        (Budget("at least", 2.0, 2.0, at_least=True), True),
        (Budget("at least", 1.9, 2.0, at_least=True), False),
    ],
)
def test_a_budget_is_met_at_its_limit(budget: Budget, met: bool) -> None:  # noqa: FBT001 - a table
    assert budget.is_met is met


def test_a_table_is_aligned() -> None:
    assert markdown(("what", "s"), [("run", "1.25")]).splitlines() == [
        "| what |    s |",
        "| ---- | ---: |",
        "| run  | 1.25 |",
    ]


def test_the_throughput_of_tasks_is_compared_with_that_of_random_runs() -> None:
    samples = {name: [search_throughput.Sample(100, 2.0, 0.5)] for name in search_throughput.CANDIDATES}
    *_, last = search_throughput.report(samples).splitlines()
    assert [cell.strip() for cell in last.strip("|").split("|")] == [
        "tasks of a campaign",
        "100",
        "50",
        "5.00",
    ]
