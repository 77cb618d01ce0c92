"""What each setting holds: the one table that the file and the flags are checked by."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_LONGEST: Final = 60  # characters of a wrong value that are repeated
_SHORTEST, _LONGEST_WAIT = 0.1, 1e6  # seconds for one request
_RATE: Final = re.compile(r"\s*([0-9.eE+-]+)\s*(/\s*s)?\s*")


class ConfigurationError(ValueError):
    """A setting cannot be used: which value, and the mend."""


@dataclass(frozen=True)
class Kind:
    """What a setting holds, in words, and whether a value is that."""

    wanted: str
    fits: Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _concurrency(value: Any) -> bool:
    return _whole(value) and value in range(1, 257)


def _timeout(value: Any) -> bool:
    return _number(value) and _SHORTEST <= value <= _LONGEST_WAIT


def _path(value: Any) -> bool:
    return _text(value) and "\0" not in value


def _paths(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        name in {"video", "fabric"} and isinstance(path, str) and re.fullmatch(r"(/[!-~]*)?", path)
        for name, path in value.items()
    )


TEXT: Final = Kind("a text that is not empty", _text)
TEXTS: Final = Kind("a list of texts", _texts)
WHOLE: Final = Kind("a whole number", _whole)
POSITIVE: Final = Kind("a whole number from 1", lambda value: _whole(value) and value >= 1)
PATH: Final = Kind("a path", _path)
SWITCH: Final = Kind("true or false", lambda value: isinstance(value, bool))
_LONGEST_RUN: Final = 1e7  # seconds; the clocks of sockets end somewhere beyond
KINDS: Final[Mapping[str, Kind]] = {
    "target": TEXT,
    "profiles": TEXTS,
    "effort": TEXT,
    "select": TEXT,
    "seed": WHOLE,
    "concurrency": Kind("a whole number from 1 to 256", _concurrency),
    "rate_limit": Kind("a rate, such as 20/s", lambda value: rate(value) is not None),
    "max_requests": POSITIVE,
    "max_live": POSITIVE,
    "max_seconds": Kind("a number of seconds", lambda value: _number(value) and 0 < value <= _LONGEST_RUN),
    "timeout": Kind("seconds, 0.1 or more", _timeout),
    "headers": TEXTS,
    "ca": PATH,
    "client_cert": PATH,
    "proxy": TEXT,
    "allow_http": SWITCH,
    "allow_leftovers": SWITCH,
    "allow_logged_credentials": SWITCH,
    "read_only": SWITCH,
    "active_session": TEXT,
    "output": PATH,
    "strict": SWITCH,
    "fail_fast": SWITCH,
    "base_paths": Kind('a table of paths, such as {video = "/api/video"}', _paths),
    "waivers": Kind(
        "a list; begin each waiver with [[waivers]]", lambda value: isinstance(value, list | tuple)
    ),
}


def rate(value: Any) -> float | None:
    """Return the requests per second that a setting names; None where it names none."""
    told = _RATE.fullmatch(value if isinstance(value, str) else str(value))
    try:
        found = float(told[1]) if told and not isinstance(value, bool) else 0.0
    except ValueError:
        return None
    return found if math.isfinite(found) and found > 0 else None


def check(told: Mapping[str, Any], name: Callable[[str], str]) -> None:
    """Raise ConfigurationError for the first setting that is not of its kind, with its place."""
    for key, value in told.items():
        kind = KINDS.get(key)
        if kind is not None and not kind.fits(value):
            raise ConfigurationError(f"{name(key)} {_brief(value)} is not {kind.wanted}")


def _brief(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"
