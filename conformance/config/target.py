"""The server under test: its address, credentials and profiles, the limits and the connection."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx

from conformance.http.credentials import Account
from spec.capabilities import Capability

PROFILES: Final = ("video", "fabric")
BASE_PATHS: Final[Mapping[str, str]] = {"video": "/api/video", "fabric": "/api/fabric"}


@dataclass(frozen=True)
class Target:
    """The server under test, with valid credentials and the profiles that it implements."""

    url: httpx.URL
    account: Account
    profiles: tuple[str, ...] = PROFILES
    base_paths: Mapping[str, str] = field(default_factory=lambda: dict(BASE_PATHS))
    missing_capabilities: tuple[str, ...] = ()  # names, in the order of the documentation
    active_session: str | None = None  # id of a conference with an active session
    supports_delete: bool = True  # whether it supports DELETE
    read_only: bool = False  # send GET requests only
    allow_logged_credentials: bool = False  # send valid credentials also where servers log them
    is_reference: bool = False  # the built-in reference server, because no target is specified
    reference_options: tuple[
        str, ...
    ] = ()  # --fault and --variant arguments of the built-in reference server

    @property
    def origin(self) -> str:
        """Return the address as specified by the user, without a trailing slash."""
        return str(self.url).rstrip("/")

    def has(self, *capabilities: Capability) -> bool:
        """Return whether no capability of these is declared to be missing."""
        return set(capabilities).isdisjoint(self.missing_capabilities)

    @property
    def keeps_resources(self) -> bool:
        """Return whether created resources exist afterwards, so that they have to be deleted."""
        return self.has(Capability.STATE) or self.has(Capability.DELETE)

    def target_path(self, path: str) -> str:
        """Return the path at this target for a documented path."""
        for profile, documented in BASE_PATHS.items():
            if path.startswith(f"{documented}/"):
                path = self.base_paths[profile] + path.removeprefix(documented)
                break
        base = self.url.raw_path.decode("ascii")  # not decoded: in a decoded path, %2F is a separator
        return base.rstrip("/") + path


@dataclass(frozen=True)
class Limits:
    """Limits on the load, the number of resources and the duration of a run."""

    concurrency: int = 16
    requests_per_second: float | None = None
    max_requests: int | None = None
    max_live: int | None = 50  # resources that exist at a time; None: unlimited
    timeout: float = 10.0  # seconds for one request
    max_seconds: float = 3600.0  # for the run; clean-up may take up to the same time again
    wait: float = 0.0  # seconds to wait until the target is ready, before the run


@dataclass(frozen=True)
class ConnectionTraits:
    """What a connection uses, without paths and secrets, for commands that connect in the same way."""

    ca: str | None = None  # "file" or "folder"
    client_cert: str | None = None  # "file", or "pair" for certificate and key in two files
    proxy: bool = False


@dataclass(frozen=True)
class Connection:
    """How to connect to the target: extra headers, TLS files and proxy."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ca: str | None = None
    client_cert: str | None = None
    proxy: str | None = field(default=None, repr=False)
    verify_tls: bool = True  # whether the certificate of the target must be valid
    transport: httpx.BaseTransport | None = None  # replaces the network, for in-process servers
