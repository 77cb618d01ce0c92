"""The reference server without a socket, and checks that are run over it without pytest."""

import asyncio
import tempfile
from collections.abc import Iterable, MutableMapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest

import conformance
from conformance.credentials import Account
from conformance.engine import Check
from conformance.judge import Judge
from conformance.settings import Effort, Settings
from conformance.target import Connection, Limits, Target
from conformance.trial import Trial
from conformance.verdict import Outcome
from reference.app import Settings as ServerSettings
from reference.app import create_app
from reference.credentials import API_TOKEN, PROJECT_ID, Credentials
from reference.live import LIVE_CONFERENCE_ID

ORIGIN = httpx.URL("http://reference")
ACCOUNT = Account(PROJECT_ID, API_TOKEN)
LIMITS = Limits(concurrency=4)


class InProcess(httpx.BaseTransport):
    """Calls the reference server and reads its answer."""

    def __init__(self, faults: Iterable[str] = (), variants: Iterable[str] = ()) -> None:
        credentials = Credentials(PROJECT_ID, API_TOKEN)
        self._app = create_app(ServerSettings(credentials, tuple(faults), tuple(variants)))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        sent: list[MutableMapping[str, Any]] = []
        body = request.read()

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        asyncio.run(self._app(_scope(request), receive, send))
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], stream=httpx.ByteStream(content))


def settings(transport: httpx.BaseTransport, folder: Path, effort: Effort = Effort.SMOKE) -> Settings:
    """Return the settings of a run over a transport."""
    return Settings(
        target=Target(ORIGIN, ACCOUNT, active_session=LIVE_CONFERENCE_ID),
        limits=LIMITS,
        connection=Connection(transport=transport),
        effort=effort,
        output=folder,
    )


@cache
def checks(effort: Effort = Effort.SMOKE) -> Sequence[Check]:
    """Return the checks of an effort, as pytest collects them."""
    judge = Judge(settings(InProcess(), Path(), effort))
    folder = str(Path(conformance.__file__).parent)
    quiet = (
        "-p",
        "no:terminal",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
        "-c",
        f"{folder}/checks.ini",
    )
    ours = hypothesis.settings.get_current_profile_name()
    pytest.main(["--collect-only", "--disable-plugin-autoload", *quiet, folder], plugins=[judge])
    hypothesis.settings.load_profile(ours)
    return judge.checks


def judged(
    transport: httpx.BaseTransport, wanted: Sequence[Check], effort: Effort = Effort.SMOKE
) -> dict[str, Outcome]:
    """Run checks over a transport and return their outcomes by requirement."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(settings(transport, Path(folder), effort))
        with trial.running(wanted):
            outcomes = [trial.decide(check)[0] for check in wanted]
    return {outcome.requirement.id: outcome for outcome in outcomes}


def _scope(request: httpx.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": "http",
        "server": ("reference", 80),
        "client": ("test", 1),
        "root_path": "",
    }
