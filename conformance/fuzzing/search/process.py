"""A searching process: executes the tasks that its parent sends, and reports what they show.

Like the process of a run it ignores SIGINT and SIGTERM, and stops when its standard input is closed.
"""

import contextlib
import io
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import astuple
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Final

from conformance.config.settings import Settings
from conformance.config.settings_encoding import SETTINGS_CODEC
from conformance.engine.progress_listener import RunProgress
from conformance.engine.runner import collect_checks
from conformance.engine.session.run_session import MAX_CLEANUP_SECONDS
from conformance.fuzzing.search.session import SearchSession
from conformance.fuzzing.tasks import ReportedFinding, Task
from conformance.processes.message_channel import Channel
from conformance.redaction.masking import secret_mask
from conformance.results import output_folder
from conformance.results.record import mark_incomplete
from conformance.results.verdict import Outcome
from conformance.runtime import gc_tuning
from conformance.runtime.shutdown import INTERRUPTION, SIGNALS
from conformance.runtime.time_limit import time_limit
from conformance.runtime.tracebacks import headline
from conformance.transport.throttling import RunStoppedError
from reports.files import private_files
from reports.records import results_file

_PROGRESS_INTERVAL: Final = 0.5  # seconds
_EXTRA_SECONDS: Final = 30.0
_OWN_LIMITS: Final = frozenset({"budget", "interrupted", "time"})  # reason codes of an intended end
READY: Final = "ready"
FINDING: Final = "finding"
RESULT: Final = "result"
PROGRESS: Final = "progress"
Send = Callable[[str, Any], None]
NextTask = Callable[[], Task | None]


def main() -> None:
    """Search with the settings from standard input."""
    for signal_number in SIGNALS:
        signal.signal(signal_number, signal.SIG_IGN)
    channel, tasks, lock = Channel.of_standard_streams(), SimpleQueue[Task | None](), Lock()
    settings, credentials = channel.receive()
    os.environ.update(credentials)

    def send(kind: str, content: Any) -> None:
        with suppress(OSError), lock:  # the parent process has ended
            channel.send([kind, content])

    with INTERRUPTION.handle_signals():
        Thread(target=_obey_parent, args=(channel, tasks), name="orders", daemon=True).start()
        search(SETTINGS_CODEC.decode(settings), send, tasks.get)


def search(settings: Settings, send: Send, next_task: NextTask) -> dict[str, Any]:
    """Execute tasks until there are no more; return the record, which is also written to a file."""
    limits = settings.limits
    seconds = limits.max_seconds + min(limits.max_seconds, MAX_CLEANUP_SECONDS) + _EXTRA_SECONDS
    output = io.StringIO()
    with (
        output_folder.open_output_folder(settings.output, force=settings.force) as notes,
        gc_tuning.reduced_gc(),
        private_files.private_umask(),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
        time_limit(seconds, INTERRUPTION.exit_message),
    ):
        record = _record(settings, send, next_task, notes)
        results_file.write(record, settings.output / results_file.FILE)
    return record


def _record(settings: Settings, send: Send, next_task: NextTask, notes: Any) -> dict[str, Any]:
    plugin = collect_checks(settings)
    listener = _ProgressSender(send)

    def on_finding(finding: ReportedFinding) -> None:
        send(FINDING, finding.data())

    session = SearchSession(settings, plugin.checks, on_finding, listener)
    session.note(*notes)
    problems: list[str] = []
    with session.open(()) as can_run:
        if can_run:
            listener.send_progress()
            send(READY, None)
            try:
                for task in _tasks(next_task):
                    result = session.executor.execute(task).data()
                    listener.send_progress()  # what the task has sent, before the budget of the next one
                    send(RESULT, result)
            except RunStoppedError as stopped:
                if stopped.code not in _OWN_LIMITS:
                    session.record_stop(stopped.code, stopped.text)
            except Exception as error:  # noqa: BLE001 - the clean-up and the record follow in any case
                redact = secret_mask(settings.target.account, settings.connection).for_display
                problems.append(headline(error, redact))
            finally:
                listener.stop()
    return mark_incomplete(session.record, problems) if problems else session.record


def _tasks(next_task: NextTask) -> Iterator[Task]:
    while (task := next_task()) is not None and not INTERRUPTION.requested:
        yield task


class _ProgressSender:
    """Sends the progress to the parent process, twice a second and after each task."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_stopped = False
        self._progress: Callable[[], RunProgress] | None = None

    def __call__(self, _: Outcome, __: int) -> None:
        """Ignore outcomes, which are recorded at the end."""

    def on_start(self, progress: Callable[[], RunProgress]) -> None:
        """Send the progress until it is stopped."""
        self._progress = progress

        def repeat() -> None:
            while not self._is_stopped:
                self.send_progress()
                time.sleep(_PROGRESS_INTERVAL)

        Thread(target=repeat, name="progress", daemon=True).start()

    def send_progress(self) -> None:
        """Send the progress so far."""
        if self._progress is not None:
            self._send(PROGRESS, astuple(self._progress()))

    def stop(self) -> None:
        """Send no more."""
        self._is_stopped = True

    def on_wait(self, seconds: float) -> None:
        """Ignore waiting times."""

    def on_not_ready(self, problem: str, seconds: float) -> None:
        """Ignore it: the parent process waits until the target is ready."""


def _obey_parent(channel: Channel, tasks: "SimpleQueue[Task | None]") -> None:
    """Pass on tasks; stop when the parent process requests it or ends."""
    with suppress(EOFError, OSError):
        while True:
            message = channel.receive()
            if isinstance(message, int):
                INTERRUPTION.request_stop(message)
                tasks.put(None)
            else:
                tasks.put(Task.of_data(message) if isinstance(message, Mapping) else None)
    INTERRUPTION.request_stop(1)
    tasks.put(None)
