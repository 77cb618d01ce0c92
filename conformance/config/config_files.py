"""Configuration files: conformance.toml, or [tool.conformance] in pyproject.toml."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from conformance.config.setting_types import ConfigurationError
from reports.files import input_files
from reports.presentation.sanitize import truncate

_OWN_FILE: Final = "conformance.toml"
SHARED_FILE: Final = "pyproject.toml"
_TABLE: Final = ("tool", "conformance")
_KEY: Final = rb"""[ \t]*["']?%s["']?[ \t]*"""
_HEADER: Final = re.compile(
    rb"^[ \t]*\[{0,2}" + _KEY % b"tool" + rb"\." + _KEY % b"conformance" + rb"[\].=]", re.MULTILINE
)
_PATHS: Final = frozenset({"baseline", "ca", "failed_from", "output"})
_MAX_PROBLEM_LENGTH: Final = 300  # characters
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class ConfigurationFile:
    """The settings of a configuration file."""

    path: Path
    settings: Mapping[str, Any] = field(repr=False)
    is_explicit: bool  # specified with --config, not found by the search

    def resolved_settings(self) -> dict[str, Any]:
        """Return the settings; relative paths in the file are resolved against its folder."""
        settings = dict(self.settings)
        for name in _PATHS & settings.keys():
            settings[name] = str(self.path.parent / settings[name])
        if "client_cert" in settings:
            settings["client_cert"] = self._resolved_pair(settings["client_cert"])
        return settings

    def _resolved_pair(self, text: str) -> str:
        """Resolve the value of client_cert: a path, or two paths separated by a comma."""
        folder = self.path.parent
        if (folder / text).is_file():
            return str(folder / text)
        return ",".join(str(folder / path) for path in text.split(",", 1))


def load(explicit_path: str | None) -> ConfigurationFile | None:
    """Return the specified file, or else the nearest configuration file; None if there is none.

    Raise ConfigurationError if the file cannot be used.
    """
    if explicit_path is not None:
        return _load_explicit(Path(explicit_path))
    for folder in _searched_folders():
        own, shared = folder / _OWN_FILE, folder / SHARED_FILE
        if _is_file(own):
            return ConfigurationFile(_trusted(own), _parsed(own, _content(own)), is_explicit=False)
        settings = _shared_settings(shared) if _is_file(shared) else None
        if settings is not None:
            return ConfigurationFile(_trusted(shared), settings, is_explicit=False)
    return None


def _load_explicit(path: Path) -> ConfigurationFile:
    settings = _parsed(path, _content(path))
    if path.name == SHARED_FILE:
        table = _table(path, settings)
        if table is None:
            raise ConfigurationError(
                f"{path} has no table [{'.'.join(_TABLE)}]; add it or specify another file"
            )
        settings = table
    return ConfigurationFile(path, settings, is_explicit=True)


def _searched_folders() -> Iterator[Path]:
    """Yield the working directory and its parents, up to the root of a repository or the home folder."""
    try:
        folder, home = Path.cwd(), os.path.realpath(Path("~").expanduser())
    except (OSError, RuntimeError):  # the working directory was deleted, or the home folder is unknown
        return
    relative = Path()
    for level in (folder, *folder.parents):
        yield relative
        if str(level) == home or _exists(level / ".git"):
            return
        relative /= ".."


def _shared_settings(path: Path) -> Mapping[str, Any] | None:
    """Return the conformance table of a pyproject.toml; None if the file does not mention it."""
    content = _content(path)
    try:
        return _table(path, _parsed(path, content))
    except _NotTomlError:
        if _HEADER.search(content):
            raise
        return None


def _table(path: Path, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    table: Mapping[str, Any] = document
    for name in _TABLE:
        if name not in table:
            return None
        table = table[name]
        if not isinstance(table, Mapping):
            raise ConfigurationError(f"{path}: {name!r} must be a table; write [{'.'.join(_TABLE)}]")
    return table


class _NotTomlError(ConfigurationError):
    """A file is not valid TOML 1.0 encoded in UTF-8."""


def _parsed(path: Path, content: bytes) -> Mapping[str, Any]:
    try:
        return input_files.parse_toml(content.removeprefix(_BYTE_ORDER_MARK).decode("utf-8"))
    except ValueError as error:  # invalid TOML or UTF-8, a number too long, or nested too deeply
        raise _NotTomlError(
            f"{path} is not valid TOML: {truncate(str(error), _MAX_PROBLEM_LENGTH)}"
        ) from None


def _content(path: Path) -> bytes:
    try:
        return input_files.read_bytes(path, limit=input_files.CONFIGURATION)
    except input_files.InputFileError as error:
        raise ConfigurationError(str(error)) from None


def _trusted(path: Path) -> Path:
    """Return the path; raise ConfigurationError if it is in a parent folder and belongs to another user.

    All users can write to a folder such as /tmp, and the file decides where the credentials are sent.
    """
    outside = path.parent != Path()
    owner = path.stat().st_uid
    if outside and owner not in {0, os.geteuid()}:
        raise ConfigurationError(
            f"{path} belongs to another user; specify it with --config {path} to use it, or remove it"
        )
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # no permission to search a parent folder
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
