"""Every fault is detected, no variant causes a false positive, and docs/detection.md is up to date.

`conformance prove` runs more servers: 50 combinations of variants, and every variant with all cases.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from conformance.config.settings import Effort
from conformance.mutation.in_process_server import FAULTS, VARIANTS
from conformance.mutation.matrix import mutation_plan, run_matrix, variant_combinations
from reports.formats import mutation_report as report

SEEDS = 6
# docs/explanation/detection.md has results of more servers.
SERVERS = re.compile(r"- \d+ servers with permitted variants: ")
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "detection.md"
MARK = "<!-- what follows is matrix.md of `conformance prove --output DIR`, letter for letter -->\n"


@pytest.fixture(scope="module")
def matrix() -> dict[str, Any]:
    return run_matrix(mutation_plan([], [], seeds=SEEDS, alone=Effort.SMOKE, workers=2), lambda _, __: None)


@pytest.fixture(scope="module")
def results(matrix: dict[str, Any]) -> dict[str, str]:
    return {
        fault["id"]: f"{fault['detection']}: {', '.join(fault['violated'][:9])}" for fault in matrix["faults"]
    }


@pytest.fixture(scope="module")
def false_positives(matrix: dict[str, Any]) -> dict[tuple[str, ...], list[str]]:
    return {server["variants"]: list(server["false_positives"]) for server in matrix["variants"]}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_detected_by_its_checks(results: dict[str, str], fault: str) -> None:
    assert results[fault].startswith("detected: ")


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_causes_no_false_positive(
    false_positives: dict[tuple[str, ...], list[str]], variant: str
) -> None:
    assert false_positives[variant,] == []


@pytest.mark.parametrize("seed, variants", list(variant_combinations(tuple(VARIANTS), SEEDS)))
def test_a_combination_of_variants_causes_no_false_positive(
    false_positives: dict[tuple[str, ...], list[str]], seed: int, variants: tuple[str, ...]
) -> None:
    assert false_positives[variants] == [], f"seed {seed}"


def test_the_documentation_contains_the_current_matrix(matrix: dict[str, Any]) -> None:
    documented, current = (
        [line for line in text.splitlines() if not SERVERS.match(line)]
        for text in (PAGE.read_text(encoding="utf-8").partition(MARK)[2], report.markdown(matrix))
    )
    assert documented == current
