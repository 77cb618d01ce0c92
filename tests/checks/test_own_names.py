"""Each request that a faulty target could accept has a name of its own."""

from pathlib import Path

from tests.support.bundles import run_reference

SELECT = "VC-CREATE-WRONG-ANYWAY,API-ERR-422-ATTRIBUTE-NAMES-FIELD"


def test_an_accepted_invalid_body_does_not_cause_a_second_finding(tmp_path: Path) -> None:
    record = run_reference(tmp_path / "out", ["display-name-limit-201"], select=SELECT)
    verdicts = {entry["id"]: entry["verdict"] for entry in record["requirements"]}
    assert verdicts["VC-CREATE-WRONG-ANYWAY"] == "failed"
    assert verdicts["API-ERR-422-ATTRIBUTE-NAMES-FIELD"] == "passed"
