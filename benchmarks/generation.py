"""How fast conforming bodies are generated and failures shrunk, next to others over the same document.

Each generator makes the same number of examples in turn, several rounds long, so that whatever else the
machine does meets all of them; a ratio is the median of the ratios within each round. Shrinking begins when
a body is found that a faulty server would be blamed for, and ends when Hypothesis finds no simpler one; what
it tries meanwhile would each be a request. Round by round another failure is met, the same for all.

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
from spec.data_files import document
from spec.operations import Operation, operation
from strategies import valid_values

OURS: Final = "strategies.valid_values.conforming"
THEIRS: Final = "schemathesis"
_OPERATIONS: Final = {"VC-CREATE": "video", "FCR-CREATE": "fabric"}
_WARM_UP: Final = 50
_LONG: Final = 10  # characters of a name that a faulty server chokes on
_MANY: Final = 5000  # examples, until a failure has to be found


@dataclass(frozen=True)
class Row:
    """What was measured of one generator for one operation."""

    operation: str
    generator: str
    per_second: float | None = None
    ratio: float | None = None
    """How many times as fast ours is."""
    shrinking: float | None = None
    """Seconds from the first failure to the simplest."""
    shrinking_ratio: float | None = None
    """How many times as long it takes."""
    tried: float | None = None
    """Bodies that were tried meanwhile."""
    error: str | None = None


class FailedError(Exception):
    """What a faulty server would be blamed for."""


def measured(options: argparse.Namespace) -> list[Row]:
    """Measure all generators for the body of each create."""
    return [
        row for id_ in _OPERATIONS for row in compared(id_, examples=options.examples, rounds=options.rounds)
    ]


def compared(operation_id: str, *, examples: int, rounds: int) -> list[Row]:
    """Measure all generators for the body of one operation, ours first."""
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
    """Return the strategies of a create's body by the names of their makers."""
    paths = schemathesis.openapi.from_dict(dict(document(_OPERATIONS[create.id])))
    return {
        OURS: valid_values.conforming(create.request or {}),
        THEIRS: paths[create.path][create.method].as_strategy().map(lambda case: case.body),
        "hypothesis-jsonschema": hypothesis_jsonschema.from_schema(dict(create.request or {})),
    }


def rate(strategy: SearchStrategy[Any], *, examples: int) -> float:
    """Return how many examples a second Hypothesis generates."""
    made = 0

    def make(_: object) -> None:
        nonlocal made
        made += 1

    start = time.perf_counter()
    _tested(strategy, make, examples, [Phase.generate])()
    return made / (time.perf_counter() - start)


def shrinking(strategy: SearchStrategy[Any], turn: int) -> tuple[float, int]:
    """Return how long a failure takes to become the simplest, and how many bodies are tried meanwhile."""
    fails = _FAILURES[turn % len(_FAILURES)]
    found: float | None = None
    tried = 0

    def test(body: Any) -> None:
        nonlocal found, tried
        tried += found is not None
        if isinstance(body, dict) and fails(body):
            found = found or time.perf_counter()
            raise FailedError

    with suppress(FailedError):
        seed(turn)(_tested(strategy, test, _MANY, [Phase.generate, Phase.shrink]))()
    if found is None:
        raise RuntimeError(f"no body of {_MANY} fails")
    return time.perf_counter() - found, tried


def table(rows: Sequence[Row]) -> str:
    """Return the rates and the times."""
    return markdown(
        ("body of", "generator", "examples/s", "ours is", "shrinking", "of ours", "bodies tried"),
        [(row.operation, row.generator, *_told(row)) for row in rows],
    )


def plot(rows: Sequence[Row]) -> str:
    """Draw the rates."""
    names = list(dict.fromkeys(row.generator for row in rows))
    rates = {(row.operation, row.generator): row.per_second for row in rows}
    series = {each: [rates.get((each, name)) for name in names] for each in _OPERATIONS}
    return bars("examples per second", names, series, logarithmic=True)


def budgets(rows: Sequence[Row]) -> list[Budget]:
    """Compare with what was promised."""
    return [
        Budget(f"{row.operation}: ours / {THEIRS}, examples per second", row.ratio, 5, at_least=True)
        for row in rows
        if row.generator == THEIRS and row.ratio
    ]


def _tested(
    strategy: SearchStrategy[Any], test: Callable[[Any], None], examples: int, phases: Sequence[Phase]
) -> Callable[[], None]:
    quiet = settings(
        max_examples=examples,
        derandomize=Phase.shrink not in phases,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    return quiet(given(strategy)(test))


def _long_name(body: Mapping[str, Any]) -> bool:
    return any(
        isinstance(body.get(each), str) and len(body[each]) > _LONG for each in ("name", "display_name")
    )


def _late(body: Mapping[str, Any]) -> bool:
    return "join_until" in body and "join_from" in body


def _switched(body: Mapping[str, Any]) -> bool:
    return body.get("enable_room_previews") is True and "layout" in body


_FAILURES: Final = (_long_name, _late, _switched)


def _told(row: Row) -> Iterator[str]:
    if row.per_second is None or row.ratio is None or row.shrinking is None:
        return iter((row.error or "", "", "", "", ""))
    figures = (row.per_second, row.ratio, row.shrinking, row.shrinking_ratio, row.tried)
    return (form.format(each) for form, each in zip(_FORMS, figures, strict=True))


_FORMS: Final = ("{:.0f}", "{:.1f} x as fast", "{:.2f} s", "{:.1f} x", "{:.0f}")


def _row(
    operation_id: str,
    name: str,
    rates: Mapping[str, Sequence[float]],
    shrunk: Mapping[str, Sequence[tuple[float, int]]],
    error: str | None,
) -> Row:
    if error is not None:
        return Row(operation_id, name, error=error)
    times = {each: [seconds for seconds, _ in shrunk[each]] for each in (name, OURS)}
    return Row(
        operation_id,
        name,
        round(median(rates[name]), 1),
        round(ratio(rates[OURS], rates[name]), 2),
        round(median(times[name]), 3),
        round(ratio(times[name], times[OURS]), 2),
        median(tried for _, tried in shrunk[name]),
    )


def _error(strategy: SearchStrategy[Any]) -> str | None:
    """Warm the strategy up, and return what is wrong if it does not run with this Hypothesis."""
    try:
        rate(strategy, examples=_WARM_UP)
    except Exception as error:  # whatever another library raises is a result here
        return f"does not run: {type(error).__name__}: {error}"
    return None


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--examples", type=int, default=500, help="examples of each generator in a round")


BENCHMARK: Final = Benchmark("generation", __doc__ or "", Row, measured, table, plot, budgets, _options)

if __name__ == "__main__":
    BENCHMARK.main()
