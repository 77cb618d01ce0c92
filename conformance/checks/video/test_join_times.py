"""Checks of join_from and join_until: dates without a time, instants, and their order."""

import datetime as dt
from collections.abc import Mapping
from itertools import product
from typing import Any, Final

from conformance.results import value_comparison
from conformance.results.assertion import Assertion, Comparison, Rule
from conformance.results.verdict import Finding
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirement
from spec.operations import operation

_MEMBERS: Final = ("join_from", "join_until")
_DAYS: Final = (
    dt.date(2041, 5, 6),
    dt.date(2048, 2, 29),
    dt.date(2041, 1, 1),
    dt.date(2041, 12, 31),
    dt.date(2041, 7, 1),
)
_SMOKE_CASES: Final = 7  # at --effort smoke; does not divide their number, so that all days are sampled


@requirement("VC-CREATE-DATE-ONLY")
def test_a_date_without_a_time_denotes_midnight_utc(api: ApiClient) -> str | None:
    cases = sampling.subset(api.effort, list(product(_MEMBERS, _DAYS)), _SMOKE_CASES)
    round_trips = api.video.create_read_delete_each(
        api.video.minimal(**{member: day.isoformat()}) for member, day in cases
    )
    for (member, day), round_trip in zip(cases, round_trips, strict=True):
        expect.accepted(round_trip.created)
        for exchange in api.echoes(round_trip.created, round_trip.read):
            received = value_comparison.parse_instant(expect.resource(exchange).get(member))
            if received != dt.datetime.combine(day, dt.time(), dt.UTC):
                expected = f"{member} is the instant {day}T00:00:00Z"
                midnight = Assertion(Rule.ONE_OF, [f"{day}T00:00:00Z"], (member,), Comparison.INSTANT)
                raise Finding(expected, exchange, round_trip.created, member=member, assertion=midnight)
    return api.acceptance_note


@requirement("VC-CREATE-DATE-ONLY-PAIR")
def test_a_date_without_a_time_does_not_affect_the_other_time(api: ApiClient) -> str | None:
    for start, end in (
        ("2041-05-06", "2041-05-08"),
        ("2041-05-06", "2041-05-08T07:08:09Z"),
        ("2041-05-06T07:08:09Z", "2041-05-08"),
    ):
        created = api.video.create_read_delete(api.video.minimal(join_from=start, join_until=end)).created
        expect.accepted(created)
        for exchange, (member, sent) in product(
            api.echoes(created), zip(_MEMBERS, (start, end), strict=True)
        ):
            if "T" in sent:  # the value of a date without a time is another requirement
                expect.resource_member_equals(exchange, member, sent, _properties()[member])
    return api.acceptance_note


@requirement("VC-CREATE-JOIN-ORDER")
def test_a_join_until_before_join_from_is_rejected(api: ApiClient) -> None:
    for start, end in (
        ("2041-05-06T07:08:09Z", "2041-05-05T07:08:09Z"),
        ("2041-05-06T07:08:09Z", "2041-05-06T07:08:08Z"),
        ("2042-01-01T00:00:00Z", "2041-12-31T23:59:59Z"),
        ("2041-05-06", "2041-05-05"),
    ):
        for body in (api.video.minimal, api.video.full):
            expect.rejected_as_invalid(
                api.video.create_read_delete(body(join_from=start, join_until=end)).created
            )


@requirement("VC-CREATE-JOIN-ORDER-OFFSET")
def test_join_from_and_join_until_are_compared_as_instants(api: ApiClient) -> None:
    earlier, later = "2041-05-06T10:00:00+05:00", "2041-05-06T07:00:00Z"  # 05:00 and 07:00 UTC
    valid = api.video.minimal(join_from=earlier, join_until=later)
    invalid = api.video.minimal(join_from=later, join_until=earlier)
    expect.accepted(api.video.create_read_delete(valid).created)
    expect.rejected_as_invalid(api.video.create_read_delete(invalid).created)


def _properties() -> Mapping[str, Any]:
    properties: Mapping[str, Any] = (operation("VC-CREATE").request or {})["properties"]
    return properties
