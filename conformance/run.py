"""One run from settings to a record: pytest with our plugin, and nothing of the user's own pytest."""

import contextlib
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import conformance
from conformance import profiles
from conformance.allure_results import FOLDER
from conformance.evidence import Testimony
from conformance.judge import Judge
from conformance.settings import Settings
from conformance.trial import Observer, Retrial
from reports import private, rendering, results

_CHECKS: Final = Path(conformance.__file__).parent
_ALONE: Final = (
    "--disable-plugin-autoload",  # a plugin that happens to be installed changes nothing
    *("-p", "no:terminal"),
    *("-p", "no:cacheprovider"),
    *("-p", "no:logging"),
    "--capture=no",
    "--import-mode=importlib",
)
_HERE: Final = (f"--rootdir={_CHECKS}", f"--config-file={_CHECKS / 'checks.ini'}", str(_CHECKS))
_FOREIGN: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "ALLURE_TESTPLAN_PATH")


def run(settings: Settings, observer: Observer | None = None) -> dict[str, Any]:
    """Run the checks, write every report, and return the record; its exit_code says how it ended."""
    private.made(settings.output)
    (settings.output / results.FILE).unlink(missing_ok=True)  # of another run: it must not stand for this one
    allure = settings.output / FOLDER
    shutil.rmtree(allure, ignore_errors=True)
    judge = Judge(settings, observer)
    said = io.StringIO()
    with (
        _own_environment(),
        private.files(),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        pytest.main([*_ALONE, "-p", "allure_pytest.plugin", f"--alluredir={allure}", *_HERE], plugins=[judge])
    if not judge.trial.record:
        problem = judge.problem or said.getvalue().strip() or "no check was collected"
        judge.trial.not_begun(problem, broken=judge.problem is None)
    record = judge.trial.record
    with private.files():
        judge.telling.complete(record, allure)
    rendering.write(record, settings.output)
    return record


def collected(settings: Settings) -> Judge:
    """Return a judge who knows the checks that a run would run, in their order."""
    judge = Judge(settings)
    with _own_environment(), contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*_ALONE, *_HERE, "--collect-only"], plugins=[judge])
    return judge


def judged_again(testimony: Testimony) -> dict[str, Any]:
    """Run the checks over what was recorded, offline, and return the record that comes of it."""
    trial = Retrial(testimony)
    with profiles.kept():
        judge = collected(trial.settings)
        with trial.running(judge.checks, judge.spared) as judgeable:
            for check in judge.checks if judgeable else ():
                trial.decide(check)
    return trial.record


@contextlib.contextmanager
def _own_environment() -> Iterator[None]:
    """Keep the user's settings of pytest and Allure out of the run."""
    kept = {name: os.environ.pop(name) for name in _FOREIGN if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
