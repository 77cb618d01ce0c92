"""The built-in reference server, as a process of its own on a free port of this machine."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NoReturn

from conformance.http.credentials import PROJECT, TOKEN, Account
from conformance.processes import child_process

ACCOUNT: Final = Account("5f3c6d2e-8b1a-4c7d-9e0f-a1b2c3d4e5f6", "PTreferenceBuiltIn0123456789abcdef")
_READY: Final = "ready "
_LIVE: Final = "live conference "
_PATIENCE: Final = 10.0  # seconds to end by itself


@dataclass(frozen=True)
class Running:
    """A reference server that answers: its address, and its conference with a live session."""

    address: str
    live: str


class NotStartedError(RuntimeError):
    """The reference server did not come up."""


def become(*options: str) -> NoReturn:
    """Replace this process by the reference server, so that a signal reaches it."""
    command = child_process.command("reference", *options)
    os.execve(command[0], command, child_process.environment(PROJECT, TOKEN))


@contextmanager
def reference_server(options: Sequence[str] = ()) -> Iterator[Running]:
    """Run the reference server; it ends with the block."""
    account = {PROJECT: ACCOUNT.project, TOKEN: ACCOUNT.token}
    process = subprocess.Popen(
        child_process.command("reference", "--port", "0", "--until-eof", *options),
        stdin=subprocess.PIPE,  # it ends with us, even if we are killed
        stdout=subprocess.PIPE,
        text=True,
        env={**child_process.environment(), **account},
        start_new_session=True,  # Ctrl-C ends the run, which still has to clean up here
    )
    try:
        yield Running(_said(process, _READY), _said(process, _LIVE))
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in filter(None, (process.stdin, process.stdout)):
            pipe.close()


def _said(process: "subprocess.Popen[str]", word: str) -> str:
    for line in process.stdout or ():
        if line.startswith(word):
            return line.removeprefix(word).strip()
    raise NotStartedError(f"the reference server ended with status {process.wait()} before it was ready")
