"""The commands of each recipe run: of the action, the pipelines, the image, the hook and the cluster job."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.docs.test_commands import on_path

ROOT: Final = Path(__file__).parents[1]
TEMPLATES: Final = Path(str(resources.files("conformance.cli") / "templates"))
BIN: Final = Path(sys.executable).parent
ACTION: Final = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
INPUTS: Final = {
    "TARGET": "",
    "PROFILE": "video",
    "EFFORT": "smoke",
    "SELECT": "VC-GET-STATUS",
    "SHARD": "",
    "CONFIG": "",
    "OUTPUT": "out put",
}


def shell(
    script: str, folder: Path, variables: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a script as a CI system does, with the installed suite and without credentials."""
    return subprocess.run(
        ["bash", "-e", "-c", f"{on_path()}\n{script}"],
        cwd=folder,
        env={**os.environ, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def run(script: str, folder: Path, variables: Mapping[str, str] | None = None) -> None:
    """Run the lines of a script, except those that install packages, for one requirement."""
    lines = [
        re.sub(r"conformance run (?!.*--select)", "conformance run --select VC-GET-STATUS ", line)
        for line in script.splitlines()
        if "pip install" not in line
    ]
    done = shell("\n".join(lines).replace(".venv/bin/", ""), folder, variables)
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"


def results(folder: Path) -> Any:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


@pytest.fixture
def action_variables(tmp_path: Path) -> dict[str, str]:
    """Return the variables of the runner; its virtual environment is the one of this test."""
    environment = tmp_path / "runner" / "conformance"
    environment.mkdir(parents=True)
    (environment / "bin").symlink_to(BIN)
    return {
        "RUNNER_TEMP": str(environment.parent),
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        **INPUTS,
    }


def action_step(name: str) -> dict[str, Any]:
    [step] = [step for step in ACTION["runs"]["steps"] if step["name"] == name]
    return dict(step)


def run_action(folder: Path, variables: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """Run the action; return its exit code and its outputs."""
    done = shell(action_step("Run")["run"], folder, variables)
    lines = Path(variables["GITHUB_OUTPUT"]).read_text(encoding="utf-8").splitlines()
    assert not re.search("Traceback", done.stderr), done.stderr
    return done.returncode, dict(line.split("=", 1) for line in lines)


def test_the_action_runs_the_suite_and_reports_the_status(
    tmp_path: Path, action_variables: dict[str, str]
) -> None:
    code, outputs = run_action(tmp_path, action_variables)
    assert code == 0
    assert outputs == {"status": "partial", "exit-code": "0", "results": "out put"}
    assert "VC-GET" in Path(action_variables["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")
    assert results(tmp_path / "out put")["profiles"] == ["video"]


@pytest.mark.parametrize("name", ["PROFILE", "SELECT", "CONFIG", "SHARD", "TARGET"])
def test_an_input_of_the_action_is_never_executed(
    tmp_path: Path, action_variables: dict[str, str], name: str
) -> None:
    hostile = "x';touch executed;$(touch executed)`touch executed`\"\n*"
    code, outputs = run_action(tmp_path, {**action_variables, name: hostile})
    assert (code, outputs["exit-code"]) == (2, "2")
    assert outputs["status"] in {"", "not started"}
    assert not (tmp_path / "executed").exists()


def test_no_script_of_the_action_contains_an_expression() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
    passed = action_step("Run")["env"]
    assert {name.lower() for name in passed} | {"python"} == set(ACTION["inputs"])
    assert set(passed) == set(INPUTS)
    assert '"$ACTION_PATH"' in action_step("Install")["run"]


def github_jobs(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((TEMPLATES / name).read_text(encoding="utf-8"))["jobs"])


def scripts(job: Mapping[str, Any]) -> Iterator[str]:
    yield from (step["run"] for step in job["steps"] if "run" in step)


def test_the_github_workflow_runs(tmp_path: Path) -> None:
    for script in scripts(github_jobs("github.yml")["conformance"]):
        run(script, tmp_path, {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")})
    assert (tmp_path / "summary").exists()


def test_the_shards_of_the_github_workflow_are_merged(tmp_path: Path) -> None:
    jobs = github_jobs("github-shards.yml")
    shards = jobs["shard"]["strategy"]["matrix"]["shard"]
    for shard in shards:
        variables = {
            name: str(value).replace("${{ matrix.shard }}", str(shard))
            for name, value in jobs["shard"]["env"].items()
            if "secrets" not in value
        }
        for script in scripts(jobs["shard"]):
            run(script, tmp_path, variables)
    for script in scripts(jobs["merge"]):
        run(script, tmp_path, {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary")})
    merged = results(tmp_path / "merged")
    assert (merged["exit_code"], merged["shard"], len(shards)) == (0, None, 2)
    assert list((tmp_path / "merged" / "allure-results").glob("*-result.json"))


def test_the_gitlab_pipelines_run(tmp_path: Path) -> None:
    simple = yaml.safe_load((TEMPLATES / "gitlab.yml").read_text(encoding="utf-8"))
    run("\n".join(simple["conformance"]["script"]), tmp_path)
    assert (tmp_path / simple["conformance"]["artifacts"]["reports"]["junit"]).exists()
    pipeline = yaml.safe_load((TEMPLATES / "gitlab-shards.yml").read_text(encoding="utf-8"))
    count = pipeline["conformance"]["parallel"]
    for number in range(1, count + 1):
        variables = {"CI_NODE_INDEX": str(number), "CI_NODE_TOTAL": str(count)}
        run("\n".join(pipeline["conformance"]["script"]), tmp_path, variables)
    run("\n".join(pipeline["merge"]["script"]), tmp_path)
    assert (tmp_path / pipeline["merge"]["artifacts"]["reports"]["junit"]).exists()


def test_the_jenkins_pipeline_runs(tmp_path: Path) -> None:
    text = (TEMPLATES / "Jenkinsfile").read_text(encoding="utf-8")
    for script in re.findall(r"sh '(.*)'", text):
        run(script, tmp_path)
    [report] = re.findall(r"junit '(.*)'", text)
    assert (tmp_path / report).exists()


def test_the_image_contains_the_package_and_runs_it_without_root(tmp_path: Path) -> None:
    instructions = [
        line.split(maxsplit=1)
        for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    by_name = {name: value for name, value in instructions if name in {"USER", "ENTRYPOINT", "CMD"}}
    assert int(by_name["USER"]) > 0
    command = " ".join(json.loads(by_name["ENTRYPOINT"]) + json.loads(by_name["CMD"]))
    run(f"{command} --select VC-GET-STATUS", tmp_path)
    assert results(tmp_path / "conformance-results")["exit_code"] == 0


def test_the_build_context_of_the_image_is_sufficient(tmp_path: Path) -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "*"
    included = [line.removeprefix("!") for line in lines if line.startswith("!")]
    for name in included:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "list", "--select", "VC-GET-STATUS"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("VC-GET-STATUS"), done.stderr
    wheel = re.search(r"packages = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert wheel is not None
    assert set(re.findall(r'"(\w+)"', wheel[1])) <= set(included)


def test_a_wheel_contains_all_files_of_the_packages_and_runs(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="the extra `test` installs the build backend")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
        archive.extractall(tmp_path / "installed")
    packages = {name.partition("/")[0] for name in packed} & {path.name for path in ROOT.iterdir()}
    assert packages == {"conformance", "reference", "reports", "spec", "strategies"}
    files = (path for package in packages for path in (ROOT / package).rglob("*") if path.is_file())
    assert {str(path.relative_to(ROOT)) for path in files if path.suffix != ".pyc"} <= packed
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "run", "--select", "VC-GET-STATUS", "--effort", "smoke"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "conformance-results" / "report.html").is_file()


def test_the_pre_commit_hook_runs(tmp_path: Path) -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["language"], hook["pass_filenames"]) == ("python", False)
    run(hook["entry"], tmp_path)


def test_the_kubernetes_job_runs(tmp_path: Path) -> None:
    job = yaml.safe_load((TEMPLATES / "kubernetes-job.yaml").read_text(encoding="utf-8"))
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert {variable["name"] for variable in container["env"]} == {
        "SIGNALWIRE_PROJECT_ID",
        "SIGNALWIRE_API_TOKEN",
    }
    command = " ".join([*container["command"], *container["args"]])
    local = command.replace("--target https://example.signalwire.com ", "")
    assert local != command
    run(local.replace("/results/", f"{tmp_path}/"), tmp_path)
    assert results(tmp_path / "run")["exit_code"] == 0
