"""Checks of the response schema, evaluated on every returned resource of the run."""

from conformance.results.assertion import Assertion, Rule, held_in
from conformance.results.verdict import NO_ACTIVE_SESSION, Finding, Inconclusive
from conformance.testkit import expect
from conformance.testkit.markers import members, requirements
from conformance.testkit.traffic import Traffic
from spec.catalogue import ResponseMember
from spec.operations import operation


@members(strict=False)
def test_a_member_matches_its_schema(traffic: Traffic, member: ResponseMember) -> None:
    _expect_valid_member(traffic, member)


@members(strict=True)
def test_a_member_matches_its_strict_schema(traffic: Traffic, member: ResponseMember) -> None:
    _expect_valid_member(traffic, member)


@requirements(
    "operation_id",
    {f"{name}-RESPONSE-SCHEMA": name for name in ("VC-CREATE", "VC-GET", "FCR-CREATE")},
)
def test_a_successful_response_is_a_single_resource(traffic: Traffic, operation_id: str) -> None:
    required = set((operation(operation_id).response or {})["required"])
    for exchange, response in traffic.successes(operation_id):
        if not isinstance(response.json, dict) or required.isdisjoint(response.json):
            raise Finding(
                f"an object with {', '.join(sorted(required)[:3])} …",
                exchange,
                assertion=Assertion(Rule.PRESENT, path=(min(required),)),
            )


def _expect_valid_member(traffic: Traffic, member: ResponseMember) -> None:
    for exchange, resource in traffic.resources(member.resource):
        if member.name in resource:
            traffic.count(exchange)
            holder = held_in(member.resource, exchange)
            expect.matches_schema(exchange, member.schema, resource[member.name], member.name, holder)
        elif member.required:
            path = (*held_in(member.resource, exchange), member.name)
            raise Finding(f"{member.name} is present", exchange, assertion=Assertion(Rule.PRESENT, path=path))
    if member.resource == "VC-SESSION" and not traffic.has_resource(member.resource):
        raise Inconclusive(
            NO_ACTIVE_SESSION, "requires a conference with an active session (--active-session ID)"
        )
