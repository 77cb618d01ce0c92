"""Shards: the requirements of a run in parts that can be decided at the same time, or one after the other.

What sends is split: by its place in the sorted list of all that sends, whatever is selected. What judges the
answers of others is decided in every shard, on the answers of that shard: so every answer is judged, and no
fault is lost because it showed in another part. So that each such judge sees something, every shard also
runs the few checks whose requests bring about every kind of answer, with any members and without.
"""

from collections.abc import Iterable
from typing import Final

from conformance.config.settings import Shard
from conformance.engine import ordering

EVERYWHERE: Final = ordering.FIRST | ordering.TOGETHER


def left_to_others(senders: Iterable[str], shard: Shard | None) -> frozenset[str]:
    """Return which of the requirements whose checks send are decided in other shards only."""
    if shard is None:
        return frozenset()
    split = sorted(set(senders) - EVERYWHERE)
    return frozenset(split) - frozenset(split[shard.number - 1 :: shard.of])
