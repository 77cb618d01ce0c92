"""Checks of creating a video conference."""

from functools import partial
from typing import Any, Final

from conformance.results import value_comparison
from conformance.results.assertion import Assertion, Comparison, Rule, one_of
from conformance.results.verdict import Finding, Inconclusive
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirement, requirements
from conformance.testkit.traffic import Traffic
from conformance.transport.stack import UNKNOWN_ID
from spec.operations import operation

_LONG_AGO: Final = "2001-02-03T04:05:06Z"
_REJECTED_MEMBERS: Final = (
    "quality",
    "layout",
    "size",
    "dark_primary",
    "join_from",
    "enable_chat",
    "description",
)


@requirement("VC-CREATE-ROUTE")
def test_a_post_creates_a_conference(api: ApiClient) -> None:
    expect.accepted(api.video.create_read_delete(api.video.minimal()).created)


@requirement("VC-CREATE-MINIMAL")
def test_a_body_with_only_display_name_is_accepted(api: ApiClient) -> None:
    expect.accepted(api.video.create_read_delete(api.video.minimal()).created)


@requirement("VC-CREATE-FULL")
def test_a_body_with_every_member_is_accepted(api: ApiClient) -> None:
    expect.accepted(api.video.create_read_delete(api.video.full()).created)


@requirement("VC-CREATE-STATUS")
def test_a_successful_create_returns_status_200(traffic: Traffic) -> None:
    for exchange, _ in traffic.successes("VC-CREATE"):
        expect.status(exchange, 200)


@requirement("VC-CREATE-RESPONSE-JSON")
def test_a_successful_create_returns_json(traffic: Traffic) -> None:
    for exchange, _ in traffic.successes("VC-CREATE"):
        expect.json(exchange)


@requirement("VC-CREATE-NO-ACTIVE-SESSION")
def test_a_create_returns_no_active_session(traffic: Traffic) -> None:
    for exchange, _ in traffic.successes("VC-CREATE"):
        if "active_session" in (exchange.resource or {}):
            raise Finding(
                "no active_session", exchange, assertion=Assertion(Rule.ABSENT, path=("active_session",))
            )


@requirement("VC-CREATE-REFUSED-NOT-PERSISTED")
def test_a_rejected_create_has_no_side_effects(api: ApiClient) -> None:
    """Names are unique: the second create is accepted only if the rejected one created nothing."""
    rejections = 0
    for member in sampling.subset(api.effort, (None, *_REJECTED_MEMBERS), 4):
        name = api.fresh_name()
        invalid = api.video.minimal(name=name, **{member: [None]}) if member else {"name": name}
        if api.video.create(invalid).succeeded:
            continue  # its rejection is another requirement
        rejections += 1
        expect.accepted(api.video.create_read_delete(api.video.minimal(name=name)).created)
    if not rejections:
        raise Inconclusive("nothing-rejected", "the target rejected none of the invalid bodies")
    _expect_unchanged_by_rejected_duplicate(api)


def _expect_unchanged_by_rejected_duplicate(api: ApiClient) -> None:
    """Expect that a create with the same name and other values does not change the first conference."""
    name = api.fresh_name()
    with api.video.existing(**api.video.full(name=name)) as first:
        before = api.video.get(str(first.id))
        duplicate = api.video.create(api.video.full(1, name=name))
        after = api.video.get(str(first.id))
        if not duplicate.succeeded:
            expect.unchanged(before, after, "VC-CONF", first, duplicate)


@requirement("VC-CREATE-DISTINCT-IDS")
def test_identical_bodies_create_different_conferences(api: ApiClient) -> None:
    body = api.video.minimal()
    first, second = api.send_concurrently([partial(api.video.create, body)] * 2)
    third = api.video.create(body)
    for identifier in filter(None, (first.id, second.id, third.id)):
        api.video.delete_if_owned(identifier)
    for other in (second, third):
        expect.accepted(first)
        expect.accepted(other)
        if first.id is not None and first.id == other.id:
            assertion = Assertion(Rule.DIFFERENT, path=("id",), earlier=first, earlier_path=("id",))
            raise Finding("an id that no other conference has", other, first, assertion=assertion)


