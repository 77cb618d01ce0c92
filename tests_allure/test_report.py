"""The report that Allure 3 generates from two runs against a faulty server: its data and its page."""

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
VIOLATED = "VC-CREATE-DATE-ONLY"
HERE = Path(__file__).parent
ALLURE = HERE / "node_modules" / ".bin" / "allure"
AWESOME = "@allurereport/plugin-awesome"
COMMAND = (sys.executable, "-m", "conformance", "run", "--effort", "smoke", "--fault", FAULT)
CHROMIUM = (
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--virtual-time-budget=20000", "--dump-dom"),
)
NOT_LOADED = "Failed to fetch"  # shown by the page if the browser's time ran out before its data was loaded
ATTEMPTS = 3


@dataclass(frozen=True)
class Report:
    """A generated report: its data, its page, and the runs in its history."""

    folder: Path
    history: list[dict[str, Any]]

    def result(self, identifier: str) -> dict[str, Any]:
        """Return the report's result for a requirement."""
        files = (self.folder / "data" / "data" / "test-results").glob("*.json")
        results = (json.loads(path.read_text(encoding="utf-8")) for path in files)
        return next(result for result in results if result["fullName"].endswith(f"#{identifier}"))

    def attachment_texts(self, result: dict[str, Any]) -> dict[str, str]:
        """Return the attachments of a result by the first word of their names."""
        links = [attachment["link"] for attachment in result["attachments"]]
        folder = self.folder / "data" / "data" / "attachments"
        return {
            link["name"].split()[0]: (folder / f"{link['id']}{link['ext']}").read_text(encoding="utf-8")
            for link in links
        }


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Generate a report of two runs, with the first as the history of the second."""
    folder = tmp_path_factory.mktemp("allure")
    for name in ("first", "second"):
        process = subprocess.run([*COMMAND, "--output", folder / name], capture_output=True, check=False)
        assert process.returncode == 1, process.stderr
        _generate(folder, folder / name)
    lines = (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
    return Report(folder / "second" / "report", [json.loads(line) for line in lines])


def _generate(folder: Path, run: Path) -> None:
    results = run / "allure-results"
    plugins = {
        name: {"import": AWESOME, "options": {"singleFile": name == "page"}} for name in ("data", "page")
    }
    categories = json.loads((results / "categories.json").read_text(encoding="ascii"))
    configuration = {
        "historyPath": str(folder / "history.jsonl"),
        "categories": categories,
        "plugins": plugins,
    }
    (folder / "allurerc.json").write_text(json.dumps(configuration), encoding="utf-8")
    options = ("--config", str(folder / "allurerc.json"), "--output", str(run / "report"))
    subprocess.run([str(ALLURE), "generate", str(results), *options], check=True, capture_output=True)


def test_every_requirement_is_in_the_report(report: Report) -> None:
    results = json.loads((report.folder.parent / "results.json").read_text(encoding="ascii"))
    files = (report.folder / "data" / "data" / "test-results").glob("*.json")
    names = {json.loads(path.read_text(encoding="utf-8"))["fullName"] for path in files}
    assert names == {f"conference-conformance#{entry['id']}" for entry in results["requirements"]}


def test_a_violated_requirement_has_its_level_and_its_labels(report: Report) -> None:
    result = report.result(VIOLATED)
    labels = {entry["name"]: entry["value"] for entry in result["labels"]}
    assert result["status"] == "failed"
    assert result["name"].startswith(f"{VIOLATED} A date without a time")
    assert (labels["level"], labels["severity"]) == ("must", "critical")
    assert (labels["epic"], labels["feature"], labels["story"]) == (
        "Video conferences",
        "VC-CREATE",
        VIOLATED,
    )
    assert [link["url"].partition("://")[0] for link in result["links"]] == ["https"]
    assert [entry["name"] for entry in result["categories"]] == ["Nonconformance"]


def test_request_and_response_are_attached(report: Report) -> None:
    texts = report.attachment_texts(report.result(VIOLATED))
    assert texts["request"].startswith("POST /api/video/conferences\n")
    assert '"join_from": ' in texts["request"]
    assert texts["response"].startswith("200 OK\n")
    assert "T23:59:59Z" in texts["response"]
    assert "T00:00:00Z" in texts["finding"]


def test_two_runs_share_one_history(report: Report) -> None:
    first, second = report.history
    assert first["testResults"].keys() == second["testResults"].keys()
    result = report.result(VIOLATED)
    assert [entry["status"] for entry in result["history"]] == ["failed"]
    assert result["history"][0]["historyId"] == result["historyId"]


def test_the_options_of_the_run_are_in_the_report(report: Report) -> None:
    path = report.folder / "data" / "widgets" / "allure_environment.json"
    environment = {entry["name"]: entry["values"] for entry in json.loads(path.read_text(encoding="utf-8"))}
    assert environment["effort"] == ["smoke"]
    assert environment["profiles"] == ["video, fabric"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", environment["target"][0])


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium")
def test_a_browser_shows_the_result(report: Report, tmp_path: Path) -> None:
    address = (report.folder / "page" / "index.html").as_uri() + "#" + report.result(VIOLATED)["id"]
    text = NOT_LOADED
    for attempt in range(ATTEMPTS):
        if NOT_LOADED in text:
            text = _page_text(address, tmp_path / str(attempt))
    for words in (
        f"story {VIOLATED}",
        "Critical",
        "level must",
        "Nonconformance",
        "sent POST /api/video/conferences",
        "received 200 ",
        "T23:59:59Z",
        "History 1",
    ):
        assert words in text


def _page_text(address: str, profile: Path) -> str:
    command = [*CHROMIUM, f"--user-data-dir={profile}", address]
    process = subprocess.run(command, capture_output=True, check=True, timeout=120)
    return _text(process.stdout.decode("utf-8", "replace"))


def _text(page: str) -> str:
    """Return the words of a page as one line."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", "", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
