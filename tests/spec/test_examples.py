"""Objects of the documented form are valid; near misses are not."""

from typing import Any

import pytest

from spec.operations import operation
from spec.validation import (
    error_body_schemas,
    invalid_members,
    resource_schemas,
    tolerant_schema,
    validation_errors,
)

CONFERENCE: dict[str, Any] = {
    "id": "5b0c6a52-0d0e-4b51-9d0a-2f6f0c7f9b11",
    "name": "orchard_9",
    "display_name": "The orchard, été",
    "description": "First line.\nSecond line.",
    "join_from": "2041-05-06T07:08:09Z",
    "join_until": None,
    "quality": "1080p",
    "layout": "5up",
    "size": "large",
    "record_on_start": False,
    "tone_on_entry_and_exit": True,
    "user_join_video_off": False,
    "room_join_video_off": False,
    "enable_chat": True,
    "enable_room_previews": None,
    "dark_primary": "#044ef4",
    "dark_background": "#FFFFFF",
    "dark_foreground": "#1D2127",
    "dark_success": "#17BB58",
    "dark_negative": None,
    "light_primary": "#044EF4",
    "light_background": "#FFFFFF",
    "light_foreground": "#1D2127",
    "light_success": "#17BB58",
    "light_negative": "#F42C50",
    "meta": {},
    "created_at": "2041-05-01T00:00:00.25Z",
    "updated_at": "2041-05-01T00:00:01Z",
}
SESSION: dict[str, Any] = {
    "id": "not necessarily a UUID",
    "name": "orchard_9",
    "layout": "some layout that is in no list",
    "max_members": 300,
    "fps": 20,
    "quality": "720p",
    "start_time": "2041-05-06T07:09:00Z",
    "status": "in-progress",
}
ROOM: dict[str, Any] = {
    "id": "a6f3cc4e-57f1-4a43-8c6e-0c2ff1b0f3d5",
    "name": "attic",
    "description": "",
    "display_name": "attic",
    "max_members": 12,
    "quality": "720p",
    "fps": 30,
    "join_from": None,
    "join_until": None,
    "remove_at": None,
    "remove_after_seconds_elapsed": 200_000,
    "layout": "grid-responsive",
    "record_on_start": False,
    "tone_on_entry_and_exit": False,
    "room_join_video_off": False,
    "user_join_video_off": False,
    "enable_room_previews": True,
    "sync_audio_video": None,
    "meta": {"floor": 4, "tags": ["warm", "dusty"], "owner": {"name": None}},
    "prioritize_handraise": False,
}
RESOURCE: dict[str, Any] = {
    "id": "1e0c7c0d-8d0c-4f4e-9b1e-3f6c2d0b7a55",
    "project_id": "d3a1f6b2-4c8e-4d0a-b5f7-9e2c6a8d1b30",
    "display_name": "attic",
    "type": "video_room",
    "created_at": "2041-05-01T00:00:00Z",
    "updated_at": "2041-05-01T00:00:00+00:00",
    "conference_room": ROOM,
}
ITEM: dict[str, Any] = {
    "type": "validation_error",
    "code": "invalid_parameter",
    "message": "is too long",
    "attribute": "name",
    "url": "https://example.com/errors#invalid_parameter",
}


@pytest.mark.parametrize(
    "body", [CONFERENCE, CONFERENCE | {"active_session": SESSION}, CONFERENCE | {"more": 1}]
)
def test_conferences_are_valid(body: dict[str, Any]) -> None:
    assert validation_errors(resource_schemas()["VC-CONF"], body) == []
    assert validation_errors(operation("VC-GET").response or {}, body) == []


@pytest.mark.parametrize(
    "body", [{}, SESSION, SESSION | {"end_time": "2041-05-06T08:09:00Z", "duration": 3600}]
)
def test_sessions_are_valid(body: dict[str, Any]) -> None:
    assert validation_errors(resource_schemas()["VC-SESSION"], body) == []


@pytest.mark.parametrize(
    "body", [RESOURCE, RESOURCE | {"conference_room": ROOM | {"join_from": "2041-05-06T00:00:00Z"}}]
)
def test_rooms_are_valid(body: dict[str, Any]) -> None:
    assert validation_errors(resource_schemas()["FCR-RES"], body) == []


