"""Create requests for rooms have their own members, defaults and bounds."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from reference.api.credentials import PROJECT_ID
from tests.support.servers.reference_client import ROOMS, create_room, error_codes, open_client, server


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with open_client(server()) as client:
        yield client


def test_name_and_previews_alone_create_a_room(client: httpx.Client) -> None:
    response = create_room(client)
    resource = response.json()
    room = resource.pop("conference_room")
    assert response.status_code == 200
    assert resource.keys() == {"id", "project_id", "display_name", "type", "created_at", "updated_at"}
    assert (resource["project_id"], resource["type"]) == (PROJECT_ID, "video_room")
    assert resource["display_name"] == room["display_name"] == room["name"] == "quiet room"
    assert UUID(room.pop("id")) != UUID(resource["id"])
    assert room == {
        "name": "quiet room",
        "display_name": "quiet room",
        "description": "",
        "max_members": 300,
        "quality": "720p",
        "fps": 30,
        "join_from": None,
        "join_until": None,
        "remove_at": None,
        "remove_after_seconds_elapsed": None,
        "layout": "grid-responsive",
        "record_on_start": False,
        "tone_on_entry_and_exit": False,
        "room_join_video_off": False,
        "user_join_video_off": False,
        "enable_room_previews": True,
        "sync_audio_video": None,
        "meta": {},
        "prioritize_handraise": False,
    }


def test_every_member_of_the_request_is_stored(client: httpx.Client) -> None:
    members = {
        "name": "Any name / at all",
        "enable_room_previews": False,
        "display_name": "Größe",
        "description": "",
        "join_from": "2041-05-06T07:08:09Z",
        "max_members": 0,
        "remove_at": "2041-05-08T07:08:09Z",
        "remove_after_seconds_elapsed": 0,
        "meta": {"a": {"b": [1, 2.5, None, True, "é"]}},
        "sync_audio_video": False,
        "user_join_video_off": True,
    }
    created = client.post(ROOMS, json=members).json()
    assert members.items() <= created["conference_room"].items()
    assert created["display_name"] == "Größe"
    assert client.get(f"{ROOMS}/{created['id']}").json() == created


@pytest.mark.parametrize(
    "member, values",
    [
        ("max_members", [-1, 301, 1.5, True, "10", "ten", None, []]),
        ("remove_after_seconds_elapsed", [-1, 200_001, 10**30, "x"]),
        ("meta", [[], "{}", 1, None]),
        ("join_from", ["2041-05-06", "soon", 2209032000]),
        ("sync_audio_video", ["true", 1, None]),
        ("enable_room_previews", [None, "true"]),
        ("name", [None, 1]),
        ("layout", ["2X2", ""]),
    ],
)
def test_invalid_member_is_rejected(client: httpx.Client, member: str, values: list[Any]) -> None:
    for value in values:
        assert error_codes(create_room(client, **{member: value})).keys() == {member}


@pytest.mark.parametrize("value, stored", [(0, 0), (1, 1), (300, 300), (12.0, 12)])
def test_bounds_are_inclusive(client: httpx.Client, value: float, stored: int) -> None:
    assert create_room(client, max_members=value).json()["conference_room"]["max_members"] == stored


def test_number_that_cannot_be_serialized_is_rejected_in_meta(client: httpx.Client) -> None:
    body = b'{"name":"a","enable_room_previews":true,"meta":{"n":1e999}}'
    response = client.post(ROOMS, content=body, headers={"Content-Type": "application/json"})
    assert error_codes(response) == {"meta": "not_a_hash"}


def test_name_and_previews_are_required(client: httpx.Client) -> None:
    expected = dict.fromkeys(("name", "enable_room_previews"), "missing_required_parameter")
    assert error_codes(client.post(ROOMS, json={})) == expected


def test_rooms_may_share_a_name(client: httpx.Client) -> None:
    assert [create_room(client, name="shared").status_code for _ in range(2)] == [200, 200]
