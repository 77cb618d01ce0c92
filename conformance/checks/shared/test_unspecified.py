"""What the documentation leaves open: tried and noted, never held against anyone.

Each of these checks returns what it saw; the note stands in the report beside the sentence.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from conformance.http.exchange import Exchange, Request
from conformance.results.verdict import Unobserved
from conformance.testkit import expect
from conformance.testkit.api_client import JSON, Api, Collection
from conformance.testkit.markers import each_of

_TIME: Final = "2041-05-06T07:08:09Z"
_PAST: Final = "2021-05-06T07:08:09Z"
_ODD_ROOM_NAMES: Final = ("a b", "a/b", "ä", "n" * 101)

Note = Callable[[Api], str]


def _creating(prefix: str, *cases: Mapping[str, Any]) -> Note:
    """Return a check that notes what becomes of bodies with some unusual members."""

    def note(api: Api) -> str:
        collection = api.collection(f"{prefix}-CREATE")
        return "; ".join(_told(collection, case) for case in cases)

    return note


def _told(collection: Collection, case: Mapping[str, Any]) -> str:
    created = collection.visit(collection.minimal(**case)).created
    expect.answered(created)
    return f"{expect.shown(case)} {_outcome(created)}"


def _outcome(exchange: Exchange) -> str:
    return f"is {'accepted' if exchange.succeeded else 'refused'} with {exchange.status}"


def _id_in_capitals(api: Api) -> str:
    with api.video.existing() as made:
        return f"an id in capital letters {_outcome(api.video.get(str(made.id).upper()))}"


def _by_name(api: Api) -> str:
    name = api.fresh_name()
    with api.video.existing(name=name):
        return f"a name in place of the id {_outcome(api.video.get(name))}"


def _colour_case(api: Api) -> str:
    created = api.video.visit(api.video.minimal(dark_primary="#aAbBcC")).created
    shown = expect.resource(created).get("dark_primary")
    return f"#aAbBcC comes back as {expect.shown(shown)}"


def _name_case(api: Api) -> str:
    name = api.fresh_name()
    with api.video.existing(name=name):
        second = api.video.visit(api.video.minimal(name=name.upper())).created
    return f"a name in use, in capital letters, {_outcome(second)}"


def _name_again(api: Api) -> str:
    body = api.video.minimal(name=api.fresh_name())
    first, second = (api.video.visit(body).created for _ in range(2))
    if not first.succeeded:
        raise Unobserved("not-created", "the target did not create what this check needs", first)
    return f"the name of a deleted conference {_outcome(second)}"


def _unknown_route(api: Api) -> str:
    path = api.wire.target.locate("/api/video/no_such_thing")
    got = api.send("VC-GET", Request("GET", path), judged=False)
    return f"GET {path} is answered with {got.status}"


def _undeclared_method(api: Api) -> str:
    with api.video.existing() as made:
        path = f"{made.request.path}/{made.id}"
        got = api.send("VC-GET", Request("PATCH", path, JSON, b"{}"), judged=False)
    return f"PATCH of a conference is answered with {got.status}"


_NOTES: Final[Mapping[str, Note]] = {
    "VC-CREATE-UNKNOWN-MEMBER": _creating("VC", {"unknown_member": 1}),
    "FCR-CREATE-UNKNOWN-MEMBER": _creating("FCR", {"unknown_member": 1}),
    "VC-CREATE-DISPLAY-NAME-BLANK": _creating("VC", {"display_name": ""}, {"display_name": "   "}),
    "FCR-CREATE-NAME-EMPTY": _creating("FCR", {"name": ""}),
    "FCR-CREATE-NAME-PATTERN": _creating("FCR", *({"name": name} for name in _ODD_ROOM_NAMES)),
    "FCR-CREATE-JOIN-FROM-DATE-ONLY": _creating("FCR", {"join_from": "2041-05-06"}),
    "FCR-CREATE-JOIN-UNTIL-DATE-ONLY": _creating("FCR", {"join_until": "2041-05-06"}),
    "FCR-CREATE-REMOVE-AT-DATE-ONLY": _creating("FCR", {"remove_at": "2041-05-06"}),
    "VC-CREATE-JOIN-EQUAL": _creating("VC", {"join_from": _TIME, "join_until": _TIME}),
    "VC-CREATE-JOIN-PAST": _creating("VC", {"join_from": _PAST}, {"join_until": _PAST}),
    "VC-CREATE-COLOR-CASE-KEPT": _colour_case,
    "VC-CREATE-NAME-CASE": _name_case,
    "VC-CREATE-NAME-REUSE": _name_again,
    "VC-GET-ID-CASE": _id_in_capitals,
    "VC-GET-BY-NAME": _by_name,
    "API-UNKNOWN-ROUTE": _unknown_route,
    "API-METHOD-NOT-ALLOWED": _undeclared_method,
}


@each_of("identifier", {name: name for name in _NOTES})
def test_what_is_open_is_noted(api: Api, identifier: str) -> str:
    return _NOTES[identifier](api)
