"""Earlier exchanges on which a finding depends: without them, its last request shows nothing."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from conformance.http.exchange import Exchange
from conformance.http.resource_names import unique_names

_NAME_MEMBERS: Final = ("name", "display_name")
_MAX_RELATED: Final = 8  # exchanges; the earliest and the latest ones
_MAX_OTHERS: Final = 2  # creates of other resources before a get


def prerequisites(failing: Exchange, history: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """Return the exchanges of a check that its failing exchange depends on, in their order.

    These are the exchanges with the same resource and creates with the same unique name. Before a get, they
    are also the latest creates of other resources, because the target may confuse them.
    """
    earlier = sorted(
        (exchange for exchange in history if exchange.number < failing.number and exchange.origin.assessed),
        key=lambda exchange: exchange.number,
    )
    if failing.is_create:
        return _limited(list(_with_same_name(failing, earlier)))
    if failing.request.method != "GET":
        return ()
    same = [exchange for exchange in earlier if failing.id_in_path in {exchange.id_in_path, exchange.id}]
    if not any(exchange.is_create for exchange in same):
        return ()
    first = same[0].number
    others = [
        exchange
        for exchange in earlier
        if exchange.is_create
        and exchange.succeeded
        and exchange.number > first
        and exchange.origin.case == failing.origin.case
        and exchange not in same
    ]
    return _limited(sorted([*same, *others[-_MAX_OTHERS:]], key=lambda exchange: exchange.number))


def _with_same_name(failing: Exchange, earlier: Sequence[Exchange]) -> Iterator[Exchange]:
    names = _names(failing)
    ids: set[str] = set()
    for exchange in earlier:
        if _batch(exchange) and _batch(exchange) == _batch(failing):
            continue  # sent at the same time, not earlier
        if exchange.is_create and not names.isdisjoint(_names(exchange)):
            ids |= {exchange.id} if exchange.id is not None else set()
            yield exchange
        elif exchange.id_in_path in ids:
            yield exchange


def _batch(exchange: Exchange) -> str:
    """Return the batch of concurrent cases that sent an exchange; empty if none did."""
    return exchange.origin.case.rpartition(".")[0]


def _names(create: Exchange) -> set[str]:
    """Return the names in the name and the display_name of a create: unique ones, and the name itself."""
    sent = create.request.json
    texts = [sent.get(member) for member in _NAME_MEMBERS] if isinstance(sent, dict) else []
    unique = {name for text in texts if isinstance(text, str) for name in unique_names(text)}
    name = (create.resource or {}).get("name") or (sent.get("name") if isinstance(sent, dict) else None)
    return {*unique, name} if isinstance(name, str) else unique


def _limited(exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
    if len(exchanges) <= _MAX_RELATED:
        return tuple(exchanges)
    half = _MAX_RELATED // 2
    return (*exchanges[:half], *exchanges[-half:])
