"""A fuzz campaign: rounds with consecutive seeds, several at a time.

The first round runs all checks, later ones only property-based and passive checks. The output directory of a
round without new findings is deleted.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Final, Protocol

from conformance.config.setting_types import ConfigurationError
from conformance.config.settings import Settings
from conformance.config.target import Limits
from conformance.engine.worker_process import Worker, split_limits
from conformance.processes.message_channel import ready_channels
from conformance.results.output_folder import create_subfolder, leftover_lines
from conformance.runtime.shutdown import INTERRUPTION
from reports.records.exit_codes import INTERNAL_ERROR, USAGE_ERROR
from reports.records.fuzz_results import NewFindings, RoundAggregate, target_went_away

_PROGRESS_INTERVAL: Final = 0.5  # seconds
_MIN_SECONDS: Final = 2.0  # of a round
_MIN_REQUESTS: Final = 100  # of a round


class CampaignListener(Protocol):
    """Receives the progress and the findings of a fuzz campaign."""

    def on_progress(self, rounds: int, requests: int, findings: int, /) -> None:
        """Receive the progress so far."""

    def on_new_findings(self, news: NewFindings, record: Mapping[str, Any], settings: Settings, /) -> None:
        """Receive the findings of a round that no earlier round had."""


def round_folder(output: Path, seed: int) -> Path:
    """Return the output folder of a round."""
    return output / f"round-{seed}"


class FuzzCampaign:
    """Rounds against one target, and their combined findings."""

    def __init__(self, settings: Settings, workers: int, listener: CampaignListener) -> None:
        self._settings = settings
        self._workers = workers
        self._listener = listener
        self._seeds = count(settings.seed or 0)
        self._started = time.monotonic()
        self._rounds = RoundAggregate()
        self._running: list[Worker] = []
        self._finished_requests = 0  # of the rounds that ended
        self._starts_no_more = False  # whatever time remains
        self._failed: set[str] = set()  # requirement ids
        self._stalled = False  # whether a round could not reach the target

    def run(self) -> dict[str, Any]:
        """Run the campaign, and return the record of all rounds."""
        with INTERRUPTION.on_stop(self._stop_rounds, self._interrupted_message):
            self._start_rounds()
            while self._running:
                self._receive()
                self._start_rounds()
        return self._rounds.record(
            seconds=time.monotonic() - self._started,
            interrupted=INTERRUPTION.requested,
            stalled=self._stalled,
        )

    def _start_rounds(self) -> None:
        """Start rounds while there are free workers and enough time and requests."""
        is_first = self._rounds.count == 0
        workers = 1 if is_first else self._workers  # some directed checks need all live-resource slots
        while len(self._running) < workers and not self._starts_no_more and not INTERRUPTION.requested:
            limits = self._round_limits(workers)
            if not (is_first or _suffice(limits)):
                return
            settings = self._round_settings(limits, exploring=not is_first)
            try:
                create_subfolder(settings.output, force=settings.force)
            except ConfigurationError as error:
                if is_first:
                    raise
                self._starts_no_more = True
                self._rounds.note(str(error))
                break
            self._running.append(Worker(settings))
        if INTERRUPTION.requested:
            self._stop_rounds()  # a round that was just started has missed the request

    def _round_settings(self, limits: Limits, *, exploring: bool) -> Settings:
        seed = next(self._seeds)
        return replace(
            self._settings,
            seed=seed,
            output=round_folder(self._settings.output, seed),
            prefix=secrets.token_hex(4),
            limits=limits,
            property_based_only=exploring,
        )

    def _round_limits(self, workers: int) -> Limits:
        """Return the limits of one more round: its share of the requests that no round has reserved."""
        limits = self._settings.limits
        seconds = self._started + limits.max_seconds - time.monotonic()
        share = replace(split_limits(limits, workers), max_seconds=max(0.1, round(seconds, 1)))
        if limits.max_requests is None:
            return share
        reserved = sum(worker.settings.limits.max_requests or 0 for worker in self._running)
        available = limits.max_requests - self._finished_requests - reserved
        return replace(share, max_requests=max(1, available // (workers - len(self._running))))

    def _receive(self) -> None:
        channels = ready_channels([worker.channel for worker in self._running], _PROGRESS_INTERVAL)
        for worker in [worker for worker in self._running if worker.channel in channels]:
            if not worker.receive_progress():
                self._running.remove(worker)
                self._finish_round(worker)
        requests = self._finished_requests + sum(worker.progress.requests for worker in self._running)
        self._listener.on_progress(self._rounds.count, requests, self._rounds.findings)

    def _finish_round(self, worker: Worker) -> None:
        """Add the record of a round, and delete its output directory unless it is of use."""
        record = worker.record()
        self._finished_requests += record["requests"]
        if record["exit_code"] == USAGE_ERROR and self._rounds.count:
            self._starts_no_more = self._stalled = True
            self._rounds.note(f"{worker.name} could not start: {' '.join(record['notes'][:1])}")
            return worker.delete_output()
        news = self._rounds.add(record, seconds=time.monotonic() - self._started)
        has_leftovers = record["leftovers"] and not record["leftovers_allowed"]
        has_failed = record["exit_code"] == INTERNAL_ERROR and not record["footer"]["complete"]
        is_last = (
            has_leftovers or has_failed or target_went_away(record) or record["exit_code"] == USAGE_ERROR
        )
        self._starts_no_more |= bool(is_last or self._has_reached_failure_limit(record))
        if news:
            self._listener.on_new_findings(news, record, worker.settings)
        if not (news or has_leftovers or has_failed):
            return worker.delete_output()
        self._rounds.note_evidence(worker.name, news)
        return None

    def _has_reached_failure_limit(self, record: Mapping[str, Any]) -> bool:
        """Return whether enough requirements failed, or with --strict warned."""
        failing = {"failed", "warned"} if self._settings.strict else {"failed"}
        self._failed |= {entry["id"] for entry in record["requirements"] if entry["verdict"] in failing}
        limit = self._settings.failure_limit
        return limit is not None and len(self._failed) >= limit

    def _stop_rounds(self) -> None:
        for worker in tuple(self._running):
            worker.request_stop(INTERRUPTION.request_count)

    def _interrupted_message(self) -> str:
        lines = [line for worker in self._running for line in leftover_lines(worker.settings.output)]
        return "\n".join(["stopped immediately, without clean-up", *lines, ""])


def _suffice(limits: Limits) -> bool:
    has_requests = limits.max_requests is None or limits.max_requests >= _MIN_REQUESTS
    return has_requests and limits.max_seconds >= _MIN_SECONDS
