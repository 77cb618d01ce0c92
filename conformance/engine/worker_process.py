"""A run in a process of its own: a round of an exploration, or a part of a run that several share.

The process hears no signal: Ctrl-C reaches all processes of a terminal, and would count twice. Its settings
come over its standard input, and so does the order to end; it ends as well when that is closed. Over its
standard output it says how many requests were sent.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Thread
from typing import Any

from conformance.config.setting_types import ConfigurationError
from conformance.config.settings import Settings
from conformance.config.settings_encoding import SETTINGS
from conformance.config.target import Limits
from conformance.engine.runner import run
from conformance.engine.session import Trial
from conformance.http.credentials import PROJECT, TOKEN
from conformance.processes import child_process
from conformance.processes.message_channel import Channel
from conformance.results import output_folder
from conformance.results.verdict import Outcome
from conformance.runtime.shutdown import INTERRUPTION, SIGNALS
from reports.records import results_file


class Worker:
    """A run under way."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.requests = 0  # sent so far
        with _held_back():
            self._process = subprocess.Popen(
                child_process.command("worker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=child_process.environment(*child_process.FOR_TLS),
            )
        self.line = Channel.of_child(self._process)
        with suppress(OSError):  # it ended at once, which its record will tell
            self.line.send([SETTINGS.encode(settings), _credentials()])

    @property
    def name(self) -> str:
        """Return what its folder is called."""
        return self.settings.output.name

    def listen(self) -> bool:
        """Take what it says, and tell whether there will be more."""
        try:
            self.requests = self.line.receive()
        except (EOFError, OSError):
            return False
        return True

    def end(self, times: int) -> None:
        """Say how often it was asked to end by now: once, in good order; twice, at once."""
        with suppress(OSError):  # it has ended
            self.line.send(times)

    def record(self) -> dict[str, Any]:
        """Wait for its end, and return its record; one of our own error where it wrote none."""
        self._process.wait()
        self.line.close()
        with suppress(OSError, ValueError):
            return results_file.read(self.settings.output / results_file.FILE)
        return lost(self.settings)

    def forget(self) -> None:
        """Leave nothing of it."""
        output_folder.discard(self.settings.output)


def main() -> None:
    """Carry out the run whose settings come over the standard input."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    line = Channel.of_standard_streams()
    settings, credentials = line.receive()
    os.environ.update(credentials)
    with INTERRUPTION.heard():
        Thread(target=_heed, args=(line,), name="orders", daemon=True).start()
        run(SETTINGS.decode(settings), _Counting(line))


def shared(limits: Limits, workers: int) -> Limits:
    """Return what each of so many processes may take; raise ConfigurationError where that is nothing."""
    for option, limit in (
        ("--concurrency", limits.concurrency),
        ("--max-live", limits.live),
        ("--max-requests", limits.requests),
    ):
        if limit is not None and limit < workers:
            raise ConfigurationError(f"{option} {limit} cannot be shared by {workers} workers")
    return replace(
        limits,
        concurrency=limits.concurrency // workers,
        per_second=limits.per_second and limits.per_second / workers,
        requests=limits.requests and limits.requests // workers,
        live=limits.live and limits.live // workers,
    )


def lost(settings: Settings) -> dict[str, Any]:
    """Return the record of a run that wrote none."""
    trial = Trial(settings)
    trial.not_begun(f"{settings.output.name} ended without a record", broken=True)
    return trial.record


class _Counting:
    """Says over the line how many requests were sent."""

    def __init__(self, line: Channel) -> None:
        self._line = line

    def __call__(self, _: Outcome, requests: int) -> None:
        """Say it anew with each outcome."""
        with suppress(OSError):  # nobody listens any more
            self._line.send(requests)

    def waits(self, seconds: float) -> None:
        """Keep it to oneself."""


@contextmanager
def _held_back() -> Iterator[None]:
    """Hold signals back, and with them those that a process gets while it starts: it inherits that."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _credentials() -> dict[str, str]:
    """Return the credentials in the environment: what a run redacts, whatever credentials it uses."""
    return {name: os.environ[name] for name in (PROJECT, TOKEN) if name in os.environ}


def _heed(line: Channel) -> None:
    """End the run when that is said, and where nobody is there any more to say it."""
    with suppress(EOFError, OSError):
        while True:
            INTERRUPTION.ask(line.receive())
    INTERRUPTION.ask(1)
