"""Reads that show something else than what was written, and deletes that delete something else."""

import datetime as dt
from dataclasses import replace
from typing import Any

from reference.api.behavior import Rules
from reference.api.credentials import Credentials
from reference.api.messages import Answer, Operation, Rejected, Request, Resource
from reference.api.request_models import MEMBERS
from reference.api.store import Record
from reference.api.validation import Invalid
from reference.faults.fault import fault, lapse


@fault("get-shows-the-latest", breaks="VC-GET-ID-MATCH")
class GetShowsTheLatest(Rules):
    """A get shows the conference that was created last."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        found = super().lookup(resource, id_)
        return self.store.all(resource)[-1] if found and resource is Resource.CONFERENCE else found


@fault("get-shows-another-under-the-id", breaks="VC-GET-SAME-AS-CREATE")
class GetShowsAnother(Rules):
    """A get shows the values of the conference created last, under the id asked for."""

    def get(self, request: Request) -> Answer:
        answer = super().get(request)
        if request.operation is Operation.GET_CONFERENCE:
            latest = self.store.all(Resource.CONFERENCE)[-1]
            return Answer(200, {**self.shown(request, latest), "id": answer.body["id"]})
        return answer


class _Getting(Rules):
    """Rules by which a get of a conference shows something else."""

    def shown(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().shown(request, record)
        return self.got(shown) if request.operation is Operation.GET_CONFERENCE else shown

    def got(self, shown: dict[str, Any]) -> dict[str, Any]:
        return shown


@fault("get-without-description", breaks="VC-GET-SAME-AS-CREATE")
class GetWithoutDescription(_Getting):
    """A description is null in a get, whatever it was on create."""

    def got(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "description": None}


@fault("get-without-join-until", breaks="VC-GET-SAME-AS-CREATE")
class GetWithoutJoinUntil(_Getting):
    """A join_until is null in a get, because its column is misspelt."""

    def got(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "join_until": None}


@fault("get-with-default-colours", breaks="VC-GET-SAME-AS-CREATE")
class GetWithDefaultColours(_Getting):
    """The colours of the light theme are the default ones in a get."""

    def got(self, shown: dict[str, Any]) -> dict[str, Any]:
        members = MEMBERS[Resource.CONFERENCE].values()
        light = {member.name: member.default for member in members if member.name.startswith("light_")}
        return {**shown, **light}


@fault("get-with-chat-on", breaks="VC-GET-SAME-AS-CREATE")
class GetWithChatOn(_Getting):
    """Chat is always on in a get."""

    def got(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "enable_chat": True}


@fault("get-lacks-layout", breaks="VC-CONF-LAYOUT")
class GetLacksLayout(_Getting):
    """A get has no layout."""

    def got(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in shown.items() if name != "layout"}


@fault("get-display-name-escaped", breaks="VC-GET-SAME-AS-CREATE")
class GetDisplayNameEscaped(_Getting):
    """Ampersands and angle brackets in a display_name are escaped in a get."""

    def got(self, shown: dict[str, Any]) -> dict[str, Any]:
        text = str(shown["display_name"])
        return {**shown, "display_name": text.replace("&", "&amp;").replace("<", "&lt;")}


@fault("get-is-a-list", breaks="VC-GET-RESPONSE-SCHEMA")
class GetIsAList(Rules):
    """A get answers with a list of one conference."""

    def get(self, request: Request) -> Answer:
        answer = super().get(request)
        video = request.operation is Operation.GET_CONFERENCE
        return replace(answer, body=[answer.body]) if video else answer


@fault("get-refreshes-created-at", breaks=("VC-GET-STABLE", "VC-GET-SAME-AS-CREATE"))
class GetRefreshesCreatedAt(Rules):
    """created_at moves on with each get."""

    def found(self, request: Request) -> Record:
        record = super().found(request)
        record.created_at += dt.timedelta(seconds=1)
        record.updated_at = max(record.created_at, record.updated_at)
        return record


@fault("get-touches", breaks="VC-GET-NO-TOUCH")
class GetTouches(Rules):
    """updated_at moves on with each get."""

    def found(self, request: Request) -> Record:
        record = super().found(request)
        record.updated_at += dt.timedelta(seconds=1)
        return record


@fault("second-get-differs", breaks="VC-GET-STABLE")
class SecondGetDiffers(Rules):
    """From the second get on, a conference comes from a cache, without its size and with chat inverted."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.cached: set[str] = set()

    def shown(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().shown(request, record)
        if request.operation is not Operation.GET_CONFERENCE:
            return shown
        stale = {"size": None, "enable_chat": not shown["enable_chat"]} if record.id in self.cached else {}
        self.cached.add(record.id)
        return {**shown, **stale}


@fault("created-but-not-kept", breaks="VC-GET-ROUTE")
class CreatedButNotKept(Rules):
    """A create answers well and keeps nothing but the name."""

    def keep(self, request: Request, record: Record) -> None:
        super().keep(request, record)
        if request.operation is Operation.CREATE_CONFERENCE:
            del self.store.records[Resource.CONFERENCE][record.id]


@fault("create-answers-with-defaults", breaks=("VC-CREATE-LAYOUT-ECHO", "VC-CREATE-QUALITY-ECHO"))
class CreateAnswersWithDefaults(Rules):
    """The answer to a create has the defaults of quality and layout; a get has what was sent."""

    def shown(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().shown(request, record)
        if request.operation is Operation.CREATE_CONFERENCE:
            return {**shown, "quality": "720p", "layout": "grid-responsive"}
        return shown


class _Refusing(Rules):
    """Rules by which something is left of a conference that was refused."""

    def create(self, request: Request) -> Answer:
        try:
            return super().create(request)
        except Invalid:
            document = self.document(request.headers.get("content-type", ""), request.body)
            if isinstance(document, dict) and isinstance(document.get("name"), str):
                self.leave(request, document["name"])
            raise

    def leave(self, request: Request, name: str) -> None:
        pass


@fault("refused-create-creates", breaks="VC-CREATE-REFUSED-NOT-PERSISTED")
class RefusedCreateCreates(_Refusing):
    """A conference is kept before its members are judged, and stays when they are refused."""

    def leave(self, request: Request, name: str) -> None:
        if request.operation is Operation.CREATE_CONFERENCE and name not in self.store.names:
            self.keep(request, self.record(Resource.CONFERENCE, {"name": name, "display_name": name}))


@fault("refused-create-keeps-name", breaks="VC-CREATE-REFUSED-NOT-PERSISTED")
class RefusedCreateKeepsName(_Refusing):
    """The name of a conference that was refused stays in use."""

    def leave(self, request: Request, name: str) -> None:
        if request.operation is Operation.CREATE_CONFERENCE:
            self.store.names.setdefault(name, "")


class _UnknownId(Rules):
    """Rules that answer a get of an unknown conference in their own way."""

    def get(self, request: Request) -> Answer:
        known = self.lookup(request.operation.resource, request.id)
        if known or request.operation is not Operation.GET_CONFERENCE:
            return super().get(request)
        return self.unknown(request)

    def unknown(self, request: Request) -> Answer:
        return self.not_found(request)


@fault("unknown-id-200", breaks="VC-GET-UNKNOWN-ID")
class UnknownId200(_UnknownId):
    """A get of an unknown id is answered with 200 and no conference."""

    def unknown(self, request: Request) -> Answer:
        return Answer(200, {"conference": None})


@fault("unknown-id-500", breaks="VC-GET-UNKNOWN-ID")
class UnknownId500(_UnknownId):
    """A get of an unknown id is answered with 500."""

    def unknown(self, request: Request) -> Answer:
        return self.broken(request)


@fault("unknown-id-400", breaks="VC-GET-UNKNOWN-ID")
class UnknownId400(_UnknownId):
    """A get of an unknown id is answered with 400."""

    def unknown(self, request: Request) -> Answer:
        return self.bad_request(request)


@fault("unknown-id-204", breaks="VC-GET-UNKNOWN-ID")
class UnknownId204(_UnknownId):
    """A get of an unknown id is answered with 204."""

    def unknown(self, request: Request) -> Answer:
        return Answer(204)


@fault("unknown-id-gives-the-first", breaks="VC-GET-UNKNOWN-ID")
class UnknownIdGivesTheFirst(_UnknownId):
    """A get of an unknown id shows the oldest conference."""

    def unknown(self, request: Request) -> Answer:
        return Answer(200, self.shown(request, self.store.all(Resource.CONFERENCE)[0]))


@fault("malformed-id-500", breaks="VC-GET-MALFORMED-ID-NO-SUCCESS")
class MalformedId500(_UnknownId):
    """A get of an id that is no uuid is answered with 500."""

    def unknown(self, request: Request) -> Answer:
        if len(request.id) == 36 and request.id.count("-") == 4:
            return super().unknown(request)
        return self.broken(request)


@fault("malformed-id-200", breaks="VC-GET-MALFORMED-ID-NO-SUCCESS")
class MalformedId200(_UnknownId):
    """A get of an id that is no uuid is answered with 200 and an empty object."""

    def unknown(self, request: Request) -> Answer:
        if len(request.id) == 36 and request.id.count("-") == 4:
            return super().unknown(request)
        return Answer(200, {})


@lapse("delete-does-nothing", breaks="VC-GET-AFTER-DELETE")
class DeleteDoesNothing(Rules):
    """A delete of a conference is answered well and deletes nothing."""

    def forget(self, request: Request, record: Record) -> None:
        if request.operation is not Operation.DELETE_CONFERENCE:
            super().forget(request, record)


@lapse("delete-leaves-410", breaks="VC-GET-AFTER-DELETE")
class DeleteLeaves410(Rules):
    """What was deleted is answered with 410 from then on."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.gone: set[str] = set()

    def found(self, request: Request) -> Record:
        if request.id in self.gone:
            raise Rejected(Answer(410, self.error("Gone")))
        return super().found(request)

    def forget(self, request: Request, record: Record) -> None:
        super().forget(request, record)
        self.gone.add(record.id)


@fault("anything-after-the-id", breaks="VC-GET-MALFORMED-ID-NO-SUCCESS")
class AnythingAfterTheId(Rules):
    """What follows an id is not looked at."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        return super().lookup(resource, id_[:36] if resource is Resource.CONFERENCE else id_)


@fault("get-description-escaped", breaks="VC-GET-SAME-AS-CREATE")
class GetDescriptionEscaped(Rules):
    """A get shows & in a description as &amp;."""

    def shown(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().shown(request, record)
        text = shown.get("description")
        if request.operation is Operation.GET_CONFERENCE and isinstance(text, str):
            shown["description"] = text.replace("&", "&amp;")
        return shown
