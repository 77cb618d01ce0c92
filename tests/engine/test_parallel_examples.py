"""Concurrent execution of generated cases: each runs once, and the first that fails is shrunk."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import engine

from conformance.config.settings import Effort, Settings
from conformance.config.target import Target
from conformance.engine import parallel_examples
from conformance.engine.attempts import run_check
from conformance.engine.runner import collect_checks
from conformance.http.exchange import Exchange, Origin, Request
from conformance.processes.reference_process import ACCOUNT
from conformance.results.verdict import Finding, Inconclusive
from conformance.testkit import hypothesis_profiles
from conformance.testkit.api_client import ApiClient

CASES = 100
WIDTH = 4
HYPOTHESIS_SETTINGS = settings(
    database=None,
    derandomize=True,
    max_examples=CASES,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


class ConcurrentClient:
    """Runs a function for several cases concurrently, as an ApiClient does."""

    def __init__(self, effort: Effort = Effort.STANDARD) -> None:
        self.effort = effort

    def map_concurrently(self, run_case: Callable[[Any], Any], cases: Iterable[Any]) -> list[Any]:
        with ThreadPoolExecutor(WIDTH) as pool:
            return list(pool.map(run_case, cases))


def concurrent_client(effort: Effort = Effort.STANDARD) -> ApiClient:
    return cast("ApiClient", ConcurrentClient(effort))  # the only members that are used


def finding(number: int) -> Finding:
    request = Request("POST", f"/{number}")
    exchange = Exchange(number, Origin("a check", "VC-CREATE"), request, None, None, datetime.now(UTC), 0.0)
    return Finding(f"less than {number}", exchange)


def check(run_case: Callable[[int], None], *explicit_cases: int) -> Any:
    @HYPOTHESIS_SETTINGS
    @given(number=st.integers(0, 1000))
    def test(api: Any, number: int) -> None:
        del api
        run_case(number)

    for case in explicit_cases:
        test = example(number=case)(test)
    return test


def run_cases(
    run_case: Callable[[int], None], *explicit_cases: int, effort: Effort = Effort.STANDARD
) -> None:
    test = check(run_case, *explicit_cases)
    parallel_examples.run_cases(test, concurrent_client(effort), parallel_examples.generate_cases(test))


def test_the_cases_are_those_that_hypothesis_generates() -> None:
    sequential_cases: list[int] = []
    concurrent_cases: list[int] = []

    def recording_check(cases: list[int]) -> Any:
        return check(cases.append, 7, 8)

    recording_check(sequential_cases)(api=concurrent_client())
    test = recording_check(concurrent_cases)
    parallel_examples.run_cases(test, concurrent_client(), parallel_examples.generate_cases(test))
    assert Counter(concurrent_cases) == Counter(sequential_cases)
    assert len(sequential_cases) >= CASES // 2


@pytest.mark.parametrize("seed", [None, 7])
def test_the_background_process_generates_the_same_cases(seed: int | None) -> None:
    settings_for_rooms = Settings(
        Target(httpx.URL("http://target"), ACCOUNT), seed=seed, select="FCR-CREATE-*CONFORMING"
    )
    with hypothesis_profiles.preserved_profile():
        checks = collect_checks(settings_for_rooms).checks
        for check in checks:
            assert check.examples is not None
            cases = parallel_examples.generated_cases(check.function, check.examples)
            assert cases == parallel_examples.generate_cases(check.function)
            assert len(cases) > check.examples.count
    assert len(checks) == 2


def test_changes_of_schemathesis_to_hypothesis_do_not_change_the_cases(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = parallel_examples.generate_cases(check(lambda _: None))
    monkeypatch.setattr(engine, "BUFFER_SIZE", 1)
    assert parallel_examples.generate_cases(check(lambda _: None)) == expected


def test_cases_are_generated_in_this_process_if_the_background_process_cannot() -> None:
    test = check(lambda _: None)
    assert parallel_examples.generated_cases(
        test, hypothesis_profiles.ExampleSettings(CASES)
    ) == parallel_examples.generate_cases(test)


def test_several_cases_run_concurrently() -> None:
    barrier = threading.Barrier(WIDTH, timeout=10)

    def run_case(_: int) -> None:
        barrier.wait()

    run_cases(run_case, *range(2 * WIDTH))


def test_a_failing_case_is_shrunk_and_a_passing_case_is_not_repeated() -> None:
    numbers: list[int] = []

    def run_case(number: int) -> None:
        numbers.append(number)
        if number >= 13:
            raise finding(number)

    with pytest.raises(Finding) as error:
        run_cases(run_case)
    assert error.value.expected == "less than 13"
    assert Counter(number for number in numbers if number < 12).most_common(1)[0][1] == 1


def test_a_failing_explicit_case_is_reported_unchanged() -> None:
    def run_case(number: int) -> None:
        if number == 555:
            raise finding(number)

    with pytest.raises(Finding, match="less than 555"):
        run_cases(run_case, 555)


def test_a_finding_takes_precedence_over_an_inconclusive_case() -> None:
    def run_case(number: int) -> None:
        if number == 1:
            raise Inconclusive("busy", "the target is busy")
        if number == 2:
            raise finding(number)

    with pytest.raises(Finding, match="less than 2"):
        run_cases(run_case, 1, 2)


def test_an_inconclusive_case_ends_the_check() -> None:
    numbers: list[int] = []

    def run_case(number: int) -> None:
        numbers.append(number)
        raise Inconclusive("busy", "the target is busy")

    with pytest.raises(Inconclusive):
        run_cases(run_case)
    assert len(numbers) < CASES


def test_a_case_that_fails_only_once_is_a_finding() -> None:
    first = iter([True])

    def run_case(number: int) -> None:
        if number > 3 and next(first, False):
            raise finding(number)

    attempt = run_check(lambda: run_cases(run_case))
    assert attempt.finding is not None
    assert attempt.error is None


def test_only_some_cases_run_at_smoke_effort() -> None:
    numbers: list[int] = []
    run_cases(numbers.append, *range(1000, 1040), effort=Effort.SMOKE)
    assert len(numbers) < CASES
