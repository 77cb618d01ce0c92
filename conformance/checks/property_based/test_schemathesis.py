"""Checks with requests that schemathesis generates from the API description, and with its response checks.

Its failures are only reported: it does not know how ambiguous documentation is interpreted here.
No request depends on a response: there is no feedback, reused data or inferred link.
"""

import json
from typing import Final

import pytest

from conformance.http.exchange import Exchange, Request
from conformance.results.verdict import Finding, Inconclusive
from conformance.runtime import cpu_time
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirements
from conformance.testkit.schemathesis_cases import CaseResponse, SchemathesisCase, SchemathesisClient

_OPERATIONS: Final = ("VC-CREATE", "VC-GET", "FCR-CREATE")


@pytest.mark.property_based
@requirements("operation_id", {f"{name}-SCHEMATHESIS": name for name in _OPERATIONS})
def test_responses_to_generated_requests_conform_to_the_api_description(
    api: ApiClient, schemathesis_client: SchemathesisClient, operation_id: str
) -> None:
    """Generate all cases before the first is sent, so that they do not depend on the timing of threads."""
    exchanges = api.map_concurrently(
        lambda case: _send(api, operation_id, case), schemathesis_client.cases(operation_id)
    )
    with cpu_time.CHECKING:
        results = schemathesis_client.check_results(operation_id, list(map(_response, exchanges)))
    for exchange, result in zip(exchanges, results, strict=True):
        if result.failure is not None:
            raise Finding(f"schemathesis: {result.failure}", exchange)
        if result.error is not None:
            raise Inconclusive("not-evaluated", f"schemathesis: {result.error}", exchange)


def _send(api: ApiClient, operation_id: str, case: SchemathesisCase) -> Exchange:
    """Send a case with valid credentials, and delete the resource that it creates."""
    path = api.transport.target.target_path(case.path)
    target = path + (f"?{case.query}" if case.query else "")
    body = _body(api, operation_id, case)
    request = Request(case.method, target, (("content-type", case.media_type),), body)
    exchange = api.send(operation_id, request, assessed=False)
    if case.method == "POST" and exchange.id is not None:
        api.collection(operation_id).delete_if_owned(exchange.id)
    return exchange


def _body(api: ApiClient, operation_id: str, case: SchemathesisCase) -> bytes:
    """Return the body with unique values, so that concurrent cases do not conflict."""
    if not case.is_json:
        body: bytes = case.body
        return body
    is_object = isinstance(case.body, dict)
    value = api.collection(operation_id).as_traceable(case.body) if is_object else case.body
    return json.dumps(value).encode()


def _response(exchange: Exchange) -> CaseResponse | None:
    request, response = exchange.request, exchange.response
    if response is None:
        return None
    return CaseResponse(
        request.method, request.target, response.status, response.headers, response.body, exchange.seconds
    )
