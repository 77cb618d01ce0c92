"""Requests and responses of the server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ServerOperation(StrEnum):
    """Operations of the API; UNKNOWN is every other request."""

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
        """Return the resource of the operation."""
        return Resource.ROOM if self.startswith("FCR") else Resource.CONFERENCE


class Resource(StrEnum):
    """The two resource types, with the names of their APIs."""

    CONFERENCE = "video"
    ROOM = "fabric"


@dataclass(frozen=True)
class ServerRequest:
    """A complete request; header names are in lowercase."""

    operation: ServerOperation
    path: str = "/"
    id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = b""  # None: longer than the server accepts
    notes: dict[str, Any] = field(default_factory=dict)  # data of a fault between arrival and response


@dataclass(frozen=True)
class ServerResponse:
    """A response before serialization; `body` is a JSON value, or None for an empty body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True)
class RawResponse:
    """A serialized response; without a content-length header it is sent in chunks."""

    status: int
    headers: list[tuple[bytes, bytes]]
    chunks: list[bytes]


class EarlyResponse(Exception):  # noqa: N818 - an outcome, not an error of the server
    """Ends the processing of a request with a response."""

    def __init__(self, response: ServerResponse) -> None:
        super().__init__(response.status)
        self.response = response
