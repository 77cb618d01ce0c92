"""Runs that are killed in their midst, over a server that holds what others made."""

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
# A job in the background of a script is started deaf to Ctrl-C; these have to hear it.
_HEAR = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from conformance.cli.main import main
main()
"""
INTERRUPTIBLE_COMMAND = (sys.executable, "-c", _HEAR)


@dataclass(frozen=True)
class CleanupResult:
    """What came of a run that was killed and cleaned up after."""

    requests: int  # after which it was killed
    there: int  # resources of its own that were there then
    left: int
    touched: int  # resources of others that are gone
    code: int
    said: str


@contextmanager
def open_client(origin: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=origin, auth=(ACCOUNT.project, ACCOUNT.token), trust_env=False) as opened:
        yield opened


def resources(origin: str) -> set[str]:
    """Return the ids of everything at a target."""
    with open_client(origin) as there:
        pages = [there.get(path, params={"page_size": "1000"}) for path in (CONFERENCES, ROOMS)]
    assert all("next" not in page.json()["links"] for page in pages)
    return {each["id"] for page in pages for each in page.json()["data"]}


def create(origin: str, names: list[str]) -> None:
    """Create a conference and a room of each name in turn."""
    with open_client(origin) as there:
        for turn, name in enumerate(names):
            room = {"name": name, "enable_room_previews": False}
            path, body = ((CONFERENCES, {"name": name, "display_name": name}), (ROOMS, room))[turn % 2]
            there.post(path, json=body).raise_for_status()


def similar_names(count: int) -> list[str]:
    """Return names like those of other runs."""
    drawn = random.Random(count)
    return [f"cc-{drawn.randbytes(4).hex()}-{drawn.randbytes(6).hex()}-0_Z" for _ in range(count)]


def names_like_those_of(folder: Path) -> list[str]:
    """Return names that begin like those of a run, or as good as repeat them."""
    lines = [json.loads(line) for line in (folder / "ledger.ndjson").read_text().splitlines()[:-1]]
    prefix = json.loads((folder / "evidence.ndjson").read_text().partition("\n")[0])["header"]["prefix"]
    names = [line["name"] for line in lines if line.get("name", "").startswith("cc-")]
    copies = [name[:90] + end for name in names[-5:] for end in ("-copy", "x")]
    return [f"cc-{prefix}", f"cc-{prefix}-", f"cc-{prefix}-of-others", *dict.fromkeys(copies)]


def start_command(
    origin: str, folder: Path, *options: str, command: tuple[str, ...] = COMMAND, does: str = "run"
) -> "subprocess.Popen[str]":
    """Start a run, or another command that sends, over a target."""
    return subprocess.Popen(
        [*command, does, "--target", origin, "--output", str(folder), *options],
        env=os.environ | ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(process: "subprocess.Popen[str]", evidence: Path, requests: int) -> int:
    """Wait until a run has sent so many requests; return how many it has."""
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
    """Kill a run after some requests, clean up, and see what is there."""
    before = resources(origin)
    process = start_command(origin, folder, *options)
    with process:
        sent = wait_for(process, folder / "evidence.ndjson", requests)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    time.sleep(0.2)  # what the server had already received is there by then
    there = len(resources(origin) - before)
    names = names_like_those_of(folder)
    kept = resources(origin)
    create(origin, names)
    foreign = before | (resources(origin) - kept)
    done = cleanup(folder, origin)
    after = resources(origin)
    with open_client(origin) as other:
        for made in after & (foreign - before):  # make room for those of the next run
            for path in (CONFERENCES, ROOMS):
                other.delete(f"{path}/{made}")
    return CleanupResult(
        sent, there, len(after - foreign), len(foreign - after), done.returncode, done.stdout + done.stderr
    )
