"""Rules that are forgotten, or values that are lost, in the company of other members."""

from typing import Any

from reference.api.behavior import Rules
from reference.api.error_envelopes import Problem
from reference.api.messages import Answer, Request, Resource
from reference.api.request_models import Member, Text
from reference.api.validation import Invalid
from reference.faults.fault import fault


class _InCompany(Rules):
    """Rules that know what else a body says while they look at one member."""

    document_judged: dict[str, Any]

    def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        self.document_judged = document
        return super().received(resource, document)

    def says(self, **members: Any) -> bool:
        return all(self.document_judged.get(name) == value for name, value in members.items())


@fault("name-unjudged-with-layout", breaks="VC-CREATE-NAME-PATTERN")
class NameWithLayout(_InCompany):
    """The characters of a name are not looked at when a layout is sent."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        skipped = member.path == "video.name" and "layout" in self.document_judged
        return skipped or super().matches(member, kind, text)


@fault("display-name-limit-off-with-name", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH")
class DisplayNameWithName(_InCompany):
    """The length of a display_name is not looked at when a name is sent."""

    def length(self, member: Member, text: str) -> int:
        skipped = member.path == "video.display_name" and "name" in self.document_judged
        return 0 if skipped else super().length(member, text)


@fault("layout-unjudged-in-1080p", breaks="VC-CREATE-LAYOUT-ENUM")
class LayoutIn1080p(_InCompany):
    """Any text is a layout when the quality is 1080p."""

    def choice(self, member: Member, kind: Any, value: object) -> str:
        if member.path == "video.layout" and self.says(quality="1080p"):
            return self.string(member, value)
        return super().choice(member, kind, value)


@fault("room-maximum-off-in-1080p", breaks="FCR-CREATE-MAX-MEMBERS-MAXIMUM")
class RoomMaximumIn1080p(_InCompany):
    """There is no maximum of max_members when the quality is 1080p."""

    def bounds(self, member: Member, kind: Any) -> tuple[int, int]:
        low, high = super().bounds(member, kind)
        return low, 2**31 if member.path == "fabric.max_members" and self.says(quality="1080p") else high


@fault("order-unjudged-with-name", breaks="VC-CREATE-JOIN-ORDER")
class OrderWithName(_InCompany):
    """The order of join_from and join_until is not looked at when a name is sent."""

    def contradictions(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        skipped = resource is Resource.CONFERENCE and "name" in values
        return [] if skipped else super().contradictions(resource, values)


@fault("display-name-trimmed-with-name", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameTrimmedWithName(_InCompany):
    """Blanks around a display_name are lost when a name is sent."""

    def kept(self, member: Member, value: object) -> object:
        trimmed = member.path == "video.display_name" and "name" in self.document_judged
        return value.strip() if trimmed and isinstance(value, str) else super().kept(member, value)


@fault("join-until-lost-beside-a-date", breaks="VC-CREATE-DATE-ONLY-PAIR")
class JoinUntilBesideADate(_InCompany):
    """join_until is lost when join_from is a date without a time."""

    def kept(self, member: Member, value: object) -> object:
        bare = len(str(self.document_judged.get("join_from"))) == len("2041-05-06")
        return None if member.path == "video.join_until" and bare else super().kept(member, value)


@fault("previews-lost-in-5up", breaks="VC-CREATE-ENABLE-ROOM-PREVIEWS-ECHO")
class PreviewsIn5Up(_InCompany):
    """enable_room_previews is lost when the layout is 5up."""

    def kept(self, member: Member, value: object) -> object:
        lost = member.path == "video.enable_room_previews" and self.says(layout="5up")
        return False if lost else super().kept(member, value)


class _TwoWrongs(Rules):
    """Rules under which two faults of a body make up for each other."""

    resource = Resource.CONFERENCE

    def judged(self, resource: Resource, document: object) -> dict[str, Any]:
        try:
            return super().judged(resource, document)
        except Invalid as invalid:
            if resource is not self.resource or len(invalid.problems) != 2 or not isinstance(document, dict):
                raise
            wrong = {problem.attribute for problem in invalid.problems}
            return super().judged(resource, {k: v for k, v in document.items() if k not in wrong})


@fault("two-wrongs-make-a-right", breaks="VC-CREATE-SEVERAL-WRONG")
class TwoWrongs(_TwoWrongs):
    """A conference with exactly two faults is created without the members at fault."""


@fault("room-two-wrongs-make-a-right", breaks="FCR-CREATE-SEVERAL-WRONG")
class RoomTwoWrongs(_TwoWrongs):
    """A room with exactly two faults is created without the members at fault."""

    resource = Resource.ROOM


@fault("unjudged-with-charset", breaks="VC-CREATE-WRONG-ANYWAY")
class UnjudgedWithCharset(Rules):
    """A quality is not looked at in a body whose media type has a charset."""

    charset = False

    def create(self, request: Request) -> Answer:
        self.charset = "charset" in request.headers.get("content-type", "")
        return super().create(request)

    def choice(self, member: Member, kind: Any, value: object) -> str:
        skipped = self.charset and member.path == "video.quality"
        return self.string(member, value) if skipped else super().choice(member, kind, value)


@fault("room-unjudged-with-unknown-members", breaks="FCR-CREATE-WRONG-ANYWAY")
class RoomUnjudgedWithUnknown(_InCompany):
    """A quality of a room is not looked at in a body with a member that is not known."""

    def choice(self, member: Member, kind: Any, value: object) -> str:
        if member.path == "fabric.quality" and "unknown_member" in self.document_judged:
            return self.string(member, value)
        return super().choice(member, kind, value)


@fault("only-the-first-five-judged", breaks="VC-CREATE-LIGHT-NEGATIVE-PATTERN")
class OnlyTheFirstFive(_InCompany):
    """Only the first five members of a body are looked at, as far as patterns go."""

    def matches(self, member: Member, kind: Text, text: str) -> bool:
        late = list(self.document_judged).index(member.name) >= 5
        return late or super().matches(member, kind, text)


@fault("a-name-is-no-display-name", breaks="VC-CREATE-DISPLAY-NAME-NOT-UNIQUE")
class NameIsNoDisplayName(Rules):
    """A display_name that is equal to the name is refused."""

    def contradictions(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        problems = super().contradictions(resource, values)
        if resource is Resource.CONFERENCE and values.get("name") == values["display_name"]:
            problems = [Problem("invalid_parameter", "Must differ from name", "display_name")]
        return problems


@fault("room-1080p-for-a-hundred", breaks="FCR-CREATE-PAIRS")
class Room1080pForAHundred(Rules):
    """A room in 1080p may not be for more than a hundred."""

    def contradictions(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        problems = super().contradictions(resource, values)
        if values.get("quality") == "1080p" and values.get("max_members", 0) > 100:
            problems = [Problem("invalid_parameter", "Is too many for 1080p", "max_members")]
        return problems
