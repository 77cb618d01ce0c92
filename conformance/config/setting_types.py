"""Types of the settings, for values from the configuration file and from options."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_MAX_VALUE_LENGTH: Final = 60  # characters of an invalid value that a message repeats
_MIN_TIMEOUT, _MAX_TIMEOUT = 0.1, 1e6  # seconds for one request
_MAX_DURATION: Final = 1e7  # seconds for a run; socket timeouts overflow at greater values
_MAX_CONCURRENCY: Final = 256
_NUMBER: Final = "[0-9.eE+-]+"
_RATE: Final = re.compile(rf"\s*(?P<number>{_NUMBER})\s*(/\s*(?P<unit>s|m|h))?\s*", re.ASCII)
_DURATION: Final = re.compile(rf"\s*(?P<number>{_NUMBER})\s*(?P<unit>ms|s|m|h)?\s*", re.ASCII)
_SECONDS: Final = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0}  # by unit


class ConfigurationError(ValueError):
    """A setting is invalid; the message names the value and the fix."""


@dataclass(frozen=True)
class SettingType:
    """The type of a setting: its description for messages, and whether it accepts a value."""

    description: str
    accepts: Callable[[Any], bool]


def _is_string(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_string_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _is_selection(value: Any) -> bool:
    return _is_string(value) or (isinstance(value, list | tuple) and all(map(_is_string, value)))


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_concurrency(value: Any) -> bool:
    return _is_integer(value) and 1 <= value <= _MAX_CONCURRENCY


def _is_timeout(value: Any) -> bool:
    seconds = parse_duration(value)
    return seconds is not None and _MIN_TIMEOUT <= seconds <= _MAX_TIMEOUT


def _is_duration(value: Any) -> bool:
    seconds = parse_duration(value)
    return seconds is not None and 0 < seconds <= _MAX_DURATION


def _is_path(value: Any) -> bool:
    return _is_string(value) and "\0" not in value


def _are_base_paths(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        name in {"video", "fabric"} and isinstance(path, str) and re.fullmatch(r"(/[!-~]*)?", path)
        for name, path in value.items()
    )


STRING: Final = SettingType("a non-empty string", _is_string)
STRING_LIST: Final = SettingType("a list of strings", _is_string_list)
INTEGER: Final = SettingType("an integer", _is_integer)
SELECTION: Final = SettingType("a selection, e.g. 'VC-CREATE-*,level:must', or a list of them", _is_selection)
POSITIVE_INTEGER: Final = SettingType("a positive integer", lambda value: _is_integer(value) and value >= 1)
PATH: Final = SettingType("a path", _is_path)
BOOLEAN: Final = SettingType("true or false", lambda value: isinstance(value, bool))
SETTING_TYPES: Final[Mapping[str, SettingType]] = {
    "target": STRING,
    "profiles": STRING_LIST,
    "effort": STRING,
    "select": SELECTION,
    "exclude": SELECTION,
    "failed_from": PATH,
    "baseline": PATH,
    "seed": INTEGER,
    "concurrency": SettingType(f"an integer from 1 to {_MAX_CONCURRENCY}", _is_concurrency),
    "rate_limit": SettingType("a rate, e.g. 20/s or 600/m", lambda value: parse_rate(value) is not None),
    "max_requests": POSITIVE_INTEGER,
    "max_live": POSITIVE_INTEGER,
    "max_seconds": SettingType("a positive duration, e.g. 90 (seconds) or 2m", _is_duration),
    "timeout": SettingType(
        f"a duration, e.g. 5 (seconds) or 500ms, of {_MIN_TIMEOUT} s or more", _is_timeout
    ),
    "wait": SettingType("a positive duration, e.g. 90 (seconds) or 2m", _is_duration),
    "headers": STRING_LIST,
    "ca": PATH,
    "client_cert": PATH,
    "proxy": STRING,
    "verify_tls": BOOLEAN,
    "allow_http": BOOLEAN,
    "allow_leftovers": BOOLEAN,
    "allow_logged_credentials": BOOLEAN,
    "read_only": BOOLEAN,
    "without": STRING_LIST,
    "mock": BOOLEAN,
    "active_session": STRING,
    "output": PATH,
    "strict": BOOLEAN,
    "fail_fast": BOOLEAN,
    "max_failures": POSITIVE_INTEGER,
    "base_paths": SettingType('a table of paths, e.g. {video = "/api/video"}', _are_base_paths),
    "waivers": SettingType(
        "a list; begin each waiver with [[waivers]]", lambda value: isinstance(value, list | tuple)
    ),
}


def parse_rate(value: Any) -> float | None:
    """Return the number of requests per second; None if the value is not a valid rate."""
    match = _match(_RATE, value)
    rate = _positive(match) if match else None
    return None if match is None or rate is None else rate / _SECONDS[match["unit"]]


def parse_duration(value: Any) -> float | None:
    """Return the number of seconds; None if the value is not a valid duration."""
    match = _match(_DURATION, value)
    duration = _positive(match) if match else None
    return None if match is None or duration is None else duration * _SECONDS[match["unit"]]


def _match(pattern: re.Pattern[str], value: Any) -> re.Match[str] | None:
    """Return the match of a number, or of a string with an optional unit."""
    return pattern.fullmatch(str(value)) if isinstance(value, str) or _is_number(value) else None


def _positive(match: re.Match[str]) -> float | None:
    try:
        number = float(match["number"])
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def check_types(settings: Mapping[str, Any], label: Callable[[str], str]) -> None:
    """Raise ConfigurationError for the first setting with a value of the wrong type.

    `label` returns what the message calls a setting: an option, or a member of a file.
    """
    for name, value in settings.items():
        setting_type = SETTING_TYPES.get(name)
        if setting_type is not None and not setting_type.accepts(value):
            raise ConfigurationError(f"{label(name)} {_brief(value)} is not {setting_type.description}")


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_VALUE_LENGTH else f"{text[:_MAX_VALUE_LENGTH]}…"
