"""The command `conformance prove`, and how a matrix is shown."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.config.settings import Effort
from conformance.mutation.detection import Proof, prove_fault
from conformance.mutation.in_process_server import FAULTS, VARIANTS
from conformance.mutation.matrix import UnknownFlawError, extent, mixtures
from reports.formats import mutation_report as report

FAULT = "date-only-becomes-end-of-day"
HOSTILE = "<script>alert(1)</script>"


def prove(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("prove", "--workers", "1", *arguments), catch_exceptions=False)


def test_a_fault_and_a_variant_are_proven_and_written(tmp_path: Path) -> None:
    done = prove("--fault", FAULT, "--variant", "slow", "--seeds", "0", "--output", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert "1 faults: 1 detected by the intended checks, 0 detected only by other checks" in done.output
    assert "1 servers with permitted variants: 0 with false positives\n" in done.output
    matrix = json.loads((tmp_path / "out" / "matrix.json").read_text())
    [proven] = matrix["faults"]
    assert (proven["id"], proven["proof"], proven["broken"]) == (FAULT, "caught", ["VC-CREATE-DATE-ONLY"])
    assert FAULT in (tmp_path / "out" / "matrix.md").read_text()
    assert FAULT in (tmp_path / "out" / "matrix.html").read_text()


def test_a_name_that_nothing_has_is_refused_with_the_nearest() -> None:
    done = prove("--fault", "date-only-becomes-end-of-days")
    assert done.exit_code == 2
    assert f"no fault 'date-only-becomes-end-of-days'; did you mean '{FAULT}'?" in done.output


def test_a_pattern_names_several() -> None:
    wanted = extent(["name-*"], [])
    assert len(wanted.faults) > 5
    assert set(wanted.faults) < set(FAULTS)
    assert wanted.variants == ()
    with pytest.raises(UnknownFlawError, match=r"no variant 'no-such\*'"):
        extent([], ["no-such*"])


def test_without_names_everything_is_proven() -> None:
    assert (extent([], []).faults, extent([], []).variants) == (tuple(FAULTS), tuple(VARIANTS))


def test_mixtures_are_the_same_each_time_and_no_two_of_their_variants_are_about_one_thing() -> None:
    drawn = list(mixtures(tuple(VARIANTS), 20))
    assert drawn == list(mixtures(tuple(VARIANTS), 20))
    assert len({variants for _, variants in drawn}) == 20
    for _, variants in drawn:
        subjects = [variant.partition("-")[0] for variant in variants]
        assert len(subjects) == len(set(subjects)) == 12


def test_with_everything_a_fault_shows_what_else_it_breaks() -> None:
    proven = prove_fault("create-wrapped", Effort.SMOKE, everything=True)
    assert proven.proof is Proof.CAUGHT
    assert len(proven.broken) > 20


def made(**members: Any) -> dict[str, Any]:
    fault = {
        "id": "f",
        "summary": HOSTILE,
        "lapse": False,
        "breaks": ["VC-A"],
        "proof": "missed",
        "broken": [],
        "requests": 7,
    }
    requirement = {
        "id": "VC-A",
        "level": "must",
        "operation": "VC-CREATE",
        "sentence": HOSTILE,
        "faults": ["f"],
        "caught": [],
    }
    server = {"variants": ["v"], "seed": 0, "blamed": ["VC-A"], "requests": 7, "permitted": "It may."}
    return {
        "suite": {"name": "conference-conformance", "version": "0"},
        "effort": "standard",
        "complete": False,
        "workers": 2,
        "seconds": 1.5,
        "requests": 14,
        "counts": {"caught": 0, "others": 0, "missed": 1},
        "servers_right": 1,
        "blamed": 1,
        "false_alarms_below": None,
        "faults": [fault],
        "variants": [server],
        "requirements": [requirement],
        **members,
    }


def test_a_page_shows_what_is_missing_first_and_runs_nothing() -> None:
    page = report.html(made())
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert '<rect x="0" y="0" width="1" height="1" class="missed"/>' in page
    assert page.count("<details open>") == 2
    assert "interrupted: the matrix is incomplete" in page


def test_markdown_lists_requirements_with_the_faults_made_for_them() -> None:
    text = report.markdown(made())
    assert "| VC-A | must | 0 of 1 | f |" in text
    assert "| v | It may. | VC-A |" in text
    assert "1.5" not in text
