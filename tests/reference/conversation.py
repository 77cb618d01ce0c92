"""Requests to the reference server with many different values, and its responses."""

import base64
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.credentials import Credentials
from reference.api.live_session import LIVE_CONFERENCE_ID
from reference.api.messages import RawResponse, Resource, ServerOperation, ServerRequest
from reference.api.request_models import (
    MEMBERS,
    BooleanType,
    EnumType,
    IntegerType,
    ObjectType,
    RequestMember,
    StringType,
    TimestampType,
    ValueType,
)

PROJECT, TOKEN = Credentials().project_id, Credentials().token
UNKNOWN_ID = "3d9f0c62-7a15-4e8b-9c04-b1f2a6d7e853"
CREATES = {Resource.CONFERENCE: ServerOperation.CREATE_CONFERENCE, Resource.ROOM: ServerOperation.CREATE_ROOM}
GETS = {Resource.CONFERENCE: ServerOperation.GET_CONFERENCE, Resource.ROOM: ServerOperation.GET_ROOM}
MINIMAL: dict[Resource, dict[str, Any]] = {
    Resource.CONFERENCE: {"display_name": "a"},
    Resource.ROOM: {"name": "a", "enable_room_previews": True},
}
FREE_TEXTS = (" a  b ", 'it\'s <b>"&amp;"</b> \\', "漢字 😀", "e\u0301", "é", "two\nlines\t", "\0", "", "   ")
OTHER_TYPES: tuple[Any, ...] = (1, 0, 2, 1.5, True, False, [], {}, [1], {"a": 1}, None)
NAMES = ("1", "-a-", "_a", "Abc-1_2", "12345", "a b", " a", "a ", "a.b", "a/b", "a[b", "a+b", "é", "٣", "a\n")
COLORS = ("#112233", "#AABBCC", "#aabbcc", "#abc", "#11223344", "112233", "red", "rgb(1,2,3)", "#GGGGGG")
TIMES = (
    "2041-05-06T07:08:09Z",
    " 2041-5-6T07:08:09Z",
    "2040-02-29T23:59:59Z",
    "9998-12-31T23:59:59Z",
    "2041-05-06T07:08:09+05:30",
    "2041-05-06T07:08:09-08:00",
    "2041-05-06T07:08:09.5Z",
    "2041-05-06T07:08:09.123456Z",
    "2041-05-06t07:08:09z",
    "2041-05-06T07:08:09",
    "2041-05-06",
    "2041-02-30",
    "2040-02-29",
    "2041-02-30T00:00:00Z",
    "2041-05-06T25:00:00Z",
    "2041-13-01T00:00:00Z",
    "2022-01-01T23:59:60Z",
    "2001-01-01T00:00:00Z",
    "20410506",
    "05/06/2041",
    "soon",
    "",
    2209032000,
)
META = (
    {"a": 1},
    {"__proto__": {"a": 1}},
    {"Floor": {"tags": ["x", 1.5, None, True]}, "n": "t"},
    {"n": 10**30},
)
BODIES = (
    b"",
    b"{",
    b"{}",
    b"[]",
    b"null",
    b'"a"',
    b"3",
    b'[{"display_name":"a","name":"b"}]',
    b'{"display_name":"a"',
    b'{"display_name":"a",}',
    b'{"display_name":"a"} x',
    b'{"display_name":"\xff"}',
    b'{"display_name":"\\ud800"}',
    b'{"display_name":"a","display_name":"b"}',
    b'{"Display_Name":"a"}',
    b'{"display_name":"a","x":1}',
    b'{"display_name":"a","n":' + b"9" * 5000 + b"}",
    b'{"display_name":"a","n":1e999}',
    b'{"display_name":"a","n":NaN}',
    b'{"display_name":"a","n":' + b"[" * 64 + b"]" * 64 + b"}",
    b'{"display_name":"a","n":' + b"[" * 1000 + b"]" * 1000 + b"}",
    b"[" * 100_000,
)
MEDIA_TYPES = ("text/plain", "", "application/json; charset=utf-8", 'application/json;charset="UTF-8"')
FULL: dict[Resource, dict[str, Any]] = {
    Resource.CONFERENCE: {
        "display_name": "Ä & B <c>",
        "name": "Full-Name_1",
        "description": "d\ne",
        "join_from": "2041-05-06T07:08:09Z",
        "join_until": "2041-05-07T07:08:09Z",
        "quality": "1080p",
        "layout": "grid-responsive-mobile",
        "size": "large",
        "record_on_start": True,
        "enable_room_previews": True,
        "enable_chat": False,
        **{name: "#a1B2c3" for name in MEMBERS[Resource.CONFERENCE] if name.startswith(("dark", "light"))},
    },
    Resource.ROOM: {
        "name": "Full-Room",
        "enable_room_previews": False,
        "display_name": "Ä & B <c>",
        "description": " d\ne ",
        "join_from": "2041-05-06T07:08:09Z",
        "join_until": "2041-05-07T07:08:09Z",
        "max_members": 256,
        "quality": "1080p",
        "remove_at": "2041-05-08T07:08:09Z",
        "remove_after_seconds_elapsed": 200_000,
        "layout": "3x3",
        "record_on_start": True,
        "meta": {"a": {"b": [1]}},
        "sync_audio_video": False,
        "tone_on_entry_and_exit": True,
        "room_join_video_off": True,
        "user_join_video_off": False,
    },
}


