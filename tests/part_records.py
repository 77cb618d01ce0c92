"""Records of runs for our tests, as a run writes them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.credentials import Account
from conformance.proving.server import LIVE, ORIGIN, PROJECT, TOKEN, InProcess
from conformance.run import run
from conformance.settings import Effort, Settings
from conformance.target import Connection, Limits, Target
from spec.catalogue import catalogue
from spec.documents import digest
from tests import records

SMOKE = Settings(
    Target(ORIGIN, Account(PROJECT, TOKEN), active_session=LIVE), Limits(concurrency=4), effort=Effort.SMOKE
)


def ran(folder: Path, *faults: str, **how: Any) -> dict[str, Any]:
    """Run over a reference server in this process, and return the record."""
    made = replace(SMOKE, output=folder, connection=Connection(transport=InProcess(faults)), **how)
    return run(made)


def finding(text: str = "x", *numbers: int) -> dict[str, Any]:
    return records.finding(text, exchanges=list(numbers), steps=[])


def entry(identifier: str, verdict: str = "passed", **members: Any) -> dict[str, Any]:
    """Return an entry of a requirement that there is."""
    there = catalogue()[identifier]
    own = {
        "id": identifier,
        "level": str(there.level),
        "sentence": there.sentence,
        "source": there.source,
        "operation": there.operation,
        "findings": [finding()] if verdict in {"failed", "warned"} else [],
    }
    return records.requirement(verdict, **{**own, **members})


def record(*entries: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return the record of some entries, judged by the spec of today, with nothing but them to be merged."""
    plain = records.record(*entries)
    own = {
        "suite": {**plain["suite"], "spec": digest()},
        "effort": "smoke",
        "verdict": "conforms",
        "exit_code": 0,
        "notes": [],
        "latency": [],
        "timeline": {"seconds": 0.1, "requests": [], "wrong": []},
    }
    return {**plain, **own, **members}
