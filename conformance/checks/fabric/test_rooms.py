"""Checks of creating and getting a Fabric conference room."""

from conformance.http.exchange import Exchange
from conformance.results import value_comparison
from conformance.results.assertion import Assertion, Comparison, Rule
from conformance.results.verdict import NOT_OBSERVED, Finding, Inconclusive
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirement, requirements
from conformance.testkit.traffic import Traffic
from spec.operations import operation
from spec.validation import validation_errors
from strategies import boundary_values


@requirement("FCR-CREATE-ROUTE")
def test_a_post_creates_a_room(api: ApiClient) -> None:
    """Use a short name, and the longest one whose acceptance is specified."""
    longest = max(map(len, boundary_values.of((operation("FCR-CREATE").request or {})["properties"]["name"])))
    for name in (api.fresh_name(), api.fresh_name().ljust(longest, "n")):
        expect.accepted(api.fabric.create_read_delete(api.fabric.minimal(name=name)).created)


@requirement("FCR-CREATE-MINIMAL")
def test_a_body_with_only_the_required_members_is_accepted(api: ApiClient) -> None:
    expect.accepted(api.fabric.create_read_delete(api.fabric.minimal()).created)


@requirement("FCR-CREATE-FULL")
def test_a_body_with_every_member_is_accepted(api: ApiClient) -> None:
    expect.accepted(api.fabric.create_read_delete(api.fabric.full()).created)


@requirement("FCR-CREATE-STATUS")
def test_a_successful_create_returns_status_200(traffic: Traffic) -> None:
    for exchange, _ in traffic.successes("FCR-CREATE"):
        expect.status(exchange, 200)


@requirement("FCR-CREATE-RESPONSE-JSON")
def test_a_successful_create_returns_json(traffic: Traffic) -> None:
    for exchange, _ in traffic.successes("FCR-CREATE"):
        expect.json(exchange)


@requirement("FCR-CREATE-MAX-MEMBERS-ONE")
def test_max_members_1_is_accepted(api: ApiClient) -> None:
    expect.accepted(api.fabric.create_read_delete(api.fabric.minimal(max_members=1)).created)


@requirement("FCR-CREATE-JOIN-ORDER")
def test_a_join_until_before_join_from_is_rejected(api: ApiClient) -> None:
    for body in (api.fabric.minimal, api.fabric.full):
        invalid = body(join_from="2041-05-06T07:08:09Z", join_until="2041-05-05T07:08:09Z")
        expect.rejected_as_invalid(api.fabric.create_read_delete(invalid).created)


@requirement("FCR-CREATE-JOIN-ORDER-OFFSET")
def test_join_from_and_join_until_are_compared_as_instants(api: ApiClient) -> None:
    earlier, later = "2041-05-06T10:00:00+05:00", "2041-05-06T07:00:00Z"  # 05:00 and 07:00 UTC
    valid = api.fabric.minimal(join_from=earlier, join_until=later)
    invalid = api.fabric.minimal(join_from=later, join_until=earlier)
    expect.accepted(api.fabric.create_read_delete(valid).created)
    expect.rejected_as_invalid(api.fabric.create_read_delete(invalid).created)


@requirement("FCR-CREATE-DISTINCT-IDS")
def test_no_two_rooms_have_the_same_id(traffic: Traffic) -> None:
    creates: dict[str, Exchange] = {}
    for exchange, _ in traffic.successes("FCR-CREATE"):
        if exchange.id is not None:
            first = creates.setdefault(exchange.id.lower(), exchange)
            if first is not exchange:
                assertion = Assertion(Rule.DIFFERENT, path=("id",), earlier=first, earlier_path=("id",))
                raise Finding("an id that no other room has", exchange, first, assertion=assertion)


