"""Names that two conferences share, and identities that are not kept apart."""

import time
import uuid
from contextlib import suppress
from typing import Any

from reference.api import rfc3339
from reference.api.behavior import Rules
from reference.api.credentials import Credentials
from reference.api.messages import Answer, Operation, Request, Resource
from reference.api.request_models import Member, Text
from reference.api.store import Record
from reference.faults.fault import fault, lapse


@fault("name-not-unique", breaks="VC-CREATE-NAME-UNIQUE")
class NameNotUnique(Rules):
    """Two conferences may have one name."""

    def name_taken(self, request: Request, record: Record) -> bool:
        return False


@fault("name-not-unique-in-a-race", breaks="VC-CREATE-NAME-UNIQUE-RACE")
class NameNotUniqueInARace(Rules):
    """Two conferences may have one name if the second is asked for before the first is there."""

    def arrive(self, request: Request) -> None:
        super().arrive(request)
        request.notes["names"] = frozenset(self.store.names)

    def pause(self, request: Request) -> float:
        create = request.operation is Operation.CREATE_CONFERENCE
        return super().pause(request) + (0.02 if create else 0.0)

    def name_taken(self, request: Request, record: Record) -> bool:
        return record.name_key in request.notes["names"]


@fault("name-in-use-replaces", breaks="VC-CREATE-NAME-UNIQUE")
class NameInUseReplaces(Rules):
    """A create with a name in use replaces the conference that has it."""

    def name_taken(self, request: Request, record: Record) -> bool:
        record.id = self.store.names.get(record.name_key, record.id)
        return False


@fault("name-in-use-gives-the-old-one", breaks="VC-CREATE-NAME-UNIQUE")
class NameInUseGivesTheOldOne(Rules):
    """A create with a name in use answers with the conference that has it."""

    def create(self, request: Request) -> Answer:
        document = self.document(request.headers.get("content-type", ""), request.body)
        named = document.get("name") if isinstance(document, dict) else None
        old = self.store.names.get(named) if isinstance(named, str) else None
        found = self.store.find(request.operation.resource, old or "")
        return self.created(request, found) if found else super().create(request)


@fault("name-compared-without-punctuation", breaks="VC-CREATE-NAME-DISTINCT")
class NameWithoutPunctuation(Rules):
    """Names that differ in hyphens and underscores only are the same."""

    def name_key(self, name: str) -> str:
        return name.replace("-", "").replace("_", "") or name


@fault("name-compared-by-beginning", breaks="VC-CREATE-NAME-DISTINCT")
class NameComparedByBeginning(Rules):
    """Names are compared by their first 64 characters."""

    def name_key(self, name: str) -> str:
        return name[:64]


@fault("generated-names-equal", breaks="VC-CREATE-NAME-GENERATED-UNIQUE")
class GeneratedNamesEqual(Rules):
    """Each conference without a name gets the same one."""

    def generated_name(self, id_: str) -> str:
        return "conference"

    def name_taken(self, request: Request, record: Record) -> bool:
        return record.name_key != "conference" and super().name_taken(request, record)


@fault(
    "generated-name-from-display-name",
    breaks=("VC-CREATE-NAME-GENERATED-UNIQUE", "VC-CREATE-DISPLAY-NAME-NOT-UNIQUE"),
)
class GeneratedNameFromDisplayName(Rules):
    """The name of a conference without one is made of its display_name alone, and then in use."""

    def record(self, resource: Resource, sent: dict[str, Any]) -> Record:
        record = super().record(resource, sent)
        if resource is Resource.CONFERENCE and "name" not in sent:
            letters = [c if c.isascii() and c.isalnum() else "-" for c in str(sent["display_name"])]
            record.values["name"] = record.name_key = "".join(letters)[:100] or "conference"
        return record


@fault("generated-name-missing", breaks=("VC-CREATE-NAME-GENERATED", "VC-CONF-NAME"))
class GeneratedNameMissing(Rules):
    """The name of a conference that was given none is null."""

    def record(self, resource: Resource, sent: dict[str, Any]) -> Record:
        record = super().record(resource, sent)
        if resource is Resource.CONFERENCE and not sent.get("name"):
            record.values["name"] = None
        return record


