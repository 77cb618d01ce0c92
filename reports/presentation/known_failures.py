"""Known failures: requirements that are not met, but were not met in the baseline of the run either."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Entry = Mapping[str, Any]

UNRESOLVED: Final = frozenset({"failed", "warned", "inconclusive"})
WORSE: Final = "worse"


def is_known(entry: Entry) -> bool:
    """Return whether a requirement is not met, but no worse than in the baseline."""
    compared = entry.get("baseline")
    if compared is None or entry["verdict"] not in UNRESOLVED:
        return False
    return compared["verdict"] in UNRESOLVED and compared["change"] != WORSE


def known_failures(entries: Sequence[Entry]) -> list[Entry]:
    """Return the requirements that are known failures."""
    return [entry for entry in entries if is_known(entry)]


def problem_text(entry: Entry) -> str:
    """Return the problem of a requirement on one line, or the reason of its verdict."""
    problems = (finding.get("problem") or finding["expected"] for finding in entry["findings"])
    return next(problems, entry["reason"] or "")
