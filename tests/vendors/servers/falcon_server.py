"""Conference API in Falcon: structs of msgspec, which stops at the first invalid member."""

import base64
import datetime as dt
import os
import re
import secrets
import uuid
from http import HTTPStatus
from typing import Annotated, Any, Literal

import falcon
import falcon.asgi
import msgspec
import uvicorn
from msgspec import Meta, Struct

FIRST_DRAFT = "FIRST_DRAFT" in os.environ
PROJECT, TOKEN = os.environ["SIGNALWIRE_PROJECT_ID"], os.environ["SIGNALWIRE_API_TOKEN"]
END = "$" if FIRST_DRAFT else r"\Z"  # draft: $ of Python also matches before a final newline


class Moment:
    """An RFC 3339 timestamp or a date, which is midnight UTC."""

    def __init__(self, text: object) -> None:
        if not isinstance(text, str) or not re.match(r"\d{4}-\d\d-\d\d([Tt]|\Z)", text):
            raise ValueError("Invalid RFC3339 encoded datetime")
        if "t" in text.lower():
            local = msgspec.convert(text, Annotated[dt.datetime, Meta(tz=True)])
        else:
            local = dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), dt.UTC)
        try:
            self.instant = local.astimezone(dt.UTC)
        except OverflowError as error:
            raise ValueError("Out of range") from error

    def __lt__(self, other: "Moment") -> bool:
        return self.instant < other.instant


def decode_moment(kind: type, value: object) -> object:
    """Decode the types that msgspec does not know."""
    if kind is not Moment:
        raise NotImplementedError
    return Moment(value)


# Draft: the datetime of msgspec, which accepts no date, and timestamps without an offset.
Time = dt.datetime if FIRST_DRAFT else Moment
Color = Annotated[str, Meta(pattern=f"^#[0-9a-fA-F]{{6}}{END}")]
Unset = msgspec.UnsetType
Quality = Literal["720p", "1080p"]
Layout = Literal[
    "grid-responsive", "grid-responsive-mobile", "highlight-1-responsive", "1x1", "2x1", "2x2", "5up", "3x3",
    "4x4", "5x5", "6x6", "8x8", "10x10",
]  # fmt: skip


class ConferenceRequest(Struct):
    """Body of a create of a conference."""

    display_name: Annotated[str, Meta(max_length=200)]
    name: Annotated[str, Meta(max_length=100, pattern=f"^[A-Za-z0-9_-]+{END}")] | Unset = msgspec.UNSET
    description: Annotated[str, Meta(max_length=3000)] | Unset = msgspec.UNSET
    join_from: Time | Unset = msgspec.UNSET
    join_until: Time | Unset = msgspec.UNSET
    quality: Quality = "720p"
    layout: Layout = "grid-responsive"
    size: Literal["small", "medium", "large"] = "medium"
    record_on_start: bool = False
    enable_room_previews: bool = False
    enable_chat: bool = True
    dark_primary: Color = "#044EF4"
    dark_background: Color = "#FFFFFF"
    dark_foreground: Color = "#1D2127"
    dark_success: Color = "#17BB58"
    dark_negative: Color = "#F42C50"
    light_primary: Color = "#044EF4"
    light_background: Color = "#FFFFFF"
    light_foreground: Color = "#1D2127"
    light_success: Color = "#17BB58"
    light_negative: Color = "#F42C50"


class RoomRequest(Struct):
    """Body of a create of a conference room."""

    name: str
    enable_room_previews: bool
    display_name: Annotated[str, Meta(max_length=200)] = ""
    description: Annotated[str, Meta(max_length=3000)] = ""
    join_from: Time | Unset = msgspec.UNSET
    join_until: Time | Unset = msgspec.UNSET
    max_members: Annotated[int, Meta(ge=0, le=300)] = 10
    quality: Quality = "720p"
    remove_at: Time | Unset = msgspec.UNSET
    remove_after_seconds_elapsed: Annotated[int, Meta(ge=0, le=200_000)] | Unset = msgspec.UNSET
    layout: Layout = "grid-responsive"
    record_on_start: bool = False
    meta: dict[str, Any] = {}
    sync_audio_video: bool = False
    tone_on_entry_and_exit: bool = False
    room_join_video_off: bool = False
    user_join_video_off: bool = False


conferences: dict[str, dict[str, Any]] = {}
rooms: dict[str, dict[str, Any]] = {}


class UnprocessableError(falcon.HTTPUnprocessableEntity):
    """A request with an invalid member."""

    def __init__(self, attribute: str | None, message: str) -> None:
        super().__init__(description=message)
        self.item = {
            "type": "validation_error",
            "code": "missing_required_parameter" if "missing required" in message else "invalid_parameter",
            "message": message,
            "attribute": attribute,
            "url": "https://signalwire.com/docs/apis/error-codes",
        }


def serialize_error(_: falcon.Request, response: falcon.Response, error: falcon.HTTPError) -> None:
    """Write the envelope of a status; the default is an object with a title."""
    response.content_type = falcon.MEDIA_JSON
    items = isinstance(error, UnprocessableError) and [error.item]
    response.data = msgspec.json.encode({"errors": items} if items else {"error": error.status[4:]})


