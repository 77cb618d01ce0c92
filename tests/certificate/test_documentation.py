"""The commands of docs/how-to/certify.md exit with the documented status and print the documented output."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.processes import reference_process
from tests.test_readme import EXAMPLE, ROOT, shell

DOCUMENT = (ROOT / "docs" / "how-to" / "certify.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
[OUTPUT] = re.findall(r"^```text\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def server() -> Iterator[reference_process.RunningServer]:
    with reference_process.reference_server() as running:
        yield running


def test_the_documented_commands_certify_and_verify(
    tmp_path: Path, server: reference_process.RunningServer
) -> None:
    block, *_ = COMMANDS
    local = _local(block).replace(EXAMPLE, server.address)
    local = local.replace("--output bundle", f"--active-session {server.live_conference_id} --output bundle")
    process = shell(f"set -e\n{local}", tmp_path, server)
    assert process.returncode == 0, process.stdout + process.stderr
    documented = [line.split(maxsplit=1)[0] for line in OUTPUT.splitlines()]
    printed = process.stdout[process.stdout.rindex("conforms  signed by the given key") :].splitlines()
    assert [line.split(maxsplit=1)[0] for line in printed] == documented
    assert printed[0] == OUTPUT.splitlines()[0]


def test_the_documented_commands_encrypt_a_key(
    tmp_path: Path, server: reference_process.RunningServer
) -> None:
    _, block = COMMANDS
    process = shell(f"set -e\n{_local(block)}", tmp_path, server)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "ENCRYPTED" in (tmp_path / "encrypted-keys" / "private.pem").read_text()
    assert "a long passphrase" not in process.stdout + process.stderr


def _local(commands: str) -> str:
    """Return the commands with the installed script."""
    return re.sub(
        r"^conformance ", f"{Path(sys.executable).parent}/conformance ", commands, flags=re.MULTILINE
    )
