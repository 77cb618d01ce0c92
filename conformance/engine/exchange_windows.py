"""Division of the exchanges of a run into windows of consecutive exchanges.

A run and the replay of its evidence use the same windows, so both evaluate the same sets of exchanges.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from conformance.http.exchange import Exchange
from conformance.testkit.exchange_log import Transcript

WINDOW: Final = 2500  # exchanges


def windows(
    exchanges: Sequence[Exchange], size: int, existing: Mapping[str, Exchange]
) -> Iterator[Transcript]:
    """Yield the exchanges in windows; `existing` maps ids of earlier resources to their creates."""
    for _, group in groupby(exchanges, lambda exchange: (exchange.number - 1) // size):
        window = tuple(group)
        creates = {
            exchange.id: exchange for exchange in window if exchange.creates and exchange.id is not None
        }
        transcript = Transcript(window, {**existing, **creates})
        existing = remaining_creates(transcript)
        yield transcript


def remaining_creates(window: Transcript) -> Mapping[str, Exchange]:
    """Return the creates of the resources that exist at the end of a window, by id."""
    deleted = {exchange.addressed for exchange in window.exchanges if exchange.deletes}
    return {id_: create for id_, create in window.creators.items() if id_ not in deleted}
