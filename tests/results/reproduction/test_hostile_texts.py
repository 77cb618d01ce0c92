"""Scripts and tests of findings send exactly the recorded requests, and execute no text of a target."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from conformance.config.target import Target
from conformance.http import credentials
from conformance.http.credentials import Credential
from conformance.http.exchange import Exchange, Origin, Request, Response
from conformance.results.reproduction.description import Description
from conformance.results.reproduction.encoding import reproduction_data
from conformance.results.reproduction.pytest_module import pytest_module
from conformance.results.reproduction.shell_script import shell_script
from conformance.results.verdict import Explanation, Finding
from tests.support.fake_targets import ACCOUNT, ENVIRONMENT, ReceivedRequest, Reply, serve_replies

HOSTILE: Final = '\';touch executed;$(touch executed)`touch executed`"\\\n\x1b[31m\nEOF\n%s\\033\u202e\r\n"""'
BODIES: Final = (
    HOSTILE.encode(),
    b"\x00\xff\x80'",
    ('"' + "ab" * 400 + "\n" * 300 + '"').encode(),
    b"-n",
    b'{"display_name": "cc-0badcafe-123456789abc-1_Z"}',
)
SUCCESS: Final = {"rule": "status-in", "value": [2]}
CREDENTIALS: Final = [value for value in vars(credentials).values() if isinstance(value, Credential)]


def exchange(number: int, request: Request, response: Response | None) -> Exchange:
    failure = None if response else "none"
    return Exchange(number, Origin("check", "VC-GET"), request, response, failure, datetime.now(UTC), 0.1)


def description(origin: str, requests: Sequence[Request], assertion: Mapping[str, Any] | None) -> Description:
    """Return the description of a finding with these requests, whose last response has the status 200."""
    response = Response(200, (("content-type", "application/json"),), b'{"a": 1}')
    exchanges = [exchange(number, request, response) for number, request in enumerate(requests, 1)]
    finding = Finding(HOSTILE, exchanges[-1], *exchanges[:-1], explanation=Explanation(note=HOSTILE))
    data = reproduction_data(Target(httpx.URL(origin), ACCOUNT), finding, exchanges, lambda text: text)
    data |= {"connection": {}, "assertion": assertion}
    return Description(
        {"target": {"origin": origin}, "causes": []},
        {"id": "VC-GET-STATUS", "level": "must", "sentence": HOSTILE},
        {"expected": HOSTILE, "received": HOSTILE, "problem": HOSTILE, "reproduction": data},
        1,
    )


def run_script(text: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    (folder / "reproduce.sh").write_text(text, encoding="utf-8")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    variables = {"PATH": path, "HOME": str(folder), **ENVIRONMENT}
    return subprocess.run(
        ["sh", "reproduce.sh"], cwd=folder, env=variables, capture_output=True, check=False, timeout=60
    )


def run_test(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test in this process."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    namespace: dict[str, Any] = {}
    exec(compile(text, "test_reproduce.py", "exec"), namespace)  # noqa: S102 - the module that is tested
    namespace["test_vc_get_status"]()


class Recorder:
    """A server that records the requests."""

    def __init__(self) -> None:
        self.received: list[ReceivedRequest] = []

    def __call__(self, received: ReceivedRequest) -> Reply:
        self.received.append(received)
        return Reply(200, b'{"a": 1}')


def test_hostile_bodies_are_sent_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    json_type = (("content-type", "application/json"),)
    with serve_replies(recorder) as origin:
        requests = [Request("PUT", "/api/video/x?a='b'", json_type, body) for body in BODIES]
        described = description(origin, requests, SUCCESS)
        script, module = shell_script(described), pytest_module(described)
        done = run_script(script, tmp_path)
        assert (done.returncode, done.stderr) == (0, b""), script
        run_test(module, monkeypatch)
    assert b"\x1b" not in done.stdout
    assert not (tmp_path / "executed").exists()
    assert not Path("executed").exists()
    bodies = [received.body for received in recorder.received]
    assert len(bodies) == 2 * len(BODIES)
    for sent, *received in zip(BODIES, bodies[: len(BODIES)], bodies[len(BODIES) :], strict=True):
        if b"cc-" in sent:
            assert all(len(body) == len(sent) and body != sent for body in received)
        else:
            assert received == [sent, sent]
    assert {received.target for received in recorder.received} == {"/api/video/x?a='b'"}


def test_each_kind_of_credentials_is_sent_as_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    with serve_replies(recorder) as origin:
        requests = [Request("GET", "/api/video/x", credential=credential) for credential in CREDENTIALS]
        described = description(origin, requests, SUCCESS)
        assert run_script(shell_script(described), tmp_path).returncode == 0
        run_test(pytest_module(described), monkeypatch)
    headers = [received.header("authorization") for received in recorder.received]
    expected = [credential.header(ACCOUNT) for credential in CREDENTIALS]
    assert headers[: len(expected)] == expected
    assert headers[len(expected) :] == expected


@pytest.mark.parametrize(
    "rule, value, holds",
    [
        ("schema", {"type": "integer"}, True),
        ("schema", {"type": ["string", "null"]}, False),
        ("schema", {"enum": [HOSTILE, 1]}, True),
        ("schema", {"anyOf": [{"type": "string", "maxLength": 3}, {"minimum": 1}]}, True),
        ("one-of", [HOSTILE], False),
        ("none-of", [HOSTILE], True),
        ("present", None, True),
        ("absent", None, False),
        ("falsy", None, False),
        ("media-type", "application/json", True),
        ("header", "www-authenticate", False),
        ("json", None, True),
        ("status-not-in", [2, 500], False),
        ("equal", None, True),
        ("different", None, False),
    ],
)
def test_each_rule_is_decided_by_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str, value: Any, *, holds: bool
) -> None:
    data = {"rule": rule, "value": value, "path": ["a"], "comparison": "exact", "step": 1, "step_path": ["a"]}
    with serve_replies(Recorder()) as origin:
        described = description(origin, [Request("GET", "/api/video/x")] * 2, data)
        done = run_script(shell_script(described), tmp_path)
        assert (done.returncode, done.stderr) == (int(not holds), b""), shell_script(described)
        if holds:
            run_test(pytest_module(described), monkeypatch)
        else:
            with pytest.raises(AssertionError):
                run_test(pytest_module(described), monkeypatch)


@pytest.mark.parametrize(
    "data",
    [
        {"rule": "status-in", "value": ["200) touch executed;; *"]},
        {"rule": "status-in", "value": "200"},
        {"rule": "one-of", "value": [{"$text": [{"variable": "os.mkdir('executed')"}]}], "path": ["a"]},
        {"rule": "one-of", "value": [{"$text": [{"repeat": "a", "count": "1 + x"}]}], "path": ["a"]},
        {"rule": "schema", "value": {"type": "x", "$ref": HOSTILE}, "path": ["a"]},
        {"rule": "schema", "value": {"format": HOSTILE}, "path": ["a"]},
        {"rule": "schema", "value": 1, "path": ["a"]},
        {"rule": HOSTILE},
        None,
    ],
)
def test_an_assertion_that_cannot_be_decided_is_left_to_the_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: Mapping[str, Any] | None
) -> None:
    with serve_replies(Recorder()) as origin:
        described = description(origin, [Request("GET", "/api/video/x")], data)
        done = run_script(shell_script(described), tmp_path)
        assert (done.returncode, done.stderr) == (3, b"")
        with pytest.raises(pytest.skip.Exception, match="compare the last response"):
            run_test(pytest_module(described), monkeypatch)
    assert list(tmp_path.iterdir()) == [tmp_path / "reproduce.sh"]
