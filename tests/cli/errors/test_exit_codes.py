"""Outcomes of a run: exit code, terminal output and record."""

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from xml.etree import ElementTree as ET

import pytest

from conformance.processes import reference_process
from reports.records.overall_status import overall_status
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.command_processes import (
    OUT,
    QUICK,
    CommandRun,
    credential_spellings,
    run_command,
    run_conformance,
)
from tests.support.fake_targets import (
    CONFERENCES,
    ENVIRONMENT,
    ReceivedRequest,
    Reply,
    reference_server,
    serve_between,
)


def reject_delete(received: ReceivedRequest) -> Reply | None:
    return Reply(409, b'{"error":"Conflict"}') if received.method == "DELETE" else None


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    with (
        reference_server() as conforming,
        reference_server("--variant", "no-delete") as without_delete,
        serve_between(conforming, reject_delete) as undeletable,
    ):
        yield {"reference": conforming, "without_delete": without_delete, "undeletable": undeletable}


MAXLENGTH_ACCEPT = "VC-CREATE-DISPLAY-NAME-MAXLENGTH-ACCEPT"
INTERNAL_ERROR = (
    "from conformance.testkit import expect; expect.authorized = None; "
    "from conformance.cli.main import main; main()"
)
IMPORT_ERROR = (
    "from conformance.testkit import markers; del markers.members; import conformance.cli.main as c; c.main()"
)
# The command if it is another one, and its options; a name in braces is replaced by the URL of a server.
RUNS: dict[str, tuple[list[str] | None, list[str]]] = {
    "conforms": (None, ["--effort", "smoke", "--select", "VC-CREATE-DATE-ONLY"]),
    "fails": (
        None,
        ["--fault", "display-name-limit-199", "--effort", "smoke", "--select", MAXLENGTH_ACCEPT],
    ),
    "budget": (None, ["--target", "{reference}", "--max-requests", "22", *QUICK]),
    "internal error": ([sys.executable, "-c", INTERNAL_ERROR], ["--target", "{reference}", *QUICK]),
    "import error": ([sys.executable, "-c", IMPORT_ERROR], ["--target", "{reference}", *QUICK]),
    "undeletable": (None, ["--target", "{undeletable}", *QUICK]),
    "no delete": (None, ["--target", "{without_delete}", *QUICK]),
    "leftovers allowed": (None, ["--target", "{without_delete}", "--allow-leftovers", *QUICK]),
    "read-only": (None, ["--target", "{without_delete}", "--read-only", "--effort", "smoke"]),
    "live limit": (
        None,
        ["--target", "{reference}", "--max-live", "3", "--effort", "smoke", "--select", "VC-GET-INTERLEAVED"],
    ),
    "strict": (
        None,
        [
            "--strict",
            "--variant",
            "no-challenge",
            "--select",
            "API-AUTH-WWW-AUTHENTICATE,API-AUTH-BASIC-ACCEPT",
        ],
    ),
    "not strict": (
        None,
        ["--variant", "no-challenge", "--select", "API-AUTH-WWW-AUTHENTICATE,API-AUTH-BASIC-ACCEPT"],
    ),
    "seeded": (None, ["--seed", "7", "--target", "{reference}", "--select", "VC-CREATE-CONFORMING"]),
}


@pytest.fixture(scope="module")
def runs(servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, CommandRun]:
    folder = tmp_path_factory.mktemp("runs")

    def run(number: int, name: str) -> CommandRun:
        command, arguments = RUNS[name]
        resolved = [argument.format(**servers) for argument in arguments]
        environment = ENVIRONMENT if "{" in "".join(arguments) else {}
        run = partial(run_command, command=command) if command else run_conformance
        return run(folder / str(number), "run", *resolved, variables=environment)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(RUNS, pool.map(run, range(len(RUNS)), RUNS), strict=True))


@pytest.mark.parametrize(
    "name, code, verdict",
    [
        ("conforms", 0, "conforms"),
        ("fails", 1, "does-not-conform"),
        ("budget", 3, "inconclusive"),
        ("internal error", 4, "error"),
        ("import error", 4, "error"),
        ("undeletable", 5, "conforms"),
        ("no delete", 2, "not-started"),
        ("leftovers allowed", 0, "conforms"),
        ("read-only", 0, "conforms"),
        ("live limit", 3, "inconclusive"),
        ("strict", 1, "does-not-conform"),
        ("not strict", 0, "conforms"),
        ("seeded", 0, "conforms"),
    ],
)
def test_every_outcome_has_its_exit_code(
    runs: dict[str, CommandRun], name: str, code: int, verdict: str
) -> None:
    run = runs[name]
    assert (run.code, run.results["exit_code"], run.results["verdict"]) == (code, code, verdict)
    assert validation_errors(results_schema(), run.results) == []
    assert run.out.splitlines()[-1].endswith(f"(exit code {code}); reports in {OUT}/")
    assert run.err == ""


