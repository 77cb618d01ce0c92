"""join_from and join_until: bare dates, instants, and their order."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from conformance.results.verdict import Finding
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import Api
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
_LEAP_SECONDS: Final = ("2022-01-01T23:59:60Z", "2041-06-30T23:59:60Z")
_FEW: Final = 3  # of the cases, where little is to be sent


@requirement("VC-CREATE-DATE-ONLY")
def test_a_date_becomes_midnight_utc(api: Api) -> None:
    days = sampling.few(api.effort, _DAYS, 3)
    cases = [(member, day) for day in days for member in _MEMBERS]
    visits = api.video.visit_each(api.video.minimal(**{member: day.isoformat()}) for member, day in cases)
    for (member, day), visit in zip(cases, visits, strict=True):
        expect.accepted(visit.created)
        for exchange in filter(None, (visit.created, visit.read)):
            received = expect.instant(expect.resource(exchange).get(member))
            if received != dt.datetime.combine(day, dt.time(), dt.UTC):
                expected = f"{member} is the instant {day}T00:00:00Z"
                raise Finding(expected, exchange, visit.created, about=member)


@requirement("VC-CREATE-DATE-ONLY-PAIR")
def test_a_date_goes_together_with_another_time(api: Api) -> None:
    for begin, end in (
        ("2041-05-06", "2041-05-08"),
        ("2041-05-06", "2041-05-08T07:08:09Z"),
        ("2041-05-06T07:08:09Z", "2041-05-08"),
    ):
        created = api.video.visit(api.video.minimal(join_from=begin, join_until=end)).created
        expect.accepted(created)
        for member, sent in zip(_MEMBERS, (begin, end), strict=True):
            if "T" in sent:  # what becomes of a date is another requirement
                expect.holds(created, member, sent, _properties()[member])


@requirement("VC-CREATE-JOIN-ORDER")
def test_an_end_before_the_beginning_is_refused(api: Api) -> None:
    for begin, end in (
        ("2041-05-06T07:08:09Z", "2041-05-05T07:08:09Z"),
        ("2041-05-06T07:08:09Z", "2041-05-06T07:08:08Z"),
        ("2042-01-01T00:00:00Z", "2041-12-31T23:59:59Z"),
        ("2041-05-06", "2041-05-05"),
    ):
        for body in (api.video.minimal, api.video.full):
            expect.refused(api.video.visit(body(join_from=begin, join_until=end)).created)


@requirement("VC-CREATE-JOIN-ORDER-OFFSET")
def test_the_order_is_that_of_the_instants(api: Api) -> None:
    later_text_earlier_instant = "2041-05-06T10:00:00+05:00"  # 05:00 UTC
    between = "2041-05-06T07:00:00Z"
    right = api.video.minimal(join_from=later_text_earlier_instant, join_until=between)
    wrong = api.video.minimal(join_from=between, join_until=later_text_earlier_instant)
    expect.accepted(api.video.visit(right).created)
    expect.refused(api.video.visit(wrong).created)


@requirement("VC-CREATE-LEAP-SECOND")
def test_the_documented_sample_is_answered(api: Api) -> None:
    cases = [{member: text} for text in _LEAP_SECONDS for member in _MEMBERS]
    for case in sampling.few(api.effort, cases, _FEW):
        expect.answered(api.video.visit(api.video.minimal(**case), read=False).created)


def _properties() -> Mapping[str, Any]:
    properties: Mapping[str, Any] = (operation("VC-CREATE").request or {})["properties"]
    return properties
