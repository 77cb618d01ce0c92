"""Successes with another status, another media type or another form than documented."""

from dataclasses import replace

from reference.api.behavior import Rules
from reference.api.messages import Answer, Operation, Request
from reference.api.request_models import MEMBERS
from reference.api.store import Record
from reference.faults.fault import fault


@fault("create-201", breaks="VC-CREATE-STATUS")
class Create201(Rules):
    """A create of a conference is answered with 201, as other interfaces do."""

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        created = request.operation is Operation.CREATE_CONFERENCE and answer.status == 200
        return replace(answer, status=201) if created else answer


@fault("create-202", breaks="VC-CREATE-STATUS")
class Create202(Rules):
    """A create of a conference is answered with 202."""

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        created = request.operation is Operation.CREATE_CONFERENCE and answer.status == 200
        return replace(answer, status=202) if created else answer


@fault("room-create-201", breaks="FCR-CREATE-STATUS")
class RoomCreate201(Rules):
    """A create of a room is answered with 201."""

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        created = request.operation is Operation.CREATE_ROOM and answer.status == 200
        return replace(answer, status=201) if created else answer


@fault("get-203", breaks="VC-GET-STATUS")
class Get203(Rules):
    """A get of a conference is answered with 203, as it comes from a cache."""

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        read = request.operation is Operation.GET_CONFERENCE and answer.status == 200
        return replace(answer, status=203) if read else answer


@fault("create-as-text", breaks="VC-CREATE-RESPONSE-JSON")
class CreateAsText(Rules):
    """The answer to a create goes out as text/html."""

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        create = request.operation is Operation.CREATE_CONFERENCE
        return replace(answer, media_type="text/html; charset=utf-8") if create else answer


@fault("room-create-as-text", breaks="FCR-CREATE-RESPONSE-JSON")
class RoomCreateAsText(Rules):
    """The answer to a create of a room goes out as text/html."""

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        create = request.operation is Operation.CREATE_ROOM
        return replace(answer, media_type="text/html; charset=utf-8") if create else answer


@fault("get-as-text", breaks="VC-GET-RESPONSE-JSON")
class GetAsText(Rules):
    """The answer to a get goes out as text/plain."""

    def finished(self, request: Request, answer: Answer) -> Answer:
        answer = super().finished(request, answer)
        get = request.operation is Operation.GET_CONFERENCE
        return replace(answer, media_type="text/plain") if get else answer


@fault("create-wrapped", breaks=("VC-CONF-ID", "VC-CONF-NAME"))
class CreateWrapped(Rules):
    """The answer to a create has the conference under data."""

    def created(self, request: Request, record: Record) -> Answer:
        answer = super().created(request, record)
        video = request.operation is Operation.CREATE_CONFERENCE
        return replace(answer, body={"data": answer.body}) if video else answer


@fault("create-a-list", breaks="VC-CREATE-RESPONSE-SCHEMA")
class CreateAList(Rules):
    """The answer to a create of a conference is a list of one."""

    def created(self, request: Request, record: Record) -> Answer:
        answer = super().created(request, record)
        video = request.operation is Operation.CREATE_CONFERENCE
        return replace(answer, body=[answer.body]) if video else answer


@fault("create-answers-with-request", breaks=("VC-CONF-CREATED-AT", "VC-CONF-META"))
class CreateAnswersWithRequest(Rules):
    """The answer to a create has the id and what can be sent, and nothing else."""

    def created(self, request: Request, record: Record) -> Answer:
        answer = super().created(request, record)
        if request.operation is not Operation.CREATE_CONFERENCE:
            return answer
        members = {"id", *MEMBERS[request.operation.resource]}
        return replace(answer, body={name: answer.body[name] for name in answer.body if name in members})


@fault("create-lost-after-the-first", breaks="VC-CREATE-ROUTE")
class CreateLost(Rules):
    """Once there is a conference, nothing answers where conferences are created."""

    used = False

    def perform(self, request: Request) -> Answer:
        if request.operation is not Operation.CREATE_CONFERENCE:
            return super().perform(request)
        answer = self.not_found(request) if self.used else super().perform(request)
        self.used = True
        return answer


@fault("room-create-lost-after-the-first", breaks="FCR-CREATE-ROUTE")
class RoomCreateLost(Rules):
    """Once there is a room, nothing answers where rooms are created."""

    used = False

    def perform(self, request: Request) -> Answer:
        if request.operation is not Operation.CREATE_ROOM:
            return super().perform(request)
        answer = self.not_found(request) if self.used else super().perform(request)
        self.used = True
        return answer