@pytest.mark.parametrize("member", sorted(CONFERENCE))
def test_a_conference_without_a_member_is_invalid(member: str) -> None:
    rest = {name: value for name, value in CONFERENCE.items() if name != member}
    assert invalid_members(validation_errors(resource_schemas()["VC-CONF"], rest)) == {member}


@pytest.mark.parametrize("member", sorted(ROOM))
def test_a_room_without_a_member_is_invalid(member: str) -> None:
    rest = {name: value for name, value in ROOM.items() if name != member}
    assert invalid_members(validation_errors(resource_schemas()["FCR-ROOM"], rest)) == {member}


@pytest.mark.parametrize("member", ["description", "display_name", "max_members", "layout", "meta"])
def test_null_in_a_member_that_is_optional_on_create_is_only_reported(member: str) -> None:
    body = ROOM | {member: None}
    assert invalid_members(validation_errors(resource_schemas()["FCR-ROOM"], body)) == {member}
    assert validation_errors(tolerant_schema(resource_schemas()["FCR-ROOM"]), body) == []


@pytest.mark.parametrize("member", ["name", "quality", "fps", "record_on_start", "enable_room_previews"])
def test_null_elsewhere_is_not_tolerated(member: str) -> None:
    assert invalid_members(
        validation_errors(tolerant_schema(resource_schemas()["FCR-ROOM"]), ROOM | {member: None})
    ) == {member}


@pytest.mark.parametrize(
    "session, member",
    [
        ({"fps": 25}, "fps"),
        ({"duration": 1.5}, "duration"),
        ({"name": None}, "name"),
        ({"status": "over"}, "status"),
    ],
)
def test_other_sessions_are_invalid(session: dict[str, Any], member: str) -> None:
    assert invalid_members(validation_errors(resource_schemas()["VC-SESSION"], SESSION | session)) == {member}


@pytest.mark.parametrize(
    "item",
    [
        ITEM,
        ITEM | {"attribute": None},
        {name: value for name, value in ITEM.items() if name != "attribute"},
        ITEM | {"statusCode": 422},
    ],
)
def test_422_bodies_are_valid(item: dict[str, Any]) -> None:
    assert validation_errors(error_body_schemas()[422], {"errors": [item, ITEM]}) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"errors": None},
        {"errors": ITEM},
        {"errors": [ITEM | {"code": 7}]},
        {"errors": ["broken"]},
        [],
        None,
    ],
)
def test_other_422_bodies_are_invalid(body: object) -> None:
    assert validation_errors(error_body_schemas()[422], body) != []


@pytest.mark.parametrize("status, text", [(400, "bad request"), (401, "Unauthorised"), (500, "")])
def test_other_error_strings_are_invalid(status: int, text: str) -> None:
    assert validation_errors(error_body_schemas()[status], {"error": text}) != []


@pytest.mark.parametrize(
    "id_, body",
    [
        ("VC-CREATE", {"display_name": "The orchard"}),
        (
            "VC-CREATE",
            {"display_name": "x" * 200, "name": "-", "description": "é" * 3000, "light_negative": "#abcDEF"},
        ),
        (
            "VC-CREATE",
            {"display_name": "a", "join_from": "2041-05-06T07:08:09.5+02:00", "enable_chat": False},
        ),
        ("FCR-CREATE", {"name": "attic", "enable_room_previews": False}),
        (
            "FCR-CREATE",
            {"name": "attic", "enable_room_previews": True, "max_members": 300, "meta": {"a": [1, {}]}},
        ),
    ],
)
def test_requests_are_valid(id_: str, body: dict[str, Any]) -> None:
    assert validation_errors(operation(id_).request or {}, body) == []


@pytest.mark.parametrize(
    "id_, body",
    [
        ("VC-CREATE", {"name": "orchard"}),
        ("VC-CREATE", {"display_name": "a", "join_from": "2041-05-06"}),
        ("VC-CREATE", {"display_name": "a", "dark_primary": "red"}),
        ("FCR-CREATE", {"name": "attic"}),
        ("FCR-CREATE", {"name": "attic", "enable_room_previews": True, "max_members": 301}),
        ("FCR-CREATE", {"name": "attic", "enable_room_previews": True, "remove_after_seconds_elapsed": -1}),
        ("FCR-CREATE", {"name": "attic", "enable_room_previews": True, "meta": []}),
    ],
)
def test_other_requests_are_invalid(id_: str, body: dict[str, Any]) -> None:
    assert validation_errors(operation(id_).request or {}, body) != []
