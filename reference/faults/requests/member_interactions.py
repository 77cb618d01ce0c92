"""Faults that only occur in combination with other members."""

from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.error_envelopes import Problem
from reference.api.messages import Resource, ServerRequest, ServerResponse
from reference.api.request_models import RequestMember, StringType
from reference.api.validation import InvalidRequestError
from reference.faults.fault import fault


class MemberContext(ServerBehavior):
    """Base of faults that depend on the other members of a body."""

    request_members: dict[str, Any]

    def received_members(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
        self.request_members = document
        return super().received_members(resource, document)

    def has_members(self, **members: Any) -> bool:
        return all(self.request_members.get(name) == value for name, value in members.items())


@fault("name-unjudged-with-layout", breaks="VC-CREATE-NAME-PATTERN")
class NameWithLayout(MemberContext):
    """Does not check the characters of name when layout is sent."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        skipped = member.path == "video.name" and "layout" in self.request_members
        return skipped or super().matches_pattern(member, value_type, text)


@fault("display-name-limit-off-with-name", breaks="VC-CREATE-DISPLAY-NAME-MAXLENGTH")
class DisplayNameWithName(MemberContext):
    """Does not check the length of display_name when name is sent."""

    def string_length(self, member: RequestMember, text: str) -> int:
        skipped = member.path == "video.display_name" and "name" in self.request_members
        return 0 if skipped else super().string_length(member, text)


@fault("layout-unjudged-in-1080p", breaks="VC-CREATE-LAYOUT-ENUM")
class LayoutIn1080p(MemberContext):
    """Accepts any string for layout when quality is 1080p."""

    def validate_enum(self, member: RequestMember, value_type: Any, value: object) -> str:
        if member.path == "video.layout" and self.has_members(quality="1080p"):
            return self.require_string(member, value)
        return super().validate_enum(member, value_type, value)


@fault("room-maximum-off-in-1080p", breaks="FCR-CREATE-MAX-MEMBERS-MAXIMUM")
class RoomMaximumIn1080p(MemberContext):
    """Does not check the maximum of max_members when quality is 1080p."""

    def integer_bounds(self, member: RequestMember, value_type: Any) -> tuple[int, int]:
        minimum, maximum = super().integer_bounds(member, value_type)
        unlimited = member.path == "fabric.max_members" and self.has_members(quality="1080p")
        return minimum, 2**31 if unlimited else maximum


@fault("order-unjudged-with-name", breaks="VC-CREATE-JOIN-ORDER")
class OrderWithName(MemberContext):
    """Does not check the order of join_from and join_until when name is sent."""

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        skipped = resource is Resource.CONFERENCE and "name" in values
        return [] if skipped else super().cross_member_problems(resource, values)


@fault("display-name-trimmed-with-name", breaks="VC-CREATE-DISPLAY-NAME-ECHO")
class DisplayNameTrimmedWithName(MemberContext):
    """Strips whitespace around display_name when name is sent."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        trimmed = member.path == "video.display_name" and "name" in self.request_members
        return value.strip() if trimmed and isinstance(value, str) else super().stored_value(member, value)


@fault("join-until-lost-beside-a-date", breaks="VC-CREATE-DATE-ONLY-PAIR")
class JoinUntilWithDate(MemberContext):
    """Loses join_until when join_from is a date without a time."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        bare = len(str(self.request_members.get("join_from"))) == len("2041-05-06")
        return None if member.path == "video.join_until" and bare else super().stored_value(member, value)


@fault("previews-lost-in-5up", breaks="VC-CREATE-ENABLE-ROOM-PREVIEWS-ECHO")
class PreviewsIn5Up(MemberContext):
    """Loses enable_room_previews when layout is 5up."""

    def stored_value(self, member: RequestMember, value: object) -> object:
        lost = member.path == "video.enable_room_previews" and self.has_members(layout="5up")
        return False if lost else super().stored_value(member, value)


class _IgnoresTwoInvalid(ServerBehavior):
    """Base of faults that ignore exactly two invalid members."""

    resource = Resource.CONFERENCE

    def validate(self, resource: Resource, document: object) -> dict[str, Any]:
        try:
            return super().validate(resource, document)
        except InvalidRequestError as invalid:
            if resource is not self.resource or len(invalid.problems) != 2 or not isinstance(document, dict):
                raise
            invalid_names = {problem.attribute for problem in invalid.problems}
            return super().validate(
                resource, {name: value for name, value in document.items() if name not in invalid_names}
            )


@fault("two-wrongs-make-a-right", breaks="VC-CREATE-SEVERAL-WRONG")
class TwoInvalidMembers(_IgnoresTwoInvalid):
    """Creates a conference without the invalid members when exactly two members are invalid."""


@fault("room-two-wrongs-make-a-right", breaks="FCR-CREATE-SEVERAL-WRONG")
class RoomTwoInvalidMembers(_IgnoresTwoInvalid):
    """Creates a room without the invalid members when exactly two members are invalid."""

    resource = Resource.ROOM


@fault("unjudged-with-charset", breaks="VC-CREATE-WRONG-ANYWAY")
class UncheckedWithCharset(ServerBehavior):
    """Does not check quality when the media type has a charset."""

    charset = False

    def create(self, request: ServerRequest) -> ServerResponse:
        self.charset = "charset" in request.headers.get("content-type", "")
        return super().create(request)

    def validate_enum(self, member: RequestMember, value_type: Any, value: object) -> str:
        skipped = self.charset and member.path == "video.quality"
        return (
            self.require_string(member, value)
            if skipped
            else super().validate_enum(member, value_type, value)
        )


@fault("room-unjudged-with-unknown-members", breaks="FCR-CREATE-WRONG-ANYWAY")
class RoomUncheckedWithUnknown(MemberContext):
    """Does not check the quality of a room when the body has an unknown member."""

    def validate_enum(self, member: RequestMember, value_type: Any, value: object) -> str:
        if member.path == "fabric.quality" and "unknown_member" in self.request_members:
            return self.require_string(member, value)
        return super().validate_enum(member, value_type, value)


@fault(
    "only-the-first-five-judged",
    breaks="VC-CREATE-LIGHT-NEGATIVE-PATTERN",
    also_violates=("VC-CREATE-NAME-PATTERN",),
)
class OnlyTheFirstFive(MemberContext):
    """Checks patterns only in the first five members of a body."""

    def matches_pattern(self, member: RequestMember, value_type: StringType, text: str) -> bool:
        late = list(self.request_members).index(member.name) >= 5
        return late or super().matches_pattern(member, value_type, text)


@fault("display-name-equal-to-name-rejected", breaks="VC-CREATE-DISPLAY-NAME-NOT-UNIQUE")
class DisplayNameEqualToName(ServerBehavior):
    """Rejects a display_name that is equal to name."""

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        problems = super().cross_member_problems(resource, values)
        if resource is Resource.CONFERENCE and values.get("name") == values["display_name"]:
            problems = [Problem("invalid_parameter", "Must differ from name", "display_name")]
        return problems


@fault("room-1080p-for-a-hundred", breaks="FCR-CREATE-PAIRS")
class Room1080pForAHundred(ServerBehavior):
    """Rejects a room with quality 1080p and a max_members of more than 100."""

    def cross_member_problems(self, resource: Resource, values: dict[str, Any]) -> list[Problem]:
        problems = super().cross_member_problems(resource, values)
        if values.get("quality") == "1080p" and values.get("max_members", 0) > 100:
            problems = [Problem("invalid_parameter", "Is too large for 1080p", "max_members")]
        return problems
