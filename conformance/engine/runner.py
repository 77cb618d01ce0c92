"""A complete run: runs pytest with the conformance plugin and writes the reports."""

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

from conformance.config.settings import Settings
from conformance.config.target import Limits
from conformance.engine.progress_listener import ProgressListener
from conformance.engine.pytest_hooks import CHECKS, ConformancePlugin
from conformance.engine.session.replay_session import ReplaySession
from conformance.engine.session.run_session import MAX_CLEANUP_SECONDS
from conformance.evidence.evidence_reader import RecordedRun
from conformance.redaction.masking import secret_mask
from conformance.redaction.redactor import RedactFunction
from conformance.results import output_folder
from conformance.results.record import mark_incomplete
from conformance.results.reproduction import finding_folders
from conformance.runtime import gc_tuning
from conformance.runtime.shutdown import INTERRUPTION
from conformance.runtime.time_limit import time_limit
from conformance.runtime.tracebacks import headline, trace
from conformance.testkit import hypothesis_profiles
from reports import report_files
from reports.files import private_files
from reports.formats import allure as allure_results
from reports.formats import html_report

_ISOLATION_OPTIONS: Final = (
    "--disable-plugin-autoload",  # installed plugins must not change the run
    *("-p", "no:terminal"),
    *("-p", "no:cacheprovider"),
    *("-p", "no:logging"),
    *("-p", "no:unraisableexception"),  # its garbage collection takes long
    *("-p", "no:faulthandler"),  # it needs the original standard error of the interpreter
    *("-p", "no:threadexception"),  # it would raise exceptions of threads after the run
    "--assert=plain",  # checks raise findings
    "--capture=no",
    "--import-mode=importlib",
)
_CHECK_OPTIONS: Final = (
    *("-W", "ignore:ASSERTIONS ARE NOT EXECUTED:pytest.PytestConfigWarning"),  # PYTHONOPTIMIZE is harmless
    f"--rootdir={CHECKS}",
    f"--config-file={CHECKS / 'pytest.ini'}",
    str(CHECKS),
)
_EXTRA_SECONDS: Final = 30.0  # for start, evaluation and reports
_PYTEST_VARIABLES: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


