"""Looks at the evidence of a run while it is written: what the process aside does for a lookout."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from conformance.engine.attempts import Attempt, caught
from conformance.engine.exchange_windows import left, windows
from conformance.evidence.evidence_file import exchange_of, line
from conformance.http.credentials import Account
from conformance.http.exchange import Exchange
from conformance.processes.background_process import operation
from conformance.processes.check_functions import require_check
from conformance.processes.value_encoding import Form, record, text
from conformance.results.verdict import Unobserved
from conformance.runtime import cpu_time
from conformance.testkit.exchange_log import Transcript
from conformance.testkit.traffic import Seen
from spec.models import Constraint, ResponseMember

Look = tuple[str, str, Mapping[str, Any]]  # module and name of a check, and the values it is given


@cpu_time.JUDGING
def look(check: Callable[..., str | None], given: Mapping[str, Any], seen: Seen) -> Attempt:
    """Return what a check makes of what was seen."""
    attempt = caught(lambda: check(seen=seen, **given))
    return replace(attempt, observations=seen.observations)


class Onlooker:
    """Knows the exchanges of one run that were not looked at to the end."""

    def __init__(self, path: Path, size: int, account: Account, looks: Mapping[str, Look]) -> None:
        """Take where the evidence is, the exchanges of a window, who the target knows, and the checks."""
        self._file = path.open("rb")
        self._size = size
        self._account = account
        self._looks = looks
        self._exchanges: list[Exchange] = []  # of the windows that nobody asked for yet
        self._lasting: Mapping[str, Exchange] = {}  # the creates of what was there before them, by id
        self._window = Transcript((), {})  # that is looked at
        self._attempts: dict[str, Attempt] = {}  # what came of it so far, by check

    def follow(self) -> Iterator[str | None]:
        """Read what was written, and look at the first window once it is full, step by step."""
        while self._reads():
            yield None
        if len(self._exchanges) >= self._size:
            yield from self.look_on(self._exchanges[self._size - 1].number)

    def look_on(self, last: int) -> Iterator[str]:
        """Look at the window that ends with a number, step by step."""
        return self._look(last, self._looks)

    def passed(self, first: int, last: int, names: Sequence[str]) -> Mapping[str, Attempt]:
        """Return what came of those checks that found nothing in the window between two numbers, by name.

        Of a window that was not read whole there is nothing to tell.
        """
        while self._reads():
            pass
        for _ in self._look(last, names):
            pass
        if [each.number for each in self._window.exchanges] != list(range(first, last + 1)):
            return {}
        attempts = {name: self._attempts[name] for name in names}
        return {name: each for name, each in attempts.items() if each.finding is each.error is None}

    def forget(self, last: int) -> None:
        """Forget the windows up to the one that ends with a number."""
        known = [each for each in self._exchanges if each.number <= last]
        for window in windows(known, self._size, self._lasting):
            self._lasting = left(window)
        self._exchanges = self._exchanges[len(known) :]

    def close(self) -> None:
        """Read no more."""
        self._file.close()

    @cpu_time.JUDGING
    def _reads(self) -> bool:
        """Take in the next line, and tell whether there was one that is written whole."""
        written = self._file.readline()
        if not written.endswith(b"\n"):
            self._file.seek(-len(written), os.SEEK_CUR)
            return False
        told = json.loads(written)
        if "number" in told:
            made = exchange_of(told)
            _ = made.resource, made.conformity if made.creates else None  # what will be asked for anyway
            self._exchanges.append(made)
        return True

    def _look(self, last: int, names: Iterable[str]) -> Iterator[str]:
        """Have checks look at the window that ends with a number, one at a time."""
        if not self._window or self._window.exchanges[-1].number != last:
            known = [each for each in self._exchanges if each.number <= last]
            *_, self._window = windows(known, self._size, self._lasting)
            self._attempts = {}
        window, attempts = self._window, self._attempts  # of which somebody else may go on with the rest
        for name in names:
            if name not in attempts:
                module, function, given = self._looks[name]
                attempts[name] = look(_named(module, function), given, Seen(window, self._account))
                yield name


def _named(module: str, function: str) -> Callable[..., str | None]:
    """Return what calls the check of that name."""

    def called(**given: Any) -> str | None:
        told: str | None = getattr(import_module(module), function)(**given)
        return told

    return called


_ONLOOKERS: Final[dict[int, Onlooker]] = {}
_ATTEMPTS: Final = (
    record(Attempt),
    Form(Unobserved, lambda value: [value.code, value.text, value.exchange], lambda told: Unobserved(*told)),
    Form(Exchange, line, exchange_of),
)


@operation(text(Path), record(Account), record(Constraint), record(ResponseMember))
def begin(run: int, path: Path, size: int, account: Account, looks: Mapping[str, Look]) -> None:
    """Begin to look at a run, once."""
    for module, function, _ in looks.values():
        require_check(module, function)
    if run not in _ONLOOKERS:
        cpu_time.begin()
        _ONLOOKERS[run] = Onlooker(path, size, account, looks)


@operation()
def follow(run: int) -> Iterator[str | None]:
    """Look at what a run has written since, step by step."""
    return _ONLOOKERS[run].follow()


@operation()
def look_on(run: int, last: int) -> Iterator[str]:
    """Look at a window of a run, step by step."""
    return _ONLOOKERS[run].look_on(last)


@operation(*_ATTEMPTS)
def passed(run: int, first: int, last: int, names: Sequence[str]) -> Mapping[str, Attempt]:
    """Return what came of those checks that found nothing in a window of a run; by name."""
    return _ONLOOKERS[run].passed(first, last, names)


@operation()
def forget(run: int, last: int) -> None:
    """Forget what a run has forgotten."""
    if run in _ONLOOKERS:
        _ONLOOKERS[run].forget(last)


@operation()
def end(run: int) -> float:
    """Forget a run, and return the seconds of the processor that it took."""
    if run not in _ONLOOKERS:
        return 0.0
    _ONLOOKERS.pop(run).close()
    return cpu_time.spent()[cpu_time.JUDGING.name]
