"""What the suite reports about mock servers: each headline was compared with the documentation by hand."""

from typing import Any, Final

import pytest

from spec.catalogue import catalogue
from tests.mocks.mock_servers import RUNS, record_of

_MOST_HEADLINES: Final = 15
_MOST_SECONDS: Final = 30.0
_NO_ORDER: Final = "the order of times is not in the document"  # no keyword expresses it
_PRISM: Final[dict[str, set[str]]] = {
    "text that is not base64 is decoded": {"API-AUTH-BASE64"},
    "a body that is not JSON gets no response": {
        *("API-ERR-NO-5XX", "API-ERR-NUL", "API-AUTH-BEFORE-VALIDATION"),
    },
    "every string of an error is string": {"API-ERR-422-TYPE-VALIDATION", "API-ERR-422-URL-ABSOLUTE"},
    "deep nesting is a server error": {"API-ERR-VERY-DEEP-NESTING"},
    "a 401 has no challenge": {"API-AUTH-WWW-AUTHENTICATE"},
}
_PRISM_VIDEO: Final = {
    _NO_ORDER: {"VC-CREATE-JOIN-ORDER", "VC-CREATE-JOIN-ORDER-OFFSET"},
    "a body of a conference that is not JSON gets no response": {"VC-CREATE-MALFORMED-JSON"},
    "a color is string": {"VC-CONF-COLOR-FORM"},
}
_PRISM_FABRIC: Final = {
    _NO_ORDER: {"FCR-CREATE-JOIN-ORDER", "FCR-CREATE-JOIN-ORDER-OFFSET"},
    "a body of a room that is not JSON gets no response": {"FCR-CREATE-MALFORMED-JSON"},
}
_BACKEND: Final = {
    "only the scheme of the credentials is tested": {
        *("API-AUTH-BASE64", "API-AUTH-NO-COLON", "API-AUTH-NOT-BASE64"),
    },
    "a 401 has no challenge": {"API-AUTH-WWW-AUTHENTICATE"},
    "a missing member is not an attribute": {"API-ERR-422-ATTRIBUTE-PRESENT"},
}
_RANDOM: Final = {
    "members without a pattern have random values, and objects have random further members": {
        *("API-ERR-422-NONEMPTY", "API-ERR-422-CODE-FORM", "API-ERR-422-ATTRIBUTE-PRESENT"),
        *("API-ERR-422-SEALED", "API-AUTH-401-SEALED"),
        *("VC-CONF-NAME-CHARSET", "VC-CONF-COLOR-FORM", "VC-CREATE-NAME-GENERATED-PATTERN"),
        *("VC-CONF-DATES-UTC", "VC-CONF-NO-EXTRA", "FCR-RES-NO-EXTRA", "FCR-ROOM-NO-EXTRA"),
        "FCR-RES-DATES-UTC",
    }
}
VIOLATIONS: Final = {
    ("prism", "video"): _PRISM | _PRISM_VIDEO,
    ("prism", "fabric"): _PRISM | _PRISM_FABRIC,
    ("prism-dynamic", "video"): _PRISM | _PRISM_VIDEO | _RANDOM,
    ("prism-dynamic", "fabric"): _PRISM | _PRISM_FABRIC | _RANDOM,
    ("openapi-backend", "video"): {
        **_BACKEND,
        _NO_ORDER: _PRISM_VIDEO[_NO_ORDER],
        "the media type is not tested": {"VC-CREATE-OTHER-MEDIA-TYPE"},
        "a color is string": {"VC-CONF-COLOR-FORM"},
    },
    ("openapi-backend", "fabric"): {**_BACKEND, _NO_ORDER: _PRISM_FABRIC[_NO_ORDER]},
}  # by mock and document
OPTIONAL: Final = {
    "prism": {"API-ERR-NUL", "API-AUTH-BEFORE-VALIDATION", "API-ERR-VERY-DEEP-NESTING"},
    "prism-dynamic": {
        entry
        for by_reason in (_PRISM, _PRISM_VIDEO, _PRISM_FABRIC, _RANDOM)
        for entries in by_reason.values()
        for entry in entries
    },
    "openapi-backend": set[str](),
}  # reported in some runs only
HEADLINES: Final = {
    "video": {
        "any body is accepted": {
            *("VC-CREATE-DISPLAY-NAME-REQUIRED", "VC-CREATE-MALFORMED-JSON", "VC-CREATE-BODY-REQUIRED"),
            "VC-CREATE-BODY-OBJECT",
        },
        "any id is found": {"VC-GET-MALFORMED-ID-NO-SUCCESS"},
        "no credentials are required": {"API-AUTH-HEADER-REQUIRED"},
        "a time is not an RFC 3339 date-time": {"VC-CONF-JOIN-FROM"},
        "a string is empty": {"VC-CREATE-NAME-GENERATED-NONEMPTY"},
    },
    "fabric": {
        "any body is accepted": {
            *("FCR-CREATE-ENABLE-ROOM-PREVIEWS-TYPE", "FCR-CREATE-MALFORMED-JSON"),
            *("FCR-CREATE-BODY-REQUIRED", "FCR-CREATE-BODY-OBJECT"),
        },
        "no credentials are required": {"API-AUTH-HEADER-REQUIRED"},
        "a time is not an RFC 3339 date-time": {"FCR-RES-CREATED-AT"},
        "an integer has no limits": {"FCR-ROOM-MAX-MEMBERS"},
    },
}  # of Mockoon, which validates nothing, by document
NEVER_REJECTED: Final = {
    *("API-AUTH-401-ENVELOPE", "API-AUTH-401-JSON", "API-AUTH-401-SEALED", "API-AUTH-WWW-AUTHENTICATE"),
    *("API-ERR-JSON", "API-ERR-NO-ECHO-OF-SECRET"),
}  # inconclusive if no request is rejected


def violated(record: dict[str, Any]) -> set[str]:
    return {entry["id"] for entry in record["requirements"] if entry["verdict"] in {"failed", "warned"}}


def named(reasons: dict[str, set[str]]) -> set[str]:
    return {identifier for identifiers in reasons.values() for identifier in identifiers}


@pytest.mark.parametrize("mock, document", RUNS)
def test_a_run_is_short_and_has_few_headlines(mock: str, document: str) -> None:
    record = record_of(mock, document)
    assert record["footer"]["complete"]
    assert record["seconds"] < _MOST_SECONDS
    assert len(record["causes"]) <= _MOST_HEADLINES
    assert record["leftovers"] == []


@pytest.mark.parametrize("mock, document", VIOLATIONS)
def test_only_known_violations_are_reported(mock: str, document: str) -> None:
    reported, known = violated(record_of(mock, document)), named(VIOLATIONS[mock, document])
    assert reported - known == set()
    assert known - reported - OPTIONAL[mock] == set()


@pytest.mark.parametrize("document", HEADLINES)
def test_each_headline_about_a_mock_that_validates_nothing_is_known(document: str) -> None:
    causes = record_of("mockoon", document)["causes"]
    assert {cause["primary"] for cause in causes} == named(HEADLINES[document])


@pytest.mark.parametrize("mock, document", RUNS)
def test_what_needs_memory_is_not_applicable(mock: str, document: str) -> None:
    record = record_of(mock, document)
    for entry in record["requirements"]:
        assert str(entry["reason"]).startswith("capability: ") is bool(catalogue()[entry["id"]].needs)
    inconclusive = {entry["id"] for entry in record["requirements"] if entry["verdict"] == "inconclusive"}
    assert inconclusive == (NEVER_REJECTED if mock == "mockoon" else set())
