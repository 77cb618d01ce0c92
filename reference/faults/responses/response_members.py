"""Faults in the presence, type and value of members of conferences."""

import datetime as dt
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.messages import ServerOperation, ServerRequest
from reference.api.store import Record
from reference.faults.fault import fault, should_fault

_FIVE_HOURS = dt.timedelta(hours=5)
_SECOND = dt.timedelta(seconds=1)


class _ModifiedConference(ServerBehavior):
    """Base of faults that change the representation of a conference."""

    def represent_conference(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        return self.modify_conference(super().represent_conference(request, record))

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return body


def _without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


@fault("response-lacks-meta", breaks="VC-CONF-META")
class LacksMeta(_ModifiedConference):
    """Omits the meta from a conference."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return _without(body, "meta")


@fault("response-meta-a-list", breaks="VC-CONF-META")
class MetaArray(_ModifiedConference):
    """Returns an empty array for the meta of a conference, as PHP does."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "meta": []}


@fault("response-lacks-light-negative", breaks="VC-CONF-LIGHT-NEGATIVE")
class LacksLightNegative(_ModifiedConference):
    """Omits the light_negative from a conference."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return _without(body, "light_negative")


@fault(
    "response-lacks-what-is-null", breaks=("VC-CONF-DESCRIPTION", "VC-CONF-JOIN-FROM", "VC-CONF-JOIN-UNTIL")
)
class LacksNulls(_ModifiedConference):
    """Omits null members from a conference."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if value is not None}


@fault("response-join-from-empty", breaks="VC-CONF-JOIN-FROM")
class JoinFromEmpty(_ModifiedConference):
    """Returns an empty string instead of null for join_from."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "join_from": body["join_from"] or ""}


@fault("response-join-until-a-number", breaks="VC-CONF-JOIN-UNTIL")
class JoinUntilANumber(_ModifiedConference):
    """Returns 0 instead of null for join_until."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "join_until": body["join_until"] or 0}


@fault("response-tone-null", breaks="VC-CONF-TONE-ON-ENTRY-AND-EXIT")
class ToneNull(_ModifiedConference):
    """Returns null for tone_on_entry_and_exit of a conference."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "tone_on_entry_and_exit": None}


@fault("response-lacks-room-join-video-off", breaks="VC-CONF-ROOM-JOIN-VIDEO-OFF")
class LacksRoomJoinVideoOff(_ModifiedConference):
    """Omits room_join_video_off from a conference."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return _without(body, "room_join_video_off")


@fault("response-user-join-video-off-a-number", breaks="VC-CONF-USER-JOIN-VIDEO-OFF")
class UserJoinVideoOffANumber(_ModifiedConference):
    """Returns 0 or 1 for user_join_video_off of a conference."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "user_join_video_off": int(body["user_join_video_off"])}


@fault("response-enable-chat-a-text", breaks="VC-CONF-ENABLE-CHAT")
class EnableChatString(_ModifiedConference):
    """Returns a string for enable_chat."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "enable_chat": str(body["enable_chat"]).lower()}


@fault("response-record-on-start-null", breaks="VC-CONF-RECORD-ON-START")
class RecordOnStartNull(_ModifiedConference):
    """Returns null instead of false for record_on_start of a conference."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "record_on_start": body["record_on_start"] or None}


@fault("response-previews-a-text", breaks="VC-CONF-ENABLE-ROOM-PREVIEWS")
class PreviewsString(_ModifiedConference):
    """Returns the string on or off for enable_room_previews of a conference."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "enable_room_previews": "on" if body["enable_room_previews"] else "off"}


@fault("response-size-in-uppercase", breaks="VC-CONF-SIZE")
class SizeUppercase(_ModifiedConference):
    """Returns size in uppercase."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "size": body["size"].upper()}


@fault("response-layout-with-underscores", breaks="VC-CONF-LAYOUT")
class LayoutWithUnderscores(_ModifiedConference):
    """Returns underscores instead of hyphens in layout."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "layout": body["layout"].replace("-", "_")}


@fault("response-quality-a-number", breaks="VC-CONF-QUALITY")
class QualityANumber(_ModifiedConference):
    """Returns a number for quality."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "quality": int(body["quality"].rstrip("p"))}


@fault("response-dark-success-an-object", breaks="VC-CONF-DARK-SUCCESS")
class DarkSuccessAnObject(_ModifiedConference):
    """Returns an object for dark_success."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "dark_success": {"hex": body["dark_success"]}}


@fault("response-name-an-object", breaks="VC-CONF-NAME")
class NameAnObject(_ModifiedConference):
    """Returns an object for name."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "name": {"value": body["name"]}}


@fault("response-lacks-display-name", breaks="VC-CONF-DISPLAY-NAME")
class LacksDisplayName(_ModifiedConference):
    """Returns displayName instead of display_name."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**_without(body, "display_name"), "displayName": body["display_name"]}


@fault("response-id-with-prefix", breaks="VC-CONF-ID")
class IdWithPrefix(_ModifiedConference):
    """Returns an id with a prefix."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "id": f"conf_{body['id']}"}


@fault("created-at-a-number", breaks="VC-CONF-CREATED-AT")
class CreatedAtANumber(ServerBehavior):
    """Returns created_at as a number of seconds."""

    def represent_conference(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        return {
            **super().represent_conference(request, record),
            "created_at": int(record.created_at.timestamp()),
        }


@fault("created-at-without-offset", breaks="VC-CONF-CREATED-AT")
class CreatedAtWithoutOffset(_ModifiedConference):
    """Returns created_at without a UTC offset."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "created_at": body["created_at"].rstrip("Z")}


@fault("created-at-as-sql", breaks="VC-CONF-CREATED-AT")
class CreatedAtAsSql(_ModifiedConference):
    """Returns created_at in the format of an SQL database."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "created_at": body["created_at"].replace("T", " ").replace("Z", " UTC")}


@fault("updated-at-null", breaks="VC-CONF-UPDATED-AT")
class UpdatedAtNull(_ModifiedConference):
    """Returns null for updated_at."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "updated_at": None}


@fault("join-from-without-offset", breaks="VC-CONF-JOIN-FROM")
class JoinFromWithoutOffset(_ModifiedConference):
    """Returns join_from without a UTC offset."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "join_from": body["join_from"] and body["join_from"].rstrip("Z")}


@fault("join-until-a-date", breaks="VC-CONF-JOIN-UNTIL")
class JoinUntilADate(_ModifiedConference):
    """Returns a date without a time for join_until."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "join_until": body["join_until"] and body["join_until"][:10]}


@fault("created-at-in-local-time", breaks="VC-CONF-CREATED-NOW")
class CreatedAtInLocalTime(ServerBehavior):
    """Returns the local time of New York as UTC in created_at."""

    def new_record(self, *arguments: Any) -> Record:
        record = super().new_record(*arguments)
        record.created_at -= _FIVE_HOURS
        return record


@fault("updated-before-created", breaks="VC-CONF-CREATED-NOT-AFTER-UPDATED")
class UpdatedBeforeCreated(ServerBehavior):
    """Sets updated_at of a new conference to one second before created_at."""

    def new_record(self, *arguments: Any) -> Record:
        record = super().new_record(*arguments)
        record.updated_at -= _SECOND
        return record


@fault("response-to-create-lacks-updated-at", breaks="VC-CONF-UPDATED-AT")
class CreateLacksUpdatedAt(ServerBehavior):
    """Omits updated_at from a create response."""

    def represent(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        body = super().represent(request, record)
        return (
            _without(body, "updated_at") if request.operation is ServerOperation.CREATE_CONFERENCE else body
        )


@fault("dates-without-seconds", breaks=("VC-CONF-DATES-FORM", "VC-CONF-CREATED-AT"))
class DatesWithoutSeconds(ServerBehavior):
    """Returns timestamps without seconds."""

    def format_timestamp(self, timestamp: dt.datetime) -> str:
        return super().format_timestamp(timestamp)[:16] + "Z"


@should_fault("display-name-padded", breaks=("VC-CONF-DISPLAY-NAME-MAX", "VC-CREATE-DISPLAY-NAME-ECHO"))
class DisplayNamePadded(_ModifiedConference):
    """Pads display_name with spaces to 255 characters."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "display_name": body["display_name"].ljust(255)}


@should_fault("description-with-footer", breaks=("VC-CONF-DESCRIPTION-MAX", "VC-CREATE-DESCRIPTION-ECHO"))
class DescriptionWithFooter(_ModifiedConference):
    """Appends a line to description."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        text = body["description"]
        return {**body, "description": text and f"{text}\n-- created over REST"}


@should_fault("description-none", breaks="VC-CREATE-DESCRIPTION-DEFAULT")
class DescriptionNone(_ModifiedConference):
    """Returns No description instead of null for description."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        text = body["description"]
        return {**body, "description": "No description" if text is None else text}


@should_fault("meta-not-sent", breaks="VC-CONF-META-OBJECT")
class MetaNotSent(_ModifiedConference):
    """Returns a meta that was not sent."""

    def modify_conference(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "meta": {"source": "rest"}}


@fault("room-updated-before-created", breaks="FCR-RES-TIMES")
class RoomUpdatedFirst(ServerBehavior):
    """Returns an updated_at of a room that is earlier than created_at."""

    def represent_room(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        early = self.format_timestamp(record.created_at - _FIVE_HOURS)
        return {**super().represent_room(request, record), "updated_at": early}
