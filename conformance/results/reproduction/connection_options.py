"""How reproductions connect: as the run did, with all values read from environment variables."""

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


def connection_data(settings: Settings) -> dict[str, Any]:
    """Return what the connection of a run uses, without paths and secrets, for the run record."""
    names = tuple(name for name, _ in settings.connection.headers) or settings.header_names
    return {**asdict(settings.connection_traits), "headers": list(names)}


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
