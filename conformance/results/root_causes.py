"""What lies behind findings: those that show the same misbehaviour are one cause, told once.

A fault of a server often breaks several requirements. The cause of a finding is read from its exchange: what
was answered to what kind of request, and the member that it is about. The requirement that says it plainest
leads; the others are folded under it.
"""

from collections import Counter
from collections.abc import Container, Iterable
from typing import Any, Final

from conformance.http.credentials import GOOD
from conformance.http.exchange import Exchange
from conformance.results.verdict import Finding, Outcome, Verdict
from spec.catalogue import Requirement

_CREATES: Final = ("VC-CREATE", "FCR-CREATE")
_SERVER_ERRORS: Final = range(500, 600)
_REFUSALS: Final = range(400, 500)
_CLOSED: Final = frozenset({401, 403})
_SHAPE: Final = 5  # members that one answer lacks
_TOLD: Final = frozenset({Verdict.FAILED, Verdict.WARNED})


def causes(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Return each cause with the requirement that leads and those folded under it, failures first."""
    told = [outcome for outcome in outcomes if outcome.findings and outcome.verdict in _TOLD]
    lacking = Counter(_operation(outcome) for outcome in told if _lacks_its_member(outcome))
    shapeless = {operation for operation, members in lacking.items() if members >= _SHAPE}
    groups: dict[str, list[Outcome]] = {}
    for outcome in told:
        groups.setdefault(_cause(outcome, shapeless), []).append(outcome)
    ordered = [(what, sorted(group, key=_plainness)) for what, group in groups.items()]
    ordered.sort(key=lambda pair: pair[1][0].verdict is not Verdict.FAILED)
    return [
        {"cause": what, "lead": lead.requirement.id, "others": [each.requirement.id for each in others]}
        for what, (lead, *others) in ordered
    ]


def cause(requirement: Requirement, finding: Finding) -> str:
    """Return in a few words what the target does wrong."""
    exchange, operation = finding.exchange, finding.exchange.origin.operation
    if exchange.response is None:
        return f"{operation} is not answered"
    if exchange.status in _SERVER_ERRORS:
        return f"{operation} is answered with {exchange.status}"
    if exchange.request.credential != GOOD and exchange.status not in _CLOSED:
        return "wrong credentials are not answered with 401"
    if exchange.request.credential == GOOD and exchange.status in _CLOSED:
        return f"good credentials are answered with {exchange.status}"
    about = finding.about or (requirement.member.name if requirement.member else None)
    if about is not None:
        return f"{about} of {operation.partition('-')[0]}"
    return _of_create(exchange) or requirement.id


def _of_create(exchange: Exchange) -> str | None:
    """Return what is wrong with accepting or refusing a body, None where that is not the question."""
    operation, sent = exchange.origin.operation, exchange.conformity
    if operation not in _CREATES:
        return None
    if exchange.succeeded and not sent.conforms:
        return f"{operation} accepts {' and '.join(sorted(sent.at_fault)) or 'what is no body'} all the same"
    if exchange.status in _REFUSALS and sent.conforms:
        return f"{operation} refuses {' and '.join(_named(exchange)) or 'what is right'}"
    return f"the body of a {exchange.status}" if exchange.status in _REFUSALS else None


def _cause(outcome: Outcome, shapeless: Container[str]) -> str:
    """Return the cause of an outcome; where an operation answers in a shape of its own, that is it."""
    what = cause(outcome.requirement, outcome.findings[0])
    explained = _lacks_its_member(outcome) or what == outcome.requirement.id
    if explained and _operation(outcome) in shapeless:
        return f"the shape of what {_operation(outcome)} answers"
    return what


def _lacks_its_member(outcome: Outcome) -> bool:
    member, answer = outcome.requirement.member, outcome.findings[0].exchange.resource
    return member is not None and answer is not None and member.name not in answer


def _operation(outcome: Outcome) -> str:
    return outcome.findings[0].exchange.origin.operation


def _named(exchange: Exchange) -> list[str]:
    """Return the members that a refusal names."""
    items = exchange.answer.get("errors") if isinstance(exchange.answer, dict) else None
    listed = items if isinstance(items, list) else []
    named = (item.get("attribute") for item in listed if isinstance(item, dict))
    return sorted({each for each in named if isinstance(each, str)})


def _plainness(outcome: Outcome) -> tuple[bool, int, bool, int]:
    """Return what the requirements of one cause are sorted by.

    First what says that a member is optional, then what else is said of the member, then the rest; and what
    the documentation says before what we made of it.
    """
    requirement, finding = outcome.requirement, outcome.findings[0]
    limit, member = requirement.constraint, requirement.member
    about = {finding.about, *_named(finding.exchange), *finding.exchange.conformity.at_fault}
    name = limit.member if limit else member.name if member else None
    rank = 2 if name is None or name not in about else 0 if limit and limit.rule == "OPTIONAL" else 1
    length = len(finding.exchange.request.body)
    return outcome.verdict is not Verdict.FAILED, rank, requirement.new is not None, length
