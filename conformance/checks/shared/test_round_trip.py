"""Checks that values survive a round trip, evaluated on every accepted create of the run."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from unicodedata import category

from conformance.http.exchange import Exchange
from conformance.results import value_comparison
from conformance.results.assertion import status_in
from conformance.results.verdict import Finding
from conformance.testkit import expect
from conformance.testkit.exchange_log import Creation
from conformance.testkit.markers import constraints
from conformance.testkit.traffic import Traffic
from spec.catalogue import Constraint
from spec.operations import operation

_NAMES: Final = frozenset({"name", "display_name"})  # in place of a blank one, another text may be stored
_NOT_TEXT: Final = frozenset({"Cc", "Cs", "Cn"})  # control, surrogate and unassigned characters


@constraints("ECHO")
def test_a_create_returns_the_values_of_the_request(traffic: Traffic, constraint: Constraint) -> None:
    for creation, holder in _with_member(traffic, constraint):
        if constraint.member in creation.body and not _is_unspecified(
            constraint, creation.body[constraint.member]
        ):
            traffic.count(creation.exchange)
            _expect(
                creation.exchange, constraint, creation.body[constraint.member], holder[constraint.member]
            )


@constraints("DEFAULT")
def test_a_create_returns_the_default_of_an_omitted_member(traffic: Traffic, constraint: Constraint) -> None:
    for creation, holder in _with_member(traffic, constraint):
        is_null_color = holder[constraint.member] is None and "x-compare" in constraint.schema  # unspecified
        if constraint.member not in creation.body and not is_null_color:
            traffic.count(creation.exchange)
            _expect(creation.exchange, constraint, constraint.schema["default"], holder[constraint.member])


@constraints("OPTIONAL")
def test_an_optional_member_may_be_omitted(traffic: Traffic, constraint: Constraint) -> None:
    """A rejection counts if it names the member, or if every create without the member is rejected.

    A name counts only if the server may not have rejected another member. A rejection that names a member of
    the body, or of a name in use, shows nothing about an omitted one.
    """
    accepted = list(traffic.creations(constraint.operation))
    without = [creation for creation in accepted if constraint.member not in creation.body]
    for rejected in traffic.rejected_valid_creates(constraint.operation):
        if constraint.member in rejected.request.json:
            continue
        named = _attributes(rejected)
        is_certain = not rejected.request_validity.unspecified_members
        names_other = not named.isdisjoint(rejected.request.json)
        is_never_accepted = bool(accepted) and not without and not names_other
        if is_never_accepted and rejected in traffic.valid_creates_with_name_in_use(constraint.operation):
            continue
        if is_never_accepted or (constraint.member in named and is_certain):
            raise Finding(
                f"a create without {constraint.member} is accepted", rejected, assertion=status_in(2)
            )
    traffic.count(*(creation.exchange for creation in without))


def _attributes(rejected: Exchange) -> set[str]:
    items = rejected.response_json.get("errors") if isinstance(rejected.response_json, dict) else None
    errors = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return {error["attribute"] for error in errors if isinstance(error.get("attribute"), str)}


def _with_member(traffic: Traffic, constraint: Constraint) -> Iterator[tuple[Creation, Mapping[str, Any]]]:
    """Yield creations with the response object that holds the member; its presence is another requirement."""
    create = operation(constraint.operation)
    at_top = constraint.member in (create.response or {})["properties"]
    for creation in traffic.creations(constraint.operation):
        nested = creation.resource.get(create.nested_in or "")
        for holder in (creation.resource if at_top else None, nested):
            if isinstance(holder, dict) and constraint.member in holder:
                yield creation, holder


def _is_unspecified(constraint: Constraint, value: Any) -> bool:
    """Return whether the documentation does not specify the stored form of an accepted value."""
    if not isinstance(value, str):
        return False
    if constraint.schema.get("format") == "date-time":
        return value_comparison.parse_instant(value) is None  # a leap second
    if not value.strip():
        return constraint.member in _NAMES
    categories = (category(character) for character in value if character not in "\r\n\t")
    return not value.isprintable() and not _NOT_TEXT.isdisjoint(categories)


def _expect(exchange: Exchange, constraint: Constraint, expected: Any, received: Any) -> None:
    if _is_blank(expected) and (received is None or _is_blank(received)):
        return  # a server may store each of them in the same way
    expect.member_equals(
        exchange, member=constraint.member, expected=expected, received=received, schema=constraint.schema
    )


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()
