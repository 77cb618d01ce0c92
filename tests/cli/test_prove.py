"""The `conformance prove` command and its reports."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.config.settings import Effort
from conformance.mutation.detection import Detection, run_fault
from conformance.mutation.in_process_server import FAULTS, VARIANTS
from conformance.mutation.matrix import UnknownFaultError, mutation_plan, specificity, variant_combinations
from reports.formats import mutation_report as report

FAULT = "date-only-becomes-end-of-day"
HOSTILE = "<script>alert(1)</script>"


def prove(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("prove", "--workers", "1", *arguments), catch_exceptions=False)


def test_a_fault_and_a_variant_are_tested_and_written(tmp_path: Path) -> None:
    done = prove("--fault", FAULT, "--variant", "slow", "--seeds", "0", "--output", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert "1 faults: 1 detected by the intended checks, 0 detected only by other checks" in done.output
    assert "1 servers with permitted variants: 0 with false positives\n" in done.output
    matrix = json.loads((tmp_path / "out" / "matrix.json").read_text())
    [fault] = matrix["faults"]
    assert (fault["id"], fault["detection"], fault["violated"]) == (
        FAULT,
        "detected",
        ["VC-CREATE-DATE-ONLY"],
    )
    assert (fault["headlines"], fault["unrelated"]) == (1, [])
    assert matrix["specificity"] == {"faults": 1, "median": 1, "mean": 1, "most": 1, "unspecific": []}
    assert FAULT in (tmp_path / "out" / "matrix.md").read_text()
    assert FAULT in (tmp_path / "out" / "matrix.html").read_text()


def test_a_violation_that_a_fault_does_not_declare_is_unrelated(monkeypatch: pytest.MonkeyPatch) -> None:
    undeclared = replace(FAULTS["mojibake"], also_violates=())
    monkeypatch.setitem(FAULTS, "mojibake", undeclared)
    result = run_fault("mojibake", Effort.SMOKE, everything=False)
    assert result.detection is Detection.DETECTED
    assert result.unrelated == ("FCR-CREATE-META-ECHO",)


@pytest.mark.parametrize(
    "headlines, unrelated, unspecific", [(3, [], []), (4, [], [FAULT]), (1, ["VC-CONF-ID"], [FAULT])]
)
def test_a_fault_is_specific_with_few_root_causes_that_it_explains(
    headlines: int, unrelated: list[str], unspecific: list[str]
) -> None:
    fault = {"id": FAULT, "headlines": headlines, "unrelated": unrelated}
    assert specificity([fault]) == {
        "faults": 1,
        "median": headlines,
        "mean": headlines,
        "most": headlines,
        "unspecific": unspecific,
    }


def test_an_unknown_fault_is_rejected_with_a_suggestion() -> None:
    done = prove("--fault", "date-only-becomes-end-of-days")
    assert done.exit_code == 2
    assert f"no fault 'date-only-becomes-end-of-days'; did you mean '{FAULT}'?" in done.output


def test_a_pattern_selects_several_faults() -> None:
    plan = mutation_plan(["name-*"], [])
    assert len(plan.faults) > 5
    assert set(plan.faults) < set(FAULTS)
    assert plan.variants == ()
    with pytest.raises(UnknownFaultError, match=r"no variant 'no-such\*'"):
        mutation_plan([], ["no-such*"])


def test_all_faults_and_variants_are_selected_by_default() -> None:
    assert (mutation_plan([], []).faults, mutation_plan([], []).variants) == (tuple(FAULTS), tuple(VARIANTS))


def test_combinations_are_reproducible_and_their_variants_have_different_subjects() -> None:
    combinations = list(variant_combinations(tuple(VARIANTS), 20))
    assert combinations == list(variant_combinations(tuple(VARIANTS), 20))
    assert len({variants for _, variants in combinations}) == 20
    for _, variants in combinations:
        subjects = [variant.partition("-")[0] for variant in variants]
        assert len(subjects) == len(set(subjects))
        assert len(subjects) in range(10, 13)


def test_everything_reports_all_requirements_that_a_fault_violates() -> None:
    result = run_fault("create-wrapped", Effort.SMOKE, everything=True)
    assert result.detection is Detection.DETECTED
    assert len(result.violated) > 20


def matrix_with(**members: Any) -> dict[str, Any]:
    fault = {
        "id": "f",
        "summary": HOSTILE,
        "should_level": False,
        "breaks": ["VC-A"],
        "detection": "missed",
        "violated": [],
        "headlines": 4,
        "unrelated": ["VC-B"],
        "requests": 7,
    }
    requirement = {
        "id": "VC-A",
        "level": "must",
        "operation": "VC-CREATE",
        "sentence": HOSTILE,
        "faults": ["f"],
        "detected": [],
    }
    server = {
        "variants": ["v"],
        "seed": 0,
        "false_positives": ["VC-A"],
        "requests": 7,
        "permitted": "This is permitted.",
    }
    return {
        "suite": {"name": "conference-conformance", "version": "0"},
        "effort": "standard",
        "complete": False,
        "workers": 2,
        "seconds": 1.5,
        "requests": 14,
        "specificity": {"faults": 1, "median": 4, "mean": 4.0, "most": 4, "unspecific": ["f"]},
        "counts": {"detected": 0, "detected-by-others": 0, "missed": 1},
        "variant_servers": 1,
        "false_positives": 1,
        "false_positive_rate_below": None,
        "faults": [fault],
        "variants": [server],
        "requirements": [requirement],
        **members,
    }


def test_the_html_page_shows_missed_faults_first_and_contains_no_script() -> None:
    page = report.html(matrix_with())
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert '<rect x="0" y="0" width="1" height="1" class="missed"/>' in page
    assert page.count("<details open>") == 2
    assert "interrupted: the matrix is incomplete" in page


def test_markdown_lists_faults_with_several_root_causes() -> None:
    text = report.markdown(matrix_with())
    assert "at most 4; 1 with unrelated violations" in text
    assert text.endswith("| f | 4 | VC-B |\n")


def test_markdown_lists_requirements_with_their_faults() -> None:
    text = report.markdown(matrix_with())
    assert "| VC-A | must | 0 of 1 | f |" in text
    assert "| v | This is permitted. | VC-A |" in text
    assert "1.5" not in text
