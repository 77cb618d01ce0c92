"""What an answer must look like: pure functions of exchanges, the only ones that know status codes.

Each raises a Finding that says what was expected; what was received stands in the exchange.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from json import dumps
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.http.json_body import NOT_JSON
from conformance.results.verdict import Finding, Unobserved
from conformance.runtime import cpu_time
from spec.operations import operation
from spec.validation import envelopes, errors, resources, tolerant

REFUSALS: Final = frozenset({400, 422})  # the readings accept either for a body that breaks a rule
_TAKEN: Final = frozenset({400, 409, 422})  # and 409 besides for a name in use
_SERVER_ERRORS: Final = range(500, 600)
_UNDECLARED: Final = frozenset({400, 409, 415})  # bad JSON on rooms, a name in use, another media type
_OF_ITS_OWN: Final = frozenset(
    {"updated_at", "active_session", "conference_room"}
)  # compared elsewhere, or not
ONE_SECOND: Final = dt.timedelta(seconds=1)
_LONG: Final = 40  # characters of a text with which a line still reads
_SHOWN: Final = 30  # characters that are shown of a longer one
_BARE_DATE: Final = len("2041-05-06")


def accepted(exchange: Exchange) -> None:
    """Expect a success, whichever one: the exact status is a requirement of its own."""
    if not exchange.succeeded:
        raise Finding("the request is accepted", exchange, why="the documentation allows what was sent")


def status(exchange: Exchange, wanted: int) -> None:
    """Expect one status."""
    if exchange.status != wanted:
        raise Finding(f"status {wanted}", exchange)


def refused(exchange: Exchange) -> None:
    """Expect a refusal of what the request body says."""
    _one_of(exchange, REFUSALS, "the request is refused with 400 or 422")


def taken(exchange: Exchange) -> None:
    """Expect the refusal of a name in use."""
    _one_of(exchange, _TAKEN, "the second create is refused with 400, 409 or 422")


def unsupported(exchange: Exchange) -> None:
    """Expect the refusal of a media type."""
    _one_of(exchange, REFUSALS | {415}, "the request is refused with 400, 415 or 422")


def unauthorized(exchange: Exchange) -> None:
    """Expect 401 before anything else."""
    _one_of(exchange, frozenset({401}), "status 401")


def unauthorized_or_malformed(exchange: Exchange) -> None:
    """Expect 401, or 400 for an Authorization header that is none."""
    _one_of(exchange, frozenset({400, 401}), "status 401 (or 400)")


def not_opened(exchange: Exchange) -> None:
    """Expect anything but a success."""
    if exchange.succeeded:
        raise Finding("a refusal", exchange)


def authorized(exchange: Exchange) -> None:
    """Expect that the credentials open the target, whatever else is wrong."""
    if exchange.status in {401, 403}:
        raise Finding("the credentials are accepted", exchange)


def not_found(exchange: Exchange) -> None:
    """Expect 404 for an id that names nothing."""
    status(exchange, 404)


def rejected(exchange: Exchange) -> None:
    """Expect that the request has no success and causes no server error; which refusal is left open."""
    if exchange.succeeded or exchange.status is None or exchange.status in _SERVER_ERRORS:
        raise Finding("neither a success nor a 5xx", exchange)


def answered(exchange: Exchange) -> None:
    """Expect an answer that is no server error."""
    if exchange.status is None or exchange.status in _SERVER_ERRORS:
        raise Finding("an answer that is not a 5xx", exchange)


@cpu_time.JUDGING
def json(exchange: Exchange) -> None:
    """Expect a body of media type application/json that is JSON in UTF-8."""
    if exchange.response is None or exchange.response.media_type != "application/json":
        raise Finding("Content-Type: application/json", exchange)
    if exchange.answer is NOT_JSON:
        raise Finding("a body that is JSON in UTF-8", exchange)


def envelope(exchange: Exchange) -> None:
    """Expect the error body of the status that came."""
    schema = _envelopes().get(exchange.status or 0)
    if schema is not None:
        matches(exchange, schema, exchange.answer, f"the body of a {exchange.status}")


@cache
def _envelopes() -> Mapping[int, Mapping[str, Any]]:
    return {status: tolerant(schema) for status, schema in envelopes().items()}


def declared(exchange: Exchange) -> None:
    """Expect a declared status; a few have a sense of their own for which nothing is declared."""
    statuses = operation(exchange.origin.operation).statuses
    if exchange.status not in statuses | _UNDECLARED:
        raise Finding(f"one of the declared statuses: {', '.join(map(str, sorted(statuses)))}", exchange)


@cpu_time.JUDGING
def matches(exchange: Exchange, schema: Mapping[str, Any], value: Any, place: str) -> None:
    """Expect that a value received keeps a schema; `place` names it."""
    broken = next(iter(errors(schema, value)), None)
    if broken is not None:
        where = "".join(f".{step}" for step in broken.absolute_path)
        asked = _asked(str(broken.validator), broken.validator_value)
        raise Finding(f"{place}{where}: {asked}", exchange, about=place)


def sealed(exchange: Exchange, received: Any, known: Mapping[str, Any]) -> None:
    """Expect an object without any member but the known ones."""
    extra = sorted(received.keys() - known.keys()) if isinstance(received, dict) else []
    if extra:
        raise Finding(f"no member but the documented ones: not {', '.join(extra)}", exchange)


def kept(
    exchange: Exchange, *told: Exchange, member: str, wanted: Any, received: Any, schema: Mapping[str, Any]
) -> None:
    """Expect that a member still has the value it was given."""
    if not same(wanted, received, schema):
        raise Finding(f"{member} is {shown(wanted)}", exchange, *told, about=member)


@cpu_time.JUDGING
def holds(exchange: Exchange, member: str, wanted: Any, schema: Mapping[str, Any]) -> None:
    """Expect that the resource in an answer has a value; that it has the member is another requirement."""
    held_in = operation(exchange.origin.operation).held_in
    held = resource(exchange).get(held_in) if held_in else resource(exchange)
    if isinstance(held, dict) and member in held:
        kept(exchange, member=member, wanted=wanted, received=held[member], schema=schema)


@cpu_time.JUDGING
def unchanged(
    told: Exchange, got: Exchange, kind: str, *because: Exchange, within: str | None = None
) -> None:
    """Expect that two answers show one resource unchanged; null, "" and {} are alike."""
    before, after = (_part(resource(exchange), within) for exchange in (told, got))
    for member, schema in resources()[kind]["properties"].items():
        if member in _OF_ITS_OWN or member not in before or member not in after:
            continue
        if not (_is_nothing(before[member]) and _is_nothing(after[member])):
            kept(
                got,
                told,
                *because,
                member=member,
                wanted=before[member],
                received=after[member],
                schema=schema,
            )


def _part(whole: Mapping[str, Any], within: str | None) -> Mapping[str, Any]:
    part = whole.get(within) if within else whole
    return part if isinstance(part, dict) else {}


def _is_nothing(value: Any) -> bool:
    return value is None or value in ("", {})


def same(wanted: Any, received: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether two values are the same by what they mean: instants to the second, colours in any case."""
    if schema.get("format") == "date-time" and isinstance(wanted, str) and isinstance(received, str):
        return close(instant(wanted), instant(received))
    if (
        schema.get("x-compare") == "case-insensitive"
        and isinstance(wanted, str)
        and isinstance(received, str)
    ):
        return wanted.lower() == received.lower()
    return _equal(wanted, received)


