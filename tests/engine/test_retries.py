"""A finding that cannot be tried again is no flake, and a drawn case that cannot is no mistake of ours."""

from dataclasses import replace
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from conformance.config.settings import Effort
from conformance.config.target import Limits
from conformance.engine.attempts import CheckKind
from conformance.engine.session import RunSession
from conformance.http.exchange import Exchange
from conformance.mutation.check_bench import CheckBench
from conformance.mutation.in_process_server import InProcessTransport
from conformance.results.verdict import Finding, Outcome, Verdict
from conformance.transport.throttling import TimeLimitError
from tests.support.check_executors import Conferences, acting, engine


def test_a_finding_that_the_budget_forbids_to_repeat_is_inconclusive(tmp_path: Path) -> None:
    bench = CheckBench(Effort.STANDARD, Effort.SMOKE)
    [check] = [each for each in bench.checks if each.requirement.id == "VC-CREATE-DATE-ONLY"]
    told = bench.settings(InProcessTransport(["date-only-becomes-end-of-day"]), tmp_path)
    trial = RunSession(replace(told, limits=Limits(concurrency=4, max_requests=45)))
    with trial.open([check]):
        trial.decide(check)
    assert trial.record["exit_code"] == 3


def drawn(*ends: Exception | None) -> Outcome:
    """Return what comes of a check whose one drawn case ends otherwise each time it is tried."""
    each = cycle(ends)

    @settings(max_examples=1, phases=[Phase.generate], database=None)
    @given(case=st.none())
    def check(case: None) -> None:
        end = next(each)
        if end is not None:
            raise end from case

    with TemporaryDirectory() as folder, engine(Conferences(), Path(folder)) as opened:
        return opened.outcome(acting(lambda **_: check()))


def test_a_drawn_case_that_the_time_forbids_to_try_again_is_inconclusive() -> None:
    outcome = drawn(KeyError(), TimeLimitError(60))
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "time: limit of 60 s reached")


def test_a_drawn_case_that_is_found_and_then_ends_otherwise_is_a_finding(tmp_path: Path) -> None:
    outcome = drawn(Finding("it is so", seen(tmp_path)), None)
    assert [finding.expected for finding in outcome.findings] == ["it is so"]


def test_a_drawn_case_that_ends_in_mistakes_of_ours_is_one() -> None:
    assert drawn(KeyError(), ValueError()).verdict is Verdict.ERROR


def seen(folder: Path) -> Exchange:
    with engine(Conferences(), folder) as opened:
        return opened.api("a check").video.get("unknown")


def test_no_case_is_drawn_when_the_time_is_over(tmp_path: Path) -> None:
    drawn_at_all: list[None] = []
    check = replace(acting(lambda **_: drawn_at_all.append(None)), kind=CheckKind.PROPERTY_BASED)
    with engine(Conferences(), tmp_path) as opened:
        opened.wire.throttling.set_time_limit(-1)
        outcome = opened.outcome(check)
    assert (outcome.verdict, outcome.reason) == (Verdict.INCONCLUSIVE, "time: limit of -1 s reached")
    assert not drawn_at_all
