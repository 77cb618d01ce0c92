"""What schemathesis makes of the API description, and what it says of the answers.

It runs aside: it takes a second to begin, and changes the warnings of the whole process meanwhile. Its cases
stay there, and are known here by their place in the list.
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
from conformance.processes.background_process import aside
from conformance.processes.background_process import operation as in_background
from conformance.processes.value_encoding import record, text
from conformance.testkit import hypothesis_profiles
from spec.data_files import document
from spec.operations import operation

if TYPE_CHECKING:
    from schemathesis import Case as AnyCase
    from schemathesis import GenerationMode

    Case = AnyCase[Any]

_DOCUMENTS: Final = {"VC": "video", "FCR": "fabric"}
_PART: Final = 4  # one case of each kind for so many of our own
_OF_THE_WIRE: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


@dataclass(frozen=True)
class Generated:
    """One request: its path as the description has it, and a body as a JSON value or as bytes."""

    method: str
    path: str
    query: str
    media_type: str
    body: Any
    is_json: bool


@dataclass(frozen=True)
class Answer:
    """What came back for one of them."""

    method: str
    target: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Opinion:
    """What schemathesis says of an answer: what is wrong, or why it cannot tell."""

    wrong: str | None = None
    unable: str | None = None


class Generator:
    """Cases for the effort and the seed of one run."""

    def __init__(self, effort: Effort, seed: int | None) -> None:
        self._drawn_by = effort, seed

    def prepare(self, operation_id: str) -> None:
        """Begin to make the cases of an operation, without waiting for them."""
        aside().prepare(_cases, *self._drawn_by, operation_id)

    def cases(self, operation_id: str) -> list[Generated]:
        """Return the cases of an operation."""
        cases: list[Generated] = aside().call(_told, *self._drawn_by, operation_id)
        return cases

    def opinions(self, operation_id: str, answers: Sequence[Answer | None]) -> list[Opinion]:
        """Return what is to be said of the answers to all cases; nothing of what was not answered."""
        opinions: list[Opinion] = aside().call(_opinions, *self._drawn_by, operation_id, answers)
        return opinions


@in_background(text(Effort))
@lru_cache(maxsize=8)
def _cases(effort: Effort, seed: int | None, operation_id: str) -> Sequence["Case"]:
    """Return the coverage cases of an operation, and random ones, right and wrong, if many are wanted."""
    import schemathesis
    from schemathesis.config import SchemathesisConfig

    hypothesis_profiles.load(hypothesis_profiles.Draw(effort.examples, seed))
    wanted = operation(operation_id)
    schema = schemathesis.openapi.from_dict(
        dict(document(_DOCUMENTS[wanted.id.partition("-")[0]])),
        config=SchemathesisConfig(),  # or it reads a schemathesis.toml of the working directory
    )
    described = schema[wanted.path][wanted.method]
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    config = schema.config.generation_for(operation=described)
    covering = schema.iter_coverage_cases(described, generation_modes=modes, generation_config=config)
    cases = [case for case in covering if case.method == wanted.method]
    for mode in modes if effort is Effort.THOROUGH else ():
        cases += _drawn(described, mode)
    return cases


def _drawn(described: Any, mode: "GenerationMode") -> list["Case"]:
    """Return random cases, the same ones every time unless the run has a seed."""
    drawn: list[Case] = []

    @settings(
        max_examples=max(1, settings().max_examples // _PART),
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described.as_strategy(generation_mode=mode))
    def draw(case: "Case") -> None:
        drawn.append(case)

    hypothesis_profiles.seeded(draw)()
    return drawn


@in_background(text(Effort), record(Generated))
def _told(effort: Effort, seed: int | None, operation_id: str) -> list[Generated]:
    return list(map(_request, _cases(effort, seed, operation_id)))


def _request(case: "Case") -> Generated:
    told = case.as_transport_kwargs(base_url="http://target")
    is_json = "json" in told
    body = told["json"] if is_json else told.get("data") or b""
    return Generated(
        method=case.method,
        path=urlsplit(told["url"]).path,
        query=urlencode(told.get("params") or {}, doseq=True),
        media_type=told["headers"].get("Content-Type", "application/json"),
        body=body if is_json or isinstance(body, bytes) else str(body).encode(),
        is_json=is_json,
    )


@in_background(text(Effort), record(Answer), record(Opinion))
def _opinions(
    effort: Effort, seed: int | None, operation_id: str, answers: Sequence[Answer | None]
) -> list[Opinion]:
    return list(_each(_cases(effort, seed, operation_id), answers))


def _each(cases: Sequence["Case"], answers: Sequence[Answer | None]) -> Iterator[Opinion]:
    for case, answer in zip(cases, answers, strict=True):
        yield Opinion() if answer is None else _opinion(case, answer)


def _opinion(case: "Case", answer: Answer) -> Opinion:
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi import checks

    judged = [not_a_server_error, checks.response_schema_conformance, checks.content_type_conformance]
    try:
        case.validate_response(_for_schemathesis(answer), checks=judged)
    except FailureGroup as group:
        return Opinion(wrong=str(group.exceptions[0]))
    except OSError as error:  # some of its checks send requests of their own, which have nowhere to go
        return Opinion(unable=type(error).__name__)
    return Opinion()


def _for_schemathesis(answer: Answer) -> httpx.Response:
    plain = [(name, value) for name, value in answer.headers if name.lower() not in _OF_THE_WIRE]
    request = httpx.Request(answer.method, f"http://target{answer.target}")
    told = httpx.Response(answer.status, headers=plain, content=answer.body, request=request)
    told.elapsed = timedelta(seconds=answer.seconds)
    return told
