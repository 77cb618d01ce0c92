"""Drawn cases that do not depend on each other are tried several at a time.

Hypothesis draws a case, has it tried and waits. Here it draws without anything being sent; what it drew is
tried in batches. Where a case fails, Hypothesis draws the same ones again, is told what became of each, and
shrinks the one that failed.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from hashlib import blake2b
from typing import Any, Final

from conformance import thrift
from conformance.api import Api
from conformance.verdict import Finding

_BATCH: Final = 64  # cases, drawn before the first of them is tried
_FEW: Final = 8  # cases of one check, where little is to be sent
_Case = Mapping[str, Any]  # the values of a check's arguments


def tried(check: Any, api: Api, given: Mapping[str, Any]) -> None:
    """Try a check of Hypothesis's with all its cases; what one of them raises is raised, a finding shrunk."""
    cases = _Cases(check.hypothesis.inner_test, api)
    with _instead(check, cases.collect):
        check(api=api, **given)
    cases.flush()
    if isinstance(cases.failure, Finding):
        with _instead(check, cases.again):
            check(api=api, **given)
    if cases.failure is not None:
        raise cases.failure


class _Cases:
    """The cases of one check, and what became of them."""

    def __init__(self, test: Callable[..., None], api: Api) -> None:
        self.failure: Exception | None = None
        self._test = test
        self._api = api
        self._drawn: list[_Case] = []
        self._passed: set[bytes] = set()
        self._failed: bytes | None = None  # the first, until it is tried again

    def collect(self, **case: Any) -> None:
        """Take a case that was drawn."""
        self._drawn.append(case)
        if len(self._drawn) == _BATCH:
            self.flush()

    def flush(self) -> None:
        """Try what was drawn, unless something went wrong before."""
        drawn, self._drawn = thrift.few(self._api.effort, self._drawn, _FEW), []
        if self.failure is not None:
            return
        tried = list(zip(drawn, self._api.each(self._raised, drawn), strict=True))
        self._passed.update(_key(case) for case, error in tried if error is None)
        wrong = [(case, error) for case, error in tried if error is not None]
        if wrong:
            case, self.failure = min(wrong, key=lambda pair: not isinstance(pair[1], Finding))
            self._failed = _key(case)

    def again(self, **case: Any) -> None:
        """Raise what a case raised, once; what was never tried is tried now."""
        key = _key(case)
        if key == self._failed and self.failure is not None:
            self._failed = None
            raise self.failure
        if key not in self._passed:
            self._test(**case)

    def _raised(self, case: _Case) -> Exception | None:
        try:
            self._test(**case)
        except Exception as error:  # noqa: BLE001 - kept, and raised when all cases were tried
            return error
        return None


def _key(case: _Case) -> bytes:
    told = repr(sorted((name, value) for name, value in case.items() if name != "api"))
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