async def parse(request: falcon.asgi.Request, kind: type[Any]) -> Any:
    """Parse a body; the path in a message of msgspec names the member."""
    try:
        body = msgspec.json.decode(await request.stream.read(), type=kind, dec_hook=decode_moment)
    except msgspec.ValidationError as error:
        member = re.search(r"`\$\.(\w+)|field `(\w+)`", str(error))
        raise UnprocessableError(member and (member[1] or member[2]), str(error)) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise falcon.HTTPBadRequest from error
    if body.join_from and body.join_until and body.join_until < body.join_from:
        raise UnprocessableError("join_until", "join_until is before join_from")
    return body


def members(body: Any) -> dict[str, Any]:
    """Return the members that a body has, with instants in UTC; draft: as they were sent."""
    values = {name: getattr(body, name) for name in body.__struct_fields__}
    values = {name: value for name, value in values.items() if value is not msgspec.UNSET}
    return {name: value.instant if isinstance(value, Moment) else value for name, value in values.items()}


def respond(response: falcon.asgi.Response, resource: object) -> None:
    """Write a resource; draft: without members that are null, as omit_defaults does."""
    if FIRST_DRAFT and isinstance(resource, dict):
        resource = {name: value for name, value in resource.items() if value is not None}
    response.data = msgspec.json.encode(resource)


def stamped(resource: dict[str, Any]) -> dict[str, Any]:
    """Add created_at and updated_at."""
    now = dt.datetime.now(dt.UTC)
    return resource | {"created_at": now, "updated_at": now}


class Collection:
    """Create, list, get and delete."""

    def __init__(self, resources: dict[str, dict[str, Any]], request: type, create: Any) -> None:
        self.resources, self.request, self.create = resources, request, create

    async def on_post(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        """Create a resource."""
        resource = self.create(await parse(request, self.request))
        self.resources[resource["id"]] = resource
        response.status = HTTPStatus.CREATED if FIRST_DRAFT else HTTPStatus.OK
        respond(response, resource)

    async def on_get(self, request: falcon.asgi.Request, response: falcon.asgi.Response) -> None:
        """List a page."""
        size = request.get_param_as_int("page_size", min_value=1, max_value=1000, default=50)
        number = request.get_param_as_int("page_number", min_value=0, default=0)
        items, address = list(self.resources.values()), f"{request.path}?page_size={size}"
        links = {"self": f"{address}&page_number={number}", "first": address}
        if (number + 1) * size < len(items):
            links["next"] = f"{address}&page_number={number + 1}&page_token=PA{number}"
        respond(response, {"links": links, "data": items[number * size : (number + 1) * size]})

    async def on_get_item(self, request: Any, response: Any, identifier: str) -> None:
        """Get a resource, with its session if that is requested."""
        resource = self.resources.get(identifier)
        if resource is None:
            raise falcon.HTTPNotFound
        if request.get_param("include_active_session") == "true" and identifier == DEMO:
            resource = resource | {
                "active_session": {"id": "session-1", "name": "demo", "fps": 30, "status": "in-progress"}
            }
        respond(response, resource)

    async def on_delete_item(self, _: Any, response: Any, identifier: str) -> None:
        """Delete a resource."""
        if self.resources.pop(identifier, None) is None:
            raise falcon.HTTPNotFound
        response.status = HTTPStatus.NO_CONTENT


def new_conference(body: ConferenceRequest, identifier: str | None = None) -> dict[str, Any]:
    """Build a conference, unless its name is in use."""
    identifier = identifier or str(uuid.uuid4())
    start = {"name": identifier, "description": None, "join_from": None, "join_until": None, "meta": {}}
    switches = dict.fromkeys(("tone_on_entry_and_exit", "user_join_video_off", "room_join_video_off"), False)
    conference = start | switches | members(body) | {"id": identifier}
    if any(conference["name"] == other["name"] for other in conferences.values()):
        raise UnprocessableError("name", "name is already taken")
    return stamped(conference)


def new_room(body: RoomRequest) -> dict[str, Any]:
    """Build a room."""
    start = dict.fromkeys(("join_from", "join_until", "remove_at", "remove_after_seconds_elapsed"))
    room = start | members(body) | {"id": str(uuid.uuid4()), "fps": 20, "prioritize_handraise": False}
    room |= {"display_name": body.display_name or body.name}
    head = {"id": str(uuid.uuid4()), "project_id": PROJECT, "display_name": room["display_name"]}
    return stamped(head | {"type": "video_room", "conference_room": room})


class Authentication:
    """Middleware that requires the credentials of the project."""

    async def process_request(self, request: falcon.asgi.Request, _: falcon.asgi.Response) -> None:
        """Compare the encoded credentials."""
        scheme, _, encoded = (request.auth or "").partition(" ")
        expected = base64.b64encode(f"{PROJECT}:{TOKEN}".encode())
        if scheme.lower() != "basic" or not secrets.compare_digest(encoded.strip().encode(), expected):
            raise falcon.HTTPUnauthorized(challenges=["Basic"])


DEMO = os.environ["DEMO_CONFERENCE"]
conferences[DEMO] = new_conference(ConferenceRequest("Demo", "demo"), DEMO)
app = falcon.asgi.App(middleware=[Authentication()])
if not FIRST_DRAFT:
    app.set_error_serializer(serialize_error)
for path, collection in {
    "/api/video/conferences": Collection(conferences, ConferenceRequest, new_conference),
    "/api/fabric/resources/conference_rooms": Collection(rooms, RoomRequest, new_room),
}.items():
    app.add_route(path, collection)
    app.add_route(f"{path}/{{identifier}}", collection, suffix="item")

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), log_level="critical", access_log=False)
