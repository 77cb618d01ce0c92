"""Conference API in Flask: schemas in marshmallow, served by waitress."""

import datetime as dt
import os
import re
import secrets
import threading
import uuid
from http import HTTPStatus
from typing import Any

import waitress
from flask import Flask, abort, jsonify, request, url_for
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from werkzeug.exceptions import HTTPException

FIRST_DRAFT = "FIRST_DRAFT" in os.environ
PROJECT, TOKEN = os.environ["SIGNALWIRE_PROJECT_ID"], os.environ["SIGNALWIRE_API_TOKEN"]
QUALITIES, SIZES = ("720p", "1080p"), ("small", "medium", "large")
LAYOUTS = (
    "grid-responsive", "grid-responsive-mobile", "highlight-1-responsive", "1x1", "2x1", "2x2", "5up", "3x3",
    "4x4", "5x5", "6x6", "8x8", "10x10",
)  # fmt: skip
THEME = {
    "primary": "#044EF4",
    "background": "#FFFFFF",
    "foreground": "#1D2127",
    "success": "#17BB58",
    "negative": "#F42C50",
}
END = "$" if FIRST_DRAFT else r"\Z"  # draft: $ of Python also matches before a final newline
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d))?", re.ASCII)

app = Flask(__name__)


class StrictBoolean(fields.Boolean):
    """True and false, without the words and numbers that marshmallow converts."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Timestamp(fields.Field):
    """An RFC 3339 timestamp or a date, which is midnight UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.datetime:
        if not isinstance(value, str) or not RFC_3339.fullmatch(value):
            raise ValidationError("Not a valid datetime.")
        try:
            parsed = dt.datetime.fromisoformat(value.upper())
            return parsed.astimezone(dt.UTC) if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)
        except (ValueError, OverflowError) as error:
            raise ValidationError("Not a valid datetime.") from error


class FirstTimestamp(fields.AwareDateTime):
    """The field of marshmallow, which accepts every format of ISO 8601."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=dt.UTC, **kwargs)


Boolean = fields.Boolean if FIRST_DRAFT else StrictBoolean
DateTime = FirstTimestamp if FIRST_DRAFT else Timestamp


def integer(maximum: int, **kwargs: Any) -> fields.Integer:
    """Return a field for an integer from 0; draft: marshmallow converts "12" and truncates 1.5."""
    return fields.Integer(strict=not FIRST_DRAFT, validate=validate.Range(0, maximum), **kwargs)


def text(limit: int, **kwargs: Any) -> fields.String:
    """Return a field for a string of at most that many characters."""
    return fields.String(validate=validate.Length(max=limit), **kwargs)


class JoinTimes(Schema):
    """The members that conferences and rooms have in common."""

    join_from, join_until = DateTime(), DateTime()
    quality = fields.String(validate=validate.OneOf(QUALITIES), load_default="720p")
    layout = fields.String(validate=validate.OneOf(LAYOUTS), load_default="grid-responsive")
    record_on_start = Boolean(load_default=False)

    @validates_schema
    def check_order(self, data: dict[str, Any], **_: Any) -> None:
        """Reject a join_until before join_from."""
        if "join_from" in data and "join_until" in data and data["join_until"] < data["join_from"]:
            raise ValidationError("Must not be earlier than join_from.", "join_until")


ConferenceSchema = JoinTimes.from_dict(
    {
        "display_name": text(200, required=True),
        "name": fields.String(validate=[validate.Length(max=100), validate.Regexp(f"^[A-Za-z0-9_-]+{END}")]),
        "description": text(3000, load_default=""),
        "size": fields.String(validate=validate.OneOf(SIZES), load_default="medium"),
        "enable_room_previews": Boolean(load_default=False),
        "enable_chat": Boolean(load_default=True),
    }
    | {
        f"{theme}_{use}": fields.String(
            validate=validate.Regexp(f"^#[0-9a-fA-F]{{6}}{END}"), load_default=color
        )
        for theme in ("dark", "light")
        for use, color in THEME.items()
    }
)
RoomSchema = JoinTimes.from_dict(
    {
        "name": fields.String(required=True),
        "enable_room_previews": Boolean(required=True),
        "display_name": text(200, load_default=""),
        "description": text(3000, load_default=""),
        "max_members": integer(300, load_default=100),
        "remove_at": DateTime(),
        "remove_after_seconds_elapsed": integer(200_000),
        "meta": fields.Dict(keys=fields.String(), load_default=dict),
        "sync_audio_video": Boolean(load_default=None),
        "tone_on_entry_and_exit": Boolean(load_default=False),
        "room_join_video_off": Boolean(load_default=False),
        "user_join_video_off": Boolean(load_default=False),
    }
)
conference_schema, room_schema = ConferenceSchema(), RoomSchema()
conferences: dict[str, dict[str, Any]] = {}
rooms: dict[str, dict[str, Any]] = {}
lock = threading.Lock()


@app.before_request
def authenticate() -> None:
    """Require the credentials of the project."""
    given = request.authorization
    if given is None or given.type != "basic":
        abort(HTTPStatus.UNAUTHORIZED)
    pair = f"{given.username}:{given.password}".encode()
    if not secrets.compare_digest(pair, f"{PROJECT}:{TOKEN}".encode()):
        abort(HTTPStatus.UNAUTHORIZED)


@app.errorhandler(ValidationError)
def invalid(error: ValidationError) -> Any:
    """Convert the messages of marshmallow; draft: return its dictionary of lists."""
    if FIRST_DRAFT:
        return {"errors": error.normalized_messages()}, HTTPStatus.UNPROCESSABLE_ENTITY
    items = [
        {
            "type": "validation_error",
            "code": "missing_required_parameter" if "Missing" in str(messages) else "invalid_parameter",
            "message": " ".join(messages) if isinstance(messages, list) else str(messages),
            "attribute": None if attribute == "_schema" else attribute,
            "url": "https://signalwire.com/docs/apis/error-codes",
        }
        for attribute, messages in error.normalized_messages().items()
    ]
    return {"errors": items}, HTTPStatus.UNPROCESSABLE_ENTITY


if not FIRST_DRAFT:  # the default is a page in HTML

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Any:
        """Respond with the envelope of a status."""
        response = jsonify(error=error.name)
        response.status_code = error.code or 500
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response.www_authenticate.type = "basic"
        return response


def body() -> Any:
    """Parse the body."""
    if FIRST_DRAFT:
        return request.get_json()
    try:
        document = request.get_json()
        app.json.dumps(document, allow_nan=False).encode()
    except (ValueError, RecursionError):
        abort(HTTPStatus.BAD_REQUEST)
    return document


def represent(values: dict[str, Any]) -> dict[str, Any]:
    """Format the timestamps; draft: leave them to Flask, which formats them as HTTP dates."""
    if FIRST_DRAFT:
        return values
    return {
        name: value.isoformat().replace("+00:00", "Z") if isinstance(value, dt.datetime) else value
        for name, value in values.items()
    }


def times() -> dict[str, Any]:
    """Return created_at and updated_at of a new resource."""
    now = dt.datetime.now(dt.UTC)
    return {"created_at": now, "updated_at": now}


def listing(endpoint: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a page of resources with its links."""
    size, number = request.args.get("page_size", 50, int), request.args.get("page_number", 0, int)
    size, number = min(max(size, 1), 1000), max(number, 0)
    links = {
        "self": url_for(endpoint, page_size=size, page_number=number, _external=True),
        "first": url_for(endpoint, page_size=size, _external=True),
    }
    if (number + 1) * size < len(resources):
        links["next"] = url_for(
            endpoint, page_size=size, page_number=number + 1, page_token="PA0", _external=True
        )
    return {"links": links, "data": resources[number * size : (number + 1) * size]}


