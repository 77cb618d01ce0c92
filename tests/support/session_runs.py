"""Sessions of checks against a target in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import httpx

from conformance.config.settings import Effort, Settings
from conformance.config.target import Connection, Limits, Target
from conformance.engine.attempts import Check, CheckKind
from conformance.engine.session.run_session import RunSession
from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from spec.catalogue import Level, Requirement
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.fake_targets import ACCOUNT

MUST = Requirement("VC-GET-ONE", Level.MUST, "An unknown id is a 404.", "a page", "video", "VC-GET")
OTHER = Requirement("VC-GET-TWO", Level.MUST, "Another.", "a page", "video", "VC-GET")
MAY = Requirement("VC-GET-MAY", Level.MAY, "As it likes.", "a page", "video", "VC-GET")


class Conferences:
    """A target that requires credentials, and keeps the created resources until they are deleted."""

    def __init__(self, *, page: Any = None) -> None:
        self.page = page or {"data": []}
        self.resources: dict[str, dict[str, Any]] = {}  # by id
        self.count = 0
        self.lock = Lock()
        self.requests: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        resource_id = path.rpartition("/")[2]
        self.requests.append(f"{request.method} {resource_id}")
        if "authorization" not in request.headers:
            return httpx.Response(401, json={"error": "Unauthorized"})
        if request.method == "POST":
            with self.lock:
                self.count += 1
                new_id = f"made-{self.count}"
            self.resources[new_id] = {"id": new_id, **json.loads(request.content)}
            return httpx.Response(200, json=self.resources[new_id])
        if request.method == "DELETE" and resource_id in self.resources:
            del self.resources[resource_id]
            return httpx.Response(204)
        if resource_id == "conferences":
            return httpx.Response(200, json=self.page)
        resource = self.resources.get(resource_id)
        return httpx.Response(200 if resource else 404, json=resource or {"error": "Not Found"})


def new_session(
    target: Callable[[httpx.Request], httpx.Response],
    folder: Path,
    observer: Any = None,
    *,
    max_requests: int | None = None,
    max_live: int | None = None,
    **target_options: Any,
) -> RunSession:
    settings = Settings(
        Target(httpx.URL("http://target.test"), ACCOUNT, **{"profiles": ("video",), **target_options}),
        Limits(concurrency=4, max_requests=max_requests, max_live=max_live),
        Connection(transport=httpx.MockTransport(target)),
        Effort.SMOKE,
        output=folder,
    )
    return RunSession(settings, observer)


def check(
    function: Callable[..., Any], bound: Requirement = MUST, kind: CheckKind = CheckKind.ACTIVE
) -> Check:
    return Check(bound.id, kind, bound, function, {})


def passing(api: ApiClient) -> None:
    expect.not_found(api.video.get("unknown"))


def creating(api: ApiClient) -> None:
    expect.accepted(api.video.create(api.video.minimal()))


def run_checks(session: RunSession, *checks: Check, **options: Any) -> dict[str, Any]:
    with session.open(checks, **options) as can_run:
        for planned_check in checks if can_run else ():
            session.decide(planned_check)
    assert validation_errors(results_schema(), session.record) == []
    return session.record
