"""A run that cannot start prints the fix, and creates nothing."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import pytest

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.command_processes import OUT, CommandRun, run_conformance
from tests.support.fake_targets import (
    ENVIRONMENT,
    ReceivedRequest,
    Reply,
    free_port,
    reference_server,
    serve_replies,
)


@dataclass(frozen=True)
class FakeServers:
    """Values for --target, and the requests that the fake servers received."""

    urls: Mapping[str, str]
    received: list[ReceivedRequest]


@pytest.fixture(scope="module")
def fake_servers() -> Iterator[FakeServers]:
    page = Reply(200, b"<!doctype html><title>Hi</title>", (("content-type", "text/html"),))
    replies = {
        "html": page,
        "not_found": Reply(404, b'{"message":"not found"}'),
        "anything": Reply(200, b"{}"),
    }
    received: list[ReceivedRequest] = []

    def record_request(reply: Reply, request: ReceivedRequest) -> Reply:
        received.append(request)
        return reply

    with ExitStack() as servers:
        reference_url = servers.enter_context(reference_server())
        origins = {
            name: servers.enter_context(serve_replies(partial(record_request, reply)))
            for name, reply in replies.items()
        }
        unreachable = {"port": str(free_port()), "tls": reference_url.replace("http:", "https:")}
        yield FakeServers({"reference": reference_url, **origins, **unreachable}, received)


# The arguments, the environment and the expected messages; a name in braces is replaced by a URL or a port.
USAGE_ERRORS: dict[str, tuple[list[str], Mapping[str, str], list[str]]] = {
    "no credentials": (["--target", "{reference}"], {}, [PROJECT_VARIABLE, "--project-id"]),
    "no token": (["--target", "{reference}"], {PROJECT_VARIABLE: "p"}, [TOKEN_VARIABLE, "--api-token-file"]),
    "wrong token": (
        ["--target", "{reference}"],
        {**ENVIRONMENT, TOKEN_VARIABLE: "PTwrong"},
        ["credentials rejected with status 401", TOKEN_VARIABLE],
    ),
    "unreachable port": (
        ["--target", "http://127.0.0.1:{port}"],
        ENVIRONMENT,
        ["cannot be reached", "Check --target"],
    ),
    "website": (
        ["--target", "{html}"],
        ENVIRONMENT,
        ["does not look like the Conference API", "text/html", "--target"],
    ),
    "another API": (
        ["--target", "{not_found}"],
        ENVIRONMENT,
        ["does not look like the Conference API", "returned 404"],
    ),
    "API that always returns 200": (
        ["--target", "{anything}"],
        ENVIRONMENT,
        ["does not look like the Conference API", "returned 200"],
    ),
    "https without TLS": (
        ["--target", "{tls}"],
        ENVIRONMENT,
        ["cannot be reached", "Is it an https address?"],
    ),
    "unknown profile": (
        ["--target", "{reference}", "--profile", "vidio"],
        ENVIRONMENT,
        ["unknown profile 'vidio'; did you mean 'video'?"],
    ),
    "unknown selection": (
        ["--target", "{reference}", "--select", "VC-CREATE-NAME-MAXLENTH"],
        ENVIRONMENT,
        ["did you mean 'VC-CREATE-NAME-MAXLENGTH'?"],
    ),
    "credentials in the target": (
        ["--target", "http://me:hidden@127.0.0.1:1"],
        ENVIRONMENT,
        ["must not contain credentials", PROJECT_VARIABLE],
    ),
}


@pytest.fixture(scope="module")
def failed_runs(fake_servers: FakeServers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, CommandRun]:
    folder = tmp_path_factory.mktemp("failed_runs")

    def run(number: int, name: str) -> CommandRun:
        arguments, environment, _ = USAGE_ERRORS[name]
        resolved = [argument.format(**fake_servers.urls) for argument in arguments]
        return run_conformance(folder / str(number), "run", *resolved, variables=environment)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(USAGE_ERRORS, pool.map(run, range(len(USAGE_ERRORS)), USAGE_ERRORS), strict=True))


@pytest.mark.parametrize("name", USAGE_ERRORS)
def test_a_run_that_cannot_start_is_exit_2_with_its_fix(
    failed_runs: dict[str, CommandRun], name: str
) -> None:
    run = failed_runs[name]
    assert run.code == 2
    for text in USAGE_ERRORS[name][2]:
        assert text in run.out + run.err
    assert "Traceback" not in run.out + run.err


@pytest.mark.parametrize("name", USAGE_ERRORS)
def test_a_run_that_cannot_start_creates_nothing(
    failed_runs: dict[str, CommandRun], fake_servers: FakeServers, name: str
) -> None:
    folder = failed_runs[name].folder / OUT
    assert "POST" not in {received.method for received in fake_servers.received}
    assert not (folder / "ledger.ndjson").exists() or (folder / "ledger.ndjson").read_text() == ""


@pytest.mark.parametrize("name", ["wrong token", "unreachable port", "another API"])
def test_a_run_that_cannot_start_records_the_problem(failed_runs: dict[str, CommandRun], name: str) -> None:
    results = failed_runs[name].results
    assert validation_errors(results_schema(), results) == []
    assert (results["verdict"], results["exit_code"]) == ("not-started", 2)
    assert (results["requirements"], results["footer"]["complete"]) == ([], False)
    assert USAGE_ERRORS[name][2][0] in "\n".join(results["notes"])


def test_credentials_in_the_target_are_not_repeated(failed_runs: dict[str, CommandRun]) -> None:
    run = failed_runs["credentials in the target"]
    assert "hidden" not in run.out + run.err