class _DirectProtocol:
    """Decides each check directly, without the set-up and reporting of pytest.

    An internal error costs only the check in which it occurs, and is recorded.
    """

    def __init__(self, plugin: ConformancePlugin) -> None:
        self._plugin = plugin
        self.decided: dict[str, int] = {}  # milliseconds since 1970, by requirement
        self._preloading = threading.Thread(target=_preload_html_report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool:
        """Decide a check; the first passive check starts the preloading of the HTML template."""
        if not self._plugin.sends(item) and self._preloading.ident is None:
            self._preloading.start()
        try:
            _, entry = self._plugin.decide(item)
        except Exception as error:  # noqa: BLE001 - the other checks are decided in any case
            self._plugin.record_internal_error(error)
        else:
            if entry is not None:
                self.decided[entry["id"]] = round(1000 * time.time())
        return True


def run(settings: Settings, listener: ProgressListener | None = None) -> dict[str, Any]:
    """Run the checks, write all reports, and return the record, which has the exit code."""
    with output_folder.open_output_folder(settings.output, force=settings.force) as notes:
        return _run(settings, listener, notes)


def _run(settings: Settings, listener: ProgressListener | None, notes: Sequence[str]) -> dict[str, Any]:
    plugin = ConformancePlugin(settings, listener)
    plugin.run_session.note(*notes)
    protocol = _DirectProtocol(plugin)
    output = io.StringIO()
    with (
        _clean_environment(),
        gc_tuning.reduced_gc(),
        private_files.private_umask(),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
        _recorded_thread_errors(plugin),
        time_limit(_max_seconds(settings.limits), INTERRUPTION.exit_message),
    ):
        pytest.main([*_ISOLATION_OPTIONS, *_CHECK_OPTIONS], plugins=[plugin, protocol])
    if not plugin.run_session.record:
        _record_not_started(plugin, output.getvalue())
    return _finish(plugin, protocol.decided)


def _max_seconds(limits: Limits) -> float:
    """Return the seconds after which a run that has not ended never will."""
    return limits.wait + limits.max_seconds + min(limits.max_seconds, MAX_CLEANUP_SECONDS) + _EXTRA_SECONDS


def _record_not_started(plugin: ConformancePlugin, output: str) -> None:
    """Record why the session was not opened: a usage error or an internal error."""
    if plugin.usage_error is not None:
        plugin.run_session.record_not_started(plugin.usage_error, broken=False)
        return
    redactor = _redactor(plugin.settings)
    error = plugin.internal_error
    lines = trace(error, redactor) if error else [*redactor(output).strip().splitlines()[-1:]]
    problem = f"the suite could not start: {''.join(lines[:1])}"
    plugin.run_session.record_not_started(problem, broken=True, trace=lines)


def _redactor(settings: Settings) -> RedactFunction:
    """Return a function that redacts the secrets of the account, the connection and the environment."""
    return secret_mask(settings.target.account, settings.connection).for_display


def _finish(plugin: ConformancePlugin, decided: Mapping[str, int]) -> dict[str, Any]:
    """Write all reports, and return the record, including an internal error outside of any check."""
    record, errors = plugin.run_session.record, []
    if plugin.internal_error is not None and record["requirements"]:
        errors.append(headline(plugin.internal_error, _redactor(plugin.settings)))
    return write_reports(record, plugin.settings.output, decided, errors)


def write_reports(
    record: dict[str, Any],
    folder: Path,
    decided: Mapping[str, int] = MappingProxyType({}),
    errors: Sequence[str] = (),
) -> dict[str, Any]:
    """Write all reports of a record, and return it; a report that cannot be written is an internal error.

    `decided` maps requirements to the times of their verdicts, in milliseconds since 1970. The default is
    the present time.
    """
    writers: report_files.Writers = {
        allure_results.FOLDER: partial(allure_results.write, decision_times=decided),
        finding_folders.FOLDER: finding_folders.write,
    }
    problems = [*errors, *report_files.write_all(record, folder, writers)]
    if problems:
        record = mark_incomplete(record, problems)
        report_files.write_all(record, folder)
    return record


def _preload_html_report() -> None:
    """Preload the HTML template; an error is reported when the page is written."""
    with contextlib.suppress(Exception):
        html_report.preload_templates()


@contextlib.contextmanager
def _recorded_thread_errors(plugin: ConformancePlugin) -> Iterator[None]:
    """Record internal errors that end a thread."""
    before = threading.excepthook
    threading.excepthook = lambda failure: plugin.record_internal_error(failure.exc_value)
    try:
        yield
    finally:
        threading.excepthook = before


def collect_checks(settings: Settings) -> ConformancePlugin:
    """Return a plugin with the checks of a run, in their order, without running them."""
    plugin = ConformancePlugin(settings)
    with _clean_environment(), contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*_ISOLATION_OPTIONS, *_CHECK_OPTIONS, "--collect-only"], plugins=[plugin])
    return plugin


def replay(recorded_run: RecordedRun, folder: Path | None = None) -> dict[str, Any]:
    """Run the checks offline on recorded evidence, and return the record.

    The ledger is written to the folder, or to a temporary one.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as temporary:
            return replay(recorded_run, Path(temporary))
    session = ReplaySession(recorded_run, folder)
    with hypothesis_profiles.preserved_profile():
        plugin = collect_checks(session.settings)
        with session.open(plugin.checks, plugin.skipped_requirements) as can_run:
            for check in plugin.checks if can_run else ():
                session.decide(check)
    return session.record


@contextlib.contextmanager
def _clean_environment() -> Iterator[None]:
    """Remove the user's pytest settings from the environment during the block."""
    removed = {name: os.environ.pop(name) for name in _PYTEST_VARIABLES if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(removed)
