"""What a record is worth, in a word, and what a reader must know before taking the word for it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

CONFORMS: Final = "conforms"
WITH_WAIVERS: Final = "conforms with waivers"
PARTIAL: Final = "partial"
_EVERYTHING: Final = frozenset({"video", "fabric"})  # the profiles that make up the API


def worth(record: Mapping[str, Any]) -> str:
    """Return the verdict in words; a run that looked at a part of the API does not conform, it is partial."""
    if record["verdict"] != CONFORMS:
        return str(record["verdict"]).replace("-", " ")
    if is_partial(record):
        return PARTIAL
    return WITH_WAIVERS if waived(record) else CONFORMS


def is_partial(record: Mapping[str, Any]) -> bool:
    """Tell whether only a part of the requirements was to be decided."""
    return bool(
        record.get("select")
        or record.get("shard")
        or record.get("exploring")
        or record.get("read_only")
        or set(record["profiles"]) != _EVERYTHING
    )


def waived(record: Mapping[str, Any]) -> list[str]:
    """Return the ids of the requirements that are broken and excused."""
    return [each["requirement"] for each in record["waivers"] if each["state"] == "applied"]


def caveats(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what limits the verdict, a sentence each."""
    if record["target"]["reference"]:
        yield "The target is the suite's own reference server: no --target was given."
    if record["verdict"] != "interrupted" and not record["footer"]["complete"]:
        yield "Incomplete: the run did not come to its end."
    if record.get("select"):
        yield f"Partial: only what {record['select']} selects was decided."
    if record.get("shard"):
        yield f"Partial: this is shard {record['shard']['number']} of {record['shard']['of']}."
    if record.get("exploring"):
        yield "Partial: only that was decided which draws random values, or judges the answers to them."
    if record.get("read_only"):
        yield "Partial: read-only, so nothing was decided that needs a create or a delete."
    if set(record["profiles"]) != _EVERYTHING:
        yield f"Partial: the only profile claimed is {', '.join(record['profiles']) or 'none'}."
    if waived(record):
        yield f"Waivers: {', '.join(waived(record))} not kept, and excused by the configuration."
    if record["leftovers"]:
        allowed = ", as was allowed" if record.get("leftovers_allowed") else ""
        yield f"Left behind on the target: {len(record['leftovers'])} that could not be deleted{allowed}."
