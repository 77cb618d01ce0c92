"""The header of the evidence: what a run was asked to do, for those who judge it again."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import httpx

from conformance.evidence import Testimony, kind_of
from conformance.provenance import environment, suite
from conformance.settings import Effort, Settings, Shard, Waiver
from conformance.target import Limits, Target
from conformance.transport.redaction import Redactor


def header(settings: Settings) -> dict[str, Any]:
    """Return all that the checks and their judgement go by, secrets removed."""
    target, redactor = settings.target, Redactor(settings.target.account)
    return {
        "suite": suite(),
        "python": environment(),
        "target": {
            "origin": redactor(target.origin),
            "base_paths": dict(target.base_paths),
            "active_session": target.active_session,
            "reference": target.reference,
            "flaws": list(target.flaws),
        },
        "account": kind_of(target.account),
        "profiles": list(target.profiles),
        "effort": str(settings.effort),
        "seed": settings.seed,
        "select": settings.select,
        "shard": settings.shard and asdict(settings.shard),
        "waivers": [
            {
                "requirement": each.requirement,
                "reason": redactor(each.reason),
                "expires": each.expires.isoformat(),
            }
            for each in settings.waivers
        ],
        "strict": settings.strict,
        "prefix": settings.prefix,
        "concurrency": settings.limits.concurrency,
        "requests": settings.limits.requests,
    }


def settings(testimony: Testimony) -> Settings:
    """Return the settings of the run that left the evidence, with a stand-in for its account."""
    told = testimony.header
    return Settings(
        target=_target(told, testimony),
        limits=Limits(concurrency=told["concurrency"]),
        effort=Effort(told["effort"]),
        seed=told["seed"],
        select=told["select"],
        shard=told["shard"] and Shard(**told["shard"]),
        waivers=tuple(
            Waiver(each["requirement"], each["reason"], date.fromisoformat(each["expires"]))
            for each in told["waivers"]
        ),
        strict=told["strict"],
        prefix=told["prefix"],
    )


def _target(told: Mapping[str, Any], testimony: Testimony) -> Target:
    target = told["target"]
    return Target(
        url=httpx.URL(target["origin"]),
        account=testimony.account,
        profiles=tuple(told["profiles"]),
        base_paths=target["base_paths"],
        active_session=target["active_session"],
        reference=target["reference"],
        flaws=tuple(target["flaws"]),
    )
