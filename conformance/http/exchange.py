"""One request and what came back: the values that every judgement is made from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from conformance.http.credentials import GOOD, Credential
from conformance.http.json_body import NOT_JSON, parsed
from conformance.http.request_validity import Conformity, conformity

_TOO_MANY: Final = 429
_LONGEST_ID: Final = 1000  # characters; no address holds much more
_SUCCESSES: Final = range(200, 300)  # RFC 9110, 15.3
_BUSY: Final = frozenset({_TOO_MANY, 503})
_PARTS: Final = re.compile(r"[/\\]")
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Origin:
    """Where an exchange comes from: the check, the attempt, the operation it addresses."""

    check: str
    operation: str
    attempt: int = 0
    case: str = ""  # which of the cases of the check, where it has several under way at once
    judged: bool = True  # false for clean-up and for what nothing may be concluded from


@dataclass(frozen=True)
class Request:
    """What was sent; the credential stands beside the headers, so that no header holds a secret."""

    method: str
    target: str  # path and query
    headers: Headers = ()
    body: bytes = b""
    credential: Credential = GOOD

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return self.target.partition("?")[0]

    @cached_property
    def json(self) -> Any:
        """Return the body as a JSON value, or NOT_JSON."""
        return parsed(self.body)


@dataclass(frozen=True)
class Response:
    """What was received, decoded from its content encoding."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the value of the first header of that name in any letter case."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @cached_property
    def media_type(self) -> str | None:
        """Return type and subtype of Content-Type in small letters, None without the header."""
        value = self.header("content-type")
        if value is None:
            return None
        message = Message()
        message["content-type"] = value
        return message.get_content_type()

    @cached_property
    def json(self) -> Any:
        """Return the body as a JSON value, or NOT_JSON."""
        return parsed(self.body)


@dataclass(frozen=True)
class Exchange:
    """One request with its response, or with the reason why there is none."""

    number: int  # its place in the evidence, from 1
    origin: Origin
    request: Request
    response: Response | None
    failure: str | None  # why no response came
    started: datetime  # UTC
    seconds: float

    @property
    def lost(self) -> bool:
        """Tell whether no answer came."""
        return self.response is None

    @property
    def addressed(self) -> str:
        """Return the last part of the path: the id of a resource, where one was addressed."""
        return self.request.path.rpartition("/")[2]

    @property
    def creates(self) -> bool:
        """Tell whether it asked for something new."""
        return self.request.method == "POST"

    @property
    def deletes(self) -> bool:
        """Tell whether something was deleted."""
        return self.request.method == "DELETE" and self.succeeded

    @property
    def status(self) -> int | None:
        """Return the status of the response, None when there is none."""
        return self.response.status if self.response else None

    @cached_property
    def succeeded(self) -> bool:
        """Tell whether the response is a success, whichever one."""
        return self.status in _SUCCESSES

    @cached_property
    def busy(self) -> bool:
        """Tell whether the target asked for patience: waited for, never judged."""
        if self.response is None or self.status not in _BUSY:
            return False
        return self.status == _TOO_MANY or self.response.header("retry-after") is not None

    @property
    def answer(self) -> Any:
        """Return the JSON value that was received, NOT_JSON for anything else."""
        return self.response.json if self.response else NOT_JSON

    @cached_property
    def resource(self) -> Mapping[str, Any] | None:
        """Return the JSON object that a successful answer holds, None where there is none."""
        return self.answer if self.succeeded and isinstance(self.answer, dict) else None

    @cached_property
    def conformity(self) -> Conformity:
        """Return where what was sent leaves the documentation; everybody who judges it asks."""
        return conformity(self.origin.operation, self.request.headers, self.request.body)

    @cached_property
    def id(self) -> str | None:
        """Return the id of the resource in a successful answer, None for one that addresses no resource."""
        value = (self.resource or {}).get("id")
        return str(value) if addressable(value) else None


def addressable(value: Any) -> bool:
    """Tell whether a value can be the last part of a path: one of dots would lead to something else."""
    return (
        isinstance(value, str)
        and len(value) <= _LONGEST_ID
        and all(part not in {".", ".."} for part in _PARTS.split(value))
        and value.strip("/") != ""
    )


def overlap(exchanges: Sequence[Exchange]) -> bool:
    """Return whether one request was sent before the response to another arrived."""
    in_order = sorted(exchanges, key=lambda exchange: exchange.started)
    return any(
        (later.started - earlier.started).total_seconds() < earlier.seconds
        for earlier, later in pairwise(in_order)
    )
