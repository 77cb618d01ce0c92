"""Faults in the uniqueness of names and in the generation of names."""

from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource, ServerOperation, ServerRequest, ServerResponse
from reference.api.request_models import RequestMember, StringType
from reference.api.store import Record
from reference.faults.fault import fault, should_fault


@fault("name-not-unique", breaks="VC-CREATE-NAME-UNIQUE")
class NameNotUnique(ServerBehavior):
    """Accepts a name that another conference has."""

    def name_taken(self, request: ServerRequest, record: Record) -> bool:
        return False


@fault("name-not-unique-in-a-race", breaks="VC-CREATE-NAME-UNIQUE-RACE")
class NameNotUniqueInARace(ServerBehavior):
    """Accepts the same name in two concurrent create requests."""

    def on_arrival(self, request: ServerRequest) -> None:
        super().on_arrival(request)
        request.notes["names"] = frozenset(self.store.names)

    def response_delay(self, request: ServerRequest) -> float:
        create = request.operation is ServerOperation.CREATE_CONFERENCE
        return super().response_delay(request) + (0.02 if create else 0.0)

    def name_taken(self, request: ServerRequest, record: Record) -> bool:
        return record.name_key in request.notes["names"]


@fault(
    "name-in-use-replaces",
    breaks="VC-CREATE-NAME-UNIQUE",
    also_violates=(
        "VC-CONF-ID-UNIQUE",
        "VC-GET-SAME-AS-CREATE",
    ),
)
class NameInUseReplaces(ServerBehavior):
    """Replaces the existing conference when a create request reuses its name."""

    def name_taken(self, request: ServerRequest, record: Record) -> bool:
        record.id = self.store.names.get(record.name_key, record.id)
        return False


@fault("name-in-use-returns-existing-conference", breaks="VC-CREATE-NAME-UNIQUE")
class NameInUseGivesTheOldOne(ServerBehavior):
    """Returns the existing conference when a create request reuses its name."""

    def create(self, request: ServerRequest) -> ServerResponse:
        document = self.parse_body(request.headers.get("content-type", ""), request.body)
        name = document.get("name") if isinstance(document, dict) else None
        existing_id = self.store.names.get(name) if isinstance(name, str) else None
        record = self.store.find(request.operation.resource, existing_id or "")
        return self.created_response(request, record) if record else super().create(request)


@fault("name-compared-without-punctuation", breaks="VC-CREATE-NAME-DISTINCT")
class NameWithoutPunctuation(ServerBehavior):
    """Ignores hyphens and underscores when it compares names."""

    def name_key(self, name: str) -> str:
        return name.replace("-", "").replace("_", "") or name


@fault("name-compared-by-beginning", breaks="VC-CREATE-NAME-DISTINCT")
class NameComparedByBeginning(ServerBehavior):
    """Compares only the first 64 characters of names."""

    def name_key(self, name: str) -> str:
        return name[:64]


@fault(
    "generated-names-equal",
    breaks="VC-CREATE-NAME-GENERATED-UNIQUE",
    also_violates=("VC-CREATE-NAME-GENERATED-TAKEN",),
)
class GeneratedNamesEqual(ServerBehavior):
    """Generates the same name for every conference without one."""

    def generated_name(self, id_: str) -> str:
        return "conference"

    def name_taken(self, request: ServerRequest, record: Record) -> bool:
        return record.name_key != "conference" and super().name_taken(request, record)


@fault(
    "generated-name-from-display-name",
    breaks=("VC-CREATE-NAME-GENERATED-UNIQUE", "VC-CREATE-DISPLAY-NAME-NOT-UNIQUE"),
)
class GeneratedNameFromDisplayName(ServerBehavior):
    """Generates the name of a conference from its display_name alone."""

    def new_record(self, resource: Resource, request_members: dict[str, Any]) -> Record:
        record = super().new_record(resource, request_members)
        if resource is Resource.CONFERENCE and "name" not in request_members:
            letters = [
                character if character.isascii() and character.isalnum() else "-"
                for character in str(request_members["display_name"])
            ]
            record.values["name"] = record.name_key = "".join(letters)[:100] or "conference"
        return record


@fault(
    "generated-name-missing",
    breaks=("VC-CREATE-NAME-GENERATED", "VC-CONF-NAME"),
    also_violates=("VC-CREATE-NAME-GENERATED-UNIQUE",),
)
class GeneratedNameMissing(ServerBehavior):
    """Returns null for the name of a conference that was created without one."""

    def new_record(self, resource: Resource, request_members: dict[str, Any]) -> Record:
        record = super().new_record(resource, request_members)
        if resource is Resource.CONFERENCE and not request_members.get("name"):
            record.values["name"] = None
        return record


