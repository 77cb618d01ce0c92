"""Conference API in FastAPI: models in pydantic, the response envelopes in exception handlers."""

import base64
import binascii
import datetime as dt
import math
import os
import secrets
import uuid
from http import HTTPStatus
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StrictBool, StrictInt, model_validator
from starlette.exceptions import HTTPException as StarletteHTTPException

FIRST_DRAFT = "FIRST_DRAFT" in os.environ
PROJECT, TOKEN = os.environ["SIGNALWIRE_PROJECT_ID"], os.environ["SIGNALWIRE_API_TOKEN"]
CREATED = HTTPStatus.CREATED if FIRST_DRAFT else HTTPStatus.OK  # draft: 201, as REST guides advise

app = FastAPI()


def parse_date(value: object) -> dt.datetime:
    """Parse RFC 3339; a bare date is midnight UTC."""
    if not isinstance(value, str) or not value.isascii() or value[4:5] != "-" or value[7:8] != "-":
        raise ValueError("must be an RFC 3339 datetime")
    try:
        parsed = dt.datetime.fromisoformat(value if len(value) > len("2022-01-01") else f"{value}T00:00:00Z")
        if parsed.tzinfo is None:
            raise ValueError("must have an offset")
        return parsed.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError("is out of range") from error


def check_meta(value: Any) -> Any:
    """Reject what cannot be written as JSON again: lone surrogates and infinite numbers."""
    match value:
        case dict():
            check_meta(list(value.keys()) + list(value.values()))
        case list():
            for item in value:
                check_meta(item)
        case str():
            value.encode()
        case float() if not math.isfinite(value):
            raise ValueError("holds a number that is out of range")
    return value


# Draft: the types of pydantic as they are; they convert "yes", 1 and "12", and keep datetimes naive.
Boolean = bool if FIRST_DRAFT else StrictBool
Integer = int if FIRST_DRAFT else StrictInt
DateTime = dt.datetime if FIRST_DRAFT else Annotated[dt.datetime, BeforeValidator(parse_date)]
Meta = dict[str, Any] if FIRST_DRAFT else Annotated[dict[str, Any], AfterValidator(check_meta)]
Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Quality = Literal["720p", "1080p"]
Layout = Literal[
    "grid-responsive", "grid-responsive-mobile", "highlight-1-responsive", "1x1", "2x1", "2x2", "5up", "3x3",
    "4x4", "5x5", "6x6", "8x8", "10x10",
]  # fmt: skip


class JoinTimes(BaseModel):
    """The times between which participants are accepted."""

    join_from: DateTime = None
    join_until: DateTime = None

    @model_validator(mode="after")
    def check_order(self) -> "JoinTimes":
        """Reject a join_until before join_from."""
        if self.join_from and self.join_until and self.join_until < self.join_from:
            raise ValueError("join_until must not be earlier than join_from")
        return self


class ConferenceRequest(JoinTimes):
    """Body of a create of a conference."""

    display_name: Annotated[str, Field(max_length=200)]
    name: Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_-]+$")] = None
    description: Annotated[str, Field(max_length=3000)] = None
    quality: Quality = "720p"
    layout: Layout = "grid-responsive"
    size: Literal["small", "medium", "large"] = "medium"
    record_on_start: Boolean = False
    enable_room_previews: Boolean = False
    enable_chat: Boolean = True
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


class RoomRequest(JoinTimes):
    """Body of a create of a conference room."""

    name: str
    enable_room_previews: Boolean
    display_name: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=3000)] = ""
    max_members: Annotated[Integer, Field(ge=0, le=300)] = 50
    quality: Quality = "720p"
    remove_at: DateTime = None
    remove_after_seconds_elapsed: Annotated[Integer, Field(ge=0, le=200_000)] = None
    layout: Layout = "grid-responsive"
    record_on_start: Boolean = False
    meta: Meta = {}
    sync_audio_video: Boolean = False
    tone_on_entry_and_exit: Boolean = False
    room_join_video_off: Boolean = False
    user_join_video_off: Boolean = False


conferences: dict[str, dict[str, Any]] = {}
rooms: dict[str, dict[str, Any]] = {}


def authorized(header: str) -> bool:
    """Return whether an Authorization header holds the credentials of the project."""
    scheme, _, encoded = header.partition(" ")
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except (ValueError, binascii.Error):
        return False
    return scheme.lower() == "basic" and secrets.compare_digest(given, f"{PROJECT}:{TOKEN}".encode())


