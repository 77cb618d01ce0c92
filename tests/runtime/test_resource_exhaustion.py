"""Exhausted resources of this machine: an internal error, not a finding about the target."""

import errno
import os
import resource
import socket
from pathlib import Path

import httpcore
import httpx
import pytest

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.processes.reference_process import ACCOUNT, reference_server
from conformance.runtime.resource_exhaustion import (
    ResourceExhaustedError,
    raise_descriptor_limit,
    raise_if_exhausted,
)
from conformance.transport.throttling import RunStoppedError
from tests.support.command_processes import COMMAND, run_command
from tests.support.fake_targets import GET, ORIGIN, fake_stack


def library_error(code: int) -> httpx.ConnectError:
    """Return an error of the operating system as httpx raises it."""
    inner = httpcore.ConnectError(os.strerror(code))
    inner.__cause__ = OSError(code, os.strerror(code))
    outer = httpx.ConnectError(os.strerror(code))
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS])
def test_an_exhausted_resource_is_recognized_as_the_cause_of_an_httpx_error(code: int) -> None:
    with pytest.raises(ResourceExhaustedError, match="ulimit -n"):
        raise_if_exhausted(library_error(code))


@pytest.mark.parametrize("code", [errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTUNREACH])
def test_an_error_of_the_target_or_the_network_is_not_an_exhausted_resource(code: int) -> None:
    raise_if_exhausted(library_error(code))
    raise_if_exhausted(socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"))


def test_a_name_resolution_without_free_descriptors_is_an_exhausted_resource(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(ResourceExhaustedError):
        raise_if_exhausted(socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"))


def test_no_request_is_sent_or_recorded_after_a_resource_is_exhausted(tmp_path: Path) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise library_error(errno.EMFILE)

    with fake_stack(fail, tmp_path) as stack:
        for _ in range(2):
            with pytest.raises(RunStoppedError) as stopped:
                stack.send(GET, ORIGIN)
            assert stopped.value.code == "exhausted"
        assert stack.throttling.requests_sent == 1
        assert stack.evidence.traffic_stats.exchanges == 0


def test_a_run_without_descriptors_has_exit_code_4_and_no_findings(tmp_path: Path) -> None:
    command = ["sh", "-c", 'ulimit -n 24; exec "$@"', "sh", *COMMAND]
    with reference_server(("--latency", "50")) as server:
        options = ("--target", server.address, "--concurrency", "64")
        selection = ("--effort", "smoke", "--select", "VC-CREATE-*")
        account = {PROJECT_VARIABLE: ACCOUNT.project, TOKEN_VARIABLE: ACCOUNT.token}
        run = run_command(tmp_path, "run", *options, *selection, variables=account, command=command)
    assert (run.code, run.results["verdict"]) == (4, "error")
    assert "this machine lacks resources" in run.results["notes"][0]
    assert "failed" not in run.verdicts().values()
    assert run.results["leftovers"] == []
    assert run.err == ""


def test_a_low_descriptor_limit_is_raised_up_to_the_hard_limit() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, limits[1]))
        raise_descriptor_limit(200)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (200, limits[1])
        raise_descriptor_limit(100)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (200, limits[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
