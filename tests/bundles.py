"""Runs against the reference server without a socket, with all the files that a run leaves."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance.credentials import Account
from conformance.proving.server import LIVE, ORIGIN, PROJECT, TOKEN, InProcess
from conformance.run import run
from conformance.settings import Effort, Settings
from conformance.target import PROFILES, Connection, Limits, Target


def ran(
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
            target=Target(ORIGIN, Account(PROJECT, TOKEN), profiles, active_session=LIVE),
            limits=more.pop("limits", Limits(concurrency=8)),
            connection=more.pop("connection", Connection(transport=InProcess(faults, variants))),
            effort=effort,
            output=folder,
            prefix="0badcafe",
            **more,
        )
    )


def copied(folder: Path, to: Path) -> Path:
    """Copy a bundle, to be spoilt."""
    shutil.copytree(folder, to)
    return to
