"""Test cases that schemathesis generates from the API description, and its checks of the responses.

It runs in the background process: its import takes a second and changes the warning filters of the whole
process. The cases stay there; the two processes refer to them by their index in the list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
from hypothesis import HealthCheck, Phase, given, settings

from conformance.config.settings import Effort
from conformance.processes.background_process import background_process
from conformance.processes.background_process import operation as in_background
from conformance.processes.value_encoding import dataclass_form, text_form
from conformance.testkit import hypothesis_profiles
from spec.data_files import api_description
from spec.operations import operation

if TYPE_CHECKING:
    from schemathesis import Case as AnyCase
    from schemathesis import GenerationMode

    Case = AnyCase[Any]

_DOCUMENTS: Final = {"VC": "video", "FCR": "fabric"}
_EXAMPLES_PER_CASE: Final = 4  # examples of a property-based check for one case of each mode
_TRANSFER_HEADERS: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


@dataclass(frozen=True)
class SchemathesisCase:
    """One request: its path in the API description, and a body as a JSON value or as bytes."""

    method: str
    path: str
    query: str
    media_type: str
    body: Any
    is_json: bool


@dataclass(frozen=True)
class CaseResponse:
    """The response to a case, and the request line that was sent."""

    method: str
    target: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float


@dataclass(frozen=True)
class CheckResult:
    """The result of the schemathesis checks: a failure, an error of the checks, or neither."""

    failure: str | None = None
    error: str | None = None


class SchemathesisClient:
    """Test cases of schemathesis for the effort and the seed of one run."""

    def __init__(self, effort: Effort, seed: int | None) -> None:
        self._parameters = effort, seed

    def prepare(self, operation_id: str) -> None:
        """Start to generate the cases of an operation, without waiting for them."""
        background_process().submit(_cases, *self._parameters, operation_id)

    def cases(self, operation_id: str) -> list[SchemathesisCase]:
        """Return the cases of an operation."""
        cases: list[SchemathesisCase] = background_process().call(_requests, *self._parameters, operation_id)
        return cases

    def check_results(self, operation_id: str, responses: Sequence[CaseResponse | None]) -> list[CheckResult]:
        """Return the check results of the responses to all cases; a missing response has an empty result."""
        results: list[CheckResult] = background_process().call(
            _results, *self._parameters, operation_id, responses
        )
        return results


@in_background(text_form(Effort))
@lru_cache(maxsize=8)
def _cases(effort: Effort, seed: int | None, operation_id: str) -> Sequence["Case"]:
    """Return the coverage cases of an operation and, at --effort thorough, random ones of both modes."""
    import schemathesis
    from schemathesis.config import SchemathesisConfig

    hypothesis_profiles.load(hypothesis_profiles.ExampleSettings(effort.examples, seed))
    documented = operation(operation_id)
    schema = schemathesis.openapi.from_dict(
        dict(api_description(_DOCUMENTS[documented.id.partition("-")[0]])),
        config=SchemathesisConfig(),  # without it, schemathesis.toml in the working directory is read
    )
    described = schema[documented.path][documented.method]
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    config = schema.config.generation_for(operation=described)
    coverage = schema.iter_coverage_cases(described, generation_modes=modes, generation_config=config)
    cases = [case for case in coverage if case.method == documented.method]
    for mode in modes if effort is Effort.THOROUGH else ():
        cases += _random_cases(described, mode)
    return cases


def _random_cases(described: Any, mode: "GenerationMode") -> list["Case"]:
    """Return random cases, the same ones in every run without a seed."""
    cases: list[Case] = []

    @settings(
        max_examples=max(1, settings().max_examples // _EXAMPLES_PER_CASE),
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described.as_strategy(generation_mode=mode))
    def collect(case: "Case") -> None:
        cases.append(case)

    hypothesis_profiles.with_seed(collect)()
    return cases


@in_background(text_form(Effort), dataclass_form(SchemathesisCase))
def _requests(effort: Effort, seed: int | None, operation_id: str) -> list[SchemathesisCase]:
    return list(map(_request, _cases(effort, seed, operation_id)))


def _request(case: "Case") -> SchemathesisCase:
    arguments = case.as_transport_kwargs(base_url="http://target")
    is_json = "json" in arguments
    body = arguments["json"] if is_json else arguments.get("data") or b""
    return SchemathesisCase(
        method=case.method,
        path=urlsplit(arguments["url"]).path,
        query=urlencode(arguments.get("params") or {}, doseq=True),
        media_type=arguments["headers"].get("Content-Type", "application/json"),
        body=body if is_json or isinstance(body, bytes) else str(body).encode(),
        is_json=is_json,
    )


@in_background(text_form(Effort), dataclass_form(CaseResponse), dataclass_form(CheckResult))
def _results(
    effort: Effort, seed: int | None, operation_id: str, responses: Sequence[CaseResponse | None]
) -> list[CheckResult]:
    return list(_check_all(_cases(effort, seed, operation_id), responses))


def _check_all(cases: Sequence["Case"], responses: Sequence[CaseResponse | None]) -> Iterator[CheckResult]:
    for case, response in zip(cases, responses, strict=True):
        yield CheckResult() if response is None else _check(case, response)


def _check(case: "Case", response: CaseResponse) -> CheckResult:
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi import checks

    selected = [not_a_server_error, checks.response_schema_conformance, checks.content_type_conformance]
    try:
        case.validate_response(_httpx_response(response), checks=selected)
    except FailureGroup as group:
        return CheckResult(failure=str(group.exceptions[0]))
    except OSError as error:  # a schemathesis check sent a request of its own, which cannot succeed
        return CheckResult(error=type(error).__name__)
    return CheckResult()


def _httpx_response(response: CaseResponse) -> httpx.Response:
    headers = [(name, value) for name, value in response.headers if name.lower() not in _TRANSFER_HEADERS]
    request = httpx.Request(response.method, f"http://target{response.target}")
    converted = httpx.Response(response.status, headers=headers, content=response.body, request=request)
    converted.elapsed = timedelta(seconds=response.seconds)
    return converted
