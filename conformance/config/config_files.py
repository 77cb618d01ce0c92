"""Configuration files: conformance.toml, or [tool.conformance] in pyproject.toml."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from conformance.config.setting_types import ConfigurationError
from reports.files import input_files
from reports.presentation.sanitize import bounded

_OWN: Final = "conformance.toml"
_SHARED: Final = "pyproject.toml"
_TABLE: Final = ("tool", "conformance")
_KEY: Final = rb"""[ \t]*["']?%s["']?[ \t]*"""
_HEADER: Final = re.compile(
    rb"^[ \t]*\[{0,2}" + _KEY % b"tool" + rb"\." + _KEY % b"conformance" + rb"[\].=]", re.MULTILINE
)
_PATHS: Final = frozenset({"ca", "output"})
_BRIEF: Final = 300  # characters of what is wrong with a file
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class ConfigurationFile:
    """The settings of a file, and whether the user named that file."""

    path: Path
    settings: Mapping[str, Any] = field(repr=False)
    named: bool

    def resolved_settings(self) -> dict[str, Any]:
        """Return the settings with their paths, which are relative to the folder of the file, resolved."""
        settings = dict(self.settings)
        for name in _PATHS & settings.keys():
            settings[name] = str(self.path.parent / settings[name])
        if "client_cert" in settings:
            settings["client_cert"] = self._resolved_pair(settings["client_cert"])
        return settings

    def _resolved_pair(self, text: str) -> str:
        """Return one file, or two with a comma between them."""
        folder = self.path.parent
        if (folder / text).is_file():
            return str(folder / text)
        return ",".join(str(folder / path) for path in text.split(",", 1))


def load(named: str | None) -> ConfigurationFile | None:
    """Return the file that the user named, or the nearest one that there is; None where there is none.

    Raise ConfigurationError where it cannot be used.
    """
    if named is not None:
        return _named(Path(named))
    for folder in _folders():
        own, shared = folder / _OWN, folder / _SHARED
        if _is_file(own):
            return ConfigurationFile(_trusted(own), _parsed(own, _content(own)), named=False)
        settings = _shared_settings(shared) if _is_file(shared) else None
        if settings is not None:
            return ConfigurationFile(_trusted(shared), settings, named=False)
    return None


def _named(path: Path) -> ConfigurationFile:
    settings = _parsed(path, _content(path))
    if path.name == _SHARED:
        table = _table(path, settings)
        if table is None:
            raise ConfigurationError(f"{path} has no table [{'.'.join(_TABLE)}]; add it or name another file")
        settings = table
    return ConfigurationFile(path, settings, named=True)


def _folders() -> Iterator[Path]:
    """Yield the working directory and its parents, up to the root of a repository or the home folder."""
    try:
        folder, home = Path.cwd(), os.path.realpath(Path("~").expanduser())
    except (OSError, RuntimeError):  # the working directory was deleted, or nobody knows the home folder
        return
    shown = Path()
    for level in (folder, *folder.parents):
        yield shown
        if str(level) == home or _exists(level / ".git"):
            return
        shown /= ".."


def _shared_settings(path: Path) -> Mapping[str, Any] | None:
    """Return our table of a file that belongs to other tools as well; None where it does not mention us."""
    content = _content(path)
    try:
        return _table(path, _parsed(path, content))
    except _NotTomlError:
        if _HEADER.search(content):
            raise
        return None


def _table(path: Path, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    table: Any = document
    for name in _TABLE:
        if name not in table:
            return None
        table = table[name]
        if not isinstance(table, Mapping):
            raise ConfigurationError(f"{path}: {name} is not a table; write [{'.'.join(_TABLE)}]")
    found: Mapping[str, Any] = table
    return found


class _NotTomlError(ConfigurationError):
    """A file is not valid TOML 1.0 in UTF-8."""


def _parsed(path: Path, content: bytes) -> Mapping[str, Any]:
    try:
        return input_files.toml_table(content.removeprefix(_BYTE_ORDER_MARK).decode("utf-8"))
    except ValueError as error:  # of TOML, of UTF-8, of numbers too long, of nesting
        raise _NotTomlError(f"{path} is not valid TOML: {bounded(str(error), _BRIEF)}") from None


def _content(path: Path) -> bytes:
    try:
        return input_files.content(path, limit=input_files.CONFIGURATION)
    except input_files.InputFileError as error:
        raise ConfigurationError(str(error)) from None


def _trusted(path: Path) -> Path:
    """Return the path of a file that was found, unless it is in a parent folder and belongs to another user.

    Anybody can write to a folder such as /tmp, and the file decides where the credentials go.
    """
    outside = path.parent != Path()
    owner = path.stat().st_uid
    if outside and owner not in {0, os.geteuid()}:
        raise ConfigurationError(
            f"{path} belongs to another user and was not named; use it with --config {path}, or remove it"
        )
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a parent folder may not be searched
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
