"""Behavior of the server in small methods that faults and variants override."""

import datetime as dt
import json
import uuid
from typing import Any

from reference.api import live_session
from reference.api.authentication import Authentication
from reference.api.body_parsing import BodyParsing, UnreadableBodyError
from reference.api.credentials import Credentials
from reference.api.error_envelopes import ErrorEnvelopes, Problem
from reference.api.messages import (
    EarlyResponse,
    RawResponse,
    Resource,
    ServerOperation,
    ServerRequest,
    ServerResponse,
)
from reference.api.representation import Representation
from reference.api.store import Record, Store
from reference.api.validation import InvalidRequestError, Validation

_BOOLEAN_STRINGS = {"true", "false"}
_DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE = 50, 1000
_MAX_DIGITS = 10  # of a number in a query
_encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class ServerBehavior(Authentication, BodyParsing, Validation, Representation, ErrorEnvelopes):
    """Behavior of the server, from the arrival of a request to its response."""

    date_header = True
    http_version = b"HTTP/1.1"

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        self.credentials = credentials
        self.latency = latency
        self.store = Store()
        self.add_live_conference()

    # Processing of a request.

    def on_arrival(self, request: ServerRequest) -> None:
        """Handle the arrival of a request, before the response delay."""

    def response_delay(self, request: ServerRequest) -> float:
        """Return the number of seconds to wait before the request is processed."""
        return self.latency

    def respond(self, request: ServerRequest) -> RawResponse:
        """Return the serialized response to a request."""
        with self.store.lock:
            try:
                response = self.handle(request)
            except Exception:  # noqa: BLE001 - every error results in a 500 response
                response = self.internal_server_error(request)
            return self.to_raw_response(request, self.finalize(request, response))

    def handle(self, request: ServerRequest) -> ServerResponse:
        """Authenticate and execute a request."""
        if not self.is_authenticated(request):
            return self.unauthorized(request)
        return self.execute(request)

    def execute(self, request: ServerRequest) -> ServerResponse:
        """Execute an authenticated request."""
        try:
            return self._execute_operation(request)
        except EarlyResponse as early:
            return early.response
        except UnreadableBodyError:
            return self.bad_request(request)
        except InvalidRequestError as invalid:
            return self.unprocessable_content(request, invalid.problems)

    def _execute_operation(self, request: ServerRequest) -> ServerResponse:
        match request.operation:
            case ServerOperation.CREATE_CONFERENCE | ServerOperation.CREATE_ROOM:
                return self.content_too_large(request) if request.body is None else self.create(request)
            case ServerOperation.GET_CONFERENCE | ServerOperation.GET_ROOM:
                return self.get(request)
            case ServerOperation.DELETE_CONFERENCE | ServerOperation.DELETE_ROOM:
                return self.delete(request)
            case ServerOperation.LIST_CONFERENCES | ServerOperation.LIST_ROOMS:
                return self.list_page(request)
            case _:
                return self.not_found(request)

    def finalize(self, request: ServerRequest, response: ServerResponse) -> ServerResponse:
        """Return the response as it is to be sent; unchanged by default."""
        return response

    def to_raw_response(self, request: ServerRequest, response: ServerResponse) -> RawResponse:
        """Serialize a response; a response without a body has no media type."""
        headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
        if response.body is None:
            return RawResponse(response.status, headers, [b""])
        body = self.serialize(response.body)
        headers += [(b"content-type", response.media_type.encode()), (b"content-length", b"%d" % len(body))]
        return RawResponse(response.status, headers, [body])

    def serialize(self, body: object) -> bytes:
        """Serialize JSON in UTF-8."""
        return _encode_json(body).encode()

    # Create.

    def create(self, request: ServerRequest) -> ServerResponse:
        """Create a conference or a room."""
        document = self.parse_body(request.headers.get("content-type", ""), request.body)
        values = self.validate(request.operation.resource, document)
        record = self.new_record(request.operation.resource, values)
        if self.name_taken(request, record):
            raise InvalidRequestError(self.name_in_use_problem())
        self.store_record(request, record)
        return self.created_response(request, record)

    def created_response(self, request: ServerRequest, record: Record) -> ServerResponse:
        """Return the response to a successful create."""
        return ServerResponse(200, self.represent(request, record))

    def new_record(self, resource: Resource, request_members: dict[str, Any]) -> Record:
        """Return a new record with the members of the request and the defaults."""
        now, id_, values = self.now(), self.new_id(), self.with_defaults(resource, request_members)
        record = Record(id_, values, created_at=now, updated_at=now)
        if resource is Resource.ROOM:
            record.inner_id = self.new_inner_id(id_)
            values["display_name"] = self.room_display_name(values)
        else:
            values["name"] = values["name"] or self.generated_name(id_)
            record.name_key = self.name_key(values["name"])
        return record

    def store_record(self, request: ServerRequest, record: Record) -> None:
        """Store a record."""
        self.store.add(request.operation.resource, record)

    def new_id(self) -> str:
        """Generate a unique id."""
        return str(uuid.uuid4())

    def new_inner_id(self, id_: str) -> str:
        """Generate the inner id of a room."""
        return self.new_id()

    def now(self) -> dt.datetime:
        """Return the current time in whole seconds."""
        return dt.datetime.now(dt.UTC).replace(microsecond=0)

    def generated_name(self, id_: str) -> str:
        """Generate the name of a conference that is created without one."""
        return f"conference-{id_[:8]}{id_[9:13]}"

    def room_display_name(self, values: dict[str, Any]) -> str:
        """Return the display name of a room; its name by default."""
        display_name = values["display_name"]
        return str(values["name"] if display_name is None else display_name)

    def name_key(self, name: str) -> str:
        """Return the key by which names are compared."""
        return name

    def name_taken(self, request: ServerRequest, record: Record) -> bool:
        """Return whether another conference has the name; names of rooms need not be unique."""
        return record.name_key in self.store.names

    def name_in_use_problem(self) -> Problem:
        """Return the problem of a name in use."""
        return Problem("not_unique_within_project", "Is the name of another conference", "name")

    # Get, delete, list.

    def get(self, request: ServerRequest) -> ServerResponse:
        """Return one conference or room."""
        self.check_query(request)
        return ServerResponse(200, self.represent(request, self.require_record(request)))

    def check_query(self, request: ServerRequest) -> None:
        """Reject a query with an invalid include_active_session."""
        include_session = request.query.get("include_active_session", "false")
        if (
            include_session.lower() not in _BOOLEAN_STRINGS
            and request.operation.resource is Resource.CONFERENCE
        ):
            raise InvalidRequestError(
                Problem("not_a_boolean", "Must be true or false", "include_active_session")
            )

    def require_record(self, request: ServerRequest) -> Record:
        """Return the record with the id in the path; raise EarlyResponse with 404 if there is none."""
        record = self.lookup(request.operation.resource, request.id)
        if record is None:
            raise EarlyResponse(self.not_found(request))
        return record

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        """Return the record with the id; UUIDs are compared without regard to case."""
        return self.store.find(resource, id_.lower())

    def delete(self, request: ServerRequest) -> ServerResponse:
        """Delete one conference or room."""
        self.delete_record(request, self.require_record(request))
        return self.deleted_response(request)

    def delete_record(self, request: ServerRequest, record: Record) -> None:
        """Remove a record."""
        self.store.remove(request.operation.resource, record)

    def deleted_response(self, request: ServerRequest) -> ServerResponse:
        """Return the response to a successful delete."""
        return ServerResponse(204)

    def list_page(self, request: ServerRequest) -> ServerResponse:
        """Return a page of the conferences or rooms, oldest first."""
        self.check_query(request)
        number, size = self.requested_page(request)
        records = self.listed_records(request)
        data = [self.represent(request, record) for record in records[number * size : (number + 1) * size]]
        last = (number + 1) * size >= len(records)
        return ServerResponse(200, {"links": self.page_links(request, number, size, last=last), "data": data})

    def listed_records(self, request: ServerRequest) -> list[Record]:
        """Return the records of all pages."""
        return self.store.all(request.operation.resource)

    def requested_page(self, request: ServerRequest) -> tuple[int, int]:
        """Return the number and the size of the requested page."""
        number = _query_number(request, "page_number", 0, range(2**31))
        size = _query_number(request, "page_size", _DEFAULT_PAGE_SIZE, range(1, _MAX_PAGE_SIZE + 1))
        if number and not request.query.get("page_token"):
            raise InvalidRequestError(
                Problem("page_token_required", "Later pages need the page token", "page_token")
            )
        return number, size

    def page_links(self, request: ServerRequest, number: int, size: int, *, last: bool) -> dict[str, str]:
        """Return the links of a page."""
        base = f"http://{request.headers.get('host', 'localhost')}{request.path}?page_size={size}"
        links = {"self": _page_url(base, number), "first": _page_url(base, 0)}
        if not last:
            links["next"] = _page_url(base, number + 1)
        if number:
            links["prev"] = _page_url(base, number - 1)
        return links

    # Built-in conference with an active session.

    def add_live_conference(self) -> None:
        """Add the built-in conference with an active session."""
        record = self.new_record(Resource.CONFERENCE, live_session.conference())
        record.id = live_session.LIVE_CONFERENCE_ID
        record.session = live_session.session(record.created_at)
        self.store.add(Resource.CONFERENCE, record)


def _query_number(request: ServerRequest, name: str, default: int, allowed: range) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and int(text) in allowed):
        raise InvalidRequestError(Problem("invalid_parameter", f"Must be a number from {allowed[0]}", name))
    return int(text)


def _page_url(base: str, number: int) -> str:
    return f"{base}&page_number={number}" + (f"&page_token=PA{number:08x}" if number else "")
