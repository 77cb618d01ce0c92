"""What the checks that only look on make of a run is found out aside, while the run goes on.

The process aside reads the evidence as it is written. What it tells of is only what passes, or could not be
observed: whatever a check finds the run looks at for itself, and so it does where nobody is aside.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from conformance import onlooker
from conformance.aside import AsideError, aside
from conformance.attempt import Attempt, Check
from conformance.credentials import Account
from conformance.transcript import Transcript

_FEW: Final = 500  # exchanges that are looked at here: it takes no longer than to ask
_SOME: Final = 100  # exchanges that are read without being asked for
_PATIENCE: Final = 0.1  # seconds; somebody waits for what others are served with
_RUNS: Final = count(1)


class Lookout:
    """Has the evidence of one run looked at by the process aside."""

    def __init__(self, path: Path, size: int, account: Account, checks: Sequence[Check]) -> None:
        """Take where the evidence is written, the exchanges of a window, and who the target knows us as."""
        self._run = next(_RUNS)
        looks = {each.name: (each.function.__module__, each.function.__name__, each.given) for each in checks}
        self._told = path.resolve(), size, account, looks
        self._followed = 0  # exchanges

    def follow(self, written: int) -> None:
        """Have what was written until now read, and what is full looked at, as soon as there is time."""
        if written - self._followed < _SOME:
            return
        begun = self._followed or aside().prepare(onlooker.begin, self._run, *self._told, patience=_PATIENCE)
        if begun and aside().prepare(onlooker.follow, self._run, patience=_PATIENCE):
            self._followed = written

    def passed(self, window: Transcript) -> Mapping[str, Attempt]:
        """Return what came of the checks that found nothing in a window, by name, waiting for it."""
        if len(window) < _FEW:
            return {}
        first, last = window.exchanges[0].number, window.exchanges[-1].number
        try:
            aside().call(onlooker.begin, self._run, *self._told, patience=_PATIENCE)
            told: Mapping[str, Attempt] = aside().call(
                onlooker.passed, self._run, first, last, patience=_PATIENCE
            )
        except AsideError:  # whatever became of it, the run can look for itself
            return {}
        return told

    def end(self) -> None:
        """Have the run forgotten."""
        aside().prepare(onlooker.end, self._run)
