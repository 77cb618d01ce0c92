"""A fuzz campaign: a run of all checks, then search in worker processes that learns from the responses.

This process coordinates: it assigns tasks, and it alone knows the budget, the features so far, the corpus
and the findings. Each worker process has evidence and a ledger of its own, in the output directory of a
round, which is deleted unless it has a new finding.
"""

import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Final, Protocol

from conformance.config.setting_types import ConfigurationError
from conformance.config.settings import Settings
from conformance.config.target import Limits
from conformance.engine.worker_process import Worker, split_limits
from conformance.fuzzing.campaign_state import CampaignState
from conformance.fuzzing.corpus import Corpus
from conformance.fuzzing.inputs.cases import create_operations
from conformance.fuzzing.search_worker import SearchWorker
from conformance.fuzzing.tasks import ReportedFinding
from conformance.processes.message_channel import ready_channels
from conformance.results.output_folder import create_subfolder, leftover_lines
from conformance.results.reproduction import finding_folders
from conformance.runtime.shutdown import INTERRUPTION
from reports.files.input_files import InputFileError
from reports.records.exit_codes import INTERNAL_ERROR, USAGE_ERROR
from reports.records.fuzz_results import NewFindings, RoundAggregate, target_went_away

_PROGRESS_INTERVAL: Final = 0.5  # seconds
_MIN_SECONDS: Final = 4.0  # of a round
_MIN_REQUESTS: Final = 100  # of a round
_MIN_TASK: Final = 5  # requests
_TASK_REQUESTS: Final = 1_500
_EXTRA_REQUESTS: Final = 2_000  # to confirm and shrink what a task shows
_TASK_SECONDS: Final = 3.0  # of a task with a limited rate
_ROUND_REQUESTS: Final = 50_000  # of a searching process, whose files and memory grow with them
_CLOSING_SECONDS: Final = 2.5  # of the time limit, for the clean-up of the last round and the reports


class CampaignListener(Protocol):
    """Receives the progress and the findings of a fuzz campaign."""

    def on_progress(self, progress: "CampaignProgress", /) -> None:
        """Receive the progress so far."""

    def on_new_findings(
        self, news: NewFindings, record: Mapping[str, Any], settings: Settings, seed: int | None, /
    ) -> None:
        """Receive the findings of a round, or of a part of one, that no earlier round had."""


class CampaignProgress:
    """The progress of a campaign, for the display."""

    def __init__(self, campaign: "FuzzCampaign") -> None:
        self.rounds = campaign.rounds.count
        self.requests = campaign.requests
        self.findings = campaign.rounds.findings
        self.features = campaign.state.features
        self.requirements = campaign.observed
        self.seconds = campaign.seconds
        self.remaining = max(0.0, campaign.settings.limits.max_seconds - self.seconds)
        self.is_searching = campaign.is_searching


def round_folder(output: Path, seed: int) -> Path:
    """Return the output folder of a round."""
    return output / f"round-{seed}"


