"""A run in a process of its own: a round of an exploration, or a part of a run that several share.

The process hears no signal: Ctrl-C reaches all processes of a terminal, and would count twice. Who started it
says over a line when it is to end; it ends as well where nobody holds that line any more.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, Final

from conformance.interruption import INTERRUPTION
from conformance.kinds import ConfigurationError
from conformance.results import output_folder
from conformance.run import run
from conformance.settings import Settings
from conformance.target import Limits
from conformance.trial import Trial
from conformance.verdict import Outcome
from reports import results

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_SPAWN: Final = get_context("spawn")


class Worker:
    """A run under way."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.requests = 0  # sent so far
        self.line, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_go, args=(settings, theirs), name=settings.output.name)
        resource_tracker.ensure_running()  # it lets signals through that are held back here
        with _held_back():
            self._process.start()
        theirs.close()

    @property
    def name(self) -> str:
        """Return what its folder is called."""
        return self.settings.output.name

    def listen(self) -> bool:
        """Take what it says, and tell whether there will be more."""
        try:
            self.requests = self.line.recv()
        except (EOFError, OSError):
            return False
        return True

    def end(self, times: int) -> None:
        """Say how often it was asked to end by now: once, in good order; twice, at once."""
        with suppress(OSError):  # it has ended
            self.line.send(times)

    def record(self) -> dict[str, Any]:
        """Wait for its end, and return its record; one of our own error where it wrote none."""
        self._process.join()
        self.line.close()
        with suppress(OSError, ValueError):
            return results.read(self.settings.output / results.FILE)
        return lost(self.settings)

    def forget(self) -> None:
        """Leave nothing of it."""
        output_folder.discard(self.settings.output)


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

    def __init__(self, line: "Connection[int, int]") -> None:
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
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _go(settings: Settings, line: "Connection[int, int]") -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    with INTERRUPTION.heard():
        Thread(target=_heed, args=(line,), name="orders", daemon=True).start()
        run(settings, _Counting(line))


def _heed(line: "Connection[int, int]") -> None:
    """End the run when that is said, and where nobody is there any more to say it."""
    with suppress(EOFError, OSError):
        while True:
            INTERRUPTION.ask(line.recv())
    INTERRUPTION.ask(1)
