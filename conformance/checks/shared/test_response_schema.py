"""Every member of every resource that the target showed, whatever the request was about."""

from conformance.results.verdict import Finding, Unobserved
from conformance.testkit import expect
from conformance.testkit.markers import each_of, members
from conformance.testkit.traffic import Seen
from spec.catalogue import ResponseMember
from spec.operations import operation


@members(strict=False)
def test_a_member_is_there_and_as_documented(seen: Seen, member: ResponseMember) -> None:
    _judge(seen, member)


@members(strict=True)
def test_a_member_is_strictly_as_documented(seen: Seen, member: ResponseMember) -> None:
    _judge(seen, member)


@each_of(
    "operation_id",
    {f"{name}-RESPONSE-SCHEMA": name for name in ("VC-CREATE", "VC-GET", "FCR-CREATE")},
)
def test_a_successful_answer_is_one_object_with_members_of_its_kind(seen: Seen, operation_id: str) -> None:
    required = set((operation(operation_id).response or {})["required"])
    for exchange, response in seen.successes(operation_id):
        if not isinstance(response.json, dict) or required.isdisjoint(response.json):
            raise Finding(f"an object with {', '.join(sorted(required)[:3])} …", exchange)


def _judge(seen: Seen, member: ResponseMember) -> None:
    for exchange, resource in seen.resources(member.resource):
        if member.name in resource:
            seen.count()
            expect.matches(exchange, member.schema, resource[member.name], member.name)
        elif member.required:
            raise Finding(f"{member.name} is present", exchange)
    if member.resource == "VC-SESSION" and not seen.any(member.resource):
        raise Unobserved("no-active-session", "name a conference with a live session: --active-session ID")
