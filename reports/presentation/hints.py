"""Hints among the notes of a record: options that would give a more useful result."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_PREFIX: Final = "hint: "
MOCK_HINT: Final = (
    f"{_PREFIX}the target looks like a stateless mock; use --mock to test only what a mock can satisfy"
)


def hints(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the hints of a record."""
    yield from (note for note in record["notes"] if note.startswith(_PREFIX))
