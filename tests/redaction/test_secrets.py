"""Absence of secrets in all output, for a target that returns the secrets of its requests."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from tests.support.fake_targets import reference_server
from tests.support.forked_command import TIMEOUT, run_forked
from tests.support.secrets.secret_canaries import (
    ECHOES,
    KEY,
    PROJECT,
    PROXY_PASSWORD,
    PROXY_USER,
    TOKEN,
    echoing_server,
    leaks,
    written_texts,
)

INTERRUPTIBLE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
MAIN = "from conformance.cli.main import main; main()"
CRASHING_CHECKS = """
import conformance.testkit.expect as expect
def crash(exchange, *_):
    raise RuntimeError(f"{exchange!r} {exchange.response!r}")
expect.rejected = expect.unauthorized = crash
"""
CRASHING_TRANSPORT = """
import itertools
from conformance.transport.same_origin import SameOriginTransport
send, turns = SameOriginTransport.handle_request, itertools.count()
def broken(self, request):
    if next(turns) >= {requests}:
        raise RuntimeError(str(request.headers.raw) + str(request.url) + str(vars(self._inner)))
    return send(self, request)
SameOriginTransport.handle_request = broken
"""
SECRETS = {PROJECT_VARIABLE: PROJECT, TOKEN_VARIABLE: TOKEN}
SELECTION = ("--select", "VC-CREATE-NAME-*,API-AUTH-*,API-ERR-422-*")


@dataclass(frozen=True)
class Target:
    """A server that returns the secrets of its requests, the working directory, and the options of a run."""

    origin: str
    folder: Path

    @property
    def options(self) -> tuple[str, ...]:
        proxy = self.origin.replace("://", f"://{PROXY_USER}:{PROXY_PASSWORD}@")
        address = ("--target", f"{self.origin}/?key={KEY}", "--proxy", proxy)
        return (*address, "--header", f"X-Api-Key: {KEY}", "--effort", "smoke")

    def start(self, *arguments: str, setup: str = "") -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", f"{INTERRUPTIBLE}{setup}\n{MAIN}", *arguments],
            cwd=self.folder,
            env=os.environ | SECRETS,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def execute(self, *arguments: str, setup: str = "") -> tuple[int, str]:
        """Run a command; return its exit code and its terminal output."""
        if not setup:
            done = run_forked(self.folder, ["conformance", *arguments], os.environ | SECRETS)
            return done.returncode, done.stdout + done.stderr
        with self.start(*arguments, setup=setup) as process:
            output, _ = process.communicate(timeout=TIMEOUT)
        return process.returncode, output

    def run(self, *arguments: str, setup: str = "") -> str:
        """Run a command, and save its terminal output next to its files."""
        code, output = self.execute(*arguments, setup=setup)
        assert code in {0, 1, 2, 3, 4, 5}, output
        number = len([*self.folder.glob("screen-*")])
        (self.folder / f"screen-{number}.txt").write_text(output)
        return output


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with (
        reference_server(environment=SECRETS) as reference_origin,
        echoing_server(reference_origin) as origin,
    ):
        yield origin


@pytest.fixture
def target(server: str, tmp_path: Path) -> Target:
    return Target(server, tmp_path)


def test_the_output_files_of_a_full_run_contain_no_secret(target: Target) -> None:
    target.run("keygen", "keys")
    signed = ("--key", "keys/private.pem", "--vendor", "v", "--product", "p", "--product-version", "1")
    target.run("certify", *target.options, *signed, "--output", "one")
    results = json.loads((target.folder / "one" / "results.json").read_text())
    assert results["requests"] > 1000
    violated = results["counts"]["failed"] + results["counts"]["warned"]
    assert violated > 10, "the server changes too few responses for this test"
    assert results["counts"]["error"] == 0
    status_lines = target.run("verify", "one", "--public-key", "keys/public.pem").splitlines()
    assert status_lines[0].startswith("does not "), status_lines
    shutil.copytree(target.folder / "one", target.folder / "two")
    target.run("report", "two")
    target.run("compare", "one", "two", "--output", "compared.md")
    (target.folder / "two" / "results.json").unlink()
    target.run("report", "two")
    assert leaks(written_texts(target.folder)) == []


@pytest.mark.parametrize("detail", ["--verbose", "--quiet"])
def test_terminal_output_contains_no_secret(target: Target, detail: str) -> None:
    output = target.run("run", *target.options, *SELECTION, detail)
    assert "failed" in output
    assert leaks(written_texts(target.folder)) == []


def test_the_output_of_a_crashed_check_contains_no_secret(target: Target) -> None:
    output = target.run("run", *target.options, *SELECTION, "--verbose", setup=CRASHING_CHECKS)
    results = json.loads((target.folder / "conformance-results" / "results.json").read_text())
    assert results["counts"]["error"] > 5
    assert results["exit_code"] == 4
    assert "RuntimeError" in output
    assert leaks(written_texts(target.folder)) == []


@pytest.mark.parametrize("requests", [0, 200])
def test_the_output_of_a_crashed_transport_contains_no_secret(target: Target, requests: int) -> None:
    output = target.run(
        "run", *target.options, *SELECTION, "--verbose", setup=CRASHING_TRANSPORT.format(requests=requests)
    )
    assert "Traceback" not in output.splitlines()[-1]
    assert leaks(written_texts(target.folder)) == []


def test_the_search_detects_canaries(tmp_path: Path) -> None:
    for number, echo in enumerate(ECHOES):
        (tmp_path / f"{number:03}.txt").write_text(f"some {echo} text")
    assert len({name for name, _ in leaks(written_texts(tmp_path)) if name.endswith("txt")}) > 0.8 * len(
        ECHOES
    )


def test_the_output_of_an_interrupted_run_contains_no_secret(target: Target) -> None:
    process = target.start("run", *target.options)
    ledger = target.folder / "conformance-results" / "ledger.ndjson"
    with process:
        deadline = time.monotonic() + TIMEOUT
        while not ledger.exists() or ledger.read_text().count("\n") < 60:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    (target.folder / "screen.txt").write_text(output)
    assert leaks(written_texts(target.folder)) == []


def test_the_output_of_doctor_contains_no_secret(target: Target) -> None:
    assert "connection" in target.run("doctor", *target.options[:-2])
    unreachable = target.origin.replace("127.0.0.1", "127.0.0.2:1#")
    target.run("doctor", "--target", unreachable, *target.options[2:-2])
    assert leaks(written_texts(target.folder)) == []


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
    code, output = target.execute(*arguments)
    assert code == 2, output
    assert "Traceback" not in output
    assert leaks([("screen", output)]) == []
    if any("token" in argument for argument in arguments[1:2]):
        assert "SIGNALWIRE_API_TOKEN" in output
        assert "--api-token-file" in output