@app.post("/api/video/conferences")
def create_conference() -> Any:
    """Create a conference, unless its name is in use."""
    values = conference_schema.load(body())
    conference = add_conference(str(uuid.uuid4()), values)
    return represent(conference)


def add_conference(identifier: str, values: dict[str, Any]) -> dict[str, Any]:
    """Store a conference."""
    fixed = {"tone_on_entry_and_exit": True, "user_join_video_off": False, "room_join_video_off": False}
    start = {"name": f"conf_{identifier}", "join_from": None, "join_until": None, "meta": None}
    conference = start | fixed | values | {"id": identifier} | times()
    with lock:
        if any(conference["name"] == other["name"] for other in conferences.values()):
            raise ValidationError("Has already been taken.", "name")
        conferences[identifier] = conference
    return conference


@app.get("/api/video/conferences")
def list_conferences() -> Any:
    """List the conferences."""
    return listing("list_conferences", [represent(conference) for conference in list(conferences.values())])


@app.get("/api/video/conferences/<identifier>")
def get_conference(identifier: str) -> Any:
    """Get a conference, with its session if that is requested."""
    conference = represent(conferences.get(identifier) or abort(HTTPStatus.NOT_FOUND))
    if request.args.get("include_active_session") == "true" and identifier == DEMO:
        session = {
            "id": str(uuid.UUID(int=7)),
            "name": "demo",
            "fps": 20,
            "status": "in-progress",
            "duration": 60,
        }
        return conference | {"active_session": session}
    return conference


@app.delete("/api/video/conferences/<identifier>")
def delete_conference(identifier: str) -> Any:
    """Delete a conference."""
    return ("", HTTPStatus.NO_CONTENT) if conferences.pop(identifier, None) else abort(HTTPStatus.NOT_FOUND)


@app.post("/api/fabric/resources/conference_rooms")
def create_room() -> Any:
    """Create a room."""
    values = room_schema.load(body())
    identifier = str(uuid.uuid4())
    start = {"join_from": None, "join_until": None, "remove_at": None, "remove_after_seconds_elapsed": None}
    room = start | values | {"id": identifier, "fps": 30, "prioritize_handraise": False}
    head = {
        "id": identifier,
        "project_id": PROJECT,
        "display_name": values["display_name"],
        "type": "video_room",
    }
    rooms[identifier] = represent(head | times()) | {"conference_room": represent(room)}
    return rooms[identifier]


@app.get("/api/fabric/resources/conference_rooms")
def list_rooms() -> Any:
    """List the rooms."""
    return listing("list_rooms", list(rooms.values()))


@app.get("/api/fabric/resources/conference_rooms/<identifier>")
def get_room(identifier: str) -> Any:
    """Get a room."""
    return rooms.get(identifier) or abort(HTTPStatus.NOT_FOUND)


@app.delete("/api/fabric/resources/conference_rooms/<identifier>")
def delete_room(identifier: str) -> Any:
    """Delete a room."""
    return ("", HTTPStatus.NO_CONTENT) if rooms.pop(identifier, None) else abort(HTTPStatus.NOT_FOUND)


DEMO = os.environ["DEMO_CONFERENCE"]
add_conference(DEMO, conference_schema.load({"display_name": "Demo", "name": "demo"}))

if __name__ == "__main__":
    waitress.serve(app, host="127.0.0.1", port=int(os.environ["PORT"]), threads=16)
