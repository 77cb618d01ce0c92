"""What schemathesis makes of the API description, sent over our transport and judged by its response checks.

Its judgements are reported, never scored: they know nothing of how an unclear sentence is read.
Nothing here adapts to the target's answers: no feedback, no reused data, no inferred links.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from conformance import phases, profiles
from conformance.api import Api, Collection
from conformance.exchange import Exchange, Request
from conformance.requirement import each_of
from conformance.settings import Effort
from conformance.verdict import Finding, Unobserved
from spec.documents import document
from spec.operations import Operation, operation

if TYPE_CHECKING:
    from schemathesis import Case as AnyCase
    from schemathesis import GenerationMode

    Case = AnyCase[Any]

_DOCUMENTS: Final = {"VC": "video", "FCR": "fabric"}
_OPERATIONS: Final = ("VC-CREATE", "VC-GET", "FCR-CREATE")
_PART: Final = 4  # one case of each kind for so many of our own
_OF_THE_WIRE: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


@pytest.mark.explores
@each_of("operation_id", {f"{name}-SCHEMATHESIS": name for name in _OPERATIONS})
def test_answers_to_generated_requests_keep_the_description(api: Api, operation_id: str) -> None:
    """All cases are made before the first is sent: what is drawn must not depend on what threads do."""
    cases = list(_cases(operation(operation_id), at_random=api.effort is Effort.THOROUGH))
    for case, exchange in api.each(lambda case: (case, _sent(api, operation_id, case)), cases):
        _judge(case, exchange)


def _cases(wanted: Operation, *, at_random: bool) -> Iterator["Case"]:
    """Yield the coverage cases of an operation, and random ones, right and wrong, if they are wanted."""
    import schemathesis

    schema = schemathesis.openapi.from_dict(dict(document(_DOCUMENTS[wanted.id.partition("-")[0]])))
    described = schema[wanted.path][wanted.method]
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    config = schema.config.generation_for(operation=described)
    covering = schema.iter_coverage_cases(described, generation_modes=modes, generation_config=config)
    yield from (case for case in covering if case.method == wanted.method)
    for mode in modes if at_random else ():
        yield from _drawn(described, mode)


def _drawn(described: Any, mode: "GenerationMode") -> Iterator["Case"]:
    """Yield random cases, the same ones every time unless the run has a seed."""
    drawn: list[Case] = []

    @settings(
        max_examples=max(1, settings().max_examples // _PART),
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described.as_strategy(generation_mode=mode))
    def draw(case: "Case") -> None:
        drawn.append(case)

    profiles.seeded(draw)()
    yield from drawn


def _sent(api: Api, operation_id: str, case: "Case") -> Exchange:
    """Send a case with the good credentials; what it creates is deleted at once."""
    told = case.as_transport_kwargs(base_url="http://target")
    query = urlencode(told.get("params") or {}, doseq=True)
    path = api.wire.target.locate(urlsplit(told["url"]).path)
    headers = (("content-type", told["headers"].get("Content-Type", "application/json")),)
    body = _body(told, api.collection(operation_id))
    request = Request(case.method, path + (f"?{query}" if query else ""), headers, body)
    exchange = api.send(operation_id, request, judged=False)
    if case.method == "POST" and exchange.id is not None:
        api.collection(operation_id).delete(exchange.id)
    return exchange


def _body(told: dict[str, Any], collection: Collection) -> bytes:
    """Return the body; what has to be unlike any other is, or two cases at once would race for it."""
    if isinstance(told.get("json"), dict):
        return json.dumps(collection.apart(told["json"])).encode()
    if "json" in told:
        return json.dumps(told["json"]).encode()
    data = told.get("data") or b""
    return data if isinstance(data, bytes) else str(data).encode()


@phases.JUDGING
def _judge(case: "Case", exchange: Exchange) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi import checks

    if exchange.response is None:
        return
    judged = [not_a_server_error, checks.response_schema_conformance, checks.content_type_conformance]
    try:
        case.validate_response(_for_schemathesis(exchange), checks=judged)
    except FailureGroup as group:
        failure = group.exceptions[0]
        raise Finding(f"schemathesis: {failure}", exchange) from None
    except OSError as error:  # some of its checks send requests of their own, which have nowhere to go
        raise Unobserved("not-judged", f"schemathesis: {type(error).__name__}", exchange) from None


def _for_schemathesis(exchange: Exchange) -> httpx.Response:
    response = exchange.response
    assert response is not None
    plain = [(name, value) for name, value in response.headers if name.lower() not in _OF_THE_WIRE]
    request = httpx.Request(exchange.request.method, f"http://target{exchange.request.target}")
    answer = httpx.Response(response.status, headers=plain, content=response.body, request=request)
    answer.elapsed = timedelta(seconds=exchange.seconds)
    return answer
