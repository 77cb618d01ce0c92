"""Checks of request bodies with several invalid members, and of invalid bodies sent in unusual ways."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.testkit import expect, request_bodies, sampling
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirements
from conformance.testkit.resource_client import JSON_HEADERS, ResourceClient

_CHARSET: Final = (("content-type", "application/json; charset=utf-8"),)
_MIXED_CASE: Final = (("content-type", "Application/JSON"),)
_SMOKE_BODIES: Final = 5  # at --effort smoke
_SMOKE_WAYS: Final = 7  # at --effort smoke; does not divide their number, so that all ways are sampled
_WAY_RULES: Final = ("ENUM", "MAXLENGTH")
_RULES: Final = ("MAXLENGTH", "PATTERN", "ENUM", "FORMAT", "MAXIMUM", "TYPE")


@requirements("prefix", {"VC-CREATE-SEVERAL-WRONG": "VC", "FCR-CREATE-SEVERAL-WRONG": "FCR"})
def test_a_body_with_several_invalid_members_is_rejected(api: ApiClient, prefix: str) -> None:
    """Send pairs of neighboring members, then each half of the members, then all of them."""
    collection = api.collection(f"{prefix}-CREATE")
    invalid = request_bodies.invalid_members(collection.create_id, _RULES)
    members = list(invalid)
    pairs = zip(members, [*members[1:], members[0]], strict=True)
    groups = [*pairs, members[::2], members[1::2], members]
    bodies = [collection.minimal(**{member: invalid[member] for member in group}) for group in groups]
    for round_trip in collection.create_read_delete_each(sampling.subset(api.effort, bodies, _SMOKE_BODIES)):
        expect.rejected_as_invalid(round_trip.created)


@requirements("prefix", {"VC-CREATE-WRONG-ANYWAY": "VC", "FCR-CREATE-WRONG-ANYWAY": "FCR"})
def test_an_invalid_body_is_rejected_however_it_is_sent(api: ApiClient, prefix: str) -> None:
    collection = api.collection(f"{prefix}-CREATE")
    ways = sampling.subset(api.effort, list(_ways(collection)), _SMOKE_WAYS)
    for exchange in api.map_concurrently(lambda way: _send(collection, *way), ways):
        expect.rejected(exchange)


def _ways(collection: ResourceClient) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Yield invalid bodies with the unusual options of their requests.

    Each body has a name of its own: a target that accepts one of them must not have to reject the next one
    because its name is in use.
    """
    for member, value in request_bodies.invalid_members(collection.create_id, _WAY_RULES).items():
        invalid = partial(collection.minimal, **{member: value})
        yield invalid(), {"headers": _CHARSET}
        yield invalid(), {"headers": _MIXED_CASE}
        yield invalid(), {"query": {"source": "app"}}
        yield {**invalid(), "unknown_member": 1}, {}
        yield {"unknown_member": None, **invalid()}, {}
        yield json.dumps(invalid(), indent=4).encode(), {}


def _send(collection: ResourceClient, body: Any, request_options: Mapping[str, Any]) -> Exchange:
    return collection.create_read_delete(
        body, read=False, **{"headers": JSON_HEADERS, **request_options}
    ).created
