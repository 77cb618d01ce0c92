"""Merging of measurements: the latency, CPU time and timeline of several records."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from reports.records.record_compatibility import Record

_MIN_INTERVAL: Final = 0.1  # seconds per interval of a timeline without requests


def latency(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return the latency by operation: the weighted mean of the medians, the maximum of the other figures."""
    operations: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        for figures in record["latency"]:
            operations.setdefault(figures["operation"], []).append(figures)
    return [_latency_of(operation, parts) for operation, parts in sorted(operations.items())]


def _latency_of(operation: str, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    responses = sum(part["responses"] for part in parts)
    return {
        "operation": operation,
        "responses": responses,
        "median": round(sum(part["median"] * part["responses"] for part in parts) / responses, 6),
        "p95": max(part["p95"] for part in parts),
        "max": max(part["max"] for part in parts),
    }


def phases(records: Sequence[Record]) -> dict[str, float]:
    """Return the CPU seconds of all records by phase."""
    phases = [record.get("cpu_seconds", {}) for record in records]
    names = dict.fromkeys(name for seconds in phases for name in seconds)
    return {name: round(sum(seconds.get(name, 0.0) for seconds in phases), 3) for name in names}


def timeline(records: Sequence[Record]) -> dict[str, Any]:
    """Return the sum of the timelines, each from its own start."""
    lines = [record["timeline"] for record in records]
    width = max([_MIN_INTERVAL, *(line["seconds"] for line in lines)])
    return {
        "seconds": width,
        "requests": _summed([(line["requests"], line["seconds"]) for line in lines], width),
        "failed": _summed([(line["failed"], line["seconds"]) for line in lines], width),
    }


def _summed(lines: Iterable[tuple[Sequence[int], float]], width: float) -> list[int]:
    sums: Counter[int] = Counter()
    for counts, seconds in lines:
        for index, count in enumerate(counts):
            sums[int(index * seconds / width)] += count
    return [sums[index] for index in range(max(sums, default=-1) + 1)]
