"""A finding from an untrusted source makes a replay send and delete nothing that a check would not."""

import copy
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from conformance.finding_replay.finding_file import InvalidFindingError, finding_files, read_finding
from conformance.mutation.in_process_server import InProcessTransport
from tests.support.replays import ObservedServer, findings_of, replay, statuses

ID: Final = "VC-CREATE-DATE-ONLY-83408ef1"
VICTIM: Final = "6f1f6b5c-0000-4000-8000-000000000001"
COLLECTION: Final = "/api/video/conferences"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("run")
    [finding] = findings_of(folder, ["date-only-becomes-end-of-day"])
    content: dict[str, Any] = json.loads((finding.folder / "finding.json").read_text(encoding="utf-8"))
    return content


def store(folder: Path, data: Any, name: str = ID) -> Path:
    path = folder / name / "finding.json"
    path.parent.mkdir(parents=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def step(data: dict[str, Any], number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = data["finding"]["reproduction"]["groups"][number][0]
    return found


def added(data: dict[str, Any], **members: Any) -> None:
    """Add a last request to a finding."""
    request = {**step(data), "body": [], "headers": [], "number": 0, "name": False, **members}
    data["finding"]["reproduction"]["groups"].append([request])


Change = Callable[[dict[str, Any]], object]
CHANGES: Final[dict[str, tuple[Change, str]]] = {
    "another host": (lambda data: step(data).update(target=["http://evil.example/x"]), "not one of the coll"),
    "a host after the origin": (lambda data: step(data).update(target=["@evil.example/"]), "not one of the"),
    "another path": (lambda data: step(data).update(target=["/api/relay/rest/phone_numbers"]), "not one of"),
    "a path that begins like a collection": (
        lambda data: step(data).update(target=[f"{COLLECTION}_admin"]),
        "not one of the collections",
    ),
    "a parent folder": (
        lambda data: added(data, method="GET", target=[f"{COLLECTION}/../../tokens"]),
        "does not address a resource",
    ),
    "an encoded parent folder": (
        lambda data: added(data, method="GET", target=[f"{COLLECTION}/%2e%2E"]),
        "does not address a resource",
    ),
    "a parent folder in pieces": (
        lambda data: added(data, method="GET", target=[f"{COLLECTION}/", {"repeat": ".", "count": 2}]),
        "does not address a resource",
    ),
    "a backslash": (
        lambda data: added(data, method="GET", target=[f"{COLLECTION}/a\\b"]),
        "characters that no URL has",
    ),
    "a line break in a path": (
        lambda data: added(data, method="GET", target=[f"{COLLECTION}/a HTTP/1.1\r\nX: "]),
        "does not address a resource",
    ),
    "a delete of another resource": (
        lambda data: added(data, method="DELETE", target=[f"{COLLECTION}/{VICTIM}"]),
        "DELETE is permitted only",
    ),
    "a delete of a collection": (
        lambda data: added(data, method="DELETE", target=[COLLECTION]),
        "DELETE is permitted only",
    ),
    "an update of another resource": (
        lambda data: added(data, method="PUT", target=[f"{COLLECTION}/{VICTIM}"]),
        "PUT is permitted only",
    ),
    "a create at the path of another resource": (
        lambda data: added(data, method="POST", target=[f"{COLLECTION}/{VICTIM}"]),
        "POST is permitted only",
    ),
    "a part of an id": (
        lambda data: added(data, method="DELETE", target=[f"{COLLECTION}/", {"variable": "ID1"}, "x"]),
        "DELETE is permitted only",
    ),
    "a method in lowercase": (lambda data: step(data).update(method="delete"), "does not match"),
    "an unknown method": (lambda data: step(data).update(method="PURGE"), "PURGE is permitted only"),
    "a method in a header": (
        lambda data: step(data).update(headers=[["X-HTTP-Method-Override", "DELETE"]]),
        "'X-HTTP-Method-Override' is not one that a check sends",
    ),
    "a method in a query": (
        lambda data: step(data).update(target=[f"{COLLECTION}?_method=DELETE"]),
        "which no check sends",
    ),
    "a method in the query of a get": (
        lambda data: added(data, method="GET", target=[f"{COLLECTION}?_method=DELETE"]),
        "has the parameter _method",
    ),
    "a method in a form": (
        lambda data: step(data).update(
            headers=[["content-type", "application/x-www-form-urlencoded"]], body=["%5Fmethod=delete"]
        ),
        "a body has the parameter _method",
    ),
    "a host header": (lambda data: step(data).update(headers=[["Host", "evil.example"]]), "not one that a"),
    "a line break in a header": (
        lambda data: step(data).update(headers=[["content-type", "a\r\nX: 1"]]),
        "control characters",
    ),
    "a token in a body": (
        lambda data: step(data).update(body=[{"variable": "SIGNALWIRE_API_TOKEN"}]),
        "a body contains credentials",
    ),
    "a token in a path": (
        lambda data: added(
            data, method="GET", target=[f"{COLLECTION}/", {"variable": "SIGNALWIRE_API_TOKEN"}]
        ),
        "a variable that is not an id",
    ),
    "unknown credentials": (lambda data: step(data).update(credential="root"), "unknown credentials"),
    "a scheme with a line break": (
        lambda data: step(data).update(credential="the scheme Basic\r\nX: 1"),
        "unknown credentials",
    ),
    "a variable without a response": (
        lambda data: added(data, method="DELETE", target=[f"{COLLECTION}/", {"variable": "ID7"}]),
        "no earlier request has",
    ),
    "an enormous repetition": (
        lambda data: step(data).update(body=[{"repeat": "x" * 100, "count": 10_000_000}]),
        "more than 8,388,608 bytes",
    ),
    "many requests": (
        lambda data: data["finding"]["reproduction"].update(groups=[[step(data)]] * 1000 + [[step(data)]]),
        "does not match the rule maxItems",
    ),
    "many requests at the same time": (
        lambda data: data["finding"]["reproduction"].update(groups=[[step(data)] * 65]),
        "more than 1,000 requests, or 64 at the same time",
    ),
    "another version": (lambda data: data.update(schema_version=2), "schema_version is 2"),
    "no reproduction": (lambda data: data["finding"].pop("reproduction"), "'reproduction' is a required"),
    "an origin that is not a URL": (
        lambda data: data["target"].update(origin="http://a:b:c/"),
        "is not a URL",
    ),
    "an id with a path": (lambda data: data.update(id="../../x"), "does not match"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_request_that_no_check_sends_is_rejected(
    recorded: dict[str, Any], tmp_path: Path, name: str
) -> None:
    change, problem = CHANGES[name]
    data = copy.deepcopy(recorded)
    change(data)
    with pytest.raises(InvalidFindingError) as raised:
        read_finding(store(tmp_path, data))
    assert problem in str(raised.value)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "[" * 100_000, '{"schema_version": 1}', "\ud800".encode("utf-8", "replace").decode()],
)
def test_a_damaged_file_is_rejected(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidFindingError):
        read_finding(store(tmp_path, text))


def test_links_are_not_followed(recorded: dict[str, Any], tmp_path: Path) -> None:
    outside = store(tmp_path / "outside", recorded)
    folder = tmp_path / "run" / "findings"
    folder.mkdir(parents=True)
    (folder / ID).symlink_to(outside.parent)
    (folder / "VC-GET-STATUS-00000000").mkdir()
    (folder / "VC-GET-STATUS-00000000" / "finding.json").symlink_to(outside)
    with pytest.raises(InvalidFindingError, match="contains no findings"):
        finding_files(tmp_path / "run")


def test_a_recorded_path_is_replaced_by_that_of_the_target(recorded: dict[str, Any], tmp_path: Path) -> None:
    data = copy.deepcopy(recorded)
    data["target"]["origin"] = "https://evil.example/base"
    data["base_paths"] = {"video": "/v"}
    for group in data["finding"]["reproduction"]["groups"]:
        group[0]["target"][0] = group[0]["target"][0].replace("/api/video", "/base/v")
    urls: list[str] = []

    def respond(server: InProcessTransport, request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        return server.handle_request(request)

    record = replay(
        tmp_path / "out", [read_finding(store(tmp_path, data))], transport=ObservedServer(respond)
    )
    assert statuses(record) == {"VC-CREATE-DATE-ONLY": "gone"}
    assert {url.partition("/api/")[0] for url in urls} == {"http://reference"}


def test_a_resource_of_another_owner_is_not_deleted(recorded: dict[str, Any], tmp_path: Path) -> None:
    """The target returns the id of an existing conference for the create of the finding."""
    deleted: list[str] = []

    def respond(server: InProcessTransport, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            deleted.append(request.url.path)
        if request.url.path.endswith(VICTIM):
            return httpx.Response(200, json={"id": VICTIM, "name": "board", "display_name": "Board"})
        response = server.handle_request(request)
        if request.method == "POST" and b"2041" in request.content:
            return httpx.Response(200, json={**json.loads(response.read()), "id": VICTIM})
        return response

    data = copy.deepcopy(recorded)
    added(data, method="DELETE", target=[f"{COLLECTION}/", {"variable": "ID1"}])
    finding = read_finding(store(tmp_path, data))
    record = replay(tmp_path / "out", [finding], transport=ObservedServer(respond))
    assert record["findings"][0]["status"] == "undecided"
    assert "not proven to have created" in record["findings"][0]["reason"]
    assert not any(VICTIM in path for path in deleted)


def test_names_of_another_run_are_replaced(recorded: dict[str, Any], tmp_path: Path) -> None:
    foreign = "cc-11111111-aaaaaaaaaaaa-0_Z"
    data = copy.deepcopy(recorded)
    step(data)["body"] = [json.dumps({"display_name": foreign, "name": foreign.upper()})]
    finding = read_finding(store(tmp_path, data))
    bodies: list[bytes] = []

    def respond(server: InProcessTransport, request: httpx.Request) -> httpx.Response:
        bodies.append(request.read())
        return server.handle_request(request)

    replay(tmp_path / "out", [finding], transport=ObservedServer(respond))
    text = b"\n".join(bodies).lower()
    assert b"aaaaaaaaaaaa" not in text
    assert b"cc-11111111" not in text


def test_a_pattern_of_another_source_is_not_evaluated(recorded: dict[str, Any], tmp_path: Path) -> None:
    data = copy.deepcopy(recorded)
    pattern = {"rule": "schema", "path": ["display_name"], "value": {"pattern": "^(([a-z0-9_-])+.?)+$!"}}
    data["finding"]["reproduction"]["assertion"] = pattern
    started = time.monotonic()
    record = replay(tmp_path / "out", [read_finding(store(tmp_path, data))])
    [entry] = record["findings"]
    assert (entry["status"], entry["reason"]) == ("gone", "")  # decided by the check of the requirement
    assert time.monotonic() - started < 60


def test_credentials_are_sent_where_servers_log_them_only_if_allowed(
    recorded: dict[str, Any], tmp_path: Path
) -> None:
    data = copy.deepcopy(recorded)
    step(data)["target"] = [f"{COLLECTION}?api_token=", {"variable": "SIGNALWIRE_API_TOKEN"}]
    finding = read_finding(store(tmp_path, data))
    record = replay(tmp_path / "out", [finding], allow_logged_credentials=False)
    assert "--allow-logged-credentials" in record["findings"][0]["reason"]
    assert record["exit_code"] == 3


def test_a_finding_that_is_violated_in_another_way_has_changed(
    recorded: dict[str, Any], tmp_path: Path
) -> None:
    finding = replace(
        read_finding(store(tmp_path, recorded)),
        assertion={"rule": "status-in", "value": [400, 422]},
        status=500,
    )
    record = replay(tmp_path / "out", [finding])
    assert statuses(record) == {
        "VC-CREATE-DATE-ONLY": "changed still violated, with status 200; in the run: status 500"
    }
    assert record["exit_code"] == 3
