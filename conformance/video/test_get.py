"""Get a video conference."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from conformance import expect
from conformance.api import Api
from conformance.exchange import Exchange
from conformance.preflight import UNKNOWN_ID
from conformance.requirement import requirement
from conformance.seen import Seen
from conformance.verdict import Finding, Unobserved
from spec.schemas import resources

_UNKNOWN: Final = (UNKNOWN_ID, "ffffffff-ffff-4fff-bfff-ffffffffffff")
_MALFORMED: Final = (
    "abc",
    "1",
    "0",
    "null",
    "undefined",
    "-",
    "a" * 300,
    f"{UNKNOWN_ID}x",
    "é",
    "a b",
    "' OR 1=1 --",
)
_OWN_TIME: Final = "updated_at"  # a background task may set it between create and get, a get may not


@requirement("VC-GET-ROUTE")
def test_a_conference_that_exists_is_got_by_its_id(seen: Seen) -> None:
    for creator, got in seen.gets_of_existing("VC-GET"):
        if not got.succeeded:
            raise Finding("the conference that was created and not deleted", got, creator)


@requirement("VC-GET-STATUS")
def test_a_successful_get_is_answered_with_200(seen: Seen) -> None:
    for exchange, _ in seen.successes("VC-GET"):
        expect.status(exchange, 200)


@requirement("VC-GET-RESPONSE-JSON")
def test_the_answer_to_get_is_json(seen: Seen) -> None:
    for exchange, _ in seen.successes("VC-GET"):
        expect.json(exchange)


@requirement("VC-GET-ID-MATCH")
def test_a_get_answers_with_the_conference_asked_for(api: Api) -> None:
    with api.video.existing() as first, api.video.existing() as second, api.video.existing() as third:
        for made in (first, third, second, first):
            got = api.video.get(str(made.id))
            wanted, received = str(made.id).lower(), str(expect.resource(got).get("id")).lower()
            if wanted != received:
                raise Finding(f"id is {made.id}", got, made)


@requirement("VC-GET-SAME-AS-CREATE")
def test_a_get_reads_what_create_answered(seen: Seen) -> None:
    for creator, got in seen.readings("VC-GET"):
        _expect_same(creator, got, ignoring={_OWN_TIME, "active_session"})


@requirement("VC-GET-STABLE")
def test_a_second_get_reads_the_same(api: Api) -> None:
    with api.video.existing(**_full(api)) as made:
        first = api.video.get(str(made.id))
        with api.video.existing():
            second = api.video.get(str(made.id))
        _expect_same(first, second, ignoring={_OWN_TIME, "active_session"})


@requirement("VC-GET-NO-TOUCH")
def test_a_get_is_no_update(api: Api) -> None:
    with api.video.existing() as made:
        gets = [api.video.get(str(made.id)) for _ in range(3)]
        before, after = (expect.resource(each).get(_OWN_TIME) for each in (gets[0], gets[-1]))
        if expect.instant(before) != expect.instant(after):
            raise Finding(f"{_OWN_TIME} is {before}, as the first get read", gets[-1], gets[0])


@requirement("VC-GET-UNKNOWN-ID")
def test_an_id_that_nobody_has_is_not_found(api: Api) -> None:
    for unknown in _UNKNOWN:
        expect.not_found(api.video.get(unknown))
    with api.video.existing() as made:
        expect.not_found(api.video.get(_neighbour(str(made.id))))


@requirement("VC-GET-UNKNOWN-ID-ENVELOPE")
def test_a_404_has_its_envelope(api: Api) -> None:
    got = api.video.get(UNKNOWN_ID)
    expect.not_found(got)
    expect.envelope(got)


@requirement("VC-GET-MALFORMED-ID-NO-SUCCESS")
def test_an_id_that_is_no_uuid_is_refused(api: Api) -> None:
    for exchange in api.each(api.video.get, _MALFORMED):
        expect.rejected(exchange)


@requirement("VC-GET-AFTER-DELETE")
def test_a_deleted_conference_is_not_found(api: Api) -> None:
    with api.video.existing() as made:
        pass
    deleted = api.sent[-1]
    if not deleted.succeeded:
        raise Unobserved("not-deleted", "the target does not delete", deleted)
    expect.not_found(api.video.get(str(made.id)))


def _full(api: Api) -> dict[str, Any]:
    return {member: value for member, value in api.video.full().items() if member != "display_name"}


def _neighbour(made: str) -> str:
    """Return a uuid that differs from one that exists in its last digit alone."""
    try:
        return str(UUID(int=UUID(made).int ^ 1))
    except ValueError:
        return UNKNOWN_ID


def _expect_same(told: Exchange, got: Exchange, *, ignoring: set[str]) -> None:
    before, after = expect.resource(told), expect.resource(got)
    for member, schema in resources()["VC-CONF"]["properties"].items():
        if member not in ignoring and member in before and member in after:
            _expect_kept(told, got, member, schema)


def _expect_kept(told: Exchange, got: Exchange, member: str, schema: Mapping[str, Any]) -> None:
    wanted, received = expect.resource(told)[member], expect.resource(got)[member]
    if not (wanted or received) and not isinstance(wanted, bool) and not isinstance(received, bool):
        return  # null, "" and {} are all ways to say that there is nothing
    expect.kept(got, told, member=member, wanted=wanted, received=received, schema=schema)
