"""A run sends requests only to the profiles that the target claims."""

from pathlib import Path

import pytest

from conformance.config.settings import Effort
from conformance.config.target import BASE_PATHS, PROFILES
from conformance.evidence.evidence_reader import read_exchanges
from tests.support.bundles import run_reference


@pytest.mark.parametrize("profile", PROFILES)
def test_no_request_is_sent_to_another_profile(tmp_path: Path, profile: str) -> None:
    record = run_reference(tmp_path / "out", profiles=(profile,), effort=Effort.STANDARD, select="API-*")
    paths = {exchange.request.path for exchange in read_exchanges(tmp_path / "out")}
    assert {path for path in paths if not path.startswith(f"{BASE_PATHS[profile]}/")} == set()
    verdicts = {entry["id"]: entry["verdict"] for entry in record["requirements"]}
    assert {verdicts[name] for name in ("API-UNKNOWN-ROUTE", "API-METHOD-NOT-ALLOWED")} == {"passed"}
    assert verdicts["API-AUTH-SAME-401-FOR-ALL"] == "passed"
