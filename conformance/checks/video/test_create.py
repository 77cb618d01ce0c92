"""Create a video conference: the operation as a whole."""

from functools import partial
from typing import Any, Final

from conformance.results.verdict import Finding, Unobserved
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import Api
from conformance.testkit.markers import each_of, requirement
from conformance.testkit.traffic import Seen
from conformance.transport.stack import UNKNOWN_ID
from spec.operations import operation

_LONG_AGO: Final = "2001-02-03T04:05:06Z"
_BAD_MEMBERS: Final = ("quality", "layout", "size", "dark_primary", "join_from", "enable_chat", "description")


@requirement("VC-CREATE-ROUTE")
def test_a_post_creates_a_conference(api: Api) -> None:
    expect.accepted(api.video.visit(api.video.minimal()).created)


@requirement("VC-CREATE-MINIMAL")
def test_display_name_alone_is_enough(api: Api) -> None:
    expect.accepted(api.video.visit(api.video.minimal()).created)


@requirement("VC-CREATE-FULL")
def test_a_body_with_every_member_is_accepted(api: Api) -> None:
    expect.accepted(api.video.visit(api.video.full()).created)


@requirement("VC-CREATE-STATUS")
def test_a_successful_create_is_answered_with_200(seen: Seen) -> None:
    for exchange, _ in seen.successes("VC-CREATE"):
        expect.status(exchange, 200)


@requirement("VC-CREATE-RESPONSE-JSON")
def test_the_answer_to_create_is_json(seen: Seen) -> None:
    for exchange, _ in seen.successes("VC-CREATE"):
        expect.json(exchange)


@requirement("VC-CREATE-NO-ACTIVE-SESSION")
def test_a_new_conference_has_no_session(seen: Seen) -> None:
    for exchange, _ in seen.successes("VC-CREATE"):
        if "active_session" in (exchange.resource or {}):
            raise Finding("no active_session", exchange)


@requirement("VC-CREATE-REFUSED-NOT-PERSISTED")
def test_a_refused_create_creates_and_changes_nothing(api: Api) -> None:
    """A name identifies one conference: had the refused create worked, its name would be taken."""
    refusals = 0
    for member in sampling.few(api.effort, (None, *_BAD_MEMBERS), 4):
        name = api.fresh_name()
        wrong = api.video.minimal(name=name, **{member: [None]}) if member else {"name": name}
        if api.video.create(wrong).succeeded:
            continue  # that it is accepted is another requirement
        refusals += 1
        expect.accepted(api.video.visit(api.video.minimal(name=name)).created)
    if not refusals:
        raise Unobserved("nothing-refused", "the target refused none of the bad bodies")
    _expect_untouched_by_a_refused_twin(api)


def _expect_untouched_by_a_refused_twin(api: Api) -> None:
    """The twin has the name of the first, and another value of everything else."""
    name = api.fresh_name()
    with api.video.existing(**api.video.full(name=name)) as first:
        before = api.video.get(str(first.id))
        twin = api.video.create(api.video.full(1, name=name))
        after = api.video.get(str(first.id))
        if not twin.succeeded:
            expect.unchanged(before, after, "VC-CONF", first, twin)


@requirement("VC-CREATE-DISTINCT-IDS")
def test_equal_bodies_give_two_conferences(api: Api) -> None:
    body = api.video.minimal()
    first, second = api.at_once([partial(api.video.create, body)] * 2)
    third = api.video.create(body)
    for made in filter(None, (first.id, second.id, third.id)):
        api.video.discard(made)
    for one, other in ((first, second), (first, third)):
        expect.accepted(one)
        expect.accepted(other)
        if one.id is not None and one.id == other.id:
            raise Finding("an id that no other conference has", other, one)


@requirement("VC-CREATE-DISPLAY-NAME-NOT-UNIQUE")
def test_two_conferences_may_have_one_display_name(api: Api) -> None:
    """It may even be the name of one of them."""
    title = api.fresh_name()
    both = api.video.visit(api.video.minimal(display_name=title, name=title)).created
    expect.accepted(both)
    with api.video.existing(display_name=title):
        expect.accepted(api.video.visit(api.video.minimal(display_name=title)).created)


@each_of("prefix", {"VC-CREATE-READONLY-ID": "VC", "FCR-CREATE-READONLY-ID": "FCR"})
def test_a_client_cannot_choose_the_id(api: Api, prefix: str) -> None:
    collection = api.collection(f"{prefix}-CREATE")
    created = collection.visit(collection.minimal(id=UNKNOWN_ID)).created
    if created.id == UNKNOWN_ID:
        raise Finding("an id that the target chose", created)


@requirement("VC-CREATE-READONLY-TIMESTAMPS")
def test_a_client_cannot_choose_the_timestamps(api: Api) -> None:
    created = api.video.visit(api.video.minimal(created_at=_LONG_AGO, updated_at=_LONG_AGO)).created
    for member in ("created_at", "updated_at"):
        if expect.close(expect.instant((created.resource or {}).get(member)), expect.instant(_LONG_AGO)):
            raise Finding(f"{member} that the target chose", created)


@requirement("VC-CREATE-UNKNOWN-MEMBER-NO-ECHO")
def test_an_unknown_member_does_not_come_back(api: Api) -> None:
    created = api.video.visit(api.video.minimal(unknown_member="echo")).created
    if "unknown_member" in (created.resource or {}):
        raise Finding("no unknown_member", created)


@requirement("VC-CREATE-DESCRIPTION-EMPTY")
def test_an_empty_description_is_accepted(api: Api) -> None:
    expect.accepted(api.video.visit(api.video.minimal(description="")).created)


@each_of(
    "expected",
    {
        "VC-CREATE-DESCRIPTION-DEFAULT": ("description", None, ""),
        "VC-CREATE-RECORD-ON-START-DEFAULT": ("record_on_start", False),
    },
)
def test_what_was_left_out_shows_nothing(seen: Seen, expected: tuple[str, Any]) -> None:
    member, *allowed = expected
    for creation in seen.creations("VC-CREATE"):
        if member not in creation.sent and member in creation.answer:
            seen.count()
            if creation.answer[member] not in allowed:
                raise Finding(f"{member} is {' or '.join(map(expect.shown, allowed))}", creation.exchange)


@each_of(
    "member",
    {"VC-CREATE-JOIN-FROM-OMITTED-NULL": "join_from", "VC-CREATE-JOIN-UNTIL-OMITTED-NULL": "join_until"},
)
def test_a_time_that_was_left_out_is_null(seen: Seen, member: str) -> None:
    for creation in seen.creations("VC-CREATE"):
        if member not in creation.sent and member in creation.answer:
            seen.count()
            if creation.answer[member] is not None:
                raise Finding(f"{member} is null", creation.exchange)


@requirement("VC-CREATE-COLOR-INDEPENDENT")
def test_setting_one_colour_leaves_the_others_alone(seen: Seen) -> None:
    schema = operation("VC-CREATE").request or {}
    colours = {name: node for name, node in schema["properties"].items() if node.get("x-compare")}
    for creation in seen.creations("VC-CREATE"):
        sent = colours.keys() & creation.sent
        if len(sent) != 1:
            continue
        for name in colours.keys() - sent:
            if creation.answer.get(name) is not None:
                seen.count()
                wanted, received = colours[name]["default"], creation.answer[name]
                expect.kept(
                    creation.exchange, member=name, wanted=wanted, received=received, schema=colours[name]
                )
