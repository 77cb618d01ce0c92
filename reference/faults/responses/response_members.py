"""Members of a Conference that are missing from answers or have another type."""

import datetime as dt
from typing import Any

from reference.api.behavior import Rules
from reference.api.messages import Operation, Request
from reference.api.store import Record
from reference.faults.fault import fault, lapse

_FIVE_HOURS = dt.timedelta(hours=5)
_SECOND = dt.timedelta(seconds=1)


class _Answering(Rules):
    """Rules that show a conference in their own way."""

    def conference(self, request: Request, record: Record) -> dict[str, Any]:
        return self.changed(super().conference(request, record))

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return shown


def _without(shown: dict[str, Any], name: str) -> dict[str, Any]:
    return {other: value for other, value in shown.items() if other != name}


@fault("answer-lacks-meta", breaks="VC-CONF-META")
class LacksMeta(_Answering):
    """A conference has no meta."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return _without(shown, "meta")


@fault("answer-meta-a-list", breaks="VC-CONF-META")
class MetaAList(_Answering):
    """The meta of a conference is an empty list, as PHP writes an empty object."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "meta": []}


@fault("answer-lacks-light-negative", breaks="VC-CONF-LIGHT-NEGATIVE")
class LacksLightNegative(_Answering):
    """The last colour is missing from a conference."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return _without(shown, "light_negative")


@fault("answer-lacks-what-is-null", breaks=("VC-CONF-DESCRIPTION", "VC-CONF-JOIN-FROM", "VC-CONF-JOIN-UNTIL"))
class LacksNulls(_Answering):
    """Members that are null are left out of a conference."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in shown.items() if value is not None}


@fault("answer-join-from-empty", breaks="VC-CONF-JOIN-FROM")
class JoinFromEmpty(_Answering):
    """A join_from that is not there is an empty text."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "join_from": shown["join_from"] or ""}


@fault("answer-join-until-a-number", breaks="VC-CONF-JOIN-UNTIL")
class JoinUntilANumber(_Answering):
    """A join_until that is not there is 0."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "join_until": shown["join_until"] or 0}


@fault("answer-tone-null", breaks="VC-CONF-TONE-ON-ENTRY-AND-EXIT")
class ToneNull(_Answering):
    """tone_on_entry_and_exit is null until it is set."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "tone_on_entry_and_exit": None}


@fault("answer-lacks-room-join-video-off", breaks="VC-CONF-ROOM-JOIN-VIDEO-OFF")
class LacksRoomJoinVideoOff(_Answering):
    """room_join_video_off, which no create can set, is missing from a conference."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return _without(shown, "room_join_video_off")


@fault("answer-user-join-video-off-a-number", breaks="VC-CONF-USER-JOIN-VIDEO-OFF")
class UserJoinVideoOffANumber(_Answering):
    """user_join_video_off is 0 or 1."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "user_join_video_off": int(shown["user_join_video_off"])}


@fault("answer-enable-chat-a-text", breaks="VC-CONF-ENABLE-CHAT")
class EnableChatAText(_Answering):
    """enable_chat is a text."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "enable_chat": str(shown["enable_chat"]).lower()}


@fault("answer-record-on-start-null", breaks="VC-CONF-RECORD-ON-START")
class RecordOnStartNull(_Answering):
    """A record_on_start that is off is null."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "record_on_start": shown["record_on_start"] or None}


@fault("answer-previews-a-text", breaks="VC-CONF-ENABLE-ROOM-PREVIEWS")
class PreviewsAText(_Answering):
    """enable_room_previews is on or off."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "enable_room_previews": "on" if shown["enable_room_previews"] else "off"}


@fault("answer-size-in-capitals", breaks="VC-CONF-SIZE")
class SizeInCapitals(_Answering):
    """A size is written in capitals."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "size": shown["size"].upper()}


@fault("answer-layout-with-underscores", breaks="VC-CONF-LAYOUT")
class LayoutWithUnderscores(_Answering):
    """A layout is written with underscores, as the code has it."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "layout": shown["layout"].replace("-", "_")}


@fault("answer-quality-a-number", breaks="VC-CONF-QUALITY")
class QualityANumber(_Answering):
    """A quality is a number of lines."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "quality": int(shown["quality"].rstrip("p"))}


@fault("answer-dark-success-an-object", breaks="VC-CONF-DARK-SUCCESS")
class DarkSuccessAnObject(_Answering):
    """A colour is an object."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "dark_success": {"hex": shown["dark_success"]}}


@fault("answer-name-an-object", breaks="VC-CONF-NAME")
class NameAnObject(_Answering):
    """A name is an object."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "name": {"value": shown["name"]}}


@fault("answer-lacks-display-name", breaks="VC-CONF-DISPLAY-NAME")
class LacksDisplayName(_Answering):
    """A display_name is called displayName."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**_without(shown, "display_name"), "displayName": shown["display_name"]}


