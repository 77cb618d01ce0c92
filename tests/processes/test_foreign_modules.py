"""Modules with any name in the working directory, none of which a command executes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.processes import reference_process
from conformance.runtime import import_path

TIMEOUT = 300  # seconds
SUITE_PACKAGES = ("reference", "reports", "spec", "strategies")
OPTIONAL_PACKAGES = (
    "IPython",
    "brotli",
    "h2",
    "orjson",
    "simplejson",
    "socksio",
    "trio",
    "uvloop",
    "zstandard",
)
SCRIPT = (str(Path(sys.executable).with_name("conformance")),)
MODULE = (sys.executable, "-m", "conformance")
QUICK_RUN = ("--effort", "smoke", "--select", "VC-CREATE-DATE-ONLY,API-AUTH-BASIC-ACCEPT")
FUZZ_SELECTION = ("--effort", "standard", "--select", "VC-CREATE-CONFORMING", "--max-requests", "150")
FAULT = "date-only-becomes-end-of-day"
RECORDING_MODULE = """
import os
descriptor = os.open({path!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.write(descriptor, b"{name}\\n")
os.close(descriptor)
"""


@dataclass(frozen=True)
class Project:
    """A directory whose modules record their execution, and the way to run commands in it."""

    folder: Path
    entry: tuple[str, ...] = SCRIPT
    pythonpath: str | None = "."

    @property
    def executed(self) -> str:
        path = self.folder / "executed.txt"
        return path.read_text() if path.exists() else ""

    def add(self, names: set[str], *, package: bool) -> None:
        """Add modules, or packages with a module `__main__`."""
        path = str(self.folder / "executed.txt")
        for name in names:
            source = RECORDING_MODULE.format(path=path, name=name)
            if package:
                (self.folder / name).mkdir()
                for file in ("__init__.py", "__main__.py"):
                    (self.folder / name / file).write_text(source)
            else:
                (self.folder / f"{name}.py").write_text(source)

    def conformance(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.run(*self.entry, *arguments)

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        pythonpath = {} if self.pythonpath is None else {"PYTHONPATH": self.pythonpath}
        return subprocess.run(
            command,
            cwd=self.folder,
            env={
                **inherited,
                **pythonpath,
                PROJECT_VARIABLE: reference_process.ACCOUNT.project,
                TOKEN_VARIABLE: reference_process.ACCOUNT.token,
            },
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )


def loaded_by_python() -> set[str]:
    """Return the modules that the interpreter and the script of an entry point load before the suite."""
    code = "import re, runpy, sys; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in result.stdout.split()}


def foreign_names() -> set[str]:
    names = {*sys.stdlib_module_names, *packages_distributions(), *OPTIONAL_PACKAGES, *SUITE_PACKAGES}
    not_replaceable = {*sys.builtin_module_names, "conformance", "sitecustomize", "usercustomize"}
    return {name for name in names if name.isidentifier()} - loaded_by_python() - not_replaceable


@pytest.fixture(
    scope="module",
    params=[(SCRIPT, ".", False), (MODULE, None, True)],
    ids=["modules on PYTHONPATH", "packages under python -m"],
)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    entry, pythonpath, package = request.param
    project = Project(tmp_path_factory.mktemp("project"), entry, pythonpath)
    project.add(foreign_names(), package=package)
    (project.folder / "schemathesis.toml").write_text("color = 'no such value'\n")
    return project


@pytest.fixture(scope="module")
def run(project: Project) -> Project:
    """Return the project with the output of a run."""
    assert project.conformance("run", *QUICK_RUN, "--output", "out").returncode == 0
    return project


@pytest.mark.parametrize(
    "arguments, code",
    [
        (("run", "--effort", "smoke", "--select", "VC-CREATE-SCHEMATHESIS,VC-CREATE-CONFORMING"), 0),
        (("run", "--workers", "2", *QUICK_RUN), 0),
        (("fuzz", "--max-seconds", "20", "--seed", "1", *FUZZ_SELECTION), 3),
        (("doctor",), 0),
        (("prove", "--fault", FAULT, "--workers", "1"), 0),
        (("serve", "--list"), 0),
        (("verify", "out"), 0),
        (("report", "out"), 0),
        (("compare", "out", "out"), 0),
        (("explain", "VC-CREATE-DATE-ONLY"), 0),
        (("--help",), 0),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_no_module_of_the_working_directory_is_executed(
    run: Project, arguments: tuple[str, ...], code: int
) -> None:
    result = run.conformance(*arguments)
    assert (result.returncode, run.executed) == (code, ""), result.stdout + result.stderr


@pytest.mark.parametrize(
    "entry, package",
    [((), False), ((sys.executable, "-m"), True)],
    ids=["pytest beside modules", "python -m pytest beside packages"],
)
def test_the_plugin_uses_its_packages_in_a_project_with_packages_of_the_same_names(
    tmp_path: Path, server: str, *, entry: tuple[str, ...], package: bool
) -> None:
    project = Project(tmp_path)
    project.add(set(SUITE_PACKAGES), package=package)
    command = (*entry, "pytest") if entry else (str(Path(sys.executable).with_name("pytest")),)
    plugins = ("-p", "no:schemathesis", "-p", "no:cacheprovider", "-p", "conformance.plugin")
    selection = ("--pyargs", "conformance", "--target", server, "-k", "midnight")
    result = project.run(*command, *plugins, *selection)
    assert (result.returncode, project.executed) == (0, ""), result.stdout + result.stderr
    record = json.loads((tmp_path / "conformance-results" / "results.json").read_text())
    assert [requirement["verdict"] for requirement in record["requirements"]] == ["passed"]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with reference_process.reference_server() as process:
        yield process.address


def test_a_foreign_package_that_is_already_imported_is_an_error_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "spec.py").write_text("")
    result = Project(tmp_path).run(sys.executable, "-c", "import spec, conformance")
    assert "ImportError: conference-conformance needs its own package 'spec'" in result.stderr
    assert str(tmp_path / "spec.py") in result.stderr


def test_the_packages_are_found_if_only_pythonpath_contains_them(tmp_path: Path) -> None:
    packages = [folder for folder in sys.path if folder.endswith("site-packages")]
    code = "from conformance.__main__ import main; main()"
    pythonpath = os.pathsep.join([import_path.FOLDER, *packages])
    command = (sys.executable, "-S", "-c", code, "run", *QUICK_RUN)
    result = Project(tmp_path, pythonpath=pythonpath).run(*command)
    assert result.returncode == 0, result.stdout + result.stderr
