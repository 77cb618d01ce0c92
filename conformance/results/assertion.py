"""Assertions on a response as data, so that a program without this suite can decide them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from conformance.http.exchange import Exchange

Path = tuple[str | int, ...]  # of a value in a JSON body

_HOLDERS: Final = ("conference_room", "active_session")  # members that hold members of the resource
_STEP: Final = re.compile(r"\[(\d+)\]")


class Rule(StrEnum):
    """What an assertion requires of the response."""

    STATUS_IN = "status-in"  # one of these statuses; 2 stands for all of 2xx
    STATUS_NOT_IN = "status-not-in"
    MEDIA_TYPE = "media-type"
    JSON = "json"  # a body that is valid JSON
    HEADER = "header"  # a header that is present
    SCHEMA = "schema"  # a value that is valid
    ONE_OF = "one-of"
    NONE_OF = "none-of"
    PRESENT = "present"  # a member that is present
    ABSENT = "absent"
    FALSY = "falsy"  # a member that is absent, null or empty
    EQUAL = "equal"  # a value that is equal to one of an earlier response
    DIFFERENT = "different"
    ONE_SUCCESS = "one-success"  # of all creates of the finding


class Comparison(StrEnum):
    """How values are compared."""

    EXACT = "exact"
    INSTANT = "instant"
    LETTER_CASE = "letter-case"


@dataclass(frozen=True)
class Assertion:
    """What a conforming response satisfies; the path is that of a value in its JSON body."""

    rule: Rule
    value: Any = None
    path: Path = ()
    comparison: Comparison = Comparison.EXACT
    earlier: Exchange | None = None  # whose response has the value to compare with
    earlier_path: Path = ()

    def data(self, exchanges: Sequence[Exchange]) -> dict[str, Any] | None:
        """Return the assertion as data; None if the exchange that it compares with is not one of these."""
        earlier = {}
        if self.earlier is not None:
            numbers = [exchange.number for exchange in exchanges]
            if self.earlier.number not in numbers:
                return None
            earlier = {"step": numbers.index(self.earlier.number) + 1, "step_path": list(self.earlier_path)}
        compared = self.rule in {Rule.ONE_OF, Rule.NONE_OF, Rule.EQUAL, Rule.DIFFERENT}
        return {
            "rule": str(self.rule),
            **({} if self.value is None else {"value": self.value}),
            **({"path": list(self.path)} if self.path else {}),
            **({"comparison": str(self.comparison)} if compared else {}),
            **earlier,
        }


def status_in(*statuses: int) -> Assertion:
    """Assert one of these statuses; 2 stands for all of 2xx."""
    return Assertion(Rule.STATUS_IN, sorted(statuses))


def status_not_in(*statuses: int) -> Assertion:
    """Assert a status other than these; 2 stands for all of 2xx."""
    return Assertion(Rule.STATUS_NOT_IN, sorted(statuses))


def one_of(exchange: Exchange, member: str, *values: Any) -> Assertion:
    """Assert one of these values for a member of the response."""
    return Assertion(Rule.ONE_OF, list(values), path_of(exchange, member))


def present(exchange: Exchange, member: str) -> Assertion:
    """Assert that a member of the response is present, in the object that should have it."""
    return Assertion(Rule.PRESENT, path=path_of(exchange, member))


def keyword_assertion(path: Path, schema: Any, keyword: str, value: Any) -> Assertion:
    """Assert the keyword of a schema that a value violates; of alternatives, all of them."""
    return Assertion(Rule.SCHEMA, dict(schema) if keyword == "anyOf" else {keyword: value}, path)


def comparison_for(schema: Mapping[str, Any]) -> Comparison:
    """Return how values of a member with a schema are compared."""
    if schema.get("format") == "date-time":
        return Comparison.INSTANT
    is_case_insensitive = schema.get("x-compare") == "case-insensitive"
    return Comparison.LETTER_CASE if is_case_insensitive else Comparison.EXACT


_ANY: Final = object()


def path_of(exchange: Exchange, name: str, value: Any = _ANY) -> Path:
    """Return the path of a member of the response, such as `size`, `errors[0].code` or `the body`.

    A member of a nested object is found by its value, if that is specified, and otherwise by its name.
    """
    if " " in name:
        return ()
    if "[]" in name:
        return next(_item_paths(exchange.response_json, name, value), tuple(_split(name)))
    steps = tuple(_split(name))
    body = exchange.response_json if isinstance(exchange.response_json, dict) else {}
    for holder in ((), *((holder,) for holder in _HOLDERS)):
        place = body.get(holder[0]) if holder else body
        if isinstance(place, dict) and steps[0] in place and (value is _ANY or place[steps[0]] is value):
            return (*holder, *steps)
    return steps


def held_in(resource: str, exchange: Exchange) -> Path:
    """Return the path of a resource, or of a nested object with an id in the specification, in a response."""
    body = exchange.response_json if isinstance(exchange.response_json, dict) else {}
    nested = {"FCR-ROOM": "conference_room", "VC-SESSION": "active_session"}.get(resource)
    return (nested,) if nested in body and nested is not None else ()


def item_path(exchange: Exchange, item: Mapping[str, Any], member: str) -> Path:
    """Return the path of a member, present or not, of an item of the errors of the response."""
    at = next(at for at, one in enumerate(exchange.response_json["errors"]) if one is item)
    return ("errors", at, member)


def _split(name: str) -> Iterator[str | int]:
    for part in _STEP.sub(r".\1", name.replace("[]", "[0]")).split("."):
        yield int(part) if part.isdecimal() else part


def _item_paths(body: Any, name: str, value: Any) -> Iterator[Path]:
    """Yield the paths of a member of an item, such as `errors[].code`, that has a value."""
    array, _, member = name.partition("[].")
    items = body.get(array) if isinstance(body, dict) else None
    for at, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict) and member in item and (value is _ANY or item[member] is value):
            yield (array, at, member)
