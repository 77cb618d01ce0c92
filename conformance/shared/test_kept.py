"""What was written is what is read: judged on every create and every get of the run."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from unicodedata import category

from conformance import expect
from conformance.exchange import Exchange
from conformance.requirement import constraints
from conformance.seen import Creation, Seen
from conformance.verdict import Finding
from spec.catalogue import Constraint
from spec.operations import operation
from spec.schemas import errors

_NO_TEXT: Final = frozenset({"Cc", "Cs", "Cn"})


@constraints("ECHO")
def test_the_answer_to_create_holds_what_was_sent(seen: Seen, limit: Constraint) -> None:
    for creation, answer in _showing(seen, limit):
        if limit.member in creation.sent and not _open(limit.schema, creation.sent[limit.member]):
            seen.count()
            _expect(creation.exchange, limit, creation.sent[limit.member], answer[limit.member])


@constraints("DEFAULT")
def test_the_answer_to_create_holds_the_default_of_what_was_left_out(seen: Seen, limit: Constraint) -> None:
    for creation, answer in _showing(seen, limit):
        if limit.member not in creation.sent:
            seen.count()
            _expect(creation.exchange, limit, limit.schema["default"], answer[limit.member])


@constraints("OPTIONAL")
def test_an_optional_member_may_be_left_out(seen: Seen, limit: Constraint) -> None:
    """Refusals count only if other creates are accepted: then the missing member is what they share."""
    accepted = list(seen.creations(limit.operation))
    without = [each for each in accepted if limit.member not in each.sent]
    refused = [
        each for each in seen.refusals_of_conforming(limit.operation) if limit.member not in each.request.json
    ]
    if accepted and refused and not without:
        raise Finding("a create without the member is accepted", refused[0])
    seen.count(len(without))


def _showing(seen: Seen, limit: Constraint) -> Iterator[tuple[Creation, Mapping[str, Any]]]:
    """Yield the creations whose answer shows the member; that it is there at all is another requirement."""
    held_in = operation(limit.operation).held_in
    for creation in seen.creations(limit.operation):
        for answer in (creation.answer, creation.answer.get(held_in or "")):
            if isinstance(answer, dict) and limit.member in answer:
                yield creation, answer


def _open(schema: Mapping[str, Any], value: Any) -> bool:
    """Tell whether the documentation leaves open what becomes of a value: control characters, for one."""
    if isinstance(value, str) and any(category(each) in _NO_TEXT for each in value if each not in "\n\t"):
        return True
    if schema.get("format") == "date-time" and expect.instant(value) is None:
        return True  # a leap second, which no clock of ours can name
    return "x-open" in schema and not errors(schema["x-open"], value)


def _expect(exchange: Exchange, limit: Constraint, wanted: Any, received: Any) -> None:
    expect.kept(exchange, member=limit.member, wanted=wanted, received=received, schema=limit.schema)
