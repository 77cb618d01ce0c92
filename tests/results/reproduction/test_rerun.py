"""The rerun command has the options without which the run could not reach its target."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from conformance.cli.main import main
from conformance.config.settings import Effort, Settings
from conformance.config.target import PROFILES, Connection, ConnectionTraits, Limits, Target
from conformance.http.credentials import Account
from conformance.results.reproduction.rerun import rerun_options
from tests.support.fake_targets import ENVIRONMENT

TARGET = Target(httpx.URL("https://example.test"), Account("project", "token"))
SETTINGS = Settings(TARGET)


def options(settings: Settings) -> str:
    return " ".join(rerun_options(settings))


def with_target(**members: Any) -> Settings:
    return replace(SETTINGS, target=replace(TARGET, **members))


def with_traits(**members: Any) -> Settings:
    return replace(SETTINGS, connection_traits=ConnectionTraits(**members))


@pytest.mark.parametrize(
    "settings, expected",
    [
        (SETTINGS, ""),
        (replace(SETTINGS, effort=Effort.SMOKE, seed=7), "--effort smoke --seed 7"),
        (with_target(profiles=("video",)), "--profile video"),
        (with_target(active_session="a b"), "--active-session 'a b'"),
        (with_target(read_only=True), "--read-only"),
        (with_target(missing_capabilities=("list",)), "--without list"),
        (with_target(url=httpx.URL("http://example.test")), "--allow-http"),
        (with_target(url=httpx.URL("http://127.0.0.1:8080")), ""),
        (replace(SETTINGS, allow_leftovers=True), "--allow-leftovers"),
        (replace(SETTINGS, limits=Limits(timeout=30)), "--timeout 30"),
        (replace(SETTINGS, limits=Limits(requests_per_second=0.5)), "--rate-limit 0.5/s"),
        (replace(SETTINGS, limits=Limits(concurrency=1, max_live=3)), "--concurrency 1 --max-live 3"),
        (replace(SETTINGS, connection=Connection(verify_tls=False)), "--no-verify-tls"),
        (with_traits(ca="folder"), '--ca "$CONFORMANCE_CA"'),
        (with_traits(client_cert="file"), '--client-cert "$CONFORMANCE_CLIENT_CERT"'),
        (
            with_traits(client_cert="pair"),
            '--client-cert "$CONFORMANCE_CLIENT_CERT,$CONFORMANCE_CLIENT_KEY"',
        ),
        (with_traits(proxy=True), '--proxy "$CONFORMANCE_PROXY"'),
        (
            replace(SETTINGS, header_names=("X-Source",)),
            "--header 'X-Source: '\"$CONFORMANCE_HEADER_X_SOURCE\"",
        ),
    ],
)
def test_what_differs_from_the_default_is_an_option(settings: Settings, expected: str) -> None:
    assert options(settings) == expected


def test_the_built_in_reference_server_needs_no_options_of_a_target() -> None:
    settings = with_target(is_reference=True, active_session="id", allow_logged_credentials=True)
    assert options(replace(settings, limits=Limits(timeout=30))) == ""


def test_the_command_accepts_all_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    settings = replace(
        with_target(
            url=httpx.URL("http://example.test"),
            profiles=PROFILES[:1],
            active_session="id",
            allow_logged_credentials=True,
        ),
        effort=Effort.SMOKE,
        seed=1,
        allow_leftovers=True,
        limits=Limits(concurrency=1, requests_per_second=7, max_live=3, timeout=30),
        connection=Connection(verify_tls=False),
        connection_traits=ConnectionTraits(client_cert="file", proxy=True),
        header_names=("X-Source",),
    )
    words = shlex.split(options(settings))
    result = CliRunner().invoke(
        main, ["run", "--target", "http://example.test", *words, "--output", str(tmp_path / "out")]
    )
    assert result.exit_code == 2
    assert "--client-cert $CONFORMANCE_CLIENT_CERT cannot be read" in result.output
