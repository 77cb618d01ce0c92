"""Every fault is detected, no variant causes a false positive, and the page of the matrix is up to date.

`conformance prove` runs more servers: each variant alone, and 50 random combinations of variants.
"""

from pathlib import Path
from typing import Any

import pytest

from conformance.mutation.in_process_server import FAULTS, VARIANTS
from conformance.mutation.matrix import covering_combinations, mutation_plan, run_matrix
from reports.formats import mutation_report as report

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "detection.md"
MARK = "<!-- what follows is matrix.md of `conformance prove --output DIR`, letter for letter -->\n"
SAMPLE = 30  # specificity is measured for one fault in thirty; `conformance prove` measures all
# The page has results of more servers and faults.
COUNTS = ("servers with permitted variants: ", "faults measured for specificity; ")
VARIANT_TABLE = "## Permitted variants"
ROOT_CAUSES_TABLE = "## Faults with several root causes"
COMBINATIONS = covering_combinations(tuple(VARIANTS))


@pytest.fixture(scope="module")
def matrix() -> dict[str, Any]:
    plan = mutation_plan([], [], variants_once=True, specificity_every=SAMPLE, workers=2)
    return run_matrix(plan, lambda _, __: None)


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


def test_faults_cause_no_unrelated_violation_and_few_root_causes(matrix: dict[str, Any]) -> None:
    assert matrix["specificity"]["faults"] == len(range(0, len(FAULTS), SAMPLE))
    assert matrix["specificity"]["unspecific"] == []


def test_each_variant_is_in_one_combination() -> None:
    assert sorted(variant for combination in COMBINATIONS for variant in combination) == sorted(VARIANTS)


@pytest.mark.parametrize("variants", COMBINATIONS, ids=",".join)
def test_variants_cause_no_false_positive(
    false_positives: dict[tuple[str, ...], list[str]], variants: tuple[str, ...]
) -> None:
    assert false_positives[variants] == []


def test_the_documentation_contains_the_current_matrix(matrix: dict[str, Any]) -> None:
    documented, current = (
        [
            line
            for line in text.partition(VARIANT_TABLE)[0].splitlines()
            if not any(count in line for count in COUNTS)
        ]
        for text in (PAGE.read_text(encoding="utf-8").partition(MARK)[2], report.markdown(matrix))
    )
    assert documented == current


def test_the_documentation_contains_all_variants() -> None:
    rows = [f"| {variant.id} | {variant.permitted} | none |" for variant in VARIANTS.values()]
    text = PAGE.read_text(encoding="utf-8").partition(VARIANT_TABLE)[2].partition(ROOT_CAUSES_TABLE)[0]
    table = text.strip().splitlines()
    assert sorted(table[2:]) == sorted(rows)
