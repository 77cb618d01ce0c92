"""The server under test: where it is, who opens it, what it claims."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx

from conformance.http.credentials import Account

PROFILES: Final = ("video", "fabric")
BASE_PATHS: Final[Mapping[str, str]] = {"video": "/api/video", "fabric": "/api/fabric"}


@dataclass(frozen=True)
class Target:
    """An address with the account that opens it and the profiles that it claims."""

    url: httpx.URL
    account: Account
    profiles: tuple[str, ...] = PROFILES
    base_paths: Mapping[str, str] = field(default_factory=lambda: dict(BASE_PATHS))
    active_session: str | None = None  # a conference that has a live session
    deletes: bool = True  # whether what was created there can be deleted
    read_only: bool = False  # nothing may be created or deleted there
    allow_logged_credentials: bool = False  # send the live ones where servers log them, too
    reference: bool = False  # the built-in server, since no target was named
    flaws: tuple[str, ...] = ()  # the options that make the built-in server wrong or different

    @property
    def origin(self) -> str:
        """Return the address as the user gave it, without a final slash."""
        return str(self.url).rstrip("/")

    def locate(self, path: str) -> str:
        """Return where a documented path stands at this target."""
        for profile, documented in BASE_PATHS.items():
            if path.startswith(f"{documented}/"):
                path = self.base_paths[profile] + path.removeprefix(documented)
                break
        base = self.url.raw_path.decode("ascii")  # as it was given: in a decoded path, %2F is a separator
        return base.rstrip("/") + path


@dataclass(frozen=True)
class Limits:
    """What a run may cost the target, and how it is reached."""

    concurrency: int = 16
    per_second: float | None = None
    requests: int | None = None
    live: int | None = 50  # resources at once; None: as many as there are
    timeout: float = 10.0  # seconds for one request
    seconds: float = 3600.0  # for the whole run; clean-up may take as long again


@dataclass(frozen=True)
class Connection:
    """How the target is reached, beyond its address."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ca: str | None = None
    client_cert: str | None = None
    proxy: str | None = field(default=None, repr=False)
    transport: httpx.BaseTransport | None = None  # in place of sockets, where no network is wanted
