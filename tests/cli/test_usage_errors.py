"""A command that cannot start says what to mend, and creates nothing."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import pytest

from conformance.http.credentials import PROJECT, TOKEN
from spec.data_files import results_schema
from spec.validation import errors
from tests.support.command_processes import OUT, Run, conformance
from tests.support.fake_targets import ENVIRONMENT, Received, Reply, answering, free_port, reference


@dataclass(frozen=True)
class Stage:
    """The places that commands are pointed at, and what the faked servers among them received."""

    places: Mapping[str, str]
    received: list[Received]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    page = Reply(200, b"<!doctype html><title>Hi</title>", (("content-type", "text/html"),))
    fakes = {"html": page, "not_found": Reply(404, b'{"message":"not found"}'), "anything": Reply(200, b"{}")}
    received: list[Received] = []

    def note(reply: Reply, each: Received) -> Reply:
        received.append(each)
        return reply

    with ExitStack() as servers:
        right = servers.enter_context(reference())
        faked = {
            name: servers.enter_context(answering(partial(note, reply))) for name, reply in fakes.items()
        }
        nobody = {"port": str(free_port()), "tls": right.replace("http:", "https:")}
        yield Stage({"reference": right, **faked, **nobody}, received)


# What each command is given, and what it says; a name in braces stands for a place.
REFUSED: dict[str, tuple[list[str], Mapping[str, str], list[str]]] = {
    "no credentials": (["--target", "{reference}"], {}, [PROJECT, "--project-id"]),
    "no token": (["--target", "{reference}"], {PROJECT: "p"}, [TOKEN, "--api-token-file"]),
    "wrong token": (
        ["--target", "{reference}"],
        {**ENVIRONMENT, TOKEN: "PTwrong"},
        ["credentials rejected with status 401", TOKEN],
    ),
    "unreachable port": (
        ["--target", "http://127.0.0.1:{port}"],
        ENVIRONMENT,
        ["cannot be reached", "Check --target"],
    ),
    "a web site": (
        ["--target", "{html}"],
        ENVIRONMENT,
        ["does not look like the Conference API", "text/html", "--target"],
    ),
    "another API": (
        ["--target", "{not_found}"],
        ENVIRONMENT,
        ["does not look like the Conference API", "returned 404"],
    ),
    "an API that says yes": (
        ["--target", "{anything}"],
        ENVIRONMENT,
        ["does not look like the Conference API", "returned 200"],
    ),
    "https where there is none": (
        ["--target", "{tls}"],
        ENVIRONMENT,
        ["cannot be reached", "Is it an https address?"],
    ),
    "unknown profile": (
        ["--target", "{reference}", "--profile", "vidio"],
        ENVIRONMENT,
        ["there is no profile 'vidio'; did you mean 'video'?"],
    ),
    "a choice of nothing": (
        ["--target", "{reference}", "--select", "VC-CREATE-NAME-MAXLENTH"],
        ENVIRONMENT,
        ["'VC-CREATE-NAME-MAXLENTH'; did you mean 'VC-CREATE-NAME-MAXLENGTH'?"],
    ),
    "credentials in the target": (
        ["--target", "http://me:hidden@127.0.0.1:1"],
        ENVIRONMENT,
        ["--target must not hold credentials", PROJECT],
    ),
}


@pytest.fixture(scope="module")
def refused(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("refused")

    def run(number: int, name: str) -> Run:
        arguments, given, _ = REFUSED[name]
        told = [each.format(**stage.places) for each in arguments]
        return conformance(folder / str(number), "run", *told, given=given)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(REFUSED, pool.map(run, range(len(REFUSED)), REFUSED), strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_start_is_exit_2_with_its_mend(refused: dict[str, Run], name: str) -> None:
    run = refused[name]
    assert run.code == 2
    for text in REFUSED[name][2]:
        assert text in run.out + run.err
    assert "Traceback" not in run.out + run.err


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_start_creates_nothing(refused: dict[str, Run], stage: Stage, name: str) -> None:
    folder = refused[name].folder / OUT
    assert "POST" not in {received.method for received in stage.received}
    assert not (folder / "ledger.ndjson").exists() or (folder / "ledger.ndjson").read_text() == ""


@pytest.mark.parametrize("name", ["wrong token", "unreachable port", "another API", "a choice of nothing"])
def test_what_cannot_start_says_so_in_its_record(refused: dict[str, Run], name: str) -> None:
    results = refused[name].results
    assert errors(results_schema(), results) == []
    assert (results["verdict"], results["exit_code"]) == ("not-started", 2)
    assert (results["requirements"], results["footer"]["complete"]) == ([], False)
    assert REFUSED[name][2][0] in "\n".join(results["notes"])


def test_credentials_in_the_target_are_not_repeated(refused: dict[str, Run]) -> None:
    run = refused["credentials in the target"]
    assert "hidden" not in run.out + run.err
