"""Cases: sequences of operations on the resources of one collection, as data that any process can send."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self

from spec.operations import operations

_MAX_STEPS: Final = 200  # of a case from a corpus, which is not trusted
_MAX_COUNT: Final = 32
_FORMAT: Final = 1


class Action(StrEnum):
    """What a step does."""

    CREATE = "create"
    GET = "get"
    DELETE = "delete"
    BURST = "burst"  # several creates with the same body at the same time


@dataclass(frozen=True)
class Step:
    """One request, or several at the same time; `slot` is the number of the resource in the case."""

    action: Action
    slot: int = 0
    body: Mapping[str, Any] | None = None  # of a create
    name_of: int | None = None  # the slot whose name the create uses again
    count: int = 1  # of requests

    @property
    def creates(self) -> bool:
        """Return whether the step sends a create."""
        return self.body is not None

    def data(self) -> dict[str, Any]:
        """Return the step as JSON data, without default values."""
        return {
            "action": str(self.action),
            **({"slot": self.slot} if self.slot else {}),
            **({} if self.body is None else {"body": dict(self.body)}),
            **({} if self.name_of is None else {"name_of": self.name_of}),
            **({"count": self.count} if self.count != 1 else {}),
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the step in JSON data; raise ValueError if it is not one."""
        body, action = data.get("body"), Action(data.get("action", ""))
        numbers = [data.get("slot", 0), data.get("count", 1), data.get("name_of", 0)]
        has_body = isinstance(body, dict)
        if has_body is not (action in {Action.CREATE, Action.BURST}):
            raise ValueError(f"a step {action!r} with body {body!r}")
        if any(type(number) is not int or not 0 <= number <= _MAX_STEPS for number in numbers):
            raise ValueError(f"a step with numbers {numbers!r}")
        slot, count, _ = numbers
        return cls(action, slot, body, data.get("name_of"), min(max(count, 1), _MAX_COUNT))


@dataclass(frozen=True)
class Case:
    """A sequence of steps on one collection; the remaining resources are deleted at its end."""

    operation: str  # the create operation of the collection
    steps: tuple[Step, ...]

    @property
    def max_live(self) -> int:
        """Return the maximum number of resources that can exist at the same time."""
        live = most = 0
        for step in self.steps:
            live += step.count if step.creates else -(step.action is Action.DELETE)
            most = max(most, live)
        return max(most, 1)

    @property
    def requests(self) -> int:
        """Return the approximate number of requests, deletes included."""
        creates = sum(step.count for step in self.steps if step.creates)
        return creates + sum(step.count for step in self.steps)

    @property
    def bodies(self) -> Sequence[Mapping[str, Any]]:
        """Return the bodies of the creates."""
        return [step.body for step in self.steps if step.body is not None]

    def with_body(self, position: int, body: Mapping[str, Any]) -> "Case":
        """Return the case with another body of the step at a position."""
        steps = list(self.steps)
        steps[position] = replace(steps[position], body=body)
        return replace(self, steps=tuple(steps))

    def without_steps(self, positions: frozenset[int]) -> "Case":
        """Return the case without the steps at these positions."""
        steps = tuple(step for at, step in enumerate(self.steps) if at not in positions)
        return replace(self, steps=steps)

    def data(self) -> dict[str, Any]:
        """Return the case as JSON data."""
        return {"operation": self.operation, "steps": [step.data() for step in self.steps]}

    def encode(self) -> bytes:
        """Return the case as a line for the corpus."""
        return json.dumps({"format": _FORMAT, **self.data()}, sort_keys=True).encode()

    @classmethod
    def of_data(cls, data: Any, operations: Sequence[str]) -> Self:
        """Return the case in JSON data; raise ValueError if it is not one of these operations."""
        try:
            steps = tuple(Step.of_data(step) for step in data["steps"][:_MAX_STEPS])
            if data["operation"] not in operations or not steps:
                raise ValueError(f"a case of operation {data['operation']!r}")
            return cls(data["operation"], steps)
        except (TypeError, KeyError, AttributeError, IndexError) as error:
            raise ValueError(f"not a case: {type(error).__name__}") from None

    @classmethod
    def decode(cls, line: bytes, operations: Sequence[str]) -> Self:
        """Return the case in a line of the corpus; raise ValueError if it is not one."""
        return cls.of_data(json.loads(line), operations)


def create_operations(profiles: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the create operations of profiles."""
    creates = {entry.profile: id_ for id_, entry in operations().items() if entry.request is not None}
    return tuple(creates[profile] for profile in profiles if profile in creates)


def single_create(operation: str, body: Mapping[str, Any]) -> Case:
    """Return the case that creates one resource and gets it."""
    return Case(operation, (Step(Action.CREATE, body=body), Step(Action.GET)))
