"""Get a video conference."""

from typing import Any, Final
from uuid import UUID

from conformance.results.verdict import Finding, Unobserved
from conformance.testkit import expect
from conformance.testkit.api_client import SESSION_SWITCH, Api
from conformance.testkit.concurrent_checks import Others
from conformance.testkit.markers import requirement
from conformance.testkit.traffic import Seen
from conformance.transport.stack import UNKNOWN_ID

_UNKNOWN: Final = (UNKNOWN_ID, "ffffffff-ffff-4fff-bfff-ffffffffffff")
_MALFORMED: Final = ("9007199254740993", "a" * 300, f"{UNKNOWN_ID}x", "é", "a b", "' OR 1=1 --")
_MANY: Final = 60  # other conferences that come and go in a repetition
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
        expect.unchanged(creator, got, "VC-CONF")


@requirement("VC-GET-STABLE")
def test_a_second_get_reads_the_same(api: Api) -> None:
    with api.video.existing(**_full(api)) as made:
        first = api.video.get(str(made.id))
        with api.video.existing():
            second = api.video.get(str(made.id))
        expect.unchanged(first, second, "VC-CONF")


@requirement("VC-GET-NO-TOUCH")
def test_a_get_is_no_update(api: Api) -> None:
    with api.video.existing() as made:
        gets = [api.video.get(str(made.id)) for _ in range(3)]
        before, after = (expect.resource(each).get(_OWN_TIME) for each in (gets[0], gets[-1]))
        if expect.instant(before) != expect.instant(after):
            raise Finding(f"{_OWN_TIME} is {before}, as the first get read", gets[-1], gets[0])


@requirement("VC-GET-LASTING")
def test_a_conference_lasts_and_its_name_with_it(api: Api, others: Others) -> None:
    """While all the others come and go."""
    name = api.fresh_name()
    with api.video.existing(**api.video.full(name=name)) as made:
        others.wait(again=api.attempt > 0)
        if api.attempt > 0:
            api.video.visit_each((api.video.minimal() for _ in range(_MANY)), read=False)
        got = api.video.get(str(made.id))
        expect.accepted(got)
        expect.unchanged(made, got, "VC-CONF")
        without = api.video.get(str(made.id), query={SESSION_SWITCH: "false"})
        if without.succeeded:
            expect.unchanged(made, without, "VC-CONF")
        expect.taken(api.video.create(api.video.minimal(name=name)))


@requirement("VC-GET-UNKNOWN-ID")
def test_an_id_that_nobody_has_is_not_found(api: Api) -> None:
    for unknown in _UNKNOWN:
        expect.not_found(api.video.get(unknown))
    with api.video.existing() as made:
        neighbour = _neighbour(str(made.id))
        if neighbour not in api.wire.evidence.creators:
            expect.not_found(api.video.get(neighbour))


@requirement("VC-GET-UNKNOWN-ID-ENVELOPE")
def test_a_404_has_its_envelope(api: Api) -> None:
    got = api.video.get(UNKNOWN_ID)
    expect.not_found(got)
    expect.envelope(got)


@requirement("VC-GET-MALFORMED-ID-NO-SUCCESS")
def test_an_id_that_is_no_uuid_is_refused(api: Api) -> None:
    nobody = api.fresh_name()  # a text that may be a name has to be nobody's
    with api.video.existing() as made:
        almost = (f"{made.id}x", f"{made.id}-1", str(made.id)[:-1], f"x{made.id}")
        for exchange in [api.video.get(each) for each in (nobody, *_MALFORMED, *almost)]:
            expect.rejected(exchange)


@requirement("VC-GET-AFTER-DELETE")
def test_a_deleted_conference_is_not_found(api: Api) -> None:
    with api.video.existing() as made:
        pass
    deleted = api.sent[-1]
    if not deleted.deletes:
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
