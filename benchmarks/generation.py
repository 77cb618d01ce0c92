"""How fast conforming bodies are generated, next to what others generate from the same document.

Each generator makes the same number of examples in turn, several rounds long, so that whatever else the
machine does meets all of them; a ratio is the median of the ratios within each round.

    python -m benchmarks.generation [--examples 500] [--rounds 5] [--json FILE]
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import hypothesis_jsonschema
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from spec.documents import document
from spec.operations import Operation, operation
from strategies import values

OURS = "strategies.values.conforming"
_OPERATIONS = {"VC-CREATE": "video", "FCR-CREATE": "fabric"}
_WARM_UP = 50


@dataclass(frozen=True)
class Row:
    """What was measured of one generator for one operation."""

    operation: str
    generator: str
    per_second: float | None
    ratio: float | None
    """How many times as fast ours is."""
    error: str | None = None


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table, and write JSON if asked to."""
    options = _options().parse_args(arguments)
    rows = [
        row for id_ in _OPERATIONS for row in compared(id_, examples=options.examples, rounds=options.rounds)
    ]
    print(table(rows))
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")


def compared(operation_id: str, *, examples: int, rounds: int) -> list[Row]:
    """Measure all generators for the body of one operation, ours first."""
    strategies = generators(operation(operation_id))
    errors = {name: _error(strategy) for name, strategy in strategies.items()}
    running = {name: strategy for name, strategy in strategies.items() if errors[name] is None}
    rates = [{name: rate(each, examples=examples) for name, each in running.items()} for _ in range(rounds)]
    return [_row(operation_id, name, rates, error) for name, error in errors.items()]


def generators(create: Operation) -> Mapping[str, SearchStrategy[Any]]:
    """Return the strategies of a create's body by the names of their makers."""
    paths = schemathesis.openapi.from_dict(dict(document(_OPERATIONS[create.id])))
    return {
        OURS: values.conforming(create.request or {}),
        "schemathesis": paths[create.path][create.method].as_strategy(),
        "hypothesis-jsonschema": hypothesis_jsonschema.from_schema(dict(create.request or {})),
    }


def rate(strategy: SearchStrategy[Any], *, examples: int) -> float:
    """Return how many examples a second Hypothesis generates."""
    made = 0

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def make(_: object) -> None:
        nonlocal made
        made += 1

    start = time.perf_counter()
    make()
    return made / (time.perf_counter() - start)


def table(rows: Sequence[Row]) -> str:
    """Write the rows as text."""
    lines = [f"{'operation':12}{'generator':32}{'examples/s':>12}{'ours is':>12}"]
    for row in rows:
        told = (
            f"{row.per_second:12.0f}{row.ratio:10.1f} x" if row.per_second and row.ratio else f"  {row.error}"
        )
        lines.append(f"{row.operation:12}{row.generator:32}{told}")
    return "\n".join(lines)


def _row(operation_id: str, name: str, rates: Sequence[Mapping[str, float]], error: str | None) -> Row:
    if error is not None:
        return Row(operation_id, name, None, None, error)
    per_second, ratio = (median(each) for each in zip(*_figures(name, rates), strict=True))
    return Row(operation_id, name, round(per_second, 1), round(ratio, 2))


def _figures(name: str, rates: Sequence[Mapping[str, float]]) -> list[tuple[float, float]]:
    return [(each[name], each[OURS] / each[name]) for each in rates]


def _error(strategy: SearchStrategy[Any]) -> str | None:
    """Warm the strategy up, and return what is wrong if it does not run with this Hypothesis."""
    try:
        rate(strategy, examples=_WARM_UP)
    except Exception as error:  # whatever another library raises is a result here
        return f"does not run: {type(error).__name__}: {error}"
    return None


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Compare the speed of generators of conforming bodies.")
    parser.add_argument("--examples", type=int, default=500, help="examples of each generator in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there as JSON")
    return parser


if __name__ == "__main__":
    main()
