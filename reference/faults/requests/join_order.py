"""Faults in the validation of the order of join_from and join_until."""

import datetime as dt
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource
from reference.faults.fault import fault, should_fault


@fault("join-order-unchecked", breaks="VC-CREATE-JOIN-ORDER")
class JoinOrderUnchecked(ServerBehavior):
    """Accepts a join_until that is earlier than join_from."""

    def is_join_order_valid(self, start: dt.datetime, end: dt.datetime) -> bool:
        return True


@fault("join-order-by-day", breaks="VC-CREATE-JOIN-ORDER")
class JoinOrderByDay(ServerBehavior):
    """Accepts a join_until that is earlier than join_from on the same day."""

    def is_join_order_valid(self, start: dt.datetime, end: dt.datetime) -> bool:
        return start.date() <= end.date()


@fault("an-hour-at-the-least", breaks="VC-CREATE-CONFORMING")
class MinimumOneHour(ServerBehavior):
    """Rejects a conference with less than one hour between join_from and join_until."""

    def is_join_order_valid(self, start: dt.datetime, end: dt.datetime) -> bool:
        return end - start >= dt.timedelta(hours=1)


@fault("join-order-righted", breaks="VC-CREATE-JOIN-ORDER")
class JoinOrderSwapped(ServerBehavior):
    """Swaps join_from and join_until when they are in the wrong order."""

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        start, end = values.get("join_from"), values.get("join_until")
        if resource is Resource.CONFERENCE and start and end and end < start:
            values |= {"join_from": end, "join_until": start}
        return super().cross_member_problems(resource, values)


class _ComparesStrings(ServerBehavior):
    """Base of faults that compare join_from and join_until as strings."""

    compared_resource: Resource
    strings: tuple[str, str] | None = None

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        strings = (str(document.get("join_from", "")), str(document.get("join_until", "")))
        self.strings = strings if resource is self.compared_resource else None
        return super().received_members(resource, document)

    def is_join_order_valid(self, start: dt.datetime, end: dt.datetime) -> bool:
        return self.strings[0] <= self.strings[1] if self.strings else super().is_join_order_valid(start, end)


@fault("join-order-by-text", breaks="VC-CREATE-JOIN-ORDER-OFFSET")
class JoinOrderByText(_ComparesStrings):
    """Compares join_from and join_until as strings, ignoring their UTC offsets."""

    compared_resource = Resource.CONFERENCE


@should_fault("room-join-order-by-text", breaks="FCR-CREATE-JOIN-ORDER-OFFSET")
class RoomJoinOrderByText(_ComparesStrings):
    """Compares the join_from and join_until of a room as strings, ignoring their UTC offsets."""

    compared_resource = Resource.ROOM
