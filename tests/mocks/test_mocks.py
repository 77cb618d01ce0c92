"""What the suite reports about mock servers: each headline was compared with the documentation by hand."""

from typing import Any, Final

import pytest

from spec.catalogue import catalogue
from tests.mocks.mock_servers import MOCKS, record_of

_MOST_HEADLINES: Final = 15
_MOST_SECONDS: Final = 30.0
_NO_ORDER: Final = {"VC-CREATE-JOIN-ORDER", "VC-CREATE-JOIN-ORDER-OFFSET"}  # no keyword expresses it
_RANDOM: Final = {
    "VC-CONF-NAME-CHARSET",
    "VC-CONF-COLOR-FORM",
    "VC-CREATE-NAME-GENERATED-PATTERN",
    "VC-CONF-DATES-UTC",
    "VC-CONF-NO-EXTRA",
    "API-ERR-422-NONEMPTY",
    "API-ERR-422-CODE-FORM",
    "API-ERR-422-ATTRIBUTE-PRESENT",
    "API-ERR-422-SEALED",
    "API-AUTH-401-SEALED",
}  # members without a pattern have random values, and objects have random further members
VIOLATIONS: Final = {
    "prism": {
        "text that is not base64 is decoded": {"API-AUTH-BASE64"},
        "a body that is not JSON gets no response": {
            *("VC-CREATE-MALFORMED-JSON", "API-ERR-NO-5XX", "API-ERR-NUL", "API-AUTH-BEFORE-VALIDATION"),
        },
        "the order of times is not in the document": _NO_ORDER,
        "every string of an error is string": {"API-ERR-422-TYPE-VALIDATION", "API-ERR-422-URL-ABSOLUTE"},
        "deep nesting is a server error": {"API-ERR-VERY-DEEP-NESTING"},
        "a 401 has no challenge": {"API-AUTH-WWW-AUTHENTICATE"},
        "a color is string": {"VC-CONF-COLOR-FORM"},
    },
    "openapi-backend": {
        "only the scheme of the credentials is tested": {
            *("API-AUTH-BASE64", "API-AUTH-NO-COLON", "API-AUTH-NOT-BASE64"),
        },
        "the order of times is not in the document": _NO_ORDER,
        "a 401 has no challenge": {"API-AUTH-WWW-AUTHENTICATE"},
        "the media type is not tested": {"VC-CREATE-OTHER-MEDIA-TYPE"},
        "a color is string": {"VC-CONF-COLOR-FORM"},
        "a missing member is not an attribute": {"API-ERR-422-ATTRIBUTE-PRESENT"},
    },
}
VIOLATIONS["prism-dynamic"] = {**VIOLATIONS["prism"], "values are random": _RANDOM}
OPTIONAL: Final = {
    "prism": {"API-ERR-NUL", "API-AUTH-BEFORE-VALIDATION", "API-ERR-VERY-DEEP-NESTING"},
    "prism-dynamic": {entry for entries in VIOLATIONS["prism-dynamic"].values() for entry in entries},
    "openapi-backend": set[str](),
}  # reported in some runs only


def violated(record: dict[str, Any]) -> set[str]:
    return {entry["id"] for entry in record["requirements"] if entry["verdict"] in {"failed", "warned"}}


@pytest.mark.parametrize("mock", MOCKS)
def test_a_run_is_short_and_has_few_headlines(mock: str) -> None:
    record = record_of(mock)
    assert record["footer"]["complete"]
    assert record["seconds"] < _MOST_SECONDS
    assert len(record["causes"]) <= _MOST_HEADLINES
    assert record["leftovers"] == []


@pytest.mark.parametrize("mock", MOCKS)
def test_only_known_violations_are_reported(mock: str) -> None:
    record, known = record_of(mock), {entry for ids in VIOLATIONS[mock].values() for entry in ids}
    assert violated(record) - known == set()
    assert known - violated(record) - OPTIONAL[mock] == set()


@pytest.mark.parametrize("mock", MOCKS)
def test_what_needs_memory_is_not_applicable(mock: str) -> None:
    record = record_of(mock)
    for entry in record["requirements"]:
        assert str(entry["reason"]).startswith("capability: ") is bool(catalogue()[entry["id"]].needs)
    inconclusive = {entry["id"] for entry in record["requirements"] if entry["verdict"] == "inconclusive"}
    assert inconclusive == set()
