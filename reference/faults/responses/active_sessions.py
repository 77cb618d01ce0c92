"""Faults in active sessions and include_active_session."""

import datetime as dt
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.credentials import Credentials
from reference.api.messages import EarlyResponse, ServerOperation, ServerRequest, ServerResponse
from reference.api.store import Record
from reference.faults.fault import fault, should_fault

_PARAMETER = "include_active_session"


@fault("session-returned-always", breaks="VC-GET-SESSION-ONLY-ON-REQUEST")
class SessionAlwaysReturned(ServerBehavior):
    """Returns active_session in every get."""

    def session_requested(self, request: ServerRequest) -> bool:
        return True


@fault("session-returned-for-false", breaks="VC-GET-SESSION-FALSE")
class SessionForFalse(ServerBehavior):
    """Returns active_session when include_active_session is present, even if it is false."""

    def session_requested(self, request: ServerRequest) -> bool:
        return _PARAMETER in request.query


@fault("session-only-in-lists", breaks="VC-GET-SESSION-PRESENT")
class SessionOnlyInLists(ServerBehavior):
    """Returns active_session in lists, but not in a get."""

    def session_requested(self, request: ServerRequest) -> bool:
        return request.operation is ServerOperation.LIST_CONFERENCES and super().session_requested(request)


@fault("session-lost-after-get-without-it", breaks="VC-GET-SESSION-PRESENT")
class SessionGone(ServerBehavior):
    """Never returns the active_session of a conference after a get without it."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.requested_without: set[str] = set()

    def session_requested(self, request: ServerRequest) -> bool:
        if not super().session_requested(request):
            self.requested_without.add(request.id)
            return False
        return request.id not in self.requested_without


@fault("session-none-is-false", breaks="VC-CONF-ACTIVE-SESSION")
class SessionNoneIsFalse(ServerBehavior):
    """Returns false for the active_session of a conference without a session."""

    def represent_session(self, record: Record) -> dict[str, Any]:
        return super().represent_session(record) or {"active_session": False}


@fault("session-parameter-required", breaks="VC-GET-SESSION-OPTIONAL")
class SessionParameterRequired(ServerBehavior):
    """Rejects a get without include_active_session."""

    def check_query(self, request: ServerRequest) -> None:
        if _PARAMETER not in request.query and request.operation is ServerOperation.GET_CONFERENCE:
            request = ServerRequest(request.operation, query={_PARAMETER: ""})
        super().check_query(request)


@fault("session-true-rejected", breaks="VC-GET-SESSION-TRUE-ACCEPT")
class SessionTrueRejected(ServerBehavior):
    """Rejects include_active_session=true."""

    def check_query(self, request: ServerRequest) -> None:
        if request.query.get(_PARAMETER) == "true":
            request = ServerRequest(request.operation, query={_PARAMETER: ""})
        super().check_query(request)


@fault("session-false-rejected", breaks="VC-GET-SESSION-FALSE-ACCEPT")
class SessionFalseRejected(ServerBehavior):
    """Rejects include_active_session=false."""

    def check_query(self, request: ServerRequest) -> None:
        if request.query.get(_PARAMETER) == "false":
            request = ServerRequest(request.operation, query={_PARAMETER: ""})
        super().check_query(request)


@fault("session-false-404", breaks="VC-GET-SESSION-FALSE-ACCEPT")
class SessionFalse404(ServerBehavior):
    """Returns 404 for a conference with a session when include_active_session is false."""

    def require_record(self, request: ServerRequest) -> Record:
        record = super().require_record(request)
        if request.query.get(_PARAMETER) == "false" and self.represent_session(record):
            raise EarlyResponse(self.not_found(request))
        return record


@fault("session-other-value-500", breaks="VC-GET-SESSION-INVALID-NO-5XX")
class SessionOtherValue500(ServerBehavior):
    """Returns 500 for an include_active_session other than true and false."""

    def check_query(self, request: ServerRequest) -> None:
        {"true": True, "false": False}[request.query.get(_PARAMETER, "false").lower()]


@fault(
    "session-changes-the-rest",
    breaks="VC-GET-SESSION-REST-UNCHANGED",
    also_violates=("VC-GET-SAME-AS-CREATE",),
)
class SessionChangesTheRest(ServerBehavior):
    """Returns other values of description, join_until and record_on_start with active_session."""

    def represent_conference(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent_conference(request, record)
        if self.session_requested(request):
            return {**body, "description": None, "join_until": None, "record_on_start": True}
        return body


@fault("session-asked-for-drops-dates", breaks="VC-GET-SESSION-REST-UNCHANGED")
class SessionDropsDates(ServerBehavior):
    """Returns a later updated_at when include_active_session is true."""

    def represent_conference(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent_conference(request, record)
        if self.session_requested(request):
            later = record.updated_at + dt.timedelta(minutes=1)
            return {**body, "updated_at": self.format_timestamp(later)}
        return body


class _ModifiedSession(ServerBehavior):
    """Base of faults that change the representation of a session."""

    def represent_session(self, record: Record) -> dict[str, Any]:
        members = super().represent_session(record)
        return {"active_session": self.modify_session(members["active_session"])} if members else members

    def modify_session(self, session: dict[str, Any]) -> Any:
        return session


@fault("session-a-list", breaks="VC-CONF-ACTIVE-SESSION")
class SessionAList(_ModifiedSession):
    """Returns an array for active_session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return [session]


