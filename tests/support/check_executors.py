"""Engines over targets that are functions, and checks for them to carry out."""

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
        self.asked = 0
        self.made: dict[str, Any] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        made = request.url.path.rpartition("/")[2]
        if request.method == "POST":
            new = f"made-{len(self.made)}"
            self.made[new] = {"id": new, **json.loads(request.content)}
            return httpx.Response(200, json=self.made[new])
        if request.method == "DELETE":
            return httpx.Response(204)
        if made in self.made:
            return httpx.Response(200, json=self.made[made])
        self.asked += 1
        return httpx.Response(self.unknown(self.asked), json={"error": "Not Found"})


@contextmanager
def check_executor(
    target: Any, folder: Path, limits: Limits | None = None, *, fail_fast: bool = False
) -> Iterator[CheckExecutor]:
    with fake_stack(target, folder, limits) as stack:
        opened = CheckExecutor(stack, Settings(stack.target, effort=Effort.SMOKE, fail_fast=fail_fast))
        try:
            yield opened
        finally:
            opened.stop()


def active_check(function: Callable[..., Any], bound: Requirement = MUST, **given: Any) -> Check:
    return Check("a check", CheckKind.ACTIVE, bound, function, given)


def passive_check(function: Callable[..., Any], bound: Requirement = MUST, **given: Any) -> Check:
    return Check("an observing check", CheckKind.PASSIVE, bound, function, given)


def get_is_404(api: ApiClient) -> None:
    expect.not_found(api.video.get("unknown"))


def every_get_is_404(traffic: Traffic) -> None:
    for exchange, _ in traffic.responses("VC-GET"):
        expect.not_found(exchange)


def check_outcome(target: Any, folder: Path, check: Check, limits: Limits | None = None) -> Outcome:
    with check_executor(target, folder, limits) as opened:
        return opened.outcome(check)
