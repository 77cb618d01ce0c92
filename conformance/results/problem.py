"""The problem of a finding on one line: the member, its value, and why it is invalid."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from conformance.http.credentials import VALID
from conformance.http.exchange import Exchange
from conformance.http.json_body import NOT_JSON
from conformance.results.value_kinds import similar_name
from conformance.results.value_text import (
    difference_text,
    invalid_value_text,
    notable_value_text,
    parse_with_number_texts,
    value_text,
)
from conformance.results.verdict import Finding
from spec.catalogue import Requirement
from spec.formats import is_date
from spec.operations import operation

_MAX_MEMBERS: Final = 3  # invalid members that are described
_MAX_MESSAGE: Final = 100  # characters of an error message
_CREATES: Final = ("VC-CREATE", "FCR-CREATE")
_CLIENT_ERRORS: Final = range(400, 500)
_JSON: Final = "application/json"
_MEMBER: Final = re.compile(r"([a-z_]+(?:\[\])?(?:\.[a-z_]+(?:\[\])?)*) (?:is|ends|fits|matches)\b")
_UNEXPECTED: Final = re.compile(r"(?:no|an?) ([a-z_]+)(?: assigned by the server)?")
_UNDOCUMENTED: Final = "only documented members, not "  # as in testkit/expect.py
_NAMES: Final = frozenset({"name", "display_name"})
_ABOUT_STATUS: Final = re.compile(r"\b(status|statuses|accepted|rejected)\b")  # an expectation on the status


def problem(requirement: Requirement, finding: Finding) -> str:
    """Return the problem of a finding; empty if neither the check nor the request shows it."""
    exchange = finding.exchange
    if finding.explanation.problem:
        return finding.explanation.problem
    if exchange.response is None:
        return f"no response: {exchange.failure}"
    about_response = "" if _ABOUT_STATUS.search(finding.expected) else _response_problem(finding)
    if exchange.request.credential != VALID:
        return about_response or f"credentials: {exchange.request.credential.label}; status {exchange.status}"
    if not _ABOUT_STATUS.search(finding.expected):
        return about_response
    return _status_problem(requirement, finding) or f"status {exchange.status}"


def _status_problem(requirement: Requirement, finding: Finding) -> str:
    """Return what the target should have accepted or rejected; empty if the request does not show it."""
    exchange = finding.exchange
    if exchange.origin.operation not in _CREATES:
        return ""
    reasons = list(_invalid_request(exchange)) or list(_name_in_use(finding))
    if reasons:
        return f"{'; '.join(reasons)}; {_outcome(exchange)}"
    if exchange.status in _CLIENT_ERRORS:
        return f"{_valid_request(requirement, exchange)}; rejected with status {exchange.status}"
    if exchange.succeeded:
        return ""
    return "; ".join([*_unusual_members(exchange), _outcome(exchange)])


def _unusual_members(exchange: Exchange) -> Iterator[str]:
    """Yield the values of a valid body apart from its names, if there are few."""
    sent = parse_with_number_texts(exchange.request.body)
    values = {name: value for name, value in sent.items() if name not in _NAMES}
    if len(values) <= _MAX_MEMBERS:
        yield from (notable_value_text(name, value) for name, value in values.items())


def _response_problem(finding: Finding) -> str:
    """Return what is wrong with the response: its media type, a member, or a repeated id."""
    exchange, expected = finding.exchange, finding.expected
    if expected.startswith("Content-Type") and exchange.response is not None:
        media_type = exchange.response.media_type
        return f"Content-Type is {media_type}" if media_type else "the response has no Content-Type"
    if not isinstance(exchange.response_json, dict):
        return ""
    if expected.startswith(_UNDOCUMENTED):
        return f"the response has undocumented members: {expected.removeprefix(_UNDOCUMENTED)}"
    unexpected = _UNEXPECTED.fullmatch(expected)
    if unexpected and unexpected[1] in exchange.response_json:
        return notable_value_text(unexpected[1], exchange.response_json[unexpected[1]])
    named = _MEMBER.match(expected)
    return _member_problem(finding, named[1]) if named else _repeated_identity(finding)


def _member_problem(finding: Finding, path: str) -> str:
    """Return the received value of a member, and the sent one if it is another."""
    values = list(islice(_values(finding.exchange.response_json, path.split(".")), 1))
    if not values:
        return f"{path} is missing"
    for exchange in (finding.exchange, *finding.related_exchanges):
        sent = parse_with_number_texts(exchange.request.body)
        if exchange.is_create and isinstance(sent, dict) and sent.get(path, values[0]) != values[0]:
            return difference_text(path, sent[path], values[0], label="sent")
    return notable_value_text(path, values[0])


def _repeated_identity(finding: Finding) -> str:
    """Return the id or the name that an earlier response also has; empty if there is none."""
    resource = finding.exchange.resource or {}
    for earlier in finding.related_exchanges:
        for name in ("id", "name"):
            value = resource.get(name)
            if name in finding.expected and value is not None and (earlier.resource or {}).get(name) == value:
                return f"{name} is {value_text(value)}, as in an earlier response"
    return ""


def _values(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """Yield the values at a path; a step that ends in [] stands for every item of an array."""
    if not path:
        yield value
    elif isinstance(value, dict) and path[0].removesuffix("[]") in value:
        inner = value[path[0].removesuffix("[]")]
        for item in inner if path[0].endswith("[]") and isinstance(inner, list) else [inner]:
            yield from _values(item, path[1:])


def _name_in_use(finding: Finding) -> Iterator[str]:
    """Yield that the name of a create is in use, if an earlier exchange of the finding created it."""
    sent = finding.exchange.request.json
    name = sent.get("name") if isinstance(sent, dict) else None
    for earlier in finding.related_exchanges:
        if earlier.is_create and name is not None and (earlier.resource or {}).get("name") == name:
            yield f"name is {value_text(name)}, which an earlier create uses"
            break


def members_that_matter(requirement: Requirement, finding: Finding) -> frozenset[str]:
    """Return the members that the finding is about: those of the requirement, and the invalid ones."""
    names = [finding.member, *finding.exchange.request_validity.invalid_members]
    steps = (step for name in names if name for step in name.replace("[]", "").split("."))
    return requirement.members.union(steps)


def _outcome(exchange: Exchange) -> str:
    return f"{'accepted with status' if exchange.succeeded else 'status'} {exchange.status}"


def _invalid_request(exchange: Exchange) -> Iterator[str]:
    """Yield why the request is invalid, for at most three members."""
    media_type = next((value for name, value in exchange.request.headers if name == "content-type"), None)
    if media_type is None or not media_type.lower().startswith(_JSON):
        yield f"Content-Type is {media_type}" if media_type else "the request has no Content-Type"
        return
    sent, schema = (
        parse_with_number_texts(exchange.request.body),
        operation(exchange.origin.operation).request,
    )
    malformed = _malformed_body(exchange.request.body)
    if malformed:
        yield malformed
        return
    if not isinstance(sent, dict) or schema is None:
        yield f"the body is {value_text(sent)}, not an object"
        return
    reasons = [*_missing(schema, sent), *_invalid_members(schema, sent), *_wrong_order(schema, sent)]
    yield from reasons[:_MAX_MEMBERS]
    if len(reasons) > _MAX_MEMBERS:
        yield f"and {len(reasons) - _MAX_MEMBERS} more invalid members"


def _malformed_body(body: bytes) -> str:
    """Return why a body is not valid JSON; empty if it is."""
    if not body.strip():
        return "the body is empty"
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        return f"the body is not valid UTF-8 at byte {error.start + 1}"
    try:
        json.loads(text, object_pairs_hook=_reject_duplicates, parse_constant=_reject_constant)
    except _InvalidBodyError as error:
        return str(error)
    except json.JSONDecodeError as error:
        return f"the body is not valid JSON: {error.msg} at character {error.pos + 1}"
    except (ValueError, RecursionError):
        return "the body is not valid JSON"
    return ""


class _InvalidBodyError(ValueError):
    """The body is not valid JSON for a reason that Python's parser does not report."""


