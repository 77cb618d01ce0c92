"""The rules of the server: each a small method that a fault or a variant can replace."""

import datetime as dt
import json
import uuid
from typing import Any

from reference.api import live_session
from reference.api.authentication import Authentication
from reference.api.body_parsing import Bodies, Unreadable
from reference.api.credentials import Credentials
from reference.api.error_envelopes import Envelopes, Problem
from reference.api.messages import Answer, Operation, Rejected, Request, Resource, Written
from reference.api.representation import Showing
from reference.api.store import Record, Store
from reference.api.validation import Invalid, Judging

_SWITCH_WORDS = {"true", "false"}
_PAGE_SIZE, _LARGEST_PAGE = 50, 1000
_DIGITS = 10  # of a number that is worth reading
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Rules(Authentication, Bodies, Judging, Showing, Envelopes):
    """Everything that the server decides."""

    date_header = True
    http_version = b"HTTP/1.1"

    def __init__(self, credentials: Credentials, latency: float = 0.0) -> None:
        self.credentials = credentials
        self.latency = latency
        self.store = Store()
        self.keep_live_conference()

    # From a request to its answer.

    def arrive(self, request: Request) -> None:
        """Take note of a request that will be answered after the pause."""

    def pause(self, request: Request) -> float:
        """Give the seconds to wait before the request is answered."""
        return self.latency

    def respond(self, request: Request) -> Written:
        """Answer a request, whatever happens."""
        with self.store.lock:
            try:
                answer = self.answer(request)
            except Exception:  # noqa: BLE001 - whatever went wrong, the client is told so
                answer = self.broken(request)
            return self.written(request, self.finished(request, answer))

    def answer(self, request: Request) -> Answer:
        """Answer a request: credentials first, then everything else."""
        if not self.authenticated(request):
            return self.unauthorized(request)
        return self.perform(request)

    def perform(self, request: Request) -> Answer:
        """Do what a request asks for."""
        try:
            return self._performed(request)
        except Rejected as rejected:
            return rejected.answer
        except Unreadable:
            return self.bad_request(request)
        except Invalid as invalid:
            return self.refused(request, invalid.problems)

    def _performed(self, request: Request) -> Answer:
        match request.operation:
            case Operation.CREATE_CONFERENCE | Operation.CREATE_ROOM:
                return self.too_large(request) if request.body is None else self.create(request)
            case Operation.GET_CONFERENCE | Operation.GET_ROOM:
                return self.get(request)
            case Operation.DELETE_CONFERENCE | Operation.DELETE_ROOM:
                return self.delete(request)
            case Operation.LIST_CONFERENCES | Operation.LIST_ROOMS:
                return self.page(request)
            case _:
                return self.not_found(request)

    def finished(self, request: Request, answer: Answer) -> Answer:
        """Give an answer its final form."""
        return answer

    def written(self, request: Request, answer: Answer) -> Written:
        """Write an answer; one without a body has no media type either."""
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        if answer.body is None:
            return Written(answer.status, headers, [b""])
        body = self.serialised(answer.body)
        headers += [(b"content-type", answer.media_type.encode()), (b"content-length", b"%d" % len(body))]
        return Written(answer.status, headers, [body])

    def serialised(self, body: object) -> bytes:
        """Write JSON in UTF-8."""
        return _write(body).encode()

    # Create.

    def create(self, request: Request) -> Answer:
        """Create a conference or a room."""
        document = self.document(request.headers.get("content-type", ""), request.body)
        values = self.judged(request.operation.resource, document)
        record = self.record(request.operation.resource, values)
        if self.name_taken(request, record):
            raise Invalid(self.name_problem())
        self.keep(request, record)
        return self.created(request, record)

    def created(self, request: Request, record: Record) -> Answer:
        """Answer a create that has succeeded."""
        return Answer(200, self.shown(request, record))

    def record(self, resource: Resource, sent: dict[str, Any]) -> Record:
        """Make a record of what was sent."""
        now, id_, values = self.now(), self.new_id(), self.filled(resource, sent)
        record = Record(id_, values, created_at=now, updated_at=now)
        if resource is Resource.ROOM:
            record.inner_id = self.new_inner_id(id_)
            values["display_name"] = self.room_display_name(values)
        else:
            values["name"] = values["name"] or self.generated_name(id_)
            record.name_key = self.name_key(values["name"])
        return record

    def keep(self, request: Request, record: Record) -> None:
        """Keep a record."""
        self.store.add(request.operation.resource, record)

    def new_id(self) -> str:
        """Make an id that nothing else has."""
        return str(uuid.uuid4())

    def new_inner_id(self, id_: str) -> str:
        """Make the second id of a room."""
        return self.new_id()

    def now(self) -> dt.datetime:
        """Tell the time, in whole seconds."""
        return dt.datetime.now(dt.UTC).replace(microsecond=0)

    def generated_name(self, id_: str) -> str:
        """Make the name of a conference that was given none."""
        return f"conference-{id_[:8]}{id_[9:13]}"

    def room_display_name(self, values: dict[str, Any]) -> str:
        """Find the display name of a room, which falls back on its name."""
        display_name = values["display_name"]
        return str(values["name"] if display_name is None else display_name)

    def name_key(self, name: str) -> str:
        """Give what two equal names have in common."""
        return name

    def name_taken(self, request: Request, record: Record) -> bool:
        """Find out whether a live conference has the name already; rooms may share theirs."""
        return record.name_key in self.store.names

    def name_problem(self) -> Problem:
        """Say that a name is in use."""
        return Problem("not_unique_within_project", "Is the name of another conference", "name")

    # Get, delete, list.

    def get(self, request: Request) -> Answer:
        """Show one conference or room."""
        self.check_query(request)
        return Answer(200, self.shown(request, self.found(request)))

    def check_query(self, request: Request) -> None:
        """Refuse a query that asks for something unclear."""
        word = request.query.get("include_active_session", "false")
        if word.lower() not in _SWITCH_WORDS and request.operation.resource is Resource.CONFERENCE:
            raise Invalid(Problem("not_a_boolean", "Must be true or false", "include_active_session"))

    def found(self, request: Request) -> Record:
        """Find what the id in the path names."""
        record = self.lookup(request.operation.resource, request.id)
        if record is None:
            raise Rejected(self.not_found(request))
        return record

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        """Look an id up; a uuid has no letter case."""
        return self.store.find(resource, id_.lower())

    def delete(self, request: Request) -> Answer:
        """Delete one conference or room."""
        self.forget(request, self.found(request))
        return self.deleted(request)

    def forget(self, request: Request, record: Record) -> None:
        """Remove a record."""
        self.store.remove(request.operation.resource, record)

    def deleted(self, request: Request) -> Answer:
        """Answer a delete that has succeeded."""
        return Answer(204)

    def page(self, request: Request) -> Answer:
        """Show a page of what there is, oldest first."""
        self.check_query(request)
        number, size = self.page_wanted(request)
        records = self.listed(request)
        data = [self.shown(request, record) for record in records[number * size : (number + 1) * size]]
        last = (number + 1) * size >= len(records)
        return Answer(200, {"links": self.links(request, number, size, last=last), "data": data})

    def listed(self, request: Request) -> list[Record]:
        """Give everything that a list goes through."""
        return self.store.all(request.operation.resource)

    def page_wanted(self, request: Request) -> tuple[int, int]:
        """Read the number and the size of a page."""
        number = _counted(request, "page_number", 0, range(2**31))
        size = _counted(request, "page_size", _PAGE_SIZE, range(1, _LARGEST_PAGE + 1))
        if number and not request.query.get("page_token"):
            raise Invalid(Problem("page_token_required", "Later pages need the page token", "page_token"))
        return number, size

    def links(self, request: Request, number: int, size: int, *, last: bool) -> dict[str, str]:
        """Build the links of a page."""
        base = f"http://{request.headers.get('host', 'localhost')}{request.path}?page_size={size}"
        links = {"self": _page(base, number), "first": _page(base, 0)}
        if not last:
            links["next"] = _page(base, number + 1)
        if number:
            links["prev"] = _page(base, number - 1)
        return links

    # The conference that has a session.

    def keep_live_conference(self) -> None:
        """Begin with one conference that has a session going on."""
        record = self.record(Resource.CONFERENCE, live_session.conference())
        record.id = live_session.LIVE_CONFERENCE_ID
        record.session = live_session.session(record.created_at)
        self.store.add(Resource.CONFERENCE, record)


def _counted(request: Request, name: str, default: int, allowed: range) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) in allowed):
        raise Invalid(Problem("invalid_parameter", f"Must be a number from {allowed[0]}", name))
    return int(text)


def _page(base: str, number: int) -> str:
    return f"{base}&page_number={number}" + (f"&page_token=PA{number:08x}" if number else "")