def test_without_a_target_the_built_in_server_is_tested(runs: dict[str, CommandRun]) -> None:
    run = runs["conforms"]
    assert "built-in reference server (no --target specified)" in run.out.splitlines()[0]
    assert run.results["target"]["reference"] is True
    files = [path for path in (run.folder / OUT).rglob("*") if path.is_file()]
    text = run.out + "".join(path.read_text("utf-8") for path in files)
    assert not [form for form in credential_spellings(reference_process.ACCOUNT) if form in text]


def test_only_selected_requirements_have_a_verdict(runs: dict[str, CommandRun]) -> None:
    assert runs["conforms"].verdicts() == {"VC-CREATE-DATE-ONLY": "passed"}


def test_a_failure_is_printed_with_all_details(runs: dict[str, CommandRun]) -> None:
    lines = runs["fails"].out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("failed  "))
    assert lines[start].startswith(
        f"failed  {MAXLENGTH_ACCEPT} (must)  display_name accepts a string of exactly"
    )
    end = lines.index("", start)
    labels = [line.split()[0] for line in lines[start + 1 : end] if line[:12].strip()]
    assert labels == ["problem", "sent", "expected", "received", "why", "source", "curl", "rerun"]
    command = "conformance run --fault display-name-limit-199 --effort smoke --select"
    rerun_line = f"  rerun     {command} {MAXLENGTH_ACCEPT}"
    assert rerun_line in lines


def test_a_failure_is_reported_in_junit_and_allure(runs: dict[str, CommandRun]) -> None:
    folder = runs["fails"].folder / OUT
    (failure,) = ET.parse(folder / "junit.xml").iter("failure")
    assert "rejected with status 422" in (failure.get("message") or "")
    assert "curl -s -i -u" in (failure.text or "")
    (result,) = (json.loads(path.read_text()) for path in folder.glob("allure-results/*-result.json"))
    assert result["status"] == "failed"
    names = [attachment["name"].split()[0] for attachment in result["attachments"]]
    assert names[0] == "finding"
    assert set(names) == {"finding", "request", "response"}


def test_an_exhausted_request_budget_is_the_reason(runs: dict[str, CommandRun]) -> None:
    (entry,) = runs["budget"].results["requirements"]
    assert entry["reason"] == "budget: limit of 22 requests reached"
    assert "inconclusive  API-AUTH-BASIC-ACCEPT: budget: limit of 22 requests reached" in runs["budget"].out


def test_an_internal_error_is_not_counted_against_the_target(runs: dict[str, CommandRun]) -> None:
    (entry,) = runs["internal error"].results["requirements"]
    assert (entry["verdict"], entry["reason"]) == ("error", "suite: TypeError")
    assert runs["import error"].results["requirements"] == []


def test_resources_that_could_not_be_deleted_are_listed(runs: dict[str, CommandRun]) -> None:
    run = runs["undeletable"]
    leftovers = run.results["leftovers"]
    assert leftovers
    for leftover in leftovers:
        assert f"left behind: {leftover['collection']}/{leftover['id']}" in run.out
        assert leftover["name"].startswith(f"cc-{run.results['prefix']}-")
    assert CONFERENCES in {leftover["collection"] for leftover in leftovers}


def test_a_target_without_delete_requires_allow_leftovers(runs: dict[str, CommandRun]) -> None:
    rejected_run, allowed_run = runs["no delete"], runs["leftovers allowed"]
    assert "--allow-leftovers" in rejected_run.out
    assert "creates about 250 resources" in rejected_run.out
    assert len(rejected_run.results["leftovers"]) == 1
    assert allowed_run.results["leftovers"]
    assert allowed_run.results["leftovers_allowed"] is True
    assert any("created resources remain" in note for note in allowed_run.results["notes"])


def test_a_read_only_run_sends_get_requests_only(runs: dict[str, CommandRun]) -> None:
    run = runs["read-only"]
    lines = (run.folder / OUT / "evidence.ndjson").read_text().splitlines()[1:-1]
    assert {json.loads(line)["request"]["method"] for line in lines} == {"GET"}
    assert overall_status(run.results) == "partial"
    assert run.verdicts()["VC-CONF-ID"] == "passed"
    codes = {str(entry["reason"]).partition(":")[0] for entry in run.results["requirements"]}
    assert {"read-only", "not-observed"} <= codes


def test_the_limit_on_live_resources_is_the_reason(runs: dict[str, CommandRun]) -> None:
    (entry,) = runs["live limit"].results["requirements"]
    assert entry["reason"].startswith("live-cap: ")
    assert entry["reason"].endswith("(--max-live)")


def test_a_violated_may_is_a_warning_and_fails_only_a_strict_run(runs: dict[str, CommandRun]) -> None:
    for name in ("strict", "not strict"):
        assert runs[name].verdicts()["API-AUTH-WWW-AUTHENTICATE"] == "warned"


def test_the_seed_is_recorded(runs: dict[str, CommandRun]) -> None:
    assert runs["seeded"].results["seed"] == 7
