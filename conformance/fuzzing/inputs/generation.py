"""Generation of cases: bodies with values that interact, sequences of operations, bursts."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from conformance.fuzzing.inputs import values
from conformance.fuzzing.inputs.cases import Action, Case, Step, single_create
from spec.operations import operation
from strategies import chronological_order

Body = Mapping[str, Any]

_FEW_MEMBERS: Final = 0.45  # share of bodies with one to four optional members
_HALF_OF_MEMBERS: Final = 0.8  # the rest has all
_NAMED: Final = 0.85  # share of bodies with a name of their own
_IN_ORDER: Final = 0.9
_MAX_FOCUS: Final = 4
_MAX_STEPS: Final = 24
_MAX_SLOTS: Final = 6
_BURSTS: Final = (2, 3, 4, 8)


def random_case(operation_id: str, random: Random) -> Case:
    """Return a new case."""
    pick = random.random()
    if pick < 0.60:
        return single_create(operation_id, random_body(operation_id, random))
    if pick < 0.85:
        return single_create(operation_id, invalid_body(operation_id, random))
    if pick < 0.97:
        return random_sequence(operation_id, random)
    count = random.choice(_BURSTS)
    burst = Step(Action.BURST, body=random_body(operation_id, random), count=count)
    return Case(operation_id, (burst, Step(Action.GET, random.randrange(count)), Step(Action.GET, count - 1)))


def random_body(operation_id: str, random: Random) -> dict[str, Any]:
    """Return a body that the schema allows."""
    schema = operation(operation_id).request or {}
    properties, required = schema["properties"], schema["required"]
    optional = [name for name in properties if name not in required and name != "name"]
    pick = random.random()
    if pick < _FEW_MEMBERS:
        chosen = set(random.sample(optional, random.randint(0, min(_MAX_FOCUS, len(optional)))))
    elif pick < _HALF_OF_MEMBERS:
        chosen = {name for name in optional if random.random() < 0.5}
    else:
        chosen = set(optional)
    if "name" in properties and random.random() < _NAMED:
        chosen.add("name")
    body = {
        name: values.random_value(node, random)
        for name, node in properties.items()
        if name in chosen or name in required
    }
    if random.random() < _IN_ORDER:
        body = values.ordered_times(chronological_order.ordered_members(schema), body)
    return body


def invalid_body(operation_id: str, random: Random) -> dict[str, Any]:
    """Return a body with one invalid member, rarely two."""
    properties = (operation(operation_id).request or {})["properties"]
    body = random_body(operation_id, random)
    for name in random.sample(list(properties), 1 if random.random() < 0.9 else 2):
        body[name] = values.invalid_value(properties[name], random)
    return body


def random_sequence(operation_id: str, random: Random) -> Case:
    """Return a sequence of creates, gets and deletes that uses names and ids again."""
    steps: list[Step] = [Step(Action.CREATE, 0, random_body(operation_id, random))]
    bodies = [random_body(operation_id, random) for _ in range(2)]
    slots = 1
    length = random.choice((3, 5, 8, 12, _MAX_STEPS))
    while len(steps) < length:
        steps.append(_random_step(operation_id, random, slots, bodies))
        slots = max(slots, steps[-1].slot + 1)
    return Case(operation_id, tuple(steps))


def _random_step(operation_id: str, random: Random, slots: int, bodies: Sequence[Body]) -> Step:
    """Return a step; most concern an existing slot, and some create another resource."""
    pick, slot = random.random(), random.randrange(slots)
    if pick < 0.35:
        return Step(Action.GET, slot)
    if pick < 0.55:
        return Step(Action.DELETE, slot)
    new = slots if slots < _MAX_SLOTS else slot
    name_of = random.randrange(slots) if random.random() < 0.4 else None
    if pick < 0.65:
        return Step(Action.CREATE, new, invalid_body(operation_id, random), name_of)
    body = random.choice(bodies) if random.random() < 0.6 else random_body(operation_id, random)
    return Step(Action.CREATE, new, body, name_of)
