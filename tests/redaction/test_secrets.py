"""No output contains a secret, or 12 characters of one, for a target that repeats its requests."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from tests.support.fake_targets import reference
from tests.support.secret_canaries import (
    ECHOES,
    KEY,
    PROJECT,
    PROXY_PASSWORD,
    PROXY_USER,
    TOKEN,
    echoing,
    found,
    written,
)

COMMAND = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
MAIN = "from conformance.cli.main import main; main()"
CRASHING = """
import conformance.testkit.expect as expect
def crash(exchange, *_):
    raise RuntimeError(f"{exchange!r} {exchange.response!r}")
expect.refused = expect.unauthorized = crash
"""
BREAKING = """
import itertools
from conformance.transport.same_origin import SameOriginTransport
send, turns = SameOriginTransport.handle_request, itertools.count()
def broken(self, request):
    if next(turns) >= {requests}:
        raise RuntimeError(str(request.headers.raw) + str(request.url) + str(self._inner._connections))
    return send(self, request)
SameOriginTransport.handle_request = broken
"""
SECRETS = {PROJECT_VARIABLE: PROJECT, TOKEN_VARIABLE: TOKEN}
PATIENCE = 120.0
SOME = ("--select", "VC-CREATE-NAME-*,API-AUTH-*,API-ERR-*")


@dataclass(frozen=True)
class Target:
    """A server that repeats its requests, the output directory, and the options of a run."""

    origin: str
    folder: Path

    @property
    def options(self) -> tuple[str, ...]:
        proxy = self.origin.replace("://", f"://{PROXY_USER}:{PROXY_PASSWORD}@")
        told = ("--target", f"{self.origin}/?key={KEY}", "--header", f"X-Api-Key: {KEY}", "--proxy", proxy)
        return (*told, "--effort", "smoke")

    def started(self, *arguments: str, before: str = "") -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", f"{COMMAND}{before}\n{MAIN}", *arguments],
            cwd=self.folder,
            env=os.environ | SECRETS,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def said(self, *arguments: str, before: str = "") -> str:
        """Run a command, and save its terminal output next to its files."""
        with self.started(*arguments, before=before) as process:
            said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode in {0, 1, 2, 3, 4, 5}, said
        number = len([*self.folder.glob("screen-*")])
        (self.folder / f"screen-{number}.txt").write_text(said)
        return said


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with reference(environment=SECRETS) as behind, echoing(behind) as origin:
        yield origin


@pytest.fixture
def target(server: str, tmp_path: Path) -> Target:
    return Target(server, tmp_path)


def test_the_output_files_of_a_full_run_contain_no_secret(target: Target) -> None:
    target.said("keygen", "keys")
    signed = ("--key", "keys/private.pem", "--vendor", "v", "--product", "p", "--product-version", "1")
    target.said("certify", *target.options, *signed, "--output", "one")
    results = json.loads((target.folder / "one" / "results.json").read_text())
    assert results["requests"] > 1000
    assert results["counts"]["failed"] > 10, "the server spoils too little to be a test"
    assert results["counts"]["error"] == 0
    worth = target.said("verify", "one", "--public-key", "keys/public.pem").splitlines()
    assert worth[0].startswith("does not "), worth
    shutil.copytree(target.folder / "one", target.folder / "two")
    target.said("report", "two")
    target.said("compare", "one", "two", "--output", "compared.md")
    (target.folder / "two" / "results.json").unlink()
    target.said("report", "two")
    assert found(written(target.folder)) == []
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (target.folder / "one").rglob("*")}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}


@pytest.mark.parametrize("detail", ["--verbose", "--quiet"])
def test_terminal_output_contains_no_secret(target: Target, detail: str) -> None:
    said = target.said("run", *target.options, *SOME, detail)
    assert "failed" in said
    assert found(written(target.folder)) == []


def test_a_check_that_crashes_shows_no_secret(target: Target) -> None:
    said = target.said("run", *target.options, *SOME, "--verbose", before=CRASHING)
    results = json.loads((target.folder / "conformance-results" / "results.json").read_text())
    assert results["counts"]["error"] > 5
    assert results["exit_code"] == 4
    assert "RuntimeError" in said
    assert found(written(target.folder)) == []


@pytest.mark.parametrize("requests", [0, 200])
def test_a_crash_at_the_bottom_of_the_stack_shows_no_secret(target: Target, requests: int) -> None:
    said = target.said("run", *target.options, *SOME, "--verbose", before=BREAKING.format(requests=requests))
    assert "Traceback" not in said.splitlines()[-1]
    assert found(written(target.folder)) == []


def test_the_search_for_canaries_detects_them(tmp_path: Path) -> None:
    for number, form in enumerate(ECHOES):
        (tmp_path / f"{number:03}.txt").write_text(f"some {form} text")
    assert len({name for name, _ in found(written(tmp_path)) if name.endswith("txt")}) > 0.8 * len(ECHOES)


def test_an_interrupted_run_shows_no_secret(target: Target) -> None:
    process = target.started("run", *target.options)
    ledger = target.folder / "conformance-results" / "ledger.ndjson"
    with process:
        deadline = time.monotonic() + PATIENCE
        while not ledger.exists() or ledger.read_text().count("\n") < 60:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    (target.folder / "screen.txt").write_text(said)
    assert found(written(target.folder)) == []


def test_the_doctor_shows_no_secret(target: Target) -> None:
    assert "connection" in target.said("doctor", *target.options[:-2])
    away = target.origin.replace("127.0.0.1", "127.0.0.2:1#")
    target.said("doctor", "--target", away, *target.options[2:-2])
    assert found(written(target.folder)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--api-token", TOKEN),
        ("run", f"--token={TOKEN}"),
        ("doctor", "--token", TOKEN),
        ("run", TOKEN),
        ("run", "--select", TOKEN),
        ("run", "--profile", TOKEN),
        ("run", "--target", f"https://{PROJECT}:{TOKEN}@example.test"),
        ("run", "--target", f"https://{PROXY_USER}:{PROXY_PASSWORD}@example.test:99999999"),
        ("run", "--target", f"https://{PROXY_USER}:{PROXY_PASSWORD}/@example.test"),
        ("run", "--target", f"ftp://example.test?key={KEY}"),
        ("run", "--target", "http://127.0.0.1:9", "--header", f"X-Api-Key {KEY}"),
        ("run", "--config", "conformance.toml"),
    ],
    ids=range(12),
)
def test_a_secret_in_the_wrong_place_is_not_printed(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    if "--config" in arguments:
        (tmp_path / "conformance.toml").write_text(f'api_token = "{TOKEN}"\n')
    target = Target("http://127.0.0.1:9", tmp_path)
    with target.started(*arguments) as process:
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2, said
    assert "Traceback" not in said
    assert found([("screen", said)]) == []
    if any("token" in each for each in arguments[1:2]):
        assert "SIGNALWIRE_API_TOKEN" in said
        assert "--api-token-file" in said
