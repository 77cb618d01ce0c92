"""The pytest plugin that collects the checks of the selected requirements and decides them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any, Final

import pytest

import conformance
from conformance.config.selection import (
    UnknownSelectionError,
    exact_selection,
    explicit_ids,
    requests_only_ids,
    selected_requirements,
)
from conformance.config.settings import Effort, Settings
from conformance.engine import ordering
from conformance.engine.attempts import Check, CheckKind
from conformance.engine.progress_listener import ProgressListener
from conformance.engine.session.run_session import RunSession
from conformance.engine.sharding import assigned_to_other_shards
from conformance.engine.supporting_checks import supporting_checks
from conformance.results.verdict import Outcome
from conformance.runtime import cpu_time
from conformance.testkit import hypothesis_profiles
from conformance.testkit.hypothesis_profiles import ExampleSettings
from spec.catalogue import Level, Requirement, requirement

CHECKS: Final = Path(conformance.__file__).parent / "checks"
_CHECK: Final = pytest.StashKey[Check]()
_DECISION: Final = pytest.StashKey[tuple[Outcome, Mapping[str, Any] | None]]()
_STOPPED: Final = "not-run: pytest stopped before this check"
# The executor passes the values of these fixtures.
_FIXTURES: Final = (
    *("api", "packed_bodies", "invalid_rows", "schemathesis_client", "concurrent_checks", "traffic"),
)


class SuiteError(RuntimeError):
    """An internal error of the suite."""


class ConformancePlugin:
    """Collects the checks and returns their outcomes."""

    def __init__(self, settings: Settings, listener: ProgressListener | None = None) -> None:
        self.settings = settings
        self.run_session = RunSession(settings, listener)
        self.usage_error: str | None = None
        self.internal_error: BaseException | None = None  # the first one outside of any check
        self.checks: list[Check] = []  # in the order in which they run
        self._skipped: list[Check] = []
        self._available: list[pytest.Function] = []  # all that may run, selected or not
        self._collected = 0  # checks that the settings of the run select, without the skipped ones
        self._examples = ExampleSettings(settings.effort.examples, settings.seed)

    @property
    def skipped_requirements(self) -> list[Requirement]:
        """Return the requirements that are not run: at this effort, or without a capability of the target."""
        return [check.requirement for check in self._skipped]

    @pytest.fixture
    def api(self) -> None:
        """Declare the API client of a check."""

    @pytest.fixture
    def packed_bodies(self) -> None:
        """Declare the bodies that combine the boundary values of many checks."""

    @pytest.fixture
    def invalid_rows(self) -> None:
        """Declare the requests that combine the invalid values of many checks."""

    @pytest.fixture
    def schemathesis_client(self) -> None:
        """Declare the schemathesis client."""

    @pytest.fixture
    def concurrent_checks(self) -> None:
        """Declare the checks that run concurrently."""

    @pytest.fixture
    def traffic(self) -> None:
        """Declare the recorded traffic, which passive checks evaluate."""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the markers of checks and load the Hypothesis profile."""
        config.addinivalue_line("markers", "requirement(id): the requirement that a check decides")
        config.addinivalue_line("markers", "property_based: a check whose cases are generated")
        config.addinivalue_line("markers", "independent: generated cases may run concurrently")
        hypothesis_profiles.load(self._examples)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Raise SuiteError for a check that cannot be imported."""
        if report.failed:
            raise SuiteError(f"{report.nodeid}: {report.longreprtext}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the checks of the selected requirements, in the order in which they run."""
        functions = [item for item in items if isinstance(item, pytest.Function)]
        senders = [_requirement_id(item) or "" for item in functions if _kind(item).sends]
        elsewhere = assigned_to_other_shards(senders, self.settings.shard)
        selected = self._selected_ids()
        claimed = _ids(selected_requirements(self.settings.target.profiles, "")) - (elsewhere & selected)
        available = {
            _requirement_id(item): item
            for item in reversed(functions)  # the first of several: other plugins may repeat a check
            if _requirement_id(item) in claimed and self._includes(_kind(item))
        }
        self._available = list(reversed(available.values()))
        for item in reversed(available.values()):
            check = item.stash[_CHECK] = _check(item, self._examples)
            item.funcargs.update({**check.arguments, **dict.fromkeys(_FIXTURES)})  # pytest sets up no fixture
        selected_items = [item for item in self._available if item.stash[_CHECK].requirement.id in selected]
        checks = [item.stash[_CHECK] for item in selected_items]
        self._skipped = [check for check in checks if self._is_skipped(check)]
        items[:] = _in_order(item for item in selected_items if item.stash[_CHECK] not in self._skipped)
        self._collected = len(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Store the checks that remain after all selections, and supporting ones, in the order of the run.

        Other plugins may have deselected or reordered checks. Only a shard may have none.
        """
        if not self._collected and not self._skipped and self.settings.shard is None:
            raise SuiteError("no check was collected")
        if len(session.items) < self._collected:
            self._skipped = []
            self._select_only(_ids(item.stash[_CHECK].requirement for item in session.items))
        self._add_supporting_checks(session.items)
        session.items[:] = _in_order(session.items)
        self.checks = [item.stash[_CHECK] for item in session.items]

    def _select_only(self, ids: frozenset[str]) -> None:
        """Record the requirements that pytest selected as the selection of the run."""
        select = exact_selection(self.settings.target.profiles, ids)
        self.settings = replace(self.settings, select=select)
        self.run_session.select(select)

    def _add_supporting_checks(self, items: list[pytest.Item]) -> None:
        """Add the checks that selected passive checks need; later fuzz rounds add none."""
        if self.settings.property_based_only:
            return
        by_name = {item.stash[_CHECK].name: item for item in self._available}
        selected = [item.stash[_CHECK] for item in items]
        available = [item.stash[_CHECK] for item in self._available]
        unskipped = [check for check in available if check not in self._skipped and self._is_possible(check)]
        for check in supporting_checks(selected, unskipped, requests_only_ids(self.settings.select)):
            item = by_name[check.name]
            item.stash[_CHECK] = check
            items.append(item)

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Store the error instead of printing it."""
        self.record_internal_error(excinfo.value)
        return True

    def record_internal_error(self, error: BaseException | None) -> None:
        """Store an internal error unless an earlier one is stored."""
        self.internal_error = self.internal_error or error

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        """Open the run session around all checks."""
        if session.config.option.collectonly:
            return (yield)
        if not self.checks and self._collected:
            self.run_session.record_not_started("pytest deselected all checks", broken=False)
            return (yield)
        with self.run_session.open(self.checks, self.skipped_requirements) as can_run, cpu_time.REPORTING:
            if not can_run:
                session.items.clear()
            try:
                return (yield)
            except (session.Failed, session.Interrupted) as error:  # for example because of --exitfirst
                stopped = error
                self.run_session.stop(_STOPPED)
        raise stopped  # after the session was closed, for which it is not an error

    @staticmethod
    def sends(item: pytest.Item) -> bool:
        """Return whether a check sends requests."""
        return item.stash[_CHECK].kind.sends

    def decide(self, item: pytest.Item) -> tuple[Outcome, Mapping[str, Any] | None]:
        """Return the outcome of a check and its entry, the same if pytest repeats the test.

        Without an entry, raise its internal error.
        """
        if _DECISION not in item.stash:
            item.stash[_DECISION] = self.run_session.decide(item.stash[_CHECK])
        outcome, entry = item.stash[_DECISION]
        if entry is None and outcome.error is not None:
            raise outcome.error
        return outcome, entry

    def _selected_ids(self) -> frozenset[str]:
        try:
            requirements = selected_requirements(self.settings.target.profiles, self.settings.select)
        except UnknownSelectionError as error:
            self.usage_error = str(error)
            raise pytest.UsageError(self.usage_error) from None
        return _ids(requirements)

    def _includes(self, kind: CheckKind) -> bool:
        """Return whether the run includes checks of a kind: later fuzz rounds leave out the directed ones."""
        return kind is not CheckKind.ACTIVE or not self.settings.property_based_only

    def _is_possible(self, check: Check) -> bool:
        """Return whether the target has the capabilities that the requirement needs."""
        return self.settings.target.has(*check.requirement.needs)

    def _is_skipped(self, check: Check) -> bool:
        """Return whether a check is skipped because of a missing capability of the target, or by the effort.

        At smoke, checks of optional behavior that send are skipped unless they are selected by id or level.
        """
        if not self._is_possible(check):
            return True
        if self.settings.effort is not Effort.SMOKE or check.kind is CheckKind.PASSIVE:
            return False
        is_explicit = check.requirement.id in explicit_ids(self.settings.select)
        return check.requirement.level is Level.MAY and not is_explicit


def _ids(requirements: Iterable[Requirement]) -> frozenset[str]:
    return frozenset(requirement.id for requirement in requirements)


def _in_order(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the checks in the order in which they run."""
    return sorted(items, key=lambda item: ordering.sort_key(item.stash[_CHECK]))


def _requirement_id(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("requirement")
    return marker.args[0] if marker else None


def _check(item: pytest.Function, examples: ExampleSettings) -> Check:
    function = (
        hypothesis_profiles.with_seed(item.obj)
        if hypothesis_profiles.is_property_based(item.obj)
        else item.obj
    )
    return Check(
        name=_check_name(item),
        kind=_kind(item),
        requirement=requirement(_requirement_id(item) or ""),
        function=function,
        arguments=_arguments(item),
        uses_packed_bodies="packed_bodies" in item.fixturenames,
        uses_invalid_rows="invalid_rows" in item.fixturenames,
        uses_schemathesis="schemathesis_client" in item.fixturenames,
        waits_for_others="concurrent_checks" in item.fixturenames,
        examples=examples if item.get_closest_marker("independent") else None,
    )


def _check_name(item: pytest.Function) -> str:
    """Return a name that does not depend on the project, nor on parameters that other plugins add."""
    module = item.path.relative_to(CHECKS) if item.path.is_relative_to(CHECKS) else Path(item.path.name)
    return f"{module.as_posix()}::{item.name if _arguments(item) else item.originalname}"


def _arguments(item: pytest.Function) -> dict[str, Any]:
    """Return the parameters of a check, without those that other plugins add to a test."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    names = signature(item.obj).parameters
    return {name: value for name, value in parameters.items() if name in names}


def _kind(item: pytest.Function) -> CheckKind:
    if "traffic" in item.fixturenames:
        return CheckKind.PASSIVE
    is_generated = hypothesis_profiles.is_property_based(item.obj) or item.get_closest_marker(
        "property_based"
    )
    return CheckKind.PROPERTY_BASED if is_generated else CheckKind.ACTIVE
