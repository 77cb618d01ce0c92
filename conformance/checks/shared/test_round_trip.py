"""Checks that values survive a round trip, evaluated on every accepted create of the run."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from unicodedata import category

from conformance.http.exchange import Exchange
from conformance.results.verdict import Finding
from conformance.testkit import expect
from conformance.testkit.exchange_log import Creation
from conformance.testkit.markers import constraints
from conformance.testkit.traffic import Seen
from spec.catalogue import Constraint
from spec.operations import operation

_NOT_TEXT: Final = frozenset({"Cc", "Cs", "Cn"})  # control, surrogate and unassigned characters


@constraints("ECHO")
def test_a_create_returns_the_values_of_the_request(seen: Seen, limit: Constraint) -> None:
    for creation, holder in _with_member(seen, limit):
        if limit.member in creation.body and not _is_unspecified(limit.schema, creation.body[limit.member]):
            seen.count()
            _expect(creation.exchange, limit, creation.body[limit.member], holder[limit.member])


@constraints("DEFAULT")
def test_a_create_returns_the_default_of_an_omitted_member(seen: Seen, limit: Constraint) -> None:
    for creation, holder in _with_member(seen, limit):
        is_null_color = holder[limit.member] is None and "x-compare" in limit.schema  # unspecified
        if limit.member not in creation.body and not is_null_color:
            seen.count()
            _expect(creation.exchange, limit, limit.schema["default"], holder[limit.member])


@constraints("OPTIONAL")
def test_an_optional_member_may_be_omitted(seen: Seen, limit: Constraint) -> None:
    """A rejection counts if it names the member, or if every create without the member is rejected."""
    accepted = list(seen.creations(limit.operation))
    without = [creation for creation in accepted if limit.member not in creation.body]
    for rejected in seen.rejected_valid_creates(limit.operation):
        if limit.member in rejected.request.json:
            continue
        if (accepted and not without) or limit.member in _attributes(rejected):
            raise Finding(f"a create without {limit.member} is accepted", rejected)
    seen.count(len(without))


def _attributes(rejected: Exchange) -> set[str]:
    items = rejected.answer.get("errors") if isinstance(rejected.answer, dict) else None
    errors = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return {error["attribute"] for error in errors if isinstance(error.get("attribute"), str)}


def _with_member(seen: Seen, limit: Constraint) -> Iterator[tuple[Creation, Mapping[str, Any]]]:
    """Yield creations with the response object that holds the member; its presence is another requirement."""
    create = operation(limit.operation)
    at_top = limit.member in (create.response or {})["properties"]
    for creation in seen.creations(limit.operation):
        nested = creation.resource.get(create.held_in or "")
        for holder in (creation.resource if at_top else None, nested):
            if isinstance(holder, dict) and limit.member in holder:
                yield creation, holder


def _is_unspecified(schema: Mapping[str, Any], value: Any) -> bool:
    """Return whether the documentation does not specify the stored form of an accepted value."""
    if not isinstance(value, str):
        return False
    if schema.get("format") == "date-time":
        return expect.parse_instant(value) is None  # a leap second
    categories = (category(character) for character in value if character not in "\n\t")
    return not value.strip() or (not value.isprintable() and not _NOT_TEXT.isdisjoint(categories))


def _expect(exchange: Exchange, limit: Constraint, expected: Any, received: Any) -> None:
    expect.member_equals(
        exchange, member=limit.member, expected=expected, received=received, schema=limit.schema
    )
