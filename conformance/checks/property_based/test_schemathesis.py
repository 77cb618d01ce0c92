"""Checks with requests that schemathesis generates from the API description, and with its response checks.

Its failures are only reported: it does not know how ambiguous documentation is interpreted here.
No request depends on a response: there is no feedback, reused data or inferred link.
"""

import json
from typing import Final

import pytest

from conformance.http.exchange import Exchange, Request
from conformance.results.verdict import Finding, Unobserved
from conformance.runtime import cpu_time
from conformance.testkit.api_client import Api
from conformance.testkit.markers import each_of
from conformance.testkit.schemathesis_cases import CaseResponse, Generator, SchemathesisCase

_OPERATIONS: Final = ("VC-CREATE", "VC-GET", "FCR-CREATE")


@pytest.mark.explores
@each_of("operation_id", {f"{name}-SCHEMATHESIS": name for name in _OPERATIONS})
def test_responses_to_generated_requests_conform_to_the_api_description(
    api: Api, generator: Generator, operation_id: str
) -> None:
    """Generate all cases before the first is sent, so that they do not depend on the timing of threads."""
    exchanges = api.each(lambda case: _send(api, operation_id, case), generator.cases(operation_id))
    with cpu_time.JUDGING:
        results = generator.check_results(operation_id, list(map(_response, exchanges)))
    for exchange, result in zip(exchanges, results, strict=True):
        if result.failure is not None:
            raise Finding(f"schemathesis: {result.failure}", exchange)
        if result.error is not None:
            raise Unobserved("not-judged", f"schemathesis: {result.error}", exchange)


def _send(api: Api, operation_id: str, case: SchemathesisCase) -> Exchange:
    """Send a case with valid credentials, and delete the resource that it creates."""
    path = api.wire.target.locate(case.path)
    target = path + (f"?{case.query}" if case.query else "")
    body = _body(api, operation_id, case)
    request = Request(case.method, target, (("content-type", case.media_type),), body)
    exchange = api.send(operation_id, request, judged=False)
    if case.method == "POST" and exchange.id is not None:
        api.collection(operation_id).discard(exchange.id)
    return exchange


def _body(api: Api, operation_id: str, case: SchemathesisCase) -> bytes:
    """Return the body with unique values, so that concurrent cases do not conflict."""
    if not case.is_json:
        body: bytes = case.body
        return body
    is_object = isinstance(case.body, dict)
    value = api.collection(operation_id).made_unique(case.body) if is_object else case.body
    return json.dumps(value).encode()


def _response(exchange: Exchange) -> CaseResponse | None:
    request, response = exchange.request, exchange.response
    if response is None:
        return None
    return CaseResponse(
        request.method, request.target, response.status, response.headers, response.body, exchange.seconds
    )