@requirement("VC-CREATE-DISPLAY-NAME-NOT-UNIQUE")
def test_several_conferences_can_have_the_same_display_name(api: ApiClient) -> None:
    """The display_name of the first is also its name."""
    title = api.fresh_name()
    both = api.video.create_read_delete(api.video.minimal(display_name=title, name=title)).created
    expect.accepted(both)
    with api.video.existing(display_name=title):
        expect.accepted(api.video.create_read_delete(api.video.minimal(display_name=title)).created)


@requirements("prefix", {"VC-CREATE-READONLY-ID": "VC", "FCR-CREATE-READONLY-ID": "FCR"})
def test_a_client_cannot_set_the_id(api: ApiClient, prefix: str) -> None:
    collection = api.collection(f"{prefix}-CREATE")
    created = collection.create_read_delete(collection.minimal(id=UNKNOWN_ID)).created
    if created.id == UNKNOWN_ID:
        assertion = Assertion(Rule.NONE_OF, [UNKNOWN_ID], ("id",))
        raise Finding("an id assigned by the server", created, assertion=assertion)


@requirement("VC-CREATE-READONLY-TIMESTAMPS")
def test_a_client_cannot_set_the_timestamps(api: ApiClient) -> None:
    created = api.video.create_read_delete(
        api.video.minimal(created_at=_LONG_AGO, updated_at=_LONG_AGO)
    ).created
    for member in ("created_at", "updated_at"):
        if value_comparison.same_second(
            value_comparison.parse_instant((created.resource or {}).get(member)),
            value_comparison.parse_instant(_LONG_AGO),
        ):
            assertion = Assertion(Rule.NONE_OF, [_LONG_AGO], (member,), Comparison.INSTANT)
            raise Finding(f"a {member} assigned by the server", created, member=member, assertion=assertion)


@requirement("VC-CREATE-UNKNOWN-MEMBER-NO-ECHO")
def test_an_undocumented_member_is_not_echoed(api: ApiClient) -> None:
    created = api.video.create_read_delete(api.video.minimal(unknown_member="echo")).created
    if "unknown_member" in (created.resource or {}):
        assertion = Assertion(Rule.ABSENT, path=("unknown_member",))
        raise Finding("no unknown_member", created, assertion=assertion)


@requirement("VC-CREATE-DESCRIPTION-EMPTY")
def test_an_empty_description_is_accepted(api: ApiClient) -> None:
    expect.accepted(api.video.create_read_delete(api.video.minimal(description="")).created)


@requirements(
    "expected",
    {
        "VC-CREATE-DESCRIPTION-DEFAULT": ("description", None, ""),
        "VC-CREATE-RECORD-ON-START-DEFAULT": ("record_on_start", False),
    },
)
def test_an_omitted_member_is_returned_with_its_default(traffic: Traffic, expected: tuple[str, Any]) -> None:
    member, *allowed = expected
    for creation in traffic.creations("VC-CREATE"):
        if member not in creation.body and member in creation.resource:
            traffic.count(creation.exchange)
            if creation.resource[member] not in allowed:
                raise Finding(
                    f"{member} is {' or '.join(map(expect.format_value, allowed))}",
                    creation.exchange,
                    member=member,
                    assertion=one_of(creation.exchange, member, *allowed),
                )


@requirements(
    "member",
    {"VC-CREATE-JOIN-FROM-OMITTED-NULL": "join_from", "VC-CREATE-JOIN-UNTIL-OMITTED-NULL": "join_until"},
)
def test_an_omitted_time_is_returned_as_null(traffic: Traffic, member: str) -> None:
    for creation in traffic.creations("VC-CREATE"):
        if member not in creation.body and member in creation.resource:
            traffic.count(creation.exchange)
            if creation.resource[member] is not None:
                assertion = one_of(creation.exchange, member, None)
                raise Finding(f"{member} is null", creation.exchange, member=member, assertion=assertion)


@requirement("VC-CREATE-COLOR-INDEPENDENT")
def test_setting_one_color_leaves_the_other_colors_at_their_defaults(traffic: Traffic) -> None:
    schema = operation("VC-CREATE").request or {}
    colors = {name: node for name, node in schema["properties"].items() if node.get("x-compare")}
    for creation in traffic.creations("VC-CREATE"):
        sent = colors.keys() & creation.body
        if len(sent) != 1:
            continue
        for name in colors.keys() - sent:
            if creation.resource.get(name) is not None:
                traffic.count(creation.exchange)
                expected, received = colors[name]["default"], creation.resource[name]
                expect.member_equals(
                    creation.exchange, member=name, expected=expected, received=received, schema=colors[name]
                )
