"""The default certification run, and the options by which a run differs from it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from spec.capabilities import CAPABILITIES

PROFILES: Final = frozenset({"video", "fabric"})
BASE_PATHS: Final[Mapping[str, str]] = {"video": "/api/video", "fabric": "/api/fabric"}
EFFORTS: Final = frozenset({"standard", "thorough"})
MIN_CONCURRENCY: Final = 2  # a single request at a time causes no races
MIN_LIMITS: Final = {"max_live": 50, "max_seconds": 3600, "timeout": 10}  # the defaults; null means no limit

_MAX_SELECT: Final = 300  # characters of a selection in a sentence
_MAX_ITEMS: Final = 3  # of a longer selection
_WITH_PATH: Final = re.compile(r"[a-z]+://[^/\s]*(/\S*)")


@dataclass(frozen=True)
class OptionDifference:
    """An option by which a run differs from a default certification run, and a sentence about it."""

    option: str
    sentence: str
    is_limitation: bool = True  # whether a conforming run with this option is partial


def differences(record: Mapping[str, Any]) -> tuple[OptionDifference, ...]:
    """Return the differences from a default certification run."""
    return (*_target_differences(record), *_selection_differences(record), *_case_differences(record))


def _target_differences(record: Mapping[str, Any]) -> Iterator[OptionDifference]:
    target = record["target"]
    if target["reference"]:
        reason = "The target is the built-in reference server: --target was not specified."
        yield OptionDifference("no --target", reason, is_limitation=False)
    below = _WITH_PATH.fullmatch(target["origin"])
    if below:
        path = below[1]
        reason = f"Partial: all requests were sent to paths below {path}."
        yield OptionDifference(f"--target with path {path}", reason)
    options = record.get("options") or {}
    if not options.get("verify_tls", True):
        reason = "Partial: TLS certificates were not verified; another server may have sent the responses."
        yield OptionDifference("--no-verify-tls", reason)
    for name, default in BASE_PATHS.items():
        path = options.get("base_paths", BASE_PATHS).get(name)
        if path != default:
            reason = f"Partial: requests of profile {name} were sent to {path or '/'} instead of {default}."
            yield OptionDifference(f"base_paths {name} {path or '/'}", reason)


def _selection_differences(record: Mapping[str, Any]) -> Iterator[OptionDifference]:
    if record.get("select"):
        select = _abridged(record["select"])
        reason = f"Partial: only the requirements selected by {select} were decided."
        yield OptionDifference(f"--select {select}", reason)
    if record.get("shard"):
        part = f"{record['shard']['number']}/{record['shard']['of']}"
        reason = f"Partial: this is shard {part.replace('/', ' of ')}."
        yield OptionDifference(f"--shard {part}", reason)
    if record.get("property_based_only"):
        reason = "Partial: only property-based checks and passive checks were run."
        yield OptionDifference("a round of fuzz", reason)
    if record.get("read_only"):
        reason = "Partial: read-only; requirements that need a create or a delete were not decided."
        yield OptionDifference("--read-only", reason)
    yield from _capability_differences(record)
    if set(record["profiles"]) != PROFILES:
        claimed = ", ".join(record["profiles"]) or "none"
        yield OptionDifference(f"--profile {claimed}", f"Partial: the only claimed profile is {claimed}.")


def _capability_differences(record: Mapping[str, Any]) -> Iterator[OptionDifference]:
    names = record.get("without")
    if names:
        option = capability_option(names)
        reason = f"Partial ({option}): requirements that need {_joined(names)} were not tested."
        yield OptionDifference(option, reason)


def capability_option(names: Sequence[str]) -> str:
    """Return the option that declares capabilities to be missing."""
    return "--mock" if set(CAPABILITIES) == set(names) else f"--without {','.join(names)}"


def _joined(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def _abridged(select: str) -> str:
    """Return a selection, or its first items and the number of the others if it is long."""
    if len(select) <= _MAX_SELECT:
        return select
    items = select.split(",")
    return f"{','.join(items[:_MAX_ITEMS])[:_MAX_SELECT]} and {len(items) - _MAX_ITEMS} more"


def _case_differences(record: Mapping[str, Any]) -> Iterator[OptionDifference]:
    if record["effort"] not in EFFORTS:
        reason = f"Partial: effort {record['effort']} sends fewer requests than effort standard."
        yield OptionDifference(f"--effort {record['effort']}", reason)
    if record["seed"] is not None:
        reason = f"Partial: seed {record['seed']} generates different random cases than the default."
        yield OptionDifference(f"--seed {record['seed']}", reason)
    options = record.get("options") or {}
    if options.get("concurrency", MIN_CONCURRENCY) < MIN_CONCURRENCY:
        reason = "Partial: requests were sent one at a time."
        yield OptionDifference(f"--concurrency {options['concurrency']}", reason)
    yield from _limit_differences(options)
    if options.get("fail_fast"):
        reason = "Partial: the run was configured to stop at the first violated requirement."
        yield OptionDifference("--fail-fast", reason)
    if options.get("max_failures") is not None:
        reason = (
            f"Partial: the run was configured to stop after {options['max_failures']} violated requirements."
        )
        yield OptionDifference(f"--max-failures {options['max_failures']}", reason)
    if options.get("allow_leftovers"):
        reason = "Partial: the run was allowed to leave resources on the target."
        yield OptionDifference("--allow-leftovers", reason)
    if options.get("headers"):
        names = ", ".join(options["headers"])
        reason = f"Partial: headers were added to every request: {names}."
        yield OptionDifference(f"--header {names}", reason)


def _limit_differences(options: Mapping[str, Any]) -> Iterator[OptionDifference]:
    if options.get("max_requests") is not None:
        requests = options["max_requests"]
        reason = f"Partial: the run was limited to {requests} requests."
        yield OptionDifference(f"--max-requests {requests}", reason)
    for name, default in MIN_LIMITS.items():
        value = options.get(name)
        if value is not None and value < default:
            option = f"--{name.replace('_', '-')} {value:g}"
            yield OptionDifference(option, f"Partial: {option} is less than the default of {default}.")
