"""Encoding of settings for worker processes."""

import json
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Effort, Settings, Shard, Waiver
from conformance.config.settings_encoding import SETTINGS_CODEC
from conformance.config.target import Connection, ConnectionTraits, Limits, Target
from conformance.http.credentials import Account
from reports.records.baseline import Baseline

MINIMAL = Settings(Target(httpx.URL("https://target.example"), Account("project", "token")))
COMPLETE = Settings(
    target=Target(
        httpx.URL("https://ä.example:8443/base/"),
        Account("project", "tokén\udcff"),
        profiles=("fabric",),
        base_paths={"video": "/v", "fabric": "/f"},
        active_session="live",
        supports_delete=False,
        read_only=True,
        missing_capabilities=("delete", "list"),
        is_reference=True,
        reference_options=("--fault", "create-201"),
        allow_logged_credentials=True,
    ),
    limits=Limits(
        concurrency=3,
        requests_per_second=1.5,
        max_requests=10,
        max_live=None,
        timeout=0.5,
        max_seconds=7.0,
        wait=9.0,
    ),
    connection=Connection(
        (("X-A", "1"), ("X-A", "2")), "ca.pem", "client.pem", "http://u:p@proxy", verify_tls=False
    ),
    effort=Effort.THOROUGH,
    seed=7,
    select="VC-*",
    shard=Shard(1, 2),
    property_based_only=True,
    waivers=(Waiver("VC-CREATE-DATE-ONLY", "known", date(2041, 5, 6), "VC-*"),),
    baseline=Baseline(
        {"seed": 7, "target": {"origin": "a"}}, {"VC-GET-STATUS": "failed"}, {"VC-GET-STATUS": "x"}
    ),
    strict=True,
    allow_leftovers=True,
    fail_fast=True,
    max_failures=3,
    connection_traits=ConnectionTraits("file", "pair", proxy=True),
    output=Path("out/worker-1"),
    force=True,
    prefix="0123abcd",
    header_names=("X-A",),
    notices=("a file is used",),
)


def encoded_and_decoded(settings: Settings) -> Any:
    return SETTINGS_CODEC.decode(json.loads(json.dumps(SETTINGS_CODEC.encode(settings))))


@pytest.mark.parametrize("settings", [MINIMAL, COMPLETE], ids=["minimal", "complete"])
def test_settings_are_unchanged_by_encoding(settings: Settings) -> None:
    assert encoded_and_decoded(settings) == settings
    assert type(encoded_and_decoded(settings).effort) is Effort


def equal_fields(settings: Any, default: Any) -> set[str]:
    return {
        field.name
        for field in fields(settings)
        if getattr(settings, field.name) == getattr(default, field.name)
    }


def test_all_settings_above_differ_from_their_defaults() -> None:
    assert equal_fields(COMPLETE, MINIMAL) == set()
    assert equal_fields(COMPLETE.target, MINIMAL.target) == set()
    assert equal_fields(COMPLETE.limits, MINIMAL.limits) == set()
    assert equal_fields(COMPLETE.connection, MINIMAL.connection) == {"transport"}


def test_settings_with_a_transport_cannot_be_encoded() -> None:
    settings = replace(
        MINIMAL, connection=Connection(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    )
    with pytest.raises(TypeError, match="MockTransport cannot be sent"):
        SETTINGS_CODEC.encode(settings)