def _reject_duplicates(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise _InvalidBodyError(f"the body has the member {json.dumps(name)} twice")
        names.add(name)
    return dict(pairs)


def _reject_constant(constant: str) -> None:
    raise _InvalidBodyError(f"the body contains {constant}, which is not JSON")


def _missing(schema: Mapping[str, Any], sent: Mapping[str, Any]) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in sent:
            other = similar_name(name, sent)
            yield f"{name} is missing; the body has {other} instead" if other else f"{name} is missing"


def _invalid_members(schema: Mapping[str, Any], sent: Mapping[str, Any]) -> Iterator[str]:
    for name, node in schema["properties"].items():
        if name in sent and not _is_day(node, sent[name]):
            text = invalid_value_text(name, sent[name], node)
            if text:
                yield text


def _is_day(schema: Mapping[str, Any], value: Any) -> bool:
    """Return whether a value is a date for a date-time member, which another requirement allows."""
    return schema.get("format") == "date-time" and isinstance(value, str) and is_date(value)


def _wrong_order(schema: Mapping[str, Any], sent: Mapping[str, Any]) -> Iterator[str]:
    for earlier, later in schema.get("x-order", ()):
        first, second = (_instant(sent.get(name)) for name in (earlier, later))
        if first and second and second < first:
            yield f"{later} is before {earlier}: {_utc(second)} and {_utc(first)}"


def _instant(value: Any) -> datetime | None:
    """Return the instant of a date-time or of a date, or None."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.upper())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _valid_request(requirement: Requirement, exchange: Exchange) -> str:
    """Return what the target reports about a valid body, and the value of the member."""
    sent = parse_with_number_texts(exchange.request.body)
    errors = list(_reported_errors(exchange))
    constraint = requirement.constraint
    names = [constraint.member] if constraint else [name for name, _ in errors]
    values = [
        notable_value_text(name, sent[name]) if name in sent else f"{name} is omitted"
        for name in names[:_MAX_MEMBERS]
    ]
    if not values and isinstance(sent, dict):
        others = [name for name in sent if name not in _NAMES]
        values = [notable_value_text(name, sent[name]) for name in others if len(others) == 1]
    messages = [f"{name}: {value_text(message)}" for name, message in errors[:_MAX_MEMBERS]]
    reported = [f"the response reports {', '.join(messages)}"] if messages else []
    return "; ".join([*(f"{text}, which is valid" for text in values), *reported] or ["the body is valid"])


def _reported_errors(exchange: Exchange) -> Iterator[tuple[str, str]]:
    body = exchange.response_json
    items = body.get("errors") if body is not NOT_JSON and isinstance(body, dict) else None
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get("attribute"), str):
            message = item.get("message")
            yield item["attribute"][:_MAX_MESSAGE], message if isinstance(message, str) else ""
