"""One run from settings to a record: pytest with our plugin, and nothing of the user's own pytest."""

import contextlib
import io
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest

import conformance
from conformance.config.settings import Settings
from conformance.config.target import Limits
from conformance.engine.pytest_hooks import Judge
from conformance.engine.session import LONGEST_CLEANING, Observer, Retrial
from conformance.evidence.evidence_reader import Testimony
from conformance.redaction.redactor import Redactor
from conformance.results import output_folder
from conformance.results.record import lacking
from conformance.runtime import gc_tuning
from conformance.runtime.shutdown import INTERRUPTION
from conformance.runtime.time_limit import time_limit
from conformance.runtime.tracebacks import headline, trace
from conformance.testkit import hypothesis_profiles
from reports import report_files
from reports.files import private_files
from reports.formats import allure as allure_results
from reports.formats import html_report

_CHECKS: Final = Path(conformance.__file__).parent / "checks"
_ALONE: Final = (
    "--disable-plugin-autoload",  # a plugin that happens to be installed changes nothing
    *("-p", "no:terminal"),
    *("-p", "no:cacheprovider"),
    *("-p", "no:logging"),
    *("-p", "no:unraisableexception"),  # its collection of garbage takes long
    *("-p", "no:faulthandler"),  # it needs the standard error that the interpreter was started with
    *("-p", "no:threadexception"),  # it would raise what went wrong in a thread when all is over
    "--assert=plain",  # checks raise what they find
    "--capture=no",
    "--import-mode=importlib",
)
_HERE: Final = (
    *("-W", "ignore:ASSERTIONS ARE NOT EXECUTED:pytest.PytestConfigWarning"),  # PYTHONOPTIMIZE is harmless
    f"--rootdir={_CHECKS}",
    f"--config-file={_CHECKS / 'pytest.ini'}",
    str(_CHECKS),
)
_SLACK: Final = 30.0  # seconds for start, evaluation and reports
_FOREIGN: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


class _Alone:
    """Has each check decided without what pytest does around tests: nothing is set up, and nobody listens.

    A mistake of ours costs the check that it is made in, and is told.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.decided: dict[str, int] = {}  # when a requirement was, in milliseconds since 1970
        self._making_ready = threading.Thread(target=_make_ready)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool:
        """Have a check decided; those that send nothing are looked at aside, so there is time."""
        if not self._judge.sends(item) and self._making_ready.ident is None:
            self._making_ready.start()
        try:
            _, entry = self._judge.decide(item)
        except Exception as mistake:  # noqa: BLE001 - whatever it is, the other checks are decided
            self._judge.made(mistake)
        else:
            self.decided[entry["id"]] = round(1000 * time.time())
        return True


def run(settings: Settings, observer: Observer | None = None) -> dict[str, Any]:
    """Run the checks, write every report, and return the record; its exit_code says how it ended."""
    with output_folder.claimed(settings.output, force=settings.force) as kept:
        return _ran(settings, observer, kept)


def _ran(settings: Settings, observer: Observer | None, notes: Sequence[str]) -> dict[str, Any]:
    judge = Judge(settings, observer)
    judge.trial.note(*notes)
    alone = _Alone(judge)
    said = io.StringIO()
    with (
        _own_environment(),
        gc_tuning.seldom(),
        private_files.files(),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        _told_of_threads(judge),
        time_limit(_longest(settings.limits), INTERRUPTION.farewell),
    ):
        pytest.main([*_ALONE, *_HERE], plugins=[judge, alone])
    if not judge.trial.record:
        _not_begun(judge, said.getvalue())
    return _told(judge, alone.decided)


def _longest(limits: Limits) -> float:
    """Return the seconds after which a run that has not ended never will."""
    return limits.seconds + min(limits.seconds, LONGEST_CLEANING) + _SLACK


def _not_begun(judge: Judge, said: str) -> None:
    """Tell why there was no trial: by a mistake of the user's, or by one of ours."""
    if judge.problem is not None:
        judge.trial.not_begun(judge.problem, broken=False)
        return
    redactor = Redactor(judge.settings.target.account)
    told = trace(judge.crash, redactor) if judge.crash else [*redactor(said).strip().splitlines()[-1:]]
    judge.trial.not_begun(f"the suite could not start: {''.join(told[:1])}", broken=True, trace=told)


def _told(judge: Judge, decided: Mapping[str, int]) -> dict[str, Any]:
    """Write all reports, and return the record, with the mistake of ours that cost a part of it."""
    record, mistakes = judge.trial.record, []
    if judge.crash is not None and record["requirements"]:
        mistakes.append(headline(judge.crash, Redactor(judge.settings.target.account)))
    return written(record, judge.settings.output, decided, mistakes)


def written(
    record: dict[str, Any],
    folder: Path,
    decided: Mapping[str, int] = MappingProxyType({}),
    mistakes: Sequence[str] = (),
) -> dict[str, Any]:
    """Write all reports of a record, and return it; it is an error of ours where one cannot be written.

    `decided` says when each requirement was, in milliseconds since 1970; now, where it does not.
    """
    allure = {allure_results.FOLDER: partial(allure_results.write, decided=decided)}
    problems = [*mistakes, *report_files.attempted(record, folder, allure)]
    if problems:
        record = lacking(record, problems)
        report_files.attempted(record, folder)
    return record


def _make_ready() -> None:
    """Have what writes the page made ready; what is wrong with it is told when the page is written."""
    with contextlib.suppress(Exception):
        html_report.make_ready()


@contextlib.contextmanager
def _told_of_threads(judge: Judge) -> Iterator[None]:
    """Tell of a mistake of ours that ends a thread, as of any other."""
    before = threading.excepthook
    threading.excepthook = lambda ended: judge.made(ended.exc_value)
    try:
        yield
    finally:
        threading.excepthook = before


def collected(settings: Settings) -> Judge:
    """Return a judge who knows the checks that a run would run, in their order."""
    judge = Judge(settings)
    with _own_environment(), contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*_ALONE, *_HERE, "--collect-only"], plugins=[judge])
    return judge


def judged_again(testimony: Testimony, folder: Path | None = None) -> dict[str, Any]:
    """Run the checks over what was recorded, offline, and return the record that comes of it.

    The ledger that comes of it is written to the folder; without one it is discarded.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as discarded:
            return judged_again(testimony, Path(discarded))
    trial = Retrial(testimony, folder)
    with hypothesis_profiles.kept():
        judge = collected(trial.settings)
        with trial.running(judge.checks, judge.spared) as judgeable:
            for check in judge.checks if judgeable else ():
                trial.decide(check)
    return trial.record


@contextlib.contextmanager
def _own_environment() -> Iterator[None]:
    """Keep the user's settings of pytest out of the run."""
    kept = {name: os.environ.pop(name) for name in _FOREIGN if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
