"""What schemathesis makes of the API description, sent over our transport and judged by its response checks.

Its judgements are reported, never scored: they know nothing of how an unclear sentence is read.
Nothing here adapts to the target's answers: no feedback, no reused data, no inferred links.
"""

import json
from typing import Final

import pytest

from conformance.http.exchange import Exchange, Request
from conformance.results.verdict import Finding, Unobserved
from conformance.runtime import cpu_time
from conformance.testkit.api_client import Api
from conformance.testkit.markers import each_of
from conformance.testkit.schemathesis_cases import Answer, Generated, Generator

_OPERATIONS: Final = ("VC-CREATE", "VC-GET", "FCR-CREATE")


@pytest.mark.explores
@each_of("operation_id", {f"{name}-SCHEMATHESIS": name for name in _OPERATIONS})
def test_answers_to_generated_requests_keep_the_description(
    api: Api, generator: Generator, operation_id: str
) -> None:
    """All cases are made before the first is sent: what is drawn must not depend on what threads do."""
    exchanges = api.each(lambda case: _sent(api, operation_id, case), generator.cases(operation_id))
    with cpu_time.JUDGING:
        opinions = generator.opinions(operation_id, list(map(_answer, exchanges)))
    for exchange, opinion in zip(exchanges, opinions, strict=True):
        if opinion.wrong is not None:
            raise Finding(f"schemathesis: {opinion.wrong}", exchange)
        if opinion.unable is not None:
            raise Unobserved("not-judged", f"schemathesis: {opinion.unable}", exchange)


def _sent(api: Api, operation_id: str, case: Generated) -> Exchange:
    """Send a case with the good credentials; what it creates is deleted at once."""
    path = api.wire.target.locate(case.path)
    target = path + (f"?{case.query}" if case.query else "")
    body = _body(api, operation_id, case)
    request = Request(case.method, target, (("content-type", case.media_type),), body)
    exchange = api.send(operation_id, request, judged=False)
    if case.method == "POST" and exchange.id is not None:
        api.collection(operation_id).discard(exchange.id)
    return exchange


def _body(api: Api, operation_id: str, case: Generated) -> bytes:
    """Return the body; what has to be unlike any other is, or two cases at once would race for it."""
    if not case.is_json:
        told: bytes = case.body
        return told
    apart = isinstance(case.body, dict)
    return json.dumps(api.collection(operation_id).apart(case.body) if apart else case.body).encode()


def _answer(exchange: Exchange) -> Answer | None:
    request, response = exchange.request, exchange.response
    if response is None:
        return None
    return Answer(
        request.method, request.target, response.status, response.headers, response.body, exchange.seconds
    )
