"""What this machine lacks is an internal error, and never counts against the target."""

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
from tests.support.command_processes import COMMAND, conformance
from tests.support.fake_targets import GET, ORIGIN, faked


def from_system(code: int) -> httpx.ConnectError:
    """Return the error that a lack of something becomes on its way through the libraries."""
    below = httpcore.ConnectError(os.strerror(code))
    below.__cause__ = OSError(code, os.strerror(code))
    above = httpx.ConnectError(os.strerror(code))
    above.__cause__ = below
    return above


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS])
def test_a_lack_is_found_behind_the_errors_of_the_libraries(code: int) -> None:
    with pytest.raises(ResourceExhaustedError, match="ulimit -n"):
        raise_if_exhausted(from_system(code))


@pytest.mark.parametrize("code", [errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTUNREACH])
def test_what_the_target_or_the_network_does_is_none(code: int) -> None:
    raise_if_exhausted(from_system(code))
    raise_if_exhausted(socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"))


def test_a_name_that_was_not_resolved_for_lack_of_descriptors_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: object) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(os, "open", lacking)
    with pytest.raises(ResourceExhaustedError):
        raise_if_exhausted(socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"))


def test_nothing_more_is_sent_and_nothing_is_recorded(tmp_path: Path) -> None:
    def lacking(_: httpx.Request) -> httpx.Response:
        raise from_system(errno.EMFILE)

    with faked(lacking, tmp_path) as wire:
        for _ in range(2):
            with pytest.raises(RunStoppedError) as stopped:
                wire.send(GET, ORIGIN)
            assert stopped.value.code == "exhausted"
        assert wire.throttling.requests_sent == 1
        assert wire.evidence.traffic_stats.exchanges == 0


def test_a_run_without_descriptors_is_exit_4_and_blames_nobody(tmp_path: Path) -> None:
    limited = ["sh", "-c", 'ulimit -n 24; exec "$@"', "sh", *COMMAND]
    with reference_server(("--latency", "50")) as server:
        target = (
            "--target",
            server.address,
            "--concurrency",
            "64",
            "--effort",
            "smoke",
            "--select",
            "VC-CREATE-*",
        )
        account = {PROJECT_VARIABLE: ACCOUNT.project, TOKEN_VARIABLE: ACCOUNT.token}
        run = conformance(tmp_path, "run", *target, given=account, command=limited)
    assert (run.code, run.results["verdict"]) == (4, "error")
    assert "this machine lacks resources" in run.results["notes"][0]
    assert "failed" not in run.verdicts().values()
    assert run.results["leftovers"] == []
    assert run.err == ""


def test_a_low_limit_is_raised_as_far_as_the_system_permits() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, before[1]))
        raise_descriptor_limit(200)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (200, before[1])
        raise_descriptor_limit(100)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (200, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
