"""The `conformance doctor` command, and waiting for the target."""

from pathlib import Path

import pytest

from conformance.engine.preflight.steps import PreflightStep
from conformance.http.credentials import TOKEN_VARIABLE
from tests.support.command_line import invoke
from tests.support.fake_targets import ENVIRONMENT, ReceivedRequest, Reply, serve_replies

pytestmark = pytest.mark.usefixtures("empty_folder")


def test_doctor_prints_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    result = invoke("doctor")
    assert result.exit_code == 0
    steps = [line.split()[:2] for line in result.output.splitlines()]
    profile = ("create", "get", "list", "delete")
    names = ("connection", "api", "credentials", "clock", "token", *profile, *profile)
    assert steps == [["ok", name] for name in names]


def test_doctor_stops_with_exit_2_at_the_first_failed_step() -> None:
    with serve_replies(lambda _: Reply(404, b'{"message":"not found"}')) as origin:
        result = invoke("doctor", "--target", origin)
    assert result.exit_code == 2
    assert result.output.splitlines()[0].startswith("ok    connection")
    assert f"FAIL  {origin} does not look like the Conference API" in result.output


def test_doctor_sends_the_specified_headers() -> None:
    received: list[ReceivedRequest] = []

    def respond(request: ReceivedRequest) -> Reply:
        received.append(request)
        return Reply(500)

    with serve_replies(respond) as origin:
        invoke("doctor", "--target", origin, "--header", "X-Gateway: a:b")
    assert {request.header("x-gateway") for request in received} == {"a:b"}
    assert all(
        (request.header("user-agent") or "").startswith("conference-conformance/") for request in received
    )


def test_doctor_writes_no_files() -> None:
    invoke("doctor", "--target", "http://127.0.0.1:1")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("command", ["run", "run --workers 2", "doctor", "fuzz"])
def test_a_target_that_is_not_ready_in_time_is_exit_2(command: str) -> None:
    result = invoke(*command.split(), "--target", "http://127.0.0.1:1", "--wait", "200ms")
    assert result.exit_code == 2
    assert "waiting for the target: ConnectError" in result.output
    assert "http://127.0.0.1:1 is not ready after 0.2 s (--wait): ConnectError" in result.output


def test_the_preflight_follows_the_wait() -> None:
    statuses = iter([503, 502])
    with serve_replies(lambda _: Reply(next(statuses, 404))) as origin:
        result = invoke("doctor", "--target", origin, "--wait", "1m")
    first, second, third, *_ = result.output.splitlines()
    assert first == "waiting for the target: it returns status 503"
    assert second.startswith("ok    connection")
    assert "does not look like the Conference API" in third


HOSTILE_STEP = PreflightStep("product", f"\x1b[2J[bold]{ENVIRONMENT[TOKEN_VARIABLE]}[/bold]\u202e")


def test_doctor_escapes_the_text_of_a_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.cli.doctor.preflight_steps", lambda _, **__: [HOSTILE_STEP])
    result = invoke("doctor", "--target", "http://127.0.0.1:9").output
    assert result == "ok    product      \\x1b[2J[bold][secret][/bold]\\u202e\n"


def test_the_address_of_a_target_is_not_interpreted_as_markup() -> None:
    result = invoke("run", "--target", "https://[fe80::1]:9", "--timeout", "0.1").output
    assert result.startswith("conference-conformance  https://[fe80::1]:9\n")
