"""Requirements on responses that the target never sends, although requests called for them."""

from pathlib import Path

import pytest

from reports.records.overall_status import limitations, overall_status
from tests.support.bundles import run_reference

SELECT = "API-ERR-*,VC-CREATE-NAME-*,VC-CREATE-MALFORMED-JSON"
ON_422 = "no 422 response, which is documented for requests that were rejected with 400"
ON_400 = "no 400 response, which is documented for requests that were rejected with 422"


@pytest.mark.parametrize(
    "variant, identifier, reason",
    [
        ("rejections-400", "API-ERR-422-ENVELOPE", ON_422),
        ("rejections-400", "API-ERR-422-ITEM-CODE", ON_422),
        ("malformed-json-422", "API-ERR-400-ENVELOPE", ON_400),
    ],
)
def test_a_documented_response_that_never_comes_is_reported(
    tmp_path: Path, variant: str, identifier: str, reason: str
) -> None:
    record = run_reference(tmp_path, variants=[variant], select=SELECT)
    (entry,) = (entry for entry in record["requirements"] if entry["id"] == identifier)
    assert (entry["verdict"], entry["reason"]) == ("not-applicable", f"not-produced: {reason}")
    assert any(identifier in line or "more" in line for line in limitations(record) if reason in line)
    assert record["exit_code"] == 0


def test_an_invalid_value_that_is_rejected_with_400_is_only_reported(tmp_path: Path) -> None:
    record = run_reference(tmp_path, variants=["rejections-400"], select=SELECT)
    violated = {entry["id"]: entry["level"] for entry in record["requirements"] if entry["findings"]}
    assert violated == {"API-ERR-422-STATUS": "may"}
    assert overall_status(record) == "partial"  # because of the selection


def test_a_response_that_was_not_called_for_is_not_observed(tmp_path: Path) -> None:
    record = run_reference(tmp_path, select=SELECT)
    reasons = {entry["id"]: entry["reason"] for entry in record["requirements"]}
    assert reasons["API-ERR-403-ENVELOPE"] == "not-observed: a 403 response is received"
    assert not any("not-produced" in (reason or "") for reason in reasons.values())


def test_requirements_on_the_errors_of_a_422_need_an_error(tmp_path: Path) -> None:
    record = run_reference(tmp_path, ["422-without-items"], select=SELECT)
    verdicts = {entry["id"]: entry["verdict"] for entry in record["requirements"]}
    assert verdicts["API-ERR-422-ITEM-TYPE"] == "not-applicable"
    assert verdicts["API-ERR-422-NONEMPTY"] == "warned"
