"""The session of a replay: it runs the checks on the evidence of a run."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from conformance.config.target import Limits
from conformance.engine.resource_cleanup import RETRY_CHECK
from conformance.engine.session.run_session import RunSession
from conformance.evidence.evidence_reader import RecordedRun
from conformance.evidence.header import recorded_settings
from conformance.results.record import RunEnd
from conformance.transport.stack import TransportStack, open_replay, repeat_recorded_requests


class ReplaySession(RunSession):
    """A session that replays the evidence of a run."""

    def __init__(self, recorded_run: RecordedRun, folder: Path) -> None:
        super().__init__(recorded_settings(recorded_run))
        self._folder = folder  # for the ledger
        self.settings = replace(  # the evidence ends where the run stopped
            self.settings, fail_fast=False, max_failures=None
        )
        self._recorded_run = recorded_run
        self.note(*recorded_run.header.get("notes", ()))

    def _open_stack(self) -> AbstractContextManager[TransportStack]:
        limits = self.settings.limits
        replay_limits = Limits(concurrency=limits.concurrency, max_live=limits.max_live)
        return open_replay(self.settings.target, replay_limits, self._recorded_run, self._folder)

    def _clean_up(self, stack: TransportStack) -> None:
        stack.throttling.reset_for_cleanup(len(self._recorded_run.responses), stack.limits.max_seconds)
        repeat_recorded_requests(stack, self._recorded_run, RETRY_CHECK)
        super()._clean_up(stack)

    def _ending(self) -> RunEnd:
        """Return the start and the end of the recorded run; without a footer it was killed."""
        footer = self._recorded_run.footer or {"complete": False, "seconds": 0.0, "sha256": None}
        return RunEnd(
            datetime.fromisoformat(self._recorded_run.header["started"]),
            seconds=footer["seconds"],
            evidence=footer["sha256"],
            interrupted=not footer["complete"],
        )
