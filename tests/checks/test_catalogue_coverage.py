"""Every requirement has a check, and every check has a requirement."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from conformance.config.settings import Effort
from conformance.mutation.check_bench import CheckBench
from conformance.mutation.in_process_server import InProcessTransport
from conformance.results.verdict import Verdict
from spec.catalogue import catalogue

MAX_SMOKE_REQUESTS = 30  # preflight included; with random examples there are hundreds


@pytest.fixture(scope="module")
def bench() -> CheckBench:
    return CheckBench(Effort.SMOKE, Effort.STANDARD)


@pytest.fixture(scope="module")
def verdicts(bench: CheckBench) -> dict[str, Verdict]:
    judgement = bench.run(InProcessTransport(), bench.checks)
    return {identifier: outcome.verdict for identifier, outcome in judgement.outcomes.items()}


def test_each_requirement_is_decided_by_exactly_one_check(bench: CheckBench) -> None:
    deciding = Counter(check.requirement.id for check in bench.checks)
    assert deciding.keys() == catalogue().keys()
    assert set(deciding.values()) == {1}


def test_the_reference_server_violates_no_requirement(verdicts: dict[str, Verdict]) -> None:
    assert set(verdicts.values()) <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}


def test_an_effort_sends_no_more_requests_than_documented() -> None:
    bench = CheckBench(Effort.STANDARD, Effort.STANDARD)
    requests = bench.run(InProcessTransport(), bench.checks).requests
    assert 0.8 * Effort.STANDARD.max_requests < requests <= Effort.STANDARD.max_requests


def test_every_requirement_without_precondition_is_decided(verdicts: dict[str, Verdict]) -> None:
    undecided = {identifier for identifier, verdict in verdicts.items() if verdict is not Verdict.PASSED}
    conditional = {identifier for identifier in undecided if catalogue()[identifier].precondition}
    assert undecided == conditional


def test_each_effort_generates_its_number_of_examples(bench: CheckBench) -> None:
    """A check keeps the Hypothesis profile of its import; an earlier one must not affect a later one."""
    assert bench.checks
    smoke = CheckBench(Effort.SMOKE, Effort.SMOKE)
    [check] = [check for check in smoke.checks if check.requirement.id == "VC-CREATE-CONFORMING"]
    judgement = smoke.run(InProcessTransport(), [check])
    assert judgement.outcomes["VC-CREATE-CONFORMING"].verdict is Verdict.PASSED
    assert judgement.requests < MAX_SMOKE_REQUESTS


def test_no_module_uses_assert_statements_which_python_o_removes() -> None:
    root = Path(__file__).parents[2]
    paths = [
        path
        for name in ("spec", "strategies", "conformance", "reports")
        for path in (root / name).rglob("*.py")
    ]
    asserts = [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert paths
    assert asserts == []
