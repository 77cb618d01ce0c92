"""Conferences and rooms that do not leave each other alone."""

from typing import Any

from reference.api.behavior import Rules
from reference.api.error_envelopes import Problem
from reference.api.messages import Answer, Operation, Request, Resource
from reference.api.store import Record
from reference.faults.fault import fault


class _Resetting(Rules):
    """Rules that let a refused create change the resource that was created last."""

    resource = Resource.CONFERENCE
    made_by = Operation.CREATE_CONFERENCE

    def refused(self, request: Request, problems: list[Problem]) -> Answer:
        records = self.store.all(self.resource)
        if request.operation is self.made_by and len(records) > 1:
            records[-1].values["record_on_start"] = False
        return super().refused(request, problems)


@fault("refusal-resets-the-latest", breaks="VC-GET-INTERLEAVED")
class RefusalResets(_Resetting):
    """A refused create turns off recording in the conference that was created last."""


@fault("room-refusal-resets-the-latest", breaks=("FCR-GET-SAME-AS-CREATE", "FCR-GET-INTERLEAVED"))
class RoomRefusalResets(_Resetting):
    """A refused create turns off recording in the room that was created last."""

    resource = Resource.ROOM
    made_by = Operation.CREATE_ROOM


@fault("only-twenty-kept", breaks="VC-GET-INTERLEAVED")
class OnlyTwentyKept(Rules):
    """The twenty-first conference puts out the oldest."""

    def keep(self, request: Request, record: Record) -> None:
        super().keep(request, record)
        records = self.store.all(Resource.CONFERENCE)
        if len(records) > 20:
            self.store.remove(Resource.CONFERENCE, records[0])


@fault("delete-moves-the-others", breaks=("VC-GET-SEQUENCES", "VC-GET-INTERLEAVED"))
class DeleteMovesOthers(Rules):
    """Conferences are found by their place in a list, which changes when one before them is deleted."""

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self.places: dict[str, int] = {}

    def keep(self, request: Request, record: Record) -> None:
        super().keep(request, record)
        self.places[record.id] = len(self.store.all(Resource.CONFERENCE)) - 1

    def shown(self, request: Request, record: Record) -> dict[str, Any]:
        records = self.store.all(Resource.CONFERENCE)
        place = self.places.get(record.id, len(records))
        moved = request.operation is Operation.GET_CONFERENCE and place < len(records)
        return super().shown(request, records[place] if moved else record)


@fault("equal-creates-at-once-are-one", breaks="VC-CREATE-DISTINCT-IDS")
class EqualCreatesAreOne(Rules):
    """Of two equal creates that arrive together, the second is answered with what the first made."""

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self.waiting: dict[bytes, int] = {}
        self.made: dict[bytes, Record] = {}

    def arrive(self, request: Request) -> None:
        if request.operation is Operation.CREATE_CONFERENCE and request.body:
            self.waiting[request.body] = self.waiting.get(request.body, 0) + 1

    def pause(self, request: Request) -> float:
        return super().pause(request) + 0.01

    def create(self, request: Request) -> Answer:
        body = request.body or b""
        together = self.waiting.get(body, 0) > 1 or body in self.made
        self.waiting[body] = self.waiting.get(body, 1) - 1
        if together and body in self.made:
            return self.created(request, self.made.pop(body))
        return super().create(request)

    def keep(self, request: Request, record: Record) -> None:
        super().keep(request, record)
        if self.waiting.get(request.body or b"", 0) > 0:
            self.made[request.body or b""] = record
