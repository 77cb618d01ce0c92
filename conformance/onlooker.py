"""Looks at the evidence of a run while it is written: what the process aside does for a lookout."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from conformance.attempt import Attempt, caught
from conformance.credentials import Account
from conformance.evidence import exchange_of
from conformance.exchange import Exchange
from conformance.seen import Seen
from conformance.transcript import Transcript
from conformance.windows import left, windows

Look = tuple[str, str, Mapping[str, Any]]  # module and name of a check, and the values it is given


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

    def follow(self) -> Iterator[None]:
        """Read what was written, and look at the first window once it is full, step by step."""
        for made in self._read():
            if made.creates:
                _ = made.conformity  # what takes longest of all that will be asked for
            yield
        if len(self._exchanges) >= self._size:
            for _ in self._look(self._exchanges[self._size - 1].number):
                yield

    def passed(self, first: int, last: int) -> Mapping[str, Attempt]:
        """Return what came of the checks that found nothing in the window between two numbers; by name.

        A full window is forgotten then; of one that was not read whole there is nothing to tell.
        """
        for step in (self._read(), self._look(last)):
            for _ in step:
                pass
        told = {name: each for name, each in self._attempts.items() if each.finding is each.error is None}
        whole = [each.number for each in self._window.exchanges] == list(range(first, last + 1))
        if last % self._size == 0:
            self._lasting = left(self._window)
            self._exchanges = [each for each in self._exchanges if each.number > last]
            self._window, self._attempts = Transcript((), {}), {}
        return told if whole else {}

    def close(self) -> None:
        """Read no more."""
        self._file.close()

    def _read(self) -> Iterator[Exchange]:
        """Take in what was written whole, an exchange at a time."""
        while (written := self._file.readline()).endswith(b"\n"):
            told = json.loads(written)
            if "number" in told:
                self._exchanges.append(exchange_of(told))
                yield self._exchanges[-1]
        self._file.seek(-len(written), os.SEEK_CUR)

    def _look(self, last: int) -> Iterator[str]:
        """Have the checks look at the window that ends with a number, one at a time."""
        if not self._window or self._window.exchanges[-1].number != last:
            known = [each for each in self._exchanges if each.number <= last]
            *_, self._window = windows(known, self._size, self._lasting)
            self._attempts = {}
        window, attempts = self._window, self._attempts  # of which somebody else may go on with the rest
        for name, (module, function, given) in self._looks.items():
            if name not in attempts:
                attempts[name] = look(_named(module, function), given, Seen(window, self._account))
                yield name


def _named(module: str, function: str) -> Callable[..., str | None]:
    """Return what calls the check of that name."""

    def called(**given: Any) -> str | None:
        told: str | None = getattr(import_module(module), function)(**given)
        return told

    return called


_ONLOOKERS: Final[dict[int, Onlooker]] = {}


def begin(run: int, path: Path, size: int, account: Account, looks: Mapping[str, Look]) -> None:
    """Begin to look at a run, once."""
    if run not in _ONLOOKERS:
        _ONLOOKERS[run] = Onlooker(path, size, account, looks)


def follow(run: int) -> Iterator[None]:
    """Look at what a run has written since, step by step."""
    return _ONLOOKERS[run].follow()


def passed(run: int, first: int, last: int) -> Mapping[str, Attempt]:
    """Return what came of the checks that found nothing in a window of a run; by name."""
    return _ONLOOKERS[run].passed(first, last)


def end(run: int) -> None:
    """Forget a run."""
    if run in _ONLOOKERS:
        _ONLOOKERS.pop(run).close()
