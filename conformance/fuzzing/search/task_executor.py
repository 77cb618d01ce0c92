"""Execution of tasks: batches of cases, their judgement, and the findings that are new."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from conformance.config.settings import Settings
from conformance.engine.attempts import Check
from conformance.engine.resource_cleanup import RETRY_CHECK, retry_failed_deletes
from conformance.fuzzing.inputs import generation, mutation
from conformance.fuzzing.inputs.cases import Case, create_operations
from conformance.fuzzing.search.execution import CaseExecutor
from conformance.fuzzing.search.judgement import Judge, Violation
from conformance.fuzzing.search.novelty import Novelty
from conformance.fuzzing.search.shrinking import REPETITIONS, Shrinker
from conformance.fuzzing.search.simplification import without_invalid_members
from conformance.fuzzing.search.triggers import Trigger
from conformance.fuzzing.tasks import Task, TaskKind, TaskResult
from conformance.runtime.seeded_random import seeded_random
from conformance.testkit.api_client import ApiClient
from conformance.transport.stack import TransportStack
from conformance.transport.throttling import RunStoppedError

_BATCH: Final = 64  # cases
_REPEATED_BATCH: Final = 128
_VARIED: Final = 0.4  # share of cases that are variations of cases with new features
_MAX_PARENTS: Final = 64
_MAX_INVESTIGATED: Final = 12  # violations of one batch
_MAX_SUSPECTS: Final = 16  # of one task
_DOUBT: Final = 0.03  # share of violations that are shrunk although a known fault explains them
_NAMED_MEMBERS: Final = "API-ERR-422-ATTRIBUTE-"  # requirements of the members that an error names


@dataclass(frozen=True)
class ConfirmedFinding:
    """A violation by its smallest case, with all violations that this case shows, and their trigger."""

    violations: Sequence[Violation]
    trigger: Trigger
    seed: int


class TaskExecutor:
    """Executes tasks over one transport stack."""

    def __init__(
        self,
        stack: TransportStack,
        settings: Settings,
        checks: Sequence[Check],
        on_finding: Callable[[ConfirmedFinding], None],
    ) -> None:
        self._stack = stack
        self._on_finding = on_finding
        self._executor = CaseExecutor(ApiClient(stack, settings.prefix, "fuzz", effort=settings.effort))
        self.judge = Judge(checks, stack.target.account)
        self._novelty = Novelty()
        self._known: list[Trigger] = []
        self._task = Task(0, TaskKind.SEARCH, 0, 0)
        self._result = TaskResult(0)
        self._fruitless: dict[tuple[str, ...], int] = {}  # investigations without a new finding, by kind
        self._random = seeded_random(settings.seed or 0)
        self._last_request = self._last_extra_request = 0
        self._shrinker = Shrinker(self._executor, self.judge, self._has_extra_budget)
        self._cleaning_api = ApiClient(stack, settings.prefix, RETRY_CHECK, effort=settings.effort)
        stack.ledger.live_limit.reclaim = self._retry_failed_deletes
        self.operations = create_operations(stack.target.profiles)

    def execute(self, task: Task) -> TaskResult:
        """Execute a task, and return its result; findings are reported as soon as they are confirmed."""
        self._task, self._result = task, TaskResult(task.number)
        first = self._requests
        self._last_request = first + task.max_requests
        self._last_extra_request = self._last_request + task.max_extra
        for data in task.known:
            self._add_known(Trigger.of_data(data))
        classes = {name: set(kinds) for name, kinds in self._novelty.value_classes.items()}
        try:
            for cases in self._batches(task):
                before = self._requests
                self._run_batch(cases)
                if not self._has_budget() or self._requests == before:  # no resource could be created
                    break
        finally:
            self._result.requests = self._requests - first
            self._result.observed = list(self.judge.observations)
            new = {
                name: kinds - classes.get(name, set()) for name, kinds in self._novelty.value_classes.items()
            }
            self._result.value_classes = {name: sorted(kinds) for name, kinds in new.items() if kinds}
        return self._result

    @property
    def _requests(self) -> int:
        return self._stack.throttling.requests_sent

    def _has_budget(self) -> bool:
        self._stack.throttling.raise_if_stopped()
        return self._requests < self._last_request

    def _has_extra_budget(self) -> bool:
        """Return whether more requests may be sent to confirm and shrink what the task has shown."""
        self._stack.throttling.raise_if_stopped()
        return self._requests < self._last_extra_request

    def _retry_failed_deletes(self) -> bool:
        return retry_failed_deletes(self._cleaning_api, self._stack.ledger)

    def _stop_if_stuck(self) -> None:
        """Raise RunStoppedError if no more resources can be created, as others cannot be deleted."""
        if self._executor.is_stuck:
            if not self._retry_failed_deletes():
                raise RunStoppedError("resources that cannot be deleted take all of --max-live", "live-cap")
            self._executor.is_stuck = False

    def _batches(self, task: Task) -> Iterator[Sequence[Case]]:
        cases = [Case.of_data(data, self.operations) for data in task.cases]
        if task.kind is TaskKind.SEARCH:
            yield from self._generated(cases[:_MAX_PARENTS], seeded_random(task.seed))
        elif task.kind is TaskKind.REPLAY:
            for start in range(0, len(cases), _BATCH):
                yield cases[start : start + _BATCH]
        else:
            while cases:
                affordable = (self._last_request - self._requests) // sum(case.requests for case in cases)
                yield cases * max(1, min(_REPEATED_BATCH // len(cases), affordable))

    def _generated(self, parents: list[Case], random: Random) -> Iterator[Sequence[Case]]:
        while True:
            cases: list[Case] = []
            remaining = self._last_request - self._requests
            while len(cases) < _BATCH and sum(case.requests for case in cases) < remaining:
                if parents and random.random() < _VARIED:
                    cases.append(mutation.mutated(random.choice(parents), parents, random))
                else:
                    cases.append(generation.random_case(random.choice(self.operations), random))
            if not cases:
                return
            yield cases

    def _run_batch(self, cases: Sequence[Case]) -> None:
        runs = self._executor.run_each(cases)
        violations = self.judge.violations(runs)
        violating = {id(violation.run) for violation in violations}
        for run in runs:
            if self._task.kind is TaskKind.REPLAY and run.is_complete and id(run) not in violating:
                self._result.passed.append(run.case.data())
            features = self._novelty.new_features(run)
            if features:
                self._result.features += features
                if self._task.kind is TaskKind.SEARCH and run.is_complete:
                    self._result.cases.append(run.case.data())
        try:
            self._investigate(violations)
        finally:
            if self._stack.ledger.failed_deletes:
                self._retry_failed_deletes()
            self._stop_if_stuck()
            evidence = self._stack.evidence
            evidence.evict(tuple(evidence.exchanges))

    def _investigate(self, violations: Iterable[Violation]) -> None:
        """Confirm the first violation of each run, the most specific requirement first."""
        seen: set[int] = set()
        for found in violations:
            violation = found
            if id(violation.run) in seen or len(seen) >= _MAX_INVESTIGATED:
                continue
            seen.add(id(violation.run))
            if self._task.kind is TaskKind.REPEAT:
                self._report_intermittent(violation)
                continue
            if not self._has_extra_budget():
                return
            violation = self._cause_of(violation)
            if self._is_worth_requests(violation) and not self._is_explained(violation):
                self._confirm(violation)
            else:
                self._result.explained += 1

    def _is_worth_requests(self, violation: Violation) -> bool:
        """Return whether to investigate a violation; the less often, the more like it showed nothing new."""
        fruitless = self._fruitless.get(violation.kind, 0)
        return self._random.random() < 1 / (1 + fruitless / 2)

    def _cause_of(self, violation: Violation) -> Violation:
        """Return the violation that remains without invalid members, if an error names a valid member."""
        if not violation.requirement.id.startswith(_NAMED_MEMBERS):
            return violation
        [run] = self._executor.run_each([without_invalid_members(violation.run.case)])
        remaining = [
            one for one in self.judge.violations([run]) if not one.requirement.id.startswith(_NAMED_MEMBERS)
        ]
        return remaining[0] if remaining else violation

    def _is_explained(self, violation: Violation) -> bool:
        """Return whether the violation disappears without the trigger of a known finding."""
        if self._random.random() < _DOUBT:
            return False
        for trigger in self._known:
            if trigger.concerns(violation) and self._is_caused_by(trigger, violation):
                self._fruitless[violation.kind] = self._fruitless.get(violation.kind, 0) + 1
                return True
        return False

    def _is_caused_by(self, trigger: Trigger, violation: Violation) -> bool:
        if trigger.is_intermittent:
            return len(self._shrinker.repeated(violation)) < REPETITIONS
        if not trigger.members:
            return trigger.has_steps_of(violation.run.case)
        return not self._shrinker.is_violated(trigger.removed_from(violation.run.case), violation)

    def _confirm(self, violation: Violation) -> None:
        confirmed = self._shrinker.confirmed(violation)
        if confirmed is None:
            if not violation.finding.exchange.is_unreliable and len(self._result.suspects) < _MAX_SUSPECTS:
                self._result.suspects.append(
                    {"case": violation.run.case.data(), "requirement": violation.requirement.id}
                )
            return
        smallest = self._shrinker.shrunk(confirmed)
        again = self._shrinker.repeated(smallest)
        is_intermittent = len(again) < REPETITIONS - 1
        self._report(again[-1] if again else smallest, is_intermittent=is_intermittent)

    def _report_intermittent(self, violation: Violation) -> None:
        """Report a violation that was seen before, and now again in one of many equal requests."""
        if not violation.finding.exchange.is_unreliable:
            self._report(violation, is_intermittent=True)

    def _report(self, violation: Violation, *, is_intermittent: bool) -> None:
        found = self.judge.violations([violation.run])
        status = violation.finding.exchange.status
        violations = [one for one in found if one.finding.exchange.status == status] or [violation]
        requirements = frozenset(one.requirement.id for one in violations)
        trigger = Trigger.of(violation, requirements, is_intermittent=is_intermittent)
        self._fruitless[violation.kind] = self._fruitless.get(violation.kind, 0) + 1
        if not any(trigger.is_same_fault(known) for known in self._known):
            self._fruitless[violation.kind] = 0
            self._add_known(trigger)
            self._on_finding(ConfirmedFinding(violations, trigger, self._task.seed))

    def _add_known(self, trigger: Trigger) -> None:
        for at, known in enumerate(self._known):
            if known.is_same_fault(trigger):
                self._known[at] = replace(known, requirements=known.requirements | trigger.requirements)
                return
        self._known.append(trigger)
