"""Drawn cases are tried several at a time, each once, and the first that fails is shrunk."""

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
OF_TRIALS = settings(
    database=None,
    derandomize=True,
    max_examples=CASES,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


class Several:
    """Does the same with several cases at a time, as an Api does."""

    def __init__(self, effort: Effort = Effort.STANDARD) -> None:
        self.effort = effort

    def each(self, act: Callable[[Any], Any], cases: Iterable[Any]) -> list[Any]:
        with ThreadPoolExecutor(WIDTH) as pool:
            return list(pool.map(act, cases))


def several(effort: Effort = Effort.STANDARD) -> ApiClient:
    return cast("ApiClient", Several(effort))  # all of it that is needed here


def finding(number: int) -> Finding:
    told = Request("POST", f"/{number}")
    exchange = Exchange(number, Origin("a check", "VC-CREATE"), told, None, None, datetime.now(UTC), 0.0)
    return Finding(f"less than {number}", exchange)


def check(act: Callable[[int], None], *written: int) -> Any:
    @OF_TRIALS
    @given(number=st.integers(0, 1000))
    def test(api: Any, number: int) -> None:
        del api
        act(number)

    for each in written:
        test = example(number=each)(test)
    return test


def tried(act: Callable[[int], None], *written: int, effort: Effort = Effort.STANDARD) -> None:
    made = check(act, *written)
    parallel_examples.run_cases(made, several(effort), parallel_examples.generate_cases(made))


def test_the_cases_are_those_that_are_drawn_without_us() -> None:
    usual: list[int] = []
    ours: list[int] = []

    def of(seen: list[int]) -> Any:
        return check(seen.append, 7, 8)

    of(usual)(api=several())
    made = of(ours)
    parallel_examples.run_cases(made, several(), parallel_examples.generate_cases(made))
    assert Counter(ours) == Counter(usual)
    assert len(usual) >= CASES // 2


@pytest.mark.parametrize("seed", [None, 7])
def test_what_is_drawn_aside_is_what_is_drawn_here(seed: int | None) -> None:
    of_a_room = Settings(
        Target(httpx.URL("http://target"), ACCOUNT), seed=seed, select="FCR-CREATE-*CONFORMING"
    )
    with hypothesis_profiles.preserved_profile():
        checks = collect_checks(of_a_room).checks
        for check in checks:
            assert check.examples is not None
            there = parallel_examples.generated_cases(check.function, check.examples)
            assert there == parallel_examples.generate_cases(check.function)
            assert len(there) > check.examples.count
    assert len(checks) == 2


def test_what_schemathesis_changes_for_its_process_changes_no_case(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = parallel_examples.generate_cases(check(lambda _: None))
    monkeypatch.setattr(engine, "BUFFER_SIZE", 1)
    assert parallel_examples.generate_cases(check(lambda _: None)) == usual


def test_cases_are_drawn_here_where_nobody_can_draw_them_aside() -> None:
    made = check(lambda _: None)
    assert parallel_examples.generated_cases(
        made, hypothesis_profiles.ExampleSettings(CASES)
    ) == parallel_examples.generate_cases(made)


def test_several_are_tried_at_a_time() -> None:
    together = threading.Barrier(WIDTH, timeout=10)

    def act(_: int) -> None:
        together.wait()

    tried(act, *range(2 * WIDTH))


def test_what_fails_is_shrunk_and_what_passed_is_not_tried_again() -> None:
    seen: list[int] = []

    def act(number: int) -> None:
        seen.append(number)
        if number >= 13:
            raise finding(number)

    with pytest.raises(Finding) as told:
        tried(act)
    assert told.value.expected == "less than 13"
    assert Counter(each for each in seen if each < 12).most_common(1)[0][1] == 1


def test_a_written_case_that_fails_is_told_as_it_is() -> None:
    def act(number: int) -> None:
        if number == 555:
            raise finding(number)

    with pytest.raises(Finding, match="less than 555"):
        tried(act, 555)


def test_a_finding_goes_before_what_could_not_be_seen() -> None:
    def act(number: int) -> None:
        if number == 1:
            raise Inconclusive("busy", "nobody had time")
        if number == 2:
            raise finding(number)

    with pytest.raises(Finding, match="less than 2"):
        tried(act, 1, 2)


def test_what_could_not_be_seen_ends_it() -> None:
    seen: list[int] = []

    def act(number: int) -> None:
        seen.append(number)
        raise Inconclusive("busy", "nobody had time")

    with pytest.raises(Inconclusive):
        tried(act)
    assert len(seen) < CASES


def test_what_fails_once_and_never_again_is_a_finding_all_the_same() -> None:
    first = iter([True])

    def act(number: int) -> None:
        if number > 3 and next(first, False):
            raise finding(number)

    made = run_check(lambda: tried(act))
    assert made.finding is not None
    assert made.error is None


def test_little_is_tried_where_little_is_to_be_sent() -> None:
    seen: list[int] = []
    tried(seen.append, *range(1000, 1040), effort=Effort.SMOKE)
    assert len(seen) < CASES
