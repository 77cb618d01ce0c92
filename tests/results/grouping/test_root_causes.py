"""Root causes: findings of the same behavior are grouped, for any number of requirements."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.http.credentials import NO_CREDENTIALS, VALID, WRONG_TOKEN
from conformance.http.exchange import Exchange, Headers, Origin, Request, Response
from conformance.results.grouping.root_causes import causes
from conformance.results.verdict import Finding, Outcome, Verdict
from spec.catalogue import requirement

JSON: Headers = (("content-type", "application/json"),)
VALID_BODY = {"display_name": "a"}
JOIN_UNTIL_ERROR = {"errors": [{"attribute": "join_until"}]}


def exchange(status: int | None, *, sent: Any = VALID_BODY, body: Any = None, **options: Any) -> Exchange:
    origin = Origin("check", options.get("operation", "VC-CREATE"))
    request = Request(
        options.get("method", "POST"), "/x", JSON, json.dumps(sent).encode(), options.get("credential", VALID)
    )
    response = None if status is None else Response(status, JSON, json.dumps(body).encode())
    return Exchange(options.get("number", 1), origin, request, response, None, dt.datetime.now(dt.UTC), 0.1)


def violated(
    identifier: str, observed: Exchange, verdict: Verdict = Verdict.FAILED, *, member: str | None = None
) -> Outcome:
    finding = Finding("it is right", observed, member=member)
    return Outcome(requirement(identifier), verdict, 1, findings=(finding,))


def sent(identifier: str, *values: Any, operation: str = "VC-CREATE", status: int = 200) -> Outcome:
    """Return an outcome whose check sent values of the member of a requirement."""
    limit = requirement(identifier).constraint
    assert limit is not None
    exchanges = [
        exchange(status, sent={**VALID_BODY, limit.member: value}, operation=operation) for value in values
    ]
    finding = Finding.of_similar("it is right", exchanges)
    return Outcome(requirement(identifier), Verdict.FAILED, 1, findings=(finding,))


def texts(*outcomes: Outcome) -> list[str]:
    return [entry["cause"] for entry in causes(outcomes)]


@pytest.mark.parametrize(
    "identifier, observed, expected",
    [
        ("VC-CREATE-MINIMAL", exchange(None), "a request gets no response"),
        ("VC-CREATE-MINIMAL", exchange(500), "a create causes a server error"),
        ("VC-CREATE-MINIMAL", exchange(401), "valid credentials are rejected with 401"),
        (
            "VC-CREATE-AUTH",
            exchange(200, credential=WRONG_TOKEN),
            "invalid credentials are not rejected with 401",
        ),
        (
            "VC-CREATE-MINIMAL",
            exchange(422, body=JOIN_UNTIL_ERROR),
            "a create without an optional member is rejected",
        ),
        ("VC-CREATE-MINIMAL", exchange(422, body={"errors": 3}), "a valid body is rejected"),
        ("VC-CREATE-MALFORMED-JSON", exchange(200, sent=[]), "a malformed body is accepted: MALFORMED-JSON"),
        ("VC-CREATE-MINIMAL", exchange(404, body={}), "a create returns 404"),
        ("VC-GET-ROUTE", exchange(404, operation="VC-GET", method="GET"), "a get returns 404"),
        ("VC-CREATE-NAME-UNIQUE", exchange(200, body={}), "a name that is in use is accepted"),
        (
            "VC-CREATE-READONLY-TIMESTAMPS",
            exchange(200, body={}),
            "VC-CREATE-READONLY-TIMESTAMPS",
        ),
        ("API-ERR-422-ENVELOPE", exchange(422, body={}), "an error response has another structure"),
        ("API-ERR-422-ITEM-CODE", exchange(422, body={}), "an error of a 422 response has another structure"),
    ],
)
def test_a_root_cause_is_the_behavior_that_the_exchange_shows(
    identifier: str, observed: Exchange, expected: str
) -> None:
    assert texts(violated(identifier, observed)) == [expected]


@pytest.mark.parametrize(
    "identifier, values, expected",
    [
        ("VC-CREATE-ENABLE-CHAT-TYPE", ["yes", 2], "a value of another type is accepted for a boolean"),
        ("VC-CREATE-NAME-PATTERN", ["a\n"], "a value with a line break at its end is accepted"),
        ("VC-CREATE-NAME-PATTERN", ["a\n", " a"], "a value with whitespace before or after it is accepted"),
        (
            "VC-CREATE-NAME-PATTERN",
            ["a\n", "a/b"],
            "a string that does not match its pattern is accepted: ^[A-Za-z0-9_-]+$",
        ),
        ("VC-CREATE-SIZE-ENUM", ["SMALL"], "a value in another letter case is accepted"),
        ("VC-CREATE-SIZE-ENUM", ["SMALL", "huge"], "a value outside of the enumeration is accepted"),
        ("VC-CREATE-DISPLAY-NAME-MAXLENGTH", ["a" * 201], "a string that is too long is accepted"),
        ("VC-CREATE-JOIN-FROM-FORMAT", ["tomorrow"], "a string that is not a date-time is accepted"),
        ("VC-CREATE-DISPLAY-NAME-NULL", [None], "null is accepted"),
    ],
)
def test_the_root_cause_of_an_accepted_value_is_the_most_general_kind_of_the_accepted_values(
    identifier: str, values: list[Any], expected: str
) -> None:
    assert texts(sent(identifier, *values)) == [expected]


def test_the_same_kind_of_accepted_value_is_one_root_cause_for_all_members_and_both_apis() -> None:
    [entry] = causes(
        [
            sent("VC-CREATE-ENABLE-CHAT-TYPE", "yes"),
            sent("VC-CREATE-RECORD-ON-START-TYPE", 2),
            sent("FCR-CREATE-RECORD-ON-START-TYPE", "off", operation="FCR-CREATE"),
        ]
    )
    assert entry["members"] == [
        "FCR-CREATE.record_on_start",
        "VC-CREATE.enable_chat",
        "VC-CREATE.record_on_start",
    ]


def test_different_kinds_of_accepted_values_of_different_members_are_different_root_causes() -> None:
    assert len(texts(sent("VC-CREATE-NAME-PATTERN", "a/b"), sent("VC-CREATE-ENABLE-CHAT-TYPE", "yes"))) == 2


def test_a_member_that_is_not_validated_at_all_is_one_root_cause() -> None:
    assert len(texts(sent("VC-CREATE-NAME-PATTERN", "a/b"), sent("VC-CREATE-NAME-TYPE", []))) == 1


def test_values_of_other_types_are_outside_of_the_enumerations_that_are_not_validated() -> None:
    sizes = sent("FCR-CREATE-QUALITY-ENUM", "huge", operation="FCR-CREATE")
    layouts = sent("FCR-CREATE-LAYOUT-ENUM", "round", operation="FCR-CREATE")
    number = sent("FCR-CREATE-QUALITY-TYPE", 7, operation="FCR-CREATE")
    assert len(causes([sizes, layouts, number])) == 1
    assert len(causes([layouts, number])) == 2


def test_a_line_break_is_accepted_because_whitespace_is_removed() -> None:
    trimmed = sent("VC-CREATE-SIZE-ENUM", "small ")
    assert texts(trimmed, sent("VC-CREATE-NAME-PATTERN", "a\n")) == [
        "a value with whitespace before or after it is accepted"
    ]


def test_a_missing_rejection_is_not_a_missing_member_of_a_response() -> None:
    missing = violated("VC-CONF-ID", exchange(200, body={}))
    assert len(texts(missing, sent("VC-CREATE-NAME-PATTERN", "a/b"))) == 2


def test_missing_members_are_one_root_cause_in_all_responses() -> None:
    fetched = exchange(200, operation="VC-GET", body={"name": "a"}, method="GET")
    [entry] = causes([violated("VC-CONF-ID", fetched), violated("VC-CONF-SIZE", exchange(200, body={}))])
    assert (entry["cause"], entry["members"]) == (
        "a member is missing in a response",
        ["VC-CONF.id", "VC-CONF.size"],
    )


def test_a_wrong_member_is_one_root_cause_whether_or_not_it_was_sent() -> None:
    received = exchange(200, sent={**VALID_BODY, "size": "small"}, body={"size": 3})
    assert texts(
        violated("VC-CONF-SIZE", received), violated("VC-CREATE-SIZE-ECHO", received, member="size")
    ) == ["a returned value of an enumeration is a number"]


def test_an_error_that_names_a_valid_member_is_a_consequence_of_its_rejection() -> None:
    rejected = exchange(422, sent={**VALID_BODY, "size": "small"}, body={"errors": [{"attribute": "size"}]})
    attribute = exchange(
        422, sent={**VALID_BODY, "size": "small", "quality": 1}, body={"errors": [{"attribute": "size"}]}
    )
    [entry] = causes(
        [
            violated("API-ERR-422-ATTRIBUTE-NAMES-FIELD", attribute),
            violated("VC-CREATE-SIZE-ENUM-ACCEPT", rejected),
        ]
    )
    assert entry["primary"] == "VC-CREATE-SIZE-ENUM-ACCEPT"


def test_the_primary_requirement_of_missing_authentication_is_that_a_header_is_required() -> None:
    accepted = exchange(200, credential=NO_CREDENTIALS)
    lookup = exchange(404, credential=NO_CREDENTIALS, operation="VC-GET", method="GET")
    wrong = exchange(200, credential=WRONG_TOKEN)
    [entry] = causes(
        [
            violated("API-AUTH-PASSWORD-IS-TOKEN", wrong),
            violated("API-AUTH-HEADER-REQUIRED", accepted),
            violated("API-AUTH-BEFORE-LOOKUP", lookup),
        ]
    )
    assert entry["primary"] == "API-AUTH-HEADER-REQUIRED"


def test_the_primary_requirement_of_a_path_that_does_not_exist_is_its_route() -> None:
    invalid = exchange(404, sent={}, operation="FCR-CREATE")
    anonymous = exchange(404, operation="FCR-CREATE", credential=NO_CREDENTIALS)
    [entry] = causes(
        [
            violated("FCR-CREATE-NAME-REQUIRED", invalid),
            violated("FCR-CREATE-AUTH", anonymous),
            violated("FCR-CREATE-ROUTE", exchange(404, sent={"name": "a"}, operation="FCR-CREATE")),
        ]
    )
    assert entry["primary"] == "FCR-CREATE-ROUTE"


def test_the_primary_requirement_is_mandatory_then_of_the_member_then_has_the_shortest_request() -> None:
    small = exchange(422, sent={**VALID_BODY, "size": "small"}, body=JOIN_UNTIL_ERROR)
    shortest = violated("VC-CREATE-MINIMAL", exchange(422, body=JOIN_UNTIL_ERROR))
    full = violated("VC-CREATE-FULL", small)
    passed = Outcome(requirement("VC-CREATE-ROUTE"), Verdict.PASSED, 1)
    optional = violated("VC-CREATE-JOIN-UNTIL-OPTIONAL", small)
    orders = [[full, shortest], [shortest, full, passed, optional]]
    assert [[entry["primary"] for entry in causes(order)] for order in orders] == [
        ["VC-CREATE-MINIMAL"],
        ["VC-CREATE-JOIN-UNTIL-OPTIONAL"],
    ]


def test_failures_come_before_warnings() -> None:
    warned = violated("API-ERR-NO-5XX", exchange(500, number=2), Verdict.WARNED)
    failed = violated("VC-CREATE-MINIMAL", exchange(422, body=JOIN_UNTIL_ERROR))
    assert [entry["primary"] for entry in causes([warned, failed])] == ["VC-CREATE-MINIMAL", "API-ERR-NO-5XX"]


def test_the_name_of_a_member_that_the_target_invented_is_not_part_of_a_root_cause() -> None:
    error = {"errors": [{"attribute": "\u001b[31m"}]}
    [entry] = causes([violated("VC-CREATE-MINIMAL", exchange(422, body=error))])
    assert entry["cause"] == "a valid body is rejected"
    assert "members" not in entry


def page(status: int, **options: Any) -> Exchange:
    """Return an exchange whose response is text instead of JSON."""
    observed = exchange(status, **options)
    return replace(observed, response=Response(status, (("content-type", "text/plain"),), b"Not Found"))


def test_error_responses_in_plain_text_are_one_root_cause() -> None:
    lookup = page(404, operation="VC-GET", method="GET", number=2)
    anonymous = page(401, credential=NO_CREDENTIALS, operation="VC-GET", method="GET", number=3)
    assert texts(
        violated("API-ERR-400-ENVELOPE", page(400)),
        violated("API-ERR-404-ENVELOPE", lookup),
        violated("API-AUTH-401-ENVELOPE", anonymous),
        violated("API-ERR-JSON", page(400)),
    ) == ["a response is not application/json"]


def test_a_media_type_does_not_explain_other_violations() -> None:
    html: Headers = (("content-type", "text/html"),)
    created = exchange(201, body={"id": "a"})
    created = replace(created, response=Response(201, html, b'{"id": "a"}'))
    assert texts(violated("VC-CREATE-RESPONSE-JSON", created), violated("VC-CREATE-STATUS", created)) == [
        "a response is not application/json",
        "a create returns 201",
    ]


def test_a_status_does_not_explain_a_returned_member() -> None:
    created = exchange(201, body={"display_name": "a", "join_from": "0001-01-01T00:00:00Z"})
    assert (
        len(
            texts(
                violated("VC-CREATE-STATUS", created),
                violated("VC-CREATE-JOIN-FROM-OMITTED-NULL", created, Verdict.WARNED, member="join_from"),
            )
        )
        == 2
    )


def test_an_accepted_value_explains_a_returned_member_only_if_it_was_sent() -> None:
    omitted = exchange(200, body={"display_name": "a", "join_from": "0001-01-01T00:00:00Z"}, number=2)
    assert (
        len(
            texts(
                sent("VC-CREATE-JOIN-FROM-FORMAT", "tomorrow"),
                violated("VC-CREATE-JOIN-FROM-OMITTED-NULL", omitted, Verdict.WARNED, member="join_from"),
            )
        )
        == 2
    )


@pytest.mark.parametrize(
    "returned, expected",
    [
        ("a", "a member name that is not the documented one is accepted"),
        ("", "a required member is not required"),
    ],
)
def test_another_member_name_is_accepted_if_its_value_is_returned(returned: str, expected: str) -> None:
    observed = exchange(200, sent={"displayName": "a"}, body={"display_name": returned})
    assert texts(violated("API-PARAM-CASE", observed)) == [expected]


def rejected_room(identifier: str, body: Any = None, **members: Any) -> Outcome:
    values = {"name": "cc-12345678-0123456789ab-1_Z", "enable_room_previews": False, **members}
    observed = exchange(422, sent=values, body=body or {"errors": ["invalid"]}, operation="FCR-CREATE")
    return violated(identifier, observed)


def test_a_rejected_body_explains_the_rejection_of_larger_bodies_if_no_response_names_a_member() -> None:
    minimal = rejected_room("FCR-CREATE-ENABLE-ROOM-PREVIEWS-TYPE-ACCEPT")
    larger = [
        rejected_room("FCR-CREATE-MAX-MEMBERS-MAXIMUM-ACCEPT", max_members=300),
        rejected_room("FCR-CREATE-META-TYPE-ACCEPT", meta={}),
    ]
    [entry] = causes([*larger, minimal])
    assert entry["primary"] == "FCR-CREATE-ENABLE-ROOM-PREVIEWS-TYPE-ACCEPT"
    assert entry["cause"] == "a valid boolean is rejected"


def test_rejections_for_different_members_are_different_root_causes() -> None:
    named = rejected_room("FCR-CREATE-META-TYPE-ACCEPT", {"errors": [{"attribute": "meta"}]}, meta={})
    minimal = rejected_room("FCR-CREATE-ENABLE-ROOM-PREVIEWS-TYPE-ACCEPT")
    assert len(texts(minimal, named)) == 2
    long_name = rejected_room("FCR-CREATE-DISPLAY-NAME-MAXLENGTH-ACCEPT", display_name="a" * 200)
    assert len(texts(long_name, rejected_room("FCR-CREATE-META-TYPE-ACCEPT", meta={}))) == 2


def test_schemathesis_repeats_what_other_requirements_show() -> None:
    status = violated("VC-CREATE-STATUS", exchange(201, body={}))
    repeated = violated("VC-CREATE-SCHEMATHESIS", exchange(422, body={}, number=2), Verdict.WARNED)
    [entry] = causes([status, repeated])
    assert entry["primary"] == "VC-CREATE-STATUS"


def test_an_id_that_the_client_sent_explains_equal_ids_and_unknown_ids_that_are_found() -> None:
    chosen = exchange(200, sent={**VALID_BODY, "id": "b"}, body={"id": "b"})
    found = exchange(200, operation="VC-GET", method="GET", body={"id": "b"}, number=2)
    assert texts(
        violated("VC-CREATE-READONLY-ID", chosen),
        violated("VC-CONF-ID-UNIQUE", exchange(200, body={"id": "b"}, number=4)),
        violated("VC-GET-UNKNOWN-ID", found),
        violated("VC-GET-SAME-AS-CREATE", replace(found, number=5), member="name"),
        sent("VC-CREATE-ENABLE-CHAT-TYPE", "yes"),
    ) == [
        "the id of a resource is the one that the client sent",
        "a value of another type is accepted for a boolean",
    ]


@pytest.mark.parametrize("hour, causes_found", [(7, 2), (9, 1)])
def test_a_changed_time_does_not_explain_an_accepted_order_if_the_sent_times_are_returned(
    hour: int, causes_found: int
) -> None:
    times = {"join_from": "2041-05-06T07:08:09Z", "join_until": "2041-05-05T07:08:09Z"}
    body = {**times, "join_from": f"2041-05-06T0{hour}:08:09Z"}
    moved = exchange(200, sent={**VALID_BODY, "join_from": "2041-05-06T09:08:09+02:00"}, body=body)
    accepted = exchange(200, sent={**VALID_BODY, **times}, body=body, number=2)
    assert (
        len(
            texts(
                violated("VC-CREATE-JOIN-FROM-OFFSET", moved, member="join_from"),
                violated("VC-CREATE-JOIN-ORDER", accepted),
            )
        )
        == causes_found
    )


def test_a_member_named_error_that_was_sent_is_not_an_error() -> None:
    observed = exchange(200, sent={**VALID_BODY, "error": "a"}, body={"error": "a", "size": 3})
    assert texts(violated("VC-CONF-SIZE", observed)) == ["a returned value of an enumeration is a number"]


def test_a_full_body_is_rejected_for_a_member_that_is_rejected_alone() -> None:
    error = {"errors": [{"attribute": "dark_primary"}, {"attribute": "light_negative"}]}
    full = exchange(422, sent={"dark_primary": "#abcdef", "light_negative": "#abcdef"}, body=error)
    [entry] = causes(
        [
            violated("VC-CREATE-FULL", full),
            sent("VC-CREATE-DARK-PRIMARY-PATTERN-ACCEPT", "#abcdef", status=422),
        ]
    )
    assert entry["primary"] == "VC-CREATE-DARK-PRIMARY-PATTERN-ACCEPT"
