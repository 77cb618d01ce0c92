"""The limits in spec/ are those of the documentation, repeated here by hand."""

from collections.abc import Mapping
from typing import Any

import pytest

from spec.operations import operation
from spec.validation import error_body_schemas, resource_schemas

KEYWORDS = ("type", "maxLength", "pattern", "format", "enum", "minimum", "maximum", "default", "anyOf")

STRING: dict[str, Any] = {"type": "string"}
STRING_OR_NULL: dict[str, Any] = {"type": ["string", "null"]}
TEXT_OF_200 = {"type": "string", "maxLength": 200}
TEXT_OF_3000 = {"type": "string", "maxLength": 3000}
BOOLEAN: dict[str, Any] = {"type": "boolean"}
DATE_TIME = {"type": "string", "format": "date-time"}
DATE_TIME_OR_NULL = {"type": ["string", "null"], "format": "date-time"}
UUID = {"type": "string", "format": "uuid"}
INT32 = {"type": "integer", "format": "int32"}
FPS = {"type": "number", "enum": [20, 30]}
QUALITY = {"type": "string", "enum": ["720p", "1080p"]}
ROOM_QUALITY = {"type": "string", "enum": ["1080p", "720p"]}
LAYOUTS = (
    "grid-responsive grid-responsive-mobile highlight-1-responsive 1x1 2x1 2x2 5up 3x3 4x4 5x5 6x6 8x8 10x10"
)
LAYOUT = {"type": "string", "enum": LAYOUTS.split()}
SIZE = {"type": "string", "enum": ["small", "medium", "large"]}
COLORS = {
    "primary": "#044EF4",
    "background": "#FFFFFF",
    "foreground": "#1D2127",
    "success": "#17BB58",
    "negative": "#F42C50",
}
COLOR = {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}

CREATE = {
    "display_name": TEXT_OF_200,
    "name": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": 100},
    "description": TEXT_OF_3000,
    "join_from": DATE_TIME,
    "join_until": DATE_TIME,
    "quality": QUALITY | {"default": "720p"},
    "layout": LAYOUT | {"default": "grid-responsive"},
    "size": SIZE | {"default": "medium"},
    "record_on_start": BOOLEAN,
    "enable_room_previews": BOOLEAN,
    "enable_chat": BOOLEAN | {"default": True},
    **{f"dark_{part}": COLOR | {"default": default} for part, default in COLORS.items()},
    **{f"light_{part}": COLOR | {"default": default} for part, default in COLORS.items()},
}
CREATE_ROOM = {
    "name": STRING,
    "enable_room_previews": BOOLEAN,
    "display_name": TEXT_OF_200,
    "description": TEXT_OF_3000,
    "join_from": DATE_TIME,
    "join_until": DATE_TIME,
    "max_members": INT32 | {"minimum": 0, "maximum": 300},
    "quality": ROOM_QUALITY | {"default": "720p"},
    "remove_at": DATE_TIME,
    "remove_after_seconds_elapsed": INT32 | {"minimum": 0, "maximum": 200_000},
    "layout": LAYOUT,
    "record_on_start": BOOLEAN,
    "meta": {"type": "object"},
    "sync_audio_video": BOOLEAN,
    "tone_on_entry_and_exit": BOOLEAN,
    "room_join_video_off": BOOLEAN,
    "user_join_video_off": BOOLEAN,
}
CONFERENCE = {
    "id": UUID,
    "name": STRING,
    "display_name": STRING_OR_NULL,
    "description": STRING_OR_NULL,
    "join_from": DATE_TIME_OR_NULL,
    "join_until": DATE_TIME_OR_NULL,
    "quality": QUALITY,
    "layout": LAYOUT,
    "size": {"anyOf": [SIZE, {"type": "null"}]},
    "record_on_start": BOOLEAN,
    "tone_on_entry_and_exit": BOOLEAN,
    "user_join_video_off": BOOLEAN,
    "room_join_video_off": BOOLEAN,
    "enable_chat": BOOLEAN,
    "enable_room_previews": {"type": ["boolean", "null"]},
    **{f"dark_{part}": STRING_OR_NULL for part in COLORS},
    **{f"light_{part}": STRING_OR_NULL for part in COLORS},
    "meta": {"type": ["object", "null"]},
    "created_at": DATE_TIME,
    "updated_at": DATE_TIME,
    "active_session": {"type": "object"},
}
SESSION = {
    "id": STRING,
    "room_id": STRING,
    "name": STRING,
    "display_name": STRING,
    "join_from": DATE_TIME,
    "join_until": DATE_TIME,
    "remove_at": DATE_TIME,
    "remove_after_seconds_elapsed": INT32,
    "layout": STRING,
    "max_members": INT32,
    "fps": FPS,
    "quality": QUALITY,
    "start_time": DATE_TIME,
    "end_time": DATE_TIME,
    "duration": INT32,
    "status": {"type": "string", "enum": ["in-progress", "completed"]},
    "record_on_start": BOOLEAN,
    "enable_room_previews": BOOLEAN,
    "preview_url": STRING,
    "audio_video_sync": BOOLEAN,
}
ROOM_RESOURCE = {
    "id": UUID,
    "project_id": UUID,
    "display_name": STRING,
    "type": {"type": "string", "enum": ["video_room"]},
    "created_at": DATE_TIME,
    "updated_at": DATE_TIME,
    "conference_room": {"type": "object"},
}
ROOM = {
    "id": UUID,
    "name": STRING,
    "description": TEXT_OF_3000,
    "display_name": TEXT_OF_200,
    "max_members": {"type": "integer", "minimum": 0, "maximum": 300},
    "quality": ROOM_QUALITY,
    "fps": FPS,
    "join_from": DATE_TIME_OR_NULL,
    "join_until": DATE_TIME_OR_NULL,
    "remove_at": DATE_TIME_OR_NULL,
    "remove_after_seconds_elapsed": {"type": ["integer", "null"], "minimum": 0, "maximum": 200_000},
    "layout": LAYOUT,
    "record_on_start": BOOLEAN,
    "tone_on_entry_and_exit": BOOLEAN,
    "room_join_video_off": BOOLEAN,
    "user_join_video_off": BOOLEAN,
    "enable_room_previews": BOOLEAN,
    "sync_audio_video": {"type": ["boolean", "null"]},
    "meta": {"type": "object"},
    "prioritize_handraise": BOOLEAN,
}


