"""The command from end to end, as a process: what it prints, what it writes, how it ends."""

import base64
import json
import os
import re
import stat
import subprocess
import sys
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance import embedded
from conformance.credentials import PROJECT, TOKEN, Account
from reports.worth import worth
from spec.catalogue import catalogue
from spec.documents import results_schema
from spec.schemas import errors
from tests.servers import ACCOUNT, CONFERENCES, ENVIRONMENT, Received, Reply, answering, between, free_port
from tests.servers import reference as reference_server

COMMAND = [sys.executable, "-c", "from conformance.cli import main; main()"]
QUICK = ("--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")
OUT = "conformance-results"
FILES = {
    *("results.json", "junit.xml", "report.html", "summary.md", "badge.svg"),
    *("evidence.ndjson", "ledger.ndjson", "allure-results"),
}
TIMEOUT = 60


@dataclass(frozen=True)
class Run:
    """A finished command: how it ended, what it said, and the folder it ran in."""

    code: int
    out: str
    err: str
    folder: Path

    @cached_property
    def results(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / OUT / "results.json").read_text())
        return read

    @cached_property
    def evidence(self) -> list[dict[str, Any]]:
        lines = (self.folder / OUT / "evidence.ndjson").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def verdicts(self) -> dict[str, str]:
        return {each["id"]: each["verdict"] for each in self.results["requirements"]}


def environment(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {PROJECT, TOKEN}}
    return {**kept, "COLUMNS": "200", **given}


def conformance(
    folder: Path, *arguments: str, given: Mapping[str, str] = ENVIRONMENT, command: list[str] = COMMAND
) -> Run:
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=environment(given),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr, folder)


@dataclass
class Stage:
    """The servers that all runs share, and what the faked ones received."""

    reference: str
    html: str = ""
    not_found: str = ""
    anything: str = ""
    undeletable: str = ""
    keeping: str = ""
    received: list[Received] = field(default_factory=list)

    def note(self, reply: Reply, received: Received) -> Reply:
        self.received.append(received)
        return reply


def undeleted(received: Received) -> Reply | None:
    return Reply(409, b'{"error":"Conflict"}') if received.method == "DELETE" else None


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with ExitStack() as servers:
        made = Stage(servers.enter_context(reference_server()))
        page = Reply(200, b"<!doctype html><title>Hi</title>", (("content-type", "text/html"),))
        for name, reply in {
            "html": page,
            "not_found": Reply(404, b'{"message":"not found"}'),
            "anything": Reply(200, b"{}"),
        }.items():
            setattr(made, name, servers.enter_context(answering(partial(made.note, reply))))
        made.keeping = servers.enter_context(reference_server("--variant", "no-delete"))
        made.undeletable = servers.enter_context(between(made.reference, undeleted))
        yield made


