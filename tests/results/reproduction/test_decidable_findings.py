"""Findings on the body of a response have an assertion that the script and the test decide."""

from pathlib import Path

import pytest

from conformance.results.reproduction.finding_folders import descriptions
from tests.support.bundles import run_reference


@pytest.mark.parametrize(
    "fault, requirement, condition",
    [
        ("meta-not-sent", "VC-CONF-META-OBJECT", "body['meta'] in [None, {}]"),
        ("display-name-padded", "VC-CONF-DISPLAY-NAME-MAX", "len(body['display_name']) <= 200"),
        (
            "ids-by-the-second",
            "VC-CONF-ID-UNIQUE",
            "str(body['id']).lower() != str(earlier['id']).lower()",
        ),
        ("session-returned-for-false", "VC-GET-SESSION-FALSE", "not body.get('active_session')"),
    ],
)
def test_the_assertion_of_a_finding_is_an_expression(
    tmp_path: Path, fault: str, requirement: str, condition: str
) -> None:
    record = run_reference(tmp_path / "out", [fault], select=requirement)
    [description] = [found for found in descriptions(record) if found.entry["id"] == requirement]
    assert condition in str(description.expression)
    script = (tmp_path / "out" / "findings" / description.id / "reproduce.sh").read_text(encoding="utf-8")
    assert condition in script
