"""A finding that cannot be tried again is no flake."""

from dataclasses import replace
from pathlib import Path

from conformance.proving.bench import Bench
from conformance.proving.server import InProcess
from conformance.settings import Effort
from conformance.target import Limits
from conformance.trial import Trial


def test_a_finding_that_the_budget_forbids_to_repeat_is_inconclusive(tmp_path: Path) -> None:
    bench = Bench(Effort.STANDARD, Effort.SMOKE)
    [check] = [each for each in bench.checks if each.requirement.id == "VC-CREATE-DATE-ONLY"]
    settings = bench.settings(InProcess(["date-only-becomes-end-of-day"]), tmp_path)
    trial = Trial(replace(settings, limits=Limits(concurrency=4, requests=45)))
    with trial.running([check]):
        trial.decide(check)
    assert trial.record["exit_code"] == 3
