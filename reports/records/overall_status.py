"""What a record is worth, in a word, and what a reader must know before taking the word for it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.records.plain_run import differences

CONFORMS: Final = "conforms"
WITH_WAIVERS: Final = "conforms with waivers"
PARTIAL: Final = "partial"


def worth(record: Mapping[str, Any]) -> str:
    """Return the verdict in words: `partial` for a conforming run that differs from the plain one."""
    if record["verdict"] != CONFORMS:
        return str(record["verdict"]).replace("-", " ")
    if is_partial(record):
        return PARTIAL
    return WITH_WAIVERS if waived(record) else CONFORMS


def is_partial(record: Mapping[str, Any]) -> bool:
    """Return whether the run was less than the plain certifying run, or left resources at the target."""
    return bool(differences(record) or record["leftovers"])


def waived(record: Mapping[str, Any]) -> list[str]:
    """Return the ids of the requirements that are broken and excused."""
    return [each["requirement"] for each in record["waivers"] if each["state"] == "applied"]


def caveats(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what limits the verdict, a sentence each."""
    if record["verdict"] != "interrupted" and not record["footer"]["complete"]:
        yield "Incomplete: the run did not come to its end."
    for difference in differences(record):
        yield difference.sentence
    if waived(record):
        yield f"Waivers: {', '.join(waived(record))} not kept, and excused by the configuration."
    if record["leftovers"]:
        allowed = ", as was allowed" if record.get("leftovers_allowed") else ""
        yield f"Left behind on the target: {len(record['leftovers'])} that could not be deleted{allowed}."