def _equal(one: Any, other: Any) -> bool:
    """Compare two JSON values: 1 and 1.0 are one number, 1 and true are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def close(one: dt.datetime | None, other: dt.datetime | None) -> bool:
    """Tell whether two instants are the same to the second."""
    return one is not None and other is not None and abs(one - other) < ONE_SECOND


def instant(text: Any) -> dt.datetime | None:
    """Return the instant of an RFC 3339 text, of a bare date its midnight UTC; None for no instant."""
    if not isinstance(text, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(text.upper())
        if len(text) == _BARE_DATE:
            moment = moment.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def resource(exchange: Exchange) -> Mapping[str, Any]:
    """Return the object of a successful answer; without one there is nothing to judge."""
    if exchange.resource is None:
        raise Unobserved("not-answered", "the target did not give what this check looks at", exchange)
    return exchange.resource


def shown(value: Any) -> str:
    """Return a value as JSON would write it, long texts with their length."""
    text = dumps(value, ensure_ascii=False)
    if isinstance(value, str) and len(value) > _LONG:
        return f"{dumps(value[:_SHOWN], ensure_ascii=False)}… ({len(value)} characters)"
    return text


def _one_of(exchange: Exchange, wanted: frozenset[int], expected: str) -> None:
    if exchange.status not in wanted:
        raise Finding(expected, exchange)


def _asked(keyword: str, value: Any) -> str:
    return f"{keyword} {shown(value)}" if keyword != "required" else f"present: {shown(value)}"
