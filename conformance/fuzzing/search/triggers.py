"""Triggers: what causes a violation, derived from its smallest case.

Two findings with the same trigger are one fault.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from conformance.fuzzing.inputs.cases import Action, Case, Step
from conformance.fuzzing.inputs.value_classes import has_class, value_class
from conformance.fuzzing.search.judgement import Violation
from conformance.fuzzing.search.simplification import is_same, simplest_value
from spec.operations import operation

_NAMES: Final = frozenset({"name"})  # every create has one
_MAX_STEPS: Final = 4  # that a description names


@dataclass(frozen=True)
class Trigger:
    """The members with the classes of their values, and the steps, without which nothing is violated."""

    operation: str
    requirements: frozenset[str]  # that the smallest case violates
    status: int | None  # of the response that shows the violation
    members: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()  # of more than a create and a get
    is_intermittent: bool = False  # whether the same request does not always show it

    @classmethod
    def of(cls, violation: Violation, requirements: frozenset[str], *, is_intermittent: bool = False) -> Self:
        """Return the trigger of a violation by its smallest case."""
        case = violation.run.case
        depends_on_timing = is_intermittent or any(step.count > 1 for step in case.steps)
        members = () if depends_on_timing else tuple(sorted(_members(case)))
        steps = () if is_intermittent or _is_single(case) else tuple(map(_step_text, case.steps))
        status = violation.finding.exchange.status
        return cls(case.operation, requirements, status, members, steps, is_intermittent)

    def concerns(self, violation: Violation) -> bool:
        """Return whether a violation may have this trigger."""
        if violation.run.case.operation != self.operation:
            return False
        if (
            violation.requirement.id not in self.requirements
            or violation.finding.exchange.status != self.status
        ):
            return False
        return any(
            all(name in body and _may_be_same(body[name], kind) for name, kind in self.members)
            for body in violation.run.case.bodies
        )

    def is_same_fault(self, other: "Trigger") -> bool:
        """Return whether two triggers are those of one fault."""
        if self.operation != other.operation or self.requirements.isdisjoint(other.requirements):
            return False
        return self.identity == other.identity

    @property
    def identity(self) -> tuple[Any, ...]:
        """Return what distinguishes the triggers of different faults with the same requirements."""
        return self.members, self.steps, self.is_intermittent

    def has_steps_of(self, case: Case) -> bool:
        """Return whether a case has at least the steps of this trigger."""
        steps = list(map(_step_text, case.steps))
        return all(steps.count(step) >= self.steps.count(step) for step in self.steps)

    def removed_from(self, case: Case) -> Case:
        """Return a case without the values of the trigger."""
        for at, step in enumerate(case.steps):
            if step.body is not None:
                case = case.with_body(at, self._without_values(step.body))
        return case

    def _without_values(self, body: Mapping[str, Any]) -> dict[str, Any]:
        schema = operation(self.operation).request or {}
        changed = dict(body)
        for name, _ in self.members:
            if name in schema["required"]:
                changed[name] = simplest_value(schema["properties"][name])
            else:
                changed.pop(name, None)
        return changed

    @property
    def text(self) -> str:
        """Return the trigger in words; empty for any request."""
        members = " and ".join(f"{name} is {kind}" for name, kind in self.members)
        parts = [f"if {members}"] if members else []
        if self.steps:
            named = ", ".join(self.steps[:_MAX_STEPS])
            rest = f" and {len(self.steps) - _MAX_STEPS} more steps" if len(self.steps) > _MAX_STEPS else ""
            parts.append(f"in the sequence {named}{rest}")
        if self.is_intermittent:
            parts.append("in some of many equal requests")
        return "; ".join(parts)

    def data(self) -> dict[str, Any]:
        """Return the trigger as JSON data."""
        return {
            "operation": self.operation,
            "requirements": sorted(self.requirements),
            "status": self.status,
            "members": [list(pair) for pair in self.members],
            "steps": list(self.steps),
            "is_intermittent": self.is_intermittent,
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the trigger in JSON data."""
        members = tuple((name, kind) for name, kind in data["members"])
        return cls(
            data["operation"],
            frozenset(data["requirements"]),
            data["status"],
            members,
            tuple(data["steps"]),
            data["is_intermittent"],
        )


def _may_be_same(value: Any, kind: str) -> bool:
    """Return whether a value may show the fault that a value of a class shows.

    Another number may, whatever its size; a text must have the same kinds of characters.
    """
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return is_number or has_class(value, kind)


def _is_single(case: Case) -> bool:
    actions = [step.action for step in case.steps]
    return actions in ([Action.CREATE], [Action.CREATE, Action.GET])


def _members(case: Case) -> Iterator[tuple[str, str]]:
    schema = operation(case.operation).request or {}
    yielded = set()
    for body in case.bodies:
        for name, value in body.items():
            node = schema["properties"].get(name, {})
            is_simplest = bool(node) and is_same(value, simplest_value(node))
            is_needed = not is_simplest or (name not in schema["required"] and name not in _NAMES)
            if is_needed and (name, value_class(value)) not in yielded:
                yielded.add((name, value_class(value)))
                yield name, value_class(value)


def _step_text(step: Step) -> str:
    count = f"{step.count} concurrent " if step.count > 1 else ""
    again = " with a name used before" if step.name_of is not None else ""
    return f"{count}{'create' if step.creates else step.action}{again}"