class FuzzCampaign:
    """The coordinator of a campaign against one target."""

    def __init__(
        self, settings: Settings, workers: int, listener: CampaignListener, corpus: Corpus | None = None
    ) -> None:
        self.settings = settings
        self._workers = workers
        self._listener = listener
        self._seeds = count(settings.seed or 0)
        self._started = time.monotonic()
        self.rounds = RoundAggregate()
        self.observed = 0  # requirements with an observation
        seed, operations = settings.seed or 0, create_operations(settings.target.profiles)
        self.state = CampaignState(corpus or Corpus(None, operations, seed), operations, seed)
        self._running: list[Worker] = []
        self._searching: list[SearchWorker] = []  # those of them that execute tasks
        self._finished_requests = 0  # of the rounds that ended
        self._starts_no_more = False  # whatever time remains
        self._failed: set[str] = set()  # requirement ids
        self._violated_by_checks: set[str] = set()  # requirements, until a smaller case is found
        self._example_causes: set[str] = set()  # of smaller cases that were added to findings of the checks
        self._stalled = False  # whether a round could not reach the target

    @property
    def requests(self) -> int:
        """Return the number of requests so far."""
        return self._finished_requests + sum(worker.progress.requests for worker in self._running)

    @property
    def seconds(self) -> float:
        """Return the time since the start of the campaign."""
        return time.monotonic() - self._started

    @property
    def is_searching(self) -> bool:
        """Return whether the run of all checks has ended."""
        return self.rounds.count > 0

    def run(self) -> dict[str, Any]:
        """Run the campaign, and return the record of all rounds."""
        with INTERRUPTION.on_stop(self._stop_rounds, self._interrupted_message):
            self._start_rounds()
            while self._running:
                self._receive()
                self._start_rounds()
        self.rounds.value_classes = self.state.value_classes
        if self.state.features:
            self._add_progress()
        return self.rounds.record(
            seconds=self.seconds, interrupted=INTERRUPTION.requested, stalled=self._stalled
        )

    def _start_rounds(self) -> None:
        """Start rounds while there are free workers and enough time and requests."""
        is_first = self.rounds.count == 0
        workers = 1 if is_first else self._workers  # some directed checks need all live-resource slots
        while len(self._running) < workers and not self._starts_no_more and not INTERRUPTION.requested:
            limits = self._round_limits(workers)
            if not (is_first or _suffice(limits)):
                break
            settings = self._round_settings(limits, searching=not is_first)
            try:
                create_subfolder(settings.output, force=settings.force)
            except ConfigurationError as error:
                if is_first:
                    raise
                self._starts_no_more = True
                self.rounds.note(str(error))
                break
            if is_first:
                self._running.append(Worker(settings))
            else:
                self._searching.append(SearchWorker(settings))
                self._running.append(self._searching[-1])
        if INTERRUPTION.requested:
            self._stop_rounds()  # a round that was just started has missed the request

    def _round_settings(self, limits: Limits, *, searching: bool) -> Settings:
        seed = next(self._seeds)
        return replace(
            self.settings,
            seed=seed,
            output=round_folder(self.settings.output, seed),
            prefix=secrets.token_hex(4),
            limits=limits,
            property_based_only=searching,
        )

    def _round_limits(self, workers: int) -> Limits:
        """Return the limits of one more round: the requests that no other round has reserved."""
        limits = self.settings.limits
        seconds = limits.max_seconds - self.seconds
        if seconds > _CLOSING_SECONDS + _MIN_SECONDS:
            seconds -= _CLOSING_SECONDS
        share = replace(split_limits(limits, workers), max_seconds=max(0.1, round(seconds, 1)))
        if limits.max_requests is None:
            return share
        available = max(1, self._available_requests() // (workers - len(self._running)))
        return replace(share, max_requests=available)

    def _available_requests(self) -> int:
        """Return the number of requests that no running round has sent or may send."""
        reserved = sum(worker.progress.requests + worker.reserved_requests for worker in self._searching)
        return (self.settings.limits.max_requests or 0) - self._finished_requests - reserved

    def _receive(self) -> None:
        channels = ready_channels([worker.channel for worker in self._running], _PROGRESS_INTERVAL)
        for worker in [worker for worker in self._running if worker.channel in channels]:
            if not worker.receive_progress():
                self._running.remove(worker)
                self._finish_round(worker)
        for searcher in self._searching:
            self._take_messages(searcher)
            if searcher.is_idle:
                self._assign_task(searcher)
        self._listener.on_progress(CampaignProgress(self))

    def _take_messages(self, worker: SearchWorker) -> None:
        """Take the findings and results that a process has sent."""
        for finding in worker.take_findings():
            self._add_finding(worker, finding)
        for result in worker.take_results():
            self.state.add_result(result)
            self.observed = self.rounds.observe(result.observed)
            self._add_progress()

    def _add_progress(self) -> None:
        self.rounds.add_progress(seconds=self.seconds, requests=self.requests, features=self.state.features)

    def _add_finding(self, worker: SearchWorker, finding: ReportedFinding) -> None:
        """Report a confirmed finding at once.

        The first of a requirement that the run of all checks has reported is a smaller case of that finding.
        """
        self.state.add_finding(finding)
        [cause] = finding.record["causes"]
        if cause["cause"] in self._example_causes:
            return  # another process has found the same
        if cause["primary"] in self._violated_by_checks:
            self._violated_by_checks.remove(cause["primary"])
            self._example_causes.add(cause["cause"])
            self.rounds.add_example(finding.record)
            worker.has_findings = True
            self._write_findings()
            return
        news = self.rounds.add_finding(finding.record, seed=worker.settings.seed or 0, seconds=self.seconds)
        if news:
            worker.has_findings = True
            self._write_findings()
            self._listener.on_new_findings(news, finding.record, worker.settings, worker.settings.seed)
            self._starts_no_more |= self._has_reached_failure_limit(finding.record)
            if self._starts_no_more:
                self._finish_all()

    def _write_findings(self) -> None:
        """Write the folders of all findings so far; an error is reported when the campaign ends."""
        with suppress(OSError, InputFileError):
            finding_folders.write(self.rounds.current_record, self.settings.output / finding_folders.FOLDER)

    def _assign_task(self, worker: SearchWorker) -> None:
        """Assign a task within the budget, or let the process end."""
        lease, extra = self._lease()
        if self._starts_no_more or lease < _MIN_TASK or worker.progress.requests >= _ROUND_REQUESTS:
            worker.finish()
        else:
            worker.send_task(self.state.next_task(lease, extra))

    def _lease(self) -> tuple[int, int]:
        """Return the number of requests of the next task, and of those to shrink what it shows."""
        limits, lease, extra = self.settings.limits, _TASK_REQUESTS, _EXTRA_REQUESTS
        if limits.requests_per_second is not None:
            in_time = limits.requests_per_second / self._workers * _TASK_SECONDS
            lease = max(_MIN_TASK, min(lease, round(in_time)))
        if limits.max_requests is not None:
            share = self._available_requests() // self._workers
            lease, extra = min(lease, share // 2), min(extra, share // 2)
        return lease, extra

    def _finish_all(self) -> None:
        for worker in self._searching:
            worker.finish()

    def _finish_round(self, worker: Worker) -> None:
        """Add the record of a round, and delete its output directory unless it is of use."""
        searcher = next((one for one in self._searching if one is worker), None)
        if searcher is not None:
            self._take_messages(searcher)
            self._searching.remove(searcher)
            if searcher.task is not None:
                self.state.return_task(searcher.task)
        record = worker.record()
        self._finished_requests += record["requests"]
        if record["exit_code"] == USAGE_ERROR and self.rounds.count:
            self._starts_no_more = self._stalled = True
            self.rounds.note(f"{worker.name} could not start: {' '.join(record['notes'][:1])}")
            return worker.delete_output()
        if searcher is not None:  # its findings were reported one by one
            record = {**record, "causes": []}
        news = self.rounds.add(record, seconds=self.seconds)
        self.observed = self.rounds.observe(())
        if searcher is None:
            self._violated_by_checks |= self.rounds.violated()
        has_leftovers = record["leftovers"] and not record["leftovers_allowed"]
        has_failed = record["exit_code"] == INTERNAL_ERROR and not record["footer"]["complete"]
        is_last = (
            has_leftovers or has_failed or target_went_away(record) or record["exit_code"] == USAGE_ERROR
        )
        self._starts_no_more |= bool(is_last or self._has_reached_failure_limit(record))
        if self._starts_no_more:
            self._finish_all()
        if news:
            self._listener.on_new_findings(news, record, worker.settings, worker.settings.seed)
        has_findings = searcher is not None and searcher.has_findings
        if not (news or has_findings or has_leftovers or has_failed):
            return worker.delete_output()
        self.rounds.note_evidence(worker.name, news)
        return None

    def _has_reached_failure_limit(self, record: Mapping[str, Any]) -> bool:
        """Return whether enough requirements failed, or with --strict warned."""
        failing = {"failed", "warned"} if self.settings.strict else {"failed"}
        self._failed |= {entry["id"] for entry in record["requirements"] if entry["verdict"] in failing}
        limit = self.settings.failure_limit
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
