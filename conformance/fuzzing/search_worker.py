"""A searching process, as the coordinator of a campaign sees it."""

from contextlib import suppress
from typing import Any

from conformance.config.settings import Settings
from conformance.engine.progress_listener import RunProgress
from conformance.engine.worker_process import Worker
from conformance.fuzzing.search.process import FINDING, PROGRESS, READY, RESULT
from conformance.fuzzing.tasks import ReportedFinding, Task, TaskResult


class SearchWorker(Worker):
    """A process that executes tasks."""

    program = "search"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.task: Task | None = None  # that it executes
        self.is_idle = False  # whether it waits for a task
        self.is_finishing = False
        self.has_findings = False
        self.finished_requests = 0  # of its tasks
        self._findings: list[ReportedFinding] = []
        self._results: list[TaskResult] = []

    @property
    def reserved_requests(self) -> int:
        """Return the number of requests that the current task may still send."""
        if self.task is None:
            return 0
        lease = self.task.max_requests + self.task.max_extra
        return max(0, lease - max(0, self.progress.requests - self.finished_requests))

    def send_task(self, task: Task) -> None:
        """Send a task; the process must be idle."""
        self.task, self.is_idle = task, False
        self.finished_requests = self.progress.requests
        self._send(task.data())

    def finish(self) -> None:
        """Let the process end after its current task."""
        if not self.is_finishing:
            self.is_finishing, self.is_idle = True, False
            self._send("finish")

    def take_findings(self) -> list[ReportedFinding]:
        """Return the findings that arrived since the last call."""
        findings, self._findings = self._findings, []
        return findings

    def take_results(self) -> list[TaskResult]:
        """Return the results that arrived since the last call."""
        results, self._results = self._results, []
        return results

    def receive_progress(self) -> bool:
        """Receive a message, and return whether there may be more."""
        try:
            kind, content = self.channel.receive()
        except (EOFError, OSError):
            return False
        if kind == PROGRESS:
            self.progress = RunProgress(*content)
        elif kind == FINDING:
            self._findings.append(ReportedFinding.of_data(content))
        elif kind == RESULT:
            self._results.append(TaskResult.of_data(content))
        if kind in {READY, RESULT}:
            self.task, self.is_idle = None, not self.is_finishing
        return True

    def _send(self, message: Any) -> None:
        with suppress(OSError):  # the process has ended
            self.channel.send(message)
