"""Drawn cases that do not depend on each other are tried several at a time.

Hypothesis draws a case, has it tried and waits. Here it draws all of them without anything being sent, aside,
while the run is at other things; what it drew is tried in batches. Where a case fails, Hypothesis draws the
same ones again, is told what became of each, and shrinks the one that failed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, wraps
from hashlib import blake2b
from typing import Any, Final

from conformance.processes.background_process import AsideError, aside, operation
from conformance.processes.check_functions import check_function
from conformance.processes.value_encoding import record
from conformance.results.verdict import Finding
from conformance.testkit import hypothesis_profiles, sampling
from conformance.testkit.api_client import Api
from conformance.testkit.hypothesis_profiles import Draw
from strategies.invalid_values import Violation

_BATCH: Final = 64  # cases that are tried before it is asked whether one of them failed
_FEW: Final = 8  # cases of one check, where little is to be sent
_Case = Mapping[str, Any]  # the values of the arguments that are drawn


def prepare(check: Any, draw: Draw) -> None:
    """Begin to draw the cases of a check, without waiting for them."""
    if draw.cases:
        aside().prepare(_drawn_aside, draw, check.__module__, check.__name__)


def cases(check: Any, draw: Draw) -> Sequence[_Case]:
    """Return the cases of a check; random ones are drawn aside, the very ones that are drawn here."""
    if not draw.cases:
        return drawn(check)
    try:
        made: Sequence[_Case] = aside().call(_drawn_aside, draw, check.__module__, check.__name__)
    except AsideError:  # whatever became of it, they can be drawn
        return drawn(check)
    return made


def drawn(check: Any) -> Sequence[_Case]:
    """Return the cases of a check that takes them and the API alone, in the order in which they are drawn."""
    made: list[_Case] = []

    def collect(**arguments: Any) -> None:
        made.append({name: value for name, value in arguments.items() if name != "api"})

    with _instead(check, collect), hypothesis_profiles.undisturbed():
        check(api=None)
    return made


def tried(check: Any, api: Api, wanted: Sequence[_Case]) -> None:
    """Try a check with its cases; what one of them raises is raised, and a finding shrunk before."""
    trial = _Trial(check.hypothesis.inner_test, api)
    for start in range(0, len(wanted), _BATCH):
        trial.act(sampling.few(api.effort, wanted[start : start + _BATCH], _FEW))
        if trial.failure is not None:
            break
    if isinstance(trial.failure, Finding):
        with _instead(check, trial.again):
            check(api=api)
    if trial.failure is not None:
        raise trial.failure


class _Trial:
    """What became of the cases of one check."""

    def __init__(self, test: Callable[..., None], api: Api) -> None:
        self.failure: Exception | None = None
        self._test = test
        self._api = api
        self._passed: set[bytes] = set()
        self._failed: bytes | None = None  # the first, until it is tried again

    def act(self, some: Sequence[_Case]) -> None:
        """Try some cases at the same time."""
        tried = list(zip(some, self._api.each(self._raised, some), strict=True))
        self._passed.update(_key(case) for case, error in tried if error is None)
        wrong = [(case, error) for case, error in tried if error is not None]
        if wrong:
            case, self.failure = min(wrong, key=lambda pair: not isinstance(pair[1], Finding))
            self._failed = _key(case)

    def again(self, api: Api, **case: Any) -> None:
        """Raise what a case raised, once; what was never tried is tried now."""
        key = _key(case)
        if key == self._failed and self.failure is not None:
            self._failed = None
            raise self.failure
        if key not in self._passed:
            self._test(api=api, **case)

    def _raised(self, case: _Case) -> Exception | None:
        try:
            self._test(api=self._api, **case)
        except Exception as error:  # noqa: BLE001 - kept, and raised when all cases were tried
            return error
        return None


@operation(record(Draw), record(Violation))
@lru_cache(maxsize=8)
def _drawn_aside(draw: Draw, module: str, name: str) -> Sequence[_Case]:
    hypothesis_profiles.load(draw)
    return drawn(hypothesis_profiles.seeded(check_function(module, name)))


def _key(case: _Case) -> bytes:
    told = repr(sorted(case.items()))
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@contextmanager
def _instead(check: Any, act: Callable[..., None]) -> Iterator[None]:
    """Have Hypothesis call something else with the cases of a check, which stay the same ones."""
    test = check.hypothesis.inner_test

    @wraps(test)
    def told(**case: Any) -> None:
        act(**case)

    check.hypothesis.inner_test = told
    try:
        yield
    finally:
        check.hypothesis.inner_test = test
