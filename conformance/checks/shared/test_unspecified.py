"""Checks of unspecified behavior: the behavior is reported, and never fails a requirement.

Each check returns a note, which the reports show with the sentence of the requirement.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from conformance.config.target import BASE_PATHS
from conformance.http.exchange import Exchange, Request
from conformance.results.verdict import Inconclusive
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirements
from conformance.testkit.resource_client import JSON_HEADERS, ResourceClient
from spec.capabilities import Capability
from spec.operations import operation

_TIME: Final = "2041-05-06T07:08:09Z"
_PAST: Final = "2021-05-06T07:08:09Z"
_CONTROL_BREAKS: Final = "one\x0btwo\x0cthree\x85four"
_UNUSUAL_ROOM_NAMES: Final = (" a  b ", "a/b", "ä", "n" * 300)

Note = Callable[[ApiClient], str]


def _creating_with(prefix: str, *cases: Mapping[str, Any]) -> Note:
    """Return a check that notes whether creates with unusual members are accepted."""

    def note(api: ApiClient) -> str:
        collection = api.collection(f"{prefix}-CREATE")
        return "; ".join(_create_with(collection, case) for case in cases)

    return note


def _create_with(collection: ResourceClient, case: Mapping[str, Any]) -> str:
    created = collection.create_read_delete(collection.minimal(**case)).created
    expect.no_server_error(created)
    return f"{expect.format_value(case)} {_outcome(created)}"


def _outcome(exchange: Exchange) -> str:
    return f"is {'accepted' if exchange.succeeded else 'rejected'} with {exchange.status}"


def _uppercase_id(api: ApiClient) -> str:
    with api.video.existing() as created:
        return f"an id in uppercase {_outcome(api.video.get(str(created.id).upper()))}"


def _name_as_id(api: ApiClient) -> str:
    name = api.fresh_name()
    with api.video.existing(name=name):
        return f"a name in place of the id {_outcome(api.video.get(name))}"


def _control_breaks(prefix: str) -> Note:
    """Return a check that notes what becomes of line breaks that are control characters."""

    def note(api: ApiClient) -> str:
        collection = api.collection(f"{prefix}-CREATE")
        created = collection.create_read_delete(collection.minimal(description=_CONTROL_BREAKS)).created
        expect.no_server_error(created)
        holder = (created.resource or {}).get(operation(created.origin.operation).nested_in or "")
        returned = (holder if isinstance(holder, dict) else created.resource or {}).get("description")
        is_stored = created.succeeded and api.has(Capability.STATE)
        stored = f", and returned as {expect.format_value(returned)}" if is_stored else ""
        return f"{expect.format_value(_CONTROL_BREAKS)} {_outcome(created)}{stored}"

    return note


def _color_case(api: ApiClient) -> str:
    created = api.video.create_read_delete(api.video.minimal(dark_primary="#aAbBcC")).created
    returned = expect.resource(created).get("dark_primary")
    return f"#aAbBcC is returned as {expect.format_value(returned)}"


def _name_case(api: ApiClient) -> str:
    name = api.fresh_name()
    with api.video.existing(name=name):
        second = api.video.create_read_delete(api.video.minimal(name=name.upper())).created
    return f"a name in use, in uppercase, {_outcome(second)}"


def _name_reuse(api: ApiClient) -> str:
    body = api.video.minimal(name=api.fresh_name())
    first, second = (api.video.create_read_delete(body).created for _ in range(2))
    if not first.succeeded:
        raise Inconclusive(
            "not-created", "the target did not create the resource that this check needs", first
        )
    return f"the name of a deleted conference {_outcome(second)}"


def _unknown_route(api: ApiClient) -> str:
    profile = api.transport.target.profiles[0]
    path = api.transport.target.target_path(f"{BASE_PATHS[profile]}/no_such_thing")
    got = api.send(f"{api.any_collection.prefix}-GET", Request("GET", path), assessed=False)
    return f"GET {path} returns {got.status}"


def _undeclared_method(api: ApiClient) -> str:
    collection = api.any_collection
    with collection.existing() as created:
        request = Request("PATCH", f"{created.request.path}/{created.id}", JSON_HEADERS, b"{}")
        got = api.send(f"{collection.prefix}-GET", request, assessed=False)
    return f"PATCH of a {'conference' if collection is api.video else 'room'} returns {got.status}"


_NOTES: Final[Mapping[str, Note]] = {
    "VC-CREATE-UNKNOWN-MEMBER": _creating_with("VC", {"unknown_member": 1}),
    "FCR-CREATE-UNKNOWN-MEMBER": _creating_with("FCR", {"unknown_member": 1}),
    "VC-CREATE-DISPLAY-NAME-BLANK": _creating_with("VC", {"display_name": ""}, {"display_name": "   "}),
    "FCR-CREATE-NAME-EMPTY": _creating_with("FCR", {"name": ""}),
    "FCR-CREATE-NAME-PATTERN": _creating_with("FCR", *({"name": name} for name in _UNUSUAL_ROOM_NAMES)),
    "FCR-CREATE-JOIN-FROM-DATE-ONLY": _creating_with("FCR", {"join_from": "2041-05-06"}),
    "FCR-CREATE-JOIN-UNTIL-DATE-ONLY": _creating_with("FCR", {"join_until": "2041-05-06"}),
    "FCR-CREATE-REMOVE-AT-DATE-ONLY": _creating_with("FCR", {"remove_at": "2041-05-06"}),
    "FCR-CREATE-META-PROTO": _creating_with("FCR", {"meta": {"__proto__": {"key": "value"}, "key": 1}}),
    "VC-CREATE-CONTROL-BREAKS": _control_breaks("VC"),
    "FCR-CREATE-CONTROL-BREAKS": _control_breaks("FCR"),
    "VC-CREATE-JOIN-EQUAL": _creating_with("VC", {"join_from": _TIME, "join_until": _TIME}),
    "VC-CREATE-JOIN-PAST": _creating_with("VC", {"join_from": _PAST}, {"join_until": _PAST}),
    "VC-CREATE-COLOR-CASE-KEPT": _color_case,
    "VC-CREATE-NAME-CASE": _name_case,
    "VC-CREATE-NAME-REUSE": _name_reuse,
    "VC-GET-ID-CASE": _uppercase_id,
    "VC-GET-BY-NAME": _name_as_id,
    "API-UNKNOWN-ROUTE": _unknown_route,
    "API-METHOD-NOT-ALLOWED": _undeclared_method,
}


@requirements("identifier", {name: name for name in _NOTES})
def test_unspecified_behavior_is_reported(api: ApiClient, identifier: str) -> str:
    return _NOTES[identifier](api)
