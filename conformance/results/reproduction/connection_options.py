"""How reproductions connect: as the run did, with files and secrets read from environment variables."""

import math
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from conformance.config.settings import Settings

CA: Final = "CONFORMANCE_CA"
CLIENT_CERTIFICATE: Final = "CONFORMANCE_CLIENT_CERT"
CLIENT_KEY: Final = "CONFORMANCE_CLIENT_KEY"
PROXY: Final = "CONFORMANCE_PROXY"
_HEADER: Final = "CONFORMANCE_HEADER_"
_MIN_TIMEOUT: Final = 60  # seconds for a request of a script or a test


def connection_data(settings: Settings) -> dict[str, Any]:
    """Return what the connection of a run uses, without paths and secrets, for the run record."""
    return {
        **asdict(settings.connection_traits),
        "headers": list(header_names(settings)),
        "verify_tls": settings.connection.verify_tls,
        "timeout": settings.limits.timeout,
    }


def header_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the headers that are added to each request."""
    return tuple(name for name, _ in settings.connection.headers) or settings.header_names


def verifies_tls(connection: Mapping[str, Any]) -> bool:
    """Return whether the certificate of the target must be valid; older records do not state it."""
    return bool(connection.get("verify_tls", True))


def timeout(connection: Mapping[str, Any]) -> int:
    """Return the seconds that a script or a test waits for a response: at least as long as the run did."""
    seconds: float = connection.get("timeout", _MIN_TIMEOUT)
    return max(_MIN_TIMEOUT, math.ceil(seconds))


def curl_options(connection: Mapping[str, Any]) -> str:
    """Return the options of curl for a connection, each after a space."""
    return "".join(f" {option}" for option in _options(connection))


def variables(connection: Mapping[str, Any]) -> list[str]:
    """Return the environment variables that the options of curl read."""
    return re.findall(r'"\$(\w+)"', curl_options(connection))


def header_variable(name: str) -> str:
    """Return the environment variable with the value of a header that is added to each request."""
    return _HEADER + re.sub("[^A-Z0-9]", "_", name.upper())


def _options(connection: Mapping[str, Any]) -> Iterator[str]:
    if not verifies_tls(connection):
        yield "--insecure"
    if connection.get("ca"):
        yield f'{"--capath" if connection["ca"] == "folder" else "--cacert"} "${CA}"'
    if connection.get("client_cert"):
        yield f'--cert "${CLIENT_CERTIFICATE}"'
    if connection.get("client_cert") == "pair":
        yield f'--key "${CLIENT_KEY}"'
    if connection.get("proxy"):
        yield f'--proxy "${PROXY}"'
    for name in connection.get("headers", ()):
        yield f'-H {shlex.quote(f"{name}: ")}"${header_variable(name)}"'
