"""Runs of the reference server with findings, and replays of these, without a socket."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx

from conformance.config.settings import Effort, Settings
from conformance.config.target import PROFILES, Connection, Limits, Target
from conformance.engine.runner import run
from conformance.finding_replay.finding_file import RecordedFinding, finding_files, read_finding
from conformance.finding_replay.replay import replay_findings
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import (
    ACTIVE_SESSION,
    FAULTS,
    ORIGIN,
    PROJECT,
    TOKEN,
    InProcessTransport,
)


class ObservedServer(httpx.BaseTransport):
    """The reference server, whose requests and responses a function can replace."""

    def __init__(
        self,
        respond: Callable[[InProcessTransport, httpx.Request], httpx.Response],
        faults: Iterable[str] = (),
    ) -> None:
        self._respond = respond
        self._server = InProcessTransport(faults)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response of the function."""
        request.read()
        return self._respond(self._server, request)

    def close(self) -> None:
        """Close the server."""
        self._server.close()


def settings(folder: Path, transport: httpx.BaseTransport, **options: Any) -> Settings:
    """Return the settings of a run or of a replay over a transport."""
    allow_logged = options.pop("allow_logged_credentials", True)
    target = Target(
        options.pop("url", ORIGIN),
        Account(PROJECT, TOKEN),
        PROFILES,
        active_session=ACTIVE_SESSION,
        allow_logged_credentials=allow_logged,
    )
    limits = options.pop("limits", Limits(concurrency=8))
    return Settings(target, limits, Connection(transport=transport), output=folder, **options)


def findings_of(folder: Path, faults: Sequence[str], select: Iterable[str] = ()) -> list[RecordedFinding]:
    """Run the checks that the faults affect, and return the findings that the run stored."""
    chosen = list(select) or [FAULTS[fault].breaks[0] for fault in faults]
    run(
        settings(
            folder,
            InProcessTransport(faults),
            effort=Effort.SMOKE,
            select=",".join(dict.fromkeys(chosen)),
            prefix="0badcafe",
        )
    )
    return [read_finding(file) for file in finding_files(folder)]


def replay(
    folder: Path,
    findings: Sequence[RecordedFinding],
    faults: Iterable[str] = (),
    *,
    transport: httpx.BaseTransport | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Replay findings at a server with faults, and return the record."""
    folder.mkdir(parents=True, exist_ok=True)
    server = transport or InProcessTransport(faults)
    return replay_findings(
        settings(folder, server, **{"prefix": "12ab34cd", **options}), findings, lambda _result: None
    )


def statuses(record: dict[str, Any]) -> dict[str, str]:
    """Return the status of each finding of a replay, with its reason, by requirement."""
    return {
        entry["requirement"]: f"{entry['status']} {entry['reason']}".strip() for entry in record["findings"]
    }
