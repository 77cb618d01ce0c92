"""Members of the two create requests with their documented types, limits and defaults."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from reference.api.messages import Resource

QUALITIES = ("720p", "1080p")
LAYOUTS = (
    "grid-responsive",
    "grid-responsive-mobile",
    "highlight-1-responsive",
    "1x1",
    "2x1",
    "2x2",
    "5up",
    "3x3",
    "4x4",
    "5x5",
    "6x6",
    "8x8",
    "10x10",
)
SIZES = ("small", "medium", "large")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class ValueType:
    """Type of a member; values are validated by the function in the validation context."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return a schema that calls the function in the validation context."""
        return core_schema.with_info_plain_validator_function(_validate)


def _validate(value: object, info: ValidationInfo) -> object:
    validate: Any = info.context
    return validate(info.field_name, value)


@dataclass(frozen=True)
class StringType(ValueType):
    """A string of at most `max_length` characters that matches `pattern`."""

    max_length: int | None = None
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True)
class EnumType(ValueType):
    """A string of an enumeration."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class TimestampType(ValueType):
    """An RFC 3339 timestamp; `allows_date` also permits a date without a time."""

    allows_date: bool = False


@dataclass(frozen=True)
class BooleanType(ValueType):
    """A boolean."""


@dataclass(frozen=True)
class IntegerType(ValueType):
    """An integer from `minimum` to `maximum`."""

    minimum: int
    maximum: int


@dataclass(frozen=True)
class ObjectType(ValueType):
    """An object with any members."""


Color = Annotated[str, StringType(pattern=_COLOR)]
Quality = Annotated[str, EnumType(QUALITIES)]
Layout = Annotated[str, EnumType(LAYOUTS)]


class CreateRequest(BaseModel):
    """The body of a create request; unknown members are ignored."""

    model_config = ConfigDict(extra="ignore")


class CreateConference(CreateRequest):
    """The body of a create request for a video conference."""

    display_name: Annotated[str, StringType(max_length=200)]
    name: Annotated[str | None, StringType(max_length=100, pattern=_NAME)] = (
        None  # None: the server generates a name
    )
    description: Annotated[str | None, StringType(max_length=3000)] = None
    join_from: Annotated[object, TimestampType(allows_date=True)] = None
    join_until: Annotated[object, TimestampType(allows_date=True)] = None
    quality: Quality = "720p"
    layout: Layout = "grid-responsive"
    size: Annotated[str, EnumType(SIZES)] = "medium"
    record_on_start: Annotated[bool, BooleanType()] = False
    enable_room_previews: Annotated[bool, BooleanType()] = False
    enable_chat: Annotated[bool, BooleanType()] = True
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


class CreateRoom(CreateRequest):
    """The body of a create request for a conference room.

    Only the default of `quality` is documented; the other defaults are specific to this server.
    """

    name: Annotated[str, StringType()]
    enable_room_previews: Annotated[bool, BooleanType()]
    display_name: Annotated[str | None, StringType(max_length=200)] = None  # None: the name
    description: Annotated[str, StringType(max_length=3000)] = ""
    join_from: Annotated[object, TimestampType()] = None
    join_until: Annotated[object, TimestampType()] = None
    max_members: Annotated[int, IntegerType(0, 300)] = 300
    quality: Quality = "720p"
    remove_at: Annotated[object, TimestampType()] = None
    remove_after_seconds_elapsed: Annotated[int | None, IntegerType(0, 200_000)] = None
    layout: Layout = "grid-responsive"
    record_on_start: Annotated[bool, BooleanType()] = False
    meta: Annotated[dict[str, Any], ObjectType()] = {}
    sync_audio_video: Annotated[bool | None, BooleanType()] = None
    tone_on_entry_and_exit: Annotated[bool, BooleanType()] = False
    room_join_video_off: Annotated[bool, BooleanType()] = False
    user_join_video_off: Annotated[bool, BooleanType()] = False


@dataclass(frozen=True)
class RequestMember:
    """A member of a create request."""

    resource: Resource
    name: str
    value_type: ValueType
    required: bool
    default: Any

    @property
    def path(self) -> str:
        """Return the name with the resource, such as `video.name` or `fabric.name`."""
        return f"{self.resource}.{self.name}"


def _members(resource: Resource, model: type[CreateRequest]) -> dict[str, RequestMember]:
    return {
        name: RequestMember(
            resource=resource,
            name=name,
            value_type=next(item for item in field.metadata if isinstance(item, ValueType)),
            required=field.is_required(),
            default=None if field.is_required() else field.default,
        )
        for name, field in model.model_fields.items()
    }


MODELS: dict[Resource, type[CreateRequest]] = {
    Resource.CONFERENCE: CreateConference,
    Resource.ROOM: CreateRoom,
}
MEMBERS: dict[Resource, dict[str, RequestMember]] = {
    resource: _members(resource, model) for resource, model in MODELS.items()
}
# Members of responses that a create request cannot set; the documentation specifies no values for them.
READ_ONLY_VALUES: dict[Resource, dict[str, Any]] = {
    Resource.CONFERENCE: {
        "tone_on_entry_and_exit": True,
        "user_join_video_off": False,
        "room_join_video_off": False,
        "meta": None,
    },
    Resource.ROOM: {"fps": 30, "prioritize_handraise": False},
}
