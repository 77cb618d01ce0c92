"""Division of the exchanges of a run into windows of consecutive exchanges.

A run and the replay of its evidence use the same windows, so both evaluate the same sets of exchanges.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from conformance.http.exchange import Exchange
from conformance.testkit.exchange_log import ExchangeLog

WINDOW: Final = 2500  # exchanges


def windows(
    exchanges: Sequence[Exchange], size: int, existing: Mapping[str, Exchange]
) -> Iterator[ExchangeLog]:
    """Yield the exchanges in windows; `existing` maps paths of earlier resources to their creates."""
    for _, group in groupby(exchanges, lambda exchange: (exchange.number - 1) // size):
        window = tuple(group)
        creates = {
            exchange.created_path: exchange for exchange in window if exchange.created_path is not None
        }
        transcript = ExchangeLog(window, {**existing, **creates})
        existing = remaining_creates(transcript)
        yield transcript


def remaining_creates(window: ExchangeLog) -> Mapping[str, Exchange]:
    """Return the creates of the resources that exist at the end of a window, by their paths."""
    deleted = {exchange.request.path for exchange in window.exchanges if exchange.has_deleted}
    return {path: create for path, create in window.creators.items() if path not in deleted}
