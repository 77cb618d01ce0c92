"""The header of the evidence: what a run was asked to do, for those who judge it again."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import httpx

from conformance.config.settings import Effort, Settings, Shard, Waiver
from conformance.config.target import Limits, Target
from conformance.evidence.evidence_reader import EvidenceError, Testimony, moment
from conformance.redaction.masking import kind_of
from conformance.runtime.versions import environment, suite


def header(settings: Settings) -> dict[str, Any]:
    """Return all that the checks and their judgement go by, of settings that hold no secret any more."""
    target = settings.target
    return {
        "suite": suite(),
        "python": environment(),
        "target": {
            "origin": target.origin,
            "base_paths": dict(target.base_paths),
            "active_session": target.active_session,
            "read_only": target.read_only,
            "allow_logged_credentials": target.allow_logged_credentials,
            "reference": target.reference,
            "flaws": list(target.flaws),
        },
        "account": kind_of(target.account),
        "profiles": list(target.profiles),
        "effort": str(settings.effort),
        "seed": settings.seed,
        "select": settings.select,
        "shard": settings.shard and asdict(settings.shard),
        "exploring": settings.exploring,
        "waivers": [
            {"requirement": each.requirement, "reason": each.reason, "expires": each.expires.isoformat()}
            for each in settings.waivers
        ],
        "strict": settings.strict,
        "prefix": settings.prefix,
        "concurrency": settings.limits.concurrency,
        "requests": settings.limits.requests,
        "live": settings.limits.live,
        "seconds": settings.limits.seconds,
        "timeout": settings.limits.timeout,
        "per_second": settings.limits.per_second,
        "headers": list(settings.header_names),
        "fail_fast": settings.fail_fast,
        "allow_leftovers": settings.allow_leftovers,
    }


def options(settings: Settings) -> dict[str, Any]:
    """Return the options of a run as its record holds them, beside profiles, effort and selection."""
    limits = settings.limits
    return {
        "concurrency": limits.concurrency,
        "rate_limit": limits.per_second,
        "max_requests": limits.requests,
        "max_live": limits.live,
        "max_seconds": limits.seconds,
        "timeout": limits.timeout,
        "base_paths": dict(settings.target.base_paths),
        "allow_leftovers": settings.allow_leftovers,
        "fail_fast": settings.fail_fast,
        "headers": list(settings.header_names),
    }


def settings(testimony: Testimony) -> Settings:
    """Return the settings of the run that left the evidence, with a stand-in for its account.

    Raises EvidenceError where the header does not tell them.
    """
    told = testimony.header
    try:
        moment(told["started"])
        return Settings(
            target=_target(told, testimony),
            limits=_limits(told),
            effort=Effort(told["effort"]),
            seed=told["seed"],
            select=_text(told["select"]),
            shard=told["shard"] and Shard(**told["shard"]),
            exploring=told.get("exploring", False),
            waivers=tuple(map(_waiver, told["waivers"])),
            strict=told["strict"],
            allow_leftovers=told["allow_leftovers"],
            fail_fast=told["fail_fast"],
            header_names=tuple(told["headers"]),
            prefix=told["prefix"],
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, httpx.InvalidURL) as error:
        problem = f"{type(error).__name__}: {error}"
        raise EvidenceError(f"the header of the evidence does not say what was run ({problem})") from None


def _limits(told: Mapping[str, Any]) -> Limits:
    return Limits(
        concurrency=told["concurrency"],
        per_second=told["per_second"],
        requests=told["requests"],
        live=told["live"],
        timeout=told["timeout"],
        seconds=told["seconds"],
    )


def _text(told: object) -> str:
    if not isinstance(told, str):
        raise TypeError(f"{told!r} is no text")
    return told


def _waiver(told: Mapping[str, str]) -> Waiver:
    return Waiver(told["requirement"], told["reason"], date.fromisoformat(told["expires"]))


def _target(told: Mapping[str, Any], testimony: Testimony) -> Target:
    target = told["target"]
    return Target(
        url=httpx.URL(target["origin"]),
        account=testimony.account,
        profiles=tuple(told["profiles"]),
        base_paths=target["base_paths"],
        active_session=target["active_session"],
        read_only=target["read_only"],
        allow_logged_credentials=target.get(
            "allow_logged_credentials", True
        ),  # as runs before the option did
        reference=target["reference"],
        flaws=tuple(target["flaws"]),
    )
