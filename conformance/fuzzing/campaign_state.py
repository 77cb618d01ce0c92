"""What a campaign knows: features, cases worth varying, triggers of findings, and the tasks that remain."""

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

from conformance.fuzzing.corpus import Corpus
from conformance.fuzzing.inputs.cases import Case
from conformance.fuzzing.tasks import ReportedFinding, Task, TaskKind, TaskResult
from conformance.runtime.seeded_random import seeded_random

_PARENTS: Final = 48  # of a task
_REPLAYED: Final = 64  # cases of a task that sends cases of earlier campaigns
_MAX_FEATURES: Final = 500_000
_MAX_REPLAYED: Final = 1_000  # cases with new features of earlier campaigns
_MAX_KNOWN: Final = 500  # triggers
_SIGHTINGS: Final = 2  # of a violation, from which it is looked for in many equal requests
_MAX_REPEATS: Final = 12  # tasks for such violations


class CampaignState:
    """The state of a campaign, which does not depend on who executes its tasks."""

    def __init__(self, corpus: Corpus, operations: Sequence[str], seed: int) -> None:
        self.corpus = corpus
        self._operations = operations
        self._features: set[int] = set()
        self._classes: dict[str, set[str]] = {}
        self._known: list[Mapping[str, Any]] = []
        self._numbers = count(1)
        self._random = seeded_random(seed)
        self._suspects: dict[str, list[Mapping[str, Any]]] = {}
        self._repeats = 0
        earlier_failures = corpus.failures()
        self._failures = {case.encode() for case in earlier_failures}
        failures = [case.data() for case in earlier_failures]
        earlier = [case.data() for case in corpus.load()]
        self._random.shuffle(earlier)
        cases = [*failures, *earlier[:_MAX_REPLAYED]]
        self._waiting: deque[tuple[TaskKind, Sequence[Mapping[str, Any]]]] = deque(
            (TaskKind.REPLAY, cases[at : at + _REPLAYED]) for at in range(0, len(cases), _REPLAYED)
        )

    @property
    def features(self) -> int:
        """Return the number of features."""
        return len(self._features)

    @property
    def value_classes(self) -> Mapping[str, int]:
        """Return the number of classes of values that were sent, by operation and member."""
        return {name: len(kinds) for name, kinds in sorted(self._classes.items())}

    def next_task(self, max_requests: int, max_extra: int) -> Task:
        """Return the next task: cases of earlier campaigns, violations to see again, or search."""
        number, seed = next(self._numbers), self._random.randrange(2**32)
        known = self._known[-_MAX_KNOWN:]
        if self._waiting:
            kind, cases = self._waiting.popleft()
            if kind is TaskKind.REPEAT:
                max_requests, max_extra = max_requests + max_extra, 0
            return Task(number, kind, seed, max_requests, max_extra, cases, known)
        parents = [case.data() for case in self.corpus.parents(_PARENTS)]
        return Task(number, TaskKind.SEARCH, seed, max_requests, max_extra, parents, known)

    def add_result(self, result: TaskResult) -> None:
        """Add the result of a task."""
        new = set(result.features) - self._features
        if len(self._features) < _MAX_FEATURES:
            self._features |= new
        for name, kinds in result.value_classes.items():
            self._classes.setdefault(name, set()).update(kinds)
        if new:
            for data in result.cases:
                self.corpus.add(Case.of_data(data, self._operations))
        for suspect in result.suspects:
            self._add_suspect(suspect)
        for data in result.passed:
            self._remove_failure(Case.of_data(data, self._operations))

    def add_finding(self, finding: ReportedFinding) -> None:
        """Add a confirmed finding: its case is the first of the next campaign, its trigger is known."""
        self._known.append(finding.trigger)
        self.corpus.add_failure(Case.of_data(finding.case, self._operations))

    def return_task(self, task: Task) -> None:
        """Let another process execute a task whose process ended, unless any task would do."""
        if task.kind is not TaskKind.SEARCH:
            self._waiting.appendleft((task.kind, task.cases))

    def _remove_failure(self, case: Case) -> None:
        """Vary a case that does not fail any more instead of sending it first."""
        if case.encode() in self._failures:
            self._failures.remove(case.encode())
            self.corpus.remove_failure(case)
            self.corpus.add(case)

    def _add_suspect(self, suspect: Mapping[str, Any]) -> None:
        """Add a violation that was not seen again; from the second on, it is looked for."""
        cases = self._suspects.setdefault(suspect["requirement"], [])
        cases.append(suspect["case"])
        if len(cases) == _SIGHTINGS and self._repeats < _MAX_REPEATS:
            self._repeats += 1
            self._waiting.append((TaskKind.REPEAT, list(cases)))
