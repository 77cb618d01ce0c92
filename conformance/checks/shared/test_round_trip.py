"""What was written is what is read: judged on every create and every get of the run."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from unicodedata import category

from conformance.http.exchange import Exchange
from conformance.results.verdict import Finding
from conformance.testkit import expect
from conformance.testkit.exchange_log import Creation
from conformance.testkit.markers import constraints
from conformance.testkit.traffic import Seen
from spec.catalogue import Constraint
from spec.operations import operation

_NO_TEXT: Final = frozenset({"Cc", "Cs", "Cn"})


@constraints("ECHO")
def test_the_answer_to_create_holds_what_was_sent(seen: Seen, limit: Constraint) -> None:
    for creation, answer in _showing(seen, limit):
        if limit.member in creation.sent and not _open(limit.schema, creation.sent[limit.member]):
            seen.count()
            _expect(creation.exchange, limit, creation.sent[limit.member], answer[limit.member])


@constraints("DEFAULT")
def test_the_answer_to_create_holds_the_default_of_what_was_left_out(seen: Seen, limit: Constraint) -> None:
    for creation, answer in _showing(seen, limit):
        nothing_shown = (
            answer[limit.member] is None and "x-compare" in limit.schema
        )  # a null colour is left open
        if limit.member not in creation.sent and not nothing_shown:
            seen.count()
            _expect(creation.exchange, limit, limit.schema["default"], answer[limit.member])


@constraints("OPTIONAL")
def test_an_optional_member_may_be_left_out(seen: Seen, limit: Constraint) -> None:
    """A refusal counts if it names the member, or if every create without the member is refused."""
    accepted = list(seen.creations(limit.operation))
    without = [each for each in accepted if limit.member not in each.sent]
    for refused in seen.refusals_of_conforming(limit.operation):
        if limit.member in refused.request.json:
            continue
        if (accepted and not without) or limit.member in _attributes(refused):
            raise Finding(f"a create without {limit.member} is accepted", refused)
    seen.count(len(without))


def _attributes(refused: Exchange) -> set[str]:
    items = refused.answer.get("errors") if isinstance(refused.answer, dict) else None
    named = (
        [each.get("attribute") for each in items if isinstance(each, dict)] if isinstance(items, list) else []
    )
    return {each for each in named if isinstance(each, str)}


def _showing(seen: Seen, limit: Constraint) -> Iterator[tuple[Creation, Mapping[str, Any]]]:
    """Yield the creations whose answer shows the member; that it is there at all is another requirement."""
    created = operation(limit.operation)
    outside = limit.member in (created.response or {})["properties"]
    for creation in seen.creations(limit.operation):
        for answer in (creation.answer if outside else None, creation.answer.get(created.held_in or "")):
            if isinstance(answer, dict) and limit.member in answer:
                yield creation, answer


def _open(schema: Mapping[str, Any], value: Any) -> bool:
    """Tell whether the documentation leaves open what becomes of a value, once it is accepted."""
    if not isinstance(value, str):
        return False
    if schema.get("format") == "date-time":
        return expect.instant(value) is None  # a leap second, which no clock of ours can name
    told = (category(each) for each in value if each not in "\n\t")
    return not value.strip() or (not value.isprintable() and any(each in _NO_TEXT for each in told))


def _expect(exchange: Exchange, limit: Constraint, wanted: Any, received: Any) -> None:
    expect.kept(exchange, member=limit.member, wanted=wanted, received=received, schema=limit.schema)
