"""Root causes: findings of the same behavior are grouped, for any number of requirements."""

import datetime as dt
import json
from typing import Any

import pytest

from conformance.http.credentials import VALID, WRONG_TOKEN
from conformance.http.exchange import Exchange, Headers, Origin, Request, Response
from conformance.results.root_causes import cause, causes
from conformance.results.verdict import Finding, Outcome, Verdict
from spec.catalogue import requirement

JSON: Headers = (("content-type", "application/json"),)
VALID_BODY = {"display_name": "a"}
JOIN_UNTIL_ERROR = {"errors": [{"attribute": "join_until"}]}


def exchange(status: int | None, *, sent: Any = VALID_BODY, body: Any = None, **options: Any) -> Exchange:
    origin = Origin("check", options.get("operation", "VC-CREATE"))
    request = Request("POST", "/x", JSON, json.dumps(sent).encode(), options.get("credential", VALID))
    response = None if status is None else Response(status, JSON, json.dumps(body).encode())
    return Exchange(1, origin, request, response, None, dt.datetime.now(dt.UTC), 0.1)


def cause_of(observed: Exchange, *, member: str | None = None, identifier: str = "VC-CREATE-MINIMAL") -> str:
    return cause(requirement(identifier), Finding("it is right", observed, member=member))


@pytest.mark.parametrize(
    "observed, expected",
    [
        (exchange(None), "VC-CREATE returns no response"),
        (exchange(500), "VC-CREATE returns 500"),
        (exchange(401), "valid credentials are rejected with 401"),
        (exchange(200, credential=WRONG_TOKEN), "invalid credentials are not rejected with 401"),
        (exchange(422, body=JOIN_UNTIL_ERROR), "VC-CREATE rejects valid join_until"),
        (exchange(422, body={"errors": 3}), "VC-CREATE rejects a valid body"),
        (exchange(200, sent={**VALID_BODY, "size": "?"}), "VC-CREATE accepts invalid size"),
        (exchange(200, sent=[]), "VC-CREATE accepts an invalid body"),
        (exchange(422, sent={**VALID_BODY, "size": "?"}, body={}), "the body of a 422"),
        (exchange(200, body={}), "VC-CREATE-MINIMAL"),
        (exchange(404, operation="VC-GET"), "VC-CREATE-MINIMAL"),
    ],
)
def test_a_root_cause_names_the_operation_and_the_response(observed: Exchange, expected: str) -> None:
    assert cause_of(observed) == expected


def test_a_wrong_member_is_one_root_cause_in_every_response() -> None:
    fetched = exchange(200, operation="VC-GET", body={})
    assert cause_of(exchange(200, body={}), member="size") == cause_of(fetched, member="size") == "size of VC"
    assert cause_of(fetched, identifier="VC-CONF-SIZE") == "size of VC"


def violated(identifier: str, observed: Exchange, verdict: Verdict = Verdict.FAILED) -> Outcome:
    return Outcome(requirement(identifier), verdict, 1, findings=(Finding("it is right", observed),))


def test_the_primary_requirement_is_mandatory_then_of_the_member_then_has_the_shortest_request() -> None:
    small = exchange(422, sent={**VALID_BODY, "size": "small"}, body=JOIN_UNTIL_ERROR)
    shortest = violated("VC-CREATE-MINIMAL", exchange(422, body=JOIN_UNTIL_ERROR))
    full, offset = violated("VC-CREATE-FULL", small), violated("VC-CREATE-JOIN-UNTIL-OFFSET", small)
    optional = violated("VC-CREATE-JOIN-UNTIL-OPTIONAL", small)
    passed = Outcome(requirement("VC-CREATE-ROUTE"), Verdict.PASSED, 1)
    orders = [[full, shortest], [full, shortest, offset], [shortest, offset, passed, optional]]
    assert [[entry["primary"] for entry in causes(order)] for order in orders] == [
        ["VC-CREATE-MINIMAL"],
        ["VC-CREATE-JOIN-UNTIL-OFFSET"],
        ["VC-CREATE-JOIN-UNTIL-OPTIONAL"],
    ]
    assert causes([full, shortest]) == [
        {
            "cause": "VC-CREATE rejects valid join_until",
            "primary": "VC-CREATE-MINIMAL",
            "related": ["VC-CREATE-FULL"],
        }
    ]


def test_failures_come_before_warnings() -> None:
    warned = violated("API-ERR-NO-5XX", exchange(500), Verdict.WARNED)
    failed = violated("VC-CREATE-MINIMAL", exchange(422, body=JOIN_UNTIL_ERROR))
    assert [entry["primary"] for entry in causes([warned, failed])] == ["VC-CREATE-MINIMAL", "API-ERR-NO-5XX"]


def test_many_missing_members_of_one_response_are_one_root_cause() -> None:
    members = ["VC-CONF-ID", "VC-CONF-NAME", "VC-CONF-SIZE", "VC-CONF-LAYOUT", "VC-CONF-QUALITY"]
    wrapped = exchange(200, body={"data": {}})
    outcomes = [violated(identifier, wrapped) for identifier in (*members, "VC-CREATE-RESPONSE-SCHEMA")]
    assert [entry["cause"] for entry in causes(outcomes)] == ["structure of the VC-CREATE response"]
    assert len(causes(outcomes[:4])) == 4
