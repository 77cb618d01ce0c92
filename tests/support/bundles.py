"""Runs against the reference server without a socket, with all their output files."""

import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx

from conformance.config.settings import Effort, Settings
from conformance.config.target import PROFILES, Connection, Limits, Target
from conformance.engine.runner import run
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ACTIVE_SESSION, ORIGIN, PROJECT, TOKEN, InProcessTransport


def run_reference(
    folder: Path,
    faults: Iterable[str] = (),
    variants: Iterable[str] = (),
    *,
    effort: Effort = Effort.SMOKE,
    profiles: tuple[str, ...] = PROFILES,
    **options: Any,
) -> dict[str, Any]:
    """Run all checks against the reference server, and return the record."""
    return run(
        Settings(
            target=Target(ORIGIN, Account(PROJECT, TOKEN), profiles, active_session=ACTIVE_SESSION),
            limits=options.pop("limits", Limits(concurrency=8)),
            connection=options.pop("connection", Connection(transport=InProcessTransport(faults, variants))),
            effort=effort,
            output=folder,
            prefix="0badcafe",
            **options,
        )
    )


class DelayedTransport(httpx.BaseTransport):
    """Delays each request by two milliseconds, so that concurrent creates overlap in time.

    Without the delay, the number of repetitions of the race of equal names depends on the threads of the run.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request after the delay."""
        time.sleep(0.002)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()


def delayed_connection(faults: Iterable[str] = ()) -> Connection:
    """Return a connection to a reference server with faults that delays each request."""
    return Connection(transport=DelayedTransport(InProcessTransport(faults)))


def copy_bundle(folder: Path, to: Path) -> Path:
    """Copy a bundle for a test that changes it."""
    shutil.copytree(folder, to)
    return to