@requirement("FCR-RES-DATES-UTC")
def test_returned_dates_are_in_utc_and_end_in_z(traffic: Traffic) -> None:
    for exchange, resource in traffic.resources("FCR-RES"):
        for member in ("created_at", "updated_at"):
            if isinstance(resource.get(member), str):
                traffic.count(exchange)
                if not resource[member].endswith("Z"):
                    assertion = Assertion(Rule.SCHEMA, {"pattern": "Z$"}, (member,))
                    raise Finding(f"{member} ends in Z", exchange, member=member, assertion=assertion)


@requirements(
    "member",
    {
        "FCR-CREATE-JOIN-FROM-OMITTED-NULL": "join_from",
        "FCR-CREATE-JOIN-UNTIL-OMITTED-NULL": "join_until",
        "FCR-CREATE-REMOVE-AT-OMITTED-NULL": "remove_at",
        "FCR-CREATE-REMOVE-AFTER-OMITTED-NULL": "remove_after_seconds_elapsed",
    },
)
def test_an_omitted_member_is_returned_as_null(traffic: Traffic, member: str) -> None:
    for creation in traffic.creations("FCR-CREATE"):
        room = creation.resource.get("conference_room")
        if member not in creation.body and isinstance(room, dict) and member in room:
            traffic.count(creation.exchange)
            if room[member] is not None:
                raise Finding(
                    f"conference_room.{member} is null",
                    creation.exchange,
                    member=member,
                    assertion=Assertion(Rule.SCHEMA, {"type": "null"}, ("conference_room", member)),
                )


@requirement("FCR-CREATE-PERSISTED")
def test_a_created_room_can_be_retrieved_by_its_id(api: ApiClient) -> None:
    with api.fabric.existing() as created:
        got = api.fabric.get(str(created.id))
        if got.status in {405, 501}:
            raise Inconclusive(NOT_OBSERVED, "the target does not support get for rooms", got)
        expect.accepted(got)


@requirement("FCR-GET-SAME-AS-CREATE")
def test_a_get_returns_the_values_of_the_create_response(traffic: Traffic) -> None:
    for creator, got in traffic.gets_with_create("FCR-GET"):
        expect.unchanged(creator, got, "FCR-RES")
        expect.unchanged(creator, got, "FCR-ROOM", within="conference_room")


@requirement("FCR-RES-PROJECT-MATCH")
def test_the_project_id_of_a_room_is_the_project_that_created_it(traffic: Traffic) -> None:
    if validation_errors({"format": "uuid"}, traffic.account.project):
        return
    for exchange, resource in traffic.resources("FCR-RES"):
        if isinstance(resource.get("project_id"), str):
            traffic.count(exchange)
            if resource["project_id"].lower() != traffic.account.project.lower():
                raise Finding(
                    "project_id is the Project ID of the credentials",
                    exchange,
                    member="project_id",
                    assertion=Assertion(
                        Rule.ONE_OF, [traffic.account.project], ("project_id",), Comparison.LETTER_CASE
                    ),
                )


@requirement("FCR-RES-TIMES")
def test_created_at_is_not_later_than_updated_at(traffic: Traffic) -> None:
    for exchange, resource in traffic.resources("FCR-RES"):
        created, updated = (
            value_comparison.parse_instant(resource.get(member)) for member in ("created_at", "updated_at")
        )
        if created and updated:
            traffic.count(exchange)
            if updated <= created - value_comparison.ONE_SECOND:
                raise Finding("created_at is not later than updated_at", exchange, member="created_at")


@requirement("FCR-RES-DISPLAY-NAMES-AGREE")
def test_both_display_names_are_equal(traffic: Traffic) -> None:
    for exchange, resource in traffic.resources("FCR-RES"):
        room = resource.get("conference_room")
        if isinstance(room, dict) and isinstance(room.get("display_name"), str):
            traffic.count(exchange)
            if resource.get("display_name") != room["display_name"]:
                path = ("conference_room", "display_name")
                assertion = Assertion(Rule.EQUAL, path=("display_name",), earlier=exchange, earlier_path=path)
                raise Finding(
                    "display_name is conference_room.display_name",
                    exchange,
                    member="display_name",
                    assertion=assertion,
                )
