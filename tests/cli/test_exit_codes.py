"""Each way in which a run ends: its exit code, what it says of it, and what its record holds."""

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree as ET

import pytest

from conformance.processes import reference_process
from reports.records.overall_status import worth
from spec.data_files import results_schema
from spec.validation import errors
from tests.support.command_processes import COMMAND, OUT, QUICK, Run, conformance, spellings
from tests.support.fake_targets import CONFERENCES, ENVIRONMENT, Received, Reply, between, reference


def undeleted(received: Received) -> Reply | None:
    return Reply(409, b'{"error":"Conflict"}') if received.method == "DELETE" else None


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    with (
        reference() as right,
        reference("--variant", "no-delete") as keeping,
        between(right, undeleted) as undeletable,
    ):
        yield {"reference": right, "keeping": keeping, "undeletable": undeletable}


MAXLENGTH_ACCEPT = "VC-CREATE-DISPLAY-NAME-MAXLENGTH-ACCEPT"
MISTAKEN = (
    "from conformance.testkit import expect; expect.authorized = None; "
    "from conformance.cli.main import main; main()"
)
UNIMPORTABLE = (
    "from conformance.testkit import markers; del markers.members; import conformance.cli.main as c; c.main()"
)
# Each with its command and its options, in which a name in braces stands for the address of a server.
ENDINGS: dict[str, tuple[list[str], list[str]]] = {
    "conforms": (COMMAND, ["--effort", "smoke", "--select", "VC-CREATE-DATE-ONLY"]),
    "fails": (
        COMMAND,
        ["--fault", "display-name-limit-199", "--effort", "smoke", "--select", MAXLENGTH_ACCEPT],
    ),
    "budget": (COMMAND, ["--target", "{reference}", "--max-requests", "8", *QUICK]),
    "mistaken": ([sys.executable, "-c", MISTAKEN], ["--target", "{reference}", *QUICK]),
    "unimportable": ([sys.executable, "-c", UNIMPORTABLE], ["--target", "{reference}", *QUICK]),
    "undeletable": (COMMAND, ["--target", "{undeletable}", *QUICK]),
    "no delete": (COMMAND, ["--target", "{keeping}", *QUICK]),
    "leftovers allowed": (COMMAND, ["--target", "{keeping}", "--allow-leftovers", *QUICK]),
    "read-only": (COMMAND, ["--target", "{keeping}", "--read-only", "--effort", "smoke"]),
    "no room": (
        COMMAND,
        ["--target", "{reference}", "--max-live", "3", "--effort", "smoke", "--select", "VC-GET-INTERLEAVED"],
    ),
    "strict": (
        COMMAND,
        [
            "--strict",
            "--variant",
            "no-challenge",
            "--select",
            "API-AUTH-WWW-AUTHENTICATE,API-AUTH-BASIC-ACCEPT",
        ],
    ),
    "not strict": (
        COMMAND,
        ["--variant", "no-challenge", "--select", "API-AUTH-WWW-AUTHENTICATE,API-AUTH-BASIC-ACCEPT"],
    ),
    "seeded": (COMMAND, ["--seed", "7", "--target", "{reference}", "--select", "VC-CREATE-CONFORMING"]),
}


@pytest.fixture(scope="module")
def ended(servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("ended")

    def run(number: int, name: str) -> Run:
        command, arguments = ENDINGS[name]
        told = [each.format(**servers) for each in arguments]
        given = ENVIRONMENT if "{" in "".join(arguments) else {}
        return conformance(folder / str(number), "run", *told, given=given, command=command)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(ENDINGS, pool.map(run, range(len(ENDINGS)), ENDINGS), strict=True))


@pytest.mark.parametrize(
    "name, code, verdict",
    [
        ("conforms", 0, "conforms"),
        ("fails", 1, "does-not-conform"),
        ("budget", 3, "inconclusive"),
        ("mistaken", 4, "error"),
        ("unimportable", 4, "error"),
        ("undeletable", 5, "conforms"),
        ("no delete", 2, "not-started"),
        ("leftovers allowed", 0, "conforms"),
        ("read-only", 0, "conforms"),
        ("no room", 3, "inconclusive"),
        ("strict", 1, "does-not-conform"),
        ("not strict", 0, "conforms"),
        ("seeded", 0, "conforms"),
    ],
)
def test_each_ending_has_its_exit_code(ended: dict[str, Run], name: str, code: int, verdict: str) -> None:
    run = ended[name]
    assert (run.code, run.results["exit_code"], run.results["verdict"]) == (code, code, verdict)
    assert errors(results_schema(), run.results) == []
    assert f"exit {code}, {OUT}/" in run.out.splitlines()[-1]
    assert run.err == ""