@fault("display-name-unique", breaks="VC-CREATE-DISPLAY-NAME-NOT-UNIQUE")
class DisplayNameUnique(Rules):
    """Two conferences must not have the same display_name."""

    def name_taken(self, request: Request, record: Record) -> bool:
        return super().name_taken(request, record) or any(
            other.values["display_name"] == record.values["display_name"]
            for other in self.store.all(Resource.CONFERENCE)
            if request.operation is Operation.CREATE_CONFERENCE
        )


@fault("id-no-uuid", breaks="VC-CONF-ID")
class IdNoUuid(Rules):
    """An id is 24 hexadecimal digits."""

    def new_id(self) -> str:
        return super().new_id().replace("-", "")[:24]


@fault("id-counted", breaks=("VC-CONF-ID", "FCR-RES-ID"))
class IdCounted(Rules):
    """An id is the number of its row."""

    def new_id(self) -> str:
        return str(time.monotonic_ns())


@fault("id-from-body", breaks="VC-CREATE-DISTINCT-IDS")
class IdFromBody(Rules):
    """Creates with equal bodies share an id, because the second is taken for a repetition."""

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        super().__init__(credentials, latency)
        self.bodies: dict[bytes | None, str] = {}

    def create(self, request: Request) -> Answer:
        old = self.store.find(Resource.CONFERENCE, self.bodies.get(request.body, ""))
        if (
            request.operation is Operation.CREATE_CONFERENCE
            and old
            and b'"name"' not in (request.body or b"")
        ):
            return self.created(request, old)
        answer = super().create(request)
        if isinstance(answer.body, dict):
            self.bodies[request.body] = str(answer.body.get("id"))
        return answer


@fault("id-chosen-by-client", breaks="VC-CREATE-READONLY-ID")
class IdChosenByClient(Rules):
    """An id in the body becomes the id of the conference."""

    chosen: object = None

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        self.chosen = document.get("id")
        return super().received(resource, document)

    def record(self, resource: Resource, sent: dict[str, Any]) -> Record:
        record = super().record(resource, sent)
        record.id = self.chosen if isinstance(self.chosen, str) else record.id
        return record


@fault("created-at-chosen-by-client", breaks="VC-CREATE-READONLY-TIMESTAMPS")
class CreatedAtChosenByClient(Rules):
    """A created_at in the body is believed."""

    chosen: object = None

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        self.chosen = document.get("created_at")
        return super().received(resource, document)

    def record(self, resource: Resource, sent: dict[str, Any]) -> Record:
        record = super().record(resource, sent)
        if isinstance(self.chosen, str):
            with suppress(ValueError):
                record.created_at = rfc3339.local(rfc3339.parts(self.chosen))
        return record


@fault("ids-by-the-second", breaks="VC-CONF-ID-UNIQUE")
class IdsByTheSecond(Rules):
    """An id is made of the time, so that conferences of one second share theirs."""

    def new_id(self) -> str:
        return str(uuid.UUID(int=int(self.now().timestamp()), version=4))


@fault("room-ids-by-the-second", breaks="FCR-CREATE-DISTINCT-IDS")
class RoomIdsByTheSecond(Rules):
    """The id of a room is made of the time, so that rooms of one second share theirs."""

    def record(self, resource: Resource, sent: dict[str, Any]) -> Record:
        record = super().record(resource, sent)
        if resource is Resource.ROOM:
            record.id = str(uuid.UUID(int=int(record.created_at.timestamp()), version=4))
        return record


@fault("room-id-chosen-by-client", breaks="FCR-CREATE-READONLY-ID")
class RoomIdChosenByClient(Rules):
    """An id in the body becomes the id of the room."""

    chosen: object = None

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        self.chosen = document.get("id") if resource is Resource.ROOM else None
        return super().received(resource, document)

    def record(self, resource: Resource, sent: dict[str, Any]) -> Record:
        record = super().record(resource, sent)
        if resource is Resource.ROOM and isinstance(self.chosen, str):
            record.id = self.chosen
        return record


