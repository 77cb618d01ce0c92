"""One fault for each rule of each member that no other fault is named for.

The same few mistakes, made with one member after the other: so each derived requirement has a fault.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from reference.api import live_session
from reference.api.behavior import Rules
from reference.api.error_envelopes import Problem
from reference.api.messages import Request, Resource
from reference.api.representation import CONFERENCE_MEMBERS, ROOM_MEMBERS
from reference.api.request_models import MEMBERS, Choice, Kind, Mapping, Member, Moment, Switch, Text, Whole
from reference.api.rfc3339 import Parts
from reference.api.store import Record
from reference.api.validation import Invalid, no
from reference.faults.fault import Fault

_TYPES: dict[type[Kind], type | tuple[type, ...]] = {
    Text: str,
    Choice: str,
    Moment: str,
    Switch: bool,
    Whole: (int, float),
    Mapping: dict,
}
_Made = tuple[str, str, type[Rules]]  # the rule that is broken, how, and the rules that do


def systematic(named: frozenset[str]) -> Iterator[Fault]:
    """Make the faults for which nothing in `named` stands yet."""
    for requirement, summary, rules in (*_of_requests(), *_of_answers()):
        if requirement not in named:
            yield Fault(requirement.lower(), (requirement,), summary, rules)


def _of_requests() -> Iterator[_Made]:
    for resource, prefix in ((Resource.CONFERENCE, "VC-CREATE"), (Resource.ROOM, "FCR-CREATE")):
        for member in MEMBERS[resource].values():
            for rule, summary, rules in _of_member(member):
                yield f"{prefix}-{_spelled(member.name)}-{rule}", f"{member.name} {summary}", rules


def _of_answers() -> Iterator[_Made]:
    for name in ("id", *CONFERENCE_MEMBERS, "created_at", "updated_at"):
        yield f"VC-CONF-{_spelled(name)}", f"{name} is missing from conferences.", _lacking(name)
    for name in ("id", "project_id", "display_name", "type", "created_at", "updated_at", "conference_room"):
        yield f"FCR-RES-{_spelled(name)}", f"{name} is missing from room resources.", _room_lacking(name)
    for name in ("id", *ROOM_MEMBERS):
        yield f"FCR-ROOM-{_spelled(name)}", f"{name} is missing from rooms.", _inner_lacking(name)
    for name in live_session.session(dt.datetime.now(dt.UTC)):
        yield f"VC-SESSION-{_spelled(name)}", f"{name} is null in sessions.", _session_null(name)


def _spelled(name: str) -> str:
    return name.upper().replace("_", "-")


def _of_member(member: Member) -> Iterator[_Made]:
    if not member.required:
        yield "OPTIONAL", "is required.", _required(member)
        yield "ECHO", "is read and forgotten.", _forgotten(member)
    yield "TYPE", "is ignored when it has the wrong type.", _ignored(member)
    for kind, rules in _BY_KIND.items():
        if isinstance(member.kind, kind):
            yield from ((rule, summary, make(member)) for rule, summary, make in rules)
    if isinstance(member.default, str) and member.default.startswith("#"):
        yield "PATTERN-ACCEPT", "is refused when it ends in a digit.", _digit_refused(member)
        yield "DEFAULT", "is black by default.", _black(member)
    if isinstance(member.kind, Text) and member.kind.limit and not member.kind.pattern:
        yield "TEXT", "must be of Latin letters.", _latin_only(member)


# Members of requests.


def _required(member: Member) -> type[Rules]:
    class Required(Rules):
        def received(self, resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
            if resource is member.resource and member.name not in document:
                raise Invalid(Problem("missing_required_parameter", "Must be present", member.name))
            return super().received(resource, document)

    return Required


def _forgotten(member: Member) -> type[Rules]:
    class Forgotten(Rules):
        def kept(self, asked: Member, value: object) -> object:
            return member.default if asked is member else super().kept(asked, value)

    return Forgotten


def _ignored(member: Member) -> type[Rules]:
    class Ignored(Rules):
        def value(self, asked: Member, value: object) -> object:
            wrong = value is not None and not isinstance(value, _TYPES[type(member.kind)])
            return member.default if asked is member and wrong else super().value(asked, value)

    return Ignored


def _digit_refused(member: Member) -> type[Rules]:
    class DigitRefused(Rules):
        def matches(self, asked: Member, kind: Text, text: str) -> bool:
            digit = asked is member and text[-1:].isdigit()
            return not digit and super().matches(asked, kind, text)

    return DigitRefused


def _black(member: Member) -> type[Rules]:
    class Black(Rules):
        def default(self, asked: Member) -> object:
            return "#000000" if asked is member else super().default(asked)

    return Black


def _latin_only(member: Member) -> type[Rules]:
    class LatinOnly(Rules):
        def string(self, asked: Member, value: object) -> str:
            text = super().string(asked, value)
            if asked is member and max(text, default="") > "\xff":
                raise no("invalid_parameter", "Must be of Latin letters")
            return text

    return LatinOnly


def _nonsense_ignored(member: Member) -> type[Rules]:
    class NonsenseIgnored(Rules):
        def moment(self, asked: Member, value: object) -> dt.datetime | None:
            try:
                return super().moment(asked, value)
            except ValueError:
                if asked is member and isinstance(value, str):
                    return None
                raise

    return NonsenseIgnored


def _late_refused(member: Member) -> type[Rules]:
    class LateRefused(Rules):
        def parts(self, asked: Member, text: str) -> Parts:
            parts = super().parts(asked, text)
            if asked is member and parts.day[0] > 2037:
                raise ValueError("after January 2038")
            return parts

    return LateRefused


def _rolled_over(member: Member) -> type[Rules]:
    class RolledOver(Rules):
        def local(self, asked: Member, parts: Parts) -> dt.datetime:
            year, month, day = parts.day
            if asked is not member or not 28 < day <= 31:
                return super().local(asked, parts)
            return super().local(asked, replace(parts, day=(year, month, 1))) + dt.timedelta(days=day - 1)

    return RolledOver


def _offset_dropped(member: Member) -> type[Rules]:
    class OffsetDropped(Rules):
        def shifted(self, asked: Member, local: dt.datetime, offset: int) -> dt.datetime:
            return super().shifted(asked, local, 0 if asked is member else offset)

    return OffsetDropped


def _fraction_refused(member: Member) -> type[Rules]:
    class FractionRefused(Rules):
        def parts(self, asked: Member, text: str) -> Parts:
            if asked is member and "." in text:
                raise ValueError("fraction of a second")
            return super().parts(asked, text)

    return FractionRefused


def _true_refused(member: Member) -> type[Rules]:
    class TrueRefused(Rules):
        def switch(self, asked: Member, value: object) -> bool:
            if asked is member and value is True:
                raise no("feature_not_available", "Must be false")
            return super().switch(asked, value)

    return TrueRefused


def _nested_refused(member: Member) -> type[Rules]:
    class NestedRefused(Rules):
        def mapping(self, asked: Member, value: object) -> dict[str, Any]:
            mapping = super().mapping(asked, value)
            if asked is member and any(isinstance(item, dict) for item in mapping.values()):
                raise no("invalid_object", "Must be flat")
            return mapping

    return NestedRefused


_BY_KIND: dict[type[Kind], tuple[tuple[str, str, Callable[[Member], type[Rules]]], ...]] = {
    Switch: (("TYPE-ACCEPT", "must not be true.", _true_refused),),
    Mapping: (("TYPE-ACCEPT", "must not hold objects.", _nested_refused),),
    Moment: (
        ("FORMAT", "is ignored when it is no time.", _nonsense_ignored),
        ("FORMAT-ACCEPT", "must lie before 2038.", _late_refused),
        ("FORMAT-IMPOSSIBLE", "is rolled over when its day does not exist.", _rolled_over),
        ("OFFSET", "is read without its offset.", _offset_dropped),
        ("FRACTION", "must be in whole seconds.", _fraction_refused),
    ),
}


# Members of answers.


def _without(shown: dict[str, Any], name: str) -> dict[str, Any]:
    return {other: value for other, value in shown.items() if other != name}


def _lacking(name: str) -> type[Rules]:
    class Lacking(Rules):
        def conference(self, request: Request, record: Record) -> dict[str, Any]:
            return _without(super().conference(request, record), name)

    return Lacking


def _room_lacking(name: str) -> type[Rules]:
    class RoomLacking(Rules):
        def room(self, request: Request, record: Record) -> dict[str, Any]:
            return _without(super().room(request, record), name)

    return RoomLacking


def _inner_lacking(name: str) -> type[Rules]:
    class InnerLacking(Rules):
        def room(self, request: Request, record: Record) -> dict[str, Any]:
            shown = super().room(request, record)
            return {**shown, "conference_room": _without(shown["conference_room"], name)}

    return InnerLacking


def _session_null(name: str) -> type[Rules]:
    class SessionNull(Rules):
        def session(self, record: Record) -> dict[str, Any]:
            shown = super().session(record)
            return {"active_session": {**shown["active_session"], name: None}} if shown else shown

    return SessionNull
