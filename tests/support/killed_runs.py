"""Runs that are killed, against a server with resources of other accounts."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.fake_targets import ACCOUNT, CONFERENCES, ENVIRONMENT, ROOMS

FOREIGN = 200
MAX_WAIT = 60.0
COMMAND = (sys.executable, "-m", "conformance")
# A shell starts background jobs with SIGINT ignored; these commands have to receive it.
_WITH_SIGINT = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from conformance.cli.main import main
main()
"""
INTERRUPTIBLE_COMMAND = (sys.executable, "-c", _WITH_SIGINT)


@dataclass(frozen=True)
class CleanupResult:
    """The result of a clean-up after a run that was killed."""

    requests: int  # that the run had sent when it was killed
    existing: int  # resources of the run when it was killed
    left: int  # resources of the run after the clean-up
    deleted_foreign: int  # resources that did not belong to the run
    code: int
    output: str


@contextmanager
def open_client(origin: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=origin, auth=(ACCOUNT.project, ACCOUNT.token), trust_env=False) as http_client:
        yield http_client


def resources(origin: str) -> set[str]:
    """Return the ids of all resources at a target."""
    with open_client(origin) as http_client:
        pages = [http_client.get(path, params={"page_size": "1000"}) for path in (CONFERENCES, ROOMS)]
    assert all("next" not in page.json()["links"] for page in pages)
    return {resource["id"] for page in pages for resource in page.json()["data"]}


def create(origin: str, names: list[str]) -> None:
    """Create a conference or a room, alternately, with each name."""
    with open_client(origin) as http_client:
        for number, name in enumerate(names):
            room = {"name": name, "enable_room_previews": False}
            path, body = ((CONFERENCES, {"name": name, "display_name": name}), (ROOMS, room))[number % 2]
            http_client.post(path, json=body).raise_for_status()


def similar_names(count: int) -> list[str]:
    """Return names like those of other runs."""
    generator = random.Random(count)
    return [f"cc-{generator.randbytes(4).hex()}-{generator.randbytes(6).hex()}-0_Z" for _ in range(count)]


def names_like_those_of(folder: Path) -> list[str]:
    """Return names with the prefix of a run, or that differ from names of the run only at the end."""
    lines = [json.loads(line) for line in (folder / "ledger.ndjson").read_text().splitlines()[:-1]]
    prefix = json.loads((folder / "evidence.ndjson").read_text().partition("\n")[0])["header"]["prefix"]
    names = [line["name"] for line in lines if line.get("name", "").startswith("cc-")]
    copies = [name[:90] + end for name in names[-5:] for end in ("-copy", "x")]
    return [f"cc-{prefix}", f"cc-{prefix}-", f"cc-{prefix}-of-others", *dict.fromkeys(copies)]


def start_command(
    origin: str, folder: Path, *options: str, command: tuple[str, ...] = COMMAND, subcommand: str = "run"
) -> "subprocess.Popen[str]":
    """Start a run, or another command, against a target."""
    return subprocess.Popen(
        [*command, subcommand, "--target", origin, "--output", str(folder), *options],
        env=os.environ | ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(process: "subprocess.Popen[str]", evidence: Path, requests: int) -> int:
    """Wait until a run has sent a number of requests; return the number that it has sent."""
    deadline = time.monotonic() + MAX_WAIT
    while process.poll() is None and time.monotonic() < deadline:
        sent = evidence.read_bytes().count(b"\n") - 1 if evidence.exists() else 0
        if sent >= requests:
            return sent
        time.sleep(0.005)
    raise AssertionError("the run ended first")


def cleanup(folder: Path, origin: str) -> "subprocess.CompletedProcess[str]":
    """Clean up after a run."""
    return subprocess.run(
        [*COMMAND, "cleanup", "--run", str(folder), "--target", origin],
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
        timeout=MAX_WAIT,
    )


def kill_and_clean_up(origin: str, folder: Path, requests: int, *options: str) -> CleanupResult:
    """Kill a run after a number of requests, clean up, and return what is left."""
    before = resources(origin)
    process = start_command(origin, folder, *options)
    with process:
        sent = wait_for(process, folder / "evidence.ndjson", requests)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    time.sleep(0.2)  # the server finishes the requests that it has received
    existing = len(resources(origin) - before)
    names = names_like_those_of(folder)
    existing_ids = resources(origin)
    create(origin, names)
    foreign = before | (resources(origin) - existing_ids)
    process_result = cleanup(folder, origin)
    after = resources(origin)
    with open_client(origin) as http_client:
        for identifier in after & (foreign - before):  # their names are created again for the next run
            for path in (CONFERENCES, ROOMS):
                http_client.delete(f"{path}/{identifier}")
    return CleanupResult(
        sent,
        existing,
        len(after - foreign),
        len(foreign - after),
        process_result.returncode,
        process_result.stdout + process_result.stderr,
    )
