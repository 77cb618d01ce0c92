"""What lies behind findings: one misbehaviour, one cause, however many requirements it breaks."""

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
RIGHT = {"display_name": "a"}
NAMING = {"errors": [{"attribute": "join_until"}]}


def exchange(status: int | None, *, sent: Any = RIGHT, answer: Any = None, **how: Any) -> Exchange:
    origin = Origin("check", how.get("operation", "VC-CREATE"))
    request = Request("POST", "/x", JSON, json.dumps(sent).encode(), how.get("credential", VALID))
    response = None if status is None else Response(status, JSON, json.dumps(answer).encode())
    return Exchange(1, origin, request, response, None, dt.datetime.now(dt.UTC), 0.1)


def told(found: Exchange, *, about: str | None = None, identifier: str = "VC-CREATE-MINIMAL") -> str:
    return cause(requirement(identifier), Finding("it is right", found, member=about))


@pytest.mark.parametrize(
    "found, expected",
    [
        (exchange(None), "VC-CREATE returns no response"),
        (exchange(500), "VC-CREATE returns 500"),
        (exchange(401), "valid credentials are rejected with 401"),
        (exchange(200, credential=WRONG_TOKEN), "invalid credentials are not rejected with 401"),
        (exchange(422, answer=NAMING), "VC-CREATE rejects valid join_until"),
        (exchange(422, answer={"errors": 3}), "VC-CREATE rejects a valid body"),
        (exchange(200, sent={**RIGHT, "size": "?"}), "VC-CREATE accepts invalid size"),
        (exchange(200, sent=[]), "VC-CREATE accepts an invalid body"),
        (exchange(422, sent={**RIGHT, "size": "?"}, answer={}), "the body of a 422"),
        (exchange(200, answer={}), "VC-CREATE-MINIMAL"),
        (exchange(404, operation="VC-GET"), "VC-CREATE-MINIMAL"),
    ],
)
def test_a_cause_says_what_was_answered_to_what(found: Exchange, expected: str) -> None:
    assert told(found) == expected


def test_a_wrong_member_is_a_cause_wherever_it_shows() -> None:
    got = exchange(200, operation="VC-GET", answer={})
    assert told(exchange(200, answer={}), about="size") == told(got, about="size") == "size of VC"
    assert told(got, identifier="VC-CONF-SIZE") == "size of VC"


def broken(identifier: str, found: Exchange, verdict: Verdict = Verdict.FAILED) -> Outcome:
    return Outcome(requirement(identifier), verdict, 1, findings=(Finding("it is right", found),))


def test_what_is_no_option_leads_then_the_rules_of_its_member_then_the_shortest_request() -> None:
    small = exchange(422, sent={**RIGHT, "size": "small"}, answer=NAMING)
    shortest = broken("VC-CREATE-MINIMAL", exchange(422, answer=NAMING))
    full, offset = broken("VC-CREATE-FULL", small), broken("VC-CREATE-JOIN-UNTIL-OFFSET", small)
    optional = broken("VC-CREATE-JOIN-UNTIL-OPTIONAL", small)
    passed = Outcome(requirement("VC-CREATE-ROUTE"), Verdict.PASSED, 1)
    orders = [[full, shortest], [full, shortest, offset], [shortest, offset, passed, optional]]
    assert [[each["primary"] for each in causes(order)] for order in orders] == [
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
    warned = broken("API-ERR-NO-5XX", exchange(500), Verdict.WARNED)
    failed = broken("VC-CREATE-MINIMAL", exchange(422, answer=NAMING))
    assert [each["primary"] for each in causes([warned, failed])] == ["VC-CREATE-MINIMAL", "API-ERR-NO-5XX"]


def test_many_members_missing_from_one_answer_are_one_cause_the_shape_of_it() -> None:
    members = ["VC-CONF-ID", "VC-CONF-NAME", "VC-CONF-SIZE", "VC-CONF-LAYOUT", "VC-CONF-QUALITY"]
    wrapped = exchange(200, answer={"data": {}})
    outcomes = [broken(identifier, wrapped) for identifier in (*members, "VC-CREATE-RESPONSE-SCHEMA")]
    assert [each["cause"] for each in causes(outcomes)] == ["structure of the VC-CREATE response"]
    assert len(causes(outcomes[:4])) == 4
