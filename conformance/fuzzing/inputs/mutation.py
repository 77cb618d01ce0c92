"""Variation of cases that showed something new: other values, members and steps."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

from conformance.fuzzing.inputs import generation, values
from conformance.fuzzing.inputs.cases import Action, Case, Step
from spec.operations import operation
from strategies import chronological_order

_MAX_STEPS: Final = 32
_MAX_CHANGES: Final = 3
_BODY_CHANGES: Final = 0.75  # share of changes that concern a body


def mutated(case: Case, others: Sequence[Case], random: Random) -> Case:
    """Return a case with one to three changes; `others` provide members and steps."""
    for _ in range(random.randint(1, _MAX_CHANGES)):
        change: Callable[[Case, Sequence[Case], Random], Case] = (
            _with_other_body if random.random() < _BODY_CHANGES else _with_other_steps
        )
        case = change(case, others, random)
    return case


def _with_other_body(case: Case, others: Sequence[Case], random: Random) -> Case:
    positions = [at for at, step in enumerate(case.steps) if step.body is not None]
    at = random.choice(positions)
    properties = (operation(case.operation).request or {})["properties"]
    required = (operation(case.operation).request or {})["required"]
    body = dict(case.steps[at].body or {})
    pick = random.random()
    donors = [other for other in others if other.operation == case.operation]
    if pick < 0.5:
        name = random.choice(list(properties))
        body[name] = values.random_value(properties[name], random)
    elif pick < 0.7:
        removable = [name for name in body if name not in required and name != "name"]
        if removable:
            del body[random.choice(removable)]
    elif pick < 0.95 and donors:
        donated = random.choice(random.choice(donors).bodies or [{}])
        names = [name for name in donated if random.random() < 0.5]
        body |= {name: donated[name] for name in names}
    else:
        name = random.choice(list(properties))
        body[name] = values.invalid_value(properties[name], random)
    order = chronological_order.ordered_members(operation(case.operation).request or {})
    return case.with_body(at, values.ordered_times(order, body) if pick < 0.9 else body)


def _with_other_steps(case: Case, others: Sequence[Case], random: Random) -> Case:
    steps = list(case.steps)
    pick, slot = random.random(), random.choice(steps).slot
    added: list[Any]
    if pick < 0.3:
        added = [Step(Action.GET, slot)]
    elif pick < 0.5:
        added = [Step(Action.DELETE, slot), Step(Action.GET, slot)]
    elif pick < 0.75:
        body = random.choice(case.bodies) if case.bodies else generation.random_body(case.operation, random)
        added = [Step(Action.CREATE, slot + random.randrange(2), body, random.choice((None, slot)))]
    elif pick < 0.9:
        donors = [other for other in others if other.operation == case.operation] or [case]
        added = list(random.choice(donors).steps)
    else:
        added = [replace(step) for step in steps]
    at = random.randint(1, len(steps))
    return replace(case, steps=tuple([*steps[:at], *added, *steps[at:]][:_MAX_STEPS]))
