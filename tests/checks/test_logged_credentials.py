"""The API token is not sent in a URL or as a username, which servers log, unless that is allowed."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Effort, Settings
from conformance.config.target import Connection, Limits, Target
from conformance.engine.runner import run
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ACTIVE_SESSION, ORIGIN, PROJECT, TOKEN, InProcessTransport

REQUIRING_OPTION = {"API-AUTH-SWAPPED", "API-AUTH-NOT-IN-QUERY"}


class LoggingTransport(httpx.BaseTransport):
    """Records the parts of each request that servers log: the URL and the username of Basic credentials."""

    def __init__(self) -> None:
        self._inner = InProcessTransport()
        self.logged: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic" and encoded.isascii():
            decoded = base64.b64decode(encoded + "==").decode("latin-1")
            self.logged.append(decoded.partition(":")[0])
        self.logged.append(str(request.url))
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def run_suite(folder: Path, *, allowed: bool, effort: Effort) -> tuple[Mapping[str, Any], list[str]]:
    transport = LoggingTransport()
    target = Target(
        ORIGIN, Account(PROJECT, TOKEN), active_session=ACTIVE_SESSION, allow_logged_credentials=allowed
    )
    results = run(
        Settings(
            target,
            Limits(concurrency=4),
            Connection(transport=transport),
            effort=effort,
            select="API-AUTH-*",
            output=folder,
        )
    )
    return results, transport.logged


@pytest.mark.parametrize("effort", [Effort.SMOKE, Effort.STANDARD])
def test_no_log_contains_the_token_by_default(tmp_path: Path, effort: Effort) -> None:
    results, logged = run_suite(tmp_path, allowed=False, effort=effort)
    assert [text for text in logged if TOKEN in text] == []
    entries = {entry["id"]: entry for entry in results["requirements"]}
    not_applicable = {name for name, entry in entries.items() if entry["verdict"] == "not-applicable"}
    assert not_applicable >= REQUIRING_OPTION
    assert all("--allow-logged-credentials" in entries[name]["reason"] for name in REQUIRING_OPTION)
    assert results["exit_code"] == 0


def test_the_option_sends_the_token_where_it_is_logged(tmp_path: Path) -> None:
    results, logged = run_suite(tmp_path, allowed=True, effort=Effort.STANDARD)
    assert len([text for text in logged if TOKEN in text]) > 6
    verdicts = {entry["id"]: entry["verdict"] for entry in results["requirements"]}
    assert {verdicts[name] for name in REQUIRING_OPTION} == {"passed"}


def test_the_rerun_command_of_a_finding_contains_the_option(tmp_path: Path) -> None:
    transport = InProcessTransport(["credentials-swapped-accepted"])
    target = Target(
        ORIGIN, Account(PROJECT, TOKEN), active_session=ACTIVE_SESSION, allow_logged_credentials=True
    )
    settings = Settings(
        target, connection=Connection(transport=transport), select="API-AUTH-SWAPPED", output=tmp_path
    )
    (entry,) = run(settings)["requirements"]
    assert "--allow-logged-credentials" in entry["findings"][0]["rerun"]