@fault("answer-id-with-prefix", breaks="VC-CONF-ID")
class IdWithPrefix(_Answering):
    """An id has a prefix for its kind."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "id": f"conf_{shown['id']}"}


@fault("created-at-a-number", breaks="VC-CONF-CREATED-AT")
class CreatedAtANumber(Rules):
    """created_at is a number of seconds."""

    def conference(self, request: Request, record: Record) -> dict[str, Any]:
        return {**super().conference(request, record), "created_at": int(record.created_at.timestamp())}


@fault("created-at-without-offset", breaks="VC-CONF-CREATED-AT")
class CreatedAtWithoutOffset(_Answering):
    """created_at has no offset."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "created_at": shown["created_at"].rstrip("Z")}


@fault("created-at-as-sql", breaks="VC-CONF-CREATED-AT")
class CreatedAtAsSql(_Answering):
    """created_at is written as a database does."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "created_at": shown["created_at"].replace("T", " ").replace("Z", " UTC")}


@fault("updated-at-null", breaks="VC-CONF-UPDATED-AT")
class UpdatedAtNull(_Answering):
    """updated_at is null until there is an update."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "updated_at": None}


@fault("join-from-without-offset", breaks="VC-CONF-JOIN-FROM")
class JoinFromWithoutOffset(_Answering):
    """join_from has no offset."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "join_from": shown["join_from"] and shown["join_from"].rstrip("Z")}


@fault("join-until-a-date", breaks="VC-CONF-JOIN-UNTIL")
class JoinUntilADate(_Answering):
    """join_until is a bare date."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "join_until": shown["join_until"] and shown["join_until"][:10]}


@fault("created-at-in-local-time", breaks="VC-CONF-CREATED-NOW")
class CreatedAtInLocalTime(Rules):
    """created_at is the time of New York with the Z of UTC."""

    def record(self, *arguments: Any) -> Record:
        record = super().record(*arguments)
        record.created_at -= _FIVE_HOURS
        return record


@fault("updated-before-created", breaks="VC-CONF-CREATED-NOT-AFTER-UPDATED")
class UpdatedBeforeCreated(Rules):
    """updated_at of a new conference is a second before created_at."""

    def record(self, *arguments: Any) -> Record:
        record = super().record(*arguments)
        record.updated_at -= _SECOND
        return record


@fault("answer-to-create-lacks-updated-at", breaks="VC-CONF-UPDATED-AT")
class CreateLacksUpdatedAt(Rules):
    """updated_at is missing from the answer to a create, and there in a get."""

    def shown(self, request: Request, record: Record) -> dict[str, Any]:
        shown = super().shown(request, record)
        return _without(shown, "updated_at") if request.operation is Operation.CREATE_CONFERENCE else shown


@fault("dates-without-seconds", breaks=("VC-CONF-DATES-FORM", "VC-CONF-CREATED-AT"))
class DatesWithoutSeconds(Rules):
    """Dates are shown to the minute."""

    def moment_shown(self, moment: dt.datetime) -> str:
        return super().moment_shown(moment)[:16] + "Z"


@lapse("display-name-padded", breaks=("VC-CONF-DISPLAY-NAME-MAX", "VC-CREATE-DISPLAY-NAME-ECHO"))
class DisplayNamePadded(_Answering):
    """A display_name is shown with the blanks of its column."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "display_name": shown["display_name"].ljust(255)}


@lapse("description-with-footer", breaks=("VC-CONF-DESCRIPTION-MAX", "VC-CREATE-DESCRIPTION-ECHO"))
class DescriptionWithFooter(_Answering):
    """A description is shown with a line of the vendor's below."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        text = shown["description"]
        return {**shown, "description": text and f"{text}\n-- created over REST"}


@fault("description-none", breaks="VC-CREATE-DESCRIPTION-DEFAULT")
class DescriptionNone(_Answering):
    """A description that is not there is shown as such."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        text = shown["description"]
        return {**shown, "description": "No description" if text is None else text}


@lapse("meta-of-nobody", breaks="VC-CONF-META-OBJECT")
class MetaOfNobody(_Answering):
    """A conference that nobody gave any meta has some."""

    def changed(self, shown: dict[str, Any]) -> dict[str, Any]:
        return {**shown, "meta": {"source": "rest"}}


@fault("room-updated-before-created", breaks="FCR-RES-TIMES")
class RoomUpdatedFirst(Rules):
    """updated_at of a room is that of the server's start, before the room was created."""

    def room(self, request: Request, record: Record) -> dict[str, Any]:
        early = self.moment_shown(record.created_at - _FIVE_HOURS)
        return {**super().room(request, record), "updated_at": early}
