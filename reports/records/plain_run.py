"""The plain certifying run, and the options by which a run differs from it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

PROFILES: Final = frozenset({"video", "fabric"})
BASE_PATHS: Final[Mapping[str, str]] = {"video": "/api/video", "fabric": "/api/fabric"}
EFFORTS: Final = frozenset({"standard", "thorough"})
LEAST_CONCURRENCY: Final = 2  # fewer requests at the same time are no race
LEAST: Final = {"max_live": 50, "max_seconds": 3600, "timeout": 10}  # the defaults; null means no limit

_WITH_PATH: Final = re.compile(r"[a-z]+://[^/\s]*(/\S*)")


@dataclass(frozen=True)
class Difference:
    """An option that makes a run less than the plain certifying run, and a sentence for a reader."""

    option: str
    sentence: str


def differences(record: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return how a run differs from the plain certifying run; nothing for a plain one."""
    return (*_of_the_target(record), *_of_the_selection(record), *_of_the_cases(record))


def _of_the_target(record: Mapping[str, Any]) -> Iterator[Difference]:
    target = record["target"]
    if target["reference"]:
        reason = "The target is the suite's own reference server: no --target was given."
        yield Difference("no --target", reason)
    below = _WITH_PATH.fullmatch(target["origin"])
    if below:
        path = below[1]
        yield Difference(f"--target with path {path}", f"Partial: all requests went below {path}.")
    options = record.get("options") or {}
    for name, usual in BASE_PATHS.items():
        given = options.get("base_paths", BASE_PATHS).get(name)
        if given != usual:
            reason = f"Partial: requests of the profile {name} went to {given or '/'} instead of {usual}."
            yield Difference(f"base_paths {name} {given or '/'}", reason)


def _of_the_selection(record: Mapping[str, Any]) -> Iterator[Difference]:
    if record.get("select"):
        reason = f"Partial: only what {record['select']} selects was decided."
        yield Difference(f"--select {record['select']}", reason)
    if record.get("shard"):
        part = f"{record['shard']['number']}/{record['shard']['of']}"
        reason = f"Partial: this is shard {part.replace('/', ' of ')}."
        yield Difference(f"--shard {part}", reason)
    if record.get("exploring"):
        reason = "Partial: only that was decided which draws random values, or judges the answers to them."
        yield Difference("a round of fuzz", reason)
    if record.get("read_only"):
        reason = "Partial: read-only, so nothing was decided that needs a create or a delete."
        yield Difference("--read-only", reason)
    if set(record["profiles"]) != PROFILES:
        claimed = ", ".join(record["profiles"]) or "none"
        yield Difference(f"--profile {claimed}", f"Partial: the only profile claimed is {claimed}.")


def _of_the_cases(record: Mapping[str, Any]) -> Iterator[Difference]:
    if record["effort"] not in EFFORTS:
        reason = f"Partial: effort {record['effort']} sends fewer requests than effort standard."
        yield Difference(f"--effort {record['effort']}", reason)
    if record["seed"] is not None:
        reason = f"Partial: seed {record['seed']} selects other random cases than the default."
        yield Difference(f"--seed {record['seed']}", reason)
    options = record.get("options") or {}
    if options.get("concurrency", LEAST_CONCURRENCY) < LEAST_CONCURRENCY:
        reason = "Partial: requests were sent one at a time."
        yield Difference(f"--concurrency {options['concurrency']}", reason)
    yield from _of_the_limits(options)
    if options.get("fail_fast"):
        yield Difference("--fail-fast", "Partial: the run was to stop at the first broken requirement.")
    if options.get("allow_leftovers"):
        reason = "Partial: the run was allowed to leave resources at the target."
        yield Difference("--allow-leftovers", reason)
    if options.get("headers"):
        names = ", ".join(options["headers"])
        reason = f"Partial: headers were added to each request: {names}."
        yield Difference(f"--header {names}", reason)


def _of_the_limits(options: Mapping[str, Any]) -> Iterator[Difference]:
    if options.get("max_requests") is not None:
        requests = options["max_requests"]
        reason = f"Partial: the run was limited to {requests} requests."
        yield Difference(f"--max-requests {requests}", reason)
    for name, least in LEAST.items():
        value = options.get(name)
        if value is not None and value < least:
            option = f"--{name.replace('_', '-')} {value:g}"
            yield Difference(option, f"Partial: {option} is less than the default of {least}.")
