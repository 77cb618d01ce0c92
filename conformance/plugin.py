"""The checks as tests of pytest: `pytest -p conformance.plugin --pyargs conformance --target URL -k times`.

This module defines the options because pytest reads options before it imports any conftest.
"""

from contextlib import ExitStack
from typing import Final

import allure_commons
import pytest

from conformance.config.loader import ConfigurationError, load_settings
from conformance.engine.pytest_hooks import ConformancePlugin
from conformance.redaction.masking import secret_mask
from conformance.results import output_folder
from conformance.results.verdict import Outcome, Verdict
from reports import report_files
from reports.formats.allure import AllureReporter
from reports.presentation.sanitize import escape_unprintable

_PLUGIN: Final = pytest.StashKey[ConformancePlugin]()
_OPTIONS: Final = {
    "target": "base URL of the server under test, e.g. https://example.signalwire.com",
    "effort": "number of test cases: smoke, standard or thorough",
    "failed-from": "also select what failed or was inconclusive in the run with this output directory",
    "active-session": "id of a conference with an active session",
    "output": "output directory",
    "config": "configuration file, see `conformance run --help`",
}
_REPEATABLE_OPTIONS: Final = {
    "select": "requirements to check, see `conformance run --help`; repeatable",
    "exclude": "requirements to leave out; repeatable",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Define the options; all other settings are read from conformance.toml."""
    group = parser.getgroup("conformance")
    for name, help_text in _OPTIONS.items():
        group.addoption(f"--{name}", help=help_text)
    for name, help_text in _REPEATABLE_OPTIONS.items():
        group.addoption(f"--{name}", action="append", help=help_text)


def pytest_configure(config: pytest.Config) -> None:
    """Register the conformance plugin."""
    names = [name.replace("-", "_") for name in (*_OPTIONS, *_REPEATABLE_OPTIONS)]
    options = {name: config.getoption(name) for name in names}
    if not options["target"]:
        raise pytest.UsageError("--target is required")
    try:
        plugin = ConformancePlugin(load_settings(options))
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None
    _claim_output(plugin, config)
    config.stash[_PLUGIN] = plugin
    config.pluginmanager.register(plugin, "conformance-checks")
    allure_reporter = AllureReporter()
    config.pluginmanager.register(_OutcomeReporter(plugin, allure_reporter), "conformance-outcomes")
    allure_commons.plugin_manager.register(allure_reporter)
    config.add_cleanup(lambda: allure_commons.plugin_manager.unregister(allure_reporter))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Print the settings that are not on the command line."""
    run_settings = session.config.stash[_PLUGIN].settings
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    redact = secret_mask(run_settings.target.account, run_settings.connection).for_display
    if reporter is not None:
        for notice in run_settings.notices:
            reporter.write_line(escape_unprintable(redact(notice)))


def _claim_output(plugin: ConformancePlugin, config: pytest.Config) -> None:
    """Lock the output directory until pytest ends; processes of pytest-xdist cannot share it."""
    if getattr(config.option, "dist", "no") != "no":
        raise pytest.UsageError("pytest-xdist is not supported; use `conformance run --workers N` instead")
    stack = ExitStack()
    try:
        notes = stack.enter_context(output_folder.open_output_folder(plugin.settings.output))
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None
    config.add_cleanup(stack.close)
    plugin.run_session.note(*notes)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the reports, and exit with the code of `conformance run`."""
    plugin = session.config.stash[_PLUGIN]
    record = plugin.run_session.record
    if record:
        report_files.write(record, plugin.settings.output)
        session.exitstatus = record["exit_code"]


class _OutcomeReporter:
    """Reports the outcome of each check to pytest and Allure."""

    def __init__(self, plugin: ConformancePlugin, allure_reporter: AllureReporter) -> None:
        self._plugin = plugin
        self._allure_reporter = allure_reporter

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Report the outcome of the check instead of calling its function."""
        outcome, entry = self._plugin.decide(pyfuncitem)
        if entry is None:
            pytest.skip("unscored: run only for its requests")
        self._allure_reporter.report_entry(entry)
        _report(outcome)
        return True


def _report(outcome: Outcome) -> None:
    """Report an outcome to pytest: only verdicts that fail the run are failures."""
    if outcome.verdict is Verdict.FAILED:
        raise outcome.findings[0]
    if outcome.verdict is Verdict.ERROR and outcome.error is not None:
        raise outcome.error
    if outcome.verdict is Verdict.WARNED:
        pytest.xfail(outcome.reason or outcome.findings[0].expected)
    if outcome.verdict is not Verdict.PASSED:
        pytest.skip(outcome.reason or str(outcome.verdict))
