"""What an answer shows of a conference or a room."""

import datetime as dt
from typing import Any

from reference.api.credentials import Credentials
from reference.api.messages import Request, Resource
from reference.api.store import Record

CONFERENCE_MEMBERS = (
    "name",
    "display_name",
    "description",
    "join_from",
    "join_until",
    "quality",
    "layout",
    "size",
    "record_on_start",
    "tone_on_entry_and_exit",
    "user_join_video_off",
    "room_join_video_off",
    "enable_chat",
    "enable_room_previews",
    "dark_primary",
    "dark_background",
    "dark_foreground",
    "dark_success",
    "dark_negative",
    "light_primary",
    "light_background",
    "light_foreground",
    "light_success",
    "light_negative",
    "meta",
)
ROOM_MEMBERS = (
    "name",
    "description",
    "display_name",
    "max_members",
    "quality",
    "fps",
    "join_from",
    "join_until",
    "remove_at",
    "remove_after_seconds_elapsed",
    "layout",
    "record_on_start",
    "tone_on_entry_and_exit",
    "room_join_video_off",
    "user_join_video_off",
    "enable_room_previews",
    "sync_audio_video",
    "meta",
    "prioritize_handraise",
)


class Showing:
    """The rules of what is shown, and how."""

    credentials: Credentials

    def shown(self, request: Request, record: Record) -> dict[str, Any]:
        """Show what the operation is about."""
        if request.operation.resource is Resource.ROOM:
            return self.room(request, record)
        return self.conference(request, record)

    def conference(self, request: Request, record: Record) -> dict[str, Any]:
        """Show a conference."""
        answer = {
            "id": record.id,
            **self.values(record, CONFERENCE_MEMBERS),
            "created_at": self.moment_shown(record.created_at),
            "updated_at": self.moment_shown(record.updated_at),
        }
        if self.session_wanted(request):
            answer |= self.session(record)
        return answer

    def room(self, request: Request, record: Record) -> dict[str, Any]:
        """Show a room, which is wrapped in its resource."""
        return {
            "id": record.id,
            "project_id": self.credentials.project_id,
            "display_name": record.values["display_name"],
            "type": "video_room",
            "created_at": self.moment_shown(record.created_at),
            "updated_at": self.moment_shown(record.updated_at),
            "conference_room": {"id": record.inner_id, **self.values(record, ROOM_MEMBERS)},
        }

    def values(self, record: Record, names: tuple[str, ...]) -> dict[str, Any]:
        """Show the members of a record."""
        return {name: self.value_shown(name, record.values[name]) for name in names}

    def value_shown(self, name: str, value: object) -> object:
        """Show one value."""
        return self.moment_shown(value) if isinstance(value, dt.datetime) else value

    def moment_shown(self, moment: dt.datetime) -> str:
        """Write an instant: UTC, with Z, with a fraction only if there is one."""
        return moment.replace(tzinfo=None).isoformat() + "Z"

    def session_wanted(self, request: Request) -> bool:
        """Decide whether the request asks for the session."""
        return request.query.get("include_active_session", "").lower() == "true"

    def session(self, record: Record) -> dict[str, Any]:
        """Show the session of a conference, if it has one."""
        if record.session is None:
            return {}
        return {
            "active_session": {name: self.value_shown(name, value) for name, value in record.session.items()}
        }
