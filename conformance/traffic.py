"""How long the target took, by operation, and how the requests of a run are spread over its time."""

from collections.abc import Sequence
from statistics import median, quantiles
from typing import Any, Final

from conformance.exchange import Exchange

_PARTS: Final = 60  # of the timeline, at the most
_SHORTEST: Final = 0.1  # seconds that a part of it covers at the least
_SERVER_ERRORS: Final = range(500, 600)


def latency(exchanges: Sequence[Exchange]) -> list[dict[str, Any]]:
    """Return for each operation how many answers came, and median, 95th percentile and longest in seconds."""
    operations: dict[str, list[float]] = {}
    for each in exchanges:
        if each.response is not None:
            operations.setdefault(each.origin.operation, []).append(each.seconds)
    return [
        {
            "operation": operation,
            "answers": len(took),
            "median": round(median(took), 6),
            "p95": round(_p95(took), 6),
            "longest": round(max(took), 6),
        }
        for operation, took in sorted(operations.items())
    ]


def _p95(took: Sequence[float]) -> float:
    return quantiles(took, n=20, method="inclusive")[-1] if len(took) > 1 else took[0]


def timeline(exchanges: Sequence[Exchange]) -> dict[str, Any]:
    """Return the run in equal parts: how many requests began in each, and how many of them went wrong.

    Wrong is a 5xx, or no answer at all.
    """
    if not exchanges:
        return {"seconds": _SHORTEST, "requests": [], "wrong": []}
    first = min(each.started for each in exchanges)
    offsets = [(each.started - first).total_seconds() for each in exchanges]
    width = max(_SHORTEST, max(offsets) / (_PARTS - 1))
    requests, wrong = ([0] * (int(max(offsets) / width) + 1) for _ in range(2))
    for each, offset in zip(exchanges, offsets, strict=True):
        requests[int(offset / width)] += 1
        wrong[int(offset / width)] += each.response is None or each.status in _SERVER_ERRORS
    return {"seconds": round(width, 6), "requests": requests, "wrong": wrong}
