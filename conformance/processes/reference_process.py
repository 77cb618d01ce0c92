"""Built-in reference server as a child process on a free local port."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NoReturn

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE, Account
from conformance.processes import child_process

ACCOUNT: Final = Account("5f3c6d2e-8b1a-4c7d-9e0f-a1b2c3d4e5f6", "PTreferenceBuiltIn0123456789abcdef")
_READY: Final = "ready "
_LIVE: Final = "live conference "
_SHUTDOWN_TIMEOUT: Final = 10.0  # seconds


@dataclass(frozen=True)
class RunningServer:
    """A running reference server: its address, and the id of its conference with a live session."""

    address: str
    live_conference_id: str


class NotStartedError(RuntimeError):
    """The reference server did not start."""


def exec_reference_server(*options: str) -> NoReturn:
    """Replace this process with the reference server, so that signals reach it."""
    command = child_process.command("reference", *options)
    os.execve(command[0], command, child_process.environment(PROJECT_VARIABLE, TOKEN_VARIABLE))


def behavior_options(faults: Sequence[str], variants: Sequence[str]) -> list[str]:
    """Return the options that enable faults and variants of the reference server."""
    options = [part for fault in faults for part in ("--fault", fault)]
    return options + [part for variant in variants for part in ("--variant", variant)]


def listed_ids(kind: str) -> list[str]:
    """Return the ids of all faults, or of all variants, of the reference server."""
    command = child_process.command("reference", "--list")
    listing = subprocess.run(
        command, capture_output=True, text=True, check=True, env=child_process.environment()
    )
    words = (line.split(maxsplit=2) for line in listing.stdout.splitlines())
    return [identifier.rstrip(":") for entry_kind, identifier, _ in words if entry_kind == kind]


@contextmanager
def reference_server(options: Sequence[str] = ()) -> Iterator[RunningServer]:
    """Run the reference server until the end of the block."""
    account = {PROJECT_VARIABLE: ACCOUNT.project, TOKEN_VARIABLE: ACCOUNT.token}
    process = subprocess.Popen(
        child_process.command("reference", "--port", "0", "--until-eof", *options),
        stdin=subprocess.PIPE,  # the server exits when this process does, even if it is killed
        stdout=subprocess.PIPE,
        text=True,
        env={**child_process.environment(), **account},
        start_new_session=True,  # after Ctrl-C, the run still needs the server for its cleanup
    )
    try:
        yield RunningServer(_read_line(process, _READY), _read_line(process, _LIVE))
    finally:
        process.terminate()
        try:
            process.wait(_SHUTDOWN_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in filter(None, (process.stdin, process.stdout)):
            pipe.close()


def _read_line(process: "subprocess.Popen[str]", prefix: str) -> str:
    """Return the rest of the first output line with the prefix."""
    for line in process.stdout or ():
        if line.startswith(prefix):
            return line.removeprefix(prefix).strip()
    raise NotStartedError(f"the reference server exited with status {process.wait()} before it was ready")
