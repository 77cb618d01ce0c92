"""Faults that occur intermittently or after a number of requests."""

from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource, ServerOperation, ServerRequest, ServerResponse
from reference.api.request_models import RequestMember
from reference.api.store import Record
from reference.faults.fault import fault


class _Counter(ServerBehavior):
    """Base of faults that count events."""

    count = 0


@fault("every-seventh-request-500", breaks="API-ERR-NO-5XX")
class EverySeventh500(_Counter):
    """Returns 500 for every seventh authenticated request."""

    def execute(self, request: ServerRequest) -> ServerResponse:
        self.count += 1
        return self.internal_server_error(request) if self.count % 7 == 0 else super().execute(request)


@fault("every-seventh-description-lost", breaks="VC-CREATE-DESCRIPTION-ECHO")
class EverySeventhDescription(_Counter):
    """Loses every seventh description."""

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        values = super().with_defaults(resource, request_members)
        if resource is Resource.CONFERENCE and "description" in request_members:
            self.count += 1
            values["description"] = None if self.count % 7 == 0 else values["description"]
        return values


@fault("every-third-rejection-lost", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH")
class EveryThirdRejection(_Counter):
    """Accepts every third display_name that is too long."""

    def string_length(self, member: RequestMember, text: str) -> int:
        if member.path != "video.display_name":
            return super().string_length(member, text)
        self.count += len(text) > 200
        return 0 if self.count % 3 == 1 else super().string_length(member, text)


@fault("forgetful-after-twenty", breaks="VC-GET-ROUTE", also_violates=("VC-CREATE-NAME-UNIQUE",))
class NotStoredAfterTwenty(_Counter):
    """Does not store conferences from the 21st create request on."""

    def store_record(self, request: ServerRequest, record: Record) -> None:
        video = request.operation is ServerOperation.CREATE_CONFERENCE
        self.count += video
        if not video or self.count <= 20:
            super().store_record(request, record)


@fault("quality-default-changes-after-twenty", breaks="VC-CREATE-QUALITY-DEFAULT")
class QualityAfterTwenty(_Counter):
    """Changes the default quality to 1080p after 20 create requests."""

    def with_defaults(self, resource: Resource, request_members: dict[str, Any]) -> dict[str, Any]:
        values = super().with_defaults(resource, request_members)
        self.count += resource is Resource.CONFERENCE
        if resource is Resource.CONFERENCE and "quality" not in request_members and self.count > 21:
            values["quality"] = "1080p"
        return values


@fault(
    "full-after-twenty",
    breaks=("API-ERR-NO-5XX", "VC-CREATE-CONFORMING"),
    also_violates=("FCR-CREATE-DISPLAY-NAME-OPTIONAL",),
)
class FullAfterTwenty(_Counter):
    """Returns 500 for create requests from the 21st conference on."""

    def created_response(self, request: ServerRequest, record: Record) -> ServerResponse:
        self.count += request.operation is ServerOperation.CREATE_CONFERENCE
        return (
            self.internal_server_error(request)
            if self.count > 20
            else super().created_response(request, record)
        )


@fault(
    "every-third-get-stale",
    breaks=("VC-GET-ID-MATCH", "VC-GET-SAME-AS-CREATE"),
    also_violates=("VC-CREATE-DATE-ONLY",),
)
class EveryThirdGetStale(_Counter):
    """Returns the previously fetched conference in every third get."""

    last: dict[str, Any] | None = None

    def represent(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent(request, record)
        if request.operation is not ServerOperation.GET_CONFERENCE:
            return body
        self.count += 1
        self.last, before = body, self.last
        return before if before and self.count % 3 == 0 else body
