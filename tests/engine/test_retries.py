"""Retries that limits prevent: the outcome is inconclusive, not flaky and not an internal error."""

from dataclasses import replace
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from conformance.config.settings import Effort
from conformance.config.target import Limits
from conformance.engine.attempts import CheckKind
from conformance.engine.session.run_session import RunSession
from conformance.http.exchange import Exchange
from conformance.mutation.check_runner import CheckRunner
from conformance.mutation.in_process_server import InProcessTransport
from conformance.results.verdict import Finding, Outcome, Verdict
from conformance.transport.throttling import TimeLimitError
from tests.support.check_executors import ConferenceTarget, active_check, check_executor


def test_a_finding_that_cannot_be_retried_within_the_budget_is_inconclusive(tmp_path: Path) -> None:
    bench = CheckRunner(Effort.STANDARD, Effort.SMOKE)
    [check] = [entry for entry in bench.checks if entry.requirement.id == "VC-CREATE-DATE-ONLY"]
    bench_settings = bench.settings(InProcessTransport(["date-only-becomes-end-of-day"]), tmp_path)
    session = RunSession(replace(bench_settings, limits=Limits(concurrency=4, max_requests=45)))
    with session.open([check]):
        session.decide(check)
    assert session.record["exit_code"] == 3


def outcome_of_generated_case(*results: Exception | None) -> Outcome:
    """Return the outcome of a check with one generated case, which has these results in turn."""
    next_results = cycle(results)

    @settings(max_examples=1, phases=[Phase.generate], database=None)
    @given(case=st.none())
    def check(case: None) -> None:
        result = next(next_results)
        if result is not None:
            raise result from case

    with TemporaryDirectory() as folder, check_executor(ConferenceTarget(), Path(folder)) as executor:
        return executor.outcome(active_check(lambda **_: check()))


def test_a_generated_case_that_cannot_be_retried_in_time_is_inconclusive() -> None:
    outcome = outcome_of_generated_case(KeyError(), TimeLimitError(60))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "time: limit of 60 s reached")


def test_a_generated_case_with_a_finding_that_is_not_reproduced_is_a_finding(tmp_path: Path) -> None:
    outcome = outcome_of_generated_case(Finding("not found", unknown_get(tmp_path)), None)
    assert [finding.expected for finding in outcome.findings] == ["not found"]


def test_a_generated_case_with_internal_errors_is_an_error() -> None:
    assert outcome_of_generated_case(KeyError(), ValueError()).verdict is Verdict.ERROR


def unknown_get(folder: Path) -> Exchange:
    with check_executor(ConferenceTarget(), folder) as executor:
        return executor.api("a check").video.get("unknown")


def test_no_case_is_generated_after_the_time_limit(tmp_path: Path) -> None:
    generated_cases: list[None] = []
    check = replace(active_check(lambda **_: generated_cases.append(None)), kind=CheckKind.PROPERTY_BASED)
    with check_executor(ConferenceTarget(), tmp_path) as executor:
        executor.stack.throttling.set_time_limit(-1)
        outcome = executor.outcome(check)
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "time: limit of -1 s reached")
    assert not generated_cases