@fault("display-name-unique", breaks="VC-CREATE-DISPLAY-NAME-NOT-UNIQUE")
class DisplayNameUnique(ServerBehavior):
    """Rejects a display_name that another conference has."""

    def name_taken(self, request: ServerRequest, record: Record) -> bool:
        return super().name_taken(request, record) or any(
            other.values["display_name"] == record.values["display_name"]
            for other in self.store.all(Resource.CONFERENCE)
            if request.operation is ServerOperation.CREATE_CONFERENCE
        )


@should_fault("generated-name-empty", breaks="VC-CREATE-NAME-GENERATED-NONEMPTY")
class GeneratedNameEmpty(ServerBehavior):
    """Generates an empty name for a conference without one."""

    def generated_name(self, id_: str) -> str:
        return ""

    def name_taken(self, request: ServerRequest, record: Record) -> bool:
        return record.name_key != "" and super().name_taken(request, record)


@fault("names-free-after-a-read", breaks="VC-CREATE-NAME-UNIQUE")
class NamesFreeAfterGet(ServerBehavior):
    """Accepts the name of an existing conference after that conference has been fetched."""

    def get(self, request: ServerRequest) -> ServerResponse:
        record = self.store.find(Resource.CONFERENCE, request.id)
        if record is not None:
            self.store.names.pop(record.name_key, None)
        return super().get(request)


@fault("long-names-not-unique", breaks="VC-CREATE-NAME-UNIQUE")
class LongNamesNotUnique(ServerBehavior):
    """Accepts a name of more than 64 characters that another conference has."""

    def name_taken(self, request: ServerRequest, record: Record) -> bool:
        return len(record.name_key) <= 64 and super().name_taken(request, record)


@fault("names-as-numbers", breaks="VC-CREATE-NAME-DISTINCT")
class NamesAsNumbers(ServerBehavior):
    """Compares names that consist of digits as numbers."""

    def name_key(self, name: str) -> str:
        key = super().name_key(name)
        return str(int(key)) if key.isdigit() else key


@fault("names-compared-without-their-ends", breaks="VC-CREATE-NAME-DISTINCT")
class NamesWithoutEnds(ServerBehavior):
    """Ignores hyphens and underscores at both ends when it compares names."""

    def name_key(self, name: str) -> str:
        return super().name_key(name).strip("-_")


@fault("generated-names-free", breaks="VC-CREATE-NAME-GENERATED-TAKEN")
class GeneratedNamesFree(ServerBehavior):
    """Accepts a name that it has generated for another conference."""

    def store_record(self, request: ServerRequest, record: Record) -> None:
        super().store_record(request, record)
        if b'"name"' not in (request.body or b""):
            self.store.names.pop(record.name_key, None)


@fault("rejected-names-in-use", breaks="VC-CREATE-REFUSED-NOT-PERSISTED")
class RejectedNamesTaken(ServerBehavior):
    """Keeps a name in use when it rejects a conference without display_name."""

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        if resource is Resource.CONFERENCE and "display_name" not in document and "name" in document:
            self.store.names[self.name_key(str(document["name"]))] = "rejected"
        return super().received_members(resource, document)


@fault("rejected-twin-sets-the-layout", breaks="VC-CREATE-REFUSED-NOT-PERSISTED")
class RejectedNameSetsLayout(ServerBehavior):
    """Changes the layout of an existing conference when it rejects the reuse of its name."""

    def name_taken(self, request: ServerRequest, record: Record) -> bool:
        taken = super().name_taken(request, record)
        first = self.store.find(Resource.CONFERENCE, self.store.names.get(record.name_key, ""))
        if taken and first is not None:
            first.values["layout"] = record.values["layout"]
        return taken


@fault("names-free-after-fifty-creates", breaks="VC-GET-LASTING")
class NamesFreeAfterFifty(ServerBehavior):
    """Checks the uniqueness of names only against the latest 50."""

    def store_record(self, request: ServerRequest, record: Record) -> None:
        super().store_record(request, record)
        self.latest_names = [*getattr(self, "latest_names", []), record.name_key][-50:]
        self.store.names = {key: id_ for key, id_ in self.store.names.items() if key in self.latest_names}


@fault("names-like-uuids-rejected", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NamesLikeUuidsRejected(ServerBehavior):
    """Rejects a name in the form of a UUID."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        like_uuid = member.path == "video.name" and len(text) == 36 and text.count("-") == 4
        return not like_uuid and super().matches_pattern(member, value_type, text)


@fault("names-of-marks-rejected", breaks="VC-CREATE-NAME-PATTERN-ACCEPT")
class NamesWithoutLettersRejected(ServerBehavior):
    """Rejects a name without a letter or digit."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        only_marks = member.path == "video.name" and not text.strip("-_")
        return not only_marks and super().matches_pattern(member, value_type, text)
