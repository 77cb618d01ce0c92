"""Tasks of a campaign: the unit of work that any worker process executes, and its result, as JSON data."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self


class TaskKind(StrEnum):
    """What a task does with its cases."""

    SEARCH = "search"  # generates new cases and varies those of the task
    REPLAY = "replay"  # sends the cases of the task again
    REPEAT = "repeat"  # sends them again and again, for violations that not every request shows


@dataclass(frozen=True)
class Task:
    """Cases, a seed, and the number of requests that the task may send."""

    number: int
    kind: TaskKind
    seed: int
    max_requests: int
    max_extra: int = 0  # requests that it may also send to confirm and shrink what it shows
    cases: Sequence[Mapping[str, Any]] = ()
    known: Sequence[Mapping[str, Any]] = ()  # triggers of the findings so far

    def data(self) -> dict[str, Any]:
        """Return the task as JSON data."""
        return {**asdict(self), "kind": str(self.kind)}

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the task in JSON data."""
        return cls(**{**data, "kind": TaskKind(data["kind"])})


@dataclass
class TaskResult:
    """What a task showed: features, cases with new features, and violations that were not seen again."""

    number: int
    requests: int = 0
    features: list[int] = field(default_factory=list)
    cases: list[Mapping[str, Any]] = field(default_factory=list)
    value_classes: dict[str, list[str]] = field(default_factory=dict)  # new ones, by operation and member
    suspects: list[Mapping[str, Any]] = field(default_factory=list)
    passed: list[Mapping[str, Any]] = field(default_factory=list)  # cases sent again without a violation
    observed: list[str] = field(default_factory=list)  # requirements with an observation
    explained: int = 0  # violations by known faults

    def data(self) -> dict[str, Any]:
        """Return the result as JSON data."""
        return asdict(self)

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the result in JSON data."""
        return cls(**data)


@dataclass(frozen=True)
class ReportedFinding:
    """A confirmed finding: its record with one requirement, its smallest case, and its trigger."""

    record: Mapping[str, Any]
    case: Mapping[str, Any]
    trigger: Mapping[str, Any]
    seed: int

    def data(self) -> dict[str, Any]:
        """Return the finding as JSON data."""
        return asdict(self)

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the finding in JSON data."""
        return cls(**data)
