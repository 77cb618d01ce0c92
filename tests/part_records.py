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

SMOKE = Settings(
    Target(ORIGIN, Account(PROJECT, TOKEN), active_session=LIVE), Limits(concurrency=4), effort=Effort.SMOKE
)


def ran(folder: Path, *faults: str, **how: Any) -> dict[str, Any]:
    """Run over a reference server in this process, and return the record."""
    made = replace(SMOKE, output=folder, connection=Connection(transport=InProcess(faults)), **how)
    return run(made)


def finding(text: str = "x", *numbers: int) -> dict[str, Any]:
    texts = {name: f"{name} {text}" for name in ("sent", "expected", "received", "why", "curl", "again")}
    return {**texts, "flaky": False, "exchanges": list(numbers), "steps": []}


def entry(identifier: str, verdict: str = "passed", **members: Any) -> dict[str, Any]:
    """Return an entry of a requirement that there is."""
    requirement = catalogue()[identifier]
    return {
        "id": identifier,
        "level": str(requirement.level),
        "verdict": verdict,
        "reason": None,
        "sentence": requirement.sentence,
        "source": requirement.source,
        "operation": requirement.operation,
        "observations": 1,
        "seconds": 0.5,
        "findings": [finding()] if verdict in {"failed", "warned"} else [],
        **members,
    }


def record(*entries: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a valid record of some entries; each broken one has a cause of its own."""
    broken = [each["id"] for each in entries if each["verdict"] in {"failed", "warned"}]
    return {
        "schema_version": 1,
        "suite": {"name": "conference-conformance", "version": "1", "spec": digest(), "engines": {}},
        "target": {"origin": "https://api.example", "reference": False},
        "profiles": ["video", "fabric"],
        "effort": "smoke",
        "seed": None,
        "select": "",
        "shard": None,
        "strict": False,
        "prefix": "0badcafe",
        "started": "2041-05-06T07:08:09+00:00",
        "verdict": "conforms",
        "exit_code": 0,
        "requests": 10,
        "seconds": 1.5,
        "requirements": list(entries),
        "causes": [{"cause": each, "lead": each, "others": []} for each in broken],
        "waivers": [],
        "notes": [],
        "leftovers": [],
        "latency": [],
        "timeline": {"seconds": 0.1, "requests": [], "wrong": []},
        "counts": {},
        "footer": {"complete": True, "requirements": len(entries), "exchanges": 10, "evidence": None},
        **members,
    }
