"""Each exit code of the table, told alike by every report of the run."""

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
from conformance.engine.runner import run
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ACTIVE_SESSION, ORIGIN, PROJECT, TOKEN, InProcessTransport
from conformance.results.verdict import Outcome
from reports.records.exit_codes import PRECEDENCE, VERDICTS, most_severe
from reports.records.overall_status import overall_status
from reports.records.results_file import read_validated
from spec.data_files import results_schema
from spec.validation import validation_errors

READING = "VC-GET-*,API-AUTH-BASIC-ACCEPT"


class Meddling(httpx.BaseTransport):
    """The reference server, but for what a function answers in its place."""

    def __init__(self, meddle: Callable[[httpx.Request], httpx.Response | None], *faults: str) -> None:
        self._inner = InProcessTransport(faults)
        self._meddle = meddle

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._meddle(request) or self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


class Impatient:
    """Looks on, and stops the run at the third outcome, as Ctrl-C would."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, _: Outcome, __: int) -> None:
        self.seen += 1
        if self.seen == 3:
            raise KeyboardInterrupt

    def on_wait(self, _: float) -> None:
        """Take it easy."""


@dataclass(frozen=True)
class Row:
    """How one exit code comes about."""

    code: int
    faults: tuple[str, ...] = ()
    meddle: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    select: str = READING
    requests: int | None = None
    broken: bool = False
    stopped: bool = False


def undeletable(request: httpx.Request) -> httpx.Response | None:
    return httpx.Response(409, json={"error": "no"}) if request.method == "DELETE" else None


def shut(_: httpx.Request) -> httpx.Response:
    return httpx.Response(401, json={"error": "Unauthorized"})


TABLE = {
    "conforms": Row(0, select=""),
    "does not conform": Row(1, faults=("get-203",)),
    "refused credentials": Row(2, meddle=shut),
    "unknown requirement": Row(2, select="VC-GET-NONE-SUCH"),
    "inconclusive": Row(3, requests=12),
    "a check of ours that breaks": Row(4, broken=True),
    "left behind": Row(5, meddle=undeletable),
    "interrupted": Row(130, stopped=True),
    "broken, and fails": Row(4, faults=("get-203",), broken=True),
    "fails, and leaves": Row(1, faults=("get-203",), meddle=undeletable),
    "inconclusive, and leaves": Row(3, requests=12, meddle=undeletable),
    "interrupted, broken, and leaves": Row(130, stopped=True, broken=True, meddle=undeletable),
}


def told(row: Row, folder: Path) -> Settings:
    return Settings(
        target=Target(ORIGIN, Account(PROJECT, TOKEN), PROFILES, active_session=ACTIVE_SESSION),
        limits=Limits(concurrency=4, max_requests=row.requests),
        connection=Connection(transport=Meddling(row.meddle, *row.faults)),
        effort=Effort.SMOKE,
        select=row.select,
        output=folder,
        prefix="0badcafe",
    )


def breaks(*_: object, **__: object) -> None:
    raise LookupError(f"a mistake of ours about {TOKEN}\nwith a second line")


@pytest.fixture(params=TABLE)
def ended(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Row, dict[str, Any], Path]:
    row = TABLE[request.param]
    if row.broken:
        monkeypatch.setattr("conformance.testkit.expect.not_found", breaks)
    record = run(told(row, tmp_path), Impatient() if row.stopped else None)
    return row, record, tmp_path


def test_every_report_tells_the_exit_code(ended: tuple[Row, dict[str, Any], Path]) -> None:
    row, record, folder = ended
    verdict = VERDICTS[row.code]
    words = overall_status(record)
    assert words in {verdict.replace("-", " "), "partial"}
    assert (record["exit_code"], record["verdict"]) == (row.code, verdict)
    # results.json
    kept = read_validated(folder / "results.json")
    assert validation_errors(results_schema(), kept) == []
    assert (kept["exit_code"], kept["verdict"]) == (row.code, verdict)
    assert kept["footer"]["complete"] is (row.code not in {2, 130})
    # report.html
    page = (folder / "report.html").read_text()
    assert re.search(rf"<title>[^<]*{words}", page)
    # junit.xml
    tree = ET.parse(folder / "junit.xml")
    properties = {each.get("name"): each.get("value") for each in tree.iter("property")}
    assert properties["verdict"] == verdict
    bad = [*tree.iter("failure"), *tree.iter("error")]
    assert bool(bad) is (row.code in {1, 2, 4, 130})
    # summary.md
    assert words in (folder / "summary.md").read_text().partition("\n\n")[0]
    # badge.svg
    badge = ET.parse(folder / "badge.svg")
    assert words in " ".join(badge.getroot().itertext())
    # allure-results
    results = [json.loads(path.read_text()) for path in (folder / "allure-results").glob("*-result.json")]
    labels = [{each["name"]: each["value"] for each in result["labels"]} for result in results]
    assert {each["requirement"]: each["verdict"] for each in labels} == {
        each["id"]: each["verdict"] for each in kept["requirements"]
    }
    assert (folder / "allure-results" / "environment.properties").exists()
    # and nothing tells a secret
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        assert TOKEN not in path.read_text()


def test_the_table_has_each_code() -> None:
    assert {row.code for row in TABLE.values()} == set(VERDICTS)


@pytest.mark.parametrize("place", range(len(PRECEDENCE)))
def test_the_gravest_code_goes_before_the_others(place: int) -> None:
    assert PRECEDENCE == (130, 4, 2, 1, 3, 5)
    assert most_severe(dict.fromkeys(PRECEDENCE[place:], True)) == PRECEDENCE[place]
    assert most_severe({}) == 0
