"""Requests, responses and exchanges: immutable values from which checks derive their verdicts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from conformance.http.credentials import VALID, Credential
from conformance.http.json_body import NOT_JSON, parse_json
from conformance.http.request_validity import RequestValidity, request_validity

_TOO_MANY_REQUESTS: Final = 429
_NOT_FOUND: Final = 404
_NAME_IN_USE: Final = frozenset({400, 409, 422})
_MAX_ID_LENGTH: Final = 1000  # characters; longer ids do not fit into most request lines
_SUCCESS: Final = range(200, 300)  # RFC 9110, 15.3
_THROTTLED: Final = frozenset({_TOO_MANY_REQUESTS, 503})
_GATEWAY_STATUSES: Final = frozenset({408, 425, 502, 503, 504, *range(520, 528), 530})  # RFC 9110, RFC 8470
_INTERNAL_SERVER_ERROR: Final = 500
_LOST_CONNECTIONS: Final = (
    "ReadError",
    "WriteError",
    "RemoteProtocolError: Server disconnected",
    "RemoteProtocolError: the connection ended",
)  # beginnings of failures: the connection was lost before the response was complete
_PATH_SEPARATORS: Final = re.compile(r"[/\\]")
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Origin:
    """Origin of an exchange: the check and attempt that sent it, and the operation it addresses."""

    check: str
    operation: str
    attempt: int = 0
    case: str = ""  # case of the check, where several run concurrently
    assessed: bool = True  # false for clean-up and for exchanges from which nothing may be concluded
    resend: int = 0  # how often the same request was sent before, because its response was unreliable


@dataclass(frozen=True)
class Request:
    """A request; the credential is separate from the headers, so that no header contains a secret."""

    method: str
    target: str  # path and query
    headers: Headers = ()
    body: bytes = b""
    credential: Credential = VALID

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return self.target.partition("?")[0]

    @cached_property
    def json(self) -> Any:
        """Return the body as a JSON value, or NOT_JSON."""
        return parse_json(self.body)


@dataclass(frozen=True)
class Response:
    """A response, with its content encoding removed."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the value of the first header with the lowercase name, whatever case the response uses."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @cached_property
    def media_type(self) -> str | None:
        """Return the lowercase type and subtype of Content-Type, or None without that header."""
        value = self.header("content-type")
        if value is None:
            return None
        message = Message()
        message["content-type"] = value
        return message.get_content_type()

    @cached_property
    def json(self) -> Any:
        """Return the body as a JSON value, or NOT_JSON."""
        return parse_json(self.body)


@dataclass(frozen=True)
class Exchange:
    """A request with its response, or with the reason why there is none."""

    number: int  # position in the evidence, from 1
    origin: Origin
    request: Request
    response: Response | None
    failure: str | None  # why there is no response
    started: datetime  # UTC
    seconds: float

    @property
    def has_no_response(self) -> bool:
        """Return whether there is no response."""
        return self.response is None

    @property
    def id_in_path(self) -> str:
        """Return the last path segment: the id of a resource, if the request addresses one."""
        return self.request.path.rpartition("/")[2]

    @property
    def created_path(self) -> str | None:
        """Return the path of the resource that a create has returned; None for any other exchange.

        A mock returns the same id for the resources of several collections.
        """
        return f"{self.request.path}/{self.id}" if self.is_create and self.id is not None else None

    @property
    def is_create(self) -> bool:
        """Return whether the request is a create."""
        return self.request.method == "POST"

    @property
    def has_deleted(self) -> bool:
        """Return whether the request deleted a resource."""
        return self.request.method == "DELETE" and self.succeeded

    @property
    def status(self) -> int | None:
        """Return the status of the response, or None without a response."""
        return self.response.status if self.response else None

    @cached_property
    def succeeded(self) -> bool:
        """Return whether the status of the response is 2xx."""
        return self.status in _SUCCESS

    @cached_property
    def is_throttled(self) -> bool:
        """Return whether the target throttled the request: status 429, or 503 with Retry-After."""
        if self.response is None or self.status not in _THROTTLED:
            return False
        return self.status == _TOO_MANY_REQUESTS or self.response.header("retry-after") is not None

    @cached_property
    def is_gateway_error(self) -> bool:
        """Return whether the status may be that of a gateway which did not reach the target."""
        return self.status in _GATEWAY_STATUSES and not self.is_throttled

    @cached_property
    def is_truncated(self) -> bool:
        """Return whether the response has a body of media type application/json that is not valid JSON."""
        response = self.response
        if response is None or not response.body or response.media_type != "application/json":
            return False
        return response.json is NOT_JSON

    @cached_property
    def is_lost(self) -> bool:
        """Return whether the connection was lost before the response was complete."""
        return self.response is None and (self.failure or "").startswith(_LOST_CONNECTIONS)

    @cached_property
    def is_unreliable(self) -> bool:
        """Return whether the exchange may show a disturbance on the way, and not a property of the target."""
        return self.has_no_response or self.is_gateway_error or self.is_truncated

    @property
    def may_be_transient(self) -> bool:
        """Return whether the exchange has to be repeated before it shows a property of the target."""
        return self.is_unreliable or self.status == _INTERNAL_SERVER_ERROR

    @cached_property
    def can_be_resent(self) -> bool:
        """Return whether sending the request again may show what the target does with it.

        A create or delete whose response has status 2xx was successful, however damaged its body is.
        """
        if self.is_truncated:
            return not self.succeeded or self.request.method == "GET"
        return self.is_lost or self.is_gateway_error

    @cached_property
    def may_follow_from_resending(self) -> bool:
        """Return whether a response to a resent request may be due to the effect of the earlier request."""
        if self.origin.resend == 0:
            return False
        if self.request.method == "DELETE":
            return self.status == _NOT_FOUND
        return self.is_create and self.status in _NAME_IN_USE and self.request_validity.is_valid

    @property
    def response_json(self) -> Any:
        """Return the body of the response as a JSON value, or NOT_JSON."""
        return self.response.json if self.response else NOT_JSON

    @cached_property
    def resource(self) -> Mapping[str, Any] | None:
        """Return the JSON object in a successful response, or None."""
        return self.response_json if self.succeeded and isinstance(self.response_json, dict) else None

    @cached_property
    def request_validity(self) -> RequestValidity:
        """Return how far the request body complies with the schema; cached, as many checks need it."""
        return request_validity(self.origin.operation, self.request.headers, self.request.body)

    @cached_property
    def id(self) -> str | None:
        """Return the id of the resource in a successful response, or None if it cannot be used in a path."""
        value = (self.resource or {}).get("id")
        return str(value) if is_addressable(value) else None


def is_addressable(value: Any) -> bool:
    """Return whether a value can be a path segment; dot segments would address another resource."""
    return (
        isinstance(value, str)
        and len(value) <= _MAX_ID_LENGTH
        and all(segment not in {".", ".."} for segment in _PATH_SEPARATORS.split(value))
        and value.strip("/") != ""
    )


def any_overlap(exchanges: Sequence[Exchange]) -> bool:
    """Return whether one request was sent before the response to another arrived."""
    in_order = sorted(exchanges, key=lambda exchange: exchange.started)
    return any(
        (later.started - earlier.started).total_seconds() < earlier.seconds
        for earlier, later in pairwise(in_order)
    )
