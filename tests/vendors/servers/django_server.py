"""Conference API in Django REST framework, served by waitress."""

import base64
import binascii
import datetime as dt
import json
import os
import re
import secrets
import threading
import uuid
from http import HTTPStatus
from typing import Any

import django
import waitress
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.validators import RegexValidator
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

FIRST_DRAFT = "FIRST_DRAFT" in os.environ
PROJECT, TOKEN = os.environ["SIGNALWIRE_PROJECT_ID"], os.environ["SIGNALWIRE_API_TOKEN"]
settings.configure(
    ALLOWED_HOSTS=["*"],
    DEBUG=False,
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF="__main__",
    SECRET_KEY=secrets.token_hex(),
    TIME_ZONE="UTC",
    USE_TZ=True,
)
django.setup()

from rest_framework import authentication, exceptions, parsers, permissions, serializers, views  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402

QUALITIES, SIZES = ("720p", "1080p"), ("small", "medium", "large")
LAYOUTS = (
    "grid-responsive", "grid-responsive-mobile", "highlight-1-responsive", "1x1", "2x1", "2x2", "5up", "3x3",
    "4x4", "5x5", "6x6", "8x8", "10x10",
)  # fmt: skip
COLORS = {
    "primary": "#044EF4",
    "background": "#FFFFFF",
    "foreground": "#1D2127",
    "success": "#17BB58",
    "negative": "#F42C50",
}
lock = threading.Lock()
NO_TIMES = dict.fromkeys(("join_from", "join_until"))


class Project:
    """The project as the user of a request."""

    is_authenticated = True


class ProjectAuthentication(authentication.BaseAuthentication):
    """HTTP Basic with the Project ID and its token."""

    def authenticate(self, request: Request) -> tuple[Project, None] | None:
        """Return the project, or None without an Authorization header."""
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            pair = base64.b64decode(encoded.strip(), validate=True)
        except (ValueError, binascii.Error):
            raise exceptions.AuthenticationFailed from None
        if not secrets.compare_digest(pair, f"{PROJECT}:{TOKEN}".encode()):
            raise exceptions.AuthenticationFailed
        return Project(), None

    def authenticate_header(self, request: Request) -> str | None:
        """Return the challenge; draft: none, which turns every 401 into a 403."""
        return None if FIRST_DRAFT else 'Basic realm="api"'


class DocumentParser(parsers.JSONParser):
    """The strict JSON parser, which also rejects lone surrogates, which no response can hold."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Parse a body."""
        try:
            document = super().parse(stream, media_type, parser_context)
            json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError, RequestDataTooBig) as error:
            raise exceptions.ParseError from error
        return document


def envelope(error: Exception, context: dict[str, Any]) -> Response | None:
    """Convert an exception to the documented error bodies."""
    response = views.exception_handler(error, context)
    if isinstance(error, exceptions.ValidationError):
        details = error.get_full_details()
        return Response({"errors": list(error_items(details))}, HTTPStatus.UNPROCESSABLE_ENTITY)
    if response is not None:
        response.data = {"error": HTTPStatus(response.status_code).phrase}
    return response


def error_items(details: dict[str, Any]) -> Any:
    """Yield the items of a 422 response."""
    for name, problems in details.items():
        first = problems[0] if isinstance(problems, list) else next(iter(problems.values()))[0]
        code = "missing_required_parameter" if first["code"] == "required" else "invalid_parameter"
        yield {
            "type": "validation_error",
            "code": code,
            "message": first["message"],
            "attribute": None if name == "non_field_errors" else name,
            "url": f"https://signalwire.com/docs/apis/error-codes#{code}",
        }


