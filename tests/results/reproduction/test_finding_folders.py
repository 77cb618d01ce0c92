"""The script and the test of a finding show the violation at a faulty server, and only there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.support.fake_targets import CONFERENCES, ENVIRONMENT, ROOMS, reference_server

FAULTS: Final[Mapping[str, str]] = {  # the requirement with the finding, by fault
    "display-name-limit-201": "VC-CREATE-DISPLAY-NAME-MAXLENGTH",  # an invalid value is accepted
    "layout-without-largest": "VC-CREATE-LAYOUT-ENUM-ACCEPT",  # a valid value is rejected
    "date-only-becomes-end-of-day": "VC-CREATE-DATE-ONLY",  # an instant is another one
    "light-foreground-never-kept": "VC-CREATE-LIGHT-FOREGROUND-ECHO",  # a value is not returned
    "dark-primary-default-misspelt": "VC-CREATE-DARK-PRIMARY-DEFAULT",  # a default is another one
    "response-tone-null": "VC-CONF-TONE-ON-ENTRY-AND-EXIT",  # a response does not match its schema
    "get-without-description": "VC-GET-SAME-AS-CREATE",  # a get returns another value than the create
    "name-not-unique": "VC-CREATE-NAME-UNIQUE",  # a name in use is accepted
    "any-token": "API-AUTH-PASSWORD-IS-TOKEN",  # invalid credentials are accepted
    "session-other-value-500": "VC-GET-SESSION-INVALID-NO-5XX",  # a server error
    "malformed-id-200": "VC-GET-MALFORMED-ID-NO-SUCCESS",  # a success instead of an error
    "room-create-201": "FCR-CREATE-STATUS",  # another success
    "get-as-text": "VC-GET-RESPONSE-JSON",  # another media type
    "unauthorized-in-lowercase": "API-AUTH-401-ENVELOPE",  # an error with another body
}
RACE: Final = "VC-CREATE-NAME-UNIQUE-RACE"  # the fault name-not-unique violates it whatever the timing
REQUIREMENTS: Final = (*FAULTS.values(), RACE)
EXIT_CODES: Final = {True: 1, False: 0}  # of the script, by whether the target is faulty


@dataclass(frozen=True)
class Findings:
    """The folders of the findings of a run, the faulty server and a correct one."""

    folders: Mapping[str, Path]  # by requirement
    faulty: str
    correct: str


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Findings]:
    folder = tmp_path_factory.mktemp("findings")
    options = [part for fault in FAULTS for part in ("--fault", fault)]
    with reference_server(*options) as faulty, reference_server() as correct:
        run(faulty, folder, "--select", ",".join([*REQUIREMENTS, "VC-CREATE-JOIN-UNTIL-OFFSET"]))
        yield Findings(folders(folder / "conformance-results"), faulty, correct)


def run(origin: str, folder: Path, *options: str) -> None:
    command = [sys.executable, "-m", "conformance", "run", "--target", origin, *options]
    subprocess.run(
        command, cwd=folder, env={**os.environ, **ENVIRONMENT}, capture_output=True, check=False, timeout=120
    )


def folders(output: Path) -> Mapping[str, Path]:
    """Return the first folder of each requirement."""
    found = {}
    for path in sorted((output / "findings").glob("*/finding.json"), reverse=True):
        found[json.loads(path.read_text(encoding="utf-8"))["requirement"]["id"]] = path.parent
    return found


def environment(origin: str, folder: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(folder), "CONFORMANCE_TARGET": origin, **ENVIRONMENT}


def live(origin: str) -> set[str]:
    """Return the ids of all conferences and rooms."""
    account = (ENVIRONMENT["SIGNALWIRE_PROJECT_ID"], ENVIRONMENT["SIGNALWIRE_API_TOKEN"])
    pages = [httpx.get(f"{origin}{path}", auth=account).json() for path in (CONFERENCES, ROOMS)]
    return {item["id"] for page in pages for item in page["data"]}


@pytest.mark.parametrize("is_faulty", [True, False], ids=["faulty", "correct"])
def test_the_script_decides_whether_the_violation_is_there(
    findings: Findings, tmp_path: Path, *, is_faulty: bool
) -> None:
    origin = findings.faulty if is_faulty else findings.correct
    before = live(origin)
    scripts = [findings.folders[requirement] / "reproduce.sh" for requirement in REQUIREMENTS]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(partial(run_script, environment(origin, tmp_path), tmp_path), scripts))
    for script, done in zip(scripts, results, strict=True):
        text = f"{script.read_text(encoding='utf-8')}\n{done.stdout}"
        assert (done.returncode, done.stderr) == (EXIT_CODES[is_faulty], ""), text
        result = done.stdout.splitlines()[-1]
        assert result.startswith("violated" if is_faulty else "not violated"), text
    assert live(origin) == before


def run_script(variables: dict[str, str], folder: Path, script: Path) -> "subprocess.CompletedProcess[str]":
    command = ["sh", str(script)]
    return subprocess.run(
        command, env=variables, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("is_faulty", [True, False], ids=["faulty", "correct"])
def test_the_test_fails_at_the_faulty_server_only(
    findings: Findings, tmp_path: Path, *, is_faulty: bool
) -> None:
    origin = findings.faulty if is_faulty else findings.correct
    before = live(origin)
    files = [findings.folders[requirement] / "test_reproduce.py" for requirement in REQUIREMENTS]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", *files],
        env=environment(origin, tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    count = f"{len(files)} {'failed' if is_faulty else 'passed'} in "
    assert done.stdout.splitlines()[-1].startswith(count), done.stdout
    assert ("AssertionError" in done.stdout) is is_faulty
    assert re.findall(r"^E +(?!Assert|assert|\+|\s)\w+Error.*", done.stdout, re.MULTILINE) == []
    assert live(origin) == before
