"""What a keyword of a request schema states: the edge is accepted, one step beyond it is refused."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from conformance.config.settings import Effort
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import Api, Collection, Visit
from conformance.testkit.markers import constraints
from conformance.testkit.value_packing import RULES, Packing, edges
from spec.catalogue import Constraint
from spec.operations import operation
from strategies import boundary_values, invalid_values

_ONE_CHARACTER: Final = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FEW: Final = 5  # values of one rule of one member, where little is to be sent
_PART: Final = 4  # of a much longer list: one value in so many


@constraints(*(RULES - {"OFFSET"}))
def test_a_conforming_value_is_accepted(api: Api, packing: Packing, limit: Constraint) -> None:
    disputed = boundary_values.left_open(limit.schema) if limit.rule == "MINIMUM-ACCEPT" else []
    for value in [*edges(api.effort, limit), *disputed]:
        for visit in _visits(api, packing, limit, value):
            expect.accepted(visit.created)


@constraints("OFFSET")
def test_an_offset_denotes_the_instant(api: Api, packing: Packing, limit: Constraint) -> None:
    for value in edges(api.effort, limit):
        for visit in _visits(api, packing, limit, value):
            expect.accepted(visit.created)
            expect.holds(visit.created, limit.member, value, limit.schema)


@constraints("MAXLENGTH-ASTRAL")
def test_a_limit_counts_code_points(api: Api, limit: Constraint) -> None:
    collection = api.collection(limit.operation)
    values = boundary_values.accepted(limit.schema, limit.rule)
    for visit in collection.visit_each(_bodies(api, limit, values)):
        expect.accepted(visit.created)
    for visit in collection.visit_each(_bodies(api, limit, [value + value[-1] for value in values])):
        expect.refused(visit.created)


@constraints(
    "TYPE",
    "TYPE-CONVERTIBLE",
    "NULL",
    "MAXLENGTH",
    "PATTERN",
    "ENUM",
    "FORMAT",
    "FORMAT-IMPOSSIBLE",
    "MINIMUM",
    "MAXIMUM",
)
def test_a_value_beyond_the_limit_is_refused(api: Api, limit: Constraint) -> None:
    """Every other value stands in the company of all other members, a single one alone and in company."""
    shared = sampling.share(api.effort, limit, _refused)
    values = sampling.few(api.effort, shared, max(_FEW, len(shared) // _PART))
    if len(values) == 1:
        values = [*values, *values]
    collection = api.collection(limit.operation)
    bodies = [
        _in_company(collection, turn // 2, limit.member, value)
        if turn % 2
        else collection.minimal(**{limit.member: value})
        for turn, value in enumerate(values)
    ]
    for visit in collection.visit_each(bodies):
        expect.refused(visit.created)


def _in_company(collection: Collection, turn: int, member: str, value: Any) -> dict[str, Any]:
    """Return a body with every member but those whose order with the one at fault is a reason of its own."""
    schema = operation(collection.create_id).request or {}
    related = {other for pair in schema.get("x-order", ()) if member in pair for other in pair} - {member}
    body = {name: each for name, each in collection.full(turn).items() if name not in related}
    return collection.spoiled(body, member, value)


@constraints("REQUIRED")
def test_a_body_without_a_required_member_is_refused(api: Api, limit: Constraint) -> None:
    collection = api.collection(limit.operation)
    for body in (collection.minimal(), collection.full()):
        expect.refused(collection.visit(collection.spoiled(body, limit.member)).created)


def _visits(api: Api, packing: Packing, limit: Constraint, value: Any) -> Iterator[Visit]:
    """Yield visits that show whether a value is accepted: in company where it was, and alone otherwise."""
    packed = packing.accepting(api, limit, value) if api.attempt == 0 else None
    if packed is not None:
        api.shown_elsewhere += 1
        yield packed
    elif limit.schema.get("x-unique") and len(value) == 1:
        yield from _of_one_kind(api, limit, value)
    else:
        [body] = _bodies(api, limit, [value])
        yield api.collection(limit.operation).visit(body)


def _of_one_kind(api: Api, limit: Constraint, character: str) -> Iterator[Visit]:
    """Yield visits with names of one character, with it at either end, and made of its kind alone."""
    collection = api.collection(limit.operation)
    apart = [character + api.fresh_name(), api.fresh_name() + character]
    at_the_ends = [character + api.fresh_name() + character] if api.effort is Effort.SMOKE else apart
    names = [*at_the_ends, *_spelled(api, character)]
    bodies = [collection.minimal(**{limit.member: name}) for name in names]
    yield from collection.visit_each(bodies, read=api.effort is not Effort.SMOKE)
    if character == boundary_values.accepted(limit.schema, limit.rule)[0]:
        yield _free(collection, limit, api.attempt)


def _free(collection: Collection, limit: Constraint, first: int) -> Visit:
    """Return a visit with a name of one character; of these there are so few that some may be in use."""
    for tried in range(len(_ONE_CHARACTER)):
        character = _ONE_CHARACTER[(first + tried) % len(_ONE_CHARACTER)]
        visit = collection.visit(collection.minimal(**{limit.member: character}))
        if visit.created.succeeded:
            break
    return visit


def _spelled(api: Api, character: str) -> Iterator[str]:
    """Yield names that nobody has, in digits, capitals, small letters or marks alone, as the character is."""
    digest = blake2b(api.fresh_name().encode(), digest_size=16)
    number = int(digest.hexdigest()[:16], 16)
    if character.isdigit():
        yield from (str(number), str(UUID(bytes=digest.digest())))
    elif character.isalpha():
        letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        yield letters.upper() if character.isupper() else letters
    else:
        yield "".join("-_"[int(bit)] for bit in f"{number:064b}")


def _bodies(api: Api, limit: Constraint, values: list[Any]) -> list[dict[str, Any]]:
    collection = api.collection(limit.operation)
    told = [api.unique(value, limit.schema) for value in values]
    return [collection.minimal(**{limit.member: value}) for value in told]


def _refused(limit: Constraint) -> tuple[Any, ...]:
    broken = invalid_values.refused(limit.schema, limit.rule, required=limit.required)
    return tuple(each.value for each in broken)
