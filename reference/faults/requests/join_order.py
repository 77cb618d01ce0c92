"""The order of join_from and join_until: not looked at, looked at too coarsely, or put right in silence."""

import datetime as dt
from typing import Any

from reference.api.behavior import Rules
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource
from reference.faults.fault import fault


@fault("join-order-unchecked", breaks="VC-CREATE-JOIN-ORDER")
class JoinOrderUnchecked(Rules):
    """A join_until may be earlier than join_from."""

    def in_order(self, start: dt.datetime, end: dt.datetime) -> bool:
        return True


@fault("join-order-by-day", breaks="VC-CREATE-JOIN-ORDER")
class JoinOrderByDay(Rules):
    """A join_until may be earlier than join_from on the same day."""

    def in_order(self, start: dt.datetime, end: dt.datetime) -> bool:
        return start.date() <= end.date()


@fault("an-hour-at-the-least", breaks="VC-CREATE-CONFORMING")
class AnHourAtTheLeast(Rules):
    """A conference of less than an hour is refused."""

    def in_order(self, start: dt.datetime, end: dt.datetime) -> bool:
        return end - start >= dt.timedelta(hours=1)


@fault("join-order-righted", breaks="VC-CREATE-JOIN-ORDER")
class JoinOrderRighted(Rules):
    """A join_until earlier than join_from is exchanged with it in place of being refused."""

    def contradictions(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        start, end = values.get("join_from"), values.get("join_until")
        if resource is Resource.CONFERENCE and start and end and end < start:
            values |= {"join_from": end, "join_until": start}
        return super().contradictions(resource, values)


class _ByText(Rules):
    """Rules that compare the texts of two times in place of what they denote."""

    whose: Resource
    texts: tuple[str, str] | None = None

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        texts = (str(document.get("join_from", "")), str(document.get("join_until", "")))
        self.texts = texts if resource is self.whose else None
        return super().received(resource, document)

    def in_order(self, start: dt.datetime, end: dt.datetime) -> bool:
        return self.texts[0] <= self.texts[1] if self.texts else super().in_order(start, end)


@fault("join-order-by-text", breaks="VC-CREATE-JOIN-ORDER-OFFSET")
class JoinOrderByText(_ByText):
    """The texts of join_from and join_until are put in order, offsets aside."""

    whose = Resource.CONFERENCE


@fault("room-join-order-by-text", breaks="FCR-CREATE-JOIN-ORDER-OFFSET")
class RoomJoinOrderByText(_ByText):
    """The texts of a room's join_from and join_until are put in order, offsets aside."""

    whose = Resource.ROOM
