"""A finding that cannot be tried again is no flake."""

from pathlib import Path

from conformance.settings import Effort
from conformance.target import Limits
from conformance.trial import Trial
from tests.in_process import InProcess, checks, settings


def test_a_finding_that_the_budget_forbids_to_repeat_is_inconclusive(tmp_path: Path) -> None:
    [check] = [each for each in checks() if each.requirement.id == "VC-CREATE-DATE-ONLY"]
    transport = InProcess(["date-only-becomes-end-of-day"])
    told = settings(transport, tmp_path, Effort.SMOKE)
    trial = Trial(type(told)(**{**vars(told), "limits": Limits(concurrency=4, requests=45)}))
    with trial.running([check]):
        trial.decide(check)
    assert trial.record["exit_code"] == 3