# What each command is given, and what it says; STAGE stands for the address of a server.
REFUSED: dict[str, tuple[list[str], Mapping[str, str], list[str]]] = {
    "no credentials": (["--target", "{reference}"], {}, [PROJECT, "--project-id"]),
    "no token": (["--target", "{reference}"], {PROJECT: "p"}, [TOKEN, "--api-token-file"]),
    "wrong token": (
        ["--target", "{reference}"],
        {**ENVIRONMENT, TOKEN: "PTwrong"},
        ["the credentials are refused with 401", TOKEN],
    ),
    "unreachable port": (
        ["--target", "http://127.0.0.1:{port}"],
        ENVIRONMENT,
        ["cannot be reached", "Check --target"],
    ),
    "a web site": (["--target", "{html}"], ENVIRONMENT, ["is no Conference API", "text/html", "--target"]),
    "another API": (["--target", "{not_found}"], ENVIRONMENT, ["is no Conference API", "gave 404"]),
    "an API that says yes": (["--target", "{anything}"], ENVIRONMENT, ["is no Conference API", "gave 200"]),
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
    places = {**vars(stage), "port": free_port(), "tls": stage.reference.replace("http:", "https:")}
    folder = tmp_path_factory.mktemp("refused")

    def run(number: int, name: str) -> Run:
        arguments, given, _ = REFUSED[name]
        told = [each.format(**places) for each in arguments]
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


@pytest.fixture(scope="module")
def conforming(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Judge two reference servers, alike and at the same time."""
    folder = tmp_path_factory.mktemp("conforming")

    def run(name: str, target: str) -> Run:
        return conformance(folder / name, "run", "--target", target, "--effort", "smoke")

    with reference_server() as second, ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, ("one", "other"), (stage.reference, second)))


def test_the_reference_server_conforms(conforming: list[Run]) -> None:
    for run in conforming:
        assert run.out.splitlines()[-1].startswith("conforms")
        assert (run.code, run.err) == (0, "")
        assert (run.results["verdict"], run.results["exit_code"]) == ("conforms", 0)
        assert run.results["leftovers"] == []
        assert run.results["footer"]["complete"]


def test_every_requirement_of_the_catalogue_has_one_verdict(conforming: list[Run]) -> None:
    for run in conforming:
        told = [each["id"] for each in run.results["requirements"]]
        assert Counter(told) == Counter(catalogue().keys())
        assert set(run.verdicts().values()) == {"passed", "not-applicable"}


def test_no_requirement_passes_without_an_observation(conforming: list[Run]) -> None:
    for each in conforming[0].results["requirements"]:
        assert (each["observations"] > 0) is (each["verdict"] == "passed")


def test_results_keep_the_published_schema_and_count_right(conforming: list[Run]) -> None:
    for run in conforming:
        results = run.results
        assert errors(results_schema(), results) == []
        counted = Counter(each["verdict"] for each in results["requirements"])
        assert {verdict: count for verdict, count in results["counts"].items() if count} == counted
        assert (
            results["requests"] == results["footer"]["exchanges"] == len(run.evidence) - 2
        )  # header, footer
        assert results["footer"]["requirements"] == len(results["requirements"])


def test_junit_agrees_with_the_results(conforming: list[Run]) -> None:
    run = conforming[0]
    (suite,) = ET.parse(run.folder / OUT / "junit.xml").getroot()
    counts = run.results["counts"]
    assert [case.get("name") for case in suite.iter("testcase")] == [
        each["id"] for each in run.results["requirements"]
    ]
    assert suite.get("tests") == str(sum(counts.values()))
    assert suite.get("skipped") == str(counts["not-applicable"] + counts["inconclusive"])
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")


def test_allure_results_bear_requirement_level_and_verdict(conforming: list[Run]) -> None:
    run = conforming[0]
    paths = (run.folder / OUT / "allure-results").glob("*-result.json")
    told = [json.loads(path.read_text()) for path in paths]
    labels = [{label["name"]: label["value"] for label in each["labels"]} for each in told]
    verdicts = run.verdicts()
    assert {each["requirement"] for each in labels} <= verdicts.keys()
    assert len(labels) > 400
    for each in labels:
        wanted = catalogue()[each["requirement"]]
        assert (each["level"], each["verdict"]) == (str(wanted.level), verdicts[wanted.id])
        assert (each["story"], each["feature"]) == (wanted.id, wanted.operation)
        assert each["severity"] in {"critical", "normal", "minor"}


def test_the_output_folder_holds_the_documented_names(conforming: list[Run]) -> None:
    folder = conforming[0].folder / OUT
    assert {path.name for path in folder.iterdir()} >= FILES
    for name in ("evidence.ndjson", "ledger.ndjson"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_everything_that_was_created_was_deleted(conforming: list[Run]) -> None:
    for run in conforming:
        lines = [json.loads(line) for line in (run.folder / OUT / "ledger.ndjson").read_text().splitlines()]
        made = {line["id"] for line in lines if "created" in line}
        assert made
        assert made == {line["deleted"] for line in lines if "deleted" in line}


UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{11,12}|conference-[0-9a-f]{12}")
# Names of one character, and of one kind of character, cannot hold the prefix; they are drawn by it.
DRAWN = re.compile(r'(?<!display_)name\\": \\"(?:.|[0-9]{10,}|[a-j]{10,}|[A-J]{10,}|[-_]{10,})(?=\\")')


LONG = 4_000  # characters; beyond them nothing is drawn


def requests(run: Run) -> Counter[tuple[str, str]]:
    """Return what a run sent, without what is the run's own and what the target gave it."""
    sent = [(line["check"], line["operation"], line["request"]) for line in run.evidence if "check" in line]
    texts = (json.dumps(each).replace(run.results["prefix"], "PREFIX") for each in sent)
    return Counter((DRAWN.sub("name", UUID.sub("ID", text[:LONG])), text[LONG:]) for text in texts)


def test_two_runs_send_the_same_requests(conforming: list[Run]) -> None:
    assert conforming[0].results["prefix"] != conforming[1].results["prefix"]
    one, other = map(requests, conforming)
    assert sum(one.values()) > 1000
    assert one - other == other - one == Counter()


def spellings(account: Account) -> list[str]:
    plain = [account.token, f"{account.project}:{account.token}", f"{account.token}:{account.project}"]
    encoded = [base64.b64encode(text.encode()).decode() for text in plain]
    quoted = [urllib.parse.quote(text, safe="") for text in [*plain, *encoded]]
    return [*plain, *encoded, *quoted, json.dumps(account.token)[1:-1]]


def test_the_token_is_nowhere(conforming: list[Run]) -> None:
    for run in conforming:
        files = [path for path in (run.folder / OUT).rglob("*") if path.is_file()]
        said = "\n".join([run.out, run.err, *(path.read_text("utf-8") for path in files)])
        assert len(files) > 400
        assert "PTstandsInForTheToken" in said
        assert not [form for form in spellings(ACCOUNT) if form in said]


# Each with its exit code, its verdict, and one requirement with what became of it.
MAXLENGTH_ACCEPT = "VC-CREATE-DISPLAY-NAME-MAXLENGTH-ACCEPT"
MISTAKEN = (
    "from conformance import expect; expect.authorized = None; from conformance.cli import main; main()"
)
UNIMPORTABLE = (
    "from conformance import requirement; del requirement.members; import conformance.cli as c; c.main()"
)
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
def ended(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("ended")

    def run(number: int, name: str) -> Run:
        command, arguments = ENDINGS[name]
        told = [each.format(**vars(stage)) for each in arguments]
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
    assert not [form for form in spellings(embedded.ACCOUNT) if form in said]


def test_only_what_was_chosen_has_a_verdict(ended: dict[str, Run]) -> None:
    assert ended["conforms"].verdicts() == {"VC-CREATE-DATE-ONLY": "passed"}


def test_a_failure_is_shown_with_all_that_one_asks(ended: dict[str, Run]) -> None:
    lines = ended["fails"].out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("failed  "))
    assert lines[start].startswith(f"failed  {MAXLENGTH_ACCEPT} (must)  display_name may fill")
    labels = [line.split()[0] for line in lines[start + 1 : start + 8]]
    assert labels == ["sent", "expected", "received", "why", "source", "curl", "again"]
    command = "conformance run --fault display-name-limit-199 --effort smoke --select"
    again = f"  again     {command} {MAXLENGTH_ACCEPT}"
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
    assert "creates about 400 conferences and rooms" in asking.out
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
