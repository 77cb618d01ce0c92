"""Settings of a configuration file that decide where credentials are sent."""

from collections.abc import Mapping
from typing import Any, Final

from conformance.config import connection
from conformance.config.config_files import ConfigurationFile
from conformance.config.setting_types import ConfigurationError

_REROUTING: Final = ("proxy", "ca", "client_cert")  # they decide which host receives the credentials
_ROUTING: Final = ("target", *_REROUTING, "allow_http", "verify_tls", "headers", "base_paths")


def check(file: ConfigurationFile, flags: Mapping[str, Any]) -> None:
    """Raise ConfigurationError if a file found by the search reroutes a target of the command line."""
    if file.is_explicit or "target" not in flags:
        return
    names = [name for name in _REROUTING if name in file.settings and name not in flags]
    if "headers" not in flags and _sets_host(file.settings):
        names.append("a Host header")
    if file.settings.get("allow_http") and "allow_http" not in flags and _is_exposed(flags):
        names.append("allow_http")
    if not file.settings.get("verify_tls", True) and "verify_tls" not in flags:
        names.append("verify_tls")
    if names:
        raise ConfigurationError(
            f"{file.path} sets {' and '.join(names)}, which decides where the credentials are sent, but "
            f"--target is specified on the command line; add --config {file.path} to use the file for this "
            "target, or specify these settings on the command line"
        )


def summary(file: ConfigurationFile, flags: Mapping[str, Any]) -> str:
    """Return a line with the file and its settings that affect where credentials are sent, redacted."""
    settings = file.resolved_settings()
    routing = {name: settings[name] for name in _ROUTING if name in settings and name not in flags}
    parts = [
        _description(name, value)
        for name, value in routing.items()
        if bool(value) is not (name == "verify_tls")
    ]
    return f"configuration  {file.path}{': ' if parts else ''}{', '.join(parts)}"


def _description(name: str, value: Any) -> str:
    if name in {"target", "proxy"}:
        return f"{name} {connection.redact_url(value)}"
    if name == "headers":
        return f"headers {' '.join(header.partition(':')[0].strip() for header in value)}"
    if name == "base_paths":
        return f"base_paths {' '.join(f'{profile}={path}' for profile, path in value.items())}"
    if name == "verify_tls":
        return "verify_tls false"
    return name if value is True else f"{name} {value}"


def _sets_host(settings: Mapping[str, Any]) -> bool:
    names = (header.partition(":")[0].strip().lower() for header in settings.get("headers", ()))
    return "host" in names


def _is_exposed(flags: Mapping[str, Any]) -> bool:
    """Return whether the target of the command line needs --allow-http."""
    try:
        connection.target_url(flags["target"], proxy=flags.get("proxy"))
    except ConfigurationError:
        return True
    return False