@pytest.mark.parametrize("id_, limits", [("VC-CREATE", CREATE), ("FCR-CREATE", CREATE_ROOM)])
def test_requests_have_the_documented_limits(id_: str, limits: Mapping[str, Any]) -> None:
    assert _limits(operation(id_).request) == limits


@pytest.mark.parametrize(
    "id_, limits",
    [("VC-CONF", CONFERENCE), ("VC-SESSION", SESSION), ("FCR-RES", ROOM_RESOURCE), ("FCR-ROOM", ROOM)],
)
def test_resources_have_the_documented_limits(id_: str, limits: Mapping[str, Any]) -> None:
    assert _limits(resource_schemas()[id_]) == limits


@pytest.mark.parametrize(
    "id_, required",
    [("VC-CREATE", ["display_name"]), ("FCR-CREATE", ["name", "enable_room_previews"])],
)
def test_requests_require_the_documented_members(id_: str, required: list[str]) -> None:
    request = operation(id_).request
    assert request is not None
    assert request["required"] == required


@pytest.mark.parametrize(
    "id_, optional",
    [("VC-CONF", {"active_session"}), ("VC-SESSION", set(SESSION)), ("FCR-RES", set()), ("FCR-ROOM", set())],
)
def test_resources_have_the_documented_optional_members(id_: str, optional: set[str]) -> None:
    resource = resource_schemas()[id_]
    assert set(resource["properties"]) - set(resource.get("required", ())) == optional


def test_error_bodies_have_the_documented_strings() -> None:
    texts = {
        status: schema["properties"]["error"]["enum"][0]
        for status, schema in error_body_schemas().items()
        if "error" in schema["properties"]
    }
    assert texts == {
        400: "Bad Request",
        401: "Unauthorized",
        403: "Forbidden",
        404: "Not Found",
        500: "Internal Server Error",
    }


def test_errors_of_a_422_have_the_documented_members() -> None:
    item = error_body_schemas()[422]["properties"]["errors"]["items"]
    assert item["required"] == ["type", "code", "message", "url"]
    assert _limits(item) == dict.fromkeys(item["required"], STRING) | {"attribute": STRING_OR_NULL}


@pytest.mark.parametrize(
    "id_, method, path, statuses",
    [
        ("VC-CREATE", "POST", "/api/video/conferences", frozenset({200, 400, 401, 422, 500})),
        ("VC-LIST", "GET", "/api/video/conferences", frozenset({200, 400, 401, 422, 500})),
        ("VC-GET", "GET", "/api/video/conferences/{id}", frozenset({200, 400, 401, 404, 422, 500})),
        ("VC-DELETE", "DELETE", "/api/video/conferences/{id}", frozenset({204, 400, 401, 404, 500})),
        (
            "FCR-CREATE",
            "POST",
            "/api/fabric/resources/conference_rooms",
            frozenset({200, 401, 404, 422, 500}),
        ),
        ("FCR-GET", "GET", "/api/fabric/resources/conference_rooms/{id}", frozenset({200, 401, 404, 500})),
        (
            "FCR-DELETE",
            "DELETE",
            "/api/fabric/resources/conference_rooms/{id}",
            frozenset({204, 401, 404, 500}),
        ),
    ],
)
def test_operations_have_the_documented_methods_paths_and_statuses(
    id_: str,
    method: str,
    path: str,
    statuses: frozenset[int],
) -> None:
    actual = operation(id_)
    assert (actual.method, actual.path, actual.statuses) == (method, path, statuses)


def _limits(schema: Mapping[str, Any] | None) -> Mapping[str, Any]:
    assert schema is not None
    return {name: _keywords(member) for name, member in schema["properties"].items()}


def _keywords(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    keywords = {keyword: schema[keyword] for keyword in KEYWORDS if keyword in schema}
    if "anyOf" in keywords:
        keywords["anyOf"] = [_keywords(part) for part in keywords["anyOf"]]
    return keywords
