"""Runs with a baseline: known failures, new failures, and baselines that cannot be used."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.certificate.verification import verify
from conformance.cli.main import main
from conformance.config.baseline import read_baseline
from conformance.config.loader import load_settings
from conformance.config.setting_types import ConfigurationError
from conformance.config.target import PROFILES
from reports.records import results_file
from reports.records.baseline import Baseline
from spec.catalogue import catalogue
from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.bundles import run_reference
from tests.support.fake_targets import ENVIRONMENT
from tests.support.shard_records import entry, record

FAULT, VIOLATED = "date-only-becomes-end-of-day", "VC-CREATE-DATE-ONLY"
OTHER_FAULT, OTHER = "name-limit-101", "VC-CREATE-NAME-MAXLENGTH"
SELECT = f"{VIOLATED},{OTHER},VC-CREATE-MINIMAL"
TARGET = "https://example.test"


@dataclass(frozen=True)
class Runs:
    """An earlier run with a fault, and later runs that use it as their baseline."""

    folder: Path
    baseline: Baseline

    def later(self, name: str, *faults: str, **options: Any) -> dict[str, Any]:
        """Run with the baseline in a new folder, and return the record, which is valid."""
        selected = {"select": SELECT, "baseline": self.baseline, **options}
        content = run_reference(self.folder / name, faults, **selected)
        assert validation_errors(results_schema(), content) == []
        return content


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Run once with a fault."""
    folder = tmp_path_factory.mktemp("runs")
    content = run_reference(folder / "first", [FAULT], select=SELECT)
    assert content["exit_code"] == 1
    return Runs(folder, read_baseline(folder / "first", PROFILES, SELECT, folder / "other"))


@pytest.fixture(scope="module")
def known(runs: Runs) -> dict[str, Any]:
    """Return the record of a second run with the same fault."""
    return runs.later("known", FAULT)


def changes(content: dict[str, Any]) -> dict[str, str]:
    return {one["id"]: one["baseline"]["change"] for one in content["requirements"]}


def test_a_run_with_known_failures_only_passes(known: dict[str, Any]) -> None:
    assert (known["exit_code"], known["verdict"]) == (0, "no-new-failures")
    assert known["overall_status"] == "no new failures"
    assert known["counts"]["failed"] == 1
    assert changes(known) == {VIOLATED: "known", OTHER: "same", "VC-CREATE-MINIMAL": "same"}


def test_reports_of_a_run_with_known_failures_have_none(runs: Runs, known: dict[str, Any]) -> None:
    folder = runs.folder / "known"
    assert known["verdict"] == "no-new-failures"
    assert 'failures="0"' in (folder / "junit.xml").read_text()
    assert "no new failures" in (folder / "badge.svg").read_text()
    allure = [json.loads(path.read_text()) for path in folder.glob("allure-results/*-result.json")]
    [violated] = [result for result in allure if result["name"].startswith(VIOLATED)]
    assert (violated["status"], violated["statusDetails"]["known"]) == ("skipped", True)


def test_a_run_with_known_failures_is_verified_but_does_not_conform(
    runs: Runs, known: dict[str, Any]
) -> None:
    verification = verify(runs.folder / "known", None)
    assert (verification.status, verification.problems) == ("no new failures", ())
    assert verification.record["baseline"] == known["baseline"]
    assert not verification.conforms


def test_a_new_failure_fails_the_run(runs: Runs) -> None:
    content = runs.later("new", FAULT, OTHER_FAULT)
    assert (content["exit_code"], content["overall_status"]) == (1, "does not conform")
    assert changes(content)[OTHER] == "worse"
    assert changes(content)[VIOLATED] == "known"


def test_a_run_without_failures_conforms_and_names_what_got_better(runs: Runs) -> None:
    content = runs.later("better")
    assert (content["exit_code"], content["verdict"]) == (0, "conforms")
    assert changes(content)[VIOLATED] == "better"
    assert (
        f"Better than in the baseline: {VIOLATED} (failed -&gt; passed)"
        in (runs.folder / "better" / "report.html").read_text()
    )


