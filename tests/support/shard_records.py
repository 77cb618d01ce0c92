"""Records with a part of the requirements, for the tests that merge and compare them."""

from typing import Any

from spec.catalogue import catalogue
from spec.data_files import digest
from tests.support import run_records


def finding(text: str = "x", *numbers: int) -> dict[str, Any]:
    return run_records.finding(text, exchanges=list(numbers), steps=[])


def entry(identifier: str, verdict: str = "passed", **members: Any) -> dict[str, Any]:
    """Return an entry of a requirement of the catalogue."""
    described = catalogue()[identifier]
    defaults = {
        "id": identifier,
        "level": str(described.level),
        "sentence": described.sentence,
        "source": described.source,
        "operation": described.operation,
        "findings": [finding()] if verdict in {"failed", "warned"} else [],
    }
    return run_records.requirement(verdict, **{**defaults, **members})


def record(*entries: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a record with some entries and the digest of the current specification."""
    plain = run_records.record(*entries)
    defaults = {
        "suite": {**plain["suite"], "spec": digest()},
        "effort": "smoke",
        "verdict": "conforms",
        "exit_code": 0,
        "notes": [],
        "latency": [],
        "timeline": {"seconds": 0.1, "requests": [], "failed": []},
    }
    return {**plain, **defaults, **members}
