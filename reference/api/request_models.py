"""The members of the two create requests: their types, limits and defaults, as the documentation has them."""

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
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Kind:
    """What a member may hold; the rules in the validation context judge it."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Have pydantic call the rules, which a fault may have changed, with the member and its value."""
        return core_schema.with_info_plain_validator_function(_judged)


def _judged(value: object, info: ValidationInfo) -> object:
    judge: Any = info.context
    return judge(info.field_name, value)


@dataclass(frozen=True)
class Text(Kind):
    """A string, no longer than `limit` characters, the whole of which matches `pattern`."""

    limit: int | None = None
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Choice(Kind):
    """One of several words."""

    options: tuple[str, ...]


@dataclass(frozen=True)
class Moment(Kind):
    """An instant, written by RFC 3339; some members also take a bare date."""

    bare_date: bool = False


@dataclass(frozen=True)
class Switch(Kind):
    """True or false."""


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number within bounds, both ends included."""

    minimum: int
    maximum: int


@dataclass(frozen=True)
class Mapping(Kind):
    """An object with any members."""


Colour = Annotated[str, Text(pattern=_COLOUR)]
Quality = Annotated[str, Choice(QUALITIES)]
Layout = Annotated[str, Choice(LAYOUTS)]


class CreateRequest(BaseModel):
    """The body of a create; members that nobody knows are ignored."""

    model_config = ConfigDict(extra="ignore")


class CreateConference(CreateRequest):
    """The body of a create of a video conference."""

    display_name: Annotated[str, Text(limit=200)]
    name: Annotated[str | None, Text(limit=100, pattern=_NAME)] = None  # None: the server makes one
    description: Annotated[str | None, Text(limit=3000)] = None
    join_from: Annotated[object, Moment(bare_date=True)] = None
    join_until: Annotated[object, Moment(bare_date=True)] = None
    quality: Quality = "720p"
    layout: Layout = "grid-responsive"
    size: Annotated[str, Choice(SIZES)] = "medium"
    record_on_start: Annotated[bool, Switch()] = False
    enable_room_previews: Annotated[bool, Switch()] = False
    enable_chat: Annotated[bool, Switch()] = True
    dark_primary: Colour = "#044EF4"
    dark_background: Colour = "#FFFFFF"
    dark_foreground: Colour = "#1D2127"
    dark_success: Colour = "#17BB58"
    dark_negative: Colour = "#F42C50"
    light_primary: Colour = "#044EF4"
    light_background: Colour = "#FFFFFF"
    light_foreground: Colour = "#1D2127"
    light_success: Colour = "#17BB58"
    light_negative: Colour = "#F42C50"


class CreateRoom(CreateRequest):
    """The body of a create of a conference room.

    Only the default of `quality` is documented; the others are this server's own.
    """

    name: Annotated[str, Text()]
    enable_room_previews: Annotated[bool, Switch()]
    display_name: Annotated[str | None, Text(limit=200)] = None  # None: the name
    description: Annotated[str, Text(limit=3000)] = ""
    join_from: Annotated[object, Moment()] = None
    join_until: Annotated[object, Moment()] = None
    max_members: Annotated[int, Whole(0, 300)] = 300
    quality: Quality = "720p"
    remove_at: Annotated[object, Moment()] = None
    remove_after_seconds_elapsed: Annotated[int | None, Whole(0, 200_000)] = None
    layout: Layout = "grid-responsive"
    record_on_start: Annotated[bool, Switch()] = False
    meta: Annotated[dict[str, Any], Mapping()] = {}
    sync_audio_video: Annotated[bool | None, Switch()] = None
    tone_on_entry_and_exit: Annotated[bool, Switch()] = False
    room_join_video_off: Annotated[bool, Switch()] = False
    user_join_video_off: Annotated[bool, Switch()] = False


@dataclass(frozen=True)
class Member:
    """A member of a create request, as the rules are asked about it."""

    resource: Resource
    name: str
    kind: Kind
    required: bool
    default: Any

    @property
    def path(self) -> str:
        """Tell the member from its namesake in the other API: `video.name`, `fabric.name`."""
        return f"{self.resource}.{self.name}"


def _members(resource: Resource, model: type[CreateRequest]) -> dict[str, Member]:
    return {
        name: Member(
            resource=resource,
            name=name,
            kind=next(mark for mark in field.metadata if isinstance(mark, Kind)),
            required=field.is_required(),
            default=None if field.is_required() else field.default,
        )
        for name, field in model.model_fields.items()
    }


MODELS: dict[Resource, type[CreateRequest]] = {
    Resource.CONFERENCE: CreateConference,
    Resource.ROOM: CreateRoom,
}
MEMBERS: dict[Resource, dict[str, Member]] = {
    resource: _members(resource, model) for resource, model in MODELS.items()
}
# What answers hold and no create can set; the documentation gives no values for these.
UNSETTABLE: dict[Resource, dict[str, Any]] = {
    Resource.CONFERENCE: {
        "tone_on_entry_and_exit": True,
        "user_join_video_off": False,
        "room_join_video_off": False,
        "meta": None,
    },
    Resource.ROOM: {"fps": 30, "prioritize_handraise": False},
}
