"""What a keyword of a request schema states: the edge is accepted, one step beyond it is refused."""

from typing import Any, Final

from conformance import expect, packing
from conformance.api import Api
from conformance.packing import Packing
from conformance.requirement import constraints
from conformance.settings import Effort
from spec.catalogue import Constraint
from spec.operations import operation
from strategies import boundaries, violations

_ONE_CHARACTER: Final = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LONG: Final = 6  # values; a longer list is shared among members alike where little is to be sent
_MOST_SHARERS: Final = 3  # of ten colours each value is still tried on three


@constraints(*packing.RULES)
def test_a_conforming_value_is_accepted(api: Api, packing: Packing, limit: Constraint) -> None:
    """A value that was accepted in company is not sent again; alone it shows what a refusal is about."""
    collection = api.collection(limit.operation)
    for value in boundaries.accepted(limit.schema, limit.rule):
        if api.attempt == 0 and packing.accepting(api, limit, value):
            api.shown_elsewhere += 1
        else:
            [body] = _bodies(api, limit, [value])
            expect.accepted(collection.visit(body).created)


@constraints("MAXLENGTH-ASTRAL")
def test_a_limit_counts_code_points(api: Api, limit: Constraint) -> None:
    collection = api.collection(limit.operation)
    values = boundaries.accepted(limit.schema, limit.rule)
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
    broken = violations.refused(limit.schema, limit.rule, required=limit.required)
    values = [each.value for each in broken]
    if api.effort is Effort.SMOKE and len(values) > _LONG:
        values = _share(values, limit)
    for visit in api.collection(limit.operation).visit_each(_bodies(api, limit, values, unique=False)):
        expect.refused(visit.created)


@constraints("REQUIRED")
def test_a_body_without_a_required_member_is_refused(api: Api, limit: Constraint) -> None:
    collection = api.collection(limit.operation)
    for body in (collection.minimal(), collection.full()):
        del body[limit.member]
        expect.refused(collection.visit(body).created)


def _bodies(api: Api, limit: Constraint, values: list[Any], *, unique: bool = True) -> list[dict[str, Any]]:
    collection = api.collection(limit.operation)
    told = [_unlike(api, limit, value) if unique else value for value in values]
    return [collection.minimal(**{limit.member: value}) for value in told]


def _unlike(api: Api, limit: Constraint, value: Any) -> Any:
    """Return the value unlike any in use; of one character there are few, so each run draws its own."""
    if limit.schema.get("x-unique") and isinstance(value, str) and len(value) == 1:
        return _ONE_CHARACTER[(int(api.prefix, 16) + api.attempt) % len(_ONE_CHARACTER)]
    return api.unique(value, limit.schema)


def _share(values: list[Any], limit: Constraint) -> list[Any]:
    """Return the part of a list that falls to a member where members of one schema share the list."""
    properties = (operation(limit.operation).request or {})["properties"]
    bare = {name: {**node, "default": None, "description": None} for name, node in properties.items()}
    alike = [name for name, node in bare.items() if node == bare[limit.member]]
    sharers = min(_MOST_SHARERS, len(alike))
    return values[alike.index(limit.member) % sharers :: sharers]
