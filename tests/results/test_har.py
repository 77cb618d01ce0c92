"""HTTP Archives contain complete exchanges, and have the form that HAR 1.2 prescribes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator, FormatChecker

from conformance.cli.main import main
from conformance.evidence.evidence_reader import read_exchanges
from conformance.http.exchange import Exchange, Origin, Request, Response
from conformance.results.har import EXCHANGES_FILE, FINDINGS_FILE, http_archive
from tests.support.bundles import run_reference

SELECT: Final = "VC-CREATE-DATE-ONLY,VC-GET-UNKNOWN-ID,API-AUTH-HEADER-REQUIRED"
NOW: Final = datetime.now(UTC)
FAULT: Final = "date-only-becomes-end-of-day"


def required(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


TEXT: Final = {"type": "string"}
NUMBER: Final = {"type": "number", "minimum": -1}
PAIRS: Final = {"type": "array", "items": required(name=TEXT, value=TEXT)}
MESSAGE: Final = {
    "httpVersion": TEXT,
    "cookies": {"type": "array"},
    "headers": PAIRS,
    "headersSize": NUMBER,
    "bodySize": NUMBER,
}
REQUEST: Final = required(method=TEXT, url={**TEXT, "format": "uri"}, queryString=PAIRS, **MESSAGE)
RESPONSE: Final = required(
    status={"type": "integer"},
    statusText=TEXT,
    content=required(size=NUMBER, mimeType=TEXT),
    redirectURL=TEXT,
    **MESSAGE,
)
POST_DATA: Final = required(mimeType=TEXT, text=TEXT)
ENTRY: Final = required(
    startedDateTime={**TEXT, "format": "date-time"},
    time=NUMBER,
    request={
        **REQUEST,
        "properties": {**REQUEST["properties"], "postData": required(mimeType=TEXT, text=TEXT)},
    },
    response=RESPONSE,
    cache={"type": "object"},
    timings=required(send=NUMBER, wait=NUMBER, receive=NUMBER),
)
ARCHIVE: Final = required(
    log=required(
        version={"const": "1.2"},
        creator=required(name=TEXT, version=TEXT),
        entries={"type": "array", "items": ENTRY},
    )
)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("har") / "run"
    run_reference(folder, faults=[FAULT], select=SELECT)
    return folder


def export(*arguments: str | Path) -> Result:
    return CliRunner().invoke(
        main, ["report", *map(str, arguments), "--format", "har"], catch_exceptions=False
    )


def entries(path: Path) -> list[dict[str, Any]]:
    archive = json.loads(path.read_text(encoding="ascii"))
    Draft202012Validator(ARCHIVE, format_checker=FormatChecker()).validate(archive)
    log_entries: list[dict[str, Any]] = archive["log"]["entries"]
    return log_entries


def test_the_archive_of_the_findings_contains_their_exchanges(run_folder: Path, tmp_path: Path) -> None:
    assert export(run_folder, "--output", tmp_path).exit_code == 0
    archived = entries(tmp_path / FINDINGS_FILE)
    assert archived
    for entry in archived:
        assert entry["_requirements"] == ["VC-CREATE-DATE-ONLY"]
        assert "join_" in entry["request"]["postData"]["text"]
        assert entry["response"]["content"]["mimeType"] == "application/json"


def test_the_archive_of_all_exchanges_is_complete(run_folder: Path, tmp_path: Path) -> None:
    assert export(run_folder, "--output", tmp_path, "--all-exchanges").exit_code == 0
    archived = entries(tmp_path / EXCHANGES_FILE)
    recorded = list(read_exchanges(run_folder))
    assert [entry["request"]["method"] for entry in archived] == [
        exchange.request.method for exchange in recorded
    ]
    assert [entry["response"]["content"].get("text", "") for entry in archived] == [
        exchange.response.body.decode() if exchange.response else "" for exchange in recorded
    ]


def test_bodies_that_are_not_text_missing_responses_and_queries_have_their_form() -> None:
    origin = Origin("check", "VC-LIST")
    request = Request("GET", "/api?a=1&b=&a=%20", (("location", "x"),), b"")
    exchanges = [
        Exchange(1, origin, request, Response(299, (("Location", "/y"),), b"\xff\x00"), None, NOW, 0.1),
        Exchange(2, origin, request, None, "connection reset", NOW, 2),
    ]
    archive = http_archive(exchanges, "http://127.0.0.1:1", {2: ["VC-LIST-STATUS"]})
    Draft202012Validator(ARCHIVE).validate(archive)
    binary, missing = archive["log"]["entries"]
    assert [tuple(pair.values()) for pair in binary["request"]["queryString"]] == [
        ("a", "1"),
        ("b", ""),
        ("a", " "),
    ]
    assert (binary["response"]["redirectURL"], binary["response"]["statusText"]) == ("/y", "")
    assert binary["response"]["content"] == {
        "size": 2,
        "mimeType": "x-unknown",
        "text": "/wA=",
        "encoding": "base64",
    }
    assert (missing["response"]["status"], missing["response"]["comment"]) == (0, "connection reset")
    assert missing["_requirements"] == ["VC-LIST-STATUS"]


def test_several_folders_and_an_empty_folder_are_usage_errors(run_folder: Path, tmp_path: Path) -> None:
    several = export(run_folder, run_folder)
    assert (several.exit_code, "--format har takes one folder" in several.stderr) == (2, True)
    empty = export(tmp_path)
    assert (empty.exit_code, "specify the output directory of a run" in empty.stderr) == (2, True)
