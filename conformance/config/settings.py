"""What a run is asked to do."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from conformance.config.target import Connection, Limits, Target


class Effort(StrEnum):
    """How much is tried: every constraint at its edges, random values beyond them, many of those."""

    SMOKE = "smoke"
    STANDARD = "standard"
    THOROUGH = "thorough"

    @property
    def examples(self) -> int:
        """Return how many random cases an exploring check sends; 0: its written cases alone."""
        return {Effort.SMOKE: 0, Effort.STANDARD: 80, Effort.THOROUGH: 600}[self]

    @property
    def requests(self) -> int:
        """Return how many requests a whole run sends at the most while it finds nothing."""
        return {Effort.SMOKE: 1200, Effort.STANDARD: 5000, Effort.THOROUGH: 11000}[self]

    @property
    def creates(self) -> int:
        """Return about how many conferences and rooms a run creates, and leaves where nothing is deleted."""
        return {Effort.SMOKE: 250, Effort.STANDARD: 1200, Effort.THOROUGH: 3500}[self]


@dataclass(frozen=True)
class Waiver:
    """A requirement that is excused, why, and until which day."""

    requirement: str
    reason: str
    expires: date


@dataclass(frozen=True)
class Shard:
    """One of several parts of a run, counted from 1."""

    number: int
    of: int


@dataclass(frozen=True)
class Settings:
    """One run: the target and how it is treated."""

    target: Target
    limits: Limits = field(default_factory=Limits)
    connection: Connection = field(default_factory=Connection)
    effort: Effort = Effort.STANDARD
    seed: int | None = None  # None: the same cases every time
    select: str = ""
    shard: Shard | None = None  # None: all of it
    exploring: bool = False  # only what draws random values, and what judges the answers to it
    waivers: tuple[Waiver, ...] = ()
    strict: bool = False
    allow_leftovers: bool = False  # run although the target cannot delete
    fail_fast: bool = False  # stop at the first requirement that is broken
    output: Path = Path("conformance-results")
    header_names: tuple[str, ...] = ()  # of headers added to each request, once their values are removed
    force: bool = False  # overwrite a certificate, and files that the suite did not write
    prefix: str = "00000000"  # in every name that the run creates
    notices: tuple[
        str, ...
    ] = ()  # printed before the first request: what is used that was not on the command line