class Repeatable(ServerBehavior):
    """Behavior with reproducible ids and a fixed time."""

    id_count = 0

    def new_id(self) -> str:
        self.id_count += 1
        return f"{self.id_count:08x}-0000-4000-8000-00000000a1b2"

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


class Conversation:
    """Requests to one behavior, and the responses."""

    def __init__(self, behavior: type[ServerBehavior]) -> None:
        bases = (Repeatable,) if behavior is ServerBehavior else (behavior, Repeatable)
        self.behavior: ServerBehavior = type("Probed", bases, {})(Credentials())

    def basic(self, username: str = PROJECT, password: str = TOKEN, scheme: str = "Basic") -> str:
        return f"{scheme} {base64.b64encode(f'{username}:{password}'.encode()).decode()}"

    def request(self, operation: ServerOperation, **parts: Any) -> ServerRequest:
        headers = {
            "authorization": self.basic(),
            "content-type": "application/json",
            "accept-encoding": "gzip",
        }
        headers = {name: value for name, value in (headers | parts.pop("headers", {})).items() if value}
        return ServerRequest(operation, headers=headers, **parts)

    def send(self, operation: ServerOperation, **parts: Any) -> tuple[float, RawResponse]:
        request = self.request(operation, **parts)
        self.behavior.on_arrival(request)
        return self.behavior.response_delay(request), self.behavior.respond(request)

    def create(self, resource: Resource, body: object, **parts: Any) -> tuple[float, RawResponse]:
        return self.send(CREATES[resource], body=json.dumps(body, ensure_ascii=False).encode(), **parts)

    def latest(self, resource: Resource) -> str:
        return next(reversed(self.behavior.store.records[resource]))

    def all_responses(self) -> Iterator[object]:
        yield self.behavior.http_version, self.behavior.date_header
        yield from self.authentication()
        yield from self.bodies()
        yield from self.sessions()
        for resource in Resource:
            yield from self.stored_resources(resource)
        yield from self.names()
        yield from self.ids()
        yield from self.orders()
        for resource in Resource:
            for member in MEMBERS[resource].values():
                yield from self.values(member)

    def authentication(self) -> Iterator[object]:
        create = {"body": b'{"display_name":"a"}'}
        values = (
            "",
            "Basic",
            "Basic ",
            "Basic !!!",
            f"Basic {PROJECT}:{TOKEN}",
            f"Bearer {TOKEN}",
            self.basic(scheme="bAsIc"),
            self.basic(scheme="Digest"),
            self.basic(TOKEN, PROJECT),
            self.basic("", ""),
            self.basic(password=""),
            self.basic(password=TOKEN[:-1]),
            self.basic(password=TOKEN + "x"),
            self.basic(password=TOKEN.swapcase()),
            self.basic(PROJECT.upper()),
            self.basic(UNKNOWN_ID),
            self.basic(password="x" * len(TOKEN)),
            "Basic " + base64.b64encode(PROJECT.encode()).decode(),
            "Basic " + base64.b64encode(TOKEN.encode()).decode(),
        )
        for value in values:
            yield self.send(ServerOperation.CREATE_CONFERENCE, headers={"authorization": value}, **create)
        without_credentials = {"headers": {"authorization": ""}}
        for operation in ServerOperation:
            yield self.send(operation, id=LIVE_CONFERENCE_ID, **without_credentials)
            yield self.send(operation, id=UNKNOWN_ID, **without_credentials)
        query = {"user": PROJECT, "password": TOKEN}
        yield self.send(
            ServerOperation.GET_CONFERENCE, id=LIVE_CONFERENCE_ID, query=query, **without_credentials
        )
        yield self.create(
            Resource.CONFERENCE, {"display_name": "a", "name": "shut-out"}, **without_credentials
        )
        yield self.create(Resource.CONFERENCE, {"display_name": "a", "name": "shut-out"})

    def bodies(self) -> Iterator[object]:
        for body in BODIES:
            yield self.send(ServerOperation.CREATE_CONFERENCE, body=body)
            yield self.send(ServerOperation.CREATE_ROOM, body=body)
        yield self.send(ServerOperation.CREATE_CONFERENCE, body=None)
        for resource in Resource:
            for media_type in MEDIA_TYPES:
                yield self.create(resource, MINIMAL[resource], headers={"content-type": media_type})
        yield self.send(ServerOperation.UNKNOWN, path="/api/video")
        yield self.send(ServerOperation.UNKNOWN, path="/api/video/conferences")

    def sessions(self) -> Iterator[object]:
        self.create(Resource.CONFERENCE, {"display_name": "no session"})
        for id_ in (LIVE_CONFERENCE_ID, self.latest(Resource.CONFERENCE)):
            for value in (None, "true", "TRUE", "false", "1", "", "yes"):
                query = {} if value is None else {"include_active_session": value}
                yield self.send(ServerOperation.GET_CONFERENCE, id=id_, query=query)

    def stored_resources(self, resource: Resource) -> Iterator[object]:
        for body in (MINIMAL[resource], FULL[resource], MINIMAL[resource], {"x": 1, **MINIMAL[resource]}):
            yield self.create(resource, body)
            for _ in range(2):
                yield self.send(GETS[resource], id=self.latest(resource))
        yield self.send(ServerOperation.LIST_CONFERENCES, query={"include_active_session": "true"})
        yield self.send(ServerOperation.LIST_ROOMS, query={"page_size": "1"})

    def names(self) -> Iterator[object]:
        video = Resource.CONFERENCE
        for name in ("taken", "taken", "Taken"):
            yield self.create(video, {"display_name": "a", "name": name})
        for quality in ("bad", "720p"):
            yield self.create(video, {"display_name": "a", "name": "left", "quality": quality})
        requests = [
            self.request(ServerOperation.CREATE_CONFERENCE, body=b'{"display_name":"a","name":"race"}')
            for _ in "ab"
        ]
        for request in requests:
            self.behavior.on_arrival(request)
        yield [self.behavior.respond(request) for request in requests]
        self.create(video, {"display_name": "a", "name": "free"})
        self.send(ServerOperation.DELETE_CONFERENCE, id=self.latest(video))
        yield self.create(video, {"display_name": "a", "name": "free"})
        read_only = {
            "id": UNKNOWN_ID,
            "created_at": "2001-01-01T00:00:00Z",
            "meta": {},
            "user_join_video_off": True,
        }
        for resource in Resource:
            yield self.create(resource, {**MINIMAL[resource], **read_only})

    def ids(self) -> Iterator[object]:
        for resource, get in GETS.items():
            delete = (
                ServerOperation.DELETE_ROOM
                if resource is Resource.ROOM
                else ServerOperation.DELETE_CONFERENCE
            )
            self.create(resource, {**MINIMAL[resource], "description": "first"})
            first = self.latest(resource)
            inner = self.behavior.store.records[resource][first].inner_id
            self.create(resource, {**MINIMAL[resource], "description": "second"})
            for id_ in (first, first.upper(), inner, UNKNOWN_ID, "x", "taken"):
                yield self.send(get, id=id_)
            for id_ in (UNKNOWN_ID, first, first):
                yield self.send(delete, id=id_)
            yield self.send(get, id=first)
            for _ in range(12):
                yield self.send(get, id=self.latest(resource))

    def orders(self) -> Iterator[object]:
        pairs = (
            ("2041-05-06T07:00:00Z", "2041-05-06T06:00:00Z"),
            ("2041-05-06T07:00:00Z", "2041-05-05T07:00:00Z"),
            ("2041-05-06T07:00:00+05:00", "2041-05-06T06:00:00Z"),
            ("2041-05-06T07:00:00Z", "2041-05-06T08:00:00+05:00"),
            ("2041-05-06T07:00:00Z", "2041-05-06T07:00:00Z"),
            ("2041-05-06T07:00:00+25:00", "2041-05-06T08:00:00Z"),
        )
        for start, end in pairs:
            for resource in Resource:
                yield self.create(resource, {**MINIMAL[resource], "join_from": start, "join_until": end})
        yield self.create(Resource.CONFERENCE, {"display_name": 1, "quality": "x", "light_success": "y"})
        yield self.create(Resource.CONFERENCE, {"display_name": "a", "dark_primary": "#000001"})
        yield self.create(Resource.CONFERENCE, {"name": "no-display-name"})
        yield self.create(Resource.ROOM, {"name": "b"})
        yield self.create(Resource.ROOM, {"enable_room_previews": True})

    def values(self, member: RequestMember) -> Iterator[object]:
        for value in (*_values(member.value_type), *OTHER_TYPES):
            yield self.create(member.resource, {**MINIMAL[member.resource], member.name: value})
        last = self.latest(member.resource)
        yield self.send(GETS[member.resource], id=last)


