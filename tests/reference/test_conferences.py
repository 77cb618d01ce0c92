"""Create requests for conferences are validated member by member, and their values are stored."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import pytest

from tests.support.servers.reference_client import (
    CONFERENCES,
    UNKNOWN_ID,
    create,
    error_codes,
    open_client,
    server,
)

COLORS = {
    "primary": "#044EF4",
    "background": "#FFFFFF",
    "foreground": "#1D2127",
    "success": "#17BB58",
    "negative": "#F42C50",
}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with open_client(server()) as client:
        yield client


def test_display_name_alone_creates_a_conference_with_every_default(client: httpx.Client) -> None:
    response = create(client)
    conference = response.json()
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert len(conference) == 28
    assert UUID(conference["id"])
    assert re.fullmatch("[A-Za-z0-9_-]{1,100}", conference["name"])
    assert conference["created_at"] == conference["updated_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", conference["created_at"])
    expected = {
        "display_name": "a",
        "description": None,
        "join_from": None,
        "join_until": None,
        "quality": "720p",
        "layout": "grid-responsive",
        "size": "medium",
        "record_on_start": False,
        "enable_room_previews": False,
        "enable_chat": True,
        "meta": None,
        **{f"{theme}_{part}": color for theme in ("dark", "light") for part, color in COLORS.items()},
    }
    assert expected.items() <= conference.items()


def test_every_member_of_the_request_is_stored(client: httpx.Client) -> None:
    members = {
        "display_name": " Größe <b>&amp;</b> 漢字 😀 'x' \"y\" \\ ",
        "name": "Read-back_1",
        "description": "one\ntwo\ttabs",
        "join_from": "2041-05-06T07:08:09Z",
        "join_until": "2041-05-06T07:08:09.5Z",
        "quality": "1080p",
        "layout": "10x10",
        "size": "small",
        "record_on_start": True,
        "enable_room_previews": True,
        "enable_chat": False,
        "dark_primary": "#aBcDeF",
    }
    created = client.post(CONFERENCES, json=members).json()
    expected = {**members, "join_until": "2041-05-06T07:08:09.500000Z"}
    assert expected.items() <= created.items()
    assert client.get(f"{CONFERENCES}/{created['id']}").json() == created


@pytest.mark.parametrize("member, limit", [("display_name", 200), ("description", 3000)])
@pytest.mark.parametrize("character", ["a", "é", "漢", "😀"])
def test_limits_count_code_points(client: httpx.Client, member: str, limit: int, character: str) -> None:
    assert create(client, **{member: character * limit}).status_code == 200
    assert error_codes(create(client, **{member: character * (limit + 1)})) == {member: "invalid_parameter"}


@pytest.mark.parametrize("name", ["a b", "a.b", "a/b", "é", "٣", "a\n", "\na", "", "n" * 101, "a\0"])
def test_invalid_name_is_rejected(client: httpx.Client, name: str) -> None:
    assert error_codes(create(client, name=name)) == {"name": "invalid_parameter"}


@pytest.mark.parametrize("name", ["0", "-", "_", "n" * 100, "Az-09_"])
def test_valid_name_is_accepted(client: httpx.Client, name: str) -> None:
    assert create(client, name=name).json()["name"] == name


@pytest.mark.parametrize("color", ["#abc", "112233", "red", "#GGGGGG", "#112233\n", " #112233", "#11223344"])
def test_invalid_color_is_rejected(client: httpx.Client, color: str) -> None:
    assert error_codes(create(client, light_success=color)) == {"light_success": "invalid_parameter"}


@pytest.mark.parametrize("member", ["quality", "layout", "size"])
@pytest.mark.parametrize("value", ["", "720P", "Medium", "grid-responsive ", "tiny"])
def test_value_outside_an_enumeration_is_rejected(client: httpx.Client, member: str, value: str) -> None:
    assert error_codes(create(client, **{member: value})) == {member: "invalid_parameter"}


@pytest.mark.parametrize(
    "member, code",
    [
        ("display_name", "not_a_string"),
        ("name", "not_a_string"),
        ("quality", "not_a_string"),
        ("join_from", "not_a_datetime"),
        ("enable_chat", "not_a_boolean"),
        ("dark_primary", "not_a_string"),
    ],
)
@pytest.mark.parametrize("value", [1, [], {}, None, 1.5])
def test_values_of_other_types_are_not_converted(
    client: httpx.Client, member: str, code: str, value: object
) -> None:
    expected = "missing_required_parameter" if (member, value) == ("display_name", None) else code
    assert error_codes(create(client, **{member: value})) == {member: expected}


@pytest.mark.parametrize("value", ["true", "false", 0, 1])
def test_strings_and_numbers_are_not_booleans(client: httpx.Client, value: object) -> None:
    assert error_codes(create(client, record_on_start=value)) == {"record_on_start": "not_a_boolean"}


def test_missing_display_name_is_rejected(client: httpx.Client) -> None:
    assert error_codes(client.post(CONFERENCES, json={})) == {"display_name": "missing_required_parameter"}


def test_empty_display_name_is_accepted(client: httpx.Client) -> None:
    assert create(client, display_name="").json()["display_name"] == ""


def test_every_error_is_reported(client: httpx.Client) -> None:
    response = create(client, name="a b", quality="480p", enable_chat="yes")
    assert error_codes(response) == {
        "name": "invalid_parameter",
        "quality": "invalid_parameter",
        "enable_chat": "not_a_boolean",
    }
    for item in response.json()["errors"]:
        assert item.keys() == {"type", "code", "message", "attribute", "url"}
        assert item["type"] == "validation_error"
        assert item["url"].startswith("https://")


def test_unknown_members_are_ignored(client: httpx.Client) -> None:
    created = create(client, id=UNKNOWN_ID, created_at="2001-01-01T00:00:00Z", colour="red").json()
    assert created["id"] != UNKNOWN_ID
    assert not created["created_at"].startswith("2001")
    assert "colour" not in created


def test_name_in_use_is_rejected_until_its_conference_is_deleted(client: httpx.Client) -> None:
    first = create(client, name="taken").json()
    assert error_codes(create(client, name="taken")) == {"name": "not_unique_within_project"}
    assert create(client, name="Taken").status_code == 200
    client.delete(f"{CONFERENCES}/{first['id']}")
    assert create(client, name="taken").status_code == 200


def test_one_of_several_concurrent_creates_gets_the_name(client: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: create(client, name="race").status_code, range(16)))
    assert sorted(responses) == [200] + [422] * 15


def test_rejected_create_does_not_reserve_the_name(client: httpx.Client) -> None:
    assert create(client, name="left", size="tiny").status_code == 422
    assert create(client, name="left").status_code == 200


def test_generated_names_and_ids_differ(client: httpx.Client) -> None:
    created = [create(client).json() for _ in range(20)]
    assert len({conference["name"] for conference in created}) == 20
    assert len({conference["id"] for conference in created}) == 20
