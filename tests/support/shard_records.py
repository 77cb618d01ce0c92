"""Records of parts of what there is to decide, to be merged and compared."""

from typing import Any

from spec.catalogue import catalogue
from spec.data_files import digest
from tests.support import run_records


def finding(text: str = "x", *numbers: int) -> dict[str, Any]:
    return run_records.finding(text, exchanges=list(numbers), steps=[])


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
    return run_records.requirement(verdict, **{**own, **members})


def record(*entries: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return the record of some entries, judged by the spec of today, with nothing but them to be merged."""
    plain = run_records.record(*entries)
    own = {
        "suite": {**plain["suite"], "spec": digest()},
        "effort": "smoke",
        "verdict": "conforms",
        "exit_code": 0,
        "notes": [],
        "latency": [],
        "timeline": {"seconds": 0.1, "requests": [], "failed": []},
    }
    return {**plain, **own, **members}
