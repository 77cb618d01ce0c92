"""Sessions that are shown unasked, not shown, or shown wrong."""

import datetime as dt
from typing import Any

from reference.api.behavior import Rules
from reference.api.credentials import Credentials
from reference.api.messages import Answer, Operation, Rejected, Request
from reference.api.store import Record
from reference.faults.fault import fault, lapse

_WORD = "include_active_session"


@fault("session-shown-unasked", breaks="VC-GET-SESSION-ONLY-ON-REQUEST")
class SessionUnasked(Rules):
    """A get shows the session whether or not it is asked for."""

    def session_wanted(self, request: Request) -> bool:
        return True


@fault("session-shown-for-false", breaks="VC-GET-SESSION-FALSE")
class SessionForFalse(Rules):
    """A get shows the session when include_active_session is there, whatever it says."""

    def session_wanted(self, request: Request) -> bool:
        return _WORD in request.query


@fault("session-only-in-lists", breaks="VC-GET-SESSION-PRESENT")
class SessionOnlyInLists(Rules):
    """A list shows sessions and a get does not."""

    def session_wanted(self, request: Request) -> bool:
        return request.operation is Operation.LIST_CONFERENCES and super().session_wanted(request)


@fault("session-gone-once-left-out", breaks="VC-GET-SESSION-PRESENT")
class SessionGone(Rules):
    """After a get that did not ask for the session, those that do are not shown it either."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.left_out: set[str] = set()

    def session_wanted(self, request: Request) -> bool:
        if not super().session_wanted(request):
            self.left_out.add(request.id)
            return False
        return request.id not in self.left_out


@fault("session-none-is-false", breaks="VC-CONF-ACTIVE-SESSION")
class SessionNoneIsFalse(Rules):
    """A conference without a session has false for one, when it is asked for."""

    def session(self, record: Record) -> dict[str, Any]:
        return super().session(record) or {"active_session": False}


@fault("session-parameter-required", breaks="VC-GET-SESSION-OPTIONAL")
class SessionParameterRequired(Rules):
    """A get must say whether it wants the session."""

    def check_query(self, request: Request) -> None:
        if _WORD not in request.query and request.operation is Operation.GET_CONFERENCE:
            request = Request(request.operation, query={_WORD: ""})
        super().check_query(request)


@fault("session-true-refused", breaks="VC-GET-SESSION-TRUE-ACCEPT")
class SessionTrueRefused(Rules):
    """include_active_session must be 1 or 0."""

    def check_query(self, request: Request) -> None:
        if request.query.get(_WORD) == "true":
            request = Request(request.operation, query={_WORD: ""})
        super().check_query(request)


@fault("session-false-refused", breaks="VC-GET-SESSION-FALSE-ACCEPT")
class SessionFalseRefused(Rules):
    """include_active_session must be true if it is there."""

    def check_query(self, request: Request) -> None:
        if request.query.get(_WORD) == "false":
            request = Request(request.operation, query={_WORD: ""})
        super().check_query(request)


@fault("session-false-404", breaks="VC-GET-SESSION-FALSE-ACCEPT")
class SessionFalse404(Rules):
    """A conference with a session is not found if the session is not wanted."""

    def found(self, request: Request) -> Record:
        record = super().found(request)
        if request.query.get(_WORD) == "false" and self.session(record):
            raise Rejected(self.not_found(request))
        return record


@fault("session-other-word-500", breaks="VC-GET-SESSION-INVALID-NO-5XX")
class SessionOtherWord500(Rules):
    """An include_active_session that is neither true nor false brings the server down."""

    def check_query(self, request: Request) -> None:
        {"true": True, "false": False}[request.query.get(_WORD, "false").lower()]


@fault("session-changes-the-rest", breaks="VC-GET-SESSION-REST-UNCHANGED")
class SessionChangesTheRest(Rules):
    """A get with the session has the session's quality, times and description for its own."""

    def conference(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().conference(request, record)
        if self.session_wanted(request):
            return {**shown, "description": None, "join_until": None, "record_on_start": True}
        return shown


@fault("session-asked-for-drops-dates", breaks="VC-GET-SESSION-REST-UNCHANGED")
class SessionDropsDates(Rules):
    """A get that asks for a session comes from another table, in which updated_at is that of the session."""

    def conference(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().conference(request, record)
        if self.session_wanted(request):
            later = record.updated_at + dt.timedelta(minutes=1)
            return {**shown, "updated_at": self.moment_shown(later)}
        return shown


class _Session(Rules):
    """Rules that show the members of a session in their own way."""

    def session(self, record: Record) -> dict[str, Any]:
        shown = super().session(record)
        return {"active_session": self.changed(shown["active_session"])} if shown else shown

    def changed(self, session: dict[str, Any]) -> Any:
        return session


@fault("session-a-list", breaks="VC-CONF-ACTIVE-SESSION")
class SessionAList(_Session):
    """active_session is a list of sessions."""

    def changed(self, session: dict[str, Any]) -> Any:
        return [session]


@fault("session-an-id", breaks="VC-CONF-ACTIVE-SESSION")
class SessionAnId(_Session):
    """active_session is the id of the session."""

    def changed(self, session: dict[str, Any]) -> Any:
        return session["id"]


@fault("session-id-a-number", breaks="VC-SESSION-ID")
class SessionIdANumber(_Session):
    """The id of a session is a number."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "id": 4711}


@fault("session-fps-25", breaks="VC-SESSION-FPS")
class SessionFps25(_Session):
    """The fps of a session is that of European television."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "fps": 25}


@fault("session-status-active", breaks="VC-SESSION-STATUS")
class SessionStatusActive(_Session):
    """The status of a session is a word of its own."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "status": "in_progress"}


@fault("session-quality-short", breaks="VC-SESSION-QUALITY")
class SessionQualityShort(_Session):
    """The quality of a session is a number of lines."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "quality": "720"}


@fault("session-duration-a-text", breaks="VC-SESSION-DURATION")
class SessionDuration(_Session):
    """The duration of a session is written in hours, minutes and seconds."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "duration": "01:00:00"}


@fault("session-start-time-a-number", breaks="VC-SESSION-START-TIME")
class SessionStartTime(_Session):
    """The start_time of a session is a number of seconds."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "start_time": 1_900_000_000}


@fault("session-end-time-null", breaks="VC-SESSION-END-TIME")
class SessionEndTime(_Session):
    """The end_time of a session in progress is null."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "end_time": None}


@fault("session-remove-at-a-date", breaks="VC-SESSION-REMOVE-AT")
class SessionRemoveAt(_Session):
    """The remove_at of a session is a bare date."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "remove_at": session["remove_at"][:10]}


@fault("session-max-members-null", breaks="VC-SESSION-MAX-MEMBERS")
class SessionMaxMembers(_Session):
    """The max_members of a session is null when there is no limit."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "max_members": None}


@fault("session-record-on-start-a-number", breaks="VC-SESSION-RECORD-ON-START")
class SessionRecordOnStart(_Session):
    """The record_on_start of a session is 0 or 1."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "record_on_start": 0}


@fault("session-layout-an-object", breaks="VC-SESSION-LAYOUT")
class SessionLayout(_Session):
    """The layout of a session is an object."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "layout": {"name": session["layout"]}}


@fault("session-preview-url-null", breaks="VC-SESSION-PREVIEW-URL")
class SessionPreviewUrl(_Session):
    """The preview_url of a session is null until there is a picture."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "preview_url": None}


@fault("session-sync-a-text", breaks="VC-SESSION-AUDIO-VIDEO-SYNC")
class SessionSync(_Session):
    """The audio_video_sync of a session is a text."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "audio_video_sync": "true"}


@fault("session-asked-for-500", breaks=("VC-GET-SESSION-TRUE-ACCEPT", "API-ERR-NO-5XX"))
class SessionAskedFor500(Rules):
    """A get that asks for a session where there is none brings the server down."""

    def get(self, request: Request) -> Answer:
        answer = super().get(request)
        if self.session_wanted(request) and "active_session" not in answer.body:
            raise LookupError("no session")
        return answer


@lapse("session-duration-in-nanoseconds", breaks="VC-SESSION-INT32")
class SessionDurationLarge(_Session):
    """The duration of a session is counted in nanoseconds."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "duration": session["duration"] * 10**9}


@lapse("session-ends-before-it-starts", breaks="VC-SESSION-TIME-ORDER")
class SessionEndsFirst(_Session):
    """The start_time and the end_time of a session are exchanged."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "start_time": session["end_time"], "end_time": session["start_time"]}


@lapse("session-preview-url-relative", breaks="VC-SESSION-PREVIEW-ABSOLUTE")
class SessionPreviewRelative(_Session):
    """The preview_url of a session has no host."""

    def changed(self, session: dict[str, Any]) -> Any:
        return {**session, "preview_url": f"/previews/{session['id']}"}