def _values(value_type: ValueType) -> tuple[Any, ...]:
    if isinstance(value_type, StringType) and value_type.max_length is None:
        return (*COLORS, "#A1B2C", "", " #112233 ", "#112233\n", *FREE_TEXTS)
    if isinstance(value_type, StringType) and value_type.pattern:
        return (*NAMES, "", "a\n!", "n" * 63, "n" * 64, "n" * 100, "m" * 101, "m" * 102)
    if isinstance(value_type, StringType):
        limit = value_type.max_length or 0
        lengths = (64, 65, 256, limit - 1, limit, limit + 1, limit + 2, limit + 100)
        return (*FREE_TEXTS, *("x" * n for n in lengths), "é" * limit, "😀" * limit, "😀" * limit + "x")
    if isinstance(value_type, EnumType):
        invalid_values = [
            value_type.values[0].upper(),
            f" {value_type.values[-1]} ",
            value_type.values[0][:-1],
            value_type.values[-1] + "x",
        ]
        return (*value_type.values, *invalid_values, "", "x")
    if isinstance(value_type, IntegerType):
        bounds = (value_type.minimum, value_type.maximum)
        return (*(bound + step for bound in bounds for step in (-1, 0, 1, 2)), "10", "ten", 12.0, 10**30)
    return {TimestampType: TIMES, ObjectType: META, BooleanType: ("true", "yes", "")}[type(value_type)]
