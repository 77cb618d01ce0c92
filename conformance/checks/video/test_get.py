"""Checks of getting a video conference."""

from typing import Any, Final
from uuid import UUID

from conformance.results import value_comparison
from conformance.results.assertion import Assertion, Comparison, Rule, status_in
from conformance.results.verdict import Finding, Inconclusive
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.concurrent_checks import ConcurrentChecks
from conformance.testkit.markers import requirement
from conformance.testkit.resource_client import SESSION_PARAMETER
from conformance.testkit.traffic import Traffic
from conformance.transport.stack import UNKNOWN_ID

_NIL: Final = "00000000-0000-0000-0000-000000000000"
_UNKNOWN_IDS: Final = (UNKNOWN_ID, "ffffffff-ffff-4fff-bfff-ffffffffffff", _NIL)
_MALFORMED_IDS: Final = (
    "9007199254740993",
    "1",
    "null",
    "a" * 300,
    f"{UNKNOWN_ID}x",
    "é",
    "%",
    "' OR 1=1 --",
)
_LASTING_NOTE: Final = "the check creates and deletes many other conferences between the creates"
_OTHER_CONFERENCES: Final = 60  # created and deleted in a retry
_UPDATED: Final = "updated_at"  # may change between a create and a get, but not because of a get


@requirement("VC-GET-ROUTE")
def test_a_get_of_an_existing_conference_succeeds(traffic: Traffic) -> None:
    for creator, got in traffic.gets_of_existing("VC-GET"):
        if not got.succeeded:
            raise Finding(
                "the conference that was created and not deleted", got, creator, assertion=status_in(2)
            )


@requirement("VC-GET-STATUS")
def test_a_successful_get_returns_status_200(traffic: Traffic) -> None:
    for exchange, _ in traffic.successes("VC-GET"):
        expect.status(exchange, 200)


@requirement("VC-GET-RESPONSE-JSON")
def test_a_successful_get_returns_json(traffic: Traffic) -> None:
    for exchange, _ in traffic.successes("VC-GET"):
        expect.json(exchange)


@requirement("VC-GET-ID-MATCH")
def test_a_get_returns_the_conference_with_the_requested_id(api: ApiClient) -> None:
    with api.video.existing() as first, api.video.existing() as second, api.video.existing() as third:
        for created in (first, third, second, first):
            got = api.video.get(str(created.id))
            if str(created.id).lower() != str(expect.resource(got).get("id")).lower():
                assertion = Assertion(Rule.EQUAL, None, ("id",), Comparison.LETTER_CASE, created, ("id",))
                raise Finding(f"id is {created.id}", got, created, assertion=assertion)


@requirement("VC-GET-SAME-AS-CREATE")
def test_a_get_returns_the_values_of_the_create_response(traffic: Traffic) -> None:
    for creator, got in traffic.gets_with_create("VC-GET"):
        expect.unchanged(creator, got, "VC-CONF")


@requirement("VC-GET-STABLE")
def test_repeated_gets_return_the_same_values(api: ApiClient) -> None:
    with api.video.existing(**_full(api)) as created:
        first = api.video.get(str(created.id))
        with api.video.existing():
            second = api.video.get(str(created.id))
        expect.unchanged(first, second, "VC-CONF")


@requirement("VC-GET-NO-TOUCH")
def test_a_get_does_not_change_updated_at(api: ApiClient) -> None:
    with api.video.existing() as created:
        gets = [api.video.get(str(created.id)) for _ in range(3)]
        before, after = (expect.resource(got).get(_UPDATED) for got in (gets[0], gets[-1]))
        if value_comparison.parse_instant(before) != value_comparison.parse_instant(after):
            path = (_UPDATED,)
            assertion = Assertion(Rule.EQUAL, None, path, Comparison.INSTANT, gets[0], path)
            raise Finding(
                f"{_UPDATED} is {before}, as in the first get", gets[-1], gets[0], assertion=assertion
            )


@requirement("VC-GET-LASTING")
def test_a_conference_and_its_name_persist(api: ApiClient, concurrent_checks: ConcurrentChecks) -> None:
    """Wait until the concurrent checks, which create and delete other conferences, are done."""
    name = api.fresh_name()
    with api.video.existing(**api.video.full(name=name)) as created:
        concurrent_checks.wait(is_retry=api.attempt > 0)
        if api.attempt > 0:
            api.video.create_read_delete_each(
                (api.video.minimal() for _ in range(_OTHER_CONFERENCES)), read=False
            )
        got = api.video.get(str(created.id))
        expect.accepted(got)
        expect.unchanged(created, got, "VC-CONF")
        without_session = api.video.get(str(created.id), query={SESSION_PARAMETER: "false"})
        if without_session.succeeded:
            expect.unchanged(created, without_session, "VC-CONF")
        duplicate = api.video.create(api.video.minimal(name=name))
        expect.rejected_as_duplicate_name(duplicate, created, note=_LASTING_NOTE)


@requirement("VC-GET-UNKNOWN-ID")
def test_an_unknown_id_is_not_found(api: ApiClient) -> None:
    for identifier in _UNKNOWN_IDS:
        expect.not_found(api.video.get(identifier))
    with api.video.existing() as created:
        adjacent = _adjacent_id(str(created.id))
        if f"{created.request.path}/{adjacent}" not in api.transport.evidence.creators:
            expect.not_found(api.video.get(adjacent))
    if api.fabric in api.claimed_collections():
        room = api.fabric.create(api.fabric.minimal())
        if room.id is not None:
            try:
                expect.not_found(api.video.get(room.id))
            finally:
                api.fabric.delete_if_owned(room.id)


@requirement("VC-GET-UNKNOWN-ID-ENVELOPE")
def test_the_404_for_an_unknown_id_has_the_documented_body(api: ApiClient) -> None:
    got = api.video.get(UNKNOWN_ID)
    expect.not_found(got)
    expect.error_envelope(got)


@requirement("VC-GET-MALFORMED-ID-NO-SUCCESS")
def test_an_id_that_is_not_a_uuid_is_rejected(api: ApiClient) -> None:
    unused = api.fresh_name()  # some servers accept a name in place of an id, so it has to be an unused one
    with api.video.existing() as created:
        similar = (f"{created.id}x", f"{created.id} ", str(created.id)[:-1], f"x{created.id}")
        for exchange in [api.video.get(identifier) for identifier in (unused, *_MALFORMED_IDS, *similar)]:
            expect.rejected(exchange)


@requirement("VC-GET-AFTER-DELETE")
def test_a_deleted_conference_is_not_found(api: ApiClient) -> None:
    with api.video.existing() as created:
        pass
    deleted = api.recent_exchanges[-1]
    if not deleted.has_deleted:
        raise Inconclusive("not-deleted", "the target did not delete the conference", deleted)
    expect.not_found(api.video.get(str(created.id)))


def _full(api: ApiClient) -> dict[str, Any]:
    return {member: value for member, value in api.video.full().items() if member != "display_name"}


def _adjacent_id(identifier: str) -> str:
    """Return a UUID that differs from an existing one only in its last digit."""
    try:
        return str(UUID(int=UUID(identifier).int ^ 1))
    except ValueError:
        return UNKNOWN_ID
