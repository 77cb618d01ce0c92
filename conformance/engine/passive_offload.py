"""What the checks that only look on make of a run is found out aside, while the run goes on.

The process aside reads the evidence as it is written. What it tells of is only what passes, or could not be
observed: whatever a check finds the run looks at for itself, and so it does where nobody is aside.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from conformance.engine import passive_worker
from conformance.engine.attempts import Attempt, Check
from conformance.http.credentials import Account
from conformance.processes.background_process import AsideError, aside
from conformance.runtime import cpu_time
from conformance.testkit.exchange_log import Transcript

_FEW: Final = 500  # exchanges that are looked at here: it takes no longer than to ask
_SOME: Final = 100  # exchanges that are read without being asked for
_AT_ONCE: Final = 32  # checks that are asked about at once; those that follow are looked at meanwhile
_PATIENCE: Final = 0.1  # seconds; somebody waits for what others are served with
_RUNS: Final = count(1)


class Lookout:
    """Has the evidence of one run looked at by the process aside."""

    def __init__(self, path: Path, size: int, account: Account, checks: Sequence[Check]) -> None:
        """Take where the evidence is written, the exchanges of a window, and who the target knows us as."""
        self._run = next(_RUNS)
        looks = {each.name: (each.function.__module__, each.function.__name__, each.given) for each in checks}
        self._told = path.resolve(), size, account, looks
        self._names = list(looks)
        self._followed = 0  # exchanges
        self._served = False  # whether it ever was
        self._passed: dict[int, dict[str, Attempt | None]] = {}  # by the number that a window ends with

    def follow(self, written: int) -> None:
        """Have what was written until now read, and what is full looked at, as soon as there is time."""
        if written - self._followed < _SOME:
            return
        begun = self._followed or aside().prepare(
            passive_worker.begin, self._run, *self._told, patience=_PATIENCE
        )
        if begun and aside().prepare(passive_worker.follow, self._run, patience=_PATIENCE):
            self._followed = written

    def passed(self, window: Transcript, name: str) -> Attempt | None:
        """Return what came of a check that found nothing in a window, waiting for it; None of any other."""
        if len(window) < _FEW:
            return None
        known = self._passed.setdefault(window.exchanges[-1].number, {})
        if name not in known:
            at = self._names.index(name)
            asked = self._names[at : at + _AT_ONCE]
            told = self._asked(window, asked, first=not known)
            known.update({each: told.get(each) for each in asked})
        return known[name]

    def forget(self, window: Transcript) -> None:
        """Have a full window forgotten, which nobody asks about any more."""
        last = window.exchanges[-1].number
        self._passed.pop(last, None)
        aside().prepare(passive_worker.forget, self._run, last, patience=_PATIENCE)

    def end(self) -> None:
        """Have the run forgotten, and count the time that it took where something came of it."""
        if not self._served:
            aside().prepare(passive_worker.end, self._run)
            return
        with suppress(AsideError):
            cpu_time.add(cpu_time.JUDGING, aside().call(passive_worker.end, self._run, patience=_PATIENCE))

    def _asked(self, window: Transcript, names: Sequence[str], *, first: bool) -> Mapping[str, Attempt]:
        begins, ends = window.exchanges[0].number, window.exchanges[-1].number
        try:
            if first:
                aside().call(passive_worker.begin, self._run, *self._told, patience=_PATIENCE)
                aside().prepare(passive_worker.look_on, self._run, ends, patience=_PATIENCE)
            told: Mapping[str, Attempt] = aside().call(
                passive_worker.passed, self._run, begins, ends, names, patience=_PATIENCE
            )
        except AsideError:  # whatever became of it, the run can look for itself
            return {}
        self._served = True
        return told