class StrictText(serializers.CharField):
    """A string, which is neither trimmed nor converted."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"trim_whitespace": False, "allow_blank": True} | kwargs))

    def to_internal_value(self, data: Any) -> str:
        """Reject numbers, which the framework converts."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictBoolean(serializers.BooleanField):
    """True and false, without the words that the framework converts."""

    def to_internal_value(self, data: Any) -> bool:
        """Reject anything else."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictInteger(serializers.IntegerField):
    """An integer, not a string of digits."""

    def to_internal_value(self, data: Any) -> int:
        """Reject what is not a number."""
        if isinstance(data, (bool, str)):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictDateTime(serializers.DateTimeField):
    """An RFC 3339 timestamp, or a date, which is midnight UTC."""

    def to_internal_value(self, value: Any) -> dt.datetime:
        """Reject other formats of ISO 8601."""
        if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d([Tt ]|\Z)", value, re.ASCII):
            self.fail("invalid", format="RFC 3339")
        try:
            return super().to_internal_value(value)
        except OverflowError:
            self.fail("overflow")


# Draft: the fields of the framework as they are; they trim strings and convert words.
if FIRST_DRAFT:
    Text, Boolean, Integer = serializers.CharField, serializers.BooleanField, serializers.IntegerField
    Moment = serializers.DateTimeField
else:
    Text, Boolean, Integer, Moment = StrictText, StrictBoolean, StrictInteger, StrictDateTime


def pattern(expression: str, **kwargs: Any) -> serializers.CharField:
    """Return a field for strings that match an expression; draft: $ also matches before a final newline."""
    if FIRST_DRAFT:
        return serializers.RegexField(f"^{expression}$", trim_whitespace=False, **kwargs)
    return StrictText(allow_blank=False, validators=[RegexValidator(rf"\A{expression}\Z")], **kwargs)


class JoinTimes(serializers.Serializer):
    """The members that conferences and rooms have in common."""

    join_from = Moment(required=False)
    join_until = Moment(required=False)
    quality = serializers.ChoiceField(QUALITIES, default="720p")
    layout = serializers.ChoiceField(LAYOUTS, default="grid-responsive")
    record_on_start = Boolean(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Reject a join_until before join_from."""
        if "join_from" in attrs and "join_until" in attrs and attrs["join_until"] < attrs["join_from"]:
            raise serializers.ValidationError({"join_until": ["Must not be before join_from."]})
        return attrs


class ConferenceSerializer(JoinTimes):
    """A conference."""

    display_name = Text(max_length=200)
    name = pattern(r"[A-Za-z0-9_-]+", max_length=100, required=False)
    description = Text(max_length=3000, required=False)
    size = serializers.ChoiceField(SIZES, default="medium")
    enable_room_previews = Boolean(default=False)
    enable_chat = Boolean(default=True)

    def get_fields(self) -> dict[str, Any]:
        """Add the ten colors."""
        names = {f"{theme}_{use}": color for theme in ("dark", "light") for use, color in COLORS.items()}
        colors = {name: pattern("#[0-9a-fA-F]{6}", default=color) for name, color in names.items()}
        return super().get_fields() | colors


class RoomSerializer(JoinTimes):
    """A conference room."""

    name = Text()
    enable_room_previews = Boolean()
    display_name = Text(max_length=200, required=False)
    description = Text(max_length=3000, default="")
    max_members = Integer(min_value=0, max_value=300, default=20)
    remove_at = Moment(required=False)
    remove_after_seconds_elapsed = Integer(min_value=0, max_value=200_000, required=False)
    meta = serializers.DictField(default=dict)
    sync_audio_video = Boolean(default=False)
    tone_on_entry_and_exit = Boolean(default=False)
    room_join_video_off = Boolean(default=False)
    user_join_video_off = Boolean(default=False)


class View(views.APIView):
    """What all operations have in common."""

    authentication_classes = (ProjectAuthentication,)
    permission_classes = (permissions.IsAuthenticated,)
    if not FIRST_DRAFT:  # the default parsers also read forms; the default errors are {"member": ["message"]}
        parser_classes = (DocumentParser,)

        def get_exception_handler(self) -> Any:
            """Return the function that converts exceptions."""
            return envelope


class Collection(View):
    """Create and list."""

    serializer: type[serializers.Serializer]
    resources: dict[str, dict[str, Any]]

    def post(self, request: Request) -> Response:
        """Create a resource."""
        serializer = self.serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with lock:
            resource = self.create(serializer.validated_data)
            self.resources[resource["id"]] = resource
        return Response(resource, HTTPStatus.CREATED if FIRST_DRAFT else HTTPStatus.OK)

    def get(self, request: Request) -> Response:
        """List a page."""
        try:
            size = min(max(int(request.query_params.get("page_size", 50)), 1), 1000)
            number = max(int(request.query_params.get("page_number", 0)), 0)
        except ValueError:
            raise serializers.ValidationError({"page_size": ["A valid integer is required."]}) from None
        items, address = list(self.resources.values()), request.build_absolute_uri(request.path)
        links = {
            "self": f"{address}?page_number={number}&page_size={size}",
            "first": f"{address}?page_size={size}",
        }
        if (number + 1) * size < len(items):
            links["next"] = f"{address}?page_number={number + 1}&page_size={size}&page_token=PA{number + 1}"
        return Response({"links": links, "data": items[number * size : (number + 1) * size]})

    def create(self, values: dict[str, Any]) -> dict[str, Any]:
        """Build a resource from the members of a request."""
        raise NotImplementedError


