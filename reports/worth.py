"""What a record is worth in a few words: the whole catalogue kept, a part of it, or less."""

from collections.abc import Mapping
from typing import Any, Final

from spec.documents import NAMES

CONFORMS: Final = "conforms"
WITH_WAIVERS: Final = "conforms with waivers"
PARTIAL: Final = "partial"


def worth(record: Mapping[str, Any]) -> str:
    """Return the verdict of a record; a part of the catalogue or a waiver never reads as conformance."""
    if record["verdict"] != CONFORMS:
        return str(record["verdict"]).replace("-", " ")
    if partial(record):
        return PARTIAL
    return WITH_WAIVERS if waived(record) else CONFORMS


def partial(record: Mapping[str, Any]) -> bool:
    """Tell whether a selection, a shard or a missing profile left requirements out."""
    return bool(record["select"]) or record["shard"] is not None or set(record["profiles"]) != set(NAMES)


def waived(record: Mapping[str, Any]) -> bool:
    """Tell whether a requirement that is not kept is excused."""
    return any(waiver["state"] == "applied" for waiver in record["waivers"])
