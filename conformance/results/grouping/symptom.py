"""Symptoms: what the finding of an outcome shows about the target, and what it has in common with others."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from conformance.http.exchange import Exchange
from conformance.results.verdict import Finding, Outcome
from spec.catalogue import Requirement

WITHOUT_OPTIONAL: Final = "a create without an optional member is rejected"
UNKNOWN_ID_FOUND: Final = "a get of an id that does not exist succeeds"
CHOSEN_ID: Final = "the id of a resource is the one that the client sent"
SAME_ID: Final = "two resources have the same id"
ANOTHER_RESOURCE: Final = "a get returns another resource"
CONFUSED: Final = frozenset({SAME_ID, ANOTHER_RESOURCE})
GET_NOT_FOUND: Final = "a get returns 404"
NAME_IN_USE: Final = "a name that is in use is accepted"
BY_SCHEMATHESIS: Final = "-SCHEMATHESIS"
MISSING: Final = "a member is missing in a response"
Member = tuple[str, str]  # operation or resource, and the name of a member
RESOURCE_KINDS: Final = {"VC": "VC-CONF", "FCR": "FCR-ROOM"}


class Area(Enum):
    """Kinds of behavior; symptoms of different kinds have different root causes unless one is weak."""

    LOST = auto()
    SERVER_ERROR = auto()
    CREDENTIALS = auto()
    STATUS = auto()
    MEDIA_TYPE = auto()
    ACCEPTED = auto()  # an invalid body
    REJECTED = auto()  # a valid body
    RETURNED = auto()  # a member of a response
    ERROR_BODY = auto()
    ERROR_ITEMS = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Symptom:
    """What one outcome shows.

    Symptoms of one area with the same link have the same root cause. A weak symptom may be a consequence of
    another one.
    """

    outcome: Outcome
    area: Area
    text: str
    links: frozenset[str]
    members: frozenset[Member] = frozenset()
    general_text: str = ""  # of any other value that violates the same keyword
    weak: bool = False

    @property
    def finding(self) -> Finding:
        """Return the finding."""
        return self.outcome.findings[0]

    @property
    def exchange(self) -> Exchange:
        """Return the exchange that shows the violation."""
        return self.finding.exchange

    @property
    def requirement(self) -> Requirement:
        """Return the violated requirement."""
        return self.outcome.requirement


def symptom_with_text(outcome: Outcome, area: Area, text: str, *, weak: bool = False) -> Symptom:
    """Return a symptom whose only link is its text."""
    return Symptom(outcome, area, text, frozenset({text}), weak=weak)


def place(operation_id: str) -> str:
    """Return the kind of resource that an operation returns."""
    return RESOURCE_KINDS[operation_id.partition("-")[0]]


def reported_members(exchange: Exchange) -> frozenset[str]:
    """Return the members of the request that an error response names."""
    items = exchange.response_json.get("errors") if isinstance(exchange.response_json, dict) else None
    errors = items if isinstance(items, list) else []
    attributes = (error.get("attribute") for error in errors if isinstance(error, dict))
    return frozenset(attribute for attribute in attributes if isinstance(attribute, str))


def rule(requirement: Requirement) -> str:
    """Return the id of a requirement without its operation or resource."""
    return requirement.id.removeprefix(f"{requirement.operation}-")
