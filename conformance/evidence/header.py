"""The header of the evidence: the settings of the run, which a replay uses."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import httpx

from conformance.config.capabilities import missing_capabilities
from conformance.config.settings import Effort, Settings, Shard, Waiver
from conformance.config.target import Connection, ConnectionTraits, Limits, Target
from conformance.evidence.evidence_reader import EvidenceError, RecordedRun, parse_timestamp
from conformance.redaction.masking import account_traits
from conformance.runtime.versions import python_version, suite_versions
from reports.records.baseline import Baseline


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
                **({"pattern": waiver.pattern} if waiver.pattern else {}),
            }
            for waiver in settings.waivers
        ],
        "baseline": settings.baseline and asdict(settings.baseline),
        "strict": settings.strict,
        "prefix": settings.prefix,
        "concurrency": settings.limits.concurrency,
        "max_requests": settings.limits.max_requests,
        "max_live": settings.limits.max_live,
        "max_seconds": settings.limits.max_seconds,
        "timeout": settings.limits.timeout,
        "rate_limit": settings.limits.requests_per_second,
        "headers": list(settings.header_names),
        "connection": asdict(settings.connection_traits),
        "fail_fast": settings.fail_fast,
        "max_failures": settings.max_failures,
        "allow_leftovers": settings.allow_leftovers,
        "verify_tls": settings.connection.verify_tls,
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
        "max_failures": settings.max_failures,
        "headers": list(settings.header_names),
        "verify_tls": settings.connection.verify_tls,
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
            baseline=Baseline(**data["baseline"]) if data.get("baseline") else None,
            strict=data["strict"],
            allow_leftovers=data["allow_leftovers"],
            fail_fast=data["fail_fast"],
            # evidence of older versions has neither of these members
            max_failures=data.get("max_failures"),
            connection=Connection(verify_tls=data.get("verify_tls", True)),
            connection_traits=_connection_traits(data.get("connection", {})),
            header_names=tuple(map(_string, data["headers"])),
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


def _connection_traits(data: Mapping[str, Any]) -> ConnectionTraits:
    """Return what the connection used; evidence of older versions does not state it."""
    traits = ConnectionTraits(**data)
    known = traits.ca in {None, "file", "folder"} and traits.client_cert in {None, "file", "pair"}
    if not known or not isinstance(traits.proxy, bool):
        raise ValueError(f"connection: {data!r}")
    return traits


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


def _waiver(data: Mapping[str, str]) -> Waiver:
    return Waiver(
        data["requirement"], data["reason"], date.fromisoformat(data["expires"]), data.get("pattern", "")
    )


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
