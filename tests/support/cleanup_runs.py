"""Killed runs with any ledger, and a target with the resources that they left."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from conformance.cli.cleanup import cleanup_command
from conformance.config.settings import Settings
from conformance.config.target import Target as RunTarget
from conformance.evidence.evidence_file import FORMAT_VERSION
from conformance.evidence.header import header_data
from tests.support.fake_targets import (
    ACCOUNT,
    CONFERENCES,
    ENVIRONMENT,
    ROOMS,
    ReceivedRequest,
    Reply,
)

PREFIX = "0badcafe"
NAME = f"cc-{PREFIX}-5d3c1f9e7a2b-0_Z"


@dataclass
class Target:
    """A target with resources and configurable responses to get and delete."""

    stored: dict[str, dict[str, Any]]
    status: int = 204  # of a delete
    readable: int = 200
    lists: bool = True
    deleted_paths: list[str] = field(default_factory=list)

    def __call__(self, received: ReceivedRequest) -> Reply:
        path, _, query = received.target.partition("?")
        decoded_path = unquote(path)
        if received.header("authorization") is None:
            return reply(401, {"error": "Unauthorized"})
        if received.method == "DELETE":
            self.deleted_paths.append(received.target)
            return reply(self.status, self.stored.pop(decoded_path, {}) if self.status == 204 else {})
        if path in {CONFERENCES, ROOMS}:
            return self.page(path, query)
        if self.readable != 200:
            return reply(self.readable, {})
        resource = self.stored.get(decoded_path)
        return reply(200, resource) if resource else reply(404, {"error": "Not Found"})

    def page(self, path: str, query: str) -> Reply:
        """Return pages with one resource each, so that all pages must be requested."""
        if not self.lists:
            return reply(405, {})
        matching = [
            resource for decoded_path, resource in self.stored.items() if decoded_path.startswith(path)
        ]
        number = int(query.partition("page_number=")[2] or 0)
        links = (
            {"next": f"http://elsewhere.test/?page_number={number + 1}"} if number + 1 < len(matching) else {}
        )
        return reply(200, {"links": links, "data": matching[number : number + 1]})


def reply(status: int, body: Any) -> Reply:
    return Reply(status, b"" if status == 204 else json.dumps(body).encode())


def resources(*ids_and_names: tuple[str, str]) -> dict[str, dict[str, Any]]:
    return {
        f"{CONFERENCES}/{id_}": {"id": id_, "name": None, "display_name": name} for id_, name in ids_and_names
    }


def intent(number: int, name: str = NAME) -> dict[str, Any]:
    return {"intent": number, "collection": CONFERENCES, "name": name}


def created(number: int, id_: str, name: str = NAME) -> list[dict[str, Any]]:
    return [intent(number, name), {"created": number, "id": id_}]


@dataclass
class Run:
    """The output folder of a killed run."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def write(self, origin: str, *lines: Mapping[str, Any], cut: str = "", **header: Any) -> None:
        settings = Settings(RunTarget(httpx.URL(origin), ACCOUNT), prefix=PREFIX)
        fields = {"format": FORMAT_VERSION, **header_data(settings), "started": "2041-05-06T07:08:09+00:00"}
        header_line = {"header": {**fields, **header}}
        (self.folder / "evidence.ndjson").write_text(json.dumps(header_line) + "\n")
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (self.folder / "ledger.ndjson").write_text(text + cut)

    def clean_up(self, options: Mapping[str, Any] | None = None) -> tuple[int, str]:
        """Run the command; without options, the target is confirmed."""
        for name, value in ENVIRONMENT.items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.chdir(self.folder)
        code = cleanup_command(self.folder, options or {}, confirmed=options is None)
        output = self.capsys.readouterr()
        return code, output.out + output.err
