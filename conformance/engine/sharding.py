"""Division of a run into shards that run concurrently or one after another.

Requirements whose checks send requests are divided by their position in the sorted list of all such
requirements, whatever is selected. Passive checks run in every shard, on the responses of that shard, so that
every response is evaluated. Every shard also runs the few checks that together cause every kind of response,
so that each passive check has exchanges to evaluate.
"""

from collections.abc import Iterable
from typing import Final

from conformance.config.settings import Shard
from conformance.engine import ordering

IN_EVERY_SHARD: Final = ordering.BASELINE | ordering.COMBINATORIAL


def assigned_to_other_shards(senders: Iterable[str], shard: Shard | None) -> frozenset[str]:
    """Return the requirements among `senders` that only other shards decide."""
    if shard is None:
        return frozenset()
    divided = sorted(set(senders) - IN_EVERY_SHARD)
    return frozenset(divided) - frozenset(divided[shard.number - 1 :: shard.of])
