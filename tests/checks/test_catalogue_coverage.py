"""Every requirement has a check, and every check has a requirement."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from conformance.config.settings import Effort
from conformance.mutation.check_runner import CheckRunner
from conformance.mutation.in_process_server import InProcessTransport
from conformance.results.verdict import Verdict
from spec.catalogue import catalogue

MAX_SMOKE_REQUESTS = 30  # including preflight; a check with random examples sends hundreds


@pytest.fixture(scope="module")
def bench() -> CheckRunner:
    return CheckRunner(Effort.SMOKE, Effort.STANDARD)


@pytest.fixture(scope="module")
def verdicts(bench: CheckRunner) -> dict[str, Verdict]:
    result = bench.run(InProcessTransport(), bench.checks)
    return {identifier: outcome.verdict for identifier, outcome in result.outcomes.items()}


def test_each_requirement_has_exactly_one_check(bench: CheckRunner) -> None:
    checks_per_requirement = Counter(check.requirement.id for check in bench.checks)
    assert checks_per_requirement.keys() == catalogue().keys()
    assert set(checks_per_requirement.values()) == {1}


def test_the_reference_server_violates_no_requirement(verdicts: dict[str, Verdict]) -> None:
    assert set(verdicts.values()) <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}


def test_a_run_sends_no_more_requests_than_documented_for_its_effort() -> None:
    bench = CheckRunner(Effort.STANDARD, Effort.STANDARD)
    requests = bench.run(InProcessTransport(), bench.checks).requests
    assert 0.8 * Effort.STANDARD.max_requests < requests <= Effort.STANDARD.max_requests


def test_every_requirement_without_precondition_passes(verdicts: dict[str, Verdict]) -> None:
    not_passed = {identifier for identifier, verdict in verdicts.items() if verdict is not Verdict.PASSED}
    conditional = {identifier for identifier in not_passed if catalogue()[identifier].precondition}
    assert not_passed == conditional


def test_each_effort_generates_its_number_of_examples(bench: CheckRunner) -> None:
    """A check keeps the Hypothesis profile of its import; an earlier one must not affect a later one."""
    assert bench.checks
    smoke = CheckRunner(Effort.SMOKE, Effort.SMOKE)
    [check] = [check for check in smoke.checks if check.requirement.id == "VC-CREATE-CONFORMING"]
    result = smoke.run(InProcessTransport(), [check])
    assert result.outcomes["VC-CREATE-CONFORMING"].verdict is Verdict.PASSED
    assert result.requests < MAX_SMOKE_REQUESTS


def test_no_module_contains_assert_statements_because_python_o_removes_them() -> None:
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
