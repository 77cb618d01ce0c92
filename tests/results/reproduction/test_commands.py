"""The printed commands, run by bash against the faulty server, show the violation and clean up."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.fake_targets import CONFERENCES, ENVIRONMENT, ROOMS, reference_server

Violation = Callable[[list[tuple[int, Any]]], bool]
_RESPONSE = re.compile(r"^HTTP/1\.1 (\d{3})[^\n]*\n(?:[^\n]+\n)*\n([^\n]*)$", re.MULTILINE)


def finding(origin: str, folder: Path, requirement: str, *options: str) -> dict[str, Any]:
    """Run the checks of a requirement and return its finding."""
    command = [
        sys.executable,
        "-m",
        "conformance",
        "run",
        "--target",
        origin,
        "--select",
        requirement,
        *options,
    ]
    subprocess.run(
        command, cwd=folder, env={**os.environ, **ENVIRONMENT}, capture_output=True, check=False, timeout=120
    )
    record = json.loads((folder / "conformance-results" / "results.json").read_text(encoding="utf-8"))
    (entry,) = [entry for entry in record["requirements"] if entry["id"] == requirement.partition(",")[0]]
    return dict(entry["findings"][0])


def responses(script: str, folder: Path) -> list[tuple[int, Any]]:
    """Run a script and return the status and the body of each response that it prints."""
    process = subprocess.run(
        ["/bin/bash", "-c", script],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **ENVIRONMENT},
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert process.stderr == b""
    output = process.stdout.decode().replace("\r", "")
    return [(int(status), _parsed(body)) for status, body in _RESPONSE.findall(output)]


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _last_status(*statuses: int) -> Violation:
    return lambda found: found[-1][0] in statuses


def _differ(member: str) -> Violation:
    return lambda found: found[0][1][member] != found[-1][1][member]


def _names(found: list[tuple[int, Any]]) -> list[str]:
    return [body["name"] for status, body in found if status == 200]


SAMPLE: dict[str, tuple[str, Violation]] = {
    # an invalid value is accepted
    "display-name-limit-201": ("VC-CREATE-DISPLAY-NAME-MAXLENGTH", _last_status(200)),
    "join-order-righted": ("VC-CREATE-JOIN-ORDER", _last_status(200)),
    # a valid value is rejected
    "layout-without-largest": ("VC-CREATE-LAYOUT-ENUM-ACCEPT", _last_status(400, 422)),
    # values that are not returned as sent
    "dark-success-shifted": (
        "VC-CREATE-DARK-SUCCESS-ECHO,VC-CREATE-FULL",
        lambda found: found[-1][1]["dark_success"] is not None,
    ),
    "get-description-escaped": ("VC-GET-SAME-AS-CREATE,VC-CREATE-JOIN-UNTIL-OFFSET", _differ("description")),
    # the wrong resource
    "get-shows-another-under-the-id": ("VC-GET-INTERLEAVED", _differ("name")),
    "room-get-other-ids": (
        "FCR-GET-SAME-AS-CREATE,FCR-CREATE-FULL",
        lambda found: found[0][1]["conference_room"]["id"] != found[-1][1]["conference_room"]["id"],
    ),
    # names
    "name-not-unique": ("VC-CREATE-NAME-UNIQUE", lambda found: len(_names(found)) > len(set(_names(found)))),
    "names-free-after-a-read": (
        "VC-CREATE-NAME-UNIQUE",
        lambda found: found[-1][0] == 200 and found[-1][1]["name"] == found[0][1]["name"],
    ),
    "generated-names-free": (
        "VC-CREATE-NAME-GENERATED-TAKEN",
        lambda found: found[0][1]["name"] == found[1][1]["name"],
    ),
    "display-name-unique": ("VC-CREATE-DISPLAY-NAME-NOT-UNIQUE", _last_status(400, 409, 422)),
    "name-not-unique-in-a-race": (
        "VC-CREATE-NAME-UNIQUE-RACE",
        lambda found: [status for status, _ in found] == [200, 200],
    ),
    # credentials
    "authentication-missing-on-create": ("VC-CREATE-AUTH,API-AUTH-HEADER-*", _last_status(200)),
    "any-token": ("API-AUTH-PASSWORD-IS-TOKEN", _last_status(200, 404, 422)),
    # errors
    "lookup-before-credentials": ("API-AUTH-BEFORE-LOOKUP", _last_status(404)),
    "session-other-value-500": ("VC-GET-SESSION-INVALID-NO-5XX", _last_status(500)),
}


@pytest.mark.parametrize("fault", SAMPLE)
def test_the_printed_commands_show_the_violation(tmp_path: Path, fault: str) -> None:
    requirement, shows_violation = SAMPLE[fault]
    with reference_server("--fault", fault) as origin:
        script = finding(origin, tmp_path, requirement)["curl"]
        before = _live(origin)
        for _ in range(5 if "depends on timing" in script else 1):
            found = responses(script, tmp_path)
            if shows_violation(found):
                break
        assert shows_violation(found), (script, found)
        assert _live(origin) == before


def _live(origin: str) -> set[str]:
    """Return the ids of all conferences and rooms."""
    account = (ENVIRONMENT["SIGNALWIRE_PROJECT_ID"], ENVIRONMENT["SIGNALWIRE_API_TOKEN"])
    pages = [httpx.get(f"{origin}{path}", auth=account).json() for path in (CONFERENCES, ROOMS)]
    return {item["id"] for page in pages for item in page["data"]}
