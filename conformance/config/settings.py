"""Settings of a run."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from conformance.config.target import Connection, ConnectionTraits, Limits, Target
from reports.records.baseline import Baseline


class Effort(StrEnum):
    """Number of test cases: boundary values only, also generated values, or many generated values."""

    SMOKE = "smoke"
    STANDARD = "standard"
    THOROUGH = "thorough"

    @property
    def examples(self) -> int:
        """Return the number of generated examples of a property-based check; 0: explicit examples only."""
        return {Effort.SMOKE: 0, Effort.STANDARD: 80, Effort.THOROUGH: 600}[self]

    @property
    def max_requests(self) -> int:
        """Return the maximum number of requests of a complete run without findings."""
        return {Effort.SMOKE: 1200, Effort.STANDARD: 5500, Effort.THOROUGH: 11000}[self]

    @property
    def created_resources(self) -> int:
        """Return the approximate number of resources that a complete run creates."""
        return {Effort.SMOKE: 250, Effort.STANDARD: 1200, Effort.THOROUGH: 3500}[self]


@dataclass(frozen=True)
class Waiver:
    """A requirement whose violation is accepted until a date."""

    requirement: str
    reason: str
    expires: date  # the last day on which it applies
    pattern: str = ""  # by which the waiver names it; empty if it names the id


@dataclass(frozen=True)
class Shard:
    """One of `of` parts of a run; numbers start at 1."""

    number: int
    of: int


@dataclass(frozen=True)
class Settings:
    """All settings of a run."""

    target: Target
    limits: Limits = field(default_factory=Limits)
    connection: Connection = field(default_factory=Connection)
    effort: Effort = Effort.STANDARD
    seed: int | None = None  # None: the same examples in every run
    select: str = ""
    shard: Shard | None = None  # None: the complete run
    property_based_only: bool = False  # property-based and passive checks only
    waivers: tuple[Waiver, ...] = ()
    baseline: Baseline | None = None  # an earlier run, whose failures are known
    strict: bool = False
    allow_leftovers: bool = False  # run even if the target cannot delete
    fail_fast: bool = False  # stop at the first failed requirement
    max_failures: int | None = None  # stop after that many failed requirements; None: never
    output: Path = Path("conformance-results")
    connection_traits: ConnectionTraits = field(default_factory=ConnectionTraits)
    header_names: tuple[str, ...] = ()  # of the headers added to each request; the values are secret
    force: bool = False  # overwrite a certificate, and files that the suite did not write
    prefix: str = "00000000"  # part of every name that the run creates
    notices: tuple[str, ...] = ()  # printed before the first request: inputs other than the command line

    @property
    def failure_limit(self) -> int | None:
        """Return the number of failed requirements after which the run stops; None if it does not."""
        return 1 if self.fail_fast else self.max_failures
