"""JSON representation of conferences and rooms."""

import datetime as dt
from typing import Any

from reference.api.credentials import Credentials
from reference.api.messages import Resource, ServerRequest
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


class Representation:
    """Representation of records in response bodies."""

    credentials: Credentials

    def represent(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        """Represent the resource of the operation."""
        if request.operation.resource is Resource.ROOM:
            return self.represent_room(request, record)
        return self.represent_conference(request, record)

    def represent_conference(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        """Represent a conference."""
        conference = {
            "id": record.id,
            **self.represent_members(record, CONFERENCE_MEMBERS),
            "created_at": self.format_timestamp(record.created_at),
            "updated_at": self.format_timestamp(record.updated_at),
        }
        if self.session_requested(request):
            conference |= self.represent_session(record)
        return conference

    def represent_room(self, request: ServerRequest, record: Record) -> dict[str, Any]:
        """Represent a room with its enclosing resource."""
        return {
            "id": record.id,
            "project_id": self.credentials.project_id,
            "display_name": record.values["display_name"],
            "type": "video_room",
            "created_at": self.format_timestamp(record.created_at),
            "updated_at": self.format_timestamp(record.updated_at),
            "conference_room": {"id": record.inner_id, **self.represent_members(record, ROOM_MEMBERS)},
        }

    def represent_members(self, record: Record, names: tuple[str, ...]) -> dict[str, Any]:
        """Represent the members of a record."""
        return {name: self.represent_value(name, record.values[name]) for name in names}

    def represent_value(self, name: str, value: object) -> object:
        """Represent a value."""
        return self.format_timestamp(value) if isinstance(value, dt.datetime) else value

    def format_timestamp(self, timestamp: dt.datetime) -> str:
        """Format a timestamp in UTC with Z, and with fractional seconds only if they are not zero."""
        return timestamp.replace(tzinfo=None).isoformat() + "Z"

    def session_requested(self, request: ServerRequest) -> bool:
        """Return whether include_active_session is true."""
        return request.query.get("include_active_session", "").lower() == "true"

    def represent_session(self, record: Record) -> dict[str, Any]:
        """Represent the active session of a conference as a member, if there is one."""
        if record.session is None:
            return {}
        return {
            "active_session": {
                name: self.represent_value(name, value) for name, value in record.session.items()
            }
        }
