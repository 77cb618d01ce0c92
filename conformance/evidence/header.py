"""The header of the evidence: the settings of the run, which a replay uses."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import httpx

from conformance.config.capabilities import missing_capabilities
from conformance.config.settings import Effort, Settings, Shard, Waiver
from conformance.config.target import Limits, Target
from conformance.evidence.evidence_reader import EvidenceError, RecordedRun, parse_timestamp
from conformance.redaction.masking import account_traits
from conformance.runtime.versions import python_version, suite_versions


def header_data(settings: Settings) -> dict[str, Any]:
    """Return the header for settings without secrets: everything that checks and verdicts depend on."""
    target = settings.target
    return {
        "suite": suite_versions(),
        "python": python_version(),
        "target": {
            "origin": target.origin,
            "base_paths": dict(target.base_paths),
            "active_session": target.active_session,
            "without": list(target.missing_capabilities),
            "read_only": target.read_only,
            "allow_logged_credentials": target.allow_logged_credentials,
            "reference": target.is_reference,
            "reference_options": list(target.reference_options),
        },
        "account": account_traits(target.account),
        "profiles": list(target.profiles),
        "effort": str(settings.effort),
        "seed": settings.seed,
        "select": settings.select,
        "shard": settings.shard and asdict(settings.shard),
        "property_based_only": settings.property_based_only,
        "waivers": [
            {
                "requirement": waiver.requirement,
                "reason": waiver.reason,
                "expires": waiver.expires.isoformat(),
            }
            for waiver in settings.waivers
        ],
        "strict": settings.strict,
        "prefix": settings.prefix,
        "concurrency": settings.limits.concurrency,
        "max_requests": settings.limits.max_requests,
        "max_live": settings.limits.max_live,
        "max_seconds": settings.limits.max_seconds,
        "timeout": settings.limits.timeout,
        "rate_limit": settings.limits.requests_per_second,
        "headers": list(settings.header_names),
        "fail_fast": settings.fail_fast,
        "allow_leftovers": settings.allow_leftovers,
    }


def recorded_options(settings: Settings) -> dict[str, Any]:
    """Return the options for the run record, except profiles, effort and selection."""
    limits = settings.limits
    return {
        "concurrency": limits.concurrency,
        "rate_limit": limits.requests_per_second,
        "max_requests": limits.max_requests,
        "max_live": limits.max_live,
        "max_seconds": limits.max_seconds,
        "timeout": limits.timeout,
        "base_paths": dict(settings.target.base_paths),
        "allow_leftovers": settings.allow_leftovers,
        "fail_fast": settings.fail_fast,
        "headers": list(settings.header_names),
    }


def recorded_settings(recorded_run: RecordedRun) -> Settings:
    """Return the settings of the run in the evidence, with a placeholder for its account.

    Raise EvidenceError if the header is not valid.
    """
    data = recorded_run.header
    try:
        parse_timestamp(data["started"])
        return Settings(
            target=_target(data, recorded_run),
            limits=_limits(data),
            effort=Effort(data["effort"]),
            seed=data["seed"],
            select=_string(data["select"]),
            shard=data["shard"] and Shard(**data["shard"]),
            property_based_only=data.get("property_based_only", False),
            waivers=tuple(map(_waiver, data["waivers"])),
            strict=data["strict"],
            allow_leftovers=data["allow_leftovers"],
            fail_fast=data["fail_fast"],
            header_names=tuple(data["headers"]),
            prefix=data["prefix"],
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, httpx.InvalidURL) as error:
        problem = f"{type(error).__name__}: {error}"
        raise EvidenceError(f"the header of the evidence is not valid ({problem})") from None


def _limits(data: Mapping[str, Any]) -> Limits:
    return Limits(
        concurrency=data["concurrency"],
        requests_per_second=data["rate_limit"],
        max_requests=data["max_requests"],
        max_live=data["max_live"],
        timeout=data["timeout"],
        max_seconds=data["max_seconds"],
    )


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


def _waiver(data: Mapping[str, str]) -> Waiver:
    return Waiver(data["requirement"], data["reason"], date.fromisoformat(data["expires"]))


def _target(data: Mapping[str, Any], recorded_run: RecordedRun) -> Target:
    target = data["target"]
    return Target(
        url=httpx.URL(target["origin"]),
        account=recorded_run.account,
        profiles=tuple(data["profiles"]),
        base_paths=target["base_paths"],
        missing_capabilities=missing_capabilities(target.get("without", ()), mock=False),
        active_session=target["active_session"],
        read_only=target["read_only"],
        # evidence of older versions has no such member
        allow_logged_credentials=target.get("allow_logged_credentials", True),
        is_reference=target["reference"],
        reference_options=tuple(target["reference_options"]),
    )
