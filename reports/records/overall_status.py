"""Overall status of a record, and the caveats that limit it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.records.plain_run import differences

CONFORMS: Final = "conforms"
CONFORMS_WITH_WAIVERS: Final = "conforms with waivers"
PARTIAL: Final = "partial"


def overall_status(record: Mapping[str, Any]) -> str:
    """Return the verdict as text: `partial` for a conforming run that is not a default certification run."""
    if record["verdict"] != CONFORMS:
        return str(record["verdict"]).replace("-", " ")
    if is_partial(record):
        return PARTIAL
    return CONFORMS_WITH_WAIVERS if waived_requirements(record) else CONFORMS


def is_partial(record: Mapping[str, Any]) -> bool:
    """Return whether the run was less than a default certification run, or left resources on the target."""
    return bool(differences(record) or record["leftovers"])


def waived_requirements(record: Mapping[str, Any]) -> list[str]:
    """Return the ids of the violated requirements that are waived."""
    return [waiver["requirement"] for waiver in record["waivers"] if waiver["state"] == "applied"]


def caveats(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each limitation of the verdict."""
    if record["verdict"] != "interrupted" and not record["footer"]["complete"]:
        yield "Incomplete: the run did not complete."
    for difference in differences(record):
        yield difference.sentence
    if waived_requirements(record):
        yield f"Waivers: {', '.join(waived_requirements(record))} violated, but waived by the configuration."
    if record["leftovers"]:
        allowed = " (allowed by --allow-leftovers)" if record.get("leftovers_allowed") else ""
        yield f"Leftover resources that could not be deleted: {len(record['leftovers'])}{allowed}."
