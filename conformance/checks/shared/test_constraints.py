"""Checks of the request schema: boundary values are accepted, values just beyond them are rejected."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from conformance.config.settings import Effort
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import ApiClient
from conformance.testkit.invalid_rows import InvalidRows, values_of
from conformance.testkit.markers import constraints
from conformance.testkit.resource_client import ResourceClient, RoundTrip
from conformance.testkit.value_packing import PACKED_RULES, PackedBodies, packed_values
from spec.catalogue import Constraint
from spec.derivation_rules import INVALID_VALUE_RULES
from spec.operations import operation
from strategies import boundary_values
from strategies.sample_text import LITERALS

_SINGLE_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SMOKE_SAMPLE: Final = (3, 6)  # invalid values alone: at least 3 of a rule and member, and of many, one in 6
_SMOKE_SAMPLE_BESIDE_ROWS: Final = (1, 8)  # the same if rows of invalid values show something


@constraints(*(PACKED_RULES - {"OFFSET"}))
def test_a_valid_value_is_accepted(
    api: ApiClient, packed_bodies: PackedBodies, constraint: Constraint
) -> None:
    is_minimum = constraint.rule == "MINIMUM-ACCEPT"
    unspecified = boundary_values.unspecified_values(constraint.schema) if is_minimum else []
    for value in [*packed_values(api.effort, constraint), *unspecified]:
        for round_trip in _round_trips(api, packed_bodies, constraint, value):
            expect.accepted(round_trip.created)


@constraints("OFFSET")
def test_a_value_with_an_offset_denotes_the_same_instant(
    api: ApiClient, packed_bodies: PackedBodies, constraint: Constraint
) -> str | None:
    for value in packed_values(api.effort, constraint):
        for round_trip in _round_trips(api, packed_bodies, constraint, value):
            expect.accepted(round_trip.created)
            for exchange in api.echoes(round_trip.created):
                expect.resource_member_equals(exchange, constraint.member, value, constraint.schema)
    return api.acceptance_note


@constraints("MAXLENGTH-ASTRAL")
def test_max_length_counts_code_points(api: ApiClient, constraint: Constraint) -> None:
    collection = api.collection(constraint.operation)
    values = boundary_values.accepted_values(constraint.schema, constraint.rule)
    for round_trip in collection.create_read_delete_each(_bodies(api, constraint, values)):
        expect.accepted(round_trip.created)
    for round_trip in collection.create_read_delete_each(
        _bodies(api, constraint, [value + value[-1] for value in values])
    ):
        expect.rejected_as_invalid(round_trip.created)


@constraints(*INVALID_VALUE_RULES)
def test_an_invalid_value_is_rejected(
    api: ApiClient, invalid_rows: InvalidRows, constraint: Constraint
) -> None:
    """Send every second value combined with all other members, and a single value both ways.

    If rows of invalid values show that the target rejects the others, a single value is sent one way only.
    """
    values: Sequence[Any] = sampling.member_share(api.effort, constraint, values_of)
    in_rows = api.effort is Effort.SMOKE and invalid_rows.reports_all_errors(api, constraint.operation)
    if api.effort is Effort.SMOKE:
        least, fraction = _SMOKE_SAMPLE_BESIDE_ROWS if in_rows else _SMOKE_SAMPLE
        sample = sampling.subset(api.effort, values, max(least, len(values) // fraction))
        values = [*sample, *invalid_rows.values_to_send(api, constraint)]
    if len(values) == 1 and not in_rows:
        values = [*values, *values]
    first = len(constraint.member) % 2 if in_rows else 0
    collection = api.collection(constraint.operation)
    bodies = [
        _combined(collection, index // 2, constraint.member, value)
        if index % 2
        else collection.minimal(**{constraint.member: value})
        for index, value in enumerate(values, first)
    ]
    expect.rejected_as_invalid(
        *(round_trip.created for round_trip in collection.create_read_delete_each(bodies))
    )


def _combined(collection: ResourceClient, variation: int, member: str, value: Any) -> dict[str, Any]:
    """Return a body with every member, except those whose order with the invalid one is also restricted."""
    schema = operation(collection.create_id).request or {}
    ordered = {name for pair in schema.get("x-order", ()) if member in pair for name in pair} - {member}
    full = collection.full(variation)
    body = {name: full_value for name, full_value in full.items() if name not in ordered}
    return collection.with_invalid_member(body, member, value)


@constraints("REQUIRED")
def test_a_body_without_a_required_member_is_rejected(api: ApiClient, constraint: Constraint) -> None:
    collection = api.collection(constraint.operation)
    bodies = [
        *(
            collection.with_invalid_member(body, constraint.member)
            for body in (collection.minimal(), collection.full())
        ),
        *_wrapped_bodies(collection, constraint),
    ]
    for body in bodies:
        expect.rejected_as_invalid(collection.create_read_delete(body).created)


def _wrapped_bodies(collection: ResourceClient, constraint: Constraint) -> Iterator[dict[str, Any]]:
    """Yield bodies whose members are all in another object, for the member by which resources are found."""
    label, *_ = collection.minimal()
    if constraint.member == label:
        resource = operation(constraint.operation).path.rpartition("/")[-1].removesuffix("s")
        for wrapper in sampling.subset(collection.api.effort, (resource, "data"), 1):
            yield collection.with_traceable_name({wrapper: collection.minimal()}, omitted=label)


def _round_trips(
    api: ApiClient, packed_bodies: PackedBodies, constraint: Constraint, value: Any
) -> Iterator[RoundTrip]:
    """Yield creates with a value: an accepted packed body, or else a body with the value alone."""
    packed = packed_bodies.accepted_with(api, constraint, value) if api.attempt == 0 else None
    if packed is not None:
        api.count_shared(packed.created)
        yield packed
    elif constraint.schema.get("x-unique") and len(value) == 1:
        yield from _names_with(api, constraint, value)
    else:
        [body] = _bodies(api, constraint, [value])
        yield api.collection(constraint.operation).create_read_delete(body)


def _names_with(api: ApiClient, constraint: Constraint, character: str) -> Iterator[RoundTrip]:
    """Yield creates with names that start or end with a character, or consist only of its kind."""
    collection = api.collection(constraint.operation)
    separate = [character + api.fresh_name(), api.fresh_name() + character]
    at_ends = [character + api.fresh_name() + character] if api.effort is Effort.SMOKE else separate
    names = [*at_ends, *_names_of_kind(api, character)]
    bodies = [collection.minimal(**{constraint.member: name}) for name in names]
    yield from collection.create_read_delete_each(bodies, read=api.effort is not Effort.SMOKE)
    if character == boundary_values.accepted_values(constraint.schema, constraint.rule)[0]:
        yield _single_character_name(collection, constraint, api.attempt)
        yield from _literal_names(collection, constraint)


def _single_character_name(collection: ResourceClient, constraint: Constraint, first: int) -> RoundTrip:
    """Return a create with a name of one character; try the next one if a name is in use."""
    for offset in range(len(_SINGLE_CHARACTERS)):
        character = _SINGLE_CHARACTERS[(first + offset) % len(_SINGLE_CHARACTERS)]
        round_trip = collection.create_read_delete(collection.minimal(**{constraint.member: character}))
        if round_trip.created.succeeded:
            break
    return round_trip


def _literal_names(collection: ResourceClient, constraint: Constraint) -> Iterator[RoundTrip]:
    """Yield the accepted creates with a literal of a programming language as name; others may be in use."""
    literals = sampling.subset(collection.api.effort, LITERALS, 0)
    for round_trip in collection.create_read_delete_each(
        [collection.minimal(**{constraint.member: literal}) for literal in literals]
    ):
        if round_trip.created.succeeded:
            yield round_trip


def _names_of_kind(api: ApiClient, character: str) -> Iterator[str]:
    """Yield unused names of only digits, uppercase letters, lowercase letters or marks, as the character."""
    digest = blake2b(api.fresh_name().encode(), digest_size=16)
    number = int(digest.hexdigest()[:16], 16)
    if character.isdigit():
        numerals = (str(number), str(UUID(bytes=digest.digest())), f"{number % 10**9}e5", f"0x{number:x}")
        yield from sampling.subset(api.effort, numerals, 2)
    elif character.isalpha():
        letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        yield letters.upper() if character.isupper() else letters
    else:
        yield "".join("-_"[int(bit)] for bit in f"{number:064b}")


def _bodies(api: ApiClient, constraint: Constraint, values: list[Any]) -> list[dict[str, Any]]:
    collection = api.collection(constraint.operation)
    unique = [api.make_unique(value, constraint.schema) for value in values]
    return [collection.minimal(**{constraint.member: value}) for value in unique]