@lapse("generated-name-empty", breaks="VC-CREATE-NAME-GENERATED-NONEMPTY")
class GeneratedNameEmpty(Rules):
    """The name of a conference that was given none is an empty text."""

    def generated_name(self, id_: str) -> str:
        return ""

    def name_taken(self, request: Request, record: Record) -> bool:
        return record.name_key != "" and super().name_taken(request, record)


@fault("names-free-after-a-read", breaks="VC-CREATE-NAME-UNIQUE")
class FreeAfterARead(Rules):
    """The name of a conference that was read may be used again."""

    def get(self, request: Request) -> Answer:
        record = self.store.find(Resource.CONFERENCE, request.id)
        if record is not None:
            self.store.names.pop(record.name_key, None)
        return super().get(request)


@fault("long-names-not-unique", breaks="VC-CREATE-NAME-UNIQUE")
class LongNamesNotUnique(Rules):
    """Names of more than 64 characters may be used twice."""

    def name_taken(self, request: Request, record: Record) -> bool:
        return len(record.name_key) <= 64 and super().name_taken(request, record)


@fault("names-as-numbers", breaks="VC-CREATE-NAME-DISTINCT")
class NamesAsNumbers(Rules):
    """Names of digits are compared as numbers."""

    def name_key(self, name: str) -> str:
        key = super().name_key(name)
        return str(int(key)) if key.isdigit() else key


@fault("names-compared-without-their-ends", breaks="VC-CREATE-NAME-DISTINCT")
class NamesWithoutEnds(Rules):
    """Hyphens and underscores at the ends of a name do not count."""

    def name_key(self, name: str) -> str:
        return super().name_key(name).strip("-_")


@fault("made-up-names-free", breaks="VC-CREATE-NAME-GENERATED-TAKEN")
class MadeUpNamesFree(Rules):
    """A name that the server made up may be used again."""

    def keep(self, request: Request, record: Record) -> None:
        super().keep(request, record)
        if b'"name"' not in (request.body or b""):
            self.store.names.pop(record.name_key, None)


@fault("refused-names-taken", breaks="VC-CREATE-REFUSED-NOT-PERSISTED")
class RefusedNamesTaken(Rules):
    """A create that is refused for want of a display_name has taken its name."""

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        if resource is Resource.CONFERENCE and "display_name" not in document and "name" in document:
            self.store.names[self.name_key(str(document["name"]))] = "nobody"
        return super().received(resource, document)


@fault("refused-twin-sets-the-layout", breaks="VC-CREATE-REFUSED-NOT-PERSISTED")
class RefusedTwinSetsLayout(Rules):
    """A create that is refused for its name sets the layout of the conference that has the name."""

    def name_taken(self, request: Request, record: Record) -> bool:
        taken = super().name_taken(request, record)
        first = self.store.find(Resource.CONFERENCE, self.store.names.get(record.name_key, ""))
        if taken and first is not None:
            first.values["layout"] = record.values["layout"]
        return taken


@fault("names-free-after-fifty-creates", breaks="VC-GET-LASTING")
class FreeAfterFifty(Rules):
    """Of the names in use only the latest fifty are remembered."""

    def keep(self, request: Request, record: Record) -> None:
        super().keep(request, record)
        self.remembered = [*getattr(self, "remembered", []), record.name_key][-50:]
        self.store.names = {key: id_ for key, id_ in self.store.names.items() if key in self.remembered}


@fault("names-like-uuids-refused", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NamesLikeUuidsRefused(Rules):
    """A name in the form of a UUID is refused."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        like_uuid = member.path == "video.name" and len(text) == 36 and text.count("-") == 4
        return not like_uuid and super().matches(member, kind, text)


@fault("names-of-marks-refused", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NamesOfMarksRefused(Rules):
    """A name without a letter or a digit is refused."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        only_marks = member.path == "video.name" and not text.strip("-_")
        return not only_marks and super().matches(member, kind, text)
