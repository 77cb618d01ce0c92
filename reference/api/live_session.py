"""A built-in conference with an active session."""

import datetime as dt
from typing import Any

LIVE_CONFERENCE_ID = "1f6a3c58-2d7b-4e90-8a4c-b05e97d3f126"
LIVE_CONFERENCE_NAME = "reference-live-session"
_SESSION_ID = "c4d81e07-6b29-4f35-9e1d-70a2b8c5d694"
_ROOM_ID = "58e2b9f4-0c6d-4a71-b3f8-1d94e7a60c2b"
_DURATION = dt.timedelta(hours=1)


def conference() -> dict[str, Any]:
    """Return the members with which the conference is created."""
    return {"name": LIVE_CONFERENCE_NAME, "display_name": "Live session", "enable_room_previews": True}


def session(now: dt.datetime) -> dict[str, Any]:
    """Return its session, which has started before `now` and has every documented member."""
    start = now - dt.timedelta(minutes=10)
    end = start + _DURATION
    return {
        "id": _SESSION_ID,
        "room_id": _ROOM_ID,
        "name": LIVE_CONFERENCE_NAME,
        "display_name": "Live session",
        "join_from": start - dt.timedelta(minutes=5),
        "join_until": end,
        "remove_at": end,
        "remove_after_seconds_elapsed": 5400,
        "layout": "grid-responsive",
        "max_members": 50,
        "fps": 30,
        "quality": "720p",
        "start_time": start,
        "end_time": end,
        "duration": int(_DURATION.total_seconds()),
        "status": "in-progress",
        "record_on_start": False,
        "enable_room_previews": True,
        "preview_url": f"https://space.example/previews/{_SESSION_ID}",
        "audio_video_sync": True,
    }
