"""Complete runs against conforming servers: output files and reproducibility."""

import base64
import json
import re
import stat
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.config.settings import Effort
from spec.catalogue import catalogue
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.command_processes import OUT, CommandRun, credential_spellings, run_conformance
from tests.support.fake_targets import ACCOUNT, reference_server

FILES = {
    *("results.json", "junit.xml", "report.html", "summary.md", "badge.svg"),
    *("evidence.ndjson", "ledger.ndjson", "allure-results"),
}


@pytest.fixture(scope="module")
def conforming(tmp_path_factory: pytest.TempPathFactory) -> list[CommandRun]:
    """Run the suite against two identical reference servers in parallel."""
    folder = tmp_path_factory.mktemp("conforming")

    def run(name: str, target: str) -> CommandRun:
        return run_conformance(folder / name, "run", "--target", target, "--effort", "smoke")

    with (
        reference_server() as first_origin,
        reference_server() as second_origin,
        ThreadPoolExecutor(2) as pool,
    ):
        return list(pool.map(run, ("first", "second"), (first_origin, second_origin)))


def test_the_reference_server_conforms(conforming: list[CommandRun]) -> None:
    for run in conforming:
        assert run.out.splitlines()[-1].startswith("partial: ")
        assert (run.code, run.err) == (0, "")
        assert (run.results["verdict"], run.results["exit_code"]) == ("conforms", 0)
        assert run.results["leftovers"] == []
        assert run.results["footer"]["complete"]
        assert 0.8 * Effort.SMOKE.max_requests < run.results["requests"] <= Effort.SMOKE.max_requests


def test_every_requirement_of_the_catalogue_has_one_verdict(conforming: list[CommandRun]) -> None:
    for run in conforming:
        ids = [entry["id"] for entry in run.results["requirements"]]
        assert Counter(ids) == Counter(catalogue().keys())
        assert set(run.verdicts().values()) == {"passed", "not-applicable"}


def test_no_requirement_passes_without_an_observation(conforming: list[CommandRun]) -> None:
    for entry in conforming[0].results["requirements"]:
        assert (entry["observations"] > 0) is (entry["verdict"] == "passed")


def test_results_match_the_published_schema_and_their_counts(conforming: list[CommandRun]) -> None:
    for run in conforming:
        results = run.results
        assert validation_errors(results_schema(), results) == []
        counts = Counter(entry["verdict"] for entry in results["requirements"])
        assert {verdict: count for verdict, count in results["counts"].items() if count} == counts
        assert (
            results["requests"] == results["footer"]["exchanges"] == len(run.evidence) - 2
        )  # header, footer
        assert results["footer"]["requirements"] == len(results["requirements"])


def test_junit_agrees_with_the_results(conforming: list[CommandRun]) -> None:
    run = conforming[0]
    (suite,) = ET.parse(run.folder / OUT / "junit.xml").getroot()
    counts = run.results["counts"]
    assert [case.get("name") for case in suite.iter("testcase")] == [
        entry["id"] for entry in run.results["requirements"]
    ]
    assert suite.get("tests") == str(sum(counts.values()))
    assert suite.get("skipped") == str(counts["not-applicable"] + counts["inconclusive"])
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")


def test_allure_results_have_requirement_level_and_verdict(conforming: list[CommandRun]) -> None:
    run = conforming[0]
    paths = (run.folder / OUT / "allure-results").glob("*-result.json")
    results = [json.loads(path.read_text()) for path in paths]
    labels = [{label["name"]: label["value"] for label in result["labels"]} for result in results]
    verdicts = run.verdicts()
    assert {values["requirement"] for values in labels} <= verdicts.keys()
    assert len(labels) > 400
    for values in labels:
        requirement = catalogue()[values["requirement"]]
        assert (values["level"], values["verdict"]) == (str(requirement.level), verdicts[requirement.id])
        assert (values["story"], values["feature"]) == (requirement.id, requirement.operation)
        assert values["severity"] in {"critical", "normal", "minor"}


def test_the_output_folder_contains_the_documented_files(conforming: list[CommandRun]) -> None:
    folder = conforming[0].folder / OUT
    assert {path.name for path in folder.iterdir()} >= FILES
    for name in ("evidence.ndjson", "ledger.ndjson"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_every_created_resource_is_deleted(conforming: list[CommandRun]) -> None:
    for run in conforming:
        lines = [json.loads(line) for line in (run.folder / OUT / "ledger.ndjson").read_text().splitlines()]
        created_ids = {line["id"] for line in lines if "created" in line}
        assert created_ids
        assert created_ids == {line["deleted"] for line in lines if "deleted" in line}


UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{11,12}|conference-[0-9a-f]{12}")
# Names with one character, or one kind of character, cannot contain the prefix; they are generated from it.
GENERATED_NAME = re.compile(
    r'(?<!display_)name\\": \\"'
    r'(?:.|[0-9]{10,}|[0-9]{1,9}e5|0x[0-9a-f]+|[a-j]{10,}|[A-J]{10,}|[-_]{10,})(?=\\")'
)


MAX_TEXT = 4_000  # characters; the rest of a text is not generated


def readable(request: dict[str, Any]) -> dict[str, Any]:
    """Return a request with its body decoded to text, in which names can be searched."""
    body = base64.b64decode(request.get("base64", "")).decode("latin-1")
    return {**request, "base64": body}


def requests(run: CommandRun) -> Counter[tuple[str, str]]:
    """Count the requests of a run, without its prefix and the ids assigned by the target."""
    lines = [line for line in run.evidence if "check" in line]
    requests_of_checks = [(line["check"], line["operation"], readable(line["request"])) for line in lines]
    texts = (json.dumps(request).replace(run.results["prefix"], "PREFIX") for request in requests_of_checks)
    return Counter(
        (GENERATED_NAME.sub("name", UUID.sub("ID", text[:MAX_TEXT])), text[MAX_TEXT:]) for text in texts
    )


def test_two_runs_send_the_same_requests(conforming: list[CommandRun]) -> None:
    assert conforming[0].results["prefix"] != conforming[1].results["prefix"]
    first, second = map(requests, conforming)
    assert sum(first.values()) > 1000
    assert first - second == second - first == Counter()


def test_no_output_contains_the_token(conforming: list[CommandRun]) -> None:
    for run in conforming:
        files = [path for path in (run.folder / OUT).rglob("*") if path.is_file()]
        text = "\n".join([run.out, run.err, *(path.read_text("utf-8") for path in files)])
        assert len(files) > 400
        assert "the token in uppercase" in text
        assert not [form for form in credential_spellings(ACCOUNT) if form in text]
