"""Checks of date-times that many libraries cannot represent: they never cause a server error."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from conformance.config.settings import Effort
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirement, requirements
from conformance.testkit.resource_client import ResourceClient
from spec.operations import operation
from strategies.date_times import ANCIENT_DATE_TIMES, CALENDAR_ENDS, LEAP_SECONDS


@requirements("prefix", {"VC-CREATE-LEAP-SECOND": "VC", "FCR-CREATE-LEAP-SECOND": "FCR"})
def test_a_leap_second_causes_no_server_error(api: ApiClient, prefix: str) -> None:
    _expect_no_server_error(api.collection(f"{prefix}-CREATE"), LEAP_SECONDS)


@requirement("API-ERR-ANCIENT-DATE")
def test_an_ancient_date_causes_no_server_error(api: ApiClient) -> None:
    for collection in api.claimed_collections():
        _expect_no_server_error(collection, ANCIENT_DATE_TIMES)


@requirement("API-ERR-CALENDAR-END")
def test_an_end_of_the_calendar_causes_no_server_error(api: ApiClient) -> None:
    """Do not assess the form of the responses: RFC 3339 has no form for years before 0 and after 9999."""
    for collection in api.claimed_collections():
        for body in _bodies(collection, CALENDAR_ENDS):
            expect.no_server_error(collection.create(body, assessed=False))


def _expect_no_server_error(collection: ResourceClient, texts: Sequence[str]) -> None:
    for round_trip in collection.create_read_delete_each(_bodies(collection, texts), read=False):
        expect.no_server_error(round_trip.created)


def _bodies(collection: ResourceClient, texts: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """Return bodies with each date-time in each member of that format, alone; at --effort smoke, in all."""
    properties = (operation(collection.create_id).request or {})["properties"]
    members = [member for member, node in properties.items() if node.get("format") == "date-time"]
    if collection.api.effort is Effort.SMOKE:
        return [collection.minimal(**dict(zip(members, cycle(texts), strict=False)))]
    return [collection.minimal(**{member: text}) for text in texts for member in members]
