"""How long the target took, by operation, and how the requests of a run are spread over its time.

Numbers alone are kept of each exchange, so that a long run takes no more memory than they do.
"""

from array import array
from collections.abc import Sequence
from statistics import median, quantiles
from typing import Any, Final

from conformance.http.exchange import Exchange

_PARTS: Final = 60  # of the timeline, at the most
_SHORTEST: Final = 0.1  # seconds that a part of it covers at the least
_SERVER_ERRORS: Final = range(500, 600)


class Traffic:
    """What the exchanges of a run come to."""

    def __init__(self) -> None:
        self._took: dict[str, array[float]] = {}  # seconds of what was answered, by operation
        self._began = array("d")  # seconds since 1970
        self._wrong = bytearray()  # one for each: 1 is a 5xx, or no answer at all

    @property
    def exchanges(self) -> int:
        """Return how many there were."""
        return len(self._began)

    def add(self, exchange: Exchange) -> None:
        """Count one more."""
        if exchange.response is not None:
            self._took.setdefault(exchange.origin.operation, array("d")).append(exchange.seconds)
        self._began.append(exchange.started.timestamp())
        self._wrong.append(exchange.lost or exchange.status in _SERVER_ERRORS)

    def latency(self) -> list[dict[str, Any]]:
        """Return for each operation how many answers came, their median, 95th percentile and longest."""
        return [
            {
                "operation": operation,
                "answers": len(took),
                "median": round(median(took), 6),
                "p95": round(_p95(took), 6),
                "longest": round(max(took), 6),
            }
            for operation, took in sorted(self._took.items())
        ]

    def timeline(self) -> dict[str, Any]:
        """Return the run in equal parts: how many requests began in each, and how many of them went wrong."""
        if not self._began:
            return {"seconds": _SHORTEST, "requests": [], "wrong": []}
        first = min(self._began)
        offsets = array("d", (round(each - first, 6) for each in self._began))
        width = max(_SHORTEST, max(offsets) / (_PARTS - 1))
        requests, wrong = ([0] * (int(max(offsets) / width) + 1) for _ in range(2))
        for offset, went_wrong in zip(offsets, self._wrong, strict=True):
            requests[int(offset / width)] += 1
            wrong[int(offset / width)] += went_wrong
        return {"seconds": round(width, 6), "requests": requests, "wrong": wrong}


def _p95(took: Sequence[float]) -> float:
    return quantiles(took, n=20, method="inclusive")[-1] if len(took) > 1 else took[0]
