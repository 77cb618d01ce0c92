"""`conformance init` writes files that work, and overwrites none."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from conformance.cli.init import CONFIGURATION, PIPELINES
from conformance.cli.main import main
from conformance.config.loader import load_settings
from conformance.config.setting_types import SETTING_TYPES
from tests.support.fake_targets import ENVIRONMENT


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def init(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["init", *arguments], catch_exceptions=False)


def test_the_written_configuration_is_valid() -> None:
    done = init()
    assert (done.exit_code, done.stdout) == (0, "conformance.toml\n")
    assert load_settings({}).target.origin == "https://example.signalwire.com"


def test_the_configuration_contains_each_setting_with_a_valid_value() -> None:
    init()
    text = CONFIGURATION.read_text(encoding="utf-8")
    settings = tomllib.loads(re.sub(r"^# (?=[a-z_]+ = |\[\[)", "", text, flags=re.MULTILINE))
    assert settings.keys() == SETTING_TYPES.keys()
    for name, value in settings.items():
        assert SETTING_TYPES[name].accepts(value), name
        if name not in {"baseline", "ca", "client_cert", "failed_from"}:  # their files do not exist
            load_settings({"target": "https://example.test", name: value})


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_pipeline_runs_the_suite_and_keeps_its_reports(ci: str) -> None:
    assert init("--ci", ci).exit_code == 0
    pipeline: Any = yaml.safe_load(PIPELINES[ci].read_text(encoding="utf-8"))
    if ci == "github":
        job = pipeline["jobs"]["conformance"]
        commands = [step["run"] for step in job["steps"] if "run" in step]
        assert set(job["env"]) == {"SIGNALWIRE_PROJECT_ID", "SIGNALWIRE_API_TOKEN"}
    else:
        commands = pipeline["conformance"]["script"]
        assert pipeline["conformance"]["artifacts"]["reports"] == {
            "junit": "conformance-results/junit.xml",
            "codequality": "conformance-results/gl-code-quality-report.json",
        }
    assert "conformance run --effort smoke" in commands


@pytest.mark.parametrize("ci", PIPELINES)
def test_the_file_of_each_system_is_written_once(ci: str) -> None:
    assert init("--ci", ci).stdout.splitlines()[:2] == ["conformance.toml", str(PIPELINES[ci])]
    text = PIPELINES[ci].read_text(encoding="utf-8")
    assert "conformance" in text
    CONFIGURATION.unlink()
    assert init("--ci", ci).exit_code == 2
    assert (PIPELINES[ci].read_text(encoding="utf-8"), CONFIGURATION.exists()) == (text, False)


def test_nothing_is_overwritten() -> None:
    CONFIGURATION.write_text("mine", encoding="utf-8")
    done = init("--ci", "github")
    assert (done.exit_code, "conformance.toml already exists; nothing was written" in done.stderr) == (
        2,
        True,
    )
    assert CONFIGURATION.read_text(encoding="utf-8") == "mine"
    assert [path.name for path in Path().iterdir()] == ["conformance.toml"]


def test_another_folder_and_a_folder_that_cannot_be_written(folder: Path) -> None:
    (folder / "project").mkdir()
    (folder / "project" / ".github").write_text("a file", encoding="utf-8")
    assert "project/conformance.toml" in init("project").stdout
    (folder / "project" / "conformance.toml").unlink()
    done = init("project", "--ci", "github")
    assert (done.exit_code, "cannot be written" in done.stderr) == (2, True)
