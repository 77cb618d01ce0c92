"""Timestamps are converted to UTC, and their order is validated."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.servers.reference_client import create, create_room, error_codes, open_client, server


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with open_client(server()) as client:
        yield client


@pytest.mark.parametrize(
    "text, instant",
    [
        ("2041-05-06", "2041-05-06T00:00:00Z"),
        ("2040-02-29", "2040-02-29T00:00:00Z"),
        ("2041-05-06T07:08:09Z", "2041-05-06T07:08:09Z"),
        ("2041-05-06t07:08:09z", "2041-05-06T07:08:09Z"),
        ("2041-05-06T07:08:09+05:30", "2041-05-06T01:38:09Z"),
        ("2041-05-06T23:08:09-08:00", "2041-05-07T07:08:09Z"),
        ("2041-05-06T07:08:09.25-00:00", "2041-05-06T07:08:09.250000Z"),
        ("2041-05-06T07:08:09.123456789Z", "2041-05-06T07:08:09.123456Z"),
        ("2041-05-06T07:08:09.000Z", "2041-05-06T07:08:09Z"),
        ("2022-01-01T23:59:60Z", "2022-01-02T00:00:00Z"),
        ("0999-01-01T00:00:00Z", "0999-01-01T00:00:00Z"),
    ],
)
def test_timestamps_are_converted_to_utc(client: httpx.Client, text: str, instant: str) -> None:
    assert create(client, join_from=text).json()["join_from"] == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2041-02-29",
        "2041-02-30T00:00:00Z",
        "2041-05-06T24:00:00Z",
        "2041-05-06T07:60:09Z",
        "2041-05-06T07:08:61Z",
        "2041-05-06T07:08:09",
        "2041-05-06 07:08:09Z",
        "2041-05-06T07:08:09+24:00",
        "2041-05-06T07:08:09.Z",
        "2041-05-06T07:08:09Z\n",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٤١-05-06",
        "20410506",
    ],
)
def test_invalid_timestamp_is_rejected(client: httpx.Client, text: str) -> None:
    assert error_codes(create(client, join_until=text)) == {"join_until": "not_a_datetime"}


@pytest.mark.parametrize("until, status", [("06:59:59Z", 422), ("07:00:00Z", 200), ("12:00:00+05:30", 422)])
def test_join_until_before_join_from_is_rejected(client: httpx.Client, until: str, status: int) -> None:
    times = {"join_from": "2041-05-06T07:00:00Z", "join_until": f"2041-05-06T{until}"}
    for response in (create(client, **times), create_room(client, **times)):
        assert response.status_code == status
        assert status == 200 or error_codes(response) == {"join_until": "invalid_join_until_date"}
