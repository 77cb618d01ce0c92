"""Differences between the responses of two targets to the same requests, grouped by what differs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from conformance.live_comparison.observations import Observation, RequestKey, request_text
from conformance.live_comparison.response_form import ResponseForm

STATUS: Final = "status"
MEDIA_TYPE: Final = "media type"
_MAX_FORM: Final = 200  # characters of a value
Found = Mapping[RequestKey, Sequence[Observation]]


@dataclass
class ResponseDifference:
    """Responses that differ in one member, or in their status, with one of them as an example."""

    subject: str  # a member, the status or the media type
    a: str
    b: str
    sent: str
    responses: int = 0
    operations: set[str] = field(default_factory=set)
    checks: set[str] = field(default_factory=set)
    numbers: tuple[set[int], set[int]] = field(default_factory=lambda: (set(), set()))  # of exchanges


@dataclass(frozen=True)
class ResponseComparison:
    """The differences, and how many responses were compared."""

    differences: Sequence[ResponseDifference]
    compared: int
    unpaired: int  # requests that only one target received
    undocumented: int  # members that no specification has, and only one target returns


def compare_responses(a: Found, b: Found) -> ResponseComparison:
    """Return the differences between the responses to the requests that both targets received."""
    groups: dict[tuple[str, ...], ResponseDifference] = {}
    undocumented: set[tuple[str, str]] = set()
    compared = 0
    for key in a.keys() & b.keys():
        for first, second in _pairs(a[key], b[key]):
            compared += 1
            for path in first.form.undocumented ^ second.form.undocumented:
                undocumented.add((key.operation, path))
            for subject, forms in _differing(first.form, second.form):
                name = (
                    (subject, key.operation, *forms) if subject == STATUS else (subject.rpartition(".")[2],)
                )
                first_form, second_form = (form[:_MAX_FORM] for form in forms)
                group = groups.setdefault(
                    name, ResponseDifference(subject, first_form, second_form, request_text(key))
                )
                group.responses += 1
                group.operations.add(key.operation)
                group.checks.add(key.check)
                group.numbers[0].add(first.number)
                group.numbers[1].add(second.number)
    unpaired = sum(abs(len(a.get(key, ())) - len(b.get(key, ()))) for key in a.keys() | b.keys())
    ordered = sorted(groups.values(), key=lambda group: (-group.responses, group.subject, group.a, group.b))
    return ResponseComparison(ordered, compared, unpaired, len(undocumented))


def _pairs(a: Sequence[Observation], b: Sequence[Observation]) -> Iterator[tuple[Observation, Observation]]:
    """Yield pairs of responses to equal requests: equal ones first, as their order may depend on timing."""
    remaining = list(b)
    unequal = []
    for first in a:
        at = next((at for at, second in enumerate(remaining) if second.form == first.form), None)
        if at is None:
            unequal.append(first)
        else:
            yield first, remaining.pop(at)
    yield from zip(unequal, remaining, strict=False)


def _differing(a: ResponseForm, b: ResponseForm) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield what differs, with both forms; with different statuses, members are not compared."""
    if a.status != b.status:
        yield STATUS, (a.status, b.status)
        return
    if a.media_type != b.media_type:
        yield MEDIA_TYPE, (a.media_type, b.media_type)
    first, second = dict(a.members), dict(b.members)
    for path in first.keys() | second.keys():
        forms = first.get(path, "missing"), second.get(path, "missing")
        if forms[0] != forms[1]:
            yield path, forms
