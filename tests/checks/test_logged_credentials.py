"""The live token is sent neither in a URL nor as a username, as servers log both, unless that is allowed."""

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
from conformance.mutation.in_process_server import LIVE, ORIGIN, PROJECT, TOKEN, InProcess

NEEDING = {"API-AUTH-SWAPPED", "API-AUTH-NOT-IN-QUERY"}


class Listening(httpx.BaseTransport):
    """Notes what a server would log of each request: its URL, and the username of Basic credentials."""

    def __init__(self) -> None:
        self._inner = InProcess()
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


def ran(folder: Path, *, allowed: bool, effort: Effort) -> tuple[Mapping[str, Any], list[str]]:
    transport = Listening()
    target = Target(ORIGIN, Account(PROJECT, TOKEN), active_session=LIVE, allow_logged_credentials=allowed)
    told = run(
        Settings(
            target,
            Limits(concurrency=4),
            Connection(transport=transport),
            effort=effort,
            select="API-AUTH-*",
            output=folder,
        )
    )
    return told, transport.logged


@pytest.mark.parametrize("effort", [Effort.SMOKE, Effort.STANDARD])
def test_no_log_holds_the_token_by_default(tmp_path: Path, effort: Effort) -> None:
    told, logged = ran(tmp_path, allowed=False, effort=effort)
    assert [each for each in logged if TOKEN in each] == []
    verdicts = {each["id"]: each for each in told["requirements"]}
    assert {name for name, each in verdicts.items() if each["verdict"] == "not-applicable"} >= NEEDING
    assert all("--allow-logged-credentials" in verdicts[name]["reason"] for name in NEEDING)
    assert told["exit_code"] == 0


def test_the_option_sends_the_token_there(tmp_path: Path) -> None:
    told, logged = ran(tmp_path, allowed=True, effort=Effort.STANDARD)
    assert len([each for each in logged if TOKEN in each]) > 6
    verdicts = {each["id"]: each["verdict"] for each in told["requirements"]}
    assert {verdicts[name] for name in NEEDING} == {"passed"}


def test_the_option_stands_in_the_command_that_shows_a_finding_again(tmp_path: Path) -> None:
    transport = InProcess(["credentials-swapped-let-in"])
    target = Target(ORIGIN, Account(PROJECT, TOKEN), active_session=LIVE, allow_logged_credentials=True)
    settings = Settings(
        target, connection=Connection(transport=transport), select="API-AUTH-SWAPPED", output=tmp_path
    )
    (entry,) = run(settings)["requirements"]
    assert "--allow-logged-credentials" in entry["findings"][0]["again"]
