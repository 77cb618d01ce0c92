"""The final version of each server conforms; in each first draft, the suite finds the mistakes."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.vendors.vendor_servers import SERVERS, record_of_final_version, record_of_first_draft

_MOST_HEADLINES: Final = 12
_ENVELOPES: Final = ("API-ERR-400-ENVELOPE", "API-ERR-404-ENVELOPE")
MISTAKES: Final = {
    "django": {
        "403 instead of 401, as the authentication class has no challenge": ("API-AUTH-HEADER-REQUIRED",),
        "the default error bodies, with a list for each member": _ENVELOPES,
        "strings are trimmed": ("VC-CREATE-DISPLAY-NAME-ECHO",),
        "a string is measured after it was trimmed": ("VC-CREATE-DISPLAY-NAME-MAXLENGTH",),
        "an empty description is rejected": ("VC-CREATE-DESCRIPTION-EMPTY",),
        "words are converted to booleans": ("VC-CREATE-RECORD-ON-START-TYPE",),
        "$ matches before a final newline": ("VC-CREATE-DARK-FOREGROUND-PATTERN",),
        "201 for a create": ("VC-CREATE-STATUS", "FCR-CREATE-STATUS"),
    },
    "express": {
        "null is converted to an empty string": ("VC-CREATE-DISPLAY-NAME-NULL", "FCR-CREATE-NAME-NULL"),
        "booleans are converted to integers": ("FCR-CREATE-MAX-MEMBERS-TYPE",),
        "the errors of the validator as they are": ("API-ERR-422-ITEM-TYPE", "API-ERR-422-ITEM-URL"),
        "a date without a time is rejected": ("VC-CREATE-DATE-ONLY",),
        "a leap second is valid for the validator and not for Date": ("VC-CREATE-LEAP-SECOND",),
        "the scheme of the Authorization header is ignored": ("API-AUTH-BEARER-REFUSED",),
        "errors as pages in HTML": (*_ENVELOPES, "API-ERR-JSON"),
    },
    "falcon": {
        "members that are null are omitted": ("VC-CONF-DESCRIPTION", "VC-CONF-JOIN-FROM"),
        "a local time and an instant cannot be compared": ("API-ERR-NO-OFFSET",),
        "a date without a time is rejected": ("VC-CREATE-DATE-ONLY",),
        "the default error bodies, with a title": (
            *_ENVELOPES,
            "API-AUTH-401-ENVELOPE",
            "API-ERR-422-ENVELOPE",
        ),
        "$ matches before a final newline": ("VC-CREATE-DARK-FOREGROUND-PATTERN",),
        "201 for a create": ("VC-CREATE-STATUS", "FCR-CREATE-STATUS"),
    },
    "fastapi": {
        "the default error bodies, with detail": (
            *_ENVELOPES,
            "API-AUTH-401-ENVELOPE",
            "API-ERR-422-ENVELOPE",
        ),
        "words are converted to booleans": ("VC-CREATE-RECORD-ON-START-TYPE",),
        "booleans are converted to integers": ("FCR-CREATE-MAX-MEMBERS-TYPE",),
        "timestamps without an offset": ("VC-CONF-CREATED-AT", "VC-CREATE-DATE-ONLY"),
        "a date and a timestamp cannot be compared": ("VC-CREATE-DATE-ONLY-PAIR",),
        "numbers and strings are accepted that the response cannot hold": (
            "API-ERR-HUGE-NUMBER",
            "API-ERR-NUL",
        ),
        "the body is parsed before the credentials are checked": ("API-AUTH-BEFORE-VALIDATION",),
        "201 for a create": ("VC-CREATE-STATUS", "FCR-CREATE-STATUS"),
    },
    "fastify": {
        "null is converted to an empty string": ("VC-CREATE-DISPLAY-NAME-NULL", "FCR-CREATE-NAME-NULL"),
        "an array of one item is converted to the item": (
            "VC-CREATE-DESCRIPTION-TYPE",
            "VC-CREATE-LAYOUT-TYPE",
        ),
        "the serializer writes null as an empty string": ("VC-CONF-JOIN-FROM", "FCR-ROOM-REMOVE-AT"),
        "the serializer drops undeclared members of meta": ("FCR-CREATE-META-ECHO",),
        "a date without a time is rejected": ("VC-CREATE-DATE-ONLY",),
        "the default error bodies": ("API-ERR-422-ENVELOPE",),
        "the scheme of the Authorization header is case-sensitive": ("API-AUTH-SCHEME-CASE",),
        "201 for a create": ("VC-CREATE-STATUS", "FCR-CREATE-STATUS"),
    },
    "flask": {
        "errors as pages in HTML": (
            *_ENVELOPES,
            "API-AUTH-401-ENVELOPE",
            "API-AUTH-401-JSON",
            "API-ERR-JSON",
        ),
        "errors is an object with a list for each member": ("API-ERR-422-ENVELOPE",),
        "timestamps are formatted as HTTP dates": ("VC-CONF-CREATED-AT", "VC-CREATE-JOIN-FROM-OFFSET"),
        "words are converted to booleans": ("VC-CREATE-RECORD-ON-START-TYPE",),
        "booleans and fractions are converted to integers": ("FCR-CREATE-MAX-MEMBERS-TYPE",),
        "$ matches before a final newline": ("VC-CREATE-DARK-FOREGROUND-PATTERN",),
    },
    "go": {
        "members that are null or false are omitted": ("VC-CONF-DESCRIPTION", "VC-CONF-RECORD-ON-START"),
        "a length is counted in bytes": ("VC-CREATE-DISPLAY-NAME-MAXLENGTH-CHARACTERS",),
        "a date without a time is rejected": ("VC-CREATE-DATE-ONLY",),
        "errors in plain text": (*_ENVELOPES, "API-AUTH-401-ENVELOPE", "API-AUTH-401-JSON", "API-ERR-JSON"),
        "what follows the first JSON value is ignored": ("VC-CREATE-MALFORMED-JSON",),
        "the letter case of member names is ignored": ("API-PARAM-CASE",),
        "an empty string is the default of an enumeration": ("VC-CREATE-SIZE-ENUM", "FCR-CREATE-LAYOUT-ENUM"),
    },
    "koa": {
        "strings are trimmed": ("VC-CREATE-DISPLAY-NAME-ECHO",),
        "a string is measured after it was trimmed": ("VC-CREATE-DISPLAY-NAME-MAXLENGTH",),
        "anything is converted to a boolean": (
            "VC-CREATE-RECORD-ON-START-TYPE",
            "FCR-CREATE-SYNC-AUDIO-VIDEO-TYPE",
        ),
        "anything is converted to an integer": ("FCR-CREATE-MAX-MEMBERS-TYPE",),
        "impossible days are moved to the next month": ("VC-CREATE-JOIN-FROM-FORMAT-IMPOSSIBLE",),
        "errors in plain text": (*_ENVELOPES, "API-AUTH-401-ENVELOPE", "API-AUTH-401-JSON", "API-ERR-JSON"),
        "the errors of the validator as they are": ("API-ERR-422-ITEM-TYPE", "API-ERR-422-ITEM-URL"),
    },
    "node": {
        "a length is counted in bytes": ("VC-CREATE-DISPLAY-NAME-MAXLENGTH-CHARACTERS",),
        "a pattern without anchors": ("VC-CREATE-NAME-PATTERN",),
        "anything is converted to a boolean": ("VC-CREATE-RECORD-ON-START-TYPE",),
        "the beginning of a string is converted to an integer": ("FCR-CREATE-MAX-MEMBERS-TYPE",),
        "Date reads words and impossible days": (
            "VC-CREATE-JOIN-FROM-FORMAT",
            "VC-CREATE-JOIN-FROM-FORMAT-IMPOSSIBLE",
        ),
        "a body that is not JSON causes a server error": ("VC-CREATE-MALFORMED-JSON",),
    },
}


def on_one_worker(cases: Iterator[tuple[str, ...]], version: str) -> list[Any]:
    """Return the cases with a mark for pytest-xdist: the cases of a server share one run."""
    return [
        pytest.param(*case, marks=pytest.mark.xdist_group(f"{case[0]}-{version}"), id="-".join(case))
        for case in cases
    ]


def ids(
    record: dict[str, Any], *verdicts: str, levels: tuple[str, ...] = ("must", "should", "may")
) -> set[str]:
    return {
        str(requirement["id"])
        for requirement in record["requirements"]
        if requirement["verdict"] in verdicts and requirement["level"] in levels
    }


@pytest.mark.parametrize("server", on_one_worker(((server,) for server in SERVERS), "final"))
def test_a_final_version_conforms(server: str) -> None:
    record = record_of_final_version(server)
    undesired = ids(record, "failed", "warned", "inconclusive", "error", levels=("must", "should"))
    assert (record["exit_code"], undesired) == (0, set())


@pytest.mark.parametrize(
    "server, mistake",
    on_one_worker(((server, mistake) for server in SERVERS for mistake in MISTAKES[server]), "draft"),
)
def test_a_mistake_of_a_first_draft_is_found(server: str, mistake: str) -> None:
    record = record_of_first_draft(server)
    assert record["exit_code"] == 1
    assert set(MISTAKES[server][mistake]) <= ids(record, "failed", "warned")


@pytest.mark.parametrize("server", on_one_worker(((server,) for server in SERVERS), "draft"))
def test_the_findings_in_a_first_draft_have_few_root_causes(server: str) -> None:
    causes = [cause["primary"] for cause in record_of_first_draft(server)["causes"]]
    assert len(MISTAKES[server]) // 2 <= len(causes) <= _MOST_HEADLINES
