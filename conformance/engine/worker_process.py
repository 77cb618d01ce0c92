"""A run in a worker process: a round of a fuzz campaign, or a shard of a parallel run.

The process ignores SIGINT and SIGTERM: Ctrl-C reaches all processes of a terminal and would count twice. It
receives its settings and stop requests over standard input, and stops when that is closed. It reports its
progress over standard output.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, replace
from threading import Thread
from typing import Any

from conformance.config.setting_types import ConfigurationError
from conformance.config.settings import Settings
from conformance.config.settings_encoding import SETTINGS_CODEC
from conformance.config.target import Limits
from conformance.engine.progress_listener import RunProgress
from conformance.engine.runner import run
from conformance.engine.session.run_session import RunSession
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.processes import child_process
from conformance.processes.message_channel import Channel
from conformance.results import output_folder
from conformance.results.verdict import Outcome
from conformance.runtime.shutdown import INTERRUPTION, SIGNALS
from reports.records import results_file


class Worker:
    """A run in a child process, as its parent sees it."""

    program = "worker"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.progress = RunProgress()
        with _blocked_signals():
            self._process = subprocess.Popen(
                child_process.command(self.program),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=child_process.environment(*child_process.TLS_VARIABLES),
            )
        self.channel = Channel.of_child(self._process)
        with suppress(OSError):  # the process has ended already; its record shows the reason
            self.channel.send([SETTINGS_CODEC.encode(settings), _credentials()])

    @property
    def name(self) -> str:
        """Return the name of the output directory."""
        return self.settings.output.name

    def receive_progress(self) -> bool:
        """Receive a message, and return whether there may be more."""
        try:
            self.progress = RunProgress(*self.channel.receive())
        except (EOFError, OSError):
            return False
        return True

    def request_stop(self, times: int) -> None:
        """Request a stop: an orderly one if `times` is 1, an immediate one if it is greater."""
        with suppress(OSError):  # the process has ended
            self.channel.send(times)

    def record(self) -> dict[str, Any]:
        """Wait for the process to end, and return its record, or one of an internal error if it has none."""
        self._process.wait()
        self.channel.close()
        with suppress(OSError, ValueError):
            return results_file.read(self.settings.output / results_file.FILE)
        return missing_record(self.settings)

    def delete_output(self) -> None:
        """Delete the output directory."""
        output_folder.discard(self.settings.output)


def main() -> None:
    """Run with the settings from standard input."""
    for signal_number in SIGNALS:
        signal.signal(signal_number, signal.SIG_IGN)
    channel = Channel.of_standard_streams()
    settings, credentials = channel.receive()
    os.environ.update(credentials)
    with INTERRUPTION.handle_signals():
        Thread(target=_stop_when_requested, args=(channel,), name="stop-requests", daemon=True).start()
        run(SETTINGS_CODEC.decode(settings), _ProgressSender(channel))


def split_limits(limits: Limits, workers: int) -> Limits:
    """Return the limits of each of several workers; raise ConfigurationError if a limit is too low."""
    for option, limit in (
        ("--concurrency", limits.concurrency),
        ("--max-live", limits.max_live),
        ("--max-requests", limits.max_requests),
    ):
        if limit is not None and limit < workers:
            raise ConfigurationError(f"{option} {limit} cannot be shared by {workers} workers")
    return replace(
        limits,
        concurrency=limits.concurrency // workers,
        requests_per_second=limits.requests_per_second and limits.requests_per_second / workers,
        max_requests=limits.max_requests and limits.max_requests // workers,
        max_live=limits.max_live and limits.max_live // workers,
        wait=0.0,  # the parent process waits
    )


def missing_record(settings: Settings) -> dict[str, Any]:
    """Return the record of a run that wrote none."""
    session = RunSession(settings)
    session.record_not_started(f"{settings.output.name} ended without a record", broken=True)
    return session.record


class _ProgressSender:
    """Sends the progress to the parent process."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._progress: Callable[[], RunProgress] = RunProgress

    def __call__(self, _: Outcome, __: int) -> None:
        """Send the progress after an outcome."""
        with suppress(OSError):  # the parent process has ended
            self._channel.send(astuple(self._progress()))

    def on_start(self, progress: Callable[[], RunProgress]) -> None:
        """Store the function that returns the progress."""
        self._progress = progress

    def on_wait(self, seconds: float) -> None:
        """Ignore waiting times."""

    def on_not_ready(self, problem: str, seconds: float) -> None:
        """Ignore it: the parent process waits until the target is ready."""


@contextmanager
def _blocked_signals() -> Iterator[None]:
    """Block signals in this process, and in a process that is started meanwhile and inherits the mask."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _credentials() -> dict[str, str]:
    """Return the credentials in the environment: a run redacts them, whichever credentials it uses."""
    return {name: os.environ[name] for name in (PROJECT_VARIABLE, TOKEN_VARIABLE) if name in os.environ}


def _stop_when_requested(channel: Channel) -> None:
    """Stop the run when the parent process requests it or ends."""
    with suppress(EOFError, OSError):
        while True:
            INTERRUPTION.request_stop(channel.receive())
    INTERRUPTION.request_stop(1)
