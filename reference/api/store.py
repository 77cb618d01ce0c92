"""In-memory store of conferences and rooms."""

import datetime as dt
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from reference.api.messages import Resource


@dataclass
class Record:
    """A conference, or a room with its two ids."""

    id: str
    values: dict[str, Any]
    created_at: dt.datetime
    updated_at: dt.datetime
    inner_id: str = ""
    name_key: str = ""
    session: dict[str, Any] | None = None


@dataclass
class Store:
    """Records by id, and the names in use."""

    records: dict[Resource, dict[str, Record]] = field(
        default_factory=lambda: {resource: {} for resource in Resource}
    )
    names: dict[str, str] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def add(self, resource: Resource, record: Record) -> None:
        """Add a record and reserve its name."""
        self.records[resource][record.id] = record
        if record.name_key:
            self.names[record.name_key] = record.id

    def find(self, resource: Resource, id_: str) -> Record | None:
        """Return the record with the id."""
        return self.records[resource].get(id_)

    def remove(self, resource: Resource, record: Record) -> None:
        """Remove a record and release its name."""
        del self.records[resource][record.id]
        if self.names.get(record.name_key) == record.id:
            del self.names[record.name_key]

    def all(self, resource: Resource) -> list[Record]:
        """Return the records, oldest first."""
        return list(self.records[resource].values())
