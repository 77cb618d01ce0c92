"""The pytest plugin: collects the checks of the claimed profiles, runs them ahead, and judges in order."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from conformance.config.selection import UnknownSelectionError, chosen
from conformance.config.settings import Effort, Settings
from conformance.engine import ordering
from conformance.engine.attempts import Check, Kind
from conformance.engine.session import Observer, Trial
from conformance.engine.sharding import left_to_others
from conformance.results.verdict import Outcome
from conformance.runtime import cpu_time
from conformance.testkit import hypothesis_profiles
from conformance.testkit.hypothesis_profiles import Draw
from spec.catalogue import Level, Requirement, requirement

_CHECK: Final = pytest.StashKey[Check]()
_GIVEN_BY_US: Final = ("api", "packing", "generator", "others", "seen")


class SuiteError(RuntimeError):
    """The suite itself is broken."""


class Judge:
    """Tells pytest which checks there are, and what came of each."""

    def __init__(self, settings: Settings, observer: Observer | None = None) -> None:
        self.settings = settings
        self.trial = Trial(settings, observer)
        self.problem: str | None = None
        self.crash: BaseException | None = None  # a mistake of ours outside of any check
        self.checks: list[Check] = []  # in the order in which they run
        self._spared: list[Check] = []
        self._draw = Draw(settings.effort.examples, settings.seed)

    @property
    def spared(self) -> list[Requirement]:
        """Return the requirements that the effort has no requests for."""
        return [check.requirement for check in self._spared]

    @pytest.fixture
    def api(self) -> None:
        """Stand for the API in a check's signature; the engine gives each check its own."""

    @pytest.fixture
    def packing(self) -> None:
        """Stand for the bodies that carry the edge values of many checks."""

    @pytest.fixture
    def generator(self) -> None:
        """Stand for what makes cases of the API description."""

    @pytest.fixture
    def others(self) -> None:
        """Stand for what else the run does meanwhile."""

    @pytest.fixture
    def seen(self) -> None:
        """Stand for all that was seen; the engine gives it to the checks that judge every answer."""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Declare the marks of checks, and settle what Hypothesis does."""
        config.addinivalue_line("markers", "requirement(id): the requirement that a check decides")
        config.addinivalue_line("markers", "explores: a check without written cases")
        config.addinivalue_line("markers", "independent: drawn cases may be tried at the same time")
        hypothesis_profiles.load(self._draw)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Stop at a check that cannot be imported: our own mistake."""
        if report.failed:
            raise SuiteError(f"{report.nodeid}: {report.longreprtext}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the checks of the chosen requirements, and put them in the order in which they begin."""
        functions = [item for item in items if isinstance(item, pytest.Function)]
        senders = [_identifier(item) or "" for item in functions if _kind(item).sends]
        wanted = self._wanted() - left_to_others(senders, self.settings.shard)
        taken = [item for item in functions if _identifier(item) in wanted and self._takes(_kind(item))]
        checks = {item: _check(item, self._draw) for item in taken}
        self._spared = [check for check in checks.values() if self._spares(check)]
        for item, check in checks.items():
            item.stash[_CHECK] = check
            given = {**check.given, **dict.fromkeys(_GIVEN_BY_US)}
            item.funcargs.update(given)  # so that no fixture is set up, and told of
        kept: list[pytest.Item] = [item for item, check in checks.items() if not self._spares(check)]
        items[:] = sorted(kept, key=lambda item: ordering.place(item.stash[_CHECK]))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Know the checks that are left when every selection is made; only a shard may have none."""
        self.checks = [item.stash[_CHECK] for item in session.items]
        if not self.checks and not self._spared and self.settings.shard is None:
            raise SuiteError("no check was collected")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Keep what broke the session; nothing of it is printed."""
        self.made(excinfo.value)
        return True

    def made(self, mistake: BaseException | None) -> None:
        """Keep a mistake of ours, if it is the first."""
        self.crash = self.crash or mistake

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        """Put the target on trial around all checks."""
        if session.config.option.collectonly:
            return (yield)
        with self.trial.running(self.checks, self.spared) as judgeable, cpu_time.REPORTING:
            if not judgeable:
                session.items.clear()
            return (yield)

    @staticmethod
    def sends(item: pytest.Item) -> bool:
        """Tell whether a check sends something."""
        return item.stash[_CHECK].kind.sends

    def decide(self, item: pytest.Item) -> tuple[Outcome, Mapping[str, Any]]:
        """Return the outcome of a check, and its entry in the record."""
        return self.trial.decide(item.stash[_CHECK])

    def _wanted(self) -> frozenset[str]:
        try:
            return frozenset(each.id for each in chosen(self.settings.target.profiles, self.settings.select))
        except UnknownSelectionError as error:
            self.problem = str(error)
            raise pytest.UsageError(self.problem) from None

    def _takes(self, kind: Kind) -> bool:
        """Tell whether checks of a kind have a part in the run: directed ones send the same every time."""
        return kind is not Kind.DIRECTED or not self.settings.exploring

    def _spares(self, check: Check) -> bool:
        """Tell whether the effort has no requests for a check: those that can only be noted."""
        if self.settings.effort is not Effort.SMOKE or check.kind is Kind.OBSERVING:
            return False
        return check.requirement.level is Level.MAY


def _identifier(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("requirement")
    return marker.args[0] if marker else None


def _check(item: pytest.Function, draw: Draw) -> Check:
    function = hypothesis_profiles.seeded(item.obj) if hypothesis_profiles.draws(item.obj) else item.obj
    return Check(
        name=item.nodeid,
        kind=_kind(item),
        requirement=requirement(_identifier(item) or ""),
        function=function,
        given=_given(item),
        packed="packing" in item.fixturenames,
        generated="generator" in item.fixturenames,
        lasting="others" in item.fixturenames,
        draw=draw if item.get_closest_marker("independent") else None,
    )


def _given(item: pytest.Function) -> dict[str, Any]:
    return dict(item.callspec.params) if hasattr(item, "callspec") else {}


def _kind(item: pytest.Function) -> Kind:
    if "seen" in item.fixturenames:
        return Kind.OBSERVING
    explores = hypothesis_profiles.draws(item.obj) or item.get_closest_marker("explores")
    return Kind.EXPLORING if explores else Kind.DIRECTED
