"""Each exit code, as every report of a run shows it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from conformance.config.settings import Effort, Settings
from conformance.config.target import PROFILES, Connection, Limits, Target
from conformance.engine.progress_listener import RunProgress
from conformance.engine.runner import run
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ACTIVE_SESSION, ORIGIN, PROJECT, TOKEN, InProcessTransport
from conformance.results.verdict import Outcome
from reports.records.exit_codes import PRECEDENCE, VERDICTS, most_severe
from reports.records.overall_status import overall_status
from reports.records.results_file import read_validated
from spec.data_files import results_schema
from spec.validation import validation_errors

READ_SELECTION = "VC-GET-*,API-AUTH-BASIC-ACCEPT"


class ReplacingTransport(httpx.BaseTransport):
    """The reference server, with some responses replaced by those of a function."""

    def __init__(self, replacement: Callable[[httpx.Request], httpx.Response | None], *faults: str) -> None:
        self._inner = InProcessTransport(faults)
        self._replacement = replacement

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._replacement(request) or self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


class InterruptingListener:
    """A listener that interrupts the run at the third outcome, like Ctrl-C."""

    def __init__(self) -> None:
        self.outcomes = 0

    def __call__(self, _: Outcome, __: int) -> None:
        self.outcomes += 1
        if self.outcomes == 3:
            raise KeyboardInterrupt

    def on_start(self, _: Callable[[], RunProgress]) -> None:
        """Ignore the progress."""

    def on_wait(self, _: float) -> None:
        """Ignore waits."""

    def on_not_ready(self, _: str, __: float) -> None:
        """Ignore the start of the target."""


@dataclass(frozen=True)
class Case:
    """The conditions that lead to one exit code."""

    code: int
    faults: tuple[str, ...] = ()
    replacement: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    select: str = READ_SELECTION
    requests: int | None = None
    internal_error: bool = False
    interrupted: bool = False


def undeletable(request: httpx.Request) -> httpx.Response | None:
    return httpx.Response(409, json={"error": "no"}) if request.method == "DELETE" else None


def unauthorized(_: httpx.Request) -> httpx.Response:
    return httpx.Response(401, json={"error": "Unauthorized"})


CASES = {
    "conforms": Case(0, select=""),
    "does not conform": Case(1, faults=("get-203",)),
    "rejected credentials": Case(2, replacement=unauthorized),
    "unknown requirement": Case(2, select="VC-GET-NONE-SUCH"),
    "inconclusive": Case(3, requests=24),
    "internal error": Case(4, internal_error=True),
    "leftovers": Case(5, replacement=undeletable, select="VC-GET-ID-MATCH,API-AUTH-BASIC-ACCEPT"),
    "interrupted": Case(130, interrupted=True),
    "internal error and violation": Case(4, faults=("get-203",), internal_error=True),
    "violation and leftovers": Case(1, faults=("get-203",), replacement=undeletable),
    "inconclusive and leftovers": Case(3, requests=24, replacement=undeletable),
    "interrupted, internal error and leftovers": Case(
        130, interrupted=True, internal_error=True, replacement=undeletable
    ),
}


def settings_for(case: Case, folder: Path) -> Settings:
    return Settings(
        target=Target(ORIGIN, Account(PROJECT, TOKEN), PROFILES, active_session=ACTIVE_SESSION),
        limits=Limits(concurrency=4, max_requests=case.requests),
        connection=Connection(transport=ReplacingTransport(case.replacement, *case.faults)),
        effort=Effort.SMOKE,
        select=case.select,
        output=folder,
        prefix="0badcafe",
    )


def raise_internal_error(*_: object, **__: object) -> None:
    raise LookupError(f"an internal error with {TOKEN}\nwith a second line")


@pytest.fixture(params=CASES)
def finished_run(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Case, dict[str, Any], Path]:
    case = CASES[request.param]
    if case.internal_error:
        monkeypatch.setattr("conformance.testkit.expect.not_found", raise_internal_error)
    record = run(settings_for(case, tmp_path), InterruptingListener() if case.interrupted else None)
    return case, record, tmp_path


def test_every_report_shows_the_exit_code(finished_run: tuple[Case, dict[str, Any], Path]) -> None:
    case, record, folder = finished_run
    verdict = VERDICTS[case.code]
    status = overall_status(record)
    assert status in {verdict.replace("-", " "), "partial"}
    assert (record["exit_code"], record["verdict"]) == (case.code, verdict)
    # results.json
    data = read_validated(folder / "results.json")
    assert validation_errors(results_schema(), data) == []
    assert (data["exit_code"], data["verdict"]) == (case.code, verdict)
    assert data["footer"]["complete"] is (case.code not in {2, 130})
    # report.html
    html = (folder / "report.html").read_text()
    assert re.search(rf"<title>[^<]*{status}", html)
    # junit.xml
    tree = ET.parse(folder / "junit.xml")
    properties = {entry.get("name"): entry.get("value") for entry in tree.iter("property")}
    assert properties["overall status"] == overall_status(data)
    problems = [*tree.iter("failure"), *tree.iter("error")]
    assert bool(problems) is (case.code in {1, 2, 3, 4, 130})
    # gl-code-quality-report.json
    issues = json.loads((folder / "gl-code-quality-report.json").read_bytes())
    severities = {issue["severity"] for issue in issues}
    assert bool(severities & {"critical", "major", "blocker"}) is (case.code in {1, 2, 3, 4, 130})
    # summary.md
    assert status in (folder / "summary.md").read_text().partition("\n\n")[0]
    # badge.svg
    badge = ET.parse(folder / "badge.svg")
    assert status in " ".join(badge.getroot().itertext())
    # allure-results
    results = [json.loads(path.read_text()) for path in (folder / "allure-results").glob("*-result.json")]
    labels = [{entry["name"]: entry["value"] for entry in result["labels"]} for result in results]
    assert {entry["requirement"]: entry["verdict"] for entry in labels} == {
        entry["id"]: entry["verdict"] for entry in data["requirements"]
    }
    assert (folder / "allure-results" / "environment.properties").exists()
    # no file contains a secret
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        assert TOKEN not in path.read_text()


def test_the_cases_have_each_exit_code() -> None:
    assert {case.code for case in CASES.values()} == set(VERDICTS)


@pytest.mark.parametrize("index", range(len(PRECEDENCE)))
def test_the_most_severe_exit_code_takes_precedence(index: int) -> None:
    assert PRECEDENCE == (130, 4, 2, 1, 3, 5)
    assert most_severe(dict.fromkeys(PRECEDENCE[index:], True)) == PRECEDENCE[index]
    assert most_severe({}) == 0
