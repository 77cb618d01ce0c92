"""Modules of any name in the working directory: none is executed, and every command works there."""

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
OWN = ("reference", "reports", "spec", "strategies")
OPTIONAL = ("IPython", "brotli", "h2", "orjson", "simplejson", "socksio", "trio", "uvloop", "zstandard")
SCRIPT = (str(Path(sys.executable).with_name("conformance")),)
MODULE = (sys.executable, "-m", "conformance")
QUICK = ("--effort", "smoke", "--select", "VC-CREATE-DATE-ONLY,API-AUTH-BASIC-ACCEPT")
RANDOM = ("--effort", "standard", "--select", "VC-CREATE-CONFORMING", "--max-requests", "150")
FAULT = "date-only-becomes-end-of-day"
SENTINEL = """
import os
descriptor = os.open({path!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.write(descriptor, b"{name}\\n")
os.close(descriptor)
"""


@dataclass(frozen=True)
class Project:
    """A folder whose modules note that they were executed, and how commands are run there."""

    folder: Path
    entry: tuple[str, ...] = SCRIPT
    pythonpath: str | None = "."

    @property
    def executed(self) -> str:
        noted = self.folder / "executed.txt"
        return noted.read_text() if noted.exists() else ""

    def add(self, names: set[str], *, package: bool) -> None:
        """Add modules, or packages with a module `__main__` each."""
        path = str(self.folder / "executed.txt")
        for name in names:
            source = SENTINEL.format(path=path, name=name)
            if package:
                (self.folder / name).mkdir()
                for file in ("__init__.py", "__main__.py"):
                    (self.folder / name / file).write_text(source)
            else:
                (self.folder / f"{name}.py").write_text(source)

    def conformance(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.run(*self.entry, *arguments)

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        given = {} if self.pythonpath is None else {"PYTHONPATH": self.pythonpath}
        return subprocess.run(
            command,
            cwd=self.folder,
            env={
                **kept,
                **given,
                PROJECT_VARIABLE: reference_process.ACCOUNT.project,
                TOKEN_VARIABLE: reference_process.ACCOUNT.token,
            },
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )


def loaded_by_python() -> set[str]:
    """Return the modules that the interpreter and the script of an entry point load before our code runs."""
    code = "import re, runpy, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def foreign_names() -> set[str]:
    known = {*sys.stdlib_module_names, *packages_distributions(), *OPTIONAL, *OWN}
    early = {*loaded_by_python(), *sys.builtin_module_names, "conformance", "sitecustomize", "usercustomize"}
    return {name for name in known if name.isidentifier()} - early


@pytest.fixture(
    scope="module",
    params=[(SCRIPT, ".", False), (MODULE, None, True)],
    ids=["modules on PYTHONPATH", "packages under python -m"],
)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    entry, pythonpath, package = request.param
    made = Project(tmp_path_factory.mktemp("project"), entry, pythonpath)
    made.add(foreign_names(), package=package)
    (made.folder / "schemathesis.toml").write_text("color = 'no such value'\n")
    return made


@pytest.fixture(scope="module")
def run(project: Project) -> Project:
    """Return the project with the output of a run."""
    assert project.conformance("run", *QUICK, "--output", "out").returncode == 0
    return project


@pytest.mark.parametrize(
    "arguments, code",
    [
        (("run", *QUICK), 0),
        (("run", "--select", "VC-CREATE-SCHEMATHESIS,VC-CREATE-PAIRS,VC-CREATE-CONFORMING"), 0),
        (("run", "--workers", "2", *QUICK), 0),
        (("run", "--fault", FAULT, *QUICK), 1),
        (("fuzz", "--max-seconds", "20", "--seed", "1", *RANDOM), 3),
        (("doctor",), 0),
        (("prove", "--fault", FAULT, "--workers", "1"), 0),
        (("serve", "--list"), 0),
        (("verify", "out"), 0),
        (("report", "out"), 0),
        (("compare", "out", "out"), 0),
        (("explain", "VC-CREATE-DATE-ONLY"), 0),
        (("--help",), 0),
    ],
    ids=lambda part: " ".join(part[:2]) if isinstance(part, tuple) else "",
)
def test_no_module_of_the_working_directory_is_executed(
    run: Project, arguments: tuple[str, ...], code: int
) -> None:
    done = run.conformance(*arguments)
    assert (done.returncode, run.executed) == (code, ""), done.stdout + done.stderr


@pytest.mark.parametrize("entry", [(), (sys.executable, "-m")], ids=["pytest", "python -m pytest"])
@pytest.mark.parametrize("package", [False, True], ids=["modules", "packages"])
def test_the_plugin_uses_our_packages_in_a_project_with_its_own(
    tmp_path: Path, server: str, *, entry: tuple[str, ...], package: bool
) -> None:
    project = Project(tmp_path)
    project.add(set(OWN), package=package)
    command = (*entry, "pytest") if entry else (str(Path(sys.executable).with_name("pytest")),)
    alone = ("-p", "no:schemathesis", "-p", "no:cacheprovider", "-p", "conformance.plugin")
    chosen = ("--pyargs", "conformance", "--target", server, "-k", "midnight")
    done = project.run(*command, *alone, *chosen)
    assert (done.returncode, project.executed) == (0, ""), done.stdout + done.stderr
    record = json.loads((tmp_path / "conformance-results" / "results.json").read_text())
    assert [each["verdict"] for each in record["requirements"]] == ["passed"]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with reference_process.reference_server() as running:
        yield running.address


def test_a_package_that_was_imported_before_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "spec.py").write_text("")
    done = Project(tmp_path).run(sys.executable, "-c", "import spec, conformance")
    assert "ImportError: conference-conformance needs its own package 'spec'" in done.stderr
    assert str(tmp_path / "spec.py") in done.stderr


def test_the_packages_are_found_where_pythonpath_alone_names_them(tmp_path: Path) -> None:
    packages = [each for each in sys.path if each.endswith("site-packages")]
    code = "from conformance.__main__ import main; main()"
    pythonpath = os.pathsep.join([import_path.FOLDER, *packages])
    command = (sys.executable, "-S", "-c", code, "run", *QUICK)
    done = Project(tmp_path, pythonpath=pythonpath).run(*command)
    assert done.returncode == 0, done.stdout + done.stderr
