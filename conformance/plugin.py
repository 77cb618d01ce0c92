"""The checks as pytest tests: `pytest -p conformance.plugin --pyargs conformance --conformance-target URL`.

This module defines the options because pytest reads options before it imports any conftest.
"""

from argparse import SUPPRESS, ArgumentError
from collections.abc import Generator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import allure_commons
import pytest

import conformance
from conformance.config.loader import ConfigurationError, load_settings
from conformance.engine.pytest_hooks import CHECKS, ConformancePlugin
from conformance.redaction.masking import secret_mask
from conformance.results import output_folder
from conformance.results.verdict import Outcome, Verdict
from reports import github_actions, report_files
from reports.formats.allure import AllureReporter
from reports.formats.terminal.overall_result import status_line
from reports.presentation.known_failures import is_known
from reports.presentation.log_commands import escape_log_line
from reports.records.baseline import sentences
from reports.records.overall_status import limitations

_PLUGIN: Final = pytest.StashKey[ConformancePlugin]()
_CLAIMED: Final = pytest.StashKey[bool]()
_PACKAGE: Final = Path(conformance.__file__).parent
_OPTIONS: Final = {
    "target": "base URL of the server under test, e.g. https://example.signalwire.com",
    "effort": "number of test cases: smoke, standard or thorough",
    "baseline": "fail only for what is new or worse than in the run with this output directory",
    "failed-from": "also select what failed or was inconclusive in the run with this output directory",
    "wait": "time to wait until the target is ready, in seconds or with a unit, e.g. 2m",
    "active-session": "id of a conference with an active session",
    "output": "output directory",
    "config": "configuration file, see `conformance run --help`",
}
_REPEATABLE_OPTIONS: Final = {
    "select": "requirements to check, see `conformance run --help`; repeatable",
    "exclude": "requirements to leave out; repeatable",
    "without": "capability that the target lacks, see `conformance run --help`; repeatable",
}
_FLAGS: Final = {"mock": "test a mock server, which has none of these capabilities"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Define the options; all other settings are read from conformance.toml."""
    group = parser.getgroup("conformance")
    for name, help_text in _OPTIONS.items():
        group.addoption(f"--conformance-{name}", help=help_text)
    for name, help_text in _REPEATABLE_OPTIONS.items():
        group.addoption(f"--conformance-{name}", action="append", help=help_text)
    for name, help_text in _FLAGS.items():
        group.addoption(f"--conformance-{name}", action="store_true", default=None, help=help_text)


@pytest.hookimpl(trylast=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> None:
    """Define the options without the prefix as well, except those that another plugin or conftest.py has."""
    group = parser.getgroup("conformance")
    for names, action in ((_OPTIONS, "store"), (_REPEATABLE_OPTIONS, "append")):
        for name in names:
            with suppress(ArgumentError):
                group.addoption(f"--{name}", action=action, dest=_destination(name), help=SUPPRESS)


def _destination(name: str) -> str:
    return f"conformance_{name.replace('-', '_')}"


def pytest_configure(config: pytest.Config) -> None:
    """Register the conformance plugin."""
    names = (*_OPTIONS, *_REPEATABLE_OPTIONS, *_FLAGS)
    options = {name.replace("-", "_"): config.getoption(_destination(name)) for name in names}
    if not options["target"]:
        raise pytest.UsageError("--conformance-target is required")
    try:
        plugin = ConformancePlugin(load_settings(options))
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None
    _expect_one_process(config)
    config.stash[_PLUGIN] = plugin
    config.pluginmanager.register(plugin, "conformance-checks")
    allure_reporter = AllureReporter()
    config.pluginmanager.register(_OutcomeReporter(plugin, allure_reporter), "conformance-outcomes")
    allure_commons.plugin_manager.register(allure_reporter)
    config.add_cleanup(lambda: allure_commons.plugin_manager.unregister(allure_reporter))


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Collect the checks, whatever names the project gives its tests, and nothing else of this package."""
    collectors = yield
    if not file_path.is_relative_to(_PACKAGE):
        return collectors
    if file_path.is_relative_to(CHECKS) and file_path.match("test_*.py"):
        return [_CheckModule.from_parent(parent, path=file_path)]
    return []


class _CheckModule(pytest.Module):
    """A module of checks, in which each function whose name begins with test_ is a check."""

    def funcnamefilter(self, name: str) -> bool:
        """Return whether a name is that of a check."""
        return name.startswith("test_")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Print the settings that are not on the command line."""
    run_settings = session.config.stash[_PLUGIN].settings
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    redact = secret_mask(run_settings.target.account, run_settings.connection).for_display
    if reporter is not None:
        for notice in run_settings.notices:
            reporter.write_line(escape_log_line(redact(notice)))


def _expect_one_process(config: pytest.Config) -> None:
    """Raise UsageError in processes of pytest-xdist, which cannot share an output directory."""
    if getattr(config.option, "dist", "no") != "no" or hasattr(config, "workerinput"):
        raise pytest.UsageError(
            "the checks cannot run in processes of pytest-xdist; "
            "add `-n 0`, or use `conformance run --workers N` instead"
        )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Claim the output directory if there are checks to run: usage errors leave it unchanged."""
    plugin = session.config.stash[_PLUGIN]
    if plugin.checks and not session.config.option.collectonly:
        _claim_output(plugin, session.config)
    return (yield)


def _claim_output(plugin: ConformancePlugin, config: pytest.Config) -> None:
    """Lock and clear the output directory until pytest ends."""
    stack = ExitStack()
    try:
        notes = stack.enter_context(output_folder.open_output_folder(plugin.settings.output))
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None
    config.add_cleanup(stack.close)
    config.stash[_CLAIMED] = True
    plugin.run_session.note(*notes)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the reports, and exit with the code of `conformance run`."""
    plugin = session.config.stash[_PLUGIN]
    record = plugin.run_session.record
    if record:
        if _CLAIMED in session.config.stash:
            report_files.write(record, plugin.settings.output)
        session.exitstatus = record["exit_code"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the overall status of the run, and why it did not start or what limits it."""
    plugin = terminalreporter.config.stash.get(_PLUGIN, None)
    record = plugin.run_session.record if plugin else {}
    if plugin and record:
        notes = (
            record["notes"][:1]
            if record["verdict"] == "not-started"
            else (*sentences(record), *limitations(record))
        )
        for line in (*notes, status_line(record)):
            terminalreporter.write_line(escape_log_line(line))
        terminalreporter.ensure_newline()
        github_actions.publish(record, plugin.settings.output, terminalreporter.write_line)


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
        _report(outcome, is_known=is_known(entry))
        return True


def _report(outcome: Outcome, *, is_known: bool) -> None:
    """Report an outcome to pytest: only verdicts that fail the run are failures."""
    if is_known:
        problems = (finding.expected for finding in outcome.findings)
        pytest.xfail(f"known failure: {outcome.reason or next(problems, outcome.verdict)}")
    if outcome.verdict is Verdict.FAILED:
        raise outcome.findings[0]
    if outcome.verdict is Verdict.ERROR and outcome.error is not None:
        raise outcome.error
    if outcome.verdict is Verdict.WARNED:
        pytest.xfail(outcome.reason or outcome.findings[0].expected)
    if outcome.verdict is not Verdict.PASSED:
        pytest.skip(outcome.reason or str(outcome.verdict))
