"""Runs against the reference server without a socket, with all the files that a run leaves."""

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
    **more: Any,
) -> dict[str, Any]:
    """Run all checks over the reference server, and return the record."""
    return run(
        Settings(
            target=Target(ORIGIN, Account(PROJECT, TOKEN), profiles, active_session=ACTIVE_SESSION),
            limits=more.pop("limits", Limits(concurrency=8)),
            connection=more.pop("connection", Connection(transport=InProcessTransport(faults, variants))),
            effort=effort,
            output=folder,
            prefix="0badcafe",
            **more,
        )
    )


class DelayedTransport(httpx.BaseTransport):
    """Takes two milliseconds more for each request: creates that are sent at once overlap in time.

    Without that, how often a run repeats the race of equal names depends on its threads.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on after a while."""
        time.sleep(0.002)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close what is below."""
        self._inner.close()


def delayed_connection(faults: Iterable[str] = ()) -> Connection:
    """Return a connection to a reference server with faults whose requests last a little."""
    return Connection(transport=DelayedTransport(InProcessTransport(faults)))


def copy_bundle(folder: Path, to: Path) -> Path:
    """Copy a bundle, to be spoilt."""
    shutil.copytree(folder, to)
    return to
