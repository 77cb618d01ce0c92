"""Steps that reproduce a finding: its requests in their order, and the resources to delete at the end.

The printed commands, the shell script and the pytest module of a finding are derived from these steps.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.http.credentials import VALID
from conformance.http.exchange import Exchange, any_overlap
from conformance.http.resource_names import MAX_ATTEMPT, with_attempt_number


@dataclass(frozen=True)
class Step:
    """A request with the values that earlier responses provide, and those that its own response provides."""

    exchange: Exchange
    number: int  # among the steps that may create a resource; 0 for any other step
    variables: Mapping[str, str]  # variables with values of earlier responses, by the recorded value
    has_generated_name: bool = False  # whether the target generated a name that a later request contains

    @property
    def may_create(self) -> bool:
        """Return whether the response may contain the id of a new resource."""
        return self.number > 0

    @property
    def id_variable(self) -> str:
        """Return the variable with the id in the response."""
        return f"ID{self.number}"

    @property
    def name_variable(self) -> str:
        """Return the variable with the generated name in the response."""
        return f"NAME{self.number}"


@dataclass(frozen=True)
class Reproduction:
    """The steps of a finding; those of one group are sent at the same time."""

    groups: Sequence[Sequence[Step]]
    created: Mapping[str, Sequence[str]] = field(default_factory=dict)  # id variables by collection

    @property
    def steps(self) -> Sequence[Step]:
        """Return the steps in their order."""
        return [step for group in self.groups for step in group]


def reproduction_steps(exchanges: Sequence[Exchange], *, supports_delete: bool) -> Reproduction:
    """Return the steps that repeat the exchanges of a finding, the failing one last.

    If the failing get returns another resource, a create of such a resource is added.
    """
    exchanges = _with_other_resource(exchanges)
    variables: dict[str, str] = {}  # by the id or the generated name in the recorded response
    undeleted: dict[str, str] = {}  # collections by id variable
    groups, creates = [], 0
    for group in _groups(exchanges):
        steps = []
        known = dict(variables)
        for exchange in group:
            creates += may_create(exchange)
            step = Step(exchange, creates if may_create(exchange) else 0, known)
            step = replace(step, has_generated_name=step.may_create and _is_name_used(exchange, exchanges))
            variables.update(_variables(step))
            undeleted.update({step.id_variable: exchange.request.path} if step.may_create else {})
            if exchange.has_deleted and exchange.request.credential == VALID:
                undeleted.pop(variables.get(exchange.id_in_path, ""), None)
            steps.append(step)
        groups.append(steps)
    collections = dict.fromkeys(undeleted.values()) if supports_delete else {}
    created = {path: [name for name, place in undeleted.items() if place == path] for path in collections}
    return Reproduction(groups, created)


def may_create(exchange: Exchange) -> bool:
    """Return whether a create has to be cleaned up after: it succeeded, or would at a conforming target."""
    if not exchange.is_create:
        return False
    return exchange.succeeded or (exchange.request.credential == VALID and exchange.request_validity.is_valid)


def _variables(step: Step) -> Iterator[tuple[str, str]]:
    """Yield the values in the recorded response, each with the variable for the value in a new response."""
    if step.may_create and step.exchange.id is not None:
        yield step.exchange.id, step.id_variable
    if step.has_generated_name:
        yield (step.exchange.resource or {})["name"], step.name_variable


def _is_name_used(create: Exchange, exchanges: Sequence[Exchange]) -> bool:
    """Return whether the target generated the name of a resource, and a later request contains it."""
    name = (create.resource or {}).get("name")
    if not isinstance(name, str):
        return False
    quoted = json.dumps(name, ensure_ascii=False).encode(errors="surrogatepass")
    later = (exchange.request.body for exchange in exchanges if exchange.number > create.number)
    return quoted not in create.request.body and any(quoted in body for body in later)


def _with_other_resource(exchanges: Sequence[Exchange]) -> Sequence[Exchange]:
    """Return the exchanges, with a second create if the failing get returns another resource."""
    *earlier, failing = exchanges
    creates = [step for step in earlier if step.is_create and step.id is not None]
    if len(creates) != 1 or failing.id_in_path != creates[0].id or failing.resource is None:
        return exchanges
    created = creates[0].resource or {}
    if all(created.get(name) == failing.resource.get(name) for name in ("id", "name")):
        return exchanges
    at = exchanges.index(creates[0]) + 1
    return [*exchanges[:at], _similar_create(creates[0]), *exchanges[at:]]


def _similar_create(create: Exchange) -> Exchange:
    """Return a create like another one, with other values of name and display_name."""
    body = with_attempt_number(create.request.body, MAX_ATTEMPT)
    if body == create.request.body:  # it contains no unique name
        body = _with_other_names(create)
    return replace(create, request=replace(create.request, body=body), response=None, failure="not sent")


def _with_other_names(create: Exchange) -> bytes:
    sent: Mapping[str, Any] = create.request.json
    names = {
        name: f"{sent[name][:-2]}-2" for name in ("name", "display_name") if isinstance(sent.get(name), str)
    }
    return json.dumps({**sent, **names}, ensure_ascii=False).encode(errors="surrogatepass")


def _groups(exchanges: Sequence[Exchange]) -> Iterator[Sequence[Exchange]]:
    """Yield the exchanges one by one, and identical creates that one check sent at the same time together."""
    group: list[Exchange] = []
    for exchange in exchanges:
        if group and _is_race(group[-1], exchange):
            group.append(exchange)
        else:
            yield from filter(None, [group])
            group = [exchange]
    yield group


def _is_race(first: Exchange, second: Exchange) -> bool:
    return (
        may_create(first)
        and may_create(second)
        and first.request == second.request
        and first.origin.check == second.origin.check
        and any_overlap((first, second))
    )
