"""A run's exchanges in windows: so many of them in the order of their numbers, judged together.

Whoever judges a run, while it goes or from its evidence, looks at the same windows.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from conformance.http.exchange import Exchange
from conformance.testkit.exchange_log import Transcript

WINDOW: Final = 2500  # exchanges


def windows(
    exchanges: Sequence[Exchange], size: int, lasting: Mapping[str, Exchange]
) -> Iterator[Transcript]:
    """Yield the windows of some exchanges; `lasting` are the creates of what was there before, by id."""
    for _, some in groupby(exchanges, lambda each: (each.number - 1) // size):
        window = tuple(some)
        made = {each.id: each for each in window if each.creates and each.id is not None}
        transcript = Transcript(window, {**lasting, **made})
        lasting = left(transcript)
        yield transcript


def left(window: Transcript) -> Mapping[str, Exchange]:
    """Return the creates of what was there at the end of a window, by id."""
    gone = {each.addressed for each in window.exchanges if each.deletes}
    return {made: creator for made, creator in window.creators.items() if made not in gone}
