"""Bodies that are wrong in several places, and wrong ones that are sent in unusual ways."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.testkit import expect, request_bodies, sampling
from conformance.testkit.api_client import JSON, Api, Collection
from conformance.testkit.markers import each_of

_CHARSET: Final = (("content-type", "application/json; charset=utf-8"),)
_CAPITALS: Final = (("content-type", "Application/JSON"),)
_FEW: Final = (
    7  # bodies, where little is to be sent: no divisor of what there is, so that all ways are among them
)
_FEW_RULES: Final = ("ENUM", "MAXLENGTH")
_RULES: Final = ("MAXLENGTH", "PATTERN", "ENUM", "FORMAT", "MAXIMUM", "TYPE")


@each_of("prefix", {"VC-CREATE-SEVERAL-WRONG": "VC", "FCR-CREATE-SEVERAL-WRONG": "FCR"})
def test_a_body_with_several_faults_is_refused(api: Api, prefix: str) -> None:
    """Two at a time, each with its neighbour; then half of the members, and all of them."""
    collection = api.collection(f"{prefix}-CREATE")
    wrong = request_bodies.wrong(collection.create_id, _RULES)
    members = list(wrong)
    pairs = zip(members, [*members[1:], members[0]], strict=True)
    groups = [*pairs, members[::2], members[1::2], members]
    sent = [collection.minimal(**{member: wrong[member] for member in group}) for group in groups]
    for visit in collection.visit_each(sampling.few(api.effort, sent, _FEW)):
        expect.refused(visit.created)


@each_of("prefix", {"VC-CREATE-WRONG-ANYWAY": "VC", "FCR-CREATE-WRONG-ANYWAY": "FCR"})
def test_a_wrong_body_is_refused_however_it_is_sent(api: Api, prefix: str) -> None:
    collection = api.collection(f"{prefix}-CREATE")
    ways = sampling.few(api.effort, list(_ways(collection)), _FEW)
    for exchange in api.each(lambda way: _sent(collection, *way), ways):
        expect.rejected(exchange)


def _ways(collection: Collection) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Yield wrong bodies with what is unusual about them."""
    for member, value in request_bodies.wrong(collection.create_id, _FEW_RULES).items():
        body = collection.minimal(**{member: value})
        yield body, {"headers": _CHARSET}
        yield body, {"headers": _CAPITALS}
        yield body, {"query": {"source": "app"}}
        yield {**body, "unknown_member": 1}, {}
        yield {"unknown_member": None, **body}, {}
        yield json.dumps(body, indent=4).encode(), {}


def _sent(collection: Collection, body: Any, how: Mapping[str, Any]) -> Exchange:
    return collection.visit(body, read=False, **{"headers": JSON, **how}).created
