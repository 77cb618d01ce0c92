"""Shrinking: the smallest case that still violates a requirement, confirmed by sending it again."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from conformance.fuzzing.inputs.cases import Case
from conformance.fuzzing.search.execution import CaseExecutor, CaseRun
from conformance.fuzzing.search.judgement import Judge, Violation
from conformance.fuzzing.search.simplification import simpler_cases

_PARALLEL: Final = 8  # candidates that are sent at the same time
_MAX_CANDIDATES: Final = 500  # of one finding
REPETITIONS: Final = 4  # of the smallest case, all of which show a violation that is not intermittent
_CONFIRMATIONS: Final = 3  # attempts to see a violation again


class Shrinker:
    """Confirms and shrinks violations; `has_budget` returns whether more requests may be sent."""

    def __init__(self, executor: CaseExecutor, judge: Judge, has_budget: Callable[[], bool]) -> None:
        self._executor = executor
        self._judge = judge
        self._has_budget = has_budget

    def confirmed(self, violation: Violation, case: Case | None = None) -> Violation | None:
        """Send a case again, up to three times; return the violation that it shows."""
        for _ in range(_CONFIRMATIONS):
            [found] = self._violations([case or violation.run.case], violation)
            if found is not None:
                return found
        return None

    def shrunk(self, violation: Violation) -> Violation:
        """Return the violation by the smallest case that was found within the budget."""
        candidates, tried = simpler_cases(violation.run.case), 0
        rejected: set[bytes] = set()
        while tried < _MAX_CANDIDATES and self._has_budget():
            cases = []
            for case in islice(candidates, _PARALLEL):
                encoded = case.encode()
                if encoded not in rejected:
                    rejected.add(encoded)
                    cases.append(case)
            if not cases:
                if next(candidates, None) is None:
                    break
                continue
            tried += len(cases)
            found = next(filter(None, self._violations(cases, violation)), None)
            if found is not None:
                violation, candidates = found, simpler_cases(found.run.case)
        return violation

    def repeated(self, violation: Violation) -> list[Violation]:
        """Send the case several times, one after the other; return the violations that it shows."""
        found = (self._violations([violation.run.case], violation)[0] for _ in range(REPETITIONS))
        return [one for one in found if one is not None]

    def is_violated(self, case: Case, violation: Violation) -> bool:
        """Return whether a case violates the same requirement."""
        return self.confirmed(violation, case) is not None

    def _violations(self, cases: Sequence[Case], violation: Violation) -> list[Violation | None]:
        runs: list[CaseRun] = self._executor.run_each(cases)
        return [self._same(run, violation) for run in runs]

    def _same(self, run: CaseRun, violation: Violation) -> Violation | None:
        found = self._judge.violations_of(run, violation.requirement.id)
        return next((one for one in found if one.key == violation.key), None)
