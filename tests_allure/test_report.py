"""A report that Allure 3 makes of two runs over a faulty server: what it holds, and what a browser shows."""

import html
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FAULT = "date-only-becomes-end-of-day"
BROKEN = "VC-CREATE-DATE-ONLY"
HERE = Path(__file__).parent
ALLURE = HERE / "node_modules" / ".bin" / "allure"
AWESOME = "@allurereport/plugin-awesome"
COMMAND = (sys.executable, "-m", "conformance", "run", "--effort", "smoke", "--fault", FAULT)
CHROMIUM = (
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--virtual-time-budget=20000", "--dump-dom"),
)
UNREAD = "Failed to fetch"  # the page says, where the browser's time was over before it had read its own data
TURNS = 3


@dataclass(frozen=True)
class Report:
    """A generated report: its data, its page, and the runs in its history."""

    folder: Path
    history: list[dict[str, Any]]

    def result(self, identifier: str) -> dict[str, Any]:
        """Return what the report says of a requirement."""
        files = (self.folder / "data" / "data" / "test-results").glob("*.json")
        each = (json.loads(path.read_text(encoding="utf-8")) for path in files)
        return next(told for told in each if told["fullName"].endswith(f"#{identifier}"))

    def attached(self, result: dict[str, Any]) -> dict[str, str]:
        """Return the attachments of a result by the first word of their names."""
        links = [each["link"] for each in result["attachments"]]
        folder = self.folder / "data" / "data" / "attachments"
        return {
            link["name"].split()[0]: (folder / f"{link['id']}{link['ext']}").read_text(encoding="utf-8")
            for link in links
        }


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Make a report of two runs, the second one with the first for its history."""
    folder = tmp_path_factory.mktemp("allure")
    for name in ("first", "second"):
        done = subprocess.run([*COMMAND, "--output", folder / name], capture_output=True, check=False)
        assert done.returncode == 1, done.stderr
        _generate(folder, folder / name)
    lines = (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
    return Report(folder / "second" / "report", [json.loads(line) for line in lines])


def _generate(folder: Path, run: Path) -> None:
    results = run / "allure-results"
    plugins = {
        name: {"import": AWESOME, "options": {"singleFile": name == "page"}} for name in ("data", "page")
    }
    categories = json.loads((results / "categories.json").read_text(encoding="ascii"))
    told = {"historyPath": str(folder / "history.jsonl"), "categories": categories, "plugins": plugins}
    (folder / "allurerc.json").write_text(json.dumps(told), encoding="utf-8")
    options = ("--config", str(folder / "allurerc.json"), "--output", str(run / "report"))
    subprocess.run([str(ALLURE), "generate", str(results), *options], check=True, capture_output=True)


def test_every_requirement_is_in_the_report(report: Report) -> None:
    results = json.loads((report.folder.parent / "results.json").read_text(encoding="ascii"))
    files = (report.folder / "data" / "data" / "test-results").glob("*.json")
    names = {json.loads(path.read_text(encoding="utf-8"))["fullName"] for path in files}
    assert names == {f"conference-conformance#{each['id']}" for each in results["requirements"]}


def test_a_broken_requirement_has_its_level_and_its_place(report: Report) -> None:
    told = report.result(BROKEN)
    labels = {each["name"]: each["value"] for each in told["labels"]}
    assert told["status"] == "failed"
    assert told["name"].startswith(f"{BROKEN} A date without a time")
    assert (labels["level"], labels["severity"]) == ("must", "critical")
    assert (labels["epic"], labels["feature"], labels["story"]) == ("Video conferences", "VC-CREATE", BROKEN)
    assert [link["url"].partition("://")[0] for link in told["links"]] == ["https"]
    assert [each["name"] for each in told["categories"]] == ["Nonconformance"]


def test_request_and_response_are_attached(report: Report) -> None:
    attached = report.attached(report.result(BROKEN))
    assert attached["request"].startswith("POST /api/video/conferences\n")
    assert '"join_from": ' in attached["request"]
    assert attached["response"].startswith("200 OK\n")
    assert "T23:59:59Z" in attached["response"]
    assert "T00:00:00Z" in attached["finding"]


def test_two_runs_have_one_history(report: Report) -> None:
    first, second = report.history
    assert first["testResults"].keys() == second["testResults"].keys()
    told = report.result(BROKEN)
    assert [each["status"] for each in told["history"]] == ["failed"]
    assert told["history"][0]["historyId"] == told["historyId"]


def test_what_it_ran_with_is_in_the_report(report: Report) -> None:
    path = report.folder / "data" / "widgets" / "allure_environment.json"
    told = {each["name"]: each["values"] for each in json.loads(path.read_text(encoding="utf-8"))}
    assert told["effort"] == ["smoke"]
    assert told["profiles"] == ["video, fabric"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", told["target"][0])


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium")
def test_a_browser_shows_it(report: Report, tmp_path: Path) -> None:
    address = (report.folder / "page" / "index.html").as_uri() + "#" + report.result(BROKEN)["id"]
    shown = UNREAD
    for turn in range(TURNS):
        if UNREAD in shown:
            shown = _shown(address, tmp_path / str(turn))
    for words in (
        f"story {BROKEN}",
        "Critical",
        "level must",
        "Nonconformance",
        "sent POST /api/video/conferences",
        "received 200 ",
        "T23:59:59Z",
        "History 1",
    ):
        assert words in shown


def _shown(address: str, profile: Path) -> str:
    command = [*CHROMIUM, f"--user-data-dir={profile}", address]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    return _text(done.stdout.decode("utf-8", "replace"))


def _text(page: str) -> str:
    """Return the words of a page as one line."""
    without = re.sub(r"(?s)<(script|style).*?</\1>", "", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without)).split())
