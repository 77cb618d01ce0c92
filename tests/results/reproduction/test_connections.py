"""All reproductions of a finding run as printed at a target that needs options of the connection."""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.fake_targets import ENVIRONMENT, ReceivedRequest, Reply, reference_server, serve_between
from tests.support.servers.certificate_authority import Authority

FAULT: Final = "date-only-becomes-end-of-day"
REQUIREMENT: Final = "VC-CREATE-DATE-ONLY"
HEADER: Final = "X-Gateway"
GATEWAY_KEY: Final = "a-key-of-the-gateway"


@dataclass(frozen=True)
class Gateway:
    """A faulty server behind TLS, which rejects requests without a header."""

    origin: str
    authority: Path


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.issue("server").both)

    def reject_without_header(received: ReceivedRequest) -> Reply | None:
        return None if received.header(HEADER.lower()) == GATEWAY_KEY else Reply(503)

    with (
        reference_server("--fault", FAULT) as origin,
        serve_between(origin, reject_without_header, context) as secure,
    ):
        yield Gateway(secure, authority.certificate)


def environment(gateway: Gateway) -> Mapping[str, str]:
    return (
        os.environ
        | ENVIRONMENT
        | {
            "CONFORMANCE_HEADER_X_GATEWAY": GATEWAY_KEY,
            "CONFORMANCE_CA": str(gateway.authority),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
    )


def shell(command: str, gateway: Gateway, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(gateway),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("tls", ["--no-verify-tls", "--ca"])
def test_the_reproductions_run_as_printed(gateway: Gateway, tmp_path: Path, tls: str) -> None:
    tls_options = f"--ca {gateway.authority}" if tls == "--ca" else tls
    options = f"--target {gateway.origin} --select {REQUIREMENT} {tls_options} --timeout 75 --profile video"
    command = f"conformance run {options} --header '{HEADER}: {GATEWAY_KEY}'"
    assert shell(command, gateway, tmp_path).returncode == 1
    finding = finding_of(tmp_path)
    output = shell(finding["curl"], gateway, tmp_path).stdout
    assert output.count("HTTP/1.1 200") == 1
    assert "T23:59:59Z" in output
    assert "clean-up: status 204" in output
    [folder] = (tmp_path / "conformance-results" / "findings").glob(f"{REQUIREMENT}-*")
    script = shell(f"sh {folder}/reproduce.sh", gateway, tmp_path)
    assert (script.returncode, script.stdout.splitlines()[-1]) == (1, "violated")
    assert "TIMEOUT=75" in (folder / "reproduce.sh").read_text(encoding="utf-8")
    tested = shell(f"pytest -q -p no:cacheprovider --rootdir {folder} {folder}", gateway, tmp_path)
    assert "1 failed" in tested.stdout
    assert "is the instant" in tested.stdout
    rerun = shell(f"{finding['rerun']} --output again", gateway, tmp_path)
    assert rerun.returncode == 1, rerun.stdout
    assert finding_of(tmp_path, "again")["rerun"] == finding["rerun"]


def finding_of(folder: Path, output: str = "conformance-results") -> dict[str, Any]:
    record = json.loads((folder / output / "results.json").read_text(encoding="utf-8"))
    finding: dict[str, Any] = record["requirements"][0]["findings"][0]
    return finding