def check_credentials(credentials: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> None:
    """Check credentials as the tutorial of FastAPI does."""
    if (credentials.username, credentials.password) != (PROJECT, TOKEN):
        raise HTTPException(HTTPStatus.UNAUTHORIZED)


if FIRST_DRAFT:  # a dependency, which runs after the body was parsed; and the default error bodies
    app.router.dependencies.append(Depends(check_credentials))
else:

    @app.middleware("http")
    async def authenticate(request: Request, call_next: Any) -> Any:
        """Check credentials before anything else."""
        if not authorized(request.headers.get("authorization", "")):
            headers = {"WWW-Authenticate": 'Basic realm="conferences"'}
            return JSONResponse({"error": "Unauthorized"}, HTTPStatus.UNAUTHORIZED, headers)
        return await call_next(request)

    @app.exception_handler(StarletteHTTPException)
    async def http_error(_: Request, error: StarletteHTTPException) -> JSONResponse:
        """Respond with the envelope of a status."""
        return JSONResponse({"error": HTTPStatus(error.status_code).phrase}, error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        """Convert the errors of pydantic to the documented ones."""
        details = error.errors()
        if any(detail["type"] == "json_invalid" for detail in details):
            return JSONResponse({"error": "Bad Request"}, HTTPStatus.BAD_REQUEST)
        items = [
            error_item(
                str(detail["loc"][1]) if len(detail["loc"]) > 1 else None, detail["msg"], detail["type"]
            )
            for detail in details
        ]
        return JSONResponse({"errors": items}, HTTPStatus.UNPROCESSABLE_ENTITY)


def error_item(attribute: str | None, message: str, kind: str = "invalid_parameter") -> dict[str, Any]:
    """Build an item of the errors of a 422 response."""
    code = "missing_required_parameter" if kind == "missing" else "invalid_parameter"
    url = f"https://signalwire.com/docs/apis/error-codes#{code}"
    return {"type": "validation_error", "code": code, "message": message, "attribute": attribute, "url": url}


def date_text(value: dt.datetime | None) -> str | None:
    """Format an instant in UTC with Z; draft: as isoformat does, so a naive one has no offset."""
    return value and (value.isoformat() if FIRST_DRAFT else value.isoformat().replace("+00:00", "Z"))


def members(body: BaseModel) -> dict[str, Any]:
    """Return the members of a request as they are returned."""
    values = dict(body)
    return {
        name: date_text(value) if isinstance(value, dt.datetime) else value for name, value in values.items()
    }


def times() -> dict[str, Any]:
    """Return created_at and updated_at of a new resource."""
    now = date_text(dt.datetime.now() if FIRST_DRAFT else dt.datetime.now(dt.UTC))  # noqa: DTZ005
    return {"created_at": now, "updated_at": now}


def page(request: Request, items: list[Any], size: int, number: int) -> dict[str, Any]:
    """Return one page of a list with its links."""
    path, last = request.url.path, (number + 1) * size >= len(items)
    links = {"self": f"{path}?page_number={number}&page_size={size}", "first": f"{path}?page_size={size}"}
    if not last:
        links["next"] = f"{path}?page_number={number + 1}&page_size={size}&page_token=PA{number + 1:x}"
    return {"links": links, "data": items[number * size : (number + 1) * size]}


Size = Annotated[int, Query(alias="page_size", ge=1, le=1000)]
Number = Annotated[int, Query(alias="page_number", ge=0)]


@app.post("/api/video/conferences", status_code=CREATED)
async def create_conference(body: ConferenceRequest) -> Any:
    """Create a conference, unless its name is in use."""
    taken = any(body.name == conference["name"] for conference in conferences.values())
    if taken and FIRST_DRAFT:
        raise HTTPException(HTTPStatus.CONFLICT, "name is taken")
    if taken:
        return JSONResponse({"errors": [error_item("name", "is taken")]}, HTTPStatus.UNPROCESSABLE_ENTITY)
    identifier = str(uuid.uuid4())
    conference = members(body) | {
        "id": identifier,
        "name": body.name or f"conference-{identifier}",
        "meta": {},
    }
    conference |= dict.fromkeys(
        ("tone_on_entry_and_exit", "user_join_video_off", "room_join_video_off"), False
    )
    conferences[identifier] = conference | times()
    return conferences[identifier]


@app.get("/api/video/conferences")
async def list_conferences(request: Request, size: Size = 50, number: Number = 0) -> Any:
    """List the conferences."""
    return page(request, list(conferences.values()), size, number)


@app.get("/api/video/conferences/{identifier}")
async def get_conference(identifier: str, include_active_session: str = "false") -> Any:
    """Get a conference, with its session if that is requested."""
    conference = found(conferences, identifier)
    if include_active_session == "true" and identifier == SESSION["id"]:
        return conference | {"active_session": SESSION}
    return conference


@app.delete("/api/video/conferences/{identifier}", status_code=HTTPStatus.NO_CONTENT)
async def delete_conference(identifier: str) -> None:
    """Delete a conference."""
    del conferences[found(conferences, identifier)["id"]]


@app.post("/api/fabric/resources/conference_rooms", status_code=CREATED)
async def create_room(body: RoomRequest) -> Any:
    """Create a room."""
    room = {"id": str(uuid.uuid4()), "fps": 30, "prioritize_handraise": False} | members(body)
    head = {"id": str(uuid.uuid4()), "project_id": PROJECT, "type": "video_room"}
    rooms[head["id"]] = head | {"display_name": body.display_name, "conference_room": room} | times()
    return rooms[head["id"]]


@app.get("/api/fabric/resources/conference_rooms")
async def list_rooms(request: Request, size: Size = 50, number: Number = 0) -> Any:
    """List the rooms."""
    return page(request, list(rooms.values()), size, number)


@app.get("/api/fabric/resources/conference_rooms/{identifier}")
async def get_room(identifier: str) -> Any:
    """Get a room."""
    return found(rooms, identifier)


@app.delete("/api/fabric/resources/conference_rooms/{identifier}", status_code=HTTPStatus.NO_CONTENT)
async def delete_room(identifier: str) -> None:
    """Delete a room."""
    del rooms[found(rooms, identifier)["id"]]


def found(resources: dict[str, dict[str, Any]], identifier: str) -> dict[str, Any]:
    """Return a resource, or raise 404."""
    if identifier not in resources:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return resources[identifier]


SESSION = {
    "id": os.environ["DEMO_CONFERENCE"],
    "name": "demo",
    "start_time": "2026-01-01T10:00:00Z",
    "fps": 30,
    "quality": "720p",
    "status": "in-progress",
}
demo = members(ConferenceRequest(display_name="Demo", name="demo")) | times()
demo |= dict.fromkeys(("tone_on_entry_and_exit", "user_join_video_off", "room_join_video_off"), False)
conferences[SESSION["id"]] = demo | {"id": SESSION["id"], "meta": {}}

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), log_level="error", access_log=False)
