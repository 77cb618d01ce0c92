"""Speed of generating valid bodies and of shrinking failures, compared with other generators.

Each generator generates the same number of examples in turn, for several rounds; a ratio is the median of
the ratios within each round. Shrinking is measured from the first body with a simulated failure until
Hypothesis finds no simpler one; each body tried meanwhile would be a request. The failures differ from round
to round and are the same for all generators.

    python -m benchmarks.generation [--examples 500] [--rounds 5] [--json FILE] [--svg FILE]
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, Final

import hypothesis_jsonschema
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from benchmarks.charts import bars
from benchmarks.harness import Benchmark, Budget, interleaved, markdown, ratio
from spec.data_files import api_description
from spec.operations import Operation, operation
from strategies import valid_values

SUITE: Final = "strategies.valid_values.conforming"
SCHEMATHESIS: Final = "schemathesis"
_OPERATIONS: Final = {"VC-CREATE": "video", "FCR-CREATE": "fabric"}
_WARM_UP: Final = 50
_LONG: Final = 10  # length above which a name causes the simulated failure
_MAX_EXAMPLES: Final = 5000  # until the first failure


@dataclass(frozen=True)
class Row:
    """Results of one generator for one operation."""

    operation: str
    generator: str
    per_second: float | None = None
    ratio: float | None = None
    """Speed of this suite relative to this generator."""
    shrinking: float | None = None
    """Seconds from the first failure to the simplest one."""
    shrinking_ratio: float | None = None
    """Shrinking time relative to this suite."""
    tried: float | None = None
    """Number of bodies tried while shrinking."""
    error: str | None = None


class FailedError(Exception):
    """A simulated failure."""


def measure(options: argparse.Namespace) -> list[Row]:
    """Measure all generators for the body of each create."""
    return [
        row for id_ in _OPERATIONS for row in compared(id_, examples=options.examples, rounds=options.rounds)
    ]


def compared(operation_id: str, *, examples: int, rounds: int) -> list[Row]:
    """Measure all generators for the body of one operation."""
    strategies = generators(operation(operation_id))
    errors = {name: _error(strategy) for name, strategy in strategies.items()}
    running = {name: strategy for name, strategy in strategies.items() if errors[name] is None}
    rates = interleaved(
        {name: partial(rate, strategy, examples=examples) for name, strategy in running.items()}, rounds
    )
    shrunk = {
        name: [shrinking(strategy, turn) for turn in range(rounds)] for name, strategy in running.items()
    }
    return [_row(operation_id, name, rates, shrunk, error) for name, error in errors.items()]


def generators(create: Operation) -> Mapping[str, SearchStrategy[Any]]:
    """Return the strategies for the body of a create by generator."""
    paths = schemathesis.openapi.from_dict(dict(api_description(_OPERATIONS[create.id])))
    return {
        SUITE: valid_values.conforming(create.request or {}),
        SCHEMATHESIS: paths[create.path][create.method].as_strategy().map(lambda case: case.body),
        "hypothesis-jsonschema": hypothesis_jsonschema.from_schema(dict(create.request or {})),
    }


def rate(strategy: SearchStrategy[Any], *, examples: int) -> float:
    """Return the examples per second that Hypothesis generates."""
    examples_generated = 0

    def count(_: object) -> None:
        nonlocal examples_generated
        examples_generated += 1

    start = time.perf_counter()
    _tested(strategy, count, examples, [Phase.generate])()
    return examples_generated / (time.perf_counter() - start)


def shrinking(strategy: SearchStrategy[Any], turn: int) -> tuple[float, int]:
    """Return the seconds for shrinking a failure, and the number of bodies tried."""
    fails = _FAILURES[turn % len(_FAILURES)]
    failed_at: float | None = None
    tried = 0

    def test(body: Any) -> None:
        nonlocal failed_at, tried
        tried += failed_at is not None
        if isinstance(body, dict) and fails(body):
            failed_at = failed_at or time.perf_counter()
            raise FailedError

    with suppress(FailedError):
        seed(turn)(_tested(strategy, test, _MAX_EXAMPLES, [Phase.generate, Phase.shrink]))()
    if failed_at is None:
        raise RuntimeError(f"none of {_MAX_EXAMPLES} bodies fails")
    return time.perf_counter() - failed_at, tried


def table(rows: Sequence[Row]) -> str:
    """Return rates and times as a table."""
    return markdown(
        (
            "body of",
            "generator",
            "examples/s",
            "suite / generator",
            "shrinking",
            "generator / suite",
            "bodies tried",
        ),
        [(row.operation, row.generator, *_cells(row)) for row in rows],
    )


def plot(rows: Sequence[Row]) -> str:
    """Plot the rates."""
    names = list(dict.fromkeys(row.generator for row in rows))
    rates = {(row.operation, row.generator): row.per_second for row in rows}
    series = {
        operation_id: [rates.get((operation_id, name)) for name in names] for operation_id in _OPERATIONS
    }
    return bars("examples per second", names, series, logarithmic=True)


def budgets(rows: Sequence[Row]) -> list[Budget]:
    """Return the budgets."""
    return [
        Budget(
            f"{row.operation}: this suite / {SCHEMATHESIS}, examples per second", row.ratio, 5, at_least=True
        )
        for row in rows
        if row.generator == SCHEMATHESIS and row.ratio
    ]


def _tested(
    strategy: SearchStrategy[Any], test: Callable[[Any], None], examples: int, phases: Sequence[Phase]
) -> Callable[[], None]:
    configure = settings(
        max_examples=examples,
        derandomize=Phase.shrink not in phases,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    return configure(given(strategy)(test))


def _has_long_name(body: Mapping[str, Any]) -> bool:
    return any(
        isinstance(body.get(member), str) and len(body[member]) > _LONG for member in ("name", "display_name")
    )


def _has_join_times(body: Mapping[str, Any]) -> bool:
    return "join_until" in body and "join_from" in body


def _has_previews_and_layout(body: Mapping[str, Any]) -> bool:
    return body.get("enable_room_previews") is True and "layout" in body


_FAILURES: Final = (_has_long_name, _has_join_times, _has_previews_and_layout)


def _cells(row: Row) -> Iterator[str]:
    if row.per_second is None or row.ratio is None or row.shrinking is None:
        return iter((row.error or "", "", "", "", ""))
    figures = (row.per_second, row.ratio, row.shrinking, row.shrinking_ratio, row.tried)
    return (form.format(figure) for form, figure in zip(_FORMS, figures, strict=True))


_FORMS: Final = ("{:.0f}", "{:.1f} x", "{:.2f} s", "{:.1f} x", "{:.0f}")


def _row(
    operation_id: str,
    name: str,
    rates: Mapping[str, Sequence[float]],
    shrunk: Mapping[str, Sequence[tuple[float, int]]],
    error: str | None,
) -> Row:
    if error is not None:
        return Row(operation_id, name, error=error)
    times = {generator: [seconds for seconds, _ in shrunk[generator]] for generator in (name, SUITE)}
    return Row(
        operation_id,
        name,
        round(median(rates[name]), 1),
        round(ratio(rates[SUITE], rates[name]), 2),
        round(median(times[name]), 3),
        round(ratio(times[name], times[SUITE]), 2),
        median(tried for _, tried in shrunk[name]),
    )


def _error(strategy: SearchStrategy[Any]) -> str | None:
    """Warm up a strategy, and return the error if it does not run with this version of Hypothesis."""
    try:
        rate(strategy, examples=_WARM_UP)
    except Exception as error:  # an exception of another library is a result here
        return f"does not run: {type(error).__name__}: {error}"
    return None


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--examples", type=int, default=500, help="examples per generator and round")


BENCHMARK: Final = Benchmark("generation", __doc__ or "", Row, measure, table, plot, budgets, _options)

if __name__ == "__main__":
    BENCHMARK.main()