@fault("session-an-id", breaks="VC-CONF-ACTIVE-SESSION")
class SessionAnId(_ModifiedSession):
    """Returns the id of the session for active_session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return session["id"]


@fault("session-id-a-number", breaks="VC-SESSION-ID")
class SessionIdANumber(_ModifiedSession):
    """Returns a number for the id of a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "id": 4711}


@fault("session-fps-25", breaks="VC-SESSION-FPS")
class SessionFps25(_ModifiedSession):
    """Returns 25 for the fps of a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "fps": 25}


@fault("session-status-active", breaks="VC-SESSION-STATUS")
class SessionStatusActive(_ModifiedSession):
    """Returns the undocumented status in_progress for a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "status": "in_progress"}


@fault("session-quality-short", breaks="VC-SESSION-QUALITY")
class SessionQualityShort(_ModifiedSession):
    """Returns 720 instead of 720p for the quality of a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "quality": "720"}


@fault("session-duration-a-text", breaks="VC-SESSION-DURATION")
class SessionDuration(_ModifiedSession):
    """Returns the duration of a session as a string of hours, minutes and seconds."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "duration": "01:00:00"}


@fault("session-start-time-a-number", breaks="VC-SESSION-START-TIME")
class SessionStartTime(_ModifiedSession):
    """Returns a number for the start_time of a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "start_time": 1_900_000_000}


@fault("session-end-time-null", breaks="VC-SESSION-END-TIME")
class SessionEndTime(_ModifiedSession):
    """Returns null for the end_time of a session in progress."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "end_time": None}


@fault("session-remove-at-a-date", breaks="VC-SESSION-REMOVE-AT")
class SessionRemoveAt(_ModifiedSession):
    """Returns a date without a time for the remove_at of a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "remove_at": session["remove_at"][:10]}


@fault("session-max-members-null", breaks="VC-SESSION-MAX-MEMBERS")
class SessionMaxMembers(_ModifiedSession):
    """Returns null for the max_members of a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "max_members": None}


@fault("session-record-on-start-a-number", breaks="VC-SESSION-RECORD-ON-START")
class SessionRecordOnStart(_ModifiedSession):
    """Returns 0 instead of false for the record_on_start of a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "record_on_start": 0}


@fault("session-layout-an-object", breaks="VC-SESSION-LAYOUT")
class SessionLayout(_ModifiedSession):
    """Returns an object for the layout of a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "layout": {"name": session["layout"]}}


@fault("session-preview-url-null", breaks="VC-SESSION-PREVIEW-URL")
class SessionPreviewUrl(_ModifiedSession):
    """Returns null for the preview_url of a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "preview_url": None}


@fault("session-sync-a-text", breaks="VC-SESSION-AUDIO-VIDEO-SYNC")
class SessionSync(_ModifiedSession):
    """Returns a string for the audio_video_sync of a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "audio_video_sync": "true"}


@fault("session-asked-for-500", breaks=("VC-GET-SESSION-TRUE-ACCEPT", "API-ERR-NO-5XX"))
class SessionAskedFor500(ServerBehavior):
    """Returns 500 for include_active_session=true when there is no session."""

    def get(self, request: ServerRequest) -> ServerResponse:
        response = super().get(request)
        if self.session_requested(request) and "active_session" not in response.body:
            raise LookupError("no session")
        return response


@should_fault("session-duration-in-nanoseconds", breaks="VC-SESSION-INT32")
class SessionDurationLarge(_ModifiedSession):
    """Returns the duration of a session in nanoseconds."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "duration": session["duration"] * 10**9}


@should_fault("session-ends-before-it-starts", breaks="VC-SESSION-TIME-ORDER")
class SessionEndsFirst(_ModifiedSession):
    """Swaps the start_time and end_time of a session."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "start_time": session["end_time"], "end_time": session["start_time"]}


@should_fault("session-preview-url-relative", breaks="VC-SESSION-PREVIEW-ABSOLUTE")
class SessionPreviewRelative(_ModifiedSession):
    """Returns a preview_url without a host."""

    def modify_session(self, session: dict[str, Any]) -> Any:
        return {**session, "preview_url": f"/previews/{session['id']}"}


@fault("session-of-another-conference", breaks=("VC-SESSION-ID-UNIQUE", "VC-GET-SESSION-NEW"))
class SessionOfAnother(ServerBehavior):
    """Returns the session of the built-in conference for every conference."""

    def represent_session(self, record: Record) -> dict[str, Any]:
        records = self.listed_records(ServerRequest(ServerOperation.LIST_CONFERENCES))
        return super().represent_session(next(other for other in records if other.session is not None))


@should_fault("session-of-a-new-conference", breaks="VC-GET-SESSION-NEW")
class SessionOfNew(ServerBehavior):
    """Returns a session for a conference without a session."""

    def represent_session(self, record: Record) -> dict[str, Any]:
        session = {"id": record.id, "name": record.values["name"], "status": "in-progress"}
        return super().represent_session(record) or {"active_session": session}
