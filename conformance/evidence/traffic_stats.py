"""Statistics on the exchanges of a run: latency by operation, and requests over time.

Only numbers are stored for each exchange, to limit the memory that a long run takes.
"""

from array import array
from collections.abc import Sequence
from statistics import median, quantiles
from typing import Any, Final

from conformance.http.exchange import Exchange

_MAX_PARTS: Final = 60  # maximum number of parts of the timeline
_MIN_PART: Final = 0.1  # minimum length of a part in seconds
_SERVER_ERRORS: Final = range(500, 600)


class TrafficStats:
    """Latency and failures of the exchanges of a run."""

    def __init__(self) -> None:
        self._durations: dict[str, array[float]] = {}  # seconds of each response, by operation
        self._starts = array("d")  # seconds since 1970
        self._failed = bytearray()  # for each exchange 1 if it is a 5xx or has no response, else 0

    @property
    def exchanges(self) -> int:
        """Return the number of exchanges."""
        return len(self._starts)

    def add(self, exchange: Exchange) -> None:
        """Add an exchange."""
        if exchange.response is not None:
            self._durations.setdefault(exchange.origin.operation, array("d")).append(exchange.seconds)
        self._starts.append(exchange.started.timestamp())
        self._failed.append(exchange.has_no_response or exchange.status in _SERVER_ERRORS)

    def latency(self) -> list[dict[str, Any]]:
        """Return the number of responses of each operation, their median, 95th percentile and maximum."""
        return [
            {
                "operation": operation,
                "responses": len(durations),
                "median": round(median(durations), 6),
                "p95": round(_p95(durations), 6),
                "max": round(max(durations), 6),
            }
            for operation, durations in sorted(self._durations.items())
        ]

    def timeline(self) -> dict[str, Any]:
        """Return the run in equal parts: the number of requests and of failed requests in each."""
        if not self._starts:
            return {"seconds": _MIN_PART, "requests": [], "failed": []}
        first = min(self._starts)
        offsets = array("d", (round(start - first, 6) for start in self._starts))
        width = max(_MIN_PART, max(offsets) / (_MAX_PARTS - 1))
        requests, failed = ([0] * (int(max(offsets) / width) + 1) for _ in range(2))
        for offset, has_failed in zip(offsets, self._failed, strict=True):
            requests[int(offset / width)] += 1
            failed[int(offset / width)] += has_failed
        return {"seconds": round(width, 6), "requests": requests, "failed": failed}


def _p95(durations: Sequence[float]) -> float:
    return quantiles(durations, n=20, method="inclusive")[-1] if len(durations) > 1 else durations[0]
