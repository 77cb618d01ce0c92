"""Check executors over targets that are functions, and checks for them to execute."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from conformance.config.settings import Effort, Settings
from conformance.config.target import Limits
from conformance.engine.attempts import Check, CheckKind
from conformance.engine.executor import CheckExecutor
from conformance.results.verdict import Outcome
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from conformance.testkit.traffic import Traffic
from spec.catalogue import Level, Requirement
from tests.support.fake_targets import fake_stack

MUST = Requirement("VC-GET-ONE", Level.MUST, "An unknown id is a 404.", "a page", "video", "VC-GET")


class ConferenceTarget:
    """A target that creates, returns and deletes conferences; gets of some ids have a configured status."""

    def __init__(self, unknown: Callable[[int], int] = lambda _: 404) -> None:
        self.unknown = unknown
        self.unknown_gets = 0
        self.created: dict[str, Any] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        identifier = request.url.path.rpartition("/")[2]
        if request.method == "POST":
            new_id = f"made-{len(self.created)}"
            self.created[new_id] = {"id": new_id, **json.loads(request.content)}
            return httpx.Response(200, json=self.created[new_id])
        if request.method == "DELETE":
            return httpx.Response(204)
        if identifier in self.created:
            return httpx.Response(200, json=self.created[identifier])
        self.unknown_gets += 1
        return httpx.Response(self.unknown(self.unknown_gets), json={"error": "Not Found"})


@contextmanager
def check_executor(
    target: Any, folder: Path, limits: Limits | None = None, **settings: Any
) -> Iterator[CheckExecutor]:
    with fake_stack(target, folder, limits) as stack:
        executor = CheckExecutor(stack, Settings(stack.target, effort=Effort.SMOKE, **settings))
        try:
            yield executor
        finally:
            executor.stop()


def active_check(function: Callable[..., Any], bound: Requirement = MUST, **arguments: Any) -> Check:
    return Check("a check", CheckKind.ACTIVE, bound, function, arguments)


def passive_check(function: Callable[..., Any], bound: Requirement = MUST, **arguments: Any) -> Check:
    return Check("an observing check", CheckKind.PASSIVE, bound, function, arguments)


def get_is_404(api: ApiClient) -> None:
    expect.not_found(api.video.get("unknown"))


def every_get_is_404(traffic: Traffic) -> None:
    for exchange, _ in traffic.responses("VC-GET"):
        expect.not_found(exchange)


def check_outcome(target: Any, folder: Path, check: Check, limits: Limits | None = None) -> Outcome:
    with check_executor(target, folder, limits) as executor:
        return executor.outcome(check)