class Item(View):
    """Get and delete."""

    resources: dict[str, dict[str, Any]]

    def get(self, request: Request, identifier: str) -> Response:
        """Get a resource, with its session if that is requested."""
        if identifier not in self.resources:
            raise exceptions.NotFound
        session = request.query_params.get("include_active_session") == "true" and SESSIONS.get(identifier)
        return Response(self.resources[identifier] | ({"active_session": session} if session else {}))

    def delete(self, request: Request, identifier: str) -> Response:
        """Delete a resource."""
        with lock:
            if self.resources.pop(identifier, None) is None:
                raise exceptions.NotFound
        return Response(status=HTTPStatus.NO_CONTENT)


def represent(values: dict[str, Any]) -> dict[str, Any]:
    """Format the timestamps as the framework does."""
    field = serializers.DateTimeField()
    return {
        name: field.to_representation(value) if isinstance(value, dt.datetime) else value
        for name, value in values.items()
    }


def times() -> dict[str, Any]:
    """Return created_at and updated_at of a new resource."""
    now = dt.datetime.now(dt.UTC)
    return represent({"created_at": now, "updated_at": now})


class Conferences(Collection):
    """The conferences."""

    serializer = ConferenceSerializer
    resources: dict[str, dict[str, Any]] = {}

    def create(self, values: dict[str, Any]) -> dict[str, Any]:
        """Build a conference, unless its name is in use."""
        identifier = str(uuid.uuid4())
        fixed = {"tone_on_entry_and_exit": False, "user_join_video_off": True, "room_join_video_off": False}
        start = NO_TIMES | {"name": identifier, "description": None, "meta": None}
        conference = start | represent(values) | fixed | {"id": identifier}
        if any(conference["name"] == other["name"] for other in self.resources.values()):
            raise serializers.ValidationError({"name": ["A conference with this name already exists."]})
        return conference | times()


class Rooms(Collection):
    """The rooms."""

    serializer = RoomSerializer
    resources: dict[str, dict[str, Any]] = {}

    def create(self, values: dict[str, Any]) -> dict[str, Any]:
        """Build a room."""
        start = NO_TIMES | {
            "remove_at": None,
            "remove_after_seconds_elapsed": None,
            "display_name": values["name"],
        }
        room = start | represent(values) | {"id": str(uuid.uuid4()), "fps": 30, "prioritize_handraise": False}
        head = {"id": str(uuid.uuid4()), "project_id": PROJECT, "type": "video_room"}
        return head | {"display_name": room["display_name"], "conference_room": room} | times()


class Conference(Item):
    """A conference."""

    resources = Conferences.resources


class Room(Item):
    """A room."""

    resources = Rooms.resources


class Missing(View):
    """Any other path."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Respond with 404 after the credentials were checked."""
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound


def server_error(request: Any) -> JsonResponse:
    """Respond with the envelope of status 500."""
    return JsonResponse({"error": "Internal Server Error"}, status=500)


urlpatterns = [
    path("api/video/conferences", Conferences.as_view()),
    path("api/video/conferences/<identifier>", Conference.as_view()),
    path("api/fabric/resources/conference_rooms", Rooms.as_view()),
    path("api/fabric/resources/conference_rooms/<identifier>", Room.as_view()),
]
if not FIRST_DRAFT:  # the default is a page in HTML
    urlpatterns += [path("<path:rest>", Missing.as_view())]
    handler500 = server_error

DEMO = os.environ["DEMO_CONFERENCE"]
SESSIONS = {DEMO: {"id": DEMO, "status": "in-progress", "fps": 20, "start_time": "2026-01-01T10:00:00Z"}}
demo = ConferenceSerializer(data={"display_name": "Demo", "name": "demo"})
demo.is_valid(raise_exception=True)
Conferences.resources[DEMO] = Conferences().create(demo.validated_data) | {"id": DEMO}

if __name__ == "__main__":
    waitress.serve(get_wsgi_application(), host="127.0.0.1", port=int(os.environ["PORT"]), threads=16)
