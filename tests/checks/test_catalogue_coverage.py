"""Every requirement has its check, every check its requirement."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from conformance.config.settings import Effort
from conformance.mutation.check_bench import Bench
from conformance.mutation.in_process_server import InProcess
from conformance.results.verdict import Verdict
from spec.catalogue import catalogue

SOME_AND_PREFLIGHT = 30  # requests; with random cases there are hundreds


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(Effort.SMOKE, Effort.STANDARD)


@pytest.fixture(scope="module")
def correct(bench: Bench) -> dict[str, Verdict]:
    judgement = bench.judged(InProcess(), bench.checks)
    return {identifier: outcome.verdict for identifier, outcome in judgement.outcomes.items()}


def test_each_requirement_is_decided_by_one_check(bench: Bench) -> None:
    deciding = Counter(check.requirement.id for check in bench.checks)
    assert deciding.keys() == catalogue().keys()
    assert set(deciding.values()) == {1}


def test_the_reference_server_keeps_every_requirement(correct: dict[str, Verdict]) -> None:
    assert set(correct.values()) <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}


def test_an_effort_sends_no_more_than_it_says() -> None:
    bench = Bench(Effort.STANDARD, Effort.STANDARD)
    sent = bench.judged(InProcess(), bench.checks).requests
    assert 0.8 * Effort.STANDARD.requests < sent <= Effort.STANDARD.requests


def test_every_must_is_decided_at_the_reference_server(correct: dict[str, Verdict]) -> None:
    undecided = {identifier for identifier, verdict in correct.items() if verdict is not Verdict.PASSED}
    conditional = {identifier for identifier in undecided if catalogue()[identifier].when}
    assert undecided == conditional


def test_each_effort_draws_as_many_random_cases_as_it_says(bench: Bench) -> None:
    """Whatever was collected in this process before: a test keeps the profile under which it was made."""
    assert bench.checks
    smoke = Bench(Effort.SMOKE, Effort.SMOKE)
    [check] = [each for each in smoke.checks if each.requirement.id == "VC-CREATE-CONFORMING"]
    judgement = smoke.judged(InProcess(), [check])
    assert judgement.outcomes["VC-CREATE-CONFORMING"].verdict is Verdict.PASSED
    assert judgement.requests < SOME_AND_PREFLIGHT


def test_nothing_rests_on_assert_statements_which_python_o_leaves_out() -> None:
    root = Path(__file__).parents[2]
    paths = [
        path
        for name in ("spec", "strategies", "conformance", "reports")
        for path in (root / name).rglob("*.py")
    ]
    found = [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert paths
    assert found == []