def test_without_a_target_the_built_in_server_is_judged_and_named(ended: dict[str, Run]) -> None:
    run = ended["conforms"]
    assert "the built-in reference server (no --target given)" in run.out.splitlines()[0]
    assert run.results["target"]["reference"] is True
    files = [path for path in (run.folder / OUT).rglob("*") if path.is_file()]
    said = run.out + "".join(path.read_text("utf-8") for path in files)
    assert not [form for form in spellings(reference_process.ACCOUNT) if form in said]


def test_only_what_was_chosen_has_a_verdict(ended: dict[str, Run]) -> None:
    assert ended["conforms"].verdicts() == {"VC-CREATE-DATE-ONLY": "passed"}


def test_a_failure_is_shown_with_all_that_one_asks(ended: dict[str, Run]) -> None:
    lines = ended["fails"].out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("failed  "))
    assert lines[start].startswith(f"failed  {MAXLENGTH_ACCEPT} (must)  display_name may fill")
    labels = [line.split()[0] for line in lines[start + 1 : start + 8]]
    assert labels == ["sent", "expected", "received", "why", "source", "curl", "rerun"]
    command = "conformance run --fault display-name-limit-199 --effort smoke --select"
    again = f"  rerun     {command} {MAXLENGTH_ACCEPT}"
    assert again in lines


def test_a_failure_stands_in_junit_and_allure(ended: dict[str, Run]) -> None:
    folder = ended["fails"].folder / OUT
    (failure,) = ET.parse(folder / "junit.xml").iter("failure")
    assert "status 422" not in (failure.get("message") or "")
    assert "curl -s -i -u" in (failure.text or "")
    (result,) = (json.loads(path.read_text()) for path in folder.glob("allure-results/*-result.json"))
    assert result["status"] == "failed"
    names = [each["name"].split()[0] for each in result["attachments"]]
    assert names[0] == "finding"
    assert set(names) == {"finding", "request", "response"}


def test_a_spent_budget_is_told_as_the_reason(ended: dict[str, Run]) -> None:
    (entry,) = ended["budget"].results["requirements"]
    assert entry["reason"] == "budget: 8 requests are spent"
    assert "inconclusive  API-AUTH-BASIC-ACCEPT: budget: 8 requests are spent" in ended["budget"].out


def test_a_mistake_of_ours_is_never_counted_against_the_target(ended: dict[str, Run]) -> None:
    (entry,) = ended["mistaken"].results["requirements"]
    assert (entry["verdict"], entry["reason"]) == ("error", "suite: TypeError")
    assert ended["unimportable"].results["requirements"] == []


def test_what_could_not_be_deleted_is_listed(ended: dict[str, Run]) -> None:
    run = ended["undeletable"]
    left = run.results["leftovers"]
    assert left
    for each in left:
        assert f"left behind: {each['collection']}/{each['id']}" in run.out
        assert each["name"].startswith(f"cc-{run.results['prefix']}-")
    assert CONFERENCES in {each["collection"] for each in left}


def test_what_stays_is_asked_about_before_it_is_created(ended: dict[str, Run]) -> None:
    asking, allowed = ended["no delete"], ended["leftovers allowed"]
    assert "--allow-leftovers" in asking.out
    assert "creates about 250 conferences and rooms" in asking.out
    assert len(asking.results["leftovers"]) == 1
    assert allowed.results["leftovers"]
    assert allowed.results["leftovers_allowed"] is True
    assert any("what the run creates stays there" in note for note in allowed.results["notes"])


def test_a_read_only_run_sends_nothing_but_gets(ended: dict[str, Run]) -> None:
    run = ended["read-only"]
    lines = (run.folder / OUT / "evidence.ndjson").read_text().splitlines()[1:-1]
    assert {json.loads(line)["request"]["method"] for line in lines} == {"GET"}
    assert worth(run.results) == "partial"
    assert run.verdicts()["VC-CONF-ID"] == "passed"
    codes = {str(each["reason"]).partition(":")[0] for each in run.results["requirements"]}
    assert {"read-only", "never-seen"} <= codes


def test_too_little_room_is_told_as_the_reason(ended: dict[str, Run]) -> None:
    (entry,) = ended["no room"].results["requirements"]
    assert entry["reason"].startswith("live-cap: ")
    assert entry["reason"].endswith("(--max-live)")


def test_a_may_warns_and_fails_a_strict_run_alone(ended: dict[str, Run]) -> None:
    for name in ("strict", "not strict"):
        assert ended[name].verdicts()["API-AUTH-WWW-AUTHENTICATE"] == "warned"


def test_a_seed_stands_in_the_record(ended: dict[str, Run]) -> None:
    assert ended["seeded"].results["seed"] == 7
