"""The checks under pytest: `pytest -p conformance.plugin --pyargs conformance --target URL -k times`.

The options stand here because pytest reads them before any conftest.
"""

from contextlib import ExitStack
from typing import Final

import allure_commons
import pytest

from conformance.config.loader import ConfigurationError, settings
from conformance.engine.pytest_hooks import Judge
from conformance.redaction.masking import seal
from conformance.results import output_folder
from conformance.results.verdict import Outcome, Verdict
from reports import report_files
from reports.formats.allure import Telling
from reports.presentation.sanitize import inert

_JUDGE: Final = pytest.StashKey[Judge]()
_OPTIONS: Final = {
    "target": "the server: scheme, host and port",
    "effort": "smoke, standard or thorough",
    "select": "requirements to decide: ids or patterns, with commas",
    "active-session": "a conference of the target that has a live session",
    "output": "where results go",
    "config": "a configuration file: see `conformance run --help`",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options; all others stand in conformance.toml."""
    group = parser.getgroup("conformance")
    for name, told in _OPTIONS.items():
        group.addoption(f"--{name}", help=told)


def pytest_configure(config: pytest.Config) -> None:
    """Put a judge in charge of the checks."""
    flags = {name.replace("-", "_"): config.getoption(name.replace("-", "_")) for name in _OPTIONS}
    if not flags["target"]:
        raise pytest.UsageError("name the server with --target")
    try:
        judge = Judge(settings(flags))
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None
    _claim(judge, config)
    config.stash[_JUDGE] = judge
    config.pluginmanager.register(judge, "conformance-judge")
    telling = Telling()
    config.pluginmanager.register(_Interpreter(judge, telling), "conformance-interpreter")
    allure_commons.plugin_manager.register(telling)
    config.add_cleanup(lambda: allure_commons.plugin_manager.unregister(telling))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Print what is used that the command line does not state, whatever pytest prints otherwise."""
    settings = session.config.stash[_JUDGE].settings
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    redact = seal(settings.target.account, settings.connection).told
    if reporter is not None:
        for notice in settings.notices:
            reporter.write_line(inert(redact(notice)))


def _claim(judge: Judge, config: pytest.Config) -> None:
    """Hold the output folder until pytest ends; processes of pytest-xdist cannot share it."""
    if getattr(config.option, "dist", "no") != "no":
        raise pytest.UsageError("pytest-xdist: leave -n out; `conformance run --workers N` uses N processes")
    holding = ExitStack()
    try:
        kept = holding.enter_context(output_folder.claimed(judge.settings.output))
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None
    config.add_cleanup(holding.close)
    judge.trial.note(*kept)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the record, and end as `conformance run` would."""
    judge = session.config.stash[_JUDGE]
    record = judge.trial.record
    if record:
        report_files.write(record, judge.settings.output)
        session.exitstatus = record["exit_code"]


class _Interpreter:
    """Says in pytest's own words, and in Allure's, what came of each check."""

    def __init__(self, judge: Judge, telling: Telling) -> None:
        self._judge = judge
        self._telling = telling

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Take the outcome of the check instead of calling it."""
        outcome, entry = self._judge.decide(pyfuncitem)
        self._telling.tell(entry)
        _tell(outcome)
        return True


def _tell(outcome: Outcome) -> None:
    """Let pytest report the outcome: only what fails the run is a failure there."""
    if outcome.verdict is Verdict.FAILED:
        raise outcome.findings[0]
    if outcome.verdict is Verdict.ERROR and outcome.error is not None:
        raise outcome.error
    if outcome.verdict is Verdict.WARNED:
        pytest.xfail(outcome.reason or outcome.findings[0].expected)
    if outcome.verdict is not Verdict.PASSED:
        pytest.skip(outcome.reason or str(outcome.verdict))
