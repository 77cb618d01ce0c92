"""Settings of a configuration file that decide where credentials go."""

from collections.abc import Mapping
from typing import Any, Final

from conformance.config import connection
from conformance.config.config_files import ConfigurationFile
from conformance.config.setting_types import ConfigurationError

_REROUTING: Final = ("proxy", "ca", "client_cert")  # they decide who reads the credentials
_ROUTING: Final = ("target", *_REROUTING, "allow_http", "headers", "base_paths")


def check(file: ConfigurationFile, flags: Mapping[str, Any]) -> None:
    """Raise ConfigurationError where a file that nobody named reroutes a target of the command line."""
    if file.named or "target" not in flags:
        return
    names = [name for name in _REROUTING if name in file.settings and name not in flags]
    if "headers" not in flags and _sets_host(file.settings):
        names.append("a Host header")
    if file.settings.get("allow_http") and "allow_http" not in flags and _is_exposed(flags):
        names.append("allow_http")
    if names:
        what = " and ".join(names)
        raise ConfigurationError(
            f"{file.path} sets {what}, which decides who receives the credentials, but --target is from the "
            f"command line and the file was not named; add --config {file.path} to use it for this target, "
            "or give such settings as options"
        )


def summary(file: ConfigurationFile, flags: Mapping[str, Any]) -> str:
    """Describe the file and those of its settings that affect where credentials go, without secrets."""
    settings = file.resolved_settings()
    used = {name: settings[name] for name in _ROUTING if name in settings and name not in flags}
    parts = [_described(name, value) for name, value in used.items() if value]
    return f"configuration  {file.path}{': ' if parts else ''}{', '.join(parts)}"


def _described(name: str, value: Any) -> str:
    if name in {"target", "proxy"}:
        return f"{name} {connection.masked(value)}"
    if name == "headers":
        return f"headers {' '.join(header.partition(':')[0].strip() for header in value)}"
    if name == "base_paths":
        return f"base_paths {' '.join(f'{profile}={path}' for profile, path in value.items())}"
    return name if value is True else f"{name} {value}"


def _sets_host(settings: Mapping[str, Any]) -> bool:
    names = (header.partition(":")[0].strip().lower() for header in settings.get("headers", ()))
    return "host" in names


def _is_exposed(flags: Mapping[str, Any]) -> bool:
    """Return whether the target of the command line is rejected unless plain HTTP is allowed."""
    try:
        connection.address(flags["target"], proxy=flags.get("proxy"))
    except ConfigurationError:
        return True
    return False
