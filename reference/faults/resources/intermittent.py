"""Faults that show only now and then, or after a while."""

from typing import Any

from reference.api.behavior import Rules
from reference.api.messages import Answer, Operation, Request, Resource
from reference.api.request_models import Member
from reference.api.store import Record
from reference.faults.fault import fault


class _Counting(Rules):
    """Rules that count what has happened."""

    count = 0


@fault("every-seventh-request-500", breaks="API-ERR-NO-5XX")
class EverySeventh500(_Counting):
    """Every seventh request that has good credentials is answered with 500."""

    def perform(self, request: Request) -> Answer:
        self.count += 1
        return self.broken(request) if self.count % 7 == 0 else super().perform(request)


@fault("every-seventh-description-lost", breaks="VC-CREATE-DESCRIPTION-ECHO")
class EverySeventhDescription(_Counting):
    """Every seventh description is lost."""

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        values = super().filled(resource, sent)
        if resource is Resource.CONFERENCE and "description" in sent:
            self.count += 1
            values["description"] = None if self.count % 7 == 0 else values["description"]
        return values


@fault("every-third-refusal-forgotten", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH")
class EveryThirdRefusal(_Counting):
    """Of three texts that are too long for a display_name, the first is accepted."""

    def length(self, member: Member, text: str) -> int:
        if member.path != "video.display_name":
            return super().length(member, text)
        self.count += len(text) > 200
        return 0 if self.count % 3 == 1 else super().length(member, text)


@fault("forgetful-after-twenty", breaks="VC-GET-ROUTE")
class ForgetfulAfterTwenty(_Counting):
    """From the twenty-first create on, conferences are not kept."""

    def keep(self, request: Request, record: Record) -> None:
        video = request.operation is Operation.CREATE_CONFERENCE
        self.count += video
        if not video or self.count <= 20:
            super().keep(request, record)


@fault("quality-default-changes-after-twenty", breaks="VC-CREATE-QUALITY-DEFAULT")
class QualityAfterTwenty(_Counting):
    """From the twenty-first create on, the default quality is 1080p, as a trial has ended."""

    def filled(self, resource: Resource, sent: dict[str, Any]) -> dict[str, Any]:
        values = super().filled(resource, sent)
        self.count += resource is Resource.CONFERENCE
        if resource is Resource.CONFERENCE and "quality" not in sent and self.count > 21:
            values["quality"] = "1080p"
        return values


@fault("full-after-twenty", breaks=("API-ERR-NO-5XX", "VC-CREATE-CONFORMING"))
class FullAfterTwenty(_Counting):
    """From the twenty-first conference on, creates are answered with 500."""

    def created(self, request: Request, record: Record) -> Answer:
        self.count += request.operation is Operation.CREATE_CONFERENCE
        return self.broken(request) if self.count > 20 else super().created(request, record)


@fault("every-third-get-stale", breaks=("VC-GET-ID-MATCH", "VC-GET-SAME-AS-CREATE"))
class EveryThirdGetStale(_Counting):
    """Every third get of a conference shows the one before."""

    last: dict[str, Any] | None = None

    def shown(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().shown(request, record)
        if request.operation is not Operation.GET_CONFERENCE:
            return shown
        self.count += 1
        self.last, before = shown, self.last
        return before if before and self.count % 3 == 0 else shown