def test_a_failure_that_was_not_tested_is_new(runs: Runs) -> None:
    content = runs.later(
        "untested", "description-limit-unchecked", select="VC-CREATE-DESCRIPTION-MAXLENGTH,VC-CREATE-MINIMAL"
    )
    assert content["exit_code"] == 1
    assert content["baseline"]["only_in_baseline"] == [VIOLATED, OTHER]


def test_a_known_failure_does_not_stop_a_fail_fast_run(runs: Runs) -> None:
    content = runs.later("fail-fast", FAULT, fail_fast=True)
    assert (content["exit_code"], content["counts"]["inconclusive"]) == (0, 0)


def test_a_symptom_is_recorded_without_values(known: dict[str, Any]) -> None:
    [violated] = [one for one in known["requirements"] if one["id"] == VIOLATED]
    assert violated["symptom"].startswith("returned: ")
    assert not any(character.isdigit() for character in violated["symptom"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to an empty folder, and set the credentials in the environment."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def save(name: str, *entries: dict[str, Any], **members: Any) -> Path:
    path = Path(name)
    path.mkdir()
    results_file.write(record(*entries, **members), path / results_file.FILE)
    return path


def error_message(**options: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        load_settings({"target": TARGET, **options})
    return str(error.value)


@pytest.mark.usefixtures("folder")
def test_the_baseline_is_a_setting_of_the_file_relative_to_it() -> None:
    Path("project").mkdir()
    save("project/known", entry(VIOLATED, "failed"))
    Path("project/conformance.toml").write_text('baseline = "known"')
    settings = load_settings({"target": TARGET, "config": "project/conformance.toml"})
    assert settings.baseline == Baseline.of(record(entry(VIOLATED, "failed")), catalogue())


@pytest.mark.usefixtures("folder")
def test_a_file_is_a_baseline_as_well() -> None:
    path = save("known", entry(VIOLATED, "failed")) / "results.json"
    settings = load_settings({"target": TARGET, "baseline": str(path)})
    assert settings.baseline is not None
    assert settings.baseline.verdicts == {VIOLATED: "failed"}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("output", ["out", "./out", "link"])
def test_the_output_directory_cannot_be_the_baseline(output: str) -> None:
    save("out", entry(VIOLATED, "failed"))
    Path("link").symlink_to("out")
    assert "--baseline out is also the output directory" in error_message(baseline="out", output=output)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "options", [{"select": OTHER}, {"profiles": ["fabric"]}], ids=["selection", "profile"]
)
def test_a_baseline_that_decided_nothing_of_the_run_is_an_error(options: dict[str, Any]) -> None:
    save("known", entry(VIOLATED, "failed"), entry(OTHER, "inconclusive"))
    message = error_message(baseline="known", **options)
    assert message.startswith("--baseline known: nothing to compare: it decided none of the ")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema_version": 1}'])
def test_a_baseline_that_cannot_be_read_is_an_error(content: str) -> None:
    Path("known").mkdir()
    assert "--baseline: known/results.json cannot be read" in error_message(baseline="known")
    Path("known/results.json").write_text(content)
    assert "--baseline: known/results.json is not" in error_message(baseline="known")


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments], catch_exceptions=False)


@pytest.mark.usefixtures("folder")
def test_certify_does_not_allow_a_baseline(keys: Path) -> None:
    save("known", entry(VIOLATED, "failed"))
    Path("conformance.toml").write_text('baseline = "known"')
    options = ("--output", "new", "--vendor", "v", "--product", "p", "--product-version", "1")
    result = invoke("certify", "--target", TARGET, "--key", str(keys / "private.pem"), *options)
    assert (result.exit_code, "certify does not allow a baseline" in result.output) == (2, True)


@pytest.mark.usefixtures("folder")
def test_the_option_is_one_of_run_only() -> None:
    for command in ("certify", "fuzz", "report", "doctor"):
        result = invoke(command, "--baseline", "known")
        assert (result.exit_code, "No such option" in result.output) == (2, True)


def test_reports_are_regenerated_with_the_baseline(runs: Runs, known: dict[str, Any], tmp_path: Path) -> None:
    shutil.copytree(runs.folder / "known", tmp_path / "known")
    result = invoke("report", str(tmp_path / "known"))
    assert (result.exit_code, known["exit_code"]) == (0, 0)
    assert f"known  failed  {VIOLATED}" in result.output
    assert "no new failures: 1 must" in result.output
