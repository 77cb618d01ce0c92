"""What the server is asked, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Operation(StrEnum):
    """The operations that the server knows, and everything else."""

    CREATE_CONFERENCE = "VC-CREATE"
    LIST_CONFERENCES = "VC-LIST"
    GET_CONFERENCE = "VC-GET"
    DELETE_CONFERENCE = "VC-DELETE"
    CREATE_ROOM = "FCR-CREATE"
    LIST_ROOMS = "FCR-LIST"
    GET_ROOM = "FCR-GET"
    DELETE_ROOM = "FCR-DELETE"
    UNKNOWN = "UNKNOWN"

    @property
    def resource(self) -> "Resource":
        """The resource that the operation is about."""
        return Resource.ROOM if self.startswith("FCR") else Resource.CONFERENCE


class Resource(StrEnum):
    """The two resources, under the names of their API."""

    CONFERENCE = "video"
    ROOM = "fabric"


@dataclass(frozen=True)
class Request:
    """A request, read whole; header names are lower-case."""

    operation: Operation
    path: str = "/"
    id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = b""  # None: longer than the server reads
    notes: dict[str, Any] = field(default_factory=dict)  # what a rule remembers between arrival and answer


@dataclass(frozen=True)
class Answer:
    """An answer before it is written: `body` is a JSON value, or nothing."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True)
class Written:
    """An answer as it goes out; without a content-length it goes out in chunks."""

    status: int
    headers: list[tuple[bytes, bytes]]
    chunks: list[bytes]


class Rejected(Exception):  # noqa: N818 - it is an outcome, no error of the server
    """Ends the handling of a request with an answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer
