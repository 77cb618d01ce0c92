"""A finding is present while the server has its fault, and gone without it; nothing is left behind."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from conformance.mutation.in_process_server import FAULTS, TOKEN, InProcessTransport
from tests.support.replays import findings_of, replay, statuses

# Faults of one group do not hide each other.
GROUPS: Final[Mapping[str, Sequence[str]]] = {
    "requests": (
        "description-limit-2999",
        "layout-without-largest",
        "date-only-becomes-end-of-day",
        "light-foreground-never-kept",
        "dark-primary-default-misspelt",
        "name-uppercase-rejected",
        "quality-wrong-type-is-default",
        "join-order-unchecked",
        "impossible-day-rolled-over",
        "emoji-500",
    ),
    "names": (
        "name-in-use-replaces",
        "name-not-unique-in-a-race",
        "generated-names-free",
    ),
    "other requests": (
        "display-name-unique",
        "rejected-names-in-use",
        "display-name-limit-201",
        "unknown-id-204",
        "created-at-as-sql",
    ),
    "responses": (
        "response-tone-null",
        "get-without-description",
        "session-other-value-500",
        "session-fps-25",
        "get-as-text",
        "room-tone-null",
        "create-201",
        "id-no-uuid",
    ),
    "authentication": (
        "any-token",
        "authentication-missing-on-delete",
        "lookup-before-credentials",
        "token-without-letter-case",
        "credentials-in-query-accepted",
        "malformed-credentials-500",
        "unauthorized-in-lowercase",
    ),
    "rooms": (
        "room-name-not-required",
        "room-create-201",
        "max-members-301",
        "meta-as-text",
        "room-previews-inverted",
        "room-get-other-ids",
    ),
    "errors": (
        "malformed-id-200",
        "422-item-without-code",
        "404-as-page",
        "missing-body-500",
        "duplicate-members-500",
    ),
}


def test_the_sample_has_more_than_forty_kinds_of_faults() -> None:
    assert len({fault for faults in GROUPS.values() for fault in faults}) >= 40


@pytest.mark.parametrize("group", GROUPS)
def test_a_finding_is_present_with_its_fault_and_gone_without(tmp_path: Path, group: str) -> None:
    faults = GROUPS[group]
    findings = findings_of(tmp_path / "run", faults)
    expected = {FAULTS[fault].breaks[0] for fault in faults}
    assert expected <= {finding.requirement for finding in findings}

    present = replay(tmp_path / "present", findings, faults)
    assert statuses(present) == dict.fromkeys(statuses(present), "present")
    assert present["exit_code"] == 1

    server = InProcessTransport()
    gone = replay(tmp_path / "gone", findings, transport=server)
    assert statuses(gone) == dict.fromkeys(statuses(present), "gone")
    assert (gone["exit_code"], gone["leftovers"], present["leftovers"]) == (0, [], [])


def test_a_finding_without_a_stored_assertion_is_decided_by_its_check(tmp_path: Path) -> None:
    faults = ["created-at-in-local-time", "session-returned-always"]
    findings = [replace(finding, assertion=None) for finding in findings_of(tmp_path / "run", faults)]
    present = replay(tmp_path / "present", findings, faults)
    assert {entry["status"] for entry in present["findings"]} == {"present"}
    gone = replay(tmp_path / "gone", findings)
    assert statuses(gone) == dict.fromkeys(statuses(gone), "gone")


def test_a_finding_with_credentials_stores_none(tmp_path: Path) -> None:
    findings = findings_of(tmp_path / "run", ["credentials-in-query-accepted"])
    replay(tmp_path / "gone", findings)
    for path in (tmp_path / "gone").iterdir():
        assert TOKEN.encode() not in path.read_bytes(), path


def test_a_member_of_a_nested_object_is_that_of_the_object(tmp_path: Path) -> None:
    """Another object of the response has a member of the same name and with the same value."""
    faults = ["vc-session-join-from", "room-of-another-project", "get-shows-another-under-the-id"]
    findings = findings_of(tmp_path / "run", faults)
    gone = replay(tmp_path / "gone", findings)
    assert statuses(gone) == dict.fromkeys(statuses(gone), "gone")
    assert gone["leftovers"] == []
